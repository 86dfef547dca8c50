"""Weigh the built book and time its exercises: python tools/bench_site.py [--site DIR] [--runs N]

Prints Markdown tables: what each page loads, compressed, by kind; and how long Python takes, against the budgets.
Needs Chromium and a site with its own copy of Pyodide.
"""

import argparse
import gzip
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import screenshots

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE_BUDGET = 500_000  # bytes of a chapter page, compressed, without Python
EXERCISE = "dense_forward"
KINDS = {".html": "page", ".js": "scripts", ".mjs": "scripts", ".css": "styles", ".woff": "fonts", ".woff2": "fonts",
         ".png": "images", ".svg": "images"}
COMPRESSED = {"fonts", "images"}  # as they are
BUDGETS = {"editor, from focus to ready": (None, "ms"), "first verdict, empty cache": (5000, "ms"),
           "first verdict, full cache": (None, "ms"), "later verdicts": (100, "ms")}


def kind_of(path: str) -> str:
    return KINDS.get(Path(path).suffix, "other")


def compressed(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def weigh(page: "Page", address: str, site: Path, name: str) -> dict[str, int]:
    """Bytes by kind that the page asks for, each file compressed as a server would."""
    sizes: dict[str, int] = defaultdict(int)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).path.lstrip("/")))
    page.goto(address + name, wait_until="load")
    page.wait_for_timeout(1000)
    for path in sorted(asked):
        if (file := site / path).is_file():
            kind = kind_of(path)
            sizes[kind] += len(file.read_bytes() if kind in COMPRESSED else gzip.compress(file.read_bytes()))
    return sizes


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


@contextmanager
def opened(browser: "Browser", address: str) -> Iterator["Page"]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(address, wait_until="load")
    yield page
    context.close()


def clock(browser: "Browser", address: str, runs: int) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in BUDGETS}
    for _ in range(runs):
        with opened(browser, address) as page:
            times["editor, from focus to ready"].append(milliseconds(page, FOCUS, EDITOR))
            write_solution(page)
            times["first verdict, empty cache"].append(milliseconds(page, CHECK, FINISHED))
            times["later verdicts"] += [milliseconds(page, CHECK, FINISHED) for _ in range(10)]
            page.reload(wait_until="load")
            times["first verdict, full cache"].append(milliseconds(page, CHECK, FINISHED))
    return times


def report(site: Path, runs: int) -> None:
    kinds = [*dict.fromkeys(KINDS.values()), "other"]
    print(f"Weight of the pages, compressed, in kB; budget {PAGE_BUDGET // 1000}\n")
    print(f"| page | {' | '.join(kinds)} | all |\n|---|{'---:|' * (len(kinds) + 1)}")
    names = sorted(path.name for path in site.glob("*.html") if path.name != "index.html")
    with screenshots.served(site) as address, screenshots.chromium() as browser:
        for name in names:
            page = browser.new_page()
            sizes = weigh(page, address, site, name)
            page.close()
            total = sum(sizes.values())
            cells = " | ".join(f"{sizes[kind] / 1000:.0f}" for kind in kinds)
            print(f"| {name} | {cells} | {total / 1000:.0f}{' (over)' if total > PAGE_BUDGET else ''} |")
        static = site / "_static"
        python = compressed(*(static / "pyodide").glob("*"), *(static / "wheels").glob("*"))
        editor = compressed(static / "course" / "exercise-editor.js")
        print(f"\nFetched when needed: Python {python / 1e6:.1f} MB, the editor {editor / 1000:.0f} kB\n")
        print("| time | median | worst | budget |\n|---|---:|---:|---:|")
        chapter = next(name for name in names if f'data-exercise="{EXERCISE}"' in (site / name).read_text("utf-8"))
        for name, values in clock(browser, address + chapter, runs).items():
            budget, unit = BUDGETS[name]
            shown = f"{budget} {unit}" if budget else ""
            print(f"| {name} | {statistics.median(values):.0f} {unit} | {max(values):.0f} {unit} | {shown} |")


def main() -> int:
    parser = argparse.ArgumentParser(description="Weigh the built book and time its exercises.")
    parser.add_argument("--site", type=Path, default=screenshots.SITE)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not (arguments.site / "_static" / "pyodide").is_dir():
        print(f"bench_site: {arguments.site} is not built, or has no copy of Pyodide: set PYODIDE_DIR", file=sys.stderr)
        return 2
    start = time.monotonic()
    report(arguments.site, arguments.runs)
    print(f"\n{time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
