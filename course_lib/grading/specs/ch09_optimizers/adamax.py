"""Exercise 61: one step of Adamax."""

import numpy as np

from ...cases import normal, uniform
from ...spec import Case, Exercise, Misconception
from .parts import ETA, THETA, G, T, library_step, theta_and_g

# --- what a good student writes


def adamax_step(theta, m, u, t, g, eta, beta_1, beta_2, eps):
    m = beta_1 * m + (1 - beta_1) * g
    u = np.maximum(beta_2 * u, np.abs(g))
    return theta - eta / (1 - beta_1 ** t) * m / (u + eps), m, u


# --- the library's optimizer, as the independent reference


def reference(theta, m, u, t, g, eta, beta_1, beta_2, eps):
    from course_lib import optimizers

    adamax = optimizers.Adamax(eta, beta_1, beta_2, eps)
    return library_step(adamax, t - 1, {"first_moment": m, "norm": u}, theta, g)


# --- cases: negative gradients among them, and some that are larger and some that are smaller than u


def _case(rng, n, t, eta, beta_1, beta_2, eps, dtype=np.float64):
    theta, g = theta_and_g(rng, n, dtype=dtype)
    m, u = np.zeros(n, dtype), np.zeros(n, dtype)
    if t > 1:
        m = (normal(rng, n, scale=0.3) + rng.choice([-0.5, 0.5], n)).astype(dtype)
        larger = np.arange(n) % 3 != 1                          # than the gradient, also after the decay
        u = (np.abs(g) * np.where(larger, uniform(rng, 1.6, 3.0, n), uniform(rng, 0.2, 0.8, n))).astype(dtype)
    return Case((theta, m, u, t, g, eta, beta_1, beta_2, eps))


def cases(rng):
    yield _case(rng, 2, 1, 0.1, 0.9, 0.999, 1e-3)
    yield _case(rng, 3, 4, 0.05, 0.8, 0.9, 1e-2)
    yield _case(rng, 5, 2, 0.1, 0.9, 0.75, 1e-2)
    yield _case(rng, 4, 3, 0.1, 0.9, 0.99, 1e-2, np.float32)


# --- mistakes and other right ways


def _adamax(norm=lambda u, g, b: np.maximum(b * u, np.abs(g)),
            step=lambda m, u, t, beta_1, beta_2, eps: m / (1 - beta_1 ** t) / (u + eps), sign=-1.0):
    def wrong(theta, m, u, t, g, eta, beta_1, beta_2, eps):
        m, u = beta_1 * m + (1 - beta_1) * g, norm(u, g, beta_2)
        return theta + sign * eta * step(m, u, t, beta_1, beta_2, eps), m, u

    return wrong


def right_with_where(theta, m, u, t, g, eta, beta_1, beta_2, eps):
    size, kept = np.where(g < 0, -g, g), u * beta_2
    norm = np.where(size > kept, size, kept)
    mean = m + (1 - beta_1) * (g - m)
    return [theta - eta * (mean / (1 - beta_1 ** t)) / (norm + eps), mean, norm]


def right_with_loops(theta, m, u, t, g, eta, beta_1, beta_2, eps):
    theta, m, u = theta.copy(), m.copy(), u.copy()
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + (1 - beta_1) * g[i]
        u[i] = max(beta_2 * u[i], abs(g[i]))
        theta[i] -= eta * m[i] / ((1 - beta_1 ** t) * (u[i] + eps))
    return theta, m, u


ADAMAX_STEP = Exercise(
    name="adamax_step", number=61, chapter="09_optimizers", core=False, level=2, minutes=10, points=2,
    title="A step of Adamax",
    prompt=r"""
Adamax replaces the root of Adam's mean of squares by the largest recent $|g|$, where old ones fade:

$$m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad u_t = \max(\beta_2 u_{t-1}, |g_t|), \qquad
\theta_t = \theta_{t-1} - \frac{\eta}{1 - \beta_1^t}\, \frac{m_t}{u_t + \varepsilon} .$$

$u$ has the size of a gradient already.
""",
    arguments={"theta": THETA, "m": "(n,) float array, the running mean of gradients",
               "u": "(n,) float array, the largest recent |g|, faded", "t": T, "g": G, "eta": ETA,
               "beta_1": "float in [0, 1)", "beta_2": "float in [0, 1)", "eps": "float above 0"},
    returns="(theta, m, u), all after the step",
    hints=("np.maximum compares two arrays entry by entry. One of them is the old u, faded.",
           "The maximum needs no correction: after the first step it is |g|, not a small share of it."),
    solution=adamax_step, reference=reference, cases=cases, outputs=("theta", "m", "u"),
    variants=(right_with_where, right_with_loops),
    misconceptions=(
        Misconception("no-abs", "The gradient is compared with its sign. A large negative gradient is large, too: take "
                      "its absolute value.",
                      (_adamax(lambda u, g, b: np.maximum(b * u, g)),)),
        Misconception("keeps-sqrt", "The root of u is taken. u is no square: it has the size of a gradient.",
                      (_adamax(step=lambda m, u, t, b1, b2, eps: m / (1 - b1 ** t) / (np.sqrt(u) + eps)),
                       _adamax(step=lambda m, u, t, b1, b2, eps: m / (1 - b1 ** t) / np.sqrt(u + eps)))),
        Misconception("corrects-u", "u is divided by 1 - beta_2 to the power t. A maximum does not start too small: "
                      "after one step it is |g|.",
                      (_adamax(step=lambda m, u, t, b1, b2, eps: m / (1 - b1 ** t) / (u / (1 - b2 ** t) + eps)),)),
        Misconception("no-m-correction", "m is used without its correction. It starts at 0 and needs it.",
                      (_adamax(step=lambda m, u, t, b1, b2, eps: m / (u + eps)),)),
        Misconception("averages", "u is a running mean. It is a maximum: of the old value, faded, and of |g|.",
                      (_adamax(lambda u, g, b: b * u + (1 - b) * np.abs(g)),)),
        Misconception("never-fades", "The old u does not fade: beta_2 is missing. One large gradient would brake for "
                      "ever.", (_adamax(lambda u, g, b: np.maximum(u, np.abs(g))),)),
        Misconception("squares", "The gradient is squared. No square is taken, so no root is needed.",
                      (_adamax(lambda u, g, b: np.maximum(b * u, g ** 2)),)),
        Misconception("ascends", "The step goes up the hill: it is added.", (_adamax(sign=1.0),)),
    ),
)
