"""The widget of the batch statistics: its numbers, and what it does on the page."""

import re

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import BatchStatistics, batch_statistics


def test_the_statistics_agree_with_loops(rng):
    for _ in range(5):
        size = int(rng.choice(batch_statistics.SIZES))
        widget = BatchStatistics(batch_size=size, momentum=float(rng.choice(batch_statistics.MOMENTA)),
                                 epsilon=float(rng.choice(batch_statistics.EPSILONS)), shift=float(rng.uniform(-3, 3)),
                                 stddev=float(rng.uniform(0.01, 1)), step=int(rng.integers(1, 121)))
        p, epsilon, mean, variance = widget.momentum, widget.epsilon, 0.0, 1.0
        for x in widget.batches()[:widget.step, :, 0].tolist():
            batch_mean = sum(x) / size
            batch_variance = sum((v - batch_mean) ** 2 for v in x) / size
            mean, variance = p * mean + (1 - p) * batch_mean, p * variance + (1 - p) * batch_variance
        (found, outputs), n = widget.run(), widget.numbers()
        assert n["moving.mean"] == pytest.approx(mean) and n["moving.deviation"] == pytest.approx(variance ** 0.5)
        assert [len(values) for values in found.values()] == [120] * 4
        assert outputs["raw"][:, 0].tolist() == x
        training = [(v - batch_mean) / (batch_variance + epsilon) ** 0.5 for v in x]
        assert outputs["training"][:, 0] == pytest.approx(training)
        inference = [(v - mean) / (variance + epsilon) ** 0.5 for v in x]
        assert outputs["inference"][:, 0] == pytest.approx(inference)
        assert n["inference.mean"] == pytest.approx(np.mean(inference))
        assert n["inference.deviation"] == pytest.approx(np.std(inference), abs=1e-12)


def test_the_feature_shifts_after_update_60():
    x = BatchStatistics(batch_size=128, stddev=0.5, shift=-2.0).batches()
    assert x.shape == (120, 128, 1)
    assert x[:60].mean() == pytest.approx(0.5, abs=0.02) and x[60:].mean() == pytest.approx(-0.5, abs=0.02)
    assert x[:60].std() == pytest.approx(0.5, rel=0.03) and x[60:].std() == pytest.approx(0.5, rel=0.03)


def test_the_answers_to_the_questions_about_batches():
    for step in range(1, 121, 7):
        _, outputs = BatchStatistics(batch_size=2, step=step).run()
        distance = abs(float(np.diff(outputs["raw"][:, 0])[0]))
        if distance > 0.3:
            assert sorted(outputs["training"][:, 0].tolist()) == pytest.approx([-1, 1], abs=0.03)
        assert BatchStatistics(batch_size=1, step=step).run()[1]["training"].tolist() == [[0]]
    assert BatchStatistics(step=45).numbers()["left"] == pytest.approx(0.636, abs=5e-4)
    assert BatchStatistics(step=45, momentum=0.9).numbers()["left"] < 0.01


def test_the_goal_of_the_batches_can_be_reached():
    small = {"stddev": 0.01, "epsilon": 1e-5}
    for state, met in (({"momentum": 0.9}, True), ({"momentum": 0.5}, True), ({"momentum": 0.99}, False),
                       ({"momentum": 0.9, "epsilon": 1e-3}, False)):
        n = BatchStatistics(**small | state).numbers()
        assert (abs(n["inference.mean"]) <= 0.2 and abs(n["inference.deviation"] - 1) <= 0.1) == met


def test_the_batches_take_moderate_states_only():
    for state in ({"batch_size": 3}, {"batch_size": 256}, {"momentum": 1.0}, {"epsilon": 0.0}, {"stddev": 0.009},
                  {"shift": 3.1}, {"step": 0}, {"step": 121}):
        with pytest.raises(traitlets.TraitError):
            BatchStatistics(**state)


class TestBatchStatistics(WidgetOnThePage):
    widget = BatchStatistics
    chapter = "06_batch_normalization"
    first = "shift"
    finger_changes = "shift"
    widest = "shift=-3;step=1;stddev=0.01"
    broken = ["batch_size=3;momentum=1", "batch_size=256;epsilon=0", "stddev=0.001;shift=3.1", "step=0",
              "step=121;shift=x", "batch_size=0.5"]
    moves = [["batch_size", *["ArrowDown"] * 4], ["step", *["PageUp"] * 4, *["ArrowRight"] * 4]]
    right = [2, 2]

    def assert_shown(self, figure, state):
        """Every number of the batch normalization is the library's, and so is every dot and line."""
        widget = BatchStatistics(**state)
        figure.assert_numbers(widget.numbers() | {key: getattr(widget, key)
                                                  for key in ("batch_size", "stddev", "shift", "step")})
        found, outputs = widget.run()
        width = figure.width
        updates = 40 + np.arange(1, 121) / 120 * (width - 52)
        heights = {"mean": lambda v: 150 - (np.clip(v / widget.stddev, -3, 5) + 3) * 15,
                   "deviation": lambda v: 286 - (np.clip(np.log10(np.maximum(v, 1e-9)), -2.5, 0.5) + 2.5) * 100 / 3}
        for kind, height in heights.items():
            dots = np.column_stack([updates, height(np.array(found[f"batch.{kind}"]))])
            line = np.column_stack([updates, height(np.array(found[f"moving.{kind}"]))])
            assert figure.dots(f"[data-dots={kind}]") == pytest.approx(dots, abs=0.06)
            assert figure.points(f"[data-moving={kind}]") == pytest.approx(line, abs=0.06)
        for row, (kind, values) in enumerate(outputs.items()):
            wanted = [[8 + (np.clip(v, -6, 6) + 6) / 12 * (width - 16), 412 + 50 * row + batch_statistics.scatter(i)]
                      for i, v in enumerate(values[:, 0])]
            drawn = figure.dots(f"[data-strip={kind}]")
            assert drawn == pytest.approx(np.array(wanted), abs=0.06)

    def random_state(self, rng):
        return {"batch_size": int(rng.choice(batch_statistics.SIZES)),
                "momentum": float(rng.choice(batch_statistics.MOMENTA)),
                "epsilon": float(rng.choice(batch_statistics.EPSILONS)),
                "stddev": float(f"{10 ** rng.uniform(-2, 0):.3g}"), "shift": round(float(rng.uniform(-3, 3)), 2),
                "step": int(rng.integers(1, 121))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        small = {"stddev": 0.01, "momentum": 0.9, "epsilon": 1e-5}
        for change, met in (({"stddev": 0.1}, 0), ({"shift": 1.0}, 0), ({"step": 100}, 0), ({"epsilon": 1e-3}, 2),
                            ({"momentum": 0.99}, 2), ({"momentum": 0.999}, 2)):
            figure.go(small | change)
            assert figure.goal.locator("li[data-met=true]").count() == met
            assert figure.goal.get_attribute("data-reached") is None
        figure.go(small | {"stddev": 0.04})
        figure.press("stddev", "Home")
        return figure

    def test_its_feature_is_dragged(self, open_figure):
        figure = open_figure()
        width = figure.width
        state: dict = {}
        for key, (dx, dy), change in (("shift", (30, 22.5), {"shift": 0.5}),           # 15 pixels for each deviation
                                      ("stddev", (-9, 100 / 3), {"stddev": 0.1}),      # 100/3 pixels for a power of ten
                                      ("step", (-(width - 52) / 2, 40), {"step": 60})):
            knob = figure.handle(key)
            knob.scroll_into_view_if_needed()
            before = centre(knob.locator("circle").last)
            figure.drag(knob.locator("circle").last, dx, dy)
            moved = np.subtract(centre(knob.locator("circle").last), before)
            assert moved == pytest.approx((dx, 0) if key == "step" else (0, dy), abs=1)    # it follows the pointer
            state |= change
            self.assert_shown(figure, state)
        figure.drag("batch_size", 14, -14)              # two powers of two
        state["batch_size"] = 128
        self.assert_shown(figure, state)
        for button, change in (("0.9", {"momentum": 0.9}), ("0.00001", {"epsilon": 1e-5}),
                               ("0.999", {"momentum": 0.999})):
            press = figure.button(button)
            press.click()
            assert press.get_attribute("aria-pressed") == "true"
            state |= change
            self.assert_shown(figure, state)
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"momentum": 0.9})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["shift", "stddev", "step", "batch_size"]
        for key, presses in {"step": ["PageDown", "ArrowLeft"], "shift": ["Home", "PageUp", "ArrowUp"],
                             "stddev": ["PageDown", "ArrowUp"],
                             "batch_size": ["ArrowDown", "Shift+ArrowLeft", "End"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"step": 109, "shift": -2.4, "stddev": 0.355, "batch_size": 128})
        pair = r"mean \u2212?\d\.\d\d, deviation \d\.\d\d"
        told = f"; moving {pair}; in inference {pair}"
        for key, begins in (("step", "109"), ("shift", "\u22122\\.40"), ("stddev", "0\\.355"), ("batch_size", "128")):
            assert re.fullmatch(begins + told, figure.handle(key).get_attribute("aria-valuetext"))
        figure.wait_for_words(r"^Update 109: moving mean ")

    def test_another_momentum_does_not_settle_the_question_about_the_default(self, open_figure):
        figure = open_figure()
        asked = figure.question(1)
        asked.locator("input").nth(2).check()
        figure.button("0.9").click()
        figure.press("step", "End")
        assert asked.locator(".feedback").text_content() == ""
