"""Exercise `placed_schedule`: a schedule by epochs, given to the optimizer or to a callback."""

from ...drivers import RateOfEpoch, rates_of_fit
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def placed_schedule(place, rate_of_epoch, steps):
    from course_lib import callbacks, optimizers, schedules

    class ByStep(schedules.LearningRateSchedule):
        def __call__(self, step):
            return rate_of_epoch(step / steps)

    if place == "optimizer":
        return optimizers.SGD(ByStep()), []
    return optimizers.SGD(rate_of_epoch(0)), [callbacks.LearningRateScheduler(rate_of_epoch)]


# --- the rates alone, without a training, as the independent reference


def reference(place, rate_of_epoch, steps):
    epochs = [epoch + (batch / steps if place == "optimizer" else 0) for epoch in range(3) for batch in range(steps)]
    return [rate_of_epoch(epoch) for epoch in epochs], place == "optimizer"


# --- cases: both places, a rate that falls within an epoch by more than any tolerance


def cases(rng):
    for steps in (int(rng.integers(3, 6)), int(rng.integers(6, 9))):
        rate = Named(RateOfEpoch, (round(float(rng.uniform(0.02, 0.2)), 3), round(float(rng.uniform(1.5, 4)), 1)))
        for place in ("optimizer", "callback"):
            yield Case((place, rate, steps))


# --- mistakes and other right ways


def _with(by_step=lambda rate, step, steps: rate(step / steps), by_epoch=lambda rate, epoch, steps: rate(epoch)):
    def wrong(place, rate_of_epoch, steps):
        from course_lib import callbacks, optimizers
        if place == "optimizer":
            return optimizers.SGD(lambda step: by_step(rate_of_epoch, step, steps)), []
        scheduler = callbacks.LearningRateScheduler(lambda epoch: by_epoch(rate_of_epoch, epoch, steps))
        return optimizers.SGD(rate_of_epoch(0)), [scheduler]

    return wrong


def _given(optimizer_too, callback_too):
    """The schedule in the optimizer wherever the first says so, a callback wherever the second does."""
    def wrong(place, rate_of_epoch, steps):
        from course_lib import callbacks, optimizers
        rate = (lambda step: rate_of_epoch(step / steps)) if optimizer_too(place) else rate_of_epoch(0)
        return optimizers.SGD(rate), [callbacks.LearningRateScheduler(rate_of_epoch)] if callback_too(place) else []

    return wrong


def staircase(place, rate_of_epoch, steps):
    from course_lib import optimizers
    rate = (lambda step: rate_of_epoch(step / steps)) if place == "optimizer" else lambda step: rate_of_epoch(
        step // steps)
    return optimizers.SGD(rate), []


def right_by_a_callback_of_its_own(place, rate_of_epoch, steps):
    from course_lib import callbacks, optimizers

    class Sets(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = rate_of_epoch(epoch)

    by_step = place == "optimizer"
    return optimizers.SGD((lambda step: rate_of_epoch(step / steps)) if by_step else 1.0), [] if by_step else [Sets()]


PLACED_SCHEDULE = Exercise(
    name="placed_schedule", number=0, chapter="10_learning_rate_schedules", core=True, level=2, minutes=15, points=2,
    title="One schedule, two places",
    prompt=r"""
`rate_of_epoch(e)` is the rate after $e$ epochs, and $e$ need not be whole. Plain SGD shall follow it. Return what
`compile` and `fit` need for that, an `optimizers.SGD` of `course_lib` and a list of callbacks:

- if `place` is `"optimizer"`, a schedule in the optimizer, and no callback. The rate changes with each step;
- if it is `"callback"`, a callback that sets the rate at the beginning of each epoch, where $e$ is whole.

Import what you need from `course_lib` inside the function. The check trains a small network with
`network.compile(optimizer, "mse")` and `network.fit(x, y, batch_size=2, epochs=3, callbacks=callback_list)`
and compares the rates of all its steps.
""",
    arguments={"place": "'optimizer' or 'callback'", "rate_of_epoch": "function of the epoch, a float from 0 on",
               "steps": "int, steps in an epoch"},
    returns="(optimizer, callback_list)", outputs=("the rates", "whether the optimizer holds a schedule"),
    hints=("What is a schedule in the optimizer called with, and what is a callback's function called with?",
           "After `step` steps `step / steps` epochs are over. A class like `WarmUp` in the chapter can ask "
           "`rate_of_epoch` for that.",
           "`LearningRateScheduler` takes a function of the epoch, which you have. It assigns the optimizer's rate, so "
           "there must be a number to begin with."),
    solution=placed_schedule, reference=reference, cases=cases, driver=rates_of_fit,
    variants=(_with(), right_by_a_callback_of_its_own),
    weaker="The optimizer and the callbacks are judged by the rates of a training of three epochs.",
    misconceptions=(
        Misconception("steps-for-epochs", "The schedule in the optimizer is called with steps, and takes them for "
                      "epochs: the rate falls as many times too fast as an epoch has steps.",
                      (_with(by_step=lambda rate, step, steps: rate(step)),)),
        Misconception("whole-epochs-in-the-optimizer", "In the optimizer the rate stands still within an epoch. A "
                      "part of an epoch counts as well: do not round.",
                      (_with(by_step=lambda rate, step, steps: rate(step // steps)),)),
        Misconception("multiplies-steps", "An epoch has many steps, so the number of epochs is the smaller one. Here "
                      "it comes out larger.", (_with(by_step=lambda rate, step, steps: rate(step * steps)),)),
        Misconception("one-step-early", "The schedule is asked with the number of steps taken so far, 0 before the "
                      "first. Here the first step has the rate of the second.",
                      (_with(by_step=lambda rate, step, steps: rate((step + 1) / steps)),)),
        Misconception("epochs-divided-by-steps", "The callback's function is called with the epoch. Nothing has to be "
                      "divided by the steps there.", (_with(by_epoch=lambda rate, epoch, steps: rate(epoch / steps)),)),
        Misconception("epochs-from-one", "The callback counts epochs from 0: at the beginning of the first none is "
                      "over.", (_with(by_epoch=lambda rate, epoch, steps: rate(epoch + 1)),)),
        Misconception("callback-missing", "Without a callback nothing sets the rate, and it stays what it was at the "
                      "start.", (_given(lambda place: place == "optimizer", lambda place: False),)),
        Misconception("schedule-and-callback", "A schedule in the optimizer and a callback that assigns the rate "
                      "exclude each other: one of them sets it.",
                      (_given(lambda place: True, lambda place: True),
                       _given(lambda place: True, lambda place: place == "callback"))),
        Misconception("places-exchanged", "The two places are exchanged.",
                      (_given(lambda place: place == "callback", lambda place: place == "optimizer"),)),
        Misconception("always-in-the-optimizer", "For the place 'callback' the schedule stands in the optimizer, too. "
                      "There the optimizer has a number, and a callback sets it.",
                      (staircase, _given(lambda place: True, lambda place: False))),
        Misconception("always-a-callback", "For the place 'optimizer' a callback sets the rate, once in an epoch. A "
                      "schedule in the optimizer is asked before each step.",
                      (_given(lambda place: False, lambda place: True),)),
    ),
)
