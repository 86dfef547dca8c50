"""The widget of the penalties: its numbers, and what it does on the page."""

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib import regularizers
from course_lib.widgets import PenaltyContours


def total(widget: PenaltyContours, w1, w2):
    """Loss and penalty, written out for two weights."""
    (c1, c2), s = widget.optimum, widget.strength
    penalty = abs(w1) + abs(w2) if widget.penalty == "l1" else w1 * w1 + w2 * w2
    return (w1 - c1) ** 2 / 2 + 0.5 * (w2 - c2) ** 2 / 2 + s * penalty


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_nowhere_around_it_is_the_sum_smaller(penalty, rng):
    for _ in range(20):
        widget = PenaltyContours(penalty=penalty, strength=float(rng.uniform(0, 3)),
                                 optimum=[float(rng.uniform(-3, 3)), float(rng.uniform(-2, 2))])
        n = widget.numbers()
        here = total(widget, n["w.0"], n["w.1"])
        assert n["total"] == pytest.approx(here) == pytest.approx(n["loss"] + n["penalty"])
        for scale in (1e-4, 1e-2, 1.0):
            d1, d2 = scale * rng.normal(size=(2, 500))
            assert np.all(total(widget, n["w.0"] + d1, n["w.1"] + d2) > here - 1e-15)


def test_the_slopes_of_loss_and_penalty_cancel_where_a_weight_is_not_zero():
    widget = PenaltyContours()
    n = widget.numbers()
    w = np.array([n["w.0"], n["w.1"]])
    assert np.all(w != 0)
    slope = np.array([1.0, 0.5]) * (w - widget.optimum)
    assert slope == pytest.approx(-regularizers.L1(widget.strength).gradient(w))


def test_the_answers_to_the_questions_about_penalties():
    assert all(PenaltyContours(penalty="l2", strength=s).numbers()["w.1"] > 0.04 for s in (0.0, 1.0, 3.0))
    at = {s: PenaltyContours(strength=s).numbers() for s in (0.0, 0.29, 0.31, 0.5)}
    assert at[0.29]["w.1"] > 0 == at[0.31]["w.1"] == at[0.5]["w.1"] and at[0.5]["w.0"] == pytest.approx(1.5)


def test_the_penalties_take_moderate_states_only():
    for state in ({"optimum": [3.1, 0.0]}, {"optimum": [0.0, 2.1]}, {"optimum": [1.0]},
                  {"optimum": [float("nan"), 0.0]}, {"strength": -0.1}, {"strength": 3.1}, {"penalty": "l3"}):
        with pytest.raises(traitlets.TraitError):
            PenaltyContours(**state)


class TestPenaltyContours(WidgetOnThePage):
    widget = PenaltyContours
    chapter = "11_regularization"
    first = "optimum0"
    finger_changes = "optimum.0"
    widest = "optimum=-3,-2;strength=2.75;penalty=l2"
    broken = ["optimum=1", "optimum=3.1,0", "optimum=0,2.1;penalty=l3", "strength=-1", "strength=3.1;optimum=a,b",
              "optimum=nan,1"]
    moves = [["strength", "End"], ["strength", "PageUp"]]
    right = [1, 1]

    def assert_shown(self, figure, state):
        widget = PenaltyContours(**state)
        figure.assert_numbers(widget.numbers())
        way = figure.points("[data-way]")
        unit = (figure.width - 44) / 7
        for i in (0, 30, 60):
            assert way[i] == pytest.approx((np.array([3.5, 2.5]) + widget.minimum(i / 20) * [1, -1]) * unit, abs=0.006)

    def random_state(self, rng):
        return {"optimum": [round(float(rng.uniform(-3, 3)), 2), round(float(rng.uniform(-2, 2)), 2)],
                "strength": round(float(rng.uniform(0, 3)), 2), "penalty": str(rng.choice(["l1", "l2"]))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        near = {"strength": 0.5, "optimum": [1.4, 0.8]}
        for state, met in (({"strength": 0.5}, 1), (near | {"penalty": "l2"}, 0), (near | {"optimum": [1.5, 1.2]}, 2),
                           (near, 2)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        assert figure.goal.get_attribute("data-reached") is None
        figure.press("optimum0", "ArrowUp", "ArrowUp")
        return figure

    def test_its_optimum_is_dragged_in_the_plane(self, open_figure):
        figure = open_figure()
        unit = (figure.width - 44) / 7
        figure.drag("optimum0", -round(unit), -round(unit / 2))
        state = {"optimum": [round(2 - round(unit) / unit, 2), round(0.6 + round(unit / 2) / unit, 2)]}
        self.assert_shown(figure, state)
        figure.button("\u2113\u2082").click()
        self.assert_shown(figure, state | {"penalty": "l2"})
        figure.button("Undo").click()
        figure.button("Undo").click()
        self.assert_shown(figure, {})
        figure.drag("optimum1", 0, 20)
        figure.drag("strength", 50)
        assert figure.numbers()["optimum.1"] == pytest.approx(0.6 - 20 / unit, abs=0.006)
        assert figure.numbers()["strength"] > 0.2
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["strength", "optimum1", "optimum0"]
        figure.press("optimum0", "ArrowLeft", "PageDown")
        figure.press("optimum1", "Home")
        figure.press("strength", "End", "ArrowDown")
        self.assert_shown(figure, {"optimum": [1.45, -2.0], "strength": 2.95})
        assert figure.handle("strength").get_attribute("aria-valuetext").startswith("2.95; smallest sum at ")
        figure.wait_for_words("^Strength 2.95: smallest sum at ")

    def test_a_weight_at_zero_is_told(self, open_figure):
        figure = open_figure("#penalty_contours:strength=0.5")
        assert "not above 0: the weight is 0" in figure.find(".panel").text_content()
