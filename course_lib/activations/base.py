"""What all activations share."""

from collections.abc import Iterator
from types import EllipsisType
from typing import Any

import numpy as np

from course_lib import _checks, _registry

BLOCK = 2 ** 14         # entries: 64 KB of float32


class Activation(_registry.Configurable):
    """An elementwise activation. Subclasses give ``value`` and ``slope``, for arrays that are checked already.

    The public calls take arrays or numbers, float32 or float64 (integers count as float64), and raise TypeError or
    ValueError for anything else.
    """

    name = ""

    @property
    def kinks(self) -> tuple[float, ...]:
        """Where phi' jumps, in ascending order: finite differences across such a point mean nothing."""
        return ()

    def __call__(self, z: np.ndarray, *, out: np.ndarray | None = None, **options: Any) -> np.ndarray:
        """phi(z), elementwise; written into ``out``, of z's shape and dtype, where that is given.

        options: the constructor's, for this call, as in Keras: ``elu(z, alpha=0.5)``. TypeError for others.
        """
        if options:
            return self.having(**options)(z, out=out)
        z = self._checked("z", z)
        if out is None:
            out = np.empty_like(z)
        elif not isinstance(out, np.ndarray) or (out.shape, out.dtype) != (z.shape, z.dtype):
            raise ValueError(f"{self.name}: out must have the shape and dtype of z, {_checks.describe(z)}, "
                             f"got {_checks.describe(out)}")
        return self.value(z, out)

    def having(self, **options: Any) -> "Activation":
        """The same activation with other options. Raises TypeError for one that it does not have."""
        own = self.get_config()
        for option in options.keys() - own.keys():
            raise TypeError(f"{self.name} has no option {option!r}; its options are: {', '.join(own) or 'none'}")
        return type(self)(**own | options)

    def derivative(self, z: np.ndarray) -> np.ndarray:
        """phi'(z), elementwise."""
        return self.slope(self._checked("z", z))

    def vjp(self, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """Gradient at z from the gradient ``dy`` at phi(z):  dy * phi'(z)  (eq. 2.16)."""
        z, dy = self._checked("z", z), self._checked("dy", dy)
        if z.shape != dy.shape:
            raise ValueError(f"{self.name}: dy must have the shape of z, {z.shape}, got {_checks.describe(dy)}")
        return self.pulled_back(z, dy)

    def value(self, z: np.ndarray, out: np.ndarray) -> np.ndarray:
        """phi(z), written into ``out``, which may be z."""
        raise NotImplementedError  # abstract

    def slope(self, z: np.ndarray) -> np.ndarray:
        """phi'(z)."""
        raise NotImplementedError  # abstract

    def pulled_back(self, z: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """``vjp``."""
        return dy * self.slope(z)

    def backward(self, z: np.ndarray, a: np.ndarray, da: np.ndarray, out: np.ndarray) -> np.ndarray:
        """As ``vjp``, for a layer that has kept ``a = phi(z)``; written into ``out``. The slope may be taken from a."""
        for block in blocks(z):
            np.multiply(da[block], self.slope(z[block]), out=out[block])
        return out

    def _checked(self, name: str, z: np.ndarray) -> np.ndarray:
        return _checks.float_array(self.name, name, z)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.get_config().items())
        return f"<activation {self.name}{f'({arguments})' if arguments else ''}>"


def blocks(z: np.ndarray) -> Iterator[slice | EllipsisType]:
    """Indices of blocks of rows, so small that what is computed on the way for one of them stays in the cache."""
    if z.size <= BLOCK:
        yield ...
        return
    rows = max(1, BLOCK * len(z) // z.size)
    for start in range(0, len(z), rows):
        yield slice(start, start + rows)
