"""Interactive figures: one Python class (its state, and its numbers from course_lib) and one JavaScript module each.

A live kernel shows the widget itself; a stored output also holds it as HTML, which the book's page brings to life.
"""

try:
    import anywidget  # noqa: F401
except ImportError as error:
    raise ImportError('course_lib.widgets needs anywidget: pip install "course_lib[student]"') from error

from course_lib.widgets.activation_slopes import ActivationSlopes
from course_lib.widgets.base import CourseWidget, Live
from course_lib.widgets.batch_statistics import BatchStatistics
from course_lib.widgets.computation_graph import ComputationGraph
from course_lib.widgets.dead_units import DeadUnits
from course_lib.widgets.difference_step import DifferenceStep
from course_lib.widgets.doubt_in_the_plane import DoubtInThePlane
from course_lib.widgets.dropout_masks import DropoutMasks
from course_lib.widgets.early_stopping import EarlyStopping
from course_lib.widgets.folding import Folding
from course_lib.widgets.gradient_memory import GradientMemory
from course_lib.widgets.optimizer_race import OptimizerRace
from course_lib.widgets.penalty_contours import PenaltyContours
from course_lib.widgets.range_test_reading import RangeTestReading
from course_lib.widgets.schedule_shape import ScheduleShape
from course_lib.widgets.self_normalization import SelfNormalization
from course_lib.widgets.signal_flow import SignalFlow
from course_lib.widgets.softmax_crossentropy import SoftmaxCrossentropy
from course_lib.widgets.variance_rule import VarianceRule

WIDGETS = {widget._name: widget for widget in (ComputationGraph, DifferenceStep, SoftmaxCrossentropy, VarianceRule,
                                               SignalFlow, DeadUnits, BatchStatistics, ActivationSlopes, Folding,
                                               SelfNormalization, OptimizerRace, GradientMemory, ScheduleShape,
                                               RangeTestReading, PenaltyContours, DropoutMasks, EarlyStopping,
                                               DoubtInThePlane)}

__all__ = ["WIDGETS", "ActivationSlopes", "BatchStatistics", "ComputationGraph", "CourseWidget", "DeadUnits",
           "DifferenceStep", "DoubtInThePlane", "DropoutMasks", "EarlyStopping", "Folding", "GradientMemory", "Live",
           "OptimizerRace", "PenaltyContours", "RangeTestReading", "ScheduleShape", "SelfNormalization", "SignalFlow",
           "SoftmaxCrossentropy", "VarianceRule"]
