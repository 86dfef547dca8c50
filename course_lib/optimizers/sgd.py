"""Stochastic gradient descent, plain, with momentum, and with Nesterov's momentum."""

import numpy as np

from course_lib import _checks
from course_lib.optimizers.base import Optimizer, Schedule


class SGD(Optimizer):
    """theta <- theta - eta g  (eq. 2.11), with the options of Keras's SGD.

    learning_rate: eta, positive, default 0.01. momentum: beta in [0, 1), default 0. nesterov: default False.
    With momentum: m <- beta m - eta g, theta <- theta + m. With nesterov, in the form that Keras and PyTorch use:
    theta <- theta + beta m - eta g with the new m.
    Sources: Robbins & Monro 1951; Polyak 1964; Sutskever et al. 2013.
    """

    def __init__(self, learning_rate: float | Schedule = 0.01, momentum: float = 0.0, nesterov: bool = False):
        self.momentum = _checks.number("SGD", "momentum", momentum, low=0, high=1)
        self.nesterov = bool(nesterov)
        self.slots = ("velocity",) if self.momentum else ()
        super().__init__(learning_rate)

    def get_config(self):
        return {**super().get_config(), "momentum": self.momentum, "nesterov": self.nesterov}

    def step(self, params, grads, learning_rate):
        eta, beta = learning_rate, self.momentum
        u = np.multiply(grads, eta, out=self._scratch)      # u = eta g
        if not beta:
            params -= u                                     # theta <- theta - eta g
            return
        m = self.velocity
        m *= beta
        m -= u                                              # m <- beta m - eta g
        if not self.nesterov:
            params += m                                     # theta <- theta + m
            return
        params -= u
        np.multiply(m, beta, out=u)
        params += u                                         # theta <- theta + beta m - eta g
