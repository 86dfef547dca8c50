"""All optimizers at once from one start: a ravine, Beale's surface, a saddle, and a ravine with noisy gradients."""

import math
from typing import Any

import numpy as np
import traitlets

from course_lib import optimizers
from course_lib.widgets import surfaces, svg
from course_lib.widgets.base import CourseWidget
from course_lib.widgets.surfaces import STEPS, X, Y
from course_lib.widgets.wrong_rules import VARIANTS, UncorrectedAdam

NAMES = {"sgd": "SGD", "momentum": "momentum", "nesterov": "Nesterov", "adagrad": "Adagrad", "rmsprop": "RMSprop",
         "adadelta": "Adadelta", "adam": "Adam", "adamax": "Adamax", "nadam": "Nadam", "adamw": "AdamW"}
SURFACES = ["ravine", "beale", "saddle", "noisy"]
RATES = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
START_RATES = [0.02, 0.02, 0.02, 0.5, 0.05, 1.0, 0.1, 0.1, 0.1, 0.1]
SHOWN = [1, 1, 1, 1, 1, 0, 1, 0, 0, 0]
BETAS, RHOS, BETAS_1, BETAS_2 = [0.0, 0.5, 0.9, 0.99], [0.5, 0.9, 0.99], [0.0, 0.5, 0.9, 0.99], [0.9, 0.99, 0.999]
EPSILONS, DECAYS = [1e-7, 1e-3, 0.1], [0.0, 0.01, 0.1]
CONDITIONS = (1.0, 200.0)
GONE = 1000.0                                   # a coordinate beyond it: the optimizer has diverged
COLOURS = ("#4d4d4d", "#005a91", "#007a7a", "#8a5a00", "#1c6b42", "#666600", "#b04a00", "#a3195b", "#6a3fb5",
           "#b3172c")
DASHES = ("none", "none", "7 3", "none", "7 3", "2 3", "none", "2 3", "7 3", "2 3")


class OptimizerRace(CourseWidget):
    """Drag the start, the condition number, the step and every learning rate.

    surface: "ravine", "beale", "saddle" or "noisy". x, y: the start, on the map from -4.5 to 4.5 and from -3 to 3.
    condition: of the ravine and the noisy one, 1 to 200. step: how many of the 200 steps are shown. rates: the position
    of each optimizer's learning rate in 0.0001, 0.0002, 0.0005, ..., 5. shown: 1 for each optimizer that is drawn.
    beta (momentum, Nesterov), rho (RMSprop, Adadelta), beta_1, beta_2 (Adam and its kin), epsilon, epsilon_mode and
    correction (of Adam and AdamW), decay (of AdamW). variant: "none", or the rule of a source that is wrong; it takes
    the place of the right one. All are traits: a kernel can observe, set and link them.
    """

    _name = "optimizer_race"
    _view = ("surface", "x", "y", "condition", "step", "rates", "shown", "beta", "rho", "beta_1", "beta_2", "epsilon",
             "epsilon_mode", "correction", "decay", "variant")
    surface = traitlets.Enum(SURFACES, "ravine").tag(sync=True)
    x = traitlets.Float(-3.0, min=X[0], max=X[1]).tag(sync=True)
    y = traitlets.Float(2.0, min=Y[0], max=Y[1]).tag(sync=True)
    condition = traitlets.Float(25.0, min=CONDITIONS[0], max=CONDITIONS[1]).tag(sync=True)
    step = traitlets.Int(60, min=0, max=STEPS).tag(sync=True)
    rates = traitlets.List(traitlets.Int(min=0, max=len(RATES) - 1), [RATES.index(rate) for rate in START_RATES],
                           len(NAMES), len(NAMES)).tag(sync=True)
    shown = traitlets.List(traitlets.Int(min=0, max=1), SHOWN, len(NAMES), len(NAMES)).tag(sync=True)
    beta = traitlets.Enum(BETAS, 0.9).tag(sync=True)
    rho = traitlets.Enum(RHOS, 0.9).tag(sync=True)
    beta_1 = traitlets.Enum(BETAS_1, 0.9).tag(sync=True)
    beta_2 = traitlets.Enum(BETAS_2, 0.999).tag(sync=True)
    epsilon = traitlets.Enum(EPSILONS, 1e-7).tag(sync=True)
    epsilon_mode = traitlets.Enum(list(optimizers.Adam.EPSILON_MODES), "keras").tag(sync=True)
    correction = traitlets.Enum(["on", "off"], "on").tag(sync=True)
    decay = traitlets.Enum(DECAYS, 0.01).tag(sync=True)
    variant = traitlets.Enum(["none", *VARIANTS], "none").tag(sync=True)

    def optimizer(self, name: str) -> optimizers.Optimizer:
        """The library's, or the wrong one that takes its place."""
        moments = {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}
        adams = moments | {"epsilon_mode": self.epsilon_mode}
        kinds: dict[str, tuple[type[optimizers.Optimizer], dict[str, Any]]] = {
            "sgd": (optimizers.SGD, {}), "momentum": (optimizers.SGD, {"momentum": self.beta}),
            "nesterov": (optimizers.NesterovLookAhead, {"momentum": self.beta}),
            "adagrad": (optimizers.Adagrad, {"epsilon": self.epsilon}),
            "rmsprop": (optimizers.RMSprop, {"rho": self.rho, "epsilon": self.epsilon}),
            "adadelta": (optimizers.Adadelta, {"rho": self.rho, "epsilon": self.epsilon}),
            "adam": (optimizers.Adam, adams), "adamax": (optimizers.Adamax, moments),
            "nadam": (optimizers.Nadam, moments), "adamw": (optimizers.Adam, adams | {"weight_decay": self.decay})}
        kind, arguments = kinds[name]
        if kind is optimizers.Adam and self.correction == "off":
            kind = UncorrectedAdam
        replaced, wrong = VARIANTS.get(self.variant, ("", kind))
        rate = RATES[self.rates[list(NAMES).index(name)]]
        return (wrong if replaced == name else kind)(learning_rate=rate, **arguments)

    def path(self, name: str) -> np.ndarray:
        """(steps + 1, 2): the points; it ends before a coordinate would be beyond 1000 or no number."""
        optimizer, theta, noise = self.optimizer(name), np.array([self.x, self.y]), surfaces.noise(self.surface)
        points = [theta.copy()]
        with np.errstate(all="ignore"):
            for t in range(STEPS):
                seen = optimizer.look_ahead(theta) if isinstance(optimizer, optimizers.NesterovLookAhead) else theta
                slope = surfaces.slope(self.surface, self.condition, float(seen[0]), float(seen[1]))
                optimizer.update(theta, np.array(slope) + noise[t])
                if not (np.abs(theta) <= GONE).all():
                    break
                points.append(theta.copy())
        return np.array(points)

    def racing(self) -> list[str]:
        return [name for name, on in zip(NAMES, self.shown, strict=True) if on]

    def numbers(self) -> dict[str, float]:
        """The start, the condition number and the step; each optimizer's rate, and its loss if it has not diverged."""
        n: dict[str, float] = {key: getattr(self, key) for key in ("x", "y", "condition", "step")}
        n |= {f"{name}.rate": RATES[place] for name, place in zip(NAMES, self.rates, strict=True)}
        for name in self.racing():
            path = self.path(name)
            if self.step < len(path):
                n[f"{name}.loss"] = surfaces.value(self.surface, self.condition, *map(float, path[self.step]))
        return n

    @property
    def description(self) -> str:
        n = self.numbers()
        ends = ", ".join(f"{NAMES[name]} {n[f'{name}.loss']:.3g}" if f"{name}.loss" in n else f"{NAMES[name]} diverged"
                         for name in self.racing())
        where = {"ravine": f"a ravine with the condition number {self.condition:g}", "beale": "Beale's surface",
                 "saddle": "a saddle", "noisy": f"a ravine with noisy gradients, condition number {self.condition:g}"}
        return (f"A map of {where[self.surface]} with the paths of optimizers that start at ({self.x:g}, {self.y:g}). "
                f"The loss after {self.step} steps: {ends}.")

    def picture(self) -> str:
        left, top, width, height = 8, 8, 404, 270

        def place(x: float, y: float) -> tuple[float, float]:
            return left + (x - X[0]) / (X[1] - X[0]) * width, top + (Y[1] - y) / (Y[1] - Y[0]) * height

        parts = [svg.element("rect", x=left, y=top, width=width, height=height, class_="window", fill="none",
                             stroke="#c9d2d8")]
        if self.surface in ("ravine", "noisy"):
            centre = place(0, 0)
            for level in (0.5, 2.0, 8.0, 32.0):
                rx, ry = math.sqrt(2 * level) * width / 9, math.sqrt(2 * level / self.condition) * height / 6
                if rx < width / 2 and ry < height / 2:
                    parts.append(svg.element("ellipse", cx=centre[0], cy=centre[1], rx=rx, ry=ry, class_="grid",
                                             fill="none", stroke="#c9d2d8"))
        for row, (name, words) in enumerate(NAMES.items()):
            if not self.shown[row]:
                continue
            points, last = [], None
            for x, y in self.path(name)[:self.step + 1]:
                at = place(min(max(x, X[0]), X[1]), min(max(y, Y[0]), Y[1]))
                if last is None or math.dist(at, last) > 2:
                    points.append(f"{at[0]:.0f},{at[1]:.0f}")
                    last = at
            parts.append(svg.element("polyline", points=" ".join(points), fill="none", class_=f"curve line-{row}",
                                     stroke=COLOURS[row], stroke_width=1.6, stroke_dasharray=DASHES[row]))
            column = sum(self.shown[:row])
            across, down = 8 + 102 * (column % 4), 300 + 20 * (column // 4)
            parts += [svg.element("line", x1=across, x2=across + 22, y1=down - 4, y2=down - 4,
                                  class_=f"curve line-{row}", stroke=COLOURS[row], stroke_width=2.4,
                                  stroke_dasharray=DASHES[row]),
                      svg.text(across + 27, down, words, class_="small start", text_anchor="start")]
        x, y = place(self.x, self.y)
        parts.append(svg.element("circle", cx=x, cy=y, r=6, class_="end-point", fill="#b04a00"))
        return svg.picture(420, 350, self.description, parts)
