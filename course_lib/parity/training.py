"""Trains a model here and in Keras: same weights, same batches, same order, same masks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

import course_lib
from course_lib.layers.random import RandomLayer
from course_lib.parity.comparison import GROWTH, MANY_STEPS, Bounds, Comparison, Pair
from course_lib.parity.loading import load_keras
from course_lib.parity.noise import Draws

FEATURES, CLASSES, BATCH, EPOCHS = 6, 3, 16, 2
ROWS = 1590                             # 100 batches, the last one smaller: 200 steps in 2 epochs
RNG = np.random.default_rng(11)
X = RNG.normal(size=(ROWS + 70, FEATURES))
LABELS = np.argmax(X @ RNG.normal(size=(FEATURES, CLASSES)) + RNG.normal([1, 0, -1], 1, (len(X), CLASSES)), axis=1)
TARGETS = {"labels": LABELS, "one-hot": np.eye(CLASSES)[LABELS], "yes or no": (LABELS[:, None] == 0).astype(float),
           "numbers": np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:3]}
WEIGHTS = RNG.uniform(0, 2, len(X))

ALL_OF_IT = "losses of 200 steps, history, final weights and outputs"

Library = Any                           # course_lib or keras: what follows is said once for both
Layers = Callable[[Library], list[Any]]


def two_layers(hidden: str, output: str, units: int = CLASSES) -> Layers:
    return lambda library: [library.layers.Dense(8, activation=hidden), library.layers.Dense(units, activation=output)]


def sequential(library: Library, layers: list[Any], dtype: str) -> Any:
    """A model on the features. Keras's takes its dtype from floatx."""
    own = {"seed": 3, "dtype": dtype} if library is course_lib else {}
    return library.Sequential([library.Input((FEATURES,)), *layers], **own)


def models(layers: Layers, dtype: str) -> tuple[Any, Any]:
    """Ours and Keras's, with the same weights."""
    keras, _ = load_keras()
    ours, theirs = (sequential(library, layers(library), dtype) for library in (course_lib, keras))
    theirs.set_weights(ours.get_weights())
    return ours, theirs


@dataclass(frozen=True)
class Training:
    """What is trained.

    optimizer, layers, callbacks: made for one library; loss and metrics: too, or names. targets: a key of TARGETS.
    prepare: what is done to the model before it is compiled. weighted: whether rows have weights. validate: whether
    fit gets the rows held out. fit: further arguments of fit.
    """

    optimizer: Callable[[Library], Any]
    layers: Layers = two_layers("tanh", "softmax")
    loss: str | Callable[[Library], Any] = "sparse_categorical_crossentropy"
    targets: str = "labels"
    metrics: Callable[[Library], list[Any]] = lambda library: ["accuracy"]
    callbacks: Callable[[Library], list[Any]] = lambda library: []
    prepare: Callable[[Any], None] = lambda model: None
    weighted: bool = False
    validate: bool = False
    fit: dict[str, Any] = field(default_factory=dict)

    def run(self, library: Library, model: Any, dtype: str, *callbacks: Any) -> dict[str, Any]:
        """Compile and fit; everything that this leaves behind."""
        self.prepare(model)
        loss = self.loss if isinstance(self.loss, str) else self.loss(library)
        own = {} if library is course_lib else {"jit_compile": False}       # compiling takes longer than training
        model.compile(self.optimizer(library), loss, metrics=self.metrics(library), **own)
        y = TARGETS[self.targets]
        rows = [X.astype(dtype), y if self.targets == "labels" else y.astype(dtype)]
        if self.weighted:
            rows.append(WEIGHTS.astype(dtype))
        given, held_out = [array[:ROWS] for array in rows], [array[ROWS:] for array in rows]
        fit: dict[str, Any] = {"batch_size": BATCH, "epochs": EPOCHS, "shuffle": False, "verbose": 0}
        fit |= dict(zip(("x", "y", "sample_weight"), given, strict=False))
        if self.validate:
            fit["validation_data"] = tuple(held_out)
        steps = recorder(library)
        history = model.fit(**{**fit, **self.fit}, callbacks=[*self.callbacks(library), steps, *callbacks])
        found = {"epochs": history.epoch, "losses after each step": steps.losses, **history.history}
        names = [weight.name for layer in model.layers for weight in layer.weights]
        found |= {f"weights {i}, {name}": w for i, (name, w) in enumerate(zip(names, model.get_weights(), strict=True))}
        return found | {"outputs": np.array(model(held_out[0]))}


def recorder(library: Library) -> Any:
    """A callback that keeps the loss shown after each step."""
    class Recorder(library.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.losses = []

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(float(logs["loss"]))
    return Recorder()


class Imposed(course_lib.callbacks.Callback):
    """Gives our random layers, before each step, what those of ``theirs`` draw in it."""

    def __init__(self, theirs: Any, dtype: str):
        self.draws = {layer.name: Draws(layer) for layer in theirs.layers if hasattr(layer, "seed_generator")}
        self.dtype = dtype

    def on_train_batch_begin(self, batch, logs=None):
        rows = min(BATCH, ROWS - batch * BATCH)
        random = (layer for layer in self.model.layers if isinstance(layer, RandomLayer))
        for layer, draws in zip(random, self.draws.values(), strict=True):
            layer.fixed_mask = draws.next((rows, *(layer.input_shape or ())), self.dtype)


def trained(component: str, training: Training, quantity: str = ALL_OF_IT,
            bounds: Bounds = MANY_STEPS) -> Comparison:
    return Comparison(component, quantity, partial(run_both, training), bounds, GROWTH)


def run_both(training: Training, dtype: str) -> Iterator[Pair]:
    keras, _ = load_keras()
    ours, theirs = models(training.layers, dtype)
    here = training.run(course_lib, ours, dtype, Imposed(theirs, dtype))
    there = training.run(keras, theirs, dtype)
    yield from alike(here, there)


def alike(here: dict[str, Any], there: dict[str, Any]) -> Iterator[Pair]:
    yield "names of what is logged", sorted(here), sorted(there)
    for name, value in there.items():
        yield name, here[name], value
