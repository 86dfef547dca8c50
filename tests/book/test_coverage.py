"""Each item that a finished chapter must teach has a section that teaches it."""

import json
import re
import tomllib
from pathlib import Path

import docutils.nodes
import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
COVERAGE = tomllib.loads((BOOK / "_data" / "coverage.toml").read_text("utf-8"))
FINISHED = sorted(path.stem for path in BOOK.glob("[0-9][0-9]_*.ipynb"))
# How many items each chapter has; they are numbered from 1.
ITEMS = {"02_backpropagation": 15, "04_initialization": 17, "05_activations": 16, "06_batch_normalization": 15,
         "09_optimizers": 20, "10_learning_rate_schedules": 11,
         "11_regularization": 15}


def anchors(chapter: str) -> set[str]:
    """The ids that the page gives to the chapter's headings."""
    notebook = json.loads((BOOK / f"{chapter}.ipynb").read_text("utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return {docutils.nodes.make_id(heading) for heading in re.findall(r"^#{1,4} (.+)$", text, flags=re.M)}


ENTRIES = [(chapter, item, *entry) for chapter, items in COVERAGE.items() for item, entry in items.items()]


def test_every_finished_chapter_is_in_the_file():
    assert sorted(COVERAGE) == FINISHED == sorted(ITEMS)


@pytest.mark.parametrize("chapter", ITEMS)
def test_no_item_is_missing(chapter):
    assert list(COVERAGE[chapter]) == [f"{chapter[:2]}-{n:02}" for n in range(1, ITEMS[chapter] + 1)]


@pytest.mark.parametrize(("chapter", "item", "words", "place"), ENTRIES, ids=[entry[1] for entry in ENTRIES])
def test_its_section_exists(chapter, item, words, place):
    page, anchor = place.split("#")
    assert words and page in FINISHED
    assert anchor in anchors(page)


@pytest.mark.slow
def test_anchors_are_those_of_the_built_page(site):
    """The ids computed here are the page's own."""
    for chapter in FINISHED:
        html = (site / f"{chapter}.html").read_text("utf-8")
        assert anchors(chapter) <= set(re.findall(r'id="([^"]+)"', html))
