"""Exercises 36 and 37: the sigmoid with its slope, and the slope of tanh, for numbers of any size."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def sigmoid_and_grad(z):
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    return a, e / (1 + e) ** 2


def tanh_grad(z):
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


# --- the library's, as the independent reference


def reference_sigmoid(z):
    from course_lib import activations

    return activations.get("sigmoid")(z.astype(np.float64)), activations.get("sigmoid").derivative(z.astype(np.float64))


def reference_tanh(z):
    from course_lib import activations

    return activations.get("tanh").derivative(z.astype(np.float64))


# --- cases: both signs, matrices, numbers at which e^z overflows, and slopes that 1 - 1 would round to 0


def cases(rng):
    yield Case((np.array([-1.2, 0.4]),))
    yield Case((normal(rng, 3) + 0.25,))
    yield Case((normal(rng, 2, 3, scale=2.0),))
    yield Case((normal(rng, 3, 3),))
    yield Case((np.array([-1000.0, -3.0, 0.0, 2.0, 1000.0]),))
    yield Case((np.array([-800.0, -0.7, 1.3, 800.0]),))
    yield Case((normal(rng, 3, 2).astype(np.float32),))
    yield Case((np.array([38.0, 41.0]),), tolerance=1e-17)


def tanh_cases(rng):
    *usual, _ = cases(rng)
    yield from usual
    yield Case((np.array([-20.0, 19.5]),), tolerance=1e-17)


# --- mistakes and other right ways: the sigmoid


def _sigmoid(z):
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def _with(value=_sigmoid, slope=lambda z, a: a * (1 - a)):
    return lambda z: (value(z), slope(z, value(z)))


def rounded_away(z):
    a = 1 / (1 + np.exp(-np.clip(z, -700, 700)))
    return a, a * (1 - a)


def quotient_of_exponentials(z):
    a = np.exp(z) / (1 + np.exp(z))
    return a, a * (1 - a)


def quotient_in_the_slope(z):
    return _sigmoid(z), np.exp(-z) / (1 + np.exp(-z)) ** 2


def quotient_in_both(z):
    return np.exp(z) / (1 + np.exp(z)), np.exp(z) / (1 + np.exp(z)) ** 2


def right_with_tanh(z):
    return [(1 + np.tanh(z / 2)) / 2, 0.25 / np.cosh(np.minimum(np.abs(z), 600) / 2) ** 2]


def right_with_masks(z):
    a = np.empty_like(z)
    positive = z >= 0
    a[positive] = 1 / (1 + np.exp(-z[positive]))
    small = np.exp(z[~positive])
    a[~positive] = small / (1 + small)
    rest = np.empty_like(z)
    rest[~positive] = 1 / (1 + small)
    mirrored = np.exp(-z[positive])
    rest[positive] = mirrored / (1 + mirrored)
    return a, a * rest


def right_with_a_clip(z):
    e = np.exp(-np.clip(z, -300, 300).astype(np.float64))
    return 1 / (1 + e), e / (1 + e) ** 2


SIGMOID_AND_GRAD = Exercise(
    name="sigmoid_and_grad", number=36, chapter="05_activations", core=False, level=1, minutes=10, points=2,
    title="The sigmoid and its slope",
    prompt=r"""
Return the sigmoid and its derivative, elementwise:

$$\sigma(z) = \frac{1}{1 + e^{-z}}, \qquad \sigma'(z) = \sigma(z)\,(1 - \sigma(z)).$$

`z` may hold numbers of any size. At $z = \pm 1000$ the answer is 0 or 1, and no warning is raised on the way. Small
slopes keep their digits: at $z = 38$ the slope is $3.1 \cdot 10^{-17}$, not 0.
""",
    arguments={"z": "float array of any shape"},
    returns="(a, slope): two arrays of the shape of z",
    outputs=("a", "slope"),
    hints=(r"Compute the value first. For the slope mind that $1 - \sigma(z) = \sigma(-z)$: subtracted, it is rounded "
           "to 0.",
           "$e^{1000}$ overflows, $e^{-1000}$ is 0. So let no exponent be positive.",
           r"For $z < 0$ multiply numerator and denominator by $e^{z}$: $\sigma(z) = e^z/(1 + e^z)$. "
           r"With $e = e^{-|z|}$ both forms have the denominator $1 + e$, and so has $\sigma(-z)$."),
    solution=sigmoid_and_grad, reference=reference_sigmoid, cases=cases,
    variants=(right_with_tanh, right_with_masks, right_with_a_clip),
    misconceptions=(
        Misconception("grad-of-z", "The slope is computed as z(1 - z). The short form holds for the output: take the "
                      "value of the sigmoid there.", (_with(slope=lambda z, a: z * (1 - z)),)),
        Misconception("grad-at-a", "The slope is taken at the wrong place: the sigmoid was applied twice. Once a is "
                      "the output, the slope is a(1 - a).",
                      (_with(slope=lambda z, a: _sigmoid(a) * (1 - _sigmoid(a))),)),
        Misconception("nan-large-z", "For large numbers this is infinity divided by infinity. Use a form in which no "
                      "exponent is positive.",
                      (quotient_of_exponentials, quotient_in_the_slope, quotient_in_both)),
        Misconception("digits-lost", "The formula is right, and the answer too for moderate z. But once the value is "
                      "rounded to 1, subtracting it from 1 leaves 0, and the small slope is lost. Subtract nothing.",
                      (rounded_away, lambda z: (_sigmoid(z), _sigmoid(z) - _sigmoid(z) ** 2))),
        Misconception("sign-of-exponent", "The curve falls where it should rise: the exponent has the wrong sign.",
                      (_with(value=lambda z: _sigmoid(-z)),
                       _with(value=lambda z: _sigmoid(-z), slope=lambda z, a: -a * (1 - a)))),
        Misconception("slope-of-tanh", "That is the slope of tanh. The sigmoid's is a(1 - a).",
                      (_with(slope=lambda z, a: 1 - a * a),)),
        Misconception("one-plus", "The slope has a plus where a minus belongs. As a comes near 1, the curve is flat.",
                      (_with(slope=lambda z, a: a * (1 + a)),)),
        Misconception("slope-is-the-value", "The second array is the value again, or what it lacks to 1. The slope is "
                      "the product of these two.",
                      (_with(slope=lambda z, a: a), _with(slope=lambda z, a: 1 - a))),
    ),
)

# --- mistakes and other right ways: tanh


def quotient_for_tanh(z):
    up, down = np.exp(z), np.exp(-z)
    return 1 - ((up - down) / (up + down)) ** 2


def quotient_by_e_to_the_2z(z):
    return 1 - ((np.exp(2 * z) - 1) / (np.exp(2 * z) + 1)) ** 2


def _times_sigmoid_slope(factor):
    return lambda z: factor * _sigmoid(2 * z) * (1 - _sigmoid(2 * z))


def right_with_cosh(z):
    return 1 / np.cosh(np.minimum(np.abs(z), 300)) ** 2


def right_by_sigmoid(z):
    def sigmoid(u):
        e = np.exp(-np.abs(u))
        return np.where(u >= 0, 1, e) / (1 + e)

    return 4 * sigmoid(2 * z) * sigmoid(-2 * z)


TANH_GRAD = Exercise(
    name="tanh_grad", number=37, chapter="05_activations", core=False, level=1, minutes=5, points=1,
    title="The slope of tanh",
    prompt=r"""
Return the derivative of $\tanh z$, elementwise. It must hold for $z = \pm 800$ as well, without a warning, and keep the
digits of small slopes: at $z = -20$ it is $1.7 \cdot 10^{-17}$, not 0.
""",
    arguments={"z": "float array of any shape"},
    returns="an array of the shape of z",
    hints=(r"Written with the output $a = \tanh z$ the slope is short, but once $a$ is rounded to 1 nothing is left of "
           "it.",
           "The chapter has a product of two sigmoids in which nothing is subtracted from 1.",
           r"With $e = e^{-2|z|}$ it is $4e/(1 + e)^2$, and no exponent is positive."),
    solution=tanh_grad, reference=reference_tanh, cases=tanh_cases, variants=(right_with_cosh, right_by_sigmoid),
    misconceptions=(
        Misconception("one-plus", "The slope of tanh is at most 1, at 0. Yours is at least 1: look at the sign.",
                      (lambda z: 1 + np.tanh(z) ** 2,)),
        Misconception("half-angle", "This form belongs to the sigmoid, a(1 - a). For tanh the slope is another "
                      "expression in a.",
                      (lambda z: _sigmoid(z) * (1 - _sigmoid(z)), lambda z: np.tanh(z) * (1 - np.tanh(z)))),
        Misconception("inner-derivative", "tanh is a stretched sigmoid, and the stretching in z and the one in the "
                      "output each give a factor 2. At 0 the slope is 1.",
                      (_times_sigmoid_slope(2), _times_sigmoid_slope(1))),
        Misconception("nan-large-z", "For large numbers this is infinity divided by infinity. `np.tanh` has no such "
                      "trouble.", (quotient_for_tanh, quotient_by_e_to_the_2z)),
        Misconception("digits-lost", "The formula is right, and the answer too for moderate z. But once tanh is "
                      "rounded to 1, 1 minus its square is 0, and the small slope is lost. Subtract nothing from 1.",
                      (lambda z: 1 - np.tanh(z) ** 2, lambda z: (1 - np.tanh(z)) * (1 + np.tanh(z)),
                       lambda z: 4 * _sigmoid(2 * z) * (1 - _sigmoid(2 * z)))),
        Misconception("no-square", "The square is missing.",
                      (lambda z: 1 - np.tanh(z), lambda z: 1 - np.abs(np.tanh(z)))),
        Misconception("grad-of-z", "The short form holds for the output. Here z itself was put in.",
                      (lambda z: 1 - z ** 2,)),
        Misconception("grad-at-a", "tanh was applied twice: the slope is wanted at z, and 1 - a^2 is it already.",
                      (lambda z: 1 - np.tanh(np.tanh(z)) ** 2,)),
        Misconception("value-for-slope", "This is tanh. Asked for is its derivative.", (lambda z: np.tanh(z),)),
    ),
)
