"""A stack of layers: its shapes, its weights, its forward pass."""

from typing import Any, Self

import numpy as np

from course_lib import _checks
from course_lib.layers import LAYERS
from course_lib.layers.base import Input, Layer, default_name
from course_lib.parameters import ParameterVector


class Stack:
    """What ``Sequential`` is before it is trained: layers in a row that share one parameter vector."""

    def __init__(self, layers: list[Input | Layer] | None = None, seed: int | None = None, dtype: Any = "float32",
                 name: str = "sequential"):
        self.name = name
        self.dtype = _checks.float_dtype("Sequential", dtype)
        self.seed = None if seed is None else _checks.integer("Sequential", "seed", seed)
        streams = np.random.SeedSequence(self.seed).spawn(2)
        self._init_rng, self._shuffle_rng = (np.random.default_rng(s) for s in streams)
        self.layers: list[Layer] = []
        self.input_shape: tuple[int, ...] | None = None         # of one row
        self._vector: ParameterVector | None = None
        if not isinstance(layers, list | tuple | None):
            raise TypeError(f"Sequential: layers must be a list, got {_checks.describe(layers)}")
        for layer in layers or []:
            self.add(layer)

    # -- building

    def add(self, layer: Input | Layer) -> None:
        """Append a layer; ``Input`` may only come first."""
        if isinstance(layer, Input):
            if self.layers or self.input_shape is not None:
                raise ValueError(f"Sequential: Input must come first and once, got {layer!r} after "
                                 f"{len(self.layers)} layers")
            self.input_shape = layer.shape
            return
        if not isinstance(layer, Layer):
            hint = "; a class needs parentheses and arguments" if isinstance(layer, type) else ""
            raise TypeError(f"Sequential: expected Input or layers, got {_checks.describe(layer)}{hint}")
        names = {held.name for held in self.layers}
        if layer.name in names:
            raise ValueError(f"Sequential: layer names must be unique, got {layer.name!r} twice")
        if layer.dtype is not None and layer.dtype != self.dtype:
            raise ValueError(f"Sequential: layer {layer.name!r} must have the model's dtype {self.dtype}, "
                             f"got {layer.dtype}")
        if layer.name is None:
            base = default_name(type(layer).__name__)
            layer.name = next(n for i in range(len(names) + 1) if (n := f"{base}_{i}" if i else base) not in names)
        layer.dtype = self.dtype
        if not self.layers and self.input_shape is None:
            self.input_shape = layer.input_shape            # known where the layer comes from another model
        self.layers.append(layer)
        if self.input_shape is not None:
            try:
                self._build_layers(self.input_shape)
            except ValueError:
                self.layers.pop()                           # the model stays as it was
                raise
        self._vector = None

    def build(self, input_shape: tuple[int | None, ...] | None = None) -> None:
        """Make the weights for batches of ``input_shape``, batch axis first and None: ``build((None, 784))``."""
        if input_shape is None:
            if self.input_shape is None:
                raise ValueError("Sequential.build: input_shape must be given where there is no Input, such as "
                                 "build((None, 784))")
            input_shape = (None, *self.input_shape)
        if not isinstance(input_shape, tuple | list) or len(input_shape) < 2:
            raise ValueError("Sequential.build: input_shape must start with the batch axis, such as (None, 784), "
                             f"got {_checks.describe(input_shape)}")
        row = tuple(_checks.integer("Sequential.build", "each entry of input_shape but the first", n, low=1)
                    for n in input_shape[1:])
        if self.input_shape is not None and row != self.input_shape:
            raise ValueError(f"Sequential.build: the model takes inputs of shape "
                             f"{_checks.shape_text((None, *self.input_shape))}, got {tuple(input_shape)}")
        self._build_layers(row)
        self.input_shape = row

    @property
    def built(self) -> bool:
        return bool(self.layers) and all(layer.built for layer in self.layers)

    @property
    def trainable(self) -> bool:
        """Whether any layer is; setting it sets all layers. Takes effect at ``compile``."""
        return any(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = bool(value)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one output row."""
        self._require_built("output_shape")
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    # -- weights

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
        return [w for layer in self.layers for w in layer.get_weights()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy ``weights`` into the model; number and shapes are checked before anything is changed."""
        self._require_built("set_weights")
        expected = [(f"{layer.name}/{w.name}", w.shape) for layer in self.layers for w in layer.weights]
        if not isinstance(weights, list | tuple) or len(weights) != len(expected):
            received = len(weights) if isinstance(weights, list | tuple) else _checks.describe(weights)
            raise ValueError(f"Sequential.set_weights: expected a list of {len(expected)} arrays "
                             f"({', '.join(path for path, _ in expected)}), got {received}")
        arrays = [_checks.numeric_array("Sequential.set_weights", path, value, self.dtype, finite=False)
                  for (path, _), value in zip(expected, weights, strict=True)]
        for (path, shape), array in zip(expected, arrays, strict=True):
            if array.shape != shape:
                raise ValueError(f"Sequential.set_weights: {path} must have shape {shape}, got {array.shape}")
        values = iter(arrays)
        for layer in self.layers:
            layer.set_weights([next(values) for _ in layer.weights])

    def cast(self, dtype: Any) -> None:
        """Compute in ``dtype``, float32 or float64, from now on; a compiled model must be compiled again. (Ours.)"""
        self.dtype = _checks.float_dtype("Sequential.cast", dtype)
        for layer in self.layers:
            layer.cast(self.dtype)
        self._vector = None

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of that name or at that index."""
        if (name is None) == (index is None):
            raise ValueError(f"Sequential.get_layer: give a name or an index, got name={name!r}, index={index!r}")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"Sequential.get_layer: index must be that of one of the {len(self.layers)} layers, "
                                 f"got {index}")
            return self.layers[index]
        return _checks.lookup("layer", name, {layer.name: layer for layer in self.layers})

    def count_params(self) -> int:
        """Number of entries of all weights."""
        self._require_built("count_params")
        return sum(layer.count_params() for layer in self.layers)

    def summary(self, print_fn: Any = print) -> None:
        """Print the layers with their output shapes and parameter counts."""
        self._require_built("summary")
        rows, shape = [("Layer (type)", "Output shape", "Param #")], self.input_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
            rows.append((f"{layer.name} ({type(layer).__name__})", _checks.shape_text((None, *shape)),
                         f"{layer.count_params():,}"))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        line = "-" * (sum(widths) + 4)
        lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}" for a, b, c in rows]
        total = self.count_params()
        trainable = sum(int(np.prod(w.shape)) for layer in self.layers if layer.trainable
                        for w in layer.weights if w.trainable)
        print_fn("\n".join([f'Model: "{self.name}"', lines[0], line, *lines[1:], line,
                            f"Total params: {total:,}", f"Trainable params: {trainable:,}",
                            f"Non-trainable params: {total - trainable:,}"]))

    # -- description

    def get_config(self) -> dict[str, Any]:
        """The architecture as JSON values."""
        return {"name": self.name, "dtype": self.dtype.name, "seed": self.seed,
                "input_shape": None if self.input_shape is None else list(self.input_shape),
                "layers": [{"class": _checks.registered_name("layer", layer, LAYERS), "config": layer.get_config()}
                           for layer in self.layers]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """A new model of that architecture, with fresh weights."""
        layers: list[Input | Layer] = [] if config["input_shape"] is None else [Input(tuple(config["input_shape"]))]
        for entry in config["layers"]:
            layers.append(_checks.lookup("layer", entry["class"], LAYERS).from_config(entry["config"]))
        return cls(layers, seed=config["seed"], dtype=config["dtype"], name=config["name"])

    def __repr__(self) -> str:
        return f"<Sequential {self.name!r}, {len(self.layers)} layers{'' if self.built else ', not built'}>"

    # -- the forward pass

    def __call__(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The outputs for the batch x, as a new array; builds the model at the first call."""
        return self._forward(self._inputs("__call__", x), training).copy()

    def _forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        for layer in self.layers:
            x = layer.forward(x, training=training)
        return x

    def _build_layers(self, row: tuple[int, ...]) -> None:
        shape = row
        for layer in self.layers:
            if not layer.built:
                layer.build((None, *shape), self._init_rng)
            elif layer.input_shape != shape:
                raise ValueError(f"Sequential: layer {layer.name!r} was built for inputs of shape "
                                 f"{_checks.shape_text((None, *layer.input_shape))}, here it gets "
                                 f"{_checks.shape_text((None, *shape))}")
            shape = layer.output_shape(shape)

    def _require_built(self, what: str) -> None:
        if not self.layers:
            raise ValueError(f"Sequential.{what}: the model has no layers yet; add some first")
        if not self.built:
            raise ValueError(f"Sequential.{what}: the model has no weights yet; start its layers with Input((n_in,)), "
                             "or call build((None, n_in)), or call the model on a batch first")

    def _bound_vector(self) -> ParameterVector:
        """The parameter vector, with every layer's arrays viewing it."""
        self._require_built("params")
        if self._vector is None:
            self._vector = ParameterVector(self.layers, self.dtype)
        else:
            self._vector.gather()
        return self._vector

    def _inputs(self, method: str, x: Any) -> np.ndarray:
        """``x`` checked and in the model's dtype; builds the model where that is still to be done."""
        where = f"Sequential.{method}"
        x = _checks.numeric_array(where, "x", x, self.dtype)
        if not self.layers:
            raise ValueError(f"{where}: the model has no layers yet; add some first")
        if not self.built:
            if x.ndim < 2:
                raise ValueError(f"{where}: x must be a batch of shape (m, n_in), got {_checks.describe(x)}")
            self.build((None, *x.shape[1:]))
        if x.shape[1:] != self.input_shape:
            raise ValueError(f"{where}: x must have shape {_checks.shape_text((None, *self.input_shape))}, "
                             f"got {_checks.describe(x)}")
        return x
