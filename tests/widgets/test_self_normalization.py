"""The widget of the self normalization: its numbers, and what it does on the page."""

import re

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib.widgets import SelfNormalization, draws, self_normalization


def normalized_by_hand(widget: SelfNormalization) -> list[np.ndarray]:
    """The outputs of all layers, without activations, initializers and dropout of the library."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    phi = {"selu": lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
           "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))), "relu": lambda z: z * (z > 0),
           "tanh": np.tanh}[widget.activation]
    uniform, factor = widget.initializer == "lecun_uniform", 2 if widget.initializer == "he_normal" else 1
    p, low = widget.rate, -scale * alpha
    a = [widget.input_mean + widget.input_deviation * draws.normals(0, 0, 1024).reshape(16, 64)]
    for layer in range(1, 101):
        w = draws.unit_weights("uniform" if uniform else "truncated_normal", 0, layer, 4096).reshape(64, 64)
        z = phi(a[-1] @ w * (factor / 64) ** 0.5)
        keep = draws.uniforms(0, 1000 + layer, 1024).reshape(16, 64) >= p
        if widget.dropout == "dropout":
            z = np.where(keep, z, 0) / (1 - p)
        else:
            q = 1 - p
            a_ = (q + low ** 2 * q * p) ** -0.5                              # the paper's form of a and b
            z = a_ * np.where(keep, z, low) - a_ * p * low
        a.append(z)
    return a


@pytest.mark.parametrize("activation", self_normalization.ACTIVATIONS)
def test_the_hundred_layers_agree_with_matrix_products(activation, rng):
    for initializer in self_normalization.INITIALIZERS:
        widget = SelfNormalization(
            activation=activation, initializer=initializer, dropout=str(rng.choice(["dropout", "alpha_dropout"])),
            rate=float(rng.uniform(0, 0.5)), input_mean=float(rng.uniform(-2, 2)), layer=int(rng.integers(1, 101)),
            input_deviation=float(rng.uniform(0.1, 3)))
        expected, (means, deviations), n = normalized_by_hand(widget), widget.statistics(), widget.numbers()
        assert deviations == pytest.approx([a.std() for a in expected], rel=1e-6)
        assert means == pytest.approx([a.mean() for a in expected], rel=1e-6, abs=1e-6 * max(deviations))
        assert n["mean"] == means[widget.layer] and n["deviation"] == deviations[widget.layer]
        assert n["lowest"] == min(deviations[1:]) and n["highest"] == max(deviations[1:])


def test_the_histogram_of_a_layer_is_a_density():
    values = SelfNormalization().outputs()[100]
    outline = np.array(draws.histogram(values, self_normalization.WINDOW, self_normalization.BIN))
    assert np.trapezoid(outline[:, 1], outline[:, 0]) == pytest.approx(np.mean(np.abs(values) < 6))
    assert np.diff(outline[:, 0]).min() >= 0 and outline[[0, -1], 0].tolist() == [-6, 6]


def test_the_answers_to_the_questions_about_self_normalization():
    _, narrow = SelfNormalization(input_deviation=0.3).statistics()
    assert narrow[0] == pytest.approx(0.3, rel=0.05) and narrow[2] < 0.5 and 0.85 < min(narrow[8:15]) < 1.1
    _, plain = SelfNormalization(rate=0.1).statistics()
    assert 1.1 < min(plain[20:]) and max(plain) < 1.45 and 1.2 < np.mean(plain[20:]) < 1.35
    _, alpha = SelfNormalization(rate=0.1, dropout="alpha_dropout").statistics()
    assert 0.9 < min(alpha) and max(alpha) < 1.1


def test_the_goal_of_the_hundred_layers_can_be_reached():
    assert SelfNormalization(initializer="he_normal").numbers()["highest"] > 100
    for activation in ("elu", "relu", "tanh"):
        assert SelfNormalization(activation=activation).statistics()[1][100] < 0.1
    kept = SelfNormalization(rate=0.2, dropout="alpha_dropout").statistics()[1][10:]
    assert 0.8 < min(kept) and max(kept) < 1.25
    assert max(SelfNormalization(rate=0.2).statistics()[1][10:]) > 1.25


def test_the_hundred_layers_take_moderate_states_only():
    for state in ({"activation": "gelu"}, {"initializer": "glorot_normal"}, {"input_mean": 2.1}, {"rate": 0.6},
                  {"input_deviation": 0.0}, {"dropout": "none"}, {"layer": 0}, {"layer": 101}):
        with pytest.raises(traitlets.TraitError):
            SelfNormalization(**state)


class TestSelfNormalization(WidgetOnThePage):
    widget = SelfNormalization
    chapter = "05_activations"
    first = "input_mean"
    finger_changes = "input_mean"
    widest = "initializer=he_normal;input_mean=-2;input_deviation=3;rate=0.5;layer=100"
    broken = ["activation=gelu;rate=0.6", "initializer=glorot_normal;layer=0", "input_deviation=0.05;input_mean=2.5",
              "layer=1.5;dropout=none", "rate=-0.1"]
    moves = [["input_deviation", *["PageDown"] * 2, *["ArrowDown"] * 6], ["rate", "PageUp"]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number of the hundred layers is the library's, and so are both curves and the histogram."""
        widget = SelfNormalization(**state)
        figure.assert_numbers(widget.numbers() | {key: getattr(widget, key) for key in (
            "input_mean", "input_deviation", "rate", "layer")})
        means, deviations = (np.array(values) for values in widget.statistics())
        width = figure.width
        layers = 48 + np.arange(101) / 100 * (width - 64)
        for kind, heights in (("deviation", 182 - (np.clip(np.log10(np.maximum(deviations, 1e-99)), -52, 53) + 2) * 30),
                              ("mean", 296 - (np.clip(means, -52, 52) + 2) * 20)):
            drawn = figure.points(f"[data-curve={kind}]")
            assert drawn == pytest.approx(np.column_stack([layers, heights]), abs=0.06)
        outline = np.array([(8 + (at + 6) / 12 * (width - 16), 516 - self_normalization.height(d))
                            for at, d in draws.histogram(widget.outputs()[widget.layer],
                                                         self_normalization.WINDOW, self_normalization.BIN)])
        assert figure.points("[data-histogram]") == pytest.approx(outline, abs=0.06)

    def random_state(self, rng):
        return {"activation": str(rng.choice(self_normalization.ACTIVATIONS)), "layer": int(rng.integers(1, 101)),
                "initializer": str(rng.choice(list(self_normalization.INITIALIZERS))),
                "input_mean": round(float(rng.uniform(-2, 2)), 2),
                "input_deviation": round(float(rng.uniform(0.1, 3)), 3),
                "dropout": str(rng.choice(list(self_normalization.DROPOUTS))),
                "rate": round(float(rng.uniform(0, 0.5)), 2) if rng.random() > 0.4 else 0.0}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for state in ({"rate": 0.2}, {"dropout": "alpha_dropout"}, {"activation": "relu", "initializer": "he_normal"},
                      {"dropout": "alpha_dropout", "rate": 0.19}):
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == 0
        for count, state in enumerate(({"initializer": "he_normal"}, {"activation": "elu"},
                                       {"dropout": "alpha_dropout", "rate": 0.2}), start=1):
            assert figure.goal.get_attribute("data-reached") is None
            figure.go(state)
            assert figure.goal.locator("li[data-met=true]").count() == count
        return figure

    def test_its_inputs_are_dragged(self, open_figure):
        figure = open_figure()
        width = figure.width
        state: dict = {}
        for key, (dx, dy), change in (("input_deviation", (9, 15), {"input_deviation": 0.316}),   # half a power of ten
                                      ("input_mean", (-9, -20), {"input_mean": 1.0}),
                                      ("layer", (-(width - 64) / 4, 8), {"layer": 75})):
            knob = figure.handle(key)
            knob.scroll_into_view_if_needed()
            before = centre(knob)
            figure.drag(knob, dx, dy)
            moved = np.subtract(centre(knob), before)
            assert moved == pytest.approx((dx, 0) if key == "layer" else (0, dy), abs=1)      # it follows the pointer
            state |= change
            self.assert_shown(figure, state)
        figure.drag("rate", 10, -10)
        state["rate"] = 0.1
        self.assert_shown(figure, state)
        for group, name, change in (("dropout", "alpha", {"dropout": "alpha_dropout"}),
                                    ("initializer", "lecun_uniform", {"initializer": "lecun_uniform"}),
                                    ("activation", "tanh", {"activation": "tanh"}),
                                    ("initializer", "he_normal", {"initializer": "he_normal"})):
            press = figure.widget.get_by_role("group", name=group).get_by_role("button", name=name, exact=True)
            press.click()
            assert press.get_attribute("aria-pressed") == "true"
            state |= change
            self.assert_shown(figure, state)
        figure.button("Undo").click()
        self.assert_shown(figure, state | {"initializer": "lecun_uniform"})
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        assert figure.reached_by_tab() == ["input_deviation", "input_mean", "layer", "rate"]
        for key, presses in {"input_deviation": ["PageDown", "ArrowUp", "Shift+ArrowUp"],
                             "input_mean": ["ArrowUp", "PageDown"], "layer": ["PageDown", "ArrowLeft"],
                             "rate": ["PageUp", "ArrowRight"]}.items():
            figure.press(key, *presses)
        self.assert_shown(figure, {"input_deviation": 1.05, "input_mean": -0.45, "layer": 89, "rate": 0.11})
        told = r"layer 89 has mean \u2212?0\.\d\d, deviation 1\.\d"
        for key, begins in (("input_deviation", "1\\.05; "), ("input_mean", "\u22120\\.45; "), ("layer", ""),
                            ("rate", "0\\.11; ")):
            assert re.fullmatch(begins + told, figure.handle(key).get_attribute("aria-valuetext"))
        figure.wait_for_words(r"^Layer 89 has mean ")

    @pytest.mark.parametrize(("button", "fault"), [
        ("relu", "the activation is not SELU"), ("he_normal", "the initializer is not LeCun’s"), ("lecun_uniform", "")])
    def test_the_broken_condition_is_named(self, open_figure, button, fault):
        figure = open_figure()
        figure.button(button).click()
        told = figure.find(".panel p").text_content()
        assert told == (f"Broken: {fault}." if fault else "All conditions are met.")
        figure.press("rate", "PageUp")
        figure.press("input_mean", "PageUp")
        told = figure.find(".panel p").text_content()
        assert told.endswith("the inputs are not standardized; plain dropout instead of alpha dropout.")
        figure.button("alpha").click()
        assert "plain dropout" not in figure.find(".panel p").text_content()

    def test_another_network_does_not_settle_the_questions_about_selu(self, open_figure):
        figure = open_figure()
        for number, key, press, name in ((0, "input_deviation", "Home", "he_normal"), (1, "rate", "End", "alpha")):
            asked = figure.question(number)
            asked.locator("input").nth(0).check()
            figure.button(name).click()
            figure.press(key, press)
            assert asked.locator(".feedback").text_content() == ""
