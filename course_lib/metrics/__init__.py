"""Metrics: what is reported beside the loss.

``compile(metrics=["accuracy", metrics.Recall()])`` takes names, objects and functions (y_true, y_pred) -> one value a
row. A metric counts up over batches: ``update_state``, ``result``, ``reset_state``; ``metric(y_true, y_pred)`` updates
and returns the result.
"""

from collections.abc import Callable
from typing import Any

from course_lib import _registry
from course_lib.metrics.accuracy import (
    AutoAccuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from course_lib.metrics.base import Mean, MeanMetricWrapper, Metric
from course_lib.metrics.confusion import Precision, Recall
from course_lib.metrics.errors import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanAbsoluteError,
    MeanSquaredError,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
)

METRICS: dict[str, type[Metric]] = {
    "accuracy": AutoAccuracy,
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "top_k_categorical_accuracy": TopKCategoricalAccuracy,
    "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
    "precision": Precision, "recall": Recall,
    "mean_squared_error": MeanSquaredError, "mse": MeanSquaredError,
    "root_mean_squared_error": RootMeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError, "mae": MeanAbsoluteError,
    "binary_crossentropy": BinaryCrossentropy, "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(identifier: str | dict[str, Any] | Metric | Callable[..., Any]) -> Metric:
    """A new metric of that name; or from what ``serialize`` gave; or one that averages a function's values. A
    ``Metric`` is returned as it is. A name of ``METRICS`` is its name in the logs, too.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    if callable(identifier) and not isinstance(identifier, Metric | type):
        return MeanMetricWrapper(identifier)
    metric: Metric = _registry.get("metric", identifier, METRICS, Metric)
    if isinstance(identifier, str) and identifier in METRICS:
        metric.name = identifier
    return metric


def serialize(metric: Metric) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal metric, without its state."""
    return _registry.serialize("metric", metric, METRICS)


def deserialize(data: dict[str, Any]) -> Metric:
    """The inverse of ``serialize``."""
    return _registry.deserialize("metric", data, METRICS)


__all__ = ["METRICS", "AutoAccuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy",
           "CategoricalCrossentropy", "Mean", "MeanAbsoluteError", "MeanMetricWrapper", "MeanSquaredError", "Metric",
           "Precision", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy",
           "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "TopKCategoricalAccuracy",
           "binary_accuracy", "categorical_accuracy", "deserialize", "get", "serialize",
           "sparse_categorical_accuracy", "sparse_top_k_categorical_accuracy", "top_k_categorical_accuracy"]
