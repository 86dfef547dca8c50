"""Optimizers as the sources of the course print them, where they are wrong: what if one used them?"""

import math
from collections.abc import Callable

import numpy as np

from course_lib.optimizers import SGD, Adadelta, Adagrad, Adam, Adamax, NesterovLookAhead, Optimizer, RMSprop
from course_lib.optimizers.base import average

Gradient = Callable[[np.ndarray], np.ndarray]


class OneOldGradient(SGD):
    """Momentum that remembers one gradient: theta <- theta - (eta g + beta g_before)."""

    def step(self, theta, g, eta, m, work):
        if m is None:
            m = np.zeros_like(g)
        theta -= g * eta + m * self.momentum
        m[...] = g


class UphillLookAhead(NesterovLookAhead):
    """Looks ahead along plus the last gradient, and remembers nothing else."""

    def look_ahead(self, params):
        m = getattr(self, "velocity", None)
        return params.copy() if m is None else params + self.learning_rate * m

    def step(self, theta, g, eta, m, work):
        theta -= g * eta if m is None else g * eta + m * self.momentum
        if m is not None:
            m[...] = g


class AscendingAdagrad(Adagrad):
    """theta <- theta + eta g / sqrt(s + epsilon)."""

    def step(self, theta, g, eta, s, work):
        s += g * g
        theta += g / np.sqrt(s + self.epsilon) * eta


class ForgettingAdagrad(Adagrad):
    """s <- 0.9 s + g^2."""

    def step(self, theta, g, eta, s, work):
        s *= 0.9
        s += g * g
        theta -= g / np.sqrt(s + self.epsilon) * eta


class SubtractingRMSprop(RMSprop):
    """s <- rho s - (1 - rho) g^2, whose root does not exist."""

    def step(self, theta, g, eta, s, a, m, work):
        s *= self.rho
        s -= g * g * (1 - self.rho)
        theta -= g / np.sqrt(s + self.epsilon) * eta


class GradientAveragingAdadelta(Adadelta):
    """The numerator is the running mean of the gradients before this one."""

    def step(self, theta, g, eta, s, u, delta, work):
        average(s, g * g, self.rho, work)
        theta -= u / np.sqrt(s + self.epsilon) * eta
        average(u, g, self.rho, work)


class UncorrectedAdam(Adam):
    """Without the bias correction: c1 and c2 are 1."""

    sign = -1.0

    def corrections(self) -> tuple[float, float]:
        return 1.0, 1.0

    def step(self, theta, g, eta, m, s, s_max, work):
        average(m, g, self.beta_1, work)
        np.square(g, out=work)
        average(s, work, self.beta_2, work)
        c1, c2 = self.corrections()
        self._denominator(s, c2, work)
        np.divide(m, work, out=work)
        work *= eta * math.sqrt(c2) / c1
        theta += work * self.sign


class AscendingAdam(UncorrectedAdam):
    """Plus in m and plus in the step, or minus in both: theta <- theta + eta m_hat / (sqrt(s_hat) + epsilon)."""

    sign = 1.0

    def corrections(self) -> tuple[float, float]:
        t = self.iterations + 1
        return 1 - self.beta_1 ** t, 1 - self.beta_2 ** t


class SignedAdamax(Adamax):
    """u <- max(b2 u, g), without the absolute value."""

    def step(self, theta, g, eta, m, u, work):
        average(m, g, self.beta_1, work)
        np.maximum(u * self.beta_2, g, out=u)
        theta -= m / (u + self.epsilon) * (eta / (1 - self.beta_1 ** (self.iterations + 1)))


class RootedAdamax(Adamax):
    """The root is kept: m_hat / (sqrt(u) + epsilon)."""

    def step(self, theta, g, eta, m, u, work):
        average(m, g, self.beta_1, work)
        np.maximum(u * self.beta_2, np.abs(g), out=u)
        theta -= m / (np.sqrt(u) + self.epsilon) * (eta / (1 - self.beta_1 ** (self.iterations + 1)))


# name: which optimizer it replaces, and by what
VARIANTS: dict[str, tuple[str, type[Optimizer]]] = {
    "momentum_two_gradients": ("momentum", OneOldGradient), "nesterov_uphill": ("nesterov", UphillLookAhead),
    "adagrad_plus": ("adagrad", AscendingAdagrad), "adagrad_decayed": ("adagrad", ForgettingAdagrad),
    "rmsprop_minus": ("rmsprop", SubtractingRMSprop), "adadelta_gradients": ("adadelta", GradientAveragingAdadelta),
    "adam_climbs": ("adam", AscendingAdam), "adamax_signed": ("adamax", SignedAdamax),
    "adamax_root": ("adamax", RootedAdamax),
}
