"""Whole models, trained for 200 steps and more."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import course_lib
from course_lib.parity.comparison import GROWTH, MANY_STEPS, Area, Comparison, Pair
from course_lib.parity.loading import load_keras
from course_lib.parity.training import LABELS, Library, Training, X, alike, models, sequential, trained, two_layers

# All hyperparameters are float32 numbers, because Keras rounds some of them; schedules get NumPy's float64.
BETAS = {"beta_1": 0.875, "beta_2": 1 - 2 ** -8, "epsilon": 2 ** -20}


def freezing_waits(dtype: str) -> Iterator[Pair]:
    """trainable = False after a training does nothing until the model is compiled again."""
    keras, _ = load_keras()
    training = Training(sgd)
    both = models(training.layers, dtype)
    for library, model in zip((course_lib, keras), both, strict=True):
        training.run(library, model, dtype)
        model.layers[0].trainable = False
        held = model.get_weights()[0]
        model.fit(X.astype(dtype), LABELS, batch_size=16, epochs=2, shuffle=False, verbose=0)
        if np.array_equal(held, model.get_weights()[0]):
            raise ValueError(  # pragma: no cover - so that no comparison of nothing passes
                f"{library.__name__} froze the layer at once")
    for i, (here, there) in enumerate(zip(*(model.get_weights() for model in both), strict=True)):
        yield f"weights, array {i}", here, there


def shared(dtype: str) -> Iterator[Pair]:
    """Two models on the same first layers: train B, then A, then B; each training moves both."""
    keras, _ = load_keras()
    first, second = Training(momentum, normalized), Training(adam)
    ours, theirs = models(first.layers, dtype)
    both = []
    for library, model in ((course_lib, ours), (keras, theirs)):
        head = library.layers.Dense(3, activation="softmax", name="head")
        other = sequential(library, [*model.layers[:-1], head], dtype)
        head.set_weights([np.linspace(-1, 1, 24).reshape(8, 3), np.zeros(3)])
        both.append((library, model, other))
    for which, training in (("B", second), ("A", first), ("B", second)):
        found = [training.run(library, b if which == "B" else a, dtype) for library, a, b in both]
        for name, here, there in alike(*found):
            yield f"training {which}: {name}", here, there
    for i, (here, there) in enumerate(zip(ours.get_weights(), theirs.get_weights(), strict=True)):
        yield f"A after B: weights, array {i}", here, there


def sgd(library: Library) -> Any:
    return library.optimizers.SGD(1 / 16)


def momentum(library: Library) -> Any:
    return library.optimizers.SGD(1 / 16, momentum=0.875)


def nesterov(library: Library) -> Any:
    schedule = library.optimizers.schedules.ExponentialDecay(np.float64(1 / 8), 64, np.float64(1 / 2))
    return library.optimizers.SGD(schedule, momentum=0.875, nesterov=True)


def adam(library: Library, rate: Any = 1 / 128) -> Any:
    return library.optimizers.Adam(rate, **BETAS)


def warmed_up(library: Library) -> Any:
    return adam(library, library.optimizers.schedules.CosineDecay(np.float64(0), 160, warmup_target=np.float64(1 / 64),
                                                                  warmup_steps=32))


def without_biases(library: Library) -> Any:
    optimizer = library.optimizers.AdamW(1 / 128, weight_decay=1 / 4, **BETAS)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def normalized(library: Library) -> list[Any]:
    layers = library.layers
    return [layers.Dense(8, use_bias=False), layers.BatchNormalization(momentum=0.875, epsilon=2 ** -10),
            layers.Activation("relu"), layers.Dense(3, activation="softmax")]


def dropped(library: Library) -> list[Any]:
    layers = library.layers
    return [layers.Dense(12, activation="relu"), layers.Dropout(0.25, seed=1),
            layers.Dense(8, activation="tanh"), layers.Dropout(0.5, seed=2), layers.Dense(3, activation="softmax")]


def noisy(library: Library) -> list[Any]:
    layers = library.layers
    return [layers.GaussianNoise(0.25, seed=1), layers.Dense(8, activation="selu"), layers.AlphaDropout(0.25, seed=2),
            layers.Dense(3, activation="softmax")]


def penalized(library: Library) -> list[Any]:
    layers, regularizers = library.layers, library.regularizers
    return [layers.Dense(8, activation="tanh", kernel_regularizer=regularizers.L1L2(l1=1 / 256, l2=1 / 64),
                         bias_regularizer=regularizers.L1(1 / 256)),
            layers.BatchNormalization(momentum=0.875, epsilon=2 ** -10, gamma_regularizer=regularizers.L2(1 / 64)),
            layers.PReLU(alpha_regularizer=regularizers.L1(1 / 64)),
            layers.Dense(3, activation="softmax", kernel_regularizer=regularizers.L2(1 / 64))]


def constrained(library: Library) -> list[Any]:
    layers, constraints = library.layers, library.constraints
    return [layers.Dense(8, activation="softplus", kernel_constraint=constraints.MaxNorm(0.5),
                         bias_constraint=constraints.NonNeg()),
            layers.Dense(8, activation="tanh", kernel_constraint=constraints.UnitNorm()),
            layers.Dense(3, activation="softmax", kernel_constraint=constraints.MinMaxNorm(0.25, 0.75, rate=0.5))]


def rectified(library: Library) -> list[Any]:
    layers = library.layers
    return [layers.Dense(8), layers.LeakyReLU(negative_slope=0.25), layers.Dense(8), layers.PReLU(),
            layers.Dense(8, activation="elu"), layers.Dense(8, activation="silu"),
            layers.Dense(3, activation="softmax")]


def freeze(*indices: int) -> Callable[[Any], None]:
    def freeze(model: Any) -> None:
        for index in indices:
            model.layers[index].trainable = False
    return freeze


AREA = Area(
    "Trainings",
    [
        trained("momentum", Training(momentum)),
        trained("Nesterov with an exponential schedule", Training(nesterov)),
        trained("Adam with a cosine schedule and warm-up", Training(warmed_up)),
        trained("AdamW without decay of biases", Training(without_biases)),
        trained("Adagrad with clipping by value", Training(lambda library: library.optimizers.Adagrad(
            1 / 16, initial_accumulator_value=1 / 8, epsilon=2 ** -20, clipvalue=1 / 64))),
        trained("RMSprop with clipping by norm", Training(lambda library: library.optimizers.RMSprop(
            1 / 128, rho=0.875, momentum=0.5, epsilon=2 ** -10, centered=True, clipnorm=1 / 16))),
        trained("Nadam with clipping by global norm", Training(lambda library: library.optimizers.Nadam(
            1 / 128, **BETAS, global_clipnorm=1 / 16)), bounds=(MANY_STEPS[0], 1e-6)),
        trained("Adamax with penalties on weights", Training(
            lambda library: library.optimizers.Adamax(1 / 64, **BETAS), penalized, validate=True)),
        trained("Adadelta with constraints", Training(
            lambda library: library.optimizers.Adadelta(1.0, rho=0.875, epsilon=2 ** -20), constrained)),
        trained("batch normalization", Training(momentum, normalized, validate=True)),
        trained("frozen batch normalization", Training(momentum, normalized, prepare=freeze(0, 1))),
        trained("dropout with the same masks", Training(adam, dropped, validate=True)),
        trained("alpha dropout and noise with the same draws", Training(momentum, noisy)),
        trained("four kinds of rectifiers", Training(adam, rectified)),
        trained("frozen layer", Training(momentum, prepare=freeze(0))),
        Comparison("freezing waits for compile", "weights after 400 steps", freezing_waits, MANY_STEPS, GROWTH),
        Comparison("shared layers", "train B, A, B for 200 steps each", shared, MANY_STEPS, GROWTH),
        trained("binary with class weights", Training(
            momentum, two_layers("tanh", "sigmoid", 1), "binary_crossentropy", "yes or no",
            lambda library: ["accuracy", library.metrics.Precision(name="precision"),
                             library.metrics.Recall(name="recall")],
            validate=True, fit={"validation_freq": 2, "class_weight": {0: 1.0, 1: 3.0}})),
        trained("regression with sample weights", Training(
            adam, two_layers("tanh", "linear", 1), lambda library: library.losses.Huber(delta=0.5), "numbers",
            lambda library: ["mae", "mse"], validate=True, weighted=True)),
        trained("stopping early and reducing the rate", Training(
            momentum, validate=True, fit={"epochs": 20}, callbacks=lambda library: [
                library.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=2 ** -8),
                library.callbacks.EarlyStopping(patience=2, restore_best_weights=True)]), "until it stops"),
    ],
    conventions={
        "all": "The batches come in the same order: shuffling would need the same generator. A second compile without "
               "metrics drops those of the first here; Keras 3.15 keeps them.",
        "dropout with the same masks": "Keras's masks, seen on a second layer with the same seed, are imposed on ours.",
        "Adamax with penalties on weights": "Penalties belong to the loss, in training and in validation.",
        "freezing waits for compile": "`trainable` takes effect at compile.",
        "binary with class weights": "The weighted losses are divided by the number of rows, not by the sum of "
                                     "the weights.",
        "Nadam with clipping by global norm": "Keras rounds Nadam's 0.96 to float32: hence 1e-6 in float64.",
    },
)
