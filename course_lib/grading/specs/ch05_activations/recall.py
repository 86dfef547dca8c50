"""What chapter 05 builds on, asked before it begins."""

from ...spec import Recall

TWO_FACTORS = Recall(
    name="two_factors_recall",
    prompt="A gradient passes one layer on its way down. Which two things is it multiplied by?",
    answer="By the slopes of the layer's activation, $\\varphi'(Z^{(l)})$, entry by entry, and by the layer's kernel "
           "transposed, ${W^{(l)}}^\\top$. The sizes of both set the factor per layer.")

RELU_HALF = Recall(
    name="relu_half_recall",
    prompt="Which share of the mean square does a ReLU let through at the start, and what is done about it?",
    answer="Half: $z$ is symmetric about 0 at the start, and one side is set to 0. He initialization doubles the "
           "variance of the weights, $2/n_{in}$, to make up for it.")

MEAN_SQUARE = Recall(
    name="mean_square_recall",
    prompt="Why did the variance of $z$ depend on $\\mathrm{E}[a^2]$ and not on $\\mathrm{Var}[a]$? "
           "When are the two equal?",
    answer="A sum of products $w a$ with random $w$ of mean 0 varies with the size of $a$, whether $a$ varies or not. "
           "$\\mathrm{E}[a^2] = \\mathrm{Var}[a] + \\mathrm{E}[a]^2$, so they are equal when the outputs have mean 0.")

RECALL = (TWO_FACTORS, RELU_HALF, MEAN_SQUARE)
