"""What the ledger is made of: a comparison runs one thing here and in Keras and says how far apart the two may be."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from course_lib.parity.loading import floatx

DTYPES = ("float32", "float64")

# For float32 and float64 the largest difference, relative to the largest entry; None: nothing to compute in that dtype.
Bounds = tuple[float | None, float | None]
EQUAL = (0.0, 0.0)
ONCE = (0.0, None)                      # equal, whatever the dtype: compared in float32 alone
ONE_PASS = (1e-6, 1e-14)                # one operation, or one pass through a small model
MANY_STEPS = (1e-5, 1e-12)              # a training of 200 steps or more
EXPLAIN = 1e-6                          # a bound above this needs a reason
GROWTH = ("float32 rounds each operation by up to 6e-8 of its result, and the two libraries add up in different "
          "orders; over the steps of a training these differences grow.")

Pair = tuple[str, Any, Any]             # what it is, its value here, its value in Keras


@dataclass(frozen=True)
class Comparison:
    """One line of the ledger.

    component: the name it has in its registry. quantity: what is compared. pairs: gives the values to compare, for
    "float32" or "float64", which is Keras's floatx while it runs. bounds: for these two. reason: why a bound is above
    1e-6; compulsory there.
    """

    component: str
    quantity: str
    pairs: Callable[[str], Iterable[Pair]]
    bounds: Bounds = ONE_PASS
    reason: str = ""

    def __post_init__(self) -> None:
        if self.is_wide and not self.reason:
            raise ValueError(f"{self.component}, {self.quantity}: a bound above {EXPLAIN:g} needs a reason")

    @property
    def is_wide(self) -> bool:
        """Whether a bound needs a reason."""
        return any(bound is not None and bound > EXPLAIN for bound in self.bounds)

    @property
    def dtypes(self) -> list[str]:
        """In which it is made."""
        return [dtype for dtype, bound in zip(DTYPES, self.bounds, strict=True) if bound is not None]

    def run(self, dtype: str) -> "Result":
        """Compute both sides and compare them. What goes wrong on the way is a failed comparison, not an error."""
        error, where, compared = 0.0, "", 0
        try:
            with floatx(dtype):
                for name, ours, theirs in self.pairs(dtype):
                    found, compared = difference(ours, theirs), compared + 1
                    if not found <= error:
                        error, where = found, name
            if not compared:
                raise ValueError("nothing was compared")
        except Exception as problem:
            error, where = np.inf, f"{type(problem).__name__}: {problem}"
        return Result(self, dtype, error, where)


@dataclass(frozen=True)
class Result:
    """What a comparison found: its largest difference and where that was."""

    comparison: Comparison
    dtype: str
    error: float
    where: str

    @property
    def bound(self) -> float:
        return self.comparison.bounds[DTYPES.index(self.dtype)] or 0.0

    @property
    def ok(self) -> bool:
        return self.error <= self.bound


@dataclass(frozen=True)
class Area:
    """A section of the ledger.

    about: what is compared in all of it. registered: the names of all components of this kind that the library has.
    conventions: by component, what Keras does where textbooks, papers or other libraries do something else. ours: by
    component, why it has no counterpart.
    """

    title: str
    comparisons: list[Comparison]
    about: str = ""
    registered: Callable[[], Iterable[str]] = tuple
    conventions: Mapping[str, str] = field(default_factory=dict)
    ours: Mapping[str, str] = field(default_factory=dict)

    def components(self) -> list[str]:
        """The names with a comparison, each once."""
        return list(dict.fromkeys(comparison.component for comparison in self.comparisons))

    def missing(self) -> list[str]:
        """The names that are registered, but neither compared nor listed as ours."""
        return [name for name in self.registered() if name not in self.components() and name not in self.ours]


def public(module: ModuleType, base: type) -> list[str]:
    """The names of the public classes of ``module`` that derive from ``base``, without itself."""
    return [name for name, kind in vars(module).items()
            if isinstance(kind, type) and issubclass(kind, base) and kind is not base and name == kind.__name__
            and not name.startswith("_")]


def difference(ours: Any, theirs: Any) -> float:
    """max |ours - theirs| over the largest entry of both; infinite where shapes or dtypes differ or one is NaN.

    What is not numbers is equal, 0, or not, infinite.
    """
    try:
        a, b = np.asarray(ours), np.asarray(theirs)
    except ValueError:                      # lists of unequal lengths
        return 0.0 if ours == theirs else np.inf
    if a.dtype.kind not in "biuf" or b.dtype.kind not in "biuf":
        return 0.0 if ours == theirs else np.inf
    if a.shape != b.shape or (isinstance(ours, np.ndarray) and isinstance(theirs, np.ndarray) and a.dtype != b.dtype):
        return np.inf
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.where(a == b, 0.0, np.abs(a - b)).max(initial=0.0)
    scale = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    if np.isnan(apart) or np.isinf(apart):
        return np.inf
    return float(apart / scale) if apart else 0.0
