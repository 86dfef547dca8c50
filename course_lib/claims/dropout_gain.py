"""E40: what dropout gains, at which rate, and with how much data."""

from course_lib.claims.parts import digits_rows, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured


def measure(cell, seed, settings):
    """Train 64-200-200-10 far beyond the point where it knows its ``rows`` digits, which are drawn with the seed.

    Both training numbers are measured afterwards, without dropout.
    """
    train, _, test = digits_rows(cell["rows"], seed)
    at_input, hidden = settings["methods"][cell["method"]]
    model = two_hidden_layers(settings["width"], seed, hidden, at_input)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              verbose=0)
    (train_loss, train_accuracy), (test_loss, test_accuracy) = (
        model.evaluate(*train), model.evaluate(*test))                      # type: ignore[misc]
    return {"test_accuracy": test_accuracy, "test_loss": test_loss, "train_accuracy": train_accuracy,
            "train_loss": train_loss}


# name -> rate at the inputs, rate after each hidden layer
METHODS = {"none": [0.0, 0.0], "0.1": [0.0, 0.1], "0.3": [0.0, 0.3], "0.5": [0.0, 0.5], "0.7": [0.0, 0.7],
           "0.9": [0.0, 0.9], "input": [0.2, 0.0]}
ROWS = (200, 1047)


def accuracy(method: str, rows: int) -> Measured:
    return Measured("test_accuracy", method=method, rows=rows)


def loss(method: str, rows: int) -> Measured:
    return Measured("test_loss", method=method, rows=rows)


CLAIMS = (
    *(Claim(f"gains-a-point-{rows}", "Dropout raises the accuracy by one to two percentage points: at the rate 0.5, by "
            f"at least one, after training on {rows:,} images.", ("geron2022", "umass"),
            Greater(accuracy("0.5", rows), accuracy("none", rows), by=0.01), close=True) for rows in ROWS),
    *(Claim(f"gains-{rows}", f"Dropout at the rate 0.5 raises the test accuracy after training on {rows:,} images.",
            ("srivastava2014", "umass"), Greater(accuracy("0.5", rows), accuracy("none", rows)), close=True)
      for rows in ROWS),
    *(Claim(f"lowers-loss-{rows}", "Dropout at the rate 0.5 lowers the cross-entropy on test data after training on "
            f"{rows:,} images.", ("srivastava2014",), Greater(loss("none", rows), loss("0.5", rows)), close=True)
      for rows in ROWS),
    *(Claim(f"input-{rows}", "Dropping a fifth of the inputs raises the test accuracy after training on "
            f"{rows:,} images.", ("srivastava2014", "umass"), Greater(accuracy("input", rows), accuracy("none", rows)),
            close=True) for rows in ROWS),
    Claim("too-much", "Too high a rate underfits: after training on 200 images the rate 0.9 is less accurate than 0.5, "
          "by more than 0.05.", ("geron2022",), Greater(accuracy("0.5", 200), accuracy("0.9", 200), by=0.05)),
    Claim("fits-less", "Dropout makes it harder to fit the training data: their loss is larger at the rate 0.5 than "
          "without, after training on 200 images.", ("srivastava2014",),
          Greater(Measured("train_loss", method="0.5", rows=200), Measured("train_loss", method="none", rows=200))),
)

PROTOCOL = Protocol(
    id="E40", title="Dropout: what it gains", data="digits",
    settings={"width": 200, "methods": METHODS, "batch_size": 32, "epochs": 100},
    cells=tuple({"method": method, "rows": rows} for rows in ROWS for method in METHODS),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=7)
