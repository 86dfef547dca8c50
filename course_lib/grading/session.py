"""A student's file, loaded in a child process and asked for its functions."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .files import CELL_SECONDS, Cell, Failure, defined
from .grade import Ungraded
from .parent import GRACE, MEMORY, Child, Died
from .runner import Description, Outcome, Trouble
from .spec import Case, Exercise
from .values import Refused, refer

MAX_STARTS = 10  # a file whose cells end the process that often is given up


class Session:
    """Runs the cells when entered. If Python ends, it is started again: without the cell that ended it,
    or, when a function under test ended it, for the next exercise.

    failures, notes: what went wrong in cells, lines that were skipped. functions: the names that can be called.
    command: put in front of Python's, for a sandbox.
    """

    def __init__(self, cells: Sequence[Cell], name: str, folder: Path, *, command: Sequence[str] = (),
                 cell_seconds: float = CELL_SECONDS, memory: int = MEMORY):
        self.cells = list(cells)
        self.name, self.folder = name, folder
        self.command, self.cell_seconds, self.memory = command, cell_seconds, memory
        self.failures: list[Failure] = []
        self.notes: list[str] = []
        self.functions: list[str] = []
        self._fatal: list[Failure] = []  # cells that ended Python; left out from then on
        self._loaded = False
        self._child: Child | None = self._start()

    def _start(self) -> Child:
        return Child(self.folder, self.command, self.memory)

    def __enter__(self) -> "Session":
        try:
            self.child()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.close()
        self._child = None
        self._loaded = False

    def child(self) -> Child:
        """The child with the file loaded. Raises Ungraded if there can be none."""
        for _ in range(MAX_STARTS):
            if self._child and self._loaded:
                return self._child
            self._child = self._child or self._start()
            self._child.hello()
            self._load(self._child)
        raise Ungraded("Cells of the file end Python again and again.")

    def _load(self, child: Child) -> None:
        fatal = [failure.cell for failure in self._fatal]
        cells = [cell for cell in self.cells if cell not in fatal]
        child.ask("load", cells=[[cell.number, cell.source] for cell in cells], name=self.name,
                  folder=str(self.folder), seconds=self.cell_seconds)
        running = None
        try:
            for cell in cells:
                child.answer("cell", self.cell_seconds + GRACE)  # comes when the cell before is done
                running = cell
            loaded = child.answer("loaded", self.cell_seconds + GRACE)
            self._take(cells, loaded)
        except (TimeoutError, Died) as error:
            if running is None:
                raise Ungraded(f"The process that runs your code ended early: {error}.") from None
            text = str(error) or f"still running after {self.cell_seconds:g} seconds, and nothing could interrupt it"
            self._fatal.append(Failure(running, Trouble("Python ended", text)))
            self.close()

    def _take(self, cells: list[Cell], loaded: Any) -> None:
        troubles = zip(cells, loaded["troubles"], strict=True)
        failed = [Failure(cell, Trouble(**trouble)) for cell, trouble in troubles if trouble]
        self.failures = sorted([*failed, *self._fatal], key=lambda failure: failure.cell.number)
        self.notes = [str(note) for note in loaded["notes"]]
        self.functions = [str(name) for name in loaded["functions"]]
        self._loaded = True

    @property
    def names(self) -> list[str]:
        """The functions that can be called, and those whose definition did not get so far."""
        return list(dict.fromkeys([*defined(self.cells), *self.functions]))

    def failure_of(self, name: str) -> Failure | None:
        """Why a function of the file is not there: the cell that should have defined it."""
        return next((failure for failure in self.failures if name in defined([failure.cell])), None)

    def describe(self, exercise: Exercise) -> Description:
        """As `grade` asks for it."""
        try:
            child = self.child()
            child.ask("describe", name=exercise.name, counts=list(exercise.counts))
            return Description(**child.answer("description", exercise.seconds + GRACE))
        except (TimeoutError, Died, TypeError) as error:
            self.close()
            raise Ungraded(f"The process that runs your code ended: {error}.") from None

    def run(self, exercise: Exercise, case: Case) -> Outcome:
        """As `grade` asks for it."""
        child = self.child()
        child.ask("run", name=exercise.name, driver=refer(exercise.driver), arguments=case.wire,
                  seconds=exercise.seconds)
        try:
            return Outcome.from_wire(child.answer("outcome", exercise.seconds + GRACE))
        except TimeoutError:
            self.close()
            return Outcome("stopped", text=f"{exercise.seconds:g}")
        except (Died, Refused) as error:
            self.close()
            return Outcome("died", text=f"The process that ran the function did not survive it: {error}. "
                                        "Return a value instead of ending Python.")
