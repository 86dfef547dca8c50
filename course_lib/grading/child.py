"""The process that runs a student's code: `python -m course_lib.grading.child MEMORY_BYTES`.

It says hello, then answers one request a line on what were its stdin and stdout (JSON both ways):
{"load": cells} runs a file's cells, {"describe": name, ...} looks at a function, {"run": name, ...} runs one case.
The student's code finds an empty stdin, and what it prints to the real stdout goes nowhere, so that it cannot
get in the way. Nothing here knows an answer: references, seeds and comparisons stay in the parent.
"""

import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

import course_lib
from course_lib import grading

from . import files, runner, values

PROTOCOL = 1


class Child:
    """The answers to the requests, and the namespace the student's cells have filled."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO):
        self.requests = requests
        self.answers = answers
        self.namespace: dict[str, Any] = {"display": print}     # a notebook has it without an import

    def say(self, message: dict[str, Any]) -> None:
        self.answers.write(json.dumps(message, allow_nan=False).encode() + b"\n")
        self.answers.flush()

    def serve(self) -> None:
        answers: dict[str, Callable[..., None]] = {"load": self.load, "describe": self.describe, "run": self.run}
        self.say({"hello": PROTOCOL})
        for line in self.requests:
            ((kind, fields),) = json.loads(line).items()
            answers[kind](**fields)

    def load(self, cells: list[list[Any]], name: str, folder: str, seconds: float) -> None:
        """Run the cells; announce each, so that the parent knows where the process ended if it does."""
        self.namespace["__name__"] = name
        sys.path.insert(0, folder)
        troubles, notes = [], []
        every = [files.Cell(*cell) for cell in cells]
        for cell in every:
            self.say({"cell": cell.number})
            nowhere = runner.Printed()
            with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
                ((_, wrong, said),) = files.execute([cell], self.namespace, seconds)
            troubles.append(wrong and asdict(wrong))
            notes += said
        functions = [key for key, value in self.namespace.items() if isinstance(key, str) and callable(value)]
        self.say({"loaded": {"troubles": troubles, "notes": notes, "functions": functions}})

    def describe(self, name: str, counts: list[int]) -> None:
        """What can be said of the function without calling it; None where there is no such function."""
        function = self.namespace.get(name)
        described = runner.describe(function, counts) if callable(function) else None
        self.say({"description": described and asdict(described)})

    def run(self, name: str, driver: str, arguments: Any, seconds: float) -> None:
        """One case."""
        outcome = runner.run(self.namespace[name], values.resolve(driver), arguments, seconds,
                             namespace=self.namespace, keyboard=False)
        self.say({"outcome": outcome.to_wire()})


def _no_check(function: Any) -> Any:
    """Stands for `check` while a file is loaded: the parent does the checking."""
    from .report import Result

    return Result(getattr(function, "__name__", "check"), "ungraded", 0.0, 0.0, "")


def main(memory: int) -> None:
    """Serve until the parent closes the pipe, with at most `memory` bytes of address space where that can be set."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with contextlib.suppress(ImportError, ValueError):  # Ctrl-C is the parent's business
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows, and not above an outer limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    course_lib.check = grading.check = _no_check
    Child(requests, answers).serve()


if __name__ == "__main__":
    main(memory=int(sys.argv[1]))
