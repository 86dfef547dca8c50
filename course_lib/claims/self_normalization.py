"""E09: whether a stack of SELU layers keeps mean 0 and deviation 1, and which of the conditions that takes."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Measured, Within

# What a variant changes in "baseline": standardised inputs, LeCun normal weights, a plain stack 100 units wide.
VARIANTS = {
    "baseline": {},
    "wide": {"width": 300},
    "inputs_0_to_1": {"inputs": "uniform"},
    "he_normal": {"initializer": "he_normal"},
    "lecun_uniform": {"initializer": "lecun_uniform"},
    "skip_connections": {"skip": True},
    "dropout": {"dropout": "Dropout"},
    "alpha_dropout": {"dropout": "AlphaDropout"},
    "trained": {"data": "digits", "layers": 20},
}


def measure(cell, seed, settings):
    """Mean and deviation of each layer's outputs, and how far they go from 0 and 1."""
    usual = {"width": 100, "layers": settings["layers"], "inputs": "normal", "initializer": "lecun_normal",
             "skip": False, "dropout": None, "data": "generated"}
    how = usual | settings["variants"][cell["variant"]]
    profile = trained(how, seed, settings) if how["data"] == "digits" else at_the_start(how, seed, settings)
    mean, deviation = np.array(profile).T
    error = np.abs(np.log(deviation))                                       # ln 1.25 = 0.223: off by a quarter
    half = len(error) // 2
    return {"mean": mean, "deviation": deviation, "largest_error": error.max(), "late_error": error[half:].max(),
            "largest_mean": np.abs(mean).max()}


def at_the_start(how, seed, settings):
    """(mean, deviation) of the outputs of each layer of a network that has not been trained."""
    rng = np.random.default_rng([seed, how["width"]])
    shape = (settings["rows"], how["width"])
    x = rng.standard_normal(shape) if how["inputs"] == "normal" else rng.random(shape)
    found = []
    for _ in range(how["layers"]):
        dense = layers.Dense(how["width"], activation="selu", kernel_initializer=how["initializer"], dtype="float64")
        dense.build((None, how["width"]), rng)
        a = dense.forward(x)
        if how["dropout"]:
            dropout = layers.LAYERS[how["dropout"]](settings["rate"], dtype="float64")
            dropout.build((None, how["width"]), rng)
            a = dropout.forward(a, training=True)
        x = x + a if how["skip"] else a.copy()
        found.append((x.mean(), x.std()))
    return found


def trained(how, seed, settings):
    """(mean, deviation) of the hidden layers' outputs of a network that has learned the digits."""
    train, _, _ = datasets.digits.load_splits()
    hidden = [layers.Dense(how["width"], activation="selu", kernel_initializer=how["initializer"])
              for _ in range(how["layers"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy")
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    a, found = train[0], []
    for layer in hidden:
        a = layer.forward(a)
        found.append((a.mean(), a.std()))
    return found


def at(measure: str, variant: str) -> Measured:
    return Measured(measure, variant=variant)


QUARTER = float(np.log(1.25))               # a deviation between 0.8 and 1.25, as in E03
TABLE = ("klambauer2017", "geron2022", "umass", "esparza2023")

CLAIMS = (
    Claim("selu-normalizes", "In a stack of 100 SELU layers every layer's outputs keep a mean near 0 and a deviation "
          "near 1.", TABLE, All(Within(at("largest_error", "baseline"), high=QUARTER),
                                Within(at("largest_mean", "baseline"), high=0.25))),
    Claim("selu-stays-normal", "The outputs of SELU layers keep mean 0 and deviation 1 during training.",
          ("geron2022",), All(Within(at("largest_error", "trained"), high=QUARTER),
                              Within(at("largest_mean", "trained"), high=0.25)), close=True),
    Claim("inputs-must-be-standardized", "The inputs must be standardised: from others the outputs of a deep stack do "
          "not get to deviation 1.", TABLE, Within(at("late_error", "inputs_0_to_1"), low=QUARTER)),
    Claim("he-breaks-it", "The weights must have LeCun's variance: with He's the outputs do not stay at deviation 1.",
          TABLE, Within(at("late_error", "he_normal"), low=QUARTER)),
    Claim("weights-must-be-normal", "The weights must be LeCun normal, not uniform.", ("geron2022", "umass"),
          Within(at("late_error", "lecun_uniform"), low=QUARTER)),
    Claim("must-be-sequential", "The network must be sequential: skip connections break self-normalization.", TABLE,
          Within(at("late_error", "skip_connections"), low=QUARTER)),
    Claim("dropout-breaks-it", "Dropout breaks self-normalization.", ("klambauer2017", "esparza2023"),
          Within(at("late_error", "dropout"), low=QUARTER)),
    Claim("alpha-dropout-keeps-it", "Alpha dropout keeps mean 0 and deviation 1.", ("klambauer2017", "esparza2023"),
          All(Within(at("largest_error", "alpha_dropout"), high=QUARTER),
              Within(at("largest_mean", "alpha_dropout"), high=0.25))),
)

PROTOCOL = Protocol(
    id="E09", title="Self-normalization", data="digits",
    settings={"rows": 500, "layers": 100, "rate": 0.1, "learning_rate": 0.02, "batch_size": 32, "epochs": 10,
              "variants": VARIANTS},
    cells=tuple({"variant": name} for name in VARIANTS), seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
