"""A training run as a description that may cross between processes: built, measured, trained with the library.

The network gets the digits as grey levels, 0 to 16, not standardised.
"""

import json
from functools import cache
from typing import Any

import numpy as np

from course_lib import Input, Sequential, datasets, initializers, layers, optimizers
from course_lib.datasets.splitting import stratified

KINDS = {"Dense": layers.Dense, "BatchNormalization": layers.BatchNormalization, "Activation": layers.Activation}
KEYS = ("layers", "learning_rate", "batch_size", "epochs", "training_at_prediction")
SEEDS, IMAGES = 3, 300      # networks drawn, and images sent through, for what is measured before training


@cache
def images() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Training and validation images, one a row, with their labels: the rows of ``load_splits`` as they are."""
    (pictures, labels), _ = datasets.digits.load_data()
    rows = pictures.reshape(len(pictures), -1).astype(np.float32)
    train, validation = stratified(labels, datasets.digits.VALIDATION_ROWS, np.random.default_rng(1))
    return (rows[train], labels[train]), (rows[validation], labels[validation])


class Unusable(ValueError):
    """The description does not describe a run; the text says what is wrong with it."""


def built(run: dict[str, Any], seed: int = 0) -> Sequential:
    """The network of the description, with fresh weights, for the digits."""
    made = []
    for entry in run["layers"]:
        arguments = {name: _initializer(value) if name.endswith("_initializer") else value
                     for name, value in entry.items() if name != "layer"}
        try:
            made.append(KINDS[entry["layer"]](**arguments))
        except (TypeError, ValueError) as error:
            raise Unusable(f"{entry['layer']}: {error}") from error
    return Sequential([Input((64,)), *made], seed=seed)


def _initializer(value: Any) -> Any:
    """A number stands for the constant."""
    return initializers.Constant(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def require_run(run: Any) -> None:
    """Raise Unusable where something is missing or of the wrong kind."""
    if not isinstance(run, dict) or set(run) != set(KEYS):
        raise Unusable(f"a run is a dict with the keys {', '.join(KEYS)}")
    entries = run["layers"]
    if not isinstance(entries, list | tuple) or not entries:
        raise Unusable("layers is a list of dicts")
    for entry in entries:
        if not isinstance(entry, dict) or entry.get("layer") not in KINDS:
            raise Unusable(f"each layer is a dict with the key layer: {', '.join(KINDS)}")
    for name in ("batch_size", "epochs"):
        if isinstance(run[name], bool) or not isinstance(run[name], int) or run[name] < 1:
            raise Unusable(f"{name} is a whole number above 0")
    rate = run["learning_rate"]
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not rate > 0:
        raise Unusable("learning_rate is a number above 0")
    if not isinstance(run["training_at_prediction"], bool):
        raise Unusable("training_at_prediction is True or False")


def steps(run: dict[str, Any]) -> int:
    """Training steps of the whole run."""
    (rows, _), _ = images()
    return int(run["epochs"]) * -(-len(rows) // int(run["batch_size"]))


def measured(run: dict[str, Any]) -> tuple[float, float]:
    """Before training, medians over some draws of the weights: the largest share of silent units that a hidden dense
    layer has, and how much the last one varies relative to the second. Worked out once for each description."""
    return _measured(_text(run))


def accuracy(run: dict[str, Any]) -> float:
    """Validation accuracy after training, of one image at a time. Worked out once for each description."""
    return _accuracy(_text(run))


def _text(run: dict[str, Any]) -> str:
    try:
        return json.dumps(run, sort_keys=True)
    except TypeError as error:
        raise Unusable(f"a description holds numbers, texts, lists and dicts: {error}") from error


@cache
def _measured(text: str) -> tuple[float, float]:
    run, ((rows, _), _) = json.loads(text), images()
    shares, ratios = [], []
    with np.errstate(all="ignore"):             # what explodes is measured, too
        for seed in range(SEEDS):
            outputs = _dense_outputs(built(run, seed), rows[:IMAGES])
            shares.append(max(_silent(output) for output in outputs))
            ratios.append(outputs[-1].std() / outputs[1].std())
    return float(np.median(shares)), float(np.median(ratios))


def _dense_outputs(network: Sequential, rows: np.ndarray) -> list[np.ndarray]:
    """What the hidden dense layers put out in training, with the weights they start with."""
    outputs, signal = [], rows
    for layer in network.layers[:-1]:
        signal = layer.forward(signal, training=True)
        if isinstance(layer, layers.Dense):
            outputs.append(signal.astype(np.float64))
    return outputs


def _silent(output: np.ndarray) -> float:
    """The share of units whose output is the same for all images."""
    return float(np.mean(np.ptp(output, axis=0) <= 1e-6 * np.abs(output).max()))


@cache
def _accuracy(text: str) -> float:
    run = json.loads(text)
    network = built(run)
    train, (rows, labels) = images()
    network.compile(optimizers.SGD(run["learning_rate"]), "sparse_categorical_crossentropy")
    with np.errstate(all="ignore"):             # a run may diverge
        network.fit(*train, batch_size=run["batch_size"], epochs=run["epochs"], verbose=0)
        batches = rows[:, np.newaxis] if run["training_at_prediction"] else [rows]
        outputs = [network(batch, training=run["training_at_prediction"]) for batch in batches]
    return float(np.mean(np.concatenate(outputs).argmax(axis=1) == labels))
