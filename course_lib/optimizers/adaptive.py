"""A step size for each parameter, from the squares of its gradients: Adagrad, RMSprop, Adadelta."""

import numpy as np

from course_lib.optimizers.base import Optimizer, Schedule, average
from course_lib.optimizers.hyperparameter import Hyperparameter, fraction, positive


class Adagrad(Optimizer):
    """s <- s + g^2, theta <- theta - eta g / sqrt(s + epsilon).

    The effective rate eta / sqrt(s) only falls. epsilon stands inside the root, as in Keras; the paper and PyTorch have
    sqrt(s) + epsilon.

    learning_rate: eta, default 0.001, too small for most problems. initial_accumulator_value: s before the first step,
    at least 0, default 0.1. epsilon: positive, default 1e-7. The others: as in every ``Optimizer``.
    State: accumulator (s). Source: Duchi et al. 2011, sec. 1.1 and fig. 1.
    """

    slots = ("accumulator",)
    initial_accumulator_value = Hyperparameter()
    epsilon = positive()

    def __init__(self, learning_rate: float | Schedule = 0.001, initial_accumulator_value: float = 0.1,
                 epsilon: float = 1e-7, weight_decay: float | None = None, clipnorm: float | None = None,
                 clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def initial_value(self, slot):
        return self.initial_accumulator_value

    def step(self, theta, g, eta, s, work):
        np.square(g, out=work)
        s += work                                       # s <- s + g^2
        np.add(s, self.epsilon, out=work)
        np.sqrt(work, out=work)
        np.divide(g, work, out=work)                    # g / sqrt(s + epsilon)
        work *= eta
        theta -= work                                   # theta <- theta - eta g / sqrt(s + epsilon)


class RMSprop(Optimizer):
    """s <- rho s + (1 - rho) g^2, theta <- theta - eta g / sqrt(s + epsilon).

    centered: a <- rho a + (1 - rho) g, and s - a^2, an estimate of the gradients' variance, takes the place of s.
    momentum beta > 0: m <- beta m + eta g / sqrt(s + epsilon), theta <- theta - m.
    epsilon stands inside the root, as in Keras; PyTorch has sqrt(s) + epsilon. There is no bias correction: the first
    step is about eta / sqrt(1 - rho).

    learning_rate: eta, default 0.001. rho: in [0, 1), default 0.9. momentum: beta in [0, 1), default 0; an assigned 0
    forgets m. epsilon: positive, default 1e-7. centered: default False. The others: as in every ``Optimizer``.
    State: mean_square (s), mean_gradient (a), velocity (m), the last two where their option asks for them.
    Sources: Tieleman & Hinton 2012, lecture 6.5; Graves 2013, eq. 38-41 (centered, momentum).
    """

    slots = ("mean_square", "mean_gradient", "velocity")
    rho = fraction()
    momentum = fraction()
    epsilon = positive()

    def __init__(self, learning_rate: float | Schedule = 0.001, rho: float = 0.9, momentum: float = 0.0,
                 epsilon: float = 1e-7, centered: bool = False, weight_decay: float | None = None,
                 clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
                 name: str | None = None):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = bool(centered)

    def initial_value(self, slot):
        wanted = {"mean_square": True, "mean_gradient": self.centered, "velocity": self.momentum > 0}
        return 0.0 if wanted[slot] else None

    def step(self, theta, g, eta, s, a, m, work):
        np.square(g, out=work)
        average(s, work, self.rho, work)                # s <- rho s + (1 - rho) g^2
        if a is None:
            np.add(s, self.epsilon, out=work)
        else:
            average(a, g, self.rho, work)               # a <- rho a + (1 - rho) g
            np.square(a, out=work)
            np.subtract(s, work, out=work)
            np.maximum(work, 0, out=work)               # a variance of 0 may have been rounded to less (Keras: NaN)
            work += self.epsilon                        # s - a^2 + epsilon
        np.sqrt(work, out=work)
        np.divide(g, work, out=work)
        work *= eta                                     # eta g / sqrt(s + epsilon)
        if m is None:
            theta -= work                               # theta <- theta - eta g / sqrt(s + epsilon)
        else:
            m *= self.momentum
            m += work                                   # m <- beta m + eta g / sqrt(s + epsilon)
            theta -= m                                  # theta <- theta - m


class Adadelta(Optimizer):
    """delta = g sqrt(u + epsilon) / sqrt(s + epsilon), theta <- theta - eta delta, with two running means:

    s <- rho s + (1 - rho) g^2 before, and u <- rho u + (1 - rho) delta^2 after delta is formed. The numerator gives the
    step the units of theta, so that scaling J changes nothing.

    learning_rate: eta, default 0.001 as in Keras. The paper has none: use 1.0 for it. rho: in [0, 1), default 0.95.
    epsilon: positive, default 1e-7 (the paper: 1e-6); the first steps depend on it. The others: as in every
    ``Optimizer``. State: mean_square (s), mean_square_step (u). Source: Zeiler 2012, alg. 1.
    """

    slots = ("mean_square", "mean_square_step")
    scratch = 2
    rho = fraction()
    epsilon = positive()

    def __init__(self, learning_rate: float | Schedule = 0.001, rho: float = 0.95, epsilon: float = 1e-7,
                 weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
                 global_clipnorm: float | None = None, name: str | None = None):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.rho = rho
        self.epsilon = epsilon

    def step(self, theta, g, eta, s, u, delta, work):
        np.square(g, out=work)
        average(s, work, self.rho, work)                # s <- rho s + (1 - rho) g^2
        np.add(u, self.epsilon, out=delta)
        np.add(s, self.epsilon, out=work)
        delta /= work
        np.sqrt(delta, out=delta)
        delta *= g                                      # delta = g sqrt((u + epsilon) / (s + epsilon))
        np.square(delta, out=work)
        average(u, work, self.rho, work)                # u <- rho u + (1 - rho) delta^2
        delta *= eta
        theta -= delta                                  # theta <- theta - eta delta
