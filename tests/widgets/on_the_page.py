"""What holds for every widget on the built page, below /course/: one class that each widget's test class extends.

A chapter takes 3 seconds to open, most of it for its formulas. So what a widget does is tested on the chapter's page
cut down to its widgets (`cut_pages.py`): head, scripts, styles, policy, header and sidebars are those that were built,
and there is room to scroll above and below each widget. On the whole page (``open_figure(whole=True)``) are the tests
to which the rest of it matters: at all widths and in both modes (`test_it_fits_and_can_be_read`); dragged by the mouse,
and printed (`test_it_is_dragged_on_the_whole_page_whose_print_shows_the_picture`); under a finger, which scrolls or
drags (`test_a_finger_scrolls_the_whole_page_unless_it_rests_on_the_handle_first`); and without JavaScript.
"""

import json
import re
from typing import Any

import bench_site
import numpy as np
import page_axe
import pytest
import screenshots
from widgets.figure import Figure, case
from widgets.predictions import Predictions
from widgets.touch import Touch

from course_lib.widgets import CourseWidget, base

SMALL = """(widget) => {
    const live = widget.querySelector(".course-widget-live");
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
BRIGHTNESS = """(widget) => {
    const style = getComputedStyle(widget.querySelector(".course-widget-live"));
    return [style.color, style.backgroundColor].map((c) => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b));
}"""
READERS: dict[str, dict] = {
    "wide, light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}}
VIEW = "application/vnd.jupyter.widget-view+json"


class WidgetOnThePage(Predictions, Touch):
    """The tests of one widget. A subclass says what it is about, and has tests of its own below that."""

    widget: type[CourseWidget]
    chapter: str                                # the page that shows it, "05_activations"
    first: str                                  # the key of a handle
    widest: str                                 # the view that needs most room, as the address holds it
    broken: list[str]                           # views in an address that are no good, each for reasons of its own
    moves: list[list[str]]                      # for each question, the handle and the keys on it that settle it
    right: list[int]                            # for each question, the right option's index
    finger_changes: str                         # the number that changes when a finger drags the first handle
    swiped: tuple[str, ...] = ()                # more handles over which a finger scrolls the page

    name: str                                   # the widget's

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        needed = [*(name for name in WidgetOnThePage.__annotations__ if name != "name"),
                  "assert_shown", "random_state", "reach_the_goal"]
        missing = [name for name in needed if getattr(cls, name, None) is getattr(WidgetOnThePage, name, None)
                   and name != "swiped"]
        if missing:
            raise TypeError(f"{cls.__name__} must give {', '.join(missing)}: widgets/on_the_page.py says what they are")
        cls.name = cls.widget._name

    def assert_shown(self, figure: Figure, state: dict) -> None:
        """All that the figure shows is what the library computes for this state (the rest as it starts)."""
        raise NotImplementedError

    def random_state(self, rng: np.random.Generator) -> dict:
        """A state that a reader could come to."""
        raise NotImplementedError

    def reach_the_goal(self, open_figure) -> Figure:
        """Open the figure, see that what comes near the goal does not reach it, and reach it."""
        raise NotImplementedError

    def test_it_shows_the_librarys_numbers(self, open_figure, rng):
        figure = open_figure()
        self.assert_shown(figure, {})
        for _ in range(60):
            state = self.random_state(rng)
            figure.go(state)
            with case(state):
                self.assert_shown(figure, state)

    def test_its_drag_can_be_timed(self, open_figure):
        assert len(open_figure().tab.evaluate(bench_site.DRAG, self.name)) > 1

    def test_the_address_and_a_copied_link_hold_the_view(self, open_figure):
        figure = open_figure("#the-gradient-check", permissions=["clipboard-read", "clipboard-write"])
        tab, copy, said = figure.tab, figure.button("Copy link to this view"), figure.find(".share [role=status]")
        figure.press(self.first, "Shift+ArrowRight")
        tab.wait_for_url(f"**#the-gradient-check&{self.name}:*")
        shown = figure.numbers()
        copy.press("Enter")
        said.get_by_text("Link copied").wait_for()
        link = tab.evaluate("navigator.clipboard.readText()")
        assert link == tab.url.replace("the-gradient-check&", "")
        assert open_figure("#" + link.partition("#")[2]).numbers() == shown
        tab.reload()
        figure.come_alive()
        assert figure.numbers() == shown
        figure.button("Reset").click()
        tab.wait_for_url(re.compile("#the-gradient-check$"))
        copy.press("Enter")
        tab.wait_for_function(f"async () => (await navigator.clipboard.readText()).endsWith('#{self.name}:')")

    def test_a_broken_address_changes_nothing(self, open_figure, rng):
        figure = open_figure(f"#{self.name}:{self.broken[0]}")
        self.assert_shown(figure, {})
        for view in self.broken:
            with case(view):
                figure.go(self.random_state(rng))
                figure.go_to(view)
                self.assert_shown(figure, {})

    def test_the_goal_is_reached(self, open_figure):
        figure = self.reach_the_goal(open_figure)
        assert figure.goal.get_attribute("data-reached") == "true"

    @pytest.mark.parametrize("reader", READERS)
    def test_every_state_is_accessible(self, open_figure, reader):
        """At the start, after a prediction, after its answer, and at the goal."""
        def open_for(fragment: str = "", **options):
            return open_figure(fragment, **READERS[reader] | options)

        def assert_accessible(figure: Figure, state: str) -> None:
            with case(state):
                assert figure.tab.evaluate(page_axe.VIOLATIONS, f"[data-widget={self.name}]") == []

        figure, (key, *presses) = open_for(), self.moves[0]
        figure.tab.evaluate(page_axe.source())
        assert_accessible(figure, "the start")
        asked = figure.question(0)
        asked.locator("input").nth(self.right[0]).check()
        assert_accessible(figure, "a prediction")
        figure.press(key, *presses)
        assert asked.locator(".feedback").inner_text()
        assert_accessible(figure, "its answer")
        figure = self.reach_the_goal(open_for)
        figure.tab.evaluate(page_axe.source())
        assert figure.goal.get_attribute("data-reached") == "true"
        assert_accessible(figure, "the goal")

    @pytest.mark.parametrize("widths", [(390, 320), (1440, 768)], ids=["phone", "desktop"])
    def test_it_fits_and_can_be_read(self, open_figure, widths):
        """At the width at which the page is opened, and at that of a window made narrower."""
        size = {"width": widths[0], "height": 844}
        figure = open_figure(f"#{self.name}:{self.widest}", whole=True, viewport=size)
        for width in widths:
            figure.tab.set_viewport_size(size | {"width": width})
            figure.wait_until_drawn()
            for scheme in ("light", "dark"):
                with case(f"{width}, {scheme}"):
                    figure.tab.emulate_media(color_scheme=scheme)
                    figure.tab.wait_for_selector(f"html[data-theme={scheme}]")
                    assert figure.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
                    assert figure.evaluate(SMALL) == []
                    ink, page = figure.evaluate(BRIGHTNESS)
                    assert (ink < page) == (scheme == "light")

    def test_the_bar_is_a_thin_strip_on_the_smallest_phone(self, open_figure):
        figure = open_figure(viewport={"width": 320, "height": 568}, reduced_motion="reduce")
        for number in (0, 1):
            with case(f"question {number}"):
                figure.question(number).locator("label").first.click()
                assert figure.told.text_content().startswith("Now drag")
                assert figure.told.evaluate("(line) => line.scrollHeight <= line.clientHeight + 1")
                assert figure.bar.bounding_box()["height"] <= 60
        assert figure.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert figure.evaluate(SMALL) == []
        figure.tab.emulate_media(media="print")
        assert not figure.bar.is_visible()

    def test_without_javascript_there_is_a_picture(self, open_figure):
        figure = open_figure(whole=True, java_script_enabled=False)
        still = figure.find(".course-widget-still")
        assert still.is_visible()
        assert still.locator("svg[role=img]").bounding_box()["width"] > 300
        assert "with JavaScript, what is in it can be dragged" in still.text_content()

    def test_it_is_dragged_on_the_whole_page_whose_print_shows_the_picture(self, open_figure):
        figure = open_figure(whole=True)
        still, live = (figure.find(f".course-widget-{kind}") for kind in ("still", "live"))
        before = figure.numbers()
        figure.settled(self.first)
        figure.drag(self.first, 25, -25)
        assert figure.numbers()[self.finger_changes] != before[self.finger_changes]
        assert live.is_visible() and not still.is_visible()
        figure.tab.emulate_media(media="print")
        assert still.is_visible() and not live.is_visible()
        assert "A picture of an interactive figure" in still.inner_text()

    def test_the_module_of_a_kernel_runs(self, browser, tmp_path):
        """A kernel sends one file, and its model is Backbone's: the same widget must come out."""
        (tmp_path / "widget.js").write_text(base.bundled(self.name), "utf-8")
        (tmp_path / "index.html").write_text(f"""<!DOCTYPE html><html lang="en"><head>
            <link rel="icon" href="data:,"><title>A kernel</title><style>{base.styles()}</style></head>
            <body><div id="here"></div><script type="module">
            import widget from "./widget.js";
            const state = {json.dumps(self.widget().state())}, calls = [], heard = {{}};
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
            self.python_moves(tab)
            shown = tab.locator("[data-number]").all_text_contents()
            tab.locator(".figure [role=slider]").first.press("ArrowUp")
            assert tab.locator("[data-number]").all_text_contents() != shown
            assert tab.evaluate("keys") == []                                   # JupyterLab would take the arrow keys
            assert tab.get_by_text("Copy link").count() == 0                    # a kernel's page has no address for it
            tab.evaluate("stop()")
            context.close()
        assert problems == []

    def python_moves(self, tab) -> None:
        """In a kernel's page: a change made in Python (``model.set``) is drawn."""

    @pytest.mark.notebooks
    def test_a_kernel_shows_both_forms(self, tmp_path, monkeypatch, rng):
        import nbclient
        from nbformat.v4 import new_code_cell, new_notebook

        start = self.widget().start
        change = next((name, value) for name, value in self.random_state(rng).items() if value != start[name])
        monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
        notebook = new_notebook(cells=[
            new_code_cell(f"from course_lib.widgets import WIDGETS\nwidget = WIDGETS['{self.name}']()\nwidget"),
            new_code_cell("changes = []\nwidget.observe(changes.append, list(widget._view))\n"
                          f"widget.set_trait(*{change})\nlen(changes)")])
        nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
        shown, changed = (cell.outputs[0].data for cell in notebook.cells)
        assert shown["text/html"] == self.widget().html()
        assert VIEW in shown
        assert changed["text/plain"] == "1"
        state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
        models = [model["state"] for model in state.values() if model["model_name"] == "AnyModel"]
        assert [model["_esm"] for model in models] == [base.bundled(self.name)]
