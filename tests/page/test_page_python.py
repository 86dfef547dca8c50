"""What the page works with: the worker's answers, the texts of cells, the wheel, the editor, the copy of Pyodide."""

import hashlib
import json
import shutil
import threading
import zipfile
from pathlib import Path

import course_exercises
import course_prompts
import page_answers as answers
import pyodide_copy
import pytest
import serve
from docutils import nodes

from course_lib.grading import limits, page, specs
from course_lib.grading.spec import Question

ROOT = Path(__file__).resolve().parents[2]
EDITOR = ROOT / "tools" / "editor"
CODED = [item for item in specs.exercises().values() if not isinstance(item, Question)]


def respond(do: str, name: str, code: str, *before: tuple[str, str]) -> dict:
    printed: list[str] = []
    answer = json.loads(page.respond(json.dumps({"do": do, "name": name, "code": code, "before": before}),
                                     printed.append))
    return answer | {"text": "".join(printed)}


@pytest.mark.parametrize("item", CODED, ids=lambda item: item.name)
def test_the_start_is_not_attempted_and_the_shown_solution_passes(item):
    before = [(name, course_exercises.solution(specs.get(name))) for name in ("dense_forward", "bn_train")]
    start = "failed" if item.start else "not attempted"         # some start with code that has to be repaired
    assert respond("check", item.name, course_exercises.skeleton(item), *before)["verdict"] == start
    assert respond("check", item.name, course_exercises.solution(item), *before)["verdict"] == "passed"


def test_an_answer_is_checked_with_those_before_it():
    alone = respond("check", "dense_backward", answers.BACKWARD)
    assert alone["verdict"] == "error" and "Run its cell first" in alone["paragraphs"][0]
    both = respond("check", "dense_backward", answers.BACKWARD, ("dense_forward", answers.FORWARD))
    assert both["verdict"] == "passed" and both["ran"]


def test_only_the_cell_itself_may_define_what_it_is_about():
    answer = respond("check", "dense_backward", "x = (", ("dense_forward", answers.FORWARD + answers.BACKWARD))
    assert answer["verdict"] == "error" and not answer["ran"]
    assert "SyntaxError" in answer["paragraphs"][0] and answer["details"] == [["Your line", "line 1: x = ("]]


def test_running_delivers_what_is_printed_and_the_last_value():
    answer = respond("run", "", "print('a')\n1 + 1")
    assert answer == {"ran": True, "printed": True, "text": "a\n2\n"}
    assert respond("run", "", "x = 1")["printed"] is False
    assert respond("run", "", "None")["printed"] is False


@pytest.mark.parametrize(("code", "paragraph", "details"), [
    ("1 / 0", "ZeroDivisionError: division by zero", [["Your line", "line 1: 1 / 0"]]),
    ("x = 1\ndef f(:\n", "SyntaxError: invalid syntax", [["Your line", "line 2: def f(:"]]),
    ("raise SystemExit(3)", "SystemExit: 3", [["Your line", "line 1: raise SystemExit(3)"]]),
    ("raise MemoryError", "MemoryError", [["Your line", "line 1: raise MemoryError"]]),
])
def test_running_names_the_line_of_an_exception(code, paragraph, details):
    answer = respond("run", "", code)
    assert (answer["ran"], answer["paragraphs"], answer["details"]) == (False, [paragraph], details)


@pytest.mark.parametrize(("code", "paragraph", "note"), [
    ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'", "Python's own modules, NumPy"),
    ("raise ModuleNotFoundError('It is not installed.\\nYou can install it')",
     "ModuleNotFoundError: It is not installed.", "For others use the notebook."),
    ("raise MemoryError", "MemoryError", "Is a shape far larger than intended?")])
def test_what_the_page_has_not_comes_with_advice(code, paragraph, note):
    for action, name in ("run", ""), ("check", "dense_forward"):
        answer = respond(action, name, code)
        assert answer["paragraphs"] == [paragraph] and len(answer["notes"]) == 1 and note in answer["notes"][0]


def test_a_cell_that_runs_too_long_names_its_line(monkeypatch):
    monkeypatch.setattr(page, "RUN_SECONDS", 0.2)
    answer = respond("run", "", "x = 1\nwhile True:\n    x += 1")
    assert answer["headline"] == "Stopped after 0.2 seconds" and not answer["ran"]
    assert answer["paragraphs"] == [limits.LOOP]
    assert answer["details"][0][0] == "Your line" and answer["details"][0][1].startswith(("line 2: ", "line 3: "))


def test_a_check_names_the_line_that_never_ends(monkeypatch):
    monkeypatch.setattr(page, "CHECK_SECONDS", 0.2)
    answer = respond("check", "dense_forward", "import numpy as np\nwhile True:\n    pass\n")
    assert answer["headline"] == "Stopped after 0.2 seconds" and answer["verdict"] == "error"
    assert answer["paragraphs"] == [limits.LOOP]
    assert answer["details"][0][1].startswith(("line 2: ", "line 3: "))


@pytest.mark.parametrize("code", ["x = 1\ndef dense_forward(:\n", "1 / 0", "x = [1][5]", "x = input()"])
def test_a_cell_that_does_not_run_has_the_same_form_run_or_checked(code):
    assert respond("check", "dense_forward", code) == respond("run", "dense_forward", code)


def test_a_check_says_that_there_is_no_keyboard():
    answer = respond("check", "dense_forward", "def dense_forward(X, W, b, act):\n    return input()\n")
    assert dict(answer["details"])["Exception"] == f"EOFError: {page.NO_KEYBOARD}"


def test_endless_printing_is_cut():
    text = respond("run", "", "for i in range(10_000):\n    print('x' * 9)")["text"]
    assert text == "x" * 9 + ("\n" + "x" * 9) * 999 + "\n ..."


def test_every_exercise_of_a_chapter_stands_in_its_notebook():
    for chapter in specs.chapters():
        cells = json.loads((ROOT / "book" / f"{chapter.name}.ipynb").read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found = [course_exercises.SHOWN.search(source) for source in sources]
        assert sorted(match[1] for match in found if match) == sorted(item.name for item in chapter.exercises)


def test_every_question_without_points_stands_in_its_notebook():
    for chapter in specs.chapters():
        cells = json.loads((ROOT / "book" / f"{chapter.name}.ipynb").read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found = [match[1] for match in map(course_exercises.ASKED.search, sources) if match]
        predictions = [item.name for item in chapter.predictions]
        assert sorted(found) == sorted([chapter.name] * bool(chapter.recall) + predictions)


def cells(*classes: str) -> list[nodes.Element]:
    """A section of code cells with an output each; "text" stands for a paragraph."""
    made = []
    for name in classes:
        output = nodes.container(classes=["cell_output"])
        made.append(nodes.paragraph() if name == "text" else nodes.container("", output, classes=["cell", name]))
    nodes.section("", *made)
    return made


def test_a_prediction_covers_the_outputs_up_to_the_next_text():
    prediction, first, second, *_ = cells("tag_predict", "a", "b", "text", "c")
    assert course_prompts.covered(prediction) == [first.children[0], second.children[0]]
    assert course_prompts.covered(cells("tag_predict", "text", "a")[0]) == []
    assert course_prompts.covered(cells("tag_predict")[0]) == []


def test_the_wheel_is_the_same_every_time(tmp_path, monkeypatch):
    first = tmp_path / "a" / course_exercises.build_wheel(tmp_path / "a")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    second = tmp_path / "b" / course_exercises.build_wheel(tmp_path / "b")
    assert first.name == "course_lib-0.1.0-py3-none-any.whl" and first.read_bytes() == second.read_bytes()
    assert "course_lib/grading/page.py" in zipfile.ZipFile(first).namelist()


def test_the_editor_belongs_to_its_sources():
    recorded = dict(reversed(line.split()) for line in (EDITOR / "SHA256SUMS").read_text("utf-8").splitlines())
    for name in ("editor.js", "package.json", "package-lock.json", "exercise-editor.js"):
        file = ROOT / "book" / "_ext" / "static" / "course" / name if name.startswith("exercise") else EDITOR / name
        assert hashlib.sha256(file.read_bytes()).hexdigest() == recorded[name], f"{name}: run tools/editor/build.sh"


def test_the_editors_licences_are_kept():
    packages = json.loads((EDITOR / "package-lock.json").read_text("utf-8"))["packages"]
    bundled = {path.removeprefix("node_modules/") for path in packages if path and "esbuild" not in path}
    text = (EDITOR / "LICENSES").read_text("utf-8")
    assert {line.removeprefix("== ").split()[0] for line in text.splitlines() if line.startswith("== ")} == bundled
    assert all("resolved" not in package for package in packages.values())


class Copies:
    """Folders of small files in the place of Pyodide's."""

    def __init__(self, folder: Path, monkeypatch):
        self.folder = folder
        files = {"pyodide.mjs": b"module", pyodide_copy.LOCK: b"lock"}
        self.fill(folder / "official", files)
        self.fill(folder / "vendor", files)
        sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
        monkeypatch.setattr(pyodide_copy, "SUMS", sums)
        monkeypatch.setattr(pyodide_copy, "HERE", folder / "vendor")
        monkeypatch.setattr(pyodide_copy, "cache", lambda: folder / "cache")
        monkeypatch.delenv("PYODIDE_DIR", raising=False)

    def fill(self, folder: Path, files: dict[str, bytes]) -> None:
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


@pytest.fixture
def copies(tmp_path, monkeypatch):
    return Copies(tmp_path, monkeypatch)


@pytest.fixture
def cdn(copies):
    with serve.start(copies.folder / "official") as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield serve.address(server)
        server.shutdown()


NOBODY = "http://127.0.0.1:9/"


def test_pyodide_comes_from_the_chosen_folder(copies, monkeypatch):
    monkeypatch.setenv("PYODIDE_DIR", str(copies.folder / "official"))
    assert pyodide_copy.find(NOBODY) == copies.folder / "official"
    (copies.folder / "official" / "pyodide.mjs").unlink()
    with pytest.raises(FileNotFoundError, match=r"does not hold pyodide\.mjs"):
        pyodide_copy.find(NOBODY)


def test_pyodide_comes_from_the_cdn_once(copies, cdn):
    assert pyodide_copy.find(cdn) == copies.folder / "cache"
    assert sorted(path.name for path in (copies.folder / "cache").iterdir()) == sorted(pyodide_copy.SUMS)
    shutil.rmtree(copies.folder / "official")
    assert pyodide_copy.find(NOBODY) == copies.folder / "cache"


def test_a_wrong_sum_is_an_error_wherever_it_comes_from(copies, cdn, monkeypatch):
    (copies.folder / "official" / "pyodide.mjs").write_bytes(b"another")
    with pytest.raises(pyodide_copy.WrongSum, match=r"pyodide\.mjs is not the file of Pyodide"):
        pyodide_copy.find(cdn)
    assert not (copies.folder / "cache" / "pyodide.mjs").exists()
    monkeypatch.setenv("PYODIDE_DIR", str(copies.folder / "official"))
    with pytest.raises(pyodide_copy.WrongSum):
        pyodide_copy.find(NOBODY)


def test_without_a_connection_there_is_no_copy(copies):
    assert pyodide_copy.find(NOBODY) is None
