"""The rows of a training or an evaluation: checked once, weighted, split, cut into batches."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np

from course_lib import _checks

Batch = tuple[np.ndarray, np.ndarray, np.ndarray | None]        # x, y, weights


@dataclass(frozen=True)
class Rows:
    """x (m, ...), y as the loss takes it, and, where rows weigh differently, their weights (m,)."""

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.x)

    def split(self, share: float) -> tuple["Rows", "Rows"]:
        """(training, validation): the last ``share`` of the rows is for validation, as in Keras."""
        share = _checks.number("Sequential.fit", "validation_split", share, low=0, high=1)
        at = int(len(self) * (1 - share))
        if at == 0 or at == len(self):
            raise ValueError(f"Sequential.fit: validation_split={share:g} of {len(self)} rows leaves {at} for training "
                             f"and {len(self) - at} for validation; both need at least one")
        return self._part(slice(None, at)), self._part(slice(at, None))

    def weighted_by_class(self, where: str, class_weight: dict[int, float] | None, units: int) -> "Rows":
        """Each row with the weight of its class, 1 for a class that ``class_weight`` does not name, as in Keras.

        The class is the label itself, rounded, or, with several columns, that of the largest.
        """
        if class_weight is None:
            return self
        if self.weights is not None:
            raise ValueError(f"{where}: class_weight and sample_weight cannot be given both")
        if not isinstance(class_weight, dict):
            raise TypeError(f"{where}: class_weight must be a dict from class to weight, such as {{0: 1.0, 1: 5.0}}, "
                            f"got {_checks.describe(class_weight)}")
        table: dict[int, float] = {}
        for label, weight in class_weight.items():
            if not isinstance(label, Integral) or isinstance(label, bool) or units > 1 and not 0 <= label < units:
                classes = f"in 0..{units - 1}" if units > 1 else "such as 0 and 1"
                raise ValueError(f"{where}: the keys of class_weight must be integer classes {classes}, "
                                 f"got {_checks.describe(label)}")
            table[int(label)] = _checks.number(where, f"class_weight[{label}]", weight)
        if self.y.ndim == 2 and self.y.shape[1] > 1:
            labels = np.argmax(self.y, axis=1)
        else:
            labels = np.round(self.y.reshape(len(self))).astype(np.int64)
        weights = [table.get(int(label), 1.0) for label in labels]
        return replace(self, weights=np.array(weights, self.x.dtype))

    def batches(self, batch_size: int, order: np.ndarray | None = None) -> Iterator[Batch]:
        """Cut into batches, in the given order of the rows. Reordered batches are valid until the next one."""
        arrays = [a for a in (self.x, self.y, self.weights) if a is not None]
        buffers = [] if order is None else [np.empty_like(a[:batch_size]) for a in arrays]
        for start in range(0, len(self), batch_size):
            stop = min(start + batch_size, len(self))
            if order is None:
                batch = [a[start:stop] for a in arrays]
            else:                                       # mode "clip": the other modes write through a copy
                batch = [a.take(order[start:stop], 0, buffer[:stop - start], "clip")
                         for a, buffer in zip(arrays, buffers, strict=True)]
            yield batch[0], batch[1], batch[2] if len(batch) == 3 else None

    def _part(self, rows: slice) -> "Rows":
        return Rows(self.x[rows], self.y[rows], None if self.weights is None else self.weights[rows])
