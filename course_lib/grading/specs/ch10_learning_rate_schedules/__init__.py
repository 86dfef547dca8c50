"""Chapter 10, learning-rate schedules: exercises 65 to 71, four more, the repair that ends part III, questions, and
what earns no points."""

from .decays import EXPONENTIAL_SCHEDULE, POWER_SCHEDULE, STEP_DECAY
from .noise_floor import RATE_FOR_LEVEL
from .one_cycle import ONE_CYCLE
from .piecewise import PIECEWISE
from .places import PLACED_SCHEDULE
from .plateau import PLATEAU
from .predictions import PREDICTIONS
from .questions import QUESTIONS
from .range_test import RANGE_TEST_RATES, SUGGESTED_RATE
from .recall import RECALL
from .repair import REPAIRED_PLAN
from .steps import STEPS_TO_REACH

EXERCISES = (RATE_FOR_LEVEL, POWER_SCHEDULE, EXPONENTIAL_SCHEDULE, STEPS_TO_REACH, STEP_DECAY, PIECEWISE, PLATEAU,
             RANGE_TEST_RATES, SUGGESTED_RATE, ONE_CYCLE, PLACED_SCHEDULE, *QUESTIONS, REPAIRED_PLAN)

__all__ = ["EXERCISES", "PREDICTIONS", "RECALL"]
