"""Which learning rate? Train a copy of the model with a growing one, and see where the loss turns up."""

import copy
from dataclasses import dataclass

import numpy as np

from course_lib import _checks, schedules
from course_lib.model import Sequential


@dataclass(frozen=True)
class RangeTest:
    """What ``learning_rate_range_test`` found.

    learning_rates (k,): those of the steps taken. losses (k,): of each step's batch, before the step. smoothed (k,):
    their running average. turned: whether the loss turned up before the largest rate was reached.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    turned: bool

    @property
    def turning_point(self) -> float:
        """The rate at which the smoothed loss was lowest."""
        return float(self.learning_rates[np.argmin(self.smoothed)])

    @property
    def suggestion(self) -> float:
        """A tenth of ``turning_point``: a rate to begin with."""
        return self.turning_point / 10


def learning_rate_range_test(model: Sequential, x: np.ndarray, y: np.ndarray, min_learning_rate: float = 1e-5,
                             max_learning_rate: float = 10.0, steps: int = 500, batch_size: int = 32,
                             smoothing: float = 0.95, stop_factor: float = 4.0,
                             sample_weight: np.ndarray | None = None) -> RangeTest:
    """Train a copy of ``model`` for ``steps`` steps, with rates that grow from one step to the next by the same factor.

    model: compiled; it is not changed. x, y, sample_weight: as ``fit`` takes them; the rows are shuffled anew whenever
    all have been used. smoothing: each step moves the running average by 1 - smoothing of the way to the batch's loss;
    in [0, 1). The test ends early when the average exceeds ``stop_factor`` (above 1) times its lowest value, or the
    loss is no longer finite. Source: Smith 2017, sec. 3.3, here with rates in geometric progression.
    """
    where = "learning_rate_range_test"
    if not isinstance(model, Sequential):
        raise TypeError(f"{where}: model must be a Sequential, got {_checks.describe(model)}")
    model._require_compiled(where)
    rate = schedules.RangeTest(min_learning_rate, max_learning_rate, steps)
    batch_size = _checks.integer(where, "batch_size", batch_size, low=1)
    smoothing = _checks.number(where, "smoothing", smoothing, low=0, high=1)
    stop_factor = _checks.number(where, "stop_factor", stop_factor, low=1, open_low=True)
    rows = model._rows(where, x, y, sample_weight)
    twin = copy.deepcopy(model)
    twin._build_for(rows.x)
    rates: list[float] = []
    losses: list[float] = []
    smoothed: list[float] = []
    average = 0.0
    turned = False
    with np.errstate(all="ignore"):                 # it is meant to diverge
        while len(rates) < steps and not turned:
            for batch in rows.batches(batch_size, twin._shuffle_rng.permutation(len(rows))):
                twin.optimizer.learning_rate = rate(len(rates))
                loss, _ = twin._step(*batch)
                average = smoothing * average + (1 - smoothing) * loss
                mean = average / (1 - smoothing ** (len(rates) + 1))        # the average began at 0
                turned = not np.isfinite(mean) or bool(smoothed) and mean > stop_factor * min(smoothed)
                if not np.isfinite(mean):
                    break
                rates.append(rate(len(rates)))
                losses.append(loss)
                smoothed.append(mean)
                if turned or len(rates) == steps:
                    break
    if not rates:
        raise ValueError(f"{where}: the loss is not finite before the first step; is the model's training under way?")
    return RangeTest(np.array(rates), np.array(losses), np.array(smoothed), turned)
