"""The book as a reader's browser gets it: complete, self-contained, every link alive, the same on every build."""

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from book_copies import build_copy
from bs4 import BeautifulSoup, Tag

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))
LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "audio": "src",
          "embed": "src", "object": "data", "link": "href"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, BeautifulSoup]:
    found = {path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in sorted(site.rglob("*.html"))
             if "_static" not in path.parts}
    assert {path.name for path in found} >= {"index.html", "intro.html", "notation.html", "bibliography.html"}
    return found


def local(reference: str) -> bool:
    parts = urlsplit(reference)
    return not parts.scheme and not parts.netloc


def test_each_page_has_a_title_and_a_language(pages):
    for path, page in pages.items():
        assert page.html["lang"] == "en", path
        assert page.title.get_text(strip=True), path


def test_each_figure_has_a_text_alternative(pages):
    for path, page in pages.items():
        for image in page.select("img"):
            in_text = image.find_parent("article") is not None
            assert image.has_attr("alt") and (image["alt"].strip() or not in_text), (path.name, image)


def test_nothing_is_loaded_from_another_host(pages, site):
    for path, page in pages.items():
        for element in page.find_all(list(LOADED)):
            reference = element.get(LOADED[element.name], "")
            assert local(reference) or reference.startswith("data:image/"), (path.name, element)
    for sheet in site.rglob("*.css"):
        for reference in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text("utf-8")):
            assert local(reference) or reference.startswith("data:"), (sheet.name, reference)


def test_each_page_states_the_policy_and_holds_no_inline_script(pages, site):
    for path, page in pages.items():
        if path.name != "index.html":
            policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})
            assert policy and "script-src 'self'" in policy["content"], path
        for script in page.find_all("script"):
            assert script.get("src") or script.get("type") == "application/json", (path.name, script)


def test_a_page_loads_the_scripts_that_have_work_there(pages):
    for path, page in pages.items():
        if path.name != "index.html":
            loaded = " ".join(script.get("src", "") for script in page.find_all("script"))
            assert ("copybutton" in loaded) == ("clipboard" in loaded) == bool(page.select("div.highlight")), path
            assert ("design-tabs" in loaded) == bool(page.select(".sd-tab-set")), path


def targets(page: BeautifulSoup) -> set[str]:
    return {element["id"] for element in page.find_all(id=True)} | {
        a["name"] for a in page.find_all("a") if isinstance(a, Tag) and a.get("name")}


def test_each_internal_link_and_file_exists(pages):
    anchors = {path: targets(page) for path, page in pages.items()}
    for path, page in pages.items():
        for element in page.find_all(True):
            reference = element.get("href") or element.get("src")
            if not reference or not local(reference):
                continue
            parts = urlsplit(unquote(reference))
            target = (path.parent / parts.path).resolve() if parts.path else path
            assert target.is_file(), (path.name, reference)
            if parts.fragment and target.suffix == ".html":
                assert parts.fragment in anchors[target], (path.name, reference)


def test_the_fonts_of_the_style_sheets_exist(site):
    for sheet in (site / "_static" / "course.css", site / "_static" / "katex" / "katex.min.css"):
        references = re.findall(r"url\(([^)]+)\)", sheet.read_text("utf-8"))
        assert references
        for reference in references:
            assert (sheet.parent / urlsplit(reference).path).is_file(), reference


def test_every_formula_and_reference_is_rendered(pages):
    for path, page in pages.items():
        assert not page.select(".math-error"), path
        assert not page.select(".problematic"), path
        assert "{eq}" not in page.get_text().replace("`{eq}`", ""), path
        for math in page.select(".math"):
            assert math.select_one("math"), (path.name, math.get_text())       # MathML, for screen readers


def test_equations_are_numbered_by_chapter(pages):
    for path, page in pages.items():
        numbers = [re.match(r"\((.*?)\)", number.get_text())[1] for number in page.select(".eqno")]
        if chapter := re.match(r"(\d\d)_", path.name):
            assert numbers == [f"{int(chapter[1])}.{n}" for n in range(1, len(numbers) + 1)], path


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_each_code_cell_of_a_notebook_is_on_its_page(notebook, pages, site):
    page = pages.get(site / f"{notebook.stem}.html")
    assert page is not None, f"{notebook.name} is not in the contents"
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    hidden = {"remove-input", "remove_input", "remove-cell", "remove_cell"}
    shown = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()
             and not hidden & set(cell["metadata"].get("tags", []))]
    assert len(page.select("div.cell_input")) == len(shown)


def test_two_builds_give_the_same_site(site, tmp_path):
    def hashes(folder: Path) -> dict[str, str]:
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(folder.rglob("*")) if path.is_file()}

    assert hashes(build_copy(site.parents[1], tmp_path)) == hashes(site)
