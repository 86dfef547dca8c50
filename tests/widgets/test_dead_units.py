"""The widget of the dead units: its numbers, and what it does on the page."""

import math
import re

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage
from widgets.touch import PHONE, UP

from course_lib.widgets import DeadUnits, dead_units


def trained_by_hand(widget: DeadUnits, kind: str) -> tuple[np.ndarray, float]:
    """The sums and the loss after training, without the layers, the loss and the optimizer of the library."""
    phi, slope = {"relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
                  "leaky_relu": (lambda z: np.where(z > 0, z, widget.negative_slope * z),
                                 lambda z: np.where(z > 0, 1, widget.negative_slope)),
                  "elu": (lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
                          lambda z: np.exp(np.minimum(z, 0)))}[kind]
    x, y = dead_units.data()
    w, b, v = dead_units.kernel().copy(), np.full(12, widget.bias), np.tile([0.3, -0.3], 6)[:, np.newaxis]
    for _ in range(widget.steps):
        z = x @ w + b
        dz = (1 / (1 + np.exp(-phi(z) @ v)) - y) / 32 @ v.T * slope(z)
        w, b = w - 2 * x.T @ dz, b - 2 * dz.sum(axis=0)
    z = x @ w + b
    p = 1 / (1 + np.exp(-phi(z) @ v))
    return z, float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


@pytest.mark.parametrize("kind", dead_units.KINDS)
def test_the_layer_is_trained_as_by_hand(kind, rng):
    for _ in range(4):
        widget = DeadUnits(bias=float(rng.uniform(-8, 2)), steps=int(rng.integers(201)),
                           negative_slope=float(rng.choice(dead_units.SLOPES)))
        (z, loss), (expected, expected_loss) = widget.trained(kind), trained_by_hand(widget, kind)
        assert z == pytest.approx(expected, abs=1e-9) and loss == pytest.approx(expected_loss, abs=1e-9)
        n = widget.numbers()
        assert n[f"{kind}.dead"] == sum(all(v <= 0 for v in column) for column in expected.T)
        start = dead_units.data()[0] @ dead_units.kernel() + widget.bias
        below = {"relu": np.zeros_like(start), "leaky_relu": np.full_like(start, widget.negative_slope),
                 "elu": np.exp(start)}[kind]
        assert n[f"{kind}.slope"] == pytest.approx(np.where(start > 0, 1, below).mean())


def test_dead_relu_units_stay_dead():
    for bias in (-8.0, -5.0, -3.0, -1.5):
        widget = DeadUnits(bias=bias)
        before, (after, _) = widget.start_sums(), widget.trained("relu")
        gone = dead_units.dead(before)
        assert gone.any() and (after[:, gone] == before[:, gone]).all()
        assert gone.all() or not (after[:, ~gone] == before[:, ~gone]).any()


def test_the_units_are_drawn_in_the_order_of_their_reach():
    for bias in (-9.0, 0.0):
        z = DeadUnits(bias=bias).start_sums()
        low, high = dead_units.reach(z, dead_units.by_reach())
        assert high == sorted(high, reverse=True)
        assert low == np.maximum(z.min(axis=0), -16)[dead_units.by_reach()].tolist()


def test_the_answers_to_the_questions_about_dead_units():
    n = DeadUnits(bias=-8.0).numbers()
    assert DeadUnits().numbers()["start"] < 12 == n["start"] == n["relu.dead"]
    far = DeadUnits(bias=-10.0).numbers()
    assert far["leaky_relu.loss"] < 0.3 and far["leaky_relu.dead"] > 6
    for kind in ("relu", "elu"):
        assert far[f"{kind}.loss"] == pytest.approx(math.log(2), abs=1e-3)
        assert far[f"{kind}.dead"] == 12


def test_the_goal_of_the_dead_units_can_be_reached():
    met = [bias for bias in np.arange(-12, -6, 0.2).round(2).tolist()
           if (n := DeadUnits(bias=bias).numbers())["start"] == n["elu.dead"] == 12 and n["leaky_relu.dead"] < 12]
    assert len(met) > 5 and -10.5 < met[0] and met[-1] < -8              # both ends are limits, as the praise says
    assert all(DeadUnits(bias=bias, negative_slope=0.01).numbers()["leaky_relu.dead"] == 12 for bias in met[::2])


def test_the_dead_units_take_moderate_states_only():
    for state in ({"bias": -12.1}, {"bias": 2.1}, {"steps": 201}, {"steps": -1}, {"negative_slope": 0.3}):
        with pytest.raises(traitlets.TraitError):
            DeadUnits(**state)


class TestDeadUnits(WidgetOnThePage):
    widget = DeadUnits
    chapter = "05_activations"
    first = "bias"
    finger_changes = "bias"
    swiped = ("steps",)
    widest = "bias=2;steps=200"
    broken = ["bias=-12.1", "bias=2.5;steps=201", "steps=1.5;negative_slope=0.3", "bias=x;steps=-1"]
    moves = [["bias", *["Shift+ArrowLeft"] * 5], ["bias", *["PageDown"] * 8]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number is the library's; the dots are the layer's sums, and the bars reach as far as the sums do."""
        widget = DeadUnits(**state)
        figure.assert_numbers(widget.numbers() | {"bias": widget.bias, "steps": widget.steps})
        dots, bars = figure.evaluate("""(widget) => {
            const drawn = (kind) => [...widget.querySelectorAll(kind)].map((path) => path.getAttribute("d"));
            return [drawn(".figure .dots"), drawn(".figure .violin")];
        }""")
        z, order, width = widget.start_sums(), dead_units.by_reach(), figure.width

        def place(values, start: float, end: float) -> np.ndarray:
            return start + (np.asarray(values) + 16) / 22 * (end - start)

        for path, gone in zip(dots, (False, True), strict=True):
            drawn = [[float(v) for v in point.removesuffix("h0").split()] for point in path.split("M")[1:]]
            wanted = [[x, 46 + 13 * row] for row, unit in enumerate(order) if dead_units.dead(z)[unit] == gone
                      for x in place(z[:, unit], 8, width - 8)]
            assert np.array(drawn) == pytest.approx(np.array(wanted), abs=0.06)
        pane = (width - 32) / 3
        for i, kind in enumerate(dead_units.KINDS):
            after, _ = widget.trained(kind)
            rows = list(enumerate(zip(order, *dead_units.reach(after, order), strict=True)))
            for path, gone in zip(bars[2 * i:2 * i + 2], (False, True), strict=True):
                drawn = [[float(v) for v in stroke.replace("H", " ").split()] for stroke in path.split("M")[1:]]
                start = 8 + i * (pane + 8)
                wanted = [[x1, y, x2] for row, (unit, *ends) in rows if dead_units.dead(after)[unit] == gone
                          for (x1, x2), y in [(place(ends, start, start + pane), 364 + 9 * row)]]
                assert np.array(drawn) == pytest.approx(np.array(wanted), abs=0.06)

    def random_state(self, rng):
        return {"bias": round(float(rng.uniform(-12, 2)), 2), "steps": int(rng.integers(201)),
                "negative_slope": float(rng.choice(dead_units.SLOPES))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state, met in (({"bias": -8.0}, 2), ({"bias": -11.0}, 2), ({"bias": -9.0, "negative_slope": 0.01}, 0),
                           ({"bias": -9.0, "steps": 100}, 0)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        assert figure.goal.get_attribute("data-reached") is None
        figure.go({"bias": -8.0})
        figure.press("bias", "PageDown")
        return figure

    def test_its_cloud_is_dragged(self, open_figure):
        figure = open_figure()
        cloud, width = figure.handle("bias"), figure.width
        circle = cloud.locator("circle").last
        (start, _), _ = centre(circle), figure.drag(cloud, -60, 30)            # by its middle; sideways only
        bias = figure.numbers()["bias"]
        assert bias == pytest.approx(-3 - 60 * 22 / (width - 16), abs=0.03)
        assert centre(circle)[0] - start == pytest.approx(-60, abs=1)        # it follows the pointer
        self.assert_shown(figure, {"bias": bias})
        figure.drag(circle, 2000)                                              # by its handle
        self.assert_shown(figure, {"bias": 2.0})
        figure.drag("steps", -(width - 48) / 2)
        self.assert_shown(figure, {"bias": 2.0, "steps": 100})
        figure.button("0.01").click()
        self.assert_shown(figure, {"bias": 2.0, "steps": 100, "negative_slope": 0.01})
        figure.button("Undo").click()
        self.assert_shown(figure, {"bias": 2.0, "steps": 100})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["bias", "steps"]
        for key, presses in {"bias": ["ArrowLeft", "PageDown", "Shift+ArrowLeft", "ArrowUp"],
                             "steps": ["PageDown", "ArrowDown"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"bias": -5.0, "steps": 179})
        assert figure.handle("bias").get_attribute("aria-valuetext") == "\N{MINUS SIGN}5.00, dead 11 of 12"
        assert re.fullmatch(r"179; dead ReLU 11, leaky ReLU \d, ELU 10",
                            figure.handle("steps").get_attribute("aria-valuetext"))
        figure.wait_for_words(r"^Dead at the start 11; after 179 steps ReLU 11, leaky ReLU \d, ELU 10\.$")

    @pytest.mark.parametrize("focused", [False, True])
    def test_a_handle_that_goes_sideways_leaves_a_swipe_up_to_the_page_unless_it_has_the_focus(
            self, open_figure, focused):
        figure = open_figure(**PHONE)
        at = figure.settled("bias")
        if focused:
            figure.tab.touchscreen.tap(*at)
        before, top = figure.numbers(), figure.tab.evaluate("scrollY")
        figure.swipe(at, *UP, rest=250)
        moved = figure.tab.evaluate("scrollY") - top
        assert moved == 0 if focused else moved > 40
        assert abs(figure.numbers()["bias"] - before["bias"]) < (0.3 if focused else 1e-12)     # 3 pixels sideways

    def test_the_goal_is_told_at_the_figure(self, open_figure):
        figure = open_figure()
        bar = figure.told
        figure.question(0).locator("input").nth(2).check()
        figure.go({"bias": -9.0})                               # one move: the answer, and the goal
        figure.handle("bias").focus()
        text = bar.text_content()
        assert text.startswith("You were right.")
        assert "Reached. A little further up" in text and figure.in_window(bar)
        figure.press("bias", "Home", "PageUp")
        assert bar.text_content() == text                                   # it is told once

    def test_fewer_steps_do_not_settle_the_question(self, open_figure):
        figure = open_figure()
        asked = figure.question(0)
        asked.locator("input").nth(2).check()
        figure.press("steps", "ArrowDown")
        figure.press("bias", "Home")
        assert asked.locator(".feedback").text_content() == ""
