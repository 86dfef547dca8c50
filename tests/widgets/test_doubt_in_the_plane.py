"""The widget of Monte Carlo dropout: its numbers, and what it does on the page."""

import math
import statistics

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib import Input, Sequential, layers
from course_lib.widgets import DoubtInThePlane, draws
from course_lib.widgets import doubt_in_the_plane as module

OPACITIES = """(widget) => [...widget.querySelectorAll("[data-heat] rect")]
    .map((cell) => Number(cell.getAttribute("fill-opacity")))"""


def test_its_numbers_written_out(rng):
    u = draws.uniforms(0, 70, 800).tolist()
    for rate in (0.1, 0.3, 0.5):
        widget = DoubtInThePlane(rate=rate, point=[float(rng.uniform(-4, 4)), float(rng.uniform(-3, 3))])
        (x1, x2), n = widget.point, widget.numbers()
        a = [max(x1 * widget.hidden[j] + x2 * widget.hidden[16 + j] + widget.hidden_bias[j], 0) for j in range(16)]

        def probability(factors, a=a, widget=widget):
            z = sum(f * a[j] * widget.output[j] for j, f in enumerate(factors)) + widget.output_bias[0]
            return 1 / (1 + math.exp(-z))

        p = [probability([(u[16 * t + j] >= rate) / (1 - rate) for j in range(16)]) for t in range(50)]
        assert n["plain"] == pytest.approx(probability([1] * 16))
        assert n["mean"] == pytest.approx(statistics.fmean(p)) and n["spread"] == pytest.approx(statistics.pstdev(p))
        assert (n["low"], n["high"]) == (pytest.approx(min(p)), pytest.approx(max(p)))


def test_its_network_is_one_that_was_trained_on_its_points():
    hidden, hidden_bias, output, output_bias = module.trained()
    network = Sequential([Input((2,)), layers.Dense(16, activation="relu"), layers.Dropout(0.3),
                          layers.Dense(1, activation="sigmoid")], dtype="float64")
    network.set_weights([hidden, hidden_bias, output, output_bias])
    points = module.training_points()
    assert network.predict(points)[:, 0] == pytest.approx(DoubtInThePlane().plain(points))
    assert np.array_equal(network.predict(points)[:, 0] > 0.5, np.repeat([False, True], 16))


def test_the_answers_to_the_questions_about_doubt():
    spread = {x1: DoubtInThePlane(point=[x1, -0.5]).numbers()["spread"] for x1 in (1.2, 0.0, 4.0)}
    assert spread[1.2] < 0.01 and spread[0.0] > 0.1 and spread[4.0] < 0.01


def test_the_point_takes_moderate_states_only():
    for state in ({"point": [4.1, 0.0]}, {"point": [0.0, -3.1]}, {"point": [1.0]}, {"point": [float("nan"), 0.0]},
                  {"rate": 0.2}):
        with pytest.raises(traitlets.TraitError):
            DoubtInThePlane(**state)


class TestDoubtInThePlane(WidgetOnThePage):
    widget = DoubtInThePlane
    chapter = "11_regularization"
    first = "point0"
    finger_changes = "point.0"
    widest = "point=-4,-3;rate=0.5"
    broken = ["point=1", "point=4.1,0", "point=0,3.1;rate=0.6", "rate=0.2", "point=a,b;rate=1", "point=nan,1"]
    moves = [["point0", "PageDown", "PageDown", *["ArrowLeft"] * 2], ["point0", "End"]]
    right = [1, 1]

    def assert_shown(self, figure, state):
        widget = DoubtInThePlane(**state)
        figure.assert_numbers(widget.numbers())
        across = figure.dots("[data-passes]")[:, 0]
        shown = 14 + widget.passes(np.array([widget.point]))[:, 0] * (figure.width - 44)
        assert across == pytest.approx(shown, abs=0.06)

    def random_state(self, rng):
        return {"point": [round(float(rng.uniform(-4, 4)), 2), round(float(rng.uniform(-3, 3)), 2)],
                "rate": float(rng.choice([0.1, 0.3, 0.5]))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state, met in (({"point": [4.0, -0.5]}, 1), ({"point": [0.0, 0.0]}, 1)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        assert figure.goal.get_attribute("data-reached") is None
        figure.go({"point": [-2.0, -2.95]})
        figure.press("point1", "ArrowDown")
        return figure

    def test_the_background_shows_the_deviation(self, open_figure):
        figure = open_figure()
        for rate in (0.3, 0.5):
            figure.go({"rate": rate})
            shown = np.array(figure.evaluate(OPACITIES))
            centres = [[(k % 32 + 0.5) / 4 - 4, 3 - (k // 32 + 0.5) / 4] for k in range(768)]
            spread = DoubtInThePlane(rate=rate).passes(np.array(centres)).std(axis=0)
            assert shown == pytest.approx(1.4 * spread, abs=0.001)

    def test_its_point_is_dragged_in_the_plane(self, open_figure):
        figure = open_figure()
        unit = (figure.width - 44) / 8
        figure.drag("point0", -round(unit), -round(unit / 2))
        state = {"point": [round(1.2 - round(unit) / unit, 2), round(-0.5 + round(unit / 2) / unit, 2)]}
        self.assert_shown(figure, state)
        figure.button("0.5").click()
        self.assert_shown(figure, state | {"rate": 0.5})
        figure.button("Undo").click()
        figure.button("Undo").click()
        self.assert_shown(figure, {})
        figure.drag("point1", 0, 20)
        assert figure.numbers()["point.1"] == pytest.approx(-0.5 - 20 / unit, abs=0.006)
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["point1", "point0"]
        figure.press("point0", "ArrowLeft", "PageUp")
        figure.press("point1", "Home")
        self.assert_shown(figure, {"point": [1.65, -3.0]})
        assert figure.handle("point1").get_attribute("aria-valuetext").startswith("\u22123.00; probability ")
        figure.wait_for_words("^Point 1.65, \u22123.00: probability ")
