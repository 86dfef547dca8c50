"""Learning-rate schedules, step by step."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import schedules
from course_lib.parity.comparison import Area, Comparison, Pair, public
from course_lib.parity.loading import load_keras

STEPS = sorted({*range(0, 400, 8), *(at + shift for at in (50, 64, 100, 128, 150, 192, 200, 300, 350)
                                     for shift in (-1, 0, 1))})


def compared(kind: str, quantity: str, in_keras: tuple[str, dict[str, Any]] | None = None,
             **arguments: Any) -> Comparison:
    """in_keras: the class and the further arguments that make the same schedule there, if Keras has no such class."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        ours = getattr(schedules, kind)(**arguments)
        other, more = in_keras or (kind, {})
        # Given Python floats, Keras computes in float32; given NumPy's float64, it computes in that.
        exact = {name: np.float64(value) if dtype == "float64" and isinstance(value, float) else value
                 for name, value in {**arguments, **more}.items()}
        theirs = getattr(keras.optimizers.schedules, other)(**exact)
        yield "rates", [ours(step) for step in STEPS], [float(theirs(step)) for step in STEPS]
    return Comparison(kind, quantity, pairs)


AREA = Area(
    "Learning-rate schedules",
    [
        compared("ExponentialDecay", "smooth", initial_learning_rate=0.1, decay_steps=100, decay_rate=0.1),
        compared("ExponentialDecay", "staircase", initial_learning_rate=0.1, decay_steps=100, decay_rate=0.1,
                 staircase=True),
        compared("InverseTimeDecay", "smooth", initial_learning_rate=0.1, decay_steps=100, decay_rate=0.7),
        compared("InverseTimeDecay", "staircase", initial_learning_rate=0.1, decay_steps=100, decay_rate=0.7,
                 staircase=True),
        compared("PiecewiseConstantDecay", "three values", boundaries=[50, 100], values=[1 / 8, 1 / 16, 1 / 64]),
        compared("PolynomialDecay", "once", initial_learning_rate=0.1, decay_steps=100, end_learning_rate=0.01,
                 power=2.0),
        compared("PolynomialDecay", "cycle", initial_learning_rate=0.1, decay_steps=100, end_learning_rate=0.01,
                 cycle=True),
        compared("CosineDecay", "plain", initial_learning_rate=0.1, decay_steps=300, alpha=0.1),
        compared("CosineDecay", "warm-up", initial_learning_rate=0.0, decay_steps=300, warmup_target=0.1,
                 warmup_steps=50),
        compared("CosineDecayRestarts", "equal periods", initial_learning_rate=0.1, first_decay_steps=64, t_mul=1.0,
                 m_mul=0.5, alpha=0.1),
        compared("CosineDecayRestarts", "growing periods", initial_learning_rate=0.1, first_decay_steps=50, t_mul=2.0,
                 m_mul=0.5),
        compared("StepDecay", "Keras's ExponentialDecay, staircase", ("ExponentialDecay", {"staircase": True}),
                 initial_learning_rate=0.1, decay_steps=100, decay_rate=0.1),
        compared("PowerDecay", "Keras's InverseTimeDecay, rate 1", ("InverseTimeDecay", {"decay_rate": 1.0}),
                 initial_learning_rate=0.1, decay_steps=100),
    ],
    about="Compared: the rates at some hundred steps.",
    registered=lambda: public(schedules, schedules.LearningRateSchedule),
    conventions={
        "all": "Keras computes a schedule in float32, whatever the model's dtype, if its numbers are Python floats; "
               "here it is computed in float64. For the column float64, Keras got NumPy's float64 numbers.",
        "PiecewiseConstantDecay": "At a boundary the old value still holds.",
        "CosineDecay": "With a warm-up, decay_steps counts from its end.",
    },
    ours={
        "OneCycle": "Keras has no such class.",
        "RangeTest": "Keras has no such class.",
        "PowerOfInitialRate": "A formula that one of the sources prints; nobody's convention.",
    },
)
