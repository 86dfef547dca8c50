"""All exercises, by chapter."""

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from ..spec import Exercise

CHAPTERS = {"ch02_backpropagation": "Backpropagation"}  # module here: title


@dataclass(frozen=True)
class Chapter:
    """The exercises of one chapter, in order. name: as in `02_backpropagation`."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]


class UnknownExercise(LookupError):
    """No exercise has that name; the text lists those there are."""


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter that has exercises."""
    return tuple(Chapter(module.removeprefix("ch"), title, import_module(f"{__name__}.{module}").EXERCISES)
                 for module, title in CHAPTERS.items())


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by name, in the course's order."""
    return {exercise.name: exercise for chapter in chapters() for exercise in chapter.exercises}


def get(name: str) -> Exercise:
    """The exercise of that name; the case of the letters matters."""
    known = exercises()
    if name in known:
        return known[name]
    lower = {other.lower(): other for other in known}
    near = [lower[other] for other in difflib.get_close_matches(name.lower(), lower, n=3)]
    meant = f" Did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else ""
    raise UnknownExercise(f"There is no exercise called `{name}`.{meant} The exercises are: {', '.join(known)}.")
