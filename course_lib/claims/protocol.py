"""A protocol: a claim or several, the grid of cells and the seeds to measure at, and what decides."""

import ast
import hashlib
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import numpy as np

from course_lib import datasets
from course_lib.claims.results import Cell, Results, key
from course_lib.claims.verdict import Outcome, Rule

Settings = dict[str, Any]
Measure = Callable[[Cell, int, Settings], dict[str, Any]]

PARTS = "course_lib.claims.parts"

# The data sets of the protocols: name -> the arrays that are used.
DATA: dict[str, Callable[[], list[np.ndarray]]] = {
    "digits": lambda: [array for pair in datasets.digits.load_splits("float64") for array in pair],
    "generated": lambda: [],
}


@dataclass(frozen=True)
class Claim:
    """What sources say, in one sentence, and the rule that decides it.

    sources: keys of ``book/references.bib``. timed: a matter of seconds; its cells are measured alone, in one process
    with one thread. close: so near to what it is compared with that the last digits of another CPU may decide
    otherwise. The quick subset decides neither again: their verdicts are the committed ones.
    """

    name: str
    statement: str
    sources: tuple[str, ...]
    rule: Rule
    timed: bool = False
    close: bool = False


@dataclass(frozen=True)
class Protocol:
    """One experiment.

    measure: ``measure(cell, seed, settings)`` gives named numbers or lists; it must be a function of a module, because
    other processes import it. settings: what is the same in all cells, as JSON. quick_seeds: how many of the seeds, and
    of the cells those that the claims look at, are enough to see the verdicts again. A timed claim has cells of its
    own.
    """

    id: str
    title: str
    data: str
    settings: Settings
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    measure: Measure
    claims: tuple[Claim, ...]
    quick_seeds: int = 3

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"{self.id}: data must be one of {', '.join(DATA)}, got {self.data!r}")
        names = [key(cell) for cell in self.cells]
        if strange := [name for name in names if not re.fullmatch(r"[\w.=,-]+", name)]:
            raise ValueError(f"{self.id}: a cell's values must consist of letters, digits, . and _, got {strange[0]!r}")
        for claim in self.claims:
            for cell in claim.rule.cells():
                if key(cell) not in names:
                    raise ValueError(f"{self.id}: claim {claim.name!r} looks at the cell {key(cell)}, which is not in "
                                     "the grid")
        if shared := self.timed_cells() & looked_at(claim for claim in self.claims if not claim.timed):
            raise ValueError(f"{self.id}: a cell must be either timed or not, and claims of both kinds look at "
                             f"{min(shared)}")

    def timed_cells(self) -> set[str]:
        """The keys of the cells that timed claims look at."""
        return looked_at(claim for claim in self.claims if claim.timed)

    def quick(self) -> "Protocol":
        """The claims that are decided again anywhere, the cells that they look at, and the first of the seeds."""
        claims = tuple(claim for claim in self.claims if not (claim.timed or claim.close))
        needed = looked_at(claims)
        return replace(self, claims=claims, cells=tuple(cell for cell in self.cells if key(cell) in needed),
                       seeds=self.seeds[:self.quick_seeds])

    def only(self, *names: str) -> "Protocol":
        """The same with the named claims alone."""
        known = {claim.name: claim for claim in self.claims}
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"{self.id}: unknown claim {unknown[0]!r}; expected one of: {', '.join(known)}")
        return replace(self, claims=tuple(known[name] for name in names))

    def decide(self, results: Results) -> dict[str, Outcome]:
        """The outcome of each claim, by its name."""
        return {claim.name: claim.rule.decide(results) for claim in self.claims}

    def recipe_hash(self) -> str:
        """Changes with whatever changes the numbers of a cell: the measure's code, the settings, the data."""
        return digest([self.id, self.settings, self.data_hash(), code_of(self.measure)])

    def hash(self) -> str:
        """Changes with the recipe, the grid or the seeds; not with comments, nor with the words of a claim."""
        return digest([self.recipe_hash(), sorted(key(cell) for cell in self.cells), self.seeds])

    def data_hash(self) -> str:
        """Of the arrays' shapes, types and values."""
        found = hashlib.sha256()
        for array in DATA[self.data]():
            found.update(f"{array.shape} {array.dtype.name} ".encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()[:16]


def looked_at(claims: Iterable[Claim]) -> set[str]:
    """The keys of the cells whose results the claims' rules use."""
    return {key(cell) for claim in claims for cell in claim.rule.cells()}


def digest(value: Any) -> str:
    """Sixteen hexadecimal digits for a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def code_of(function: Callable) -> dict[str, str]:
    """The function and what it uses of its module and of ``claims.parts``, functions and constants, without comments,
    docstrings and layout."""
    found: dict[str, str] = {}

    def label(module: str, name: str) -> str:
        return name if module == function.__module__ else f"{module}.{name}"

    def visit(f: Any) -> None:
        tree = ast.parse(textwrap.dedent(inspect.getsource(f)))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        found[label(f.__module__, f.__name__)] = ast.unparse(tree)
        for name in sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}):
            value = f.__globals__.get(name)
            if isinstance(value, FunctionType):
                if (value.__module__ in (function.__module__, PARTS)
                        and label(value.__module__, value.__name__) not in found):
                    visit(value)
            elif isinstance(value, bool | int | float | str | tuple):
                found[label(f.__module__, name)] = repr(value)

    visit(function)
    return found
