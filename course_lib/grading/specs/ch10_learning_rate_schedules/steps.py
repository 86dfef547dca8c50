"""Exercise `steps_to_reach`: from a plan in epochs to the argument that counts steps."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def steps_to_reach(eta0, eta_end, rows, batch_size, epochs):
    steps = epochs * np.ceil(rows / batch_size)
    return steps / np.log10(eta0 / eta_end)


# --- by counting batches, and by trying the schedule, as the independent reference


def reference(eta0, eta_end, rows, batch_size, epochs):
    from course_lib import schedules

    steps = sum(1 for _ in range(epochs) for _ in range(0, rows, batch_size))
    low, high = 1e-9, 1e9                               # the rate after all steps grows with decay_steps
    for _ in range(200):
        middle = math.sqrt(low * high)
        reached = schedules.ExponentialDecay(eta0, middle, 0.1)(steps)
        low, high = (middle, high) if reached < eta_end else (low, middle)
    return math.sqrt(low * high)


# --- cases: batches that divide the rows and that do not, factors that are no power of ten


def cases(rng):
    yield Case((0.1, 0.001, 1047, 32, 10))
    m, batch_size = int(rng.integers(300, 900)), int(rng.choice([20, 30, 50]))
    m += m % batch_size == 0
    eta0 = round(float(rng.uniform(0.1, 0.5)), 2)
    yield Case((eta0, round(eta0 / float(rng.uniform(20, 70)), 5), m, batch_size, int(rng.integers(4, 30))))
    yield Case((eta0, round(eta0 / float(rng.uniform(2, 8)), 5), 12 * batch_size, batch_size, int(rng.integers(4, 30))))


# --- mistakes and other right ways


def _with(steps=lambda m, b, epochs: epochs * math.ceil(m / b), speed=lambda ratio: math.log10(ratio)):
    return lambda eta0, eta_end, rows, batch_size, epochs: steps(rows, batch_size, epochs) / speed(eta0 / eta_end)


def right_with_integers(eta0, eta_end, rows, batch_size, epochs):
    per_epoch = rows // batch_size + (rows % batch_size > 0)
    return per_epoch * epochs * math.log(0.1) / math.log(eta_end / eta0)


STEPS_TO_REACH = Exercise(
    name="steps_to_reach", number=0, chapter="10_learning_rate_schedules", core=True, level=2, minutes=10, points=2,
    title="From epochs to steps",
    prompt=r"""
A training has `rows` rows, batches of `batch_size` (the last of an epoch may be smaller) and `epochs` epochs. Its rate
shall fall exponentially, from `eta0` to `eta_end` after the last step (the rate that one more step would have). Which
number must be given as `decay_steps` to `ExponentialDecay(eta0, decay_steps, decay_rate=0.1)`? It need not be whole.
""",
    arguments={"eta0": "float, the rate at the start", "eta_end": "float, below eta0", "rows": "int",
               "batch_size": "int", "epochs": "int"},
    returns="a float",
    hints=("How many steps has an epoch? An incomplete batch is a step, too.",
           "Solve eta_end = eta0 * 0.1 ** (T / s) for s, where T is the number of all steps.",
           "From 0.1 to 0.001 the rate is divided by 10 twice: s is half of all steps."),
    solution=steps_to_reach, reference=reference, cases=cases, variants=(right_with_integers,),
    misconceptions=(
        Misconception("epochs-for-steps", "This counts epochs. The schedule counts optimizer steps, one for each "
                      "batch: the rate would be at its end after a small part of the first epoch.",
                      (_with(steps=lambda m, b, epochs: epochs),)),
        Misconception("steps-of-one-epoch", "These are the steps of one epoch. The rate shall fall over all of them.",
                      (_with(steps=lambda m, b, epochs: math.ceil(m / b)),)),
        Misconception("rows-for-steps", "This counts rows. A step takes a whole batch.",
                      (_with(steps=lambda m, b, epochs: m * epochs),)),
        Misconception("drops-last", "The incomplete batch at the end of an epoch is not counted. It is a step as well.",
                      (_with(steps=lambda m, b, epochs: epochs * (m // b)),
                       _with(steps=lambda m, b, epochs: m * epochs / b),
                       _with(steps=lambda m, b, epochs: math.ceil(m * epochs / b)))),
        Misconception("one-step-less", "With this the last step is made at eta_end. The rate asked for is that after "
                      "it: after T steps the schedule is at t = T.",
                      (_with(steps=lambda m, b, epochs: epochs * math.ceil(m / b) - 1),)),
        Misconception("one-decade", "This is the number of all steps. With it the rate ends at a tenth of eta0, "
                      "whatever eta_end is.", (_with(speed=lambda ratio: 1.0),)),
        Misconception("e-for-10", "The logarithm is the natural one. The base of this schedule is 10.",
                      (_with(speed=math.log),)),
        Misconception("factor-inverted", "The number of decades multiplies. The more decades have to fit into the "
                      "training, the fewer steps each may take.",
                      (_with(speed=lambda ratio: 1 / math.log10(ratio)),)),
        Misconception("ratio-for-decades", "The steps are divided by the ratio of the rates. What counts is how often "
                      "it contains the factor 10: its logarithm.", (_with(speed=lambda ratio: ratio),
                                                                    _with(speed=lambda ratio: ratio / 10))),
    ),
)
