"""Callbacks that set the learning rate: once an epoch by any function, or every step along a 1cycle."""

import inspect
from collections.abc import Callable
from typing import Any

from course_lib import _checks, schedules
from course_lib.callbacks.base import Callback, Logs
from course_lib.callbacks.monitoring import constant_rate


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    schedule: (epoch, current rate) -> rate, or (epoch) -> rate; epochs count from 0 in every ``fit`` that is not given
    an initial_epoch. The rate must be above 0 (Keras takes 0, too: nothing is learned). verbose: 1 says what happens.
    The rate is added to the logs as "learning_rate", as in Keras.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        if not callable(schedule):
            raise TypeError(f"LearningRateScheduler: schedule must be a function of the epoch, "
                            f"got {_checks.describe(schedule)}")
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        rate = constant_rate("LearningRateScheduler", self.model)
        rate = self.schedule(epoch, rate) if self._takes_rate() else self.schedule(epoch)
        self.model.optimizer.learning_rate = _checks.number(
            "LearningRateScheduler", f"what the schedule returns for epoch {epoch}", rate, low=0, open_low=True)
        if self.verbose:
            print(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.", flush=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = constant_rate("LearningRateScheduler", self.model)

    def _takes_rate(self) -> bool:
        try:
            inspect.signature(self.schedule).bind(0, 0.0)
        except TypeError:
            return False
        except ValueError:                          # a builtin that does not tell
            return True
        return True


class OneCycleScheduler(Callback):
    """Sets learning rate and momentum before every step, along a ``schedules.OneCycle``. (Ours.)

    max_learning_rate: the peak, from a range test. total_steps: default all steps of the training. The other arguments
    are those of ``schedules.OneCycle``. The momentum is that of an SGD or RMSprop that has one, and beta_1 of Adam and
    its relatives; other optimizers keep theirs. Both are added to the logs, as "learning_rate" and "momentum".
    """

    def __init__(self, max_learning_rate: float, total_steps: int | None = None, **arguments: Any):
        cycle = schedules.OneCycle(max_learning_rate, 10**9 if total_steps is None else total_steps, **arguments)
        if not cycle.final_learning_rate:
            raise ValueError("OneCycleScheduler: final_learning_rate must be above 0, got 0")
        self.max_learning_rate, self.total_steps, self.arguments = max_learning_rate, total_steps, arguments

    def on_train_begin(self, logs: Logs | None = None) -> None:
        constant_rate("OneCycleScheduler", self.model)
        steps = self.params["epochs"] * self.params["steps"] if self.total_steps is None else self.total_steps
        self.cycle = schedules.OneCycle(self.max_learning_rate, steps, **self.arguments)
        self.hyperparameter = next((name for name in ("momentum", "beta_1")
                                    if getattr(self.model.optimizer, name, 0)), None)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.first_step = epoch * self.params["steps"]

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        optimizer, step = self.model.optimizer, self.first_step + batch
        optimizer.learning_rate = self.cycle(step)
        if self.hyperparameter is not None:
            setattr(optimizer, self.hyperparameter, self.cycle.momentum(step))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            logs["learning_rate"] = constant_rate("OneCycleScheduler", self.model)
            if self.hyperparameter is not None:
                logs["momentum"] = getattr(self.model.optimizer, self.hyperparameter)
