"""Layers in a row, and models among them: names, shapes, building, the forward pass."""

from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.layers.base import Input, Layer, default_name


class Chain:
    """What a ``Stack`` is before its weights are gathered.

    A model can be one of the layers: its layers are used in its place, with the weights that they have.
    """

    def __init__(self, layers: "list[Input | Layer | Chain] | None", seed: int | None, dtype: Any, name: str):
        self.name = name
        self.dtype = _checks.float_dtype("Sequential", dtype)
        self.seed = None if seed is None else _checks.integer("Sequential", "seed", seed)
        streams = np.random.SeedSequence(self.seed).spawn(2)
        self._init_rng, self._shuffle_rng = (np.random.default_rng(s) for s in streams)
        self.input_shape: tuple[int, ...] | None = None         # of one row
        self._layers: list[Any] = []                            # Layer or Chain
        self._chain: list[Layer] = []                           # those that compute: nested models' in their places
        self._nested = 0                                        # in how many models it stands
        if not isinstance(layers, list | tuple | None):
            raise TypeError(f"Sequential: layers must be a list, got {_checks.describe(layers)}")
        for layer in layers or []:
            self.add(layer)

    @property
    def layers(self) -> list[Any]:
        """The layers, and models among them, in a new list."""
        return list(self._layers)

    def add(self, layer: "Input | Layer | Chain") -> None:
        """Append a layer or a model; ``Input`` may only come first."""
        self._require_free("add")
        if isinstance(layer, Input):
            if self._layers or self.input_shape is not None:
                raise ValueError(f"Sequential: Input must come first and once, got {layer!r} after "
                                 f"{len(self._layers)} layers")
            self.input_shape = layer.shape
            return
        if not isinstance(layer, Layer | Chain):
            hint = "; a class needs parentheses and arguments" if isinstance(layer, type) else ""
            raise TypeError(f"Sequential: expected Input or layers, got {_checks.describe(layer)}{hint}")
        if layer.dtype is not None and layer.dtype != self.dtype:
            raise ValueError(f"Sequential: layer {layer.name!r} must have the model's dtype {self.dtype}, "
                             f"got {layer.dtype}")
        leaves = layer._chain if isinstance(layer, Chain) else [layer]
        if layer is self or any(leaf is held for leaf in leaves for held in self._chain):
            raise ValueError(f"Sequential: a layer can stand in a model once, got {layer.name!r} again")
        before = layer.name, layer.dtype, self.input_shape
        layer.name, layer.dtype = self._name_for(layer), self.dtype
        if not self._layers and self.input_shape is None:
            self.input_shape = layer.input_shape            # known where the layer comes from another model
        self._layers.append(layer)
        self._chain += leaves
        try:
            if self.input_shape is not None:
                self._build_layers(self.input_shape)
        except Exception:
            self._remove_last()                             # model and layer stay as they were
            layer.name, layer.dtype, self.input_shape = before
            raise
        if isinstance(layer, Chain):
            layer._nested += 1
        self._changed()

    def pop(self) -> "Layer | Chain":
        """Remove the last layer and return it."""
        self._require_free("pop")
        if not self._layers:
            raise ValueError("Sequential.pop: the model has no layers")
        layer = self._remove_last()
        if isinstance(layer, Chain):
            layer._nested -= 1
        self._changed()
        return layer

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

    @property
    def built(self) -> bool:
        return bool(self._layers) and all(layer.built for layer in self._layers)

    @property
    def trainable(self) -> bool:
        """Whether any layer is; setting it sets all layers. Takes effect at ``compile``."""
        return any(layer.trainable for layer in self._layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._layers:
            layer.trainable = bool(value)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of one output row."""
        self._require_built("output_shape")
        return output_of(self, self.input_shape)

    def get_layer(self, name: str | None = None, index: int | None = None) -> "Layer | Chain":
        """The layer (or nested model) of that name or at that index."""
        if (name is None) == (index is None):
            raise ValueError(f"Sequential.get_layer: give a name or an index, got name={name!r}, index={index!r}")
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(f"Sequential.get_layer: index must be that of one of the {len(self._layers)} layers, "
                                 f"got {index}")
            return self._layers[index]
        return _checks.lookup("layer", name, {layer.name: layer for layer in self._layers})

    def __repr__(self) -> str:
        return f"<Sequential {self.name!r}, {len(self._layers)} layers{'' if self.built else ', not built'}>"

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A copy or an unpickled model makes its buffers anew; joblib would hand over memory that is read-only."""
        self.__dict__.update(state)
        for layer in self._chain:
            layer._buffers.clear()

    # -- the forward pass

    def __call__(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The outputs for the batch x, as a new array; builds the model at the first call."""
        x = self._inputs("__call__", x)
        self._build_for(x)
        return self._forward(x, training).copy()

    def _forward(self, x: np.ndarray, training: bool) -> np.ndarray:
        for layer in self._chain:
            x = layer.forward(x, training=training)
        return x

    # -- what the methods share

    def _changed(self) -> None:
        """Called when the layers are others than before."""

    def _paths(self) -> list[str]:
        """The name of each layer of ``_chain``, the names of nested models in front: "base/dense"."""
        return [path for layer in self._layers for path in
                ([f"{layer.name}/{p}" for p in layer._paths()] if isinstance(layer, Chain) else [layer.name])]

    def _name_for(self, layer: "Layer | Chain") -> str:
        """Its own name, or the class's, numbered, for a layer without one and a model with the default one."""
        names = {held.name for held in self._layers}
        default = default_name(type(layer).__name__)
        if layer.name is None or isinstance(layer, Chain) and layer.name == default:
            return next(n for i in range(len(names) + 1) if (n := f"{default}_{i}" if i else default) not in names)
        if layer.name in names:
            raise ValueError(f"Sequential: layer names must be unique, got {layer.name!r} twice")
        return layer.name

    def _build_layers(self, row: tuple[int, ...]) -> None:
        shape, fresh = row, []
        try:
            for layer in self._chain:
                if not layer.built:
                    fresh.append(layer)
                    layer.build((None, *shape), self._init_rng)
                elif layer.input_shape != shape:
                    raise ValueError(f"Sequential: layer {layer.name!r} was built for inputs of shape "
                                     f"{_checks.shape_text((None, *layer.input_shape))}, here it gets "
                                     f"{_checks.shape_text((None, *shape))}")
                shape = layer.output_shape(shape)
        except Exception:
            for layer in fresh:                             # no half-built model stays behind
                layer.input_shape = None
                layer._weights.clear()
            raise
        self._note_shapes(row)

    def _note_shapes(self, row: tuple[int, ...]) -> None:
        """Set ``input_shape`` here and in the nested models."""
        self.input_shape = row
        for layer in self._layers:
            if isinstance(layer, Chain):
                layer._note_shapes(row)
            row = output_of(layer, row)

    def _remove_last(self) -> "Layer | Chain":
        layer = self._layers.pop()
        del self._chain[len(self._chain) - len(layer._chain if isinstance(layer, Chain) else [layer]):]
        return layer

    def _require_free(self, method: str) -> None:
        """A model that uses this one's layers has counted them."""
        if self._nested:
            raise ValueError(f"Sequential.{method}: {self.name!r} is part of another model, which would not notice")

    def _require_built(self, what: str) -> None:
        if not self._layers:
            raise ValueError(f"Sequential.{what}: the model has no layers yet; add some first")
        if not self.built:
            raise ValueError(f"Sequential.{what}: the model has no weights yet; start its layers with Input((n_in,)), "
                             "or call build((None, n_in)), or call the model on a batch first")

    def _inputs(self, method: str, x: Any) -> np.ndarray:
        """``x`` checked and in the model's dtype. The model need not be built, and is not."""
        where = f"Sequential.{method}"
        x = _checks.numeric_array(where, "x", x, self.dtype)
        if not self._layers:
            raise ValueError(f"{where}: the model has no layers yet; add some first")
        if self.input_shape is None and x.ndim < 2:
            raise ValueError(f"{where}: x must be a batch of shape (m, n_in), got {_checks.describe(x)}")
        if self.input_shape is not None and (x.ndim < 2 or x.shape[1:] != self.input_shape):
            raise ValueError(f"{where}: x must have shape {_checks.shape_text((None, *self.input_shape))}, "
                             f"got {_checks.describe(x)}")
        return x

    def _build_for(self, x: np.ndarray) -> None:
        """Build the model for the batch x where that is still to be done."""
        if not self.built:
            self.build((None, *x.shape[1:]))


def output_of(layer: Layer | Chain, row: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the output row for an input row of that shape; nothing need be built."""
    for one in layer._chain if isinstance(layer, Chain) else [layer]:
        row = one.output_shape(row)
    return row
