"""Chapter 06, batch normalization: exercises 45 to 49, the repair that ends part II, questions, and what earns no
points."""

from .backward import BN_BACKWARD
from .counting import BN_PARAM_COUNT
from .folding import FOLD_BN
from .inference import BN_INFER
from .predictions import PREDICTIONS
from .questions import QUESTIONS
from .recall import RECALL
from .repair import REPAIRED_RUN
from .training import BN_TRAIN

EXERCISES = (BN_TRAIN, BN_INFER, BN_PARAM_COUNT, BN_BACKWARD, FOLD_BN, *QUESTIONS, REPAIRED_RUN)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
