"""Callbacks that watch one number of the logs: stop early, lower the learning rate, keep the best model."""

import math
import warnings
from typing import Any

from course_lib import _checks
from course_lib.callbacks.base import Callback, Logs


class MonitorCallback(Callback):
    """Watches ``logs[monitor]`` and knows whether it has improved on the best so far.

    mode: "min", "max", or "auto", which asks the metric of that name; the loss is to fall. min_delta: an improvement
    by less than that does not count.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0.0):
        where = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(f"{where}: monitor must be a name in the logs, such as 'val_loss', "
                            f"got {_checks.describe(monitor)}")
        self.monitor, self.mode = monitor, _checks.lookup("mode", mode, {m: m for m in ("auto", "min", "max")})
        self.min_delta = abs(_checks.number(where, "min_delta", min_delta))
        self.best: float | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._sign = 1 if self._direction() == "up" else -1

    def current(self, logs: Logs | None) -> float | None:
        """The watched number; None, with a warning, where the logs do not have it."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(f"{type(self).__name__}: the logs have no {self.monitor!r}, only: "
                          f"{', '.join(logs or {})}", stacklevel=3)
        return value

    def improves(self, value: float, reference: float | None) -> bool:
        """Whether ``value`` is better than ``reference`` by more than min_delta; anything is better than nothing."""
        return reference is None or self._sign * value - self.min_delta > self._sign * reference

    def _direction(self) -> str:
        if self.mode != "auto":
            return "up" if self.mode == "max" else "down"
        name = self.monitor.removeprefix("val_")
        if name == "loss":
            return "down"
        metrics = self.model._compiled.metrics | self.model._compiled.weighted_metrics
        direction = metrics[name].direction if name in metrics else None
        if direction is None:
            raise ValueError(f"{type(self).__name__}: whether {self.monitor!r} should rise or fall is not known; give "
                             f"mode='max' or mode='min'. Known: loss, {', '.join(metrics)}")
        return direction


class EarlyStopping(MonitorCallback):
    """Stops the training when the monitored number no longer improves.

    patience: so many epochs without improvement, counted since the best one, end it; 0 and 1 mean the same, and the
    first epoch never ends it. baseline: an improvement counts only if it also beats this. restore_best_weights: at the
    end go back to the weights of the best epoch. start_from_epoch: epochs before this are not watched. verbose: 1 says
    what happens. All as in Keras.
    """

    def __init__(self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0,
                 mode: str = "auto", baseline: float | None = None, restore_best_weights: bool = False,
                 start_from_epoch: int = 0):
        super().__init__(monitor, mode, min_delta)
        self.patience = _checks.integer("EarlyStopping", "patience", patience)
        self.start_from_epoch = _checks.integer("EarlyStopping", "start_from_epoch", start_from_epoch)
        self.baseline = None if baseline is None else _checks.number("EarlyStopping", "baseline", baseline)
        self.restore_best_weights, self.verbose = bool(restore_best_weights), verbose
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best_weights: list[Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.current(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping", flush=True)
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.", flush=True)
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by ``factor`` when the monitored number no longer improves: performance scheduling.

    factor: in (0, 1). patience: after so many epochs without improvement. cooldown: so many epochs after a reduction
    are not counted. min_lr: the rate never goes below it. The rate is added to the logs as "learning_rate". All as in
    Keras.
    """

    def __init__(self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0,
                 mode: str = "auto", min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0):
        super().__init__(monitor, mode, min_delta)
        self.factor = _checks.number("ReduceLROnPlateau", "factor", factor, low=0, high=1, open_low=True)
        self.patience = _checks.integer("ReduceLROnPlateau", "patience", patience)
        self.cooldown = _checks.integer("ReduceLROnPlateau", "cooldown", cooldown)
        self.min_lr = _checks.number("ReduceLROnPlateau", "min_lr", min_lr, low=0)
        self.verbose = verbose
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        constant_rate("ReduceLROnPlateau", self.model)
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        rate = constant_rate("ReduceLROnPlateau", self.model)
        logs = {} if logs is None else logs
        logs["learning_rate"] = rate
        value = self.current(logs)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and rate > self.min_lr:
                self.model.optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                self.cooldown_counter, self.wait = self.cooldown, 0
                if self.verbose:
                    print(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to "
                          f"{self.model.optimizer.learning_rate}.", flush=True)


def constant_rate(where: str, model: Any) -> float:
    """The learning rate, which must be a number, because the callback assigns it."""
    rate = model.optimizer.learning_rate
    if callable(rate):
        raise TypeError(f"{where}: the optimizer's learning rate must be a number, for the callback to change, "
                        f"got {rate!r}")
    return float(rate)


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite. raise_error: by a RuntimeError instead of politely."""

    def __init__(self, raise_error: bool = False):
        self.raise_error = bool(raise_error)

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"TerminateOnNaN: the loss is {loss} after batch {batch}")
        print(f"Batch {batch}: invalid loss, terminating training", flush=True)
        self.model.stop_training = True
