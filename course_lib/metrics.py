"""Metrics: what is reported beside the loss.

``get("accuracy")(y_true, y_pred)`` is the value on one set of predictions; while a model trains or is evaluated, a
``Mean`` per metric keeps the mean over all rows seen so far.
"""

from collections.abc import Callable

import numpy as np

from course_lib import _checks, losses


class Mean:
    """A mean over rows that arrive in batches."""

    def __init__(self) -> None:
        self.total, self.count = 0.0, 0

    def update(self, mean: float, rows: int) -> None:
        self.total += float(mean) * rows
        self.count += rows

    def result(self) -> float:
        return self.total / self.count if self.count else float("nan")


class Metric:
    """The mean over all rows of a value per row.

    per_sample: (y, y_pred) -> (m,), with y_pred (m, k), and y (m, k) or integer labels (m,).
    """

    def __init__(self, name: str, per_sample: Callable[[np.ndarray, np.ndarray], np.ndarray]):
        self.name, self.per_sample = name, per_sample

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray) -> float:
        """The metric on one set of predictions; labels as integers (m,) or one row a sample (m, k)."""
        y_true = _checks.numeric_array(self.name, "y_true", y_true)
        y_pred = _checks.numeric_array(self.name, "y_pred", y_pred)
        if not (1 <= y_true.ndim <= 2 and 1 <= y_pred.ndim <= 2):
            raise ValueError(f"{self.name}: y_true and y_pred must have shape (m, k) or (m,), "
                             f"got {_checks.describe(y_true)} and {_checks.describe(y_pred)}")
        if len(y_true) != len(y_pred):
            raise ValueError(f"{self.name}: y_true and y_pred must have the same number of rows, "
                             f"got {len(y_true)} and {len(y_pred)}")
        return float(self.per_sample(y_true, columns(y_pred)).mean())


def binary_accuracy(y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Share of a row's outputs on the right side of 0.5 (above it counts as 1), as in Keras."""
    return ((y_pred > 0.5) == alike("binary_accuracy", y, y_pred)).mean(axis=1)


def categorical_accuracy(y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """1 where the largest output is at the largest target."""
    return np.argmax(y_pred, axis=1) == np.argmax(alike("categorical_accuracy", y, y_pred), axis=1)


def sparse_categorical_accuracy(y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """1 where the largest output is at the integer label."""
    if columns(y).shape[1] != 1:
        raise ValueError("sparse_categorical_accuracy: y_true must hold one integer label a row, "
                         f"got {_checks.describe(y)}")
    return np.argmax(y_pred, axis=1) == y.reshape(len(y))


def mean_squared_error(y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """The squared error, averaged over the outputs."""
    return losses.MeanSquaredError().per_sample(alike("mean_squared_error", y, y_pred), y_pred)


def accuracy(y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Keras's "accuracy": binary for one output, sparse for integer labels, categorical for one row a sample."""
    if y_pred.shape[1] == 1:
        return binary_accuracy(y, y_pred)
    if y.ndim == 1 or y.shape[1] == 1:
        return sparse_categorical_accuracy(y, y_pred)
    return categorical_accuracy(y, y_pred)


def columns(y: np.ndarray) -> np.ndarray:
    """``y`` as (m, k)."""
    return y[:, None] if y.ndim == 1 else y


def alike(where: str, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """``y`` as (m, k), which must be the shape of ``y_pred``."""
    if columns(y).shape != y_pred.shape:
        raise ValueError(f"{where}: y_true must have y_pred's shape {y_pred.shape}, got {_checks.describe(y)}")
    return columns(y)


METRICS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "accuracy": accuracy, "binary_accuracy": binary_accuracy, "categorical_accuracy": categorical_accuracy,
    "sparse_categorical_accuracy": sparse_categorical_accuracy,
    "mean_squared_error": mean_squared_error, "mse": mean_squared_error,
}


def get(identifier: str | Metric) -> Metric:
    """A metric of that name; a ``Metric`` is returned as it is.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    if isinstance(identifier, Metric):
        return identifier
    return Metric(identifier, _checks.lookup("metric", identifier, METRICS))
