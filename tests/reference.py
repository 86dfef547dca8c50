"""Slow, independent truths for the tests: scalar loops, mpmath with many digits, central differences."""

import mpmath
import numpy as np

DIGITS = 950            # enough for 1 - sigmoid(1000)
FEWER_DIGITS = {"gelu": 60}     # erfc holds its digits in the tail, and is slow with many

FUNCTIONS = {
    "linear": lambda z: z,
    "step": lambda z: mpmath.mpf(z >= 0),
    "sign": mpmath.sign,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": lambda z: (mpmath.exp(z) - mpmath.exp(-z)) / (mpmath.exp(z) + mpmath.exp(-z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "hard_sigmoid": lambda z: min(max(z / 6 + mpmath.mpf(1) / 2, 0), 1),
    "relu": lambda z: z if z > 0 else mpmath.mpf(0),
    "relu6": lambda z: min(max(z, mpmath.mpf(0)), 6),
    "leaky_relu": lambda z: z if z > 0 else z * mpmath.mpf(0.2),
    "elu": lambda z: z if z > 0 else mpmath.exp(z) - 1,
    "selu": lambda z: mpmath.mpf(1.0507009873554805) * (z if z > 0 else mpmath.mpf(1.6732632423543772)
                                                        * (mpmath.exp(z) - 1)),
    "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": lambda z: z * mpmath.erfc(-z / mpmath.sqrt(2)) / 2,
}
FUNCTIONS |= {"identity": FUNCTIONS["linear"], "heaviside": FUNCTIONS["step"], "swish": FUNCTIONS["silu"]}


def value(name: str, z: float) -> float:
    """phi(z)."""
    with mpmath.workdps(FEWER_DIGITS.get(name, DIGITS)):
        return float(FUNCTIONS[name](mpmath.mpf(float(z))))


def slope(name: str, z: float) -> float:
    """phi'(z), by a difference with so many digits that nothing is lost."""
    with mpmath.workdps(FEWER_DIGITS.get(name, DIGITS)):
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
    """Give a model, or one layer of it, kernels that depend on their shapes alone: equal ones in Keras and here.
    Biases and other vectors keep the values they were made with."""
    for layer in model.layers if only is None else [only]:
        values = layer.get_weights()
        for i, weight in enumerate(values):
            if weight.ndim > 1:
                rng = np.random.default_rng(list(weight.shape))
                values[i] = (rng.normal(size=weight.shape) / np.sqrt(weight.shape[0])).astype("float32")
        layer.set_weights(values)
