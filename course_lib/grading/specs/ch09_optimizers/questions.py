"""Concept questions on optimizers."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "09_optimizers", "level": 1}

BETA = make_question(
    "momentum_beta_question", number=25, core=True, title="The friction of momentum",
    prompt="$m_t = \\beta\\, m_{t-1} - \\eta\\, g_t$. What does $\\beta = 0$ mean?",
    choices={
        "a": Choice("No friction: the ball rolls on for ever.",
                    "That would be beta = 1, where the velocity never loses anything.", "beta-is-friction"),
        "b": Choice("As much friction as there can be: plain gradient descent.",
                    "Right. Nothing is left of the old velocity, and each step is minus eta times the gradient. The "
                    "friction is 1 - beta."),
        "c": Choice("The parameters do not move.",
                    "The velocity still gets minus eta times the gradient in every step.", "stands-still"),
        "d": Choice("The velocity is the mean of all gradients.",
                    "With beta = 0 it is the last gradient alone, times minus eta.", "mean-of-all"),
    }, **_COMMON)

LOOK_AHEAD = make_question(
    "nesterov_point_question", number=26, core=True, title="Where Nesterov looks",
    prompt="The velocity $m$ points down the hill. At which point does Nesterov's rule take its gradient?",
    choices={
        "a": Choice("At $\\theta + \\beta m$.",
                    "Right. There the old velocity alone would lead; the gradient at that point corrects it."),
        "b": Choice("At $\\theta - \\beta m$.",
                    "m points down the hill, so this point lies behind. Where m is defined with the other sign, the "
                    "minus is right.", "looks-behind"),
        "c": Choice("At $\\theta - \\eta\\nabla J(\\theta)$.",
                    "That would cost a second gradient per step. The look-ahead uses the velocity, which is there "
                    "already.", "gradient-lookahead"),
        "d": Choice("At $\\theta$.", "That is plain momentum.", "plain-momentum"),
    }, **_COMMON)

ADAGRAD = make_question(
    "adagrad_slows_question", number=27, core=True, title="Why Adagrad slows down",
    prompt="A parameter's gradient is 1 in every step. What happens to Adagrad's steps for it?",
    choices={
        "a": Choice("They stay the same: the gradient does.",
                    "The gradient is divided by the root of a sum, and the sum grows by 1 in each step.", "constant"),
        "b": Choice("They shrink like $1/\\sqrt t$, for ever.",
                    "Right. After t steps s is t. Nothing is ever taken out of the sum."),
        "c": Choice("They shrink by a fixed factor per step, exponentially.",
                    "They shrink far more slowly: after 100 steps to a tenth, after 10,000 to a hundredth.",
                    "exponential"),
        "d": Choice("They shrink at first and recover when the gradient falls.",
                    "A sum of squares never falls. That would be RMSprop, whose mean forgets.", "recovers"),
    }, **_COMMON)

CORRECTION = make_question(
    "bias_correction_question", number=28, core=True, title="What the bias correction is for",
    prompt="Adam's means start at 0. With $\\beta_1 = 0.9$ and $\\beta_2 = 0.999$, and without the correction, how "
           "large is the first step?",
    choices={
        "a": Choice("Much too small: both means are near 0.",
                    "Both are too small, but the step is their quotient, with a root below: 0.1 g over the root of "
                    "0.001 g squared.", "too-small"),
        "b": Choice("About three times the learning rate.",
                    "Right. 0.1 over the root of 0.001 is 3.16. Some steps later it is more than six times the "
                    "learning rate, since m fills up much faster than s."),
        "c": Choice("The learning rate, as with the correction.",
                    "With the correction it is. Without, the two errors do not cancel: 0.1 against the root of 0.001.",
                    "cancels"),
        "d": Choice("Infinite: s is 0.", "s already contains the first gradient's square, times 0.001.",
                    "divides-by-zero"),
    }, **_COMMON)

SIGNS = make_question(
    "adam_signs_question", number=29, core=False, title="Two signs",
    prompt="Texts write Adam with different signs. Let the first sign stand in "
           "$m \\leftarrow \\beta_1 m \\pm (1 - \\beta_1)\\, g$ and the second in "
           "$\\theta \\leftarrow \\theta \\pm \\eta\\, \\hat m / (\\sqrt{\\hat s} + \\varepsilon)$. Which pairs go "
           "down the hill?",
    choices={
        "a": Choice("(+, -) only.", "(-, +) is the same path: m has the other sign, and so has what is done with it.",
                    "one-convention-only"),
        "b": Choice("(+, -) and (-, +).",
                    "Right. One minus must be there, and one only. Two sources of this course mix the halves, and "
                    "their Adam climbs."),
        "c": Choice("(+, +) and (-, -).", "These two climb: the step follows plus the gradient.", "those-that-climb"),
        "d": Choice("All four: m adapts its sign.", "Nothing adapts. The sign of the step is the product of the two.",
                    "all"),
    }, **_COMMON)

ADAMAX = make_question(
    "adamax_correction_question", number=30, core=False, title="Why u is not corrected",
    prompt="Adamax corrects $m$ for its start at 0, but not $u = \\max(\\beta_2 u, |g|)$. Why?",
    choices={
        "a": Choice("Because beta_2 is so near 1 that it makes no difference.",
                    "For a mean it makes the largest difference just then: 1 - 0.999 is a thousandth.", "near-one"),
        "b": Choice("Because u is not squared.", "m is not squared either, and needs its correction.", "no-square"),
        "c": Choice("Because a maximum forgets its start of 0 with the first gradient.",
                    "Right. After one step u is |g|, not a small share of it."),
        "d": Choice("Because the correction of m makes up for both.",
                    "The correction of m is 1 - beta_1 to the power t and knows nothing of beta_2.", "m-makes-up"),
    }, **_COMMON)

PENALTY = make_question(
    "l2_in_adam_question", number=31, core=True, title="A penalty inside Adam",
    prompt="An L2 penalty $c\\sum\\theta^2$ adds $2c\\,\\theta$ to the gradient. Two weights are equally large; one "
           "has large, noisy gradients, the other small ones. Both are trained with Adam. Which one does the penalty "
           "shrink faster?",
    choices={
        "a": Choice("Both alike: the penalty's gradient is the same.",
                    "It is the same before Adam divides it by the size of the gradients.", "alike"),
        "b": Choice("The one with the large gradients: it moves more.",
                    "Adam makes all moves about equally large. The penalty is a small share of large gradients.",
                    "large-gradients"),
        "c": Choice("The one with the small gradients.",
                    "Right. Adam divides the whole gradient, the penalty's part included, by the root of s. Where "
                    "gradients are large, hardly anything is left of the penalty. AdamW takes it out of the "
                    "gradient."),
        "d": Choice("Neither: Adam is invariant to it.",
                    "Adam is invariant to a common factor of the gradient, not to a term that is added.",
                    "invariant"),
    }, **_COMMON)

HESSIAN = make_question(
    "hessian_question", number=41, core=False, title="The price of Newton's step",
    prompt="A network has $n$ = 266,610 parameters and one scalar loss. What does Newton's method have to store that "
           "gradient descent does not?",
    choices={
        "a": Choice("$n^2$ Hessians, one for each pair of parameters.",
                    "There is one Hessian. It has an entry for each pair of parameters.", "many-hessians"),
        "b": Choice("One Hessian with $n$ entries.", "That is the gradient's number of entries.", "n-entries"),
        "c": Choice("One matrix of $n^2$ second derivatives.",
                    "Right: 7.1 times 10 to the 10 numbers, 284 GB in float32, and then a system of n equations is to "
                    "be solved with it."),
        "d": Choice("The gradients of all steps so far.",
                    "Newton's step uses the derivatives at one point only.", "history"),
    }, **_COMMON)

STEP_SIZE = make_question(
    "adam_scale_question", number=0, core=True, title="The loss times a thousand",
    prompt="Someone sums the loss over the batch instead of averaging it, so that all gradients are 1,000 times "
           "larger. Which optimizers have to get another learning rate?",
    choices={
        "a": Choice("All of them.",
                    "Adam and RMSprop divide the gradient by its own size: the factor is gone, but for epsilon.",
                    "all"),
        "b": Choice("None: the direction is the same.",
                    "The step of gradient descent is as long as the gradient, so it is 1,000 times as long, too.",
                    "none"),
        "c": Choice("SGD and momentum; Adam and RMSprop hardly notice.",
                    "Right. A common factor of all gradients cancels in Adam's step, as long as they are far "
                    "above epsilon."),
        "d": Choice("Adam and RMSprop; SGD hardly notices.", "It is the other way round.", "exchanged"),
    }, **_COMMON)

VALLEY_RATE = make_question(
    "valley_rate_question", number=0, core=True, title="The rates of a valley",
    prompt="A valley has the curvatures 1, 10 and 100 in its three directions. For which learning rates does gradient "
           "descent arrive, and at which one soonest?",
    choices={
        "a": Choice("Below 0.02; soonest at 2/101, about 0.0198.",
                    "Right. The steepest direction sets the limit, 2/100. At 2/101 the factors of the flattest and the "
                    "steepest direction are equally large, 99/101; that of 10 lies between them."),
        "b": Choice("Below 0.02; soonest at 0.01, where the steepest direction arrives in one step.",
                    "There the factor of curvature 1 is 0.99. At 2/101 it is 0.980, and that of 100 no larger.",
                    "one-over-largest"),
        "c": Choice("Below 2/37, since the mean curvature is 37; soonest at 1/37.",
                    "Each direction goes its own way. With 1/37 the factor of curvature 100 is 1 - 100/37 = -1.7, and "
                    "it diverges.", "mean-curvature"),
        "d": Choice("Below 2: the flattest direction bears it.",
                    "The other two do not: their factors are -19 and -199 there.", "flattest-decides"),
    }, **_COMMON)

QUESTIONS = (VALLEY_RATE, BETA, LOOK_AHEAD, ADAGRAD, CORRECTION, STEP_SIZE, PENALTY, SIGNS, ADAMAX, HESSIAN)
