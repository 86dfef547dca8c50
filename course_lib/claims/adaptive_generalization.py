"""E35: a data set, made for the purpose, on which adaptive methods fit as well and generalize far worse."""

import numpy as np

from course_lib import optimizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within

OWN = 5                                     # features that only one example has


def examples(labels):
    """x (m, 3 + OWN m): the label itself, two constants, and features of its own: one for a positive example, all OWN
    for a negative one."""
    m = len(labels)
    x = np.zeros((m, 3 + OWN * m))
    x[:, 0], x[:, 1:3] = labels, 1.0
    for i, label in enumerate(labels):
        x[i, 3 + OWN * i:3 + OWN * i + (1 if label > 0 else OWN)] = 1.0
    return x


def measure(cell, seed, settings):
    """Least squares by a linear model from 0. A new example's own features are none that the model has seen."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(settings["examples"]) < settings["positive"], 1.0, -1.0)
    x = examples(labels)
    w = np.zeros(x.shape[1])
    optimizer = optimizers.get(*settings["optimizers"][cell["optimizer"]][:1],
                               **settings["optimizers"][cell["optimizer"]][1])
    for _ in range(settings["steps"]):
        optimizer.update(w, x.T @ (x @ w - labels) / len(labels))
    new = np.where(rng.random(settings["new"]) < settings["positive"], 1.0, -1.0)
    right = np.sign(w[0] * new + w[1] + w[2]) == new
    return {"train_accuracy": np.mean(np.sign(x @ w) == labels), "test_accuracy": np.mean(right)}


OPTIMIZERS = {"momentum": ["sgd", {"learning_rate": 0.1, "momentum": 0.9}],
              "adagrad": ["adagrad", {"learning_rate": 0.01, "initial_accumulator_value": 0.0, "epsilon": 1e-12}],
              "rmsprop": ["rmsprop", {"learning_rate": 0.001, "epsilon": 1e-12}],
              "adam": ["adam", {"learning_rate": 0.001, "epsilon": 1e-12}]}


def test(optimizer: str) -> Measured:
    return Measured("test_accuracy", optimizer=optimizer)


def fits(optimizer: str) -> Within:
    return Within(Measured("train_accuracy", optimizer=optimizer), low=0.99)


CLAIMS = (
    Claim("momentum-generalizes", "On Wilson's data gradient descent with momentum fits the training set and "
          "classifies every new example rightly.", ("wilson2017",),
          All(fits("momentum"), Within(test("momentum"), low=0.99))),
    *(Claim(f"{name}-is-worse", f"On Wilson's data {title} fits the training set, too, and is worse by more than 0.2 "
            "on new examples.", ("wilson2017",), All(fits(name), Greater(test("momentum"), test(name), by=0.2)))
      for name, title in (("adagrad", "Adagrad"), ("rmsprop", "RMSprop"), ("adam", "Adam"))),
)

PROTOCOL = Protocol(
    id="E35", title="Wilson's data", data="generated",
    settings={"examples": 100, "positive": 0.6, "new": 2000, "steps": 3000, "optimizers": OPTIMIZERS},
    cells=tuple({"optimizer": name} for name in OPTIMIZERS), seeds=tuple(range(10)), measure=measure, claims=CLAIMS,
    quick_seeds=3)
