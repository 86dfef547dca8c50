"""Layers that move no number, only its place."""

import math
from typing import Any

from course_lib import _checks
from course_lib.layers.base import Layer


class Reshape(Layer):
    """Gives each row another shape, in row-major order.

    Shapes: x (m, ...) -> (m, *target_shape). target_shape: without the batch axis; one entry may be -1, which is then
    what the others leave over.
    """

    def __init__(self, target_shape: tuple[int, ...], **kwargs: Any):
        super().__init__(**kwargs)
        where = type(self).__name__
        if not isinstance(target_shape, tuple | list):
            raise TypeError(f"{where}: target_shape must be a tuple such as (28, 28), "
                            f"got {_checks.describe(target_shape)}")
        self.target_shape = tuple(n if n == -1 else _checks.integer(where, "each entry of target_shape", n, low=1)
                                  for n in target_shape)
        if self.target_shape.count(-1) > 1:
            raise ValueError(f"{where}: target_shape may have one entry -1, got {self.target_shape}")

    def create_weights(self, input_shape, rng):
        size, known = math.prod(input_shape), abs(math.prod(self.target_shape))
        if size % known or (-1 not in self.target_shape and size != known):
            raise ValueError(f"{self._label()}: target_shape {self.target_shape} must have as many entries as a row of "
                             f"the inputs {_checks.shape_text((None, *input_shape))}, which has {size}")

    def forward(self, x, training=False):
        self.x_shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, da, input_gradient=True):
        return da.reshape(self.x_shape) if input_gradient else None

    def output_shape(self, input_shape):
        rest = math.prod(input_shape) // abs(math.prod(self.target_shape))
        return tuple(rest if n == -1 else n for n in self.target_shape)

    def get_config(self):
        return {**super().get_config(), "target_shape": list(self.target_shape)}


class Flatten(Reshape):
    """Makes each row a vector, in row-major order: x (m, 28, 28) -> (m, 784)."""

    def __init__(self, **kwargs: Any):
        super().__init__((-1,), **kwargs)

    def get_config(self):
        config = super().get_config()
        del config["target_shape"]
        return config
