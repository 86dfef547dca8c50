"""E33: what a few early, huge gradients do to an optimizer that remembers squares."""

import numpy as np

from course_lib import optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def measure(cell, seed, settings):
    """The loss (x^2 + 25 y^2) / 2 after some steps, of which the first had gradients of +-1000 instead of their own."""
    rng = np.random.default_rng(seed)
    theta, curvatures = np.array([3.0, 2.0]), np.array([1.0, 25.0])
    optimizer = optimizers.get(cell["optimizer"], learning_rate=settings["rates"][cell["optimizer"]])
    for step in range(settings["steps"]):
        broken = step < cell["broken"]
        optimizer.update(theta, rng.choice([-1000.0, 1000.0], 2) if broken else curvatures * theta)
    return {"loss": curvatures @ theta ** 2 / 2}


def loss(optimizer: str, broken: int) -> Measured:
    return Measured("loss", optimizer=optimizer, broken=broken)


CLAIMS = (
    Claim("adagrad-does-not-recover", "Adagrad stops too early once large gradients fill its sum: after ten broken "
          "ones the loss is still above 1 after 300 steps.", ("geron2022", "umass"),
          Within(loss("adagrad", 10), low=1)),
    Claim("adagrad-would-arrive", "Without them it would have arrived: the loss is below 0.001.", ("geron2022",),
          Within(loss("adagrad", 0), high=1e-3)),
    Claim("rmsprop-recovers", "RMSprop, which forgets, recovers: the loss is below 0.1.", ("geron2022", "umass"),
          Within(loss("rmsprop", 10), high=0.1)),
    Claim("adam-recovers", "Adam, which forgets, too, recovers as well: the loss is below 0.1.",
          ("geron2022",), Within(loss("adam", 10), high=0.1)),
    Claim("adam-behind-rmsprop", "Adam's memory of squares is longer, and its loss stays above RMSprop's by more than "
          "0.5.", ("kingma2015",), Greater(loss("adam", 10), loss("rmsprop", 10), by=0.5)),
)

PROTOCOL = Protocol(
    id="E33", title="Early gradients that are broken", data="generated",
    settings={"steps": 300, "rates": {"adagrad": 0.5, "rmsprop": 0.05, "adam": 0.1}},
    cells=tuple({"optimizer": name, "broken": broken} for name in ("adagrad", "rmsprop", "adam") for broken in (0, 10)),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=10)
