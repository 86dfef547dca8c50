"""What chapter 06 builds on, asked before it begins."""

from ...spec import Recall

START_AND_TRAINING = Recall(
    name="start_and_training_recall",
    prompt="A network starts with He's weights: signals keep their size through all layers. "
           "What is known about their size after a thousand steps?",
    answer="Nothing for certain. The initializer sets the variances of step 0. Training moves the weights wherever the "
           "loss falls, and the variances with them.")

SEVERAL_PATHS = Recall(
    name="several_paths_recall",
    prompt="A number $x$ acts on the loss along several paths: $J$ depends on $u$ and $v$, and both depend on $x$. "
           "What is $\\partial J/\\partial x$?",
    answer="The sum over the paths, $\\frac{\\partial J}{\\partial u}\\frac{\\partial u}{\\partial x} + "
           "\\frac{\\partial J}{\\partial v}\\frac{\\partial v}{\\partial x}$. Along a path the derivatives are "
           "multiplied, and paths are added.")

SILENT_UNIT = Recall(
    name="silent_unit_recall",
    prompt="The $z$ of a ReLU unit is negative for every example. What does the unit learn? And what does a sigmoid "
           "unit learn whose $z$ is far above 4 for every example?",
    answer="The ReLU unit nothing: its slope is 0, so no gradient passes and its weights stay. The sigmoid unit next "
           "to nothing: its slope is below 0.018.")

RECALL = (START_AND_TRAINING, SEVERAL_PATHS, SILENT_UNIT)
