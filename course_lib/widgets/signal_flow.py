"""A deep stack before training: the signal forward and the gradients backward, layer by layer."""

import math
from typing import Any

import numpy as np
import traitlets

from course_lib import initializers
from course_lib.layers import Dense, Input
from course_lib.model import Sequential
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

ACTIVATIONS = ["linear", "sigmoid", "tanh", "relu", "selu"]
DEPTHS, WIDTHS = [5, 10, 20], [16, 32, 64]
VALUES = 1024                                   # in each layer: 1024 / width rows of inputs
LARGEST = 1.25                                  # of the weights' standard deviation
RECIPES = {"0.01": initializers.RandomNormal(stddev=0.01), "Glorot = LeCun": initializers.GlorotNormal(),
           "He": initializers.HeNormal(), "Glorot × 4": initializers.SigmoidGlorotNormal(),
           "N(0, 1)": initializers.RandomNormal(stddev=1.0)}
BINS, REACH = 25, 3                             # of a histogram, from -3 to 3; what lies outside joins the last bin
FULL = 0.12                                     # a bin with this part of the values has full width
DECADES = 8


def deviation(recipe: Any, width: int) -> float:
    """Of a square kernel's weights, to four digits."""
    exact = recipe.stddev if isinstance(recipe, initializers.RandomNormal) else math.sqrt(recipe.scale / width)
    return float(f"{exact:.4g}")


PRESETS = {str(width): {"zeros": 0.0} | {name: deviation(recipe, width) for name, recipe in RECIPES.items()}
           for width in WIDTHS}


class SignalFlow(CourseWidget):
    """A stack of dense layers without biases, standard normal inputs, standard normal gradients at its end.

    activation: "linear", "sigmoid", "tanh", "relu" or "selu". depth: 5, 10 or 20 layers. width: 16, 32 or 64 units in
    each, and as many inputs. stddev: of the weights, 0 to 1.25; 0 is initialization with zeros. seed: of the draws.
    All are traits: a kernel can observe, set and link them.
    """

    _name = "signal_flow"
    _view = ("activation", "depth", "width", "stddev", "seed")
    activation = traitlets.Enum(ACTIVATIONS, "relu").tag(sync=True)
    depth = traitlets.Enum(DEPTHS, 20).tag(sync=True)
    width = traitlets.Enum(WIDTHS, 64).tag(sync=True)
    stddev = traitlets.Float(0.125, min=0, max=LARGEST).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=99).tag(sync=True)
    presets = traitlets.Dict(default_value=PRESETS).tag(sync=True)

    def model(self) -> Sequential:
        """The stack as it stands, a new one at each call. Layer l has the weights of stream l."""
        n = self.width
        stack = Sequential([Input((n,)), *(Dense(n, activation=self.activation, use_bias=False)
                                           for _ in range(self.depth))], seed=0, dtype="float64")
        stack.set_weights([self.stddev * draws.normals(self.seed, layer, n * n).reshape(n, n)
                           for layer in range(1, self.depth + 1)])
        return stack

    def passes(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The activations a of layers 0 (the inputs) to L, and the gradients dJ/da of the same, 1024 values each."""
        shape, layers = (-1, self.width), self.model().layers
        a = [draws.normals(self.seed, 0, VALUES).reshape(shape)]
        for layer in layers:
            a.append(layer.forward(a[-1]).copy())
        da = [draws.normals(self.seed, 1000, VALUES).reshape(shape)]
        for layer in reversed(layers):
            da.append(layer.backward(da[-1]).copy())
        return a, da[::-1]

    def numbers(self) -> dict[str, Any]:
        """The standard deviations a and da of layers 0 to L, their mean factors per layer, and the weights' own."""
        a, da = ([float(values.std()) for values in part] for part in self.passes())
        return {"a": a, "da": da, "a.factor": per_layer(a[1], a[-1], self.depth - 1),
                "da.factor": per_layer(da[-1], da[1], self.depth - 1), "gain": math.sqrt(self.width) * self.stddev}

    @property
    def description(self) -> str:
        n, last = self.numbers(), self.depth
        return (f"A stack of {last} {self.activation} layers of {self.width} units; the weights have the standard "
                f"deviation {self.stddev:g}. Standard deviations on a logarithmic axis: the activations have "
                f"{n['a'][1]:.2g} in layer 1 and {n['a'][last]:.2g} in layer {last}; the gradients have "
                f"{n['da'][last]:.2g} in layer {last} and {n['da'][1]:.2g} in layer 1. A dashed line shows what the "
                f"weights alone make of the signal, a factor of {n['gain']:.2f} in each layer. Below, a histogram of "
                f"the activations and one of the gradients for every layer.")

    def picture(self) -> str:
        a, da = self.passes()
        n, last = self.numbers(), self.depth
        left, right, top, bottom = 44, 404, 26, 202
        pitch = (right - left) / (last + 1)

        def x(layer: float) -> float:
            return left + pitch * (layer + 0.5)

        def y(value: float) -> float:
            decade = math.log10(value) if value > 0 else -99.0
            return (top + bottom) / 2 - max(-DECADES, min(DECADES, decade)) * (bottom - top) / (2 * DECADES)

        parts = [svg.text(4, 14, "standard deviation", class_="quiet small start", text_anchor="start"),
                 svg.text(250, 14, "activations →", class_="forward"),
                 svg.text(352, 14, "← gradients", class_="backward")]
        for power in range(-DECADES, DECADES + 1, 4):
            level = y(10.0 ** power)
            parts += [svg.element("line", x1=left, x2=right, y1=level, y2=level, class_="grid" if power else "unity",
                                  stroke="#dddddd" if power else "#1c6b42"),
                      svg.text(left - 22, level + 4, f"1e{power}".replace("-", svg.MINUS) if power else "1",
                               class_="quiet small")]
        reach = last if n["gain"] > 0 else 0
        if n["gain"] > 0 and n["gain"] != 1:
            reach = min(last, DECADES / abs(math.log10(n["gain"])))
        parts.append(svg.element("line", x1=x(0), y1=y(1), x2=x(reach), y2=y(n["gain"] ** reach if reach else 0),
                                 class_="lever", stroke="#1f2a33", stroke_dasharray="5 4"))
        for values, kind, colour in ((n["a"], "forward", "#005a91"), (n["da"], "backward", "#b04a00")):
            points = " ".join(f"{x(layer):.1f},{y(value):.1f}" for layer, value in enumerate(values))
            parts.append(svg.element("polyline", points=points, fill="none", stroke=colour,
                                     class_=f"curve {kind} chosen"))
        every = max(1, last // 10)
        shown = range(0, last + 1, every)                           # where there are 20 layers, every second one
        for arrays, kind, colour, middle in ((a, "forward", "#005a91", 274), (da, "backward", "#b04a00", 390)):
            for value in (-REACH, 0, REACH):
                parts.append(svg.text(left - 22, middle - 16 * value + 4, svg.number(value, 0), class_="quiet small"))
            path = "".join(violin(arrays[layer], x(layer), middle, 0.4 * pitch * every) for layer in shown)
            parts.append(svg.element("path", d=path, class_=f"violin {kind}", stroke=colour, stroke_width=4))
        parts += [svg.text(x(layer), 460, str(layer), class_="quiet small") for layer in shown]
        parts.append(svg.text(left - 22, 460, "layer", class_="quiet small"))
        return svg.picture(420, 468, self.description, parts)


def per_layer(start: float, end: float, steps: int) -> float:
    """The factor that leads from start to end when it is applied ``steps`` times; 0 if nothing is left."""
    return (end / start) ** (1 / steps) if start > 0 else 0.0


def histogram(values: np.ndarray) -> np.ndarray:
    """Counts in 25 bins from -3 to 3; the first and the last also hold what lies beyond."""
    index = np.floor((values.ravel() + REACH) * (BINS / (2 * REACH)))
    return np.bincount(np.clip(index, 0, BINS - 1).astype(int), minlength=BINS)


def violin(values: np.ndarray, x: float, middle: float, half: float) -> str:
    """A histogram as a path of strokes, one for each bin, the largest value at the top."""
    counts = histogram(values)
    widths = np.ceil(half * np.minimum(counts / (FULL * values.size), 1)).astype(int)
    return "".join(f"M{round(x) - w} {middle + 4 * (BINS // 2 - i):g}h{2 * w}"
                   for i, w in enumerate(widths.tolist()) if w)
