"""What all widgets have in common: what a notebook stores of them is always the same, and each has its tests."""

import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from widgets.on_the_page import VIEW, WidgetOnThePage

from course_lib.widgets import WIDGETS, Live, base

CHAPTERS = sorted((Path(__file__).resolve().parents[2] / "book").glob("*.ipynb"))


def test_each_widget_has_one_class_of_tests():
    found = Counter()
    for path in Path(__file__).parent.glob("test_*.py"):
        for kind in vars(importlib.import_module(f"widgets.{path.stem}")).values():
            if isinstance(kind, type) and issubclass(kind, WidgetOnThePage) and kind is not WidgetOnThePage:
                assert (path.stem, kind.__name__) == (f"test_{kind.name}", f"Test{kind.widget.__name__}")
                found[kind.name] += 1
    assert found == dict.fromkeys(WIDGETS, 1)


def stored_widgets() -> list[tuple[str, str]]:
    """(the widget's name, its stored HTML) for each one in the book."""
    found = []
    for path in CHAPTERS:
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                html = "".join(output.get("data", {}).get("text/html", ""))
                found += [(name, html) for name in re.findall(r'data-widget="(\w+)"', html)]
    return found


def test_the_library_does_not_need_anywidget():
    code = ("import sys; sys.modules['anywidget'] = None\nimport course_lib\n"
            "assert not {'ipywidgets', 'traitlets'} & set(sys.modules)\n"
            "try:\n    import course_lib.widgets\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == 'course_lib.widgets needs anywidget: pip install "course_lib[student]"\n', done.stderr


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_is_stored_the_same_each_time(name):
    first, second = WIDGETS[name](), WIDGETS[name]()
    assert repr(first) == repr(second) == f"<interactive figure: {name.replace('_', ' ')}>"
    (data, _), (again, _) = first._repr_mimebundle_(), second._repr_mimebundle_()
    assert set(data) == {"text/plain", "text/html", VIEW}
    assert data["text/html"] == again["text/html"] == first.html()
    assert data["text/plain"] == repr(first)


@pytest.mark.parametrize("name", WIDGETS)
def test_the_stored_form_holds_the_state_a_picture_and_a_sentence(name):
    widget = WIDGETS[name]()
    page = BeautifulSoup(widget.html(), "html.parser")
    (script,) = page.find_all("script")
    state = json.loads(script.string)
    assert script["type"] == "application/json"
    assert set(state["start"]) == set(widget._view)
    assert all(state[key] == value for key, value in state["start"].items())
    assert page.svg["role"] == "img"
    assert len(page.svg["aria-label"]) > 100
    assert page.p.get_text()
    assert not page.find_all(id=True) and "style=" not in widget.html()
    assert len(widget.html()) < 12_000


@pytest.mark.parametrize("name", WIDGETS)
def test_the_book_shows_the_widget_as_the_package_makes_it(name):
    stored = [html for found, html in stored_widgets() if found == name]
    assert stored and all(html == WIDGETS[name]().html() for html in stored)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_kernel_gets_one_module(name):
    text = WIDGETS[name]()._esm
    assert text == base.bundled(name)
    assert "import " not in "\n".join(line for line in text.splitlines() if line.startswith("import"))
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export default { render, accepts };"]
    declared = re.findall(r"^(?:export )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    assert len(declared) == len(set(declared)), "a name of kit.js is declared again"
    imports = re.findall(r"^import \{([^}]*)\}", (base.HERE / f"{name}.js").read_text("utf-8"), re.MULTILINE)
    assert {part.strip() for part in ",".join(imports).split(",")} <= set(declared)


def test_a_reader_who_wants_no_motion_gets_none():
    assert not re.search(r"transition|animation", base.styles())


def test_colours_are_named_in_the_style_sheet_only():
    for path in base.HERE.glob("*.js"):
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb\(", path.read_text("utf-8")), path.name


def test_each_colour_gives_way_to_the_readers_own():
    """Dark colours and forced ones are as many as the light ones."""
    blocks = re.findall(r"\{([^{}]*--ink:[^{}]*)\}", base.styles())
    named = [set(re.findall(r"(--[\w-]+):", block)) for block in blocks]
    assert len(named) == 4 and len(named[0]) == 21
    assert all(names == named[0] for names in named)


def test_controls_are_stored_with_a_picture():
    class Controls:
        def _repr_mimebundle_(self, **kwargs):
            return {"text/plain": "interactive(...)", VIEW: {"model_id": "1"}}

    class Picture:
        png, width, alt = b"png", 300, 'a "loss" that falls'

        def __repr__(self):
            return self.alt

    data = Live(Controls(), Picture())._repr_mimebundle_()
    assert data["text/plain"] == 'a "loss" that falls'
    image = BeautifulSoup(data["text/html"], "html.parser").img
    assert image["alt"] == 'a "loss" that falls'
    assert image["src"].startswith("data:image/png;base64,")
    assert VIEW in data
