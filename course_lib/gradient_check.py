"""Is backpropagation right? Compare it with central differences, entry by entry."""

import copy
from dataclasses import dataclass, field

import numpy as np

from course_lib import _checks, optimizers
from course_lib.batches import Rows
from course_lib.model import Sequential

Sides = dict[str, np.ndarray]           # for each thing with kinks, on which side of them its numbers are


@dataclass
class GradientReport:
    """What ``gradient_check`` found.

    errors: for each trainable weight ("layer/weight") the largest relative error of its entries.
    skipped: for each weight the number of entries left out because the step crossed a kink, such as ReLU's at 0.
    kinks: for each weight whose kinks those were: layers, "the loss", "the penalty on ...".
    """

    tolerance: float
    errors: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    kinks: dict[str, list[str]] = field(default_factory=dict)
    entries: int = 0

    @property
    def max_error(self) -> float:
        """The largest of all relative errors."""
        return max(self.errors.values(), default=0.0)

    @property
    def ok(self) -> bool:
        """Whether something was compared and every error is below the tolerance."""
        return self.entries > 0 and self.max_error < self.tolerance

    def __str__(self) -> str:
        width = max((len(path) for path in self.errors), default=0)
        lines = [f"{path:<{width}}  {error:.1e}  {'ok' if error < self.tolerance else 'WRONG'}"
                 + (f"  ({n} entries left out: the step crosses a kink of {', '.join(self.kinks[path])})"
                    if (n := self.skipped[path]) else "")
                 for path, error in self.errors.items()]
        verdict = "the gradient is right" if self.ok else "the gradient is WRONG"
        if not self.entries:
            verdict = "nothing could be compared"
        return "\n".join([*lines, f"{verdict}: largest relative error {self.max_error:.1e}, "
                                  f"tolerance {self.tolerance:.0e}, {self.entries} entries"])


def gradient_check(model: Sequential, x: np.ndarray, y: np.ndarray, epsilon: float = 1e-5, tolerance: float = 1e-6,
                   max_entries: int | None = None, seed: int = 0, training: bool = False,
                   sample_weight: np.ndarray | None = None) -> GradientReport:
    """Compare the model's gradient with central differences (eq. 2.22), in float64 on a copy of the model.

    model: built and compiled; it is not changed. x, y, sample_weight: a small batch, as ``fit`` takes it. epsilon: the
    step. tolerance: what counts as right. max_entries: at most so many entries of each weight, drawn with ``seed``;
    None checks all. training: check the training pass, with batch statistics and with the same random masks throughout.
    The loss contains the penalties of the regularizers.

    An entry's error is |backprop - difference| / max(|backprop|, |difference|, f), where f is the size below which
    rounding drowns the difference. Entries whose step crosses a kink, of an activation, the loss or an l1 penalty, are
    left out and counted.
    """
    epsilon = _checks.number("gradient_check", "epsilon", epsilon, low=0, open_low=True)
    tolerance = _checks.number("gradient_check", "tolerance", tolerance, low=0, open_low=True)
    if not isinstance(model, Sequential):
        raise TypeError(f"gradient_check: model must be a Sequential, got {_checks.describe(model)}")
    if max_entries is not None:
        max_entries = _checks.integer("gradient_check", "max_entries", max_entries, low=1)
    twin = _float64_copy(model)
    rows = twin._rows("gradient_check", x, y, sample_weight)
    loss, gradients = twin.loss_and_gradients(x, y, sample_weight, training)
    # Rounding in J shifts a difference by about 1e-16 |J| / epsilon; smaller gradients cannot be told from it.
    floor = 1e-15 * max(abs(loss), 1.0) / epsilon / tolerance
    rng = np.random.default_rng(seed)
    report = GradientReport(tolerance)
    for segment in twin._bound_vector().trainable_segments:
        backprop = gradients[segment.path].ravel()
        entries = np.arange(backprop.size)
        if max_entries is not None and max_entries < backprop.size:
            entries = rng.choice(backprop.size, max_entries, replace=False)
        worst, skipped, kinks = 0.0, 0, set()
        for i in entries:
            difference, crossed = _central_difference(twin, rows, training, segment.start + int(i), epsilon)
            if not crossed:
                error = abs(backprop[i] - difference) / max(abs(backprop[i]), abs(difference), floor)
                worst = max(worst, error if np.isfinite(error) else np.inf)
            skipped += bool(crossed)
            kinks |= crossed
        report.errors[segment.path], report.skipped[segment.path] = float(worst), skipped
        report.kinks[segment.path] = sorted(kinks)
        report.entries += len(entries) - skipped
    return report


def _central_difference(model: Sequential, rows: Rows, training: bool, entry: int,
                        epsilon: float) -> tuple[float, set[str]]:
    """(J(theta + epsilon e) - J(theta - epsilon e)) / (2 epsilon), and whose kinks were crossed in between."""
    params = model._vector.values
    held = params[entry]
    params[entry] = held + epsilon
    above, sides_above = _loss_and_sides(model, rows, training)
    params[entry] = held - epsilon
    below, sides_below = _loss_and_sides(model, rows, training)
    params[entry] = held
    crossed = {name for name, side in sides_above.items() if not np.array_equal(side, sides_below[name])}
    return (above - below) / (2 * epsilon), crossed


def _loss_and_sides(model: Sequential, rows: Rows, training: bool) -> tuple[float, Sides]:
    """J, and on which side of their kinks the layers' units, the outputs and the penalised weights are."""
    states = [(layer, state) for layer in model._chain if (state := layer.random_state) is not None]
    a = model._forward(rows.x, training)
    loss = model._loss_of(rows.y, a, rows.weights)
    for layer, state in states:                 # the next pass draws the same masks
        layer.random_state = state
    sides = {path: np.searchsorted(layer.kinks, layer.z)
             for path, layer in zip(model._paths(), model._chain, strict=True) if layer.kinks}
    if not model._compiled.fused:
        sides["the loss"] = model.loss.sides(rows.y, a)
    for s in model._vector.trainable_segments:
        if getattr(s.weight.regularizer, "l1", 0):
            sides[f"the penalty on {s.path}"] = np.sign(getattr(s.layer, s.weight.name))
    return loss, sides


def _float64_copy(model: Sequential) -> Sequential:
    model._require_compiled("gradient_check")
    model._require_built("gradient_check")
    twin = copy.deepcopy(model)
    loss = twin.loss
    twin.cast("float64")
    twin.compile(optimizers.SGD(), loss)
    return twin
