"""What may cross between a student's process and the checker, and its JSON form.

None, bool, int, float, str, arrays, and lists, tuples, dicts of them. Never pickle.
Two kinds of argument travel by description and are made where they are used: a `Named`
callable and a random generator from a `Seed`.
"""

import base64
import binascii
import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

DTYPES = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
)
MAX_BYTES = 16 * 2**20
MAX_ITEMS = 100_000
MAX_DEPTH = 20
ACCEPTED = "numbers, strings, arrays of numbers, and lists, tuples, dicts of them"

# Held here so that code which later overwrites numpy's functions does not reach this module.
_array, _frombuffer, _dtype = np.array, np.frombuffer, np.dtype
_ndarray, _generic, _integer, _floating, _bool = np.ndarray, np.generic, np.integer, np.floating, np.bool_
_default_rng = np.random.default_rng


class Refused(ValueError):
    """A value that may not cross; the text says what was received and what is accepted."""


@dataclass(frozen=True)
class Named:
    """A callable argument: `maker(*arguments)`, called in the student's process."""

    maker: Callable[..., Any]
    arguments: tuple[Any, ...] = ()

    def build(self) -> Any:
        return self.maker(*self.arguments)


@dataclass(frozen=True)
class Seed:
    """A random generator argument, `np.random.default_rng(value)`."""

    value: int

    def build(self) -> np.random.Generator:
        return _default_rng(self.value)


def refer(function: Callable[..., Any]) -> str:
    """The text `module:name` by which another process finds a module-level function."""
    return f"{function.__module__}:{function.__qualname__}"


def resolve(reference: str) -> Callable[..., Any]:
    """The function that `refer` wrote down."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def encode(value: Any) -> Any:
    """The JSON form of a value; raises Refused for anything that may not cross."""
    return _Encoder().encode(value, "", 0)


def build(value: Any) -> Any:
    """A decoded argument as the student's function receives it."""
    return value.build() if isinstance(value, Named | Seed) else value


class _Encoder:
    def __init__(self) -> None:
        self.bytes = 0
        self.items = 0

    def encode(self, value: Any, path: str, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH:
            raise Refused(f"lists or dicts nested more than {MAX_DEPTH} deep (does one contain itself?)")
        if self.items > MAX_ITEMS:
            raise Refused(f"more than {MAX_ITEMS:,} items; the most that is accepted")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, _ndarray):
            return self.array(value, path)
        if isinstance(value, _generic) and not isinstance(value, str):
            return self.scalar(value, path)
        if isinstance(value, int):
            if not -(2**63) <= value < 2**64:
                raise Refused(f"an integer of {value.bit_length()} bits{path}; at most 64 are accepted")
            return int(value)
        if isinstance(value, float):
            return _float(float(value))
        if isinstance(value, str):
            self.count(len(value), f"a string of {len(value):,} characters", path)
            return str(value)
        if isinstance(value, list | tuple):
            items = [self.encode(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
            return {"tuple" if isinstance(value, tuple) else "list": items}
        if isinstance(value, dict):
            return {"dict": [self.entry(key, item, path, depth) for key, item in value.items()]}
        if isinstance(value, Named):
            return {"named": [refer(value.maker), [encode(argument) for argument in value.arguments]]}
        if isinstance(value, Seed):
            return {"seed": value.value}
        raise Refused(f"{_describe(value)}{_at(path)}; accepted are {ACCEPTED}")

    def entry(self, key: Any, item: Any, path: str, depth: int) -> list[Any]:
        if isinstance(key, bool) or not isinstance(key, int | str):
            raise Refused(f"a dict with a key of type {type(key).__name__}{_at(path)}; keys are strings or integers")
        return [key if isinstance(key, str) else int(key), self.encode(item, f"{path}[{key!r}]", depth + 1)]

    def scalar(self, value: Any, path: str) -> Any:
        if isinstance(value, _bool):
            return bool(value)
        if isinstance(value, _integer):
            return int(value)
        if isinstance(value, _floating) and value.dtype.name in DTYPES:
            return _float(float(value))
        raise Refused(f"a number of type {value.dtype.name}{_at(path)}; accepted are {ACCEPTED}")

    def array(self, value: Any, path: str) -> Any:
        dtype = value.dtype
        if dtype.name not in DTYPES:
            reason = {
                "O": "an array of Python objects (rows of different lengths?)",
                "c": f"an array of complex numbers ({dtype.name})",
                "U": "an array of strings",
            }.get(dtype.kind, f"an array of type {dtype.name}")
            raise Refused(f"{reason}{_at(path)}; accepted are arrays of real numbers or booleans")
        self.count(value.nbytes, f"an array of shape {value.shape}", path)
        plain = _array(value, dtype=dtype.newbyteorder("<"), order="C", subok=False)
        return {"array": [dtype.name, list(plain.shape), base64.b64encode(plain.tobytes()).decode("ascii")]}

    def count(self, size: int, what: str, path: str) -> None:
        self.bytes += size
        if self.bytes > MAX_BYTES:
            raise Refused(f"{what}{_at(path)}: more than {MAX_BYTES // 2**20} MB, the most that is accepted")


def _at(path: str) -> str:
    return f" (at {path})" if path else ""


def _float(value: float) -> Any:
    return value if math.isfinite(value) else {"float": repr(value)}


def _describe(value: Any) -> str:
    kind = type(value).__name__
    if kind == "generator":
        return "a generator (`yield` where `return` was meant?)"
    if kind == "coroutine":
        value.close()
        return "a coroutine (`async def` where `def` was meant?)"
    if callable(value):
        return f"a {kind} (was it meant to be called?)"
    article = "an" if kind[:1].lower() in "aeiou" else "a"
    return f"{article} {kind}"


def decode(data: Any) -> Any:
    """The value behind a JSON form. The form is not trusted: anything malformed raises Refused."""
    return _checked(data, arguments=False)


def decode_arguments(data: Any) -> Any:
    """As `decode`, for what the checker sends: `Named` and `Seed` are accepted too. They import modules."""
    return _checked(data, arguments=True)


def _checked(data: Any, arguments: bool) -> Any:
    try:
        return _decode(data, 0, arguments)
    except (KeyError, TypeError, ValueError, AttributeError, ImportError, binascii.Error, OverflowError) as error:
        raise error if isinstance(error, Refused) else Refused(f"a malformed message ({error})") from error


def _decode(data: Any, depth: int, arguments: bool) -> Any:
    if depth > MAX_DEPTH + 1:
        raise Refused("a message nested too deeply")
    if data is None or isinstance(data, bool | int | float | str):
        return data
    ((kind, body),) = data.items()
    if kind == "float":
        return float(body)
    if kind in ("list", "tuple"):
        items = [_decode(item, depth + 1, arguments) for item in body]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return {key: _decode(item, depth + 1, arguments) for key, item in body}
    if kind == "array":
        return _decode_array(*body)
    if kind == "named" and arguments:
        reference, inner = body
        return Named(resolve(reference), tuple(_decode(item, depth + 1, arguments) for item in inner))
    if kind == "seed" and arguments:
        return Seed(int(body))
    raise Refused(f"a message of unknown kind {kind!r}")


def _decode_array(name: str, shape: list[int], text: str) -> np.ndarray:
    if name not in DTYPES or len(text) > 2 * MAX_BYTES:
        raise Refused(f"an array of type {name!r} with {len(text):,} characters of data")
    if any(not isinstance(length, int) or length < 0 for length in shape):
        raise Refused(f"an array of shape {shape}")
    dtype = _dtype(name)
    data = bytearray(base64.b64decode(text, validate=True))
    return _frombuffer(data, dtype.newbyteorder("<")).astype(dtype, copy=False).reshape(shape)
