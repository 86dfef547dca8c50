"""`check(function)`: the verdict where the function was written."""

import sys
from collections.abc import Callable
from typing import Any

from .grade import Here, grade
from .report import Result
from .specs import UnknownExercise, get


def check(function: Callable[..., Any]) -> Result:
    """Check your function against the exercise of its name; show the verdict and return it.

    `check(dense_forward)`, not `check(dense_forward(...))`. The result has .verdict, .points, .max_points,
    .message and .misconception.
    """
    result = _check(function)
    show(result)
    return result


def _check(function: Any) -> Result:
    name = getattr(function, "__name__", None)
    if not callable(function) or not isinstance(name, str):
        return _refused(f"`check` takes the function itself, as in `check(dense_forward)`; "
                        f"it was given a value of type {type(function).__name__}.")
    if name == "<lambda>":
        return _refused("`check` finds the exercise by the function's name, and a lambda has none. "
                        "Write it with `def`.")
    try:
        exercise = get(name)
    except UnknownExercise as error:
        return _refused(str(error))
    return grade(exercise, Here(function))


def _refused(message: str) -> Result:
    return Result("check", "error", 0.0, 0.0, message)


def show(result: Result) -> None:
    """A card in Jupyter, else plain text on stdout."""
    if _in_ipython():
        result.display()
    else:
        print(result.text())


def _in_ipython() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
