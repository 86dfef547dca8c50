"""Chapter 09, optimizers: exercises 54 to 64, three of our own, questions, and what earns no points."""

from .adadelta import ADADELTA_STEP
from .adagrad import ADAGRAD_STEP
from .adam import ADAM_STEP
from .adamax import ADAMAX_STEP
from .adamw import ADAMW_STEP
from .comparison import COMPARE_FAIRLY
from .faults import WHICH_ADAM
from .matrix import MOMENTUM_MATRIX
from .momentum import MOMENTUM_STEP
from .nadam import NADAM_STEP
from .nesterov import NESTEROV_KERAS_STEP, NESTEROV_STEP
from .path import OPTIMIZER_PATH
from .predictions import PREDICTIONS
from .questions import QUESTIONS
from .recall import RECALL
from .rmsprop import RMSPROP_STEP

EXERCISES = (OPTIMIZER_PATH, MOMENTUM_STEP, NESTEROV_STEP, NESTEROV_KERAS_STEP, MOMENTUM_MATRIX, ADAGRAD_STEP,
             RMSPROP_STEP, ADADELTA_STEP, ADAM_STEP, WHICH_ADAM, ADAMAX_STEP, NADAM_STEP, ADAMW_STEP,
             COMPARE_FAIRLY, *QUESTIONS)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
