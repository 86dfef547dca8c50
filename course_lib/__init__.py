"""A course on training deep neural networks that checks itself: the library behind the chapters.

Names, arguments and defaults are Keras's wherever Keras has the thing. Importing needs NumPy alone.
"""

import importlib
from typing import Any

from course_lib import (
    activations,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    schedules,
)
from course_lib.gradient_check import gradient_check
from course_lib.layers import Input
from course_lib.model import Sequential
from course_lib.range_test import learning_rate_range_test

__version__ = "0.1.0"

# Loaded when somebody asks for them.
LATER = ("clipping", "mc_dropout", "newton", "perceptron", "pretraining", "pruning", "quantization", "wrappers")

__all__ = ["Input", "Sequential", "activations", "callbacks", "check", "constraints", "datasets", "gradient_check",
           "initializers", "layers", "learning_rate_range_test", "losses", "metrics", "models", "optimizers",
           "regularizers", "schedules"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from course_lib.grading import check
        return check
    if name in LATER:
        return importlib.import_module(f"course_lib.{name}")
    raise AttributeError(f"module 'course_lib' has no attribute {name!r}")
