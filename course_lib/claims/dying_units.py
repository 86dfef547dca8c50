"""E07: units that have stopped learning, and whether the variants of ReLU keep them alive."""

import numpy as np

from course_lib import Input, Sequential, activations, datasets, layers, optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within

# A unit is silent if z <= 0 in all training rows, and stuck if nowhere its slope is worth mentioning.
STUCK_BELOW = 1e-3


def measure(cell, seed, settings):
    """Train 64-100-100-100-100-100-10; which hidden units are silent or stuck in the end, and what the network knows.

    bias: where the first hidden layer's biases start.
    """
    train, _, test = datasets.digits.load_splits()
    phi = activations.get(settings["activations"].get(cell["activation"], cell["activation"]))
    hidden = [layers.Dense(settings["width"], activation=phi, kernel_initializer="he_normal")
              for _ in range(settings["depth"])]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    hidden[0].bias[...] = cell["bias"]
    model.compile(optimizers.get(cell["optimizer"], learning_rate=cell["learning_rate"]),
                  "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    silent, stuck, a = [], [], train[0]
    for layer in hidden:
        z = a @ layer.kernel + layer.bias                                       # eq. (2.1)
        silent.append(np.mean((z <= 0).all(axis=0)))
        stuck.append(np.mean(phi.derivative(z).max(axis=0) < STUCK_BELOW))
        a = phi(z)
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "silent": np.mean(silent), "stuck": np.mean(stuck), "silent_by_layer": silent, "stuck_by_layer": stuck}


def with_adam(measure: str, activation: str, learning_rate: float) -> Measured:
    return Measured(measure, activation=activation, optimizer="adam", learning_rate=learning_rate, bias=0)


def pushed_down(measure: str, activation: str) -> Measured:
    """After a start at which no unit of the first layer has a positive sum."""
    return Measured(measure, activation=activation, optimizer="sgd", learning_rate=0.02, bias=-30)


CLAIMS = (
    Claim("relu-units-die", "In training, at a learning rate that is too high, ReLU units die: they give nothing but "
          "0, and get no gradient.", ("geron2022", "umass", "esparza2023"),
          Within(with_adam("stuck", "relu", 0.03), low=0.05)),
    Claim("dead-units-harm", "At a rate at which many units die, the network learns badly.", ("umass",),
          Greater(with_adam("test_accuracy", "relu", 0.001), with_adam("test_accuracy", "relu", 0.03), by=0.05)),
    Claim("leaky-units-keep-gradients", "A leaky ReLU's small slope leaves no unit without a gradient.",
          ("geron2022", "umass", "esparza2023"), Within(with_adam("stuck", "leaky_relu_0.01", 0.03), high=0.01)),
    *(Claim(name, f"At the rate at which ReLU units die, a leaky ReLU with slope {slope} learns better.",
            ("geron2022", "umass", "esparza2023"),
            Greater(with_adam("test_accuracy", f"leaky_relu_{slope}", 0.03), with_adam("test_accuracy", "relu", 0.03)),
            close=True) for name, slope in (("leaky-helps-at-high-rates", 0.01), ("steeper-leaky-helps", 0.2))),
    *(Claim(name, f"A leaky ReLU's slope, {slope}, is enough to learn with: a network whose first layer starts with "
            "negative sums alone gets above 80 %.", ("geron2022", "esparza2023"),
            Within(pushed_down("test_accuracy", f"leaky_relu_{slope}"), low=0.8))
      for name, slope in (("leaky-recovers", 0.01), ("steeper-leaky-recovers", 0.2))),
    Claim("elu-recovers", "ELU's gradient is not zero for z < 0, which avoids dead units: a network whose first layer "
          "starts with negative sums alone gets above 80 %.", ("clevert2016", "geron2022", "umass", "esparza2023"),
          Within(pushed_down("test_accuracy", "elu"), low=0.8)),
)

ACTIVATIONS = {"leaky_relu_0.01": activations.LeakyReLU(0.01), "leaky_relu_0.2": activations.LeakyReLU(0.2)}
NAMES = ("relu", "elu", *ACTIVATIONS)

PROTOCOL = Protocol(
    id="E07", title="Dying ReLU units", data="digits",
    settings={"width": 100, "depth": 5, "batch_size": 32, "epochs": 20,
              "activations": {name: activations.serialize(phi) for name, phi in ACTIVATIONS.items()}},
    cells=(*({"activation": name, "optimizer": "adam", "learning_rate": rate, "bias": 0}
             for name in NAMES for rate in (0.001, 0.01, 0.03)),
           *({"activation": name, "optimizer": "sgd", "learning_rate": 0.02, "bias": -30} for name in NAMES)),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=5)      # where many units die, seeds differ much
