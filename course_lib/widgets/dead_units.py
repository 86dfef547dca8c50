"""Dead units: a layer whose sums stand below 0 for every row, and what training makes of them."""

from functools import lru_cache
from typing import Any

import numpy as np
import traitlets

from course_lib.activations import ELU, Activation, LeakyReLU, ReLU
from course_lib.layers import Dense, Input
from course_lib.losses import BinaryCrossentropy
from course_lib.model import Sequential
from course_lib.optimizers import SGD
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

ROWS, UNITS, INPUTS = 32, 12, 2
OUTPUT = 0.3                                    # the size of the output weights, every second one negative
LEARNING_RATE = 2.0
BIASES, LAST, SLOPES = (-12.0, 2.0), 200, [0.2, 0.01]
KINDS = {"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU"}
COUNTED = "z \N{LESS-THAN OR EQUAL TO} 0"                 # a unit without ReLU is not dead there
AXIS = (-16, 6)                                 # of the sums z


class DeadUnits(CourseWidget):
    """Drag the cloud of sums z below 0 and see which units die; drag the steps and see which come back.

    12 units over 32 rows of two standard normal inputs; the class is 1 where their sum is positive. All biases start at
    ``bias``, -12 to 2; steps: of gradient descent on the layer, 0 to 200, with the output layer as it is;
    negative_slope: of the leaky ReLU, 0.2 or 0.01. All are traits: a kernel can observe, set and link them.
    """

    _name = "dead_units"
    _view = ("bias", "steps", "negative_slope")
    bias = traitlets.Float(-3.0, min=BIASES[0], max=BIASES[1]).tag(sync=True)
    steps = traitlets.Int(LAST, min=0, max=LAST).tag(sync=True)
    negative_slope = traitlets.Enum(SLOPES, SLOPES[0]).tag(sync=True)

    def activation(self, kind: str) -> Activation:
        return activation_of(kind, self.negative_slope)

    def trained(self, kind: str) -> tuple[np.ndarray, float]:
        """The sums z after ``steps`` steps, (32, 12), and the loss."""
        return trained(kind, self.negative_slope, self.bias, self.steps)

    def start_sums(self) -> np.ndarray:
        return data()[0] @ kernel() + self.bias                                     # Z = X W + b

    def numbers(self) -> dict[str, Any]:
        """Dead units at the start and after training, the loss, and the mean slope of the layer at the start."""
        z = self.start_sums()
        found: dict[str, Any] = {"start": dead(z).sum()}
        for kind in KINDS:
            after, loss = self.trained(kind)
            found |= {f"{kind}.dead": dead(after).sum(), f"{kind}.loss": loss,
                      f"{kind}.slope": float(self.activation(kind).derivative(z).mean())}
        return {name: float(value) for name, value in found.items()}

    @property
    def description(self) -> str:
        n = self.numbers()
        after = "; ".join(f"{words} {n[f'{kind}.dead']:.0f}, loss {n[f'{kind}.loss']:.3f}"
                          for kind, words in KINDS.items())
        return (f"A layer of {UNITS} units over {ROWS} rows, all biases {self.bias:g}. Each unit's sums z are a row of "
                f"dots on an axis from {AXIS[0]} to {AXIS[1]}: {n['start']:.0f} units have z at most 0 on "
                f"every row. Below, the reach of each unit's z after {self.steps} training steps; units with z at most "
                f"0 on every row then (with ReLU they are dead): {after}.")

    def picture(self) -> str:
        n, z, order = self.numbers(), self.start_sums(), by_reach()
        left, right, top = 12, 408, 40

        def across(value: float, start: float, end: float) -> float:
            return start + (value - AXIS[0]) / (AXIS[1] - AXIS[0]) * (end - start)

        zero = across(0, left, right)
        parts = [svg.text(left, 16, "sums z of 12 units before training", class_="quiet small start",
                          text_anchor="start"),
                 svg.text(right, 16, f"all {COUNTED}: {n['start']:.0f}", class_="backward end", text_anchor="end"),
                 svg.element("line", x1=zero, x2=zero, y1=28, y2=top + 160, class_="unity", stroke="#1c6b42")]
        for kind, colour, of in (("forward", "#005a91", ~dead(z)), ("backward", "#b04a00", dead(z))):
            path = "".join(f"M{across(value, left, right):.0f} {top + 13 * row}h1"
                           for row, unit in enumerate(order) if of[unit] for value in z[:, unit].tolist())
            parts.append(svg.element("path", d=path, class_=f"dots {kind}", stroke=colour, stroke_width=5))
        parts += [svg.text(across(value, left, right), 216, svg.number(value, 0), class_="quiet small")
                  for value in (-15, -10, -5, 0, 5)]
        parts.append(svg.text(left, 244, f"after {self.steps} steps, bias at the start {svg.number(self.bias, 2)}",
                              class_="quiet small start", text_anchor="start"))
        for column, (kind, words) in enumerate(KINDS.items()):
            start, end = left + 136 * column, left + 136 * column + 124
            after, _ = self.trained(kind)
            zero = across(0, start, end)
            parts += [svg.text((start + end) / 2, 268, words),
                      svg.element("line", x1=zero, x2=zero, y1=276, y2=386, class_="unity", stroke="#1c6b42"),
                      svg.text((start + end) / 2, 406, f"{'dead' if kind == 'relu' else COUNTED}: "
                               f"{n[f'{kind}.dead']:.0f}", class_="backward"),
                      svg.text((start + end) / 2, 424, f"loss: {n[f'{kind}.loss']:.3f}", class_="quiet")]
            for tone, colour, of in (("forward", "#005a91", ~dead(after)), ("backward", "#b04a00", dead(after))):
                path = "".join(f"M{across(low, start, end):.1f} {283 + 9 * row}H{across(high, start, end):.1f}"
                               for row, (unit, low, high) in enumerate(zip(order, *reach(after, order), strict=True))
                               if of[unit])
                parts.append(svg.element("path", d=path, class_=f"violin {tone}", stroke=colour, stroke_width=4))
        return svg.picture(420, 432, self.description, parts)


def activation_of(kind: str, negative_slope: float) -> Activation:
    return {"relu": ReLU(), "leaky_relu": LeakyReLU(negative_slope), "elu": ELU()}[kind]


def network_of(kind: str, negative_slope: float, bias: float) -> Sequential:
    """The network at its start, compiled, a new one at each call."""
    network = Sequential([Input((INPUTS,)), Dense(UNITS, activation=activation_of(kind, negative_slope)),
                          Dense(1, use_bias=False, trainable=False)], seed=0, dtype="float64")
    signs = np.where(np.arange(UNITS) % 2, -1.0, 1.0)
    network.set_weights([kernel(), np.full(UNITS, bias), OUTPUT * signs[:, np.newaxis]])
    network.compile(SGD(LEARNING_RATE), BinaryCrossentropy(from_logits=True))
    return network


@lru_cache(32)
def trained(kind: str, negative_slope: float, bias: float, steps: int) -> tuple[np.ndarray, float]:
    network, (x, y) = network_of(kind, negative_slope, bias), data()
    for _ in range(steps):
        network.train_on_batch(x, y)
    loss = BinaryCrossentropy(from_logits=True)(y, network(x))
    return network.layers[0].z.copy(), float(loss)


def data() -> tuple[np.ndarray, np.ndarray]:
    """x (32, 2), standard normal; y (32, 1), 1 where the sum of the inputs is positive."""
    x = draws.normals(0, 0, ROWS * INPUTS).reshape(ROWS, INPUTS)
    return x, (x.sum(axis=1, keepdims=True) > 0).astype(float)


def kernel() -> np.ndarray:
    """He's: the standard deviation is sqrt(2 / 2) = 1."""
    return draws.normals(0, 1, INPUTS * UNITS).reshape(INPUTS, UNITS)


def dead(z: np.ndarray) -> np.ndarray:
    """Of each unit, whether its sum is at most 0 on every row."""
    return z.max(axis=0) <= 0


def by_reach() -> list[int]:
    """The units as they are drawn: the one that reaches furthest to the right comes first."""
    return np.argsort(-(data()[0] @ kernel()).max(axis=0), kind="stable").tolist()


def reach(z: np.ndarray, order: list[int]) -> tuple[list[float], list[float]]:
    """The smallest and the largest sum of each unit, kept within the axis."""
    shown = np.clip(z[:, order], *AXIS)
    return shown.min(axis=0).tolist(), shown.max(axis=0).tolist()
