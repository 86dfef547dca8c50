"""Put a change of a module's source into the imported module, without importing anything again."""

import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any


def signature(code: CodeType) -> tuple[Any, ...]:
    """All that decides what the code does: equal for two texts that differ in lines and comments alone."""
    constants = tuple(signature(c) if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts)
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags,
            code.co_argcount, code.co_kwonlyargcount, code.co_exceptiontable)


class Stock:
    """An imported module and what its source makes, to be compared with what a mutated source makes."""

    def __init__(self, module: ModuleType, source: str) -> None:
        self._module = module
        self._made = self._run(source)

    def graft(self, mutated: str) -> bool:
        """Give the module's functions the code and the defaults of the mutated source, whoever holds them, and its
        names and its classes' attributes the values, where these are plain.

        What the import has made with the old code stays: an object in a registry, a checked default. So a test that
        fails now has seen the mutant, but one that passes may not have. False: a function does not fit.
        """
        new = self._run(mutated)
        changes = []
        for live, old, other in self._pairs(new):
            if signature(old.__code__) != signature(other.__code__):
                if live.__code__.co_freevars != other.__code__.co_freevars:
                    return False
                changes.append((live, "__code__", other.__code__))
            for name in ("__defaults__", "__kwdefaults__"):
                if _is_plain(getattr(other, name)):
                    changes.append((live, name, getattr(other, name)))
        for live, name, value in changes:
            setattr(live, name, value)
        for holder, before, after in self._holders(new):
            self._set_values(holder, before, after)
        return True

    def _run(self, source: str) -> dict[str, Any]:
        """The names that the source defines, in a module that nobody else sees."""
        names = {name: getattr(self._module, name) for name in ("__name__", "__file__", "__package__", "__spec__")}
        exec(compile(source, str(self._module.__file__), "exec", dont_inherit=True), names)
        return names

    def _holders(self, new: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any], dict[str, Any]]]:
        """The module and its classes, with the names of each in the old and in the new source."""
        yield self._module, self._made, new
        for name, old in self._made.items():
            if inspect.isclass(old) and old.__module__ == self._module.__name__ and inspect.isclass(new.get(name)):
                yield getattr(self._module, name), dict(vars(old)), dict(vars(new[name]))

    def _pairs(self, new: dict[str, Any]) -> Iterator[tuple[FunctionType, FunctionType, FunctionType]]:
        for live, old, other in self._holders(new):
            for name in old.keys() & other.keys() & vars(live).keys():
                yield from zip(*map(_functions, (vars(live)[name], old[name], other[name])), strict=False)

    def _set_values(self, live: Any, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name, value in new.items():
            if name not in old or repr(old[name]) == repr(value) or name.startswith("__"):
                continue
            if isinstance(value, dict) and isinstance(old[name], dict) and len(value) == len(old[name]):
                table = getattr(live, name)                             # a registry: its values stay, its names change
                entries = dict(zip(value, list(table.values()), strict=True))
                table.clear()
                table.update(entries)
            elif _is_plain(value):
                held = getattr(live, name)
                package = self._module.__name__.partition(".")[0]
                for module in [m for key, m in sys.modules.items() if key.partition(".")[0] == package]:
                    if vars(module).get(name) is held:                  # it was imported from there
                        setattr(module, name, value)
                setattr(live, name, value)


def _functions(member: Any) -> list[FunctionType]:
    parts = [member.fget, member.fset] if isinstance(member, property) else \
        [member, getattr(member, "__func__", None)]
    return [part for part in parts if isinstance(part, FunctionType)]


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
