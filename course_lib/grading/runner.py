"""Runs a student's function on one case and records everything the checker wants to know.

Used in the student's own kernel and in the child process alike, so that the verdict is the same.
"""

import contextlib
import dis
import inspect
import io
import linecache
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .limits import Stopped, time_limit
from .values import Refused, build, decode, decode_arguments, encode

SECONDS = 10.0  # for one case
KEPT = 1000  # characters kept of what the function prints
MORE = " ..."  # after them, if there was more
MESSAGE = 500  # characters kept of an exception's message

KINDS = ("value", "refused", "exception", "stopped", "unready", "died")

Driver = Callable[[Callable[..., Any], Sequence[Any], Mapping[str, Any]], Any]
_errstate = np.errstate  # held, as in values.py


class Unready(Exception):
    """Raised by a driver when the student's file lacks something the case needs; the text says what."""


@dataclass(frozen=True)
class Trouble:
    """An exception, and the student's own line that led to it."""

    type: str
    message: str
    line: int | None = None
    source: str = ""
    function: str = ""

    @classmethod
    def from_wire(cls, data: Any) -> "Trouble":
        """The trouble a child sent, with everything cut to size."""
        texts = {key: str(data[key])[:MESSAGE] for key in ("type", "message", "source", "function")}
        return cls(line=None if data["line"] is None else int(data["line"]), **texts)


@dataclass(frozen=True)
class Outcome:
    """What happened when one case ran.

    kind: one of KINDS: value (in `value`) | refused (a value that may not cross; `text`) | exception (`trouble`)
    | stopped (out of time; `trouble` has the line) | unready (something is missing; `text`)
    | died (the process ended; `text`).
    arguments: the arguments as they stood after the call, encoded.
    """

    kind: str
    value: Any = None
    text: str = ""
    trouble: Trouble | None = None
    warnings: tuple[str, ...] = ()
    arguments: Any = None
    printed: str = ""

    def to_wire(self) -> dict[str, Any]:
        return {**asdict(self), "value": encode(self.value), "trouble": self.trouble and asdict(self.trouble)}

    @classmethod
    def from_wire(cls, data: Any) -> "Outcome":
        """The outcome a child sent. It is not trusted: anything malformed raises Refused."""
        try:
            if data["kind"] not in KINDS or (data["kind"] == "exception") > (data["trouble"] is not None):
                raise Refused(f"a malformed message (kind {data['kind']!r})")
            return cls(
                kind=data["kind"],
                value=decode(data["value"]),
                text=str(data["text"])[:MESSAGE],
                trouble=None if data["trouble"] is None else Trouble.from_wire(data["trouble"]),
                warnings=tuple(str(warning)[:MESSAGE] for warning in data["warnings"]),
                arguments=dict(data["arguments"]),
                printed=str(data["printed"])[: KEPT + len(MORE)],
            )
        except Refused:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"a malformed message ({error})") from error


@dataclass(frozen=True)
class Description:
    """What can be said of a function without calling it."""

    untouched: bool
    accepts: bool
    signature: str


def describe(function: Callable[..., Any], counts: Sequence[int]) -> Description:
    """Whether the body is still empty, and whether it can be called with each number of arguments in `counts`."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return Description(False, True, "")
    try:
        for count in counts:
            signature.bind(*[None] * count)
    except TypeError:
        return Description(_is_untouched(function), False, f"({', '.join(signature.parameters)})")
    return Description(_is_untouched(function), True, f"({', '.join(signature.parameters)})")


def _is_untouched(function: Callable[..., Any]) -> bool:
    """Whether the body is only a docstring, `...`, `pass`, `return None` or `raise NotImplementedError`."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP", "CACHE")]
    if steps[-1].opname == "RAISE_VARARGS":
        return (any("NotImplementedError" in step.argrepr for step in steps[:2])
                and not any(step.opname.startswith(("STORE", "LOAD_FAST", "POP_JUMP")) for step in steps))
    returns_constant = len(steps) in (1, 2) and steps[-1].opname in ("RETURN_VALUE", "RETURN_CONST")
    return returns_constant and steps[0].argval is None


def run(function: Callable[..., Any], driver: Driver, arguments: Any, seconds: float = SECONDS, *,
        namespace: Mapping[str, Any] | None = None, keyboard: bool = True) -> Outcome:
    """Run one case: `driver(function, arguments, namespace)` on fresh copies of the encoded arguments.

    namespace: where the function lives, for a driver that calls two of the student's functions.
    keyboard: let a KeyboardInterrupt through (a live kernel) instead of recording it (a child process).
    """
    described = decode_arguments(arguments)
    live = [build(value) for value in described]
    namespace = _namespace(function) if namespace is None else namespace
    printed = Printed()
    caught: list[warnings.WarningMessage] = []

    def outcome(kind: str, **fields: Any) -> Outcome:
        after = [value if value is not argument else argument
                 for value, argument in zip(described, live, strict=True)]
        return Outcome(kind, warnings=_texts(caught), arguments=_after(after), printed=printed.text(), **fields)

    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(record=True) as caught,
            _errstate(all="warn", under="ignore"),
        ):
            warnings.simplefilter("always")
            with time_limit(seconds):
                value = driver(function, live, namespace)
            value = decode(encode(value))
    except Unready as error:
        return outcome("unready", text=str(error))
    except Refused as error:
        return outcome("refused", text=str(error))
    except Stopped as error:
        return outcome("stopped", text=f"{seconds:g}", trouble=trouble(error, namespace))
    except KeyboardInterrupt as error:
        if keyboard:
            raise
        return outcome("exception", trouble=trouble(error, namespace))
    except BaseException as error:  # SystemExit too: a student's `exit()` must not end the check
        return outcome("exception", trouble=trouble(error, namespace))
    return outcome("value", value=value)


def trouble(error: BaseException, namespace: Mapping[str, Any]) -> Trouble:
    """The exception with the last line that is the student's own: the last frame whose globals are `namespace`."""
    line, source, function = None, "", ""
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_globals is namespace:
            code = step.tb_frame.f_code
            line, function = step.tb_lineno, code.co_name
            source = linecache.getline(code.co_filename, line, step.tb_frame.f_globals).strip()
        step = step.tb_next
    try:
        message = str(error)
    except Exception:
        message = ""
    return Trouble(type(error).__name__, without_addresses(message)[:MESSAGE], line, source[:MESSAGE], function)


def without_addresses(text: str) -> str:
    """Text that is the same in every run: `<object at 0x7f...>` loses its address."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def _namespace(function: Callable[..., Any]) -> Mapping[str, Any]:
    return getattr(inspect.unwrap(function), "__globals__", {})


def _after(arguments: list[Any]) -> Any:
    try:
        return encode(arguments)
    except Refused as error:
        return {"refused": str(error)}


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    texts = {f"{item.category.__name__}: {without_addresses(str(item.message))[:MESSAGE]}": None for item in caught}
    return tuple(list(texts)[:10])


class Printed(io.TextIOBase):
    """Keeps the first KEPT characters written and counts the rest."""

    def __init__(self) -> None:
        self.parts = ""
        self.more = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        kept = text[: KEPT - len(self.parts)]
        self.parts += kept
        self.more += len(text) - len(kept)
        return len(text)

    def text(self) -> str:
        return self.parts + (MORE if self.more else "")
