"""How a case calls the student's code, and the callables a case can hand to it.

These run in the student's process. A driver takes the function, the case's arguments and the
namespace the function lives in, and returns what the checker will compare. Nothing here knows an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from .runner import Unready

Function = Callable[..., Any]
Namespace = Mapping[str, Any]


def call(function: Function, arguments: Sequence[Any], namespace: Namespace) -> Any:
    """The plain case: the returned value."""
    return function(*arguments)


def call_without_cache(function: Function, arguments: Sequence[Any], namespace: Namespace) -> Any:
    """A function that returns (A, cache), or more before the cache: that is the student's own and stays here."""
    returned = function(*arguments)
    if isinstance(returned, tuple | list) and len(returned) > 1:
        *results, _ = returned
        return *results, None
    return returned


def forward_then_backward(function: Function, arguments: Sequence[Any], namespace: Namespace) -> dict[str, Any]:
    """The student's dense_forward makes the cache, the function under test uses it."""
    return _there_and_back(function, arguments, namespace, ("dense_forward", "dense_backward"),
                           "the pair (A, cache)", 2)


def normalize_then_backward(function: Function, arguments: Sequence[Any], namespace: Namespace) -> dict[str, Any]:
    """The student's bn_train makes the cache, the function under test uses it."""
    wanted = "the four values (Z, moving_mean, moving_variance, cache)"
    return _there_and_back(function, arguments, namespace, ("bn_train", "bn_backward"), wanted, 4)


def _there_and_back(function: Function, arguments: Sequence[Any], namespace: Namespace,
                    names: tuple[str, str], wanted: str, count: int) -> dict[str, Any]:
    """The output of the student's forward function, the first of `count` values with the cache as the last, and what
    the function under test makes of its gradient."""
    *forward_arguments, gradient = arguments
    forward_name, backward_name = names
    returned = companion(namespace, forward_name, function)(*forward_arguments)
    if not (isinstance(returned, tuple | list) and len(returned) == count):
        raise Unready(f"`{backward_name}` is checked with the cache of your own `{forward_name}`, which has to return "
                      f"{wanted}. Check `{forward_name}` first.")
    output, cache = deepcopy(returned[0]), returned[-1]  # the function under test may write into what the cache holds
    return {forward_name: output, backward_name: function(gradient, cache)}


def companion(namespace: Namespace, name: str, function: Function) -> Function:
    """Another function of the student's, that the one under test needs."""
    found = namespace.get(name)
    if not callable(found):
        raise Unready(f"`{getattr(function, '__name__', 'this function')}` is checked together with your own "
                      f"`{name}`, which is not defined here. Run its cell first.")
    return found


def three_epochs(function: Function, arguments: Sequence[Any], namespace: Namespace) -> list[Any]:
    """minibatches twice with one generator, then once with another generator of the same seed."""
    m, batch, rng, same = arguments
    return [function(m, batch, rng), function(m, batch, rng), function(m, batch, same)]


def three_draws(function: Function, arguments: Sequence[Any], namespace: Namespace) -> list[Any]:
    """Two draws with one generator, then one with another generator of the same seed."""
    rng, shape, std, same = arguments
    return [function(rng, shape, std), function(rng, shape, std), function(same, shape, std)]


def rates_of_fit(function: Function, arguments: Sequence[Any], namespace: Namespace) -> tuple[list[float], bool]:
    """The rate of each step of a fit of three epochs with the optimizer and callbacks that the function returns, and
    whether a schedule stands in that optimizer."""
    from course_lib import Input, Sequential, callbacks, layers, optimizers

    returned = function(*arguments)
    if not (isinstance(returned, tuple | list) and len(returned) == 2
            and isinstance(returned[0], optimizers.Optimizer) and isinstance(returned[1], list | tuple)):
        raise TypeError("expected a pair: an optimizer of course_lib, and a list of callbacks")
    optimizer, given = returned
    seen: list[float] = []

    class Notes(callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            rate = optimizer.learning_rate
            seen.append(float(rate(optimizer.iterations) if callable(rate) else rate))

    scheduled = callable(optimizer.learning_rate)
    network = Sequential([Input((1,)), layers.Dense(1)], seed=0)
    network.compile(optimizer, "mse")
    x = np.zeros((2 * arguments[-1], 1))
    network.fit(x, x, batch_size=2, epochs=3, callbacks=[*given, Notes()], verbose=0)
    return seen, scheduled


class RateOfEpoch:
    """a rate that falls with the epochs, smoothly"""

    def __init__(self, first: float, speed: float):
        self.first, self.speed = first, speed

    def __call__(self, epoch: float) -> float:
        return self.first / (1 + epoch / self.speed) ** 1.5


class Cubic:
    """f(theta) = sum_i scale_i (theta_i - shift)^3 + theta_0 theta_last; third derivatives do not vanish."""

    def __init__(self, scale: np.ndarray, shift: float):
        self.scale, self.shift = scale, shift

    def __call__(self, theta: np.ndarray) -> float:
        return float(np.sum(self.scale * (theta - self.shift) ** 3) + theta[0] * theta[-1])


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(0.5 * z)  # does not overflow


LEAK = 0.2
ACTIVATIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda z: 1.0 * z,
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, LEAK * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "softplus": lambda z: np.logaddexp(0, z),
    "silu": lambda z: z * _sigmoid(z),
}
SLOPES: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "identity": lambda z: 1.0 + 0.0 * z,
    "sigmoid": lambda z: _sigmoid(z) * _sigmoid(-z),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
}


class Activation:
    """an elementwise activation function"""

    def __init__(self, name: str):
        self.name = name

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return ACTIVATIONS[self.name](z)


class Slope(Activation):
    """the derivative of an elementwise activation function"""

    def __call__(self, z: np.ndarray) -> np.ndarray:
        return SLOPES[self.name](z)


class CubicGradient(Cubic):
    """the gradient of a sum of cubes; it changes from point to point"""

    def __call__(self, theta: np.ndarray) -> np.ndarray:  # type: ignore[override]
        g = 3 * self.scale * (theta - self.shift) ** 2
        g[0] += theta[-1]
        g[-1] += theta[0]
        return g


class Descent:
    """one step of an optimizer: it is given parameters and gradient, changes the parameters in place and returns them

    It has a velocity of its own, so that each call counts.
    """

    def __init__(self, eta: float, beta: float):
        self.eta, self.beta = eta, beta
        self.velocity: np.ndarray | float = 0.0

    def __call__(self, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
        self.velocity = self.beta * self.velocity - self.eta * g
        theta += self.velocity
        return theta


class DroppedNetwork:
    """a network of one hidden ReLU layer with dropout behind it: (X, mask) -> logits, mask None for inference"""

    def __init__(self, hidden: np.ndarray, output: np.ndarray, rate: float):
        self.hidden, self.output, self.rate = hidden, output, rate

    def __call__(self, X: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
        a = np.maximum(X @ self.hidden, 0)
        return (a if mask is None else a * mask / (1 - self.rate)) @ self.output
