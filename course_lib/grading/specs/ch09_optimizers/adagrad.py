"""Exercise 57: one step of Adagrad."""

import numpy as np

from ...spec import Case, Exercise, Misconception
from .parts import ETA, THETA, G, library_step, squares, theta_and_g

# --- what a good student writes


def adagrad_step(theta, s, g, eta, eps):
    s = s + g ** 2
    return theta - eta * g / np.sqrt(s + eps), s


# --- the library's optimizer, as the independent reference


def reference(theta, s, g, eta, eps):
    from course_lib import optimizers

    return library_step(optimizers.Adagrad(eta, epsilon=eps), 1, {"accumulator": s}, theta, g)


# --- cases: in two of them eps is of the size of s


def _case(rng, n, eta, eps, size=1.0, dtype=np.float64):
    theta, g = theta_and_g(rng, n, size, dtype)
    return Case((theta, squares(rng, n, size, dtype), g, eta, eps))


def cases(rng):
    yield _case(rng, 2, 0.5, 1e-7)
    yield _case(rng, 3, 0.1, 1e-4, size=0.01)
    yield _case(rng, 5, 0.3, 1e-2, size=0.1)
    yield _case(rng, 4, 0.5, 1e-3, dtype=np.float32)


# --- mistakes and other right ways


def _step(accumulate=lambda s, g: s + g ** 2, move=lambda theta, new, old, g, eta, eps: theta - eta * g / np.sqrt(
        new + eps), keep=lambda new, old: new):
    def wrong(theta, s, g, eta, eps):
        new = accumulate(s, g)
        return move(theta, new, s, g, eta, eps), keep(new, s)

    return wrong


def right_with_a_rate(theta, s, g, eta, eps):
    total = s + np.square(g)
    rate = eta * (total + eps) ** -0.5
    return [theta - rate * g, total]


def right_with_loops(theta, s, g, eta, eps):
    total = np.array([s_i + g_i * g_i for s_i, g_i in zip(s, g, strict=True)])
    return np.array([t - eta * g_i / (s_i + eps) ** 0.5 for t, s_i, g_i in zip(theta, total, g, strict=True)]), total


ADAGRAD_STEP = Exercise(
    name="adagrad_step", number=57, chapter="09_optimizers", core=False, level=1, minutes=10, points=2,
    title="A step of Adagrad",
    prompt=r"""
Give every parameter a step size of its own: divide the gradient by the root of all squares of that parameter's
gradients so far,

$$s_t = s_{t-1} + g_t^2, \qquad \theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t + \varepsilon}},$$

entry by entry, with $\varepsilon$ inside the root, as in Keras.
""",
    arguments={"theta": THETA, "s": "(n,) float array, the sums of squares so far", "g": G, "eta": ETA,
               "eps": "float above 0"},
    returns="(theta, s), both after the step",
    hints=("First add the squares of this gradient to s: the step already counts them.",
           "The gradient itself is divided by the root of s + eps, then multiplied by eta, and subtracted."),
    solution=adagrad_step, reference=reference, cases=cases, outputs=("theta", "s"),
    variants=(right_with_a_rate, right_with_loops),
    misconceptions=(
        Misconception("plus-sign", "The step goes up the hill: it is added. Subtract it.",
                      (_step(move=lambda theta, new, old, g, eta, eps: theta + eta * g / np.sqrt(new + eps)),)),
        Misconception("decayed", "The old sum is multiplied by a number below 1. Adagrad forgets nothing; that would "
                      "be RMSprop.",
                      (_step(lambda s, g: 0.9 * s + g ** 2), _step(lambda s, g: 0.9 * s + 0.1 * g ** 2))),
        Misconception("no-square-root", "The gradient is divided by the sum of squares. Divide by its root, which has "
                      "the size of a gradient.",
                      (_step(move=lambda theta, new, old, g, eta, eps: theta - eta * g / (new + eps)),)),
        Misconception("eps-outside", "epsilon is added to the root. Here it stands inside, added to s.",
                      (_step(move=lambda theta, new, old, g, eta, eps: theta - eta * g / (np.sqrt(new) + eps)),)),
        Misconception("no-epsilon", "epsilon is missing. A parameter that has had no gradient yet would give 0/0.",
                      (_step(move=lambda theta, new, old, g, eta, eps: theta - eta * g / np.sqrt(new)),)),
        Misconception("s-not-squared", "The gradient, or its absolute value, is summed. s holds squares.",
                      (_step(lambda s, g: s + np.abs(g)),)),
        Misconception("old-sum", "The step divides by the sum without this gradient, or returns that sum. Add the new "
                      "squares first.",
                      (_step(move=lambda theta, new, old, g, eta, eps: theta - eta * g / np.sqrt(old + eps)),
                       _step(keep=lambda new, old: old))),
        Misconception("one-size-for-all", "All parameters are divided by the same number: the squares are added up "
                      "over them. Each parameter keeps a sum of its own.", (_step(lambda s, g: s + g @ g),)),
    ),
)
