"""Exercise 58: one step of RMSprop."""

import numpy as np

from ...spec import Case, Exercise, Misconception
from .parts import ETA, RHO, THETA, G, library_step, squares, theta_and_g

# --- what a good student writes


def rmsprop_step(theta, s, g, eta, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    return theta - eta * g / np.sqrt(s + eps), s


# --- the library's optimizer, as the independent reference


def reference(theta, s, g, eta, rho, eps):
    from course_lib import optimizers

    return library_step(optimizers.RMSprop(eta, rho=rho, epsilon=eps), 1, {"mean_square": s}, theta, g)


# --- cases: in the first, the first step, s is 0; in two eps is of the size of s


def _case(rng, n, eta, rho, eps, size=1.0, dtype=np.float64, first=False):
    theta, g = theta_and_g(rng, n, size, dtype)
    s = np.zeros(n, dtype) if first else squares(rng, n, size, dtype)
    return Case((theta, s, g, eta, rho, eps))


def cases(rng):
    yield _case(rng, 2, 0.1, 0.9, 1e-7, first=True)
    yield _case(rng, 3, 0.01, 0.75, 1e-4, size=0.01)
    yield _case(rng, 5, 0.05, 0.8, 1e-2, size=0.1)
    yield _case(rng, 4, 0.1, 0.9, 1e-3, dtype=np.float32)


# --- mistakes and other right ways


def _step(average=lambda s, g, rho: rho * s + (1 - rho) * g ** 2,
          move=lambda theta, new, old, g, eta, rho, eps: theta - eta * g / np.sqrt(new + eps)):
    def wrong(theta, s, g, eta, rho, eps):
        new = average(s, g, rho)
        return move(theta, new, s, g, eta, rho, eps), new

    return wrong


def corrects_as_adam(theta, s, g, eta, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    return theta - eta * g / np.sqrt(s / (1 - rho) + eps), s


def right_moving_towards_the_square(theta, s, g, eta, rho, eps):
    mean = s + (1 - rho) * (np.square(g) - s)
    return [theta - (eta * (mean + eps) ** -0.5) * g, mean]


def right_with_loops(theta, s, g, eta, rho, eps):
    mean = np.array([rho * s_i + (1 - rho) * g_i * g_i for s_i, g_i in zip(s, g, strict=True)])
    return np.array([t - eta * g_i / (s_i + eps) ** 0.5 for t, s_i, g_i in zip(theta, mean, g, strict=True)]), mean


RMSPROP_STEP = Exercise(
    name="rmsprop_step", number=58, chapter="09_optimizers", core=True, level=1, minutes=10, points=2,
    title="A step of RMSprop",
    prompt=r"""
Adagrad never forgets. RMSprop replaces its sum by a running mean, in which the past counts with the weight $\rho$ and
the new square with $1 - \rho$:

$$s_t = \rho\, s_{t-1} + (1 - \rho)\, g_t^2, \qquad
\theta_t = \theta_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t + \varepsilon}} .$$

All operations go entry by entry, $\varepsilon$ stands inside the root, and there is no bias correction.
""",
    arguments={"theta": THETA, "s": "(n,) float array, the running mean of squares; 0 before the first step", "g": G,
               "eta": ETA, "rho": RHO, "eps": "float above 0"},
    returns="(theta, s), both after the step",
    hints=("The two weights of the mean add up to 1, and both terms are added: s can never become negative.",
           "Divide the gradient by the root of the new mean plus eps, entry by entry."),
    solution=rmsprop_step, reference=reference, cases=cases, outputs=("theta", "s"),
    variants=(right_moving_towards_the_square, right_with_loops),
    misconceptions=(
        Misconception("minus-sign-nan", "The new square is subtracted, so s becomes negative and its root is not a "
                      "number. A mean adds its parts.",
                      (_step(lambda s, g, rho: rho * s - (1 - rho) * g ** 2),)),
        Misconception("accumulated-sum", "The squares are summed without the weight 1 - rho. A running mean weights "
                      "the new square with it.",
                      (_step(lambda s, g, rho: s + g ** 2), _step(lambda s, g, rho: rho * s + g ** 2),
                       _step(lambda s, g, rho: rho * s + (1 - rho) * (s + g ** 2)))),
        Misconception("dot-product", "The gradient is multiplied with itself as a vector, which gives one number for "
                      "all parameters. Each one needs its own square.",
                      (_step(lambda s, g, rho: rho * s + (1 - rho) * (g @ g)),)),
        Misconception("rho-swapped", "The two weights are exchanged: the past counts with rho, the new square with "
                      "1 - rho.", (_step(lambda s, g, rho: (1 - rho) * s + rho * g ** 2),)),
        Misconception("bias-corrected", "s is divided by 1 - rho, as a bias correction does in the first step. RMSprop "
                      "has none.", (corrects_as_adam,)),
        Misconception("eps-outside", "epsilon is added to the root. Here it stands inside, added to s.",
                      (_step(move=lambda theta, new, old, g, eta, rho, eps: theta - eta * g / (np.sqrt(new) + eps)),)),
        Misconception("no-square-root", "The gradient is divided by the mean of squares. Divide by its root.",
                      (_step(move=lambda theta, new, old, g, eta, rho, eps: theta - eta * g / (new + eps)),)),
        Misconception("old-mean", "The step divides by the mean of the step before. Update s first.",
                      (_step(move=lambda theta, new, old, g, eta, rho, eps: theta - eta * g / np.sqrt(old + eps)),)),
        Misconception("plus-sign", "The step goes up the hill: it is added. Subtract it.",
                      (_step(move=lambda theta, new, old, g, eta, rho, eps: theta + eta * g / np.sqrt(new + eps)),)),
    ),
)
