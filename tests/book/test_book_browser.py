"""Every page in a real browser: no error, no request to another host, nothing wider than the screen."""

import page_axe
import pytest
import screenshots

pytestmark = pytest.mark.browser

WIDER = """() => [...document.querySelectorAll("body *")].filter((element) => {
    if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let parent = element.parentElement; parent !== document.body; parent = parent.parentElement)
        if (getComputedStyle(parent).overflowX !== "visible") return false;
    return true;
}).slice(0, 3).map((element) => element.outerHTML.slice(0, 150))"""


@pytest.fixture(scope="module")
def address(site):
    with screenshots.served(site) as started:
        yield started


@pytest.fixture(scope="module")
def names(site) -> list[str]:
    return page_axe.pages(site)


@pytest.mark.parametrize("scheme", screenshots.SCHEMES)
@pytest.mark.parametrize("size", screenshots.SIZES)
def test_pages_load_cleanly(browser, address, names, size, scheme):
    width, height = screenshots.SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    tab = context.new_page()
    problems: list[str] = []
    tab.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: problems.append(str(error)))
    # Aborted: the icon of a page that the next one replaces.
    tab.on("requestfailed", lambda request: problems.append(f"failed: {request.url}")
           if request.failure != "net::ERR_ABORTED" else None)
    tab.on("response", lambda response: problems.append(f"{response.status}: {response.url}")
           if response.status >= 400 else None)
    tab.on("request", lambda request: problems.append(f"another host: {request.url}")
           if not request.url.startswith((address, "data:")) else None)
    for name in names:
        tab.goto(address + name, wait_until="load")
        for widget in tab.locator(".course-widget[data-widget]").all():
            widget.scroll_into_view_if_needed()
            widget.locator(".course-widget-live").wait_for()
        tab.wait_for_load_state("networkidle")
        assert problems == [], name
        assert tab.locator(".course-widget[data-widget]:not([data-state=ready])").count() == 0, name
        assert tab.evaluate("document.documentElement.dataset.theme") == scheme
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, tab.evaluate(WIDER))
    context.close()


def test_the_small_icon_font_is_enough(browser, address, names):
    context = browser.new_context()
    tab = context.new_page()
    requested: list[str] = []
    tab.on("request", lambda request: requested.append(request.url))
    for name in names:
        tab.goto(address + name, wait_until="networkidle")
    context.close()
    assert any("icons.woff" in url for url in requested)
    assert not [url for url in requested if "fa-solid" in url or "fa-regular" in url or "fa-brands" in url]


def test_search_finds_a_page(browser, address):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address + "intro.html", wait_until="networkidle")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("kernel")
    tab.keyboard.press("Enter")
    tab.locator("#search-results li a[href*='notation.html']").first.wait_for()        # the hits come one by one
    context.close()


def test_dark_mode_is_remembered(browser, address):
    context = browser.new_context(color_scheme="light")
    tab = context.new_page()
    tab.goto(address + "intro.html", wait_until="networkidle")
    for _ in range(3):
        if tab.evaluate("document.documentElement.dataset.mode") != "dark":
            tab.click("button.theme-switch-button:visible")
    tab.goto(address + "notation.html", wait_until="networkidle")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


def test_a_page_in_the_dark_is_printed_black_on_white(browser, address):
    context = browser.new_context(color_scheme="dark")
    tab = context.new_page()
    tab.goto(address + "02_backpropagation.html", wait_until="load")
    tab.evaluate("""() => addEventListener("beforeprint", () => {
        const drawn = document.querySelector("[data-widget=computation_graph] .course-widget-still svg text");
        window.printed = [document.documentElement.dataset.theme, ...[document.body, drawn].map(
            (element) => getComputedStyle(element).color.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b))];
    })""")
    tab.pdf()
    theme, text, drawn = tab.evaluate("window.printed")
    assert theme == "light" and text < 200 and drawn < 200
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


@pytest.mark.parametrize(("script", "sentence"), [
    ("loader.js", "Part of this page could not be loaded"),
    ("exercise-code.js", "Part of this page could not be loaded"),
    ("computation_graph.js", "could not be started. Load the page again")])
def test_a_page_whose_script_does_not_come_says_so(browser, address, script, sentence):
    context = browser.new_context()
    tab = context.new_page()
    tab.route(f"**/{script}", lambda route: route.abort())
    tab.goto(address + "02_backpropagation.html", wait_until="load")
    tab.locator("[data-widget=computation_graph]").scroll_into_view_if_needed()
    note = tab.get_by_text(sentence)
    note.first.wait_for()
    assert note.count() == 1
    context.close()


def test_a_wide_equation_is_reached_by_keyboard(browser, sample, tmp_path):
    done = sample({"intro.md": "# Title\n\n$$\n" + " + ".join(f"x_{{{i}}}" for i in range(60)) + "\n$$ (eq-wide)\n\n"
                               "$$\nx = y\n$$\n"})
    assert done.returncode == 0, done.stderr
    with screenshots.served(tmp_path / "_build" / "html") as address:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        tab = context.new_page()
        tab.goto(address + "intro.html", wait_until="networkidle")
        tab.wait_for_selector("div.eq[tabindex='0'][role=group][aria-label]")
        assert tab.locator("div.eq").count() == 2
        assert tab.locator("div.eq[tabindex]").count() == 1
        tab.focus("div.eq[tabindex]")
        tab.keyboard.press("ArrowRight")
        tab.wait_for_function("() => document.activeElement.scrollLeft > 0")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        context.close()


def test_the_first_page_leads_on(browser, address):
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(address)
    tab.wait_for_url("**/intro.html")
    context.close()
