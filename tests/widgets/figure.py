"""A widget in a tab, as the tests see and move it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest

NUMBERS = """(widget) => [...widget.querySelectorAll("[data-number]")]
    .filter((element) => element.dataset.value !== "")
    .map((element) => [element.dataset.number, Number(element.dataset.value), element.textContent])"""
POWERS = """(widget) => [...widget.querySelectorAll(".panel [data-number]")].map((element) => [
    element.dataset.number, element.innerHTML.replace("<sup>", "^").replace("</sup>", "").replaceAll("\u2212", "-")])"""
# Shows the view that an address holds, once the page has read it and drawn.
GO = """async (hash) => {
    if (new URL(hash, location).hash === location.hash) return;
    const read = new Promise((done) => addEventListener("hashchange", () => setTimeout(done), { once: true }));
    location.hash = hash;
    await read;
}"""
# Puts an element into the middle of the window, until the page around it has come to rest: 12 frames without a change.
SETTLE = """async (element) => {
    for (let same = 0, last = null; same < 12; same += 1) {
        element.scrollIntoView({ block: "center", behavior: "instant" });
        await new Promise(requestAnimationFrame);
        const now = [scrollY, element.getBoundingClientRect().top].join();
        if (now !== last) [same, last] = [0, now];
    }
}"""
# The point that is dragged, and what the reader sees there; nothing of this scrolls.
SEEN = """([name, key]) => {
    const handle = document.querySelector(`[data-widget=${name}] [data-key=${key}]`);
    const box = ([...handle.querySelectorAll("circle")].at(-1) ?? handle).getBoundingClientRect();
    return handle.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
}"""
RAISED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"


@contextmanager
def case(words: object) -> Iterator[None]:
    """A failure in the block names the case."""
    try:
        yield
    except Exception as error:
        error.add_note(f"The case: {words}")
        raise


def centre(element) -> tuple[float, float]:
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def as_number(text: str) -> float:
    """What "3.6 · 10^-8", "10^5" or "0.35" says."""
    digits, _, exponent = text.rpartition("10^") if "^" in text else (text, "", "0")
    return float(digits.removesuffix(" \u00b7 ") or 1) * 10.0 ** int(exponent)


class Figure:
    """A widget in a tab. What is named by a key is a handle: ``figure.drag("bias", 20)``."""

    def __init__(self, tab, name: str) -> None:
        self.tab, self.name, self.visits = tab, name, 1
        self.widget = tab.locator(f'[data-widget="{name}"]')
        self.goal = self.find(".goal")
        self.bar = self.find(".bar")
        self.told = self.bar.get_by_role("status")                      # what the bar says

    def come_alive(self) -> None:
        self.widget.evaluate("(widget) => widget.scrollIntoView()")
        self.tab.wait_for_selector(f"[data-widget={self.name}][data-state=ready]")
        self.wait_until_drawn()

    def come_back(self, fragment: str = "") -> None:
        """Open the page anew, without the view or with another one; what the browser keeps is kept."""
        self.visits += 1
        page = self.tab.url.partition("#")[0].partition("?")[0]
        self.tab.goto(f"{page}?visit={self.visits}{fragment}", wait_until="load")
        self.come_alive()

    def wait_until_drawn(self) -> None:
        """Until the drawing has followed its width, first or changed: what observes it is called within a frame."""
        self.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def find(self, selector: str):
        return self.widget.locator(selector)

    def handle(self, key: str):
        return self.find(f'[data-key="{key}"]')

    def button(self, words: str):
        return self.widget.get_by_role("button", name=words, exact=True)

    def question(self, number: int):
        return self.find(".predict").nth(number)

    def evaluate(self, script: str, *arguments):
        """What a function of the widget's element gives."""
        return self.widget.evaluate(script, *arguments)

    @property
    def width(self) -> float:
        """Of the drawing."""
        return float(self.find(".figure > svg").first.get_attribute("width"))

    def numbers(self) -> dict[str, float]:
        return {number: value for number, value, _ in self.evaluate(NUMBERS)}

    def powers(self) -> list[tuple[str, float]]:
        """(number, what is written) for each one of the panel, where some are powers of ten."""
        return [(number, as_number(text)) for number, text in self.evaluate(POWERS)]

    def assert_numbers(self, expected: dict[str, float]) -> None:
        """The widget shows these numbers and no others, and writes each as it is rounded."""
        shown = self.evaluate(NUMBERS)
        assert {number for number, _, _ in shown} == set(expected)
        for number, value, text in shown:
            assert value == pytest.approx(expected[number], rel=1e-6, abs=1e-12), number
            digits, exponent = re.search(rf"([\u2212\d.]+)(?: \u00b7 10(\u207b?[{RAISED}]+))?$", text).groups()
            written = digits.replace("\N{MINUS SIGN}", "-")
            power = 10.0 ** int((exponent or "0").translate(str.maketrans(f"{RAISED}\u207b", "0123456789-")))
            unit = power * 10.0 ** -len(written.partition(".")[2])
            assert float(written) * power == pytest.approx(expected[number], abs=0.5001 * unit), (number, text)

    def points(self, selector: str) -> np.ndarray:
        """The points of a polyline."""
        text = self.find(selector).get_attribute("points")
        return np.array([[float(v) for v in point.split(",")] for point in text.split()])

    def strokes(self, selector: str) -> list[list[float]]:
        """(x, y, length) of each of the level strokes of a path."""
        path = self.find(selector).get_attribute("d")
        return [[float(v) for v in stroke.replace("h", " ").split()] for stroke in path.split("M")[1:]]

    def dots(self, selector: str) -> np.ndarray:
        """The places of the strokes without length of a path."""
        return np.array(self.strokes(selector))[:, :2]

    def go(self, state: dict) -> None:
        """Show a state, by the address."""
        self.go_to(";".join(f"{key}={','.join(map(repr, value)) if isinstance(value, list) else value}"
                            for key, value in state.items()))

    def go_to(self, view: str) -> None:
        self.tab.evaluate(GO, f"#{self.name}:{view}")

    def press(self, key: str, *presses: str) -> None:
        """Keys on a handle."""
        self.handle(key).focus()
        for press in presses:
            self.tab.keyboard.press(press)

    def drag(self, what, dx: float, dy: float = 0) -> None:
        """By the mouse; a handle by its key, or an element."""
        element = self.handle(what) if isinstance(what, str) else what
        element.scroll_into_view_if_needed()
        x, y = centre(element)
        self.tab.mouse.move(x, y)
        self.tab.mouse.down()
        self.tab.mouse.move(x + dx / 2, y + dy / 2)
        self.tab.mouse.move(x + dx, y + dy)
        self.tab.mouse.up()

    def reached_by_tab(self) -> list[str]:
        """The keys of the handles, in the order in which the tab key leads to them, until it leaves the widget."""
        self.find("[data-key]").first.focus()
        reached: list[str] = []
        while self.evaluate("(widget) => widget.contains(document.activeElement)"):
            if key := self.tab.evaluate("document.activeElement.dataset.key"):
                assert key not in reached
                reached.append(key)
            self.tab.keyboard.press("Tab")
        return reached

    def settled(self, key: str) -> tuple[float, float]:
        """The middle of a handle in the middle of a window that has come to rest."""
        self.handle(key).evaluate(SETTLE)
        return centre(self.handle(key))

    def swipe(self, start: tuple[float, float], *way: tuple[float, float], rest: int = 0) -> None:
        """One finger: down, a rest of so many milliseconds, and on by each part of the way from the start."""
        touch, (x, y) = self.tab.context.new_cdp_session(self.tab), start
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        self.tab.wait_for_timeout(rest)
        for dx, dy in way:
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x + dx, "y": y + dy}]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        self.tab.wait_for_timeout(100)                                  # a scroll comes after its touch

    def seen(self, key: str) -> bool:
        return self.tab.evaluate(SEEN, [self.name, key])

    def wait_until_seen(self, key: str) -> None:
        self.tab.wait_for_function(SEEN, arg=[self.name, key])

    def in_window(self, element) -> bool:
        box, (width, height) = element.bounding_box(), self.tab.evaluate("[innerWidth, innerHeight]")
        return (box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= width
                and box["y"] + box["height"] <= height)

    def wait_for_words(self, pattern: str) -> None:
        """Until what a screen reader is told matches a regular expression (JavaScript's)."""
        spoken = self.find(".spoken").element_handle()
        self.tab.wait_for_function("([line, pattern]) => new RegExp(pattern).test(line.textContent)",
                                   arg=[spoken, pattern])
