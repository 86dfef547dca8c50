"""Loss functions: one number J for a batch, and its gradient.

``loss(y_true, y_pred)`` is the mean over the m rows of the batch, as in Keras; ``loss.gradient(y_true, y_pred)`` is
dJ/dy_pred, so it holds the mean's factor 1/m (and nothing else in the library does). A cross-entropy with
``from_logits=True`` takes the logits z instead of probabilities and stays exact where probabilities round to 0 or 1.
"""

from typing import Any

import numpy as np

from course_lib import _checks, activations

EPSILON = 1e-7          # Keras's backend.epsilon(): probabilities are clipped to [EPSILON, 1 - EPSILON]


class Loss:
    """A loss over a batch. Subclasses give ``targets``, ``per_sample`` and ``gradient_of``.

    Shapes: y_pred (m, k), or (m,) which is read as (m, 1); y_true as the subclass says.
    """

    name = ""

    def __call__(self, y_true: np.ndarray, y_pred: np.ndarray) -> float:
        """The mean loss J over the batch, as a float.

        Raises ValueError (TypeError for what is no number) naming the argument, what was expected and what was
        received: other shapes, empty arrays, NaN, labels out of range.
        """
        y_true, y_pred, _ = self._arguments(y_true, y_pred)
        return float(self.per_sample(y_true, y_pred).mean())

    def gradient(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """dJ/dy_pred, of y_pred's shape and dtype (float64 for integers). Errors as for the loss itself."""
        y_true, y_pred, shape = self._arguments(y_true, y_pred)
        return self.gradient_of(y_true, y_pred).reshape(shape)

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
        """The loss of each row, shape (m,)."""
        raise NotImplementedError  # abstract

    def gradient_of(self, y: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """dJ/dy_pred for checked arguments, shape (m, k)."""
        raise NotImplementedError  # abstract

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"

    def _arguments(self, y_true: Any, y_pred: Any) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
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
        return true, pred, shape


class MeanSquaredError(Loss):
    """J = 1/(m k) sum_i sum_j (y_ij - yhat_ij)^2: as in Keras, the mean runs over the k outputs too.

    Shapes: y_true and y_pred (m, k).
    """

    name = "mean_squared_error"

    def per_sample(self, y, y_pred):
        return np.square(y_pred - y).mean(axis=1)

    def gradient_of(self, y, y_pred):
        return (y_pred - y) * (2 / y_pred.size)                     # 2 (yhat - y) / (m k)


class Crossentropy(Loss):
    """What the cross-entropies share: probabilities, or logits with ``from_logits=True``.

    In a model, a sigmoid or softmax output with its own cross-entropy is computed from the logits, as in Keras. Where
    the two do not belong together (sigmoid with categorical cross-entropy, softmax with binary, ``from_logits=True``
    after either), Keras still takes the logits behind the activation, and so computes another loss than the one that
    was asked for; this library takes the outputs as they are.
    """

    output_activation = ""                      # the activation whose logits this loss can take directly

    def __init__(self, from_logits: bool = False):
        self.from_logits = bool(from_logits)

    def delta(self, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """dJ/dZ at the logits Z, from the probabilities p = phi(Z) (eq. 2.13)."""
        raise NotImplementedError  # abstract

    def with_logits(self) -> "Crossentropy":
        """The same loss, taking logits."""
        return type(self)(**{**self.get_config(), "from_logits": True})


class BinaryCrossentropy(Crossentropy):
    """J = -1/(m k) sum [y log p + (1 - y) log(1 - p)] for k yes-or-no outputs.

    Shapes: y_pred (m, k), probabilities p, or logits z with ``from_logits=True``; y_true (m, k), or (m,) where k = 1,
    in [0, 1]. From probabilities, p is clipped to [1e-7, 1 - 1e-7] as in Keras, so J is at most 16.12.
    """

    name = "binary_crossentropy"
    output_activation = "sigmoid"

    def targets(self, y_true, units, dtype):
        y = super().targets(y_true, units, dtype)
        if y.min() < 0 or y.max() > 1:
            raise ValueError("BinaryCrossentropy: y_true must lie in [0, 1], got values from "
                             f"{y.min():g} to {y.max():g}")
        return y

    def per_sample(self, y, y_pred):
        if self.from_logits:
            z = y_pred
            losses = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))    # log(1 + e^z) - z y
        else:
            p = np.clip(y_pred, EPSILON, 1 - EPSILON)
            losses = -(y * np.log(p) + (1 - y) * np.log(1 - p))
        return losses.mean(axis=1)

    def gradient_of(self, y, y_pred):
        if self.from_logits:
            return self.delta(y, activations.get("sigmoid")(y_pred))
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        return np.where(p == y_pred, (p - y) / (p * (1 - p)), 0) / y_pred.size

    def delta(self, y, p):
        return (p - y) / p.size                                     # (p - y) / (m k)


class CategoricalCrossentropy(Crossentropy):
    """J = -1/m sum_i sum_k y_ik log p_ik for one-hot (or soft) targets.

    Shapes: y_pred and y_true (m, k); the rows of y_true are distributions. From probabilities, each row of y_pred is
    divided by its sum and clipped to [1e-7, 1 - 1e-7], as in Keras.
    """

    name = "categorical_crossentropy"
    output_activation = "softmax"

    def targets(self, y_true, units, dtype):
        y = super().targets(y_true, units, dtype)
        sums = y.sum(axis=1)
        if y.min() < 0 or np.abs(sums - 1).max() > 1e-3:
            row = int(np.argmax((y.min(axis=1) < 0) | (np.abs(sums - 1) > 1e-3)))
            raise ValueError("CategoricalCrossentropy: each row of y_true must be non-negative and sum to 1 (one-hot, "
                             f"say), got row {row} = {np.array2string(y[row], threshold=10, precision=3)}; "
                             "for integer labels use sparse_categorical_crossentropy")
        return y

    def per_sample(self, y, y_pred):
        if self.from_logits:
            return -(y * log_softmax(y_pred)).sum(axis=1)
        p = np.clip(y_pred / y_pred.sum(axis=1, keepdims=True), EPSILON, 1 - EPSILON)
        return -(y * np.log(p)).sum(axis=1)

    def gradient_of(self, y, y_pred):
        if self.from_logits:
            return self.delta(y, activations.get("softmax")(y_pred))
        total = y_pred.sum(axis=1, keepdims=True)
        q = y_pred / total
        p = np.clip(q, EPSILON, 1 - EPSILON)
        dq = np.where(p == q, -y / p, 0)
        return (dq - (dq * q).sum(axis=1, keepdims=True)) / (total * len(y_pred))

    def delta(self, y, p):
        return (p * y.sum(axis=1, keepdims=True) - y) / len(p)      # (p - y) / m


class SparseCategoricalCrossentropy(Crossentropy):
    """J = -1/m sum_i log p_i[y_i] for integer labels.

    Shapes: y_pred (m, k); y_true (m,) or (m, 1), integers in 0..k-1. From probabilities, y_pred is clipped to
    [1e-7, 1 - 1e-7] and then divided by its row's sum, as in Keras.
    """

    name = "sparse_categorical_crossentropy"
    output_activation = "softmax"

    def targets(self, y_true, units, dtype):
        y = _checks.numeric_array("SparseCategoricalCrossentropy", "y_true", y_true)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        if y.ndim != 1:
            raise ValueError("SparseCategoricalCrossentropy: y_true must hold one integer label a row, shape (m,), got "
                             f"{_checks.describe(y)}; for one-hot rows use categorical_crossentropy")
        with np.errstate(invalid="ignore"):     # a number too large for an integer is refused below
            labels = y.astype(np.intp)
        wrong = (labels != y) | (labels < 0) | (labels >= units)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ValueError(f"SparseCategoricalCrossentropy: labels must be integers in 0..{units - 1}, as y_pred has "
                             f"{units} columns, got {y[row]} in row {row}")
        return labels

    def per_sample(self, y, y_pred):
        rows = np.arange(len(y))
        if self.from_logits:
            return -log_softmax(y_pred)[rows, y]
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        return np.log(p.sum(axis=1)) - np.log(p[rows, y])

    def gradient_of(self, y, y_pred):
        if self.from_logits:
            return self.delta(y, activations.get("softmax")(y_pred))
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        g = np.broadcast_to(1 / p.sum(axis=1, keepdims=True), p.shape).copy()
        rows = np.arange(len(y))
        g[rows, y] -= 1 / p[rows, y]
        return np.where(p == y_pred, g, 0) / len(y)

    def delta(self, y, p):
        delta = p.copy()
        delta[np.arange(len(y)), y] -= 1                            # p - y, y one-hot
        delta /= len(y)
        return delta


def log_softmax(z: np.ndarray) -> np.ndarray:
    """log softmax(z) along the last axis: z - logsumexp(z), with the row's maximum taken out first."""
    shifted = z - z.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


LOSSES: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError, "mse": MeanSquaredError,
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def get(identifier: str | Loss) -> Loss:
    """The loss of that name with its defaults; a ``Loss`` is returned as it is.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    if isinstance(identifier, Loss):
        return identifier
    return _checks.lookup("loss", identifier, LOSSES)()


def serialize(loss: Loss) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal loss."""
    return {"name": _checks.registered_name("loss", loss, LOSSES), "config": loss.get_config()}


def deserialize(data: dict[str, Any]) -> Loss:
    """The inverse of ``serialize``."""
    return _checks.lookup("loss", data["name"], LOSSES)(**data["config"])
