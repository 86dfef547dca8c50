"""Optimizers: ``get("adam", learning_rate=0.01)``, then ``update(params, grads)`` once a step."""

from typing import Any

from course_lib import _checks, _registry, schedules
from course_lib.optimizers.adam import Adam, Adamax, AdamW, Nadam
from course_lib.optimizers.adaptive import Adadelta, Adagrad, RMSprop
from course_lib.optimizers.base import Optimizer
from course_lib.optimizers.sgd import SGD, NesterovLookAhead

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW, "adadelta": Adadelta, "adagrad": Adagrad,
    "adamax": Adamax, "nadam": Nadam,
}


def get(identifier: str | dict[str, Any] | Optimizer, **arguments: Any) -> Optimizer:
    """The optimizer of that name, made with ``arguments``, or from what ``serialize`` gave.

    An ``Optimizer`` is returned as it is. Raises ValueError for an unknown name, with the known ones listed.
    """
    if isinstance(identifier, str):
        return _registry.find("optimizer", identifier, OPTIMIZERS)(**arguments)
    if arguments:
        raise ValueError(f"optimizers.get: arguments go with a name, got {_checks.describe(identifier)} "
                         f"and {sorted(arguments)}")
    if isinstance(identifier, dict):
        return deserialize(identifier)
    return _registry.get("optimizer", identifier, OPTIMIZERS, Optimizer)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal optimizer, without its state.

    It holds the schedule and what is excluded from weight decay, too. Raises ValueError where the learning rate is a
    function, or the optimizer or its schedule is not of this library.
    """
    if callable(optimizer.learning_rate) and not isinstance(optimizer.learning_rate, schedules.LearningRateSchedule):
        raise ValueError(f"optimizer {optimizer!r} cannot be saved: its learning rate is a function; "
                         "use a schedule of course_lib.schedules")
    data = _registry.serialize("optimizer", optimizer, OPTIMIZERS)
    excluded = optimizer.excluded_from_weight_decay
    return {**data, "excluded_from_weight_decay": excluded} if excluded else data


def deserialize(data: dict[str, Any]) -> Optimizer:
    """The inverse of ``serialize``."""
    optimizer = _registry.deserialize("optimizer", data, OPTIMIZERS)
    if "excluded_from_weight_decay" in data:
        optimizer.exclude_from_weight_decay(**data["excluded_from_weight_decay"])
    return optimizer


__all__ = ["OPTIMIZERS", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "NesterovLookAhead",
           "Optimizer", "RMSprop", "deserialize", "get", "schedules", "serialize"]
