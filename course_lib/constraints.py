"""Constraints on weights, applied after each update: ``get("max_norm")(w)`` is w brought back into the allowed set.

Names, arguments, defaults and formulas are Keras's. Arrays are float32 or float64 and keep their dtype.
"""

from typing import Any

import numpy as np

from course_lib import _checks, _registry

EPSILON = 1e-7          # Keras's guard against a zero norm: it also shrinks weights by a relative 1e-7 / norm


class Constraint(_registry.Configurable):
    """``constraint(w)`` returns a new array. Subclasses give ``__call__``."""

    def __call__(self, w: np.ndarray) -> np.ndarray:
        """The weights as they should be; w is left as it is."""
        raise NotImplementedError  # abstract


class NonNeg(Constraint):
    """max(w, 0)."""

    def __call__(self, w):
        return np.maximum(_checks.float_array("NonNeg", "w", w), 0)


class MinMaxNorm(Constraint):
    """Brings the norm |w| of each unit's incoming weights between two bounds:

    w (rate clip(|w|, min_value, max_value) + (1 - rate) |w|) / (1e-7 + |w|).

    min_value: at least 0. max_value: at least min_value, above 0. rate: in [0, 1], how far one application goes.
    axis: an int or several, along which the norm is taken: 0 for a kernel (n_in, units), whose columns are what comes
    into a unit; (0, 1, 2) for a convolution's kernel.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0,
                 axis: int | tuple[int, ...] = 0):
        where = type(self).__name__
        self.min_value = _checks.number(where, "min_value", min_value, low=0)
        self.max_value = _checks.number(where, "max_value", max_value, low=0, open_low=True)
        if self.max_value < self.min_value:
            raise ValueError(f"{where}: max_value must be at least min_value, got {max_value} and {min_value}")
        self.rate = _checks.number(where, "rate", rate, low=0, high=1, open_high=False)
        axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
        axes = tuple(_checks.integer(where, "axis", a, low=None) for a in axes)
        self.axis = axes if isinstance(axis, tuple | list) else axes[0]

    def __call__(self, w):
        w, norm = self._with_norm(w)
        desired = self.rate * np.clip(norm, self.min_value, self.max_value) + (1 - self.rate) * norm
        return w * (desired / (EPSILON + norm))

    def get_config(self):
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate,
                "axis": list(self.axis) if isinstance(self.axis, tuple) else self.axis}

    def _with_norm(self, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        w = _checks.float_array(type(self).__name__, "w", w)
        axes = self.axis if isinstance(self.axis, tuple) else (self.axis,)
        if any(not -w.ndim <= axis < w.ndim for axis in axes):
            raise ValueError(f"{type(self).__name__}: axis must be one of the {w.ndim} axes of w, got {self.axis} for "
                             f"{_checks.describe(w)}")
        return w, np.sqrt(np.sum(np.square(w), axis=self.axis, keepdims=True))


class MaxNorm(MinMaxNorm):
    """w clip(|w|, 0, max_value) / (1e-7 + |w|): no unit's incoming weights are longer than max_value.

    Source: Srivastava et al. 2014, sec. 5.1. axis: as in ``MinMaxNorm``.
    """

    def __init__(self, max_value: float = 2.0, axis: int | tuple[int, ...] = 0):
        super().__init__(max_value=max_value, axis=axis)

    def get_config(self):
        config = super().get_config()
        return {"max_value": config["max_value"], "axis": config["axis"]}


class UnitNorm(MinMaxNorm):
    """w / (1e-7 + |w|): each unit's incoming weights have length 1. axis: as in ``MinMaxNorm``."""

    def __init__(self, axis: int | tuple[int, ...] = 0):
        super().__init__(axis=axis)

    def __call__(self, w):
        w, norm = self._with_norm(w)
        return w / (EPSILON + norm)

    def get_config(self):
        return {"axis": super().get_config()["axis"]}


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm      # Keras's other spelling

CONSTRAINTS: dict[str, type[Constraint]] = {"max_norm": MaxNorm, "min_max_norm": MinMaxNorm, "non_neg": NonNeg,
                                            "unit_norm": UnitNorm}


def get(identifier: str | dict[str, Any] | Constraint | None) -> Constraint | None:
    """The constraint of that name with its defaults, or from what ``serialize`` gave; None stays None.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    return None if identifier is None else _registry.get("constraint", identifier, CONSTRAINTS, Constraint)


def serialize(constraint: Constraint | None) -> dict[str, Any] | None:
    """A JSON value from which ``get`` makes an equal constraint."""
    return None if constraint is None else _registry.serialize("constraint", constraint, CONSTRAINTS)


def deserialize(data: dict[str, Any] | None) -> Constraint | None:
    """The inverse of ``serialize``."""
    return None if data is None else _registry.deserialize("constraint", data, CONSTRAINTS)
