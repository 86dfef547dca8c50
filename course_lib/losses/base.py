"""What all losses share: checked arguments, the mean over the batch, weights of rows."""

from typing import Any

import numpy as np

from course_lib import _checks, _registry


class Loss(_registry.Configurable):
    """A loss over a batch. Subclasses give ``targets``, ``per_sample`` and ``gradient_of``.

    Shapes: y_pred (m, k), or (m,) which is read as (m, 1); y_true as the subclass says.
    """

    name = ""

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        """The loss J of the batch, 1/m sum_i w_i J_i, as a float.

        sample_weight: w (m,), default 1 for each row. As in Keras the sum is divided by m, not by the sum of w.
        Raises ValueError (TypeError for what is no number) naming the argument, what was expected and what was
        received: other shapes, empty arrays, NaN, labels out of range.
        """
        y_true, y_pred, weights, _ = self._arguments(y_true, y_pred, sample_weight)
        return weighted_mean(self.per_sample(y_true, y_pred), weights)

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: np.ndarray | None = None) -> np.ndarray:
        """dJ/dy_pred, of y_pred's shape and dtype (float64 for integers). Arguments and errors as for the loss."""
        y_true, y_pred, weights, shape = self._arguments(y_true, y_pred, sample_weight)
        return weighted_rows(self.gradient_of(y_true, y_pred), weights).reshape(shape)

    def targets(self, y_true: Any, units: int, dtype: np.dtype) -> np.ndarray:
        """``y_true`` checked, in the form that ``per_sample`` takes; ``units`` is k, the width of y_pred."""
        where = type(self).__name__
        y = _checks.numeric_array(where, "y_true", y_true, dtype)
        if y.ndim == 1 and units == 1:
            y = y[:, None]
        if y.ndim != 2 or y.shape[1] != units:
            raise ValueError(f"{where}: y_true must have shape (m, {units}), as y_pred has {units} column"
                             f"{'s' * (units > 1)}, got {_checks.describe(y)}")
        return y

    def per_sample(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """The loss J_i of each row, shape (m,)."""
        raise NotImplementedError  # abstract

    def gradient_of(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """dJ/dy_pred for checked arguments without weights, a new array of shape (m, k)."""
        raise NotImplementedError  # abstract

    def sides(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """On which side of the loss's kinks each entry is; empty for a loss without kinks."""
        return np.empty(0)

    def _arguments(self, y_true: Any, y_pred: Any,
                   sample_weight: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, tuple[int, ...]]:
        where = type(self).__name__
        pred = _checks.numeric_array(where, "y_pred", y_pred)
        if pred.dtype.name not in _checks.FLOATS:
            pred = pred.astype(np.float64)
        shape = pred.shape
        if pred.ndim == 1:
            pred = pred[:, None]
        if pred.ndim != 2:
            raise ValueError(f"{where}: y_pred must have shape (m, k), got {_checks.describe(pred)}")
        true = self.targets(y_true, pred.shape[1], pred.dtype)
        if len(true) != len(pred):
            raise ValueError(f"{where}: y_true and y_pred must have the same number of rows, "
                             f"got {len(true)} and {len(pred)}")
        return true, pred, row_weights(where, sample_weight, len(pred), pred.dtype), shape


def row_weights(where: str, value: Any, rows: int, dtype: np.dtype) -> np.ndarray | None:
    """sample_weight checked: one number a row, shape (m,) or (m, 1); returned as (m,). None stays None."""
    if value is None:
        return None
    weights = _checks.numeric_array(where, "sample_weight", value, dtype)
    if weights.shape not in ((rows,), (rows, 1)):
        raise ValueError(f"{where}: sample_weight must have shape ({rows},), one number a row, "
                         f"got {_checks.describe(weights)}")
    return weights.reshape(rows)


def weighted_mean(values: np.ndarray, weights: np.ndarray | None) -> float:
    """1/m sum_i w_i v_i."""
    return float((values if weights is None else values * weights).mean())


def weighted_rows(gradient: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Row i of ``gradient`` times w_i, in place."""
    if weights is not None:
        gradient *= weights[:, None]
    return gradient
