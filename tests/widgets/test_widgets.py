"""The widgets' Python side: their numbers are the library's, and what a notebook stores of them is always the same."""

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import traitlets
from bs4 import BeautifulSoup

from course_lib import Input, Sequential, activations, initializers, layers
from course_lib.gradient_check import gradient_check
from course_lib.widgets import (
    WIDGETS,
    ActivationSlopes,
    BatchStatistics,
    ComputationGraph,
    DeadUnits,
    DifferenceStep,
    Folding,
    Live,
    SelfNormalization,
    SignalFlow,
    SoftmaxCrossentropy,
    VarianceRule,
    activation_slopes,
    base,
    batch_statistics,
    dead_units,
    draws,
    self_normalization,
    signal_flow,
    variance_rule,
)
from course_lib.widgets.arithmetic import ROUND, exp, log

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "book").glob("*.ipynb"))
OTHER = {"computation_graph": ("x", [3.0, 4.0]), "difference_step": ("function", "kink"),
         "softmax_crossentropy": ("z", [1.0, 2.0, 3.0]), "variance_rule": ("fan_in", 100),
         "signal_flow": ("activation", "selu"), "dead_units": ("bias", -5.0), "batch_statistics": ("momentum", 0.9),
         "activation_slopes": ("activation", "gelu"), "folding": ("gamma", [1.0, 2.0]),
         "self_normalization": ("activation", "elu")}
VIEW = "application/vnd.jupyter.widget-view+json"


def stored_widgets() -> list[tuple[str, str]]:
    """(the widget's name, its stored HTML) for each one in the book."""
    found = []
    for path in CHAPTERS:
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                found += [(name, html) for name in re.findall(r'data-widget="(\w+)"', html)]
    return found


def test_the_library_does_not_need_anywidget():
    code = ("import sys; sys.modules['anywidget'] = None\nimport course_lib\n"
            "assert not {'ipywidgets', 'traitlets'} & set(sys.modules)\n"
            "try:\n    import course_lib.widgets\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == 'course_lib.widgets needs anywidget: pip install "course_lib[student]"\n', done.stderr


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_is_stored_the_same_each_time(name):
    first, second = WIDGETS[name](), WIDGETS[name]()
    assert repr(first) == repr(second) == f"<interactive figure: {name.replace('_', ' ')}>"
    (data, _), (again, _) = first._repr_mimebundle_(), second._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html", VIEW}
    assert data["text/html"] == again["text/html"] == first.html()
    assert data["text/plain"] == repr(first)


@pytest.mark.parametrize("name", WIDGETS)
def test_the_stored_form_holds_the_state_a_picture_and_a_sentence(name):
    widget = WIDGETS[name]()
    page = BeautifulSoup(widget.html(), "html.parser")
    (script,) = page.find_all("script")
    state = json.loads(script.string)
    assert script["type"] == "application/json"
    assert set(state["start"]) == set(widget._view)
    assert all(state[key] == value for key, value in state["start"].items())
    assert page.svg["role"] == "img"
    assert len(page.svg["aria-label"]) > 100
    assert page.p.get_text()
    assert not page.find_all(id=True) and "style=" not in widget.html()
    assert len(widget.html()) < 12_000


@pytest.mark.parametrize("name", WIDGETS)
def test_the_book_shows_the_widget_as_the_package_makes_it(name):
    stored = [html for found, html in stored_widgets() if found == name]
    assert stored and all(html == WIDGETS[name]().html() for html in stored)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_kernel_gets_one_module(name):
    text = WIDGETS[name]()._esm
    assert text == base.bundled(name)
    assert "import " not in "\n".join(line for line in text.splitlines() if line.startswith("import"))
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render, accepts };"]
    declared = re.findall(r"^(?:export )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    assert len(declared) == len(set(declared)), "a name of kit.js is declared again"
    imports = re.findall(r"^import \{([^}]*)\}", (base.HERE / f"{name}.js").read_text("utf-8"), re.MULTILINE)
    assert {part.strip() for part in ",".join(imports).split(",")} <= set(declared)


def test_a_reader_who_wants_no_motion_gets_none():
    assert not re.search(r"transition|animation", base.styles())


def test_colours_are_named_in_the_style_sheet_only():
    for path in base.HERE.glob("*.js"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(", path.read_text("utf-8")), path.name


def test_state_does_not_survive_from_one_instance_to_another():
    first = ComputationGraph(y=0)
    assert first.start["y"] == 0
    assert ComputationGraph().start["y"] == 1


def test_the_graph_starts_with_the_numbers_of_the_chapter():
    n = ComputationGraph().numbers()
    assert n["z1"] == pytest.approx([0.7, 0.3, -0.4], abs=1e-12)
    assert n["a2"] == pytest.approx([0.495175], abs=5e-7)
    assert n["loss"] == pytest.approx(0.702843, abs=5e-7)
    assert n["delta1"] == pytest.approx([-0.055963, 0.123409, -0.097032], abs=5e-7)
    assert n["delta2"] == pytest.approx([-0.504825], abs=5e-7)


def test_the_graph_agrees_with_differences(rng):
    for _ in range(5):
        graph = ComputationGraph(x=rng.normal(size=2).tolist(), y=int(rng.integers(2)),
                                 theta=rng.normal(size=13).tolist())
        report = gradient_check(graph.model(), np.array([graph.x]), np.array([[float(graph.y)]]))
        assert report.ok, str(report)

        def loss(x, graph=graph):
            return ComputationGraph(x=x, y=graph.y, theta=graph.theta).numbers()["loss"]

        x0, x1 = graph.x
        differences = [(loss([x0 + 1e-5, x1]) - loss([x0 - 1e-5, x1])) / 2e-5,
                       (loss([x0, x1 + 1e-5]) - loss([x0, x1 - 1e-5])) / 2e-5]
        assert graph.numbers()["dx"] == pytest.approx(differences, rel=1e-6, abs=1e-9)


def test_the_answers_to_the_graphs_questions():
    dead = ComputationGraph(x=[0.0, 2.0]).numbers()
    assert dead["dtheta"][:3].tolist() == [0, 0, 0]
    assert np.all(dead["dtheta"][3:] != 0)
    deltas = []
    for weight in np.linspace(-1, 1, 41):
        theta = ComputationGraph().theta
        theta[10] = float(weight)
        deltas.append(ComputationGraph(theta=theta).numbers()["delta1"][1])
    assert deltas[20] == 0
    assert np.all(np.diff(deltas) < 0)


def test_the_graphs_goal_can_be_reached():
    theta = ComputationGraph().theta
    theta[7] = 5.5
    n = ComputationGraph(theta=theta).numbers()
    assert abs(n["delta1"][1]) < 0.005
    assert n["loss"] > 0.5


def test_exp_and_log_are_right(rng):
    for precision, unit in (("float64", 2.0 ** -52), ("float32", 2.0 ** -23)):
        r = ROUND[precision]
        for x in map(r, rng.uniform(-8, 8, 500)):
            assert exp(x, r) == pytest.approx(math.exp(x), rel=2 * unit)
        for u in map(r, rng.uniform(1, 100, 500)):
            assert log(u, r) == pytest.approx(math.log(u), rel=2 * unit)
    assert log(1.0, ROUND["float64"]) == 0


def test_the_step_widget_agrees_with_the_library():
    step, graph = DifferenceStep(), ComputationGraph()
    numbers = graph.numbers()
    assert step.value(0.5, "float64") == pytest.approx(numbers["loss"], rel=1e-14)
    assert step.exact == pytest.approx(numbers["dtheta"][9], rel=1e-14)
    for weight in np.linspace(-3, 3, 13):
        graph.theta = [*graph.theta[:9], float(weight), *graph.theta[10:]]
        assert step.value(float(weight), "float64") == pytest.approx(graph.numbers()["loss"], rel=1e-13)
        assert step.value(float(weight), "float32") == pytest.approx(graph.numbers()["loss"], rel=1e-5)


@pytest.mark.parametrize("point", [-0.05, -1e-6, 1e-6, 0.05])
def test_the_kink_is_the_librarys_relu(point):
    widget = DifferenceStep(function="kink", point=point)
    network = Sequential([Input((1,)), layers.Dense(1, activation="relu")], dtype="float64")
    network.set_weights([np.ones((1, 1)), np.zeros(1)])
    unit = network.layers[-1]
    assert widget.value(point, "float64") == network(np.array([[point]]))[0, 0]
    assert widget.exact == unit.activation.derivative(np.array([point]))[0]


def test_the_error_is_u_shaped():
    widget = DifferenceStep()
    errors = {p: np.array([widget.error(i, p) for i in range(len(widget.steps))]) for p in ROUND}
    best = widget.steps[int(errors["float64"].argmin())]
    assert 1e-6 < best < 1e-3
    assert errors["float64"].min() < 1e-11
    assert errors["float64"][0] > 1e-6 and errors["float64"][-1] > 1e-2
    assert errors["float32"].min() < 1e-4


def test_the_answers_to_the_steps_questions():
    widget = DifferenceStep()
    nano = widget.steps.index(1e-9)
    assert widget.difference(nano, "float32") == 0
    assert widget.error(nano, "float32") == 1
    kink = DifferenceStep(function="kink")
    assert kink.difference(kink.steps.index(0.01), "float64") == pytest.approx(0.65)
    for i, h in enumerate(kink.steps):
        error = kink.error(i, "float64")
        assert error > 0.02 if h > 0.003 else error < 1e-3 if h > 1e-15 else True
    assert kink.error(kink.steps.index(1e-4), "float64") < 1e-10


def test_the_steps_goal_can_be_reached():
    widget = DifferenceStep()
    assert any(widget.error(i, "float64") < 1e-10 for i in range(len(widget.steps)))
    kink = DifferenceStep(function="kink", point=0.03)
    assert kink.error(kink.steps.index(0.01), "float64") < 1e-10


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


def test_the_rule_is_what_the_draws_have(rng):
    for distribution in variance_rule.REACH:
        for _ in range(5):
            widget = VarianceRule(fan_in=int(rng.integers(16, 257)), fan_out=int(rng.integers(16, 257)),
                                  distribution=distribution, stddev=float(rng.uniform(0.01, 0.26)))
            n = widget.numbers()
            z, da = widget.passes()
            assert z.shape == (32, widget.fan_out) and da.shape == (32, widget.fan_in)
            for kind in ("forward", "backward"):
                assert n[f"{kind}.drawn"] == pytest.approx(n[f"{kind}.rule"], rel=0.25)


def test_the_reach_of_the_weights(rng):
    for distribution in variance_rule.REACH:
        n = VarianceRule(distribution=distribution).numbers()
        drawn = initializers.VarianceScaling(1.0, "fan_in", distribution)((64, 4000), rng)
        if distribution == "untruncated_normal":
            assert np.mean(np.abs(drawn) < n["reach"]) == pytest.approx(0.954, abs=0.003)
        else:
            assert np.abs(drawn).max() == pytest.approx(n["reach"], rel=1e-3)


def test_the_density_is_drawn_as_far_as_it_reaches():
    for distribution, reach in variance_rule.REACH.items():
        outline = np.array(variance_rule.density(distribution, 0.1))
        edges = outline[[0, -1], 0]
        end = 0.35 if distribution == "untruncated_normal" else 0.1 * reach
        assert edges == pytest.approx([-end, end])
        heights = outline[:, 1]
        assert heights.max() == pytest.approx(1)
        # the standard deviation of what is drawn
        at, h = outline[1:-1].T if distribution != "uniform" else (np.linspace(*edges, 41), np.ones(41))
        assert np.sqrt(np.trapezoid(h * at ** 2, at) / np.trapezoid(h, at)) == pytest.approx(0.1, rel=0.01)


def test_the_answers_to_the_questions_about_the_rule():
    first, wide = VarianceRule().numbers(), VarianceRule(fan_in=256).numbers()
    assert first["forward.rule"] == 1 and wide["forward.rule"] == 4
    assert (wide["forward.drawn"] / first["forward.drawn"]) ** 0.5 == pytest.approx(2, rel=0.1)
    uniform = VarianceRule(distribution="uniform").numbers()
    assert uniform["forward.rule"] == 1 and uniform["reach"] == pytest.approx(0.217, abs=5e-4)


def test_the_goal_of_the_rule_can_be_reached():
    n = VarianceRule(stddev=0.1768).numbers()
    assert n["forward.rule"] * n["backward.rule"] == pytest.approx(1, abs=0.01)
    for mode in initializers.VarianceScaling.MODES:                       # by none of the three buttons
        fan = {"fan_in": 64, "fan_out": 16, "fan_avg": 40}[mode]
        m = VarianceRule(stddev=fan ** -0.5).numbers()
        assert abs(m["forward.rule"] * m["backward.rule"] - 1) > 0.1
        if mode == "fan_avg":
            assert (m["forward.rule"], m["backward.rule"]) == pytest.approx((1.6, 0.4))


def test_the_rule_takes_moderate_states_only():
    for state in ({"fan_in": 15}, {"fan_out": 257}, {"stddev": 0.3}, {"stddev": 0.0}, {"distribution": "normal"}):
        with pytest.raises(traitlets.TraitError):
            VarianceRule(**state)


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
    met = [bias for bias in np.arange(-12, -6, 0.1).round(2).tolist()
           if (n := DeadUnits(bias=bias).numbers())["start"] == n["elu.dead"] == 12 and n["leaky_relu.dead"] < 12]
    assert len(met) > 5 and -10.5 < met[0] and met[-1] < -8              # both ends are limits, as the praise says
    assert all(DeadUnits(bias=bias, negative_slope=0.01).numbers()["leaky_relu.dead"] == 12 for bias in met[::3])


def test_the_dead_units_take_moderate_states_only():
    for state in ({"bias": -12.1}, {"bias": 2.1}, {"steps": 201}, {"steps": -1}, {"negative_slope": 0.3}):
        with pytest.raises(traitlets.TraitError):
            DeadUnits(**state)


def test_the_statistics_agree_with_loops(rng):
    for _ in range(5):
        size = int(rng.choice(batch_statistics.SIZES))
        widget = BatchStatistics(batch_size=size, momentum=float(rng.choice(batch_statistics.MOMENTA)),
                                 epsilon=float(rng.choice(batch_statistics.EPSILONS)), shift=float(rng.uniform(-3, 3)),
                                 stddev=float(rng.uniform(0.01, 1)), step=int(rng.integers(1, 121)))
        p, epsilon, mean, variance = widget.momentum, widget.epsilon, 0.0, 1.0
        for x in widget.batches()[:widget.step, :, 0].tolist():
            batch_mean = sum(x) / size
            batch_variance = sum((v - batch_mean) ** 2 for v in x) / size
            mean, variance = p * mean + (1 - p) * batch_mean, p * variance + (1 - p) * batch_variance
        (found, outputs), n = widget.run(), widget.numbers()
        assert n["moving.mean"] == pytest.approx(mean) and n["moving.deviation"] == pytest.approx(variance ** 0.5)
        assert [len(values) for values in found.values()] == [120] * 4
        assert outputs["raw"][:, 0].tolist() == x
        training = [(v - batch_mean) / (batch_variance + epsilon) ** 0.5 for v in x]
        assert outputs["training"][:, 0] == pytest.approx(training)
        inference = [(v - mean) / (variance + epsilon) ** 0.5 for v in x]
        assert outputs["inference"][:, 0] == pytest.approx(inference)
        assert n["inference.mean"] == pytest.approx(np.mean(inference))
        assert n["inference.deviation"] == pytest.approx(np.std(inference), abs=1e-12)


def test_the_feature_shifts_after_update_60():
    x = BatchStatistics(batch_size=128, stddev=0.5, shift=-2.0).batches()
    assert x.shape == (120, 128, 1)
    assert x[:60].mean() == pytest.approx(0.5, abs=0.02) and x[60:].mean() == pytest.approx(-0.5, abs=0.02)
    assert x[:60].std() == pytest.approx(0.5, rel=0.03) and x[60:].std() == pytest.approx(0.5, rel=0.03)


def test_the_answers_to_the_questions_about_batches():
    for step in range(1, 121, 7):
        _, outputs = BatchStatistics(batch_size=2, step=step).run()
        distance = abs(float(np.diff(outputs["raw"][:, 0])[0]))
        if distance > 0.3:
            assert sorted(outputs["training"][:, 0].tolist()) == pytest.approx([-1, 1], abs=0.03)
        assert BatchStatistics(batch_size=1, step=step).run()[1]["training"].tolist() == [[0]]
    assert BatchStatistics(step=45).numbers()["left"] == pytest.approx(0.636, abs=5e-4)
    assert BatchStatistics(step=45, momentum=0.9).numbers()["left"] < 0.01


def test_the_goal_of_the_batches_can_be_reached():
    small = {"stddev": 0.01, "epsilon": 1e-5}
    for state, met in (({"momentum": 0.9}, True), ({"momentum": 0.5}, True), ({"momentum": 0.99}, False),
                       ({"momentum": 0.9, "epsilon": 1e-3}, False)):
        n = BatchStatistics(**small | state).numbers()
        assert (abs(n["inference.mean"]) <= 0.2 and abs(n["inference.deviation"] - 1) <= 0.1) == met


def test_the_batches_take_moderate_states_only():
    for state in ({"batch_size": 3}, {"batch_size": 256}, {"momentum": 1.0}, {"epsilon": 0.0}, {"stddev": 0.009},
                  {"shift": 3.1}, {"step": 0}, {"step": 121}):
        with pytest.raises(traitlets.TraitError):
            BatchStatistics(**state)


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


def test_controls_are_stored_with_a_picture():
    class Controls:
        def _repr_mimebundle_(self, **kwargs):
            return {"text/plain": "interactive(...)", VIEW: {"model_id": "1"}}

    class Picture:
        png, width, alt = b"png", 300, 'a "loss" that falls'

        def __repr__(self):
            return self.alt

    data = Live(Controls(), Picture())._repr_mimebundle_()
    assert data["text/plain"] == 'a "loss" that falls'
    image = BeautifulSoup(data["text/html"], "html.parser").img
    assert image["alt"] == 'a "loss" that falls'
    assert image["src"].startswith("data:image/png;base64,")
    assert VIEW in data


@pytest.mark.notebooks
@pytest.mark.parametrize("name", WIDGETS)
def test_a_kernel_shows_both_forms(name, tmp_path, monkeypatch):
    import nbclient
    from nbformat.v4 import new_code_cell, new_notebook

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = new_notebook(cells=[
        new_code_cell(f"from course_lib.widgets import WIDGETS\nwidget = WIDGETS['{name}']()\nwidget"),
        new_code_cell("changes = []\nwidget.observe(changes.append, list(widget._view))\n"
                      f"widget.set_trait(*{OTHER[name]})\nlen(changes)")])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    shown, changed = (cell.outputs[0].data for cell in notebook.cells)
    assert shown["text/html"] == WIDGETS[name]().html()
    assert VIEW in shown
    assert changed["text/plain"] == "1"
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    models = [model["state"] for model in state.values() if model["model_name"] == "AnyModel"]
    assert [model["_esm"] for model in models] == [base.bundled(name)]
