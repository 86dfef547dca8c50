"""E19 and E21: what batch normalization does for deep networks, and whether it belongs before the activation or after.

Cut for time: one depth, ten epochs, and three learning rates, of which each seed takes the one with the smallest
validation loss.
"""

from course_lib import Input, Sequential, datasets, initializers, layers, optimizers
from course_lib.claims.parts import hidden_layer, kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Tuned, Within


def measure(cell, seed, settings):
    """Train a network of ten hidden layers; normalization: none, before or after each activation."""
    train, validation, test = datasets.digits.load_splits()
    start = settings["starts"].get(cell["initializer"], cell["initializer"])
    hidden = [layer for _ in range(settings["depth"])
              for layer in hidden_layer(settings["width"], cell["activation"], start, cell["normalization"],
                                        settings["momentum"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(cell["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, verbose=0).history
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "val_loss": kept_finite(history["val_loss"][-1]),
            "val_accuracy": history["val_accuracy"]}


RATES = (0.01, 0.1, 0.5)


def best(activation: str, initializer: str, normalization: str) -> Measured:
    """The test accuracy at the best learning rate."""
    return Tuned("test_accuracy", RATES, activation=activation, initializer=initializer, normalization=normalization)


def at_rate(learning_rate: float, activation: str, initializer: str, normalization: str) -> Measured:
    return Measured("test_accuracy", activation=activation, initializer=initializer, normalization=normalization,
                    learning_rate=learning_rate)


def before_beats_after(activation: str, initializer: str) -> Greater:
    return Greater(best(activation, initializer, "before"), best(activation, initializer, "after"))


REMEDY = ("ioffe2015", "geron2022", "umass", "esparza2023")

CLAIMS = (
    Claim("rescues-sigmoid", "Batch normalization is a remedy for vanishing gradients: at a learning rate of 0.1 ten "
          "sigmoid layers learn with it and not without it.", REMEDY,
          All(Within(at_rate(0.1, "sigmoid", "glorot_normal", "none"), high=0.5),
              Within(at_rate(0.1, "sigmoid", "glorot_normal", "before"), low=0.8))),
    Claim("rescues-sigmoid-at-its-best", "Ten sigmoid layers learn with batch normalization and not without it, "
          "each at the best of three learning rates.", REMEDY,
          All(Within(best("sigmoid", "glorot_normal", "none"), high=0.5),
              Within(best("sigmoid", "glorot_normal", "before"), low=0.8))),
    Claim("helps-relu", "Batch normalization makes a network of ten ReLU layers better, each at its best rate.",
          REMEDY, Greater(best("relu", "he_normal", "before"), best("relu", "he_normal", "none")), close=True),
    Claim("helps-tanh", "Batch normalization makes a network of ten tanh layers better, each at its best rate.",
          REMEDY, Greater(best("tanh", "glorot_normal", "before"), best("tanh", "glorot_normal", "none")),
          close=True),
    Claim("allows-higher-rates", "Batch normalization allows much higher learning rates: at 0.5 a network of ten ReLU "
          "layers learns with it and not without it.", ("ioffe2015",),
          All(Within(at_rate(0.5, "relu", "he_normal", "none"), high=0.5),
              Within(at_rate(0.5, "relu", "he_normal", "before"), low=0.8)), close=True),
    Claim("forgives-the-start", "With batch normalization the start matters less: ten sigmoid layers learn even from "
          "N(0, 1) weights.", ("ioffe2015",), Within(best("sigmoid", "normal_1", "before"), low=0.8)),
    Claim("before-for-relu", "Batch normalization works better before the activation than after it: ReLU.",
          ("ioffe2015", "esparza2023"), before_beats_after("relu", "he_normal"), close=True),
    Claim("before-for-tanh", "Batch normalization works better before the activation than after it: tanh.",
          ("ioffe2015", "esparza2023"), before_beats_after("tanh", "glorot_normal"), close=True),
    Claim("before-for-sigmoid", "Batch normalization works better before the activation than after it: sigmoid from "
          "Glorot's weights.", ("ioffe2015", "esparza2023"), before_beats_after("sigmoid", "glorot_normal"),
          close=True),
    Claim("before-for-normal-sigmoid", "Batch normalization works better before the activation than after it: sigmoid "
          "from N(0, 1) weights.", ("ioffe2015", "esparza2023"), before_beats_after("sigmoid", "normal_1")),
)

PAIRS = (("sigmoid", "glorot_normal"), ("sigmoid", "normal_1"), ("tanh", "glorot_normal"), ("relu", "he_normal"))

PROTOCOL = Protocol(
    id="E19", title="Batch normalization, depth and its place", data="digits",
    settings={"width": 100, "depth": 10, "momentum": 0.9, "batch_size": 32, "epochs": 10,
              "starts": {"normal_1": initializers.serialize(initializers.RandomNormal(0.0, 1.0))}},
    cells=tuple({"activation": activation, "initializer": initializer, "normalization": normalization,
                 "learning_rate": rate}
                for activation, initializer in PAIRS for normalization in ("none", "before", "after")
                for rate in RATES),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
