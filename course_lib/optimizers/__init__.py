"""Optimizers: ``get("sgd", learning_rate=0.1)``, then ``update(params, grads)`` once a step."""

from typing import Any

from course_lib import _checks
from course_lib.optimizers.base import Optimizer
from course_lib.optimizers.sgd import SGD

OPTIMIZERS: dict[str, type[Optimizer]] = {"sgd": SGD}


def get(identifier: str | Optimizer, **arguments: Any) -> Optimizer:
    """The optimizer of that name, made with ``arguments``; an ``Optimizer`` is returned as it is.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    if isinstance(identifier, Optimizer):
        if arguments:
            raise ValueError(f"optimizers.get: arguments go with a name, got {_checks.describe(identifier)} "
                             f"and {sorted(arguments)}")
        return identifier
    return _checks.lookup("optimizer", identifier, OPTIMIZERS)(**arguments)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal optimizer, without its state."""
    if callable(optimizer.learning_rate):
        raise ValueError(f"optimizer {optimizer!r} cannot be saved: its learning rate is a function")
    return {"name": _checks.registered_name("optimizer", optimizer, OPTIMIZERS), "config": optimizer.get_config()}


def deserialize(data: dict[str, Any]) -> Optimizer:
    """The inverse of ``serialize``."""
    return _checks.lookup("optimizer", data["name"], OPTIMIZERS)(**data["config"])


__all__ = ["OPTIMIZERS", "SGD", "Optimizer", "deserialize", "get", "serialize"]
