"""E06: the slope for negative sums: none, small, large, learned (PReLU) or random (RReLU).

Cut for time: one depth, one learning rate for all, two fixed slopes, and PReLU and RReLU on 200 images alone.
What the sources say of PReLU on large data sets, the digits cannot test.
"""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def measure(cell, seed, settings):
    """Train ten hidden layers on ``rows`` digits, drawn with the seed."""
    (x, y), _, test = datasets.digits.load_splits()
    chosen = np.random.default_rng(seed).permutation(len(x))[:cell["rows"]]
    name, arguments = settings["activations"][cell["activation"]]
    hidden = []
    for _ in range(settings["depth"]):
        hidden += [layers.Dense(settings["width"], kernel_initializer="he_normal"), layers.LAYERS[name](**arguments)]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    learned = [layer for layer in hidden if isinstance(layer, layers.PReLU)]
    before = [layer.alpha.copy() for layer in learned]
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[chosen], y[chosen], batch_size=settings["batch_size"], epochs=settings["epochs"][str(cell["rows"])],
              verbose=0)
    moved = [np.abs(layer.alpha - alpha).mean() for layer, alpha in zip(learned, before, strict=True)]
    train_accuracy = model.evaluate(x[chosen], y[chosen])[1]                # type: ignore[index]
    test_accuracy = model.evaluate(*test)[1]                                # type: ignore[index]
    return {"test_accuracy": test_accuracy, "train_accuracy": train_accuracy, "gap": train_accuracy - test_accuracy,
            "alpha_moved": np.mean(moved) if moved else 0.0}


SLOPES = (0.01, 0.2)
ACTIVATIONS = {"relu": ["ReLU", {}], "rrelu": ["RReLU", {}], "prelu_from_0": ["PReLU", {}],
               "prelu_from_0.25": ["PReLU", {"alpha_initializer": {"name": "constant", "config": {"value": 0.25}}}]}
ACTIVATIONS |= {f"leaky_relu_{slope}": ["LeakyReLU", {"negative_slope": slope}] for slope in SLOPES}


def at(measure: str, activation: str, rows: int) -> Measured:
    return Measured(measure, activation=activation, rows=rows)


def better(activation: str, other: str, rows: int = 1047) -> Greater:
    return Greater(at("test_accuracy", activation, rows), at("test_accuracy", other, rows))


CLAIMS = (
    Claim("small-slope-beats-none", "Leaky ReLU is always better than ReLU: with a slope of 0.01.",
          ("xu2015", "geron2022"), better("leaky_relu_0.01", "relu"), close=True),
    Claim("large-slope-beats-none", "Leaky ReLU is always better than ReLU: with a slope of 0.2.",
          ("xu2015", "geron2022"), better("leaky_relu_0.2", "relu"), close=True),
    Claim("large-slope-beats-small", "A slope of about 0.2 is better than one of 0.01.", ("xu2015", "geron2022"),
          better("leaky_relu_0.2", "leaky_relu_0.01"), close=True),
    Claim("rrelu-regularizes", "Randomized leaky ReLU acts as a regularizer: on 200 images accuracy falls less from "
          "training to test data than with a fixed slope of 0.2.", ("xu2015", "geron2022"),
          Greater(at("gap", "leaky_relu_0.2", 200), at("gap", "rrelu", 200)), close=True),
    Claim("prelu-overfits", "PReLU overfits small data sets: on 200 images it is worse than a fixed slope of 0.2.",
          ("xu2015", "geron2022"), better("leaky_relu_0.2", "prelu_from_0.25", 200), close=True),
    Claim("prelu-is-set-by-hand", "PReLU's slope is a hyperparameter: training leaves it as it was.", ("geron2022",),
          Within(at("alpha_moved", "prelu_from_0.25", 200), high=1e-6)),
)

PROTOCOL = Protocol(
    id="E06", title="Slopes for negative sums", data="digits",
    settings={"width": 100, "depth": 10, "learning_rate": 0.05, "batch_size": 32, "epochs": {"200": 40, "1047": 20},
              "activations": ACTIVATIONS},
    cells=tuple({"activation": name, "rows": rows}
                for name in ACTIVATIONS for rows in (200, 1047)
                if rows == 200 or name in ("relu", "leaky_relu_0.01", "leaky_relu_0.2")),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=3)
