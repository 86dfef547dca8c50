"""`course check`: every exercise in a student's file, run in a child process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .files import Failure, read
from .grade import grade
from .report import Result
from .session import Session


class NothingToCheck(ValueError):
    """The file has no exercise in it, or not the one asked for; the text says what it has."""


@dataclass(frozen=True)
class FileReport:
    """The results in the course's order, cells that failed, and notes on lines that were skipped."""

    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    notes: tuple[str, ...]

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def max_points(self) -> float:
        return sum(result.max_points for result in self.results)


def check_file(path: Path, only: str | None = None,
               show: Callable[[Result], None] = lambda result: None) -> FileReport:
    """Check a notebook or Python file; `only` one exercise of it. `show` gets each result as soon as it is known.

    Raises UnreadableFile, NothingToCheck, UnknownExercise (all with a sentence for the student) and Ungraded.
    """
    cells = read(path)
    name = "__main__" if path.suffix == ".ipynb" else path.stem
    session = Session(cells, name, path.resolve().parent)  # starts at once, while the exercises are imported here
    try:
        from . import specs

        if only:
            specs.get(only)
        with session:
            known = [item for item in specs.exercises().values() if item.name in session.names]
            chosen = [item for item in known if only in (None, item.name)]
            if not chosen:
                raise NothingToCheck(_nothing(path, only, [item.name for item in known]))
            results = []
            for exercise in chosen:
                results.append(_missing(session, exercise.name, exercise.points) or grade(exercise, session))
                show(results[-1])
            return FileReport(tuple(results), tuple(session.failures), tuple(session.notes))
    finally:
        session.close()


def _missing(session: Session, name: str, points: float) -> Result | None:
    if name in session.functions:
        return None
    failure = session.failure_of(name)
    message = (f"The cell that defines it did not run: {failure}." if failure else
               f"The file defines `{name}`, but at its end the name does not stand for a function.")
    return Result(name, "error", 0.0, float(points), message)


def _nothing(path: Path, only: str | None, known: list[str]) -> str:
    if only:
        return f"{path} has no function `{only}`. It has {', '.join(known) if known else 'no exercise at all'}."
    return (f"{path} has no function with the name of an exercise. "
            "`course list` shows the names; keep them as the notebook gives them.")
