"""Dropout masks and what they leave on average, with the right divisor, the wrong one and none."""

import numpy as np
import traitlets

from course_lib.layers import Dropout
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

ACTIVATIONS = np.array([0.4, 1.2, 0.8, 1.5, 0.3, 1.0, 0.6, 1.4])
UNITS, PASSES, DRAWN = len(ACTIVATIONS), 200, 12        # units; passes at most; masks that are drawn
RATES = (0.05, 0.9)
SCALINGS = {"keep": "1 − p", "rate": "p", "none": "nothing"}
TALLEST = 5.0                                           # of the bars


class DropoutMasks(CourseWidget):
    """Drag the rate and the number of passes, and see the masks and the mean of what they leave of eight units.

    rate: p, the share that is dropped, 0.05 to 0.9. scaling: what a kept unit is divided by: "keep" (1 - p), "rate" (p,
    the mistake of a source) or "none". passes: over how many masks the mean is taken, 1 to 200. All are traits: a
    kernel can observe, set and link them.
    """

    _name = "dropout_masks"
    _view = ("rate", "scaling", "passes")
    rate = traitlets.Float(0.25, min=RATES[0], max=RATES[1]).tag(sync=True)
    scaling = traitlets.Enum(list(SCALINGS), "keep").tag(sync=True)
    passes = traitlets.Int(12, min=1, max=PASSES).tag(sync=True)

    def masks(self) -> np.ndarray:
        """(200, 8), True where a unit is kept."""
        return draws.uniforms(0, 50, PASSES * UNITS).reshape(PASSES, UNITS) >= self.rate

    def outputs(self) -> np.ndarray:
        """(passes, 8)."""
        masks = self.masks()[:self.passes]
        x = np.tile(ACTIVATIONS, (self.passes, 1))
        if self.scaling == "keep":
            layer = Dropout(self.rate, dtype="float64")
            layer.build((None, UNITS))
            return layer.dropped(x, masks, np.empty_like(x))
        return x * masks / (self.rate if self.scaling == "rate" else 1.0)

    def numbers(self) -> dict[str, float]:
        """unit.i: mean output of each unit over the passes. ratio: of the mean output to the mean activation. kept: the
        share of kept units. spread: the deviation of a pass's mean output from pass to pass."""
        outputs = self.outputs()
        return {**{f"unit.{i}": float(v) for i, v in enumerate(outputs.mean(axis=0))},
                "rate": self.rate, "passes": self.passes, "ratio": float(outputs.mean() / ACTIVATIONS.mean()),
                "kept": float(self.masks()[:self.passes].mean()), "spread": float(outputs.mean(axis=1).std())}

    @property
    def description(self) -> str:
        n = self.numbers()
        means = ", ".join(f"{n[f'unit.{i}']:.2f}" for i in range(UNITS))
        return (f"Masks of dropout with the rate {self.rate:g} for eight units, a row for each pass; kept units are "
                f"divided by {SCALINGS[self.scaling]}. Bars: the mean output of each unit over {self.passes} passes, "
                f"{means}; a line at each bar is the unit's activation, {', '.join(f'{v:g}' for v in ACTIVATIONS)}. "
                f"All units together give {n['ratio']:.2f} times what they give without dropout.")

    def picture(self) -> str:
        n, masks, pitch, left = self.numbers(), self.masks(), 44, 64

        def y(value: float) -> float:
            return 326 - min(value, TALLEST) / TALLEST * 120

        parts = [svg.text(4, 16, "masks", class_="quiet small start", text_anchor="start"),
                 svg.text(4, 200, "mean", class_="quiet small start", text_anchor="start")]
        kept = "".join(f"M{left + pitch * i + 15} {26 + 13 * t}h14" for t in range(min(DRAWN, self.passes))
                       for i in range(UNITS) if masks[t, i])
        parts.append(svg.element("path", d=kept, class_="dots backward", stroke="#b04a00", stroke_width=5))
        for i, a in enumerate(ACTIVATIONS.tolist()):
            at, value = left + pitch * i + 8, n[f"unit.{i}"]
            parts += [svg.element("rect", x=at, y=y(value), width=28, height=326 - y(value), class_="amount",
                                  fill="#e8edf2", stroke="#005a91"),
                      svg.element("line", x1=at - 4, x2=at + 32, y1=y(a), y2=y(a), class_="wanted", stroke="#1c6b42"),
                      svg.text(at + 14, 342, f"{value:.2f}", class_="small")]
        parts.append(svg.text(210, 366, f"rate {self.rate:g}, divided by {SCALINGS[self.scaling]}, {self.passes} "
                              f"passes: {n['ratio']:.2f} times the output", class_="quiet"))
        return svg.picture(420, 376, self.description, parts)
