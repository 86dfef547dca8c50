"""Weigh the built book and time what works in it: python tools/bench_site.py [--site DIR] [--runs N]

Prints Markdown tables against the budgets. Needs Chromium and a site with its own copy of Pyodide.

Weight: what each page loads, compressed, by kind, when a reader scrolls to its end.

Python: the wait from Check to the verdict, each time on a page that has come to rest. Python starts when the text is
first changed. "at once": Check is pressed as soon as the text has been replaced by a solution, which is what the budget
is about; "after 10 s of typing": the reader types for so long before. With an empty cache everything is fetched; with a
full one the server is asked whether the files are still the same, and the browser has what it keeps of compiled code.

Widgets: the window goes to the widget as soon as it is in the document. "from the page's load event to usable" is 0
where the widget is usable before that event; "from opening the page to usable" counts from the request of the page. A
step of a drag is a move of the pointer by a pixel across and one up, or back, that changes the number dragged, until
the figure is drawn again and laid out.
"""

import argparse
import gzip
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import screenshots

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE_BUDGET = 500_000  # bytes of a chapter page, compressed, without Python
EXERCISE = "dense_forward"
KINDS = {".html": "page", ".js": "scripts", ".mjs": "scripts", ".css": "styles", ".woff": "fonts", ".woff2": "fonts",
         ".png": "images", ".svg": "images", ".webp": "images"}
COMPRESSED = {".png", ".webp", ".woff", ".woff2"}  # as they are
BUDGETS: dict[str, float | None] = {  # milliseconds
    "editor, from focus to ready": None, "first verdict, at once, empty cache": 5000,
    "first verdict, at once, full cache": None, "first verdict, after 10 s of typing, empty cache": None,
    "later verdicts": 100}
WIDGET_BUDGETS: dict[str, float | None] = {
    "from the page's load event to usable": 1000, "from opening the page to usable": None, "a step of a drag": 16}
TYPING = 10  # seconds


TO_THE_END = """async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight / 2) {
        scrollTo(0, top);
        await new Promise((done) => setTimeout(done, 20));
    }
}"""


def kind_of(path: str) -> str:
    return KINDS.get(Path(path).suffix, "other")


def compressed(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def weigh(page: "Page", address: str, site: Path, name: str) -> tuple[dict[str, int], set[str]]:
    """Bytes by kind that the page asks for until its end, compressed as by a server; what it asks other hosts for."""
    sizes: dict[str, int] = defaultdict(int)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    page.goto(address + name, wait_until="load")
    page.evaluate(TO_THE_END)
    page.wait_for_load_state("networkidle")
    outside = {url for url in asked if not url.startswith((address, "blob:", "data:"))}
    for url in asked - outside:
        file = site / unquote(urlsplit(url).path).lstrip("/")
        if file.is_file():
            data = file.read_bytes()
            sizes[kind_of(file.name)] += len(data if file.suffix in COMPRESSED else gzip.compress(data))
    return sizes, outside


def milliseconds(page: "Page", action: str, done: str) -> float:
    """From a click to the state, as the page's own clock sees it."""
    return float(page.evaluate(f"""() => new Promise((resolve) => {{
        const start = performance.now();
        const cell = document.querySelector('[data-exercise="{EXERCISE}"]');
        const watch = new MutationObserver(() => {{
            if (!({done})(cell)) return;
            watch.disconnect();
            resolve(performance.now() - start);
        }});
        watch.observe(cell, {{ subtree: true, childList: true, attributes: true }});
        ({action})(cell);
    }})"""))


FOCUS = "(cell) => cell.querySelector('textarea').focus()"
EDITOR = "(cell) => cell.querySelector('.cm-content')"
CHECK = "(cell) => cell.querySelector('[data-do=check]').click()"
FINISHED = "(cell) => !cell.hasAttribute('aria-busy') && cell.querySelector('.course-card')"


def write_solution(page: "Page") -> None:
    solution = page.evaluate(f"""document.querySelector('[data-exercise="{EXERCISE}"] template').content.textContent""")
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(solution.strip())


def type_for(page: "Page", seconds: float) -> None:
    """Type as a reader does, five keys a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        page.keyboard.type("x", delay=200)


@contextmanager
def opened(browser: "Browser", address: str) -> Iterator["Page"]:
    """A page with an empty cache."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def open_editor(page: "Page", address: str) -> float:
    """Open the page, let it come to rest, put the cursor into the editor; how long the editor took."""
    page.goto(address, wait_until="networkidle")
    page.evaluate("new Promise((done) => requestIdleCallback(done))")
    return milliseconds(page, FOCUS, EDITOR)


def clock(browser: "Browser", address: str, runs: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in BUDGETS}
    for _ in range(runs):
        with opened(browser, address) as page:
            times["editor, from focus to ready"].append(open_editor(page, address))
            write_solution(page)
            times["first verdict, at once, empty cache"].append(milliseconds(page, CHECK, FINISHED))
            times["later verdicts"] += [milliseconds(page, CHECK, FINISHED) for _ in range(10)]
            page.evaluate("localStorage.clear()")
            open_editor(page, address)
            write_solution(page)
            times["first verdict, at once, full cache"].append(milliseconds(page, CHECK, FINISHED))
        with opened(browser, address) as page:
            open_editor(page, address)
            type_for(page, TYPING)
            write_solution(page)
            times["first verdict, after 10 s of typing, empty cache"].append(milliseconds(page, CHECK, FINISHED))
    return times


WIDGET_READY = """(name) => new Promise((resolve, reject) => {
    const widget = document.querySelector(`[data-widget="${name}"]`);
    const look = () => {
        if (widget.dataset.state === "ready") return resolve(performance.now());
        if (performance.now() > 30000) return reject(new Error(`${name} is not ready after 30 s`));
        widget.scrollIntoView();  // again in each frame: what is loaded above it moves it
        requestAnimationFrame(look);
    };
    look();
})"""
LOADED = "performance.getEntriesByType('navigation')[0].loadEventStart"
DRAG = """async (name) => {
    const widget = document.querySelector(`[data-widget="${name}"]`);
    const handle = widget.querySelector(".course-widget-live .handle");
    handle.setPointerCapture = () => {};
    const { x, y } = handle.getBoundingClientRect();
    const send = (type, by) => handle.dispatchEvent(
        new PointerEvent(type, { clientX: x + by, clientY: y - by, pointerId: 1, pointerType: "mouse",
                                 bubbles: true }));
    send("pointerdown", 0);
    const times = [], value = () => handle.getAttribute("aria-valuenow");
    for (let step = 1; step <= 60; step += 1) {
        const start = performance.now(), before = value();
        send("pointermove", step <= 30 ? step : 60 - step);  // away and back
        await Promise.resolve();  // the drawing waits for the end of the event
        widget.getBoundingClientRect();
        if (value() !== before) times.push(performance.now() - start);
    }
    if (!times.length) throw new Error(`${name} did not move`);
    send("pointerup", 0);
    return times;
}"""


def clock_widget(browser: "Browser", address: str, name: str, runs: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {measure: [] for measure in WIDGET_BUDGETS}
    for _ in range(runs):
        context = browser.new_context()
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(f'[data-widget="{name}"]', state="attached")
        usable = page.evaluate(WIDGET_READY, name)
        page.wait_for_load_state("networkidle")
        times["from the page's load event to usable"].append(max(0.0, usable - page.evaluate(LOADED)))
        times["from opening the page to usable"].append(usable)
        times["a step of a drag"] += page.evaluate(DRAG, name)
        context.close()
    return times


def verdict(value: float, budget: float | None) -> str:
    return "" if budget is None else f"{budget:.0f}{' (over)' if value > budget else ''}"


def report_weights(browser: "Browser", site: Path, address: str, names: list[str]) -> None:
    kinds = [*dict.fromkeys(KINDS.values()), "other"]
    print("Weight of the pages, each read to its end, compressed, in kB; requests to other hosts\n")
    print(f"| page | {' | '.join(kinds)} | all | budget | other hosts | budget |")
    print(f"|---|{'---:|' * (len(kinds) + 4)}")
    for name in names:
        page = browser.new_page()
        sizes, outside = weigh(page, address, site, name)
        page.close()
        total = sum(sizes.values())
        cells = " | ".join(f"{sizes[kind] / 1000:.0f}" for kind in kinds)
        print(f"| {name} | {cells} | {total / 1000:.0f} | {verdict(total / 1000, PAGE_BUDGET / 1000)} | {len(outside)} "
              f"| {verdict(len(outside), 0)} |")
    static = site / "_static"
    python = compressed(*static.glob("pyodide-*/*"), *static.glob("wheels-*/*"))
    editor = compressed(*static.glob("course-*/exercise-editor.js"))
    print(f"\nFetched when needed: Python {python / 1e6:.1f} MB, the editor {editor / 1000:.0f} kB\n")


def report_times(times: dict[str, list[float]], budgets: Mapping[str, float | None], what: str = "") -> None:
    for name, values in times.items():
        typical = statistics.median(values)
        print(f"| {what}{name} | {typical:.1f} | {max(values):.1f} | {verdict(typical, budgets[name])} |")


def report(site: Path, runs: int) -> None:
    names = sorted(path.name for path in site.glob("*.html") if path.name != "index.html")
    texts = {name: (site / name).read_text("utf-8") for name in names}
    with screenshots.served(site) as address, screenshots.chromium() as browser:
        report_weights(browser, site, address, names)
        print("| time in ms | median | worst | budget |\n|---|---:|---:|---:|")
        chapter = next(name for name, text in texts.items() if f'data-exercise="{EXERCISE}"' in text)
        report_times(clock(browser, address + chapter, runs), BUDGETS)
        for name, text in texts.items():
            for widget in re.findall(r'data-widget="(\w+)"', text):
                report_times(clock_widget(browser, address + name, widget, runs), WIDGET_BUDGETS, f"{widget}: ")


def main() -> int:
    parser = argparse.ArgumentParser(description="Weigh the built book and time what works in it.")
    parser.add_argument("--site", type=Path, default=screenshots.SITE)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not list(arguments.site.glob("_static/pyodide-*")):
        print(f"bench_site: {arguments.site} is not built, or has no copy of Pyodide: set PYODIDE_DIR", file=sys.stderr)
        return 2
    start = time.monotonic()
    report(arguments.site, arguments.runs)
    print(f"\n{time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
