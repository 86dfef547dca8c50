"""What can be asked for by name, and described by the arguments that make it again."""

from collections.abc import Mapping
from typing import Any

from course_lib import _checks


class Configurable:
    """Keeps the constructor's arguments as attributes of the same names, unless ``get_config`` says otherwise."""

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"


def find(what: str, name: Any, table: Mapping[str, type[Any]]) -> type[Any]:
    """The entry of that name, or the one whose class has it, as in Keras: "he_normal" or "HeNormal"."""
    for entry in table.values():
        if entry.__name__ == name:
            return entry
    found: type[Any] = _checks.lookup(what, name, table)
    return found


def get(what: str, identifier: Any, table: Mapping[str, type[Any]], base: type[Any]) -> Any:
    """The entry of that name with its defaults, or from what ``serialize`` gave; an instance of ``base`` is returned
    as it is."""
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(what, identifier, table)
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    return find(what, identifier, table)()


def serialize(what: str, value: Any, table: Mapping[str, type[Any]]) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal object."""
    return {"name": _checks.registered_name(what, value, table), "config": value.get_config()}


def deserialize(what: str, data: dict[str, Any], table: Mapping[str, type[Any]]) -> Any:
    """The inverse of ``serialize``."""
    if "name" not in data or not isinstance(data.get("config"), dict):
        raise ValueError(f"{what}: expected a dict with name and config, got {_checks.describe(data)}")
    return find(what, data["name"], table)(**data["config"])
