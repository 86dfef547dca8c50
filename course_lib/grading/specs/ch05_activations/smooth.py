"""Exercises 42 and 44: SiLU with its slope, and softplus."""

import math

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def silu_and_grad(z):
    e = np.exp(-np.abs(z))
    s = np.where(z >= 0, 1, e) / (1 + e)
    return z * s, s * (1 + z * (1 - s))


def softplus(z):
    return np.logaddexp(0, z)


# --- entry by entry, as the independent reference


def reference_silu(z):
    """The slope by the quotient rule: z / (1 + e^-z) has the derivative (1 + e^-z + z e^-z) / (1 + e^-z)^2."""
    def one(x):
        e = math.exp(-abs(x))
        if x >= 0:
            return x / (1 + e), (1 + e + x * e) / (1 + e) ** 2
        return x * e / (1 + e), e * (1 + e + x) / (1 + e) ** 2

    pairs = np.array([one(float(x)) for x in z.ravel()])
    return pairs[:, 0].reshape(z.shape), pairs[:, 1].reshape(z.shape)


def reference_softplus(z):
    from course_lib import activations

    return activations.get("softplus")(z.astype(np.float64))


# --- cases: both signs, where SiLU is lowest, and numbers at which e^z overflows


def cases(rng):
    yield Case((np.array([-1.28, 0.5]),))
    yield Case((np.array([-3.0, -1.0, 0.0, 2.0]),))
    yield Case((normal(rng, 2, 3, scale=1.5),))
    yield Case((normal(rng, 3, 3),))
    yield Case((np.array([-1000.0, -0.4, 0.7, 1000.0]),))
    yield Case((normal(rng, 2, 2, scale=1.5).astype(np.float32),))


# --- mistakes and other right ways: SiLU


def _sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _silu(value=lambda z, s: z * s, slope=lambda z, s: s + z * s * (1 - s)):
    return lambda z: (value(z, _sigmoid(z)), slope(z, _sigmoid(z)))


def quotient_of_exponentials(z):
    s = np.exp(z) / (1 + np.exp(z))
    return z * s, s + z * s * (1 - s)


def right_from_the_value(z):
    s = _sigmoid(z)
    a = z * s
    return a, a + s * (1 - a)


def right_with_tanh(z):
    t = np.tanh(z / 2)
    return [z * (1 + t) / 2, (1 + t) / 2 + z * (1 - t * t) / 4]


SILU_AND_GRAD = Exercise(
    name="silu_and_grad", number=42, chapter="05_activations", core=False, level=2, minutes=15, points=2,
    title="SiLU and its slope",
    prompt=r"""
Return SiLU (also called Swish) and its derivative, elementwise:

$$\varphi(z) = z\,\sigma(z), \qquad \sigma(z) = \frac{1}{1 + e^{-z}}.$$

The slope is the chapter's, by the product rule. Entries of `z` may be as large as
$\pm 1000$, and no warning may be raised on the way.
""",
    arguments={"z": "float array of any shape"},
    returns="(a, slope): two arrays of the shape of z",
    outputs=("a", "slope"),
    hints=("The product rule gives two terms.",
           r"One of them is $\sigma(z)$. The other has the slope of the sigmoid in it.",
           "Check yourself: at z = -1.278 the slope is nearly 0, there SiLU is lowest; at 0 it is 1/2.",
           r"For the sigmoid without overflow see the third hint of `sigmoid_and_grad`: $e^{-|z|}$ is never large."),
    solution=silu_and_grad, reference=reference_silu, cases=cases, variants=(right_from_the_value, right_with_tanh),
    misconceptions=(
        Misconception("product-rule-missing-term", "One term of the product rule is missing. Both factors depend on "
                      "z.", (_silu(slope=lambda z, s: s), _silu(slope=lambda z, s: z * s * (1 - s)))),
        Misconception("product-of-slopes", "This multiplies the derivatives of the two factors. The product rule adds "
                      "two terms: in each, one factor is left as it is.", (_silu(slope=lambda z, s: s * (1 - s)),)),
        Misconception("phi-times-1-minus-phi", "a(1 - a) is the slope of the sigmoid. SiLU is another function.",
                      (_silu(slope=lambda z, s: z * s * (1 - z * s)),)),
        Misconception("relu-like", "The slope is ReLU's. SiLU is curved: its slope is below 0 in places, and above 1 "
                      "in others.", (_silu(slope=lambda z, s: np.where(z > 0, 1.0, 0.0)),
                                     _silu(slope=lambda z, s: np.where(z >= 0, 1.0, 0.0)))),
        Misconception("sign-in-the-slope", "The two terms of the slope have a wrong sign between them.",
                      (_silu(slope=lambda z, s: s - z * s * (1 - s)), _silu(slope=lambda z, s: s * (1 + z * (1 + s))))),
        Misconception("slope-lacks-z", "In the second term of the slope the factor z is missing.",
                      (_silu(slope=lambda z, s: s + s * (1 - s)),)),
        Misconception("value-for-sigmoid", "In the slope, the output of SiLU stands where the sigmoid belongs.",
                      (_silu(slope=lambda z, s: z * s + s * (1 - s)),
                       _silu(slope=lambda z, s: z * s * (1 + z * (1 - z * s))),
                       _silu(slope=lambda z, s: s * (1 - z * s)))),
        Misconception("sign-of-exponent", "The sigmoid falls where it should rise: the exponent has the wrong sign.",
                      (_silu(lambda z, s: z * (1 - s), lambda z, s: 1 - s + z * s * (1 - s)),
                       _silu(lambda z, s: z * (1 - s), lambda z, s: 1 - s - z * s * (1 - s)))),
        Misconception("nan-large-z", "For large numbers this is infinity divided by infinity. Use a form of the "
                      "sigmoid in which no exponent is positive.", (quotient_of_exponentials,)),
    ),
)

# --- mistakes and other right ways: softplus


def naive(z):
    return np.log(1 + np.exp(z))


def naive_with_log1p(z):
    return np.log1p(np.exp(z))


def other_side(z):
    return z + np.log1p(np.exp(-z))


def right_by_hand(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))


def right_with_where(z):
    low = np.minimum(z, 30)
    return np.where(z > 30, z, np.log1p(np.exp(low)))


def softplus_cases(rng):
    yield from cases(rng)
    yield Case((np.array([-40.0, -38.0]),), tolerance=1e-17)


def digits_lost(z):
    return np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))


SOFTPLUS = Exercise(
    name="softplus", number=44, chapter="05_activations", core=False, level=1, minutes=5, points=1,
    title="Softplus for numbers of any size",
    prompt=r"""
Return $\log(1 + e^z)$, elementwise, for entries as large as $\pm 1000$. For $z = 1000$ the answer is 1000, and for
$z = -40$ it is $4.2 \cdot 10^{-18}$, not 0. No warning may be raised on the way.
""",
    arguments={"z": "float array of any shape"},
    returns="an array of the shape of z",
    hints=(r"Take the larger part out of the logarithm: $\log(1 + e^z) = z + \log(e^{-z} + 1)$.",
           "Use that form where z is positive, and the given one where it is negative. In one expression: "
           r"$\max(z, 0) + \log(1 + e^{-|z|})$. (`np.where` would compute both forms for every entry.)",
           "$1 + 10^{-18}$ is rounded to 1. `np.log1p` takes the logarithm without adding the 1 first.",
           "NumPy has a function for the logarithm of a sum of two exponentials."),
    solution=softplus, reference=reference_softplus, cases=softplus_cases, variants=(right_by_hand, right_with_where),
    misconceptions=(
        Misconception("infinite-for-large-z", "For z = 1000 this is infinite: the exponential overflows before the "
                      "logarithm can tame it.", (naive, naive_with_log1p)),
        Misconception("infinite-for-negative-z", "For z = -1000 the exponential overflows. Each form of the formula "
                      "is good on one side of 0 only.", (other_side,)),
        Misconception("digits-lost", "For z = -40 this is 0: 1 plus a tiny number is rounded to 1 before the logarithm "
                      "is taken. NumPy has a function that does not add the 1 first.", (digits_lost,)),
        Misconception("returns-sigmoid", "This is the derivative of softplus, the sigmoid.", (_sigmoid,)),
        Misconception("returns-relu", "This is ReLU, the corner that softplus rounds off.",
                      (lambda z: np.maximum(z, 0), lambda z: np.where(z > 0, z, 0.0))),
        Misconception("other-logarithm", "The logarithm has the wrong base. Take the natural one.",
                      (lambda z: np.logaddexp(0, z) / math.log(2), lambda z: np.logaddexp(0, z) / math.log(10))),
        Misconception("sign-of-exponent", "The curve falls where it should rise: the exponent has the wrong sign.",
                      (lambda z: np.logaddexp(0, -z), lambda z: -np.logaddexp(0, -z))),
    ),
)
