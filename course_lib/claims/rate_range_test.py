"""E37: whether a learning-rate range test finds a good rate, for three optimizers.

Cut for time: one network, ten epochs, six rates for each optimizer to compare with.
"""

from course_lib import Input, Sequential, datasets, layers, optimizers
from course_lib.claims.parts import kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Ratio, Tuned, Within
from course_lib.range_test import learning_rate_range_test


def compiled(optimizer, rate, seed, settings):
    """The network of the protocol, with its optimizer at that rate."""
    hidden = [layers.Dense(settings["width"], activation="relu", kernel_initializer="he_normal")
              for _ in range(settings["depth"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    name, arguments = settings["optimizers"][optimizer]
    model.compile(optimizers.get(name, learning_rate=rate, **arguments), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    return model


def measure(cell, seed, settings):
    """Train at a rate of the grid, or at one that a range test on the training images gives."""
    train, validation, test = datasets.digits.load_splits()
    found = {}
    rate = cell.get("learning_rate")
    if rate is None:
        result = learning_rate_range_test(compiled(cell["optimizer"], 0.1, seed, settings), *train,
                                          steps=settings["steps"], smoothing=settings["smoothing"])
        rate = result.turning_point if cell["rate"] == "lowest_loss" else result.suggestion
        found = {"turned": float(result.turned)}
    model = compiled(cell["optimizer"], rate, seed, settings)
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, verbose=0).history
    return {"learning_rate": rate, "val_loss": kept_finite(history["val_loss"][-1]),
            "test_accuracy": model.evaluate(*test)[1], **found}


OPTIMIZERS = {"sgd": ["sgd", {}], "momentum": ["sgd", {"momentum": 0.9}], "adam": ["adam", {}]}
RATES = {"sgd": (0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "momentum": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
         "adam": (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)}
SOURCES = ("smith2017", "geron2022")


def at(measure: str, optimizer: str, rate: str = "suggested") -> Measured:
    """The measure at a rate that the range test gives."""
    return Measured(measure, optimizer=optimizer, rate=rate)


def best(measure: str, optimizer: str) -> Tuned:
    """The measure at the best rate of the grid."""
    return Tuned(measure, RATES[optimizer], optimizer=optimizer, rate="grid")


CLAIMS = (
    *(Claim(f"turns-up-{name}", f"In 300 steps of rates from 0.00001 to 10 the smoothed loss turns up: {name}.",
            SOURCES, Within(at("turned", name), low=0.99)) for name in OPTIMIZERS),
    *(Claim(f"finds-the-size-{name}", "A tenth of the rate of the lowest smoothed loss is within a factor of ten of "
            f"the best of six rates: {name}.", SOURCES,
            Within(Ratio(at("learning_rate", name), best("learning_rate", name)), 0.1, 10), close=name != "sgd")
      for name in OPTIMIZERS),
    *(Claim(f"is-good-enough-{name}", "Training at the suggested rate ends with a validation loss at most 1.25 times "
            f"that of the best of six rates: {name}.", SOURCES,
            Within(Ratio(at("val_loss", name), best("val_loss", name)), high=1.25), close=True)
      for name in OPTIMIZERS),
    *(Claim(f"lowest-is-too-high-{name}", "The rate of the lowest smoothed loss itself is too high: training at it "
            f"ends with a larger validation loss than at the suggested rate: {name}.", SOURCES,
            Greater(at("val_loss", name, "lowest_loss"), at("val_loss", name)), close=True) for name in OPTIMIZERS),
    Claim("adam-wants-less", "A rate holds for one optimizer: Adam's suggested rate is below a third of plain "
          "descent's.", ("geron2022",),
          All(Within(Ratio(at("learning_rate", "adam"), at("learning_rate", "sgd")), high=1 / 3))),
)

PROTOCOL = Protocol(
    id="E37", title="The learning-rate range test", data="digits",
    settings={"width": 100, "depth": 2, "steps": 300, "smoothing": 0.95, "batch_size": 32, "epochs": 10,
              "optimizers": OPTIMIZERS},
    cells=(*({"optimizer": name, "rate": rate} for name in OPTIMIZERS for rate in ("suggested", "lowest_loss")),
           *({"optimizer": name, "rate": "grid", "learning_rate": rate} for name in OPTIMIZERS
             for rate in RATES[name])),
    seeds=tuple(range(8)), measure=measure, claims=CLAIMS, quick_seeds=4)
