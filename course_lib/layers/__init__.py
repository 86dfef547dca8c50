"""Layers: each knows its forward and its backward pass."""

from course_lib.layers.activation import Activation
from course_lib.layers.base import Input, Layer
from course_lib.layers.dense import Dense

LAYERS: dict[str, type[Layer]] = {"Dense": Dense, "Activation": Activation}

__all__ = ["LAYERS", "Activation", "Dense", "Input", "Layer"]
