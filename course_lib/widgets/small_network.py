"""A network small enough to be trained anew in every step of a drag: one input, ReLU units, one output.

Its task is a bent line through noisy points. So the gradients of small batches never agree, and a constant rate leaves
the loss on a floor of noise. ``small_network.js`` trains the same network, draw by draw.
"""

from collections.abc import Callable
from functools import cache

import numpy as np

from course_lib import Input, Sequential, layers, optimizers
from course_lib.widgets import draws

UNITS, POINTS, STEPS = 16, 64, 240
NOISE = 0.5
LOST = 1e3                                      # a loss beyond it, or none: the training has diverged

Rate = Callable[[int], float]


@cache
def points(stream: int) -> tuple[np.ndarray, np.ndarray]:
    """x (64, 1) between -2 and 2, and y (64, 1): a bent line plus noise. stream: 0 for training, 2 for validation."""
    x = 4 * draws.uniforms(1, stream, POINTS) - 2
    y = np.abs(x) - 1 + NOISE * draws.normals(1, stream + 1, POINTS)
    return x.reshape(-1, 1), y.reshape(-1, 1)


@cache
def batches(seed: int, size: int) -> np.ndarray:
    """(240, size): the rows of each step; every epoch takes each row once."""
    keys = draws.uniforms(seed, 10, STEPS * size).reshape(-1, POINTS)
    return np.argsort(keys, axis=1).reshape(STEPS, size)


def network(seed: int) -> Sequential:
    """With He's deviations, biases of 0, and plain gradient descent."""
    model = Sequential([Input((1,)), layers.Dense(UNITS, activation="relu"), layers.Dense(1)], dtype="float64")
    model.compile(optimizers.SGD(0.1), "mean_squared_error")
    first = np.sqrt(2.0) * draws.normals(seed, 11, UNITS)
    second = np.sqrt(2.0 / UNITS) * draws.normals(seed, 12, UNITS)
    model.set_weights([first.reshape(1, -1), np.zeros(UNITS), second.reshape(-1, 1), np.zeros(1)])
    return model


def validation_loss(model: Sequential) -> float:
    """On 64 points of its own."""
    x, y = points(2)
    return float(np.mean((model(x) - y) ** 2))


def trained(rate: Rate, seed: int, size: int, watch: Callable[[int, float], None] | None = None
            ) -> tuple[list[float], list[float], list[float]]:
    """The rate of each step, the loss of its batch, and the validation loss before the first step and after each.

    size: of a batch. watch: called after each step with its number, from 1, and the loss. Ends early where the
    validation loss is lost.
    """
    (x, y), model = points(0), network(seed)
    rates: list[float] = []
    losses: list[float] = []
    found = [validation_loss(model)]
    with np.errstate(all="ignore"):
        for step, rows in enumerate(batches(seed, size)):
            rates.append(rate(step))
            model.optimizer.learning_rate = rates[-1]
            losses.append(float(np.mean((model(x[rows]) - y[rows]) ** 2)))
            model.train_on_batch(x[rows], y[rows])
            found.append(validation_loss(model))
            if not found[-1] < LOST:
                found[-1] = LOST
                break
            if watch is not None:
                watch(step + 1, found[-1])
    return rates, losses, found
