"""E44: early stopping: what it saves, and what it gains."""

from course_lib import callbacks
from course_lib.claims.parts import digits_rows, spoiled, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Ratio, Within


def measure(cell, seed, settings):
    """Train 64-200-200-10 for 100 epochs, or until the validation loss has not improved for ``patience`` epochs.

    patience 0 stands for no early stopping. The weights of the best epoch are restored. wrong_labels: the share of the
    training labels that are replaced by a digit drawn at random; those for validation and test are right.
    """
    (x, y), validation, test = digits_rows(cell["rows"], seed)
    train = x, spoiled(y, cell["wrong_labels"], seed)
    model = two_hidden_layers(settings["width"], seed)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    watch = [callbacks.EarlyStopping(patience=cell["patience"], restore_best_weights=True)] if cell["patience"] else []
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, callbacks=watch, verbose=0)     # type: ignore[arg-type]
    test_loss, test_accuracy = model.evaluate(*test)                        # type: ignore[misc]
    return {"test_accuracy": test_accuracy, "test_loss": test_loss, "epochs": len(history.history["loss"]),
            "val_loss": history.history["val_loss"], "train_loss": history.history["loss"]}


PATIENCE = (0, 1, 10)
DATA = ({"rows": 200, "wrong_labels": 0}, {"rows": 1047, "wrong_labels": 0}, {"rows": 1047, "wrong_labels": 0.3})
WORDS = ("200 training images", "1,047 training images", "1,047 training images, three labels of ten drawn at random")
KEYS = ("200", "1047", "wrong-labels")


def at(measure: str, patience: int, data: int) -> Measured:
    return Measured(measure, patience=patience, **DATA[data])


SOURCES = ("geron2022", "esparza2023")
CLAIMS = (
    *(Claim(f"saves-{KEYS[i]}", f"Early stopping with patience 10 saves more than half of 100 epochs: "
                                f"{WORDS[i]}.", SOURCES,
            Within(Ratio(at("epochs", 10, i), at("epochs", 0, i)), high=0.5), close=i != 2) for i in range(3)),
    *(Claim(f"loss-{KEYS[i]}", "Early stopping prevents overfitting: the cross-entropy on test data is lower than "
            f"after 100 epochs: "
            f"{WORDS[i]}.", SOURCES, Greater(at("test_loss", 0, i), at("test_loss", 10, i)), close=i != 2)
      for i in range(3)),
    *(Claim(f"accuracy-{KEYS[i]}", "Early stopping prevents overfitting: the test accuracy is higher than after 100 "
            f"epochs: "
            f"{WORDS[i]}.", SOURCES, Greater(at("test_accuracy", 10, i), at("test_accuracy", 0, i)), close=i != 2)
      for i in range(3)),
    *(Claim(f"patience-{KEYS[i]}", "Patience 1 stops too early: the cross-entropy on test data is higher than with "
            f"patience 10: "
            f"{WORDS[i]}.", ("geron2022",), Greater(at("test_loss", 1, i), at("test_loss", 10, i)), close=True)
      for i in range(3)),
)

PROTOCOL = Protocol(
    id="E44", title="Early stopping", data="digits", settings={"width": 200, "batch_size": 32, "epochs": 100},
    cells=tuple({"patience": patience, **data} for data in DATA for patience in PATIENCE),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=3)
