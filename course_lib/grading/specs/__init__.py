"""All exercises, by chapter."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TypeVar

from ..spec import Exercise, Prediction, Recall

Item = TypeVar("Item")

CHAPTERS = {                    # module here: title
    "ch02_backpropagation": "Backpropagation",
    "ch04_initialization": "Initialization",
    "ch05_activations": "Activations",
    "ch06_batch_normalization": "Batch normalization",
    "ch09_optimizers": "Optimizers",
    "ch10_learning_rate_schedules": "Learning-rate schedules",
    "ch11_regularization": "Regularization and sparse models",
}


@dataclass(frozen=True)
class Chapter:
    """The exercises of one chapter, in order, and its questions without points. name: as in `02_backpropagation`."""

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    recall: tuple[Recall, ...] = ()
    predictions: tuple[Prediction, ...] = ()


class UnknownExercise(LookupError):
    """No exercise, chapter or prediction has that name; the text lists those there are."""


@cache
def chapters() -> tuple[Chapter, ...]:
    """Every chapter that has exercises."""
    return tuple(_chapter(module, title) for module, title in CHAPTERS.items())


def _chapter(module: str, title: str) -> Chapter:
    specs = import_module(f"{__name__}.{module}")
    return Chapter(module.removeprefix("ch"), title, specs.EXERCISES, getattr(specs, "RECALL", ()),
                   getattr(specs, "PREDICTIONS", ()))


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by name, in the course's order."""
    return {exercise.name: exercise for chapter in chapters() for exercise in chapter.exercises}


def get(name: str) -> Exercise:
    """The exercise of that name; the case of the letters matters."""
    return _find("exercise", name, exercises())


def chapter(name: str) -> Chapter:
    """The chapter of that name, as in `02_backpropagation`."""
    return _find("chapter", name, {chapter.name: chapter for chapter in chapters()})


def prediction(name: str) -> Prediction:
    """The prediction of that name."""
    return _find("prediction", name, {item.name: item for chapter in chapters() for item in chapter.predictions})


def _find(kind: str, name: str, known: Mapping[str, Item]) -> Item:
    if name in known:
        return known[name]
    lower = {other.lower(): other for other in known}
    near = [lower[other] for other in difflib.get_close_matches(name.lower(), lower, n=3)]
    meant = f" Did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else ""
    raise UnknownExercise(f"There is no {kind} called `{name}`.{meant} The {kind}s are: {', '.join(known)}.")
