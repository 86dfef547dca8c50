"""Relatives of ReLU that bend near 0."""

import numpy as np

from course_lib import _checks
from course_lib.activations import normal
from course_lib.activations.base import Activation, blocks
from course_lib.activations.saturating import exp_minus_abs, expm1, logistic


class ELU(Activation):
    """phi(z) = z if z > 0 else alpha (e^z - 1)  (eq. 5.8; Clevert et al. 2016).

    alpha: positive, default 1. Below 0 phi' = phi + alpha. For alpha other than 1 there is a kink at 0, where the
    derivative is taken as 1, that of z > 0 (Keras: alpha).
    """

    name = "elu"
    scale = 1.0

    def __init__(self, alpha: float = 1.0):
        self.alpha = _checks.number(type(self).__name__, "alpha", alpha, low=0, open_low=True)

    @property
    def kinks(self):
        return () if self.alpha == 1 else (0.0,)

    def value(self, z, out):
        above = np.maximum(z, 0)
        above *= self.scale
        np.minimum(z, 0, out=out)
        expm1(out, out, self.scale * self.alpha)
        out += above
        return out

    def slope(self, z):
        return self.scale * np.where(z >= 0, 1, self.alpha * np.exp(np.minimum(z, 0))).astype(z.dtype)

    def backward(self, z, a, da, out):
        np.minimum(a, 0, out=out)
        out += self.scale * self.alpha          # phi + alpha, which is alpha where z >= 0
        if self.alpha != 1:
            out += np.multiply(a >= 0, self.scale * (1 - self.alpha), dtype=a.dtype)
        out *= da
        return out


class SELU(ELU):
    """phi(z) = lambda ELU(z) with alpha = 1.6733, lambda = 1.0507  (eq. 5.13; Klambauer et al. 2017).

    The constants make mean 0 and variance 1 a fixed point of a layer with LeCun initialization. At the kink the
    derivative is taken as lambda, that of z > 0, as in Keras.
    """

    name = "selu"
    scale = 1.0507009873554805

    def __init__(self) -> None:
        super().__init__(alpha=1.6732632423543772)

    def get_config(self):
        return {}


class Softplus(Activation):
    """phi(z) = log(1 + e^z), range (0, inf); phi' is the sigmoid  (eq. 5.12)."""

    name = "softplus"

    def value(self, z, out):
        rest = exp_minus_abs(z)
        np.log1p(rest, out=rest)
        np.maximum(z, 0, out=out)
        out += rest                             # max(z, 0) + log(1 + e^-|z|)
        return out

    def slope(self, z):
        return logistic(z)

    def backward(self, z, a, da, out):
        np.negative(a, out=out)
        expm1(out, out)                         # e^-a - 1 = -sigmoid(z)
        np.negative(out, out=out)
        out *= da
        return out


class SiLU(Activation):
    """phi(z) = z sigmoid(beta z), also called Swish  (eq. 5.10; Elfwing et al. 2018, Ramachandran et al. 2018).

    beta: positive, default 1, which is all that Keras has.
    """

    name = "silu"

    def __init__(self, beta: float = 1.0):
        self.beta = _checks.number("SiLU", "beta", beta, low=0, open_low=True)

    def value(self, z, out):
        for block in blocks(z):
            np.multiply(z[block], logistic(self.beta * z[block]), out=out[block])
        return out

    def slope(self, z):
        u = self.beta * z
        s = logistic(u)
        return s + u * s * logistic(-u)         # phi' = sigmoid(u) + u sigmoid'(u)


class GELU(Activation):
    """phi(z) = z Phi(z), with Phi the standard normal distribution (Hendrycks & Gimpel 2016).

    approximate: True gives their formula with tanh, z/2 (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))), which is off by up
    to 5e-4.
    """

    name = "gelu"
    SCALE, CUBIC = 0.7978845608028654, 0.044715         # sqrt(2/pi)

    def __init__(self, approximate: bool = False):
        self.approximate = bool(approximate)

    def value(self, z, out):
        for block in blocks(z):
            np.multiply(z[block], self._gate(z[block]), out=out[block])
        return out

    def slope(self, z):
        if not self.approximate:
            return self._gate(z) + z * normal.density(z)               # Phi + z Phi'
        near = np.clip(z, -30, 30)              # as in _gate
        gate = self._gate(z)
        inner = 2 * self.SCALE * (1 + 3 * self.CUBIC * near * near)
        return gate + z * gate * self._gate(-z) * inner                 # sigmoid' = sigmoid(u) sigmoid(-u)

    def _gate(self, z: np.ndarray) -> np.ndarray:
        """Phi(z), or its approximation (1 + tanh u) / 2 = sigmoid(2 u)."""
        if not self.approximate:
            return normal.distribution(z)
        near = np.clip(z, -30, 30)              # there the gate is 0 or 1 already, and no cube overflows
        return logistic(2 * self.SCALE * (near + self.CUBIC * near ** 3))
