"""Exercise 38: leaky ReLU with its slope, for any alpha."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def leaky_relu_and_grad(z, alpha):
    return np.where(z > 0, z, alpha * z), np.where(z > 0, 1.0, alpha)


# --- the library's, as the independent reference


def reference(z, alpha):
    from course_lib import activations

    leaky = activations.LeakyReLU(alpha)
    return leaky(z.astype(np.float64)), leaky.derivative(z.astype(np.float64))


# --- cases: no entry is 0, where the slope is a convention; alpha above 1 as well


def away_from_zero(rng, *shape):
    z = normal(rng, *shape)
    return z + np.where(z < 0, -0.25, 0.25)


def cases(rng):
    yield Case((np.array([-1.0, 1.0]), 2.0))
    yield Case((np.array([-2.0, 0.5, 3.0]), 0.1))
    yield Case((away_from_zero(rng, 2, 3), 0.25))
    yield Case((away_from_zero(rng, 4), round(float(rng.uniform(1.2, 3)), 2)))
    yield Case((away_from_zero(rng, 3, 3), round(float(rng.uniform(0.4, 0.9)), 2)))
    yield Case((away_from_zero(rng, 2, 2).astype(np.float32), 0.375))


# --- mistakes and other right ways


def _with(value=lambda z, alpha: np.where(z > 0, z, alpha * z), slope=lambda z, alpha: np.where(z > 0, 1.0, alpha)):
    return lambda z, alpha: (value(z, alpha), slope(z, alpha))


def _maximum(z, alpha):
    return np.maximum(alpha * z, z)


def _swapped(z, alpha):
    return np.where(z > 0, alpha * z, z)


def _swapped_slope(z, alpha):
    return np.where(z > 0, alpha, 1.0)


def _fixed(slope):
    return lambda z, alpha: leaky_relu_and_grad(z, slope)


def right_with_two_parts(z, alpha):
    return np.maximum(z, 0) + alpha * np.minimum(z, 0), alpha + (1 - alpha) * (z > 0)


def right_as_product(z, alpha):
    slope = np.full_like(z, alpha)
    slope[z > 0] = 1
    return slope * z, slope


LEAKY_RELU_AND_GRAD = Exercise(
    name="leaky_relu_and_grad", number=38, chapter="05_activations", core=True, level=1, minutes=5, points=1,
    title="Leaky ReLU and its slope",
    prompt=r"""
Return leaky ReLU and its derivative, elementwise:

$$\varphi(z) = \begin{cases} z & z > 0 \\ \alpha z & z < 0 \end{cases}$$

for **any** $\alpha \ge 0$, above 1 as well. No entry of `z` is 0.
""",
    arguments={"z": "float array of any shape, no entry 0", "alpha": "float, at least 0: the slope below 0"},
    returns="(a, slope): two arrays of the shape of z",
    outputs=("a", "slope"),
    hints=("`np.where(condition, yes, no)` chooses entry by entry.",
           "Work out z = -1 with alpha = 2 by hand, and compare."),
    solution=leaky_relu_and_grad, reference=reference, cases=cases,
    variants=(right_with_two_parts, right_as_product),
    misconceptions=(
        Misconception("max-form", "The larger of z and alpha z is leaky ReLU only while alpha is at most 1. With "
                      "alpha = 2 it picks the wrong line on both sides of 0.",
                      (_with(value=_maximum), _with(value=_maximum, slope=lambda z, alpha: np.where(
                          z >= alpha * z, 1.0, alpha)), _with(slope=lambda z, alpha: np.where(
                              z >= alpha * z, 1.0, alpha)))),
        Misconception("alpha-on-positive", "alpha stands on the wrong side of 0. Positive numbers pass unchanged.",
                      (_with(_swapped, _swapped_slope), _with(slope=_swapped_slope), _with(value=_swapped))),
        Misconception("alpha-ignored", "Below 0 this is ReLU, or nearly. Leaky ReLU lets alpha times z through there, "
                      "and its slope is alpha.",
                      (_fixed(0.0), _with(slope=lambda z, alpha: np.where(z > 0, 1.0, 0.0)),
                       _with(value=lambda z, alpha: np.maximum(z, 0)))),
        Misconception("slope-is-the-value", "The slope below 0 still has z in it. The derivative of alpha z is alpha.",
                      (_with(slope=lambda z, alpha: np.where(z > 0, 1.0, alpha * z)),
                       _with(slope=lambda z, alpha: np.where(z > 0, z, alpha * z)))),
        Misconception("sign-below-zero", "Below 0 the curve goes up again. alpha z is negative there.",
                      (_with(value=lambda z, alpha: np.where(z > 0, z, -alpha * z)),
                       _with(value=lambda z, alpha: np.where(z > 0, z, -alpha * z),
                             slope=lambda z, alpha: np.where(z > 0, 1.0, -alpha)))),
        Misconception("fixed-slope", "The slope is a default of some library, whatever alpha is. Use the argument.",
                      (_fixed(0.01), _fixed(0.2), _fixed(0.3))),
    ),
)
