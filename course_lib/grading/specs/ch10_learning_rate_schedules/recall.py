"""What chapter 10 builds on, asked before it begins."""

from ...spec import Recall

STEP_LENGTH = Recall(
    name="step_length_recall",
    prompt="A step of gradient descent is $\\theta \\leftarrow \\theta - \\eta g$. Which two things make a step long, "
           "and which of them is small near a minimum?",
    answer="A large rate $\\eta$ and a large gradient $g$. At a minimum the gradient of the loss over *all* examples "
           "is 0. That of a batch is not: it is 0 only if each of its examples would be content with these weights.")

EPOCH_AND_STEP = Recall(
    name="epoch_and_step_recall",
    prompt="1,047 training images, batches of 32: how many steps has an epoch?",
    answer="33: 32 full batches, and a last one of 23 images. A step is one update of the weights, an epoch one pass "
           "through the data.")

BATCH_NOISE = Recall(
    name="batch_size_recall",
    prompt="Why does the gradient of a mini-batch differ from that of all data, and how does the difference depend on "
           "the batch size?",
    answer="It is a mean over a random part of the examples. Its deviation from the mean over all falls like one over "
           "the root of the batch size.")

RECALL = (STEP_LENGTH, EPOCH_AND_STEP, BATCH_NOISE)
