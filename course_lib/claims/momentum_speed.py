"""E34: how many steps momentum saves, by the condition number of a quadratic."""

import math

import numpy as np

from course_lib import optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Measured, Ratio, Within


def measure(cell, seed, settings):
    """Steps until the loss stays below a millionth of the start's, at the rate and momentum that theory calls best.

    The loss is (x^2 + kappa y^2) / 2; the start is random, of length 1, and weighs both directions.
    """
    kappa = cell["condition"]
    angle = np.random.default_rng(seed).uniform(0.2, 1.3)
    theta, curvatures = np.array([math.cos(angle), math.sin(angle)]), np.array([1.0, kappa])
    root = math.sqrt(kappa)
    optimizer = (optimizers.SGD(2 / (1 + kappa)) if cell["optimizer"] == "sgd" else
                 optimizers.SGD((2 / (1 + root)) ** 2, momentum=((root - 1) / (root + 1)) ** 2))
    bound, above = settings["share"] * (curvatures @ theta ** 2), 0     # above: the last step with a larger loss
    while optimizer.iterations < min(2 * above + 100, settings["limit"]):
        optimizer.update(theta, curvatures * theta)
        if curvatures @ theta ** 2 >= bound:
            above = optimizer.iterations
    return {"steps": above + 1}


CONDITIONS = (5, 25, 100, 1000)


def steps(optimizer: str, condition: int) -> Measured:
    return Measured("steps", optimizer=optimizer, condition=condition)


CLAIMS = (
    *(Claim(f"saves-{condition}", f"With each at its best, momentum is more than {times} times as fast as gradient "
            f"descent at the condition number {condition:,}.", ("polyak1964", "geron2022"),
            Within(Ratio(steps("sgd", condition), steps("momentum", condition)), low=times))
      for condition, times in ((25, 1.5), (100, 3), (1000, 10))),
    Claim("ten-times-faster", "Momentum makes gradient descent ten times faster, whatever the problem: it does so at "
          "the condition number 5, with each at its best.", ("geron2022",),
          Within(Ratio(steps("sgd", 5), steps("momentum", 5)), low=10)),
)

PROTOCOL = Protocol(
    id="E34", title="What momentum saves", data="generated", settings={"limit": 20_000, "share": 1e-6},
    cells=tuple({"optimizer": name, "condition": condition} for name in ("sgd", "momentum")
                for condition in CONDITIONS),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=5)
