"""The widget of the dropout masks: its numbers, and what it does on the page."""

import statistics

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import DropoutMasks, draws

A = [0.4, 1.2, 0.8, 1.5, 0.3, 1.0, 0.6, 1.4]


@pytest.mark.parametrize("scaling", ["keep", "rate", "none"])
def test_its_numbers_written_out(scaling):
    u = draws.uniforms(0, 50, 1600).tolist()
    for rate, passes in ((0.2, 200), (0.75, 7), (0.9, 1)):
        n = DropoutMasks(rate=rate, passes=passes, scaling=scaling).numbers()
        divisor = {"keep": 1 - rate, "rate": rate, "none": 1}[scaling]
        rows = [[A[i] / divisor if u[8 * t + i] >= rate else 0.0 for i in range(8)] for t in range(passes)]
        for i in range(8):
            assert n[f"unit.{i}"] == pytest.approx(statistics.fmean(row[i] for row in rows))
        means = [statistics.fmean(row) for row in rows]
        assert n["ratio"] == pytest.approx(statistics.fmean(means) / statistics.fmean(A))
        assert n["spread"] == pytest.approx(statistics.pstdev(means), abs=1e-12)
        assert n["kept"] == pytest.approx(sum(v > 0 for row in rows for v in row) / (8 * passes))


def test_the_answers_to_the_questions_about_masks():
    assert DropoutMasks(scaling="rate", rate=0.5, passes=200).numbers()["ratio"] == pytest.approx(1, abs=0.05)
    assert DropoutMasks(scaling="rate", rate=0.2, passes=200).numbers()["ratio"] == pytest.approx(4, abs=0.2)
    before, after = (DropoutMasks(rate=rate, passes=200).numbers() for rate in (0.25, 0.75))
    assert before["ratio"] == pytest.approx(1, abs=0.05) and after["ratio"] == pytest.approx(1, abs=0.15)
    assert after["spread"] > 2 * before["spread"]


def test_the_masks_take_moderate_states_only():
    for state in ({"rate": 0.0}, {"rate": 0.95}, {"passes": 0}, {"passes": 201}, {"scaling": "both"}):
        with pytest.raises(traitlets.TraitError):
            DropoutMasks(**state)


class TestDropoutMasks(WidgetOnThePage):
    widget = DropoutMasks
    chapter = "11_regularization"
    first = "rate"
    finger_changes = "rate"
    widest = "rate=0.05;scaling=rate;passes=200"
    broken = ["rate=0", "rate=0.95;passes=500", "passes=0", "passes=2.5;scaling=both", "passes=201", "rate=nan"]
    moves = [["rate", "PageDown", "ArrowLeft"], ["rate", "PageUp", "PageUp"]]
    right = [2, 0]

    def assert_shown(self, figure, state):
        widget = DropoutMasks(**state)
        figure.assert_numbers(widget.numbers())
        shown = widget.masks()[:min(12, widget.passes)]
        assert len(figure.strokes("[data-masks]")) == shown.sum()
        for x, y, length in figure.strokes("[data-masks]"):
            pitch = (figure.width - 60) / 8
            row, unit = round((y - 30) / 13), int((x + length / 2 - 52) / pitch)
            assert shown[row, unit]

    def random_state(self, rng):
        return {"rate": round(float(rng.uniform(0.05, 0.9)), 2), "passes": int(rng.integers(1, 201)),
                "scaling": str(rng.choice(["keep", "rate", "none"]))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state, met in (({"rate": 0.5, "passes": 200}, 0), ({"rate": 0.5, "passes": 140, "scaling": "rate"}, 0),
                           ({"rate": 0.4, "passes": 200, "scaling": "rate"}, 1)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        assert figure.goal.get_attribute("data-reached") is None
        figure.press("rate", "ArrowRight", "ArrowRight")
        return figure

    def test_rate_and_passes_are_dragged(self, open_figure):
        figure = open_figure()
        start, long = DropoutMasks(), figure.width - 18 - 62
        figure.drag("rate", 100)
        state = {"rate": round(start.rate + 100 * 0.85 / long, 2)}
        self.assert_shown(figure, state)
        figure.drag("passes", 60)
        state["passes"] = round(start.passes + 60 * 199 / long)
        self.assert_shown(figure, state)
        for words, scaling in (("p", "rate"), ("nothing", "none"), ("1 \u2212 p", "keep")):
            figure.button(words).click()
            assert figure.button(words).get_attribute("aria-pressed") == "true"
            self.assert_shown(figure, state | {"scaling": scaling})
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"scaling": "none"})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["rate", "passes"]
        figure.press("rate", "End", "ArrowDown")
        figure.press("passes", "PageUp", "ArrowUp")
        self.assert_shown(figure, {"rate": 0.85, "passes": 63})
        assert figure.handle("passes").get_attribute("aria-valuetext").startswith("63; ")
        figure.wait_for_words("^Rate 0.85, 63 passes: ")

    def test_a_wrong_divisor_is_tall(self, open_figure):
        figure = open_figure("#dropout_masks:rate=0.05;scaling=rate;passes=200")
        heights = [float(bar.get_attribute("height")) for bar in figure.find("rect.amount").all()]
        assert max(heights) == pytest.approx(124) and np.all(np.array(heights) <= 124.001)
