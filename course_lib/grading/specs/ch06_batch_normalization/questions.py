"""Concept questions on batch normalization."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "06_batch_normalization", "level": 1}

GRADIENTS = make_question(
    "bn_gradients_question", number=22, core=True, title="Which vectors get a gradient?",
    prompt="A batch normalization holds four vectors: $\\gamma$, $\\beta$, the moving mean and the moving variance. "
           "Which of them does gradient descent change?",
    choices={
        "a": Choice("All four: they are the layer's parameters.",
                    "Keras's summary counts all four, and half of them as non-trainable. The moving statistics do not "
                    "act on the training loss at all, so they have no gradient.", "all-four"),
        "b": Choice("The two moving statistics: they move during training.",
                    "They do, and not by a gradient: each step mixes a little of the batch's statistics into them.",
                    "moving-means-trained"),
        "c": Choice("gamma and beta.",
                    "Right. The moving statistics are averages that are tracked on the side. They are used at "
                    "inference only."),
        "d": Choice("None: the layer computes everything from the batch.",
                    "The statistics, yes. Scale and shift are learned.", "none"),
    }, **_COMMON)

MOMENTUM = make_question(
    "bn_momentum_question", number=23, core=True, title="A momentum for a short training",
    prompt="A network with batch normalization is trained for 60 steps. At inference it is much worse than in "
           "training, on the same data. Which momentum would you try?",
    choices={
        "a": Choice("A larger one, such as 0.999: a longer memory is more accurate.",
                    "After many steps it is. After 60 steps 94 % of the moving statistics would still be what they "
                    "started with, 0 and 1.", "nearer-one"),
        "b": Choice("A smaller one, such as 0.9.",
                    "Right. With Keras's 0.99 a share of 0.99 to the power 60, 55 %, is still the start. With 0.9 it "
                    "is 0.2 %."),
        "c": Choice("A momentum for the optimizer: that is the one that counts.",
                    "It has the name only. The optimizer's momentum moves weights; this one averages statistics.",
                    "optimizer-momentum"),
        "d": Choice("None: the gap between training and inference is overfitting.",
                    "It is measured on the same data. What differs is the statistics that the layer uses.",
                    "overfitting"),
    }, **_COMMON)

SINGLE_ROW = make_question(
    "bn_single_row_question", number=0, core=True, title="One example at a time",
    prompt="A service calls its trained network with `model(x, training=True)`, one example at a time. A batch "
           "normalization stands behind the first dense layer. What comes out of the network?",
    choices={
        "a": Choice("What it should: the layer uses what it has learned.",
                    "With `training=True` it uses the statistics of the batch, and the batch is this one example.",
                    "training-flag-is-harmless"),
        "b": Choice("The same for every example.",
                    "Right. One row is its own mean, so the normalized row is 0 and the layer puts out beta, "
                    "whatever came in."),
        "c": Choice("Infinite or undefined numbers: the variance of one example is 0.",
                    "epsilon is there to prevent that. 0 divided by the root of epsilon is 0.", "division-by-zero"),
        "d": Choice("Noisy answers that are right on average.",
                    "With a few examples in the batch they would be noisy. With one there is nothing left to vary.",
                    "only-noise"),
    }, **_COMMON)

FOLDING = make_question(
    "bn_folding_question", number=38, core=False, title="Where can it be folded?",
    prompt="A trained network has the layers dense, ReLU, batch normalization, dense, softmax. Into which layer can "
           "the normalization be folded for inference?",
    choices={
        "a": Choice("Into the dense layer before it: a normalization is folded into the layer before.",
                    "Only if nothing stands between. A shift that is made behind the ReLU cannot be made before it: "
                    "there the ReLU would cut it off.", "folds-through-relu"),
        "b": Choice("Into the dense layer after it.",
                    "Right. It is a linear map, and so is the beginning of the next dense layer: two linear maps in a "
                    "row are one."),
        "c": Choice("Into neither: its statistics differ from batch to batch.",
                    "In training they do. At inference they are fixed numbers.", "never"),
        "d": Choice("Into either of the two.",
                    "The ReLU is in the way of one of them.", "either-side"),
    }, **_COMMON)

BIAS = make_question(
    "bn_bias_question", number=0, core=False, title="The bias in front of it",
    prompt="A dense layer without activation is followed directly by a batch normalization. What about the dense "
           "layer's bias?",
    choices={
        "a": Choice("It must be left out, or training fails.",
                    "Nothing fails. The mean that is subtracted contains the bias, so the bias just has no effect.",
                    "must-be-off"),
        "b": Choice("It has no effect and its gradient is 0: leave it out, or keep it and waste its memory.",
                    "Right. A constant that is added to every row is subtracted again with the mean. beta does the "
                    "bias's work."),
        "c": Choice("It is needed: the normalization removes the mean, and the bias brings it back.",
                    "It is added before the mean is removed. What brings a mean back is beta, afterwards.",
                    "bias-restores-the-mean"),
        "d": Choice("It is learned more slowly, because the normalization divides its gradient.",
                    "Its gradient is the sum of the gradients at the layer's outputs, and the normalization makes this "
                    "sum 0.", "slower"),
    }, **_COMMON)

SCALE = make_question(
    "bn_scale_question", number=0, core=False, title="Weights that start ten times too large",
    prompt="In front of a batch normalization stands a dense layer whose kernel starts ten times larger than it "
           "should. What is different in training?",
    choices={
        "a": Choice("The signals behind the normalization are ten times larger.",
                    "The batch's deviation is ten times larger as well, and the signals are divided by it.",
                    "scale-passes"),
        "b": Choice("Nothing at all.",
                    "The outputs are the same. The kernel's gradient is not: it is ten times smaller.",
                    "no-difference"),
        "c": Choice("The outputs are the same, the kernel's gradient is ten times smaller.",
                    "Right. And the kernel is ten times larger, so a step changes its direction a hundred times less. "
                    "A bad start costs time, not the signal."),
        "d": Choice("The kernel's gradient is ten times larger, and training diverges.",
                    "The way back also passes the division by the deviation, which is ten times larger.",
                    "gradient-grows"),
    }, **_COMMON)

AXIS = make_question(
    "bn_axis_question", number=0, core=False, title="What does axis mean?",
    prompt="`BatchNormalization(axis=-1)` is given images of shape (batch, 28, 28), not flattened. How many numbers "
           "does its gamma have?",
    choices={
        "a": Choice("28 x 28 = 784: one for each pixel.",
                    "That is what flattened images would give. Here the last axis has length 28.", "every-pixel"),
        "b": Choice("28: one for each column of pixels.",
                    "Right. `axis` names the axis that keeps statistics of its own; they are taken over all other "
                    "axes. So the 28 pixels of a column share one mean and one variance, which is seldom meant."),
        "c": Choice("One for each image of the batch.",
                    "The batch axis is always averaged over: that is what makes it batch normalization.",
                    "every-example"),
        "d": Choice("1: statistics are taken over the last axis as well as the others.",
                    "The named axis is the one that is kept.", "axis-is-averaged"),
    }, **_COMMON)

QUESTIONS = (GRADIENTS, SINGLE_ROW, MOMENTUM, BIAS, SCALE, FOLDING, AXIS)
