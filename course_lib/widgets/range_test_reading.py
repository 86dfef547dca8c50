"""The range test as a tool: smooth its losses, read a rate off the curve, and see a training at that rate."""

import math

import numpy as np
import traitlets

from course_lib import schedules
from course_lib.range_test import RangeTest
from course_lib.widgets import small_network, svg
from course_lib.widgets.base import CourseWidget
from course_lib.widgets.schedule_shape import height
from course_lib.widgets.small_network import LOST, STEPS

BATCH = 16
TRIED, LOW, HIGH = 200, 1e-4, 1.0                       # steps of the test, and its rates
SMOOTHINGS, SEEDS = (0.0, 0.98), [0, 1, 2]
STOP = 4.0                                              # the test ends at so many times the lowest smoothed loss
LOSSES = (-1.0, 1.2)                                    # of both axes, powers of ten


class RangeTestReading(CourseWidget):
    """Drag the line to a rate: the network is trained at it, from fresh weights, for 240 steps.

    rate: where the line stands, 0.0001 to 1. smoothing: the share of the past in the running average, 0 to 0.98.
    seed: 0, 1 or 2, of the network's start and the order of its batches. All are traits.
    """

    _name = "range_test_reading"
    _view = ("rate", "smoothing", "seed")
    rate = traitlets.Float(0.001, min=LOW, max=HIGH).tag(sync=True)
    smoothing = traitlets.Float(0.9, min=SMOOTHINGS[0], max=SMOOTHINGS[1]).tag(sync=True)
    seed = traitlets.Enum(SEEDS, 0).tag(sync=True)

    def tested(self) -> RangeTest:
        """The range test on the small network, read as the library reads one."""
        rates, losses, _ = small_network.trained(schedules.RangeTest(LOW, HIGH, TRIED), self.seed, BATCH)
        smoothed: list[float] = []
        average = 0.0
        for k, loss in enumerate(losses[:TRIED], start=1):
            average = self.smoothing * average + (1 - self.smoothing) * loss
            smoothed.append(average / (1 - self.smoothing ** k))
            if smoothed[-1] > STOP * min(smoothed):
                break
        n = len(smoothed)
        return RangeTest(np.array(rates[:n]), np.array(losses[:n]), np.array(smoothed), n < TRIED)

    def training(self) -> list[float]:
        """The validation loss of a training at ``rate``, before the first step and after each."""
        return small_network.trained(lambda step: self.rate, self.seed, BATCH)[2]

    def numbers(self) -> dict[str, float]:
        test = self.tested()
        return {"rate": self.rate, "smoothing": self.smoothing, "turning": test.turning_point,
                "suggestion": test.suggestion, "lowest": float(test.smoothed.min()), "loss": self.training()[-1]}

    @property
    def description(self) -> str:
        n = self.numbers()
        words = "diverges" if n["loss"] >= LOST else f"ends at a validation loss of {n['loss']:.3g}"
        return ("Above, a range test: the loss of each batch and, as a line, its running average with "
                f"{self.smoothing:g}, against the learning rate from 0.0001 to 1, both axes logarithmic. The average "
                f"is lowest at the rate {n['turning']:.2g}. Below, a training from fresh weights at the rate "
                f"{self.rate:.2g}, where the vertical line stands: it {words}.")

    def picture(self) -> str:
        test, losses, n = self.tested(), self.training(), self.numbers()
        left, right = 44, 408

        def x(rate: float) -> float:
            return left + math.log10(rate / LOW) / math.log10(HIGH / LOW) * (right - left)

        def along(step: float) -> float:
            return left + step / STEPS * (right - left)

        parts = [svg.text(4, 14, "range test: loss of each batch, and its average", class_="quiet small start",
                          text_anchor="start"),
                 svg.text(4, 256, f"training at {self.rate:.2g}: validation loss", class_="backward small start",
                          text_anchor="start", fill="#b04a00")]
        for top, bottom in ((28, 188), (272, 382)):
            for v in (0.1, 1.0, 10.0):
                y = height(v, LOSSES, top, bottom)
                parts += [svg.element("line", x1=left, x2=right, y1=y, y2=y, class_="grid", stroke="#dddddd"),
                          svg.text(left - 8, y + 4, f"{v:g}", class_="quiet small end", text_anchor="end")]
        dots = "".join(f"M{x(r):.0f} {height(v, LOSSES, 28, 188):.0f}h1"
                       for r, v in zip(test.learning_rates.tolist(), test.losses.tolist(), strict=True))
        line = " ".join(f"{x(r):.0f},{height(v, LOSSES, 28, 188):.1f}"
                        for r, v in zip(test.learning_rates.tolist(), test.smoothed.tolist(), strict=True))
        run = " ".join(f"{along(k):.0f},{height(v, LOSSES, 272, 382):.1f}" for k, v in enumerate(losses) if k % 2 == 0)
        parts += [svg.element("path", d=dots, class_="points", stroke="#005a91", stroke_width=3),
                  svg.element("polyline", points=line, fill="none", class_="curve forward chosen", stroke="#005a91"),
                  svg.element("line", x1=x(self.rate), x2=x(self.rate), y1=24, y2=196, class_="lever",
                              stroke="#222222"),
                  *(svg.text(x(10.0 ** k), 208, f"{10.0 ** k:g}", class_="quiet small") for k in range(-4, 1)),
                  svg.element("polyline", points=run, fill="none", class_="curve backward chosen", stroke="#b04a00"),
                  *(svg.text(along(step), 400, str(step), class_="quiet small") for step in range(0, STEPS + 1, 60)),
                  svg.text(right, 256, "diverged" if n["loss"] >= LOST else f"ends at {n['loss']:.3f}",
                           class_="small end", text_anchor="end")]
        return svg.picture(420, 410, self.description, parts)
