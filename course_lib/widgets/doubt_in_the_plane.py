"""Monte Carlo dropout in a plane: the passes of a small network at a point that is dragged."""

from functools import cache

import numpy as np
import traitlets

from course_lib import Input, Sequential, layers, optimizers
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

UNITS, PASSES, EACH = 16, 50, 16                # hidden units; masks; training points of each class
REACH = (4.0, 3.0)                              # of the plane, to both sides
RATES = [0.1, 0.3, 0.5]
CENTRES, SPREAD, TRAINED_AT = ((-1.2, 0.5), (1.2, -0.5)), 0.5, 0.3


@cache
def training_points() -> np.ndarray:
    """(32, 2) with two decimals: the first half is of class 0."""
    z = draws.normals(0, 71, 2 * EACH * 2).reshape(2, EACH, 2)
    return (np.array(CENTRES)[:, np.newaxis] + SPREAD * z).reshape(-1, 2).round(2) + 0.0


@cache
def trained() -> tuple[np.ndarray, ...]:
    """Kernels and biases of 2-16-1, trained with dropout; with two decimals, so that they are the same everywhere."""
    network = Sequential([Input((2,)), layers.Dense(UNITS, activation="relu", kernel_initializer="he_normal"),
                          layers.Dropout(TRAINED_AT), layers.Dense(1, activation="sigmoid")], seed=1, dtype="float64")
    network.compile(optimizers.Adam(0.02), "binary_crossentropy")
    x, y = training_points(), np.repeat([0.0, 1.0], EACH)[:, np.newaxis]
    network.fit(x, y, batch_size=len(x), epochs=300, shuffle=False, verbose=0)
    return tuple(w.round(2) + 0.0 for w in network.get_weights())


def numbers_of(at: int) -> traitlets.List[float]:
    """A part of the trained network as a list, a row after the other."""
    return traitlets.List(traitlets.Float()).tag(sync=True, part=at)


class DoubtInThePlane(CourseWidget):
    """Drag a point over the plane, and see the probability that each of 50 passes with dropout gives it.

    point: from -4 to 4 and from -3 to 3. rate: of dropout in the passes, 0.1, 0.3 or 0.5; the network was trained with
    0.3. examples: the 32 training points, class 0 first; hidden, hidden_bias, output, output_bias: the network. All are
    traits: a kernel can observe, set and link them.
    """

    _name = "doubt_in_the_plane"
    _view = ("point", "rate")
    point = traitlets.List(traitlets.Float(), [1.2, -0.5], 2, 2).tag(sync=True)
    rate = traitlets.Enum(RATES, 0.3).tag(sync=True)
    examples = traitlets.List(traitlets.Float()).tag(sync=True)
    hidden, hidden_bias, output, output_bias = (numbers_of(at) for at in range(4))

    @traitlets.default("examples")
    def _training_points(self):
        return training_points().ravel().tolist()

    @traitlets.default("hidden")
    def _hidden(self):
        return trained()[0].ravel().tolist()

    @traitlets.default("hidden_bias")
    def _hidden_bias(self):
        return trained()[1].tolist()

    @traitlets.default("output")
    def _output(self):
        return trained()[2].ravel().tolist()

    @traitlets.default("output_bias")
    def _output_bias(self):
        return trained()[3].tolist()

    @traitlets.validate("point")
    def _within_reach(self, proposal):
        if any(not abs(v) <= most for v, most in zip(proposal["value"], REACH, strict=True)):
            raise traitlets.TraitError(f"point must lie within {REACH} of 0, got {proposal['value']}")
        return proposal["value"]

    def passes(self, points: np.ndarray) -> np.ndarray:
        """The probability of class 1, (50, m), for points (m, 2); in each pass all points have the same mask."""
        a = np.maximum(points @ np.reshape(self.hidden, (2, UNITS)) + self.hidden_bias, 0)
        masks = draws.uniforms(0, 70, PASSES * UNITS).reshape(PASSES, UNITS) >= self.rate
        layer = layers.Dropout(self.rate, dtype="float64")
        layer.build((None, UNITS))
        dropped = [layer.dropped(a, mask, np.empty_like(a)) for mask in masks]
        return 1 / (1 + np.exp(-(np.array(dropped) @ self.output + self.output_bias[0])))

    def plain(self, points: np.ndarray) -> np.ndarray:
        """The probability of class 1 without dropout, (m,)."""
        a = np.maximum(points @ np.reshape(self.hidden, (2, UNITS)) + self.hidden_bias, 0)
        return 1 / (1 + np.exp(-(a @ self.output + self.output_bias[0])))

    def numbers(self) -> dict[str, float]:
        """The point, the probability without dropout, and mean, deviation, lowest and highest of the passes."""
        at = np.array([self.point])
        p = self.passes(at)[:, 0]
        return {"point.0": self.point[0], "point.1": self.point[1], "plain": float(self.plain(at)[0]),
                "mean": float(p.mean()), "spread": float(p.std()), "low": float(p.min()), "high": float(p.max())}

    @property
    def description(self) -> str:
        n = self.numbers()
        return (f"A plane with {EACH} training points of each of two classes, and in the background how much the "
                f"{PASSES} passes of a network with dropout at the rate {self.rate:g} disagree: most between the "
                f"classes. At the point {n['point.0']:.2f}, {n['point.1']:.2f} the network without dropout gives the "
                f"second class the probability {n['plain']:.3f}; the passes give {n['low']:.3f} to {n['high']:.3f}, in "
                f"the mean {n['mean']:.3f} with the deviation {n['spread']:.3f}.")

    def picture(self) -> str:
        n, unit = self.numbers(), 49.0

        def x(v: float) -> float:
            return 14 + (v + REACH[0]) * unit

        def y(v: float) -> float:
            return 14 + (REACH[1] - v) * unit

        parts = [svg.element("rect", x=14, y=14, width=2 * REACH[0] * unit, height=2 * REACH[1] * unit, class_="window",
                             fill="none", stroke="#c9d2d8")]
        for half, (kind, colour) in zip(np.split(training_points(), 2),
                                        (("forward", "#005a91"), ("backward", "#b04a00")), strict=True):
            dots = "".join(f"M{x(a):.1f} {y(b):.1f}h.1" for a, b in half.tolist())
            parts.append(svg.element("path", d=dots, class_=f"dots {kind}", stroke=colour, stroke_width=6))
        parts.append(svg.element("circle", cx=x(self.point[0]), cy=y(self.point[1]), r=8, class_="unit", fill="#e8edf2",
                                 stroke="#005a91"))
        strip = "".join(f"M{14 + 392 * v:.1f} {346 + 7 * i % 15 - 7}h.1" for i, v in
                        enumerate(self.passes(np.array([self.point]))[:, 0].tolist()))
        parts += [svg.element("path", d=strip, class_="points", stroke="#005a91", stroke_width=4),
                  svg.text(14, 374, "0", class_="quiet small"), svg.text(406, 374, "1", class_="quiet small"),
                  svg.text(210, 374, f"50 passes: mean {n['mean']:.3f}, deviation {n['spread']:.3f}")]
        return svg.picture(420, 384, self.description, parts)
