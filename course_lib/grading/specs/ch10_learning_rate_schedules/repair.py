"""The repair at the end of part III: a 1cycle plan with faults of the chapter. Judged by its properties."""

import inspect
import math
from functools import cache

import numpy as np

from course_lib import Input, Sequential, callbacks, datasets, layers, optimizers

from ...judges import Fault, Properties
from ...spec import Case, Exercise, Misconception

KEYS = ("weights", "steps", "rates", "momenta")
ROWS, BATCH_SIZE, EPOCHS = 1047, 32, 10     # of the case whose plan is trained
LEARNED = 0.9                               # validation accuracy
USUAL = 1 / 10                              # the peak, of the turning rate
HIGHEST, LOWEST = 0.35, 1 / 100             # what is accepted: a third is, a half is not
DROPPED = 1 / 100                           # the last rate, of the peak


# --- what a good student writes


def repaired_plan(rows, batch_size, epochs, turning_rate):
    total = epochs * int(np.ceil(rows / batch_size))
    peak = turning_rate / 10
    return {
        "weights": "initial",
        "steps": [0, round(0.45 * total), round(0.9 * total), total],
        "rates": [peak / 10, peak, peak / 10, peak / 10_000],
        "momenta": [0.95, 0.85, 0.95, 0.95],
    }


# --- what the student is given


def failing_plan(rows, batch_size, epochs, turning_rate):
    total = epochs
    peak = turning_rate
    return {
        "weights": "after the range test",
        "steps": [0, round(0.45 * total), round(0.9 * total), total],
        "rates": [peak / 10, peak, peak / 10, peak / 10],
        "momenta": [0.85, 0.95, 0.85, 0.85],
    }


# --- another plan with the same properties, as the reference


def reference(rows, batch_size, epochs, turning_rate):
    total = epochs * len(range(0, rows, batch_size))
    peak = turning_rate / 8
    return {"weights": "initial", "steps": [0, 0.3 * total, total], "rates": [peak / 25, peak, peak / 25e4],
            "momenta": [0.95, 0.85, 0.95]}


# --- cases


def cases(rng):
    yield Case((ROWS, BATCH_SIZE, EPOCHS, round(float(rng.uniform(0.3, 0.5)), 2)))
    yield Case((int(rng.integers(50, 90)) * 10 + 3, 20, int(rng.integers(15, 25)), round(float(rng.uniform(1, 2)), 1)))


# --- the properties, in the order in which they are judged


def properties(case, plan):
    rows, batch_size, epochs, turning_rate = case.arguments
    if fault := _form(plan):
        return fault
    total = epochs * math.ceil(rows / batch_size)
    steps, rates, momenta = (np.array(plan[name], float) for name in KEYS[1:])
    peak, top = rates.max(), rates.argmax()
    if plan["weights"] != "initial":
        return Fault("The training begins with weights that have diverged.", "'initial'", repr(plan["weights"]),
                     "weights-after-the-test")
    if steps[0] != 0 or steps[-1] != total:
        return Fault("The plan does not cover the training.", f"steps from 0 to {total}",
                     f"from {steps[0]:g} to {steps[-1]:g}", "wrong-length")
    if not LOWEST * turning_rate < peak < HIGHEST * turning_rate:
        return Fault(f"In the range test the loss was lowest at {turning_rate:g}. The largest rate does not fit that.",
                     "well below it, not vanishing", f"{peak:g}",
                     "peak-too-high" if peak > USUAL * turning_rate else "peak-too-low")
    if not 0 < top < len(rates) - 1 or rates[0] > peak / 3 or not 0.2 < steps[top] / total < 0.6:
        return Fault("The rate does not rise first and then fall.", "a largest rate between 20 % and 60 % of the steps",
                     f"the largest at step {steps[top]:g} of {total}, the first {rates[0]:.3g}", "no-warm-up")
    if rates[-1] > DROPPED * peak:
        return Fault("The last rate is too large.", f"at most a hundredth of the peak, {peak:g}", f"{rates[-1]:g}",
                     "no-final-drop")
    if momenta.argmin() != top or momenta[0] <= momenta[top] or momenta[-1] <= momenta[top] or momenta.min() < 0.5:
        return Fault("The momentum does not mirror the rate.", "lowest where the rate is largest, and not below 0.5",
                     f"{momenta.tolist()}", "momentum-parallel")
    if (rows, batch_size, epochs) == (ROWS, BATCH_SIZE, EPOCHS):
        accuracy = trained(tuple(steps), tuple(rates), tuple(momenta))
        if accuracy < LEARNED:
            return Fault("The plan is carried out, and the network does not learn enough.",
                         f"more than {LEARNED:.0%} of the validation images right", f"{accuracy:.0%}", "does-not-learn")
    return None


def _form(plan):
    if not isinstance(plan, dict) or set(plan) != set(KEYS):
        return Fault(f"A plan is a dict with the keys {', '.join(KEYS)}.", kind="structure")
    columns = [plan[name] for name in KEYS[1:]]
    try:
        numbers = [np.array(column, float) for column in columns]
    except (TypeError, ValueError):
        return Fault("Steps, rates and momenta are lists of numbers.", kind="structure")
    if any(n.ndim != 1 or len(n) < 2 for n in numbers) or len({len(n) for n in numbers}) > 1:
        return Fault("Steps, rates and momenta are lists of one length, at least 2.", kind="structure")
    steps, rates, momenta = numbers
    if not np.isfinite(numbers).all() or np.any(np.diff(steps) <= 0) or rates.min() <= 0:
        return Fault("Steps must increase, and rates must be positive.", kind="structure")
    if momenta.min() < 0 or momenta.max() >= 1:
        return Fault("A momentum lies between 0 and 1, and 1 itself is too much.", kind="structure")
    return None


class Plan(callbacks.Callback):
    """Sets rate and momentum before every step, on straight lines between the corners."""

    def __init__(self, steps, rates, momenta):
        self.steps, self.rates, self.momenta = steps, rates, momenta

    def on_train_batch_begin(self, batch, logs=None):
        optimizer = self.model.optimizer
        optimizer.learning_rate = float(np.interp(optimizer.iterations, self.steps, self.rates))
        optimizer.momentum = float(  # type: ignore[attr-defined]
            np.interp(optimizer.iterations, self.steps, self.momenta))


@cache
def trained(steps, rates, momenta, seed=0):
    """The validation accuracy of a small network on the digits, trained along the plan."""
    train, validation, _ = datasets.digits.load_splits()
    network = Sequential([Input((64,)), layers.Dense(60, activation="relu", kernel_initializer="he_normal"),
                          layers.Dense(60, activation="relu", kernel_initializer="he_normal"),
                          layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(*train, batch_size=BATCH_SIZE, epochs=EPOCHS, callbacks=[Plan(steps, rates, momenta)], verbose=0)
    return network.evaluate(*validation)[1]                                 # type: ignore[index]


# --- mistakes: each leaves one of the faults


def _left(**changed):
    """The repaired plan with something put back or broken; changed: name -> what it becomes, given the plan."""
    def wrong(rows, batch_size, epochs, turning_rate):
        plan = repaired_plan(rows, batch_size, epochs, turning_rate)
        return plan | {name: change(plan) for name, change in changed.items()}

    return wrong


def _scaled(factor):
    return _left(rates=lambda plan: [factor * rate for rate in plan["rates"]])


def counts_whole_batches(rows, batch_size, epochs, turning_rate):
    return repaired_plan(rows - rows % batch_size, batch_size, epochs, turning_rate)


def counts_epochs(rows, batch_size, epochs, turning_rate):
    return repaired_plan(batch_size, batch_size, epochs, turning_rate)


def right_in_its_own_shape(rows, batch_size, epochs, turning_rate):
    total = epochs * -(-rows // batch_size)
    return {"weights": "initial", "steps": [0, total // 2, total - total // 10, total],
            "rates": [turning_rate / 50, turning_rate / 5, turning_rate / 50, turning_rate / 5000],
            "momenta": [0.9, 0.8, 0.9, 0.9]}


REPAIRED_PLAN = Exercise(
    name="repaired_plan", number=0, chapter="10_learning_rate_schedules", core=True, level=3, minutes=20, points=3,
    title="Repair this training run",
    prompt=f"""
A range test with this network and this optimizer, with momentum, has found the loss lowest at the rate `turning_rate`.
Then a training was planned that follows 1cycle. It ends at chance.

```python
{inspect.getsource(failing_plan)}```

At the optimizer step `steps[i]` the rate is `rates[i]` and the momentum `momenta[i]`; in between both go along straight
lines. `weights` says what the training begins with: `"initial"` or `"after the range test"`. Several things are wrong.
Repair the function, under the name `repaired_plan`, for any number of rows, batch size and number of epochs; the last
batch of an epoch may be smaller than the others.

Your plan is read first: its length, its largest rate, its end, its momentum. Then a network is trained along it, on
1,047 images of digits in batches of 32, for 10 epochs, and has to get more than 90 % of the validation images right.
The report names the first fault that it finds.
""",
    arguments={"rows": "int", "batch_size": "int", "epochs": "int",
               "turning_rate": "float, the rate at which the loss of the range test was lowest"},
    returns="a dict of the same form",
    hints=("Go through it line by line: in which unit does a schedule count? What did the range test do to the weights "
           "it ran on?",
           "At the turning rate the loss is about to rise. How far below it does a training start?",
           "1cycle ends far below the rate that it begins with, and its momentum is low where the rate is high."),
    solution=repaired_plan, reference=reference, cases=cases, judge=Properties(properties), start=failing_plan,
    variants=(right_in_its_own_shape, _scaled(0.2), _scaled(10 / 3)),
    explanation="Five faults: weights that had diverged, from which no plan learns, epochs for steps, the turning rate "
                "itself as the peak, no final drop, a momentum that rises with the rate.",
    misconceptions=(
        Misconception("weights-after-the-test", "The range test raises the rate until the network diverges. Its "
                      "weights are of no use: the training starts again from the initial ones.",
                      (failing_plan, _left(weights=lambda plan: "after the range test"))),
        Misconception("wrong-length", "The plan ends too early or too late. A schedule counts optimizer steps: one for "
                      "each batch, the incomplete one at the end of an epoch included.",
                      (counts_epochs, counts_whole_batches,
                       _left(steps=lambda plan: [2 * step for step in plan["steps"]]))),
        Misconception("peak-too-high", "The rate at which the loss of the range test is lowest is nearly too large: a "
                      "few steps later it rises. Take about a tenth of it.",
                      (_scaled(10.0), _scaled(5.0), _scaled(4.0))),
        Misconception("peak-too-low", "The largest rate is far below what the range test allows. A tenth of the "
                      "turning rate is enough caution.", (_scaled(0.05),)),
        Misconception("no-warm-up", "1cycle rises first, from a small rate, for not quite half of the steps, and then "
                      "falls.", (_left(rates=lambda plan: sorted(plan["rates"], reverse=True)),
                                 _left(rates=lambda plan: [plan["rates"][1]] * 2 + plan["rates"][2:]))),
        Misconception("no-final-drop", "At the end the rate is still of the size it began with. In the last phase of "
                      "1cycle it falls to a small part of that.",
                      (_left(rates=lambda plan: [*plan["rates"][:3], plan["rates"][2]]),)),
        Misconception("momentum-parallel", "The momentum is not lowest where the rate is largest, as in 1cycle. High "
                      "rate and high momentum together make the largest steps of all.",
                      (_left(momenta=lambda plan: [0.85, 0.95, 0.85, 0.85]), _left(momenta=lambda plan: [0.9] * 4))),
        Misconception("does-not-learn", "No fault of the plan is left, and still the network does not learn in time. "
                      "Look at the rates and momenta between the corners.",
                      (_left(steps=lambda plan: [0, plan["steps"][1] - 1, plan["steps"][1], plan["steps"][1] + 1,
                                                 plan["steps"][3]],
                             rates=lambda plan: [1e-7, 1e-7, plan["rates"][1], 1e-7, 1e-7],
                             momenta=lambda plan: [0.95, 0.95, 0.85, 0.95, 0.95]),)),
    ),
)
