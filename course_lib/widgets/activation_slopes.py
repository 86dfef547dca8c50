"""An activation beside its slope, a point on both, and what the slope becomes over many layers."""

import math
from typing import Any

import numpy as np
import traitlets

from course_lib import activations
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget

NAMES = ["linear", "step", "sign", "sigmoid", "hard_sigmoid", "tanh", "softsign", "relu", "relu6", "leaky_relu", "elu",
         "selu", "softplus", "silu", "gelu"]
BOUNDED = {"step", "sign", "sigmoid", "hard_sigmoid", "tanh", "softsign"}
REACH, DEEPEST = 6.0, 50
VALUES = {True: (-1.25, 1.25), False: (-2.0, 6.0)}      # the axis of a bounded activation, of any other
SLOPES, DECADES = (-0.25, 1.85), (-12, 4)
GRID = np.arange(-600, 601) / 100                       # where the largest slope is looked for


class ActivationSlopes(CourseWidget):
    """Drag the point along the curve, and the number of layers.

    activation: an elementwise one of the library. z: the point, -6 to 6. depth: of a stack in which each layer
    multiplies the gradient by phi'(z), 1 to 50. All are traits: a kernel can observe, set and link them.
    """

    _name = "activation_slopes"
    _view = ("activation", "z", "depth")
    activation = traitlets.Enum(NAMES, "sigmoid").tag(sync=True)
    z = traitlets.Float(0.0, min=-REACH, max=REACH).tag(sync=True)
    depth = traitlets.Int(10, min=1, max=DEEPEST).tag(sync=True)

    def numbers(self) -> dict[str, float]:
        """phi(z), phi'(z), the largest slope of the axis, and both to the power of the depth."""
        phi, z = activations.get(self.activation), np.array([self.z])
        slope, best = float(phi.derivative(z)[0]), float(phi.derivative(GRID).max())
        return {"value": float(phi(z)[0]), "slope": slope, "product": slope ** self.depth, "best": best,
                "best.product": best ** self.depth}

    def curves(self, pieces: int) -> list[tuple[list[float], list[float], list[float]]]:
        """z, phi and phi' of each piece between two kinks, at most so many lines in all."""
        phi = activations.get(self.activation)
        ends = [-REACH, *(k for k in phi.kinks if -REACH < k < REACH), REACH]
        found = []
        for start, end in zip(ends[:-1], ends[1:], strict=True):
            z = np.linspace(start + 1e-9, end - 1e-9, max(2, round(pieces * (end - start) / (2 * REACH))))
            found.append((z.tolist(), phi(z).tolist(), phi.derivative(z).tolist()))
        return found

    @property
    def description(self) -> str:
        n = self.numbers()
        return (f"Left the activation {self.activation} for z from -6 to 6, right its slope, with a point at "
                f"z = {self.z:g}: the value is {n['value']:.4g}, the slope {n['slope']:.4g}. Below, on a logarithmic "
                f"axis, the product of the slopes of up to {DEEPEST} layers: after {self.depth} layers "
                f"{n['product']:.2g}. With the largest slope of the axis, {n['best']:.3g}, it would be "
                f"{n['best.product']:.2g}.")

    def picture(self) -> str:
        n, parts = self.numbers(), []
        for left, words, axis, at, kind, colour in (
                (34, "activation φ", VALUES[self.activation in BOUNDED], n["value"], "forward", "#005a91"),
                (244, "slope φ′", SLOPES, n["slope"], "backward", "#b04a00")):
            right = left + 166
            x, y = place((-REACH, REACH), left, right), place(axis, 186, 30)
            ticks = [v for v in (-2, -1, 0, 1, 2, 4, 6) if axis[0] <= v <= axis[1]]
            parts += [svg.text(left, 16, words, class_=f"{kind} start", text_anchor="start"),
                      *(svg.element("line", x1=left, x2=right, y1=y(v), y2=y(v), class_="grid", stroke="#dddddd")
                        for v in ticks),
                      *(svg.text(left - 12, y(v) + 4, svg.number(v, 0), class_="quiet small") for v in ticks),
                      *(svg.text(x(v), 204, svg.number(v, 0), class_="quiet small") for v in (-6, -3, 0, 3, 6))]
            for z, values, slopes in self.curves(61):
                points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(z, values if kind == "forward" else slopes,
                                                                          strict=True))
                parts.append(svg.element("polyline", points=points, fill="none", class_=f"curve {kind} chosen",
                                         stroke=colour))
            parts.append(svg.element("circle", cx=x(self.z), cy=y(at), r=6, class_="unit", fill="#e8edf2",
                                     stroke=colour))
        x, y = place((0, DEEPEST), 40, 400), place(DECADES, 350, 246)
        parts.append(svg.text(4, 232, "product of the slopes of 0 to 50 layers", class_="quiet small start",
                              text_anchor="start"))
        parts += [svg.text(20, y(e) + 4, f"1e{e}".replace("-", svg.MINUS) if e else "1", class_="quiet small")
                  for e in (-12, -8, -4, 0, 4)]
        parts += [svg.text(x(layer), 368, str(layer), class_="quiet small") for layer in range(0, DEEPEST + 1, 10)]
        for slope, kind, colour in ((n["best"], "true", "#1c6b42"), (n["slope"], "backward chosen", "#b04a00")):
            points = " ".join(f"{x(layer):.1f},{y(decades(slope, layer)):.1f}" for layer in (0, last_layer(slope)))
            parts.append(svg.element("polyline", points=points, fill="none", class_=f"curve {kind}", stroke=colour))
        parts.append(svg.element("circle", cx=x(self.depth), cy=y(decades(n["slope"], self.depth)), r=6, class_="unit",
                                 fill="#e8edf2", stroke="#b04a00"))
        return svg.picture(420, 376, self.description, parts)


def place(axis: tuple[float, float], start: float, end: float) -> Any:
    """A number's place between two pixels; what lies beyond the axis is drawn at its end."""
    low, high = axis
    return lambda v: start + (min(max(v, low), high) - low) / (high - low) * (end - start)


def last_layer(slope: float) -> float:
    """Where the product leaves the axis, or the deepest layer."""
    each = decades(slope, 1)
    return min(DEEPEST, DECADES[each > 0] / each) if each else DEEPEST


def decades(slope: float, layers: float) -> float:
    """log10 of the size of slope^layers."""
    return layers * math.log10(abs(slope)) if slope else -99.0 * layers
