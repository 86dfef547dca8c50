"""The central difference of chapter 2: its two errors, its step, and a kink."""

import math

import traitlets

from course_lib.widgets import svg
from course_lib.widgets.arithmetic import ROUND, Round, exp, log
from course_lib.widgets.base import CourseWidget
from course_lib.widgets.computation_graph import THETA

STEPS = [float(f"{10 ** (-k / 8):.2e}") for k in range(8, 121)]     # 1e-1 to 1e-15, eight to a power of ten
WEIGHT = 0.5
FLOOR = 1e-17                                                       # where the picture draws an error of 0


class DifferenceStep(CourseWidget):
    """The relative error of (f(w + h) - f(w - h)) / (2h) against h, in float32 and float64.

    function: "smooth", the loss of chapter 2's network as a function of its weight w(2)_1, at 0.5; or "kink", a ReLU
    unit at z = ``point``. step: the index of h in ``steps``. precision: "float64" or "float32". All are traits.
    """

    _name = "difference_step"
    _view = ("function", "precision", "step", "point")
    function = traitlets.Enum(["smooth", "kink"], "smooth").tag(sync=True)
    precision = traitlets.Enum(["float64", "float32"], "float64").tag(sync=True)
    step = traitlets.Int(8, min=0, max=len(STEPS) - 1).tag(sync=True)
    point = traitlets.Float(0.003, min=-0.1, max=0.1).tag(sync=True)
    steps = traitlets.List(traitlets.Float(), STEPS).tag(sync=True)
    theta = traitlets.List(traitlets.Float(), THETA).tag(sync=True)

    def value(self, at: float, precision: str) -> float:
        """f at a point, computed in the precision."""
        r = ROUND[precision]
        return max(r(at), 0.0) if self.function == "kink" else self._loss(r(at), r)

    def _hidden(self, r: Round) -> list[float]:
        t = [r(value) for value in self.theta]
        z = [r(r(t[j] + r(2 * t[3 + j])) + t[6 + j]) for j in range(3)]     # x = (1, 2)
        return [r(1 / r(1 + exp(-v, r))) for v in z]

    def _logit(self, weight: float, r: Round) -> float:
        t, a = [r(value) for value in self.theta], self._hidden(r)
        return r(r(r(r(a[0] * weight) + r(a[1] * t[10])) + r(a[2] * t[11])) + t[12])

    def _loss(self, weight: float, r: Round) -> float:
        return log(r(1 + exp(-self._logit(weight, r), r)), r)               # -log sigmoid(z), label 1

    @property
    def at(self) -> float:
        return self.point if self.function == "kink" else WEIGHT

    @property
    def exact(self) -> float:
        """The derivative as backpropagation computes it, in float64."""
        if self.function == "kink":
            return 1.0 if self.point > 0 else 0.0
        r = ROUND["float64"]
        return self._hidden(r)[0] * (1 / (1 + exp(-self._logit(WEIGHT, r), r)) - 1)

    def difference(self, step: int, precision: str) -> float:
        r = ROUND[precision]
        h, at = r(self.steps[step]), r(self.at)
        above, below = self.value(at + h, precision), self.value(at - h, precision)
        return r(r(above - below) / r(2 * h))

    def error(self, step: int, precision: str) -> float:
        """|g - d| / max(|g|, |d|), as in equation (2.24); 0 if both are 0."""
        g, d = self.exact, self.difference(step, precision)
        largest = max(abs(g), abs(d))
        return abs(g - d) / largest if largest else 0.0

    @property
    def description(self) -> str:
        what = "the loss of the 2-3-1 network" if self.function == "smooth" else "a ReLU unit near its kink"
        best = {p: min(range(len(self.steps)), key=lambda i: self.error(i, p)) for p in ("float32", "float64")}
        return (f"Relative error of the central difference for {what} against the step h from 0.1 on the left to "
                f"1e-15 on the right, both logarithmic. " + " ".join(
                    f"In {p} the error is least near h = {self.steps[i]:.0e}." for p, i in best.items()) +
                " To the left of it the curve of the function is no line, to the right rounding takes over.")

    def picture(self) -> str:
        left, right, top, bottom = 46, 398, 18, 224

        def x(h: float) -> float:
            return left + (-1 - math.log10(h)) / 14 * (right - left)

        def y(error: float) -> float:
            return bottom - (math.log10(max(error, FLOOR)) + 17) / 18 * (bottom - top)

        parts = []
        for power in range(-1, -16, -2):
            parts += [svg.element("line", x1=x(10.0 ** power), x2=x(10.0 ** power), y1=top, y2=bottom, class_="grid",
                                  stroke="#dddddd"),
                      svg.text(x(10.0 ** power), bottom + 16, f"1e{power}".replace("-", svg.MINUS),
                               class_="quiet small")]
        for power in range(-16, 1, 4):
            parts += [svg.element("line", x1=left, x2=right, y1=y(10.0 ** power), y2=y(10.0 ** power), class_="grid",
                                  stroke="#dddddd"),
                      svg.text(left - 22, y(10.0 ** power) + 4, f"1e{power}".replace("-", svg.MINUS),
                               class_="quiet small")]
        for precision, kind, colour in (("float32", "backward", "#b04a00"), ("float64", "forward", "#005a91")):
            points = " ".join(f"{x(h):.1f},{y(self.error(i, precision)):.1f}" for i, h in enumerate(self.steps))
            parts.append(svg.element("polyline", points=points, fill="none", stroke=colour, class_=f"curve {kind}"))
        h = self.steps[self.step]
        parts += [svg.text(x(1e-12), y(1e-1), "float32", class_="backward"),
                  svg.text(x(3e-9), y(1e-10), "float64", class_="forward"),
                  svg.element("circle", cx=x(h), cy=y(self.error(self.step, self.precision)), r=6, class_="unit",
                              fill="#e8edf2", stroke="#005a91"),
                  svg.text((left + right) / 2, bottom + 36, "step h", class_="quiet"),
                  svg.text(left + 34, top - 6, "relative error", class_="quiet small")]
        return svg.picture(420, 268, self.description, parts)
