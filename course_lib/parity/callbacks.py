"""Callbacks, driven by the same made-up logs, and the hooks that a training calls."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

import course_lib
from course_lib import callbacks
from course_lib.parity.comparison import ONCE, Area, Comparison, Pair, public
from course_lib.parity.loading import load_keras

RNG = np.random.default_rng(8)
# Losses of 10 epochs in steps of 1/8, so that some improve by nothing and some by just a min_delta of 1/8.
SERIES = [list(1 + np.cumsum(RNG.integers(-2, 3, 10)) / 8) for _ in range(12)]
SUFFIX = {"course_lib": "npz", "keras": "keras"}

Library = Any                           # course_lib or keras: what follows is said once for both


def small_model(library: Library) -> Any:
    model = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
    model.compile(library.optimizers.SGD(1.0), "mse", metrics=["mae"])
    return model


def driven(model: Any, callback: Any, losses: list[float]) -> list[Any]:
    """What the callback does: after each epoch the logs, the learning rate, whether to stop; at last the weights,
    which are set to the number of the epoch."""
    model.stop_training, model.optimizer.learning_rate = False, 1.0
    callback.set_model(model)
    callback.set_params({"epochs": len(losses), "steps": 1, "verbose": 0})
    callback.on_train_begin({})
    seen: list[Any] = []
    for epoch, loss in enumerate(losses):
        callback.on_epoch_begin(epoch, {})
        model.set_weights([np.full((1, 1), float(epoch)), np.zeros(1)])
        logs = {"loss": loss, "mae": loss, "val_loss": loss, "val_mae": -loss}
        callback.on_epoch_end(epoch, logs)
        seen.append((epoch, sorted(logs.items()), float(model.optimizer.learning_rate), model.stop_training))
        if model.stop_training:
            break
    callback.on_train_end({})
    return [*seen, float(model.get_weights()[0][0, 0])]


def compared(kind: str, quantity: str, *makers: Callable[[Library], Any]) -> Comparison:
    """``makers`` make the callback."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        models = {library: small_model(library) for library in (course_lib, keras)}
        for i, make in enumerate(makers):
            for losses in SERIES:
                ours, theirs = (driven(model, make(library), losses) for library, model in models.items())
                yield f"setting {i}, losses {losses}", ours, theirs
    return Comparison(kind, quantity, pairs, ONCE)


def arguments(kind: str, *settings: dict[str, Any]) -> list[Callable[[Library], Any]]:
    def maker(given: dict[str, Any]) -> Callable[[Library], Any]:
        return lambda library: getattr(library.callbacks, kind)(**given)
    return [maker(given) for given in settings]


def files(kind: str, quantity: str, make: Callable[[Library, Path], Any],
          read: Callable[[Library, Path], Any]) -> Comparison:
    """A callback that writes: what is in its folder afterwards."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        for losses in (series[:5] for series in SERIES[:2]):
            found = []
            for library in (course_lib, keras):
                with tempfile.TemporaryDirectory() as folder:
                    driven(small_model(library), make(library, Path(folder)), losses)
                    found.append(sorted((path.stem, read(library, path)) for path in Path(folder).iterdir()))
            yield f"files for the losses {losses}", found[0], found[1]
    return Comparison(kind, quantity, pairs, ONCE)


def epoch_saved(library: Library, path: Path) -> float:
    return float(library.models.load_model(path).get_weights()[0][0, 0])


def hooks(dtype: str) -> Iterator[Pair]:
    """Every hook of fit, evaluate and predict, in order, with its arguments; and what a callback adds to the logs."""
    keras, _ = load_keras()
    calls, histories = [], []
    x, y = np.zeros((7, 1)), np.zeros((7, 1))
    for library in (course_lib, keras):
        seen: list[Any] = []
        model = small_model(library)
        recorder = recording(library, seen)
        history = model.fit(x, y, batch_size=3, epochs=2, validation_data=(x, y), verbose=0, callbacks=[recorder])
        model.evaluate(x, y, batch_size=4, verbose=0, callbacks=[recorder])
        model.predict(x, batch_size=4, verbose=0, callbacks=[recorder])
        calls.append(seen)
        histories.append(history.history["added"])
    yield "calls", calls[0], calls[1]
    yield "history of what a callback added", histories[0], histories[1]


def recording(library: Library, seen: list[Any]) -> Any:
    names = [name for name in dir(library.callbacks.Callback) if name.startswith("on_")]

    def hook(name: str) -> Callable[..., None]:
        def on(self, *index, logs=None):
            *place, logs = index if logs is None else (*index, logs)
            seen.append((name, place, sorted(set(logs or {}) - {"added", "outputs"})))
            if name == "on_epoch_end":
                logs["added"] = float(place[0])
        return on
    return type("Recorder", (library.callbacks.Callback,), {name: hook(name) for name in names})()


def nan_losses(dtype: str) -> Iterator[Pair]:
    keras, _ = load_keras()
    for loss in (1.0, float("inf"), float("nan")):
        stopped = []
        for library in (course_lib, keras):
            callback, model = library.callbacks.TerminateOnNaN(), small_model(library)
            model.stop_training = False
            callback.set_model(model)
            with redirect_stdout(StringIO()):
                callback.on_train_batch_end(3, {"loss": loss})
            stopped.append(model.stop_training)
        yield f"a loss of {loss}", stopped[0], stopped[1]


def history(dtype: str) -> Iterator[Pair]:
    """The record of two trainings with the same callback, the second from another first epoch."""
    keras, _ = load_keras()
    x, y = np.zeros((7, 1)), np.ones((7, 1))
    found = []
    for library in (course_lib, keras):
        model, record = small_model(library), library.callbacks.History()
        for first in (0, 5):
            model.fit(x, y, epochs=first + 2, initial_epoch=first, verbose=0, callbacks=[record], validation_split=0.5)
        found.append((record.epoch, sorted((name, len(values)) for name, values in record.history.items()),
                      model.history.epoch, sorted(model.history.history)))
    yield "epochs, names and lengths", found[0], found[1]


class Interruption(Exception):
    pass


def interrupted(dtype: str) -> Iterator[Pair]:
    """A training that is interrupted in epoch 2 and called again: epochs run, weights at the end."""
    keras, _ = load_keras()
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(32, 1)).astype(dtype), rng.normal(size=(32, 1)).astype(dtype)

    def stop(epoch, logs=None):
        if epoch == 2:
            raise Interruption
    found = []
    for library in (course_lib, keras):
        own = {"dtype": dtype} if library is course_lib else {}
        model = library.Sequential([library.Input((1,)), library.layers.Dense(1)], **own)
        model.set_weights([np.ones((1, 1)), np.zeros(1)])
        model.compile(library.optimizers.SGD(1 / 16), "mse")
        with tempfile.TemporaryDirectory() as folder:
            again = {"x": x, "y": y, "epochs": 4, "batch_size": 16, "shuffle": False, "verbose": 0}
            with suppress(Interruption):
                model.fit(**again, callbacks=[library.callbacks.BackupAndRestore(folder),
                                              library.callbacks.LambdaCallback(on_epoch_begin=stop)])
            history = model.fit(**again, callbacks=[library.callbacks.BackupAndRestore(folder)])
            found.append((history.epoch, *model.get_weights()))
    yield from zip(("epochs after the interruption", "kernel", "bias"), *found, strict=True)


AREA = Area(
    "Callbacks",
    [
        Comparison("Callback", "order and arguments of all hooks", hooks, ONCE),
        compared("EarlyStopping", "when it stops, weights restored", *arguments(
            "EarlyStopping", {}, {"patience": 2}, {"patience": 2, "min_delta": 0.125, "restore_best_weights": True},
            {"monitor": "val_mae", "mode": "max", "patience": 1, "restore_best_weights": True},
            {"patience": 1, "baseline": 0.75, "restore_best_weights": True}, {"patience": 1, "start_from_epoch": 4})),
        compared("ReduceLROnPlateau", "rates and logs", *arguments(
            "ReduceLROnPlateau", {"patience": 1, "factor": 0.25}, {"patience": 2, "factor": 0.5, "min_delta": 0.125},
            {"patience": 0, "factor": 0.5, "min_lr": 0.1875}, {"patience": 1, "factor": 0.5, "cooldown": 2},
            {"monitor": "val_mae", "mode": "max", "patience": 2, "factor": 0.25})),
        compared("LearningRateScheduler", "rates and logs",
                 lambda library: library.callbacks.LearningRateScheduler(lambda epoch: 2.0 ** -epoch),
                 lambda library: library.callbacks.LearningRateScheduler(lambda epoch, rate: 0.75 * rate)),
        compared("LambdaCallback", "what its functions change", lambda library: library.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: logs.update(extra=2.0 * epoch))),
        Comparison("TerminateOnNaN", "which losses stop", nan_losses, ONCE),
        files("ModelCheckpoint", "files, all epochs",
              lambda library, folder: library.callbacks.ModelCheckpoint(
                  folder / ("{epoch:02d} {val_loss:.3f}." + SUFFIX[library.__name__])), epoch_saved),
        files("ModelCheckpoint", "files, best only",
              lambda library, folder: library.callbacks.ModelCheckpoint(
                  folder / ("{epoch}." + SUFFIX[library.__name__]), save_best_only=True, monitor="val_mae", mode="max",
                  initial_value_threshold=-1.0), epoch_saved),
        Comparison("BackupAndRestore", "an interrupted training", interrupted),
        Comparison("History", "two trainings", history, ONCE),
        files("CSVLogger", "the file's text",
              lambda library, folder: library.callbacks.CSVLogger(folder / "log.csv"),
              lambda library, path: path.read_text(encoding="utf-8")),
    ],
    about="Compared: what they do in a training, or driven by the same made-up logs.",
    registered=lambda: public(callbacks, callbacks.Callback),
    conventions={
        "EarlyStopping, ReduceLROnPlateau, ModelCheckpoint": "Keras compares the monitored numbers in float32, so that "
                                                             "an improvement by less than a relative 1e-7 does not "
                                                             "count; here they are compared in float64.",
        "EarlyStopping": "patience 0 and 1 mean the same. The best weights come back also if nothing stopped the "
                         "training.",
        "TerminateOnNaN": "An infinite loss ends the training too.",
        "ModelCheckpoint, BackupAndRestore": "The files differ: .npz here.",
    },
    ours={
        "OneCycleScheduler": "Keras has no such class.",
        "ProgbarLogger": "What is printed looks different.",
    },
)
