"""The widget of the activation slopes: its numbers, and what it does on the page."""

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib import activations
from course_lib.widgets import ActivationSlopes, activation_slopes


def test_every_elementwise_activation_is_among_the_slopes():
    named = {type(phi): name for name, phi in activations.ACTIVATIONS.items() if name != "softmax"}
    assert {type(activations.get(name)) for name in activation_slopes.NAMES} == set(named)
    assert len(activation_slopes.NAMES) == len(named)
    for name in activation_slopes.NAMES:
        values = activations.get(name)(np.array([-1e3, 1e3]))
        assert (name in activation_slopes.BOUNDED) == (np.abs(values).max() <= 1)


@pytest.mark.parametrize("name", activation_slopes.NAMES)
def test_the_slopes_agree_with_differences(name, rng):
    phi, h = activations.get(name), 1e-5
    for z in rng.uniform(-6, 6, 20).round(2).tolist():
        if any(abs(z - kink) < 0.01 for kink in phi.kinks):
            continue
        n = ActivationSlopes(activation=name, z=z, depth=3).numbers()
        assert n["slope"] == pytest.approx(float(phi(z + h) - phi(z - h)) / (2 * h), abs=1e-8)
        assert n["product"] == pytest.approx(n["slope"] * n["slope"] * n["slope"])
        assert n["slope"] <= n["best"] + 1e-4
        assert n["best.product"] == pytest.approx(n["best"] ** 3)
    for z, values, slopes in ActivationSlopes(activation=name).curves(61):
        assert values == phi(np.array(z)).tolist() and slopes == phi.derivative(np.array(z)).tolist()
        assert not any(z[0] < kink < z[-1] for kink in phi.kinks)


def test_the_answers_to_the_questions_about_slopes():
    n = ActivationSlopes(z=4.0).numbers()
    assert n["value"] == pytest.approx(0.982, abs=5e-4) and n["slope"] == pytest.approx(0.0177, abs=5e-5)
    assert n["slope"] < n["best"] / 10
    n = ActivationSlopes(depth=10).numbers()
    assert n["product"] == n["best.product"] == pytest.approx(9.5e-7, rel=0.01)


def test_the_goal_of_the_slopes_can_be_reached():
    falling = {name for name in activation_slopes.NAMES for z in activation_slopes.GRID[::10].tolist()
               if ActivationSlopes(activation=name, z=z).numbers()["slope"] < -0.05}
    assert falling == {"silu", "gelu"}
    above = {name for name in activation_slopes.NAMES if ActivationSlopes(activation=name).numbers()["best"] > 1.05}
    assert above == {"selu", "silu", "gelu"}
    assert 0.5 < ActivationSlopes(activation="selu", z=-0.56, depth=50).numbers()["product"] < 2
    assert ActivationSlopes(activation="selu", z=-0.01).numbers()["slope"] > 1.7


def test_the_slopes_take_moderate_states_only():
    for state in ({"activation": "softmax"}, {"z": 6.1}, {"z": -7.0}, {"depth": 0}, {"depth": 51}):
        with pytest.raises(traitlets.TraitError):
            ActivationSlopes(**state)


class TestActivationSlopes(WidgetOnThePage):
    widget = ActivationSlopes
    chapter = "05_activations"
    first = "z"
    finger_changes = "z"
    widest = "activation=softplus;z=-6;depth=50"
    broken = ["activation=softmax;z=6.1", "z=-6.01;depth=0", "depth=51", "depth=1.5;z=x"]
    moves = [["z", *["PageUp"] * 4], ["depth", *["ArrowUp"] * 9]]
    right = [2, 2]

    def assert_shown(self, figure, state):
        """Every number is the library's, and so are the curves of the activation and its slope, kinks included."""
        widget = ActivationSlopes(**state)
        n, phi = widget.numbers(), activations.get(widget.activation)
        assert figure.numbers() == pytest.approx(n | {"z": widget.z, "depth": widget.depth}, rel=1e-6, abs=1e-12)
        for number, written in figure.powers():
            assert written == pytest.approx((n | {"z": widget.z})[number], rel=0.051, abs=6e-3), number
        for number in ("value", "slope"):
            text = figure.find(f".figure [data-number={number}]").text_content()
            written = float(text.rpartition(" = ")[2].replace("\N{MINUS SIGN}", "-"))
            assert written == pytest.approx(n[number], abs=5.001e-5)
        width = figure.width
        low, high = (-1.25, 1.25) if widget.activation in activation_slopes.BOUNDED else (-2, 6)
        half = (width - 8) / 2
        for kind, start, end, (bottom, top), f in (("value", 30, half - 8, (low, high), phi),
                                                   ("slope", half + 38, width - 8, (-0.25, 1.85), phi.derivative)):
            path = figure.find(f"[data-curve={kind}]").get_attribute("d")
            pieces = [np.array([[float(v) for v in point.split()] for point in piece.split("L")])
                      for piece in path.split("M")[1:]]
            ends = [-6.0, *(k for k in phi.kinks if abs(k) < 6), 6.0]
            assert len(pieces) == len(ends) - 1
            for piece, first, last in zip(pieces, ends[:-1], ends[1:], strict=True):
                z = -6 + (piece[:, 0] - start) / (end - start) * 12
                assert (z[0], z[-1]) == pytest.approx((first, last), abs=0.001)
                z = np.clip(z, first + 1e-9, last - 1e-9)
                heights = 214 - (f(z) - bottom) / (top - bottom) * 180
                assert piece[:, 1] == pytest.approx(heights, abs=0.5)               # the places have two decimals
        points = figure.points("[data-curve=product]")
        layers = np.array([0, activation_slopes.last_layer(n["slope"])])
        decades = [activation_slopes.decades(n["slope"], layer) for layer in layers]
        assert points[:, 0] == pytest.approx(46 + layers / 50 * (width - 66), abs=0.02)
        assert points[:, 1] == pytest.approx(408 - (np.clip(decades, -12, 4) + 12) / 16 * 112, abs=0.02)

    def random_state(self, rng):
        return {"activation": str(rng.choice(activation_slopes.NAMES)), "depth": int(rng.integers(1, 51)),
                "z": round(float(rng.uniform(-6, 6)), 2) if rng.random() > 0.2 else float(rng.choice([-3, 0, 3, 6]))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state in ({"activation": "linear", "z": -1.0, "depth": 50}, {"activation": "relu", "z": 1.0, "depth": 50},
                      {"activation": "tanh", "z": 0.0, "depth": 50}, {"activation": "selu", "z": -0.56, "depth": 49}):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == 0
        for count, state in enumerate(({"activation": "silu", "z": -2.5}, {"activation": "gelu", "z": 1.2},
                                       {"activation": "selu", "z": -0.56, "depth": 50}), start=1):
            assert figure.goal.get_attribute("data-reached") is None
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == count
        return figure

    def test_its_point_is_dragged(self, open_figure):
        figure = open_figure()
        width = figure.width
        state: dict = {}
        for key, dx, span in (("z", 50, (width - 8) / 2 - 38), ("slope", -90, (width - 8) / 2 - 38)):
            point = figure.handle(key)
            point.scroll_into_view_if_needed()
            (before, _), _ = centre(point), figure.drag(point, dx, 25)
            assert centre(point)[0] - before == pytest.approx(dx, abs=0.7)          # it follows the pointer
            z = figure.numbers()["z"]
            assert z == pytest.approx(state.get("z", 0) + dx / (span - (8 if key == "slope" else 0)) * 12, abs=0.2)
            state["z"] = z
            self.assert_shown(figure, state)
        figure.drag("depth", (width - 66) / 5)
        self.assert_shown(figure, state | {"depth": 20})

    def test_each_activation_has_a_button(self, open_figure):
        figure = open_figure("#activation_slopes:z=-1.2;depth=50")
        group = figure.widget.get_by_role("group", name="activation", exact=True)
        assert group.get_by_role("button").all_text_contents() == activation_slopes.NAMES
        for name in activation_slopes.NAMES:
            group.get_by_role("button", name=name, exact=True).click()
            assert group.locator("[aria-pressed=true]").all_text_contents() == [name]
            self.assert_shown(figure, {"activation": name, "z": -1.2, "depth": 50})
        figure.button("Undo").click()
        self.assert_shown(figure, {"activation": "silu", "z": -1.2, "depth": 50})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["z", "slope", "depth"]
        for key, presses in {"z": ["PageUp", "ArrowRight"], "slope": ["Shift+ArrowUp", "ArrowLeft"],
                             "depth": ["End", "PageDown", "ArrowUp"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"z": 2.0, "depth": 41})
        for key in ("z", "slope"):
            told = figure.handle(key).get_attribute("aria-valuetext")
            assert told == "2.00, value 0.8808, slope 0.1050"
        assert figure.handle("depth").get_attribute("aria-valuetext") == (
            "41, product of the slopes 7.4 times 10 to the \N{MINUS SIGN}41")
        figure.wait_for_words(r"^Value 0\.8808, slope 0\.1050, product over 41 layers 7\.4 times 10 to the ")
        figure.press("z", "End")
        self.assert_shown(figure, {"z": 6.0, "depth": 41})

    def test_another_activation_does_not_settle_the_questions_about_the_sigmoid(self, open_figure):
        figure = open_figure()
        asked = figure.find(".predict")
        for number, key in enumerate(("z", "depth")):
            asked.nth(number).locator("input").nth(2).check()
            figure.button("softsign").click()
            figure.press(key, "End")
            assert asked.nth(number).locator(".feedback").text_content() == ""
