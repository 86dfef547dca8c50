"""E22: whether batch normalization acts as a regularizer."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers
from course_lib.claims.parts import hidden_layer
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured


def measure(cell, seed, settings):
    """Train 64-200-200-10 far beyond the point where it knows its ``rows`` digits, which are drawn with the seed."""
    (x, y), _, test = datasets.digits.load_splits()
    chosen = np.random.default_rng(seed).permutation(len(x))[:cell["rows"]]
    normalization, rate = settings["methods"][cell["method"]]
    hidden: list[layers.Layer] = []
    for _ in range(2):
        hidden += hidden_layer(settings["width"], "relu", "he_normal", normalization, settings["momentum"])
        hidden += [layers.Dropout(rate)] if rate else []
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[chosen], y[chosen], batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    test_loss, test_accuracy = model.evaluate(*test)                        # type: ignore[misc]
    return {"test_accuracy": test_accuracy, "test_loss": test_loss,
            "train_accuracy": model.evaluate(x[chosen], y[chosen])[1]}      # type: ignore[index]


# name -> place of the normalization, rate of dropout after each hidden layer
METHODS = {"none": ["none", 0.0], "before": ["before", 0.0], "after": ["after", 0.0], "dropout": ["none", 0.3]}


def accuracy(method: str, rows: int) -> Measured:
    return Measured("test_accuracy", method=method, rows=rows)


def loss(method: str, rows: int) -> Measured:
    return Measured("test_loss", method=method, rows=rows)


SOURCES = ("ioffe2015", "geron2022", "umass")
ACTS = "Batch normalization acts as a regularizer"


def helps(method: str, rows: int) -> Claim:
    """That the test accuracy is higher with the normalization there."""
    return Claim(f"{method}-helps-{rows}", f"{ACTS}: {method} the activation it raises the test accuracy after "
                 f"training on {rows:,} images.", SOURCES, Greater(accuracy(method, rows), accuracy("none", rows)),
                 close=True)


CLAIMS = (
    helps("before", 200), helps("after", 200), helps("before", 1047), helps("after", 1047),
    *(Claim(f"lowers-loss-{rows}", f"{ACTS}: before the activation it lowers the cross-entropy on test data after "
            f"training on {rows:,} images.", SOURCES, Greater(loss("none", rows), loss("before", rows)),
            close=rows == 200)
      for rows in (200, 1047)),
    *(Claim(f"dropout-helps-{rows}", "For comparison: dropout in its place raises the test accuracy after training on "
            f"{rows:,} images.", ("geron2022",), Greater(accuracy("dropout", rows), accuracy("none", rows)), close=True)
      for rows in (200, 1047)),
)

PROTOCOL = Protocol(
    id="E22", title="Batch normalization as a regularizer", data="digits",
    settings={"width": 200, "momentum": 0.99, "methods": METHODS, "batch_size": 32, "epochs": 60},
    cells=tuple({"method": method, "rows": rows}
                for method in METHODS for rows in (200, 1047)),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=6)
