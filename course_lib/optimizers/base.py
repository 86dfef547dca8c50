"""What all optimizers share: they see flat vectors and know nothing of layers."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from course_lib import _checks

Schedule = Callable[[int], float]


class Optimizer:
    """Base class. A subclass names its state vectors in ``slots`` and gives ``step``.

    learning_rate: a positive float, or a schedule that maps the number of steps done so far to one.
    ``iterations`` counts the steps done.
    """

    slots: tuple[str, ...] = ()
    owner: object = None            # the model it was compiled into last

    if TYPE_CHECKING:               # a slot is the attribute of its name
        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, learning_rate: float | Schedule):
        self.learning_rate = learning_rate
        self.reset()

    @property
    def learning_rate(self) -> float | Schedule:
        """A positive float, or a schedule; may be set at any time."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float | Schedule) -> None:
        self._learning_rate = value if callable(value) else self._rate(value)

    def reset(self) -> None:
        """Forget all state: ``iterations`` is 0 and the slots are zeros again."""
        self.iterations = 0
        self._size: int | None = None

    def update(self, params: np.ndarray, grads: np.ndarray) -> None:
        """One step: changes ``params`` in place and leaves ``grads`` as it is.

        params, grads: 1-D arrays of the same length and dtype, float32 or float64. The state is allocated at the
        first call and belongs to vectors of that length and dtype from then on.
        Raises TypeError or ValueError for anything else, before anything is changed.
        """
        if self._size is None:
            self._allocate(params, grads)
        elif not (self._fits(params) and self._fits(grads)):
            self._refuse(params, grads)
        rate = self._learning_rate
        self.step(params, grads, self._rate(rate(self.iterations)) if callable(rate) else rate)
        self.iterations += 1

    def step(self, params: np.ndarray, grads: np.ndarray, learning_rate: float) -> None:
        """The update rule. ``self._scratch`` is a vector of the same length to work in."""
        raise NotImplementedError  # abstract

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"learning_rate": self.learning_rate}

    def get_state(self) -> dict[str, np.ndarray]:
        """Copies of the state vectors; empty before the first step."""
        return {} if self._size is None else {name: getattr(self, name).copy() for name in self.slots}

    def set_state(self, iterations: int, state: dict[str, np.ndarray]) -> None:
        """The inverse of ``get_state``: go on from there."""
        self.iterations = iterations
        if iterations and self.slots:
            self._allocate(first := state[self.slots[0]], first)
            for name in self.slots:
                getattr(self, name)[...] = state[name]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"

    def _rate(self, value: float) -> float:
        return _checks.number(type(self).__name__, "learning_rate", value, low=0, open_low=True)

    def _allocate(self, params: np.ndarray, grads: np.ndarray) -> None:
        where = f"{type(self).__name__}.update"
        for name, array in (("params", params), ("grads", grads)):
            if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.name not in _checks.FLOATS:
                raise TypeError(f"{where}: {name} must be a 1-D float32 or float64 array, "
                                f"got {_checks.describe(array)}")
        if grads.shape != params.shape or grads.dtype != params.dtype:
            raise ValueError(f"{where}: grads must match params, {_checks.describe(params)}, "
                             f"got {_checks.describe(grads)}")
        self._size = params.size
        self._scratch = np.empty_like(params)
        for name in self.slots:
            setattr(self, name, np.zeros_like(params))

    def _fits(self, array: np.ndarray) -> bool:
        held = self._scratch
        return isinstance(array, np.ndarray) and array.shape == held.shape and array.dtype == held.dtype

    def _refuse(self, params: np.ndarray, grads: np.ndarray) -> None:
        raise ValueError(f"{type(self).__name__}.update: this optimizer holds state for vectors of shape "
                         f"({self._size},), dtype {self._scratch.dtype}, got params: {_checks.describe(params)}, "
                         f"grads: {_checks.describe(grads)}; use a new optimizer, or reset() this one")
