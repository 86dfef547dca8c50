"""The widget of what optimizers remember: its numbers, and what it does on the page."""

import math

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import GradientMemory, gradient_memory

CHARTS = {"momentum": (212, 292, -20, 20), "step": (322, 422, -4, 4), "root": (452, 532, 0, 6)}


def test_the_steps_agree_with_loops(rng):
    for correction in ("on", "off"):
        widget = GradientMemory(signal=rng.uniform(-2, 2, 8).tolist(), correction=correction, beta_2=0.99)
        found = widget.run()
        v = total = mean = m = s = 0.0
        for t in range(1, 65):
            g = widget.signal[(t - 1) // 8]
            v, total, mean = 0.9 * v - g, total + g * g, 0.9 * mean + 0.1 * g * g
            m, s = 0.9 * m + 0.1 * g, 0.99 * s + 0.01 * g * g
            c1, c2 = (1 - 0.9 ** t, 1 - 0.99 ** t) if correction == "on" else (1, 1)
            expected = {"momentum.step": -v, "adagrad.step": g / math.sqrt(total + 1e-7),
                        "adagrad.root": math.sqrt(total), "rmsprop.step": g / math.sqrt(mean + 1e-7),
                        "rmsprop.root": math.sqrt(mean),
                        "adam.step": m / c1 / (math.sqrt(s / c2) + 1e-7), "adam.root": math.sqrt(s / c2)}
            assert {name: values[t - 1] for name, values in found.items()} == pytest.approx(expected)


def test_the_answers_to_the_questions_about_memory():
    before = GradientMemory(signal=[0.25] * 8, beta_2=0.9).numbers()
    after = GradientMemory(signal=[2.0] + [0.25] * 7, beta_2=0.9).numbers()
    assert after["adagrad.step"] < 0.5 * before["adagrad.step"]
    assert [round(n["adagrad.step"], 3) for n in (before, after)] == [0.125, 0.042]
    for name in ("rmsprop", "adam"):
        assert after[f"{name}.step"] > 0.9 * before[f"{name}.step"]
    assert 0.9 ** 56 == pytest.approx(0.003, abs=5e-4)
    steps = GradientMemory(signal=[1.0] * 8, correction="off").run()["adam.step"]
    assert steps[0] == pytest.approx(3.16, abs=0.005) and max(steps) == pytest.approx(6.57, abs=0.005)
    assert np.argmax(steps) + 1 == 12
    assert GradientMemory(signal=[1.0] * 8).run()["adam.step"] == pytest.approx([1.0] * 64)


def test_memory_takes_moderate_states_only():
    for state in ({"signal": [1.0] * 7}, {"signal": [2.1] * 8}, {"step": 0}, {"step": 65}, {"beta": 1.0}, {"rho": 0.0},
                  {"beta_2": 0.9999}, {"correction": "maybe"}):
        with pytest.raises(traitlets.TraitError):
            GradientMemory(**state)


class TestGradientMemory(WidgetOnThePage):
    widget = GradientMemory
    chapter = "09_optimizers"
    first = "part-0"
    finger_changes = "adagrad.root"
    widest = "signal=-2,-2,-2,-2,-2,-2,-2,-2;beta=0.99"
    broken = ["signal=1,2,3;step=0", "signal=3,1,1,1,1,1,1,1;step=65", "step=1.5;beta=0.3",
              "rho=0;beta_1=1", "beta_2=1;correction=maybe"]
    moves = [["part-0", *["PageUp"] * 4], ["step", *["PageUp"] * 3]]
    right = [1, 1]

    def assert_shown(self, figure, state):
        """Every number is the library's, and so is every point of the lines."""
        widget = GradientMemory(**state)
        figure.assert_numbers(widget.numbers())
        along = figure.width - 52
        held = [[40 + t / 64 * along, 86 - v / 2 * 60] for i, v in enumerate(widget.signal) for t in (8 * i, 8 * i + 8)]
        assert figure.points("[data-signal]") == pytest.approx(np.array(held), abs=0.06)
        for key, values in widget.run().items():
            top, bottom, low, high = CHARTS["momentum" if key == "momentum.step" else key.split(".")[1]]
            shown = np.clip(values[:widget.step], low, high)
            wanted = np.column_stack([40 + np.arange(1, widget.step + 1) / 64 * along,
                                      bottom - (shown - low) / (high - low) * (bottom - top)])
            assert figure.points(f'[data-line="{key}"]') == pytest.approx(wanted, abs=0.06)

    def random_state(self, rng):
        state = {key: trait.values[int(rng.integers(len(trait.values)))]
                 for key, trait in GradientMemory.class_traits().items()
                 if isinstance(trait, traitlets.Enum) and key in GradientMemory._view}
        return state | {"signal": rng.uniform(-2, 2, 8).round(2).tolist(), "step": int(rng.integers(1, 65))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for signal, met in (([1.0] * 8, 2), ([2.0] * 4 + [0.1] * 4, 2), ([2.0] + [0.25] * 6 + [-0.25], 1)):
            figure.go({"signal": signal})
            assert figure.goal.locator("li[data-met=true]").count() == met, signal
            assert figure.goal.get_attribute("data-reached") is None
        figure.go({"signal": [0.5] + [0.25] * 7})
        figure.press("part-0", "PageUp", "PageUp")
        return figure

    def test_a_part_is_dragged_up_and_down_only(self, open_figure):
        figure = open_figure()
        knob = figure.handle("part-3")
        knob.scroll_into_view_if_needed()
        before = centre(knob.locator("circle").last)
        figure.drag(knob.locator("circle").last, 20, 60)                # 30 pixels for 1
        assert np.subtract(centre(knob.locator("circle").last), before) == pytest.approx((0, 60), abs=1)
        signal = [1.0] * 3 + [-1.0] + [0.1] * 4
        self.assert_shown(figure, {"signal": signal})
        assert gradient_memory.HELD * 3 + 1 == 25 and "25 to 32" in knob.get_attribute("aria-label")
        figure.button("rare").click()
        figure.button("off").click()
        self.assert_shown(figure, {"signal": [0, 0, 0, 1] * 2, "correction": "off"})
        figure.button("Undo").click()
        figure.button("Undo").click()
        self.assert_shown(figure, {"signal": signal})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == [*(f"part-{i}" for i in range(8)), "step"]
        figure.press("part-7", "Home", "ArrowUp")
        figure.press("step", "PageDown", "ArrowLeft")
        self.assert_shown(figure, {"signal": [1.0] * 4 + [0.1] * 3 + [-1.9], "step": 53})
        assert figure.handle("part-7").get_attribute("aria-valuetext").startswith("\u22121.90; steps: momentum ")
        figure.wait_for_words(r"^Step 53: steps: momentum ")
