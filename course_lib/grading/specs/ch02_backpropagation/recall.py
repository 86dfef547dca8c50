"""What chapter 02 builds on, asked before it begins."""

from ...spec import Recall

DENSE_LAYER = Recall(
    name="dense_layer_recall",
    prompt="A dense layer has a kernel $W$ of shape $(n, k)$ and a bias $b$. It gets a batch $X$ of $m$ rows. "
           "What does it compute, and what is the shape of the result?",
    answer="$Z = XW + b$ of shape $(m, k)$, then the activation $A = \\varphi(Z)$, entry by entry. "
           "The bias is added to every row.")

DESCENT = Recall(
    name="gradient_descent_recall",
    prompt="Gradient descent takes steps $\\theta \\leftarrow \\theta - \\eta\\, g$. What is $g$, and why is "
           "there a minus?",
    answer="$g$ is the gradient of the loss at $\\theta$: entry $i$ says how fast the loss grows when $\\theta_i$ "
           "grows. To make the loss fall we go the other way.")

CONFIDENT_MISTAKE = Recall(
    name="confident_mistake_recall",
    prompt="A sigmoid output says 0.9 for an example whose label is 0. What is its binary cross-entropy?",
    answer="$-\\log(1 - 0.9) = 2.303$. A right answer with the same confidence would have cost $-\\log 0.9 = 0.105$.")

RECALL = (DENSE_LAYER, DESCENT, CONFIDENT_MISTAKE)
