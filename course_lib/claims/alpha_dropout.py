"""E42: alpha dropout and ordinary dropout in a network of SELU units."""

import numpy as np

from course_lib import Input, Sequential, layers, mc_dropout
from course_lib.claims.parts import digits_rows
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within


def measure(cell, seed, settings):
    """Train 64-200-200-10 of SELU units; the test digits without dropout and as the mean of 100 passes with it.

    mean_start, std_start: of what reaches the output layer before training, over the chosen digits, with
    dropout switched on.
    """
    kind, rate = settings["methods"][cell["method"]]
    train, _, test = digits_rows(cell["rows"], seed)
    stack: list[layers.Layer] = []
    for _ in range(2):
        stack.append(layers.Dense(settings["width"], activation="selu", kernel_initializer="lecun_normal"))
        stack += [{"alpha": layers.AlphaDropout, "ordinary": layers.Dropout}[kind](rate)] if rate else []
    model = Sequential([Input((64,)), *stack, layers.Dense(10, activation="softmax")], seed=seed)
    signal = train[0]
    for layer in model.layers[:-1]:
        signal = layer.forward(signal, training=True)
    start = {"mean_start": float(signal.mean()), "std_start": float(signal.std())}
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              verbose=0)
    test_loss, test_accuracy = model.evaluate(*test)                        # type: ignore[misc]
    p = mc_dropout.predict(model, test[0], settings["samples"], seed=seed).mean(axis=0) if rate else (
        model.predict(test[0]))
    stated = np.maximum(p[np.arange(len(p)), test[1]], 1e-7)
    return {"test_accuracy": test_accuracy, "test_loss": test_loss, **start, "loss_mc": float(-np.mean(np.log(stated)))}


# name -> kind of dropout, rate after each hidden layer
METHODS = {"none": ["", 0.0], "ordinary": ["ordinary", 0.1], "alpha": ["alpha", 0.1]}
ROWS = (200, 1047)


def accuracy(method: str, rows: int) -> Measured:
    return Measured("test_accuracy", method=method, rows=rows)


CLAIMS = (
    Claim("keeps-mean-and-spread", "Alpha dropout leaves the mean and the deviation of SELU's outputs as they were: "
          "within 0.05 of those without dropout, behind two layers before training.", ("klambauer2017", "esparza2023"),
          All(Greater(Measured("std_start", method="alpha", rows=200), Measured("std_start", method="none", rows=200),
                      by=-0.05),
              Greater(Measured("std_start", method="none", rows=200), Measured("std_start", method="alpha", rows=200),
                      by=-0.05),
              Within(Measured("mean_start", method="alpha", rows=200), low=-0.05, high=0.05))),
    Claim("ordinary-spreads", "Ordinary dropout does not: the deviation grows by more than 0.05.", ("klambauer2017",),
          Greater(Measured("std_start", method="ordinary", rows=200), Measured("std_start", method="none", rows=200),
                  by=0.05)),
    *(Claim(f"better-than-ordinary-{rows}", "With SELU units alpha dropout is more accurate than ordinary dropout, "
            f"both at the rate 0.1, after training on {rows:,} images.", ("geron2022", "esparza2023"),
            Greater(accuracy("alpha", rows), accuracy("ordinary", rows)), close=True) for rows in ROWS),
    *(Claim(f"better-than-none-{rows}", "With SELU units alpha dropout is more accurate than none after training on "
            f"{rows:,} images.", ("geron2022", "esparza2023"), Greater(accuracy("alpha", rows), accuracy("none", rows)),
            close=True) for rows in ROWS),
)

PROTOCOL = Protocol(
    id="E42", title="Alpha dropout", data="digits",
    settings={"width": 200, "methods": METHODS, "batch_size": 32, "epochs": 60, "samples": 100},
    cells=tuple({"method": method, "rows": rows} for rows in ROWS for method in METHODS),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=4)
