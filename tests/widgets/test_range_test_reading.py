"""The widget of the range test: its numbers, and what it does on the page."""

import math

import numpy as np
import pytest
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import RangeTestReading, small_network
from course_lib.widgets.range_test_reading import LOSSES
from course_lib.widgets.schedule_shape import height


def final(rate, seed=0):
    return RangeTestReading(rate=rate, seed=seed).numbers()["loss"]


def test_the_test_is_read_as_by_hand():
    widget = RangeTestReading(smoothing=0.8, seed=1)
    test = widget.tested()
    k = np.arange(len(test.losses))
    assert test.learning_rates == pytest.approx(1e-4 * 1e4 ** (k / 199))
    weighted = [np.average(test.losses[:n], weights=0.8 ** np.arange(n)[::-1]) for n in range(1, len(k) + 1)]
    assert test.smoothed == pytest.approx(weighted)
    assert test.turned and test.smoothed[-1] > 4 * test.smoothed.min() >= test.smoothed[-2]
    assert widget.numbers()["suggestion"] == pytest.approx(test.learning_rates[np.argmin(weighted)] / 10)


def test_the_answers_to_the_range_tests_questions():
    for rate in np.geomspace(0.25, 1, 20):
        assert final(float(rate)) == small_network.LOST
    test = RangeTestReading().tested()
    assert test.turned and test.learning_rates[-1] == pytest.approx(0.13, abs=0.005)
    assert (test.smoothed[0], test.smoothed[-1]) == pytest.approx((4.5, 2.5), abs=0.05)
    quick, slow = (RangeTestReading(smoothing=beta).numbers()["turning"] for beta in (0.5, 0.98))
    assert slow > 1.3 * quick


def test_what_is_said_when_the_goal_is_reached():
    for seed, turns_at in ((0, 0.075), (1, 0.057), (2, 0.04)):
        assert any(final(turns_at / part, seed) < 0.25 for part in (2, 2.5, 3))
        assert final(turns_at / 10, seed) > 0.25
    assert RangeTestReading(seed=2).numbers()["turning"] < 1e-3


class TestRangeTestReading(WidgetOnThePage):
    widget = RangeTestReading
    chapter = "10_learning_rate_schedules"
    first = "rate"
    finger_changes = "rate"
    widest = "rate=1;smoothing=0.98;seed=2"
    broken = ["rate=5", "smoothing=1;seed=9", "rate=zero"]
    moves = [["rate", *["Shift+ArrowRight"] * 5], ["smoothing", *["Shift+ArrowRight"] * 3]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number, the average and the training are those of the library."""
        widget = RangeTestReading(**state)
        assert figure.numbers() == pytest.approx(widget.numbers(), rel=1e-6)
        axis = (LOSSES[0], LOSSES[1] + math.log10(1.05))
        for name, values, (top, bottom) in (("smoothed", widget.tested().smoothed, (46, 206)),
                                            ("training", widget.training(), (326, 436))):
            top -= math.log10(1.05) / (LOSSES[1] - LOSSES[0]) * (bottom - top)
            assert figure.points(f"[data-curve={name}]")[:, 1] == pytest.approx(
                [height(float(v), axis, top, bottom) for v in values], abs=0.06)

    def random_state(self, rng):
        return {"rate": float(f"{10 ** rng.uniform(-4, 0):.3g}"), "smoothing": round(float(rng.uniform(0, 0.98)), 2),
                "seed": int(rng.integers(3))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for seed in range(3):
            figure.go({"rate": 0.004, "seed": seed})
            assert figure.goal.locator("li[data-met=true]").count() == seed
            if seed < 2:
                figure.go({"rate": 0.02, "seed": seed})
        figure.press("rate", "Shift+ArrowRight", "ArrowRight", "ArrowRight")
        return figure

    def test_the_line_is_dragged_to_a_rate(self, open_figure):
        figure = open_figure()
        figure.drag("rate", (figure.width - 64) / 4)                       # one decade
        assert figure.numbers()["rate"] == pytest.approx(0.01, rel=0.06)
        self.assert_shown(figure, {"rate": figure.numbers()["rate"]})
