"""Loss functions: one number J for a batch, and its gradient.

``loss(y_true, y_pred)`` is the mean over the m rows of the batch, as in Keras; ``loss.gradient(y_true, y_pred)`` is
dJ/dy_pred, so it holds the mean's factor 1/m (and nothing else in the library does). A cross-entropy with
``from_logits=True`` takes the logits z instead of probabilities and stays exact where probabilities round to 0 or 1.
"""

from typing import Any

from course_lib import _registry
from course_lib.losses.base import Loss
from course_lib.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Crossentropy,
    SparseCategoricalCrossentropy,
)
from course_lib.losses.regression import Huber, MeanAbsoluteError, MeanSquaredError

LOSSES: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError, "mse": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError, "mae": MeanAbsoluteError,
    "huber": Huber,
    "binary_crossentropy": BinaryCrossentropy, "bce": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(identifier: str | dict[str, Any] | Loss) -> Loss:
    """The loss of that name with its defaults, or from what ``serialize`` gave; a ``Loss`` is returned as it is.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    return _registry.get("loss", identifier, LOSSES, Loss)


def serialize(loss: Loss) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal loss."""
    return _registry.serialize("loss", loss, LOSSES)


def deserialize(data: dict[str, Any]) -> Loss:
    """The inverse of ``serialize``."""
    return _registry.deserialize("loss", data, LOSSES)


__all__ = ["LOSSES", "BinaryCrossentropy", "CategoricalCrossentropy", "Crossentropy", "Huber", "Loss",
           "MeanAbsoluteError", "MeanSquaredError", "SparseCategoricalCrossentropy", "deserialize", "get", "serialize"]
