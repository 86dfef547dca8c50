"""The widget of the variance rule: its numbers, and what it does on the page."""

import re

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib import initializers
from course_lib.widgets import VarianceRule, draws, variance_rule


def test_the_rule_is_what_the_draws_have(rng):
    for distribution in variance_rule.REACH:
        for _ in range(5):
            widget = VarianceRule(fan_in=int(rng.integers(16, 257)), fan_out=int(rng.integers(16, 257)),
                                  distribution=distribution, stddev=float(rng.uniform(0.01, 0.26)))
            n = widget.numbers()
            z, da = widget.passes()
            assert z.shape == (32, widget.fan_out) and da.shape == (32, widget.fan_in)
            for kind in ("forward", "backward"):
                assert n[f"{kind}.drawn"] == pytest.approx(n[f"{kind}.rule"], rel=0.25)


def test_the_reach_of_the_weights(rng):
    for distribution in variance_rule.REACH:
        n = VarianceRule(distribution=distribution).numbers()
        drawn = initializers.VarianceScaling(1.0, "fan_in", distribution)((64, 4000), rng)
        if distribution == "untruncated_normal":
            assert np.mean(np.abs(drawn) < n["reach"]) == pytest.approx(0.954, abs=0.003)
        else:
            assert np.abs(drawn).max() == pytest.approx(n["reach"], rel=1e-3)


def test_the_density_is_drawn_as_far_as_it_reaches():
    for distribution, reach in variance_rule.REACH.items():
        outline = np.array(variance_rule.density(distribution, 0.1))
        edges = outline[[0, -1], 0]
        end = 0.35 if distribution == "untruncated_normal" else 0.1 * reach
        assert edges == pytest.approx([-end, end])
        heights = outline[:, 1]
        assert heights.max() == pytest.approx(1)
        # the standard deviation of what is drawn
        at, h = outline[1:-1].T if distribution != "uniform" else (np.linspace(*edges, 41), np.ones(41))
        assert np.sqrt(np.trapezoid(h * at ** 2, at) / np.trapezoid(h, at)) == pytest.approx(0.1, rel=0.01)


def test_the_answers_to_the_questions_about_the_rule():
    first, wide = VarianceRule().numbers(), VarianceRule(fan_in=256).numbers()
    assert first["forward.rule"] == 1 and wide["forward.rule"] == 4
    assert (wide["forward.drawn"] / first["forward.drawn"]) ** 0.5 == pytest.approx(2, rel=0.1)
    uniform = VarianceRule(distribution="uniform").numbers()
    assert uniform["forward.rule"] == 1 and uniform["reach"] == pytest.approx(0.217, abs=5e-4)


def test_the_goal_of_the_rule_can_be_reached():
    n = VarianceRule(stddev=0.1768).numbers()
    assert n["forward.rule"] * n["backward.rule"] == pytest.approx(1, abs=0.01)
    for mode in initializers.VarianceScaling.MODES:                       # by none of the three buttons
        fan = {"fan_in": 64, "fan_out": 16, "fan_avg": 40}[mode]
        m = VarianceRule(stddev=fan ** -0.5).numbers()
        assert abs(m["forward.rule"] * m["backward.rule"] - 1) > 0.1
        if mode == "fan_avg":
            assert (m["forward.rule"], m["backward.rule"]) == pytest.approx((1.6, 0.4))


def test_the_rule_takes_moderate_states_only():
    for state in ({"fan_in": 15}, {"fan_out": 257}, {"stddev": 0.3}, {"stddev": 0.0}, {"distribution": "normal"}):
        with pytest.raises(traitlets.TraitError):
            VarianceRule(**state)


class TestVarianceRule(WidgetOnThePage):
    widget = VarianceRule
    chapter = "04_initialization"
    first = "stddev"
    finger_changes = "stddev"
    swiped = ("fan_in",)
    widest = "fan_in=256;fan_out=256;stddev=0.26"
    broken = ["fan_in=15", "fan_in=64.5;fan_out=257", "distribution=normal;stddev=0.261", "stddev=0;fan_out=x"]
    moves = [["fan_in", *["PageUp"] * 12], ["stddev", *["Shift+ArrowRight"] * 3]]
    right = [1, 1]

    def assert_shown(self, figure, state):
        """Every number of the variance rule is the library's, and both histograms are those of its draws."""
        widget = VarianceRule(**state)
        n = widget.numbers()
        expected = n | {key: getattr(widget, key) for key in ("fan_in", "fan_out", "stddev")}
        expected |= {f"{kind}.line": n[f"{kind}.rule"] for kind in ("forward", "backward")}
        figure.assert_numbers(expected)
        width = figure.width
        for kind, base_, values in zip(("forward", "backward"), (276, 438), widget.passes(), strict=True):
            drawn = figure.points(f"[data-histogram={kind}]")
            outline = np.array([(width / 2 + (width / 2 - 8) / 6 * at, base_ - min(110 * d, 96))
                                for at, d in draws.histogram(values, variance_rule.WINDOW, variance_rule.BIN)])
            assert drawn == pytest.approx(outline, abs=0.06)

    def random_state(self, rng):
        return {"fan_in": int(rng.integers(16, 257)), "fan_out": int(rng.integers(16, 257)),
                "distribution": str(rng.choice(list(variance_rule.REACH))),
                "stddev": round(float(rng.uniform(0.01, 0.26)), 4)}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for mode in ("1 / fan-in", "1 / average", "1 / fan-out"):
            figure.button(mode).click()
            assert figure.goal.locator("li[data-met=true]").count() == 1
        figure.go({"fan_in": 32, "fan_out": 32, "stddev": 0.1768})       # nothing to compromise on
        assert figure.goal.locator("li[data-met=true]").count() == 0
        figure.go({"stddev": 0.125})
        for _ in range(2):
            assert figure.goal.get_attribute("data-reached") is None
            figure.press("stddev", "Shift+ArrowRight")
        return figure

    def test_the_weights_distribution_is_dragged(self, open_figure):
        figure = open_figure()
        grip = figure.handle("stddev")
        width = figure.width
        for distribution, reach in variance_rule.REACH.items():
            words = "normal" if distribution == "untruncated_normal" else distribution.replace("_", " ")
            figure.button(words).click()
            before = figure.numbers()["stddev"]
            grip.scroll_into_view_if_needed()
            (start, _), _ = centre(grip), figure.drag(grip, -20, 9)            # sideways only
            moved = figure.numbers()["stddev"]
            assert moved == pytest.approx(before - 20 / ((width / 2 - 8) / 0.62 * reach), abs=0.0003)
            assert centre(grip)[0] - start == pytest.approx(-20, abs=0.7)    # the edge follows the pointer
            self.assert_shown(figure, {"distribution": distribution, "stddev": moved})
        figure.drag(grip, 2000)
        self.assert_shown(figure, {"distribution": distribution, "stddev": 0.26})

    def test_the_fans_are_dragged(self, open_figure):
        figure = open_figure()
        figure.drag("fan_in", 30, -6)
        self.assert_shown(figure, {"fan_in": 100})
        figure.drag("fan_out", 0, -60)
        self.assert_shown(figure, {"fan_in": 100, "fan_out": 76})
        figure.drag("fan_in", -90)
        self.assert_shown(figure, {"fan_in": 16, "fan_out": 76})
        figure.button("Undo").click()
        self.assert_shown(figure, {"fan_in": 100, "fan_out": 76})
        for mode, fan in (("1 / fan-in", 100), ("1 / average", 88), ("1 / fan-out", 76)):
            press = figure.button(mode)
            press.click()
            assert press.get_attribute("aria-pressed") == "true"
            self.assert_shown(figure, {"fan_in": 100, "fan_out": 76, "stddev": float(f"{fan ** -0.5:.4g}")})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["stddev", "fan_in", "fan_out"]
        for key, presses in {"stddev": ["ArrowUp", "PageUp", "ArrowLeft", "ArrowRight"],
                             "fan_in": ["Shift+ArrowDown", "ArrowUp"], "fan_out": ["End", "PageDown"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"stddev": 0.1525, "fan_in": 49, "fan_out": 240})
        assert re.fullmatch(r"0\.1525, variance of z 1\.14, of the gradients 5\.58",
                            figure.handle("stddev").get_attribute("aria-valuetext"))
        assert figure.handle("fan_in").get_attribute("aria-valuetext") == "49, variance 1.14"
        figure.wait_for_words(r"^Variance of z 1\.14, of the gradients 5\.58\.$")

    def test_a_goal_stays_reached(self, open_figure):
        figure = open_figure()
        goal = figure.goal
        figure.go({"stddev": 0.125})
        figure.press("stddev", *["Shift+ArrowRight"] * 2)
        assert goal.locator(".feedback").text_content().startswith("Reached. ")
        assert goal.locator("li b").all_text_contents() == ["yes", "yes"]
        figure.button("Reset").click()
        assert goal.locator("li b").last.text_content() == "not now"
        assert goal.locator(".feedback").text_content().startswith("Reached before. ")
        figure.come_back()
        assert goal.get_attribute("data-reached") == "true"
        assert goal.locator(".feedback").text_content().startswith("Reached before. ")
        assert figure.told.text_content() == ""
        panel = figure.tab.locator(".course-progress")
        panel.locator("summary").click()
        panel.locator("[data-do=forget]").click()
        panel.get_by_role("button", name="Forget them").click()
        assert goal.get_attribute("data-reached") is None and goal.locator(".feedback").text_content() == ""

    def test_a_link_to_the_goal_does_not_reach_it_for_good(self, open_figure):
        figure = open_figure("#variance_rule:stddev=0.175")
        goal = figure.goal
        assert goal.locator(".feedback").text_content().startswith("Reached. ")
        assert figure.told.text_content() == ""
        figure.come_back()
        assert goal.get_attribute("data-reached") is None

    def test_another_distribution_does_not_settle_the_question_about_the_uniform_one(self, open_figure):
        figure = open_figure()
        asked = figure.question(1)
        asked.locator("input").nth(1).check()
        figure.button("normal").click()
        figure.press("stddev", *["Shift+ArrowRight"] * 3)
        assert figure.numbers()["forward.rule"] == 1
        assert asked.locator(".feedback").text_content() == ""
