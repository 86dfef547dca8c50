"""The widget of the shape of a schedule: the small network, its numbers, and what it does on the page."""

import math

import numpy as np
import pytest
from widgets.figure import case
from widgets.on_the_page import WidgetOnThePage

from course_lib import schedules
from course_lib.widgets import ScheduleShape, small_network
from course_lib.widgets.schedule_shape import BATCH, CORNERS, EPOCH, SCHEDULES, height


def final(**state):
    return ScheduleShape(**state).numbers()["loss"]


def by_hand(rate, seed, size):
    """The small network's validation losses, unit by unit, without the library."""
    x, y = (a[:, 0] for a in small_network.points(0))
    xv, yv = (a[:, 0] for a in small_network.points(2))
    w, b, v, c = (np.array(a, float).ravel() for a in small_network.network(seed).get_weights())

    def loss():
        return float(np.mean((np.maximum(np.outer(xv, w) + b, 0) @ v + c - yv) ** 2))

    found = [loss()]
    for step, rows in enumerate(small_network.batches(seed, size)):
        dw, db, dv, dc = np.zeros_like(w), np.zeros_like(b), np.zeros_like(v), 0.0
        for i in rows:
            z = x[i] * w + b
            d = 2 * (np.maximum(z, 0) @ v + c[0] - y[i]) / size
            dv, dc = dv + d * np.maximum(z, 0), dc + d
            dw, db = dw + d * v * x[i] * (z > 0), db + d * v * (z > 0)
        eta = rate(step)
        w, b, v, c = w - eta * dw, b - eta * db, v - eta * dv, c - eta * dc
        found.append(loss())
    return found


@pytest.mark.parametrize("size", [4, 16])
def test_the_small_network_is_trained_as_by_hand(size):
    cycle = schedules.OneCycle(0.05, small_network.STEPS)
    rates, losses, found = small_network.trained(cycle, 1, size)
    assert rates == [cycle(step) for step in range(240)] and len(losses) == 240
    assert found == pytest.approx(by_hand(cycle, 1, size), rel=1e-9)


def test_every_epoch_takes_each_row_once():
    for size in (4, 16):
        rows = small_network.batches(0, size)
        assert rows.shape == (240, size)
        assert (np.sort(rows.reshape(-1, 64), axis=1) == np.arange(64)).all()


def test_own_points_are_met_and_joined_by_equal_factors(rng):
    points = [float(f"{p:.3g}") for p in 10 ** rng.uniform(-4, -1, CORNERS)]
    widget = ScheduleShape(schedule="own", points=points)
    assert [widget.own(30 * i) for i in range(CORNERS)] == pytest.approx(points)
    factors = [widget.own(step + 1) / widget.own(step) for step in range(30, 60)]
    assert factors == pytest.approx([(points[2] / points[1]) ** (1 / 30)] * 30)


def test_performance_scheduling_halves_when_two_epochs_bring_nothing():
    widget = ScheduleShape(schedule="performance", peak=0.05)
    rates, losses = widget.training()
    best, wait, rate = math.inf, 0, 0.05
    for epoch in range(240 // EPOCH):
        assert set(rates[EPOCH * epoch:EPOCH * (epoch + 1)]) == {rate}
        loss = losses[EPOCH * (epoch + 1)]
        best, wait = (loss, 0) if loss < best - 1e-4 else (best, wait + 1)
        if wait == 2:
            rate, wait = rate / 2, 0
    assert rates[-1] < 0.05


def test_the_answers_to_the_schedules_questions():
    constant = final()
    assert constant == pytest.approx(0.293, abs=5e-4)
    late = final(schedule="own", points=[0.03] * 8 + [0.0003])
    assert 0.6 < late / constant < 0.75
    assert final(peak=0.2) == small_network.LOST and len(ScheduleShape(peak=0.2).training()[1]) < 60
    assert final(schedule="one_cycle", peak=0.2) < 0.3 and final(schedule="one_cycle", peak=0.05) < 0.22


def test_the_goal_of_the_schedules_can_be_reached_and_not_by_a_constant_rate():
    for peak, limit in ((0.03, 0.235), (0.2, 0.3)):
        assert all(final(schedule="one_cycle", peak=peak, seed=seed) < limit for seed in range(3))
    for peak in np.geomspace(0.003, 0.5, 24):
        assert any(final(peak=float(peak), seed=seed) >= 0.235 for seed in range(3))


class TestScheduleShape(WidgetOnThePage):
    widget = ScheduleShape
    chapter = "10_learning_rate_schedules"
    first = "peak"
    finger_changes = "largest"
    widest = "schedule=own;points=0.1,0.00001,0.3,0.5,0.00001,0.2,0.1,0.1,0.00001"
    broken = ["peak=5", "schedule=linear;seed=7", "points=0.1,0.1", "points=1,1,1,1,1,1,1,1,1"]
    moves = [["point8", *["Shift+ArrowDown"] * 4], ["peak", *["Shift+ArrowRight"] * 4, *["ArrowRight"] * 1]]
    right = [1, 2]

    def assert_shown(self, figure, state):
        """Final losses, rates and all three curves are those of the library."""
        widget = ScheduleShape(**state)
        assert figure.numbers() == pytest.approx(widget.numbers(), rel=1e-6)
        rates, losses = widget.training()
        assert figure.points("[data-curve=rate]")[:, 1] == pytest.approx(
            [height(rate, (-5 - 0.02, 0.02), *self.stretched(28, 188, 5)) for rate in rates], abs=0.06)
        for name, values in (("loss", losses), ("constant", widget.compared())):
            assert figure.points(f"[data-curve={name}]")[:, 1] == pytest.approx(
                [height(v, (-0.9 - math.log10(1.05), 1 + math.log10(1.05)), *self.stretched(232, 372, 1.9, 1.05))
                 for v in values], abs=0.06)

    @staticmethod
    def stretched(top, bottom, decades, beyond=10 ** 0.02):
        """The ends of an axis that goes a little beyond its numbers."""
        more = math.log10(beyond) / decades * (bottom - top)
        return top - more, bottom + more

    def random_state(self, rng):
        points = [float(f"{p:.3g}") for p in 10 ** rng.uniform(-4.5, -0.8, CORNERS)]
        peak = float(f"{10 ** rng.uniform(-2.5, -0.7):.3g}")
        return {"schedule": str(rng.choice([*SCHEDULES, "own", "own"])), "peak": peak, "points": points,
                "seed": int(rng.integers(3))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        figure.button("1cycle").click()                                    # seed 0: 0.218, all three: 0.230
        assert figure.goal.locator("li[data-met=true]").count() == 1
        figure.press("peak", *["Shift+ArrowRight"] * 3)
        assert figure.goal.locator("li[data-met=true]").count() == 1
        figure.press("peak", "Shift+ArrowRight", "ArrowRight")
        return figure

    def test_a_drag_bends_the_rate_there_and_makes_it_the_readers_own(self, open_figure):
        figure = open_figure()
        figure.button("cosine").click()
        before = figure.points("[data-curve=rate]")
        figure.drag("point4", 0, 64)                                       # two decades down
        after = figure.points("[data-curve=rate]")
        assert after[120, 1] == pytest.approx(before[120, 1] + 64, abs=1)
        assert after[30, 1] == pytest.approx(before[30, 1], abs=1)
        assert figure.find(".panel").text_content().startswith("Your own")

    def test_the_largest_rate_moves_all_own_points(self, open_figure):
        figure = open_figure()
        figure.go({"schedule": "own", "points": [0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.001]})
        figure.press("peak", *["ArrowRight"] * 5)
        with case("five times 0.02"):
            points = [round(p * 10 ** 0.1, 4) for p in (0.01, 0.02)]
            assert figure.numbers()["largest"] == pytest.approx(points[1], rel=0.02)
            assert figure.numbers()["last"] == pytest.approx(0.001 * 10 ** (0.1 + 1 / 30), rel=0.03)
        assert BATCH == 4
