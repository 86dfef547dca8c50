"""Tools that make models which train: copies, saved files, scikit-learn's interface."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

import course_lib
from course_lib.parity.comparison import GROWTH, MANY_STEPS, Comparison, Pair
from course_lib.parity.loading import load_keras
from course_lib.parity.training import (
    BATCH,
    CLASSES,
    EPOCHS,
    LABELS,
    ROWS,
    TARGETS,
    Library,
    X,
    alike,
    sequential,
    two_layers,
)

FIT: dict[str, Any] = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "verbose": 0}


def compiled(library: Library, dtype: str, units: int = CLASSES) -> Any:
    """A model that always starts from the same weights."""
    output, loss = ("softmax", "categorical_crossentropy") if units > 1 else ("linear", "mse")
    model = sequential(library, two_layers("tanh", output, units)(library), dtype)
    model.set_weights([np.cos(np.arange(w.size)).reshape(w.shape) for w in model.get_weights()])
    own = {} if library is course_lib else {"jit_compile": False}
    model.compile(library.optimizers.SGD(1 / 32, momentum=0.5), loss, **own)
    return model


def cloned(dtype: str) -> Iterator[Pair]:
    """What a clone of a trained, partly frozen model is, and that it trains like a new one."""
    keras, _ = load_keras()
    x, y = X[:ROWS].astype(dtype), TARGETS["one-hot"][:ROWS].astype(dtype)
    found: list[dict[str, Any]] = []
    for library in (course_lib, keras):
        model = compiled(library, dtype)
        start = model.get_weights()
        model.fit(x, y, **FIT)
        model.layers[0].trainable = False
        trained = model.get_weights()
        clone = library.models.clone_model(model)
        about = {"trainable": [layer.trainable for layer in clone.layers],
                 "activations": [layer.get_config()["activation"] for layer in clone.layers],
                 "compiled": clone.compiled, "steps taken": int(clone.optimizer.iterations),
                 "rate and momentum": [float(clone.optimizer.learning_rate), clone.optimizer.momentum],
                 "whether weights are copied": [np.array_equal(*pair) for pair in
                                                zip(clone.get_weights()[::2], trained[::2], strict=True)]}
        clone.set_weights(start)
        history = clone.fit(x, y, **FIT).history
        names = [f"weights {i} after training" for i in range(len(start))]
        about |= dict(zip(names, clone.get_weights(), strict=True)) | {"losses": history["loss"]}
        about["whether the model stayed"] = all(map(np.array_equal, model.get_weights(), trained))
        found.append(about)
    yield from alike(*found)


def loaded(dtype: str) -> Iterator[Pair]:
    """A training that is saved half-way, with the momentum that it has by then, and goes on in the model that is
    read."""
    keras, _ = load_keras()
    x, y = X[:ROWS].astype(dtype), TARGETS["one-hot"][:ROWS].astype(dtype)
    found: list[dict[str, Any]] = []
    for library, suffix in ((course_lib, "npz"), (keras, "keras")):
        model = compiled(library, dtype)
        model.fit(x, y, **FIT)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"model.{suffix}"
            model.save(path)
            again = library.models.load_model(path)
        steps = int(again.optimizer.iterations)
        history = again.fit(x, y, **FIT).history
        found.append({"steps": [steps, int(again.optimizer.iterations)], "losses": history["loss"],
                      **{f"weights {i}": w for i, w in enumerate(again.get_weights())}})
    yield from alike(*found)


def wrapped(kind: str, units: int, targets: np.ndarray) -> Callable[[str], Iterator[Pair]]:
    """An estimator's fit on rows and targets as scikit-learn has them, and what it predicts for others."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        found: list[dict[str, Any]] = []
        for library, wrappers in ((course_lib, import_module("course_lib.wrappers")), (keras, keras.wrappers)):
            def make(X: np.ndarray, y: np.ndarray, library: Library = library) -> Any:
                return compiled(library, dtype, units)
            estimator = getattr(wrappers, kind)(make, fit_kwargs=dict(FIT))
            x = X.astype(dtype)
            with redirect_stdout(StringIO()):                               # Keras's predict shows its progress
                estimator.fit(x[:ROWS], targets[:ROWS])
                about = {"losses": estimator.history_.history["loss"], "score": estimator.score(x, targets),
                         "predictions": np.asarray(estimator.predict(x[ROWS:])).tolist()}
                if units > 1:
                    about |= {"classes": estimator.classes_.tolist(),
                              "decision function": estimator.decision_function(x[ROWS:])}
            about |= {f"weights {i}": w for i, w in enumerate(estimator.model_.get_weights())}
            found.append(about)
        yield from alike(*found)
    return pairs


COMPARISONS = [
    Comparison("models.clone_model", "what a clone is, 200 steps of it", cloned, MANY_STEPS, GROWTH),
    Comparison("models.load_model", "a saved model, 200 steps more of it", loaded, MANY_STEPS, GROWTH),
    Comparison("wrappers.SKLearnClassifier", "fit of 200 steps, predictions", wrapped(
        "SKLearnClassifier", CLASSES, np.array(["no", "perhaps", "yes"])[LABELS]), MANY_STEPS, GROWTH),
    Comparison("wrappers.SKLearnRegressor", "fit of 200 steps, predictions", wrapped(
        "SKLearnRegressor", 1, TARGETS["numbers"][:, 0]), MANY_STEPS, GROWTH),
]
