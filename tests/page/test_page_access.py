"""Every page and state of an exercise in an accessibility check; without JavaScript, a server or its own Pyodide."""

from pathlib import Path

import page_answers as answers
import pyodide_copy
import pytest
import screenshots
from bs4 import BeautifulSoup
from page_axe import VIOLATIONS, pages
from page_cells import Cell, Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"wide": (1440, 900), "phone": (390, 844)}
CHANGING = ["div.cell:has([data-exercise=dense_forward])", "div.cell:has([data-exercise=zero_weights_question])",
            ".course-progress", ".tag_recall", ".tag_predict"]


@pytest.fixture(params=SIZES)
def size(request):
    return SIZES[request.param]


@pytest.fixture(params=["light", "dark"])
def page(request, browser, size):
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=request.param,
                                  reduced_motion="reduce")
    yield context.new_page()
    context.close()


BOTH_WAYS = pytest.mark.parametrize(("page", "size"), [("light", "wide"), ("dark", "phone")], indirect=True)


@BOTH_WAYS
def test_every_page(page, site, address, axe):
    for name in pages(site / "course"):
        page.goto(address + name, wait_until="load")
        page.evaluate(axe)
        assert page.evaluate(VIOLATIONS, "html") == [], name


@BOTH_WAYS
def test_every_state_of_an_exercise(page, address, axe):
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    page.evaluate(axe)
    box = page.locator('.course-cell[data-exercise="dense_forward"]')
    button = {name: box.locator(f"[data-do={name}]") for name in ("check", "run", "stop", "hint", "solution", "reset")}

    def write(code: str) -> None:
        box.locator(".cm-content").focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(code)

    def assert_accessible() -> None:
        assert page.evaluate(VIOLATIONS, CHANGING) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    box.locator("textarea").focus()
    box.locator(".cm-content").wait_for()
    page.locator(".course-progress summary").click()
    page.locator("[data-do=forget]").click()
    assert_accessible()
    write(answers.FORWARD_WITHOUT_BIAS)
    button["check"].click()
    box.locator(".course-loading").wait_for()
    assert_accessible()
    box.locator('.course-card[data-verdict="failed"]').wait_for(timeout=60_000)
    button["hint"].click()
    assert_accessible()
    button["solution"].click()
    box.get_by_role("button", name="Show it").click()
    assert_accessible()
    write(answers.FORWARD + "print('x' * 1000)\n")
    button["run"].click()
    box.locator(".course-printed").wait_for(timeout=60_000)
    button["check"].click()
    box.locator('.course-card[data-verdict="passed"]').wait_for(timeout=60_000)
    button["reset"].click()
    for letter in "ab":
        Cell(page, "zero_weights_question").choose(letter)
        assert_accessible()
    for number, rating in enumerate(("I had it", "Not yet")):
        recalled = page.locator(".course-recall").nth(number)
        recalled.locator("[data-do=reveal]").click()
        recalled.get_by_role("button", name=rating).click()
    for name, letter in (("batch_size", "a"), ("smaller_step", "c")):
        prediction = page.locator(f"[data-predict={name}_prediction]")
        prediction.locator(f"input[value={letter}]").check()
        prediction.locator("[data-do=commit]").click()
        prediction.locator(".course-others summary").click()
    assert_accessible()


def test_without_javascript_the_card_is_readable(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    assert not page.locator(".course-cell").first.is_visible()
    assert not page.locator(".course-progress").first.is_visible()
    assert not page.locator(".course-file").first.is_visible()
    assert page.get_by_text("Hint 1").first.is_visible()
    assert page.get_by_text("You chose a)").first.is_visible()
    assert page.locator(".course-where").first.is_visible()
    context.close()


def test_opened_as_a_file_the_page_says_what_is_needed(browser, site):
    context = browser.new_context()
    page = context.new_page()
    page.goto((site / "course" / "02_backpropagation.html").as_uri(), wait_until="load")
    assert page.locator(".course-file").first.inner_text().startswith("To answer here, open the book through a server")
    assert not page.locator(".course-cell").first.is_visible()
    assert page.get_by_text("Hint 1").first.is_visible()
    context.close()


def policy(site: Path) -> str:
    page = BeautifulSoup((site / "02_backpropagation.html").read_text("utf-8"), "html.parser")
    return page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]


def test_only_a_site_without_a_copy_asks_the_cdn(browser, site, pyodide, build_site, tmp_path):
    assert "http" not in policy(site / "course") and "connect-src 'self';" in policy(site / "course")
    done = build_site(tmp_path, PYODIDE_DIR="", XDG_CACHE_HOME=str(tmp_path), https_proxy="http://127.0.0.1:9")
    assert done.returncode == 0 and done.stderr == "" and "there is no copy of Pyodide" in done.stdout
    built = tmp_path / "_build" / "html"
    assert f"script-src 'self' {pyodide_copy.CDN} 'wasm-unsafe-eval';" in policy(built)
    assert f"connect-src 'self' {pyodide_copy.CDN};" in policy(built)
    assert not list(built.glob("_static/pyodide*"))

    asked: list[str] = []

    def answer(route) -> None:
        name = route.request.url.removeprefix(pyodide_copy.CDN)
        asked.append(name)
        kinds = {".mjs": "text/javascript", ".wasm": "application/wasm"}
        route.fulfill(path=pyodide / name, headers={"access-control-allow-origin": "*"},
                      content_type=kinds.get(Path(name).suffix, "application/octet-stream"))

    context = browser.new_context()
    context.route(f"{pyodide_copy.CDN}**", answer)
    with screenshots.served(built) as address:
        tab = Tab(context.new_page(), address)
        tab.page.goto(f"{address}02_backpropagation.html", wait_until="load")
        assert "2 of 2 points" in tab.cell("dense_forward").check(answers.FORWARD)
    context.close()
    assert set(asked) == set(pyodide_copy.SUMS)
    assert all(problem.startswith(f"another host: {pyodide_copy.CDN}") for problem in tab.problems)
