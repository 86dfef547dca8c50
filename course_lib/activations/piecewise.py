"""Activations made of straight pieces."""

import numpy as np

from course_lib import _checks
from course_lib.activations.base import Activation


class Identity(Activation):
    """phi(z) = z, Keras's "linear"."""

    name = "linear"

    def value(self, z, out):
        return np.positive(z, out=out)

    def slope(self, z):
        return np.ones_like(z)

    def backward(self, z, a, da, out):
        return np.positive(da, out=out)


class Step(Activation):
    """phi(z) = 1 if z >= 0 else 0, the perceptron's. Its derivative is 0, taken as 0 at the jump too: no gradient
    passes. Not in Keras."""

    name = "step"
    kinks = (0.0,)

    def value(self, z, out):
        return np.heaviside(z, 1, out=out)

    def slope(self, z):
        return np.zeros_like(z)

    def backward(self, z, a, da, out):
        out[...] = 0
        return out


class Sign(Step):
    """phi(z) = -1, 0 or 1. Its derivative is 0, taken as 0 at the jump too. Not in Keras."""

    name = "sign"

    def value(self, z, out):
        return np.sign(z, out=out)


class HardSigmoid(Activation):
    """phi(z) = z/6 + 1/2, kept within [0, 1]. At the kinks -3 and 3 the derivative is taken as 0, as in Keras."""

    name = "hard_sigmoid"
    kinks = (-3.0, 3.0)

    def value(self, z, out):
        np.add(z, 3, out=out)
        np.clip(out, 0, 6, out=out)
        out /= 6
        return out

    def slope(self, z):
        return (np.abs(z) < 3) / np.full_like(z, 6)

    def backward(self, z, a, da, out):
        np.divide(da, 6, out=out)
        out *= np.abs(z) < 3
        return out


class ReLU(Activation):
    """phi(z) = max(0, z)  (eq. 5.5). At the kink the derivative is taken as 0, as in Keras.

    A call takes the options of ``BoundedReLU``: ``relu(z, negative_slope=0.1)``.
    """

    name = "relu"
    kinks = (0.0,)

    def having(self, **options):
        return BoundedReLU(max_value=None).having(**options)

    def value(self, z, out):
        return np.maximum(z, 0, out=out)

    def slope(self, z):
        return (z > 0).astype(z.dtype)

    def backward(self, z, a, da, out):
        return np.multiply(da, a > 0, out=out)


class BoundedReLU(Activation):
    """phi(z) = min(z, max_value) if z > threshold else negative_slope (z - threshold); "relu6" with the defaults.

    Keras's relu with its arguments. negative_slope, threshold: at least 0. max_value: above threshold, or None for no
    bound. The derivative is taken as negative_slope at the threshold and as 0 at max_value. (Keras: 0 at a threshold
    above 0; 1 at max_value, except for 6.)
    """

    name = "relu6"

    def __init__(self, negative_slope: float = 0.0, max_value: float | None = 6.0, threshold: float = 0.0):
        self.negative_slope = _checks.number("ReLU", "negative_slope", negative_slope, low=0)
        self.threshold = _checks.number("ReLU", "threshold", threshold, low=0)
        self.max_value = None if max_value is None else _checks.number("ReLU", "max_value", max_value,
                                                                       low=self.threshold, open_low=True)
        if (self.negative_slope, self.max_value, self.threshold) != (0, 6, 0):
            self.name = "relu"

    @property
    def kinks(self):
        return (self.threshold,) if self.max_value is None else (self.threshold, self.max_value)

    def value(self, z, out):
        above = z if self.max_value is None else np.minimum(z, self.max_value)
        below = self.negative_slope * (z - self.threshold) if self.negative_slope else 0
        return np.positive(np.where(z <= self.threshold, below, above), out=out)

    def slope(self, z):
        above = 1 if self.max_value is None else z < self.max_value
        return np.where(z <= self.threshold, self.negative_slope, above).astype(z.dtype)

    def get_config(self):
        return {"negative_slope": self.negative_slope, "max_value": self.max_value, "threshold": self.threshold}


class LeakyReLU(Activation):
    """phi(z) = z if z > 0 else negative_slope z  (eq. 5.6). At the kink the derivative is negative_slope, as in Keras.

    negative_slope: at least 0; above 1 too, where max(negative_slope z, z) would be wrong. The default is 0.2, as of
    Keras's function; the layer's is 0.3.
    """

    name = "leaky_relu"
    kinks = (0.0,)

    def __init__(self, negative_slope: float = 0.2):
        self.negative_slope = _checks.number("LeakyReLU", "negative_slope", negative_slope, low=0)

    def value(self, z, out):
        below = np.minimum(z, 0)
        below *= self.negative_slope
        np.maximum(z, 0, out=out)
        out += below
        return out

    def slope(self, z):
        return np.where(z > 0, 1, self.negative_slope).astype(z.dtype)

    def backward(self, z, a, da, out):
        np.greater(z, 0, out=out)
        out *= 1 - self.negative_slope
        out += self.negative_slope              # 1 or the slope; NumPy's where is many times slower
        out *= da
        return out
