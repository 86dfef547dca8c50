"""Exercise 62: one step of Nadam."""

import numpy as np

from ...spec import Case, Exercise, Misconception
from .adam import adam_state
from .parts import ETA, THETA, G, T, library_step

# --- what a good student writes


def nadam_step(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
    def mu(i):
        return beta_1 * (1 - 0.5 * 0.96 ** i) if schedule == "keras" else beta_1

    product = 1.0
    for i in range(1, t + 1):
        product = product * mu(i)
    m = beta_1 * m + (1 - beta_1) * g
    s = beta_2 * s + (1 - beta_2) * g ** 2
    m_bar = mu(t + 1) * m / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
    s_hat = s / (1 - beta_2 ** t)
    return theta - eta * m_bar / (np.sqrt(s_hat) + eps), m, s


# --- the library's optimizer, as the independent reference


def reference(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
    from course_lib import optimizers

    nadam = optimizers.Nadam(eta, beta_1, beta_2, eps, momentum_schedule=schedule)
    i = np.arange(1, t)
    product = np.prod(beta_1 * (1 - 0.96 ** i / 2)) if schedule == "keras" else beta_1 ** (t - 1)
    state = {"first_moment": m, "second_moment": s, "momentum_product": product}
    return library_step(nadam, t - 1, state, theta, g)


# --- cases: both schedules, in the first step and later


def cases(rng):
    for n, t, betas, eps, schedule in ((2, 1, (0.9, 0.99), 1e-3, "constant"), (2, 1, (0.9, 0.99), 1e-3, "keras"),
                                       (3, 4, (0.8, 0.99), 1e-2, "constant"), (3, 5, (0.9, 0.95), 1e-2, "keras")):
        yield Case((*adam_state(rng, n, t), 0.1, *betas, eps, schedule))
    yield Case((*adam_state(rng, 4, 2, dtype=np.float32), 0.1, 0.9, 0.99, 1e-2, "keras"))


# --- mistakes and other right ways


def _keras(t, beta_1, schedule):
    return beta_1 * (1 - 0.5 * 0.96 ** t) if schedule == "keras" else beta_1


def _product(mu, t, beta_1, schedule):
    return np.prod([mu(i, beta_1, schedule) for i in range(1, t + 1)])


def _nadam(mu=_keras, product=_product, in_m=lambda mu, t, beta_1, schedule: beta_1,
           mean=lambda m, g, mu, next_mu, p: next_mu * m / (1 - p * next_mu) + (1 - mu) * g / (1 - p),
           square=lambda s, beta_2, t: s / (1 - beta_2 ** t), sign=-1.0):
    """The solution with a part replaced."""
    def wrong(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
        b = in_m(mu, t, beta_1, schedule)
        m, s = b * m + (1 - b) * g, beta_2 * s + (1 - beta_2) * g ** 2
        m_bar = mean(m, g, mu(t, beta_1, schedule), mu(t + 1, beta_1, schedule), product(mu, t, beta_1, schedule))
        return theta + sign * eta * m_bar / (np.sqrt(square(s, beta_2, t)) + eps), m, s

    return wrong


def plain_adam(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
    m, s = beta_1 * m + (1 - beta_1) * g, beta_2 * s + (1 - beta_2) * g ** 2
    return theta - eta * m / (1 - beta_1 ** t) / (np.sqrt(s / (1 - beta_2 ** t)) + eps), m, s


def right_with_numpy(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
    steps = np.arange(1, t + 2)
    mu = beta_1 * (1 - 0.96 ** steps / 2) if schedule == "keras" else np.full(t + 1, beta_1)
    products = np.cumprod(mu)
    mean = m + (1 - beta_1) * (g - m)
    squares = s + (1 - beta_2) * (np.square(g) - s)
    m_bar = float(mu[-1] / (1 - products[-1])) * mean + float((1 - mu[-2]) / (1 - products[-2])) * g
    return [theta - eta * m_bar / (np.sqrt(squares / (1 - beta_2 ** t)) + eps), mean, squares]


def right_with_loops(theta, m, s, t, g, eta, beta_1, beta_2, eps, schedule):
    theta, m, s, p = theta.copy(), m.copy(), s.copy(), float(_product(_keras, t, beta_1, schedule))
    mu, following = _keras(t, beta_1, schedule), _keras(t + 1, beta_1, schedule)
    for i in range(len(theta)):
        m[i] = beta_1 * m[i] + (1 - beta_1) * g[i]
        s[i] = beta_2 * s[i] + (1 - beta_2) * g[i] ** 2
        bar = following * m[i] / (1 - p * following) + (1 - mu) * g[i] / (1 - p)
        theta[i] -= eta * bar / ((s[i] / (1 - beta_2 ** t)) ** 0.5 + eps)
    return theta, m, s


NADAM_STEP = Exercise(
    name="nadam_step", number=62, chapter="09_optimizers", core=False, level=3, minutes=25, points=4,
    title="A step of Nadam",
    prompt=r"""
Nadam puts Nesterov's look-ahead into Adam: of the two parts of Adam's corrected mean, that of the momentum is taken one
step later, and the present gradient's stays. The weights $\mu_i$ of that momentum are, by `schedule`,

- `"constant"`: $\mu_i = \beta_1$,
- `"keras"`: $\mu_i = \beta_1 (1 - \tfrac12\, 0.96^i)$.

With their product $P_t = \mu_1 \mu_2 \cdots \mu_t$, with Adam's $m_t$ and $s_t$ (which use $\beta_1$ and $\beta_2$ as
always) and with $\hat s_t = s_t / (1 - \beta_2^t)$,

$$\bar m_t = \frac{\mu_{t+1}\, m_t}{1 - P_t\, \mu_{t+1}} + \frac{(1 - \mu_t)\, g_t}{1 - P_t}, \qquad
\theta_t = \theta_{t-1} - \eta\, \frac{\bar m_t}{\sqrt{\hat s_t} + \varepsilon} .$$
""",
    arguments={"theta": THETA, "m": "(n,) float array, the running mean of gradients",
               "s": "(n,) float array, the running mean of their squares", "t": T, "g": G, "eta": ETA,
               "beta_1": "float in (0, 1)", "beta_2": "float in [0, 1)", "eps": "float above 0",
               "schedule": '"constant" or "keras"'},
    returns="(theta, m, s), all after the step",
    hints=("Write a small function mu(i) first; the product runs over i = 1, ..., t.",
           "Check the constant schedule: there P_t is beta_1 to the power t, and the first divisor is 1 - beta_1 to "
           "the power t + 1."),
    solution=nadam_step, reference=reference, cases=cases, outputs=("theta", "m", "s"),
    variants=(right_with_numpy, right_with_loops),
    misconceptions=(
        Misconception("plain-adam", "This is Adam: its corrected mean is used. Nadam mixes the next momentum and the "
                      "present gradient.", (plain_adam,)),
        Misconception("t-not-t-plus-1", "The first term uses mu_t and P_t alone. It looks ahead: mu_{t+1} above, and "
                      "P_t times mu_{t+1} below.",
                      (_nadam(mean=lambda m, g, mu, following, p: mu * m / (1 - p) + (1 - mu) * g / (1 - p)),
                       _nadam(mean=lambda m, g, mu, following, p: following * m / (1 - p) + (1 - mu) * g / (1 - p)))),
        Misconception("pytorch-psi", "The schedule is PyTorch's, in which 0.96 has the exponent 0.004 i. Keras's "
                      "exponent is i.",
                      (_nadam(lambda t, beta_1, schedule: beta_1 * (1 - 0.5 * 0.96 ** (0.004 * t))
                              if schedule == "keras" else beta_1),)),
        Misconception("one-schedule", "Both schedules give the same. Look at the argument.",
                      (_nadam(lambda t, beta_1, schedule: beta_1),
                       _nadam(lambda t, beta_1, schedule: beta_1 * (1 - 0.5 * 0.96 ** t)))),
        Misconception("power-for-product", "The product is taken as mu_t to the power t. The mu_i of the schedule "
                      "differ, and each is one factor.",
                      (_nadam(product=lambda mu, t, beta_1, schedule: mu(t, beta_1, schedule) ** t),)),
        Misconception("schedule-in-m", "m is updated with mu_t. It uses beta_1 always; the schedule is for the step.",
                      (_nadam(in_m=lambda mu, t, beta_1, schedule: mu(t, beta_1, schedule)),)),
        Misconception("no-bias-correction", "The gradient's term, or s, is not corrected.",
                      (_nadam(mean=lambda m, g, mu, following, p: following * m / (1 - p * following) + (1 - mu) * g),
                       _nadam(square=lambda s, beta_2, t: s),
                       _nadam(mean=lambda m, g, mu, following, p: following * m + (1 - mu) * g))),
        Misconception("ascends", "The step goes up the hill: it is added.", (_nadam(sign=1.0),)),
    ),
)
