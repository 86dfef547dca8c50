"""E38: whether a schedule beats a constant rate, each at the best of five rates, in 5, 10 and 25 epochs.

Once with the digits as they are, and once with a fifth of the training labels drawn at random, so that the gradients of
the batches never agree. Cut for time: one network, one momentum, one shape of each schedule.
"""

import numpy as np

from course_lib import Input, Sequential, callbacks, datasets, layers, optimizers, schedules
from course_lib.claims.parts import kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Ratio, Tuned, Within


def planned(name, rate, steps, settings):
    """What the optimizer gets as its rate, and the callbacks."""
    if name == "power":                                                     # an eleventh at the end
        return schedules.PowerDecay(rate, steps / 10), []
    if name == "exponential":                                               # a tenth at the end
        return schedules.ExponentialDecay(rate, steps, 0.1), []
    if name == "exponential_to_a_hundredth":
        return schedules.ExponentialDecay(rate, steps, 0.01), []
    if name == "piecewise":
        return schedules.PiecewiseConstantDecay([steps // 2, 3 * steps // 4], [rate, rate / 10, rate / 100]), []
    if name == "cosine":
        return schedules.CosineDecay(rate, steps), []
    if name == "plateau":
        return rate, [callbacks.ReduceLROnPlateau(factor=0.5, patience=settings["patience"])]
    if name == "one_cycle":
        return rate, [callbacks.OneCycleScheduler(rate)]
    if name == "one_cycle_fixed_momentum":
        return schedules.OneCycle(rate, steps), []
    return rate, []


def with_random_labels(labels, share, seed):
    """The labels, each replaced by a random one with probability ``share``."""
    rng = np.random.default_rng([7, seed])
    drawn = rng.integers(0, 10, len(labels))
    return np.where(rng.random(len(labels)) < share, drawn, labels)


def measure(cell, seed, settings):
    """Train with one schedule, whose largest rate is given."""
    (x, labels), validation, test = datasets.digits.load_splits()
    labels = with_random_labels(labels, settings["random_share"][cell["labels"]], seed)
    hidden = [layers.Dense(settings["width"], activation="relu", kernel_initializer="he_normal")
              for _ in range(settings["depth"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    steps = cell["epochs"] * -(-len(x) // settings["batch_size"])
    rate, watching = planned(cell["schedule"], cell["learning_rate"], steps, settings)
    model.compile(optimizers.SGD(rate, momentum=settings["momentum"]), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    history = model.fit(x, labels, batch_size=settings["batch_size"], epochs=cell["epochs"], callbacks=watching,
                        validation_data=validation, verbose=0).history
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "val_loss": kept_finite(history["val_loss"][-1]), "train_loss": kept_finite(history["loss"][-1])}


RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
BUDGETS = {"true": (5, 10, 25), "partly_random": (5, 10)}
SCHEDULES = ("constant", "power", "exponential", "exponential_to_a_hundredth", "piecewise", "plateau", "cosine",
             "one_cycle", "one_cycle_fixed_momentum")
WORDS = {"one_cycle": "1cycle", "plateau": "Performance scheduling", "exponential": "Exponential scheduling",
         "power": "Power scheduling", "piecewise": "Piecewise constant scheduling", "cosine": "A cosine schedule"}
LABELS = {"true": "the labels as they are", "partly_random": "a fifth of the training labels random"}
SOURCES = ("geron2022", "umass", "esparza2023")


def best(measure: str, schedule: str, labels: str, epochs: int) -> Tuned:
    """The measure at the schedule's best rate."""
    return Tuned(measure, RATES, schedule=schedule, labels=labels, epochs=epochs)


def at(measure: str, schedule: str, labels: str, epochs: int, learning_rate: float) -> Measured:
    """The measure at one rate."""
    return Measured(measure, schedule=schedule, labels=labels, epochs=epochs, learning_rate=learning_rate)


def beats_constant(schedule: str, labels: str, epochs: int) -> Greater:
    """That the schedule's validation loss is below that of a constant rate, each at its best."""
    return Greater(best("val_loss", "constant", labels, epochs), best("val_loss", schedule, labels, epochs))


CLAIMS = (
    *(Claim(f"{name.replace('_', '-')}-{labels.replace('_', '-')}-{epochs}", f"{WORDS[name]} ends with a smaller "
            f"validation loss than a constant rate, each at its best: {LABELS[labels]}, {epochs} epochs.", SOURCES,
            beats_constant(name, labels, epochs), close=True)
      for labels, budgets in BUDGETS.items() for epochs in budgets for name in WORDS),
    Claim("one-cycle-in-half-the-time", "1cycle speeds training up considerably: after 5 epochs its validation loss is "
          "at most that of the best constant rate after 10, the labels as they are.", SOURCES,
          Within(Ratio(best("val_loss", "one_cycle", "true", 5), best("val_loss", "constant", "true", 10)), high=1.0),
          close=True),
    Claim("mirrored-momentum", "1cycle's momentum has to mirror its rate: with 0.9 throughout the validation loss is "
          "larger, the labels as they are, 10 epochs.", ("smith2018",),
          Greater(best("val_loss", "one_cycle_fixed_momentum", "true", 10), best("val_loss", "one_cycle", "true", 10)),
          close=True),
    Claim("too-high-a-rate", "At 0.1, which is too high for a constant rate, a falling rate ends with a validation "
          "loss at most three quarters as large: exponential, a fifth of the labels random, 10 epochs.", SOURCES,
          Within(Ratio(at("val_loss", "exponential", "partly_random", 10, 0.1),
                       at("val_loss", "constant", "partly_random", 10, 0.1)), high=0.75), close=True),
    Claim("too-low-a-rate", "At 0.003, which is too low for 5 epochs, a falling rate makes it worse: the validation "
          "loss is at least a quarter larger than at a constant rate: exponential, the labels as they are.",
          ("robbins1951",),
          Within(Ratio(at("val_loss", "exponential", "true", 5, 0.003), at("val_loss", "constant", "true", 5, 0.003)),
                 low=1.25)),
)

PROTOCOL = Protocol(
    id="E38", title="Schedules against a constant rate", data="digits",
    settings={"width": 100, "depth": 2, "momentum": 0.9, "batch_size": 32, "patience": 2,
              "random_share": {"true": 0.0, "partly_random": 0.2}},
    cells=tuple({"schedule": name, "labels": labels, "epochs": epochs, "learning_rate": rate}
                for name in SCHEDULES for labels, budgets in BUDGETS.items() for epochs in budgets for rate in RATES),
    seeds=tuple(range(8)), measure=measure, claims=CLAIMS)
