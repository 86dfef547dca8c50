"""Models as wholes: Keras's ``keras.models``."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course_lib import _checks
from course_lib.layers.base import Input, Layer
from course_lib.model import Sequential


def clone_model(model: Sequential, clone_function: Callable[[Layer], Layer] | None = None) -> Sequential:
    """A new model of the same architecture, with fresh weights; built and compiled where ``model`` is.

    model: a Sequential. clone_function: layer -> its counterpart in the new model, default a new layer with the same
    arguments. As in Keras the weights are not copied (``clone.set_weights(model.get_weights())`` does that), and a
    clone of a compiled model is compiled with an equal optimizer that has not taken a step. A model with a seed gives a
    clone with that seed, and so with the initial weights that it had itself.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"clone_model: model must be a Sequential, got {_checks.describe(model)}")
    copy_of = clone_function or (lambda layer: type(layer).from_config(layer.get_config()))

    def cloned(layer: Any) -> Any:
        return copy_of(layer) if isinstance(layer, Layer) else clone_model(layer, clone_function)
    layers: list[Any] = [] if model.input_shape is None else [Input(model.input_shape)]
    clone = type(model)([*layers, *map(cloned, model.layers)], seed=model.seed, dtype=model.dtype, name=model.name)
    if (c := model._compiled) is not None:
        optimizer = type(c.optimizer).from_config(c.optimizer.get_config())
        if excluded := c.optimizer.excluded_from_weight_decay:
            optimizer.exclude_from_weight_decay(**excluded)
        metrics, weighted_metrics = copy.deepcopy((list(c.metrics.values()), list(c.weighted_metrics.values())))
        clone.compile(optimizer, copy.deepcopy(c.loss), metrics, weighted_metrics)
    return clone


def load_model(path: str | Path) -> Sequential:
    """``Sequential.load``: the model that ``save`` wrote."""
    return Sequential.load(path)


__all__ = ["Sequential", "clone_model", "load_model"]
