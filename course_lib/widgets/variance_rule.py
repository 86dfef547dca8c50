"""The variance of a sum of products: fan-in forward, fan-out backward, and one standard deviation for both."""

import math
from typing import Any

import numpy as np
import traitlets

from course_lib.initializers import TRUNCATED_STD
from course_lib.layers import Dense, Input
from course_lib.model import Sequential
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

ROWS = 32
FANS = (16, 256)
STDDEVS = (0.01, 0.26)
# How far the picture of a distribution reaches, in standard deviations: the edges; of the normal, which has none, 95 %.
REACH = {"truncated_normal": 2 / TRUNCATED_STD, "uniform": math.sqrt(3), "untruncated_normal": 2.0}
WORDS = {"truncated_normal": "truncated normal", "uniform": "uniform", "untruncated_normal": "normal"}
WINDOW, BIN = 6.0, 0.25                         # of the histograms
LEFT, CENTRE, RIGHT = 30, 210, 390              # of the picture


class VarianceRule(CourseWidget):
    """One linear layer without bias, 32 rows of standard normal inputs and of standard normal gradients.

    fan_in, fan_out: 16 to 256. distribution: of the weights, as in ``VarianceScaling``. stddev: theirs, 0.01 to 0.26.
    All are traits: a kernel can observe, set and link them.
    """

    _name = "variance_rule"
    _view = ("fan_in", "fan_out", "distribution", "stddev")
    fan_in = traitlets.Int(64, min=FANS[0], max=FANS[1]).tag(sync=True)
    fan_out = traitlets.Int(16, min=FANS[0], max=FANS[1]).tag(sync=True)
    distribution = traitlets.Enum(list(REACH), "truncated_normal").tag(sync=True)
    stddev = traitlets.Float(0.125, min=STDDEVS[0], max=STDDEVS[1]).tag(sync=True)

    def passes(self) -> tuple[np.ndarray, np.ndarray]:
        """The sums z = A W (rows, fan_out), and the gradients dJ/dA = dJ/dZ W^T (rows, fan_in)."""
        n_in, n_out = self.fan_in, self.fan_out
        network = Sequential([Input((n_in,)), Dense(n_out, use_bias=False)], seed=0, dtype="float64")
        unit = draws.unit_weights(self.distribution, 0, 1, n_in * n_out)
        network.set_weights([self.stddev * unit.reshape(n_in, n_out)])
        (layer,) = network.layers
        z = layer.forward(draws.normals(0, 0, ROWS * n_in).reshape(ROWS, n_in)).copy()
        da = layer.backward(draws.normals(0, 1000, ROWS * n_out).reshape(ROWS, n_out)).copy()
        return z, da

    def numbers(self) -> dict[str, Any]:
        """What the rule says of the two variances, what the draws have, and how far the distribution reaches."""
        z, da = self.passes()
        return {"forward.rule": self.fan_in * self.stddev ** 2, "forward.drawn": float(z.var()),
                "backward.rule": self.fan_out * self.stddev ** 2, "backward.drawn": float(da.var()),
                "reach": REACH[self.distribution] * self.stddev}

    @property
    def description(self) -> str:
        n = self.numbers()
        return (f"A layer with fan-in {self.fan_in} and fan-out {self.fan_out}. Distribution of its weights: "
                f"{WORDS[self.distribution]}, with the standard deviation {self.stddev:g}. Below it two histograms, "
                f"each with the standard normal curve for comparison: the sums z have the variance "
                f"{n['forward.drawn']:.2f}, fan-in times the variance of a weight is {n['forward.rule']:.2f}; the "
                f"gradients on the way back have {n['backward.drawn']:.2f}, fan-out times the variance of a weight is "
                f"{n['backward.rule']:.2f}.")

    def picture(self) -> str:
        n, (z, da), base = self.numbers(), self.passes(), 96
        weights = [(300 * w, 66 * h) for w, h in density(self.distribution, self.stddev)]
        parts = [svg.text(CENTRE, 14, f"weights: {WORDS[self.distribution]}, σ = {self.stddev:g}", class_="quiet"),
                 svg.element("polygon", points=around(weights, base), class_="amount", fill="#e8edf2",
                             stroke="#005a91"), *axis(base, 300, {-0.5: 1, 0: 0, 0.5: 1})]
        for values, kind, colour, base, words in (
                (z, "forward", "#005a91", 250, f"z: sums of fan-in = {self.fan_in} products"),
                (da, "backward", "#b04a00", 394, f"gradients: sums of fan-out = {self.fan_out} products")):
            bars = [(30 * at, height(d)) for at, d in draws.histogram(values, WINDOW, BIN)]
            bell = [(30 * t, height(math.exp(-t * t / 2) / math.sqrt(2 * math.pi)))
                    for t in np.linspace(-3.5, 3.5, 29).tolist()]
            parts += [svg.text(LEFT, base - 106, words, class_=f"{kind} start", text_anchor="start"),
                      svg.element("polygon", points=around(bars, base), class_=f"amount {kind}", fill="#e8edf2",
                                  stroke=colour),
                      svg.element("polyline", points=around(bell, base), fill="none", class_="curve true",
                                  stroke="#1c6b42", stroke_dasharray="7 5"),
                      svg.text(RIGHT, base - 66, f"variance {n[f'{kind}.drawn']:.2f}", class_=f"{kind} end",
                               text_anchor="end"),
                      svg.text(RIGHT, base - 48, f"by the rule {n[f'{kind}.rule']:.2f}", class_="quiet small end",
                               text_anchor="end"), *axis(base, 30, {-5: 0, 0: 0, 5: 0})]
        return svg.picture(420, 418, self.description, parts)


def around(points: list[tuple[float, float]], base: float) -> str:
    """An outline from offsets to the centre and heights above the base."""
    return " ".join(f"{CENTRE + x:.1f},{base - y:.1f}" for x, y in points)


def axis(base: float, unit: float, ticks: dict[float, int]) -> list[str]:
    """A base line with labels, each with so many decimals."""
    return [svg.element("line", x1=LEFT, x2=RIGHT, y1=base, y2=base, class_="track", stroke="#c9d2d8"),
            *(svg.text(CENTRE + unit * t, base + 17, svg.number(t, digits), class_="quiet small")
              for t, digits in ticks.items())]


def density(distribution: str, stddev: float) -> list[tuple[float, float]]:
    """The outline of the weights' density from left to right, its height scaled to 1."""
    if distribution == "uniform":
        edge = REACH[distribution] * stddev
        return [(-edge, 0.0), (-edge, 1.0), (edge, 1.0), (edge, 0.0)]
    cut = 2 if distribution == "truncated_normal" else 3.5
    unit = stddev / TRUNCATED_STD if distribution == "truncated_normal" else stddev     # of the normal that is cut
    inside = [(unit * t, math.exp(-t * t / 2)) for t in np.linspace(-cut, cut, 41).tolist()]
    return [(inside[0][0], 0.0), *inside, (inside[-1][0], 0.0)]


def height(density: float) -> float:
    return min(110 * density, 96)
