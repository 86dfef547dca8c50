"""Activation functions as layers of their own."""

from typing import Any

import numpy as np

from course_lib import _checks, activations, constraints, initializers, regularizers
from course_lib.layers.base import Layer
from course_lib.layers.random import RandomLayer


class Activation(Layer):
    """A = phi(X)  (eq. 2.2).

    Shapes: x (m, ...) -> a (m, ...). activation: a name, an ``activations.Activation``, or None for the identity.
    """

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def forward(self, x, training=False):
        self.z = x
        self.a = self.activation.value(x, out=self.buffer("a", x.shape))
        return self.a

    def backward(self, da, input_gradient=True):
        if not input_gradient:
            return None
        return self.activation.backward(self.z, self.a, da, out=self.buffer("dx", da.shape))

    def backward_from_logits(self, dz, input_gradient=True):
        return dz if input_gradient else None

    def get_config(self):
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class _Named(Activation):
    """An ``Activation`` whose function has its own class; the layer's other arguments are the function's."""

    def get_config(self):
        return {**Layer.get_config(self), **self.activation.get_config()}


class ReLU(Activation):
    """a = min(z, max_value) if z > threshold else negative_slope (z - threshold); max(0, z) by default.

    negative_slope, threshold: at least 0. max_value: above threshold, or None for no bound. Kinks: see
    ``activations.ReLU`` and ``BoundedReLU``.
    """

    def __init__(self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0,
                 **kwargs: Any):
        bounded = activations.BoundedReLU(negative_slope, max_value, threshold)
        plain = max_value is None and not negative_slope and not threshold
        super().__init__(activations.ReLU() if plain else bounded, **kwargs)
        self.arguments = bounded.get_config()

    def get_config(self):
        return {**Layer.get_config(self), **self.arguments}


class LeakyReLU(_Named):
    """a = z if z > 0 else negative_slope z. The default is 0.3; that of the function "leaky_relu" is 0.2, as in Keras.

    negative_slope: at least 0. Source: Maas et al. 2013.
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        super().__init__(activations.LeakyReLU(negative_slope), **kwargs)


class ELU(_Named):
    """a = z if z > 0 else alpha (e^z - 1). alpha: positive. Source: Clevert et al. 2016."""

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(activations.ELU(alpha), **kwargs)


class Softmax(_Named):
    """a_k = e^{z_k} / sum_j e^{z_j} along ``axis``, which counts the batch axis as 0 and may not be that."""

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(activations.Softmax(axis), **kwargs)
        self.axis = axis

    def create_weights(self, input_shape, rng):
        ndim = 1 + len(input_shape)
        if not -ndim < self.axis < ndim or self.axis == 0:
            raise ValueError(f"{self._label()}: axis must be one of {', '.join(map(str, range(1, ndim)))} or negative, "
                             f"and not the batch's, for inputs {_checks.shape_text((None, *input_shape))}, "
                             f"got {self.axis}")


class PReLU(Layer):
    """a = z if z > 0 else alpha z, with alpha learned by its gradient, eq. 5.7  (He et al. 2015, eq. 1).

    Shapes: z (m, ...) -> a (m, ...); alpha has the shape of a row, with length 1 along ``shared_axes``.
    alpha_initializer: default "zeros", with which it starts as ReLU. shared_axes: int or list of ints, counted with
    the batch axis as 0: [1, 2] for one alpha per channel of images (m, h, w, c). At z = 0 the derivative with respect
    to z is taken as 0, as in Keras.
    """

    kinks = (0.0,)

    def __init__(self, alpha_initializer: Any = "zeros", alpha_regularizer: Any = None, alpha_constraint: Any = None,
                 shared_axes: int | list[int] | tuple[int, ...] | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = list(shared_axes) if isinstance(shared_axes, list | tuple) else [shared_axes]
        self.shared_axes = None if shared_axes is None else [
            _checks.integer("PReLU", "each entry of shared_axes", axis, low=1) for axis in axes]

    def create_weights(self, input_shape, rng):
        shared = self.shared_axes or []
        if any(axis > len(input_shape) for axis in shared):
            raise ValueError(f"{self._label()}: shared_axes must be among 1..{len(input_shape)} for inputs "
                             f"{_checks.shape_text((None, *input_shape))}, got {shared}")
        shape = tuple(1 if axis in shared else n for axis, n in enumerate(input_shape, start=1))
        self.add_weight("alpha", shape, self.alpha_initializer, rng, regularizer=self.alpha_regularizer,
                        constraint=self.alpha_constraint)

    def forward(self, x, training=False):
        self.z = x
        return _leaky(x, self.alpha, out=self.buffer("a", x.shape))

    def backward(self, da, input_gradient=True):
        dx = np.minimum(self.z, 0, out=self.buffer("dx", da.shape))
        dx *= da                                                # dJ/dalpha = sum of dJ/da min(z, 0)
        np.sum(dx, axis=(0, *(self.shared_axes or ())), keepdims=True, out=self.dalpha[np.newaxis])
        return _leaky_backward(self.z, self.alpha, da, out=dx) if input_gradient else None

    def get_config(self):
        return {**super().get_config(), "alpha_initializer": initializers.serialize(self.alpha_initializer),
                "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
                "alpha_constraint": constraints.serialize(self.alpha_constraint), "shared_axes": self.shared_axes}


class RReLU(RandomLayer):
    """a = z if z > 0 else alpha z; in training alpha ~ Uniform(lower, upper) per entry, otherwise (lower + upper) / 2.

    Shapes: z (m, ...) -> a (m, ...). 0 <= lower <= upper. seed: see ``RandomLayer``. mask: the alphas. At z = 0 the
    derivative is taken as 0. Source: Xu et al. 2015, who draw the divisor 1 / alpha ~ Uniform(3, 8) and take its mean
    at test time, alpha = 1 / 5.5; the form here is PyTorch's. Not in Keras.
    """

    kinks = (0.0,)

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, seed: int | None = None, **kwargs: Any):
        super().__init__(seed=seed, **kwargs)
        self.lower = _checks.number("RReLU", "lower", lower, low=0)
        self.upper = _checks.number("RReLU", "upper", upper, low=self.lower)

    def draw(self, shape, rng):
        alpha = rng.random(shape, dtype=self.dtype, out=self.buffer("mask", shape))
        alpha *= self.upper - self.lower
        alpha += self.lower
        return alpha

    def forward(self, x, training=False):
        self.z = x
        self.alpha = self.drawn(x.shape) if training else (self.lower + self.upper) / 2
        return _leaky(x, self.alpha, out=self.buffer("a", x.shape))

    def backward(self, da, input_gradient=True):
        return _leaky_backward(self.z, self.alpha, da, out=self.buffer("dx", da.shape)) if input_gradient else None

    def get_config(self):
        return {**super().get_config(), "lower": self.lower, "upper": self.upper}


def _leaky(z: np.ndarray, alpha: np.ndarray | float, out: np.ndarray) -> np.ndarray:
    np.minimum(z, 0, out=out)
    out *= alpha
    out += np.maximum(z, 0)                                     # max(z, 0) + alpha min(z, 0)
    return out


def _leaky_backward(z: np.ndarray, alpha: np.ndarray | float, da: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.less(z, 0, out=out)
    out *= alpha
    out += z > 0                                                # 1 above 0, alpha below
    out *= da
    return out
