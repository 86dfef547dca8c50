"""E31: optimizers compared on the digits, each at its own learning rate, and at Keras's default."""

from course_lib import Input, Sequential, callbacks, datasets, layers, optimizers
from course_lib.claims.parts import kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Tuned, Within


def measure(cell, seed, settings):
    """Train 64-100-100-10; how soon the training loss is low, and how good the best epoch is."""
    train, validation, test = datasets.digits.load_splits()
    name, arguments = settings["optimizers"][cell["optimizer"]]
    model = Sequential([Input((64,)), *(layers.Dense(100, activation="relu", kernel_initializer="he_normal")
                                        for _ in range(2)), layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.get(name, learning_rate=cell["learning_rate"], **arguments),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    best = callbacks.EarlyStopping(patience=settings["epochs"], restore_best_weights=True)
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, callbacks=[best], verbose=0).history
    below = [epoch for epoch, loss in enumerate(history["loss"], start=1) if loss < settings["low"]]
    return {"epochs": below[0] if below else settings["epochs"] + 1,
            "train_loss": kept_finite(history["loss"][-1]), "val_loss": min(map(kept_finite, history["val_loss"])),
            "test_accuracy": model.evaluate(*test)[1]}                      # type: ignore[index]


# name -> the optimizer's name and its other arguments
OPTIMIZERS = {"sgd": ["sgd", {}], "momentum": ["sgd", {"momentum": 0.9}],
              "nesterov": ["sgd", {"momentum": 0.9, "nesterov": True}], "adagrad": ["adagrad", {}],
              "rmsprop": ["rmsprop", {}], "adadelta": ["adadelta", {}], "adam": ["adam", {}],
              "adamax": ["adamax", {}], "nadam": ["nadam", {}], "adamw": ["adamw", {}]}
# The learning rates of each: its default (momentum: SGD's), and a range around the best of a pilot.
RATES = {"sgd": (0.01, 0.03, 0.1, 0.3), "momentum": (0.003, 0.01, 0.03, 0.1), "nesterov": (0.003, 0.01, 0.03, 0.1),
         "adagrad": (0.001, 0.03, 0.1, 0.3), "rmsprop": (0.0003, 0.001, 0.003, 0.01),
         "adadelta": (0.001, 0.3, 1.0, 3.0), "adam": (0.0003, 0.001, 0.003, 0.01),
         "adamax": (0.001, 0.003, 0.01, 0.03), "nadam": (0.0003, 0.001, 0.003, 0.01),
         "adamw": (0.0003, 0.001, 0.003, 0.01)}
DEFAULTS = {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01} | dict.fromkeys(
    ("adagrad", "rmsprop", "adadelta", "adam", "adamax", "nadam", "adamw"), 0.001)


def tuned(what: str, optimizer: str) -> Measured:
    return Tuned(what, RATES[optimizer], optimizer=optimizer)


def at_default(what: str, optimizer: str) -> Measured:
    return Measured(what, optimizer=optimizer, learning_rate=DEFAULTS[optimizer])


STARS = ("geron2022", "umass")
CLAIMS = (
    Claim("adam-fast-at-defaults", "Adam converges faster than SGD: at the default rates it reaches a training loss of "
          "0.1 at least 5 epochs earlier.", STARS,
          Greater(at_default("epochs", "sgd"), at_default("epochs", "adam"), by=5)),
    Claim("momentum-fast-at-one-rate", "Momentum is much faster than SGD: at the same rate, 0.01, it reaches 0.1 at "
          "least 5 epochs earlier.", STARS,
          Greater(at_default("epochs", "sgd"), at_default("epochs", "momentum"), by=5)),
    Claim("adam-fast-when-tuned", "Adam converges faster than SGD, with each at its best rate: it reaches 0.1 in fewer "
          "epochs.", STARS, Greater(tuned("epochs", "sgd"), tuned("epochs", "adam")),
          close=True),
    Claim("momentum-fast-when-tuned", "Momentum converges faster than SGD, with each at its best rate.", STARS,
          Greater(tuned("epochs", "sgd"), tuned("epochs", "momentum")), close=True),
    Claim("nesterov-faster", "Nesterov's momentum is faster than plain momentum, with each at its best rate.", STARS,
          Greater(tuned("epochs", "momentum"), tuned("epochs", "nesterov")), close=True),
    Claim("adagrad-stops-early", "Adagrad stops too early: after 30 epochs, at its best rate, its training loss is "
          "still above 0.05.", STARS, Within(tuned("train_loss", "adagrad"), low=0.05)),
    Claim("rmsprop-beats-adagrad", "RMSprop is much better than Adagrad: at the best rates its test accuracy is higher "
          "by more than 0.02.", STARS,
          Greater(tuned("test_accuracy", "rmsprop"), tuned("test_accuracy", "adagrad"), by=0.02)),
    Claim("adaptive-generalizes-worse", "Adaptive methods generalize worse: at the best rates the test accuracy of "
          "Nesterov's momentum is higher than Adam's.", ("wilson2017", *STARS),
          Greater(tuned("test_accuracy", "nesterov"), tuned("test_accuracy", "adam")), close=True),
    Claim("adadelta-default", "Keras's default rate suits Adadelta: after 30 epochs it has reached a training loss of "
          "0.1.", ("chollet2015",), Within(at_default("epochs", "adadelta"), high=30)),
)

PROTOCOL = Protocol(
    id="E31", title="Optimizers compared", data="digits",
    settings={"batch_size": 32, "epochs": 30, "low": 0.1, "optimizers": OPTIMIZERS},
    cells=tuple({"optimizer": name, "learning_rate": rate} for name, rates in RATES.items() for rate in rates),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=3)
