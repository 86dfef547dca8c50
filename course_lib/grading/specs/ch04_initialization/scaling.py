"""Exercise 29: the standard deviation of the three usual initializers."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def init_std(name, fan_in, fan_out):
    if name == "glorot":
        variance = 2 / (fan_in + fan_out)
    elif name == "he":
        variance = 2 / fan_in
    else:
        variance = 1 / fan_in
    return np.sqrt(variance)


# --- read off the library's uniform initializer, as the independent reference


class _Highest(np.random.Generator):
    """Always draws the upper bound."""

    def uniform(self, low=0.0, high=1.0, size=None):
        return high


def reference(name, fan_in, fan_out):
    from course_lib import initializers

    bound = initializers.get(f"{name}_uniform").draw((fan_in, fan_out), _Highest(np.random.PCG64()))
    return bound / math.sqrt(3)                             # the std of U(-r, r) is r / sqrt 3


# --- cases: the two fans differ, once in each direction, and are equal once


def cases(rng):
    narrow, wide = int(rng.integers(20, 90)), int(rng.integers(150, 900))
    for fan_in, fan_out in ((784, 100), (narrow, wide), (wide, narrow), (narrow, narrow)):
        for name in ("glorot", "he", "lecun"):
            yield Case((name, fan_in, fan_out))


# --- mistakes and other right ways


def _with(finish=math.sqrt, **variances):
    """The table with some of its variances changed."""
    table = {"glorot": lambda i, o: 2 / (i + o), "he": lambda i, o: 2 / i, "lecun": lambda i, o: 1 / i, **variances}
    return lambda name, fan_in, fan_out: finish(table[name](fan_in, fan_out))


def scale_outside_the_root(name, fan_in, fan_out):
    n = (fan_in + fan_out) / 2 if name == "glorot" else fan_in
    return (2 if name == "he" else 1) / math.sqrt(n)


def glorot_two_outside_the_root(name, fan_in, fan_out):
    return 2 / math.sqrt(fan_in + fan_out) if name == "glorot" else init_std(name, fan_in, fan_out)


def two_outside_the_root(name, fan_in, fan_out):
    return {"glorot": 2 / math.sqrt(fan_in + fan_out), "he": 2 / math.sqrt(fan_in), "lecun": fan_in**-0.5}[name]


def uniform_bounds(name, fan_in, fan_out):
    return math.sqrt(3) * init_std(name, fan_in, fan_out)


def same_for_all(name):
    return lambda _, fan_in, fan_out: init_std(name, fan_in, fan_out)


def not_inverted(name, fan_in, fan_out):
    return 1 / init_std(name, fan_in, fan_out)


def right_by_scale_and_mode(name, fan_in, fan_out):
    scale, n = {"glorot": (1.0, (fan_in + fan_out) / 2), "he": (2.0, fan_in), "lecun": (1.0, fan_in)}[name]
    return (scale / n) ** 0.5


def right_through_the_bounds(name, fan_in, fan_out):
    square = {"glorot": 6 / (fan_in + fan_out), "he": 6 / fan_in, "lecun": 3 / fan_in}[name]
    return math.sqrt(square) / math.sqrt(3)


INIT_STD = Exercise(
    name="init_std", number=29, chapter="04_initialization", core=False, level=1, minutes=10, points=2,
    title="Glorot, He, LeCun",
    prompt=r"""
Return the **standard deviation** with which a layer's weights start. The three usual initializers state a variance:

| `name` | variance $\mathrm{Var}[w]$ | made for |
|---|---|---|
| `"glorot"` | $1 / \left(\frac12 (n_{in} + n_{out})\right)$ | no activation, tanh, softmax |
| `"he"` | $2 / n_{in}$ | ReLU, leaky ReLU |
| `"lecun"` | $1 / n_{in}$ | SELU |

where $n_{in}$ is the fan-in and $n_{out}$ the fan-out.
""",
    arguments={"name": 'str: "glorot", "he" or "lecun"', "fan_in": "int", "fan_out": "int"},
    returns="a float, the standard deviation of a weight",
    hints=("Work out the variance first, for each name by itself.",
           "Glorot divides by the mean of the two fans, the other two by the fan-in alone.",
           "The table gives variances; `np.random` wants standard deviations."),
    solution=init_std, reference=reference, cases=cases, variants=(right_by_scale_and_mode, right_through_the_bounds),
    misconceptions=(
        Misconception("variance-returned", "This is the variance. Books write N(0, v) with either one in the second "
                      "place; the standard deviation is the root of the variance.", (_with(lambda v: v),)),
        Misconception("fan-out-for-he", "He's initializer uses the fan-in. It keeps the forward signal, and a unit "
                      "sums over as many terms as it has inputs.",
                      (_with(he=lambda i, o: 2 / o), _with(he=lambda i, o: 2 / o, lecun=lambda i, o: 1 / o))),
        Misconception("he-average", "For He this divides by the mean of the two fans. That is a variant; He's own uses "
                      "the fan-in alone, and the two agree only in square layers.",
                      (_with(he=lambda i, o: 4 / (i + o)),
                       _with(he=lambda i, o: 4 / (i + o), lecun=lambda i, o: 2 / (i + o)))),
        Misconception("glorot-1-over-fan-in", "For Glorot this is 1 / fan-in, which keeps the forward signal only. "
                      "Glorot's compromise with the backward one takes the mean of both fans.",
                      (_with(glorot=lambda i, o: 1 / i), _with(glorot=lambda i, o: 2 / i))),
        Misconception("glorot-1-over-fan-out", "For Glorot this is 1 / fan-out, which keeps the backward signal only. "
                      "Glorot's compromise with the forward one takes the mean of both fans.",
                      (_with(glorot=lambda i, o: 1 / o), _with(glorot=lambda i, o: 2 / o))),
        Misconception("sum-for-mean", "Glorot divides by the mean of the fans, not by their sum. The result is too "
                      "small by the root of 2.",
                      (_with(glorot=lambda i, o: 1 / (i + o)),
                       _with(glorot=lambda i, o: 1 / (i + o), he=lambda i, o: 2 / (i + o)))),
        Misconception("geometric-mean", "The mean of the fans is their arithmetic mean, half their sum.",
                      (_with(glorot=lambda i, o: 1 / math.sqrt(i * o)), _with(glorot=lambda i, o: 1 / (i * o)))),
        Misconception("fan-out-for-lecun", "LeCun's initializer uses the fan-in, the number of terms that a unit "
                      "sums.", (_with(lecun=lambda i, o: 1 / o),)),
        Misconception("he-and-lecun-exchanged", "He and LeCun are exchanged. The 2 is He's: ReLU sets half of the "
                      "signal to 0, which has to be made up for.",
                      (_with(he=lambda i, o: 1 / i, lecun=lambda i, o: 2 / i),)),
        Misconception("he-without-its-2", "He's initializer has a 2 that LeCun's has not: ReLU sets half of the "
                      "signal to 0.", (_with(he=lambda i, o: 1 / i),)),
        Misconception("lecun-with-a-2", "LeCun's variance is 1 / fan-in. The 2 belongs to He's initializer, which is "
                      "made for ReLU.", (_with(lecun=lambda i, o: 2 / i),)),
        Misconception("scale-outside-the-root", "The 2 of the variance stands outside the root. It belongs to the "
                      "variance, so the root is taken of it too.",
                      (scale_outside_the_root, glorot_two_outside_the_root, two_outside_the_root)),
        Misconception("uniform-bound", "These are the bounds of the uniform versions. A uniform law's standard "
                      "deviation is smaller than its bound.", (uniform_bounds,)),
        Misconception("same-for-all", "All three names give the same. Each has a variance of its own.",
                      tuple(map(same_for_all, ("glorot", "he", "lecun")))),
        Misconception("not-inverted", "The more inputs a unit has, the smaller its weights must be. Here they grow.",
                      (not_inverted, _with(lambda v: 1 / v))),
    ),
)
