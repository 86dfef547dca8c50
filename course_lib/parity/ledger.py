"""The ledger: every area, in the order of the page."""

from collections.abc import Iterator

from course_lib.parity import (
    activations,
    callbacks,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    passes,
    penalties,
    schedules,
    tools,
)
from course_lib.parity.comparison import Area, Comparison, Result

AREAS: list[Area] = [module.AREA for module in (
    activations, initializers, layers, losses, metrics, penalties, optimizers, schedules, callbacks, passes,
    models, tools)]


def selected(name: str = "") -> list[Comparison]:
    """The comparisons with ``name`` in their area, component or quantity; "he_normal" finds HeNormal."""
    wanted = plain(name)
    return [comparison for area in AREAS for comparison in area.comparisons
            if wanted in plain(f"{area.title} {comparison.component} {comparison.quantity}")]


def plain(name: str) -> str:
    return name.lower().replace("_", "")


def results(comparisons: list[Comparison]) -> Iterator[Result]:
    """Each comparison's result in each of its dtypes, one at a time as they are found."""
    for comparison in comparisons:
        for dtype in comparison.dtypes:
            yield comparison.run(dtype)
