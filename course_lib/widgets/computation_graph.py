"""The 2-3-1 network of chapter 2 with every number of its forward and its backward pass."""

from typing import Any

import numpy as np
import traitlets

from course_lib.layers import Dense, Input
from course_lib.model import Sequential
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget

THETA = [0.1, -0.2, 0.4, 0.3, 0.2, -0.5, 0, 0.1, 0.2, 0.5, -1, 0.8, -0.1]


class ComputationGraph(CourseWidget):
    """The network of chapter 2, section "A network small enough to do by hand", to drag.

    x: the two inputs. y: the label, 0 or 1. theta: the 13 parameters, W1 row by row, b1, W2, b2, as in
    ``Sequential.params``. learning_rate: of the step. selected: the number whose chain rule is spelled out, "x0",
    "x1" or "t0" to "t12". All are traits: a kernel can observe, set and link them.
    """

    _name = "computation_graph"
    _view = ("x", "y", "theta", "learning_rate", "selected")
    x = traitlets.List(traitlets.Float(), [1.0, 2.0], 2, 2).tag(sync=True)
    y = traitlets.Int(1, min=0, max=1).tag(sync=True)
    theta = traitlets.List(traitlets.Float(), THETA, 13, 13).tag(sync=True)
    learning_rate = traitlets.Float(0.5, min=0).tag(sync=True)
    selected = traitlets.Unicode("t10").tag(sync=True)

    def model(self) -> Sequential:
        """The network as it stands, a new one at each call."""
        network = Sequential([Input((2,)), Dense(3, activation="sigmoid"), Dense(1, activation="sigmoid")],
                             seed=0, dtype="float64")
        network.compile("sgd", loss="binary_crossentropy")
        network.params[:] = self.theta
        return network

    def numbers(self) -> dict[str, Any]:
        """Everything the widget shows, by the library: z1, a1, z2, a2, loss, delta1, delta2, dtheta (13), dx (2)."""
        network = self.model()
        hidden, output = network.layers
        x, y = np.array([self.x]), np.array([[float(self.y)]])
        loss, _ = network.loss_and_gradients(x, y)
        gradients = network.grads.copy()
        delta2 = gradients[12:]                         # a bias's gradient is the unit's error term
        delta1 = gradients[6:9]
        network(x)
        return {"z1": hidden.z[0].copy(), "a1": hidden.a[0].copy(), "z2": output.z[0].copy(),
                "a2": output.a[0].copy(), "loss": float(loss), "delta1": delta1, "delta2": delta2,
                "dtheta": gradients, "dx": hidden.kernel @ delta1}

    @property
    def description(self) -> str:
        n, show = self.numbers(), lambda values: ", ".join(svg.number(v, 3) for v in values)
        return (f"The 2-3-1 network, input on the left. Inputs {show(self.x)}. Outputs of the hidden units "
                f"{show(n['a1'])}; output of the network {show(n['a2'])}; label {self.y}; loss {n['loss']:.3f}. "
                f"Error terms: hidden {show(n['delta1'])}, output {show(n['delta2'])}. On each connection its weight "
                f"and, in orange, the derivative of the loss with respect to it.")

    def picture(self) -> str:
        n, theta = self.numbers(), self.theta
        inputs = [(34, 151), (34, 289)]
        hidden = [(228, 82), (228, 220), (228, 358)]
        out, loss = (378, 220), (378, 358)
        weights = [(inputs[i], hidden[j], 3 * i + j, 0.66) for i in range(2) for j in range(3)]
        weights += [(hidden[j], out, 9 + j, 0.5) for j in range(3)]
        lines, chips, units = [], [], []
        for a, b, index, t in weights:
            lines.append(svg.element("line", x1=a[0], y1=a[1], x2=b[0], y2=b[1], class_="edge", stroke="#8795a1"))
            chips += chip(a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), svg.number(theta[index], 2),
                          svg.number(n["dtheta"][index], 3))
        lines.append(svg.element("line", x1=out[0], y1=out[1] + 53, x2=loss[0], y2=loss[1], class_="edge",
                                 stroke="#8795a1"))
        for i, place in enumerate(inputs):
            units += unit(place, [(f"x{'₁₂'[i]}", "quiet"), (svg.number(self.x[i], 2), "forward")])
        for j, place in enumerate([*hidden, out]):
            z, a, delta = ((n["z1"][j], n["a1"][j], n["delta1"][j]) if j < 3
                           else (n["z2"][0], n["a2"][0], n["delta2"][0]))
            index = 6 + j if j < 3 else 12
            units += unit(place, [(f"z {svg.number(z, 2)}", "quiet"), (svg.number(a, 3), "forward")])
            chips += chip(place[0], place[1] - 48, f"b {svg.number(theta[index], 2)}")
            units.append(svg.text(place[0], place[1] + 44, f"δ {svg.number(delta, 3)}", class_="backward"))
        units += unit(loss, [("loss J", "quiet"), (svg.number(n["loss"], 3), "forward")])
        units.append(svg.text(loss[0], loss[1] + 48, f"label y = {self.y}", class_="quiet"))
        return svg.picture(420, 430, self.description, lines + chips + units)


def chip(x: float, y: float, above: str, below: str = "") -> list[str]:
    """A number on a connection, with its derivative under it."""
    half = 17 if below else 11
    box = svg.element("rect", x=float(x - 27), y=float(y - half), width=54, height=2 * half, rx=5, class_="chip",
                      fill="#ffffff", fill_opacity="0.9")
    lines = [svg.text(x, y - 3 if below else y + 4, above, class_="forward")]
    return [box, *lines, *([svg.text(x, y + 12, below, class_="backward", font_size=11)] if below else [])]


def unit(place: tuple[float, float], lines: list[tuple[str, str]]) -> list[str]:
    (x, y), ((above, kind), (below, other)) = place, lines
    circle = svg.element("circle", cx=x, cy=y, r=29, class_="unit", fill="#e8edf2", stroke="#0072b2")
    return [circle, svg.text(x, y - 6, above, class_=kind, font_size=11), svg.text(x, y + 11, below, class_=other)]
