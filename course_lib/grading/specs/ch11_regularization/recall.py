"""What a reader of chapter 11 recalls from earlier chapters first."""

from ...spec import Recall

SUM_OF_LOSSES = Recall(
    name="sum_of_losses_recall",
    prompt="A term is added to the loss: $J + R(W)$. What changes in backpropagation, and what in the step of gradient "
           "descent?",
    answer="Backpropagation of $J$ stays as it is. The gradient of a sum is the sum of the gradients, so "
           "$\\partial R/\\partial W$ is added to $\\partial J/\\partial W$, and the step "
           "$W \\leftarrow W - \\eta\\,(\\ldots)$ moves along both.")

MEAN_OF_PRODUCT = Recall(
    name="mean_of_product_recall",
    prompt="A number $x$ is multiplied by a random number $r$ that is independent of it: 1 with probability 0.8, else "
           "0. What is $\\operatorname{E}[r x]$, and what is $\\operatorname{E}[(r x)^2]$?",
    answer="The mean of a product of independent numbers is the product of their means: "
           "$0.8\\operatorname{E}[x]$. And as $r^2 = r$, $\\operatorname{E}[(r x)^2] = 0.8\\operatorname{E}[x^2]$.")

TWO_MODES = Recall(
    name="two_modes_recall",
    prompt="A trained network with batch normalization is called with `training=True`, to switch something on that is "
           "off at inference. What happens in its normalizations?",
    answer="They normalize with the statistics of this batch, so that an answer depends on the other rows, and they "
           "move their moving statistics a little. The network is not the same afterwards.")

RECALL = (SUM_OF_LOSSES, MEAN_OF_PRODUCT, TWO_MODES)
