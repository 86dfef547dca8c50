"""Chapter 11, regularization and sparse models: exercises 72 to 80, questions, and what earns no points."""

from .alpha import ALPHA_DROPOUT
from .dropping import DROPOUT, DROPOUT_BACKWARD
from .lengths import MAX_NORM
from .penalties import L1_L2
from .predictions import PREDICTIONS
from .proximal import PROX_L1
from .pruning import MAGNITUDE_PRUNE
from .quantizing import QUANTIZE_INT8
from .questions import QUESTIONS
from .recall import RECALL
from .sampling import MC_PREDICT

EXERCISES = (L1_L2, PROX_L1, DROPOUT, DROPOUT_BACKWARD, ALPHA_DROPOUT, MC_PREDICT, MAX_NORM, MAGNITUDE_PRUNE,
             QUANTIZE_INT8, *QUESTIONS)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
