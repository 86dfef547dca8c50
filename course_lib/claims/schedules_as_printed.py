"""E39: the schedules with the numbers that the sources print, on the digits instead of Fashion-MNIST.

Cut for time: the digits, and 25 epochs for all but the piecewise schedule, whose 55 are printed.
"""

from course_lib import Input, Sequential, callbacks, datasets, layers, optimizers, schedules
from course_lib.claims.parts import kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def by_epoch(epoch):
    """The sources' exponential schedule."""
    return 0.01 * 0.1 ** (epoch / 20)


def planned(name, per_epoch):
    """(optimizer, callbacks, epochs)."""
    if name == "exponential":
        return optimizers.Nadam(0.01), [callbacks.LearningRateScheduler(by_epoch)], 25
    if name == "nadam_0.01":
        return optimizers.Nadam(0.01), [], 25
    if name == "nadam_0.001":
        return optimizers.Nadam(0.001), [], 25
    if name == "plateau":
        return optimizers.SGD(0.02, momentum=0.9), [callbacks.ReduceLROnPlateau(factor=0.5, patience=5)], 25
    if name == "sgd_0.02":
        return optimizers.SGD(0.02, momentum=0.9), [], 25
    if name == "power":
        return optimizers.SGD(schedules.InverseTimeDecay(0.01, 10_000, 1.0)), [], 25
    if name == "sgd_0.01":
        return optimizers.SGD(0.01), [], 25
    if name == "sgd_0.1":
        return optimizers.SGD(0.1), [], 55
    return optimizers.SGD(schedules.PiecewiseConstantDecay([5 * per_epoch - 1], [0.1, 0.001])), [], 55


class Rates(callbacks.Callback):
    """Keeps the rate with which each epoch ends."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        optimizer = self.model.optimizer
        rate = optimizer.learning_rate
        self.last = rate(optimizer.iterations - 1) if callable(rate) else rate

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(float(self.last))


def measure(cell, seed, settings):
    """Train 300 and 100 SELU units from LeCun's weights; the rate of each epoch's last step, and what came out."""
    train, validation, test = datasets.digits.load_splits()
    hidden = [layers.Dense(units, activation="selu", kernel_initializer="lecun_normal")
              for units in settings["units"]]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    optimizer, watching, epochs = planned(cell["schedule"], -(-len(train[0]) // settings["batch_size"]))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    rates = Rates()
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=epochs, validation_data=validation,
                        callbacks=[*watching, rates], verbose=0).history
    error = max(abs(rate / by_epoch(epoch) - 1) for epoch, rate in enumerate(rates.seen))
    return {"val_loss": kept_finite(history["val_loss"][-1]),
            "test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "rates": rates.seen, "rate_left": rates.seen[-1] / rates.seen[0], "formula_error": error,
            "train_loss": kept_finite(history["loss"][-1])}


def at(measure: str, schedule: str) -> Measured:
    return Measured(measure, schedule=schedule)


def beats(schedule: str, constant: str) -> Greater:
    """That it ends with the smaller validation loss."""
    return Greater(at("val_loss", constant), at("val_loss", schedule))


NADAM, NOTES = ("umass", "esparza2023"), ("esparza2023",)
CLAIMS = (
    Claim("rate-by-epoch", "The callback sets the rate of each epoch to 0.01 times 0.1 to the power e/20, to 12 digits."
          , NADAM, Within(at("formula_error", "exponential"), high=1e-12)),
    Claim("exponential-beats-0.01", "Nadam with this exponential schedule ends with a smaller validation loss than at "
          "0.01 throughout, 25 epochs.", NADAM, beats("exponential", "nadam_0.01"), close=True),
    Claim("exponential-beats-0.001", "It ends with a smaller validation loss than at 0.001, Nadam's default, 25 "
          "epochs.", NADAM, beats("exponential", "nadam_0.001"), close=True),
    Claim("plateau-beats-constant", "Performance scheduling, 0.5 and 5, ends with a smaller validation loss than its "
          "initial rate throughout: SGD 0.02, momentum 0.9, 25 epochs.", NOTES, beats("plateau", "sgd_0.02"),
          close=True),
    Claim("power-lowers-the-rate", "The power schedule with s = 10,000 has halved the rate within 25 epochs.", NOTES,
          Within(at("rate_left", "power"), high=0.5)),
    Claim("piecewise-beats-constant", "0.1 for 5 epochs, then 0.001 for 50, ends with a smaller validation loss than "
          "0.1 throughout.", ("geron2022",), beats("piecewise", "sgd_0.1"), close=True),
)

PROTOCOL = Protocol(
    id="E39", title="The schedules as the sources print them", data="digits",
    settings={"units": [300, 100], "batch_size": 32},
    cells=tuple({"schedule": name} for name in ("exponential", "nadam_0.01", "nadam_0.001", "plateau", "sgd_0.02",
                                                "power", "sgd_0.01", "piecewise", "sgd_0.1")),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=2)
