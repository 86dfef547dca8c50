"""What momentum, Adagrad, RMSprop and Adam remember of a gradient that the reader draws."""

import numpy as np
import traitlets

from course_lib import optimizers
from course_lib.widgets import svg
from course_lib.widgets.base import CourseWidget
from course_lib.widgets.wrong_rules import UncorrectedAdam

PARTS, HELD = 8, 8                              # so many parts of the signal, each held for so many steps
STEPS = PARTS * HELD
LIMIT = 2.0
NAMES = {"momentum": "momentum", "adagrad": "Adagrad", "rmsprop": "RMSprop", "adam": "Adam"}
ROWS = {"momentum": 1, "adagrad": 3, "rmsprop": 4, "adam": 6}   # their colours are those of the race
BETAS, RHOS, BETAS_1, BETAS_2 = [0.0, 0.5, 0.9, 0.99], [0.5, 0.9, 0.99], [0.0, 0.5, 0.9, 0.99], [0.9, 0.99, 0.999]
COLOURS = {"momentum": "#005a91", "adagrad": "#8a5a00", "rmsprop": "#1c6b42", "adam": "#b04a00"}


class GradientMemory(CourseWidget):
    """Drag each part of the gradient's signal, and the step up to which it is seen.

    signal: 8 numbers from -2 to 2, each the gradient of one parameter for 8 steps. step: 1 to 64. beta (momentum), rho
    (RMSprop), beta_1, beta_2 and correction (Adam). All steps are in learning rates: eta is 1. Adagrad's sum starts at
    0. All are traits: a kernel can observe, set and link them.
    """

    _name = "gradient_memory"
    _view = ("signal", "step", "beta", "rho", "beta_1", "beta_2", "correction")
    signal = traitlets.List(traitlets.Float(min=-LIMIT, max=LIMIT), [1.0] * 4 + [0.1] * 4, PARTS, PARTS).tag(sync=True)
    step = traitlets.Int(STEPS, min=1, max=STEPS).tag(sync=True)
    beta = traitlets.Enum(BETAS, 0.9).tag(sync=True)
    rho = traitlets.Enum(RHOS, 0.9).tag(sync=True)
    beta_1 = traitlets.Enum(BETAS_1, 0.9).tag(sync=True)
    beta_2 = traitlets.Enum(BETAS_2, 0.999).tag(sync=True)
    correction = traitlets.Enum(["on", "off"], "on").tag(sync=True)

    def made(self) -> dict[str, optimizers.Optimizer]:
        adam = optimizers.Adam if self.correction == "on" else UncorrectedAdam
        return {"momentum": optimizers.SGD(1.0, momentum=self.beta),
                "adagrad": optimizers.Adagrad(1.0, initial_accumulator_value=0.0),
                "rmsprop": optimizers.RMSprop(1.0, rho=self.rho),
                "adam": adam(1.0, self.beta_1, self.beta_2, epsilon_mode="paper")}

    def run(self) -> dict[str, list[float]]:
        """For each step, each optimizer's step, minus the change of the parameter, and what it divides by."""
        found: dict[str, list[float]] = {}
        for name, optimizer in self.made().items():
            for t in range(1, STEPS + 1):
                theta = np.zeros(1)
                optimizer.update(theta, np.array([self.signal[(t - 1) // HELD]]))
                found.setdefault(f"{name}.step", []).append(-float(theta[0]))
                if name != "momentum":
                    slot = {"adagrad": "accumulator", "rmsprop": "mean_square", "adam": "second_moment"}[name]
                    square = float(getattr(optimizer, slot)[0])
                    if name == "adam" and self.correction == "on":
                        square /= 1 - self.beta_2 ** t
                    found.setdefault(f"{name}.root", []).append(square ** 0.5)
        return found

    def numbers(self) -> dict[str, float]:
        """At ``step``: the gradient, every step and every root."""
        found = self.run()
        return {"step": self.step, "gradient": self.signal[(self.step - 1) // HELD]} | {
            name: values[self.step - 1] for name, values in found.items()}

    @property
    def description(self) -> str:
        n = self.numbers()
        return (f"Upper chart: the gradient of one parameter over {STEPS} steps, in {PARTS} parts. Below: the step of "
                f"momentum; those of Adagrad, RMSprop and Adam; and the roots that these three divide by. At step "
                f"{self.step} the gradient is {n['gradient']:.3g}, and the steps are: momentum "
                f"{n['momentum.step']:.3g}, Adagrad {n['adagrad.step']:.3g}, RMSprop {n['rmsprop.step']:.3g}, Adam "
                f"{n['adam.step']:.3g} learning rates.")

    def picture(self) -> str:
        found, left, right = self.run(), 40, 408
        charts = {"gradient": (20, 100, LIMIT), "momentum": (126, 196, 20.0), "step": (222, 302, 4.0),
                  "root": (328, 398, 6.0)}

        def x(t: float) -> float:
            return left + t / STEPS * (right - left)

        def y(chart: str, v: float) -> float:
            top, bottom, reach = charts[chart]
            low = 0 if chart == "root" else -reach
            return bottom - (min(max(v, low), reach) - low) / (reach - low) * (bottom - top)

        titles = {"gradient": "gradient", "momentum": "momentum: step, in learning rates",
                  "step": "Adagrad, RMSprop, Adam: step", "root": "what they divide by"}
        parts = []
        for chart, words in titles.items():
            top, bottom, reach = charts[chart]
            parts += [svg.text(4, top - 6, words, class_="quiet small start", text_anchor="start"),
                      svg.element("line", x1=left, x2=right, y1=y(chart, 0), y2=y(chart, 0), class_="grid",
                                  stroke="#c9d2d8"),
                      svg.text(26, top + 10, f"{reach:g}", class_="quiet small")]
        held = " ".join(f"{x(HELD * i):.0f},{y('gradient', v):.0f} {x(HELD * (i + 1)):.0f},{y('gradient', v):.0f}"
                        for i, v in enumerate(self.signal))
        parts.append(svg.element("polyline", points=held, fill="none", class_="curve ink", stroke="#1f2a33"))
        for key, values in found.items():
            name, kind = key.split(".")
            chart = "momentum" if name == "momentum" else kind
            points = " ".join(f"{x(t):.0f},{y(chart, v):.0f}" for t, v in enumerate(values[:self.step], start=1))
            parts.append(svg.element("polyline", points=points, fill="none", class_=f"curve line-{ROWS[name]}",
                                     stroke=COLOURS[name]))
        for i, (name, words) in enumerate(NAMES.items()):
            parts += [svg.element("line", x1=8 + 102 * i, x2=30 + 102 * i, y1=416, y2=416,
                                  class_=f"curve line-{ROWS[name]}", stroke=COLOURS[name], stroke_width=2.4),
                      svg.text(35 + 102 * i, 420, words, class_="small start", text_anchor="start")]
        return svg.picture(420, 430, self.description, parts)
