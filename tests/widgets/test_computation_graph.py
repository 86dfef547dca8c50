"""The widget of the computation graph: its numbers, and what it does on the page."""

import numpy as np
import pytest
from widgets.figure import Figure
from widgets.on_the_page import WidgetOnThePage
from widgets.touch import PHONE

from course_lib.gradient_check import gradient_check
from course_lib.widgets import ComputationGraph


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


def chain_of(selected: str, n: dict) -> list[float]:
    """The results in the lines of the chain rule: the derivative, the hidden error terms on the way, the output's."""
    index = int(selected[1:])
    delta2 = [float(n["delta2"][0])]
    if selected[0] == "x":
        return [float(n["dx"][index]), *n["delta1"].tolist(), *delta2]
    between = [float(n["delta1"][index % 3])] if index < 9 else []
    return [float(n["dtheta"][index]), *between, *delta2]


class TestComputationGraph(WidgetOnThePage):
    widget = ComputationGraph
    chapter = "02_backpropagation"
    first = "t10"
    finger_changes = "theta.10"
    swiped = ("t0",)
    widest = ""
    broken = ["theta=1,2", "x=a,b;y=x;selected=<b>", "start=1;nothing=2", "%", "y=7;selected=zz",
              "learning_rate=1e999", "theta"]
    moves = [["x0", *["Shift+ArrowLeft"] * 2], ["t10", *["Shift+ArrowUp"] * 4]]
    right = [0, 1]

    def assert_shown(self, figure, state):
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
        figure.assert_numbers(expected)

    def random_state(self, rng):
        return {"x": rng.uniform(-5, 5, 2).round(2).tolist(), "y": int(rng.integers(2)),
                "theta": rng.uniform(-4, 4, 13).round(2).tolist(), "learning_rate": round(float(rng.uniform(0, 3)), 2),
                "selected": str(rng.choice(["x0", "x1", *(f"t{i}" for i in range(13))]))}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        figure.press("t10", *["Shift+ArrowUp"] * 2)
        assert figure.goal.get_attribute("data-reached") is None                   # no: its own weight
        figure.press("t10", *["Shift+ArrowDown"] * 2)
        for _ in range(12):
            assert figure.goal.get_attribute("data-reached") is None
            figure.press("t7", "Shift+ArrowUp")
            if abs(figure.numbers()["delta1.1"]) < 0.005:
                break
        assert figure.goal.get_attribute("data-reached") == "true"
        assert "saturated" in figure.goal.locator(".feedback").text_content()
        return figure

    def test_it_is_dragged(self, open_figure):
        figure = open_figure()
        theta, x = ComputationGraph().theta, [1.0, 2.0]
        figure.drag("t10", 0, -100)         # up: 100 pixels of 0.02
        theta[10] = 1.0
        self.assert_shown(figure, {"theta": theta, "selected": "t10"})
        figure.drag("x0", -25)              # left
        x[0] = 0.5
        self.assert_shown(figure, {"theta": theta, "x": x, "selected": "x0"})
        figure.drag("t7", 30, 20)
        theta[7] = 0.3
        self.assert_shown(figure, {"theta": theta, "x": x, "selected": "t7"})
        figure.drag("learning_rate", 50)
        self.assert_shown(figure, {"theta": theta, "x": x, "selected": "t7", "learning_rate": 1.5})

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        theta = ComputationGraph().theta
        for i, key in enumerate(f"t{i}" for i in range(13)):
            figure.handle(key).focus()
            for press in ("ArrowUp", "ArrowRight", "ArrowLeft", "Shift+ArrowDown"):
                figure.tab.keyboard.press(press)
            theta[i] = round(theta[i] - 0.45, 2)
        self.assert_shown(figure, {"theta": theta, "selected": "t12"})
        element = figure.handle("x1")
        element.focus()
        figure.tab.keyboard.press("Home")
        self.assert_shown(figure, {"theta": theta, "x": [1.0, -5.0], "selected": "x1"})
        assert element.get_attribute("aria-valuenow") == "-5"
        assert element.get_attribute("aria-valuetext").startswith("\N{MINUS SIGN}5.00, derivative ")
        figure.tab.keyboard.press("End")
        figure.tab.keyboard.press("PageDown")
        self.assert_shown(figure, {"theta": theta, "x": [1.0, 4.5], "selected": "x1"})
        figure.press("y", " ")
        self.assert_shown(figure, {"theta": theta, "x": [1.0, 4.5], "selected": "x1", "y": 0})
        figure.wait_for_words(r"^Output 0\.\d+, loss")

    def test_a_screen_reader_hears_what_each_number_is(self, open_figure):
        figure = open_figure()
        figure.press("x0", "ArrowLeft")
        n = ComputationGraph(x=[0.95, 2.0]).numbers()
        said = figure.evaluate("(el) => [...el.querySelectorAll('g.unit')].map((unit) => unit.ariaLabel)")
        numbers = [*zip(n["z1"], n["a1"], n["delta1"], strict=True), (n["z2"][0], n["a2"][0], n["delta2"][0])]
        names = ["hidden unit 1", "hidden unit 2", "hidden unit 3", "output"]
        assert said == [*(f"{name}: weighted sum {z:.2f}, activation {a:.3f}, error term {delta:.3f}".replace(
            "-", "\N{MINUS SIGN}") for name, (z, a, delta) in zip(names, numbers, strict=True)),
            f"loss {n['loss']:.3f}"]
        alone = figure.evaluate("""(el) => [...el.querySelectorAll("svg text[data-number]")].filter((text) =>
            text.dataset.number && !text.closest("[role=img], [role=slider], [role=switch], [aria-hidden]"))""")
        assert alone == []

    def test_every_handle_is_reached_by_tab(self, open_figure):
        figure = open_figure()
        assert set(figure.reached_by_tab()) == {"x0", "x1", "y", "learning_rate", *(f"t{i}" for i in range(13))}

    def test_a_step_undo_and_reset(self, open_figure):
        figure = open_figure()
        graph = ComputationGraph()
        after = (np.array(graph.theta) - 0.5 * graph.numbers()["dtheta"]).tolist()
        figure.button("Take one step").click()
        self.assert_shown(figure, {"theta": after})
        assert figure.numbers()["loss"] == pytest.approx(0.424537, abs=5e-7)   # as in the chapter
        figure.button("Undo").click()
        self.assert_shown(figure, {})
        figure.button("Take one step").click()
        figure.button("Take one step").click()
        figure.button("Reset").click()
        self.assert_shown(figure, {})

    def test_two_widgets_share_the_address(self, open_figure):
        figure = open_figure()
        figure.handle("t0").focus()
        figure.tab.wait_for_url("**#computation_graph:selected=t0")
        other = Figure(figure.tab, "difference_step")
        other.come_alive()
        other.press("step", "ArrowLeft")
        figure.tab.wait_for_url("**#computation_graph:selected=t0&difference_step:step=7")

    def test_a_long_answer_unfolds_in_the_bar(self, open_figure):
        figure = open_figure(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        bar = figure.bar
        more = bar.get_by_role("button", name="More")
        figure.find(".predict input").first.check()
        assert not more.is_visible()
        figure.press(*self.moves[0])
        low = bar.bounding_box()["height"]
        more.click()
        assert more.get_attribute("aria-expanded") == "true" and low < bar.bounding_box()["height"] < 0.45 * 844
        assert bar.locator("p").evaluate("(line) => line.scrollHeight <= line.clientHeight + 1")
        assert figure.in_window(bar)

    def test_who_walks_through_the_options_stays_at_them(self, open_figure):
        figure = open_figure(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        inputs = figure.question(0).locator("input")
        inputs.nth(0).check()
        figure.wait_until_seen("x0")
        inputs.nth(0).evaluate("(input) => input.scrollIntoView({ block: 'start', behavior: 'instant' })")   # no figure
        assert not figure.seen("x0")
        top = figure.tab.evaluate("scrollY")
        figure.tab.keyboard.press("ArrowDown")
        figure.tab.wait_for_timeout(100)
        assert inputs.nth(1).is_checked() and figure.in_window(inputs.nth(1))
        assert abs(figure.tab.evaluate("scrollY") - top) < 100

    def test_steps_out_of_the_range_and_dragging(self, open_figure):
        figure = open_figure()
        figure.press("learning_rate", "End")
        figure.go({"learning_rate": 10.0, "x": [5.0, -5.0], "y": 0})
        theta, step = None, figure.button("Take one step")
        ends = """(element) => ["min", "now", "max"].map((part) => Number(element.getAttribute(`aria-value${part}`)))"""
        for _ in range(12):
            step.click()
            figure.press("y", " ")
            theta = [figure.numbers()[f"theta.{i}"] for i in range(13)]
            for i in range(13):
                low, now, high = figure.handle(f"t{i}").evaluate(ends)
                assert low <= now <= high and now == theta[i]
        outside = max(range(13), key=lambda i: abs(theta[i]))
        assert 8 < abs(theta[outside]) < 100
        inward = -1 if theta[outside] > 0 else 1
        element = figure.handle(f"t{outside}")
        figure.drag(element, inward)                                          # by one pixel of 0.02
        assert figure.numbers()[f"theta.{outside}"] == pytest.approx(theta[outside], abs=0.06)
        element.press("ArrowUp" if inward > 0 else "ArrowDown")
        moved = figure.numbers()[f"theta.{outside}"]
        assert 0 < (moved - theta[outside]) * inward < 0.16
        figure.handle(f"t{outside}").press("Home" if inward > 0 else "End")
        low, now, high = element.evaluate(ends)
        assert now == pytest.approx(low if inward > 0 else high, abs=0.05)
        figure.button("Reset").click()
        low, now, high = element.evaluate(ends)
        assert (low, high) in [(-4, 4), (-8, 8)] and low < now < high

    def test_a_link_with_a_number_out_of_the_range_can_be_dragged(self, open_figure):
        figure = open_figure("#computation_graph:x=50,2;selected=x0")
        element = figure.handle("x0")
        assert [element.get_attribute(f"aria-value{part}") for part in ("min", "now", "max")] == ["-5", "50", "50"]
        figure.drag(element, -10)
        assert figure.numbers()["x.0"] == pytest.approx(49.8)
        box = element.bounding_box()
        figure.tab.mouse.move(box["x"] + 20, box["y"] + 20)
        figure.tab.mouse.down()
        figure.tab.mouse.move(box["x"] + 10, box["y"] + 20)
        assert figure.numbers()["x.0"] == pytest.approx(49.6)
        figure.tab.mouse.move(box["x"] + 20, box["y"] + 20)                         # and back: the way is the same
        figure.tab.mouse.up()
        assert figure.numbers()["x.0"] == pytest.approx(49.8)

    def test_steps_end_where_a_link_can_still_hold_them(self, open_figure):
        figure = open_figure("#computation_graph:learning_rate=100;x=100,100")
        step = figure.button("Take one step")
        for _ in range(4):
            step.click()
            figure.press("y", " ")
        theta = [figure.numbers()[f"theta.{i}"] for i in range(13)]
        assert max(map(abs, theta)) == 100
        assert "where this figure ends" in figure.find(".panel").text_content()
        figure.tab.wait_for_url("**theta=*")
        assert open_figure("#" + figure.tab.url.partition("#")[2]).numbers() == figure.numbers()

    @pytest.mark.parametrize("first", ["rest", "tap", "asked", "sideways"])
    def test_a_finger_that_means_the_handle(self, open_figure, first):
        figure = open_figure(**PHONE)
        if first == "asked":
            figure.question(1).locator("label").first.click()
        at = figure.settled("t10")
        if first == "tap":
            figure.tab.touchscreen.tap(*at)
            assert figure.numbers()["theta.10"] == -1
        top = figure.tab.evaluate("scrollY")
        way = [(20, 3), (50, -50)] if first == "sideways" else [(0, -20), (20, -60), (50, -50)]
        figure.swipe(at, *way, rest=250 if first == "rest" else 0)
        assert figure.numbers()["theta.10"] == pytest.approx(1.0)
        assert figure.tab.evaluate("scrollY") == top

    def test_forced_colours_use_the_readers_colours(self, open_figure):
        figure = open_figure(forced_colors="active")
        ink, expected = figure.evaluate("""(widget) => {
            const probe = document.body.appendChild(document.createElement("p"));
            probe.style.color = "CanvasText";
            const text = widget.querySelector("svg text.forward");
            return [getComputedStyle(text).fill, getComputedStyle(probe).color];
        }""")
        assert ink == expected
