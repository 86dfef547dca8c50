"""Rules that turn measurements over seeds into a verdict. Intervals are 95 % t intervals of the mean over the seeds.

A rule asks whether an interval lies where the claim says: all of it inside, the claim holds; all of it outside, it does
not hold; otherwise these data do not decide.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from course_lib.claims.results import Cell, Results, key

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decided"

# Student's t at 0.975 for 1, 2, ... degrees of freedom.
T975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042)


@dataclass(frozen=True)
class Interval:
    """A mean and the ends of its 95 % t interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3g} ({self.low:.3g} to {self.high:.3g})"


def t_interval(values: np.ndarray) -> Interval:
    """values (seeds,): between 2 and 31 numbers, taken as independent draws from a distribution near a normal one."""
    n = len(values)
    if not 2 <= n <= len(T975) + 1:
        raise ValueError(f"t_interval: between 2 and {len(T975) + 1} seeds are needed, got {n}")
    mean = float(np.mean(values))
    half = T975[n - 2] * float(np.std(values, ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


@dataclass(frozen=True)
class Outcome:
    """A verdict, and in words the numbers that it rests on."""

    verdict: str
    because: str


class Rule(Protocol):
    """Decides a claim; ``cells`` are those that it looks at."""

    def cells(self) -> Iterator[Cell]:
        """Each cell of the grid whose results the rule uses."""

    def decide(self, results: Results) -> Outcome:
        """The verdict on these results."""


class Measured:
    """One measure in one cell: ``Measured("accuracy", activation="relu", depth=20)``."""

    def __init__(self, measure: str, **cell: Any):
        self.measure, self.cell = measure, cell

    def cells(self) -> Iterator[Cell]:
        """Each cell whose results it uses."""
        yield self.cell

    def values(self, results: Results) -> np.ndarray:
        """One number for each seed."""
        return results.values(self.measure, **self.cell)

    def __str__(self) -> str:
        where = key(self.cell).replace(",", ", ")
        return f"{self.measure.replace('_', ' ')} at {where}"


class Tuned(Measured):
    """One measure at the learning rate that each seed's smallest ``val_loss`` chooses.

    learning_rates: the cells differ in "learning_rate" alone.
    """

    def __init__(self, measure: str, learning_rates: Iterable[float], **cell: Any):
        super().__init__(measure, **cell)
        self.learning_rates = tuple(learning_rates)

    def cells(self) -> Iterator[Cell]:
        for rate in self.learning_rates:
            yield self.cell | {"learning_rate": rate}

    def chosen(self, results: Results) -> np.ndarray:
        """The position in ``learning_rates`` of each seed's choice, (seeds,)."""
        return np.argmin([results.values("val_loss", **cell) for cell in self.cells()], axis=0)

    def values(self, results: Results) -> np.ndarray:
        values = np.array([results.values(self.measure, **cell) for cell in self.cells()])
        return values[self.chosen(results), np.arange(values.shape[1])]

    def __str__(self) -> str:
        return f"{super().__str__()}, best learning rate"


class Ratio(Measured):
    """One measure as a multiple of another, seed by seed."""

    def __init__(self, what: Measured, base: Measured):
        self.what, self.base = what, base

    def cells(self) -> Iterator[Cell]:
        yield from (*self.what.cells(), *self.base.cells())

    def values(self, results: Results) -> np.ndarray:
        return self.what.values(results) / self.base.values(results)

    def __str__(self) -> str:
        return f"{self.what} over {self.base}"


def placed(interval: Interval, low: float, high: float) -> str:
    """The verdict on the claim that the mean is between low and high."""
    if low <= interval.low and interval.high <= high:
        return HOLDS
    return FAILS if interval.high < low or interval.low > high else OPEN


@dataclass(frozen=True)
class Within:
    """The claim that a measure's mean lies between low and high."""

    what: Measured
    low: float = -math.inf
    high: float = math.inf

    def cells(self) -> Iterator[Cell]:
        yield from self.what.cells()

    def decide(self, results: Results) -> Outcome:
        interval = t_interval(self.what.values(results))
        wanted = (f"at most {self.high:g}" if self.low == -math.inf else
                  f"at least {self.low:g}" if self.high == math.inf else f"from {self.low:g} to {self.high:g}")
        return Outcome(placed(interval, self.low, self.high), f"{self.what}: {interval}, claimed {wanted}")


@dataclass(frozen=True)
class Greater:
    """The claim that one measure exceeds another by more than ``by``, compared seed by seed."""

    what: Measured
    than: Measured
    by: float = 0.0

    def cells(self) -> Iterator[Cell]:
        yield from (*self.what.cells(), *self.than.cells())

    def decide(self, results: Results) -> Outcome:
        difference = t_interval(self.what.values(results) - self.than.values(results))
        # "by" itself is not more than "by": an interval that ends there, or has no width and stands there, is outside
        verdict = HOLDS if difference.low > self.by else FAILS if difference.high <= self.by else OPEN
        wanted = (f"above {self.by:g}" if self.by < 0 else
                  f"positive by more than {self.by:g}" if self.by else "positive")
        return Outcome(verdict, f"{self.what} minus {self.than}: {difference}, claimed {wanted}")


class All:
    """Several rules: holds if each does, does not hold if one does not."""

    def __init__(self, *rules: Rule):
        self.rules = rules

    def cells(self) -> Iterator[Cell]:
        for rule in self.rules:
            yield from rule.cells()

    def decide(self, results: Results) -> Outcome:
        outcomes = [rule.decide(results) for rule in self.rules]
        verdicts = {outcome.verdict for outcome in outcomes}
        verdict = FAILS if FAILS in verdicts else OPEN if OPEN in verdicts else HOLDS
        return Outcome(verdict, "; ".join(outcome.because for outcome in outcomes))
