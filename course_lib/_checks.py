"""Checks of arguments. Every message gives the name, what was expected and what was received."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

FLOATS = ("float32", "float64")


def describe(value: Any) -> str:
    """A short text for what was received: shape and dtype of arrays, the value of small things."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}, dtype {value.dtype}"
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"


def lookup(what: str, name: Any, table: Mapping[str, Any]) -> Any:
    """``table[name]``, or an error that lists the known names."""
    if isinstance(name, str) and name in table:
        return table[name]
    import difflib
    near = difflib.get_close_matches(str(name).lower(), table, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"unknown {what} {describe(name)}; expected one of: {', '.join(table)}.{hint}")


def float_array(where: str, name: str, value: Any) -> np.ndarray:
    """``value`` as a float32 or float64 array, which may hold NaN or infinity; integers become float64."""
    if type(value) is np.ndarray and value.dtype.name in FLOATS and value.size:
        return value
    array = numeric_array(where, name, value, finite=False)
    return array if array.dtype.name in FLOATS else array.astype(np.float64)


def number(where: str, name: str, value: Any, low: float | None = None, high: float | None = None,
           open_low: bool = False, open_high: bool = True) -> float:
    """``value`` as a float within the bounds. By default the lower bound is included, the upper one is not."""
    ok = isinstance(value, Real) and not isinstance(value, bool)
    if isinstance(value, np.generic):
        value = value.item()                    # a float32 would be compared in float32, where the bounds overflow
    ok = ok and -sys.float_info.max <= value <= sys.float_info.max      # neither NaN nor infinite
    ok = ok and (low is None or (value > low if open_low else value >= low))
    ok = ok and (high is None or (value < high if open_high else value <= high))
    if not ok:
        left = "(-inf" if low is None else ("(" if open_low else "[") + f"{low:g}"
        right = "inf)" if high is None else f"{high:g}" + (")" if open_high else "]")
        raise ValueError(f"{where}: {name} must be a number in {left}, {right}, got {describe(value)}")
    return float(value)


def integer(where: str, name: str, value: Any, low: int | None = 0) -> int:
    """``value`` as an int that is at least ``low``."""
    if not isinstance(value, Integral) or isinstance(value, bool) or (low is not None and value < low):
        bound = "" if low is None else f" of at least {low}"
        raise ValueError(f"{where}: {name} must be an integer{bound}, got {describe(value)}")
    return int(value)


def float_dtype(where: str, value: Any) -> np.dtype:
    """``value`` as one of the two supported dtypes."""
    try:
        dtype = np.dtype(value)
    except TypeError:
        dtype = None
    if value is None or dtype is None or dtype.name not in FLOATS:
        raise ValueError(f"{where}: dtype must be float32 or float64, got {describe(value)}")
    return dtype


def generator(where: str, value: Any) -> np.random.Generator:
    """``value``, which must be a NumPy generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{where}: rng must be a numpy.random.Generator such as np.random.default_rng(0), "
                        f"got {describe(value)}")
    return value


def numeric_array(where: str, name: str, value: Any, dtype: np.dtype | None = None, finite: bool = True) -> np.ndarray:
    """``value`` as an array of real numbers that holds at least one entry and, where ``finite``, no NaN or infinity.

    dtype: converted to that, if given; no copy is made of an array that has it already.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:         # a ragged list
        raise ValueError(f"{where}: {name} must be an array of numbers, got {describe(value)} ({error})") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{where}: {name} must hold real numbers, got {describe(value)}")
    if array.size == 0:
        raise ValueError(f"{where}: {name} must not be empty, got {describe(array)}")
    if dtype is not None and array.dtype != dtype:
        with np.errstate(over="ignore"):
            converted = array.astype(dtype)
        if (lost := np.isinf(converted) & np.isfinite(array)).any():
            first = tuple(int(i) for i in np.argwhere(lost)[0])
            raise ValueError(f"{where}: {name} must fit into {np.dtype(dtype)}, got {array[first]} at index {first}")
        array = converted
    if finite and array.dtype.kind == "f":
        fine = np.isfinite(array)
        if not fine.all():
            first = tuple(int(i) for i in np.argwhere(~fine)[0])
            kind = "NaN" if np.isnan(array[first]) else "infinity"
            raise ValueError(f"{where}: {name} must be finite, got {kind} at index {first}"
                             f" ({array.size - int(fine.sum())} such values in {describe(array)})")
    return array


def registered_name(what: str, value: Any, table: Mapping[str, Any]) -> str:
    """The name under which ``table`` holds the class of ``value``, so that a saved model can be read again."""
    for name, known in table.items():
        if known is type(value):
            return name
    raise ValueError(f"{what} {describe(value)} cannot be saved: only these can: {', '.join(table)}")


def shape_text(shape: Iterable[int | None]) -> str:
    """``(m, 64)`` for ``(None, 64)``: None stands for any batch size."""
    parts = ["m" if n is None else str(n) for n in shape]
    return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"
