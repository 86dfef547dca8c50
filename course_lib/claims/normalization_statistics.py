"""E23: what the moving statistics, epsilon and the place at the input do to batch normalization."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.parts import hidden_layer
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Ratio, Within


def measure(cell, seed, settings):
    """One of three experiments, named by the cell's "part"."""
    return {"momentum": momentum, "epsilon": epsilon, "first_layer": first_layer}[cell["part"]](cell, seed, settings)


def momentum(cell, seed, settings):
    """Train 64-100-100-10 with a normalization before each ReLU; the loss on validation data as inference sees it."""
    train, validation, _ = datasets.digits.load_splits()
    hidden = [layer for _ in range(2)
              for layer in hidden_layer(settings["width"], "relu", "he_normal", "before", cell["momentum"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy")
    losses = model.fit(*train, batch_size=cell["batch_size"], epochs=settings["epochs"], validation_data=validation,
                       verbose=0).history["val_loss"]
    return {"first_val_loss": losses[0], "last_val_loss": losses[-1], "val_loss": losses}


def epsilon(cell, seed, settings):
    """The deviation that a feature of deviation 0.01 has after the layer, in training."""
    x = np.random.default_rng(seed).normal(3.0, 0.01, (settings["rows"], 1))
    layer = layers.BatchNormalization(epsilon=cell["epsilon"], dtype="float64")
    layer.build((None, 1))
    return {"deviation": layer.forward(x, training=True).std()}


def first_layer(cell, seed, settings):
    """Train 64-100-100-10 on grey levels 0..16: as they are, normalized by a first layer, or standardised before."""
    splits = datasets.digits.load_splits()
    if cell["inputs"] != "standardized":
        (images, labels), (test_images, _) = datasets.digits.load_data()
        train_rows, validation_rows = datasets.splitting.stratified(labels, len(splits.validation[1]),
                                                                    np.random.default_rng(1))
        flat = [part.reshape(len(part), -1).astype("float32")
                for part in (images[train_rows], images[validation_rows], test_images)]
        splits = datasets.splitting.Splits(*((x, y) for x, (_, y) in zip(flat, splits, strict=True)))
    train, validation, test = splits
    first = [layers.BatchNormalization(momentum=settings["momentum"])] if cell["inputs"] == "normalized" else []
    hidden = [layers.Dense(settings["width"], activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    model = Sequential([Input((64,)), *first, *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    return {"test_accuracy": model.evaluate(*test)[1], "val_accuracy": model.evaluate(*validation)[1]}  # type: ignore[index]


def loss(measure: str, momentum: float, batch_size: int = 32) -> Measured:
    return Measured(measure, part="momentum", momentum=momentum, batch_size=batch_size)


def as_good(measure: str, momentum: float) -> Within:
    """At most a tenth more validation loss than with momentum 0.9, seed by seed."""
    return Within(Ratio(loss(measure, momentum), loss(measure, 0.9)), high=1.1)


def deviation(epsilon: float) -> Within:
    """Near 1, to within a tenth."""
    return Within(Measured("deviation", part="epsilon", epsilon=epsilon), 0.9, 1.1)


def accuracy(inputs: str) -> Measured:
    return Measured("test_accuracy", part="first_layer", inputs=inputs)


EVERY = ("ioffe2015", "geron2022", "umass", "esparza2023")
NEAR_1 = "A momentum near 1 is good"
AS_GOOD = "has at most a tenth more validation loss than 0.9"

CLAIMS = (
    Claim("momentum-0.99", f"{NEAR_1}: after 20 epochs of 33 steps 0.99 {AS_GOOD}.", ("geron2022", "umass"),
          as_good("last_val_loss", 0.99)),
    Claim("momentum-0.999", f"{NEAR_1}: after 20 epochs of 33 steps 0.999 {AS_GOOD}.", ("umass",),
          as_good("last_val_loss", 0.999), close=True),
    Claim("momentum-after-one-epoch", f"{NEAR_1}: after one epoch of 33 steps 0.99 {AS_GOOD}.", ("geron2022", "umass"),
          as_good("first_val_loss", 0.99), close=True),
    Claim("small-batches-need-more-nines", "The smaller the batches, the nearer to 1 the momentum: with batches of two "
          "0.99 is better than 0.9.", ("geron2022",),
          Greater(loss("last_val_loss", 0.9, 2), loss("last_val_loss", 0.99, 2)), close=True),
    Claim("normalizes-small-features", "Batch normalization brings each feature to deviation 1: one of deviation 0.01, "
          "too, with Keras's epsilon of 0.001.", EVERY, deviation(1e-3)),
    Claim("normalizes-with-small-epsilon", "Batch normalization brings each feature to deviation 1: one of deviation "
          "0.01, too, with an epsilon of 0.00001.", EVERY, deviation(1e-5)),
    Claim("replaces-the-scaler", "A batch normalization as the first layer replaces the standardisation of the inputs: "
          "the network knows the digits as well, to within 0.02.", ("geron2022", "umass", "esparza2023"),
          Greater(accuracy("normalized"), accuracy("standardized"), by=-0.02)),
    Claim("raw-inputs-fail", "Grey levels from 0 to 16, neither standardised nor normalized, are too large: at a "
          "learning rate of 0.1 the network does not learn, with a normalization it does.", ("geron2022", "umass"),
          All(Within(accuracy("raw"), high=0.5), Within(accuracy("normalized"), low=0.8)), close=True),
)

PROTOCOL = Protocol(
    id="E23", title="The statistics of batch normalization", data="digits",
    settings={"width": 100, "momentum": 0.9, "learning_rate": 0.1, "batch_size": 32, "epochs": 20, "rows": 1000},
    cells=(*({"part": "momentum", "momentum": value, "batch_size": 32} for value in (0.5, 0.9, 0.99, 0.999)),
           *({"part": "momentum", "momentum": value, "batch_size": 2} for value in (0.9, 0.99)),
           *({"part": "epsilon", "epsilon": value} for value in (1e-3, 1e-5)),
           *({"part": "first_layer", "inputs": inputs} for inputs in ("raw", "normalized", "standardized"))),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
