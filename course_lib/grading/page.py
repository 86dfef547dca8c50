"""What the book's page asks of Python in its worker: run a reader's cell, or check it as everywhere else.

Cells are run in order in a namespace of their own, so that nothing depends on what was clicked before: first the
answers to earlier exercises that the reader has run, then the cell in question.
"""

import ast
import json
import linecache
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import TextIOBase
from typing import Any

from .files import Cell, execute, without_magics
from .grade import Here, grade
from .limits import LOOP, Stopped, time_limit
from .report import Result
from .runner import MORE, Printed, Trouble, trouble
from .specs import get

KEPT = 10_000  # characters shown of what a cell prints
PAUSE = 0.05   # seconds between two deliveries of printed text
CHECK_SECONDS = 10.0  # for a cell that is to be checked; it should only define something
RUN_SECONDS = 30.0

EMPTY = "Write the body of the function in the place of `raise NotImplementedError`, then check again."
HEADLINES = {"SyntaxError": "This is not Python yet", "MemoryError": "There is not enough memory"}
ADVICE = {
    "MemoryError": "Is a shape far larger than intended?",
    "ModuleNotFoundError": "The page has Python's own modules, NumPy and `course_lib`. For others use the notebook.",
}
OUT_OF_TIME = (Stopped.__name__, "stopped")  # the types of a Trouble here, and of files.execute
NO_KEYBOARD = "there is no keyboard here that input() could read; write the value into the code, as in x = 3"


@dataclass(frozen=True)
class PageCell(Cell):
    """A cell of the page. name: of its exercise; empty for a cell to try things in."""

    name: str

    @property
    def place(self) -> str:
        return f"your `{self.name}`" if self.name else "this cell"


def respond(request: str, deliver: Callable[[str], object]) -> str:
    """The answer to one request, JSON both ways; `deliver` gets printed text while the cell runs.

    {"do": "run" or "check", "name": of the exercise, "code": the cell, "before": [[name, code], ...]}
    """
    asked = json.loads(request)
    cell = PageCell(0, asked["code"], asked["name"])
    before = [PageCell(0, code, name) for name, code in asked["before"]]
    namespace: dict[str, Any] = {"__name__": "__main__", "input": no_keyboard}
    with redirect_stdout(Printed()) as ignored, redirect_stderr(ignored):
        for _ in execute(list(before), namespace):
            pass
    namespace.pop(cell.name, None)  # only this cell may define what it is about
    answer = check(cell, namespace) if asked["do"] == "check" else run(cell, namespace, deliver)
    return json.dumps(answer)


def no_keyboard(prompt: object = "") -> str:
    """What the page has in the place of `input`."""
    raise EOFError(NO_KEYBOARD)


def check(cell: PageCell, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run the cell, then the exercise's check on the function it defines."""
    with redirect_stdout(Printed()) as ignored, redirect_stderr(ignored):
        failures = [wrong for _, wrong, _ in execute([cell], namespace, CHECK_SECONDS) if wrong]
    function = namespace.get(cell.name)
    if failures and not callable(function):
        return did_not_run(failures[0], CHECK_SECONDS)
    if callable(function):
        result = grade(get(cell.name), Here(function))
    else:
        message = f"Your answer does not define `{cell.name}`."
        result = Result(cell.name, "error", 0.0, float(get(cell.name).points), message)
    answer = {"ran": not failures, "verdict": result.verdict, **card(result)}
    if result.verdict == "not attempted":
        answer["notes"] = [EMPTY]
    return answer


def card(result: Result) -> dict[str, Any]:
    """What the page shows of a verdict: the words of `Result.text`."""
    return {"headline": result.headline, "misconception": result.misconception, "paragraphs": result.paragraphs,
            "details": result.details, "notes": result.notes}


def run(cell: PageCell, namespace: dict[str, Any], deliver: Callable[[str], object]) -> dict[str, Any]:
    """Run the cell and deliver what it prints, the value of a last expression included."""
    with Screen(deliver) as screen, redirect_stdout(screen), redirect_stderr(screen):
        wrong = _run(cell, namespace)
    if wrong is None:
        return {"ran": True, "printed": screen.count > 0}
    return did_not_run(wrong, RUN_SECONDS)


def did_not_run(wrong: Trouble, seconds: float) -> dict[str, Any]:
    """What the page shows of a cell that did not run to its end, whether it was to be run or checked."""
    headline = HEADLINES.get(wrong.type, "Your code raises an exception")
    text = f"{wrong.type}: {wrong.message}" if wrong.message else wrong.type
    if wrong.type == "ModuleNotFoundError":
        text = text.partition("\n")[0]                  # Pyodide goes on with how to install it, which the page forbids
    if wrong.type in OUT_OF_TIME:
        headline, text = f"Stopped after {seconds:g} seconds", LOOP
    line = f"line {wrong.line}: {wrong.source}" if wrong.source else f"line {wrong.line}"
    details = [] if wrong.line is None else [("Your line", line)]
    return {"ran": False, "verdict": "error", "headline": headline, "paragraphs": [text],
            "details": details, "notes": [ADVICE[wrong.type]] if wrong.type in ADVICE else [], "misconception": None}


def _run(cell: PageCell, namespace: dict[str, Any]) -> Trouble | None:
    source, notes = without_magics(cell)
    filename = f"<{cell.place}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        body = ast.parse(source, filename).body
        last = body.pop().value if body and isinstance(body[-1], ast.Expr) else None  # type: ignore[attr-defined]
        with time_limit(RUN_SECONDS):
            exec(compile(ast.Module(body, []), filename, "exec"), namespace)
            if last is not None:
                value = eval(compile(ast.Expression(last), filename, "eval"), namespace)
                if value is not None:
                    print(repr(value))
        print(*notes, sep="\n", end="\n" if notes else "")
    except SyntaxError as error:
        return Trouble("SyntaxError", error.msg or "", error.lineno, (error.text or "").strip())
    except BaseException as error:  # SystemExit too: it must not end the worker's Python
        return trouble(error, namespace)
    return None


class Screen(TextIOBase):
    """Hands printed text on, in portions and not without end: a page must survive a loop that prints."""

    def __init__(self, deliver: Callable[[str], object]) -> None:
        self.deliver = deliver
        self.count = 0
        self.waiting = ""
        self.last = 0.0

    def __exit__(self, *exception: Any) -> None:
        self.send()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        room = KEPT - self.count
        self.count += len(text)
        if room >= 0:
            self.waiting += text if len(text) <= room else text[:room] + MORE
            if time.monotonic() - self.last > PAUSE:
                self.send()
        return len(text)

    def send(self) -> None:
        """Deliver what is waiting."""
        if self.waiting:
            self.deliver(self.waiting)
        self.waiting = ""
        self.last = time.monotonic()
