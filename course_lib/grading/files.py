"""Reads a student's notebook or Python file as a list of cells, and runs cells one by one."""

import ast
import json
import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .limits import Stopped, time_limit
from .runner import Trouble, trouble

CELL_SECONDS = 60.0
MAX_FILE = 50 * 2**20
EXPECTED = "a notebook (.ipynb) or a Python file (.py)"
PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")  # cell magics whose body is Python
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
_TIMED = re.compile(r"%(?:time|timeit)[ \t]+(?!-)(.+)")
_MAGIC = re.compile(r"^(?P<indent>[ \t]*)(?:[%!?]|\w+[ \t]*=[ \t]*[%!]|.*[\w)\]]\?{1,2}[ \t]*$)")


class UnreadableFile(ValueError):
    """The file cannot be read as a notebook or as Python; the text says why."""


@dataclass(frozen=True)
class Cell:
    """The code of one cell. number: among the code cells, from 1; 0 for a Python file, which is one cell."""

    number: int
    source: str

    @property
    def place(self) -> str:
        """As in `code cell 3`."""
        return f"code cell {self.number}" if self.number else "the file"


@dataclass(frozen=True)
class Failure:
    """A cell that did not run to its end."""

    cell: Cell
    trouble: Trouble

    def __str__(self) -> str:
        line = f", line {self.trouble.line}" if self.trouble.line else ""
        source = f" in `{self.trouble.source}`" if self.trouble.source else ""
        message = f": {self.trouble.message}" if self.trouble.message else ""
        return f"{self.cell.place}{line}: {self.trouble.type}{message}{source}"


def read(path: Path) -> list[Cell]:
    """The code cells of a notebook, or a Python file as one cell."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise UnreadableFile(f"{path} is larger than {MAX_FILE // 2**20} MB; is it the right file?")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UnreadableFile(f"there is no file {path}") from None
    except IsADirectoryError:
        raise UnreadableFile(f"{path} is a folder; expected {EXPECTED}") from None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path} is not a text file; expected {EXPECTED}") from None
    if path.suffix == ".py":
        return [Cell(0, text)]
    if path.suffix == ".ipynb":
        return _notebook_cells(path, text)
    raise UnreadableFile(f"{path}: expected {EXPECTED}, got {path.suffix or 'no ending'}")


def _notebook_cells(path: Path, text: str) -> list[Cell]:
    try:
        cells = json.loads(text)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        joined = ["".join(source) for source in sources]
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"{path} is not a notebook: its text is not JSON (line {error.lineno})") from None
    except (KeyError, TypeError, RecursionError):
        raise UnreadableFile(f"{path} is not a notebook of format 4: it has no list of cells with sources") from None
    return [Cell(number, source) for number, source in enumerate(joined, start=1)]


def defined(cells: list[Cell]) -> list[str]:
    """The names of all functions whose definition stands in the text, whether or not the cell runs."""
    return list(dict.fromkeys(name for cell in cells for name in _DEFINITION.findall(cell.source)))


def without_magics(cell: Cell) -> tuple[str, list[str]]:
    """The Python of a cell, and a note for every line of IPython's own that was left out. Lines keep their numbers."""
    lines = cell.source.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if not first.startswith(PYTHON_CELLS):
            return "", [f"{cell.place}: skipped, `{first.split()[0]}` is not Python"]
        lines[lines.index(first)] = ""
    notes = []
    for _ in range(len(lines)):
        blamed = _blamed_line("\n".join(lines))
        if blamed is None or not (match := _MAGIC.match(lines[blamed - 1])):
            break               # it is Python, or its error is one that running will report
        line = lines[blamed - 1].strip()
        timed = _TIMED.match(line)
        lines[blamed - 1] = match["indent"] + (timed[1] if timed else "pass")
        notes.append(f"{cell.place}, line {blamed}: " + (f"ran `{line}` without timing" if timed else
                                                         f"skipped `{line}`"))
    return "\n".join(lines), notes


def _blamed_line(source: str) -> int | None:
    """The line at which Python finds that this is not Python; None if it is."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error.lineno if error.lineno and error.lineno <= source.count("\n") + 1 else None
    except ValueError:          # pragma: no cover - what null bytes raise in the first releases of Python 3.11
        pass
    return None


def execute(cells: list[Cell], namespace: dict[str, Any], seconds: float = CELL_SECONDS
            ) -> Iterator[tuple[Cell, Trouble | None, list[str]]]:
    """Run the cells in order, each whatever became of the ones before: (cell, what went wrong, notes)."""
    for cell in cells:
        source, notes = without_magics(cell)
        filename = f"<{cell.place}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        wrong = None
        try:
            with time_limit(seconds):
                exec(compile(source, filename, "exec"), namespace)
        except SyntaxError as error:
            wrong = Trouble("SyntaxError", error.msg or "", error.lineno, (error.text or "").strip())
        except Stopped as error:
            wrong = trouble(error, namespace)
            wrong = Trouble("stopped", f"still running after {seconds:g} seconds", wrong.line, wrong.source)
        except BaseException as error:  # SystemExit and KeyboardInterrupt too: the next cell may hold the answer
            wrong = trouble(error, namespace)
        yield cell, wrong, notes
