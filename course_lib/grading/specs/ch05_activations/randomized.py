"""Exercise 43: leaky ReLU with random slopes in training."""

import numpy as np

from ...cases import uniform
from ...spec import Case, Exercise, Misconception
from .leaky import away_from_zero

# --- what a good student writes


def rrelu(z, u, lo, hi, training):
    alpha = lo + (hi - lo) * u if training else (lo + hi) / 2
    return np.where(z > 0, z, alpha * z)


# --- the library's layer at test time, weighted averages of the two bounds in training, as the independent reference


def reference(z, u, lo, hi, training):
    from course_lib import layers

    if not training:
        layer = layers.RReLU(lo, hi, dtype="float64")
        layer.build((None, *z.shape[1:]))
        return layer.forward(z.astype(np.float64)).copy()
    low, high = (layers.LeakyReLU(slope, dtype="float64") for slope in (lo, hi))
    return (1 - u) * low.forward(z.astype(np.float64)).copy() + u * high.forward(z.astype(np.float64))


# --- cases: bounds that are far apart, in training and at test time


def _case(rng, m, n, training, bounds=None, dtype=np.float64):
    lo, hi = bounds or (round(float(rng.uniform(0.1, 0.3)), 2), round(float(rng.uniform(0.5, 1.4)), 2))
    z = away_from_zero(rng, m, n)
    z[0, 0], z[-1, -1] = -abs(z[0, 0]), -abs(z[-1, -1])
    return Case((z.astype(dtype), uniform(rng, 0.05, 0.95, m, n).astype(dtype), lo, hi, training))


def cases(rng):
    yield _case(rng, 2, 2, True, (0.25, 0.75))
    yield _case(rng, 2, 2, False, (0.25, 0.75))
    yield _case(rng, 3, 2, True)
    yield _case(rng, 2, 4, False)
    yield _case(rng, 3, 3, True)
    yield _case(rng, 3, 2, False, (0.125, 0.375))
    yield _case(rng, 3, 2, True, (0.125, 0.375), np.float32)


# --- mistakes and other right ways


def _drawn(lo, hi, u):
    return lo + (hi - lo) * u


def _with(training=_drawn, test=lambda lo, hi, u: (lo + hi) / 2):
    def wrong(z, u, lo, hi, is_training):
        return np.where(z > 0, z, (training if is_training else test)(lo, hi, u) * z)

    return wrong


def slope_on_positive(z, u, lo, hi, training):
    alpha = _drawn(lo, hi, u) if training else (lo + hi) / 2
    return np.where(z > 0, alpha * z, z)


def relu_at_test(z, u, lo, hi, training):
    return np.where(z > 0, z, _drawn(lo, hi, u) * z) if training else np.maximum(z, 0)


def exchanged(z, u, lo, hi, training):
    return rrelu(z, u, lo, hi, not training)


def random_on_both_sides(z, u, lo, hi, training):
    return _drawn(lo, hi, u) * z if training else (lo + hi) / 2 * z


def right_with_parts(z, u, lo, hi, training):
    alpha = np.full_like(z, 0.5 * lo + 0.5 * hi)
    if training:
        alpha = u * hi + (1 - u) * lo
    return np.maximum(z, 0) + alpha * np.minimum(z, 0)


def right_with_an_average_draw(z, u, lo, hi, training):
    u = u if training else 0.5 * np.ones_like(u)
    slopes = np.where(z > 0, 1, lo + u * (hi - lo))
    return z * slopes


RRELU = Exercise(
    name="rrelu", number=43, chapter="05_activations", core=False, level=1, minutes=10, points=2,
    title="Randomized leaky ReLU",
    prompt=r"""
In training, each entry of $z$ gets a slope of its own below 0, drawn uniformly between `lo` and `hi`:

$$\alpha = \mathtt{lo} + (\mathtt{hi} - \mathtt{lo})\,u ,$$

where $u$ is a number between 0 and 1; the draws are given. At test time nothing is random: all entries get the mean of
the slopes. Return the output.
""",
    arguments={"z": "(m, n) float array, no entry 0", "u": "(m, n) float array, draws between 0 and 1",
               "lo": "float, the smallest slope", "hi": "float, the largest slope", "training": "bool"},
    returns="an (m, n) array",
    hints=("First choose the slopes, then apply leaky ReLU with them.",
           "The mean of a uniform draw between two bounds lies half-way between them."),
    solution=rrelu, reference=reference, cases=cases, variants=(right_with_parts, right_with_an_average_draw),
    misconceptions=(
        Misconception("random-at-test", "At test time the slopes are still random. The same input must give the same "
                      "output there: take the mean.", (_with(test=_drawn),)),
        Misconception("inverse-average", "This averages the divisors 1/alpha, as the paper of Xu and others does with "
                      "its own way of drawing. Here the slopes are drawn, so their mean is wanted.",
                      (_with(test=lambda lo, hi, u: 2 / (1 / lo + 1 / hi)),)),
        Misconception("mean-of-the-draws", "At test time this takes the mean of the draws it was given. Nothing is "
                      "drawn then: take the middle between the two bounds.",
                      (_with(test=lambda lo, hi, u: np.mean(_drawn(lo, hi, u))),)),
        Misconception("never-random", "The slopes are fixed in training, too. Each entry gets its own there.",
                      (_with(training=lambda lo, hi, u: (lo + hi) / 2),)),
        Misconception("draw-not-scaled", "The draws lie between 0 and 1. They have to be stretched to the interval "
                      "from lo to hi.",
                      (_with(training=lambda lo, hi, u: u), _with(training=lambda lo, hi, u: lo + u),
                       _with(training=lambda lo, hi, u: lo + hi * u), _with(training=lambda lo, hi, u: (hi - lo) * u))),
        Misconception("bounds-exchanged", "The bounds are exchanged: u = 0 stands for the smallest slope.",
                      (_with(training=lambda lo, hi, u: hi - (hi - lo) * u),)),
        Misconception("divides", "z is divided by the slope. In the paper the drawn number is a divisor; here it is "
                      "the slope itself.",
                      (_with(lambda lo, hi, u: 1 / _drawn(lo, hi, u), lambda lo, hi, u: 2 / (lo + hi)),)),
        Misconception("slope-on-positive", "The slope acts on positive entries. They pass unchanged.",
                      (slope_on_positive, random_on_both_sides)),
        Misconception("not-the-mean", "At test time the slope is not the mean of the two bounds.",
                      (_with(test=lambda lo, hi, u: lo + hi), _with(test=lambda lo, hi, u: lo),
                       _with(test=lambda lo, hi, u: hi), _with(test=lambda lo, hi, u: (hi - lo) / 2),
                       relu_at_test)),
        Misconception("training-exchanged", "Training and test time are exchanged.", (exchanged,)),
    ),
)
