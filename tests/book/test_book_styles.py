"""Purged style sheets and cut fonts: nothing that a page uses is gone, and the pages are light."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import bench_site
import course_fonts
import course_styles
import page_axe
import pytest
import screenshots
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
NAMES = course_styles.Names(
    ['<p class="a b-2 half/w" id="here">not-a-class</p><svg viewBox="0 0 1 1"><img alt="2 > 1" class="late">'],
    ["element.classList.add('open'); `bs-${kind}-auto`; 'tip-' + place; x--"])


@pytest.mark.parametrize("kept", [
    "p{color:red}", ".a{color:red}", "p.a > .b-2:hover::after{color:red}", "#here{color:red}", ".open{color:red}",
    "*{color:red}", ":root{--x:red}", '[data-x="y"]{color:red}', ".a:not(.gone){color:red}",
    ".a:is(.gone,.open){color:red}", "svg:first-child{color:red}", ".bs-tip-auto{color:red}", ".tip-left{color:red}",
    "img.late{color:red}",
    r".half\/w{color:red}", ".a{background:url(\"data:image/svg+xml;charset=utf-8,%3Csvg xmlns='x'/%3E\")}",
    "@media (max-width:9px){.a{color:red}}", "@supports (display:grid){.a{color:red}}", "@keyframes gone{to{top:0}}",
    '@font-face{font-family:"x";src:url(x.woff2)}', '@import "basic.css";', "/*! Licence */",
])
def test_what_can_apply_stays(kept):
    assert course_styles.purged(kept, NAMES) == kept


@pytest.mark.parametrize("gone", [
    ".gone{color:red}", "table{color:red}", "#gone{color:red}", ".a .gone{color:red}", ".gone > p{color:red}",
    ".not-a-class{color:red}", ".x{color:red}", "@media print{.gone{color:red}}", "/* remark */",
])
def test_what_cannot_apply_goes(gone):
    assert course_styles.purged(gone, NAMES) == ""


def test_of_several_selectors_the_able_ones_stay():
    assert course_styles.purged(".gone , .a,p .gone,p:is(.a, .gone) { top : 0; }", NAMES) == \
        ".a,p:is(.a, .gone){top : 0;}"
    assert course_styles.purged("@media print{.a{top:0}.gone{top:0}}\n.open{top:0}", NAMES) == \
        "@media print{.a{top:0}}\n.open{top:0}"


def test_a_sheet_that_cannot_be_read_is_an_error():
    with pytest.raises(ExtensionError, match="line 2"):
        course_styles.purged(".a{top:0}\n}", NAMES)


def test_the_characters_of_a_font():
    assert course_fonts.characters_of(["<p>a&#8594;</p>"], ["'\\u03b4'"]) >= set(map(ord, "<p>a→δ"))
    assert course_fonts.icons_of(['a{content:"\\f058"}', "b{--x:'\\2b'}", 'c{content:"\uf002"}', 'd{content:"ab"}']) \
        == {0xF058, 0x2B, 0xF002}


# All rules, and of each, if that is asked, whether it matches an element of the page, whatever its pseudo-classes and
# attributes ask.
RULES = r"""(asked) => {
    const wide = (selector) => {
        let text = selector, before;
        do {
            before = text;
            text = text.replace(/::?[\w-]+(?:\([^()]*\)|(?![\w(-]))|\[[^\]]*\]/g, "\u0001");
        } while (text !== before);
        return text.replaceAll(/\u0001+/g, ":is(*)");
    };
    const split = (selectors) => {
        const parts = [""];
        let depth = 0;
        for (const character of selectors) {
            depth += "([".includes(character) - ")]".includes(character);
            if (character === "," && !depth) parts.push("");
            else parts[parts.length - 1] += character;
        }
        return parts;
    };
    const all = [], known = new Map();
    const matches = (selector) => {
        if (!known.has(selector)) known.set(selector, document.querySelector(wide(selector)) !== null);
        return known.get(selector);
    };
    const read = (rules, where) => {
        for (const rule of rules) {
            if (rule.styleSheet) read(rule.styleSheet.cssRules, where);
            else if (rule.selectorText) {
                for (const selector of split(rule.selectorText)) {
                    const text = `${where} ${selector.trim()} { ${rule.style.cssText} }`;
                    all.push([text, asked && matches(selector)]);
                }
            } else if (rule.cssRules && !(rule instanceof CSSKeyframesRule)) {
                read(rule.cssRules, `${where} ${rule.cssText.split("{")[0].trim()}`);
            }
        }
    };
    for (const { href, cssRules } of document.styleSheets) read(cssRules, new URL(href).pathname.split("/").pop());
    return all;
}"""


@pytest.fixture(scope="module")
def full(site, tmp_path_factory) -> Path:
    """The site before its style sheets are purged and its fonts are cut."""
    root = tmp_path_factory.mktemp("full")
    shutil.copytree(site.parents[1] / "book", root / "book")
    settings = (site.parents[1] / "_config.yml").read_text("utf-8")
    assert "    course_styles: book/_ext\n" in settings
    (root / "_config.yml").write_text(settings.replace("    course_styles: book/_ext\n", ""), "utf-8")
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)], capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return root / "_build" / "html"


STATES = {"wide": (1440, "button.theme-switch-button:visible", ".tooltip.show"),
          "phone": (390, "button.primary-toggle", "dialog[open]")}
OPEN_ALL = """() => {
    for (const part of document.querySelectorAll("details")) part.open = true;
    for (const dialog of document.querySelectorAll("#pst-search-dialog")) dialog.show();
}"""


def html_pages(site: Path) -> list[str]:
    return sorted(path.name for path in site.glob("*.html") if path.name != "index.html")


def orders(browser, site: Path) -> list[list[str]]:
    """Each page's rules in their order."""
    context = browser.new_context()
    with screenshots.served(site) as address:
        tab = context.new_page()
        found = []
        for page in html_pages(site):
            tab.goto(address + page, wait_until="load")
            found.append([text for text, _ in tab.evaluate(RULES, False)])
    context.close()
    return found


def used(browser, site: Path, size: str) -> set[str]:
    """The rules that any page uses in any of its states."""
    width, button, opened = STATES[size]
    matching: set[str] = set()
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme="dark")
    with screenshots.served(site) as address:
        tab = context.new_page()
        for page in html_pages(site):
            tab.goto(address + page, wait_until="load")
            tab.evaluate(bench_site.TO_THE_END)  # brings the widgets
            tab.evaluate("scrollTo(0, 0)")
            toggle = tab.locator(button).first
            toggle.hover() if size == "wide" else toggle.click()
            tab.wait_for_selector(opened)
            for state in ("() => 0", OPEN_ALL):
                tab.evaluate(state)
                matching.update(text for text, matches in tab.evaluate(RULES, True) if matches)
    context.close()
    return matching


@pytest.fixture(scope="module")
def before_and_after(browser, full, site) -> list[tuple[list[str], list[str]]]:
    """Each page's rules in their order, before and after the purge; they are the same at all sizes."""
    return list(zip(orders(browser, full), orders(browser, site), strict=True))


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("size", STATES)
def test_no_rule_that_a_page_uses_is_purged(browser, full, before_and_after, size):
    """The browser's own matching of the full sheets against the pages is the judge."""
    matching = used(browser, full, size)
    assert len(matching) > 700
    for order, left in before_and_after:
        kept = set(left)
        assert [rule for rule in order if rule in matching and rule not in kept] == []
        assert [rule for rule in order if rule in kept] == left  # the cascade is as it was
        assert len(left) < len(order) / 2


@pytest.mark.browser
@pytest.mark.slow
def test_a_purged_rule_that_a_page_uses_is_noticed(browser, full, tmp_path):
    broken = tmp_path / "site"
    shutil.copytree(full, broken, ignore=shutil.ignore_patterns("pyodide-*", "0[0-9]_*", "1[0-9]_*"))
    (sheet,) = broken.glob("_static/styles/pydata-sphinx-theme.css")
    text = sheet.read_text("utf-8")
    assert ".tooltip-inner{" in text
    shown = used(browser, broken, "wide")
    sheet.write_text(text.replace(".tooltip-inner{", ".tooltip-outer{"), "utf-8")
    left = orders(browser, broken)[0]
    lost = [rule for rule in shown if rule not in left]
    assert len(lost) == 1 and " .tooltip-inner {" in lost[0]


# One element for each text in each font.
MARK_TEXTS = """() => {
    const seen = new Set();
    for (const element of document.querySelectorAll(".katex-html span")) {
        const text = [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
            .map(({ data }) => data).join("").replaceAll(/[\\s\\u200b]/g, "");
        const { fontFamily, fontStyle, fontWeight } = getComputedStyle(element);
        const key = [fontFamily, fontStyle, fontWeight, text].join();
        if (text && !seen.has(key)) element.dataset.probe = text;
        seen.add(key);
    }
}"""


@pytest.mark.browser
def test_no_formula_falls_back_to_another_font(browser, site):
    context = browser.new_context()
    tab = context.new_page()
    seen = 0
    with screenshots.served(site) as address:
        for page in html_pages(site):
            tab.goto(address + page, wait_until="networkidle")
            tab.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
            tab.evaluate("document.fonts.ready.then(() => {})")
            client = context.new_cdp_session(tab)
            client.send("DOM.enable")
            client.send("CSS.enable")
            tab.evaluate(MARK_TEXTS)
            root = client.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
            texts = client.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-probe]"})["nodeIds"]
            for text in texts:
                fonts = client.send("CSS.getPlatformFontsForNode", {"nodeId": text})["fonts"]
                seen += len(fonts)
                assert all(font["isCustomFont"] and font["familyName"].startswith("KaTeX") for font in fonts), (
                    page, fonts, client.send("DOM.getOuterHTML", {"nodeId": text})["outerHTML"])
    context.close()
    assert seen > 100


ICONS_SHOWN = """[...document.querySelectorAll("*")].flatMap((element) => ["::before", "::after"].map((part) => {
    const style = getComputedStyle(element, part);
    return style.fontFamily.includes("Awesome") ? style.content.replaceAll('"', "") : "";
}))"""


@pytest.mark.browser
def test_every_icon_has_its_glyph(browser, site):
    context = browser.new_context()
    tab = context.new_page()
    shown: set[str] = set()
    with screenshots.served(site) as address:
        for page in ("intro.html", "02_backpropagation.html"):
            tab.goto(address + page, wait_until="networkidle")
            shown.update("".join(text for text in tab.evaluate(ICONS_SHOWN) if text != "none"))
    context.close()
    assert len(shown) >= 10
    with TTFont(site / "_static" / "fonts" / "icons.woff2") as font:
        assert set(map(ord, shown)) <= font.getBestCmap().keys()


def test_the_font_of_the_text_keeps_its_characters(tmp_path):
    for font in (ROOT / "book" / "_static" / "fonts").glob("*.woff2"):
        course_fonts.cut(font, tmp_path / font.name)
        with TTFont(font) as before, TTFont(tmp_path / font.name) as after:
            assert after.getBestCmap().keys() == before.getBestCmap().keys()


def test_no_style_sheet_asks_for_a_feature_that_is_cut():
    ours = [*(ROOT / "book").rglob("*.css"), *(ROOT / "course_lib").rglob("*.css")]
    asked = {value for sheet in ours if "vendor" not in sheet.parts for values in re.findall(
        r"font-(?:variant-numeric|feature-settings|variant-ligatures):([^;}]+)", sheet.read_text("utf-8"))
        for value in values.split()}
    assert asked <= {"lining-nums", "tabular-nums"}  # which the font has in no other form


@pytest.mark.browser
def test_each_page_is_light_and_asks_no_other_host(browser, site):
    with screenshots.served(site) as address:
        for name in page_axe.pages(site):
            page = browser.new_page()
            sizes, outside = bench_site.weigh(page, address, site, name)
            page.close()
            assert outside == set()
            assert sum(sizes.values()) < bench_site.PAGE_BUDGET, (name, dict(sizes))
            if name.startswith("02"):
                assert all(sizes[kind] for kind in ("page", "scripts", "styles", "fonts", "images"))
