"""Training, validation and test data: dividing the rows, standardising with what the training rows say, two tasks."""

import math
from numbers import Integral
from typing import Any, NamedTuple, Self

import numpy as np

from course_lib import _checks

Pair = tuple[np.ndarray, np.ndarray]


class Splits(NamedTuple):
    """Three pairs (x, y)."""

    train: Pair
    validation: Pair
    test: Pair


def train_validation_test_split(x: Any, y: Any, rng: "np.random.Generator", validation_size: float = 0.2,
                                test_size: float = 0.2, stratify: Any = None) -> Splits:
    """The rows of x (m, ...) and y (m, ...) divided at random into three parts; each keeps the rows' order.

    validation_size, test_size: a share of all rows, rounded up, or an integer number of rows. stratify: labels (m,),
    usually y; every class is then in each part in proportion, as nearly as whole rows allow. Names, sizes and
    ``stratify`` are those of scikit-learn's ``train_test_split``. Raises ValueError where a part would be empty.
    """
    where = "train_validation_test_split"
    _checks.generator(where, rng)
    x, y = _rows(where, x, y)
    test = _size(where, "test_size", test_size, len(x))
    validation = _size(where, "validation_size", validation_size, len(x))
    if test + validation >= len(x):
        raise ValueError(f"{where}: at least one row must be left for training, got {validation} for validation and "
                         f"{test} for test of {len(x)} rows")
    labels = np.zeros(len(x), int) if stratify is None else np.asarray(stratify)
    if labels.shape != (len(x),):
        raise ValueError(f"{where}: stratify must hold a label a row, shape ({len(x)},), "
                         f"got {_checks.describe(stratify)}")
    rest, out = stratified(labels, test, rng)
    kept, held = stratified(labels[rest], validation, rng)
    return Splits(*((x[rows], y[rows]) for rows in (rest[kept], rest[held], out)))


def stratified(labels: np.ndarray, held_out: int, rng: "np.random.Generator") -> Pair:
    """Row numbers (kept, held out), both in rising order, with every class in proportion."""
    names, counts = np.unique(labels, return_counts=True)
    exact = counts * (held_out / len(labels))
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact, kind="stable")[:held_out - quota.sum()]] += 1      # largest remainders
    out = np.concatenate([rng.permutation(np.flatnonzero(labels == name))[:n]
                          for name, n in zip(names, quota, strict=True)])
    mask = np.zeros(len(labels), bool)
    mask[out] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)


class StandardScaler:
    """z = (x - mean) / deviation, column by column, both from the rows given to ``fit``; scikit-learn's names.

    minimum: smaller deviations count as this one (ours; default 0), so that a column that hardly changes is not blown
    up. With 0 a column that is constant, to within rounding, is only centred, as in scikit-learn.
    After ``fit``: ``mean_``, ``var_`` and ``scale_``, the divisor, each of the shape of one row.
    """

    mean_: np.ndarray
    var_: np.ndarray
    scale_: np.ndarray

    def __init__(self, minimum: float = 0.0):
        self.minimum = _checks.number("StandardScaler", "minimum", minimum, low=0)

    def fit(self, x: Any) -> Self:
        """Take mean and deviation (of the population, as ``np.std``) from x (m, ...)."""
        x = self._checked("fit", x).astype(np.float64)
        self.mean_, self.var_ = x.mean(axis=0), x.var(axis=0)
        self.scale_ = np.maximum(x.std(axis=0), self.minimum)
        rounding = len(x) * np.finfo(np.float64).eps * np.abs(self.mean_)   # how far rounding may move a column's mean
        self.scale_[self.scale_ <= rounding] = 1
        return self

    def transform(self, x: Any) -> np.ndarray:
        """Standardised rows of x (m, ...), float32 where x is, else float64."""
        x = self._fitted("transform", x)
        return ((x - self.mean_) / self.scale_).astype(x.dtype if x.dtype == np.float32 else np.float64)

    def inverse_transform(self, x: Any) -> np.ndarray:
        """The rows that ``transform`` turns into x."""
        x = self._fitted("inverse_transform", x)
        return (x * self.scale_ + self.mean_).astype(x.dtype if x.dtype == np.float32 else np.float64)

    def fit_transform(self, x: Any) -> np.ndarray:
        """``fit(x).transform(x)``: for training rows only."""
        return self.fit(x).transform(x)

    def _checked(self, method: str, x: Any) -> np.ndarray:
        x = _checks.numeric_array(f"StandardScaler.{method}", "x", x)
        if x.ndim < 2:
            raise ValueError(f"StandardScaler.{method}: x must have shape (m, ...), got {_checks.describe(x)}")
        return x

    def _fitted(self, method: str, x: Any) -> np.ndarray:
        if not hasattr(self, "scale_"):
            raise ValueError(f"StandardScaler.{method}: call fit(x_train) first")
        x = self._checked(method, x)
        if x.shape[1:] != self.scale_.shape:
            raise ValueError(f"StandardScaler.{method}: x must have shape "
                             f"{_checks.shape_text((None, *self.scale_.shape))}, got {_checks.describe(x)}")
        return x


def standardize(splits: Splits, minimum: float = 0.0, dtype: Any = "float32") -> Splits:
    """All three parts standardised with mean and deviation of the training part alone.

    minimum: as in ``StandardScaler``. dtype: of x, float32 or float64; y stays as it is.
    """
    dtype = _checks.float_dtype("standardize", dtype)
    if not isinstance(splits, tuple) or len(splits) != 3:
        raise TypeError("standardize: splits must be three pairs (x, y), training part first, "
                        f"got {_checks.describe(splits)}")
    scaler = StandardScaler(minimum).fit(splits[0][0])
    return Splits(*((scaler.transform(np.asarray(x, np.float64)).astype(dtype), y) for x, y in splits))


def split_dataset(x: Any, y: Any, task_b: tuple[int, int] = (5, 6)) -> tuple[Pair, Pair]:
    """((x_a, y_a), (x_b, y_b)): the data of a task A to learn first, and of a task B that shall profit from it.

    x (m, ...), y (m,) integer labels. task_b: the two classes of task B; y_b (float32) is 1 for the second, 0 for the
    first. Task A is the rest, with its labels numbered anew without gaps (int64): of Fashion-MNIST's ten classes,
    without 5 (sandal) and 6 (shirt), 7, 8 and 9 become 5, 6 and 7. The arrays given stay as they are.
    """
    x, y = _rows("split_dataset", x, y)
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise TypeError(f"split_dataset: y must hold integer labels, shape (m,), got {_checks.describe(y)}")
    if not isinstance(task_b, tuple | list) or len(task_b) != 2 or len(set(task_b) & set(y.tolist())) != 2:
        raise ValueError("split_dataset: task_b must be two different labels that y holds, "
                         f"got {_checks.describe(task_b)}, and y has {np.unique(y).tolist()}")
    b = np.isin(y, task_b)
    if b.all():
        raise ValueError(f"split_dataset: y must hold labels of task A as well, got only those of task B, {task_b}")
    y_a = np.unique(y[~b], return_inverse=True)[1]          # labels above 6 move down by 2
    return (x[~b], y_a), (x[b], (y[b] == task_b[1]).astype(np.float32))


def _rows(where: str, x: Any, y: Any) -> Pair:
    x, y = np.asarray(x), np.asarray(y)
    if not x.ndim or not y.ndim or len(x) != len(y) or not len(x):
        raise ValueError(f"{where}: x and y must have the same number of rows, at least one, "
                         f"got {_checks.describe(x)} and {_checks.describe(y)}")
    return x, y


def _size(where: str, name: str, size: Any, rows: int) -> int:
    if isinstance(size, Integral):
        return _checks.integer(where, name, size, low=1)
    return math.ceil(_checks.number(where, name, size, low=0, high=1, open_low=True) * rows)
