"""Every file's address changes with its content, and every address leads to a file."""

import hashlib
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import course_versions
import pytest
import screenshots

PAGE = """<link rel="stylesheet" href="_static/a.css?v=old"><img src="_static/logo.svg"><a href="other.html#part">x</a>
<script type="module" src="_static/course/main.js?v=1"></script><script src="searchindex.js"></script>
<a href="https://example.org/a.css">x</a><p>src="_static/a.css"</p>"""


def sum_of(text: str) -> str:
    return hashlib.sha256(hashlib.sha256(text.encode()).digest()).hexdigest()[:12]


@pytest.fixture
def small(tmp_path) -> Path:
    files = {
        "index.html": PAGE, "deep/page.html": '<link href="../_static/a.css">', "searchindex.js": "index",
        "_static/a.css": '@import "b.css";\n@font-face { src: url(fonts/f.woff2) url("data:a/b;c") }',
        "_static/b.css": "b { }", "_static/fonts/f.woff2": "font", "_static/logo.svg": "<svg/>",
        "_static/course/main.js": 'import "./part.js"; import(`../widgets/${name}.js`); "../../a.html"',
        "_static/course/part.js": "", "_static/course/site.js": '"../wheels/x.whl", "../pyodide/", "../other/"',
        "_static/widgets/graph.js": "", "_static/wheels/x.whl": "wheel", "_static/pyodide/p.wasm": "python"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path


def version(site: Path) -> dict[str, str]:
    """Version a site; its folders, old name to new."""
    versions = course_versions.Versions(site, course_versions.rename_folders(site / "_static"))
    for page in site.rglob("*.html"):
        versions.rewrite(page, course_versions.IN_PAGE)
    return versions.renamed


def test_addresses_hold_the_sums(small):
    sheet = f'@import "b.css?v={sum_of("b { }")}";\n' \
            f'@font-face {{ src: url(fonts/f.woff2?v={sum_of("font")}) url("data:a/b;c") }}'
    folders = version(small)
    assert (small / "_static" / "a.css").read_text() == sheet
    assert (small / "deep" / "page.html").read_text() == f'<link href="../_static/a.css?v={sum_of(sheet)}">'
    assert (small / "index.html").read_text() == PAGE.replace("a.css?v=old", f"a.css?v={sum_of(sheet)}").replace(
        'logo.svg"', f'logo.svg?v={sum_of("<svg/>")}"').replace(
        "_static/course/main.js?v=1", f'_static/{folders["course"]}/main.js').replace(
        'searchindex.js"', f'searchindex.js?v={sum_of("index")}"')


def test_modules_name_the_renamed_folders(small):
    folders = version(small)
    course = small / "_static" / folders["course"]
    assert set(folders) == set(course_versions.FOLDERS)
    assert all((small / "_static" / name).is_dir() for name in folders.values())
    assert (course / "main.js").read_text() == \
        f'import "./part.js"; import(`../{folders["widgets"]}/${{name}}.js`); "../../a.html"'
    assert (course / "site.js").read_text() == \
        f'"../{folders["wheels"]}/x.whl", "../{folders["pyodide"]}/", "../other/"'


@pytest.mark.parametrize(("changed", "renewed"), [
    ("_static/course/part.js", {"course"}), ("_static/widgets/graph.js", {"widgets", "course"}),
    ("_static/wheels/x.whl", {"wheels", "course"}), ("_static/pyodide/p.wasm", {"pyodide", "course"}),
    ("_static/fonts/f.woff2", set())])
def test_a_change_renews_what_depends_on_it_and_nothing_else(small, tmp_path_factory, changed, renewed):
    copy = tmp_path_factory.mktemp("changed") / "site"
    shutil.copytree(small, copy)
    (copy / changed).write_text("new", "utf-8")
    before, after = version(small), version(copy)
    assert {name for name in before if before[name] != after[name]} == renewed
    sheets = [(site / "_static" / "a.css").read_text() for site in (small, copy)]
    assert (sheets[0] != sheets[1]) == ("fonts" in changed)


VERSIONED = re.compile(r"/_static/(?:pyodide|wheels|widgets|course)-[0-9a-f]{12}/|/_images/[0-9a-f]{20}\.webp$")


@pytest.mark.browser
def test_whatever_a_page_loads_has_a_version(browser, site):
    asked: set[str] = set()
    with screenshots.served(site) as address:
        context = browser.new_context(reduced_motion="reduce")
        tab = context.new_page()
        tab.on("request", lambda request: asked.add(request.url.removeprefix(address.rstrip("/"))))
        for page in sorted(site.glob("*.html")):
            if page.name != "index.html":
                tab.goto(address + page.name, wait_until="load")
                for widget in tab.query_selector_all("[data-widget]"):
                    widget.scroll_into_view_if_needed()
                    tab.wait_for_selector(f"[data-widget={widget.get_attribute('data-widget')}][data-state=ready]")
                if cell := tab.query_selector(".course-exercise textarea"):
                    cell.focus()
                    tab.wait_for_selector(".cm-content")
        context.close()
    for name in ("/page.js", "/loader.js", "/kit.js", "/exercise-editor.js", "/computation_graph.js", "searchindex.js"):
        assert any(urlsplit(reference).path.endswith(name) for reference in asked), name
    for reference in asked:
        parts = urlsplit(reference)
        if not parts.path.endswith(".html") and not reference.startswith(("data:", "blob:")):
            data = (site / parts.path.lstrip("/")).read_bytes()
            stamp = hashlib.sha256(hashlib.sha256(data).digest()).hexdigest()[:12]
            assert VERSIONED.search(parts.path) or parts.query == f"v={stamp}", reference


@pytest.mark.slow
def test_the_worker_finds_its_files(site):
    (settings,) = site.glob("_static/course-*/exercise-site.js")
    found = re.search(r'wheel = "(.+?)"', settings.read_text("utf-8"))
    assert found and (settings.parent / found[1]).is_file()
    folder = re.search(r'pyodide = "(.+?)"', settings.read_text("utf-8"))
    assert folder and (folder[1].startswith("https:") or (settings.parent / folder[1] / "pyodide.mjs").is_file())
