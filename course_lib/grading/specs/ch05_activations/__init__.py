"""Chapter 05, activations: exercises 36 to 44, `find_dead_units`, the concept questions, what has no points."""

from .dead import FIND_DEAD_UNITS
from .exponential import ELU_AND_GRAD, SELU_AND_GRAD
from .leaky import LEAKY_RELU_AND_GRAD
from .predictions import PREDICTIONS
from .prelu import PRELU
from .questions import QUESTIONS
from .randomized import RRELU
from .recall import RECALL
from .saturating import SIGMOID_AND_GRAD, TANH_GRAD
from .smooth import SILU_AND_GRAD, SOFTPLUS

EXERCISES = (SIGMOID_AND_GRAD, TANH_GRAD, FIND_DEAD_UNITS, LEAKY_RELU_AND_GRAD, RRELU, PRELU, ELU_AND_GRAD,
             SELU_AND_GRAD, SILU_AND_GRAD, SOFTPLUS, *QUESTIONS)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
