"""Exercise 60: one step of Adam, with its epsilon in three places."""

import math

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception
from .parts import ETA, THETA, G, T, library_step, squares, theta_and_g

# --- what a good student writes


def adam_step(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g ** 2
    m_hat = m / (1 - beta_1 ** t)
    s_hat = s / (1 - beta_2 ** t)
    if eps_mode == "paper":
        step = m_hat / (np.sqrt(s_hat) + eps)
    elif eps_mode == "keras":
        step = np.sqrt(1 - beta_2 ** t) * m_hat / (np.sqrt(s) + eps)
    else:
        step = m_hat / np.sqrt(s_hat + eps)
    return theta - eta * step, m, s


# --- the library's optimizer, as the independent reference


def reference(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    from course_lib import optimizers

    adam = optimizers.Adam(eta, beta_1, beta_2, eps, epsilon_mode=eps_mode)
    return library_step(adam, t - 1, {"first_moment": m, "second_moment": s}, theta, g)


# --- cases: each place of epsilon at the first step and later; gradients of the size of epsilon


def adam_state(rng, n, t, size=1.0, dtype=np.float64):
    """theta, m, s, t, g: a state that Adam may have before its step t."""
    theta, g = theta_and_g(rng, n, size, dtype)
    if t == 1:
        return theta, np.zeros(n, dtype), np.zeros(n, dtype), t, g
    m = ((normal(rng, n, scale=0.3) + rng.choice([-0.5, 0.5], n)) * size).astype(dtype)
    return theta, m, squares(rng, n, size, dtype), t, g


def cases(rng):
    yield Case((*adam_state(rng, 2, 1), 0.1, 0.9, 0.999, 1e-3, "paper"))
    yield Case((*adam_state(rng, 2, 1, 0.1), 0.1, 0.9, 0.99, 1e-2, "keras"))
    yield Case((*adam_state(rng, 2, 1, 0.1), 0.1, 0.9, 0.99, 1e-2, "inside"))
    yield Case((*adam_state(rng, 3, 5, 0.01), 0.05, 0.8, 0.99, 1e-2, "paper"))
    yield Case((*adam_state(rng, 3, 5, 0.01), 0.05, 0.8, 0.99, 1e-2, "keras"))
    yield Case((*adam_state(rng, 3, 5, 0.01), 0.05, 0.8, 0.99, 1e-3, "inside"))
    yield Case((*adam_state(rng, 4, 3, dtype=np.float32), 0.1, 0.9, 0.99, 1e-2, "paper"))


# --- mistakes and other right ways


def _below(s, s_hat, c2, eps, eps_mode):
    """What stands below m_hat."""
    if eps_mode == "paper":
        return np.sqrt(s_hat) + eps
    return (np.sqrt(s) + eps) / np.sqrt(c2) if eps_mode == "keras" else np.sqrt(s_hat + eps)


def _adam(m_new=lambda m, g, b: b * m + (1 - b) * g, s_new=lambda s, g, b: b * s + (1 - b) * g ** 2,
          steps=lambda t: t, correct_m=True, correct_s=True, below=_below, sign=-1.0, keep_hats=False, swap=False):
    """The solution with a part replaced."""
    def wrong(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
        if swap:
            beta_1, beta_2 = beta_2, beta_1
        m, s, k = m_new(m, g, beta_1), s_new(s, g, beta_2), steps(t)
        c1, c2 = (1 - beta_1 ** k if correct_m else 1.0), (1 - beta_2 ** k if correct_s else 1.0)
        with np.errstate(all="ignore"):
            m_hat, s_hat = np.divide(m, c1), np.divide(s, c2)
            theta = theta + sign * eta * m_hat / below(s, s_hat, c2, eps, eps_mode)
        return (theta, m_hat, s_hat) if keep_hats else (theta, m, s)

    return wrong


def forgets_to_square(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    return _adam(s_new=lambda s, g, b: b * s + (1 - b) * np.abs(g))(
        theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode)


def divides_by_zero(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    return adam_step(theta, m, s, t - 1, g, eta, beta_1, beta_2, eps, eps_mode)


def right_with_one_rate(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    m = m + (1 - beta_1) * (g - m)
    s = s + (1 - beta_2) * (np.square(g) - s)
    c1, c2 = 1 - beta_1 ** t, 1 - beta_2 ** t
    root = math.sqrt(c2)
    divisor = {"paper": np.sqrt(s) + root * eps, "keras": np.sqrt(s) + eps, "inside": np.sqrt(s + c2 * eps)}[eps_mode]
    return [theta - eta * root / c1 * m / divisor, m, s]


def right_with_loops(theta, m, s, t, g, eta, beta_1, beta_2, eps, eps_mode):
    theta, m, s = theta.copy(), m.copy(), s.copy()
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + (1 - beta_1) * g[i]
        s[i] = beta_2 * s[i] + (1 - beta_2) * g[i] * g[i]
        above, square, c2 = m[i] / (1 - beta_1 ** t), s[i] / (1 - beta_2 ** t), 1 - beta_2 ** t
        theta[i] -= eta * above / _below(s[i], square, c2, eps, eps_mode)
    return theta, m, s


ADAM_STEP = Exercise(
    name="adam_step", number=60, chapter="09_optimizers", core=True, level=2, minutes=25, points=4,
    title="A step of Adam",
    prompt=r"""
Take step number $t$ of Adam. The two running means and their bias correction are

$$\begin{aligned}
m_t &= \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \\
s_t &= \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2,
\end{aligned}
\qquad
\begin{aligned}
\hat m_t &= m_t / (1 - \beta_1^t), \\
\hat s_t &= s_t / (1 - \beta_2^t),
\end{aligned}$$

and `eps_mode` says where $\varepsilon$ stands in the step:

| `eps_mode` | $\theta_t - \theta_{t-1}$ |
|---|---|
| `"paper"` | $-\eta\, \hat m_t / (\sqrt{\hat s_t} + \varepsilon)$ |
| `"keras"` | $-\eta \sqrt{1 - \beta_2^t}\; \hat m_t / (\sqrt{s_t} + \varepsilon)$ |
| `"inside"` | $-\eta\, \hat m_t / \sqrt{\hat s_t + \varepsilon}$ |

Return the uncorrected means: the next step goes on from them.
""",
    arguments={"theta": THETA, "m": "(n,) float array, the running mean of gradients; 0 before the first step",
               "s": "(n,) float array, the running mean of their squares; 0 before the first step", "t": T, "g": G,
               "eta": ETA, "beta_1": "float in [0, 1)", "beta_2": "float in [0, 1)", "eps": "float above 0",
               "eps_mode": '"paper", "keras" or "inside"'},
    returns="(theta, m, s), all after the step",
    hints=("Update both means first. Each has its own beta.",
           "The correction divides by 1 - beta to the power t. In the first step it gives back g and g squared.",
           "In the mode \"keras\" the root is that of s, without its hat."),
    solution=adam_step, reference=reference, cases=cases, outputs=("theta", "m", "s"),
    variants=(right_with_one_rate, right_with_loops),
    misconceptions=(
        Misconception("no-bias-correction", "A mean is used without its correction. Both start at 0 and are far too "
                      "small in the first steps.",
                      (_adam(correct_m=False, correct_s=False), _adam(correct_s=False), _adam(correct_m=False))),
        Misconception("t-off-by-one", "The power is off by one. t is the number of this step, 1 in the first; with 0 "
                      "the correction would divide by 0.",
                      (_adam(steps=lambda t: t - 1), divides_by_zero, _adam(steps=lambda t: t + 1))),
        Misconception("epoch-counter", "The correction is that of the first step, always. The power is t, which grows "
                      "with each step.", (_adam(steps=lambda t: 1),)),
        Misconception("ascends-plus-plus", "m holds plus the gradient, and the step is added: that climbs. One of the "
                      "two signs must be a minus.", (_adam(sign=1.0),)),
        Misconception("ascends-minus-minus", "m holds minus the gradient, and the step is subtracted: that climbs. One "
                      "of the two signs must be a plus.", (_adam(m_new=lambda m, g, b: b * m - (1 - b) * g),)),
        Misconception("other-sign-convention", "This is the convention in which m holds minus the gradient and the "
                      "step is added. The m that you are given holds plus the gradient.",
                      (_adam(m_new=lambda m, g, b: b * m - (1 - b) * g, sign=1.0),)),
        Misconception("minus-sign-nan", "The new square is subtracted from s, which becomes negative. Its root is not "
                      "a number.", (_adam(s_new=lambda s, g, b: b * s - (1 - b) * g ** 2),)),
        Misconception("eps-inside", "epsilon stands inside the root in every mode, or in a mode where it must not.",
                      (_adam(below=lambda s, s_hat, c2, eps, mode: np.sqrt(s_hat + eps)),
                       _adam(below=lambda s, s_hat, c2, eps, mode: np.sqrt(s + eps) / np.sqrt(c2)
                             if mode == "keras" else _below(s, s_hat, c2, eps, mode)))),
        Misconception("one-place-for-epsilon", "Two modes give the same. In \"keras\" epsilon is added to the root of "
                      "the uncorrected s, in \"paper\" to that of the corrected one, in \"inside\" under the root.",
                      (_adam(below=lambda s, s_hat, c2, eps, mode: np.sqrt(s_hat) + eps),
                       _adam(below=lambda s, s_hat, c2, eps, mode: _below(
                           s, s_hat, c2, eps, "paper" if mode == "keras" else mode)),
                       _adam(below=lambda s, s_hat, c2, eps, mode: _below(
                           s, s_hat, c2, eps, "paper" if mode == "inside" else mode)))),
        Misconception("betas-swapped", "The two betas are exchanged: beta_1 belongs to m, beta_2 to s.",
                      (_adam(swap=True),)),
        Misconception("hats-kept", "The corrected means are returned as the state. The next step would correct them "
                      "again.", (_adam(keep_hats=True),)),
        Misconception("not-squared", "s takes the absolute gradient. It is a mean of squares, whose root is taken.",
                      (forgets_to_square,)),
    ),
)
