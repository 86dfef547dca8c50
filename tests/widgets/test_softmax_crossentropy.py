"""The widget of the softmax crossentropy: its numbers, and what it does on the page."""

import math
import re

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import SoftmaxCrossentropy


def by_hand(z: list[float], y: int) -> float:
    """The cross-entropy of the softmax, number by number."""
    return math.log(sum(math.exp(v - z[y]) for v in z))


def test_the_softmax_starts_with_the_numbers_of_the_chapter():
    n = SoftmaxCrossentropy().numbers()
    assert n["a"] == pytest.approx([0.7, 0.2, 0.1], abs=1e-5)
    assert n["delta"] == pytest.approx([0.7, -0.8, 0.1], abs=1e-5)
    assert n["loss"] == pytest.approx(-math.log(0.2), abs=5e-5)
    assert n["S"] == pytest.approx(10, abs=2e-4)


def test_the_softmax_agrees_with_differences(rng):
    h = 1e-5
    for _ in range(20):
        z, y = rng.uniform(-6, 6, 3).tolist(), int(rng.integers(3))
        n = SoftmaxCrossentropy(z=z, y=y).numbers()
        assert n["loss"] == pytest.approx(by_hand(z, y), rel=1e-9)
        assert n["a"] == pytest.approx([math.exp(-by_hand(z, j)) for j in range(3)], rel=1e-9)
        for j in range(3):
            above, below = (by_hand([*z[:j], z[j] + s * h, *z[j + 1:]], y) for s in (1, -1))
            assert n["delta"][j] == pytest.approx((above - below) / (2 * h), abs=1e-9)


def test_a_step_on_the_logits_lowers_the_loss(rng):
    for _ in range(20):
        z, y = rng.uniform(-6, 6, 3).round(2).tolist(), int(rng.integers(3))
        widget = SoftmaxCrossentropy(z=z, y=y)
        after = widget.stepped()
        assert by_hand(after, y) < by_hand(z, y)
        assert max(map(abs, after)) <= 6
        inside = [abs(v) < 6 for v in after]
        assert np.array(after)[inside] == pytest.approx((z - 2 * widget.numbers()["delta"])[inside], abs=1e-12)


def test_the_softmax_takes_three_moderate_logits_only():
    for z in ([1.0, 2.0], [0.0, 0.0, 6.5]):
        with pytest.raises(traitlets.TraitError):
            SoftmaxCrossentropy(z=z)


def test_the_answers_to_the_softmax_questions():
    first = SoftmaxCrossentropy()
    before, after = first.numbers(), SoftmaxCrossentropy(z=[v + 3 for v in first.z]).numbers()
    for key in ("a", "loss", "delta"):
        assert after[key] == pytest.approx(before[key], abs=1e-14)
    assert round(after["S"] / before["S"]) == 20
    climb = [SoftmaxCrossentropy(z=[float(z), *first.z[1:]]).numbers() for z in np.linspace(first.z[0], 6, 82)]
    slopes = np.diff([n["loss"] for n in climb]) / ((6 - first.z[0]) / 81)
    deltas = np.array([n["delta"][0] for n in climb])
    assert np.all(slopes > deltas[:-1]) and np.all(slopes < deltas[1:])      # delta is the slope of the loss
    assert slopes.min() > 0.69 and slopes.max() < 1
    assert 0.99 < deltas[-1] < 1


def test_the_goal_of_the_softmax_can_be_reached():
    right, wrong = SoftmaxCrossentropy(z=[0.6, 0.7, 0.6]).numbers(), SoftmaxCrossentropy(z=[0.75, 0.7, -4.0]).numbers()
    assert right["a"].argmax() == 1 and right["loss"] > 1 and 1 / 3 < right["a"][1] < 0.37
    assert wrong["a"].argmax() == 0 and wrong["loss"] < 0.75 and 0.47 < wrong["a"][1] < 1 / 2


class TestSoftmaxCrossentropy(WidgetOnThePage):
    widget = SoftmaxCrossentropy
    chapter = "02_backpropagation"
    first = "z0"
    finger_changes = "z.0"
    swiped = ("all",)
    widest = "z=-6,6,5;y=0"
    broken = ["z=1,2", "z=1,2,6.01", "z=1,2,nan", "y=3", "y=0.5;z=a,b,c", "y=-1"]
    moves = [["all", *["Shift+ArrowUp"] * 3], ["z0", *["Shift+ArrowUp"] * 5]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number of the softmax widget is the library's, and the bars and arrows are as long as they say."""
        widget = SoftmaxCrossentropy(**state)
        n = widget.numbers()
        expected = {"loss": n["loss"], "minus-log": n["loss"], "sum": n["S"], "true-a": n["a"][widget.y],
                    "true-delta": n["delta"][widget.y]}
        for key, values in {"z": widget.z, "a": n["a"], "delta": n["delta"], "y": np.eye(3)[widget.y]}.items():
            expected |= {f"{key}.{j}": values[j] for j in range(3)}
        figure.assert_numbers(expected)
        bars, arrows = figure.evaluate("""(widget) => {
            const drawn = (kind) => [...widget.querySelectorAll(`.figure .${kind}`)];
            const heights = (points) => points.split(" ").map((point) => Number(point.split(",")[1]));
            return [drawn("amount").map((bar) => Number(bar.getAttribute("height"))),
                drawn("push").map((arrow) => heights(arrow.getAttribute("points"))).map((at) => at[0] - at[3])];
        }""")
        assert bars == pytest.approx([20 * n["loss"], *(90 * n["a"])], abs=1e-6)
        travel = 20 * (np.array(widget.stepped()) - widget.z)
        assert arrows == pytest.approx(np.column_stack([-90 * n["delta"], travel]).ravel(), abs=1e-6)

    def random_state(self, rng):
        return {"z": rng.uniform(-6, 6, 3).round(2).tolist(), "y": int(rng.integers(3))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for z in ([0.7, 0.7, 0.7], [0.5, 0.7, 0.5], [0.84, 0.7, -4.0]):     # a tie, a loss of 0.97, one of 0.77
            figure.go({"z": z})
            assert figure.goal.locator("li[data-met=true]").count() == 0
        figure.go({"z": [0.65, 0.7, 0.65]})
        assert figure.goal.locator("li[data-met=true]").count() == 1
        assert figure.goal.get_attribute("data-reached") is None
        figure.go({"z": [0.75, 0.7, -4.0]})
        return figure

    def test_it_is_dragged(self, open_figure):
        figure = open_figure()
        figure.drag("z2", 25, -50)       # up: 50 pixels of 1/20, and none for sideways
        self.assert_shown(figure, {"z": [1.9459, 0.6931, 2.5]})
        boxes = [figure.handle("z0").bounding_box()]
        figure.drag("z0", 0, 87)
        boxes.append(figure.handle("z0").bounding_box())
        before, after = (box["y"] + box["height"] / 2 for box in boxes)
        assert after - before == pytest.approx(87, abs=0.5)                 # it follows the pointer
        self.assert_shown(figure, {"z": [-2.4, 0.6931, 2.5]})
        figure.drag("all", 0, 20)
        self.assert_shown(figure, {"z": [-3.4, -0.3069, 1.5]})
        figure.drag("all", 0, 200)       # until the lowest has reached its end
        self.assert_shown(figure, {"z": [-6.0, -2.9069, -1.1]})
        figure.handle("y2").click()
        self.assert_shown(figure, {"z": [-6.0, -2.9069, -1.1], "y": 2})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["all", "z0", "z1", "z2", "y0", "y1", "y2"]
        for key, presses in {"z0": ["Home"], "z1": ["ArrowUp", "PageUp"], "z2": ["Shift+ArrowLeft", "ArrowLeft"],
                             "all": ["ArrowUp", "PageDown", "End"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"z": [-1.75, 6.0, 3.2]})
        for key, press in (("y0", "Enter"), ("y2", " ")):
            figure.press(key, press)
            assert figure.handle(key).get_attribute("aria-pressed") == "true"
            assert figure.find("[aria-pressed=true]").count() == 1
        self.assert_shown(figure, {"z": [-1.75, 6.0, 3.2], "y": 2})
        assert re.fullmatch(r"6\.00, probability 0\.\d{3}, delta 0\.\d{3}",
                            figure.handle("z1").get_attribute("aria-valuetext"))

    def test_steps(self, open_figure):
        figure = open_figure()
        states = [SoftmaxCrossentropy().z]
        for _ in range(8):
            states.append(SoftmaxCrossentropy(z=states[-1]).stepped())
            figure.button("Take one step").click()
            self.assert_shown(figure, {"z": states[-1]})
        figure.button("Undo").click()
        self.assert_shown(figure, {"z": states[-2]})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    @pytest.mark.parametrize(("motion", "smooth"), [("reduce", False), ("no-preference", True)])
    def test_the_way_to_the_figure_respects_reduced_motion(self, open_figure, motion, smooth):
        figure = open_figure(viewport={"width": 390, "height": 844}, reduced_motion=motion)
        figure.tab.evaluate("""() => {
            globalThis.asked = [];
            const scroll = Element.prototype.scrollIntoView;
            Element.prototype.scrollIntoView = function (how) { asked.push(how.behavior); scroll.call(this, how); };
        }""")
        label = figure.question(1).locator("label").first
        label.evaluate("(element) => element.scrollIntoView({ block: 'start', behavior: 'instant' })")
        label.click()
        figure.wait_until_seen("z0")
        assert figure.tab.evaluate("asked.slice(1)") == ["smooth" if smooth else "instant"]

    def test_one_logit_is_not_all(self, open_figure):
        figure = open_figure()
        asked = figure.question(0)
        asked.locator("input").nth(2).check()
        figure.press("z2", *["Shift+ArrowUp"] * 4)
        assert asked.locator(".feedback").text_content() == ""
