"""The hooks, who is called, and the record that ``fit`` returns."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course_lib.model import Sequential

Logs = dict[str, float]


class Callback:
    """Base class: override the hooks you need. ``self.model`` is the model, ``self.params`` has epochs, steps, verbose.

    ``fit`` calls the train and epoch hooks, and for validation the test hooks; ``evaluate`` the test hooks and
    ``predict`` the predict hooks of the callbacks it is given. Epochs count from 0, batches from 0 in each epoch.
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
        """Called before each epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch, with its training and validation logs."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each step."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each step, with the means over the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of ``on_train_batch_begin``."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Another name of ``on_train_batch_end``."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before an evaluation, also that of the validation data."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after an evaluation, with its logs."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of an evaluation, with the means so far."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Called after each batch of a prediction, with its "outputs", which are valid until the next batch."""


HOOKS = [name for name in vars(Callback) if name.startswith("on_") and name not in ("on_batch_begin", "on_batch_end")]


class LambdaCallback(Callback):
    """A callback made of functions, one for each hook that is given: ``LambdaCallback(on_epoch_end=print)``."""

    def __init__(self, on_epoch_begin: Callable | None = None, on_epoch_end: Callable | None = None,
                 on_train_begin: Callable | None = None, on_train_end: Callable | None = None,
                 on_train_batch_begin: Callable | None = None, on_train_batch_end: Callable | None = None,
                 **kwargs: Callable):
        given = {"on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
                 "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
                 "on_train_batch_end": on_train_batch_end, **kwargs}
        for name, function in given.items():
            if not hasattr(Callback, name) or not name.startswith("on_"):
                raise TypeError(f"LambdaCallback: no hook is called {name!r}; known: {', '.join(HOOKS)}")
            if function is not None:
                if not callable(function):
                    raise TypeError(f"LambdaCallback: {name} must be a function, got {function!r}")
                setattr(self, name, function)


class History(Callback):
    """What ``fit`` returns: ``history`` maps each name to its list of values per epoch; ``epoch`` lists the epochs."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class CallbackList:
    """Calls each hook of each callback in order."""

    def __init__(self, callbacks: list[Callback] | None, own: list[Callback], model: "Sequential",
                 params: dict[str, Any], where: str = "fit"):
        """``own`` are the method's: they come last, as in Keras, and see what the others add to the logs."""
        if not isinstance(callbacks, list | tuple | None):
            raise TypeError(f"{where}: callbacks must be a list, got "
                            f"{callbacks!r}" + (" (a class: add parentheses)" * isinstance(callbacks, type)))
        for callback in callbacks or []:
            if not isinstance(callback, Callback):
                raise TypeError(f"{where}: callbacks must be instances of course_lib.callbacks.Callback, "
                                f"got {callback!r}" + (" (a class: add parentheses)" * isinstance(callback, type)))
        given = list(callbacks or [])
        if any(isinstance(callback, History) for callback in given):
            own = [callback for callback in own if not isinstance(callback, History)]
        self.callbacks = [*given, *own]
        for callback in self.callbacks:
            callback.set_model(model)
            callback.set_params(params)
        self._listeners = {hook: [getattr(c, hook) for c in self.callbacks if _listens(c, hook)] for hook in HOOKS}

    @property
    def history(self) -> History:
        return next(callback for callback in self.callbacks if isinstance(callback, History))

    def call(self, hook: str, *arguments: Any) -> None:
        for on in self._listeners[hook]:
            on(*arguments)


def _listens(callback: Callback, hook: str) -> bool:
    """Whether the callback does anything there, under either name of the hook."""
    names = {hook, hook.replace("_train_batch", "_batch")}
    return any(name in vars(callback) or getattr(type(callback), name) is not getattr(Callback, name)
               for name in names)
