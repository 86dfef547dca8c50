"""E24: putting a trained batch normalization into the layer beside it, and what this saves."""

import numpy as np

from course_lib import Input, Sequential, activations, datasets, layers, optimizers
from course_lib.claims.parts import hidden_layer, median_ratio
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Measured, Within


def measure(cell, seed, settings):
    """What changes in the outputs, or, for the cells with a batch size, in the time of a prediction."""
    if "batch_size" in cell:
        return latency(cell, seed, settings)
    return outputs(cell, seed, settings)


def outputs(cell, seed, settings):
    """Train 64-300-100-10 on the digits and fold; the largest change of a probability over the test rows."""
    train, _, (x, _) = datasets.digits.load_splits()
    model = network(64, cell["place"], seed, settings)
    model.compile(optimizers.SGD(settings["learning_rate"]), "sparse_categorical_crossentropy")
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    before = model.predict(x, verbose=0)
    after = Sequential([Input((64,)), *folded(model.layers, cell["place"])]).predict(x, verbose=0)
    back = Sequential([Input((64,)), *merged_back(model.layers, cell["place"])]).predict(x, verbose=0)
    return {"change": np.abs(after - before).max(), "other_answers": np.mean(after.argmax(1) != before.argmax(1)),
            "change_merged_back": np.abs(back - before).max(),
            "other_answers_merged_back": np.mean(back.argmax(1) != before.argmax(1))}


def latency(cell, seed, settings):
    """How many times as long 784-300-100-10 predicts with its normalizations as without them."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((settings["rows"], 784), dtype=np.float32)
    plain = network(784, "before", seed, settings)
    for layer in plain.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_variance[...] = rng.uniform(0.5, 2.0, layer.moving_variance.shape)
    merged = Sequential([Input((784,)), *folded(plain.layers, "before")])
    size = cell["batch_size"]
    return {"time_ratio": median_ratio(lambda: plain.predict(x, batch_size=size, verbose=0),
                                       lambda: merged.predict(x, batch_size=size, verbose=0), settings["rounds"])}


def network(inputs, place, seed, settings):
    """inputs-300-100-10 with ReLU and normalizations before or after it."""
    hidden = [layer for units in settings["units"]
              for layer in hidden_layer(units, "relu", "he_normal", place, settings["momentum"])]
    return Sequential([Input((inputs,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)


def folded(stack, place):
    """The layers without normalizations, each in the linear map that touches it."""
    if place == "before":
        hidden = [part for i in range(0, len(stack) - 1, 3)
                  for part in (layers.fold(stack[i], stack[i + 1]), layers.Activation("relu"))]
        return [*hidden, stack[-1]]
    return [stack[0], *(layers.fold(stack[i], stack[i + 1]) for i in range(1, len(stack) - 1, 2))]


def merged_back(stack, place):
    """The layers with each normalization s X + t put into the kernel and bias of the Dense before it, as it stands."""
    found = []
    for i in range(0, len(stack) - 1, 3 if place == "before" else 2):
        dense, (s, t) = stack[i], stack[i + 1].inference_map()
        merged = layers.Dense(dense.units, activation=activations.relu)
        merged.build((None, *dense.input_shape))
        bias = dense.bias if dense.use_bias else np.zeros(dense.units)
        merged.set_weights([dense.kernel * s, bias * s + t])
        found.append(merged)
    return [*found, stack[-1]]


def at(measure: str, place: str) -> Measured:
    return Measured(measure, place=place)


def slower(batch_size: int) -> Within:
    return Within(Measured("time_ratio", batch_size=batch_size), low=1.0)


SOURCES = ("geron2022", "umass")

CLAIMS = (
    Claim("folds-into-the-layer-before", "After training, a batch normalization can be merged with the layer before "
          "it: where it stands before the activation, no probability changes by more than 0.00001, and no answer.",
          SOURCES,
          All(Within(at("change_merged_back", "before"), high=1e-5),
              Within(at("other_answers_merged_back", "before"), high=0.0))),
    Claim("folds-back-through-relu", "After training, a batch normalization can be merged with the layer before it: "
          "where it stands after the activation, too.", SOURCES,
          Within(at("change_merged_back", "after"), high=1e-5)),
    Claim("folds-into-the-layer-after", "Where it stands after the activation, it can be merged with the layer that "
          "follows.", SOURCES, All(Within(at("change", "after"), high=1e-5),
                                   Within(at("other_answers", "after"), high=0.0))),
    Claim("folding-saves-time", "Folding makes predictions faster: 10,000 images in batches of 1,000.", SOURCES,
          slower(1000), timed=True),
    Claim("folding-saves-time-in-small-batches", "Folding makes predictions faster: 10,000 images in batches of 32.",
          SOURCES, slower(32), timed=True),
)

PROTOCOL = Protocol(
    id="E24", title="Folding batch normalization", data="digits",
    settings={"units": [300, 100], "momentum": 0.9, "learning_rate": 0.1, "batch_size": 32, "epochs": 3,
              "rows": 10_000, "rounds": 5},
    cells=(*({"place": place} for place in ("before", "after")), *({"batch_size": size} for size in (32, 1000))),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
