"""What of a model is written to a file, and how it comes back."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from course_lib import losses, metrics, optimizers, storage
from course_lib.optimizers.hyperparameter import CLIPPING

if TYPE_CHECKING:
    from course_lib.model import Sequential

Model = TypeVar("Model", bound="Sequential")
Arrays = dict[str, np.ndarray]


def save(model: "Sequential", path: str | Path) -> None:
    """Architecture, weights and state and, where compiled, optimizer, loss and metrics."""
    model._require_built("save")
    header: dict[str, Any] = {"kind": "model", "model": model.get_config(), "compiled": None}
    if (c := model._compiled) is not None:
        header["compiled"] = {
            "optimizer": optimizers.serialize(c.optimizer), "loss": losses.serialize(c.loss),
            "metrics": [metrics.serialize(m) for m in c.metrics.values()],
            "weighted_metrics": [metrics.serialize(m) for m in c.weighted_metrics.values()],
            "trainable": c.trainable}
    state, arrays = _state(model)
    storage.write(path, header | state, arrays)


def load(cls: type[Model], path: str | Path) -> Model:
    """The model that ``save`` wrote."""
    header, arrays = storage.read(path)
    expect(path, header, "model")
    with storage.blaming(path):
        model = cls.from_config(header["model"])
        model.build()
        if (c := header["compiled"]) is not None:
            present = [layer.trainable for layer in model._chain]
            _set_trainable(model, c["trainable"])           # as at compile: the optimizer's state is laid out by it
            model.compile(optimizers.deserialize(c["optimizer"]), losses.deserialize(c["loss"]),
                          [metrics.deserialize(m) for m in c["metrics"]],
                          [metrics.deserialize(m) for m in c["weighted_metrics"]])
            _set_trainable(model, present)
        _restore(model, header, arrays)
    return model


def save_weights(model: "Sequential", path: str | Path) -> None:
    """The weights alone, with their names and shapes."""
    model._require_built("save_weights")
    storage.write(path, {"kind": "weights", "weights": _described(model)}, _weights(model))


def load_weights(model: "Sequential", path: str | Path) -> None:
    """Weights from any file of the three kinds, if they are those of such an architecture."""
    model._require_built("load_weights")
    header, arrays = storage.read(path)
    if "weights" not in header:
        expect(path, header, "weights")
    with storage.blaming(path):
        described = [(str(name), tuple(int(n) for n in shape)) for name, shape in header["weights"]]
        values = [arrays[f"weight/{i}"] for i in range(len(described))]
        if [value.shape for value in values] != [shape for _, shape in described]:
            raise ValueError("its arrays do not have the shapes that its header gives them")
    held = list(model._weight_shapes().items())
    if _kinds(described) != _kinds(held):
        raise ValueError(f"load_weights: {path} is of another architecture: it holds {_text(described)}; "
                         f"the model {model.name!r} has {_text(held)}")
    model.set_weights(values)


def save_backup(model: "Sequential", path: str | Path, epoch: int) -> None:
    """What ``fit`` needs to go on with ``epoch``: weights and state, and the optimizer's numbers."""
    state, arrays = _state(model)
    header = {"kind": "backup", "epoch": epoch, "parts": _parts(model), "hyperparameters": _numbers(model)}
    storage.write(path, header | state, arrays)


def restore_backup(model: "Sequential", path: str | Path) -> int:
    """Put the model where the backup was made; returns the epoch to go on with. A refused file changes nothing."""
    header, arrays = storage.read(path)
    expect(path, header, "backup")
    before, numbers = _state(model), _numbers(model)
    try:
        load_weights(model, path)
        if (parts := header.get("parts")) != _parts(model):
            raise ValueError(f"load: {path} is of another training: it holds {parts}; this one has {_parts(model)}")
        with storage.blaming(path):
            _restore(model, header, arrays)
            _set_numbers(model, header["hyperparameters"])
            return int(header["epoch"])
    except ValueError:
        _restore(model, *before)
        _set_numbers(model, numbers)
        raise


def _parts(model: "Sequential") -> str:
    """The layers and the optimizer with the limits that are set: what cannot change between backup and return."""
    clipping = [name for name in CLIPPING if getattr(model.optimizer, name)]
    layers = [type(layer).__name__ for layer in model._chain]
    return f"{', '.join(layers)}, trained by {' with '.join([type(model.optimizer).__name__, *clipping])}"


def _numbers(model: "Sequential") -> dict[str, float]:
    """The optimizer's hyperparameters that callbacks may change."""
    return {name: value for name, value in model.optimizer.get_config().items() if isinstance(value, float)}


def _set_numbers(model: "Sequential", numbers: dict[str, float]) -> None:
    for name, value in numbers.items():
        if getattr(model.optimizer, name) != value:
            setattr(model.optimizer, name, value)


def _state(model: "Sequential") -> tuple[dict[str, Any], Arrays]:
    """All that training changes: weights, the optimizer's vectors and steps, where the generators stand."""
    state: dict[str, Any] = {"weights": _described(model), "shuffle": model._shuffle_rng.bit_generator.state,
                             "random": [layer.random_state for layer in model._chain], "iterations": 0}
    arrays = _weights(model)
    if (c := model._compiled) is not None:
        state["iterations"] = c.optimizer.iterations
        arrays |= {f"slot/{name}": vector for name, vector in c.optimizer.get_state().items()}
    return state, arrays


def _restore(model: "Sequential", state: dict[str, Any], arrays: Arrays) -> None:
    model.set_weights([arrays[f"weight/{i}"] for i in range(len(model._weight_shapes()))])
    if (c := model._compiled) is not None:
        slots = {name.removeprefix("slot/"): v for name, v in arrays.items() if name.startswith("slot/")}
        size = model._bound_vector().trainable_size
        if any(v.ndim and (v.shape != (size,) or v.dtype != model.dtype) for v in slots.values()):
            raise ValueError(f"the optimizer's state does not fit {size} parameters of dtype {model.dtype}")
        c.optimizer.set_state(state["iterations"], slots)
    for layer, stands in zip(model._chain, state["random"], strict=True):
        layer.random_state = stands
    model._shuffle_rng.bit_generator.state = state["shuffle"]


def expect(path: str | Path, header: dict[str, Any], kind: str) -> None:
    """Refuse a file of another kind, and say what it holds."""
    remedy = {"weights": "weights alone; make the model and call load_weights",
              "backup": "a backup; call fit with BackupAndRestore again", "model": "a whole model; call load",
              "quantized": "a quantized model; call quantization.QuantizedModel.load"}
    if (found := str(header.get("kind"))) != kind:
        raise ValueError(f"load: {path} holds {remedy.get(found, f'something else, {found!r}')}")


def _set_trainable(model: "Sequential", flags: list[bool]) -> None:
    for layer, flag in zip(model._chain, flags, strict=True):
        layer.trainable = flag


def _weights(model: "Sequential") -> Arrays:
    return {f"weight/{i}": w for i, w in enumerate(model.get_weights())}


def _described(model: "Sequential") -> list[list[Any]]:
    return [[path, list(shape)] for path, shape in model._weight_shapes().items()]


def _kinds(weights: Iterable[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """The weights' own names and shapes; what the layers are called does not matter."""
    return [(path.rsplit("/", 1)[-1], shape) for path, shape in weights]


def _text(weights: list[tuple[str, tuple[int, ...]]], most: int = 8) -> str:
    shown = ", ".join(f"{path} {shape}" for path, shape in weights[:most])
    return f"{len(weights)} weights: {shown}{', ...' if len(weights) > most else ''}"
