"""E43: max-norm, the length of what comes into a unit held below a bound."""

import numpy as np

from course_lib import callbacks, constraints
from course_lib.claims.parts import digits_rows, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within


def lengths(model):
    """Of the columns of the two hidden kernels."""
    return np.concatenate([np.linalg.norm(layer.kernel, axis=0) for layer in model.layers[:2]])


def measure(cell, seed, settings):
    """Train 64-200-200-10 with a bound for the columns of the two hidden kernels; 0 stands for none.

    longest: the longest column after any epoch. at_bound: the share of the columns at the bound in the end.
    """
    train, _, test = digits_rows(cell["rows"], seed)
    bound = cell["bound"]
    model = two_hidden_layers(settings["width"], seed,
                              kernel_constraint=constraints.MaxNorm(bound) if bound else None)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    longest: list[float] = []
    watch = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: longest.append(float(lengths(model).max())))
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              callbacks=[watch], verbose=0)
    (train_loss, _), (test_loss, test_accuracy) = model.evaluate(*train), model.evaluate(*test)  # type: ignore[misc]
    return {"test_accuracy": test_accuracy, "test_loss": test_loss, "train_loss": train_loss,
            "longest": max(longest),
            "at_bound": float(np.mean(lengths(model) > 0.999 * (bound or np.inf)))}


BOUNDS, ROWS = (0, 0.5, 1, 2, 3), (200, 1047)


def at(measure: str, bound: float, rows: int = 200) -> Measured:
    return Measured(measure, bound=bound, rows=rows)


SOURCES = ("srivastava2014", "umass")
CLAIMS = (
    Claim("bound-is-kept", "No column is longer than the bound after any epoch, to within 0.000001.", SOURCES,
          All(*(Within(at("longest", bound), high=bound + 1e-6) for bound in (0.5, 1)))),
    *(Claim(f"helps-{rows}", f"Max-norm with the bound 1 raises the test accuracy after training on {rows:,} images.",
            SOURCES, Greater(at("test_accuracy", 1, rows), at("test_accuracy", 0, rows)), close=True) for rows in ROWS),
    *(Claim(f"lowers-loss-{rows}", "Max-norm with the bound 1 lowers the cross-entropy on test data after training on "
            f"{rows:,} images.", SOURCES, Greater(at("test_loss", 0, rows), at("test_loss", 1, rows)), close=True)
      for rows in ROWS),
    *(Claim(f"stronger-at-{small}", "The smaller the bound, the less closely the training data are fitted: their loss "
            f"is larger at {small} than at {large}; 200 images.", SOURCES,
            Greater(at("train_loss", small), at("train_loss", large)), close=small == 1)
      for small, large in ((0.5, 1), (1, 3))),
    Claim("usual-bound-acts", "A bound of 3, of the usual size, holds columns back: at least a tenth of them end at "
          "it; 200 images.", ("srivastava2014",), Within(at("at_bound", 3), low=0.1)),
)

PROTOCOL = Protocol(
    id="E43", title="Max-norm", data="digits", settings={"width": 200, "batch_size": 32, "epochs": 60},
    cells=tuple({"bound": bound, "rows": rows} for rows in ROWS for bound in BOUNDS),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=7)
