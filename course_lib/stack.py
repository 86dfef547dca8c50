"""A chain of layers with its weights: one vector of parameters, lists of arrays, a summary, a description."""

from typing import Any, Self

import numpy as np

from course_lib import _checks
from course_lib.chain import Chain, output_of
from course_lib.layers import LAYERS
from course_lib.layers.base import Input, Layer
from course_lib.parameters import ParameterVector

NESTED = "Sequential"           # a model among the layers, in a configuration


class Stack(Chain):
    """What ``Sequential`` is before it is trained: layers in a row that share one parameter vector."""

    def __init__(self, layers: list[Input | Layer | Chain] | None = None, seed: int | None = None,
                 dtype: Any = "float32", name: str = "sequential"):
        self._vector: ParameterVector | None = None
        super().__init__(layers, seed, dtype, name)

    def cast(self, dtype: Any) -> None:
        """Compute in ``dtype``, float32 or float64, from now on; a compiled model must be compiled again. (Ours.)"""
        self.dtype = _checks.float_dtype("Sequential.cast", dtype)
        for layer in self.layers:
            layer.cast(self.dtype)
        self._changed()

    @property
    def params(self) -> np.ndarray:
        """All parameters in one vector, trainable ones first. Not a copy: writing into it changes the model."""
        return self._bound_vector().values

    @property
    def grads(self) -> np.ndarray:
        """The gradient of the last step, laid out as ``params``."""
        return self._bound_vector().gradients

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer, in Keras's order."""
        self._require_built("get_weights")
        return [w for layer in self._chain for w in layer.get_weights()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy ``weights`` into the model; number and shapes are checked before anything is changed."""
        self._require_built("set_weights")
        expected = self._weight_shapes()
        if not isinstance(weights, list | tuple) or len(weights) != len(expected):
            received = len(weights) if isinstance(weights, list | tuple) else _checks.describe(weights)
            raise ValueError(f"Sequential.set_weights: expected a list of {len(expected)} arrays "
                             f"({', '.join(expected)}), got {received}")
        arrays = [_checks.numeric_array("Sequential.set_weights", path, value, self.dtype, finite=False)
                  for path, value in zip(expected, weights, strict=True)]
        for (path, shape), array in zip(expected.items(), arrays, strict=True):
            if array.shape != shape:
                raise ValueError(f"Sequential.set_weights: {path} must have shape {shape}, got {array.shape}")
        self._bound_vector()                    # an array that the user has assigned stays the user's
        values = iter(arrays)
        for layer in self._chain:
            layer.set_weights([next(values) for _ in layer.weights])

    def count_params(self) -> int:
        """Number of entries of all weights."""
        self._require_built("count_params")
        return sum(layer.count_params() for layer in self._chain)

    def summary(self, print_fn: Any = print) -> None:
        """Print the layers with their output shapes and parameter counts."""
        self._require_built("summary")
        rows, shape = [("Layer (type)", "Output shape", "Param #")], self.input_shape
        for layer in self.layers:
            shape = output_of(layer, shape)
            rows.append((f"{layer.name} ({type(layer).__name__})", _checks.shape_text((None, *shape)),
                         f"{layer.count_params():,}"))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        line = "-" * (sum(widths) + 4)
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        total = self.count_params()
        trainable = sum(int(np.prod(w.shape)) for layer in self._chain if layer.trainable
                        for w in layer.weights if w.trainable)
        print_fn("\n".join([f'Model: "{self.name}"', lines[0], line, *lines[1:], line,
                            f"Total params: {total:,}", f"Trainable params: {trainable:,}",
                            f"Non-trainable params: {total - trainable:,}"]))

    def get_config(self) -> dict[str, Any]:
        """The architecture as JSON values."""
        return {"name": self.name, "dtype": self.dtype.name, "seed": self.seed,
                "input_shape": None if self.input_shape is None else list(self.input_shape),
                "layers": [{"class": NESTED if isinstance(layer, Stack) else
                            _checks.registered_name("layer", layer, LAYERS), "config": layer.get_config()}
                           for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new model of that architecture, with fresh weights."""
        known = {**LAYERS, NESTED: cls}
        layers: list[Any] = [] if config["input_shape"] is None else [Input(tuple(config["input_shape"]))]
        layers += [_checks.lookup("layer", entry["class"], known).from_config(entry["config"])
                   for entry in config["layers"]]
        return cls(layers, seed=config["seed"], dtype=config["dtype"], name=config["name"])

    def _changed(self):
        self._vector = None

    def _weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight by its path, "layer/weight", in the order of ``get_weights``."""
        return {f"{path}/{w.name}": w.shape for path, layer in zip(self._paths(), self._chain, strict=True)
                for w in layer.weights}

    def _bound_vector(self) -> ParameterVector:
        """The parameter vector, with every layer's arrays viewing it."""
        if self._vector is None:
            self._require_built("params")
            layers = list(zip(self._paths(), self._chain, self._trainable(), strict=True))
            self._vector = ParameterVector(layers, self.dtype)
        else:
            self._vector.gather()
        return self._vector

    def _trainable(self) -> list[bool]:
        """Of each layer of ``_chain``, whether its weights stand in front."""
        return [layer.trainable for layer in self._chain]
