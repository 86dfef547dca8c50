"""Two weights, a quadratic loss with an optimum to drag, and what an l1 or an l2 penalty makes of it."""

import math

import numpy as np
import traitlets

from course_lib import regularizers
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget

CURVATURE = np.array([1.0, 0.5])            # of the loss along the two weights: J = sum h_i (w_i - c_i)^2 / 2
REACH = (3.0, 2.0)                          # of the optimum
PLANE = (3.5, 2.5)                          # what is drawn of the two weights, to both sides
STRONGEST = 3.0


class PenaltyContours(CourseWidget):
    """Drag the optimum of the loss and the strength of the penalty, and see where the sum of both is smallest.

    optimum: c, where the loss alone is smallest, from -3 to 3 and from -2 to 2; its curvatures are 1 and 0.5. penalty:
    "l1" or "l2". strength: the factor lambda, 0 to 3. All are traits: a kernel can observe, set and link them.
    """

    _name = "penalty_contours"
    _view = ("penalty", "optimum", "strength")
    penalty = traitlets.Enum(["l1", "l2"], "l1").tag(sync=True)
    optimum = traitlets.List(traitlets.Float(), [2.0, 0.6], 2, 2).tag(sync=True)
    strength = traitlets.Float(0.2, min=0.0, max=STRONGEST).tag(sync=True)

    @traitlets.validate("optimum")
    def _within_reach(self, proposal):
        if any(not abs(c) <= most for c, most in zip(proposal["value"], REACH, strict=True)):
            raise traitlets.TraitError(f"optimum must lie within {REACH} of 0, got {proposal['value']}")
        return proposal["value"]

    def loss(self, w: np.ndarray) -> float:
        """J(w) = sum h_i (w_i - c_i)^2 / 2."""
        return float(CURVATURE @ (w - np.array(self.optimum)) ** 2 / 2)

    def minimum(self, strength: float) -> np.ndarray:
        """The w with the smallest J(w) + r(w), for a penalty of that strength."""
        c = np.array(self.optimum)
        if self.penalty == "l2":
            return CURVATURE * c / (CURVATURE + 2 * strength)              # h (w - c) + 2 lambda w = 0
        return np.sign(c) * np.maximum(np.abs(c) - strength / CURVATURE, 0)     # h (w - c) + lambda sign(w) = 0, or 0

    def numbers(self) -> dict[str, float]:
        """The optimum, the minimum of the sum, and loss, penalty and sum there."""
        w = self.minimum(self.strength)
        penalty = {"l1": regularizers.L1, "l2": regularizers.L2}[self.penalty](self.strength)(w)
        loss = self.loss(w)
        return {"optimum.0": self.optimum[0], "optimum.1": self.optimum[1], "strength": self.strength,
                "w.0": float(w[0]), "w.1": float(w[1]), "loss": loss, "penalty": penalty, "total": loss + penalty}

    @property
    def description(self) -> str:
        n = self.numbers()
        zero = [str(i + 1) for i in (0, 1) if n[f"w.{i}"] == 0]
        lines = "diamonds" if self.penalty == "l1" else "circles"
        where = f", where weight {' and '.join(zero)} is exactly 0" if zero else ""
        return (f"The plane of two weights. Ellipses are lines of equal loss around its optimum at "
                f"{n['optimum.0']:.2f}, {n['optimum.1']:.2f}. With an {self.penalty} penalty of strength "
                f"{n['strength']:.2f}, whose lines of equal size are {lines} around 0, the sum is smallest at "
                f"{n['w.0']:.3f}, {n['w.1']:.3f}{where}. A dashed line is the way of this point as the strength grows "
                f"from 0 to 3. Loss {n['loss']:.3f}, penalty {n['penalty']:.3f}, sum "
                f"{n['total']:.3f}.")

    def picture(self) -> str:
        n, unit = self.numbers(), 56.0

        def x(v: float) -> float:
            return 14 + (v + PLANE[0]) * unit

        def y(v: float) -> float:
            return 14 + (PLANE[1] - v) * unit

        w = np.array([n["w.0"], n["w.1"]])
        size = {"l1": float(np.abs(w).sum()), "l2": float(np.hypot(*w))}[self.penalty]
        parts = [svg.element("rect", x=14, y=14, width=2 * PLANE[0] * unit, height=2 * PLANE[1] * unit, class_="window",
                             fill="none", stroke="#c9d2d8"),
                 *(svg.element("line", x1=x(-a), x2=x(a), y1=y(-b), y2=y(b), class_="grid", stroke="#c9d2d8")
                   for a, b in ((PLANE[0], 0), (0, PLANE[1])))]
        inside = [svg.element("ellipse", cx=x(self.optimum[0]) - 14, cy=y(self.optimum[1]) - 14,
                              rx=unit * math.sqrt(2 * level / CURVATURE[0]),
                              ry=unit * math.sqrt(2 * level / CURVATURE[1]),
                              fill="none", class_="curve forward", stroke="#005a91")
                  for level in (0.25 * n["loss"], n["loss"], n["loss"] + 1.0) if level > 0]
        way = [self.minimum(STRONGEST * i / 30) for i in range(31)]
        inside.append(svg.element("polyline", points=" ".join(f"{x(a) - 14:.1f},{y(b) - 14:.1f}" for a, b in way),
                                  fill="none", class_="curve true", stroke="#1c6b42", stroke_dasharray="7 5"))
        corners = [(size, 0), (0, size), (-size, 0), (0, -size)]
        inside.append(svg.element("polygon", points=" ".join(f"{x(a) - 14:.1f},{y(b) - 14:.1f}" for a, b in corners),
                                  fill="none", class_="curve backward chosen", stroke="#b04a00")
                      if self.penalty == "l1" else
                      svg.element("circle", cx=x(0) - 14, cy=y(0) - 14, r=unit * size, fill="none",
                                  class_="curve backward chosen", stroke="#b04a00"))
        parts += [svg.element("svg", "".join(inside), x=14, y=14, width=2 * PLANE[0] * unit,
                              height=2 * PLANE[1] * unit),
                  svg.element("circle", cx=x(self.optimum[0]), cy=y(self.optimum[1]), r=7, class_="unit",
                              fill="#e8edf2", stroke="#005a91"),
                  svg.element("circle", cx=x(w[0]), cy=y(w[1]), r=5, class_="end-point", fill="#b04a00"),
                  svg.text(x(PLANE[0]) - 16, y(0) - 6, "w₁", class_="quiet small"),
                  svg.text(x(0) + 14, 28, "w₂", class_="quiet small"),
                  svg.text(210, 316, f"{self.penalty}, strength {n['strength']:.2f}: smallest sum at "
                           f"({svg.number(n['w.0'], 3)}, {svg.number(n['w.1'], 3)})")]
        return svg.picture(420, 324, self.description, parts)
