"""The accuracies: the share of right answers. The functions give one value a row, the classes their mean."""

import numpy as np

from course_lib import _checks
from course_lib.metrics.base import MeanMetricWrapper, alike, columns


def binary_accuracy(y_true: np.ndarray, y_pred: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Which outputs are on the right side of the threshold (above it counts as 1), (m, k) -> (m, k)."""
    return (y_pred > threshold) == alike("binary_accuracy", y_true, y_pred)


def categorical_accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Where the largest output is at the largest target, (m, k) -> (m,)."""
    return np.argmax(y_pred, axis=1) == np.argmax(alike("categorical_accuracy", y_true, y_pred), axis=1)


def sparse_categorical_accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Where the largest output is at the integer label, (m,) or (m, 1) -> (m,)."""
    return np.argmax(y_pred, axis=1) == _labels("sparse_categorical_accuracy", y_true)


def top_k_categorical_accuracy(y_true: np.ndarray, y_pred: np.ndarray, k: int = 5) -> np.ndarray:
    """Where the output at the largest target is one of the k largest, (m, k) -> (m,)."""
    y = alike("top_k_categorical_accuracy", y_true, y_pred)
    return _in_top_k(np.argmax(y, axis=1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: np.ndarray, y_pred: np.ndarray, k: int = 5) -> np.ndarray:
    """Where the output at the integer label is one of the k largest, (m,) or (m, 1) -> (m,)."""
    labels = _labels("sparse_top_k_categorical_accuracy", y_true)
    if not np.isin(labels, np.arange(y_pred.shape[1])).all():
        raise ValueError("sparse_top_k_categorical_accuracy: y_true must hold integers in "
                         f"0..{y_pred.shape[1] - 1}, as y_pred has {y_pred.shape[1]} columns, "
                         f"got values from {labels.min()} to {labels.max()}")
    return _in_top_k(labels.astype(np.intp), y_pred, k)


def accuracy(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Binary for one output, sparse for integer labels, categorical for one row a sample."""
    if y_pred.shape[1] == 1:
        return binary_accuracy(y_true, y_pred)
    if columns(y_true).shape[1] == 1:
        return sparse_categorical_accuracy(y_true, y_pred)
    return categorical_accuracy(y_true, y_pred)


class AutoAccuracy(MeanMetricWrapper):
    """What Keras's ``compile`` makes of "accuracy": binary for one output, sparse for integer labels, else
    categorical. (The class is ours; Keras's ``metrics.Accuracy`` compares labels with labels.)"""

    direction = "up"

    def __init__(self, name: str = "accuracy"):
        super().__init__(accuracy, name)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of outputs on the right side of ``threshold``; exactly at it counts as 0."""

    direction = "up"

    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5):
        self.threshold = _checks.number(name, "threshold", threshold)
        super().__init__(binary_accuracy, name, threshold=self.threshold)

    def get_config(self):
        return {**super().get_config(), "threshold": self.threshold}


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of rows whose largest output is at the largest target; y_true (m, k), one-hot, say."""

    direction = "up"

    def __init__(self, name: str = "categorical_accuracy"):
        super().__init__(categorical_accuracy, name)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of rows whose largest output is at the integer label; y_true (m,)."""

    direction = "up"

    def __init__(self, name: str = "sparse_categorical_accuracy"):
        super().__init__(sparse_categorical_accuracy, name)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of rows where the true class is among the k largest outputs; y_true (m, classes). Ties count as in."""

    direction = "up"

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy"):
        self.k = _checks.integer(name, "k", k, low=1)
        super().__init__(top_k_categorical_accuracy, name, k=self.k)

    def get_config(self):
        return {**super().get_config(), "k": self.k}


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """``TopKCategoricalAccuracy`` for integer labels; y_true (m,)."""

    direction = "up"

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy"):
        self.k = _checks.integer(name, "k", k, low=1)
        super().__init__(sparse_top_k_categorical_accuracy, name, k=self.k)

    def get_config(self):
        return {**super().get_config(), "k": self.k}


def _labels(where: str, y: np.ndarray) -> np.ndarray:
    if columns(y).shape[1] != 1:
        raise ValueError(f"{where}: y_true must hold one integer label a row, got {_checks.describe(y)}")
    return y.reshape(len(y))


def _in_top_k(labels: np.ndarray, y_pred: np.ndarray, k: int) -> np.ndarray:
    """False for a row that holds NaN or infinity, as in Keras."""
    chosen = y_pred[np.arange(len(labels)), labels]
    return np.isfinite(y_pred).all(axis=1) & ((y_pred > chosen[:, None]).sum(axis=1) < k)
