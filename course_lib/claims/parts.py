"""What the measures of several protocols share. A measure imports these by name: then they belong to its hash."""

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib import Input, Sequential, datasets, initializers, layers

LOST = 1e6                                  # stands for the loss of a training that has diverged


def kept_finite(loss: float) -> float:
    """The loss, or ``LOST`` for one that is nan, infinite or larger."""
    return min(loss, LOST) if math.isfinite(loss) else LOST


def hidden_layer(units: int, activation: Any, kernel_initializer: Any, normalization: str,
                 momentum: float) -> list[layers.Layer]:
    """A hidden layer with a batch normalization "before" its activation, "after" it, or "none"."""
    kernel = initializers.get(kernel_initializer)
    if normalization == "before":
        return [layers.Dense(units, use_bias=False, kernel_initializer=kernel),
                layers.BatchNormalization(momentum=momentum), layers.Activation(activation)]
    dense = layers.Dense(units, activation=activation, kernel_initializer=kernel)
    return [dense, layers.BatchNormalization(momentum=momentum)] if normalization == "after" else [dense]


def median_ratio(first: Callable[[], Any], second: Callable[[], Any], rounds: int) -> float:
    """How many times as long the first call takes as the second: the median over rounds that time one after the other.

    Which of them comes first alternates.
    """
    ratios = []
    for i in range(rounds + 1):
        seconds = {}
        for call in (first, second) if i % 2 else (second, first):
            start = time.perf_counter()
            call()
            seconds[call] = time.perf_counter() - start
        ratios.append(seconds[first] / seconds[second])
    return statistics.median(ratios[1:])                                    # the first round makes buffers


def digits_rows(rows: int, seed: int) -> tuple[Any, Any, Any]:
    """``rows`` training digits, drawn with the seed, and the validation and test digits: pairs of images and labels."""
    (x, y), validation, test = datasets.digits.load_splits()
    chosen = np.random.default_rng(seed).permutation(len(x))[:rows]
    return (x[chosen], y[chosen]), validation, test


def spoiled(y: np.ndarray, share: float, seed: int) -> np.ndarray:
    """The labels with about that share of them replaced by digits drawn at random, with the seed."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(len(y)) < share, rng.integers(10, size=len(y)), y)


def two_hidden_layers(width: int, seed: int, dropout: float = 0.0, at_input: float = 0.0, **dense: Any) -> Sequential:
    """64-width-width-10 of ReLU units with He's start, dropout after both hidden layers; dense: for these two."""
    stack: list[layers.Layer] = [layers.Dropout(at_input)] if at_input else []
    for _ in range(2):
        stack.append(layers.Dense(width, activation="relu", kernel_initializer="he_normal", **dense))
        stack += [layers.Dropout(dropout)] if dropout else []
    return Sequential([Input((64,)), *stack, layers.Dense(10, activation="softmax")], seed=seed)
