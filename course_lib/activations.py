"""Activation functions a = phi(z) and their derivatives.

``get("tanh")(z)`` gives phi(z); ``.derivative(z)`` gives phi'(z) of the elementwise ones; ``.vjp(z, dy)`` gives the
gradient with respect to z of a scalar whose gradient with respect to phi(z) is ``dy``. All arrays are float32 or
float64 and keep their dtype; ``z`` has any shape, softmax works along the last axis.
"""

import numpy as np

from course_lib import _checks


class Activation:
    """An elementwise activation. Subclasses give ``value`` and ``slope``, for arrays that are checked already.

    The public calls take arrays or numbers, float32 or float64 (integers count as float64), and raise TypeError or
    ValueError for anything else.
    """

    name = ""
    kinks: tuple[float, ...] = ()       # where phi' jumps: finite differences across such a point mean nothing

    def __call__(self, z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """phi(z), elementwise; written into ``out`` where that is given."""
        return self.value(self._checked("z", z), out)

    def derivative(self, z: np.ndarray) -> np.ndarray:
        """phi'(z), elementwise."""
        return self.slope(self._checked("z", z))

    def vjp(self, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """Gradient at z from the gradient ``dy`` at phi(z):  dy * phi'(z)  (eq. 2.16)."""
        z, dy = self._checked("z", z), self._checked("dy", dy)
        if z.shape != dy.shape:
            raise ValueError(f"{self.name}: dy must have the shape of z, {z.shape}, got {_checks.describe(dy)}")
        return self.pulled_back(z, dy)

    def value(self, z: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """phi(z)."""
        raise NotImplementedError  # abstract

    def slope(self, z: np.ndarray) -> np.ndarray:
        """phi'(z)."""
        raise NotImplementedError  # abstract

    def pulled_back(self, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """``vjp``."""
        return dy * self.slope(z)

    def backward(self, z: np.ndarray, a: np.ndarray, da: np.ndarray, out: np.ndarray) -> np.ndarray:
        """As ``vjp``, for a layer that has kept ``a = phi(z)``; written into ``out``."""
        return np.multiply(da, self.slope(z), out=out)

    def _checked(self, name: str, z: np.ndarray) -> np.ndarray:
        return _checks.float_array(self.name, name, z)

    def __repr__(self) -> str:
        return f"<activation {self.name}>"


class Identity(Activation):
    """phi(z) = z, Keras's "linear"."""

    name = "linear"

    def value(self, z, out=None):
        return np.positive(z, out=out)

    def slope(self, z):
        return np.ones_like(z)

    def backward(self, z, a, da, out):
        return np.positive(da, out=out)


class Sigmoid(Activation):
    """phi(z) = 1 / (1 + e^-z), range (0, 1). The exponent is never positive, so nothing overflows."""

    name = "sigmoid"

    def value(self, z, out=None):
        e = np.exp(-np.abs(z))
        return np.divide(np.where(z >= 0, np.ones_like(e), e), 1 + e, out=out)

    def slope(self, z):
        e = np.exp(-np.abs(z))
        return e / (1 + e) ** 2                 # phi' = phi (1 - phi), exact in both tails

    def backward(self, z, a, da, out):
        np.subtract(1, a, out=out)
        out *= a                                # a (1 - a)
        out *= da
        return out


class Tanh(Activation):
    """phi(z) = tanh z, range (-1, 1)."""

    name = "tanh"

    def value(self, z, out=None):
        return np.tanh(z, out=out)

    def slope(self, z):
        e = np.exp(-2 * np.abs(z))
        return 4 * e / (1 + e) ** 2             # 1 - tanh^2 z, without its cancellation for large |z|

    def backward(self, z, a, da, out):
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)            # 1 - a^2
        out *= da
        return out


class ReLU(Activation):
    """phi(z) = max(0, z). At the kink the derivative is taken as 0, as in Keras."""

    name = "relu"
    kinks = (0.0,)

    def value(self, z, out=None):
        return np.maximum(z, 0, out=out)

    def slope(self, z):
        return (z > 0).astype(z.dtype)

    def backward(self, z, a, da, out):
        return np.multiply(da, a > 0, out=out)


class Softmax(Activation):
    """phi_k(z) = e^{z_k} / sum_j e^{z_j} along the last axis. Not elementwise: it has ``vjp``, no ``derivative``."""

    name = "softmax"

    def value(self, z, out=None):
        p = np.subtract(z, z.max(axis=-1, keepdims=True), out=out)      # the largest exponent is 0
        np.exp(p, out=p)
        p /= p.sum(axis=-1, keepdims=True)
        return p

    def slope(self, z):
        raise TypeError("softmax is not elementwise: it has no derivative(z); use vjp(z, dy), which multiplies dy by "
                        "the Jacobian diag(p) - p p^T")

    def pulled_back(self, z, dy):
        p = self.value(z)
        return self.backward(z, p, dy, np.empty_like(p))

    def _checked(self, name, z):
        z = super()._checked(name, z)
        if z.ndim == 0:
            raise ValueError(f"softmax: {name} must have an axis for the classes, got {_checks.describe(z)}")
        return z

    def backward(self, z, a, da, out):
        inner = np.sum(da * a, axis=-1, keepdims=True)
        np.subtract(da, inner, out=out)
        out *= a                                # (diag(p) - p p^T) dy
        return out


ACTIVATIONS: dict[str, Activation] = {
    "linear": Identity(), "identity": Identity(), "sigmoid": Sigmoid(), "tanh": Tanh(), "relu": ReLU(),
    "softmax": Softmax(),
}


def get(identifier: str | Activation | None) -> Activation:
    """The activation of that name. None means "linear", as in Keras; an ``Activation`` is returned as it is.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    if identifier is None:
        return ACTIVATIONS["linear"]
    if isinstance(identifier, Activation):
        return identifier
    return _checks.lookup("activation", identifier, ACTIVATIONS)


def serialize(activation: Activation) -> str:
    """The name under which ``get`` finds it again."""
    return _checks.registered_name("activation", activation, {name: type(a) for name, a in ACTIVATIONS.items()})
