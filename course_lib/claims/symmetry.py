"""E10: what must differ at the start, and what need not."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within

# name -> hidden units, how their kernel starts, how the output's kernel starts
STARTS = {
    "random": [30, "glorot_uniform", "glorot_uniform"],
    "constant": [30, {"name": "constant", "config": {"value": 0.1}},
                 {"name": "constant", "config": {"value": 0.1}}],
    "zeros": [30, "zeros", "zeros"],
    "output_zeros": [30, "glorot_uniform", "zeros"],
    "one_unit": [1, "glorot_uniform", "glorot_uniform"],
}


def measure(cell, seed, settings):
    """Train 64-n-10 with tanh; how far apart the hidden units are in the end, and what the network knows."""
    train, _, test = datasets.digits.load_splits("float64")
    units, hidden, output = settings["starts"][cell["start"]]
    model = Sequential([Input((64,)), layers.Dense(units, activation="tanh", kernel_initializer=hidden),
                        layers.Dense(10, activation="softmax", kernel_initializer=output)], seed=seed, dtype="float64")
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "spread_between_units": np.ptp(model.layers[0].kernel, axis=1).max()}


def accuracy(start: str) -> Measured:
    return Measured("test_accuracy", start=start)


def spread(start: str) -> Measured:
    return Measured("spread_between_units", start=start)


CLAIMS = (
    Claim("equal-units-stay-equal", "Hidden units that start with equal weights stay equal.", ("geron2022",),
          All(Within(spread("constant"), high=1e-3), Within(spread("zeros"), high=1e-3),
              Within(spread("random"), low=0.1))),
    Claim("thirty-equal-are-one", "Thirty units that start equal are worth far less than thirty random ones.",
          ("geron2022",), Greater(accuracy("random"), accuracy("constant"), by=0.3)),
    Claim("everything-must-be-random", "All weights and biases must start random: with a zero kernel in the output and "
          "zero biases a network cannot learn.", ("geron2022",), Within(accuracy("output_zeros"), high=0.5)),
)

PROTOCOL = Protocol(
    id="E10", title="Symmetry at the start", data="digits",
    settings={"learning_rate": 0.1, "batch_size": 32, "epochs": 10, "starts": STARTS},
    cells=tuple({"start": start} for start in STARTS), seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
