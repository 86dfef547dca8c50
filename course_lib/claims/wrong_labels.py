"""E46: each means against overfitting where labels are wrong; and max-norm beside a start with columns as short."""

from course_lib import callbacks, constraints, regularizers
from course_lib.claims.parts import digits_rows, spoiled, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def measure(cell, seed, settings):
    """Train 64-200-200-10 for 100 epochs with one means, or until early stopping ends it and restores the best weights.

    train_accuracy is that of the labels that were shown, without dropout. start: what He's start is multiplied by in
    the two hidden kernels.
    """
    (x, y), validation, test = digits_rows(cell["rows"], seed)
    train = x, spoiled(y, cell["wrong_labels"], seed)
    means = settings["methods"][cell["method"]]
    model = two_hidden_layers(
        settings["width"], seed, means.get("dropout", 0.0), means.get("at_input", 0.0),
        kernel_regularizer=regularizers.L2(means["l2"]) if "l2" in means else None,
        kernel_constraint=constraints.MaxNorm(means["bound"]) if "bound" in means else None)
    if "start" in means:
        for layer in model.layers[:2]:
            layer.kernel *= means["start"]
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    watch = ({"validation_data": validation, "callbacks": [
        callbacks.EarlyStopping(patience=means["patience"], restore_best_weights=True)]} if "patience" in means else {})
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0, **watch)
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "train_accuracy": model.evaluate(*train)[1],                    # type: ignore[index]
            "epochs": len(history.history["loss"])}


METHODS = {"none": {}, "stopping": {"patience": 10}, "l2_0.001": {"l2": 0.001}, "l2_0.01": {"l2": 0.01},
           "dropout": {"dropout": 0.5}, "input": {"at_input": 0.2}, "max_norm": {"bound": 1},
           "short_start": {"start": 0.5 ** 0.5}}
SPOILED = {"rows": 1047, "wrong_labels": 0.3}
CLEAN = {"rows": 200, "wrong_labels": 0}


def accuracy(method: str, data: dict = SPOILED) -> Measured:
    return Measured("test_accuracy", method=method, **data)


WORDS = {"stopping": ("Early stopping with patience 10", ("geron2022", "esparza2023")),
         "l2_0.001": ("An l2 penalty of 0.001", ("umass", "esparza2023")),
         "l2_0.01": ("An l2 penalty of 0.01", ("umass", "esparza2023")),
         "dropout": ("Dropout at the rate 0.5", ("geron2022", "srivastava2014", "umass")),
         "input": ("Dropping a fifth of the inputs", ("srivastava2014", "umass")),
         "max_norm": ("Max-norm with the bound 1", ("srivastava2014", "umass"))}
CLAIMS = (
    Claim("by-heart", "A network with room learns wrong labels by heart: after 100 epochs without a regularizer it "
          "gives more than 95 % of the training images the label that was shown, three of ten drawn at random.",
          ("esparza2023",), Within(Measured("train_accuracy", method="none", **SPOILED), low=0.95)),
    *(Claim(f"gains-{method}", f"{words} raises the test accuracy by more than one percentage point where three labels "
            "of ten are drawn at random.", sources, Greater(accuracy(method), accuracy("none"), by=0.01),
            close=method != "dropout")
      for method, (words, sources) in WORDS.items()),
    Claim("dropout-beats-stopping", "There dropout at the rate 0.5 is more accurate than early stopping.",
          ("srivastava2014",), Greater(accuracy("dropout"), accuracy("stopping")), close=True),
    Claim("bound-beats-start", "Max-norm with the bound 1 is more accurate than a start with columns of the length 1, "
          "He's divided by the root of 2, without a bound: 200 training images, right labels.", ("srivastava2014",),
          Greater(accuracy("max_norm", CLEAN), accuracy("short_start", CLEAN)), close=True),
)

PROTOCOL = Protocol(
    id="E46", title="Where labels are wrong", data="digits",
    settings={"width": 200, "methods": METHODS, "batch_size": 32, "epochs": 100},
    cells=(*({"method": method, **SPOILED} for method in ("none", *WORDS)),
           *({"method": method, **CLEAN} for method in ("none", "max_norm", "short_start"))),
    seeds=tuple(range(8)), measure=measure, claims=CLAIMS, quick_seeds=4)
