"""Neurons with a threshold: logical neurons, threshold logic units, and the perceptron, which learns from mistakes."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from course_lib import _checks


def logical_neuron(x: Any, threshold: int, inhibitory: Any = None) -> np.ndarray:
    """1 for each row of x (m, n) with at least ``threshold`` ones, unless an inhibitory input is on; else 0.

    x: entries 0 or 1. inhibitory (m, k): inputs, each of which is a veto. Returns (m,) int64. The threshold n makes
    AND, 1 makes OR. Source: McCulloch & Pitts 1943.
    """
    x = _binary("logical_neuron", "x", x)
    threshold = _checks.integer("logical_neuron", "threshold", threshold)
    fires = x.sum(axis=1) >= threshold                          # sum_i x_i >= k
    if inhibitory is not None:
        veto = _binary("logical_neuron", "inhibitory", inhibitory)
        if len(veto) != len(x):
            raise ValueError("logical_neuron: x and inhibitory must have the same number of rows, "
                             f"got {len(x)} and {len(veto)}")
        fires &= ~veto.any(axis=1)
    return fires.astype(np.int64)


def logical_and(x: Any) -> np.ndarray:
    """1 for each row of x (m, n) whose inputs are all on: a neuron with threshold n."""
    x = _binary("logical_and", "x", x)
    return logical_neuron(x, x.shape[1])


def logical_or(x: Any) -> np.ndarray:
    """1 for each row of x (m, n) with an input that is on: a neuron with threshold 1."""
    return logical_neuron(_binary("logical_or", "x", x), 1)


def logical_not(x: Any) -> np.ndarray:
    """1 for each row of x (m, 1) whose input is off: a neuron with threshold 0, so always on but for the veto."""
    x = _binary("logical_not", "x", x)
    if x.shape[1] != 1:
        raise ValueError(f"logical_not: x must have shape (m, 1), got {_checks.describe(x)}")
    return logical_neuron(np.zeros_like(x), 0, inhibitory=x)


class TLULayer:
    """Threshold logic units side by side: Y_hat = step(X W + b) with step(0) = 1.

    Shapes: x (m, n_in) -> y_hat (m, n_out) int64, 0 or 1; ``kernel`` W (n_in, n_out) and ``bias`` b (n_out,), float64,
    zeros at first. Inside a ``Sequential`` the same layer is ``Dense(n_out, activation="step")``, which cannot learn
    by gradient descent: the step's derivative is 0.
    """

    def __init__(self, n_in: int, n_out: int = 1):
        n_in = _checks.integer("TLULayer", "n_in", n_in, low=1)
        n_out = _checks.integer("TLULayer", "n_out", n_out, low=1)
        self.kernel, self.bias = np.zeros((n_in, n_out)), np.zeros(n_out)

    def __call__(self, x: Any) -> np.ndarray:
        """The units' outputs for the batch x."""
        x = _checks.numeric_array("TLULayer", "x", x)
        if x.ndim != 2 or x.shape[1] != len(self.kernel):
            raise ValueError(f"TLULayer: x must have shape (m, {len(self.kernel)}), got {_checks.describe(x)}")
        return (x @ self.kernel + self.bias >= 0).astype(np.int64)

    def learn(self, x: Any, y: Any, eta: float = 1.0, fit_intercept: bool = True) -> int:
        """The perceptron rule on one example, x (n_in,) and y (n_out,) with 0 or 1; returns how many units erred.

        An error, y - y_hat, is -1, 0 or 1: a unit that is right stays as it is. fit_intercept: False leaves b alone.
        Source: Rosenblatt 1958, in the form for one layer of units.
        """
        x = _checks.numeric_array("TLULayer.learn", "x", x)
        y = _binary("TLULayer.learn", "y", np.atleast_2d(y))[0]
        if x.shape != self.kernel.shape[:1] or y.shape != self.bias.shape:
            raise ValueError(f"TLULayer.learn: x and y must have shapes {self.kernel.shape[:1]} and {self.bias.shape}, "
                             f"got {x.shape} and {y.shape}")
        eta = _checks.number("TLULayer.learn", "eta", eta, low=0, open_low=True)
        return self._learn(x, y, eta, fit_intercept)

    def _learn(self, x: np.ndarray, y: np.ndarray, eta: float, fit_intercept: bool) -> int:
        error = y - (x @ self.kernel + self.bias >= 0)
        wrong = int(np.count_nonzero(error))
        if wrong:
            self.kernel += eta * np.outer(x, error)             # W <- W + eta x (y - y_hat)^T
            if fit_intercept:
                self.bias += eta * error                        # b <- b + eta (y - y_hat)
        return wrong


class Perceptron:
    """A classifier with hard thresholds, trained example by example until an epoch without a mistake.

    Names and defaults are those of scikit-learn's ``Perceptron``. Two things differ: training ends after an epoch
    without a mistake (there, when the loss stops falling), and an example on the border, z = 0, counts as class 1
    (there, as wrong for either class). For two classes one unit separates the second, in sorted order, from the first;
    for more, each class has a unit that separates it from the rest, and ``predict`` takes the largest z.

    fit_intercept: whether there is a bias. max_iter: epochs at most. shuffle: a new order in each epoch. eta0: eta,
    positive; from zero weights it only scales the solution. random_state: a seed or a generator, for the shuffling.
    After ``fit``: ``coef_`` (n_out, n_in), ``intercept_`` (n_out,), ``classes_``, ``n_iter_`` epochs, ``mistakes_`` in
    each of them, ``converged_``: whether the last had none.
    """

    def __init__(self, *, fit_intercept: bool = True, max_iter: int = 1000, shuffle: bool = True, eta0: float = 1.0,
                 random_state: int | np.random.Generator = 0):
        self.fit_intercept, self.shuffle = bool(fit_intercept), bool(shuffle)
        self.max_iter = _checks.integer("Perceptron", "max_iter", max_iter, low=1)
        self.eta0 = _checks.number("Perceptron", "eta0", eta0, low=0, open_low=True)
        if not isinstance(random_state, np.random.Generator):
            random_state = _checks.integer("Perceptron", "random_state", random_state)
        self.random_state = random_state

    def fit(self, x: Any, y: Any, coef_init: Any = None, intercept_init: Any = None) -> Self:
        """Train on x (m, n) and labels y (m,). coef_init, intercept_init: to start from, shaped as ``coef_`` and
        ``intercept_``; default zeros."""
        x = self._inputs("fit", x)
        y = self._labels("fit", x, y)
        classes, indices = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError("Perceptron.fit: y must hold at least two classes, "
                             f"got only {_checks.describe(classes[0].item())}")
        targets = indices[:, None] if len(classes) == 2 else np.eye(len(classes), dtype=int)[indices]
        layer = TLULayer(x.shape[1], targets.shape[1])
        _start("coef_init", layer.kernel.T, coef_init)
        _start("intercept_init", layer.bias, intercept_init)
        rng = np.random.default_rng(self.random_state)
        mistakes: list[int] = []
        while len(mistakes) < self.max_iter and (not mistakes or mistakes[-1]):
            order = rng.permutation(len(x)) if self.shuffle else range(len(x))
            mistakes.append(sum(layer._learn(x[i], targets[i], self.eta0, self.fit_intercept) for i in order))
        self.classes_, self.coef_, self.intercept_ = classes, layer.kernel.T, layer.bias
        self.mistakes_, self.n_iter_, self.converged_ = mistakes, len(mistakes), not mistakes[-1]
        return self

    def decision_function(self, x: Any) -> np.ndarray:
        """z = x W + b: (m,) for two classes, else (m, classes)."""
        return self._decide("decision_function", x)

    def predict(self, x: Any) -> np.ndarray:
        """The label of each row, (m,)."""
        z = self._decide("predict", x)
        return self.classes_[(z >= 0).astype(int) if z.ndim == 1 else z.argmax(axis=1)]

    def score(self, x: Any, y: Any) -> float:
        """The share of rows whose label is right."""
        predicted = self.predict(x)
        return float(np.mean(predicted == self._labels("score", predicted, y)))

    def _decide(self, method: str, x: Any) -> np.ndarray:
        z = self._inputs(method, x) @ self.coef_.T + self.intercept_
        return z[:, 0] if len(self.classes_) == 2 else z

    def _inputs(self, method: str, x: Any) -> np.ndarray:
        if method != "fit" and not hasattr(self, "coef_"):
            raise ValueError(f"Perceptron.{method}: call fit(x, y) first")
        x = _checks.numeric_array(f"Perceptron.{method}", "x", x).astype(np.float64)
        if x.ndim != 2 or (method != "fit" and x.shape[1] != self.coef_.shape[1]):
            columns = "n" if method == "fit" else self.coef_.shape[1]
            raise ValueError(f"Perceptron.{method}: x must have shape (m, {columns}), got {_checks.describe(x)}")
        return x

    def _labels(self, method: str, rows: np.ndarray, y: Any) -> np.ndarray:
        y = np.asarray(y)
        if y.shape != (len(rows),):
            raise ValueError(f"Perceptron.{method}: y must hold a label a row, shape ({len(rows)},), "
                             f"got {_checks.describe(y)}")
        return y


def mistake_bound(x: Any, y: Any, coef: Any, intercept: float | None = None) -> float:
    """(R / gamma)^2: a perceptron that starts from zero weights makes no more mistakes, in any order, for any eta.

    x (m, n), y (m,) with 0 and 1; coef (n,) and intercept: any weights that separate the classes; the wider the margin
    gamma, the lower the bound. R is the length of the longest example. With an intercept (None: there is none, as with
    fit_intercept=False) both are measured with a further input 1. Raises ValueError for weights that do not separate.
    Source: Novikoff 1962.
    """
    x = _checks.numeric_array("mistake_bound", "x", x).astype(np.float64)
    sign = 2 * _binary("mistake_bound", "y", np.reshape(y, (-1, 1)))[:, 0] - 1
    w = _checks.numeric_array("mistake_bound", "coef", coef).astype(np.float64)
    if x.ndim != 2 or w.shape != x.shape[1:] or len(sign) != len(x):
        raise ValueError("mistake_bound: x, y and coef must have shapes (m, n), (m,) and (n,), "
                         f"got {x.shape}, {np.shape(y)} and {w.shape}")
    if intercept is not None:
        x = np.column_stack([x, np.ones(len(x))])
        w = np.append(w, _checks.number("mistake_bound", "intercept", intercept))
    smallest = (sign * (x @ w)).min()
    if smallest <= 0:
        raise ValueError("mistake_bound: coef and intercept must separate the classes, got an example on the wrong "
                         f"side or on the border: {smallest + 0:g}")
    margin, radius = smallest / np.linalg.norm(w), np.linalg.norm(x, axis=1).max()
    return float((radius / margin) ** 2)


def _binary(where: str, name: str, value: Any) -> np.ndarray:
    array = _checks.numeric_array(where, name, value)
    if array.ndim != 2:
        raise ValueError(f"{where}: {name} must have shape (m, n), got {_checks.describe(array)}")
    strange = (array != 0) & (array != 1)
    if strange.any():
        first = tuple(int(i) for i in np.argwhere(strange)[0])
        raise ValueError(f"{where}: {name} must hold 0 and 1 only, got {array[first]} at index {first}")
    return array.astype(np.int64)


def _start(name: str, weights: np.ndarray, value: Any) -> None:
    if value is None:
        return
    array = _checks.numeric_array("Perceptron.fit", name, value)
    if array.shape != weights.shape:
        raise ValueError(f"Perceptron.fit: {name} must have shape {weights.shape}, got {_checks.describe(array)}")
    weights[...] = array
