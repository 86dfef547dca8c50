"""Exercise 63: one step of AdamW."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception
from .adam import adam_state
from .parts import ETA, THETA, G, T, library_step

# --- what a good student writes


def adamw_step(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g ** 2
    m_hat = m / (1 - beta_1 ** t)
    s_hat = s / (1 - beta_2 ** t)
    theta = theta - eta * weight_decay * theta
    return theta - eta * m_hat / (np.sqrt(s_hat) + eps), m, s


# --- the library's optimizer, as the independent reference


def reference(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
    from course_lib import optimizers

    adamw = optimizers.AdamW(eta, weight_decay, beta_1, beta_2, eps, epsilon_mode="paper")
    return library_step(adamw, t - 1, {"first_moment": m, "second_moment": s}, theta, g)


# --- cases: a gradient of 0 among them, where the decay acts alone


def _case(rng, n, t, eta, beta_1, beta_2, eps, weight_decay, dtype=np.float64, still=False):
    theta, m, s, t, g = adam_state(rng, n, t, dtype=dtype)
    theta = (theta + np.where(theta < 0, -3, 3)).astype(dtype)
    return Case((theta, m, s, t, np.zeros_like(g) if still else g, eta, beta_1, beta_2, eps, weight_decay))


def cases(rng):
    yield _case(rng, 2, 1, 0.1, 0.9, 0.99, 1e-3, 0.5)
    yield _case(rng, 2, 1, 0.1, 0.9, 0.99, 1e-3, 0.25, still=True)
    yield _case(rng, 3, 4, 0.2, 0.8, 0.95, 1e-2, 0.4)
    yield Case((normal(rng, 3) + 4, normal(rng, 3, scale=0.3), np.array([0.5, 2.0, 0.1]), 6, normal(rng, 3) + 2, 0.05,
                0.9, 0.99, 1e-2, 2.0))
    yield _case(rng, 4, 3, 0.1, 0.9, 0.99, 1e-2, 0.5, np.float32)


# --- mistakes and other right ways


def _adam(theta, m, s, t, g, eta, beta_1, beta_2, eps):
    """Adam's step, and both means."""
    m, s = beta_1 * m + (1 - beta_1) * g, beta_2 * s + (1 - beta_2) * g ** 2
    return eta * m / (1 - beta_1 ** t) / (np.sqrt(s / (1 - beta_2 ** t)) + eps), m, s


def _decays(combine):
    def wrong(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
        step, m, s = _adam(theta, m, s, t, g, eta, beta_1, beta_2, eps)
        return combine(theta, step, eta, weight_decay), m, s

    return wrong


def _penalizes(factor):
    def wrong(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
        step, m, s = _adam(theta, m, s, t, g + factor * weight_decay * theta, eta, beta_1, beta_2, eps)
        return theta - step, m, s

    return wrong


def no_bias_correction(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
    m, s = beta_1 * m + (1 - beta_1) * g, beta_2 * s + (1 - beta_2) * g ** 2
    return theta * (1 - eta * weight_decay) - eta * m / (np.sqrt(s) + eps), m, s


def right_with_loops(theta, m, s, t, g, eta, beta_1, beta_2, eps, weight_decay):
    theta, m, s = theta.copy(), m.copy(), s.copy()
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + (1 - beta_1) * g[i]
        s[i] = beta_2 * s[i] + (1 - beta_2) * g[i] ** 2
        move = m[i] / (1 - beta_1 ** t) / ((s[i] / (1 - beta_2 ** t)) ** 0.5 + eps)
        theta[i] -= eta * (move + weight_decay * theta[i])
    return theta, m, s


ADAMW_STEP = Exercise(
    name="adamw_step", number=63, chapter="09_optimizers", core=True, level=2, minutes=15, points=3,
    title="A step of AdamW",
    prompt=r"""
AdamW keeps the decay of the weights out of the gradient. Each step first shrinks the parameters,
$\theta \leftarrow \theta - \eta\lambda\,\theta$, and then takes Adam's step,
$-\eta\, \hat m_t / (\sqrt{\hat s_t} + \varepsilon)$, with means that have seen the gradient `g` alone.
""",
    arguments={"theta": THETA, "m": "(n,) float array, the running mean of gradients",
               "s": "(n,) float array, the running mean of their squares", "t": T, "g": G, "eta": ETA,
               "beta_1": "float in [0, 1)", "beta_2": "float in [0, 1)", "eps": "float above 0",
               "weight_decay": "float, at least 0: lambda; eta times it is below 1"},
    returns="(theta, m, s), all after the step",
    hints=("Start from your Adam in the mode \"paper\". Only theta is treated differently; m and s are the same.",
           "With a gradient and means of 0 the step must multiply theta by 1 - eta lambda, and nothing else."),
    solution=adamw_step, reference=reference, cases=cases, outputs=("theta", "m", "s"),
    variants=(_decays(lambda theta, step, eta, decay: theta * (1 - eta * decay) - step), right_with_loops),
    misconceptions=(
        Misconception("l2-in-gradient", "The decay is added to the gradient, as an L2 penalty would be. Then Adam "
                      "divides it by the size of the gradients. Keep it out of m and s.",
                      (_penalizes(1.0), _penalizes(2.0))),
        Misconception("factor-wd-without-eta", "The parameters shrink by lambda itself. The share per step is eta "
                      "times lambda.", (_decays(lambda theta, step, eta, decay: theta * (1 - decay) - step),)),
        Misconception("factor-is-the-decay", "The parameters are multiplied by lambda. The factor is 1 - eta lambda.",
                      (_decays(lambda theta, step, eta, decay: theta * decay - step),
                       _decays(lambda theta, step, eta, decay: theta * eta * decay - step))),
        Misconception("decay-after-with-new-theta", "The decay comes after Adam's step, so it shrinks that step, too. "
                      "It takes its share of theta as it was before.",
                      (_decays(lambda theta, step, eta, decay: (theta - step) * (1 - eta * decay)),)),
        Misconception("no-decay", "This is Adam: the decay is missing.",
                      (_decays(lambda theta, step, eta, decay: theta - step),)),
        Misconception("grows", "The decay has the wrong sign: the parameters grow.",
                      (_decays(lambda theta, step, eta, decay: theta * (1 + eta * decay) - step),)),
        Misconception("squared-rate", "The decay is multiplied by eta twice.",
                      (_decays(lambda theta, step, eta, decay: theta * (1 - eta ** 2 * decay) - step),)),
        Misconception("ascends", "Adam's step goes up the hill: it is added.",
                      (_decays(lambda theta, step, eta, decay: theta * (1 - eta * decay) + step),)),
        Misconception("no-bias-correction", "The means are used without their correction.", (no_bias_correction,)),
    ),
)
