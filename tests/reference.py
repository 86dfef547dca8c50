"""Slow, independent truths for the tests: scalar loops, mpmath with many digits, central differences."""

import mpmath
import numpy as np

DIGITS = 950            # enough for 1 - sigmoid(1000)

FUNCTIONS = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": lambda z: (mpmath.exp(z) - mpmath.exp(-z)) / (mpmath.exp(z) + mpmath.exp(-z)),
    "relu": lambda z: z if z > 0 else mpmath.mpf(0),
}
FUNCTIONS["identity"] = FUNCTIONS["linear"]


def value(name: str, z: float) -> float:
    """phi(z)."""
    with mpmath.workdps(DIGITS):
        return float(FUNCTIONS[name](mpmath.mpf(float(z))))


def slope(name: str, z: float) -> float:
    """phi'(z), by a difference with so many digits that nothing is lost."""
    with mpmath.workdps(DIGITS):
        return float(mpmath.diff(FUNCTIONS[name], mpmath.mpf(float(z))))


def softmax(row) -> list:
    """The probabilities of one row, as mpmath numbers."""
    e = [mpmath.exp(mpmath.mpf(float(z))) for z in row]
    return [x / mpmath.fsum(e) for x in e]


def central_difference(function, x: np.ndarray, epsilon: float = 1e-6) -> np.ndarray:
    """The gradient of a scalar function of an array, entry by entry, in float64."""
    x = np.array(x, np.float64)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        held = x[i]
        x[i] = held + epsilon
        above = function(x)
        x[i] = held - epsilon
        below = function(x)
        x[i] = held
        gradient[i] = (above - below) / (2 * epsilon)
    return gradient


def relative_error(a, b) -> float:
    """max |a - b| over the largest entry."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    assert a.shape == b.shape, f"shapes {a.shape} and {b.shape}"
    return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max(), np.finfo(float).tiny))


def starting_weights(model, only=None) -> None:
    """Give a model, or one layer of it, weights that depend on their shapes alone: equal ones in Keras and here."""
    for layer in model.layers if only is None else [only]:
        values = []
        for weight in layer.get_weights():
            rng = np.random.default_rng(list(weight.shape))
            scale = np.sqrt(1 / weight.shape[0]) if weight.ndim > 1 else 0
            values.append((rng.normal(size=weight.shape) * scale).astype("float32"))
        layer.set_weights(values)
