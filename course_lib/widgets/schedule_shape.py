"""The learning rate as a curve to be drawn, and what a small network's loss makes of it."""

import math
from types import SimpleNamespace
from typing import Any

import traitlets

from course_lib import schedules
from course_lib.callbacks import ReduceLROnPlateau
from course_lib.widgets import small_network, svg
from course_lib.widgets.base import CourseWidget
from course_lib.widgets.small_network import LOST, POINTS, STEPS

SCHEDULES = ["constant", "power", "exponential", "piecewise", "performance", "one_cycle", "cosine", "step", "own"]
BATCH = 4
EPOCH = POINTS // BATCH
EVERY = 30                                              # steps between two control points
CORNERS = STEPS // EVERY + 1
LOWEST, HIGHEST = 1e-5, 0.5                             # of a control point
PEAKS, SEEDS = (0.003, 0.5), [0, 1, 2]
RATES, LOSSES = (-5.0, 0.0), (-0.9, 1.0)                # of the axes, powers of ten
PATIENCE, FACTOR = 2, 0.5                               # of performance scheduling


class Plateau:
    """A rate that ``ReduceLROnPlateau`` lowers, for a training without ``fit``."""

    def __init__(self, peak: float) -> None:
        self.callback = ReduceLROnPlateau(factor=FACTOR, patience=PATIENCE)
        self.optimizer = SimpleNamespace(learning_rate=peak)
        self.callback.model = SimpleNamespace(optimizer=self.optimizer)             # type: ignore[assignment]
        self.callback.on_train_begin()

    def rate(self, step: int) -> float:
        return self.optimizer.learning_rate

    def watch(self, step: int, loss: float) -> None:
        if step % EPOCH == 0:
            self.callback.on_epoch_end(step // EPOCH - 1, {"val_loss": loss})


class ScheduleShape(CourseWidget):
    """Drag the rate's nine control points, or the largest rate of a schedule: the network is trained anew.

    schedule: one of the presets, "constant", "power", "exponential", "piecewise", "performance", "one_cycle", "cosine",
    "step", whose largest rate is ``peak``, 0.003 to 0.5; or "own", which runs through ``points``, the rates at the
    steps 0, 30, ..., 240, by equal factors from step to step in between. seed: 0, 1 or 2, of the network's start and
    the order of its batches. All are traits.
    """

    _name = "schedule_shape"
    _view = ("schedule", "peak", "points", "seed")
    schedule = traitlets.Enum(SCHEDULES, "constant").tag(sync=True)
    peak = traitlets.Float(0.03, min=PEAKS[0], max=PEAKS[1]).tag(sync=True)
    points = traitlets.List(traitlets.Float(min=LOWEST, max=HIGHEST), [0.03] * CORNERS, CORNERS, CORNERS).tag(sync=True)
    seed = traitlets.Enum(SEEDS, 0).tag(sync=True)

    def planned(self) -> Any:
        """The schedule, a function of the step; for "performance" an object that watches, too."""
        p, n = self.peak, STEPS
        plans: dict[str, Any] = {
            "constant": lambda step: p, "power": schedules.PowerDecay(p, n / 10),
            "exponential": schedules.ExponentialDecay(p, n / 2, 0.1),
            "piecewise": schedules.PiecewiseConstantDecay([n // 2, 3 * n // 4], [p, p / 10, p / 100]),
            "one_cycle": schedules.OneCycle(p, n), "cosine": schedules.CosineDecay(p, n, 0.01),
            "step": schedules.StepDecay(p, 4 * EPOCH, 0.5), "own": self.own}
        return plans[self.schedule]

    def own(self, step: float) -> float:
        """Between two control points the rate changes by the same factor at each step."""
        i = min(int(step // EVERY), CORNERS - 2)
        return self.points[i] * (self.points[i + 1] / self.points[i]) ** (step / EVERY - i)

    def training(self) -> tuple[list[float], list[float]]:
        """The rate of each step, and the validation loss before the first step and after each."""
        watch, rate = None, None
        if self.schedule == "performance":
            plateau = Plateau(self.peak)
            rate, watch = plateau.rate, plateau.watch
        rates, _, losses = small_network.trained(rate or self.planned(), self.seed, BATCH, watch)
        return rates, losses

    def compared(self) -> list[float]:
        """The validation losses at a constant rate, the largest of the schedule."""
        top = self.largest()
        return small_network.trained(lambda step: top, self.seed, BATCH)[2]

    def largest(self) -> float:
        return max(self.points) if self.schedule == "own" else self.peak

    def numbers(self) -> dict[str, float]:
        rates, losses = self.training()
        return {"loss": losses[-1], "constant": self.compared()[-1], "largest": self.largest(), "last": rates[-1],
                "sum": math.fsum(rates)}

    @property
    def description(self) -> str:
        n = self.numbers()
        words = "has diverged" if n["loss"] >= LOST else f"ends at {n['loss']:.3g}"
        return (f"Above, the learning rate over {STEPS} steps on a logarithmic axis, schedule "
                f"{self.schedule.replace('_', ' ')}, largest rate {n['largest']:.3g}, with control points every "
                f"{EVERY} steps. Below, the validation loss of a small network trained with it, which {words}, and, "
                "dashed, that at a constant rate.")

    def picture(self) -> str:
        (rates, losses), constant, n = self.training(), self.compared(), self.numbers()
        left, right = 44, 408

        def x(step: float) -> float:
            return left + step / STEPS * (right - left)

        def rate_y(rate: float) -> float:
            return height(rate, RATES, 24, 184)

        def loss_y(loss: float) -> float:
            return height(loss, LOSSES, 222, 362)

        parts = [svg.text(4, 14, "learning rate", class_="forward small start", text_anchor="start", fill="#005a91"),
                 svg.text(4, 210, "validation loss", class_="backward small start", text_anchor="start",
                          fill="#b04a00")]
        for value, y, words in [*((10.0 ** k, rate_y, f"1e{k}") for k in range(-5, 1)),
                                *((v, loss_y, f"{v:g}") for v in (0.2, 0.5, 1.0, 2.0, 5.0, 10.0))]:
            parts += [svg.element("line", x1=left, x2=right, y1=y(value), y2=y(value), class_="grid", stroke="#dddddd"),
                      svg.text(left - 6, y(value) + 4, words.replace("-", svg.MINUS), class_="quiet small end",
                               text_anchor="end", font_size=11)]
        line = " ".join(f"{x(k):.0f},{rate_y(rate):.1f}" for k, rate in enumerate(rates))
        parts.append(svg.element("polyline", points=line, fill="none", class_="curve forward chosen", stroke="#005a91"))
        for values, kind, colour in ((constant, "curve true", "#1c6b42"), (losses, "curve backward chosen", "#b04a00")):
            line = " ".join(f"{x(k):.0f},{loss_y(loss):.1f}" for k, loss in enumerate(values) if k % 2 == 0)
            parts.append(svg.element("polyline", points=line, fill="none", class_=kind, stroke=colour))
        parts += [svg.text(x(step), 380, str(step), class_="quiet small") for step in range(0, STEPS + 1, 60)]
        words = "diverged" if n["loss"] >= LOST else f"ends at {n['loss']:.3f}"
        parts.append(svg.text(right, 210, words, class_="small end", text_anchor="end"))
        return svg.picture(420, 390, self.description, parts)


def height(value: float, decades: tuple[float, float], top: float, bottom: float) -> float:
    """A value's place on a logarithmic axis; what lies beyond is drawn at its end."""
    v = min(max(math.log10(max(value, 1e-99)), decades[0]), decades[1])
    return bottom - (v - decades[0]) / (decades[1] - decades[0]) * (bottom - top)


