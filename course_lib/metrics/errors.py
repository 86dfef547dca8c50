"""Losses watched as metrics: without the penalties that the model's loss contains, and without its weights."""

import numpy as np

from course_lib import losses
from course_lib.losses import Loss
from course_lib.metrics.base import MeanMetricWrapper, alike


def mean_squared_error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """The squared errors, (m, k) -> (m, k)."""
    return np.square(y_pred - alike("mean_squared_error", y_true, y_pred))


def mean_absolute_error(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """The absolute errors, (m, k) -> (m, k)."""
    return np.abs(y_pred - alike("mean_absolute_error", y_true, y_pred))


class MeanSquaredError(MeanMetricWrapper):
    """The mean of (yhat - y)^2 over rows and outputs."""

    direction = "down"

    def __init__(self, name: str = "mean_squared_error"):
        super().__init__(mean_squared_error, name)


class RootMeanSquaredError(MeanMetricWrapper):
    """The root of the mean squared error of all rows."""

    direction = "down"

    def __init__(self, name: str = "root_mean_squared_error"):
        super().__init__(mean_squared_error, name)

    def result(self):
        return float(np.sqrt(super().result()))


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of |yhat - y| over rows and outputs."""

    direction = "down"

    def __init__(self, name: str = "mean_absolute_error"):
        super().__init__(mean_absolute_error, name)


class Crossentropy(MeanMetricWrapper):
    """The mean of a cross-entropy over all rows."""

    direction = "down"

    def __init__(self, loss: Loss, name: str):
        self.loss = loss
        super().__init__(self._per_sample, name)

    def check(self, y, units):
        self.loss.targets(y, units, np.dtype(np.float64))

    def get_config(self):
        return {**super().get_config(), **self.loss.get_config()}

    def _per_sample(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        return self.loss.per_sample(self.loss.targets(y, y_pred.shape[1], y_pred.dtype), y_pred)


class BinaryCrossentropy(Crossentropy):
    """``losses.BinaryCrossentropy`` as a metric."""

    def __init__(self, name: str = "binary_crossentropy", from_logits: bool = False, label_smoothing: float = 0.0):
        super().__init__(losses.BinaryCrossentropy(from_logits, label_smoothing), name)


class CategoricalCrossentropy(Crossentropy):
    """``losses.CategoricalCrossentropy`` as a metric."""

    def __init__(self, name: str = "categorical_crossentropy", from_logits: bool = False,
                 label_smoothing: float = 0.0):
        super().__init__(losses.CategoricalCrossentropy(from_logits, label_smoothing), name)


class SparseCategoricalCrossentropy(Crossentropy):
    """``losses.SparseCategoricalCrossentropy`` as a metric."""

    def __init__(self, name: str = "sparse_categorical_crossentropy", from_logits: bool = False):
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits), name)
