"""Concept questions on learning-rate schedules."""

from ...spec import Choice, make_question

_COMMON = {"chapter": "10_learning_rate_schedules", "level": 1}

POWER_OR_EXPONENTIAL = make_question(
    "power_or_exponential_question", number=32, core=True, title="Power or exponential?",
    prompt="A power schedule with $c = 1$ and an exponential one with base 0.1 have the same $\\eta_0$ and the same "
           "$s$. What are their rates after $2s$ steps?",
    choices={
        "a": Choice("A third and a hundredth of the initial rate.",
                    "Right: 1 / (1 + 2) and 0.1 squared. The power schedule falls ever more slowly, the exponential "
                    "one keeps dividing by 10."),
        "b": Choice("A quarter and a hundredth.", "A quarter is reached at t = 3s: the divisor is 1 + t / s.",
                    "forgets-the-one"),
        "c": Choice("A third and a twentieth.", "Each s steps divide the exponential rate by 10, so twice by 10 is by "
                    "100.", "adds-factors"),
        "d": Choice("A half and a tenth: both stop at s.", "s is a unit of time, not an end. Both go on falling.",
                    "stops-at-s"),
    }, **_COMMON)

WHEN = make_question(
    "when_question", number=0, core=True, title="When does it act?",
    prompt="Three ways to lower the rate in Keras: (1) an `ExponentialDecay` given to the optimizer, (2) a "
           "`LearningRateScheduler`, (3) a `ReduceLROnPlateau`. When does each set the rate?",
    choices={
        "a": Choice("All three at the beginning of an epoch.", "One of the sources says so. It holds for (2) only.",
                    "all-by-epoch"),
        "b": Choice("(1) at every step, (2) at the beginning of an epoch, (3) at its end.",
                    "Right. So (1) and (2) with the same formula differ inside an epoch, and a reduction by (3) shows "
                    "in the next epoch."),
        "c": Choice("(1) and (2) at every step, (3) at the end of an epoch.",
                    "The callback's function gets the number of the epoch. It is asked once per epoch.",
                    "callback-by-step"),
        "d": Choice("(1) at every step, (2) and (3) at the beginning of an epoch.",
                    "(3) needs the validation loss of an epoch, which there is only at its end.", "plateau-at-begin"),
    }, **_COMMON)

LAMBDA = make_question(
    "plateau_factor_question", number=0, core=False, title="By a factor of 5",
    prompt="A text says: *reduce the learning rate by a factor of 5 when the validation loss stalls.* What do you give "
           "to `ReduceLROnPlateau`?",
    choices={
        "a": Choice("`factor=5`", "Keras multiplies by `factor`, and refuses anything that is not below 1.",
                    "divides"),
        "b": Choice("`factor=0.2`", "Right. The text divides by 5, Keras multiplies by `factor`."),
        "c": Choice("`factor=0.8`", "That takes a fifth away. Divided by 5, a fifth is left.", "takes-away"),
        "d": Choice("`patience=5`", "patience is the number of epochs without improvement that are waited for.",
                    "patience"),
    }, **_COMMON)

SECOND_FIT = make_question(
    "second_fit_question", number=0, core=False, title="Training goes on",
    prompt="After ten epochs with a falling rate you call `fit` once more, for ten further epochs. At which rate does "
           "it begin, with an `ExponentialDecay` in the optimizer, and with a `LearningRateScheduler` as callback?",
    choices={
        "a": Choice("Both where they left off.", "The optimizer counts its steps and goes on. The callback is given "
                    "the epoch, and every `fit` counts epochs from 0.", "both-go-on"),
        "b": Choice("Both at the initial rate.", "The optimizer's count of steps is not reset by `fit`.",
                    "both-restart"),
        "c": Choice("In the optimizer where it left off, as a callback at the initial rate.",
                    "Right. `initial_epoch=10` (with `epochs=20`) makes the callback go on."),
        "d": Choice("In the optimizer at the initial rate, as a callback where it left off.",
                    "It is the other way round: the optimizer keeps its count, the epochs begin again.", "exchanged"),
    }, **_COMMON)

FLOOR = make_question(
    "noise_floor_question", number=0, core=True, title="When to cut",
    prompt="The training loss fell quickly for ten epochs and now wanders around one value. You cut the rate to a "
           "tenth, and within an epoch the loss drops. Would it have been better to train at the low rate from the "
           "start?",
    choices={
        "a": Choice("Yes: the low rate reaches lower losses.", "It does in the end. It would have needed about ten "
                    "times as many steps to get this far.", "low-is-better"),
        "b": Choice("No: at the low rate the way to that place takes about ten times as many steps.",
                    "Right. The high rate covers the distance, the low one lowers the noise. A schedule has both."),
        "c": Choice("No: a low rate cannot reach low losses at all.", "It can, given the steps: the noise around the "
                    "minimum is smaller with it.", "low-is-worse"),
        "d": Choice("It makes no difference: the order of rates does not matter.", "It does: noise of late steps "
                    "stays, that of early ones is forgotten.", "order-does-not-matter"),
    }, **_COMMON)

PEAK = make_question(
    "range_test_question", number=0, core=True, title="The lowest point of the range test",
    prompt="In a range test of SGD with momentum 0.9 the smoothed loss is lowest at the rate 0.2, then it shoots up. "
           "Why not train at 0.2?",
    choices={
        "a": Choice("One may: the loss was lowest there, so it is the best rate.",
                    "The loss is low because of all the steps before, at smaller rates. The rate of the last step did "
                    "not earn it.", "lowest-is-best"),
        "b": Choice("It is at the edge: a little later the steps overshoot, and the smoothed curve shows that late.",
                    "Right. So one goes well below, by about a factor of ten, and starts again from fresh weights."),
        "c": Choice("Because a range test finds rates for small batches only.",
                    "It finds a rate for the batch size that it ran with, whatever that is.", "batch-size"),
        "d": Choice("Because the loss must be 0 at the best rate.", "No rate reaches 0 in a few hundred steps.",
                    "zero-loss"),
    }, **_COMMON)

TOO_EARLY = make_question(
    "too_early_question", number=0, core=True, title="Which schedules stop on the way?",
    prompt="A direction of the loss has the curvature 0.01, and there is no noise. The weight starts at 1. Three "
           "schedules begin at 0.1 and have $s = 100$ steps: power with $c = 1$, power with $c = 2$, exponential. "
           "Which of them never bring the weight below 0.8, however long one trains?",
    choices={
        "a": Choice("The exponential one alone: a power schedule never stops.",
                    "With c = 2 the rates add up to about 0.1 times 100, and the curvature times that is 0.1. Four to "
                    "the power -0.1 is 0.87.", "all-powers-go-on"),
        "b": Choice("The exponential one and the power schedule with c = 2.",
                    "Right: their rates add up to about 4.4 and 10, and with the curvature 0.01 the weight stays above "
                    "0.86. With c = 1 the sum has no end."),
        "c": Choice("All three: their rates go to 0.", "With c = 1 the rates go to 0 as well, but their sum grows like "
                    "a logarithm, without end. It takes long: more than 800 steps.", "rate-goes-to-zero"),
        "d": Choice("None: each rate is above 0, so each step brings the weight nearer.",
                    "Nearer, but ever less. What counts is whether the sum of all rates has an end.",
                    "every-step-counts"),
    }, **_COMMON)

UNDECIDED = make_question(
    "undecided_question", number=0, core=True, title="What to report",
    prompt="You compare a schedule with a constant rate, each at its best rate, over eight seeds. The constant rate's "
           "validation loss is 0.093. The schedule saves 0.004 of it on average, with a 95 % interval from -0.014 to "
           "0.022. What do you report?",
    choices={
        "a": Choice("The schedule does not help.", "A gain of 0.022, nearly a quarter of the loss, lies in the "
                    "interval as well. It was not seen, and it was not ruled out.", "undecided-is-no"),
        "b": Choice("The schedule helps, a little.", "The mean is positive by chance in every second comparison of two "
                    "equal methods. The interval reaches far below 0.", "mean-decides"),
        "c": Choice("These data do not decide it: a gain of up to 0.022 fits them, and so does a loss of up to 0.014.",
                    "Right. More seeds would make the interval narrower."),
        "d": Choice("Both are equally good: the interval contains 0.", "It contains 0, and much else. Equality would "
                    "need a narrow interval around 0.", "undecided-is-equal"),
    }, **_COMMON)

SILENT = make_question(
    "silent_momentum_question", number=0, core=False, title="A callback without effect",
    prompt="In Keras 3 a 1cycle callback assigns `optimizer.learning_rate` and `optimizer.momentum` of an `SGD` before "
           "each batch. `fit` runs compiled, as usual. What happens?",
    choices={
        "a": Choice("Both take effect.", "The rate is a variable that the compiled step reads. The momentum is a "
                    "Python number that was written into the step when it was compiled.", "both-act"),
        "b": Choice("The rate takes effect, the momentum stays what it was, without a message.",
                    "Right. With `run_eagerly=True`, or in this course's library, the momentum acts as well."),
        "c": Choice("Neither takes effect.", "The rate is a variable, and assigning it works at every batch.",
                    "neither-acts"),
        "d": Choice("An error: the momentum cannot be assigned.", "It can. Nothing reads it any more.", "error"),
    }, **_COMMON)

QUESTIONS = (POWER_OR_EXPONENTIAL, TOO_EARLY, WHEN, LAMBDA, SECOND_FIT, FLOOR, PEAK, UNDECIDED, SILENT)
