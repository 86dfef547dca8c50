"""Regularizers with their gradients, and constraints."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import constraints, regularizers
from course_lib.parity.comparison import Area, Comparison, Pair, public
from course_lib.parity.loading import load_keras

RNG = np.random.default_rng(4)
KERNEL = RNG.normal(size=(6, 5)) * 10 ** np.linspace(-3, 1, 5)      # columns from far below a norm of 1 to far above
KERNEL[:, 1], KERNEL[2, 2] = 0, 0
CONVOLUTION = RNG.normal(size=(3, 3, 4, 5))


def penalty(kind: str, **arguments: float) -> Comparison:
    """``arguments`` are float32 numbers: Keras rounds them, in float64 too."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, tf = load_keras()
        ours, theirs = getattr(regularizers, kind)(**arguments), getattr(keras.regularizers, kind)(**arguments)
        w = tf.Variable(KERNEL.astype(dtype))
        with tf.GradientTape() as tape:
            value = theirs(w)
        yield "penalty", ours(w.numpy()), float(value)
        yield "gradient", ours.gradient(w.numpy()), tape.gradient(value, w).numpy()
    return Comparison(kind, "penalty and gradient", pairs)


def constraint(kind: str, *settings: dict[str, Any]) -> Comparison:
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        for arguments in settings:
            ours, theirs = getattr(constraints, kind)(**arguments), getattr(keras.constraints, kind)(**arguments)
            w = (CONVOLUTION if isinstance(arguments.get("axis"), list) else KERNEL).astype(dtype)
            ours, theirs = ours(w), np.array(theirs(w))
            for unit in range(w.shape[-1]):                         # a unit's small weights by themselves
                yield f"{arguments or 'defaults'}, unit {unit}", ours[..., unit], theirs[..., unit]
    return Comparison(kind, "constrained weights", pairs)


AREA = Area(
    "Regularizers and constraints",
    [
        penalty("L1", l1=1 / 64), penalty("L2", l2=1 / 64), penalty("L1L2", l1=1 / 64, l2=1 / 8),
        constraint("MaxNorm", {}, {"max_value": 0.5}, {"axis": [0, 1, 2]}),
        constraint("MinMaxNorm", {}, {"min_value": 0.5, "max_value": 0.75, "rate": 0.5}),
        constraint("NonNeg", {}),
        constraint("UnitNorm", {}, {"axis": 1}, {"axis": [0, 1, 2]}),
    ],
    registered=lambda: [*public(regularizers, regularizers.Regularizer), *public(constraints, constraints.Constraint)],
    conventions={
        "L2": r"No factor 1/2: the gradient is $2 \lambda w$, and plain SGD with weight decay $2 \lambda$ takes the "
              "same steps.",
        "L1": "The slope of $|w|$ at 0 is taken as 0.",
        "L1L2": "Both factors default to 0. Keras's docstring promises the name `l1_l2` with 0.01 each, but Keras 3.15 "
                "does not know that name; here it is known, with 0.",
        "MaxNorm, MinMaxNorm, UnitNorm": "Keras divides by 1e-7 + norm, so even weights within the limit shrink by a "
                                         "relative 1e-7 / norm. The norm is that of a kernel's column (axis 0).",
    },
)
