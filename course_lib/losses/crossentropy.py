"""The cross-entropies: of probabilities, or of logits, where nothing is lost to rounding."""

import numpy as np

from course_lib import _checks, activations
from course_lib.losses.base import Loss

EPSILON = 1e-7          # Keras's backend.epsilon(): probabilities are clipped to [EPSILON, 1 - EPSILON]


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
        """dJ/dZ at the logits Z, from the probabilities p = phi(Z) (eq. 2.13), a new array."""
        raise NotImplementedError  # abstract

    def with_logits(self) -> "Crossentropy":
        """The same loss, taking logits."""
        return type(self)(**{**self.get_config(), "from_logits": True})

    def sides(self, y, y_pred):
        return np.empty(0) if self.from_logits else np.searchsorted([EPSILON, 1 - EPSILON], y_pred)


class SmoothedCrossentropy(Crossentropy):
    """A cross-entropy with targets in [0, 1], which can be smoothed."""

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0):
        super().__init__(from_logits)
        self.label_smoothing = _checks.number(type(self).__name__, "label_smoothing", label_smoothing, low=0, high=1,
                                              open_high=False)

    def smoothed(self, y: np.ndarray, classes: int) -> np.ndarray:
        """The targets, moved by ``label_smoothing`` towards the same probability for each class."""
        return y * (1 - self.label_smoothing) + self.label_smoothing / classes if self.label_smoothing else y


class BinaryCrossentropy(SmoothedCrossentropy):
    """J = -1/(m k) sum [y log p + (1 - y) log(1 - p)] for k yes-or-no outputs.

    Shapes: y_pred (m, k), probabilities p, or logits z with ``from_logits=True``; y_true (m, k), or (m,) where k = 1,
    in [0, 1]. From probabilities, p is clipped to [1e-7, 1 - 1e-7] as in Keras, so J is at most 16.12.
    label_smoothing: s in [0, 1], default 0; y becomes (1 - s) y + s / 2.
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
        y = self.smoothed(y, 2)
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
        y = self.smoothed(y, 2)
        p = np.clip(y_pred, EPSILON, 1 - EPSILON)
        return np.where(p == y_pred, (p - y) / (p * (1 - p)), 0) / y_pred.size

    def delta(self, y, p):
        return (p - self.smoothed(y, 2)) / p.size                   # (p - y) / (m k)


class CategoricalCrossentropy(SmoothedCrossentropy):
    """J = -1/m sum_i sum_k y_ik log p_ik for one-hot (or soft) targets.

    Shapes: y_pred and y_true (m, k); the rows of y_true are distributions. From probabilities, each row of y_pred is
    divided by its sum and clipped to [1e-7, 1 - 1e-7], as in Keras.
    label_smoothing: s in [0, 1], default 0; y becomes (1 - s) y + s / k. Source: Szegedy et al. 2016, sec. 7.
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
        y = self.smoothed(y, y.shape[1])
        if self.from_logits:
            return -(y * log_softmax(y_pred)).sum(axis=1)
        p = np.clip(y_pred / y_pred.sum(axis=1, keepdims=True), EPSILON, 1 - EPSILON)
        return -(y * np.log(p)).sum(axis=1)

    def sides(self, y, y_pred):
        return super().sides(y, y_pred if self.from_logits else y_pred / y_pred.sum(axis=1, keepdims=True))

    def gradient_of(self, y, y_pred):
        if self.from_logits:
            return self.delta(y, activations.get("softmax")(y_pred))
        y = self.smoothed(y, y.shape[1])
        total = y_pred.sum(axis=1, keepdims=True)
        q = y_pred / total
        p = np.clip(q, EPSILON, 1 - EPSILON)
        dq = np.where(p == q, -y / p, 0)
        return (dq - (dq * q).sum(axis=1, keepdims=True)) / (total * len(y_pred))

    def delta(self, y, p):
        y = self.smoothed(y, y.shape[1])
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
