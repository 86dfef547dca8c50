"""Batch normalization."""

from typing import Any

import numpy as np

from course_lib import _checks, activations, constraints, initializers, regularizers
from course_lib.layers.base import Layer
from course_lib.layers.dense import Dense


class BatchNormalization(Layer):
    """X^ = (X - mean) / sqrt(variance + epsilon) and A = gamma X^ + beta, per feature.

    Shapes: x (m, n) -> a (m, n); gamma, beta, moving_mean, moving_variance (n,). In general n is the length of
    ``axis``, which counts the batch axis as 0 and may not be that; statistics are over all other axes.

    In training mean and variance are the batch's (the variance divided by m, not m - 1), and
    moving <- momentum moving + (1 - momentum) batch for both. Otherwise, and whenever ``trainable`` is False, they are
    the moving ones, as in Keras. After k steps a share momentum^k of the initial values is still in them.

    momentum: in [0, 1). epsilon: above 0. center: whether there is a beta. scale: whether there is a gamma.
    ``backward`` goes through the statistics of the last forward pass: where they are the batch's, every row depends on
    all others. Source: Ioffe & Szegedy 2015, algorithm 1; eqs. 6.1 to 6.6.
    """

    def __init__(self, axis: int = -1, momentum: float = 0.99, epsilon: float = 1e-3, center: bool = True,
                 scale: bool = True, beta_initializer: Any = "zeros", gamma_initializer: Any = "ones",
                 moving_mean_initializer: Any = "zeros", moving_variance_initializer: Any = "ones",
                 beta_regularizer: Any = None, gamma_regularizer: Any = None, beta_constraint: Any = None,
                 gamma_constraint: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = _checks.integer("BatchNormalization", "axis", axis, low=None)
        self.momentum = _checks.number("BatchNormalization", "momentum", momentum, low=0, high=1)
        self.epsilon = _checks.number("BatchNormalization", "epsilon", epsilon, low=0, open_low=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def create_weights(self, input_shape, rng):
        ndim = 1 + len(input_shape)
        if not -ndim < self.axis < ndim or self.axis == 0:
            raise ValueError(f"{self._label()}: axis must be one of {', '.join(map(str, range(1, ndim)))} or negative, "
                             f"and not the batch's, for inputs {_checks.shape_text((None, *input_shape))}, "
                             f"got {self.axis}")
        shape = ((None, *input_shape)[self.axis],)
        if self.scale:
            self.add_weight("gamma", shape, self.gamma_initializer, rng, regularizer=self.gamma_regularizer,
                            constraint=self.gamma_constraint)
        if self.center:
            self.add_weight("beta", shape, self.beta_initializer, rng, regularizer=self.beta_regularizer,
                            constraint=self.beta_constraint)
        self.add_weight("moving_mean", shape, self.moving_mean_initializer, rng, trainable=False)
        self.add_weight("moving_variance", shape, self.moving_variance_initializer, rng, trainable=False)

    def forward(self, x, training=False):
        x = self._as_rows(x)
        x_hat = self.x_hat = self.buffer("x_hat", x.shape)
        self.batch_statistics = training and self.trainable
        if self.batch_statistics:
            mean = x.mean(axis=0)
            np.subtract(x, mean, out=x_hat)
            variance = np.einsum("mn,mn->n", x_hat, x_hat) / len(x)         # mean of (X - mean)^2
            self._track(mean, variance)
        else:
            np.subtract(x, self.moving_mean, out=x_hat)
            variance = self.moving_variance
        self.inverse_deviation = 1 / np.sqrt(variance + self.epsilon)
        x_hat *= self.inverse_deviation                     # X^ = (X - mean) / sqrt(variance + epsilon)  (eq. 6.3)
        a = np.multiply(x_hat, self.gamma if self.scale else 1, out=self.buffer("a", x.shape))
        a += self.beta if self.center else 0                # A = gamma X^ + beta  (eq. 6.4)
        return self._as_given(a)

    def backward(self, da, input_gradient=True):
        da, x_hat = self._as_rows(da), self.x_hat
        dbeta = da.sum(axis=0)                              # dJ/dbeta = sum_i dJ/da_i  (eq. 6.9)
        dgamma = np.einsum("mn,mn->n", da, x_hat)           # dJ/dgamma = sum_i dJ/da_i x^_i
        if self.center:
            self.dbeta[...] = dbeta
        if self.scale:
            self.dgamma[...] = dgamma
        if not input_gradient:
            return None
        dx = self.buffer("dx", da.shape)
        if self.batch_statistics:
            np.multiply(x_hat, dgamma / len(da), out=dx)
            dx += dbeta / len(da)
            np.subtract(da, dx, out=dx)                     # dJ/dA - mean(dJ/dA) - X^ mean(dJ/dA X^)  (eq. 6.12)
        else:
            np.positive(da, out=dx)
        dx *= self._gain(self.inverse_deviation)            # times gamma / sqrt(variance + epsilon)
        return self._as_given(dx)

    def inference_map(self) -> tuple[np.ndarray, np.ndarray]:
        """(s, t), float64 of shape (n,), with which inference is A = s X + t (eq. 6.13); ``fold`` needs them."""
        if not self.built:
            raise ValueError(f"{self._label()}.inference_map: the layer has no weights yet; build it first")
        s = self._gain(1 / np.sqrt(self.moving_variance.astype(np.float64) + self.epsilon))
        return s, (self.beta if self.center else 0) - s * self.moving_mean

    def _gain(self, inverse_deviation: np.ndarray) -> np.ndarray:
        return self.gamma * inverse_deviation if self.scale else inverse_deviation

    def _track(self, mean: np.ndarray, variance: np.ndarray) -> None:
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving *= self.momentum
            moving += (1 - self.momentum) * batch               # v^ <- p v^ + (1 - p) v  (eq. 6.5)

    def _as_rows(self, x: np.ndarray) -> np.ndarray:
        """x with ``axis`` last and all others in one: a view of a batch of vectors."""
        self._moved_shape = (moved := np.moveaxis(x, self.axis, -1)).shape
        return moved.reshape(-1, moved.shape[-1])

    def _as_given(self, rows: np.ndarray) -> np.ndarray:
        return np.moveaxis(rows.reshape(self._moved_shape), -1, self.axis)

    def get_config(self):
        return {**super().get_config(), "axis": self.axis, "momentum": self.momentum, "epsilon": self.epsilon,
                "center": self.center, "scale": self.scale,
                "beta_initializer": initializers.serialize(self.beta_initializer),
                "gamma_initializer": initializers.serialize(self.gamma_initializer),
                "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
                "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
                "beta_regularizer": regularizers.serialize(self.beta_regularizer),
                "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
                "beta_constraint": constraints.serialize(self.beta_constraint),
                "gamma_constraint": constraints.serialize(self.gamma_constraint)}


def fold(first: Dense | BatchNormalization, second: Dense | BatchNormalization) -> Dense:
    """One ``Dense`` that computes what the two layers, one after the other, compute in inference.

    first, second: built, a ``Dense`` and a ``BatchNormalization`` in either order; they are left as they are. With
    A = s X + t for the normalization in inference:

    Dense first:  (X W + b) s + t = X (W s) + (b s + t), which needs a Dense without activation (eq. 6.14);
    Dense second: phi((X s + t) W + b) = phi(X (s W) + (t W + b)) (eq. 6.15).
    """
    if isinstance(first, Dense) and isinstance(second, BatchNormalization):
        dense, normalization = first, second
        if not isinstance(dense.activation, activations.Identity):
            raise ValueError(f"fold: {dense._label()} must have no activation, as a normalization cannot pass through "
                             f"one, got {dense.activation!r}; fold the normalization into the layer after it")
    elif isinstance(first, BatchNormalization) and isinstance(second, Dense):
        normalization, dense = first, second
    else:
        raise TypeError("fold: first and second must be a Dense and a BatchNormalization, in either order, "
                        f"got {_checks.describe(first)} and {_checks.describe(second)}")
    for layer in (first, second):
        if not layer.built:
            raise ValueError(f"fold: {layer._label()} has no weights yet; build it first")
    if first.output_shape(first.input_shape) != second.input_shape:
        raise ValueError(f"fold: {second._label()} takes inputs of shape "
                         f"{_checks.shape_text((None, *second.input_shape))}, but {first._label()} gives "
                         f"{_checks.shape_text((None, *first.output_shape(first.input_shape)))}")
    s, t = normalization.inference_map()
    kernel = dense.kernel.astype(np.float64)
    bias = dense.bias.astype(np.float64) if dense.use_bias else np.zeros(dense.units)
    folded = Dense(dense.units, dense.activation, name=dense.name, trainable=dense.trainable, dtype=dense.dtype)
    folded.build((None, *dense.input_shape))
    folded.set_weights([kernel * s, bias * s + t] if dense is first else [s[:, np.newaxis] * kernel, bias + t @ kernel])
    return folded
