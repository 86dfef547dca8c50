"""Adam and its relatives: a running mean of the gradients over a running size of them."""

import math

import numpy as np

from course_lib import _checks
from course_lib.optimizers.base import Optimizer, Schedule, average
from course_lib.optimizers.hyperparameter import Hyperparameter, Option, fraction, positive


class Adam(Optimizer):
    """Adaptive moment estimation, at step t = 1, 2, ...:

    m <- beta_1 m + (1 - beta_1) g, m_hat = m / (1 - beta_1^t),
    s <- beta_2 s + (1 - beta_2) g^2, s_hat = s / (1 - beta_2^t),
    theta <- theta - eta m_hat / (sqrt(s_hat) + epsilon).

    epsilon_mode says where epsilon stands (ours): "paper", as above and in PyTorch; "keras", the default: on the
    uncorrected root, eta sqrt(1 - beta_2^t) m_hat / (sqrt(s) + epsilon), a larger epsilon in the first steps; "inside",
    as the sources of this course write it: eta m_hat / sqrt(s_hat + epsilon), a far larger one.
    amsgrad: the largest s so far takes the place of s in the last line.

    learning_rate: eta, default 0.001. beta_1, beta_2: in [0, 1), default 0.9 and 0.999. epsilon: positive, default 1e-7
    (the paper: 1e-8). The others: as in every ``Optimizer``.
    State: first_moment (m), second_moment (s) and, with amsgrad, largest_second_moment.
    Sources: Kingma & Ba 2015, alg. 1 and the end of sec. 2; Reddi et al. 2018 (amsgrad).
    """

    EPSILON_MODES = ("keras", "paper", "inside")
    slots = ("first_moment", "second_moment", "largest_second_moment")
    beta_1 = fraction()
    beta_2 = fraction()
    epsilon = positive()
    epsilon_mode = Option(*EPSILON_MODES)

    def __init__(self, learning_rate: float | Schedule = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
                 epsilon: float = 1e-7, amsgrad: bool = False, weight_decay: float | None = None,
                 clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
                 name: str | None = None, *, epsilon_mode: str = "keras"):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.amsgrad = bool(amsgrad)
        self.epsilon_mode = epsilon_mode

    def initial_value(self, slot):
        return 0.0 if self.amsgrad or slot != "largest_second_moment" else None

    def step(self, theta, g, eta, m, s, s_max, work):
        t = self.iterations + 1
        average(m, g, self.beta_1, work)                # m <- b1 m + (1 - b1) g
        np.square(g, out=work)
        average(s, work, self.beta_2, work)             # s <- b2 s + (1 - b2) g^2
        if s_max is not None:
            np.maximum(s_max, s, out=s_max)
            s = s_max
        c1, c2 = 1 - self.beta_1 ** t, 1 - self.beta_2 ** t     # m_hat = m / c1, s_hat = s / c2
        self._denominator(s, c2, work)                  # sqrt(c2) (sqrt(s_hat) + epsilon)
        np.divide(m, work, out=work)
        work *= eta * math.sqrt(c2) / c1
        theta -= work                                   # theta <- theta - eta m_hat / (sqrt(s_hat) + epsilon)

    def _denominator(self, s: np.ndarray, c2: float, work: np.ndarray) -> None:
        """sqrt(c2) times what stands below m_hat, into ``work``, with epsilon where ``epsilon_mode`` puts it."""
        if self.epsilon_mode == "inside":
            np.add(s, c2 * self.epsilon, out=work)
            np.sqrt(work, out=work)                     # sqrt(c2) sqrt(s_hat + epsilon)
        else:
            np.sqrt(s, out=work)
            work += self.epsilon if self.epsilon_mode == "keras" else math.sqrt(c2) * self.epsilon


class AdamW(Adam):
    """Adam with decoupled weight decay: first theta <- theta - eta lambda theta, then Adam's step.

    The gradient stays that of J alone, so the decay of a weight does not depend on the size of its gradients, as it
    would with an L2 penalty. The factor per step is 1 - eta lambda, 0.999996 with the defaults. lambda is multiplied
    with eta as in Keras and PyTorch; the paper multiplies it with the schedule's factor only.
    As in Keras ``Adam(weight_decay=...)`` is the same, and every parameter decays that
    ``exclude_from_weight_decay`` does not name, biases too.

    weight_decay: lambda, at least 0, default 0.004 (PyTorch: 0.01). The others: as in ``Adam``.
    Source: Loshchilov & Hutter 2019, alg. 2.
    """

    weight_decay = Hyperparameter()

    def __init__(self, learning_rate: float | Schedule = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9,
                 beta_2: float = 0.999, epsilon: float = 1e-7, amsgrad: bool = False, clipnorm: float | None = None,
                 clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None, *,
                 epsilon_mode: str = "keras"):
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue,
                         global_clipnorm, name, epsilon_mode=epsilon_mode)


class Adamax(Optimizer):
    """Adam with the largest recent |g|, discounted, in place of the root mean square:

    m <- beta_1 m + (1 - beta_1) g, m_hat = m / (1 - beta_1^t),
    u <- max(beta_2 u, |g|), theta <- theta - eta m_hat / (u + epsilon).

    u is not squared, so no root is taken, and it needs no bias correction. The paper has no epsilon; PyTorch adds it
    inside the maximum.

    learning_rate: eta, default 0.001 (the paper: 0.002). beta_1, beta_2: in [0, 1), default 0.9 and 0.999. epsilon:
    positive, default 1e-7. The others: as in every ``Optimizer``.
    State: first_moment (m), norm (u). Source: Kingma & Ba 2015, alg. 2.
    """

    slots = ("first_moment", "norm")
    beta_1 = fraction()
    beta_2 = fraction()
    epsilon = positive()

    def __init__(self, learning_rate: float | Schedule = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
                 epsilon: float = 1e-7, weight_decay: float | None = None, clipnorm: float | None = None,
                 clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def step(self, theta, g, eta, m, u, work):
        t = self.iterations + 1
        average(m, g, self.beta_1, work)                # m <- b1 m + (1 - b1) g
        u *= self.beta_2
        np.abs(g, out=work)
        np.maximum(u, work, out=u)                      # u <- max(b2 u, |g|)
        np.add(u, self.epsilon, out=work)
        np.divide(m, work, out=work)
        work *= eta / (1 - self.beta_1 ** t)
        theta -= work                                   # theta <- theta - eta m_hat / (u + epsilon)


class Nadam(Optimizer):
    """Adam with Nesterov's momentum: the step uses the momentum as it will be after the next one.

    With momenta mu_t and their product P_t = mu_1 ... mu_t, and m, s and s_hat as in ``Adam``:
    m_bar = mu_{t+1} m / (1 - P_t mu_{t+1}) + (1 - mu_t) g / (1 - P_t),
    theta <- theta - eta m_bar / (sqrt(s_hat) + epsilon).

    momentum_schedule (ours): "keras", the default: mu_t = beta_1 (1 - 0.96^t / 2); "constant": mu_t = beta_1, the
    simple form. (PyTorch and Dozat slow the former down to 0.96^(t / 250).) m itself always uses beta_1.

    learning_rate: eta, default 0.001. beta_1, beta_2: in [0, 1), default 0.9 and 0.999. epsilon: positive, default
    1e-7. The others: as in every ``Optimizer``.
    State: first_moment (m), second_moment (s), momentum_product (P_t, a float). Source: Dozat 2016.
    """

    MOMENTUM_SCHEDULES = ("keras", "constant")
    slots = ("first_moment", "second_moment")
    scratch = 2
    beta_1 = fraction()
    beta_2 = fraction()
    epsilon = positive()
    momentum_schedule = Option(*MOMENTUM_SCHEDULES)

    def __init__(self, learning_rate: float | Schedule = 0.001, beta_1: float = 0.9, beta_2: float = 0.999,
                 epsilon: float = 1e-7, weight_decay: float | None = None, clipnorm: float | None = None,
                 clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None, *,
                 momentum_schedule: str = "keras"):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.momentum_schedule = momentum_schedule

    def step(self, theta, g, eta, m, s, m_bar, work):
        t = self.iterations + 1
        mu, next_mu = self._momentum(t), self._momentum(t + 1)
        product = self.momentum_product * mu            # P_t
        average(m, g, self.beta_1, work)                # m <- b1 m + (1 - b1) g
        np.square(g, out=work)
        average(s, work, self.beta_2, work)             # s <- b2 s + (1 - b2) g^2
        np.multiply(m, next_mu / (1 - product * next_mu), out=m_bar)
        np.multiply(g, (1 - mu) / (1 - product), out=work)
        m_bar += work                                   # m_bar = mu' m / (1 - P mu') + (1 - mu) g / (1 - P)
        np.divide(s, 1 - self.beta_2 ** t, out=work)
        np.sqrt(work, out=work)
        work += self.epsilon                            # sqrt(s_hat) + epsilon
        m_bar /= work
        m_bar *= eta
        theta -= m_bar                                  # theta <- theta - eta m_bar / (sqrt(s_hat) + epsilon)

    def update(self, params, grads):
        super().update(params, grads)
        self.momentum_product *= self._momentum(self.iterations)

    def reset(self):
        super().reset()
        self.momentum_product = 1.0

    def get_state(self):
        state = super().get_state()
        return {**state, "momentum_product": np.array(self.momentum_product)} if state else {}

    def set_state(self, iterations, state):
        if bool(iterations) is not ("momentum_product" in state):
            raise ValueError("Nadam.set_state: state must hold momentum_product after the first step, and only then, "
                             f"got {', '.join(state) or 'nothing'} at iterations={iterations}")
        product = np.asarray(state.get("momentum_product", 1.0))
        if product.ndim or product.dtype.kind != "f" or not 0 <= product <= 1:
            got = state["momentum_product"] if product.ndim or product.dtype.kind != "f" else float(product)
            raise ValueError(f"Nadam.set_state: momentum_product must be one number from 0 to 1, got "
                             f"{_checks.describe(got)}")
        super().set_state(iterations, {name: v for name, v in state.items() if name != "momentum_product"})
        self.momentum_product = float(product)

    def _momentum(self, t: int) -> float:
        """mu_t."""
        return self.beta_1 * (1 - 0.5 * 0.96 ** t) if self.momentum_schedule == "keras" else self.beta_1
