"""Callbacks: hooks that ``fit`` calls, with Keras's names."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.model import Sequential

Logs = dict[str, float]


class Callback:
    """Base class: override the hooks you need. ``self.model`` is the model, ``self.params`` has epochs, steps, verbose.

    Setting ``self.model.stop_training = True`` ends the training after the current batch or epoch.
    """

    model: "Sequential"
    params: dict[str, Any]

    def set_model(self, model: "Sequential") -> None:
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once, after the last epoch, with the last epoch's logs."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before each epoch; epochs count from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch, with its training and validation logs."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each step; batches count from 0 in each epoch."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each step, with the means over the epoch so far."""


class History(Callback):
    """What ``fit`` returns: ``history`` maps each name to its list of values per epoch; ``epoch`` lists the epochs."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Progress on standard output: a bar per epoch (verbose=1, plain lines without tqdm), or a line (verbose=2)."""

    def __init__(self, verbose: int):
        self.bar: Any = None
        self.tqdm: Any = None
        if verbose == 1:
            try:
                from tqdm.auto import tqdm
                self.tqdm = tqdm
            except ImportError:
                pass                            # plain lines instead

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.tqdm is not None:
            self.bar = self.tqdm(total=self.params["steps"], desc=self._title(epoch), file=sys.stdout, unit="step")

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.bar.update()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        text = " - ".join(f"{name}: {value:.4f}" for name, value in (logs or {}).items())
        if self.bar is not None:
            self.bar.set_postfix_str(text)
            self.bar.close()
            self.bar = None
        else:
            print(f"{self._title(epoch)} - {text}", flush=True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.bar.close()

    def _title(self, epoch: int) -> str:
        return f"Epoch {epoch + 1}/{self.params['epochs']}"


class CallbackList:
    """Calls each hook of each callback in order."""

    def __init__(self, callbacks: list[Callback] | None, own: list[Callback], model: "Sequential",
                 params: dict[str, Any]):
        """``own`` are fit's: they come last, as in Keras, and see what the others add to the logs."""
        if not isinstance(callbacks, list | tuple | None):
            raise TypeError("fit: callbacks must be a list, got "
                            f"{callbacks!r}" + (" (a class: add parentheses)" * isinstance(callbacks, type)))
        for callback in callbacks or []:
            if not isinstance(callback, Callback):
                raise TypeError("fit: callbacks must be instances of course_lib.callbacks.Callback, "
                                f"got {callback!r}" + (" (a class: add parentheses)" * isinstance(callback, type)))
        self.callbacks = [*(callbacks or []), *own]
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)

    def call(self, hook: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)
