"""The page's requests, answered here as they are in the page's worker: cells, checks, printed text, trouble."""

import json

import pytest

from course_lib.grading import generate, page
from course_lib.grading.specs import exercises


def respond(do, code, name="", before=()):
    """The answer, and what was delivered while the cell ran."""
    delivered = []
    request = {"do": do, "name": name, "code": code, "before": [list(pair) for pair in before]}
    return json.loads(page.respond(json.dumps(request), delivered.append)), "".join(delivered)


@pytest.fixture(scope="module")
def exercise():
    return next(iter(exercises().values()))


def test_what_a_cell_prints_and_its_last_value():
    answer, printed = respond("run", "print('one')\nx = 6\nx * 7")
    assert answer == {"ran": True, "printed": True}
    assert printed == "one\n42\n"


@pytest.mark.parametrize("code", ["", "x = 1", "None", "# nothing"])
def test_a_cell_that_prints_nothing(code):
    assert respond("run", code) == ({"ran": True, "printed": False}, "")


def test_notebook_commands_are_skipped_and_said():
    answer, printed = respond("run", "%matplotlib inline\nprint(1)")
    assert answer["ran"] and printed.startswith("1\n") and "matplotlib" in printed


@pytest.mark.parametrize(("code", "headline", "paragraph", "line"), [
    ("x = 1\ny = x / 0", "Your code raises an exception", "ZeroDivisionError: division by zero", "line 2: y = x / 0"),
    ("raise SystemExit(3)", "Your code raises an exception", "SystemExit: 3", "line 1: raise SystemExit(3)"),
    ("raise MemoryError", "There is not enough memory", "MemoryError", "line 1: raise MemoryError"),
    ("def f(:\n    pass", "This is not Python yet", "SyntaxError", "line 1: def f(:"),
])
def test_trouble_names_the_line(code, headline, paragraph, line):
    answer, _ = respond("run", code)
    assert (answer["ran"], answer["verdict"], answer["headline"]) == (False, "error", headline)
    assert answer["paragraphs"][0].startswith(paragraph)
    assert answer["details"] == [["Your line", line]]


def test_there_is_no_keyboard():
    answer, _ = respond("run", "name = input('Your name? ')")
    assert answer["verdict"] == "error" and page.NO_KEYBOARD in answer["paragraphs"][0]


def test_a_loop_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(page, "RUN_SECONDS", 0.2)
    answer, _ = respond("run", "while True:\n    pass")
    assert answer["headline"] == "Stopped after 0.2 seconds"
    assert "never ends" in answer["paragraphs"][0]


def test_a_loop_that_prints_is_cut(monkeypatch):
    answer, printed = respond("run", "for i in range(5000): print('x' * 9)\nprint('the end')")
    assert answer["ran"]
    assert page.KEPT < len(printed) < page.KEPT + 200
    assert printed.endswith(page.MORE) and "the end" not in printed


def test_text_comes_in_portions_while_the_cell_runs(monkeypatch):
    monkeypatch.setattr(page, "PAUSE", -1.0)
    delivered = []
    request = {"do": "run", "name": "", "code": "print('a')\nprint('b')", "before": []}
    page.respond(json.dumps(request), delivered.append)
    assert [text for text in delivered if text.strip()] == ["a", "b"]


def test_earlier_answers_are_there_and_the_cell_defines_its_own(exercise):
    before = [("helper", "def helper():\n    return 5\nprint('unseen')"),
              (exercise.name, generate.solution_cell(exercise))]
    assert respond("run", "helper()", exercise.name, before)[1] == "5\n"
    answer, _ = respond("check", "pass", exercise.name, before)          # the old answer does not count
    assert answer["verdict"] == "error"
    assert answer["paragraphs"][0] == f"Your answer does not define `{exercise.name}`."


def test_a_right_answer_passes_and_a_cell_that_fails_after_it_is_said(exercise):
    code = f"import numpy as np\n\n{generate.solution_cell(exercise)}"
    answer, _ = respond("check", code, exercise.name)
    assert (answer["ran"], answer["verdict"], answer["notes"]) == (True, "passed", [])
    answer, _ = respond("check", f"{code}\n\n1 / 0", exercise.name)
    assert (answer["ran"], answer["verdict"]) == (False, "passed")


def test_an_answer_that_is_not_there_yet(exercise):
    head = generate.solution_cell(exercise).partition("    ### BEGIN")[0]
    answer, _ = respond("check", f"{head}    raise NotImplementedError", exercise.name)
    assert (answer["verdict"], answer["notes"]) == ("not attempted", [page.EMPTY])


def test_a_cell_that_does_not_run_is_said_with_its_place(exercise):
    answer, _ = respond("check", "1 / 0", exercise.name)
    assert answer["verdict"] == "error" and not answer["ran"]
    assert answer["paragraphs"] == ["ZeroDivisionError: division by zero"]
    assert answer["details"] == [["Your line", "line 1: 1 / 0"]]
    assert page.PageCell(0, "", "").place == "this cell"


def test_the_screen_is_one_that_can_be_written_to():
    assert page.Screen(print).writable()
