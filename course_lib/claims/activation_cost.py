"""E08 and E47: what activations cost, and whether ELU's faster learning pays for it.

Cut for time: two learning rates, of which the one that gets to the goal first counts; at most 20 epochs.
"""

import numpy as np

from course_lib import Input, Sequential, activations, datasets, layers, optimizers
from course_lib.claims.parts import median_ratio
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within


def measure(cell, seed, settings):
    """One of four experiments, named by the cell's "part"; times are multiples of what ReLU takes."""
    part = {"call": call, "prediction": prediction, "race": race, "training": training}[cell["part"]]
    return part(cell["activation"], seed, settings)


def call(name, seed, settings):
    """The function, and its backward pass, on a batch of sums (1024, 512)."""
    rng = np.random.default_rng(seed)
    z, da = (rng.standard_normal(settings["shape"], dtype=np.float32) for _ in range(2))
    a, dz = np.empty_like(z), np.empty_like(z)
    phi, relu = activations.get(name), activations.relu

    def both(function):
        function.value(z, out=a)
        function.backward(z, a, da, out=dz)

    return {"forward_ratio": median_ratio(lambda: phi.value(z, out=a), lambda: relu.value(z, out=a),
                                          settings["rounds"]),
            "both_ratio": median_ratio(lambda: both(phi), lambda: both(relu), settings["rounds"])}


def prediction(name, seed, settings):
    """A network 784-300-100-10 on 4,000 rows."""
    x = np.random.default_rng(seed).standard_normal((settings["rows"], 784), dtype=np.float32)

    def network(activation):
        return Sequential([Input((784,)), layers.Dense(300, activation=activation),
                           layers.Dense(100, activation=activation), layers.Dense(10, activation="softmax")], seed=seed)

    one, other = network(name), network("relu")
    return {"time_ratio": median_ratio(lambda: one.predict(x, batch_size=1000, verbose=0),
                                       lambda: other.predict(x, batch_size=1000, verbose=0), settings["rounds"])}


def training(name, seed, settings):
    """The fewest epochs over the learning rates until the validation accuracy reaches the goal."""
    train, validation, _ = datasets.digits.load_splits()
    found = []
    for rate in settings["learning_rates"]:
        history = digits_network(name, rate, seed, settings).fit(
            *train, batch_size=settings["batch_size"], epochs=settings["epochs"], validation_data=validation,
            verbose=0).history
        reached = np.flatnonzero(np.array(history["val_accuracy"]) >= settings["goal"])
        found.append(int(reached[0]) + 1 if len(reached) else settings["epochs"] + 1)
    return {"epochs_to_goal": min(found), "epochs_by_rate": found}


def race(name, seed, settings):
    """The time of an epoch, and with it the time that ReLU and this activation need to the goal."""
    train, _, _ = datasets.digits.load_splits()
    one, other = (digits_network(activation, settings["learning_rates"][0], seed, settings)
                  for activation in (name, "relu"))
    ratio = median_ratio(lambda: one.fit(*train, batch_size=settings["batch_size"], verbose=0),
                         lambda: other.fit(*train, batch_size=settings["batch_size"], verbose=0), settings["rounds"])
    epochs = [training(activation, seed, settings)["epochs_to_goal"] for activation in (name, "relu")]
    return {"epoch_ratio": ratio, "time_to_goal_ratio": ratio * epochs[0] / epochs[1]}


def digits_network(name, learning_rate, seed, settings):
    """Five hidden layers with that activation."""
    start = settings["starts"][name]
    model = Sequential([Input((64,)), *(layers.Dense(settings["width"], activation=name, kernel_initializer=start)
                                        for _ in range(settings["depth"])),
                        layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def of(measure: str, part: str, activation: str) -> Measured:
    return Measured(measure, part=part, activation=activation)


SOURCES = ("clevert2016", "geron2022", "umass")
STARTS = {"relu": "he_normal", "elu": "glorot_normal", "sigmoid": "sigmoid_glorot_normal"}      # as in E05

CLAIMS = (
    Claim("elu-learns-faster", "ELU learns faster than ReLU: five hidden layers reach 95 % in fewer epochs.", SOURCES,
          Greater(of("epochs_to_goal", "training", "relu"), of("epochs_to_goal", "training", "elu")), close=True),
    Claim("relu-beats-sigmoid", "ReLU learns faster than the sigmoid: five hidden layers reach 95 % more than five "
          "epochs sooner.", ("geron2022", "umass", "esparza2023"),
          Greater(of("epochs_to_goal", "training", "sigmoid"), of("epochs_to_goal", "training", "relu"), by=5),
          close=True),
    Claim("sigmoid-does-not-arrive", "With five hidden layers of sigmoids 20 epochs are not enough for 95 %.",
          ("geron2022", "umass", "esparza2023"), Within(of("epochs_to_goal", "training", "sigmoid"), low=20.5)),
    Claim("elu-is-slower", "ELU takes longer to compute than ReLU.", SOURCES,
          Within(of("forward_ratio", "call", "elu"), low=1.0), timed=True),
    Claim("selu-is-slower", "SELU takes longer to compute than ReLU.", SOURCES[1:],
          Within(of("forward_ratio", "call", "selu"), low=1.0), timed=True),
    Claim("elu-pays", "In training, ELU's faster learning makes up for its cost: it is sooner at 95 % than ReLU.",
          SOURCES, Within(of("time_to_goal_ratio", "race", "elu"), high=1.0), timed=True),
    Claim("elu-predicts-slower", "When a trained network predicts, ELU's cost remains: it is slower than ReLU.",
          ("geron2022",), Within(of("time_ratio", "prediction", "elu"), low=1.0), timed=True),
    Claim("leaky-predicts-faster", "Where predictions must be fast, leaky ReLU is better than ELU.",
          ("geron2022", "umass"),
          Greater(of("time_ratio", "prediction", "elu"), of("time_ratio", "prediction", "leaky_relu")), timed=True),
    Claim("leaky-predicts-faster-than-selu", "Where predictions must be fast, leaky ReLU is better than SELU.",
          ("geron2022", "umass"),
          Greater(of("time_ratio", "prediction", "selu"), of("time_ratio", "prediction", "leaky_relu")), timed=True),
)

PROTOCOL = Protocol(
    id="E08", title="What activations cost", data="digits",
    settings={"shape": [1024, 512], "rows": 4000, "rounds": 7, "width": 100, "depth": 5, "goal": 0.95,
              "batch_size": 32, "epochs": 20, "learning_rates": [0.03, 0.1, 0.3, 1.0], "starts": STARTS},
    cells=(*({"part": "training", "activation": name} for name in ("relu", "elu", "sigmoid")),
           *({"part": part, "activation": name} for part in ("call", "prediction")
             for name in ("leaky_relu", "elu", "selu")),
           {"part": "race", "activation": "elu"}),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
