"""Penalties on weights: ``get("l2")(w)`` is the number added to the loss, ``.gradient(w)`` what it adds to dJ/dw.

Names, arguments and defaults are Keras's; ``gradient`` is ours. Arrays are float32 or float64 and keep their dtype.
"""

from typing import Any

import numpy as np

from course_lib import _checks, _registry


class Regularizer(_registry.Configurable):
    """A penalty r(w), a number, with its gradient. Subclasses give ``__call__``, ``gradient`` and ``get_config``."""

    def __call__(self, w: np.ndarray) -> float:
        """r(w); w has any shape."""
        raise NotImplementedError  # abstract

    def gradient(self, w: np.ndarray) -> np.ndarray:
        """dr/dw, a new array of the shape of w."""
        raise NotImplementedError  # abstract


class L1L2(Regularizer):
    """r(w) = l1 sum |w| + l2 sum w^2, without a factor 1/2.

    l1, l2: at least 0. Both default to 0, also for the name "l1_l2", so give at least one. The slope of |w| at 0 is
    taken as 0.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        where = type(self).__name__
        self.l1 = _checks.number(where, "l1", l1, low=0)
        self.l2 = _checks.number(where, "l2", l2, low=0)

    def __call__(self, w):
        w = self._checked(w)
        return self.l1 * float(np.abs(w).sum()) + self.l2 * float(np.square(w).sum())

    def gradient(self, w):
        w = self._checked(w)
        return self.l1 * np.sign(w) + (2 * self.l2) * w

    def _checked(self, w: np.ndarray) -> np.ndarray:
        return _checks.float_array(type(self).__name__, "w", w)


class L1(L1L2):
    """r(w) = l1 sum |w|: moves every weight towards 0 by the same amount."""

    def __init__(self, l1: float = 0.01):
        super().__init__(l1=l1)

    def __call__(self, w):
        return self.l1 * float(np.abs(self._checked(w)).sum())

    def gradient(self, w):
        return self.l1 * np.sign(self._checked(w))

    def get_config(self):
        return {"l1": self.l1}


class L2(L1L2):
    """r(w) = l2 sum w^2, gradient 2 l2 w: moves every weight towards 0 by the same fraction."""

    def __init__(self, l2: float = 0.01):
        super().__init__(l2=l2)

    def __call__(self, w):
        return self.l2 * float(np.square(self._checked(w)).sum())

    def gradient(self, w):
        return (2 * self.l2) * self._checked(w)

    def get_config(self):
        return {"l2": self.l2}


l1, l2, l1_l2 = L1, L2, L1L2            # Keras's other spelling

REGULARIZERS: dict[str, type[Regularizer]] = {"l1": L1, "l2": L2, "l1_l2": L1L2}


def get(identifier: str | dict[str, Any] | Regularizer | None) -> Regularizer | None:
    """The regularizer of that name with its defaults, or from what ``serialize`` gave; None stays None.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    return None if identifier is None else _registry.get("regularizer", identifier, REGULARIZERS, Regularizer)


def serialize(regularizer: Regularizer | None) -> dict[str, Any] | None:
    """A JSON value from which ``get`` makes an equal regularizer."""
    return None if regularizer is None else _registry.serialize("regularizer", regularizer, REGULARIZERS)


def deserialize(data: dict[str, Any] | None) -> Regularizer | None:
    """The inverse of ``serialize``."""
    return None if data is None else _registry.deserialize("regularizer", data, REGULARIZERS)
