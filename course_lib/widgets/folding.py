"""A batch normalization folded into the dense layer beside it, every number to drag or to see."""

from typing import Any

import numpy as np
import traitlets

from course_lib.layers import BatchNormalization, Dense, fold
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget

ORDERS = {"dense": "Dense, then normalization", "normalization": "normalization, then Dense",
          "relu": "Dense, ReLU, then normalization"}
EPSILON, LIMIT, LARGEST_VARIANCE = 1e-3, 5.0, 9.0


def numbers_of(values: list[float], low: float = -LIMIT, high: float = LIMIT) -> traitlets.List[float]:
    return traitlets.List(traitlets.Float(min=low, max=high), values, len(values), len(values)).tag(sync=True)


class Folding(CourseWidget):
    """Drag any number of the two layers, and see what becomes of the folded one.

    order: "dense" (a dense layer, then a batch normalization), "normalization" (the other way round) or "relu" (the
    first with a ReLU between them, where folding is wrong). x: the two inputs. kernel: of the dense layer, row by row.
    bias; gamma, beta, mean, variance: of the normalization, whose epsilon is 1e-3. All from -5 to 5, variance from 0
    to 9. column: 0 or 1, whose steps are spelled out. All are traits: a kernel can observe, set and link them.
    """

    _name = "folding"
    _view = ("order", "x", "kernel", "bias", "mean", "variance", "gamma", "beta", "column")
    order = traitlets.Enum(list(ORDERS), "dense").tag(sync=True)
    x = numbers_of([1.0, 2.0])
    kernel = numbers_of([0.5, -1.0, 1.5, 0.5])
    bias = numbers_of([0.5, 1.0])
    mean = numbers_of([2.0, -1.0])
    variance = numbers_of([3.999, 0.249], 0.0, LARGEST_VARIANCE)
    gamma = numbers_of([1.5, 0.5])
    beta = numbers_of([-0.5, 1.0])
    column = traitlets.Int(0, min=0, max=1).tag(sync=True)

    def layers(self) -> tuple[Dense, BatchNormalization]:
        """The two layers, a ReLU in the dense one if there is one, new at each call."""
        dense = Dense(2, activation="relu" if self.order == "relu" else None, dtype="float64")
        normalization = BatchNormalization(epsilon=EPSILON, dtype="float64")
        for layer in (dense, normalization):
            layer.build((None, 2))
        dense.set_weights([np.reshape(self.kernel, (2, 2)), np.array(self.bias)])
        normalization.set_weights([np.array(v) for v in (self.gamma, self.beta, self.mean, self.variance)])
        return dense, normalization

    def folded(self) -> Dense:
        """By ``fold``; with a ReLU between the layers, as if it were not there, and with a ReLU of its own."""
        dense, normalization = self.layers()
        if self.order == "normalization":
            return fold(normalization, dense)
        linear = Dense(2, dtype="float64")
        linear.build((None, 2))
        linear.set_weights(dense.get_weights())
        found = fold(linear, normalization)
        if self.order == "dense":
            return found
        wrong = Dense(2, activation="relu", dtype="float64")
        wrong.build((None, 2))
        wrong.set_weights(found.get_weights())
        return wrong

    def numbers(self) -> dict[str, Any]:
        """inner: what stands between the layers; y: what comes out; s, t: the normalization as s x + t; kernel, bias
        and outcome of the folded layer; difference: the largest one of y and outcome."""
        dense, normalization = self.layers()
        x, folded = np.array([self.x]), self.folded()
        first, second = (normalization, dense) if self.order == "normalization" else (dense, normalization)
        inner = first.forward(x).copy()
        y, outcome = second.forward(inner).copy(), folded.forward(x).copy()
        s, t = normalization.inference_map()
        return {"inner": inner[0], "y": y[0], "s": s, "t": t, "kernel": folded.kernel.ravel().copy(),
                "bias": folded.bias.copy(), "outcome": outcome[0], "difference": float(np.abs(y - outcome).max())}

    @property
    def description(self) -> str:
        n = self.numbers()

        def show(values: Any) -> str:
            return ", ".join(svg.number(float(v), 3) for v in values)

        return (f"Two layers, {ORDERS[self.order]}, with two inputs {show(self.x)} and two outputs. Dense: kernel "
                f"{show(self.kernel)}, bias {show(self.bias)}. Normalization: mean {show(self.mean)}, variance "
                f"{show(self.variance)}, gamma {show(self.gamma)}, beta {show(self.beta)}. Outputs {show(n['y'])}. "
                f"Beside them one folded layer: kernel {show(n['kernel'])}, bias {show(n['bias'])}, outputs "
                f"{show(n['outcome'])}. The largest difference of the outputs is {n['difference']:.3g}.")

    def picture(self) -> str:
        n = self.numbers()
        rows: list[tuple[str, Any, str, Any]] = [
            ("x", self.x, "", None), ("W", self.kernel[:2], "W′", n["kernel"][:2]),
            ("", self.kernel[2:], "", n["kernel"][2:]), ("b", self.bias, "b′", n["bias"]),
            ("μ", self.mean, "", None), ("v", self.variance, "", None), ("γ", self.gamma, "s", n["s"]),
            ("β", self.beta, "t", n["t"]), ("inside", n["inner"], "", None), ("output", n["y"], "output", n["outcome"])]
        parts = [svg.text(124, 16, "two layers", class_="forward"), svg.text(332, 16, "folded", class_="backward"),
                 svg.text(210, 350, ORDERS[self.order], class_="quiet small")]
        for row, (left, values, right, folded) in enumerate(rows):
            y = 44 + 32 * row
            parts += [svg.text(24, y, left, class_="quiet"), svg.text(230, y, right, class_="quiet")]
            parts += [svg.text(90 + 68 * j, y, svg.number(float(v), 3)) for j, v in enumerate(values)]
            if folded is not None:
                parts += [svg.text(298 + 68 * j, y, svg.number(float(v), 3), class_="backward")
                          for j, v in enumerate(folded)]
        return svg.picture(420, 358, self.description, parts)
