"""Losses and their gradients, from probabilities and from logits, with and without weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import losses
from course_lib.parity.comparison import Area, Comparison, Pair, public
from course_lib.parity.loading import load_keras

M, K = 40, 5
RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, K, M)
SOFT = RNG.dirichlet(np.ones(K), M)
ONE_HOT = np.eye(K)[LABELS]
P = RNG.dirichlet(np.ones(K), M)
LOGITS = RNG.normal(size=(M, K)) * 4
# One row at a time: clipped probabilities have gradients of 1e7, behind which an error elsewhere would hide.
P_EDGE = np.array([[1, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.5], [1e-8, 1 - 1e-8, 0, 0, 0]])
LOGITS_EDGE = np.array([[100.0, 0, -100, 0, 0], [-1000, 1000, 0, 0, 0], [88, 89, -88, -104, 0]])
WEIGHTS = RNG.uniform(0, 2, M)

LOGITS_ARE_GIVEN = {"from_logits": True}
SMOOTH = {"label_smoothing": 0.125}

Case = tuple[str, dict[str, Any], np.ndarray, np.ndarray]       # what it is, the loss's arguments, y_true, y_pred


def edges(targets: np.ndarray) -> list[Case]:
    """Probabilities that round to 0 and 1, and logits that large."""
    rows = [slice(i, i + 1) for i in range(len(P_EDGE))]
    return [*((f"probabilities {P_EDGE[row][0]}", {}, targets[row], P_EDGE[row]) for row in rows),
            *((f"logits {LOGITS_EDGE[row][0]}", LOGITS_ARE_GIVEN, targets[row], LOGITS_EDGE[row]) for row in rows)]


def compared(kind: str, *cases: Case) -> Comparison:
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, tf = load_keras()
        for case, arguments, y, prediction in cases:
            ours, theirs = getattr(losses, kind)(**arguments), getattr(keras.losses, kind)(**arguments)
            y = y if y.ndim == 1 else y.astype(dtype)
            if kind == "CategoricalCrossentropy":
                y /= y.sum(axis=1, keepdims=True)
            prediction = tf.Variable(prediction.astype(dtype))
            for given, weights in (("", None), (" with weights", WEIGHTS[:len(y)].astype(dtype))):
                with tf.GradientTape() as tape:
                    value = theirs(tf.constant(y), prediction, sample_weight=weights)
                gradient = tf.convert_to_tensor(tape.gradient(value, prediction))
                yield f"value, {case}{given}", ours(y, prediction.numpy(), weights), float(value)
                yield f"gradient, {case}{given}", ours.gradient(y, prediction.numpy(), weights), gradient.numpy()
    return Comparison(kind, "value and gradient, with and without sample weights", pairs)


AREA = Area(
    "Losses",
    [
        compared("MeanSquaredError", ("outputs", {}, LOGITS[::-1], LOGITS)),
        compared("MeanAbsoluteError", ("outputs", {}, LOGITS[::-1], LOGITS), ("no error", {}, P[:3], P[:3])),
        compared("Huber", ("outputs", {}, LOGITS[::-1], LOGITS), ("delta 4", {"delta": 4.0}, LOGITS[::-1], LOGITS),
                 ("errors of delta", {}, np.array([[1.0, -1, 0, 2, 1]]), np.zeros((1, K)))),
        compared("BinaryCrossentropy", ("probabilities", {}, SOFT, P), ("logits", LOGITS_ARE_GIVEN, SOFT, LOGITS),
                 ("smoothed labels", SMOOTH, ONE_HOT, P),
                 ("smoothed labels and logits", {**SMOOTH, **LOGITS_ARE_GIVEN}, ONE_HOT, LOGITS), *edges(ONE_HOT)),
        compared("CategoricalCrossentropy", ("probabilities", {}, SOFT, P), ("rows that sum to 3", {}, ONE_HOT, 3 * P),
                 ("logits", LOGITS_ARE_GIVEN, SOFT, LOGITS), ("smoothed labels", SMOOTH, ONE_HOT, P),
                 ("smoothed labels and logits", {**SMOOTH, **LOGITS_ARE_GIVEN}, ONE_HOT, LOGITS), *edges(ONE_HOT)),
        compared("SparseCategoricalCrossentropy", ("probabilities", {}, LABELS, P),
                 ("rows that sum to 0.3", {}, LABELS, 0.3 * P), ("logits", LOGITS_ARE_GIVEN, LABELS, LOGITS),
                 *edges(LABELS)),
    ],
    registered=lambda: [name for name in public(losses, losses.Loss) if name != "Crossentropy"],        # abstract
    conventions={
        "all": "With sample weights the weighted sum is divided by the number of rows, not by the sum of the weights.",
        "MeanSquaredError": "The mean runs over the outputs too, so the gradient holds $2/(mk)$.",
        "MeanAbsoluteError": "The slope at an error of 0 is taken as 0.",
        "Huber": "Half the squared error within delta: with a large delta it is MSE / 2.",
        "BinaryCrossentropy": "Probabilities are clipped to [1e-7, 1 - 1e-7], so a loss is at most 16.12; logits are "
                              "not clipped.",
        "CategoricalCrossentropy": "Rows are divided by their sums first, then clipped.",
        "SparseCategoricalCrossentropy": "Rows are clipped first, then divided by their sums.",
    },
)
