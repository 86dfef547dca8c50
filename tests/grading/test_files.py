"""Reading notebooks and Python files, and running their cells."""

import json

import pytest

from course_lib.grading import files
from course_lib.grading.files import Cell, UnreadableFile, defined, execute, read, without_magics


def notebook(path, *sources, kinds=None):
    cells = [{"cell_type": kind, "source": source, "metadata": {}}
             for kind, source in zip(kinds or ["code"] * len(sources), sources, strict=True)]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_code_cells_are_numbered_and_others_left_out(tmp_path):
    path = notebook(tmp_path / "a.ipynb", "a = 1", "text", ["b = 2\n", "c = 3"], kinds=["code", "markdown", "code"])
    assert read(path) == [Cell(1, "a = 1"), Cell(2, "b = 2\nc = 3")]


def test_a_python_file_is_one_cell(tmp_path):
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read(path) == [Cell(0, "a = 1\nb = 2\n")]


@pytest.mark.parametrize("name, content, words", [
    ("a.ipynb", "", "not JSON"), ("a.ipynb", "{", "not JSON"), ("a.ipynb", "[]", "format 4"),
    ("a.ipynb", "{}", "format 4"),
    ("a.ipynb", '{"worksheets": []}', "format 4"), ("a.ipynb", '{"cells": [{"cell_type": "code"}]}', "format 4"),
    ("a.ipynb", '{"cells": [{"cell_type": "code", "source": [1]}]}', "format 4"),
    ("a.ipynb", "[" * 100_000, "format 4"),
    ("a.txt", "x", r"expected a notebook \(.ipynb\) or a Python file \(.py\), got .txt"), ("a", "x", "no ending"),
    ("a.py", b"\xff\xfe\x00", "not a text file"),
], ids=str)
def test_what_cannot_be_read_is_said(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableFile, match=words):
        read(path)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(UnreadableFile, match="there is no file"):
        read(tmp_path / "a.py")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read(tmp_path)


@pytest.mark.parametrize("source, python, notes", [
    ("%matplotlib inline\na = 1", "pass\na = 1", 1), ("!pip install numpy\nb = 2", "pass\nb = 2", 1),
    ("if True:\n    %pylab\n    y = 2", "if True:\n    pass\n    y = 2", 1),
    ("%pwd\ns = '''\n%not a magic\n'''", "pass\ns = '''\n%not a magic\n'''", 1),
    ("%pwd\nz = 10 \\\n% 3", "pass\nz = 10 \\\n% 3", 1),
    ("files = !ls\na = 1", "pass\na = 1", 1),
    ("x = %pwd\na = 1", "pass\na = 1", 1), ("len?\na = 1", "pass\na = 1", 1), ("?len\na = 1", "pass\na = 1", 1),
    ("np.sum??", "pass", 1), ("%%time\na = 1", "\na = 1", 0), ("\n%%timeit -n 3\na = 1", "\n\na = 1", 0),
    ("%%bash\nrm -rf x", "", 1), ("%%html\n<b>", "", 1), ("a = (7\n% 4)", "a = (7\n% 4)", 0),
    ("s = '''\n!not a command\n'''", "s = '''\n!not a command\n'''", 0), ("a = 5 %3", "a = 5 %3", 0), ("", "", 0),
    ("# %magic\nx = (", "# %magic\nx = (", 0),
], ids=str)
def test_lines_of_ipythons_own_are_skipped_with_a_note(source, python, notes):
    text, said = without_magics(Cell(2, source))
    assert text == python and len(said) == notes
    assert all(note.startswith("code cell 2") and "skipped" in note for note in said)


def test_a_timed_statement_runs_without_timing():
    text, (note,) = without_magics(Cell(2, "if True:\n    %time x = 1\n    y = 2"))
    assert text == "if True:\n    x = 1\n    y = 2"
    assert note == "code cell 2, line 2: ran `%time x = 1` without timing"


def test_cells_run_in_order_and_failures_have_their_line():
    namespace = {}
    cells = [Cell(1, "a = 1"), Cell(2, "b = 2\nc = b / 0\nd = 4"), Cell(3, "x = ("), Cell(4, "a += 10"),
             Cell(5, "def f():\n    return g()\ndef g():\n    raise KeyError('k')\nf()")]
    found = {cell.number: wrong for cell, wrong, _ in execute(cells, namespace) if wrong}
    assert namespace["a"] == 11 and namespace["b"] == 2 and "d" not in namespace
    assert (found[2].type, found[2].line, found[2].source) == ("ZeroDivisionError", 2, "c = b / 0")
    assert (found[3].type, found[3].line) == ("SyntaxError", 1)
    assert (found[5].type, found[5].line, found[5].function) == ("KeyError", 4, "g")


def test_null_bytes_are_an_error_of_the_cell():
    (((_, wrong, _)),) = execute([Cell(1, "a = 1\0")], {})
    assert wrong.type in ("SyntaxError", "ValueError")


def test_definitions_are_found_in_the_text():
    assert defined([Cell(1, "def a(): ...\n  def b(x):\nasync def c():\n# def d():\nx = 'def e()'"),
                    Cell(2, "def a(): ...")]) == ["a", "b", "c"]


def test_a_file_far_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE", 2**20)
    path = tmp_path / "a.py"
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(UnreadableFile, match="larger than 1 MB; is it the right file?"):
        read(path)
    path.write_bytes(b"#" * 2**20)
    assert len(read(path)) == 1


def test_what_the_system_refuses_is_said_in_its_words(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read: "):
        read(tmp_path / ("a" * 300 + ".py"))


def test_a_cell_that_never_ends_is_stopped_at_its_line():
    [(_, wrong, _)] = execute([Cell(1, "x = 1\nwhile True:\n    x += 1")], {}, seconds=0.2)
    assert (wrong.type, wrong.message) == ("stopped", "still running after 0.2 seconds")
    assert wrong.line in (2, 3)
