"""The tools that make notebooks, serve the site and read a build's log."""

import json
import threading
import urllib.request
from pathlib import Path

import build_book
import nbformat
import notebooks
import pytest
import serve
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output


def write(path: Path, *sources: str) -> Path:
    cells = [new_code_cell(source, id=f"cell-{n}") for n, source in enumerate(sources, start=1)]
    path.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
    return path


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))


@pytest.mark.notebooks
def test_a_notebook_is_executed_cleaned_and_the_same_twice(tmp_path):
    path = write(tmp_path / "a.ipynb", "x = 1\nprint(x)\nprint(x)", "", "x + 1")
    assert notebooks.execute(path) == []
    first = path.read_bytes()
    assert notebooks.execute(path) == []
    assert path.read_bytes() == first
    assert notebooks.check(path) == []
    cells = json.loads(first)["cells"]
    assert [cell["execution_count"] for cell in cells] == [1, None, 2]
    assert cells[0]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["1\n", "1\n"]}]
    assert [cell["id"] for cell in cells] == ["cell-1", "cell-2", "cell-3"]
    assert all(cell["metadata"] == {} for cell in cells)


@pytest.mark.notebooks
@pytest.mark.parametrize(("source", "message"), [
    ("1 / 0", "cell 2 failed"),
    ("import sys; print('careful', file=sys.stderr)", "cell 2: writes to stderr: careful"),
    ("object()", "cell 2: shows a memory address"),
])
def test_a_notebook_that_fails_keeps_its_file(tmp_path, source, message):
    path = write(tmp_path / "a.ipynb", "1", source)
    before = path.read_bytes()
    (problem,) = notebooks.execute(path)
    assert problem.startswith(message)
    assert path.read_bytes() == before


@pytest.mark.notebooks
def test_an_expected_error_is_allowed(tmp_path):
    path = write(tmp_path / "a.ipynb", "1 / 0", "2")
    notebook = nbformat.read(path, 4)
    notebook.cells[0].metadata.tags = ["raises-exception"]
    nbformat.write(notebook, path)
    assert notebooks.execute(path) == []


def test_cleaning():
    output = new_output("display_data", {"text/html": "<div></div>", "text/plain": "w", notebooks.WIDGET_VIEW: "{}"})
    cell = new_code_cell("1", id="a", outputs=[output],
                         metadata={"tags": ["t"], "execution": {"x": "1"}, "scrolled": True})
    notebook = new_notebook(cells=[cell, new_markdown_cell("text", id="b", metadata={"vscode": {}})],
                            metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.1"},
                                      "description": "what it is"})
    notebooks.clean(notebook)
    assert notebook.metadata == {"kernelspec": notebooks.KERNEL, "language_info": notebooks.LANGUAGE,
                                 "description": "what it is"}
    assert notebook.cells[0].metadata == {"tags": ["t"]}
    assert notebook.cells[1].metadata == {}
    assert notebook.cells[0].outputs[0].data == {"text/html": "<div></div>", "text/plain": "w"}


def test_check_finds_what_is_stored_wrong(tmp_path):
    path = write(tmp_path / "a.ipynb", "1", "2")
    found = notebooks.check(path)
    assert any(text.startswith("not clean") for text in found)
    assert "cell 1: run as number None, expected 1" in found


def test_the_log_of_a_build_is_made_readable(tmp_path):
    log = (f"\x1b[91m{tmp_path}/book/02_a.ipynb:30002: WARNING: bad\x1b[39;49;00m\n"
           f"{tmp_path}/book/b.md:7: WARNING: worse\n{tmp_path}/book/b.md:7: WARNING: worse\n\n")
    assert build_book.readable(log, tmp_path) == ["book/02_a.ipynb, cell 3, line 2: WARNING: bad",
                                                  "book/b.md:7: WARNING: worse"]


@pytest.mark.parametrize(("name", "kind"), [("a.mjs", "text/javascript"), ("a.js", "text/javascript"),
                                            ("a.wasm", "application/wasm"), ("a.webp", "image/webp"),
                                            ("a.woff2", "font/woff2"), ("a.html", "text/html; charset=utf-8")])
def test_files_are_served_with_their_types(tmp_path, name, kind):
    (tmp_path / name).write_text("x")
    with serve.start(tmp_path) as first, serve.start(tmp_path) as second:
        assert first.server_port != second.server_port
        threading.Thread(target=first.serve_forever, daemon=True).start()
        with urllib.request.urlopen(serve.address(first) + name, timeout=10) as response:
            assert response.headers["Content-Type"] == kind
        first.shutdown()


@pytest.mark.parametrize(("address", "kept"), [
    ("page.html", False), ("page.html?v=1", False), ("_static/a.js?v=0123456789ab", True), ("_static/a.js", False),
    ("_static/course-0123456789ab/a.js", True), ("course-0123456789ab/page.html", False)])
def test_a_browser_keeps_what_has_its_sum_in_its_address(tmp_path, address, kept):
    file = tmp_path / address.partition("?")[0]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    with serve.start(tmp_path) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with urllib.request.urlopen(serve.address(server) + address, timeout=10) as response:
            assert response.headers["Cache-Control"] == ("max-age=31536000, immutable" if kept else "no-cache")
        server.shutdown()
