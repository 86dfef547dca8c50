"""What chapter 09 builds on, asked before it begins."""

from ...spec import Recall

BATCH_NOISE = Recall(
    name="batch_noise_recall",
    prompt="Gradient descent with mini-batches takes its gradient from 32 examples. What is right about this gradient, "
           "and what is not?",
    answer="Its mean over the random choice of the batch is the gradient of the whole loss. A single one is off by "
           "chance, more so the smaller the batch.")

LEARNING_RATE_LIMIT = Recall(
    name="learning_rate_recall",
    prompt="Plain gradient descent runs on $J(\\theta) = \\frac12\\lambda\\theta^2$. By which number is $\\theta$ "
           "multiplied in each step, and for which learning rates does it shrink?",
    answer="The gradient is $\\lambda\\theta$, so $\\theta \\leftarrow (1 - \\eta\\lambda)\\,\\theta$. It shrinks if "
           "$|1 - \\eta\\lambda| < 1$, which means $\\eta < 2/\\lambda$.")

RUNNING_MEAN = Recall(
    name="running_mean_recall",
    prompt="Batch normalization tracked $\\hat v \\leftarrow p\\,\\hat v + (1 - p)\\,v$. Which share of the value it "
           "started from is left after $t$ updates?",
    answer="$p^t$. With $p = 0.99$ more than a third after 100 updates. Whoever reads it early reads mostly the start.")

RECALL = (BATCH_NOISE, LEARNING_RATE_LIMIT, RUNNING_MEAN)
