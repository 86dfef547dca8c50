"""What an experiment measured: for each cell of its grid and each seed some named numbers or lists of numbers."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

Cell = dict[str, Any]                               # one point of a grid: {"activation": "relu", "depth": 20}
Measures = dict[str, float | list[float]]
DIGITS = 6                                          # significant ones that are kept


def key(cell: Cell) -> str:
    """A cell in words, the same for equal cells: "activation=relu,depth=20"."""
    return ",".join(f"{name}={cell[name]}" for name in sorted(cell))


def rounded(measures: dict[str, Any], where: str) -> Measures:
    """The measures as finite floats of six significant digits, so that what is kept and what is judged are the same."""
    def number(name: str, value: Any) -> float:
        value = float(value)
        if not math.isfinite(value):
            raise ValueError(f"{where}: measure {name!r} must be finite, got {value}")
        return float(f"{value:.{DIGITS}g}")

    return {name: number(name, value) if np.ndim(value) == 0 else [number(name, v) for v in value]
            for name, value in measures.items()}


class Results:
    """The measures by cell and seed."""

    def __init__(self, seeds: Iterable[int]):
        self.seeds = tuple(seeds)
        self._found: dict[tuple[str, int], tuple[Cell, Measures]] = {}

    def add(self, cell: Cell, seed: int, measures: Measures) -> None:
        """Enter what was measured in a cell from a seed."""
        self._found[key(cell), seed] = cell, measures

    def values(self, measure: str, **cell: Any) -> np.ndarray:
        """The measure in that cell, (seeds,) or (seeds, length) for a list."""
        rows = []
        for seed in self.seeds:
            if (key(cell), seed) not in self._found:
                raise KeyError(f"no result for the cell {key(cell)}, seed {seed}")
            measures = self._found[key(cell), seed][1]
            if measure not in measures:
                raise KeyError(f"unknown measure {measure!r}; expected one of: {', '.join(measures)}")
            rows.append(measures[measure])
        return np.array(rows)

    def rows(self) -> Iterator[tuple[Cell, int, Measures]]:
        """Everything, in the order of the cells' names and the seeds."""
        for (_, seed), (cell, measures) in sorted(self._found.items(), key=lambda item: item[0]):
            yield cell, seed, measures
