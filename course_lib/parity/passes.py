"""Whole models, one pass: outputs, loss, all gradients."""

from collections.abc import Iterator

import numpy as np

import course_lib
from course_lib.parity.comparison import Area, Comparison, Pair
from course_lib.parity.loading import load_keras
from course_lib.parity.training import TARGETS, X, models, two_layers

HEADS = {                               # activation and loss of the outputs, key of TARGETS
    "softmax and sparse cross-entropy": ("softmax", "sparse_categorical_crossentropy", "labels"),
    "softmax and cross-entropy": ("softmax", "categorical_crossentropy", "one-hot"),
    "sigmoid and cross-entropy": ("sigmoid", "binary_crossentropy", "one-hot"),
    "linear and MSE": ("linear", "mean_squared_error", "one-hot"),
    "linear and Huber": ("linear", "huber", "one-hot"),
    "tanh and MAE": ("tanh", "mean_absolute_error", "one-hot"),
    "softmax and MSE": ("softmax", "mean_squared_error", "one-hot"),
}


def passes(head: str, hidden: str, dtype: str, bias: tuple[float, ...] | None = None) -> Iterator[Pair]:
    """Outputs, loss and all gradients. hidden: the activation below. bias: of the outputs."""
    keras, tf = load_keras()
    output, loss, targets = HEADS[head]
    x, y = X[:16].astype(dtype), TARGETS[targets][:16]
    y = y if targets == "labels" else y.astype(dtype)
    ours, theirs = models(two_layers(hidden, output), dtype)
    if bias is not None:
        for model in (ours, theirs):
            model.set_weights([*model.get_weights()[:3], np.array(bias)])
    ours.compile("sgd", loss)
    with tf.GradientTape() as tape:
        outputs = theirs(tf.constant(x), training=True)
        value = getattr(keras.losses, type(course_lib.losses.get(loss)).__name__)()(tf.constant(y), outputs)
    expected = tape.gradient(value, theirs.trainable_weights)
    here, gradients = ours.loss_and_gradients(x, y, training=True)
    yield f"outputs, {hidden}", ours.predict(x), np.array(outputs)
    yield f"loss, {hidden}", here, float(value)
    for (path, gradient), other in zip(gradients.items(), expected, strict=True):
        yield f"gradient of {path}, {hidden}", gradient, np.array(other)


def one_pass(head: str) -> Comparison:
    def pairs(dtype: str) -> Iterator[Pair]:
        for hidden in ("relu", "sigmoid", "selu"):
            yield from passes(head, hidden, dtype)
    return Comparison(head, "outputs, loss, all gradients", pairs)


def saturated(dtype: str) -> Iterator[Pair]:
    """Probabilities that round to 0 and 1: both libraries take the logits behind them."""
    for head in list(HEADS)[:3]:
        yield from passes(head, "tanh", dtype, bias=(-100, 150, -30))


AREA = Area(
    "Single passes through a model",
    [*map(one_pass, HEADS), Comparison("all cross-entropies", "where outputs round to 0 and 1", saturated)],
    conventions={
        "all": "Where softmax or sigmoid feeds its own cross-entropy, both libraries compute the loss from the logits "
               "behind it. Where the two do not belong together, as in softmax with binary cross-entropy, Keras takes "
               "the logits all the same, as if the right activation had been there, and so another loss than that of "
               "the outputs; here it is the loss of the outputs.",
    },
)
