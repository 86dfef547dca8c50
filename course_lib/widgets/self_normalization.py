"""Self-normalization: mean and deviation through a hundred layers, and each of its conditions to break."""

import math
from functools import lru_cache

import numpy as np
import traitlets

from course_lib import activations, initializers
from course_lib.layers import AlphaDropout, Dropout
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

WIDTH, ROWS, DEPTH = 64, 16, 100
ACTIVATIONS = ["selu", "elu", "relu", "tanh"]
INITIALIZERS = {"lecun_normal": initializers.LecunNormal(), "lecun_uniform": initializers.LecunUniform(),
                "he_normal": initializers.HeNormal()}
DROPOUTS = {"dropout": Dropout, "alpha_dropout": AlphaDropout}
MEANS, DEVIATIONS, LARGEST_RATE = (-2.0, 2.0), (0.1, 3.0), 0.5
DECADES = (-2.0, 3.0)                           # of the deviations' axis, powers of ten; that of the means is MEANS
WINDOW, BIN = 6.0, 0.5                          # of the histogram


class SelfNormalization(CourseWidget):
    """Drag the inputs' mean and deviation, the rate of the dropout, and the layer that is looked at.

    100 dense layers of 64 units without biases, 16 rows of normal inputs. activation: "selu", "elu", "relu" or "tanh".
    initializer: "lecun_normal", "lecun_uniform" or "he_normal". input_mean: -2 to 2, input_deviation: 0.1 to 3.
    dropout: "dropout" or "alpha_dropout", after each layer with this rate, 0 to 0.5. layer: 1 to 100. All are traits: a
    kernel can observe, set and link them.
    """

    _name = "self_normalization"
    _view = ("activation", "initializer", "input_mean", "input_deviation", "dropout", "rate", "layer")
    activation = traitlets.Enum(ACTIVATIONS, "selu").tag(sync=True)
    initializer = traitlets.Enum(list(INITIALIZERS), "lecun_normal").tag(sync=True)
    input_mean = traitlets.Float(0.0, min=MEANS[0], max=MEANS[1]).tag(sync=True)
    input_deviation = traitlets.Float(1.0, min=DEVIATIONS[0], max=DEVIATIONS[1]).tag(sync=True)
    dropout = traitlets.Enum(list(DROPOUTS), "dropout").tag(sync=True)
    rate = traitlets.Float(0.0, min=0, max=LARGEST_RATE).tag(sync=True)
    layer = traitlets.Int(DEPTH, min=1, max=DEPTH).tag(sync=True)

    def outputs(self) -> list[np.ndarray]:
        """The inputs, and what each of the 100 layers puts out: (16, 64) each."""
        phi, scaling = activations.get(self.activation), INITIALIZERS[self.initializer]
        stddev = math.sqrt(scaling.scale / WIDTH)
        noise = DROPOUTS[self.dropout](self.rate)
        a = [self.input_mean + self.input_deviation * draws.normals(0, 0, ROWS * WIDTH).reshape(ROWS, WIDTH)]
        for layer, kernel in enumerate(kernels(scaling.distribution), start=1):
            values = phi(a[-1] @ (stddev * kernel))                                 # A = phi(A W)
            if self.rate > 0:
                kept = draws.uniforms(0, 1000 + layer, ROWS * WIDTH).reshape(ROWS, WIDTH) >= self.rate
                values = noise.dropped(values, kept, np.empty_like(values))
            a.append(values)
        return a

    def statistics(self) -> tuple[list[float], list[float]]:
        """Mean and standard deviation of the inputs and of each layer."""
        a = self.outputs()
        return [float(values.mean()) for values in a], [float(values.std()) for values in a]

    def numbers(self) -> dict[str, float]:
        """Mean and deviation of the layer that is looked at, and the range of the deviations of layers 1 to 100."""
        means, deviations = self.statistics()
        return {"mean": means[self.layer], "deviation": deviations[self.layer], "lowest": min(deviations[1:]),
                "highest": max(deviations[1:])}

    @property
    def description(self) -> str:
        n = self.numbers()
        noise = f"{self.dropout.replace('_', ' ')} with rate {self.rate:g}" if self.rate else "no dropout"
        return (f"Standard deviation and mean of the outputs of {DEPTH} layers: {self.activation}, {self.initializer}, "
                f"inputs of mean {self.input_mean:g} and deviation {self.input_deviation:g}, {noise}. The deviations "
                f"lie between {n['lowest']:.3g} and {n['highest']:.3g}; layer {self.layer} has the mean "
                f"{n['mean']:.3g} and the deviation {n['deviation']:.3g}. Below, the histogram of that layer "
                f"beside the standard normal curve.")

    def picture(self) -> str:
        n, (means, deviations), a = self.numbers(), self.statistics(), self.outputs()[self.layer]
        left, right, base = 44, 408, 404

        def x(layer: float) -> float:
            return left + layer / DEPTH * (right - left)

        def y(kind: str, value: float) -> float:
            if kind == "backward":
                (low, high), top, bottom, v = MEANS, 208, 278, value
            else:
                (low, high), top, bottom, v = DECADES, 28, 158, math.log10(max(value, 1e-99))
            return bottom - (min(max(v, low), high) - low) / (high - low) * (bottom - top)

        parts = [svg.text(4, 14, "standard deviation", class_="forward start small", text_anchor="start"),
                 svg.text(4, 192, "mean", class_="backward start small", text_anchor="start")]
        for kind, wanted, ticks in (("forward", 1.0, (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)),
                                    ("backward", 0.0, (-2.0, -1.0, 0.0, 1.0, 2.0))):
            parts += [svg.element("line", x1=left, x2=right, y1=y(kind, v), y2=y(kind, v), class_="unity" if v == wanted
                                  else "grid", stroke="#1c6b42" if v == wanted else "#dddddd") for v in ticks]
            parts += [svg.text(left - 22, y(kind, v) + 4, f"{v:g}".replace("-", svg.MINUS), class_="quiet small")
                      for v in ticks]
        for kind, values, colour in (("forward", deviations, "#005a91"), ("backward", means, "#b04a00")):
            points = " ".join(f"{x(layer):.1f},{y(kind, v):.1f}" for layer, v in enumerate(values))
            parts.append(svg.element("polyline", points=points, fill="none", class_=f"curve {kind} chosen",
                                     stroke=colour))
        parts += [svg.text(x(layer), 296, str(layer), class_="quiet small") for layer in range(0, DEPTH + 1, 20)]
        parts.append(svg.text(4, 296, "layer", class_="quiet small start", text_anchor="start"))
        bars = [(210 + 32 * at, base - height(d)) for at, d in draws.histogram(a, WINDOW, BIN)]
        bell = [(210 + 32 * t, base - height(math.exp(-t * t / 2) / math.sqrt(2 * math.pi)))
                for t in np.linspace(-3.5, 3.5, 29).tolist()]
        outline, curve = (" ".join(f"{px:.1f},{py:.1f}" for px, py in points) for points in (bars, bell))
        parts += [svg.element("polygon", points=outline, class_="amount", fill="#e8edf2", stroke="#005a91"),
                  svg.element("polyline", points=curve, fill="none", class_="curve true", stroke="#1c6b42",
                              stroke_dasharray="7 5"),
                  svg.text(4, 322, f"layer {self.layer}", class_="start", text_anchor="start"),
                  svg.text(right, 322, f"mean {svg.number(n['mean'], 2)}, deviation {n['deviation']:.2f}", class_="end",
                           text_anchor="end"),
                  *(svg.text(210 + 32 * v, base + 16, svg.number(v, 0), class_="quiet small")
                    for v in (-4, -2, 0, 2, 4))]
        return svg.picture(420, 428, self.description, parts)


@lru_cache(4)
def kernels(distribution: str) -> list[np.ndarray]:
    """Of mean 0 and deviation 1; layer l has those of stream l."""
    return [draws.unit_weights(distribution, 0, layer, WIDTH * WIDTH).reshape(WIDTH, WIDTH)
            for layer in range(1, DEPTH + 1)]


def height(density: float) -> float:
    return min(180 * density, 84)
