"""What all layers share: weights that may be views into a model's vectors, and buffers that are made once."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import _checks, activations, constraints, initializers, regularizers


class Input:
    """The shape of one input row, first in a ``Sequential``: ``Input((784,))``.

    shape: a tuple of positive ints, without the batch axis. name: as in Keras.
    """

    def __init__(self, shape: tuple[int, ...], name: str | None = None):
        if not isinstance(shape, tuple | list):
            raise TypeError(f"Input: shape must be a tuple without the batch size, such as (784,), "
                            f"got {_checks.describe(shape)}")
        self.shape = tuple(_checks.integer("Input", "each entry of shape", n, low=1) for n in shape)
        if not self.shape:
            raise ValueError("Input: shape must have at least one entry, such as (784,), got ()")
        self.name = name

    def __repr__(self) -> str:
        return f"Input({self.shape})"


@dataclass(frozen=True)
class Weight:
    """What a layer says of one of its arrays; the array is the attribute of that name, its gradient ``d`` + name.

    regularizer: its penalty belongs to the loss. constraint: applied to the array after each update.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    regularizer: regularizers.Regularizer | None = None
    constraint: constraints.Constraint | None = None


class Layer:
    """Base class. A subclass gives ``create_weights``, ``forward``, ``backward`` and, where the shape changes,
    ``output_shape``.

    name: default the class's name in lower case, numbered by the model. trainable: False freezes the weights.
    dtype: "float32" or "float64", default that of the model, or float32 for a layer by itself.
    """

    # Set by layers whose last operation is an activation: the function, and what the last forward pass gave it.
    activation: activations.Activation | None = None
    z: np.ndarray

    @property
    def kinks(self) -> tuple[float, ...]:
        """Values of ``z`` at which the layer's derivative jumps."""
        return () if self.activation is None else self.activation.kinks

    def __init__(self, name: str | None = None, trainable: bool = True, dtype: Any = None, **unknown: Any):
        if unknown:
            own = [p.name for p in inspect.signature(type(self)).parameters.values() if p.kind is not p.VAR_KEYWORD]
            _checks.lookup(f"argument of {type(self).__name__}", next(iter(unknown)),
                           {k: k for k in [*own, "name", "trainable", "dtype"] if k not in unknown})
        self.name = name
        self.trainable = bool(trainable)
        self.dtype = None if dtype is None else _checks.float_dtype(type(self).__name__, dtype)
        self.input_shape: tuple[int, ...] | None = None     # of one row; None until the layer is built
        self._weights: list[Weight] = []
        self._buffers: dict[str, np.ndarray] = {}

    def __getattr__(self, name: str) -> Any:
        """Only reached for what is not there (yet): ``add_weight`` makes the weights, ``forward`` keeps its values."""
        if name.startswith("_") or "input_shape" not in self.__dict__:
            raise AttributeError(name)
        remedy = ("call forward(x) first if it is a value of the last pass" if self.built else
                  "the layer has no weights yet: call build((None, n_in)), or the layer on a batch, first")
        raise AttributeError(f"{self._label()} has no attribute {name!r}; {remedy}")

    # -- weights

    @property
    def built(self) -> bool:
        return self.input_shape is not None

    def build(self, input_shape: tuple[int | None, ...], rng: np.random.Generator | None = None) -> None:
        """Create the weights for inputs of ``input_shape``, batch axis first and None: ``build((None, 784))``.

        rng: the generator to initialize from, default ``np.random.default_rng()``. Does nothing where the layer is
        built for that shape already; another shape raises ValueError.
        """
        where = self._label()
        if not isinstance(input_shape, tuple | list) or len(input_shape) < 2:
            raise ValueError(f"{where}: input_shape must be a tuple that starts with the batch axis, such as "
                             f"(None, 784), got {_checks.describe(input_shape)}")
        row = tuple(_checks.integer(where, "each entry of input_shape but the first", n, low=1)
                    for n in input_shape[1:])
        if self.built:
            if row != self.input_shape:
                raise ValueError(f"{where}: built for inputs of shape {_checks.shape_text((None, *self.input_shape))}, "
                                 f"got {_checks.shape_text((None, *row))}")
            return
        if self.dtype is None:
            self.dtype = np.dtype("float32")
        self.create_weights(row, np.random.default_rng() if rng is None else rng)
        self.input_shape = row

    def create_weights(self, input_shape: tuple[int, ...], rng: np.random.Generator) -> None:
        """Call ``add_weight`` for each weight; the default is a layer without weights."""

    def add_weight(self, name: str, shape: tuple[int, ...], initializer: initializers.Initializer,
                   rng: np.random.Generator, trainable: bool = True,
                   regularizer: regularizers.Regularizer | None = None,
                   constraint: constraints.Constraint | None = None) -> None:
        """Make ``self.<name>`` and, for a trainable weight, the gradient ``self.d<name>``."""
        setattr(self, name, initializer(shape, rng=rng, dtype=self.dtype))
        if trainable:
            setattr(self, "d" + name, np.zeros(shape, self.dtype))
        self._weights.append(Weight(name, shape, trainable, regularizer, constraint))

    @property
    def weights(self) -> list[Weight]:
        """Name, shape and kind of each weight, in Keras's order."""
        return list(self._weights)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in Keras's order."""
        return [getattr(self, w.name).copy() for w in self._weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Copy ``weights`` into the layer; all shapes are checked before anything is changed."""
        for weight, value in zip(self._weights, self._check_weights(weights), strict=True):
            getattr(self, weight.name)[...] = value

    def cast(self, dtype: Any) -> None:
        """Turn the weights into arrays of ``dtype``, float32 or float64, and compute in it from now on."""
        self.dtype = _checks.float_dtype(self._label(), dtype)
        self._buffers.clear()
        for weight in self._weights:
            for name in (weight.name, "d" + weight.name)[:1 + weight.trainable]:
                setattr(self, name, getattr(self, name).astype(self.dtype))

    @property
    def random_state(self) -> dict[str, Any] | None:
        """Where the layer's own generator stands, as a JSON value; None for a layer that draws nothing. Can be set."""
        return None

    @random_state.setter
    def random_state(self, state: dict[str, Any] | None) -> None:
        if state is not None:
            raise ValueError(f"{self._label()}: random_state must be None, as the layer draws nothing, "
                             f"got {_checks.describe(state)}")

    def count_params(self) -> int:
        """Number of entries of all weights."""
        return sum(int(np.prod(w.shape)) for w in self._weights)

    # -- passes

    def __call__(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The output for the batch ``x``, as a new array; builds the layer at the first call."""
        x = _checks.numeric_array(self._label(), "x", x, np.dtype("float32") if self.dtype is None else self.dtype)
        if x.ndim < 2:
            raise ValueError(f"{self._label()}: x must be a batch of shape (m, n_in), got {_checks.describe(x)}")
        self.build((None, *x.shape[1:]))
        return self.forward(x, training=training).copy()

    def forward(self, x: np.ndarray, training: bool = False) -> np.ndarray:
        """The output for x, in a buffer of the layer: valid until the next call. Keeps what ``backward`` needs."""
        raise NotImplementedError  # abstract

    def backward(self, da: np.ndarray, input_gradient: bool = True) -> np.ndarray | None:
        """From dJ/d(output) of the last forward pass: fills the weights' gradients, returns dJ/dx.

        input_gradient: False saves the work for dJ/dx, and None is returned (a model's first layer).
        """
        raise NotImplementedError  # abstract

    def backward_from_logits(self, dz: np.ndarray, input_gradient: bool = True) -> np.ndarray | None:
        """As ``backward``, from dJ/dZ at the activation's input; for layers that end in an activation."""
        raise NotImplementedError  # abstract

    def output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of one output row."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as JSON values, without the dtype."""
        return {"name": self.name, "trainable": self.trainable}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Layer:
        """The inverse of ``get_config``."""
        return cls(**config)

    def buffer(self, name: str, shape: tuple[int, ...], dtype: Any = None) -> np.ndarray:
        """An array of that shape to write into, the same memory at every call for as long as it is large enough.

        dtype: default the layer's; a name always comes with the same one.
        """
        held = self._buffers.get(name)
        if held is not None and held.shape == shape:
            return held
        if held is None or len(held) < shape[0] or held.shape[1:] != shape[1:]:
            held = self._buffers[name] = np.empty(shape, self.dtype if dtype is None else dtype)
        return held[:shape[0]]

    def __repr__(self) -> str:
        return f"<{self._label()}>"

    def _label(self) -> str:
        kind = type(self).__name__
        return kind if self.name in (None, default_name(kind)) else f"{kind} {self.name!r}"

    def _check_weights(self, values: list[np.ndarray]) -> list[np.ndarray]:
        where = f"{self._label()}.set_weights"
        if not self.built:
            raise ValueError(f"{where}: the layer has no weights yet; call build((None, n_in)) first")
        if len(values) != len(self._weights):
            raise ValueError(f"{where}: expected {len(self._weights)} arrays "
                             f"({', '.join(w.name for w in self._weights) or 'none'}), got {len(values)}")
        arrays = [_checks.numeric_array(where, w.name, v, self.dtype, finite=False)
                  for w, v in zip(self._weights, values, strict=True)]
        for weight, array in zip(self._weights, arrays, strict=True):
            if array.shape != weight.shape:
                raise ValueError(f"{where}: {weight.name} must have shape {weight.shape}, "
                                 f"got {_checks.describe(array)}")
        return arrays


def default_name(kind: str) -> str:
    """``BatchNormalization`` -> ``batch_normalization``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", kind).lower()
