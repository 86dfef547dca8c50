"""Exercises 40 and 41: ELU and SELU with their slopes."""

import math

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

ALPHA, LAMBDA = 1.6732632423543772, 1.0507009873554805      # of SELU

# --- what a good student writes


def elu_and_grad(z, alpha):
    e = np.exp(np.minimum(z, 0))
    return np.where(z > 0, z, alpha * (e - 1)), np.where(z > 0, 1, alpha * e)


def selu_and_grad(z):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    e = np.exp(np.minimum(z, 0))
    return scale * np.where(z > 0, z, alpha * (e - 1)), scale * np.where(z > 0, 1, alpha * e)


# --- entry by entry, as the independent reference


def reference_elu(z, alpha):
    """From the series: e^z - 1 by expm1, the slope from the value."""
    value = [x if x > 0 else alpha * math.expm1(x) for x in z.astype(float).ravel()]
    slope = [1.0 if x > 0 else a + alpha for x, a in zip(z.ravel(), value, strict=True)]
    return np.reshape(value, z.shape), np.reshape(slope, z.shape)


def reference_selu(z):
    from course_lib import activations

    selu = activations.get("selu")
    return selu(z.astype(np.float64)), selu.derivative(z.astype(np.float64))


# --- cases: both signs in each, no 0, numbers at which e^z overflows


def _mixed(rng, *shape):
    """Both signs, the first entry below 0, none near 0."""
    z = normal(rng, *shape)
    z += np.where(z < 0, -0.25, 0.25)
    z.flat[0], z.flat[-1] = -abs(z.flat[0]), abs(z.flat[-1])
    return z


def elu_cases(rng):
    yield Case((np.array([-1.0, 1.0]), 2.0))
    yield Case((_mixed(rng, 3), 0.5))
    yield Case((_mixed(rng, 2, 3), round(float(rng.uniform(1.2, 3)), 2)))
    yield Case((_mixed(rng, 3, 3), 1.0))
    yield Case((np.array([-800.0, -0.5, 1.5, 800.0]), 2.0))
    yield Case((_mixed(rng, 2, 2).astype(np.float32), 1.5))


def selu_cases(rng):
    yield Case((np.array([-1.0, 1.0]),))
    yield Case((_mixed(rng, 3),))
    yield Case((_mixed(rng, 2, 3),))
    yield Case((_mixed(rng, 3, 3),))
    yield Case((np.array([-800.0, -0.5, 1.5, 800.0]),))
    yield Case((_mixed(rng, 2, 2).astype(np.float32),))


# --- mistakes and other right ways: ELU


def _exp(z):
    return np.exp(np.minimum(z, 0))


def _elu(value=lambda z, alpha: alpha * (_exp(z) - 1), slope=lambda z, alpha: alpha * _exp(z),
         above=lambda z, alpha: z, slope_above=lambda alpha: 1.0):
    return lambda z, alpha: (np.where(z > 0, above(z, alpha), value(z, alpha)),
                             np.where(z > 0, slope_above(alpha), slope(z, alpha)))


def _inside(z, alpha):
    return np.exp(alpha * np.minimum(z, 0))


def product_with_a_mask(z, alpha):
    return (z > 0) * z + (z <= 0) * alpha * (np.exp(z) - 1), (z > 0) + (z <= 0) * alpha * np.exp(z)


def value_with_a_mask(z, alpha):
    return (z > 0) * z + (z <= 0) * alpha * (np.exp(z) - 1), np.where(z > 0, 1, alpha * _exp(z))


def slope_with_a_mask(z, alpha):
    return elu_and_grad(z, alpha)[0], (z > 0) + (z <= 0) * alpha * np.exp(z)


def right_with_expm1(z, alpha):
    a = np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))
    return a, np.where(z > 0, 1, a + alpha)


def right_with_masks(z, alpha):
    a, slope = z.copy(), np.ones_like(z)
    below = z < 0
    slope[below] = alpha * np.exp(z[below])
    a[below] = slope[below] - alpha
    return [a, slope]


ELU_AND_GRAD = Exercise(
    name="elu_and_grad", number=40, chapter="05_activations", core=True, level=2, minutes=10, points=2,
    title="ELU and its slope",
    prompt=r"""
Return the exponential linear unit and its derivative, elementwise:

$$\varphi(z) = \begin{cases} z & z > 0 \\ \alpha\,(e^z - 1) & z < 0. \end{cases}$$

No entry of `z` is 0, but entries may be as large as $\pm 800$, and no warning may be raised on the way.
""",
    arguments={"z": "float array of any shape, no entry 0", "alpha": "float, above 0"},
    returns="(a, slope): two arrays of the shape of z",
    outputs=("a", "slope"),
    hints=("Derive the second line yourself. What does alpha do there?",
           "`np.where` computes both of its branches for every entry, and chooses afterwards.",
           "So give the exponential nothing positive: `np.minimum(z, 0)`."),
    solution=elu_and_grad, reference=reference_elu, cases=elu_cases, variants=(right_with_expm1, right_with_masks),
    misconceptions=(
        Misconception("grad-lacks-alpha", "The slope below 0 lacks alpha. It is a factor of the exponential and stays "
                      "one.", (_elu(slope=lambda z, alpha: _exp(z)),)),
        Misconception("alpha-inside-exp", "alpha stands inside the exponential. It multiplies the curve from outside: "
                      "that sets the lower bound, -alpha.",
                      (_elu(lambda z, alpha: _inside(z, alpha) - 1, lambda z, alpha: alpha * _inside(z, alpha)),
                       _elu(lambda z, alpha: _inside(z, alpha) - 1, lambda z, alpha: _inside(z, alpha)),
                       _elu(lambda z, alpha: _inside(z, alpha) - 1),
                       _elu(lambda z, alpha: alpha * (_inside(z, alpha) - 1),
                            lambda z, alpha: alpha ** 2 * _inside(z, alpha)))),
        Misconception("exp-overflow", "For large positive z, 0 times infinity is not a number. Keep positive numbers "
                      "out of the exponential.", (product_with_a_mask, value_with_a_mask, slope_with_a_mask)),
        Misconception("no-minus-one", "The curve jumps at 0: the 1 is missing from the exponential, or subtracted "
                      "after alpha.",
                      (_elu(lambda z, alpha: alpha * _exp(z)), _elu(lambda z, alpha: alpha * _exp(z) - 1))),
        Misconception("grad-keeps-minus-one", "The slope below 0 is the value again. A constant vanishes when one "
                      "takes the derivative.", (_elu(slope=lambda z, alpha: alpha * (_exp(z) - 1)),)),
        Misconception("grad-with-z", "The derivative of the exponential is the exponential itself, without z in "
                      "front.", (_elu(slope=lambda z, alpha: alpha * z * _exp(z)),
                                 _elu(slope=lambda z, alpha: alpha * z * np.exp(np.minimum(z, 0) - 1)))),
        Misconception("alpha-above-zero", "Positive numbers pass unchanged. alpha belongs to the other side only.",
                      (_elu(above=lambda z, alpha: alpha * z, slope_above=lambda alpha: alpha),
                       _elu(above=lambda z, alpha: alpha * z), _elu(slope_above=lambda alpha: alpha))),
        Misconception("alpha-ignored", "The result does not depend on alpha. Only for alpha = 1 can it be left out.",
                      (_elu(lambda z, alpha: _exp(z) - 1, lambda z, alpha: _exp(z)),
                       _elu(lambda z, alpha: _exp(z) - 1))),
        Misconception("slope-of-relu", "The slope below 0 is ReLU's. ELU is curved there and lets a gradient through.",
                      (_elu(slope=lambda z, alpha: np.zeros_like(z)),)),
    ),
)

# --- mistakes and other right ways: SELU


def _selu(alpha=ALPHA, above=LAMBDA, below=LAMBDA, slope_above=None, slope_below=None):
    """SELU with constants of one's choice; the slopes have those of the value unless said otherwise."""
    slope_above = above if slope_above is None else slope_above
    slope_below = below if slope_below is None else slope_below
    return lambda z: (np.where(z > 0, above * z, below * alpha * (_exp(z) - 1)),
                      np.where(z > 0, slope_above, slope_below * alpha * _exp(z)))


def product_with_selu_mask(z):
    return (LAMBDA * ((z > 0) * z + (z <= 0) * ALPHA * (np.exp(z) - 1)),
            LAMBDA * ((z > 0) + (z <= 0) * ALPHA * np.exp(z)))


def slope_from_the_value_without_scale(z):
    a = _selu()(z)[0]
    return a, np.where(z > 0, LAMBDA, a + ALPHA)


def right_from_the_value(z):
    a = LAMBDA * (np.maximum(z, 0) + ALPHA * np.expm1(np.minimum(z, 0)))
    return a, np.where(z > 0, LAMBDA, a + LAMBDA * ALPHA)


def right_selu_with_masks(z):
    a, slope = LAMBDA * z, np.full_like(z, LAMBDA)
    below = z < 0
    slope[below] = LAMBDA * ALPHA * np.exp(z[below])
    a[below] = slope[below] - LAMBDA * ALPHA
    return [a, slope]


SELU_AND_GRAD = Exercise(
    name="selu_and_grad", number=41, chapter="05_activations", core=False, level=2, minutes=10, points=2,
    title="SELU and its slope",
    prompt=r"""
Return SELU, $\lambda$ times ELU, and its derivative, elementwise:

$$\varphi(z) = \lambda \begin{cases} z & z > 0 \\ \alpha\,(e^z - 1) & z < 0, \end{cases}$$

with $\alpha = 1.6732632423543772$ and $\lambda = 1.0507009873554805$. No entry of `z` is 0; entries may be as large as
$\pm 800$, and no warning may be raised on the way.
""",
    arguments={"z": "float array of any shape, no entry 0"},
    returns="(a, slope): two arrays of the shape of z",
    outputs=("a", "slope"),
    hints=(r"$\lambda$ stands before the brace: it multiplies both lines.",
           "And so it does with the slopes.",
           "`np.where` computes both branches for all entries. `np.minimum(z, 0)` keeps the exponential small."),
    solution=selu_and_grad, reference=reference_selu, cases=selu_cases,
    variants=(right_from_the_value, right_selu_with_masks),
    misconceptions=(
        Misconception("lambda-on-one-branch", "lambda multiplies one of the two lines only, in the value or in the "
                      "slope. It stands before the brace.",
                      (_selu(above=1.0), _selu(below=1.0), _selu(slope_above=1.0), _selu(slope_below=1.0),
                       _selu(slope_above=1.0, slope_below=1.0), _selu(above=1.0, slope_above=LAMBDA),
                       _selu(below=1.0, slope_below=LAMBDA), slope_from_the_value_without_scale)),
        Misconception("elu-constants", "This is ELU: lambda is missing on both sides of 0, or both constants are 1.",
                      (_selu(above=1.0, below=1.0), _selu(1.0, 1.0, 1.0))),
        Misconception("alpha-missing", "alpha is missing below 0, in the value or in the slope.",
                      (_selu(alpha=1.0), _selu(slope_below=LAMBDA / ALPHA))),
        Misconception("swapped-constants", "The two constants are exchanged. lambda, the one near 1, is the slope "
                      "above 0.", (_selu(LAMBDA, ALPHA, ALPHA),)),
        Misconception("rounded-constants", "The constants are rounded. They are the solution of two equations, and "
                      "here all their digits count.",
                      (_selu(1.6733, 1.0507, 1.0507), _selu(1.67326, 1.0507, 1.0507), _selu(1.67, 1.05, 1.05),
                       _selu(1.673, 1.051, 1.051))),
        Misconception("exp-overflow", "For large positive z, 0 times infinity is not a number. Keep positive numbers "
                      "out of the exponential.", (product_with_selu_mask,)),
        Misconception("lambda-squared", "lambda is applied twice.",
                      (_selu(above=LAMBDA ** 2, below=LAMBDA ** 2), _selu(slope_above=LAMBDA ** 2,
                                                                          slope_below=LAMBDA ** 2))),
        Misconception("alpha-above-zero", "alpha multiplies positive numbers, too. It belongs to the exponential.",
                      (_selu(above=LAMBDA * ALPHA),)),
    ),
)
