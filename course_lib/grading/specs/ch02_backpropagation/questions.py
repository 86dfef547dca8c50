"""Concept questions on backpropagation."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "02_backpropagation", "level": 1}

STEP_FUNCTION = make_question(
    "step_function_question", number=1, core=False, title="Why not a step function?",
    prompt="Why can hidden units with a step function not be trained by gradient descent?",
    choices={
        "a": Choice("The step function has no derivative at 0.",
                    "True, but not the reason: ReLU has no derivative at 0 either and trains well. "
                    "Think of the derivative everywhere else.", "kink-at-zero"),
        "b": Choice("Its output is not a probability.",
                    "Hidden units need no probabilities: tanh and ReLU give none. Think of what the chain rule "
                    "multiplies by.", "needs-probabilities"),
        "c": Choice("Its derivative is 0 wherever it exists, so every hidden weight gets the gradient 0.",
                    "Right. The chain rule multiplies by that 0, and the weights before the step never move. "
                    "The jump at one point would be tolerable, as ReLU's kink is."),
        "d": Choice("It is not monotone.",
                    "It is monotone: it never falls. Think of its slope.", "not-monotone"),
    }, **_COMMON)

BACKPROP_NAME = make_question(
    "backpropagation_question", number=5, core=False, title="What backpropagation is",
    prompt="What does backpropagation do?",
    choices={
        "a": Choice("It updates the weights so that the loss falls.",
                    "That is the optimizer's work. It needs something first.", "optimizer"),
        "b": Choice("It estimates each derivative by changing one weight a little and running the network again.",
                    "Those are finite differences: one or two runs of the network per weight. They serve to check "
                    "the result of backpropagation.", "finite-differences"),
        "c": Choice("It writes out one long formula for the derivative of the whole network.",
                    "No formula is built up: numbers are propagated, layer by layer, and shared factors are computed "
                    "once.", "symbolic-differentiation"),
        "d": Choice("It computes the derivatives of the loss with respect to all weights in one backward pass.",
                    "Right. It is reverse-mode automatic differentiation: the cost is a small multiple of one "
                    "forward pass, however many weights there are."),
    }, **_COMMON)

CROSS_ENTROPY = make_question(
    "cross_entropy_question", number=6, core=True, title="Why cross-entropy?",
    prompt="A sigmoid unit is confidently wrong: its output is $a = 0.999$ and the target is $y = 0$. Compare the "
           "gradient at $z$ for binary cross-entropy and for the half squared error.",
    choices={
        "a": Choice("Both are close to 0, because the sigmoid is saturated.",
                    "For the squared error, yes. Work out the other one: the derivative of the cross-entropy has "
                    "a(1 - a) in its denominator.", "saturation-in-both"),
        "b": Choice("Cross-entropy: about 1. Squared error: about 0.001.",
                    "Right. a - y = 0.999 for the cross-entropy, (a - y) a (1 - a) = 0.001 for the squared error: "
                    "the unit that most needs to learn would hardly move."),
        "c": Choice("Both are about 1.",
                    "The squared error keeps the factor a(1 - a), which is 0.001 here.", "derivative-forgotten"),
        "d": Choice("Cross-entropy: about 0.001. Squared error: about 1.",
                    "It is the other way round: the factor a(1 - a) cancels in the cross-entropy and stays in the "
                    "squared error.", "exchanged"),
    }, **_COMMON)

UPDATE_SIGN = make_question(
    "update_sign_question", number=11, core=True, title="Which sign goes with which?",
    prompt="A book writes examples as columns. It defines the error at the output as $\\delta = y - a$ and the "
           "weights' gradient as $\\nabla W = \\delta \\, x^\\top$. Which update makes the cross-entropy smaller?",
    choices={
        "a": Choice("W <- W - eta * gradient, as in every gradient descent.",
                    "This increases the loss. y - a belongs to the log-likelihood, and a step against its gradient "
                    "makes the data less likely.", "descends-on-the-likelihood"),
        "b": Choice("W <- W + eta * gradient.",
                    "Right. y - a is the gradient of the log-likelihood at z, which is to grow. With a - y, the "
                    "gradient of the loss, the update has a minus. Either pair works; mixing them does not."),
        "c": Choice("Either: the sign of the error is a convention.",
                    "The sign of the error is one, but the sign of the update has to go with it.",
                    "both-are-conventions"),
        "d": Choice("Neither: the derivative of the sigmoid is missing.",
                    "With the cross-entropy that derivative has cancelled. Only the sign is in question.",
                    "derivative-not-cancelled"),
    }, **_COMMON)

ZERO_WEIGHTS = make_question(
    "zero_weights_question", number=14, core=True, title="Starting from zero",
    prompt="Which parameters of a network with a hidden layer can start at 0?",
    choices={
        "a": Choice("None: what is 0 stays 0.",
                    "A bias gets its gradient from the error of its unit, whatever its own value, and moves at once. "
                    "The trouble is another one: units that are all alike.", "nothing-may-be-zero"),
        "b": Choice("All biases; of the weights some, not all together.",
                    "Right. Random weights make the hidden units different, and then biases may start at 0. "
                    "Hidden units that start alike, in their weights in, bias and weights out, stay alike."),
        "c": Choice("The weights, but not the biases.",
                    "It is the weights that have to tell the hidden units apart.", "biases-break-the-symmetry"),
        "d": Choice("All: gradient descent will separate the units.",
                    "If all is 0, all hidden units are alike. Units that are alike get equal gradients at every step, "
                    "so they stay alike for ever.",
                    "descent-breaks-the-symmetry"),
    }, **_COMMON)

QUESTIONS = (STEP_FUNCTION, BACKPROP_NAME, CROSS_ENTROPY, UPDATE_SIGN, ZERO_WEIGHTS)
