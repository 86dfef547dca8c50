"""The widget of the difference step: its numbers, and what it does on the page."""

import json
import math
import re

import numpy as np
import pytest
from widgets.figure import as_number, case
from widgets.on_the_page import WidgetOnThePage
from widgets.touch import PHONE, UP

from course_lib import Input, Sequential, layers
from course_lib.widgets import ComputationGraph, DifferenceStep
from course_lib.widgets.arithmetic import ROUND, exp, log

# (number, what is written), with a power of ten as 10^-3
WRITTEN = """(widget) => [...widget.querySelectorAll(".panel [data-number]")].map((element) => {
    const copy = element.cloneNode(true);
    for (const raised of copy.querySelectorAll("sup")) raised.replaceWith("^" + raised.textContent);
    return [element.dataset.number, copy.textContent.replaceAll("\u2212", "-").replace(/^h = |\\. $/g, "")];
})"""


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


class TestDifferenceStep(WidgetOnThePage):
    widget = DifferenceStep
    chapter = "02_backpropagation"
    first = "step"
    finger_changes = "h"
    widest = "function=kink"
    broken = ["step=500", "step=1.5", "function=cubic;precision=float16;point=9"]
    moves = [["step", *["Shift+ArrowRight"] * 7], ["step", *["Shift+ArrowRight"] * 2]]
    right = [1, 2]

    def assert_shown(self, figure, state):
        """Every number of the step widget, and both curves, have the bits that Python computes."""
        widget = DifferenceStep(**state)
        h, precision, at = widget.steps[widget.step], widget.precision, widget.at
        quotient = widget.difference(widget.step, precision)
        r = np.float64 if precision == "float64" else np.float32
        above, below = (widget.value(float(r(at)) + s * float(r(h)), precision) for s in (1, -1))
        expected = {"h": h, "above": above, "below": below, "gap": float(r(above - below)), "quotient": quotient,
                    "exact": widget.exact, "error": widget.error(widget.step, precision)}
        assert figure.numbers() == expected
        for name in ("float32", "float64"):
            heights = [214 - (math.log10(max(widget.error(i, name), 1e-17)) + 17) / 18 * 190 for i in range(113)]
            assert figure.points(f"[data-curve={name}]")[:, 1] == pytest.approx(heights, abs=0.06)

    def test_what_is_written_is_what_is_meant(self, open_figure, rng):
        figure = open_figure()
        for _ in range(10):
            state = self.random_state(rng)
            figure.go(state)
            values = figure.numbers()
            for number, text in figure.evaluate(WRITTEN):
                decimals = len(text.partition(".")[2])
                close = {"rel": 0.051} if number in ("h", "gap", "error") else {"abs": 0.51 * 10.0 ** -decimals}
                with case((state, number, text)):
                    assert as_number(text) == pytest.approx(values[number], **close)

    def test_all_digits_stand_on_one_line_on_the_smallest_phone(self, open_figure):
        figure = open_figure(viewport={"width": 320, "height": 568})
        heights = figure.find(".digits dd").evaluate_all("(cells) => cells.map((cell) => cell.offsetHeight)")
        assert len(heights) == 6 and max(heights) < 1.5 * min(heights)

    def random_state(self, rng):
        return {"function": str(rng.choice(["smooth", "kink"])), "precision": str(rng.choice(["float64", "float32"])),
                "step": int(rng.integers(113)),
                "point": float(f"{rng.choice([-1, 1]) * 10 ** rng.uniform(-7, -1):.3e}")}

    def reach_the_goal(self, open_figure):
        figure = open_figure()
        figure.press("step", *["Shift+ArrowRight"] * 2)
        assert figure.goal.locator("li[data-met=true]").count() == 1
        figure.go({"function": "kink", "step": 8})
        figure.press("point", "Shift+ArrowRight")
        return figure

    def test_it_is_dragged(self, open_figure):
        figure = open_figure()
        width = figure.width
        figure.drag("step", 40 * (width - 60) / 112)
        self.assert_shown(figure, {"step": 48})
        figure.button("float32").click()
        self.assert_shown(figure, {"step": 48, "precision": "float32"})
        figure.button("ReLU unit").click()
        figure.go({"function": "kink", "step": 8})
        figure.drag("point", (width - 60) / 4.4)                  # by one h
        self.assert_shown(figure, {"function": "kink", "step": 8, "point": figure.numbers()["above"] - 0.01})
        assert figure.numbers()["above"] == pytest.approx(0.023, abs=0.001)

    def test_it_is_moved_by_keyboard(self, open_figure):
        figure = open_figure()
        element = figure.handle("step")
        element.focus()
        figure.tab.keyboard.press("ArrowRight")
        figure.tab.keyboard.press("Shift+ArrowRight")
        self.assert_shown(figure, {"step": 17})
        assert re.fullmatch(r"h .+ times 10 to the \u2212\d, relative error .+",
                            element.get_attribute("aria-valuetext"))
        figure.tab.keyboard.press("End")
        self.assert_shown(figure, {"step": 112})
        figure.button("ReLU unit").press("Enter")
        figure.handle("point").focus()
        figure.tab.keyboard.press("End")
        self.assert_shown(figure, {"function": "kink", "step": 112, "point": 0.1})

    def test_where_the_clipboard_is_closed_the_link_is_shown(self, open_figure):
        figure = open_figure()
        figure.tab.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
        figure.button("Copy link to this view").press("Enter")
        field = figure.find(".share [role=status]").get_by_role("textbox", name="Link to this view")
        field.wait_for()
        assert field.input_value().endswith("02_backpropagation.html#difference_step:")
        selected = "[document.activeElement.selectionStart, document.activeElement.selectionEnd]"
        assert figure.tab.evaluate(selected) == [0, len(field.input_value())]      # to be copied with the keys

    def test_its_rail_lets_the_page_scroll(self, open_figure):
        figure = open_figure(**PHONE)
        x, _ = figure.settled("step")
        box = figure.find(".rail").bounding_box()
        before, top = figure.numbers(), figure.tab.evaluate("scrollY")
        figure.swipe((x, box["y"] + 150), *UP, rest=250)
        assert figure.tab.evaluate("scrollY") > top + 40 and figure.numbers() == before

    def test_answers_travel_with_the_progress(self, open_figure):
        figure = open_figure()
        asked = figure.find(".predict")
        asked.nth(0).locator("input").nth(1).check()
        figure.press(*self.moves[0])
        asked.nth(1).locator("input").nth(0).check()
        panel = figure.tab.locator(".course-progress")
        panel.locator("summary").click()
        with figure.tab.expect_download() as download:
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

    def test_another_function_does_not_settle_the_question_about_the_network(self, open_figure):
        figure = open_figure()
        asked = figure.question(0)
        asked.locator("input").nth(1).check()
        figure.button("ReLU unit").click()
        figure.press("step", *["Shift+ArrowRight"] * 9)
        assert asked.locator(".feedback").text_content() == ""

    @pytest.mark.parametrize("step", [8, 40, 72])
    def test_grey_digits_are_those_that_cancel(self, open_figure, step):
        """Grey are the decimals above the difference's first digit. A sentence counts them: colours are not enough."""
        figure = open_figure(f"#difference_step:step={step}")
        above, below = (figure.find(f"[data-number={name}]") for name in ("above", "below"))
        kept = len(above.locator(".lost").text_content())
        gap = abs(float(figure.find("[data-number=gap]").get_attribute("data-value")))
        decimals = kept - len("0.")
        assert gap <= 10 ** -decimals < 10 * gap
        assert len(below.locator(".lost").text_content()) == kept
        right = len(figure.find("[data-number=quotient] .kept").text_content().partition(".")[2])
        said = figure.find(".panel p").text_content()
        assert f"decimals of the two values, {decimals or 'none'} cancel in the difference" in said
        assert f"Of the quotient’s decimals, {right or 'none'} (bold)" in said
