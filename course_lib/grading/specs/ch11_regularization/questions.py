"""Concept questions on regularization and sparse models."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "11_regularization", "level": 1}

L1_ZEROS = make_question(
    "l1_zeros_question", number=37, core=True, minutes=4, title="Where does the weight end?",
    prompt="One weight, whose loss $\\frac12 \\cdot 2\\,(w - 0.3)^2$ has the curvature 2, and a penalty "
           "$\\lambda_1 |w|$ with $\\lambda_1 = 0.8$. It starts at 0.3. Where is it after many steps with "
           "$\\eta = 0.05$: of gradient descent on the sum, and of proximal steps?",
    choices={
        "a": Choice("Both at 0: that is where the sum is smallest.",
                    "It is, as 0.8/2 = 0.4 is more than 0.3. But a gradient step from near 0 takes at least 0.01: it "
                    "goes past 0 and back.", "subgradient-gives-zeros"),
        "b": Choice("Gradient descent goes on jumping between numbers on both sides of 0; the proximal steps end at 0 "
                    "exactly.",
                    "Right. The minimum is 0, as 0.8/2 = 0.4 is more than 0.3. From w > 0 a gradient step leads to "
                    "0.9w - 0.01, from w < 0 to 0.9w + 0.07: never to rest. The proximal step goes from w to "
                    "0.9w + 0.03, takes 0.04 away, and stops at 0."),
        "c": Choice("Both at -0.1: the penalty takes 0.8/2 = 0.4 away from 0.3.",
                    "Left of 0 the penalty pulls to the right. What it takes away ends at 0.", "overshoots-zero"),
        "d": Choice("Both at 1/6: of 0.3 the penalty leaves the share 2/(2 + 1.6).",
                    "That is the minimum with the square of w. The absolute value takes an amount, not a share.",
                    "share-of-l2"),
    }, **_COMMON)

ADAM_L2 = make_question(
    "adam_l2_question", number=31, core=False, title="l2 and Adam",
    prompt="An $\\ell_2$ penalty is added to the loss, and Adam does the steps. Weight A gets gradients of about 10 "
           "from the loss, weight B of about 0.1, both of changing sign. Which of the two does the penalty shrink "
           "more?",
    choices={
        "a": Choice("Both by the same share per step: the gradient of the penalty is proportional to the weight.",
                    "With gradient descent, yes. Adam divides the sum of both gradients by the root of its mean "
                    "square, and that differs by a factor of 100.", "as-with-sgd"),
        "b": Choice("A: a weight with large gradients is moved more.",
                    "Adam divides large gradients away, and the penalty's with them.", "large-gradient-large-decay"),
        "c": Choice("B: Adam divides the penalty's gradient by the size of the gradients, which is large for A.",
                    "Right. A is hardly shrunk. AdamW takes the decay out of the gradient and shrinks both alike."),
        "d": Choice("Neither: Adam ignores the size of gradients.",
                    "It ignores a common size. The two parts of one weight's gradient keep their ratio.", "no-decay"),
    }, **_COMMON)

FACTOR = make_question(
    "dropout_factor_question", number=33, core=True, title="The factor of the survivors",
    prompt="Dropout with the rate $p = 0.75$, in the form that Keras uses. By what is a unit that survives multiplied "
           "in training?",
    choices={
        "a": Choice("1/4", "That is the factor of the original form, for all units, at inference.",
                    "original-form"),
        "b": Choice("1: the scaling comes at inference.",
                    "In the paper's original form. Keras scales in training and leaves inference alone.", "no-scaling"),
        "c": Choice("4/3", "That is 1/p: the divisor is the share that is kept.", "divides-by-p"),
        "d": Choice("4", "Right. A quarter survives, so each stands for four."),
    }, **_COMMON)

WHERE = make_question(
    "dropout_where_question", number=34, core=True, title="What may be dropped?",
    prompt="Which units of a classifier may be dropped in training?",
    choices={
        "a": Choice("Hidden units only.", "Inputs may be dropped as well, usually at a lower rate.", "inputs-never"),
        "b": Choice("Weights rather than units.", "That exists and is called DropConnect. Dropout drops units.",
                    "weights"),
        "c": Choice("Inputs and hidden units, but not the outputs.",
                    "Right. The outputs are compared with the labels: a dropped class would count as an error."),
        "d": Choice("All of them.", "A dropped output would give a class the wrong probability whatever the network "
                    "has learned.", "outputs-too"),
    }, **_COMMON)

COINS = make_question(
    "coin_toss_question", number=0, core=False, title="An office that tosses coins",
    prompt="An office where everybody tosses a coin each morning, and comes to work on heads only, would have to "
           "spread its knowledge. So dropout is explained. Where does the comparison fail?",
    choices={
        "a": Choice("A network forgets what a dropped unit knew.",
                    "Its weights stay as they are. In this step they get no gradient.", "weights-lost"),
        "b": Choice("In a network the same units are dropped in every step.",
                    "The mask is drawn anew for every example.", "fixed-mask"),
        "c": Choice("In a network half of the units are always idle, so half as many would do.",
                    "A smaller network is what one does not get: all the units learn, in changing company.",
                    "half-the-size"),
        "d": Choice("At inference nobody stays at home: everybody comes.",
                    "Right. The office never works with everybody; the network does when it counts. The scaling makes "
                    "the two fit together."),
    }, **_COMMON)

MC_AVERAGE = make_question(
    "mc_average_question", number=35, core=False, title="What is averaged?",
    prompt="Monte Carlo dropout: many passes through a classifier with dropout switched on. What is averaged?",
    choices={
        "a": Choice("The weights of the thinned networks.", "They share their weights; there is nothing to average.",
                    "weights"),
        "b": Choice("The logits, before the softmax.",
                    "A pass with extreme logits would outweigh all others.", "averages-logits"),
        "c": Choice("The probabilities that the passes give.",
                    "Right. Their mean is the prediction, and their deviation says how far the passes disagree."),
        "d": Choice("The predicted classes: the majority decides.",
                    "A vote forgets how sure each pass was.", "majority-vote"),
    }, **_COMMON)

NORM_AXIS = make_question(
    "max_norm_axis_question", number=36, core=True, title="Rows or columns?",
    prompt="A kernel of Keras's `Dense(100)` behind 64 inputs has the shape (64, 100). What does "
           "`MaxNorm(2.0)` with its default `axis=0` hold at 2 or below?",
    choices={
        "a": Choice("The length of each of the 100 columns.",
                    "Right. The sum of squares runs along axis 0, over the 64 inputs: a column is what comes into one "
                    "unit."),
        "b": Choice("The length of each of the 64 rows.",
                    "A row is what leaves one input. `axis=1` would do that.", "rows"),
        "c": Choice("Each of the 6,400 weights.", "That would be clipping. The bound is for a length.", "entries"),
        "d": Choice("The length of the whole kernel.", "Then wide layers would have to have small weights.",
                    "whole-matrix"),
    }, **_COMMON)

STOPPING = make_question(
    "stopping_argument_question", number=0, core=True, title="A number in brackets",
    prompt="A script has `callbacks=[EarlyStopping(10)]`. It runs to the last epoch, with a warning that nobody reads. "
           "Why?",
    choices={
        "a": Choice("The validation loss has improved at least every tenth epoch.",
                    "Possible, but then there would be no warning.", "it-improved"),
        "b": Choice("The default patience of 0 was added to it.", "Nothing is added. Patience stays at its default, 0, "
                    "and it never comes to that.", "adds-up"),
        "c": Choice("The first argument is `monitor`: the callback looks for a number called 10 in the logs and finds "
                    "none.", "Right. Write `EarlyStopping(patience=10)`. course_lib refuses the call; Keras accepts "
                             "it."),
        "d": Choice("Early stopping needs `restore_best_weights=True` to work.",
                    "That says which weights stay at the end, not when it stops.", "restore-needed"),
    }, **_COMMON)

EIGHT_BITS = make_question(
    "eight_bits_question", number=45, core=False, title="Eight bits",
    prompt="The weights of a trained classifier are rounded to 8 bits, with a scale for each column. What becomes of "
           "its accuracy?",
    choices={
        "a": Choice("Usually nothing that can be measured.",
                    "Right. On the digits even 4 bits cost little. It has to be measured, for each network."),
        "b": Choice("It falls to chance: 256 values are too few for what needed 32 bits.",
                    "The rounding error of a weight is at most 1/254 of the largest one in its column, and the errors "
                    "of many weights cancel in part.", "always-harmful"),
        "c": Choice("It rises: rounding regularizes.", "The rounding comes after training, as noise. It can happen to "
                    "help on a test set, within its noise.", "always-helps"),
        "d": Choice("Nothing: float32 numbers are stored in 8 bits anyway.",
                    "32 bits are four bytes of eight.", "already-8-bits"),
    }, **_COMMON)

QUESTIONS = (L1_ZEROS, FACTOR, WHERE, NORM_AXIS, STOPPING, ADAM_L2, COINS, MC_AVERAGE, EIGHT_BITS)
