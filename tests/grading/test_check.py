"""`check(function)` where the function was written: plain Python, IPython, a real kernel."""

import contextlib
import html
import io
import re
import subprocess
import sys
import time

import numpy as np
import pytest

import course_lib
from course_lib.grading import check, specs
from course_lib.grading.report import VERDICTS, Result
from course_lib.grading.specs.ch02_backpropagation import backward, forward

MISSING = specs.get("dense_backward").misconceptions[0]


def renamed(function, name):
    def wrapper(*arguments):
        return function(*arguments)

    wrapper.__name__ = name
    wrapper.__wrapped__ = function
    return wrapper


@pytest.fixture
def wrong():
    return renamed(backward.missing_transpose_of_kernel, "dense_backward")


def test_check_is_the_librarys(capsys):
    assert course_lib.check is check
    assert float(check(forward.dense_forward).points) == 2.0
    assert capsys.readouterr() == ("dense_forward: passed, 2 of 2 points\n", "")


def test_a_failure_prints_its_message_on_stdout_only(wrong, capsys):
    result = check(wrong)
    out, err = capsys.readouterr()
    assert err == "" and out == result.text() + "\n"
    assert (result.verdict, result.points, result.max_points, result.misconception, result.exercise) == (
        "failed", 0.0, 4.0, "missing-transpose", "dense_backward")
    assert type(result.points) is float and result.message == MISSING.message
    for words in (MISSING.message, "Input:", "Expected:", "Got:", "W = "):
        assert words in out
    assert "missing-transpose" not in out and "data-misconception='missing-transpose'" in result._repr_html_()


def test_the_report_is_the_same_every_time(wrong):
    texts = {result_of(wrong).text() + result_of(wrong)._repr_html_() for _ in range(3)}
    assert len(texts) == 1 and not re.search(r"0x[0-9a-f]{4}|\d+ ms", texts.pop())


def result_of(function):
    with contextlib.redirect_stdout(io.StringIO()):
        return check(function)


@pytest.mark.parametrize("value, words", [
    (5, "it was given a value of type int"), (None, "NoneType"), ((1, 2), "tuple"), (np.ones(2), "ndarray"),
    (lambda: 1, "a lambda has none"), (len, "no exercise called `len`"),
    (forward.no_bias, "no exercise called `no_bias`"),
    (renamed(len, "dense_forwrad"), "Did you mean `dense_forward`"), (renamed(len, "Dense_Forward"), "Did you mean"),
    (Result, "no exercise called `Result`"),
], ids=lambda value: getattr(value, "__name__", str(value))[:20])
def test_misuse_is_answered_with_a_sentence(value, words):
    result = result_of(value)
    assert (result.verdict, result.points, result.max_points) == ("error", 0.0, 0.0)
    assert words in result.text() and float(result.points) == 0


def test_an_object_that_can_be_called_but_has_no_name():
    class Callable:
        def __call__(self):
            return 1

    assert "function itself" in result_of(Callable()).text()


def test_a_wrong_signature_is_answered_with_a_sentence():
    def dense_forward(X, W, b):
        return X

    result = result_of(dense_forward)
    assert result.verdict == "error"
    assert result.message == ("The function has to take the arguments of `dense_forward(X, W, b, act)`, "
                              "yours is `dense_forward(X, W, b)`.")


def test_the_input_can_be_pasted_into_a_cell(wrong):
    namespace = {"np": np}
    exec(dict(result_of(wrong).details)["Input"], namespace)
    cases = [case for case in specs.get("dense_backward").make_cases() if case.arguments[0].shape == (3, 3)]
    for name, value in zip(("X", "W", "b", "act", "dA"), cases[0].arguments, strict=True):
        np.testing.assert_array_equal(namespace[name], value)


def untouched_bodies():
    def documented(X, W, b, act):
        """Docs."""

    def dots(X, W, b, act):
        ...

    def raises(X, W, b, act):
        raise NotImplementedError

    def raises_with_text(X, W, b, act):
        """Docs."""
        raise NotImplementedError("YOUR CODE HERE")

    return [documented, dots, raises, raises_with_text]


@pytest.mark.parametrize("function", untouched_bodies(), ids=lambda function: function.__name__)
def test_a_skeleton_is_not_attempted(function):
    function.__name__ = "dense_forward"
    function.__code__ = function.__code__.replace(co_name="dense_forward")
    result = result_of(function)
    assert (result.verdict, result.points) == ("not attempted", 0.0)


def test_the_verdicts_are_these():
    assert VERDICTS == ("not attempted", "passed", "failed", "error", "ungraded")


def test_a_broken_numpy_in_the_session_is_not_the_students_fault(monkeypatch):
    monkeypatch.setattr(np, "matmul", None)
    result = result_of(backward.dense_backward)
    assert result.verdict == "ungraded" and "restart Python" in result.message and result.points == 0


@pytest.mark.parametrize("name", list(specs.exercises()))
def test_the_html_says_the_same_words(name):
    for function in (specs.get(name).solution, specs.get(name).misconceptions[0].wrong[0]):
        result = result_of(renamed(function, name))
        page = re.sub(r"</?(strong|code)\b[^>]*>", "", result._repr_html_())
        page = html.unescape(re.sub(r"<[^>]+>", " ", page))
        for words in re.findall(r"\S+", result.text().replace("`", " ")):
            assert words in page
        assert "<script" not in page and "class='course-result'" in result._repr_html_()


def test_markup_in_a_students_text_stays_text():
    result = Result("x", "error", 0.0, 1.0, "a < b & `c`", details=(("Got", "<script>alert(1)</script>"),))
    page = result._repr_html_()
    assert "<script>" not in page and "a &lt; b &amp; <code" in page


@pytest.mark.parametrize("name", list(specs.exercises()))
def test_a_warm_check_is_quick(name):
    """The budget is 0.1 s; this bound only catches a check that has become something else."""
    exercise = specs.get(name)
    result_of(exercise.solution)
    begin = time.process_time()
    result_of(exercise.solution)
    assert time.process_time() - begin < 1


IPYTHON = """
import numpy as np
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
from IPython.utils.capture import capture_output
with capture_output() as out:
    shell.run_cell('''
from course_lib import check
from course_lib.grading.specs.ch02_backpropagation.forward import no_bias
no_bias.__name__ = "dense_forward"
result = check(no_bias)
''', store_history=True)
    shell.run_cell("check(no_bias)", store_history=True)
    shell.run_cell("result2 = check(no_bias)\\nfloat(result2.points)", store_history=True)
    shell.run_cell("result2", store_history=True)
print(len(out.outputs), all({"text/plain", "text/html"} == set(o.data) for o in out.outputs))
print(out.outputs[0].data["text/plain"].splitlines()[:2], repr(out.stdout), repr(out.stderr))
"""


def test_in_ipython_a_card_is_displayed_once():
    done = subprocess.run([sys.executable, "-c", IPYTHON], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()[-2:]
    assert first == "4 True", done.stdout + done.stderr
    assert "dense_forward: failed, 0 of 2 points" in second and "The bias is missing" in second


def test_in_a_kernel_the_card_has_html_and_text_and_the_value_is_a_float():
    import nbclient
    import nbformat

    cells = ["from course_lib import check\nimport numpy as np",
             "def dense_forward(X, W, b, act):\n    Z = X @ W\n    return np.tanh(Z), 1",
             "float(check(dense_forward).points)",
             "def dense_forward(X, W, b, act):\n    Z = X @ W\n    return Z + c, 1\ncheck(dense_forward)",
             "def grad_check(f, theta, g, eps=1e-6):\n    while True:\n        pass\n"
             "from dataclasses import replace\nfrom course_lib.grading import specs\n"
             "specs.exercises()['grad_check'] = replace(specs.get('grad_check'), seconds=0.2)\ncheck(grad_check)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    card, value = notebook.cells[2].outputs
    assert set(card.data) == {"text/plain", "text/html"} and value.data["text/plain"] == "0.0"
    assert "no-activation" not in card.data["text/plain"] and "dense_forward: failed" in card.data["text/html"]
    (card,) = notebook.cells[3].outputs
    assert "line 3, in dense_forward: return Z + c, 1" in card.data["text/plain"]
    (card,) = notebook.cells[4].outputs
    assert "stopped after 0.2 seconds" in card.data["text/plain"]
    assert "line 2" in card.data["text/plain"] or "line 3" in card.data["text/plain"]
    assert not any(output.get("name") == "stderr" for cell in notebook.cells for output in cell.outputs)


def test_a_result_in_words(wrong):
    result = check(wrong)
    assert str(result) == result.text()
    assert repr(result) == f"<Result {result.headline}>"


def test_what_the_package_offers():
    from course_lib import grading
    assert dir(grading) == grading.__all__
    for name in grading.__all__:
        assert getattr(grading, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        grading.nothing  # noqa: B018


@pytest.mark.parametrize(("platform", "variables", "expected"), [
    ("win32", {"LOCALAPPDATA": "/appdata"}, "/appdata/course_lib/progress.json"),
    ("linux", {"XDG_STATE_HOME": "/state"}, "/state/course_lib/progress.json"),
    ("linux", {"XDG_STATE_HOME": "", "HOME": "/home/x"}, "/home/x/.local/state/course_lib/progress.json"),
])
def test_where_progress_is_kept(monkeypatch, platform, variables, expected):
    from course_lib.grading import progress
    monkeypatch.delenv("COURSE_STATE", raising=False)
    monkeypatch.setattr(progress.sys, "platform", platform)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert progress.path().as_posix() == expected


def test_a_caches_maker_is_blamed_before_the_function_that_uses_it():
    """dense_backward is checked with the student's own dense_forward: where that is wrong, the report says so."""
    exercise = specs.get("dense_backward")
    expected = exercise.judge.expected(exercise, case := next(iter(exercise.cases(np.random.default_rng(0)))))
    broken = {**expected, "dense_forward": expected["dense_forward"] + 1}
    assert exercise.judge.fault(exercise, case, broken).sentence == exercise.blame["dense_forward"]
