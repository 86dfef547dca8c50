"""Stochastic gradient descent, plain, with momentum, and with Nesterov's momentum."""

import numpy as np

from course_lib import _checks
from course_lib.optimizers.base import Optimizer, Schedule
from course_lib.optimizers.hyperparameter import fraction


class SGD(Optimizer):
    """theta <- theta - eta g  (eq. 2.11), with the options of Keras's SGD.

    With momentum: m <- beta m - eta g, theta <- theta + m. With nesterov, in the form that Keras and PyTorch use:
    theta <- theta + beta m - eta g with the new m (``NesterovLookAhead`` has the original form). PyTorch's momentum
    leaves eta out of m, which is another rule as soon as eta changes.

    learning_rate: eta, default 0.01. momentum: beta in [0, 1), default 0; an assigned 0 forgets m. nesterov: default
    False. The others: as in every ``Optimizer``. State: velocity (m), where beta > 0.
    Sources: Robbins & Monro 1951; Polyak 1964; Sutskever et al. 2013, eq. 1-4.
    """

    slots = ("velocity",)
    momentum = fraction()

    def __init__(self, learning_rate: float | Schedule = 0.01, momentum: float = 0.0, nesterov: bool = False,
                 weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
                 global_clipnorm: float | None = None, name: str | None = None):
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.momentum = momentum
        self.nesterov = bool(nesterov)

    def initial_value(self, slot):
        return 0.0 if self.momentum else None

    def step(self, theta, g, eta, m, work):
        beta = self.momentum
        np.multiply(g, eta, out=work)
        if m is None:
            theta -= work                               # theta <- theta - eta g
            return
        m *= beta
        m -= work                                       # m <- beta m - eta g
        if not self.nesterov:
            theta += m                                  # theta <- theta + m
            return
        theta -= work
        np.multiply(m, beta, out=work)
        theta += work                                   # theta <- theta + beta m - eta g


class NesterovLookAhead(SGD):
    """Nesterov's momentum as the papers write it: the gradient is taken where the momentum is about to lead. Ours.

    m <- beta m - eta grad J(theta + beta m), theta <- theta + m. The rule is that of momentum; what differs is the
    point at which the caller takes the gradient::

        optimizer.update(theta, gradient(optimizer.look_ahead(theta)))

    A model takes its gradients at its weights, so it cannot use this class. ``SGD(nesterov=True)`` stores
    phi = theta + beta m instead of theta and takes exactly these steps.

    Arguments as in ``SGD``, with momentum 0.9 by default.
    Sources: Nesterov 1983; Sutskever et al. 2013, eq. 3-4.
    """

    def __init__(self, learning_rate: float | Schedule = 0.01, momentum: float = 0.9,
                 weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
                 global_clipnorm: float | None = None, name: str | None = None):
        super().__init__(learning_rate, momentum, False, weight_decay, clipnorm, clipvalue, global_clipnorm, name)

    def look_ahead(self, params: np.ndarray) -> np.ndarray:
        """theta + beta m, where the next gradient is to be taken, as a new array; theta before the first step."""
        params = _checks.float_array("NesterovLookAhead.look_ahead", "params", params)
        m = getattr(self, "velocity", None)
        return params.copy() if m is None else params + self.momentum * m

    def lay_out(self, tensors):
        raise ValueError("NesterovLookAhead: a model takes its gradients at its weights, not at look_ahead(weights); "
                         "compile it with SGD(momentum=..., nesterov=True), which takes the same steps")
