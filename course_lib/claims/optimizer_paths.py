"""E32: how optimizers move on two surfaces: who overshoots in a ravine, who leaves a saddle."""

import numpy as np

from course_lib import optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Ratio, Within

LIMIT = 10_000


def ravine(theta):
    """The gradient of (x^2 + 25 y^2) / 2."""
    return theta * (1.0, 25.0)


def saddle(theta):
    """The gradient of x^2 / 2 - y^2 / 100."""
    return theta * (1.0, -0.02)


def measure(cell, seed, settings):
    """On the ravine, how far the path goes beyond the minimum, as a share of the start's distance, in the coordinate
    where this is more; on the saddle, the steps until |y| > 1."""
    rng = np.random.default_rng(seed)
    name, arguments = settings["optimizers"][cell["optimizer"]]
    optimizer = optimizers.get(name, **arguments[cell["surface"]])
    if cell["surface"] == "ravine":
        start = np.array([3.0, 2.0]) + rng.uniform(-0.2, 0.2, 2)
        theta, beyond = start.copy(), 0.0
        for _ in range(settings["steps"]):
            optimizer.update(theta, ravine(theta))
            beyond = max(beyond, float((-theta / start).max()))
        return {"overshoot": beyond}
    theta = np.array([3.0, 1e-3]) * rng.uniform(0.5, 1.5, 2)
    while abs(theta[1]) <= 1 and optimizer.iterations < LIMIT:
        optimizer.update(theta, saddle(theta))
    return {"steps": optimizer.iterations}


def of(rates, **more):
    """The arguments on each surface: its rate, and what both share."""
    return {surface: {"learning_rate": rate, **more} for surface, rate in zip(("ravine", "saddle"), rates, strict=True)}


OPTIMIZERS = {"sgd": ["sgd", of((0.02, 0.1))], "momentum": ["sgd", of((0.02, 0.1), momentum=0.9)],
              "nesterov": ["sgd", of((0.02, 0.1), momentum=0.9, nesterov=True)],
              "adagrad": ["adagrad", of((0.5, 0.1))], "rmsprop": ["rmsprop", of((0.05, 0.1))],
              "adam": ["adam", of((0.1, 0.1))]}


def overshoot(optimizer: str) -> Measured:
    return Measured("overshoot", optimizer=optimizer, surface="ravine")


def steps(optimizer: str) -> Measured:
    return Measured("steps", optimizer=optimizer, surface="saddle")


CLAIMS = (
    Claim("sgd-crawls", "Plain gradient descent crawls away from a saddle: momentum needs less than a fifth of its "
          "steps.", ("larson",), Within(Ratio(steps("sgd"), steps("momentum")), low=5)),
    Claim("adaptive-leaves-first", "Adaptive methods leave it soonest: Adam needs less than a tenth of momentum's "
          "steps.", ("larson",), Within(Ratio(steps("momentum"), steps("adam")), low=10)),
    Claim("adaptive-alike", "The adaptive methods behave alike: Adagrad needs at most twice the steps of RMSprop.",
          ("larson",), Within(Ratio(steps("adagrad"), steps("rmsprop")), high=2)),
    Claim("momentum-overshoots", "Momentum overshoots in the ravine, by more than a fifth of the start's distance; "
          "plain gradient descent does not.", ("geron2022", "larson"),
          All(Within(overshoot("momentum"), low=0.2), Within(overshoot("sgd"), high=0.001))),
    Claim("nesterov-overshoots-less", "Nesterov's momentum overshoots less than plain momentum.", ("umass",),
          Greater(overshoot("momentum"), overshoot("nesterov"), by=0.1)),
)

PROTOCOL = Protocol(
    id="E32", title="Paths in a ravine and on a saddle", data="generated",
    settings={"steps": 300, "optimizers": OPTIMIZERS},
    cells=tuple({"optimizer": name, "surface": surface} for name in OPTIMIZERS for surface in ("ravine", "saddle")),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=5)
