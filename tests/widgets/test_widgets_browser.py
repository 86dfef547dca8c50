"""The widgets on the built page, below /course/: moved by mouse, keys and touch, and their numbers compared."""

import json
import math
import re

import numpy as np
import pytest
import screenshots

from course_lib import activations
from course_lib.widgets import (
    WIDGETS,
    ActivationSlopes,
    BatchStatistics,
    ComputationGraph,
    DeadUnits,
    DifferenceStep,
    Folding,
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

pytestmark = pytest.mark.browser

PAGES = {"computation_graph": "02_backpropagation", "difference_step": "02_backpropagation",
         "softmax_crossentropy": "02_backpropagation", "variance_rule": "04_initialization",
         "signal_flow": "04_initialization", "dead_units": "05_activations",
         "batch_statistics": "06_batch_normalization", "activation_slopes": "05_activations",
         "folding": "06_batch_normalization", "self_normalization": "05_activations"}
FIRST = {"computation_graph": "t10", "difference_step": "step", "softmax_crossentropy": "z0",     # a handle of each
         "variance_rule": "stddev", "signal_flow": "lever", "dead_units": "bias", "batch_statistics": "shift",
         "activation_slopes": "z", "folding": "x0", "self_normalization": "input_mean"}
WIDEST = {"computation_graph": "", "difference_step": "function=kink", "softmax_crossentropy": "z=-6,6,5;y=0",
          "variance_rule": "fan_in=256;fan_out=256;stddev=0.26", "signal_flow": "activation=sigmoid;stddev=1.178",
          "dead_units": "bias=2;steps=200", "batch_statistics": "shift=-3;step=1;stddev=0.01",
          "activation_slopes": "activation=softplus;z=-6;depth=50",
          "folding": "variance=0,0;gamma=-5,-5;kernel=5,5,5,5;x=5,5;mean=-5,-5",
          "self_normalization": "initializer=he_normal;input_mean=-2;input_deviation=3;rate=0.5;layer=100"}
NUMBERS = """(name) => [...document.querySelectorAll(`[data-widget="${name}"] [data-number]`)]
    .filter((element) => element.dataset.value !== "")
    .map((element) => [element.dataset.number, Number(element.dataset.value), element.textContent])"""
SMALL = """(name) => {
    const live = document.querySelector(`[data-widget="${name}"] .course-widget-live`);
    const wrong = [];
    const bounds = live.getBoundingClientRect();
    for (const text of live.querySelectorAll("svg text")) {
        const size = parseFloat(getComputedStyle(text).fontSize);
        const box = text.getBoundingClientRect();
        if (size < 11) wrong.push(`${text.textContent}: ${size} px`);
        if (box.left < bounds.left - 1 || box.right > bounds.right + 1) wrong.push(`${text.textContent}: cut off`);
    }
    for (const handle of live.querySelectorAll("[role=slider], [role=switch], [role=button], button, .predict label")) {
        const box = handle.getBoundingClientRect();
        const small = handle.checkVisibility() && (box.width < 24 || box.height < 24);
        if (small) wrong.push(`${handle.getAttribute("aria-label") ?? handle.textContent}: small`);
    }
    return wrong;
}"""


def test_each_widget_is_in_every_table():
    for table in (PAGES, FIRST, WIDEST, ASSERT, RANDOM, BROKEN):
        assert set(table) == set(WIDGETS)
    assert set(MOVES) == set(RIGHT) == {(name, number) for name in WIDGETS for number in (0, 1)}


@pytest.fixture(scope="module")
def address(site, tmp_path_factory):
    above = tmp_path_factory.mktemp("host")
    (above / "course").symlink_to(site)
    with screenshots.served(above) as started:
        yield started + "course/"


@pytest.fixture
def open_page(browser, address):
    """``open_page(name, hash, **options)``: a tab with the widget alive; at the end nothing went wrong in it."""
    contexts, problems = [], []

    def open_page(name: str, fragment: str = "", **options):
        context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}} | options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("response", lambda r: problems.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        tab.on("request", lambda r: problems.append(f"another host: {r.url}")
               if not r.url.startswith((address, "data:", "blob:")) else None)
        tab.goto(f"{address}{PAGES[name]}.html{fragment}", wait_until="load")
        if options.get("java_script_enabled", True):
            tab.evaluate(f"document.querySelector('[data-widget={name}]').scrollIntoView()")
            tab.wait_for_selector(f"[data-widget={name}][data-state=ready]")
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def numbers(tab, name: str) -> dict[str, float]:
    return {number: value for number, value, _ in tab.evaluate(NUMBERS, name)}


def go(tab, name: str, state: dict) -> None:
    """Show a state, by the address."""
    text = ";".join(f"{key}={','.join(map(repr, value)) if isinstance(value, list) else value}"
                    for key, value in state.items())
    tab.evaluate("async (hash) => { location.hash = hash; await new Promise((done) => setTimeout(done, 20)); }",
                 f"{name}:{text}")


def handle(tab, name: str, key: str):
    return tab.locator(f'[data-widget="{name}"] [data-key="{key}"]')


def drag(tab, element, dx: float, dy: float = 0) -> None:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + dx / 2, y + dy / 2)
    tab.mouse.move(x + dx, y + dy)
    tab.mouse.up()


def chain_of(selected: str, n: dict) -> list[float]:
    """The results in the lines of the chain rule: the derivative, the hidden error terms on the way, the output's."""
    index = int(selected[1:])
    delta2 = [float(n["delta2"][0])]
    if selected[0] == "x":
        return [float(n["dx"][index]), *n["delta1"].tolist(), *delta2]
    between = [float(n["delta1"][index % 3])] if index < 9 else []
    return [float(n["dtheta"][index]), *between, *delta2]


RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"


def assert_shown(tab, name: str, expected: dict[str, float]) -> None:
    """The widget shows these numbers and no others, and writes each as it is rounded."""
    shown = tab.evaluate(NUMBERS, name)
    assert {number for number, _, _ in shown} == set(expected)
    for number, value, text in shown:
        assert value == pytest.approx(expected[number], rel=1e-6, abs=1e-12), number
        digits, exponent = re.search(rf"([\u2212\d.]+)(?: \u00b7 10([{RAISED}]+))?$", text).groups()
        written = digits.replace("\N{MINUS SIGN}", "-")
        power = 10.0 ** int((exponent or "0").translate(str.maketrans(RAISED, "0123456789")))
        unit = power * 10.0 ** -len(written.partition(".")[2])
        assert float(written) * power == pytest.approx(expected[number], abs=0.5001 * unit), (number, text)


def assert_graph(tab, state: dict) -> None:
    """Every number of the computation graph is the library's."""
    graph = ComputationGraph(**state)
    n = graph.numbers()
    expected = {"loss": n["loss"], "y": graph.y, "learning_rate": graph.learning_rate,
                "z2.0": n["z2"][0], "a2.0": n["a2"][0], "delta2.0": n["delta2"][0]}
    for key, values in {"x": graph.x, "theta": graph.theta, "dx": n["dx"]}.items():
        expected |= {f"{key}.{i}": value for i, value in enumerate(values)}
    expected |= {f"dtheta.{i}": n["dtheta"][i] for i in [*range(6), *range(9, 12)]}
    for key in ("z1", "a1", "delta1"):
        expected |= {f"{key}.{j}": n[key][j] for j in range(3)}
    expected |= {f"chain.{i}": value for i, value in enumerate(chain_of(graph.selected, n))}
    assert_shown(tab, "computation_graph", expected)


def assert_step(tab, state: dict) -> None:
    """Every number of the step widget, and both curves, have the bits that Python computes."""
    widget = DifferenceStep(**state)
    h, precision, at = widget.steps[widget.step], widget.precision, widget.at
    quotient = widget.difference(widget.step, precision)
    r = np.float64 if precision == "float64" else np.float32
    above, below = (widget.value(float(r(at)) + s * float(r(h)), precision) for s in (1, -1))
    expected = {"h": h, "above": above, "below": below, "gap": float(r(above - below)), "quotient": quotient,
                "exact": widget.exact, "error": widget.error(widget.step, precision)}
    assert numbers(tab, "difference_step") == expected
    for name in ("float32", "float64"):
        points = tab.evaluate(f"document.querySelector('[data-curve={name}]').getAttribute('points')").split()
        heights = [214 - (math.log10(max(widget.error(i, name), 1e-17)) + 17) / 18 * 190 for i in range(113)]
        assert [float(point.split(",")[1]) for point in points] == pytest.approx(heights, abs=0.06)


def assert_softmax(tab, state: dict) -> None:
    """Every number of the softmax widget is the library's, and the bars and arrows are as long as they say."""
    widget = SoftmaxCrossentropy(**state)
    n = widget.numbers()
    expected = {"loss": n["loss"], "minus-log": n["loss"], "sum": n["S"], "true-a": n["a"][widget.y],
                "true-delta": n["delta"][widget.y]}
    for key, values in {"z": widget.z, "a": n["a"], "delta": n["delta"], "y": np.eye(3)[widget.y]}.items():
        expected |= {f"{key}.{j}": values[j] for j in range(3)}
    assert_shown(tab, "softmax_crossentropy", expected)
    bars, arrows = tab.evaluate("""() => {
        const drawn = (kind) => [...document.querySelectorAll(`[data-widget=softmax_crossentropy] .figure .${kind}`)];
        const heights = (points) => points.split(" ").map((point) => Number(point.split(",")[1]));
        return [drawn("amount").map((bar) => Number(bar.getAttribute("height"))),
            drawn("push").map((arrow) => heights(arrow.getAttribute("points"))).map((at) => at[0] - at[3])];
    }""")
    assert bars == pytest.approx([20 * n["loss"], *(90 * n["a"])], abs=1e-6)
    travel = 20 * (np.array(widget.stepped()) - widget.z)
    assert arrows == pytest.approx(np.column_stack([-90 * n["delta"], travel]).ravel(), abs=1e-6)


def assert_variance(tab, state: dict) -> None:
    """Every number of the variance rule is the library's, and both histograms are those of its draws."""
    name, widget = "variance_rule", VarianceRule(**state)
    n = widget.numbers()
    expected = n | {key: getattr(widget, key) for key in ("fan_in", "fan_out", "stddev")}
    expected |= {f"{kind}.line": n[f"{kind}.rule"] for kind in ("forward", "backward")}
    assert_shown(tab, name, expected)
    width = float(tab.evaluate(f"document.querySelector('[data-widget={name}] .figure > svg').getAttribute('width')"))
    for kind, base_, values in zip(("forward", "backward"), (276, 438), widget.passes(), strict=True):
        drawn = points_of(tab, f"[data-widget={name}] [data-histogram={kind}]")
        outline = np.array([(width / 2 + (width / 2 - 8) / 6 * at, base_ - min(110 * d, 96))
                            for at, d in draws.histogram(values, variance_rule.WINDOW, variance_rule.BIN)])
        assert drawn == pytest.approx(outline, abs=0.06)


def points_of(tab, selector: str) -> np.ndarray:
    text = tab.evaluate("(selector) => document.querySelector(selector).getAttribute('points')", selector)
    return np.array([[float(v) for v in point.split(",")] for point in text.split()])


POWERS = """(name) => [...document.querySelectorAll(`[data-widget=${name}] .panel [data-number]`)].map((element) => [
    element.dataset.number, element.innerHTML.replace("<sup>", "^").replace("</sup>", "").replaceAll("\u2212", "-")])"""


def as_number(text: str) -> float:
    """What "3.6 · 10^-8", "10^5" or "0.35" says."""
    digits, _, exponent = text.rpartition("10^") if "^" in text else (text, "", "0")
    return float(digits.removesuffix(" \u00b7 ") or 1) * 10.0 ** int(exponent)


def assert_signal(tab, state: dict) -> None:
    """Every number, both curves and every histogram of the stack are the library's."""
    name, widget = "signal_flow", SignalFlow(**state)
    n, last = widget.numbers(), widget.depth
    expected = {"stddev": widget.stddev, "gain": n["gain"], "a.factor": n["a.factor"], "da.factor": n["da.factor"],
                "a.first": n["a"][1], "a.last": n["a"][last], "da.first": n["da"][1], "da.last": n["da"][last]}
    assert numbers(tab, name) == pytest.approx(expected, rel=1e-6)
    for number, text in tab.evaluate(POWERS, name):
        assert as_number(text) == pytest.approx(expected[number], rel=0.051, abs=6e-4), (number, text)
    for key, middle, arrays in zip(("a", "da"), (316, 452), widget.passes(), strict=True):
        points = points_of(tab, f"[data-widget={name}] [data-curve={key}]")
        assert points[:, 1] == pytest.approx([130 - 12.5 * math.log10(max(v, 1e-99)) for v in n[key]], abs=0.06)
        pitch = points[1, 0] - points[0, 0]
        path = tab.evaluate(f"document.querySelector('[data-widget={name}] [data-violins={key}]').getAttribute('d')")
        strokes = [[float(v) for v in stroke.replace("h", " ").split()] for stroke in path.split("M")[1:]]
        wanted = []
        for x, values in zip(points[:, 0].tolist(), arrays, strict=True):
            for i, count in enumerate(signal_flow.histogram(values).tolist()):
                half = min(0.44 * pitch, 26) * min(count / (0.12 * values.size), 1)
                wanted += [[x - half, middle + 4 * (12 - i), 2 * half]] if count else []
        assert np.array(strokes) == pytest.approx(np.array(wanted), abs=0.25)


def assert_dead(tab, state: dict) -> None:
    """Every number of the layer is the library's; the dots are its sums, and the bars reach as far as the sums do."""
    name, widget = "dead_units", DeadUnits(**state)
    assert_shown(tab, name, widget.numbers() | {"bias": widget.bias, "steps": widget.steps})
    width, dots, bars = tab.evaluate("""() => {
        const figure = document.querySelector("[data-widget=dead_units] .figure");
        const drawn = (kind) => [...figure.querySelectorAll(kind)].map((path) => path.getAttribute("d"));
        return [Number(figure.firstChild.getAttribute("width")), drawn(".dots"), drawn(".violin")];
    }""")
    z, order = widget.start_sums(), dead_units.by_reach()

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


def drawn_points(tab, selector: str) -> np.ndarray:
    """The dots of a path of strokes without length."""
    path = tab.evaluate("(selector) => document.querySelector(selector).getAttribute('d')", selector)
    return np.array([[float(v) for v in point.removesuffix("h0").split()] for point in path.split("M")[1:]])


def assert_batches(tab, state: dict) -> None:
    """Every number of the batch normalization is the library's, and so is every dot and line."""
    name, widget = "batch_statistics", BatchStatistics(**state)
    assert_shown(tab, name, widget.numbers() | {key: getattr(widget, key)
                                                for key in ("batch_size", "stddev", "shift", "step")})
    found, outputs = widget.run()
    width = float(tab.locator(f"[data-widget={name}] .figure > svg").get_attribute("width"))
    updates = 40 + np.arange(1, 121) / 120 * (width - 52)
    heights = {"mean": lambda v: 150 - (np.clip(v / widget.stddev, -3, 5) + 3) * 15,
               "deviation": lambda v: 286 - (np.clip(np.log10(np.maximum(v, 1e-9)), -2.5, 0.5) + 2.5) * 100 / 3}
    for kind, height in heights.items():
        dots = np.column_stack([updates, height(np.array(found[f"batch.{kind}"]))])
        line = np.column_stack([updates, height(np.array(found[f"moving.{kind}"]))])
        assert drawn_points(tab, f"[data-widget={name}] [data-dots={kind}]") == pytest.approx(dots, abs=0.06)
        assert points_of(tab, f"[data-widget={name}] [data-moving={kind}]") == pytest.approx(line, abs=0.06)
    for row, (kind, values) in enumerate(outputs.items()):
        wanted = [[8 + (np.clip(v, -6, 6) + 6) / 12 * (width - 16), 412 + 50 * row + batch_statistics.scatter(i)]
                  for i, v in enumerate(values[:, 0])]
        drawn = drawn_points(tab, f"[data-widget={name}] [data-strip={kind}]")
        assert drawn == pytest.approx(np.array(wanted), abs=0.06)


def assert_slopes(tab, state: dict) -> None:
    """Every number is the library's, and so are the curves of the activation and its slope, kinks included."""
    name, widget = "activation_slopes", ActivationSlopes(**state)
    n, phi = widget.numbers(), activations.get(widget.activation)
    assert numbers(tab, name) == pytest.approx(n | {"z": widget.z, "depth": widget.depth}, rel=1e-6, abs=1e-12)
    for number, text in tab.evaluate(POWERS, name):
        assert as_number(text) == pytest.approx((n | {"z": widget.z})[number], rel=0.051, abs=6e-3), (number, text)
    for number in ("value", "slope"):
        text = tab.locator(f"[data-widget={name}] .figure [data-number={number}]").text_content()
        assert float(text.rpartition(" = ")[2].replace("\N{MINUS SIGN}", "-")) == pytest.approx(n[number], abs=5.001e-5)
    width = float(tab.locator(f"[data-widget={name}] .figure > svg").get_attribute("width"))
    low, high = (-1.25, 1.25) if widget.activation in activation_slopes.BOUNDED else (-2, 6)
    half = (width - 8) / 2
    for kind, start, end, (bottom, top), f in (("value", 30, half - 8, (low, high), phi),
                                               ("slope", half + 38, width - 8, (-0.25, 1.85), phi.derivative)):
        path = tab.evaluate(f"document.querySelector('[data-widget={name}] [data-curve={kind}]').getAttribute('d')")
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
    points = points_of(tab, f"[data-widget={name}] [data-curve=product]")
    layers = np.array([0, activation_slopes.last_layer(n["slope"])])
    decades = [activation_slopes.decades(n["slope"], layer) for layer in layers]
    assert points[:, 0] == pytest.approx(46 + layers / 50 * (width - 66), abs=0.02)
    assert points[:, 1] == pytest.approx(408 - (np.clip(decades, -12, 4) + 12) / 16 * 112, abs=0.02)


def assert_folding(tab, state: dict) -> None:
    """Every number of both layers, of the folded one and of its steps is the library's."""
    widget = Folding(**state)
    n, j = widget.numbers(), widget.column
    expected = {f"{key}.{i}": value for key in ("inner", "y", "s", "t", "outcome") for i, value in enumerate(n[key])}
    expected |= {f"folded.{key}.{i}": value for key in ("kernel", "bias") for i, value in enumerate(n[key])}
    expected |= {f"{key}.{i}": value for key in ("x", "kernel", "bias", "mean", "variance", "gamma", "beta")
                 for i, value in enumerate(getattr(widget, key))}
    expected |= {f"line.{key}{i}": n[key][i] for key in "st" for i in ((0, 1) if widget.order == "normalization"
                                                                      else (j,))}
    expected |= {"line.w0": n["kernel"][j], "line.w1": n["kernel"][2 + j], "line.b": n["bias"][j],
                 "line.out": n["outcome"][j], "difference": n["difference"]}
    assert_shown(tab, "folding", expected)


def assert_normalized(tab, state: dict) -> None:
    """Every number of the hundred layers is the library's, and so are both curves and the histogram."""
    name, widget = "self_normalization", SelfNormalization(**state)
    assert_shown(tab, name, widget.numbers() | {key: getattr(widget, key) for key in (
        "input_mean", "input_deviation", "rate", "layer")})
    means, deviations = (np.array(values) for values in widget.statistics())
    width = float(tab.locator(f"[data-widget={name}] .figure > svg").get_attribute("width"))
    layers = 48 + np.arange(101) / 100 * (width - 64)
    for kind, heights in (("deviation", 182 - (np.clip(np.log10(np.maximum(deviations, 1e-99)), -52, 53) + 2) * 30),
                          ("mean", 296 - (np.clip(means, -52, 52) + 2) * 20)):
        drawn = points_of(tab, f"[data-widget={name}] [data-curve={kind}]")
        assert drawn == pytest.approx(np.column_stack([layers, heights]), abs=0.06)
    outline = np.array([(8 + (at + 6) / 12 * (width - 16), 516 - self_normalization.height(d))
                        for at, d in draws.histogram(widget.outputs()[widget.layer],
                                                            self_normalization.WINDOW, self_normalization.BIN)])
    assert points_of(tab, f"[data-widget={name}] [data-histogram]") == pytest.approx(outline, abs=0.06)


def random_variance(rng: np.random.Generator) -> dict:
    return {"fan_in": int(rng.integers(16, 257)), "fan_out": int(rng.integers(16, 257)),
            "distribution": str(rng.choice(list(variance_rule.REACH))),
            "stddev": round(float(rng.uniform(0.01, 0.26)), 4)}


def random_signal(rng: np.random.Generator) -> dict:
    return {"activation": str(rng.choice(signal_flow.ACTIVATIONS)), "depth": int(rng.choice(signal_flow.DEPTHS)),
            "width": int(rng.choice(signal_flow.WIDTHS)), "seed": int(rng.integers(100)),
            "stddev": float(f"{10 ** rng.uniform(-2.5, 0.09):.4g}") if rng.random() > 0.1 else 0.0}


def random_dead(rng: np.random.Generator) -> dict:
    return {"bias": round(float(rng.uniform(-12, 2)), 2), "steps": int(rng.integers(201)),
            "negative_slope": float(rng.choice(dead_units.SLOPES))}


def random_batches(rng: np.random.Generator) -> dict:
    return {"batch_size": int(rng.choice(batch_statistics.SIZES)),
            "momentum": float(rng.choice(batch_statistics.MOMENTA)),
            "epsilon": float(rng.choice(batch_statistics.EPSILONS)),
            "stddev": float(f"{10 ** rng.uniform(-2, 0):.3g}"), "shift": round(float(rng.uniform(-3, 3)), 2),
            "step": int(rng.integers(1, 121))}


def random_slopes(rng: np.random.Generator) -> dict:
    return {"activation": str(rng.choice(activation_slopes.NAMES)), "depth": int(rng.integers(1, 51)),
            "z": round(float(rng.uniform(-6, 6)), 2) if rng.random() > 0.2 else float(rng.choice([-3, 0, 3, 6]))}


def random_folding(rng: np.random.Generator) -> dict:
    moderate = {key: rng.uniform(-5, 5, 4 if key == "kernel" else 2).round(2).tolist()
                for key in ("x", "kernel", "bias", "mean", "gamma", "beta")}
    return moderate | {"order": str(rng.choice(["dense", "normalization", "relu"])), "column": int(rng.integers(2)),
                       "variance": rng.uniform(0.2, 9, 2).round(3).tolist()}


def random_normalized(rng: np.random.Generator) -> dict:
    return {"activation": str(rng.choice(self_normalization.ACTIVATIONS)), "layer": int(rng.integers(1, 101)),
            "initializer": str(rng.choice(list(self_normalization.INITIALIZERS))),
            "input_mean": round(float(rng.uniform(-2, 2)), 2), "input_deviation": round(float(rng.uniform(0.1, 3)), 3),
            "dropout": str(rng.choice(list(self_normalization.DROPOUTS))),
            "rate": round(float(rng.uniform(0, 0.5)), 2) if rng.random() > 0.4 else 0.0}


def random_graph(rng: np.random.Generator) -> dict:
    return {"x": rng.uniform(-5, 5, 2).round(2).tolist(), "y": int(rng.integers(2)),
            "theta": rng.uniform(-4, 4, 13).round(2).tolist(), "learning_rate": round(float(rng.uniform(0, 3)), 2),
            "selected": str(rng.choice(["x0", "x1", *(f"t{i}" for i in range(13))]))}


def random_step(rng: np.random.Generator) -> dict:
    return {"function": str(rng.choice(["smooth", "kink"])), "precision": str(rng.choice(["float64", "float32"])),
            "step": int(rng.integers(113)), "point": float(f"{rng.choice([-1, 1]) * 10 ** rng.uniform(-7, -1):.3e}")}


def random_softmax(rng: np.random.Generator) -> dict:
    return {"z": rng.uniform(-6, 6, 3).round(2).tolist(), "y": int(rng.integers(3))}


ASSERT = {"computation_graph": assert_graph, "difference_step": assert_step, "softmax_crossentropy": assert_softmax,
          "variance_rule": assert_variance, "signal_flow": assert_signal, "dead_units": assert_dead,
          "batch_statistics": assert_batches, "activation_slopes": assert_slopes, "folding": assert_folding,
          "self_normalization": assert_normalized}
RANDOM = {"computation_graph": random_graph, "difference_step": random_step, "softmax_crossentropy": random_softmax,
          "variance_rule": random_variance, "signal_flow": random_signal, "dead_units": random_dead,
          "batch_statistics": random_batches, "activation_slopes": random_slopes, "folding": random_folding,
          "self_normalization": random_normalized}


@pytest.mark.parametrize("name", WIDGETS)
def test_it_shows_the_librarys_numbers(open_page, rng, name):
    tab = open_page(name)
    ASSERT[name](tab, {})
    for _ in range(60):
        state = RANDOM[name](rng)
        go(tab, name, state)
        ASSERT[name](tab, state)


def test_the_graph_is_dragged(open_page):
    tab = open_page("computation_graph")
    theta, x = ComputationGraph().theta, [1.0, 2.0]
    drag(tab, handle(tab, "computation_graph", "t10"), 0, -100)         # up: 100 pixels of 0.02
    theta[10] = 1.0
    assert_graph(tab, {"theta": theta, "selected": "t10"})
    drag(tab, handle(tab, "computation_graph", "x0"), -25)              # left
    x[0] = 0.5
    assert_graph(tab, {"theta": theta, "x": x, "selected": "x0"})
    drag(tab, handle(tab, "computation_graph", "t7"), 30, 20)
    theta[7] = 0.3
    assert_graph(tab, {"theta": theta, "x": x, "selected": "t7"})
    drag(tab, handle(tab, "computation_graph", "learning_rate"), 50)
    assert_graph(tab, {"theta": theta, "x": x, "selected": "t7", "learning_rate": 1.5})


def test_the_graph_is_moved_by_keyboard(open_page):
    tab = open_page("computation_graph")
    theta = ComputationGraph().theta
    for i, key in enumerate(f"t{i}" for i in range(13)):
        handle(tab, "computation_graph", key).focus()
        for press in ("ArrowUp", "ArrowRight", "ArrowLeft", "Shift+ArrowDown"):
            tab.keyboard.press(press)
        theta[i] = round(theta[i] - 0.45, 2)
    assert_graph(tab, {"theta": theta, "selected": "t12"})
    element = handle(tab, "computation_graph", "x1")
    element.focus()
    tab.keyboard.press("Home")
    assert_graph(tab, {"theta": theta, "x": [1.0, -5.0], "selected": "x1"})
    assert element.get_attribute("aria-valuenow") == "-5"
    assert element.get_attribute("aria-valuetext").startswith("\N{MINUS SIGN}5.00, derivative ")
    tab.keyboard.press("End")
    tab.keyboard.press("PageDown")
    assert_graph(tab, {"theta": theta, "x": [1.0, 4.5], "selected": "x1"})
    handle(tab, "computation_graph", "y").press(" ")
    assert_graph(tab, {"theta": theta, "x": [1.0, 4.5], "selected": "x1", "y": 0})
    tab.wait_for_function("() => /^Output 0\\.\\d+, loss/.test(document.querySelector('.spoken').textContent)")


def test_every_handle_of_the_graph_is_reached_by_tab(open_page):
    tab = open_page("computation_graph")
    tab.evaluate("document.querySelector('[data-widget=computation_graph] [data-key]').focus()")
    reached = set()
    for _ in range(18):
        reached.add(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == {None, "x0", "x1", "y", "learning_rate", *(f"t{i}" for i in range(13))}


def test_a_step_undo_and_reset(open_page):
    tab = open_page("computation_graph")
    graph = ComputationGraph()
    press = tab.locator("[data-widget=computation_graph] button")
    after = (np.array(graph.theta) - 0.5 * graph.numbers()["dtheta"]).tolist()
    press.filter(has_text="Take one step").click()
    assert_graph(tab, {"theta": after})
    assert numbers(tab, "computation_graph")["loss"] == pytest.approx(0.424537, abs=5e-7)   # as in the chapter
    press.filter(has_text="Undo").click()
    assert_graph(tab, {})
    press.filter(has_text="Take one step").click()
    press.filter(has_text="Take one step").click()
    press.filter(has_text="Reset").click()
    assert_graph(tab, {})


def test_the_step_is_dragged(open_page):
    tab = open_page("difference_step")
    width = tab.evaluate("document.querySelector('[data-widget=difference_step] .figure > svg').clientWidth")
    drag(tab, handle(tab, "difference_step", "step"), 40 * (width - 60) / 112)
    assert_step(tab, {"step": 48})
    tab.locator("button", has_text="float32").click()
    assert_step(tab, {"step": 48, "precision": "float32"})
    tab.locator("button", has_text="ReLU unit").click()
    go(tab, "difference_step", {"function": "kink", "step": 8})
    drag(tab, handle(tab, "difference_step", "point"), (width - 60) / 4.4)                  # by one h
    assert_step(tab, {"function": "kink", "step": 8, "point": numbers(tab, "difference_step")["above"] - 0.01})
    assert numbers(tab, "difference_step")["above"] == pytest.approx(0.023, abs=0.001)


def test_the_step_is_moved_by_keyboard(open_page):
    tab = open_page("difference_step")
    element = handle(tab, "difference_step", "step")
    element.focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Shift+ArrowRight")
    assert_step(tab, {"step": 17})
    assert re.fullmatch(r"h .+ times 10 to the \u2212\d, relative error .+", element.get_attribute("aria-valuetext"))
    tab.keyboard.press("End")
    assert_step(tab, {"step": 112})
    tab.locator("button", has_text="ReLU unit").press("Enter")
    handle(tab, "difference_step", "point").focus()
    tab.keyboard.press("End")
    assert_step(tab, {"function": "kink", "step": 112, "point": 0.1})


def test_the_logits_are_dragged(open_page):
    tab = open_page("softmax_crossentropy")
    drag(tab, handle(tab, "softmax_crossentropy", "z2"), 25, -50)       # up: 50 pixels of 1/20, and none for sideways
    assert_softmax(tab, {"z": [1.9459, 0.6931, 2.5]})
    boxes = [handle(tab, "softmax_crossentropy", "z0").bounding_box()]
    drag(tab, handle(tab, "softmax_crossentropy", "z0"), 0, 87)
    boxes.append(handle(tab, "softmax_crossentropy", "z0").bounding_box())
    before, after = (box["y"] + box["height"] / 2 for box in boxes)
    assert after - before == pytest.approx(87, abs=0.5)                 # it follows the pointer
    assert_softmax(tab, {"z": [-2.4, 0.6931, 2.5]})
    drag(tab, handle(tab, "softmax_crossentropy", "all"), 0, 20)
    assert_softmax(tab, {"z": [-3.4, -0.3069, 1.5]})
    drag(tab, handle(tab, "softmax_crossentropy", "all"), 0, 200)       # until the lowest has reached its end
    assert_softmax(tab, {"z": [-6.0, -2.9069, -1.1]})
    handle(tab, "softmax_crossentropy", "y2").click()
    assert_softmax(tab, {"z": [-6.0, -2.9069, -1.1], "y": 2})


def test_the_logits_are_moved_by_keyboard(open_page):
    tab = open_page("softmax_crossentropy")
    tab.evaluate("document.querySelector('[data-widget=softmax_crossentropy] [data-key]').focus()")
    reached = []
    for _ in range(7):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["all", "z0", "z1", "z2", "y0", "y1", "y2"]
    for key, presses in {"z0": ["Home"], "z1": ["ArrowUp", "PageUp"], "z2": ["Shift+ArrowLeft", "ArrowLeft"],
                         "all": ["ArrowUp", "PageDown", "End"]}.items():
        for press in presses:
            handle(tab, "softmax_crossentropy", key).press(press)
    assert_softmax(tab, {"z": [-1.75, 6.0, 3.2]})
    for key, press in (("y0", "Enter"), ("y2", " ")):
        handle(tab, "softmax_crossentropy", key).press(press)
        assert handle(tab, "softmax_crossentropy", key).get_attribute("aria-pressed") == "true"
        assert tab.locator("[data-widget=softmax_crossentropy] [aria-pressed=true]").count() == 1
    assert_softmax(tab, {"z": [-1.75, 6.0, 3.2], "y": 2})
    assert re.fullmatch(r"6\.00, probability 0\.\d{3}, delta 0\.\d{3}",
                        handle(tab, "softmax_crossentropy", "z1").get_attribute("aria-valuetext"))


def test_steps_on_the_logits(open_page):
    tab = open_page("softmax_crossentropy")
    press = tab.locator("[data-widget=softmax_crossentropy] button")
    states = [SoftmaxCrossentropy().z]
    for _ in range(8):
        states.append(SoftmaxCrossentropy(z=states[-1]).stepped())
        press.filter(has_text="Take one step").click()
        assert_softmax(tab, {"z": states[-1]})
    press.filter(has_text="Undo").click()
    assert_softmax(tab, {"z": states[-2]})
    press.filter(has_text="Reset").click()
    assert_softmax(tab, {})


def centre(element) -> tuple[float, float]:
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_weights_distribution_is_dragged(open_page):
    tab = open_page("variance_rule")
    grip = handle(tab, "variance_rule", "stddev")
    width = tab.evaluate("document.querySelector('[data-widget=variance_rule] .figure > svg').clientWidth")
    for distribution, reach in variance_rule.REACH.items():
        words = "normal" if distribution == "untruncated_normal" else distribution.replace("_", " ")
        tab.locator("[data-widget=variance_rule]").get_by_role("button", name=words, exact=True).click()
        before = numbers(tab, "variance_rule")["stddev"]
        grip.scroll_into_view_if_needed()
        (start, _), _ = centre(grip), drag(tab, grip, -20, 9)            # sideways only
        moved = numbers(tab, "variance_rule")["stddev"]
        assert moved == pytest.approx(before - 20 / ((width / 2 - 8) / 0.62 * reach), abs=0.0003)
        assert centre(grip)[0] - start == pytest.approx(-20, abs=0.7)    # the edge follows the pointer
        assert_variance(tab, {"distribution": distribution, "stddev": moved})
    drag(tab, grip, 2000)
    assert_variance(tab, {"distribution": distribution, "stddev": 0.26})


def test_the_fans_are_dragged(open_page):
    tab = open_page("variance_rule")
    drag(tab, handle(tab, "variance_rule", "fan_in"), 30, -6)
    assert_variance(tab, {"fan_in": 100})
    drag(tab, handle(tab, "variance_rule", "fan_out"), 0, -60)
    assert_variance(tab, {"fan_in": 100, "fan_out": 76})
    drag(tab, handle(tab, "variance_rule", "fan_in"), -90)
    assert_variance(tab, {"fan_in": 16, "fan_out": 76})
    tab.locator("[data-widget=variance_rule] button", has_text="Undo").click()
    assert_variance(tab, {"fan_in": 100, "fan_out": 76})
    for mode, fan in (("1 / fan-in", 100), ("1 / average", 88), ("1 / fan-out", 76)):
        press = tab.locator("[data-widget=variance_rule]").get_by_role("button", name=mode)
        press.click()
        assert press.get_attribute("aria-pressed") == "true"
        assert_variance(tab, {"fan_in": 100, "fan_out": 76, "stddev": float(f"{fan ** -0.5:.4g}")})
    tab.locator("[data-widget=variance_rule] button", has_text="Reset").click()
    assert_variance(tab, {})


def test_the_variance_rule_is_moved_by_keyboard(open_page):
    tab = open_page("variance_rule")
    tab.evaluate("document.querySelector('[data-widget=variance_rule] [data-key]').focus()")
    reached = []
    for _ in range(3):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["stddev", "fan_in", "fan_out"]
    for key, presses in {"stddev": ["ArrowUp", "PageUp", "ArrowLeft", "ArrowRight"],
                         "fan_in": ["Shift+ArrowDown", "ArrowUp"], "fan_out": ["End", "PageDown"]}.items():
        for press in presses:
            handle(tab, "variance_rule", key).press(press)
    assert_variance(tab, {"stddev": 0.1525, "fan_in": 49, "fan_out": 240})
    assert re.fullmatch(r"0\.1525, variance of z 1\.14, of the gradients 5\.58",
                        handle(tab, "variance_rule", "stddev").get_attribute("aria-valuetext"))
    assert handle(tab, "variance_rule", "fan_in").get_attribute("aria-valuetext") == "49, variance 1.14"
    tab.wait_for_function("""() => document.querySelector("[data-widget=variance_rule] .spoken").textContent
        === "Variance of z 1.14, of the gradients 5.58." """)


def lever_end(tab) -> tuple[float, float]:
    """Layers and decades at the handle, from the drawing."""
    return tuple(tab.evaluate("""() => {
        const find = (selector) => document.querySelector(`[data-widget=signal_flow] .figure ${selector}`);
        const line = find(".lever"), points = find("[data-curve=a]").getAttribute("points").split(" ");
        const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => Number(line.getAttribute(name)));
        const [a, b] = points.map((point) => Number(point.split(",")[0]));
        return [(x2 - x1) / (b - a), (y1 - y2) / 12.5];
    }"""))


def test_the_line_of_the_stack_is_dragged(open_page):
    tab = open_page("signal_flow")
    grip = handle(tab, "signal_flow", "lever")
    grip.scroll_into_view_if_needed()
    x, y = centre(grip)
    drag(tab, grip, 0, -50)                                             # four decades up at layer 20
    stddev = numbers(tab, "signal_flow")["stddev"]
    assert stddev == pytest.approx(0.125 * 10 ** (4 / 20), rel=2e-3)
    assert centre(grip) == pytest.approx((x, y - 50), abs=0.7)          # it follows the pointer
    assert lever_end(tab) == pytest.approx((20, 4), abs=0.06)
    assert_signal(tab, {"stddev": stddev})
    for dx, dy in ((-60, -50), (-110, 0), (40, 0)):                     # to the upper edge, and along it
        x, y = centre(grip)
        drag(tab, grip, dx, dy)
        assert centre(grip) == pytest.approx((x + dx, y + dy), abs=1.5)
        layers, decades = lever_end(tab)
        assert decades == pytest.approx(8, abs=0.06) and layers < 20
        stddev = numbers(tab, "signal_flow")["stddev"]
        assert math.log10(8 * stddev) == pytest.approx(8 / layers, rel=0.01)
        assert_signal(tab, {"stddev": stddev})


def test_the_line_falls_to_zeros_and_comes_back(open_page):
    tab = open_page("signal_flow")
    grip, widget = handle(tab, "signal_flow", "lever"), tab.locator("[data-widget=signal_flow]")
    grip.press("Home")
    assert_signal(tab, {"stddev": 0.0})
    assert widget.get_by_role("button", name="zeros").get_attribute("aria-pressed") == "true"
    assert "All weights are 0" in widget.locator(".panel").text_content()
    assert lever_end(tab) == pytest.approx((0, -8), abs=0.06)
    drag(tab, grip, 150)
    stddev = numbers(tab, "signal_flow")["stddev"]
    assert 0 < stddev < 0.125
    assert_signal(tab, {"stddev": stddev})
    widget.get_by_role("button", name="Undo").click()
    assert_signal(tab, {"stddev": 0.0})
    grip.press("End")
    assert_signal(tab, {"stddev": 1.25})


def test_the_stack_is_moved_by_keyboard(open_page):
    tab = open_page("signal_flow")
    grip = handle(tab, "signal_flow", "lever")
    for press in ("ArrowUp", "ArrowUp", "PageUp", "ArrowLeft"):
        grip.press(press)
    stddev = float(f"{0.125 * 10 ** 0.0525:.4g}")                       # 1.05 decades at the end of 20 layers
    assert_signal(tab, {"stddev": stddev})
    assert re.fullmatch(r"1\.129; standard deviation of layer 20 0\.0\d+, gradients in layer 1 0\.0\d+",
                        grip.get_attribute("aria-valuetext"))
    tab.wait_for_function("""() => /^Layer 20: standard deviation 0.0\\d+. Gradients in layer 1: 0.0\\d+.$/
        .test(document.querySelector("[data-widget=signal_flow] .spoken").textContent)""")


def test_the_buttons_of_the_stack(open_page):
    tab = open_page("signal_flow")
    state: dict = {}
    press = tab.locator("[data-widget=signal_flow]").get_by_role
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
        assert_signal(tab, state)
    press("button", name="Draw other weights").click()
    assert_signal(tab, state | {"seed": 1})
    press("button", name="Undo").click()
    assert_signal(tab, state)
    press("button", name="Reset").click()
    assert_signal(tab, {})


def test_the_cloud_of_sums_is_dragged(open_page):
    tab = open_page("dead_units")
    cloud, widget = handle(tab, "dead_units", "bias"), tab.locator("[data-widget=dead_units]")
    width = float(widget.locator(".figure > svg").get_attribute("width"))
    circle = cloud.locator("circle").last
    (start, _), _ = centre(circle), drag(tab, cloud, -60, 30)            # by its middle; sideways only
    bias = numbers(tab, "dead_units")["bias"]
    assert bias == pytest.approx(-3 - 60 * 22 / (width - 16), abs=0.03)
    assert centre(circle)[0] - start == pytest.approx(-60, abs=1)        # it follows the pointer
    assert_dead(tab, {"bias": bias})
    drag(tab, circle, 2000)                                              # by its handle
    assert_dead(tab, {"bias": 2.0})
    drag(tab, handle(tab, "dead_units", "steps"), -(width - 48) / 2)
    assert_dead(tab, {"bias": 2.0, "steps": 100})
    widget.get_by_role("button", name="0.01", exact=True).click()
    assert_dead(tab, {"bias": 2.0, "steps": 100, "negative_slope": 0.01})
    widget.get_by_role("button", name="Undo").click()
    assert_dead(tab, {"bias": 2.0, "steps": 100})
    widget.get_by_role("button", name="Reset").click()
    assert_dead(tab, {})


def test_the_cloud_of_sums_is_moved_by_keyboard(open_page):
    tab = open_page("dead_units")
    tab.evaluate("document.querySelector('[data-widget=dead_units] [data-key]').focus()")
    reached = []
    for _ in range(2):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["bias", "steps"]
    for key, presses in {"bias": ["ArrowLeft", "PageDown", "Shift+ArrowLeft", "ArrowUp"],
                         "steps": ["PageDown", "ArrowDown"]}.items():
        for press in presses:
            handle(tab, "dead_units", key).press(press)
    assert_dead(tab, {"bias": -5.0, "steps": 179})
    assert handle(tab, "dead_units", "bias").get_attribute("aria-valuetext") == "\N{MINUS SIGN}5.00, dead 11 of 12"
    assert re.fullmatch(r"179; dead ReLU 11, leaky ReLU \d, ELU 10",
                        handle(tab, "dead_units", "steps").get_attribute("aria-valuetext"))
    tab.wait_for_function("""() => /^Dead at the start 11; after 179 steps ReLU 11, leaky ReLU \\d, ELU 10.$/
        .test(document.querySelector("[data-widget=dead_units] .spoken").textContent)""")


def test_the_feature_of_the_batches_is_dragged(open_page):
    tab = open_page("batch_statistics")
    widget = tab.locator("[data-widget=batch_statistics]")
    width = float(widget.locator(".figure > svg").get_attribute("width"))
    state: dict = {}
    for key, (dx, dy), change in (("shift", (30, 22.5), {"shift": 0.5}),           # 15 pixels for each deviation
                                  ("stddev", (-9, 100 / 3), {"stddev": 0.1}),      # 100/3 pixels for a power of ten
                                  ("step", (-(width - 52) / 2, 40), {"step": 60})):
        knob = handle(tab, "batch_statistics", key)
        knob.scroll_into_view_if_needed()
        before = centre(knob.locator("circle").last)
        drag(tab, knob.locator("circle").last, dx, dy)
        moved = np.subtract(centre(knob.locator("circle").last), before)
        assert moved == pytest.approx((dx, 0) if key == "step" else (0, dy), abs=1)    # it follows the pointer
        state |= change
        assert_batches(tab, state)
    drag(tab, handle(tab, "batch_statistics", "batch_size"), 14, -14)              # two powers of two
    state["batch_size"] = 128
    assert_batches(tab, state)
    for button, change in (("0.9", {"momentum": 0.9}), ("0.00001", {"epsilon": 1e-5}), ("0.999", {"momentum": 0.999})):
        press = widget.get_by_role("button", name=button, exact=True)
        press.click()
        assert press.get_attribute("aria-pressed") == "true"
        state |= change
        assert_batches(tab, state)
    widget.get_by_role("button", name="Undo").click()
    assert_batches(tab, state | {"momentum": 0.9})
    widget.get_by_role("button", name="Reset").click()
    assert_batches(tab, {})


def test_the_batches_are_moved_by_keyboard(open_page):
    tab = open_page("batch_statistics")
    tab.evaluate("document.querySelector('[data-widget=batch_statistics] [data-key]').focus()")
    reached = []
    for _ in range(4):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["shift", "stddev", "step", "batch_size"]
    for key, presses in {"step": ["PageDown", "ArrowLeft"], "shift": ["Home", "PageUp", "ArrowUp"],
                         "stddev": ["PageDown", "ArrowUp"],
                         "batch_size": ["ArrowDown", "Shift+ArrowLeft", "End"]}.items():
        for press in presses:
            handle(tab, "batch_statistics", key).press(press)
    assert_batches(tab, {"step": 109, "shift": -2.4, "stddev": 0.355, "batch_size": 128})
    told = r"; moving mean \u2212?\d\.\d\d, deviation \d\.\d\d; in inference mean \u2212?\d\.\d\d, deviation \d\.\d\d"
    for key, begins in (("step", "109"), ("shift", "\u22122\\.40"), ("stddev", "0\\.355"), ("batch_size", "128")):
        assert re.fullmatch(begins + told, handle(tab, "batch_statistics", key).get_attribute("aria-valuetext"))
    tab.wait_for_function("""() => document.querySelector("[data-widget=batch_statistics] .spoken").textContent
        .startsWith("Update 109: moving mean ")""")


def test_the_point_on_the_activation_is_dragged(open_page):
    tab = open_page("activation_slopes")
    widget = tab.locator("[data-widget=activation_slopes]")
    width = float(widget.locator(".figure > svg").get_attribute("width"))
    state: dict = {}
    for key, dx, span in (("z", 50, (width - 8) / 2 - 38), ("slope", -90, (width - 8) / 2 - 38)):
        point = handle(tab, "activation_slopes", key)
        point.scroll_into_view_if_needed()
        (before, _), _ = centre(point), drag(tab, point, dx, 25)
        assert centre(point)[0] - before == pytest.approx(dx, abs=0.7)          # it follows the pointer
        z = numbers(tab, "activation_slopes")["z"]
        assert z == pytest.approx(state.get("z", 0) + dx / (span - (8 if key == "slope" else 0)) * 12, abs=0.2)
        state["z"] = z
        assert_slopes(tab, state)
    drag(tab, handle(tab, "activation_slopes", "depth"), (width - 66) / 5)
    assert_slopes(tab, state | {"depth": 20})


def test_each_activation_has_a_button(open_page):
    tab = open_page("activation_slopes", "#activation_slopes:z=-1.2;depth=50")
    widget = tab.locator("[data-widget=activation_slopes]")
    group = widget.get_by_role("group", name="activation", exact=True)
    assert group.get_by_role("button").all_text_contents() == activation_slopes.NAMES
    for name in activation_slopes.NAMES:
        group.get_by_role("button", name=name, exact=True).click()
        assert group.locator("[aria-pressed=true]").all_text_contents() == [name]
        assert_slopes(tab, {"activation": name, "z": -1.2, "depth": 50})
    widget.get_by_role("button", name="Undo").click()
    assert_slopes(tab, {"activation": "silu", "z": -1.2, "depth": 50})


def test_the_point_on_the_activation_is_moved_by_keyboard(open_page):
    tab = open_page("activation_slopes")
    tab.evaluate("document.querySelector('[data-widget=activation_slopes] [data-key]').focus()")
    reached = []
    for _ in range(3):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["z", "slope", "depth"]
    for key, presses in {"z": ["PageUp", "ArrowRight"], "slope": ["Shift+ArrowUp", "ArrowLeft"],
                         "depth": ["End", "PageDown", "ArrowUp"]}.items():
        for press in presses:
            handle(tab, "activation_slopes", key).press(press)
    assert_slopes(tab, {"z": 2.0, "depth": 41})
    for key in ("z", "slope"):
        told = handle(tab, "activation_slopes", key).get_attribute("aria-valuetext")
        assert told == "2.00, value 0.8808, slope 0.1050"
    assert handle(tab, "activation_slopes", "depth").get_attribute("aria-valuetext") == (
        "41, product of the slopes 7.4 times 10 to the \N{MINUS SIGN}41")
    tab.wait_for_function("""() => document.querySelector("[data-widget=activation_slopes] .spoken").textContent
        .startsWith("Value 0.8808, slope 0.1050, product over 41 layers 7.4 times 10 to the ")""")
    handle(tab, "activation_slopes", "z").press("End")
    assert_slopes(tab, {"z": 6.0, "depth": 41})


def test_the_numbers_of_the_folding_are_dragged(open_page):
    tab = open_page("folding")
    widget = tab.locator("[data-widget=folding]")
    drag(tab, handle(tab, "folding", "kernel2"), 40, -10)                       # right and up: 50 pixels of 0.02
    state: dict = {"kernel": [0.5, -1.0, 2.5, 0.5]}
    assert_folding(tab, state)
    for key, dx, change in (("x1", -50, {"x": [1.0, 1.0]}), ("bias0", 25, {"bias": [1.0, 1.0]}),
                            ("mean1", 20, {"mean": [2.0, -0.6]}), ("gamma1", 30, {"gamma": [1.5, 1.1]}),
                            ("beta0", -5, {"beta": [-0.6, 1.0]}), ("variance1", -300, {"variance": [3.999, 0.0]})):
        drag(tab, handle(tab, "folding", key), dx)
        state |= change
        assert_folding(tab, state)
    for group, name, change in (("order", "normalization, Dense", {"order": "normalization"}),
                                ("steps of unit", "2", {"column": 1}),
                                ("order", "Dense, ReLU, normalization", {"order": "relu"})):
        press = widget.get_by_role("group", name=group).get_by_role("button", name=name, exact=True)
        press.click()
        assert press.get_attribute("aria-pressed") == "true"
        state |= change
        assert_folding(tab, state)
    widget.get_by_role("button", name="Undo").click()
    assert_folding(tab, state | {"order": "normalization"})
    widget.get_by_role("button", name="Reset").click()
    assert_folding(tab, {})


def test_the_folding_is_moved_by_keyboard(open_page):
    tab = open_page("folding")
    tab.evaluate("document.querySelector('[data-widget=folding] [data-key]').focus()")
    keys = [f"{key}{i}" for key, count in (("x", 2), ("kernel", 4), ("bias", 2), ("mean", 2), ("variance", 2),
                                           ("gamma", 2), ("beta", 2)) for i in range(count)]
    state = {key: list(getattr(Folding(), key)) for key in ("x", "kernel", "bias", "mean", "variance", "gamma", "beta")}
    for key in keys:
        assert tab.evaluate("document.activeElement.dataset.key") == key
        for press in ("PageUp", "ArrowLeft", "ArrowLeft"):
            tab.keyboard.press(press)
        state[key[:-1]][int(key[-1])] = round(state[key[:-1]][int(key[-1])] + 0.9, 3)
        tab.keyboard.press("Tab")
    assert_folding(tab, state)
    element = handle(tab, "folding", "variance0")
    element.press("Home")
    assert element.get_attribute("aria-valuenow") == "0"
    assert_folding(tab, state | {"variance": [0.0, state["variance"][1]]})
    element.press("End")
    assert re.fullmatch(r"9\.000; outputs (\u2212?\d+\.\d{3}), (\u2212?\d+\.\d{3}), folded \1, \2",
                        element.get_attribute("aria-valuetext"))
    assert_folding(tab, state | {"variance": [9.0, state["variance"][1]]})
    tab.wait_for_function("""() => /^Outputs (\\S+) and (\\S+); folded \\1 and \\2\\.$/
        .test(document.querySelector("[data-widget=folding] .spoken").textContent)""")


def test_the_inputs_of_the_hundred_layers_are_dragged(open_page):
    tab = open_page("self_normalization")
    widget = tab.locator("[data-widget=self_normalization]")
    width = float(widget.locator(".figure > svg").get_attribute("width"))
    state: dict = {}
    for key, (dx, dy), change in (("input_deviation", (9, 15), {"input_deviation": 0.316}),   # half a power of ten
                                  ("input_mean", (-9, -20), {"input_mean": 1.0}),
                                  ("layer", (-(width - 64) / 4, 8), {"layer": 75})):
        knob = handle(tab, "self_normalization", key)
        knob.scroll_into_view_if_needed()
        before = centre(knob)
        drag(tab, knob, dx, dy)
        moved = np.subtract(centre(knob), before)
        assert moved == pytest.approx((dx, 0) if key == "layer" else (0, dy), abs=1)          # it follows the pointer
        state |= change
        assert_normalized(tab, state)
    drag(tab, handle(tab, "self_normalization", "rate"), 10, -10)
    state["rate"] = 0.1
    assert_normalized(tab, state)
    for group, name, change in (("dropout", "alpha", {"dropout": "alpha_dropout"}),
                                ("initializer", "lecun_uniform", {"initializer": "lecun_uniform"}),
                                ("activation", "tanh", {"activation": "tanh"}),
                                ("initializer", "he_normal", {"initializer": "he_normal"})):
        press = widget.get_by_role("group", name=group).get_by_role("button", name=name, exact=True)
        press.click()
        assert press.get_attribute("aria-pressed") == "true"
        state |= change
        assert_normalized(tab, state)
    widget.get_by_role("button", name="Undo").click()
    assert_normalized(tab, state | {"initializer": "lecun_uniform"})
    widget.get_by_role("button", name="Reset").click()
    assert_normalized(tab, {})


def test_the_hundred_layers_are_moved_by_keyboard(open_page):
    tab = open_page("self_normalization")
    tab.evaluate("document.querySelector('[data-widget=self_normalization] [data-key]').focus()")
    reached = []
    for _ in range(4):
        reached.append(tab.evaluate("document.activeElement.dataset.key"))
        tab.keyboard.press("Tab")
    assert reached == ["input_deviation", "input_mean", "layer", "rate"]
    for key, presses in {"input_deviation": ["PageDown", "ArrowUp", "Shift+ArrowUp"],
                         "input_mean": ["ArrowUp", "PageDown"], "layer": ["PageDown", "ArrowLeft"],
                         "rate": ["PageUp", "ArrowRight"]}.items():
        for press in presses:
            handle(tab, "self_normalization", key).press(press)
    assert_normalized(tab, {"input_deviation": 1.05, "input_mean": -0.45, "layer": 89, "rate": 0.11})
    told = r"layer 89 has mean \u2212?0\.\d\d, deviation 1\.\d"
    for key, begins in (("input_deviation", "1\\.05; "), ("input_mean", "\u22120\\.45; "), ("layer", ""),
                        ("rate", "0\\.11; ")):
        assert re.fullmatch(begins + told, handle(tab, "self_normalization", key).get_attribute("aria-valuetext"))
    tab.wait_for_function("""() => document.querySelector("[data-widget=self_normalization] .spoken").textContent
        .startsWith("Layer 89 has mean ")""")


@pytest.mark.parametrize(("name", "key"), FIRST.items())
def test_a_finger_drags_and_does_not_scroll(open_page, name, key):
    tab = open_page(name, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(500)                                           # other parts of the page find their size
    handle(tab, name, key).scroll_into_view_if_needed()
    before, top = numbers(tab, name), tab.evaluate("scrollY")
    box = handle(tab, name, key).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = tab.context.new_cdp_session(tab)
    for kind, points in (("touchStart", [(x, y)]), ("touchMove", [(x + 20, y - 10)]), ("touchMove", [(x + 50, y - 50)]),
                         ("touchEnd", [])):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})
        tab.wait_for_timeout(200)                                       # the finger rests on it first
    after = numbers(tab, name)
    changed = {"computation_graph": "theta.10", "difference_step": "h", "softmax_crossentropy": "z.0",
               "variance_rule": "stddev", "signal_flow": "stddev", "dead_units": "bias",
               "batch_statistics": "shift", "activation_slopes": "z", "folding": "x.0",
               "self_normalization": "input_mean"}[name]
    assert after[changed] != before[changed]
    if name == "computation_graph":
        assert after[changed] == pytest.approx(1.0)
    assert tab.evaluate("scrollY") == top


@pytest.mark.parametrize(("name", "key"), FIRST.items())
def test_the_address_holds_the_view(open_page, name, key):
    tab = open_page(name, "#the-gradient-check")
    handle(tab, name, key).focus()
    tab.keyboard.press("Shift+ArrowRight")
    tab.wait_for_url(f"**#the-gradient-check&{name}:*")
    shown = numbers(tab, name)
    again = open_page(name, "#" + tab.url.partition("&")[2])
    assert numbers(again, name) == shown
    tab.reload()
    tab.evaluate(f"document.querySelector('[data-widget={name}]').scrollIntoView()")
    tab.wait_for_selector(f"[data-widget={name}][data-state=ready]")
    assert numbers(tab, name) == shown
    tab.locator(f"[data-widget={name}] button", has_text="Reset").click()
    tab.wait_for_url(re.compile("#the-gradient-check$"))


def test_two_widgets_share_the_address(open_page):
    tab = open_page("computation_graph")
    handle(tab, "computation_graph", "t0").focus()
    tab.wait_for_url("**#computation_graph:selected=t0")
    tab.evaluate("document.querySelector('[data-widget=difference_step]').scrollIntoView()")
    tab.wait_for_selector("[data-widget=difference_step][data-state=ready]")
    handle(tab, "difference_step", "step").press("ArrowLeft")
    tab.wait_for_url("**#computation_graph:selected=t0&difference_step:step=7")


def copy_link(tab, name: str):
    widget = tab.locator(f"[data-widget={name}]")
    widget.get_by_role("button", name="Copy link to this view").press("Enter")
    return widget.locator(".share [role=status]")


@pytest.mark.parametrize(("name", "key"), FIRST.items())
def test_a_link_to_the_view_is_copied(open_page, name, key):
    tab = open_page(name, "#the-gradient-check", permissions=["clipboard-read", "clipboard-write"])
    handle(tab, name, key).press("Shift+ArrowRight")
    said = copy_link(tab, name)
    said.get_by_text("Link copied").wait_for()
    page, _, fragment = tab.evaluate("navigator.clipboard.readText()").partition("#")
    assert page == tab.url.partition("#")[0] and fragment.startswith(f"{name}:")
    assert numbers(open_page(name, f"#{fragment}"), name) == numbers(tab, name)
    tab.locator(f"[data-widget={name}] button", has_text="Reset").click()
    copy_link(tab, name)
    tab.wait_for_function(f"async () => (await navigator.clipboard.readText()).endsWith('#{name}:')")


def test_where_the_clipboard_is_closed_the_link_is_shown(open_page):
    tab = open_page("difference_step")
    tab.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
    field = copy_link(tab, "difference_step").get_by_role("textbox", name="Link to this view")
    field.wait_for()
    assert field.input_value().endswith("02_backpropagation.html#difference_step:")
    selected = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
    assert tab.evaluate(selected) == [0, len(field.input_value())]      # to be copied with the keys


BROKEN = {
    "computation_graph": ["theta=1,2", "x=a,b;y=x;selected=<b>", "start=1;nothing=2", "%", "y=7;selected=zz",
                          "learning_rate=1e999", "theta"],
    "difference_step": ["step=500", "step=1.5", "function=cubic;precision=float16;point=9"],
    "softmax_crossentropy": ["z=1,2", "z=1,2,6.01", "z=1,2,nan", "y=3", "y=0.5;z=a,b,c", "y=-1"],
    "variance_rule": ["fan_in=15", "fan_in=64.5;fan_out=257", "distribution=normal;stddev=0.261", "stddev=0;fan_out=x"],
    "signal_flow": ["depth=7;width=100", "activation=elu;seed=100", "stddev=-1", "stddev=1.26;seed=0.5", "presets=1"],
    "dead_units": ["bias=-12.1", "bias=2.5;steps=201", "steps=1.5;negative_slope=0.3", "bias=x;steps=-1"],
    "batch_statistics": ["batch_size=3;momentum=1", "batch_size=256;epsilon=0", "stddev=0.001;shift=3.1", "step=0",
                         "step=121;shift=x", "batch_size=0.5"],
    "activation_slopes": ["activation=softmax;z=6.1", "z=-6.01;depth=0", "depth=51", "depth=1.5;z=x"],
    "folding": ["x=1", "kernel=1,2,3;order=tanh", "variance=-1,1", "variance=1,9.1;gamma=5.1,0",
                "column=2;x=a,b", "beta=nan,1"],
    "self_normalization": ["activation=gelu;rate=0.6", "initializer=glorot_normal;layer=0",
                           "input_deviation=0.05;input_mean=2.5", "layer=1.5;dropout=none", "rate=-0.1"],
}


@pytest.mark.parametrize(("name", "fragment"), [(name, text) for name, texts in BROKEN.items() for text in texts])
def test_a_broken_address_changes_nothing(open_page, name, fragment):
    tab = open_page(name, f"#{name}:{fragment}")
    ASSERT[name](tab, {})


MOVES = {
    ("computation_graph", 0): ["x0", *["Shift+ArrowLeft"] * 2],
    ("computation_graph", 1): ["t10", *["Shift+ArrowUp"] * 4],
    ("difference_step", 0): ["step", *["Shift+ArrowRight"] * 7],
    ("difference_step", 1): ["step", *["Shift+ArrowRight"] * 2],
    ("softmax_crossentropy", 0): ["all", *["Shift+ArrowUp"] * 3],
    ("softmax_crossentropy", 1): ["z0", *["Shift+ArrowUp"] * 5],
    ("variance_rule", 0): ["fan_in", *["PageUp"] * 12],
    ("variance_rule", 1): ["stddev", *["Shift+ArrowRight"] * 3],
    ("signal_flow", 0): ["lever", *["Shift+ArrowDown"] * 6],
    ("signal_flow", 1): ["lever", *["PageUp"] * 18],
    ("dead_units", 0): ["bias", *["Shift+ArrowLeft"] * 5],
    ("dead_units", 1): ["bias", *["PageDown"] * 8],
    ("batch_statistics", 0): ["batch_size", *["ArrowDown"] * 4],
    ("batch_statistics", 1): ["step", *["PageUp"] * 4, *["ArrowRight"] * 4],
    ("activation_slopes", 0): ["z", *["PageUp"] * 4],
    ("activation_slopes", 1): ["depth", *["ArrowUp"] * 9],
    ("folding", 0): ["variance0", *["PageDown"] * 3],
    ("folding", 1): ["x0", *["PageUp"] * 3],
    ("self_normalization", 0): ["input_deviation", *["PageDown"] * 2, *["ArrowDown"] * 6],
    ("self_normalization", 1): ["rate", "PageUp"],
}
RIGHT = {("computation_graph", 0): 0, ("computation_graph", 1): 1, ("difference_step", 0): 1, ("difference_step", 1): 2,
         ("softmax_crossentropy", 0): 2, ("softmax_crossentropy", 1): 1, ("variance_rule", 0): 1,
         ("variance_rule", 1): 1, ("signal_flow", 0): 2, ("signal_flow", 1): 1,
         ("dead_units", 0): 2, ("dead_units", 1): 1, ("batch_statistics", 0): 2, ("batch_statistics", 1): 2,
         ("activation_slopes", 0): 2, ("activation_slopes", 1): 2, ("folding", 0): 2, ("folding", 1): 1,
         ("self_normalization", 0): 2, ("self_normalization", 1): 1}


@pytest.mark.parametrize("well", [True, False])
@pytest.mark.parametrize(("name", "number"), MOVES)
def test_predict_then_drag(open_page, name, number, well):
    tab = open_page(name)
    asked = tab.locator(f"[data-widget={name}] .predict").nth(number)
    key, *presses = MOVES[name, number]
    for press in presses:                                               # before the prediction nothing is given away
        handle(tab, name, key).press(press)
    assert asked.locator(".feedback").text_content() == ""
    chosen = RIGHT[name, number] if well else (RIGHT[name, number] + 1) % 3
    asked.locator("input").nth(chosen).check()
    assert asked.locator(".task").text_content().startswith("Now drag")
    assert "asked" in handle(tab, name, key).get_attribute("class")
    for press in presses:
        assert asked.locator(".feedback").text_content() == ""
        handle(tab, name, key).press(press)
    begins = "You were right." if well else "It turned out differently."
    assert asked.locator(".feedback").text_content().startswith(begins)
    assert asked.locator("input:disabled").count() == 3
    assert "asked" not in handle(tab, name, key).get_attribute("class")


def come_back(tab, name: str) -> None:
    """Open the page anew, without the view."""
    tab.goto(tab.url.partition("#")[0] + "?again")
    tab.evaluate(f"document.querySelector('[data-widget={name}]').scrollIntoView()")
    tab.wait_for_selector(f"[data-widget={name}][data-state=ready]")


@pytest.mark.parametrize(("name", "number"), MOVES)
def test_an_answer_is_kept(open_page, name, number):
    tab = open_page(name)
    asked = tab.locator(f"[data-widget={name}] .predict").nth(number)
    key, *presses = MOVES[name, number]
    chosen = (RIGHT[name, number] + 1) % 3
    asked.locator("input").nth(chosen).check()
    come_back(tab, name)
    assert asked.locator("input").nth(chosen).is_checked() and asked.locator("input:disabled").count() == 0
    ASSERT[name](tab, {})                                                # the page starts with the chapter's numbers
    for press in presses:
        handle(tab, name, key).press(press)
    assert asked.locator(".feedback").text_content() == ""
    asked.get_by_role("button", name="Set the figure up").click()
    assert "asked" in handle(tab, name, key).get_attribute("class")
    for press in presses:
        handle(tab, name, key).press(press)
    told = asked.locator(".feedback").text_content()
    assert told.startswith("It turned out differently.")
    come_back(tab, name)
    assert asked.locator("input").nth(chosen).is_checked() and asked.locator("input:disabled").count() == 3
    assert asked.locator(".feedback").text_content() == told and asked.get_attribute("data-answer") == "wrong"
    assert "asked" not in handle(tab, name, key).get_attribute("class")
    others = tab.locator(f"[data-widget={name}] .predict").nth(1 - number)
    assert others.locator("input:checked, input:disabled").count() == 0


def in_window(tab, element) -> bool:
    box, (width, height) = element.bounding_box(), tab.evaluate("[innerWidth, innerHeight]")
    return (box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width
            and box["y"] + box["height"] <= height)


# The point that is dragged, and what the reader sees there; nothing of this scrolls.
SEEN = """([name, key]) => {
    const handle = document.querySelector(`[data-widget=${name}] [data-key=${key}]`);
    const box = ([...handle.querySelectorAll("circle")].at(-1) ?? handle).getBoundingClientRect();
    return handle.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
}"""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
@pytest.mark.parametrize(("name", "number"), MOVES)
def test_the_answer_stands_where_the_handle_is(open_page, name, number, width, height):
    tab = open_page(name, viewport={"width": width, "height": height}, reduced_motion="reduce")
    widget = tab.locator(f"[data-widget={name}]")
    bar, asked = widget.locator(".bar [role=status]"), widget.locator(".predict").nth(number)
    key, *presses = MOVES[name, number]
    asked.locator("label").nth(RIGHT[name, number]).click()
    tab.wait_for_function(SEEN, arg=[name, key])                         # without a scroll of the reader's
    assert bar.text_content() in asked.locator(".task").text_content() and in_window(tab, bar)
    assert bar.evaluate("(line) => line.scrollHeight <= line.clientHeight + 1")        # all of the task can be read
    handle(tab, name, key).evaluate("(element) => element.focus({ preventScroll: true })")
    for press in presses:
        assert not bar.text_content().startswith("You were right.")
        tab.keyboard.press(press)
    assert bar.text_content().startswith(asked.locator(".feedback").text_content())
    assert in_window(tab, bar) and tab.evaluate(SEEN, [name, key])
    assert widget.locator(".bar").bounding_box()["height"] <= 60
    assert widget.locator("[role=status]").filter(has_text="You were right.").count() == 1     # it is read aloud once
    widget.get_by_role("button", name="Dismiss").click()
    assert bar.text_content() == "" and widget.locator(".bar").bounding_box()["height"] == 0


@pytest.mark.parametrize("name", WIDGETS)
def test_the_bar_is_a_thin_strip_on_the_smallest_phone(open_page, name):
    tab = open_page(name, viewport={"width": 320, "height": 568}, reduced_motion="reduce")
    widget = tab.locator(f"[data-widget={name}]")
    for number in (0, 1):
        widget.locator(".predict").nth(number).locator("label").first.click()
        line = widget.locator(".bar [role=status]")
        assert line.text_content().startswith("Now drag")
        assert line.evaluate("(line) => line.scrollHeight <= line.clientHeight + 1")
        assert widget.locator(".bar").bounding_box()["height"] <= 60
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(SMALL, name) == []
    tab.emulate_media(media="print")
    assert not widget.locator(".bar").is_visible()


def test_a_long_answer_unfolds_in_the_bar(open_page):
    name = "computation_graph"
    tab = open_page(name, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    bar = tab.locator(f"[data-widget={name}] .bar")
    more = bar.get_by_role("button", name="More")
    tab.locator(f"[data-widget={name}] .predict input").first.check()
    assert not more.is_visible()
    for press in MOVES[name, 0][1:]:
        handle(tab, name, "x0").press(press)
    low = bar.bounding_box()["height"]
    more.click()
    assert more.get_attribute("aria-expanded") == "true" and low < bar.bounding_box()["height"] < 0.45 * 844
    assert bar.locator("p").evaluate("(line) => line.scrollHeight <= line.clientHeight + 1") and in_window(tab, bar)


def test_who_walks_through_the_options_stays_at_them(open_page):
    name = "computation_graph"
    tab = open_page(name, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    inputs = tab.locator(f"[data-widget={name}] .predict").nth(0).locator("input")
    inputs.nth(0).check()
    tab.wait_for_function(SEEN, arg=[name, "x0"])
    inputs.nth(0).evaluate("(input) => input.scrollIntoView({ block: 'start', behavior: 'instant' })")   # no figure
    assert not tab.evaluate(SEEN, [name, "x0"])
    top = tab.evaluate("scrollY")
    tab.keyboard.press("ArrowDown")
    tab.wait_for_timeout(100)
    assert inputs.nth(1).is_checked() and in_window(tab, inputs.nth(1)) and abs(tab.evaluate("scrollY") - top) < 100


@pytest.mark.parametrize(("motion", "smooth"), [("reduce", False), ("no-preference", True)])
def test_the_way_to_the_figure_respects_reduced_motion(open_page, motion, smooth):
    tab = open_page("softmax_crossentropy", viewport={"width": 390, "height": 844}, reduced_motion=motion)
    tab.evaluate("""() => {
        globalThis.asked = [];
        const scroll = Element.prototype.scrollIntoView;
        Element.prototype.scrollIntoView = function (how) { asked.push(how.behavior); scroll.call(this, how); };
    }""")
    label = tab.locator("[data-widget=softmax_crossentropy] .predict").nth(1).locator("label").first
    label.evaluate("(element) => element.scrollIntoView({ block: 'start', behavior: 'instant' })")
    label.click()
    tab.wait_for_function(SEEN, arg=["softmax_crossentropy", "z0"])
    assert tab.evaluate("asked.slice(1)") == ["smooth" if smooth else "instant"]


def test_the_goal_is_told_at_the_figure(open_page):
    tab = open_page("dead_units")
    widget = tab.locator("[data-widget=dead_units]")
    bar = widget.locator(".bar [role=status]")
    widget.locator(".predict").nth(0).locator("input").nth(2).check()
    go(tab, "dead_units", {"bias": -9.0})                               # one move: the answer, and the goal
    handle(tab, "dead_units", "bias").focus()
    text = bar.text_content()
    assert text.startswith("You were right.")
    assert "Reached. A little further up" in text and in_window(tab, bar)
    handle(tab, "dead_units", "bias").press("Home")
    handle(tab, "dead_units", "bias").press("PageUp")
    assert bar.text_content() == text                                   # it is told once


def test_a_goal_stays_reached(open_page):
    name = "variance_rule"
    tab = open_page(name)
    goal = tab.locator(f"[data-widget={name}] .goal")
    go(tab, name, {"stddev": 0.125})
    for _ in range(2):
        handle(tab, name, "stddev").press("Shift+ArrowRight")
    assert goal.locator(".feedback").text_content().startswith("Reached. ")
    assert goal.locator("li b").all_text_contents() == ["yes", "yes"]
    tab.locator(f"[data-widget={name}] button", has_text="Reset").click()
    assert goal.locator("li b").last.text_content() == "not now"
    assert goal.locator(".feedback").text_content().startswith("Reached before. ")
    come_back(tab, name)
    assert goal.get_attribute("data-reached") == "true"
    assert goal.locator(".feedback").text_content().startswith("Reached before. ")
    assert tab.locator(f"[data-widget={name}] .bar [role=status]").text_content() == ""
    panel = tab.locator(".course-progress")
    panel.locator("summary").click()
    panel.locator("[data-do=forget]").click()
    panel.get_by_role("button", name="Forget them").click()
    assert goal.get_attribute("data-reached") is None and goal.locator(".feedback").text_content() == ""


def test_a_link_to_the_goal_does_not_reach_it_for_good(open_page):
    tab = open_page("variance_rule", "#variance_rule:stddev=0.175")
    goal = tab.locator("[data-widget=variance_rule] .goal")
    assert goal.locator(".feedback").text_content().startswith("Reached. ")
    assert tab.locator("[data-widget=variance_rule] .bar [role=status]").text_content() == ""
    come_back(tab, "variance_rule")
    assert goal.get_attribute("data-reached") is None


@pytest.mark.parametrize(("name", "number"), MOVES)
def test_the_right_option_is_marked_and_a_prediction_can_be_made_again(open_page, name, number):
    tab = open_page(name)
    asked = tab.locator(f"[data-widget={name}] .predict").nth(number)
    key, *presses = MOVES[name, number]
    again = asked.get_by_role("button", name="Predict again")
    for chosen in ((RIGHT[name, number] + 1) % 3, RIGHT[name, number]):
        assert asked.locator("label", has_text="\u2713 right").count() == 0 and not again.is_visible()
        asked.locator("input").nth(chosen).check()
        for press in presses:
            handle(tab, name, key).press(press)
        marked = [("\u2713 right" in text) for text in asked.locator("label").all_text_contents()]
        assert marked == [i == RIGHT[name, number] for i in range(3)]
        come_back(tab, name)
        assert asked.locator("label", has_text="\u2713 right").count() == 1
        again.click()
        assert asked.locator("input:checked, input:disabled").count() == 0
        assert asked.get_attribute("data-answer") is None
        assert asked.locator(".task, .feedback").all_text_contents() == ["", ""]
        assert tab.evaluate("document.activeElement.closest('.predict') !== null")
        come_back(tab, name)
        assert asked.locator("input:checked, input:disabled").count() == 0


def test_steps_out_of_the_range_and_dragging(open_page):
    name = "computation_graph"
    tab = open_page(name)
    handle(tab, name, "learning_rate").press("End")
    go(tab, name, {"learning_rate": 10.0, "x": [5.0, -5.0], "y": 0})
    theta, step = None, tab.locator(f"[data-widget={name}] button", has_text="Take one step")
    ends = """(element) => ["min", "now", "max"].map((part) => Number(element.getAttribute(`aria-value${part}`)))"""
    for _ in range(12):
        step.click()
        handle(tab, name, "y").press(" ")
        theta = [numbers(tab, name)[f"theta.{i}"] for i in range(13)]
        for i in range(13):
            low, now, high = handle(tab, name, f"t{i}").evaluate(ends)
            assert low <= now <= high and now == theta[i]
    outside = max((i for i in range(13)), key=lambda i: abs(theta[i]))
    assert 8 < abs(theta[outside]) < 100
    inward = -1 if theta[outside] > 0 else 1
    element = handle(tab, name, f"t{outside}")
    drag(tab, element, inward)                                          # by one pixel of 0.02
    assert numbers(tab, name)[f"theta.{outside}"] == pytest.approx(theta[outside], abs=0.06)
    element.press("ArrowUp" if inward > 0 else "ArrowDown")
    moved = numbers(tab, name)[f"theta.{outside}"]
    assert 0 < (moved - theta[outside]) * inward < 0.16
    handle(tab, name, f"t{outside}").press("Home" if inward > 0 else "End")
    low, now, high = element.evaluate(ends)
    assert now == pytest.approx(low if inward > 0 else high, abs=0.05)
    tab.locator(f"[data-widget={name}] button", has_text="Reset").click()
    low, now, high = element.evaluate(ends)
    assert (low, high) in [(-4, 4), (-8, 8)] and low < now < high


def test_a_link_with_a_number_out_of_the_range_can_be_dragged(open_page):
    name = "computation_graph"
    tab = open_page(name, f"#{name}:x=50,2;selected=x0")
    element = handle(tab, name, "x0")
    assert [element.get_attribute(f"aria-value{part}") for part in ("min", "now", "max")] == ["-5", "50", "50"]
    drag(tab, element, -10)
    assert numbers(tab, name)["x.0"] == pytest.approx(49.8)
    box = element.bounding_box()
    tab.mouse.move(box["x"] + 20, box["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 10, box["y"] + 20)
    assert numbers(tab, name)["x.0"] == pytest.approx(49.6)
    tab.mouse.move(box["x"] + 20, box["y"] + 20)                         # and back: the way is the same
    tab.mouse.up()
    assert numbers(tab, name)["x.0"] == pytest.approx(49.8)


def test_steps_end_where_a_link_can_still_hold_them(open_page):
    name = "computation_graph"
    tab = open_page(name, f"#{name}:learning_rate=100;x=100,100")
    step = tab.locator(f"[data-widget={name}] button", has_text="Take one step")
    for _ in range(4):
        step.click()
        handle(tab, name, "y").press(" ")
    theta = [numbers(tab, name)[f"theta.{i}"] for i in range(13)]
    assert max(map(abs, theta)) == 100
    assert "where this figure ends" in tab.locator(f"[data-widget={name}] .panel").text_content()
    tab.wait_for_url("**theta=*")
    assert numbers(open_page(name, "#" + tab.url.partition("#")[2]), name) == numbers(tab, name)


TOUCH = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}


def swipe(tab, start: tuple[float, float], *way: tuple[float, float], rest: int = 0) -> None:
    """One finger: down, a rest of so many milliseconds, and on by each part of the way from the start."""
    touch, (x, y) = tab.context.new_cdp_session(tab), start
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    tab.wait_for_timeout(rest)
    for dx, dy in way:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + dx, "y": y + dy}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    tab.wait_for_timeout(100)


def settled(tab, element) -> tuple[float, float]:
    """The middle of a handle in the middle of a window that has come to rest."""
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(500)
    element.evaluate("(element) => element.scrollIntoView({ block: 'center', behavior: 'instant' })")
    return centre(element)


UP = [(1, -10), (2, -30), (3, -60), (3, -90), (3, -120)]


@pytest.mark.parametrize(("name", "key"), [*FIRST.items(), ("computation_graph", "t0"), ("dead_units", "steps"),
                                           ("variance_rule", "fan_in"), ("softmax_crossentropy", "all")])
def test_a_quick_swipe_up_over_a_handle_scrolls_the_page(open_page, name, key):
    tab = open_page(name, **TOUCH)
    at, before = settled(tab, handle(tab, name, key)), numbers(tab, name)
    top = tab.evaluate("scrollY")
    swipe(tab, at, *UP)
    assert tab.evaluate("scrollY") > top + 40
    assert numbers(tab, name) == before


def test_the_rail_of_the_step_lets_the_page_scroll(open_page):
    tab = open_page("difference_step", **TOUCH)
    x, _ = settled(tab, handle(tab, "difference_step", "step"))
    box = tab.locator("[data-widget=difference_step] .rail").bounding_box()
    before, top = numbers(tab, "difference_step"), tab.evaluate("scrollY")
    swipe(tab, (x, box["y"] + 150), *UP, rest=250)
    assert tab.evaluate("scrollY") > top + 40 and numbers(tab, "difference_step") == before


@pytest.mark.parametrize("first", ["rest", "tap", "asked", "sideways"])
def test_a_finger_that_means_the_handle(open_page, first):
    name = "computation_graph"
    tab = open_page(name, **TOUCH)
    if first == "asked":
        tab.locator(f"[data-widget={name}] .predict").nth(1).locator("label").first.click()
    element = handle(tab, name, "t10")
    at = settled(tab, element)
    if first == "tap":
        tab.touchscreen.tap(*at)
        assert numbers(tab, name)["theta.10"] == -1
    top = tab.evaluate("scrollY")
    way = [(20, 3), (50, -50)] if first == "sideways" else [(0, -20), (20, -60), (50, -50)]
    swipe(tab, at, *way, rest=250 if first == "rest" else 0)
    assert numbers(tab, name)["theta.10"] == pytest.approx(1.0)
    assert tab.evaluate("scrollY") == top

def test_answers_travel_with_the_progress(open_page):
    name = "difference_step"
    tab = open_page(name)
    asked = tab.locator(f"[data-widget={name}] .predict")
    asked.nth(0).locator("input").nth(1).check()
    for press in MOVES[name, 0][1:]:
        handle(tab, name, "step").press(press)
    asked.nth(1).locator("input").nth(0).check()
    panel = tab.locator(".course-progress")
    panel.locator("summary").click()
    with tab.expect_download() as download:
        panel.locator("[data-do=export]").click()
    text = download.value.path().read_text("utf-8")
    assert json.loads(text)["answers"] == {"difference_step.1": {"choice": "1", "shown": "yes"},
                                           "difference_step.2": {"choice": "0", "shown": ""}}
    panel.locator("[data-do=forget]").click()
    panel.get_by_role("button", name="Forget them").click()
    assert asked.locator("input:checked, input:disabled").count() == 0
    assert asked.locator(".task, .feedback").all_text_contents() == [""] * 4
    panel.locator("input[type=file]").set_input_files(
        [{"name": "progress.json", "mimeType": "application/json", "buffer": text.encode()}])
    asked.nth(0).locator(".feedback", has_text="You were right.").wait_for()
    assert asked.nth(1).locator("input").nth(0).is_checked()
    assert asked.nth(1).locator(".task").text_content().startswith("You have chosen")


def test_one_logit_is_not_all(open_page):
    tab = open_page("softmax_crossentropy")
    asked = tab.locator("[data-widget=softmax_crossentropy] .predict").nth(0)
    asked.locator("input").nth(2).check()
    for _ in range(4):
        handle(tab, "softmax_crossentropy", "z2").press("Shift+ArrowUp")
    assert asked.locator(".feedback").text_content() == ""


def test_another_function_does_not_settle_the_question_about_the_network(open_page):
    tab = open_page("difference_step")
    widget = tab.locator("[data-widget=difference_step]")
    asked = widget.locator(".predict").nth(0)
    asked.locator("input").nth(1).check()
    widget.get_by_role("button", name="ReLU unit").click()
    for press in ["Shift+ArrowRight"] * 9:
        handle(tab, "difference_step", "step").press(press)
    assert asked.locator(".feedback").text_content() == ""


@pytest.mark.parametrize("step", [8, 40, 72])
def test_grey_digits_are_those_that_cancel(open_page, step):
    """Grey are the decimals above the difference's first digit."""
    tab = open_page("difference_step", f"#difference_step:step={step}")
    widget = tab.locator("[data-widget=difference_step]")
    above, below = (widget.locator(f"[data-number={name}]") for name in ("above", "below"))
    kept = len(above.locator(".lost").text_content())
    gap = abs(float(widget.locator("[data-number=gap]").get_attribute("data-value")))
    decimals = kept - len("0.")
    assert gap <= 10 ** -decimals < 10 * gap
    assert len(below.locator(".lost").text_content()) == kept


def test_the_goal_of_the_graph(open_page):
    tab = open_page("computation_graph")
    goal = tab.locator("[data-widget=computation_graph] .goal")
    handle(tab, "computation_graph", "t10").press("Shift+ArrowUp")
    handle(tab, "computation_graph", "t10").press("Shift+ArrowUp")
    assert goal.get_attribute("data-reached") is None                   # no: its own weight
    handle(tab, "computation_graph", "t10").press("Shift+ArrowDown")
    handle(tab, "computation_graph", "t10").press("Shift+ArrowDown")
    for _ in range(12):
        assert goal.get_attribute("data-reached") is None
        handle(tab, "computation_graph", "t7").press("Shift+ArrowUp")
        if abs(numbers(tab, "computation_graph")["delta1.1"]) < 0.005:
            break
    assert goal.get_attribute("data-reached") == "true"
    assert "saturated" in goal.locator(".feedback").text_content()


def test_the_goal_of_the_step(open_page):
    tab = open_page("difference_step")
    goal = tab.locator("[data-widget=difference_step] .goal")
    for _ in range(2):
        handle(tab, "difference_step", "step").press("Shift+ArrowRight")
    assert goal.locator("li[data-met=true]").count() == 1
    go(tab, "difference_step", {"function": "kink", "step": 8})
    handle(tab, "difference_step", "point").press("Shift+ArrowRight")
    assert goal.get_attribute("data-reached") == "true"


def test_the_goal_of_the_softmax(open_page):
    tab = open_page("softmax_crossentropy")
    goal = tab.locator("[data-widget=softmax_crossentropy] .goal")
    for z in ([0.7, 0.7, 0.7], [0.5, 0.7, 0.5], [0.84, 0.7, -4.0]):     # a tie, a loss of 0.97, one of 0.77
        go(tab, "softmax_crossentropy", {"z": z})
        assert goal.locator("li[data-met=true]").count() == 0
    go(tab, "softmax_crossentropy", {"z": [0.65, 0.7, 0.65]})
    assert goal.locator("li[data-met=true]").count() == 1
    assert goal.get_attribute("data-reached") is None
    go(tab, "softmax_crossentropy", {"z": [0.75, 0.7, -4.0]})
    assert goal.get_attribute("data-reached") == "true"


def test_the_goal_of_the_variance_rule(open_page):
    tab = open_page("variance_rule")
    widget = tab.locator("[data-widget=variance_rule]")
    goal = widget.locator(".goal")
    for mode in ("1 / fan-in", "1 / average", "1 / fan-out"):
        widget.get_by_role("button", name=mode).click()
        assert goal.locator("li[data-met=true]").count() == 1
    go(tab, "variance_rule", {"fan_in": 32, "fan_out": 32, "stddev": 0.1768})       # nothing to compromise on
    assert goal.locator("li[data-met=true]").count() == 0
    go(tab, "variance_rule", {"stddev": 0.125})
    for _ in range(2):
        assert goal.get_attribute("data-reached") is None
        handle(tab, "variance_rule", "stddev").press("Shift+ArrowRight")
    assert goal.get_attribute("data-reached") == "true"


def test_another_distribution_does_not_settle_the_question_about_the_uniform_one(open_page):
    tab = open_page("variance_rule")
    asked = tab.locator("[data-widget=variance_rule] .predict").nth(1)
    asked.locator("input").nth(1).check()
    tab.locator("[data-widget=variance_rule]").get_by_role("button", name="normal", exact=True).click()
    for _ in range(3):
        handle(tab, "variance_rule", "stddev").press("Shift+ArrowRight")
    assert numbers(tab, "variance_rule")["forward.rule"] == 1
    assert asked.locator(".feedback").text_content() == ""


def test_the_goal_of_the_stack(open_page):
    tab = open_page("signal_flow")
    goal = tab.locator("[data-widget=signal_flow] .goal")
    for activation, depth in (("linear", 20), ("relu", 5)):             # near 1, but not what is asked for
        go(tab, "signal_flow", {"activation": activation, "depth": depth, "stddev": 0.125 if depth == 20 else 0.1768})
        assert goal.locator("li[data-met=true]").count() == 0
    go(tab, "signal_flow", {"stddev": 0.1768})
    for _ in range(12):                                                 # He's deviation, and on from there
        if goal.get_attribute("data-reached") == "true":
            break
        handle(tab, "signal_flow", "lever").press("ArrowDown")
    n = numbers(tab, "signal_flow")
    assert abs(n["a.last"] - 1) <= 0.1 and 0.5 <= n["da.first"] <= 2
    assert goal.get_attribute("data-reached") == "true"
    assert "He\u2019s variance" in goal.locator(".feedback").text_content()


def test_another_activation_does_not_settle_the_questions_about_tanh(open_page):
    tab = open_page("signal_flow")
    asked = tab.locator("[data-widget=signal_flow] .predict")
    for number, press, times in ((0, "PageDown", 7), (1, "PageUp", 19)):
        asked.nth(number).locator("input").nth(0).check()
        tab.locator("[data-widget=signal_flow]").get_by_role("button", name="relu").click()
        for _ in range(times):
            handle(tab, "signal_flow", "lever").press(press)
        assert asked.nth(number).locator(".feedback").text_content() == ""


def test_the_goal_of_the_dead_units(open_page):
    tab = open_page("dead_units")
    goal = tab.locator("[data-widget=dead_units] .goal")
    for state, met in (({"bias": -8.0}, 2), ({"bias": -11.0}, 2), ({"bias": -9.0, "negative_slope": 0.01}, 0),
                       ({"bias": -9.0, "steps": 100}, 0)):
        go(tab, "dead_units", state)
        assert goal.locator("li[data-met=true]").count() == met
    assert goal.get_attribute("data-reached") is None
    go(tab, "dead_units", {"bias": -8.0})
    handle(tab, "dead_units", "bias").press("PageDown")
    assert goal.get_attribute("data-reached") == "true"


def test_fewer_steps_do_not_settle_the_question_about_dead_units(open_page):
    tab = open_page("dead_units")
    asked = tab.locator("[data-widget=dead_units] .predict").nth(0)
    asked.locator("input").nth(2).check()
    handle(tab, "dead_units", "steps").press("ArrowDown")
    handle(tab, "dead_units", "bias").press("Home")
    assert asked.locator(".feedback").text_content() == ""


def test_the_goal_of_the_batches(open_page):
    tab = open_page("batch_statistics")
    goal = tab.locator("[data-widget=batch_statistics] .goal")
    small = {"stddev": 0.01, "momentum": 0.9, "epsilon": 1e-5}
    for change, met in (({"stddev": 0.1}, 0), ({"shift": 1.0}, 0), ({"step": 100}, 0), ({"epsilon": 1e-3}, 2),
                        ({"momentum": 0.99}, 2), ({"momentum": 0.999}, 2)):
        go(tab, "batch_statistics", small | change)
        assert goal.locator("li[data-met=true]").count() == met
        assert goal.get_attribute("data-reached") is None
    go(tab, "batch_statistics", small | {"stddev": 0.04})
    handle(tab, "batch_statistics", "stddev").press("Home")
    assert goal.get_attribute("data-reached") == "true"


def test_another_momentum_does_not_settle_the_question_about_the_default(open_page):
    tab = open_page("batch_statistics")
    asked = tab.locator("[data-widget=batch_statistics] .predict").nth(1)
    asked.locator("input").nth(2).check()
    tab.locator("[data-widget=batch_statistics]").get_by_role("button", name="0.9", exact=True).click()
    handle(tab, "batch_statistics", "step").press("End")
    assert asked.locator(".feedback").text_content() == ""


def test_the_goal_of_the_slopes(open_page):
    tab = open_page("activation_slopes")
    goal = tab.locator("[data-widget=activation_slopes] .goal")
    for state in ({"activation": "linear", "z": -1.0, "depth": 50}, {"activation": "relu", "z": 1.0, "depth": 50},
                  {"activation": "tanh", "z": 0.0, "depth": 50}, {"activation": "selu", "z": -0.56, "depth": 49}):
        go(tab, "activation_slopes", state)
        assert goal.locator("li[data-met=true]").count() == 0
    for count, state in enumerate(({"activation": "silu", "z": -2.5}, {"activation": "gelu", "z": 1.2},
                                   {"activation": "selu", "z": -0.56, "depth": 50}), start=1):
        assert goal.get_attribute("data-reached") is None
        go(tab, "activation_slopes", state)
        assert goal.locator("li[data-met=true]").count() == count
    assert goal.get_attribute("data-reached") == "true"


def test_another_activation_does_not_settle_the_questions_about_the_sigmoid(open_page):
    tab = open_page("activation_slopes")
    asked = tab.locator("[data-widget=activation_slopes] .predict")
    for number, key in enumerate(("z", "depth")):
        asked.nth(number).locator("input").nth(2).check()
        tab.locator("[data-widget=activation_slopes]").get_by_role("button", name="softsign").click()
        handle(tab, "activation_slopes", key).press("End")
        assert asked.nth(number).locator(".feedback").text_content() == ""


def test_the_goal_of_the_folding(open_page):
    tab = open_page("folding")
    goal = tab.locator("[data-widget=folding] .goal")
    undone = {"gamma": [2.0, 0.5], "beta": [2.0, -1.0]}
    for state, met in (({"gamma": [2.0, 0.5]}, 2), ({"beta": [2.0, -1.0]}, 1), (undone | {"order": "relu"}, 0),
                       (undone | {"variance": [0.0, 0.249]}, 0)):
        go(tab, "folding", state)
        assert goal.locator("li[data-met=true]").count() == met
    assert goal.get_attribute("data-reached") is None
    go(tab, "folding", {"gamma": [1.95, 0.5], "beta": [2.0, -1.0]})
    handle(tab, "folding", "gamma0").press("ArrowUp")
    assert goal.get_attribute("data-reached") == "true"


def test_where_a_relu_stands_between_the_outputs_differ(open_page):
    tab = open_page("folding", "#folding:order=relu;x=4,2")
    panel = tab.locator("[data-widget=folding] .panel")
    assert "The outputs differ" in panel.text_content()
    go(tab, "folding", {"order": "dense", "x": [4.0, 2.0]})
    assert "are equal" in panel.text_content()


def test_another_order_does_not_settle_the_questions_about_folding(open_page):
    tab = open_page("folding")
    asked = tab.locator("[data-widget=folding] .predict")
    for number, key, press in ((0, "variance0", "Home"), (1, "x0", "End")):
        asked.nth(number).locator("input").nth(0).check()
        tab.locator("[data-widget=folding]").get_by_role("button", name="normalization, Dense", exact=True).click()
        handle(tab, "folding", key).press(press)
        assert asked.nth(number).locator(".feedback").text_content() == ""


def test_the_goal_of_the_hundred_layers(open_page):
    tab = open_page("self_normalization")
    goal = tab.locator("[data-widget=self_normalization] .goal")
    for state in ({"rate": 0.2}, {"dropout": "alpha_dropout"}, {"activation": "relu", "initializer": "he_normal"},
                  {"dropout": "alpha_dropout", "rate": 0.19}):
        go(tab, "self_normalization", state)
        assert goal.locator("li[data-met=true]").count() == 0
    for count, state in enumerate(({"initializer": "he_normal"}, {"activation": "elu"},
                                   {"dropout": "alpha_dropout", "rate": 0.2}), start=1):
        assert goal.get_attribute("data-reached") is None
        go(tab, "self_normalization", state)
        assert goal.locator("li[data-met=true]").count() == count
    assert goal.get_attribute("data-reached") == "true"


@pytest.mark.parametrize(("button", "fault"), [
    ("relu", "the activation is not SELU"), ("he_normal", "the initializer is not LeCun’s"), ("lecun_uniform", "")])
def test_the_broken_condition_is_named(open_page, button, fault):
    tab = open_page("self_normalization")
    widget = tab.locator("[data-widget=self_normalization]")
    widget.get_by_role("button", name=button, exact=True).click()
    told = widget.locator(".panel p").text_content()
    assert told == (f"Broken: {fault}." if fault else "All conditions are met.")
    handle(tab, "self_normalization", "rate").press("PageUp")
    handle(tab, "self_normalization", "input_mean").press("PageUp")
    told = widget.locator(".panel p").text_content()
    assert told.endswith("the inputs are not standardized; plain dropout instead of alpha dropout.")
    widget.get_by_role("button", name="alpha", exact=True).click()
    assert "plain dropout" not in widget.locator(".panel p").text_content()


def test_another_network_does_not_settle_the_questions_about_selu(open_page):
    tab = open_page("self_normalization")
    widget = tab.locator("[data-widget=self_normalization]")
    for number, key, press, name in ((0, "input_deviation", "Home", "he_normal"), (1, "rate", "End", "alpha")):
        asked = widget.locator(".predict").nth(number)
        asked.locator("input").nth(0).check()
        widget.get_by_role("button", name=name, exact=True).click()
        handle(tab, "self_normalization", key).press(press)
        assert asked.locator(".feedback").text_content() == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
@pytest.mark.parametrize("name", WIDGETS)
def test_it_fits_and_can_be_read(open_page, name, width, scheme):
    tab = open_page(name, f"#{name}:{WIDEST[name]}", viewport={"width": width, "height": 844}, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(SMALL, name) == []
    ink, page = tab.evaluate(f"""() => {{
        const style = getComputedStyle(document.querySelector('[data-widget={name}] .course-widget-live'));
        return [style.color, style.backgroundColor].map((c) => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b));
    }}""")
    assert (ink < page) == (scheme == "light")


# Of the square of 24 pixels in the middle of each handle, what does not belong to it.
COVERED = """(name) => {
    const wrong = [];
    const handles = ":is([role=slider], [role=switch], [role=button])";
    for (const handle of document.querySelectorAll(`[data-widget="${name}"] ${handles}`)) {
        if (!handle.checkVisibility()) continue;
        handle.scrollIntoView({ block: "center" });
        const { left, top, width, height } = handle.getBoundingClientRect();
        for (const dx of [-11.5, 0, 11.5]) for (const dy of [-11.5, 0, 11.5]) {
            const found = document.elementFromPoint(left + width / 2 + dx, top + height / 2 + dy);
            if (handle.contains(found)) continue;
            wrong.push(`${handle.getAttribute("aria-label")} (${dx}, ${dy}): ${found?.outerHTML.slice(0, 80)}`);
        }
    }
    return wrong;
}"""


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("name", WIDGETS)
def test_a_thumb_finds_each_handle(open_page, name, width):
    tab = open_page(name, f"#{name}:{WIDEST[name]}", viewport={"width": width, "height": 844}, has_touch=True,
                    is_mobile=True)
    assert tab.evaluate(COVERED, name) == []


@pytest.mark.parametrize("name", WIDGETS)
def test_without_javascript_there_is_a_picture(open_page, name):
    tab = open_page(name, java_script_enabled=False)
    still = tab.locator(f"[data-widget={name}] .course-widget-still")
    assert still.is_visible()
    assert still.locator("svg[role=img]").bounding_box()["width"] > 300
    assert "with JavaScript, what is in it can be dragged" in still.text_content()


@pytest.mark.parametrize("name", WIDGETS)
def test_print_shows_the_picture(open_page, name):
    tab = open_page(name)
    still, live = (tab.locator(f"[data-widget={name}] .course-widget-{kind}") for kind in ("still", "live"))
    assert live.is_visible() and not still.is_visible()
    tab.emulate_media(media="print")
    assert still.is_visible() and not live.is_visible()
    assert "A picture of an interactive figure" in still.inner_text()


def test_forced_colours_use_the_readers_colours(open_page):
    tab = open_page("computation_graph", forced_colors="active")
    ink, expected = tab.evaluate("""() => {
        const probe = document.body.appendChild(document.createElement("p"));
        probe.style.color = "CanvasText";
        const text = document.querySelector("[data-widget=computation_graph] svg text.forward");
        return [getComputedStyle(text).fill, getComputedStyle(probe).color];
    }""")
    assert ink == expected


@pytest.mark.parametrize("name", WIDGETS)
def test_the_module_of_a_kernel_runs(browser, name, tmp_path):
    """A kernel sends one file, and its model is Backbone's: the same widget must come out."""
    widget = WIDGETS[name]()
    (tmp_path / "widget.js").write_text(base.bundled(name), "utf-8")
    (tmp_path / "index.html").write_text(f"""<!DOCTYPE html><html lang="en"><head>
        <link rel="icon" href="data:,"><title>A kernel</title><style>{base.styles()}</style></head>
        <body><div id="here"></div><script type="module">
        import widget from "./widget.js";
        const state = {json.dumps(widget.state())}, calls = [], heard = {{}};
        globalThis.keys = [];
        addEventListener("keydown", (event) => keys.push(event.key));
        const model = {{ get: (key) => state[key], save_changes() {{ calls.push("saved"); }},
            set(key, value) {{ state[key] = value; (heard[`change:${{key}}`] ?? []).forEach((call) => call()); }},
            on(event, call) {{ (heard[event] ??= []).push(call); }},
            off(event, call) {{ heard[event] = heard[event].filter((other) => other !== call); }} }};
        globalThis.model = model;
        globalThis.stop = widget.render({{ model, el: document.querySelector("#here") }});
        document.querySelector("#here").className = "ready";
        </script>""", "utf-8")
    problems = []
    with screenshots.served(tmp_path) as address:
        context = browser.new_context()
        tab = context.new_page()
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        tab.goto(address)
        tab.wait_for_selector("#here.ready .figure > svg [role=slider]")
        shown = tab.locator("[data-number]").all_text_contents()
        if name == "computation_graph":
            tab.evaluate("model.set('theta', Array(13).fill(0))")           # as from Python
            tab.wait_for_function("() => document.querySelector('[data-number=\"a2.0\"]').dataset.value === '0.5'")
        tab.locator(".figure [role=slider]").first.press("ArrowUp")
        assert tab.locator("[data-number]").all_text_contents() != shown
        assert tab.evaluate("keys") == []                                   # JupyterLab would take the arrow keys
        assert tab.get_by_text("Copy link").count() == 0                    # a kernel's page has no address for it
        tab.evaluate("stop()")
        context.close()
    assert problems == []
