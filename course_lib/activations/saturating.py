"""Smooth activations whose outputs are bounded."""

import numpy as np

from course_lib import _checks
from course_lib.activations.base import Activation


def exp_minus_abs(z: np.ndarray) -> np.ndarray:
    """e^-|z|, which does not overflow."""
    e = np.abs(z, out=np.empty_like(z))
    np.negative(e, out=e)
    return np.exp(e, out=e)


def logistic(z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """1 / (1 + e^-z), as e^z / (1 + e^z) where z < 0: no exponent is positive, and both tails are exact."""
    denominator = exp_minus_abs(z)
    denominator += 1
    out = np.minimum(z, 0, out=np.empty_like(z) if out is None else out)
    np.exp(out, out=out)
    out /= denominator
    return out


def expm1(z: np.ndarray, out: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """scale (e^z - 1) for z <= 0, exact near 0; ``out`` may be z. NumPy's own takes any z, and twice as long."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)                       # t = tanh(z/2)
    rest = np.multiply(out, -0.5 / scale)
    rest += 0.5 / scale
    out /= rest                                 # 2 t / (1 - t) = e^z - 1
    return out


class Sigmoid(Activation):
    """phi(z) = 1 / (1 + e^-z), range (0, 1)."""

    name = "sigmoid"

    def value(self, z, out):
        return logistic(z, out)

    def slope(self, z):
        e = exp_minus_abs(z)
        return e / (1 + e) ** 2                 # phi' = phi (1 - phi), exact in both tails

    def backward(self, z, a, da, out):
        np.subtract(1, a, out=out)
        out *= a                                # a (1 - a)
        out *= da
        return out


class Tanh(Activation):
    """phi(z) = tanh z, range (-1, 1)  (eq. 5.3)."""

    name = "tanh"

    def value(self, z, out):
        return np.tanh(z, out=out)

    def slope(self, z):
        e = exp_minus_abs(2 * z)
        return 4 * e / (1 + e) ** 2             # 1 - tanh^2 z, without its cancellation for large |z|

    def backward(self, z, a, da, out):
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)            # 1 - a^2
        out *= da
        return out


class Softsign(Activation):
    """phi(z) = z / (1 + |z|), range (-1, 1): its tails are polynomial (Glorot & Bengio 2010)."""

    name = "softsign"

    def value(self, z, out):
        return np.divide(z, 1 + np.abs(z), out=out)

    def slope(self, z):
        return (1 / (1 + np.abs(z))) ** 2

    def backward(self, z, a, da, out):
        np.abs(a, out=out)
        np.subtract(1, out, out=out)            # 1 - |a| = 1 / (1 + |z|)
        out *= out
        out *= da
        return out


class Softmax(Activation):
    """phi_k(z) = e^{z_k} / sum_j e^{z_j} along ``axis``, the last one by default. It has ``vjp``, no ``derivative``."""

    name = "softmax"

    def __init__(self, axis: int = -1):
        self.axis = _checks.integer("Softmax", "axis", axis, low=None)
        if axis != -1:
            self.name = f"softmax along axis {axis}"

    def value(self, z, out):
        p = np.subtract(z, z.max(axis=self.axis, keepdims=True), out=out)       # the largest exponent is 0
        np.exp(p, out=p)
        p /= p.sum(axis=self.axis, keepdims=True)
        return p

    def slope(self, z):
        raise TypeError("softmax is not elementwise: it has no derivative(z); use vjp(z, dy), which multiplies dy by "
                        "the Jacobian diag(p) - p p^T")

    def pulled_back(self, z, dy):
        p = self.value(z, np.empty_like(z))
        return self.backward(z, p, dy, np.empty_like(p))

    def _checked(self, name, z):
        z = super()._checked(name, z)
        if not -z.ndim <= self.axis < z.ndim:
            raise ValueError(f"{self.name}: {name} must have an axis for the classes, got {_checks.describe(z)}")
        return z

    def backward(self, z, a, da, out):
        inner = np.sum(da * a, axis=self.axis, keepdims=True)
        np.subtract(da, inner, out=out)
        out *= a                                # (diag(p) - p p^T) dy
        return out

    def get_config(self):
        return {"axis": self.axis}
