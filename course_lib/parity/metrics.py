"""Metrics, counted up over batches, with and without weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import metrics
from course_lib.parity.comparison import Area, Comparison, Pair, public
from course_lib.parity.loading import load_keras

M, K = 60, 4
RNG = np.random.default_rng(6)
LABELS = RNG.integers(0, K, M)
ONE_HOT = np.eye(K)[LABELS]
P = RNG.dirichlet(np.ones(K), M)
Y_BINARY = (RNG.random((M, 1)) < 0.4).astype(float)
P_BINARY = np.clip(0.4 * Y_BINARY + 0.6 * RNG.random((M, 1)), 0, 1)
P_BINARY[:4, 0] = 0.5                               # on the threshold
WEIGHTS = RNG.uniform(0, 2, M)
BATCHES = (slice(0, 25), slice(25, 50), slice(50, 60))

BINARY, CATEGORICAL, SPARSE = (Y_BINARY, P_BINARY), (ONE_HOT, P), (LABELS, P)


def compared(kind: str, data: tuple[np.ndarray, np.ndarray], *settings: dict[str, Any],
             in_keras: str = "") -> Comparison:
    """``settings``: the arguments to try; without any, the defaults. in_keras: the class there, if its name differs."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        y, p = data[0], data[1].astype(dtype)
        accepted = p.astype("float32") if "TopK" in kind else p         # TensorFlow has top_k for float32 alone
        for arguments in settings or ({},):
            for weights in (None, WEIGHTS.astype(dtype)):
                ours = getattr(metrics, kind)(**arguments)
                theirs = getattr(keras.metrics, in_keras or kind)(**arguments)
                for rows in BATCHES:
                    given = None if weights is None else weights[rows]
                    ours.update_state(y[rows], p[rows], given)
                    theirs.update_state(y[rows], accepted[rows], given)
                    yield f"{arguments} {'un' * (given is None)}weighted", ours.result(), float(theirs.result())
                ours.reset_state()
                theirs.reset_state()
                ours.update_state(y[:7], p[:7])
                theirs.update_state(y[:7], accepted[:7])
                yield "after reset_state", ours.result(), float(theirs.result())
    kinds = {id(BINARY): "yes or no", id(CATEGORICAL): "one-hot rows", id(SPARSE): "labels"}
    return Comparison(kind, kinds[id(data)], pairs)


def means(dtype: str) -> Iterator[Pair]:
    keras, _ = load_keras()
    ours, theirs = metrics.Mean(), keras.metrics.Mean()
    for rows in BATCHES:
        ours.update_state(P[rows] ** 2, WEIGHTS[rows])
        theirs.update_state(P[rows] ** 2, WEIGHTS[rows])
        yield "mean", ours.result(), float(theirs.result())


def wrapped(dtype: str) -> Iterator[Pair]:
    keras, _ = load_keras()
    ours = metrics.MeanMetricWrapper(lambda y, p: abs(y - p) ** 3)
    theirs = keras.metrics.MeanMetricWrapper(lambda y, p: keras.ops.abs(y - p) ** 3)
    for rows in BATCHES:
        for metric in (ours, theirs):
            metric.update_state(ONE_HOT[rows].astype(dtype), P[rows].astype(dtype), WEIGHTS[rows])
        yield "mean of a function", ours.result(), float(theirs.result())


AREA = Area(
    "Metrics",
    [
        compared("AutoAccuracy", BINARY, in_keras="BinaryAccuracy"),
        compared("AutoAccuracy", CATEGORICAL, in_keras="CategoricalAccuracy"),
        compared("AutoAccuracy", SPARSE, in_keras="SparseCategoricalAccuracy"),
        compared("BinaryAccuracy", BINARY, {}, {"threshold": 0.75}),
        compared("CategoricalAccuracy", CATEGORICAL),
        compared("SparseCategoricalAccuracy", SPARSE),
        compared("TopKCategoricalAccuracy", CATEGORICAL, {"k": 2}),
        compared("SparseTopKCategoricalAccuracy", SPARSE, {"k": 2}),
        compared("Precision", BINARY, {}, {"thresholds": 0.75}),
        compared("Precision", CATEGORICAL, {}, {"class_id": 1}, {"top_k": 2}, {"top_k": 2, "class_id": 0}),
        compared("Recall", BINARY, {}, {"thresholds": 0.75}),
        compared("Recall", CATEGORICAL, {}, {"class_id": 1}, {"top_k": 2}, {"top_k": 2, "class_id": 0}),
        compared("MeanSquaredError", CATEGORICAL), compared("RootMeanSquaredError", CATEGORICAL),
        compared("MeanAbsoluteError", CATEGORICAL),
        compared("BinaryCrossentropy", BINARY, {}, {"from_logits": True}, {"label_smoothing": 0.125}),
        compared("CategoricalCrossentropy", CATEGORICAL, {}, {"from_logits": True}, {"label_smoothing": 0.125}),
        compared("SparseCategoricalCrossentropy", SPARSE, {}, {"from_logits": True}),
        Comparison("Mean", "values with weights", means),
        Comparison("MeanMetricWrapper", "a function with weights", wrapped),
    ],
    about="Compared: the result after each of three batches, with and without weights.",
    registered=lambda: public(metrics, metrics.Metric),
    conventions={
        "all": "A metric weighs its rows: with weights it is divided by their sum, unlike a loss.",
        "AutoAccuracy": "What `accuracy` stands for in compile: binary for one output, sparse for labels, categorical "
                        "for rows.",
        "TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy": "On TensorFlow Keras refuses float64 predictions; it "
                                                                  "got them in float32.",
        "BinaryAccuracy, Precision, Recall": "An output exactly at the threshold counts as no.",
        "Precision, Recall": "Counted over the epoch, not averaged over its batches; 0/0 is 0.",
    },
)
