"""Concept questions on activations."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "05_activations", "level": 1}

DEAD_UNIT = make_question(
    "dead_unit_question", number=0, core=True, title="When is a ReLU unit dead?",
    prompt="On a batch of 32 examples a ReLU unit puts out 0 every time. Is it dead?",
    choices={
        "a": Choice("Yes: its output is 0, so its gradient is 0.",
                    "On this batch, yes. Another batch may hold an example for which z is positive, and then the unit "
                    "learns again.", "one-batch-is-enough"),
        "b": Choice("No: a unit with random weights cannot be 0 for all inputs.",
                    "Not at the start, as a rule. But a large step can push the bias or the weights so far that z is "
                    "negative for all of the data.", "cannot-happen"),
        "c": Choice("It is if z is negative for all training examples: then no gradient reaches its weights.",
                    "Right. Its own weights and bias get the gradient 0 from every example, so it does not come back "
                    "by itself. Only a change in the layers below can still move its inputs."),
        "d": Choice("It is if its weights are 0.",
                    "A dead unit can have large weights. What counts is the sign of z on the data.",
                    "weights-are-zero"),
    }, **_COMMON)

SELF_NORMALIZATION = make_question(
    "self_normalization_question", number=39, core=True, title="What self-normalization needs",
    prompt="You want a stack of layers to hold mean 0 and variance 1 by itself. Which of these does it?",
    choices={
        "a": Choice("SELU in every hidden layer; the rest as you like.",
                    "The activation is one half. Its constants belong to weights with variance 1 over the fan-in; "
                    "with He's start the signal grows.", "selu-is-enough"),
        "b": Choice("Standardised inputs, a plain stack of dense layers with SELU, LeCun's weights, no plain dropout.",
                    "Right. Each part is one of the assumptions under which mean 0 and variance 1 are a fixed point. "
                    "If dropout at all, then alpha dropout, which keeps both."),
        "c": Choice("ELU with He initialization.",
                    "ELU pulls the mean towards 0 but its fixed point is not variance 1.", "elu-and-he"),
        "d": Choice("SELU with LeCun's weights and ordinary dropout.",
                    "Ordinary dropout keeps the mean of each unit and makes its variance larger: the signal settles "
                    "above 1. Alpha dropout was made to keep both.", "plain-dropout"),
    }, **_COMMON)

PRELU_LEARNS = make_question(
    "prelu_learns_question", number=42, core=False, title="What does PReLU learn?",
    prompt="A layer of 100 units has PReLU in Keras. What does it add to the network?",
    choices={
        "a": Choice("One hyperparameter, to be tuned on validation data.",
                    "That describes leaky ReLU. PReLU's slopes get gradients and are trained with the weights.",
                    "alpha-is-a-hyperparameter"),
        "b": Choice("One random slope per unit and step.",
                    "That is the randomized leaky ReLU. PReLU's slopes are learned.", "random-slopes"),
        "c": Choice("100 parameters, the slopes below 0, trained by backpropagation.",
                    "Right, one for each feature. (PyTorch's has a single one for the whole layer, unless told "
                    "otherwise.)"),
        "d": Choice("100 parameters, the places at which the units bend.",
                    "They all bend at 0. What is learned is the slope to the left of it; the bias can move the bend.",
                    "learns-the-kink"),
    }, **_COMMON)

OUTPUT_ACTIVATION = make_question(
    "output_activation_question", number=10, core=True, title="The activation of the output",
    prompt="A network is to tell which of ten kinds of clothing a picture shows, exactly one. Which activation does "
           "its output layer get?",
    choices={
        "a": Choice("ReLU, as the hidden layers.",
                    "Its outputs are no probabilities: they may exceed 1, and a unit at 0 learns nothing.",
                    "relu-at-the-output"),
        "b": Choice("Ten sigmoids.",
                    "Those answer ten separate questions, and several may say yes. That is for labels that can hold "
                    "together; here exactly one is right.", "sigmoid-per-class"),
        "c": Choice("One sigmoid.",
                    "One number between 0 and 1 decides between two classes.", "one-sigmoid"),
        "d": Choice("Softmax over ten units.",
                    "Right. Its outputs are positive and sum to 1, and with the cross-entropy the gradient is a - y. "
                    "Labels that can hold together would get one sigmoid each."),
    }, **_COMMON)

ELU_NEVER_DIES = make_question(
    "elu_slope_question", number=0, core=False, title="Can an ELU unit get stuck?",
    prompt="A unit's $z$ is near $-30$ for all training examples. Its activation is ELU. How does it learn?",
    choices={
        "a": Choice("As well as any: ELU has no flat part.",
                    "Its slope is e^z there, about 1e-13. A curve without a flat part can be flat for all "
                    "purposes.", "never-flat"),
        "b": Choice("Practically not at all.",
                    "Right. The slope is e^-30, about 1e-13. ELU helps units that are a little below 0; a "
                    "leaky ReLU keeps the same slope however far away z is."),
        "c": Choice("Not at all: its slope is exactly 0.",
                    "That is ReLU. ELU's slope is above 0, only far too small to matter.", "exactly-zero"),
        "d": Choice("Faster than usual: its output is at the bound.",
                    "At the bound the output hardly reacts to z, and so the gradient is small.", "faster-at-the-bound"),
    }, **_COMMON)

RANKING = make_question(
    "ranking_question", number=0, core=False, title="Which activation is best?",
    prompt="A text ranks SELU before ELU before leaky ReLU before tanh before sigmoid. You train a network with two "
           "hidden layers; each activation gets a start and a learning rate of its own. What do you expect?",
    choices={
        "a": Choice("The same order: it comes from many experiments.",
                    "From experiments with deep networks. In two layers nothing vanishes and nothing dies, and the "
                    "differences are as small as those between seeds.", "order-is-universal"),
        "b": Choice("The sigmoid far behind, the others alike.",
                    "With a start and a rate of its own the sigmoid keeps up: small slopes can be made up for by "
                    "larger weights, even in five layers. It falls behind with ten.", "sigmoid-always-fails"),
        "c": Choice("The reverse order.",
                    "No such order is known either.", "reversed"),
        "d": Choice("Small differences, most of them no larger than those between two seeds.",
                    "Right, on the digits of this chapter. What an activation does to signals and gradients counts "
                    "once per layer, so differences show in deep networks, if anywhere."),
    }, **_COMMON)

QUESTIONS = (DEAD_UNIT, SELF_NORMALIZATION, OUTPUT_ACTIVATION, PRELU_LEARNS, ELU_NEVER_DIES, RANKING)
