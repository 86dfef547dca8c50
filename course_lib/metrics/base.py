"""What all metrics share: a state that grows with each batch."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.losses.base import row_weights


class Metric:
    """A number that is counted up over batches. As in Keras, a metric of your own gives ``update_state``, ``result``
    and ``reset_state``.

    name: as it stands in the logs; default the class's name in lower case, without Keras's running number.
    direction: "up" where more is better, "down" where less is; a callback with mode="auto" asks for it.
    """

    direction: str | None = None

    def __init__(self, name: str | None = None):
        self.name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(self).__name__).lower() if name is None else name

    def update_state(self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: np.ndarray | None = None) -> None:
        """Count this batch: labels as integers (m,) or one row a sample (m, k), predictions (m, k), weights (m,)."""
        raise NotImplementedError  # abstract

    def result(self) -> float:
        """The metric over everything since the last ``reset_state``."""
        raise NotImplementedError  # abstract

    def reset_state(self) -> None:
        """Forget everything."""
        raise NotImplementedError  # abstract

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        """Update the state and return the result: with a fresh metric, that of these predictions alone."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"name": self.name}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"

    # A model calls these two with arguments it has checked once for all batches.

    def accumulate(self, y: np.ndarray, y_pred: np.ndarray, weights: np.ndarray | None) -> None:
        """``update_state`` for checked arguments."""
        self.update_state(y, y_pred, weights)

    def check(self, y: np.ndarray, units: int) -> None:
        """Raise ValueError where the labels y do not suit a model with so many outputs."""


class Mean(Metric):
    """The mean of the values given, each value weighing as its row does; 0 where there are none, as in Keras."""

    def __init__(self, name: str = "mean"):
        super().__init__(name)
        self.reset_state()

    def update_state(self, values, sample_weight=None):             # type: ignore[override]
        values = _checks.numeric_array(self.name, "values", values, finite=False)
        self.add(values, row_weights(self.name, sample_weight, values.shape[0] if values.ndim else 1,
                                     np.dtype(np.float64)))

    def add(self, values: np.ndarray, weights: np.ndarray | None = None) -> None:
        """``update_state`` for checked arguments: values (m, ...) are averaged over all axes but the first."""
        if values.ndim > 1:
            values = values.mean(axis=tuple(range(1, values.ndim)))
        if weights is None:
            self.total += float(values.sum(dtype=np.float64))
            self.count += values.size
        else:
            self.total += float((values * weights).sum(dtype=np.float64))
            self.count += float(weights.sum(dtype=np.float64))

    def result(self):
        return self.total / self.count if self.count else 0.0

    def reset_state(self):
        self.total, self.count = 0.0, 0.0


class CheckedMetric(Metric):
    """A metric of predictions, whose ``update_state`` checks its arguments. Subclasses give ``accumulate``."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        y = _checks.numeric_array(self.name, "y_true", y_true)
        p = _checks.numeric_array(self.name, "y_pred", y_pred)
        if p.dtype.name not in _checks.FLOATS:              # differences of small integers would wrap around
            p = p.astype(np.float64)
        if not (1 <= y.ndim <= 2 and 1 <= p.ndim <= 2):
            raise ValueError(f"{self.name}: y_true and y_pred must have shape (m, k) or (m,), "
                             f"got {_checks.describe(y)} and {_checks.describe(p)}")
        if len(y) != len(p):
            raise ValueError(f"{self.name}: y_true and y_pred must have the same number of rows, "
                             f"got {len(y)} and {len(p)}")
        weights = row_weights(self.name, sample_weight, len(p), np.dtype(np.float64))
        p = columns(p)
        self.check(y, p.shape[1])
        self.accumulate(y, p, weights)


class MeanMetricWrapper(CheckedMetric):
    """The mean over all rows of a function's values.

    fn: (y_true, y_pred, **kwargs) -> one value a row, (m,), or several, (m, ...), which are averaged; y_pred is
    (m, k), y_true (m, k) or integer labels (m,). name: default the function's.
    """

    def __init__(self, fn: Callable[..., np.ndarray], name: str | None = None, **kwargs: Any):
        super().__init__(getattr(fn, "__name__", type(fn).__name__) if name is None else name)
        self.fn, self.arguments, self.mean = fn, kwargs, Mean()

    def accumulate(self, y, y_pred, weights):
        self.mean.add(self._values(y, y_pred), weights)

    def check(self, y, units):
        self._values(y, np.full((len(y), units), 0.5))

    def result(self):
        return self.mean.result()

    def reset_state(self):
        self.mean.reset_state()

    def _values(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        values = np.asarray(self.fn(y, y_pred, **self.arguments))
        if values.ndim and len(values) != len(y_pred):
            raise ValueError(f"{self.name}: the function must give one value a row, {len(y_pred)} here, "
                             f"got {_checks.describe(values)}")
        return values


def columns(y: np.ndarray) -> np.ndarray:
    """``y`` as (m, k)."""
    return y[:, None] if y.ndim == 1 else y


def alike(where: str, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """``y`` as (m, k), which must be the shape of ``y_pred``."""
    if columns(y).shape != y_pred.shape:
        raise ValueError(f"{where}: y_true must have y_pred's shape {y_pred.shape}, got {_checks.describe(y)}")
    return columns(y)
