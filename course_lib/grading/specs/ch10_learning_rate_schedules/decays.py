"""Exercises 65, 66 and 71: power and exponential schedule, and the step decay of one of the sources."""

import math

from ...spec import Case, Exercise, Misconception

CHAPTER = "10_learning_rate_schedules"
STEPS = "int or float, the number of optimizer steps taken so far"

# --- what a good student writes


def power_schedule(t, eta0, s, c=1.0):
    return eta0 / (1 + t / s) ** c


def exponential_schedule(t, eta0, s):
    return eta0 * 0.1 ** (t / s)


def step_decay(e, eta0, d, ed):
    return eta0 * d ** (e // ed)


# --- the library, as the independent reference


def power_reference(t, eta0, s, c=1.0):
    from course_lib import schedules

    return schedules.PowerDecay(eta0, s, c)(t)


def exponential_reference(t, eta0, s):
    from course_lib import schedules

    return schedules.ExponentialDecay(eta0, decay_steps=s, decay_rate=0.1)(t)


def step_reference(e, eta0, d, ed):
    from course_lib import schedules

    return schedules.StepDecay(eta0, decay_steps=ed, decay_rate=d)(e)


# --- cases


def power_cases(rng):
    eta0, s = round(float(rng.uniform(0.02, 0.2)), 3), int(rng.integers(40, 200))
    yield Case((0, eta0, s, 2.0))
    yield Case((2 * s, eta0, s))
    yield Case((s // 3, eta0, s, 2.0))
    yield Case((3 * s + 7, eta0, s, 0.5))


def exponential_cases(rng):
    eta0, s = round(float(rng.uniform(0.02, 0.2)), 3), 2 * int(rng.integers(20, 100))
    yield Case((s // 2, eta0, s))
    yield Case((s + 3, eta0, s))
    yield Case((2 * s, eta0, s))


def step_cases(rng):
    eta0, ed = round(float(rng.uniform(0.02, 0.2)), 3), int(rng.integers(4, 9))
    yield Case((ed - 1, eta0, 0.3, ed))
    yield Case((ed, eta0, 0.3, ed))
    yield Case((3 * ed + 1, eta0, 0.6, ed))


# --- mistakes


def grows_with_c(t, eta0, s, c=1.0):
    return eta0 * (1 + t / s) ** c


def printed_power(e, eta0, d, ed):
    return eta0 ** (1 + e * d / ed)


POWER_SCHEDULE = Exercise(
    name="power_schedule", number=65, chapter=CHAPTER, core=True, level=1, minutes=5, points=1,
    title="Power schedule",
    prompt=r"""
The rate of the power schedule after `t` optimizer steps. It starts at `eta0`; with `c = 1` it is half of that after `s`
steps, a third after `2 s`, a quarter after `3 s`; with another `c` the whole divisor is raised to that power. Nothing
is rounded: `t` counts steps, and the rate changes with each.
""",
    arguments={"t": STEPS, "eta0": "float, the rate at the start", "s": "int, steps", "c": "float, the power"},
    returns="a float",
    hints=("What must come out for t = 0, and for t = s with c = 1?",
           "Compute the divisor with c = 1 first, then raise all of it to the power c."),
    solution=power_schedule, reference=power_reference, cases=power_cases,
    variants=(lambda t, eta0, s, c=1.0: eta0 * (s / (s + t)) ** c,
              lambda t, eta0, s, c=1.0: eta0 * math.exp(-c * math.log1p(t / s))),
    misconceptions=(
        Misconception("exponent-inside", "The power acts on t / s alone. It belongs to the whole divisor, with the 1 "
                      "in it: at t = s the rate is eta0 / 2^c.",
                      (lambda t, eta0, s, c=1.0: eta0 / (1 + (t / s) ** c),)),
        Misconception("s-as-decay-rate", "t is multiplied by s. s is a number of steps, the time in which the divisor "
                      "grows by 1, so t is divided by it.",
                      (lambda t, eta0, s, c=1.0: eta0 / (1 + t * s) ** c,)),
        Misconception("epochs-for-steps", "t / s is rounded down, so that the rate falls in stairs. The schedule acts "
                      "at every step.", (lambda t, eta0, s, c=1.0: eta0 / (1 + t // s) ** c,)),
        Misconception("power-on-the-rate", "The power also acts on eta0. The schedule starts at eta0, whatever c is.",
                      (lambda t, eta0, s, c=1.0: (eta0 / (1 + t / s)) ** c,)),
        Misconception("power-forgotten", "The power c is not used.", (lambda t, eta0, s, c=1.0: eta0 / (1 + t / s),)),
        Misconception("power-as-factor", "c multiplies. It is an exponent.",
                      (lambda t, eta0, s, c=1.0: eta0 / (1 + c * t / s),
                       lambda t, eta0, s, c=1.0: eta0 / (1 + t / s) / c)),
        Misconception("rate-grows", "This rate grows with t. It has to fall: divide.", (grows_with_c,)),
    ),
)

EXPONENTIAL_SCHEDULE = Exercise(
    name="exponential_schedule", number=66, chapter=CHAPTER, core=False, level=1, minutes=5, points=1,
    title="Exponential schedule",
    prompt=r"""
The rate of the exponential schedule after `t` optimizer steps: it starts at `eta0`, and every `s` steps divide it by
10. Between the multiples of `s` it falls as smoothly: after `s / 2` steps it has been divided by $\sqrt{10}$.
""",
    arguments={"t": STEPS, "eta0": "float, the rate at the start", "s": "int, the steps to a tenth"},
    returns="a float",
    hints=("After k times s steps: 0.1 to the power k. What is k after t steps?",),
    solution=exponential_schedule, reference=exponential_reference, cases=exponential_cases,
    variants=(lambda t, eta0, s: eta0 / 10 ** (t / s), lambda t, eta0, s: eta0 * math.exp(-math.log(10) * t / s)),
    misconceptions=(
        Misconception("e-for-10", "The base is e: after s steps the rate is divided by 2.718. It should be a tenth.",
                      (lambda t, eta0, s: eta0 * math.exp(-t / s),)),
        Misconception("staircase", "The exponent is rounded to a whole number, so the rate stands still and then jumps."
                      " Here it falls at every step.",
                      (lambda t, eta0, s: eta0 * 0.1 ** (t // s), lambda t, eta0, s: eta0 * 0.1 ** round(t / s))),
        Misconception("divides-by-t", "The exponent is s / t. That starts at infinity and falls, so the rate would "
                      "grow; it is t that grows, and s the unit.", (lambda t, eta0, s: eta0 * 0.1 ** (s / t),)),
        Misconception("rate-grows", "This rate grows with t.", (lambda t, eta0, s: eta0 * 10 ** (t / s),)),
        Misconception("falls-on-a-line", "This falls by the same amount each step. An exponential falls by the same "
                      "factor.", (lambda t, eta0, s: eta0 * (1 - 0.9 * t / s),)),
        Misconception("tenth-each-step", "Every step divides the rate by 10. Only s steps together do.",
                      (lambda t, eta0, s: eta0 * 0.1 ** t,)),
        Misconception("power-schedule", "This is the power schedule: it falls ever more slowly.",
                      (lambda t, eta0, s: eta0 / (1 + t / s), lambda t, eta0, s: eta0 / (1 + 9 * t / s))),
    ),
)

STEP_DECAY = Exercise(
    name="step_decay", number=71, chapter=CHAPTER, core=False, level=1, minutes=5, points=1,
    title="Step decay",
    prompt=r"""
One of the sources lowers the rate once every `ed` epochs: during the epochs 0 to `ed - 1` it is `eta0`, then it is
multiplied by `d`, after another `ed` epochs by `d` again, and so on. Return the rate of epoch `e`.
""",
    arguments={"e": "int, the epoch, counted from 0", "eta0": "float, the rate at the start",
               "d": "float between 0 and 1, what the rate is multiplied by", "ed": "int, epochs between two drops"},
    returns="a float",
    hints=("How many drops have there been before epoch e? `//` divides and rounds down.",),
    solution=step_decay, reference=step_reference, cases=step_cases,
    variants=(lambda e, eta0, d, ed: eta0 * d ** math.floor(e / ed),
              lambda e, eta0, d, ed: eta0 * math.prod([d] * (e // ed))),
    misconceptions=(
        Misconception("no-floor", "The number of drops is not rounded down, so the rate falls in every epoch. It "
                      "should stand still for ed epochs.", (lambda e, eta0, d, ed: eta0 * d ** (e / ed),)),
        Misconception("wrong-rounding", "The drops do not come where they should. The first ed epochs, 0 to ed - 1, "
                      "keep eta0, and the epoch ed is the first with a lower rate: round down.",
                      (lambda e, eta0, d, ed: eta0 * d ** math.ceil(e / ed),
                       lambda e, eta0, d, ed: eta0 * d ** round(e / ed),
                       lambda e, eta0, d, ed: eta0 * d ** ((e + 1) // ed))),
        Misconception("drop-as-divisor", "The rate is divided by d. d is below 1, so that makes it grow.",
                      (lambda e, eta0, d, ed: eta0 / d ** (e // ed),)),
        Misconception("drop-as-loss", "Each drop leaves 1 - d of the rate. d is the share that is left.",
                      (lambda e, eta0, d, ed: eta0 * (1 - d) ** (e // ed),)),
        Misconception("only-one-drop", "The drop happens once. Every ed epochs the rate is multiplied by d again.",
                      (lambda e, eta0, d, ed: eta0 * (d if e >= ed else 1),)),
        Misconception("exponent-on-eta0", "The number of drops stands in the exponent of eta0. The speed of the decay "
                      "would hang on the initial rate; the exponent belongs to d.",
                      (lambda e, eta0, d, ed: eta0 ** (1 + d * (e // ed)), printed_power,
                       lambda e, eta0, d, ed: (eta0 * d) ** (e // ed))),
        Misconception("every-epoch", "The rate is multiplied by d in every epoch.",
                      (lambda e, eta0, d, ed: eta0 * d ** e,)),
    ),
)
