"""A course on training deep neural networks that checks itself: the library behind the chapters.

Names, arguments and defaults are Keras's wherever Keras has the thing. Importing needs NumPy alone.
"""

from typing import Any

from course_lib import activations, callbacks, datasets, initializers, layers, losses, metrics, optimizers
from course_lib.gradient_check import gradient_check
from course_lib.layers import Input
from course_lib.model import Sequential

__version__ = "0.1.0"

__all__ = ["Input", "Sequential", "activations", "callbacks", "check", "datasets", "gradient_check", "initializers",
           "layers", "losses", "metrics", "optimizers"]


def __getattr__(name: str) -> Any:
    if name == "check":                 # the exercises are loaded when somebody checks one
        from course_lib.grading import check
        return check
    raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
