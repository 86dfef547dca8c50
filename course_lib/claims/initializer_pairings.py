"""E04: which initializer for which activation, at which depth, seen in training on the digits."""

import numpy as np

from course_lib import Input, Sequential, datasets, initializers, layers, optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within

STARTS = {"normal_1": initializers.RandomNormal(0.0, 1.0), "normal_0.01": initializers.RandomNormal(0.0, 0.01)}


def measure(cell, seed, settings):
    """Train a network of ``depth`` hidden layers; what it knows after each epoch and in the end."""
    train, validation, test = datasets.digits.load_splits()
    start = settings["starts"].get(cell["initializer"], cell["initializer"])
    model = Sequential([Input((64,)),
                        *(layers.Dense(settings["width"], activation=cell["activation"],
                                       kernel_initializer=initializers.get(start)) for _ in range(cell["depth"])),
                        layers.Dense(10, activation="softmax", kernel_initializer="glorot_uniform")], seed=seed)
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, verbose=0).history
    reached = np.flatnonzero(np.array(history["val_accuracy"]) >= settings["goal"])
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "val_accuracy": history["val_accuracy"],
            "epochs_to_goal": reached[0] + 1 if len(reached) else settings["epochs"] + 1}


def accuracy(activation: str, initializer: str, depth: int) -> Measured:
    return Measured("test_accuracy", activation=activation, initializer=initializer, depth=depth)


def epochs(activation: str, initializer: str, depth: int) -> Measured:
    return Measured("epochs_to_goal", activation=activation, initializer=initializer, depth=depth)


TABLE = ("geron2022", "umass", "esparza2023")

CLAIMS = (
    Claim("he-for-relu", "A network of 20 ReLU layers needs He initialization; with Glorot's it hardly learns.",
          ("he2015", *TABLE),
          Greater(accuracy("relu", "he_normal", 20), accuracy("relu", "glorot_normal", 20), by=0.1)),
    Claim("he-for-shallow-relu", "With two ReLU layers He initialization is better than Glorot's.", TABLE,
          Greater(accuracy("relu", "he_normal", 2), accuracy("relu", "glorot_normal", 2))),
    Claim("he-for-elu", "ELU counts among the variants of ReLU: with ten layers He initialization is better than "
          "Glorot's.", TABLE, Greater(accuracy("elu", "he_normal", 10), accuracy("elu", "glorot_normal", 10))),
    Claim("lecun-for-selu", "With ten SELU layers LeCun initialization is better than He's.", ("klambauer2017", *TABLE),
          Greater(accuracy("selu", "lecun_normal", 10), accuracy("selu", "he_normal", 10))),
    Claim("he-for-silu", "SiLU takes the same start as ReLU: a network of 20 layers learns.", ("larson",),
          Within(accuracy("silu", "he_normal", 20), low=0.8)),
    Claim("glorot-for-sigmoid", "With Glorot initialization a sigmoid network of ten layers learns.", TABLE,
          Within(accuracy("sigmoid", "glorot_normal", 10), low=0.8)),
    Claim("four-times-for-sigmoid", "With five sigmoid layers, four times Glorot's weights are better than Glorot's.",
          ("larson",), Greater(accuracy("sigmoid", "sigmoid_glorot_normal", 5), accuracy("sigmoid", "glorot_normal", 5),
                               by=0.1)),
    Claim("glorot-beats-normal-sigmoid", "With ten sigmoid layers Glorot initialization is better than N(0, 1) "
          "weights.", TABLE, Greater(accuracy("sigmoid", "glorot_normal", 10), accuracy("sigmoid", "normal_1", 10))),
    Claim("good-starts-are-faster", "A good start speeds up training: two or five ReLU layers reach 90 % in fewer "
          "epochs from He's weights than from N(0, 0.01^2).", ("geron2022", "umass", "esparza2023"),
          All(Greater(epochs("relu", "normal_0.01", 2), epochs("relu", "he_normal", 2), by=1),
              Greater(epochs("relu", "normal_0.01", 5), epochs("relu", "he_normal", 5), by=1))),
)

PAIRS = (("sigmoid", "normal_1"), ("sigmoid", "glorot_normal"), ("sigmoid", "sigmoid_glorot_normal"),
         ("tanh", "glorot_normal"), ("relu", "normal_0.01"), ("relu", "glorot_normal"), ("relu", "he_normal"),
         ("elu", "glorot_normal"), ("elu", "he_normal"), ("silu", "he_normal"), ("selu", "lecun_normal"),
         ("selu", "he_normal"))

PROTOCOL = Protocol(
    id="E04", title="Initializers, activations and depth on the digits", data="digits",
    settings={"width": 100, "learning_rate": 0.02, "batch_size": 32, "epochs": 20, "goal": 0.9,
              "starts": {name: initializers.serialize(start) for name, start in STARTS.items()}},
    cells=tuple({"activation": activation, "initializer": initializer, "depth": depth}
                for activation, initializer in PAIRS for depth in (2, 5, 10, 20)),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=5)      # fewer do not decide
