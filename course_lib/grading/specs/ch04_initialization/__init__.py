"""Chapter 04, initialization: exercises 28 to 35, `stack_factors`, the questions, and what is asked without points."""

from .fans import FANS
from .gain import REQUIRED_STD
from .predictions import PREDICTIONS
from .propagation import FORWARD_VARIANCES
from .questions import QUESTIONS
from .recall import RECALL
from .scaling import INIT_STD
from .stacks import STACK_FACTORS
from .truncation import TRUNCATED_NORMAL_INIT
from .uniform import UNIFORM_BOUND
from .vanishing import VANISHING_RATIO
from .variance import PREDICT_VAR_Z

EXERCISES = (FORWARD_VARIANCES, PREDICT_VAR_Z, FANS, INIT_STD, UNIFORM_BOUND, TRUNCATED_NORMAL_INIT, STACK_FACTORS,
             REQUIRED_STD, VANISHING_RATIO, *QUESTIONS)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
