"""Names the mistake behind wrong answers: one that explains every case, or none."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import compare
from .judges import Fault
from .runner import Outcome

if TYPE_CHECKING:
    from .spec import Case, Exercise

# Mistakes that can be made in any exercise.
GENERAL = {
    "returns-none": "The function returns None in every case. Is the `return` line missing, or inside an `if`?",
    "mutates-input": "The function changes an array it was given. The caller still needs it: "
                     "make a new array instead of writing into the argument.",
    "overflow": "The numbers are right, but a floating-point warning was raised on the way. "
                "Rearrange the formula so that no intermediate result overflows or becomes 0/0; "
                "`np.where` computes both of its branches for every entry.",
    "swapped-outputs": "The values are right, but they are returned in another order than was asked for.",
    "transposed": "An array is right except that its rows and columns are exchanged. "
                  "Compare its shape with the one that is asked for.",
    "opposite-sign": "Every number has the right size and the opposite sign.",
    "constant-factor": "Every number is wrong by the same factor. "
                       "Look for a mean that should be a sum, a sum that should be a mean, or a stray 2.",
}


def diagnose(exercise: "Exercise", cases: Sequence["Case"], outcomes: Sequence[Outcome],
             faults: Sequence[Fault | None]) -> tuple[str, str] | None:
    """The name and message of the mistake that explains every case, or None."""
    named = {item.name: item.message for item in exercise.misconceptions}
    labels = {fault.label for fault in faults if fault}
    if len(labels) == 1 and all(outcome.kind == "value" for outcome in outcomes):
        (label,) = labels
        if label in named:
            return label, named[label]
    name = _from_spec(exercise, cases, outcomes, faults)
    if name:
        return name, named[name]
    name = _general(exercise, cases, outcomes, labels)
    return (name, GENERAL[name]) if name else None


def _from_spec(exercise: "Exercise", cases: Sequence["Case"], outcomes: Sequence[Outcome],
               faults: Sequence[Fault | None]) -> str | None:
    # Exceptions count as equal by type alone only where a wrong value speaks for the same mistake.
    speaks = any(fault and outcome.kind == "value" for fault, outcome in zip(faults, outcomes, strict=True))
    for exactly in (True, False) if speaks else (True,):
        for misconception in (item for item in exercise.misconceptions if not item.random):
            for wrong in misconception.wrong:
                if all(exercise.judge.explains(exercise, wrong, case, outcome, exactly)
                       for case, outcome in zip(cases, outcomes, strict=True)):
                    return misconception.name
    return None


def _general(exercise: "Exercise", cases: Sequence["Case"], outcomes: Sequence[Outcome],
             labels: set[str]) -> str | None:
    if any(outcome.kind != "value" for outcome in outcomes):
        return None
    values = [exercise.returned(outcome.value) for outcome in outcomes]
    if all(value is None for value in values):
        return "returns-none"
    if labels <= {"mutates-input", "overflow"} and labels:
        return "mutates-input" if "mutates-input" in labels else "overflow"
    if not exercise.judge.exact or any(labels):
        return None
    expected = [exercise.returned(exercise.judge.expected(exercise, case)) for case in cases]
    if all(_swapped(e, v, case.allowed()) for e, v, case in zip(expected, values, cases, strict=True)):
        return "swapped-outputs"
    pairs = [(_parts(e), _parts(v), case.allowed()) for e, v, case in zip(expected, values, cases, strict=True)]
    if all(_transposed(*pair) for pair in pairs):
        return "transposed"
    factors = [_factor(*pair) or 0.0 for pair in pairs]
    if not factors[0] or not np.allclose(factors, factors[0], rtol=1e-6, atol=0):
        return None
    return "opposite-sign" if np.isclose(factors[0], -1) else "constant-factor"


def _parts(value: Any) -> list[Any]:
    """The arrays and numbers of a value, in order."""
    if isinstance(value, tuple | list):
        return [part for item in value for part in _parts(item)]
    return [value]


def _swapped(expected: Any, got: Any, tolerance: float) -> bool:
    """Whether a tuple holds the right parts in another order."""
    if not isinstance(expected, tuple | list) or not isinstance(got, tuple | list):
        return False
    if not 1 < len(expected) == len(got) or compare.equal(expected, got, tolerance):
        return False
    left = list(got)
    for part in expected:
        found = next((i for i, other in enumerate(left) if compare.equal(part, other, tolerance)), None)
        if found is None:
            return False
        left.pop(found)
    return True


def _transposed(expected: list[Any], got: list[Any], tolerance: float) -> bool:
    def turned(part: Any, other: Any) -> bool:
        return isinstance(other, np.ndarray) and other.ndim == 2 and compare.equal(part, other.T, tolerance)

    return len(expected) == len(got) and all(
        compare.equal(part, other, tolerance) or turned(part, other)
        for part, other in zip(expected, got, strict=True))


def _factor(expected: list[Any], got: list[Any], tolerance: float) -> float | None:
    """The factor by which every part is wrong, or None. A student's own cache, which is None in both, is no part."""
    if len(expected) != len(got):
        return None
    known = [(part, other) for part, other in zip(expected, got, strict=True) if part is not None or other is not None]
    expected, got = [part for part, _ in known], [other for _, other in known]
    if not all(_is_real(part) for part in expected + got):
        return None
    if any(np.shape(part) != np.shape(other) for part, other in zip(expected, got, strict=True)):
        return None
    one = np.concatenate([np.ravel(part) for part in expected]).astype(float)
    other = np.concatenate([np.ravel(part) for part in got]).astype(float)
    if not one.any() or not np.isfinite(other).all():
        return None
    factor = float(one @ other / (one @ one))
    return factor if factor and compare.equal(factor * one, other, max(tolerance, 1e-9)) else None


def _is_real(part: Any) -> bool:
    return isinstance(part, int | float) or (isinstance(part, np.ndarray) and part.dtype.kind in "iuf")
