"""Writes a chapter's nbgrader master notebook from its specs: prompt, solution cell, grade cell for each exercise."""

import inspect
import json
import textwrap
from collections.abc import Callable
from typing import Any

from .cards import choices, facts, hints, kind
from .spec import Exercise, Question
from .specs import Chapter

OPENING = """# Exercises: {title}

{core} of the {count} exercises are marked *core*; the others are extra. Write your answer into the cell below each
task, and check it in one of three ways:

- run the cell `float(check(...).points)` below your answer: the verdict appears at once;
- in a terminal, `course check {file}` checks all you have saved;
- `course check {file} --watch` does so again whenever you save.

All three give the same verdict in the same words. A mistake that is known has a name, and the report says what to think
about. NumPy is all you need. Leave the arrays that a function is given as they are, and keep the functions' names: an
exercise is found by its name.
"""
SETUP = "import numpy as np\n\nfrom course_lib import check"


def notebook(chapter: Chapter) -> str:
    """The text of the master notebook, the same in every run."""
    core = sum(exercise.core for exercise in chapter.exercises)
    opening = OPENING.format(title=chapter.title, core=core, count=len(chapter.exercises), file=f"{chapter.name}.ipynb")
    cells = [_markdown("opening", opening), _code("setup", SETUP)]
    for exercise in chapter.exercises:
        cells += _cells(exercise)
    content = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cells(exercise: Exercise) -> list[dict[str, Any]]:
    name = exercise.name
    return [
        _markdown(f"{name}-task", task(exercise)),
        _code(name, solution_cell(exercise), grade_id=name, solution=True),
        _code(f"{name}-check", f"float(check({name}).points)", grade_id=f"{name}-check", grade=True, locked=True,
              points=exercise.points),
    ]


def task(exercise: Exercise) -> str:
    """The Markdown above an answer."""
    parts = [f"## {exercise.title}", f"*{kind(exercise)}, {facts(exercise)}*", exercise.prompt.strip()]
    if isinstance(exercise, Question):
        parts.append(choices(exercise.choices))
    else:
        parts += hints(exercise)
    return "\n\n".join(parts)


def solution_cell(exercise: Exercise) -> str:
    """The solution's source with a docstring, its body between nbgrader's marks."""
    header, body = _source(exercise)
    return "\n".join([
        header,
        textwrap.indent("\n".join(_docstring(exercise)), "    "),
        "    ### BEGIN SOLUTION",
        body,
        "    ### END SOLUTION",
    ])


def _docstring(exercise: Exercise) -> list[str]:
    first, *rest = exercise.docstring
    mark = 'r"""' if any("\\" in line for line in exercise.docstring) else '"""'
    return [mark + first, *rest, '"""']


def _source(exercise: Exercise) -> tuple[str, str]:
    if isinstance(exercise, Question):
        return f"def {exercise.name}():", f"    return {exercise.solution()!r}"
    lines = inspect.getsource(_plain(exercise.solution)).rstrip().splitlines()
    end = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":"))
    return "\n".join(lines[: end + 1]), "\n".join(lines[end + 1:])


def _plain(solution: Callable[..., Any]) -> Callable[..., Any]:
    if solution.__doc__:
        raise ValueError(f"{solution.__name__}: a solution has no docstring of its own, the spec makes it")
    return solution


def _markdown(identity: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": _id(identity), "metadata": {}, "source": _lines(source.rstrip("\n"))}


def _code(identity: str, source: str, grade_id: str = "", *, solution: bool = False, grade: bool = False,
          locked: bool = False, points: int | None = None) -> dict[str, Any]:
    marks = {"grade": grade, "grade_id": grade_id, "locked": locked, "schema_version": 3, "solution": solution,
             "task": False} | ({} if points is None else {"points": points})
    return {"cell_type": "code", "id": _id(identity), "metadata": {"nbgrader": marks} if grade_id else {},
            "execution_count": None, "outputs": [], "source": _lines(source)}


def _id(identity: str) -> str:
    return identity.replace("_", "-")[:64]


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)
