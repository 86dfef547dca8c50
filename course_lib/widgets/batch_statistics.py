"""The two kinds of statistics of a batch normalization: the batch's, and the moving ones that follow them."""

import math

import numpy as np
import traitlets

from course_lib.layers import BatchNormalization
from course_lib.widgets import draws, svg
from course_lib.widgets.base import CourseWidget

UPDATES, CHANGE = 120, 60                       # the mean is another one after update 60
MEAN = 1.0                                      # of the feature at first, in its deviations
SIZES = [2 ** k for k in range(8)]
MOMENTA, EPSILONS = [0.5, 0.9, 0.99, 0.999], [1e-5, 1e-3]
STDDEVS, SHIFTS = (0.01, 1.0), (-3.0, 3.0)
MEANS, DECADES = (-3.0, 5.0), (-2.5, 0.5)       # of the two upper axes: deviations of the feature; powers of ten
REACH = 6.0                                     # of the lower axis


class BatchStatistics(CourseWidget):
    """Drag the feature's mean after update 60, its deviation, the batch size and the update that is looked at.

    One feature, 120 batches of normal draws. batch_size: a power of two up to 128. momentum: 0.5, 0.9, 0.99 or 0.999,
    epsilon: 1e-5 or 1e-3, as in ``BatchNormalization``, whose moving statistics begin with 0 and 1. stddev: of the
    feature, 0.01 to 1; its mean is as large, and moves by ``shift`` deviations, -3 to 3, after update 60. step: the
    update that is looked at, 1 to 120. All are traits: a kernel can observe, set and link them.
    """

    _name = "batch_statistics"
    _view = ("batch_size", "momentum", "epsilon", "stddev", "shift", "step")
    batch_size = traitlets.Enum(SIZES, 32).tag(sync=True)
    momentum = traitlets.Enum(MOMENTA, 0.99).tag(sync=True)
    epsilon = traitlets.Enum(EPSILONS, 1e-3).tag(sync=True)
    stddev = traitlets.Float(1.0, min=STDDEVS[0], max=STDDEVS[1]).tag(sync=True)
    shift = traitlets.Float(2.0, min=SHIFTS[0], max=SHIFTS[1]).tag(sync=True)
    step = traitlets.Int(UPDATES, min=1, max=UPDATES).tag(sync=True)

    def batches(self) -> np.ndarray:
        """(120, batch_size, 1)."""
        unit = draws.normals(0, self.batch_size, UPDATES * self.batch_size).reshape(UPDATES, self.batch_size, 1)
        means = MEAN + self.shift * (np.arange(UPDATES) >= CHANGE)
        return self.stddev * (unit + means[:, np.newaxis, np.newaxis])

    def run(self) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
        """The statistics after each update, and the batch of update ``step`` as it is and after the layer."""
        layer = BatchNormalization(momentum=self.momentum, epsilon=self.epsilon, dtype="float64")
        layer.build((None, 1))
        found: dict[str, list[float]] = {"batch.mean": [], "batch.deviation": [], "moving.mean": [],
                                         "moving.deviation": []}
        outputs: dict[str, np.ndarray] = {}
        for number, x in enumerate(self.batches(), start=1):
            a = layer.forward(x, training=True).copy()
            for name, value in (("batch.mean", x.mean()), ("batch.deviation", x.std()),
                                ("moving.mean", layer.moving_mean[0]),
                                ("moving.deviation", math.sqrt(layer.moving_variance[0]))):
                found[name].append(float(value))
            if number == self.step:
                outputs = {"raw": x, "training": a, "inference": layer.forward(x, training=False).copy()}
        return found, outputs

    def numbers(self) -> dict[str, float]:
        """At update ``step``: both statistics, what is left of the initial ones, and the outputs' mean and deviation"""
        found, outputs = self.run()
        n = {name: values[self.step - 1] for name, values in found.items()} | {"left": self.momentum ** self.step}
        for name in ("training", "inference"):
            n |= {f"{name}.mean": float(outputs[name].mean()), f"{name}.deviation": float(outputs[name].std())}
        return n

    @property
    def description(self) -> str:
        n = self.numbers()
        return (f"Batches of {self.batch_size} from one feature with the deviation {self.stddev:g}; after update "
                f"{CHANGE} its mean moves by {self.shift:g} deviations. Upper chart: the mean of each batch, and the "
                f"moving mean with momentum {self.momentum:g}. Second chart: the same for the deviation. At update "
                f"{self.step} the batch has the mean {n['batch.mean']:.3g} and the deviation "
                f"{n['batch.deviation']:.3g}, the moving statistics say {n['moving.mean']:.3g} and "
                f"{n['moving.deviation']:.3g}. Below, this batch as it is, normalized in training (mean 0, deviation "
                f"{n['training.deviation']:.3g}) and in inference (mean {n['inference.mean']:.3g}, deviation "
                f"{n['inference.deviation']:.3g}).")

    def picture(self) -> str:
        (found, outputs), n = self.run(), self.numbers()
        left, right = 40, 408

        def x(update: float) -> float:
            return left + update / UPDATES * (right - left)

        def y(name: str, value: float) -> float:
            if name == "mean":
                low, high, top, bottom, v = *MEANS, 28, 138, value / self.stddev
            else:
                low, high, top, bottom, v = *DECADES, 172, 262, math.log10(max(value, 1e-9))
            return bottom - (min(max(v, low), high) - low) / (high - low) * (bottom - top)

        parts = [svg.text(4, 14, "mean, in deviations σ of the feature", class_="quiet small start",
                          text_anchor="start"),
                 svg.text(4, 160, "deviation", class_="quiet small start", text_anchor="start"),
                 *(svg.text(24, y("mean", v * self.stddev) + 4, svg.number(v, 0), class_="quiet small")
                   for v in (-2, 0, 2, 4)),
                 *(svg.text(24, y("deviation", v) + 4, f"{v:g}", class_="quiet small") for v in (0.01, 0.1, 1.0))]
        true = {"mean": [(0, MEAN), (CHANGE, MEAN), (CHANGE, MEAN + self.shift), (UPDATES, MEAN + self.shift)],
                "deviation": [(0, 1.0), (UPDATES, 1.0)]}
        for name in ("mean", "deviation"):
            dots = "".join(f"M{x(t):.0f} {y(name, v):.0f}h1" for t, v in enumerate(found[f"batch.{name}"], start=1))
            line = " ".join(f"{x(t):.0f},{y(name, v):.1f}" for t, v in enumerate(found[f"moving.{name}"], start=1))
            level = " ".join(f"{x(t):.0f},{y(name, self.stddev * v):.1f}" for t, v in true[name])
            parts += [svg.element("polyline", points=level, fill="none", class_="curve true", stroke="#1c6b42",
                                  stroke_dasharray="7 5"),
                      svg.element("path", d=dots, class_="points", stroke="#005a91", stroke_width=3),
                      svg.element("polyline", points=line, fill="none", class_="curve backward chosen",
                                  stroke="#b04a00")]
        parts += [svg.element("line", x1=x(self.step), x2=x(self.step), y1=24, y2=270, class_="unity",
                              stroke="#1c6b42"),
                  svg.text(min(x(self.step), 376), 284, f"update {self.step}", class_="quiet small")]
        for row, (name, words) in enumerate({"raw": "as it is", "training": "in training",
                                             "inference": "in inference"}.items()):
            base, values = 326 + 46 * row, outputs[name][:, 0].tolist()
            mean, deviation = (n["batch.mean"], n["batch.deviation"]) if name == "raw" else (
                n[f"{name}.mean"], n[f"{name}.deviation"])
            path = "".join(f"M{across(v, 4, right):.0f} {base + scatter(i)}h1" for i, v in enumerate(values))
            parts += [svg.text(4, base - 18, f"the batch {words}", class_="quiet small start", text_anchor="start"),
                      svg.text(right, base - 18, f"mean {svg.number(mean, 2)}, deviation {deviation:.2f}",
                               class_="small end", text_anchor="end"),
                      svg.element("path", d=path, class_=f"points {'' if name == 'raw' else 'backward'}".strip(),
                                  stroke="#005a91" if name == "raw" else "#b04a00", stroke_width=3)]
        parts += [svg.text(across(v, 4, right), 450, svg.number(v, 0), class_="quiet small") for v in (-4, -2, 0, 2, 4)]
        return svg.picture(420, 458, self.description, parts)


def across(value: float, start: float, end: float) -> float:
    """A value's place on the lower axis; what lies beyond is drawn at its end."""
    return start + (min(max(value, -REACH), REACH) + REACH) / (2 * REACH) * (end - start)


def scatter(i: int) -> int:
    """How far the dot of row i stands above or below the line, so that dots of equal values can be told apart."""
    return 7 * i % 15 - 7
