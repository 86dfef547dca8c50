"""What all optimizers share: they see flat vectors and know nothing of layers."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course_lib import _checks, clipping, schedules
from course_lib.optimizers.hyperparameter import ClippingLimit, Hyperparameter
from course_lib.optimizers.layout import Layout, Tensor

Schedule = Callable[[int], float]
BLOCK_BYTES = 2 ** 18           # the vectors are worked through in pieces that stay in the processor's cache


class Optimizer:
    """Base class. A subclass gives ``step``, the names of its state vectors (``slots``) and the number of vectors it
    needs to work in (``scratch``).

    learning_rate: eta, a positive float, or a schedule: any function that maps the number of steps done so far to a
    rate of at least 0, such as those of ``schedules``.
    weight_decay: lambda, at least 0, or None. Decoupled: before each step theta <- theta - eta lambda theta, for
    all parameters, biases too, that ``exclude_from_weight_decay`` does not name. eta lambda must be below 1.
    clipnorm, clipvalue, global_clipnorm: positive or None, at most one of them: before anything else the gradient of
    each tensor, each entry, or the whole gradient is clipped (see ``clipping``).
    name: a label, as in Keras.

    An update clips, then decays, then steps, as in Keras. All numbers may be assigned during training and count from
    the next update on. (In Keras only an assigned learning rate does; the rest is compiled into the training step.)
    ``iterations`` counts the steps done.
    """

    slots: tuple[str, ...] = ()
    scratch = 1
    owner: object = None            # the model it was compiled into last

    weight_decay = Hyperparameter(optional=True)
    clipnorm = ClippingLimit()
    clipvalue = ClippingLimit()
    global_clipnorm = ClippingLimit()

    if TYPE_CHECKING:               # a slot is the attribute of its name
        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, learning_rate: float | Schedule, weight_decay: float | None = None,
                 clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
                 name: str | None = None):
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.name = name
        self._layout = Layout()
        self.reset()

    @property
    def learning_rate(self) -> float | Schedule:
        """A positive float, or a schedule; may be set at any time, also to what ``schedules.serialize`` gave."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | Schedule) -> None:
        where = type(self).__name__
        if isinstance(value, dict):
            value = schedules.deserialize(value)
        if isinstance(value, type):
            raise TypeError(f"{where}: learning_rate must be a number or a schedule, got the class {value.__name__}; "
                            "make an instance of it")
        self._learning_rate = value if callable(value) else \
            _checks.number(where, "learning_rate", value, low=0, open_low=True)

    # -- steps

    def update(self, params: np.ndarray, grads: np.ndarray) -> None:
        """One step: changes ``params`` in place and leaves ``grads`` as it is.

        params, grads: 1-D arrays of the same length and dtype, float32 or float64. The state is allocated at the
        first call and belongs to vectors of that length and dtype from then on.
        Raises TypeError or ValueError for anything else, before anything is changed.
        """
        self._check(params, grads)
        rate = self._rate()
        decay = self._decay_rate(rate)
        self._allocate(params)
        grads = self._clip(grads)
        if decay:
            self._decay(params, decay)
        state = [getattr(self, name, None) for name in self.slots]
        for block in self._blocks(slice(0, params.size)):
            vectors = (vector if vector is None else vector[block] for vector in state)
            work = (vector[:block.stop - block.start] for vector in self._work)
            self.step(params[block], grads[block], rate, *vectors, *work)
        self.iterations += 1

    def step(self, theta: np.ndarray, g: np.ndarray, eta: float, *vectors: Any) -> None:
        """The update rule, in place, for one block of the parameters and their gradients.

        vectors: the same block of each state vector in the order of ``slots``, None for one that the options do
        without, and then ``scratch`` vectors of that length to work in. The number of this step, t = 1, 2, ..., is
        ``self.iterations + 1``.
        """
        raise NotImplementedError  # abstract

    def initial_value(self, slot: str) -> float | None:
        """What a state vector starts from; None where the options do without it."""
        return 0.0

    # -- tensors

    def lay_out(self, tensors: Sequence[Tensor] | None) -> None:
        """Say where tensors lie in the vectors, for ``clipnorm`` and ``exclude_from_weight_decay``. Models call this.

        tensors: objects with ``path`` ("dense/kernel"), ``start`` and ``stop``, one after the other without a gap.
        None, as without a call: the whole vector is one tensor.
        """
        self._layout.lay_out(f"{type(self).__name__}.lay_out", tensors)

    def exclude_from_weight_decay(self, var_list: list[str] | None = None,
                                  var_names: list[str] | None = None) -> None:
        """Leave tensors out of the weight decay; call it before the first update. A second call replaces the first.

        var_list: paths, such as ["dense/bias"] (Keras takes variables). var_names: words; a tensor whose name, "bias"
        in "dense/bias", contains one of them is left out. As in Keras, what fits no tensor has no effect.
        """
        where = f"{type(self).__name__}.exclude_from_weight_decay"
        if self.iterations:
            raise ValueError(f"{where}: must be called before the first update, got iterations={self.iterations}")
        self._layout.exclude(where, var_list, var_names)

    @property
    def excluded_from_weight_decay(self) -> dict[str, list[str]]:
        """The arguments of ``exclude_from_weight_decay`` that are in force; empty where there are none."""
        paths, words = sorted(self._layout.paths), list(self._layout.words)
        return {"var_list": paths, "var_names": words} if paths or words else {}

    # -- state

    def reset(self) -> None:
        """Forget all state: ``iterations`` is 0 and the slots start afresh. Options and layout stay."""
        self.iterations = 0
        self._size: int | None = None
        self._dtype: np.dtype | None = None
        self._work: list[np.ndarray] = []
        self._clipped: np.ndarray | None = None
        for name in self.slots:
            self.__dict__.pop(name, None)

    def get_state(self) -> dict[str, np.ndarray]:
        """Copies of the state vectors; empty before the first step."""
        return {name: getattr(self, name).copy() for name in self.slots if hasattr(self, name)}

    def set_state(self, iterations: int, state: dict[str, np.ndarray]) -> None:
        """The inverse of ``get_state``: go on from there.

        Raises ValueError, before anything is changed, where ``state`` is not that of an optimizer with these options.
        """
        where = f"{type(self).__name__}.set_state"
        iterations = _checks.integer(where, "iterations", iterations)
        needed = [name for name in self.slots if iterations and self.initial_value(name) is not None]
        if sorted(state) != sorted(needed):
            raise ValueError(f"{where}: state must hold {', '.join(needed) or 'nothing'}, "
                             f"got {', '.join(state) or 'nothing'}")
        vectors = {name: np.array(state[name]) for name in needed}
        for vector in vectors.values():
            first = next(iter(vectors.values()))
            if vector.ndim != 1 or vector.dtype.name not in _checks.FLOATS or \
                    (vector.shape, vector.dtype) != (first.shape, first.dtype):
                raise ValueError(f"{where}: the state must be 1-D float32 or float64 arrays of one length and dtype, "
                                 f"got {', '.join(_checks.describe(v) for v in vectors.values())}")
        self.reset()
        self.iterations = iterations
        for name, vector in vectors.items():
            setattr(self, name, vector)
            self._size, self._dtype = vector.size, vector.dtype

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments; a schedule as ``schedules.serialize`` gives it."""
        config = self._arguments()
        if isinstance(self.learning_rate, schedules.LearningRateSchedule):
            config["learning_rate"] = schedules.serialize(self.learning_rate)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Optimizer":
        """The inverse of ``get_config``."""
        return cls(**config)

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in self._arguments().items() if v is not None)
        return f"{type(self).__name__}({given})"

    # -- the parts of an update

    def _arguments(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name, parameter in inspect.signature(type(self)).parameters.items()
                if parameter.kind is not parameter.VAR_KEYWORD}

    def _check(self, params: np.ndarray, grads: np.ndarray) -> None:
        where = f"{type(self).__name__}.update"
        if self._size is not None:
            if not (self._fits(params) and self._fits(grads)):
                raise ValueError(f"{where}: this optimizer holds state for vectors of shape ({self._size},), dtype "
                                 f"{self._dtype}, got params: {_checks.describe(params)}, "
                                 f"grads: {_checks.describe(grads)}; use a new optimizer, or reset() this one")
        else:
            for name, array in (("params", params), ("grads", grads)):
                if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.name not in _checks.FLOATS:
                    raise TypeError(f"{where}: {name} must be a 1-D float32 or float64 array, "
                                    f"got {_checks.describe(array)}")
            if grads.shape != params.shape or grads.dtype != params.dtype:
                raise ValueError(f"{where}: grads must match params, {_checks.describe(params)}, "
                                 f"got {_checks.describe(grads)}")
        if not params.flags.writeable:
            raise ValueError(f"{where}: params must be writeable, got a read-only array")
        self._layout.check(where, params.size)

    def _fits(self, array: np.ndarray) -> bool:
        return isinstance(array, np.ndarray) and array.shape == (self._size,) and array.dtype == self._dtype

    def _rate(self) -> float:
        rate = self._learning_rate
        if callable(rate):
            return _checks.number(type(self).__name__, "learning_rate", rate(self.iterations), low=0)
        return rate

    def _decay_rate(self, rate: float) -> float:
        """eta lambda, 0 without weight decay."""
        decay = rate * (self.weight_decay or 0.0)
        if decay >= 1:
            raise ValueError(f"{type(self).__name__}.update: learning_rate * weight_decay must be below 1, "
                             f"got {rate:g} * {self.weight_decay:g}")
        if decay and self._layout.tensors is None and self.excluded_from_weight_decay:
            raise ValueError(f"{type(self).__name__}.update: exclude_from_weight_decay needs to know the tensors; "
                             "call lay_out, or compile the optimizer into a model")
        return decay

    def _allocate(self, params: np.ndarray) -> None:
        """Make what the next step needs and is not there: an option may have been assigned since the last."""
        self._size, self._dtype = params.size, params.dtype
        for name in self.slots:
            value = self.initial_value(name)
            if value is None:
                self.__dict__.pop(name, None)
            elif name not in self.__dict__:
                setattr(self, name, np.full(params.size, value, params.dtype))
        if not self._work:
            length = min(params.size, BLOCK_BYTES // params.itemsize)
            self._work = [np.empty(length, params.dtype) for _ in range(max(1, self.scratch))]

    def _blocks(self, span: slice) -> Iterator[slice]:
        length = max(1, len(self._work[0]))
        for start in range(span.start, span.stop, length):
            yield slice(start, min(start + length, span.stop))

    def _clip(self, grads: np.ndarray) -> np.ndarray:
        if all(limit is None for limit in (self.clipvalue, self.clipnorm, self.global_clipnorm)) or not grads.size:
            return grads
        if self._clipped is None:
            self._clipped = np.empty_like(grads)
        if self.clipvalue is not None:
            return clipping.clip_by_value(grads, self.clipvalue, out=self._clipped)
        if self.global_clipnorm is not None:        # the norm over all tensors is that of the vector
            return clipping.clip_by_norm(grads, self.global_clipnorm, out=self._clipped)
        for span in self._layout.spans():
            clipping.clip_by_norm(grads[span], self.clipnorm, out=self._clipped[span])
        return self._clipped

    def _decay(self, params: np.ndarray, decay: float) -> None:
        for span in self._layout.decaying_spans(params.size):
            for block in self._blocks(span):
                theta, work = params[block], self._work[0][:block.stop - block.start]
                np.multiply(theta, decay, out=work)
                theta -= work                               # theta <- theta - eta lambda theta


def average(mean: np.ndarray, value: np.ndarray, beta: float, work: np.ndarray) -> None:
    """mean <- beta mean + (1 - beta) value, in place. ``work`` is overwritten; it may be ``value`` itself."""
    np.multiply(value, 1 - beta, out=work)
    mean *= beta
    mean += work
