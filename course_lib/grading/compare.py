"""Compares an answer with the expected one: structure first, then shapes, then numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

SHOWN = 40  # entries of an array that a report prints in full
NUMBER = int | float


@dataclass(frozen=True)
class Difference:
    """The first place where an answer differs.

    where: as in `dW[1, 0]`. kind: structure | shape | number. texts: makes what was expected and what came, in words;
    only when somebody asks, since many answers are compared and few are shown. key: of the outermost dict.
    """

    where: str
    kind: str
    texts: Callable[[], tuple[str, str]]
    key: str = ""

    @property
    def expected(self) -> str:
        return self.texts()[0]

    @property
    def got(self) -> str:
        return self.texts()[1]


def difference(expected: Any, got: Any, tolerance: float, names: Sequence[str] = ()) -> Difference | None:
    """The first difference, or None. names: of the parts of a returned tuple.

    A list counts as a tuple of the same length, an array without axes as a number. An entry may differ by
    `tolerance` times the largest absolute entry expected beside it (plus 1e-3, so that zeros have room to round).
    """
    return _difference(expected, got, tolerance, tuple(names), "")


def equal(expected: Any, got: Any, tolerance: float) -> bool:
    """Whether there is no difference."""
    return _difference(expected, got, tolerance, (), "") is None


def _difference(expected: Any, got: Any, tolerance: float, names: tuple[str, ...], where: str) -> Difference | None:
    if isinstance(got, np.ndarray) and got.ndim == 0 and not isinstance(expected, np.ndarray):
        got = got.item()
    if isinstance(expected, tuple | list):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return Difference(where, "structure", lambda: (_structure(expected, names), _structure(got)))
        pairs = zip(expected, got, strict=True)
        places = names if len(names) == len(expected) else [f"{where}[{i}]" for i in range(len(expected))]
        return _first(_difference(e, g, tolerance, (), place) for place, (e, g) in zip(places, pairs, strict=True))
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return Difference(where, "structure", lambda: (_structure(expected), _structure(got)))
        for key in expected:
            found = _difference(expected[key], got[key], tolerance, names, "" if names else f"{where}[{key!r}]")
            if found:
                return replace(found, key=str(key))
        return None
    if isinstance(expected, np.ndarray):
        return _array_difference(expected, got, tolerance, where)
    if isinstance(expected, NUMBER) and not isinstance(expected, bool):
        if not isinstance(got, NUMBER) or isinstance(got, bool):
            return Difference(where, "structure", lambda: ("a number", _structure(got)))
        close = _close(np.array(expected, float), np.array(got, float), tolerance)
        return None if close.all() else Difference(where, "number", lambda: _apart(expected, got))
    if type(expected) is type(got) and expected == got:
        return None
    kind = "number" if type(expected) is type(got) else "structure"
    return Difference(where, kind, lambda: (show(expected), show(got)))


def _array_difference(expected: np.ndarray, got: Any, tolerance: float, where: str) -> Difference | None:
    if isinstance(got, list):
        try:
            got = np.array(got)
        except ValueError:
            pass
    if not isinstance(got, np.ndarray) or got.dtype.kind not in "biuf":
        return Difference(where, "structure", lambda: (_structure(expected), _structure(got)))
    if got.shape != expected.shape:
        return Difference(where, "shape", lambda: (f"shape {expected.shape}", f"shape {got.shape}"))
    wrong = ~_close(expected, got, tolerance)
    if not wrong.any():
        return None
    if expected.size <= SHOWN:
        return Difference(where, "number", lambda: _apart(expected, got))
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    count = f" ({int(wrong.sum()):,} of {wrong.size:,} entries differ)"
    one, other = _apart(expected[index].item(), got[index].item())
    return Difference(f"{where}{list(index)}", "number", lambda: (one, other + count))


def _close(expected: np.ndarray, got: np.ndarray, tolerance: float) -> np.ndarray:
    expected, got = np.asarray(expected, np.float64), np.asarray(got, np.float64)
    if not np.isfinite(expected).all():
        return np.isclose(expected, got, rtol=tolerance, atol=0, equal_nan=True)
    room = tolerance * (np.abs(expected).max(initial=0) + 1e-3)
    with np.errstate(invalid="ignore"):
        return np.abs(got - expected) <= room  # NaN compares as False


def _first(found: Any) -> Difference | None:
    return next((item for item in found if item is not None), None)


def _apart(expected: Any, got: Any) -> tuple[str, str]:
    """The two as text, with more digits where six do not tell them apart."""
    for digits in (6, 10, 17):
        texts = show(expected, digits), show(got, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _structure(value: Any, names: Sequence[str] = ()) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple | list):
        kind = type(value).__name__
        inside = f" ({', '.join(names)})" if names and len(names) == len(value) else ""
        return f"a {kind} of {len(value)} value{'s' * (len(value) != 1)}{inside}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(sorted(map(repr, value))) or '(none)'}"
    if value is None:
        return "None"
    return f"the {type(value).__name__} {show(value)}"


def show(value: Any, digits: int = 6, code: bool = False) -> str:
    """A value as a report prints it: short, and the same on every machine.

    code: arrays as calls of np.array, so that the text can be pasted into a cell.
    """
    if isinstance(value, np.ndarray):
        if value.size > SHOWN:
            return f"array of shape {value.shape}, {value.dtype.name}"
        text = _array_text(value, digits)
        if code:
            plain = value.dtype == float and "." in text or value.dtype == np.int64  # what np.array makes of the text
            dtype = "" if plain else f", dtype=np.{value.dtype.name}"
            return f"np.array({indented(text, 9)}{dtype})"
        notes = ([str(value.shape)] if value.size == 0 else []) + ([value.dtype.name] if value.dtype != float else [])
        return f"{text} ({', '.join(notes)})" if notes else text
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    if isinstance(value, tuple | list):
        opening, closing = "()" if isinstance(value, tuple) else "[]"
        texts = [show(item, digits, code) for item in value[:8]] + ["..."] * (len(value) > 8)
        inside = (",\n" if any("\n" in text for text in texts) else ", ").join(texts)
        return opening + indented(inside, 1) + "," * (closing == ")" and len(value) == 1) + closing
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {show(item, digits, code)}" for key, item in value.items()) + "}"
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "..."


def indented(text: str, width: int) -> str:
    """Text whose lines after the first are moved to the right."""
    return text.replace("\n", "\n" + " " * width)


def _array_text(array: np.ndarray, digits: int) -> str:
    """Like NumPy's own text, but every entry with so many significant digits."""
    options: dict[str, Any] = {"separator": ", ", "max_line_width": 100, "threshold": SHOWN + 1, "legacy": False}
    if array.dtype.kind != "f":
        return np.array2string(array, **options)
    width = max((len(f"{entry:.{digits}g}") for entry in array.ravel().tolist()), default=0)
    return np.array2string(array, **options, formatter={"float_kind": lambda entry: f"{entry:>{width}.{digits}g}"})
