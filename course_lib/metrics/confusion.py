"""Precision and recall, from the true and false positives and the false negatives of all rows."""

from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.metrics.base import CheckedMetric, alike

NEVER = -1e10           # Keras's stand-in for minus infinity: what is not among the top k


class ConfusionMetric(CheckedMetric):
    """Counts true positives, false positives and false negatives.

    y_true (m, k) of 0 and 1, y_pred (m, k); every entry counts. thresholds: a number in [0, 1], above which a
    prediction counts as positive, default 0.5, or several, which give an array of results; 0 is right for logits.
    top_k: only the k largest predictions of a row can be positive, all of them where no threshold is given.
    class_id: count this class, a column, alone.
    """

    direction = "up"

    def __init__(self, thresholds: Any = None, top_k: int | None = None, class_id: int | None = None,
                 name: str | None = None):
        super().__init__(name)
        if top_k is not None:
            top_k = _checks.integer(self.name, "top_k", top_k, low=1)
        if class_id is not None:
            class_id = _checks.integer(self.name, "class_id", class_id)
        several = isinstance(thresholds, list | tuple)
        if several and not thresholds:
            raise ValueError(f"{self.name}: thresholds must hold at least one number, got {thresholds!r}")
        if thresholds is None:
            self._bounds = np.array([0.5 if top_k is None else NEVER])
        else:
            self._bounds = np.array([_checks.number(self.name, "each of thresholds" if several else "thresholds", t,
                                                    low=0, high=1, open_high=False)
                                     for t in (thresholds if several else [thresholds])])
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.reset_state()

    def get_config(self):
        return {**super().get_config(), "thresholds": self.thresholds, "top_k": self.top_k, "class_id": self.class_id}

    def reset_state(self):
        self.true_positives, self.false_positives, self.false_negatives = np.zeros((3, len(self._bounds)))

    def check(self, y, units):
        y = alike(self.name, y, np.broadcast_to(0.0, (len(y), units)))
        if self.class_id is not None and self.class_id >= units:
            raise ValueError(f"{self.name}: class_id must be one of the {units} columns of y_pred, got {self.class_id}")
        if self.top_k is not None and self.top_k > units:
            raise ValueError(f"{self.name}: top_k must be at most {units}, the columns of y_pred, got {self.top_k}")
        if (wrong := (y != 0) & (y != 1)).any():
            row = int(np.argwhere(wrong)[0][0])
            raise ValueError(f"{self.name}: y_true must hold 0 and 1, got {y[wrong][0]:g} in row {row}")

    def accumulate(self, y, y_pred, weights):
        y = alike(self.name, y, y_pred)
        if self.top_k is not None:
            kept = np.argsort(-y_pred, axis=1, kind="stable")[:, :self.top_k]
            y_pred, given = np.full_like(y_pred, NEVER), y_pred
            np.put_along_axis(y_pred, kept, np.take_along_axis(given, kept, axis=1), axis=1)
        if self.class_id is not None:
            y, y_pred = y[:, self.class_id, None], y_pred[:, self.class_id, None]
        is_one, w = y == 1, 1.0 if weights is None else weights[:, None]
        for i, bound in enumerate(self._bounds):
            said_one = y_pred > bound
            self.true_positives[i] += (w * (said_one & is_one)).sum(dtype=np.float64)
            self.false_positives[i] += (w * (said_one & ~is_one)).sum(dtype=np.float64)
            self.false_negatives[i] += (w * (is_one & ~said_one)).sum(dtype=np.float64)

    def _share(self, of: np.ndarray) -> Any:
        """True positives divided by ``of``, 0 where that is 0."""
        share = np.divide(self.true_positives, of, out=np.zeros_like(of), where=of != 0)
        return float(share[0]) if len(share) == 1 else share


class Precision(ConfusionMetric):
    """TP / (TP + FP): the share of the positive answers that are right; 0 where there are none."""

    def result(self):
        return self._share(self.true_positives + self.false_positives)


class Recall(ConfusionMetric):
    """TP / (TP + FN): the share of the positive rows that are found; 0 where there are none."""

    def result(self):
        return self._share(self.true_positives + self.false_negatives)
