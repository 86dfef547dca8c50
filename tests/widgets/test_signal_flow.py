"""The widget of the signal flow: its numbers, and what it does on the page."""

import math
import re

import numpy as np
import pytest
import traitlets
from widgets.figure import centre
from widgets.on_the_page import WidgetOnThePage

from course_lib import initializers
from course_lib.widgets import SignalFlow, signal_flow


def by_matrices(widget: SignalFlow) -> tuple[list[float], list[float]]:
    """The standard deviations of both passes, without the layers of the library."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    phi, slope = {"linear": (lambda z: z, np.ones_like), "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
                  "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
                  "relu": (lambda z: z * (z > 0), lambda z: 1.0 * (z > 0)),
                  "selu": (lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
                           lambda z: scale * np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))))
                  }[widget.activation]
    kernels, (a, _) = widget.model().get_weights(), widget.passes()
    values, sums = [a[0]], []
    for kernel in kernels:
        sums.append(values[-1] @ kernel)
        values.append(phi(sums[-1]))
    gradients = [widget.passes()[1][-1]]
    for kernel, z in zip(kernels[::-1], sums[::-1], strict=True):
        gradients.append((gradients[-1] * slope(z)) @ kernel.T)
    return [float(v.std()) for v in values], [float(v.std()) for v in gradients[::-1]]


@pytest.mark.parametrize("activation", signal_flow.ACTIVATIONS)
def test_the_stack_agrees_with_matrix_products(activation, rng):
    for width in signal_flow.WIDTHS:
        widget = SignalFlow(activation=activation, width=width, depth=int(rng.choice(signal_flow.DEPTHS)),
                            stddev=float(rng.uniform(0.5, 3) / width ** 0.5), seed=int(rng.integers(100)))
        n, (a, da) = widget.numbers(), by_matrices(widget)
        assert len(a) == len(da) == widget.depth + 1
        assert n["a"] == pytest.approx(a, rel=1e-7) and n["da"] == pytest.approx(da, rel=1e-7)
        assert n["a.factor"] ** (widget.depth - 1) == pytest.approx(a[-1] / a[1])
        assert n["da.factor"] ** (widget.depth - 1) == pytest.approx(da[1] / da[-1])


def test_the_recipes_of_the_stack_are_the_librarys(rng):
    names = {"Glorot = LeCun": ("glorot_normal", "lecun_normal"), "He": ("he_normal",),
             "Glorot × 4": ("sigmoid_glorot_normal",)}
    for width in signal_flow.WIDTHS:
        presets = SignalFlow().presets[str(width)]
        assert presets["zeros"] == 0 and presets["0.01"] == 0.01 and presets["N(0, 1)"] == 1
        for preset, initializer in ((preset, name) for preset, two in names.items() for name in two):
            drawn = np.concatenate([initializers.get(initializer)((width, width), rng).ravel() for _ in range(30)])
            assert presets[preset] == pytest.approx(drawn.std(), rel=0.03)


def test_the_stack_takes_moderate_states_only():
    for state in ({"depth": 7}, {"width": 100}, {"stddev": -0.1}, {"stddev": 1.3}, {"activation": "elu"},
                  {"seed": 100}):
        with pytest.raises(traitlets.TraitError):
            SignalFlow(**state)


def test_the_stack_starts_with_relu_halving_the_signal():
    n = SignalFlow().numbers()
    assert n["gain"] == 1
    for key in ("a.factor", "da.factor"):
        assert n[key] == pytest.approx(0.5 ** 0.5, abs=0.05)
    assert n["a"][-1] < 0.01 and n["da"][1] < 0.01


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_zeros_make_all_units_equal(activation):
    widget = SignalFlow(activation=activation, stddev=0.0)
    a, da = widget.passes()
    assert all(np.unique(values).tolist() == [0.5 if activation == "sigmoid" else 0.0] for values in a[1:])
    assert all(not values.any() for values in da[:-1])
    n = widget.numbers()
    assert n["a.factor"] == n["da.factor"] == n["gain"] == 0
    assert "inf" not in widget.picture() and "nan" not in widget.picture()


@pytest.mark.parametrize("stddev, ends", [(0.0625, 20), (0.125, 20), (0.5, False), (0.001, False)])
def test_the_dashed_line_rises_by_the_weights_gain_and_ends_in_the_picture(stddev, ends):
    widget = SignalFlow(stddev=stddev)
    line = re.search(r"<line[^>]*lever[^>]*>", widget.picture())[0]
    x1, x2, y1, y2 = (float(re.search(rf' {name}="([-\d.]+)"', line)[1]) for name in ("x1", "x2", "y1", "y2"))
    layer, decade = 360 / (widget.depth + 1), 176 / (2 * signal_flow.DECADES)
    assert (y1 - y2) / decade == pytest.approx(math.log10(widget.numbers()["gain"]) * (x2 - x1) / layer, abs=0.02)
    assert 26 <= y2 <= 202
    assert (x2 - x1) / layer == pytest.approx(20, abs=0.01) if ends else (x2 - x1) / layer < 20


def test_selu_with_its_recipe_keeps_the_signal():
    for seed in range(5):
        a = SignalFlow(activation="selu", seed=seed).numbers()["a"]
        assert 0.8 < min(a) and max(a) < 1.25


def test_the_answers_to_the_stacks_questions():
    for seed in range(5):
        half = SignalFlow(activation="tanh", stddev=0.0625, seed=seed).numbers()
        assert half["gain"] == 0.5 and 1e-7 < half["a"][20] < 1e-5
    large = SignalFlow(activation="tanh", stddev=1.0)
    a, da = large.passes()
    assert np.mean(np.abs(a[20]) > 0.9) > 0.8
    n = large.numbers()
    assert 1e5 < n["da"][1] < 1e7 and n["da.factor"] == pytest.approx(2, abs=0.2)
    assert np.median(np.abs(da[1])) < 0.2 * n["da"][1]                   # a few entries are huge


def test_the_goal_of_the_stack_can_be_reached():
    widget = SignalFlow()
    met = [sd for sd in np.arange(0.16, 0.19, 0.0001).round(4).tolist()
           if abs((n := SignalFlow(stddev=sd).numbers())["a"][20] - 1) <= 0.1 and 0.5 <= n["da"][1] <= 2]
    assert met and widget.stddev not in met
    assert np.mean(met) * 8 == pytest.approx(2 ** 0.5, rel=0.05)         # as the praise says


def lever_end(figure) -> tuple[float, float]:
    """Layers and decades at the handle, from the drawing."""
    return tuple(figure.evaluate("""(widget) => {
        const find = (selector) => widget.querySelector(`.figure ${selector}`);
        const line = find(".lever"), points = find("[data-curve=a]").getAttribute("points").split(" ");
        const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name)));
        const [a, b] = points.map((point) => Number(point.split(",")[0]));
        return [(x2 - x1) / (b - a), (y1 - y2) / 12.5];
    }"""))


class TestSignalFlow(WidgetOnThePage):
    widget = SignalFlow
    chapter = "04_initialization"
    first = "lever"
    finger_changes = "stddev"
    widest = "activation=sigmoid;stddev=1.178"
    broken = ["depth=7;width=100", "activation=elu;seed=100", "stddev=-1", "stddev=1.26;seed=0.5", "presets=1"]
    moves = [["lever", *["Shift+ArrowDown"] * 6], ["lever", *["PageUp"] * 18]]
    right = [2, 1]

    def assert_shown(self, figure, state):
        """Every number, both curves and every histogram of the stack are the library's."""
        widget = SignalFlow(**state)
        n, last = widget.numbers(), widget.depth
        expected = {"stddev": widget.stddev, "gain": n["gain"], "a.factor": n["a.factor"], "da.factor": n["da.factor"],
                    "a.first": n["a"][1], "a.last": n["a"][last], "da.first": n["da"][1], "da.last": n["da"][last]}
        assert figure.numbers() == pytest.approx(expected, rel=1e-6)
        for number, written in figure.powers():
            assert written == pytest.approx(expected[number], rel=0.051, abs=6e-4), number
        for key, middle, arrays in zip(("a", "da"), (316, 452), widget.passes(), strict=True):
            points = figure.points(f"[data-curve={key}]")
            assert points[:, 1] == pytest.approx([130 - 12.5 * math.log10(max(v, 1e-99)) for v in n[key]], abs=0.06)
            pitch = points[1, 0] - points[0, 0]
            strokes = figure.strokes(f"[data-violins={key}]")
            wanted = []
            for x, values in zip(points[:, 0].tolist(), arrays, strict=True):
                for i, count in enumerate(signal_flow.histogram(values).tolist()):
                    half = min(0.44 * pitch, 26) * min(count / (0.12 * values.size), 1)
                    wanted += [[x - half, middle + 4 * (12 - i), 2 * half]] if count else []
            assert np.array(strokes) == pytest.approx(np.array(wanted), abs=0.25)

    def random_state(self, rng):
        return {"activation": str(rng.choice(signal_flow.ACTIVATIONS)), "depth": int(rng.choice(signal_flow.DEPTHS)),
                "width": int(rng.choice(signal_flow.WIDTHS)), "seed": int(rng.integers(100)),
                "stddev": float(f"{10 ** rng.uniform(-2.5, 0.09):.4g}") if rng.random() > 0.1 else 0.0}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        for activation, depth in (("linear", 20), ("relu", 5)):             # near 1, but not what is asked for
            figure.go({"activation": activation, "depth": depth, "stddev": 0.125 if depth == 20 else 0.1768})
            assert figure.goal.locator("li[data-met=true]").count() == 0
        figure.go({"stddev": 0.1768})
        for _ in range(12):                                                 # He's deviation, and on from there
            if figure.goal.get_attribute("data-reached") == "true":
                break
            figure.press("lever", "ArrowDown")
        n = figure.numbers()
        assert abs(n["a.last"] - 1) <= 0.1 and 0.5 <= n["da.first"] <= 2
        assert figure.goal.get_attribute("data-reached") == "true"
        assert "He\u2019s variance" in figure.goal.locator(".feedback").text_content()
        return figure

    def test_its_line_is_dragged(self, open_figure):
        figure = open_figure()
        grip = figure.handle("lever")
        grip.scroll_into_view_if_needed()
        x, y = centre(grip)
        figure.drag(grip, 0, -50)                                             # four decades up at layer 20
        stddev = figure.numbers()["stddev"]
        assert stddev == pytest.approx(0.125 * 10 ** (4 / 20), rel=2e-3)
        assert centre(grip) == pytest.approx((x, y - 50), abs=0.7)          # it follows the pointer
        assert lever_end(figure) == pytest.approx((20, 4), abs=0.06)
        self.assert_shown(figure, {"stddev": stddev})
        for dx, dy in ((-60, -50), (-110, 0), (40, 0)):                     # to the upper edge, and along it
            x, y = centre(grip)
            figure.drag(grip, dx, dy)
            assert centre(grip) == pytest.approx((x + dx, y + dy), abs=1.5)
            layers, decades = lever_end(figure)
            assert decades == pytest.approx(8, abs=0.06) and layers < 20
            stddev = figure.numbers()["stddev"]
            assert math.log10(8 * stddev) == pytest.approx(8 / layers, rel=0.01)
            self.assert_shown(figure, {"stddev": stddev})

    def test_the_line_falls_to_zeros_and_comes_back(self, open_figure):
        figure = open_figure()
        grip = figure.handle("lever")
        grip.press("Home")
        self.assert_shown(figure, {"stddev": 0.0})
        assert figure.button("zeros").get_attribute("aria-pressed") == "true"
        assert "All weights are 0" in figure.find(".panel").text_content()
        assert lever_end(figure) == pytest.approx((0, -8), abs=0.06)
        figure.drag(grip, 150)
        stddev = figure.numbers()["stddev"]
        assert 0 < stddev < 0.125
        self.assert_shown(figure, {"stddev": stddev})
        figure.button("Undo").click()
        self.assert_shown(figure, {"stddev": 0.0})
        grip.press("End")
        self.assert_shown(figure, {"stddev": 1.25})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        grip = figure.handle("lever")
        figure.press("lever", "ArrowUp", "ArrowUp", "PageUp", "ArrowLeft")
        stddev = float(f"{0.125 * 10 ** 0.0525:.4g}")                       # 1.05 decades at the end of 20 layers
        self.assert_shown(figure, {"stddev": stddev})
        assert re.fullmatch(r"1\.129; standard deviation of layer 20 0\.0\d+, gradients in layer 1 0\.0\d+",
                            grip.get_attribute("aria-valuetext"))
        figure.wait_for_words(r"^Layer 20: standard deviation 0\.0\d+\. Gradients in layer 1: 0\.0\d+\.$")

    def test_its_buttons(self, open_figure):
        figure = open_figure()
        state: dict = {}
        press = figure.widget.get_by_role
        assert press("group", name="weights").get_by_role("button").all_text_contents() == list(
            signal_flow.PRESETS["64"])                                      # from zeros to N(0, 1)
        for group, name, change in (
                ("activation", "tanh", {"activation": "tanh"}), ("weights", "He", {"stddev": 0.1768}),
                ("units per layer", "16", {"width": 16}), ("weights", "Glorot = LeCun", {"stddev": 0.25}),
                ("weights", "Glorot × 4", {"stddev": 1.0}), ("layers", "5", {"depth": 5}),
                ("weights", "0.01", {"stddev": 0.01}), ("activation", "selu", {"activation": "selu"}),
                ("weights", "N(0, 1)", {"stddev": 1.0})):
            button = press("group", name=group).get_by_role("button", name=name, exact=True)
            button.click()
            state |= change
            assert button.get_attribute("aria-pressed") == "true"
            self.assert_shown(figure, state)
        press("button", name="Draw other weights").click()
        self.assert_shown(figure, state | {"seed": 1})
        press("button", name="Undo").click()
        self.assert_shown(figure, state)
        press("button", name="Reset").click()
        self.assert_shown(figure, {})

    def test_another_activation_does_not_settle_the_questions_about_tanh(self, open_figure):
        figure = open_figure()
        asked = figure.find(".predict")
        for number, press, times in ((0, "PageDown", 7), (1, "PageUp", 19)):
            asked.nth(number).locator("input").nth(0).check()
            figure.button("relu").click()
            figure.press("lever", *[press] * times)
            assert asked.nth(number).locator(".feedback").text_content() == ""
