"""The widget of the folding: its numbers, and what it does on the page."""

import math
import re

import numpy as np
import pytest
import traitlets
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import Folding


def folded_by_hand(widget: Folding) -> tuple[list[float], list[float], list[float]]:
    """The folded kernel and bias, and what the two layers put out, number by number."""
    (w11, w12, w21, w22), b, x = widget.kernel, widget.bias, widget.x
    s = [widget.gamma[j] / math.sqrt(widget.variance[j] + 0.001) for j in (0, 1)]

    def normalized(v):
        return [s[j] * (v[j] - widget.mean[j]) + widget.beta[j] for j in (0, 1)]

    def dense(v):
        return [v[0] * w11 + v[1] * w21 + b[0], v[0] * w12 + v[1] * w22 + b[1]]

    if widget.order == "normalization":
        t = [widget.beta[i] - s[i] * widget.mean[i] for i in (0, 1)]
        return ([s[0] * w11, s[0] * w12, s[1] * w21, s[1] * w22],
                [b[0] + t[0] * w11 + t[1] * w21, b[1] + t[0] * w12 + t[1] * w22], dense(normalized(x)))
    z = dense(x)
    return ([w11 * s[0], w12 * s[1], w21 * s[0], w22 * s[1]],
            [s[j] * (b[j] - widget.mean[j]) + widget.beta[j] for j in (0, 1)],
            normalized([max(v, 0) for v in z] if widget.order == "relu" else z))


@pytest.mark.parametrize("order", ["dense", "normalization", "relu"])
def test_the_folded_layer_is_that_of_the_book(order, rng):
    differing = 0
    for _ in range(20):
        drawn = {key: rng.uniform(-5, 5, 4 if key == "kernel" else 2).tolist()
                 for key in ("x", "kernel", "bias", "mean", "gamma", "beta")}
        widget = Folding(order=order, variance=rng.uniform(0, 9, 2).tolist(), **drawn)
        n, (kernel, bias, y) = widget.numbers(), folded_by_hand(widget)
        assert n["kernel"] == pytest.approx(kernel) and n["bias"] == pytest.approx(bias) and n["y"] == pytest.approx(y)
        outcome = widget.x @ np.reshape(kernel, (2, 2)) + bias
        assert n["outcome"] == pytest.approx(np.maximum(outcome, 0) if order == "relu" else outcome)
        assert n["difference"] == pytest.approx(np.abs(n["y"] - n["outcome"]).max())
        differing += n["difference"] > 1e-6
    assert differing > 10 if order == "relu" else differing == 0


def test_the_answers_to_the_questions_about_folding():
    first, narrow = Folding().numbers(), Folding(variance=[0.999, 0.249]).numbers()
    assert narrow["kernel"] == pytest.approx(first["kernel"] * [2, 1, 2, 1])
    assert Folding(order="relu").numbers()["difference"] == 0
    assert Folding(order="relu", x=[4.0, 2.0]).numbers()["difference"] > 1
    assert Folding(order="dense", x=[4.0, 2.0]).numbers()["difference"] < 1e-12


def test_the_goal_of_the_folding_can_be_reached():
    widget = Folding(gamma=[2.0, 0.5], beta=[2.0, -1.0])
    n = widget.numbers()
    assert n["kernel"] == pytest.approx(widget.kernel, abs=1e-3) and n["bias"] == pytest.approx(widget.bias, abs=1e-3)


def test_the_folding_takes_moderate_states_only():
    for state in ({"x": [1.0]}, {"kernel": [1.0, 2.0]}, {"variance": [-0.1, 1.0]}, {"variance": [1.0, 9.1]},
                  {"gamma": [5.1, 0.0]}, {"order": "tanh"}, {"column": 2}):
        with pytest.raises(traitlets.TraitError):
            Folding(**state)


class TestFolding(WidgetOnThePage):
    widget = Folding
    chapter = "06_batch_normalization"
    first = "x0"
    finger_changes = "x.0"
    widest = "variance=0,0;gamma=-5,-5;kernel=5,5,5,5;x=5,5;mean=-5,-5"
    broken = ["x=1", "kernel=1,2,3;order=tanh", "variance=-1,1", "variance=1,9.1;gamma=5.1,0", "column=2;x=a,b",
              "beta=nan,1"]
    moves = [["variance0", *["PageDown"] * 3], ["x0", *["PageUp"] * 3]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number of both layers, of the folded one and of its steps is the library's."""
        widget = Folding(**state)
        n, j = widget.numbers(), widget.column
        expected = {f"{key}.{i}": value for key in ("inner", "y", "s", "t", "outcome")
                    for i, value in enumerate(n[key])}
        expected |= {f"folded.{key}.{i}": value for key in ("kernel", "bias") for i, value in enumerate(n[key])}
        expected |= {f"{key}.{i}": value for key in ("x", "kernel", "bias", "mean", "variance", "gamma", "beta")
                     for i, value in enumerate(getattr(widget, key))}
        expected |= {f"line.{key}{i}": n[key][i] for key in "st" for i in ((0, 1) if widget.order == "normalization"
                                                                          else (j,))}
        expected |= {"line.w0": n["kernel"][j], "line.w1": n["kernel"][2 + j], "line.b": n["bias"][j],
                     "line.out": n["outcome"][j], "difference": n["difference"]}
        figure.assert_numbers(expected)

    def random_state(self, rng):
        moderate = {key: rng.uniform(-5, 5, 4 if key == "kernel" else 2).round(2).tolist()
                    for key in ("x", "kernel", "bias", "mean", "gamma", "beta")}
        return moderate | {"order": str(rng.choice(["dense", "normalization", "relu"])), "column": int(rng.integers(2)),
                           "variance": rng.uniform(0.2, 9, 2).round(3).tolist()}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        undone = {"gamma": [2.0, 0.5], "beta": [2.0, -1.0]}
        for state, met in (({"gamma": [2.0, 0.5]}, 2), ({"beta": [2.0, -1.0]}, 1), (undone | {"order": "relu"}, 0),
                           (undone | {"variance": [0.0, 0.249]}, 0)):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == met
        assert figure.goal.get_attribute("data-reached") is None
        figure.go({"gamma": [1.95, 0.5], "beta": [2.0, -1.0]})
        figure.press("gamma0", "ArrowUp")
        return figure

    def test_its_numbers_are_dragged(self, open_figure):
        figure = open_figure()
        figure.drag("kernel2", 40, -10)                       # right and up: 50 pixels of 0.02
        state: dict = {"kernel": [0.5, -1.0, 2.5, 0.5]}
        self.assert_shown(figure, state)
        for key, dx, change in (("x1", -50, {"x": [1.0, 1.0]}), ("bias0", 25, {"bias": [1.0, 1.0]}),
                                ("mean1", 20, {"mean": [2.0, -0.6]}), ("gamma1", 30, {"gamma": [1.5, 1.1]}),
                                ("beta0", -5, {"beta": [-0.6, 1.0]}), ("variance1", -300, {"variance": [3.999, 0.0]})):
            figure.drag(key, dx)
            state |= change
            self.assert_shown(figure, state)
        for group, name, change in (("order", "normalization, Dense", {"order": "normalization"}),
                                    ("steps of unit", "2", {"column": 1}),
                                    ("order", "Dense, ReLU, normalization", {"order": "relu"})):
            press = figure.widget.get_by_role("group", name=group).get_by_role("button", name=name, exact=True)
            press.click()
            assert press.get_attribute("aria-pressed") == "true"
            state |= change
            self.assert_shown(figure, state)
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"order": "normalization"})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        names = ("x", "kernel", "bias", "mean", "variance", "gamma", "beta")
        state = {name: list(getattr(Folding(), name)) for name in names}
        assert figure.reached_by_tab() == [f"{name}{i}" for name in names for i in range(len(state[name]))]
        for name in names:
            for i, value in enumerate(state[name]):
                figure.press(f"{name}{i}", "PageUp", "ArrowLeft", "ArrowLeft")
                state[name][i] = round(value + 0.9, 3)
        self.assert_shown(figure, state)
        element = figure.handle("variance0")
        element.press("Home")
        assert element.get_attribute("aria-valuenow") == "0"
        self.assert_shown(figure, state | {"variance": [0.0, state["variance"][1]]})
        element.press("End")
        assert re.fullmatch(r"9\.000; outputs (\u2212?\d+\.\d{3}), (\u2212?\d+\.\d{3}), folded \1, \2",
                            element.get_attribute("aria-valuetext"))
        self.assert_shown(figure, state | {"variance": [9.0, state["variance"][1]]})
        figure.wait_for_words(r"^Outputs (\S+) and (\S+); folded \1 and \2\.$")

    def test_where_a_relu_stands_between_the_outputs_differ(self, open_figure):
        figure = open_figure("#folding:order=relu;x=4,2")
        panel = figure.find(".panel")
        assert "The outputs differ" in panel.text_content()
        figure.go({"order": "dense", "x": [4.0, 2.0]})
        assert "are equal" in panel.text_content()

    def test_another_order_does_not_settle_the_questions(self, open_figure):
        figure = open_figure()
        asked = figure.find(".predict")
        for number, key, press in ((0, "variance0", "Home"), (1, "x0", "End")):
            asked.nth(number).locator("input").nth(0).check()
            figure.button("normalization, Dense").click()
            figure.press(key, press)
            assert asked.nth(number).locator(".feedback").text_content() == ""
