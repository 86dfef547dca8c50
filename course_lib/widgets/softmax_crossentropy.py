"""Softmax with cross-entropy: three logits, their probabilities, the loss, and where a step moves each logit."""

from typing import Any

import numpy as np
import traitlets

from course_lib import activations, losses
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget

LOGITS = [1.9459, 0.6931, 0.0]                  # log 7, log 2, log 1: the probabilities 0.7, 0.2, 0.1 of the chapter
LIMIT = 6.0
LEARNING_RATE = 2.0


class SoftmaxCrossentropy(CourseWidget):
    """Three classes, chapter 2, section "More than one output", to drag.

    z: the three logits, from -6 to 6. y: the true class, 0, 1 or 2. Both are traits: a kernel can observe, set and
    link them.
    """

    _name = "softmax_crossentropy"
    _view = ("z", "y")
    z = traitlets.List(traitlets.Float(min=-LIMIT, max=LIMIT), LOGITS, 3, 3).tag(sync=True)
    y = traitlets.Int(1, min=0, max=2).tag(sync=True)

    def numbers(self) -> dict[str, Any]:
        """Everything the widget shows, by the library: a (3), S, loss, delta (3)."""
        z, y = np.array([self.z]), np.array([self.y])
        loss = losses.SparseCategoricalCrossentropy(from_logits=True)
        return {"a": activations.get("softmax")(z)[0], "S": float(np.exp(z).sum()), "loss": loss(y, z),
                "delta": loss.gradient(y, z)[0]}

    def stepped(self) -> list[float]:
        """The logits after one step of gradient descent with learning rate 2, as far as they can be dragged."""
        return np.clip(self.z - LEARNING_RATE * self.numbers()["delta"], -LIMIT, LIMIT).tolist()

    @property
    def description(self) -> str:
        n, show = self.numbers(), lambda values, digits: ", ".join(svg.number(v, digits) for v in values)
        return (f"Three classes, of which number {self.y + 1} is the true one. Logits {show(self.z, 2)}; softmax makes "
                f"them the probabilities {show(n['a'], 3)}. Loss {n['loss']:.3f}. Error terms {show(n['delta'], 3)}: "
                f"a step moves the logit of the true class up and the others down.")

    def picture(self) -> str:
        n, tips = self.numbers(), self.stepped()
        columns, last = (132, 216, 300), 384
        top, middle, bottom, one, zero = 40, 160, 280, 316, 406      # logits 6, 0, -6; probabilities 1, 0
        parts = [svg.element("line", x1=90, x2=342, y1=y, y2=y, class_="grid", stroke="#dddddd")
                 for y in (middle, one, zero)]
        parts += [svg.text(50, 14, "logits z", class_="quiet"), svg.text(50, zero + 24, "a", class_="quiet"),
                  svg.text(50, zero + 45, "y", class_="quiet"), svg.text(50, zero + 66, "δ = a − y", class_="quiet")]
        for j, x in enumerate(columns):
            height, true = middle - 20 * self.z[j], j == self.y
            edge = height - 13 if n["delta"][j] < 0 else height + 13
            level, target = zero - 90 * float(n["a"][j]), one if true else zero
            parts += [svg.text(x, 14, f"class {j + 1}", class_="quiet"),
                      svg.element("line", x1=x, x2=x, y1=top, y2=bottom, class_="track", stroke="#c9d2d8"),
                      arrow(x, edge, edge + 20 * (self.z[j] - tips[j])),
                      svg.element("rect", x=x - 25, y=height - 13, width=50, height=26, rx=13, class_="chip",
                                  fill="#ffffff", stroke="#8795a1"),
                      svg.text(x, height + 4.5, svg.number(self.z[j], 2), class_="forward"),
                      svg.element("rect", x=x - 22, y=level, width=44, height=zero - level, class_="amount",
                                  fill="#e8edf2", stroke="#005a91"),
                      svg.element("line", x1=x - 30, x2=x + 30, y1=target, y2=target, class_="wanted",
                                  stroke="#1c6b42"),
                      arrow(x, level, target),
                      svg.text(x, zero + 24, svg.number(n["a"][j], 3), class_="forward"),
                      svg.text(x, zero + 45, str(int(true)), class_="quiet"),
                      svg.text(x, zero + 66, svg.number(n["delta"][j], 3), class_="backward")]
        parts += [svg.text(last, 14, "loss", class_="quiet"),
                  svg.element("line", x1=last, x2=last, y1=top, y2=bottom, class_="track", stroke="#c9d2d8"),
                  svg.element("rect", x=last - 14, y=bottom - 20 * n["loss"], width=28, height=20 * n["loss"],
                              class_="amount", fill="#e8edf2", stroke="#005a91"),
                  svg.text(last, bottom + 22, svg.number(n["loss"], 3), class_="forward"),
                  svg.text(columns[1], bottom + 22, f"arrows: one step with η = {LEARNING_RATE:g}", class_="quiet")]
        return svg.picture(420, 480, self.description, parts)


def arrow(x: float, start: float, end: float) -> str:
    """Upwards or downwards; its head is never longer than itself."""
    head = max(-8.0, min(8.0, end - start))
    wide, neck = 0.6 * abs(head), end - head
    outline = [(-1.5, start), (-1.5, neck), (-wide, neck), (0, end), (wide, neck), (1.5, neck), (1.5, start)]
    return svg.element("polygon", points=" ".join(f"{x + dx:.1f},{y:.1f}" for dx, y in outline), class_="push",
                       fill="#b04a00")
