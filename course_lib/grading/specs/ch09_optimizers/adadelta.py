"""Exercise 59: one step of Adadelta."""

import numpy as np

from ...cases import uniform
from ...spec import Case, Exercise, Misconception
from .parts import RHO, THETA, G, library_step, squares, theta_and_g

# --- what a good student writes


def adadelta_step(theta, s, u, g, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = g * np.sqrt(u + eps) / np.sqrt(s + eps)
    u = rho * u + (1 - rho) * delta ** 2
    return theta - delta, s, u


# --- the library's optimizer, as the independent reference


def reference(theta, s, u, g, rho, eps):
    from course_lib import optimizers

    optimizer = optimizers.Adadelta(1.0, rho=rho, epsilon=eps)
    return library_step(optimizer, 1, {"mean_square": s, "mean_square_step": u}, theta, g)


# --- cases: the first step, and later ones; one with gradients a thousand times larger


def _case(rng, n, rho, eps, size=1.0, dtype=np.float64, first=False):
    theta, g = theta_and_g(rng, n, size, dtype)
    s = np.zeros(n, dtype) if first else squares(rng, n, size, dtype)
    u = np.zeros(n, dtype) if first else uniform(rng, 0.1, 0.9, n).astype(dtype)
    return Case((theta, s, u, g, rho, eps))


def cases(rng):
    yield _case(rng, 2, 0.9, 1e-2, first=True)
    yield _case(rng, 3, 0.75, 1e-3)
    yield _case(rng, 4, 0.8, 1e-2, size=1000.0)
    yield _case(rng, 5, 0.95, 1e-2, size=0.1)
    yield _case(rng, 4, 0.9, 1e-2, dtype=np.float32)


# --- mistakes and other right ways


def _step(numerator=lambda u, s, g, rho, eps: g * np.sqrt(u + eps), denominator=lambda s, eps: np.sqrt(s + eps),
          keep=lambda u, delta, g, rho: rho * u + (1 - rho) * delta ** 2, old_mean=False,
          move=lambda theta, delta: theta - delta):
    def wrong(theta, s, u, g, rho, eps):
        new = rho * s + (1 - rho) * g ** 2
        delta = numerator(u, new, g, rho, eps) / denominator(s if old_mean else new, eps)
        return move(theta, delta), new, keep(u, delta, g, rho)

    return wrong


def uses_the_new_mean_of_steps(theta, s, u, g, rho, eps):
    s = rho * s + (1 - rho) * g ** 2
    delta = g * np.sqrt(u + eps) / np.sqrt(s + eps)
    u = rho * u + (1 - rho) * delta ** 2
    return theta - g * np.sqrt(u + eps) / np.sqrt(s + eps), s, u


def averages_gradients(theta, s, u, g, rho, eps):
    """As printed: the numerator is the running mean of the gradients before this one."""
    s = rho * s + (1 - rho) * g ** 2
    return theta - u / np.sqrt(s + eps), s, rho * u + (1 - rho) * g


def averages_gradients_with_this_one(theta, s, u, g, rho, eps):
    s, u = rho * s + (1 - rho) * g ** 2, rho * u + (1 - rho) * g
    return theta - u / np.sqrt(s + eps), s, u


def right_with_one_root(theta, s, u, g, rho, eps):
    mean = s + (1 - rho) * (np.square(g) - s)
    delta = -g * ((u + eps) / (mean + eps)) ** 0.5
    return [theta + delta, mean, u * rho + (1 - rho) * np.square(delta)]


def right_with_loops(theta, s, u, g, rho, eps):
    theta, s, u = theta.copy(), s.copy(), u.copy()
    for i in range(len(theta)):
        s[i] = rho * s[i] + (1 - rho) * g[i] ** 2
        delta = g[i] * np.sqrt(u[i] + eps) / np.sqrt(s[i] + eps)
        u[i] = rho * u[i] + (1 - rho) * delta ** 2
        theta[i] -= delta
    return theta, s, u


ADADELTA_STEP = Exercise(
    name="adadelta_step", number=59, chapter="09_optimizers", core=False, level=2, minutes=15, points=3,
    title="A step of Adadelta",
    prompt=r"""
Adadelta divides by the root of a running mean of squared gradients, as RMSprop does, and multiplies by the root of a
running mean of its own squared **steps**, which takes the place of a learning rate:

$$\begin{aligned}
s_t &= \rho\, s_{t-1} + (1 - \rho)\, g_t^2, &
\delta_t &= \frac{\sqrt{u_{t-1} + \varepsilon}}{\sqrt{s_t + \varepsilon}}\, g_t, \\
u_t &= \rho\, u_{t-1} + (1 - \rho)\, \delta_t^2, &
\theta_t &= \theta_{t-1} - \delta_t .
\end{aligned}$$

Mind the order: $\delta_t$ needs the mean of the steps **before** it.
""",
    arguments={"theta": THETA, "s": "(n,) float array, the running mean of squared gradients",
               "u": "(n,) float array, the running mean of squared steps", "g": G, "rho": RHO, "eps": "float above 0"},
    returns="(theta, s, u), all after the step",
    hints=("Four lines in the order of the equations, read row by row.",
           "In the first step u is 0, and the root of eps is all that the numerator has.",
           "Multiply all gradients by 1000: the step must stay the same, as long as eps is small."),
    solution=adadelta_step, reference=reference, cases=cases, outputs=("theta", "s", "u"),
    variants=(right_with_one_root, right_with_loops),
    misconceptions=(
        Misconception("gradient-numerator", "The numerator is a running mean of gradients. That is Adam without its "
                      "correction; here it is the root of a running mean of squared steps, times this gradient.",
                      (averages_gradients, averages_gradients_with_this_one,
                       _step(keep=lambda u, delta, g, rho: rho * u + (1 - rho) * g ** 2))),
        Misconception("uses-new-u", "The step uses the mean of the steps that already contains it. Form delta first, "
                      "then update u.", (uses_the_new_mean_of_steps,)),
        Misconception("needs-eta", "The step is multiplied by a learning rate. Adadelta has none: the numerator takes "
                      "its place.", (_step(move=lambda theta, delta: theta - 0.001 * delta),
                                     _step(move=lambda theta, delta: theta - 0.1 * delta),
                                     _step(move=lambda theta, delta: theta - 0.01 * delta))),
        Misconception("starts-at-zero", "epsilon is missing in the numerator, so the first step is 0, and with it "
                      "every later one.", (_step(numerator=lambda u, s, g, rho, eps: g * np.sqrt(u)),)),
        Misconception("no-roots", "The means are used without their roots.",
                      (_step(numerator=lambda u, s, g, rho, eps: g * (u + eps), denominator=lambda s, eps: s + eps),
                       _step(denominator=lambda s, eps: s + eps),
                       _step(numerator=lambda u, s, g, rho, eps: g * (u + eps)))),
        Misconception("eps-outside", "epsilon is added to the roots. Here it stands inside both.",
                      (_step(numerator=lambda u, s, g, rho, eps: g * (np.sqrt(u) + eps),
                             denominator=lambda s, eps: np.sqrt(s) + eps),
                       _step(denominator=lambda s, eps: np.sqrt(s) + eps))),
        Misconception("old-mean", "The step divides by the mean of squared gradients without this one. Update s first.",
                      (_step(old_mean=True),)),
        Misconception("ascends", "The step goes up the hill: it is added.",
                      (_step(move=lambda theta, delta: theta + delta),)),
    ),
)
