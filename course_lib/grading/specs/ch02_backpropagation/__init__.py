"""Chapter 02, backpropagation: exercises 14 to 21, the concept questions, and what is asked without points."""

from .backward import DENSE_BACKWARD
from .batches import MINIBATCHES
from .bias_column import BACKPROP_WITH_BIAS_COLUMN
from .checking import GRAD_CHECK
from .delta import OUTPUT_DELTA
from .forward import DENSE_FORWARD
from .mlp import BACKPROP_MLP
from .predictions import PREDICTIONS
from .questions import QUESTIONS
from .recall import RECALL
from .sgd import SGD_EPOCH

EXERCISES = (DENSE_FORWARD, DENSE_BACKWARD, OUTPUT_DELTA, BACKPROP_MLP, BACKPROP_WITH_BIAS_COLUMN, GRAD_CHECK,
             MINIBATCHES, SGD_EPOCH, *QUESTIONS)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
