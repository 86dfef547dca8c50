"""E20: with batch normalization an epoch takes longer, and fewer are needed. Which of the two counts for more?

Cut for time: three networks, two learning rates, of which the one that gets to the goal first counts, 10 epochs.
"""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.parts import hidden_layer, median_ratio
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def measure(cell, seed, settings):
    """Epochs to the goal; for the cells without a normalization of their own, times with it as multiples of those
    without it."""
    if "normalization" in cell:
        return {"epochs_to_goal": epochs_to_goal(cell, cell["normalization"], seed, settings)}
    train, _, _ = datasets.digits.load_splits()
    plain, normalized = (network(cell, place, settings["learning_rates"][0], seed, settings)
                         for place in ("none", "before"))
    ratio = median_ratio(lambda: normalized.fit(*train, batch_size=settings["batch_size"], verbose=0),
                         lambda: plain.fit(*train, batch_size=settings["batch_size"], verbose=0), settings["rounds"])
    needed = [epochs_to_goal(cell, place, seed, settings) for place in ("before", "none")]
    return {"epoch_ratio": ratio, "time_to_goal_ratio": ratio * needed[0] / needed[1]}


def epochs_to_goal(cell, place, seed, settings):
    """The fewest over the learning rates; one more than were tried where the goal is never reached."""
    train, validation, _ = datasets.digits.load_splits()
    found = []
    for rate in settings["learning_rates"]:
        history = network(cell, place, rate, seed, settings).fit(
            *train, batch_size=settings["batch_size"], epochs=settings["epochs"], validation_data=validation,
            verbose=0).history
        reached = np.flatnonzero(np.array(history["val_accuracy"]) >= settings["goal"])
        found.append(int(reached[0]) + 1 if len(reached) else settings["epochs"] + 1)
    return min(found)


def network(cell, place, learning_rate, seed, settings):
    """A hidden layer, or several, with the cell's activation, with or without normalizations."""
    start = settings["starts"][cell["activation"]]
    hidden = [layer for _ in range(cell["depth"])
              for layer in hidden_layer(settings["width"], cell["activation"], start, place, settings["momentum"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


NETWORKS = (("relu", 2), ("relu", 5), ("sigmoid", 2))


def needs_fewer(activation: str, depth: int) -> Greater:
    def epochs(normalization: str) -> Measured:
        return Measured("epochs_to_goal", activation=activation, depth=depth, normalization=normalization)

    return Greater(epochs("none"), epochs("before"))


def timed(measure: str, activation: str, depth: int) -> Measured:
    return Measured(measure, activation=activation, depth=depth)


SOURCES = ("ioffe2015", "geron2022")
FEWER = "With batch normalization fewer epochs are needed to reach 95 %"
SOONER = "Batch normalization makes up for its slower epochs: a network is sooner at 95 %"

CLAIMS = (
    Claim("fewer-epochs-sigmoid-2", f"{FEWER}: two sigmoid layers.", SOURCES, needs_fewer("sigmoid", 2)),
    Claim("fewer-epochs-relu-2", f"{FEWER}: two ReLU layers.", SOURCES, needs_fewer("relu", 2), close=True),
    Claim("fewer-epochs-relu-5", f"{FEWER}: five ReLU layers.", SOURCES, needs_fewer("relu", 5), close=True),
    Claim("epochs-take-longer", "With batch normalization an epoch takes longer: five ReLU layers.", ("geron2022",),
          Within(timed("epoch_ratio", "relu", 5), low=1.0), timed=True),
    Claim("epochs-take-much-longer", "With batch normalization an epoch takes much longer, more than half as long "
          "again: five ReLU layers.", ("geron2022",), Within(timed("epoch_ratio", "relu", 5), low=1.5), timed=True),
    Claim("sooner-sigmoid-2", f"{SOONER}: two sigmoid layers.", ("geron2022",),
          Within(timed("time_to_goal_ratio", "sigmoid", 2), high=1.0), timed=True),
    Claim("sooner-relu-2", f"{SOONER}: two ReLU layers.", ("geron2022",),
          Within(timed("time_to_goal_ratio", "relu", 2), high=1.0), timed=True),
    Claim("sooner-relu-5", f"{SOONER}: five ReLU layers.", ("geron2022",),
          Within(timed("time_to_goal_ratio", "relu", 5), high=1.0), timed=True),
)

PROTOCOL = Protocol(
    id="E20", title="Epochs with batch normalization: slower and fewer", data="digits",
    settings={"width": 100, "momentum": 0.9, "batch_size": 32, "epochs": 10, "goal": 0.95, "rounds": 7,
              "learning_rates": [0.1, 0.3], "starts": {"relu": "he_normal", "sigmoid": "glorot_normal"}},
    cells=(*({"activation": activation, "depth": depth, "normalization": place}
             for activation, depth in NETWORKS for place in ("none", "before")),
           *({"activation": activation, "depth": depth} for activation, depth in NETWORKS)),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=5)
