"""A student's file in a child process: attempts to break it end in a sentence that helps."""

import json
import time
from dataclasses import replace

import pytest

from course_lib.grading import specs
from course_lib.grading.child import PROTOCOL
from course_lib.grading.files import Cell
from course_lib.grading.grade import Ungraded, grade
from course_lib.grading.parent import Child, Died
from course_lib.grading.session import MAX_STARTS, Session

RIGHT = """
import numpy as np

def dense_forward(X, W, b, act):
    Z = X @ W + b
    A = {"identity": lambda: Z, "sigmoid": lambda: 1 / (1 + np.exp(-Z)), "tanh": lambda: np.tanh(Z),
         "relu": lambda: np.maximum(Z, 0)}[act]()
    return A, (X, W, Z, act)
"""


def answer(body, before=""):
    return f"import numpy as np\n{before}\ndef dense_forward(X, W, b, act):\n" + "\n".join(
        "    " + line for line in body.splitlines())


def test_a_right_answer(verdict):
    result = verdict(RIGHT, "dense_forward")
    assert (result.verdict, result.points, result.max_points) == ("passed", 2.0, 2.0)


@pytest.mark.parametrize("body, words", [
    ("import os\nos._exit(0)", "exit status 0, as after `os._exit(0)`"),
    ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "memory runs out"),
    ("import ctypes\nctypes.string_at(0)", "signal 11"),
    ("raise SystemExit(3)", "ends Python"),
    ("import sys\nsys.exit()", "ends Python"),
    ("raise KeyboardInterrupt", "raises an exception"),
    ("return dense_forward(X, W, b, act)", "calls itself without end"),
    ("return np.ones((10**6, 10**7))", "more memory"),
    ("x = []\nwhile True: x.append(bytearray(10**8))", "more memory"),
    ("import os\nos.closerange(0, 50)\nreturn X, None", "did not survive"),
    ("import os\nfor i in range(3, 10):\n    try: os.write(i, b'{}\\n')\n    except OSError: pass\nreturn X, None",
     "disturbed"),
], ids=str)
def test_endings_are_errors_in_words(verdict, body, words):
    result = verdict(answer(body), "dense_forward", memory=2**30)
    assert (result.verdict, result.points) == ("error", 0.0)
    assert words in result.text(), result.text()


@pytest.mark.parametrize("value, words", [
    ("np.ones((3000, 3000))", "16 MB"), ("np.broadcast_to(1.0, (10**9, 10**9))", "16 MB"),
    ("(x for x in X)", "yield"), ("object()", "an object"), ("X + 1j", "complex"), ("{1}", "a set"),
    ("X.astype(object)", "Python objects"), ("lambda: 1", "meant to be called"), ("np", "a module"),
])
def test_strange_values_are_failures_in_words(verdict, value, words):
    result = verdict(answer(f"return {value}, None"), "dense_forward")
    assert (result.verdict, result.points) == ("failed", 0.0) and words in result.text(), result.text()


@pytest.mark.parametrize("value, words", [
    ("np.full_like(X @ W, np.nan)", "nan"), ("(X @ W).astype(int)", "wrong"), ("1", "an array of shape"),
    ("np.ma.masked_all((2, 2))", "wrong"), ("(X @ W).tolist()", "wrong"), ("None", "None"), ("X[:0]", "shape (0, 3)"),
])
def test_wrong_values_are_failures_in_words(verdict, value, words):
    result = verdict(answer(f"return {value}, None"), "dense_forward")
    assert (result.verdict, result.points) == ("failed", 0.0) and words in result.text(), result.text()


@pytest.mark.parametrize("before", [
    "np.array = np.sum = np.zeros = np.frombuffer = None",
    "for name in dir(np):\n    if not name.startswith('_'): delattr(np, name)",
    "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    "import json, base64\njson.dumps = base64.b64encode = lambda *a, **k: '{}'",
    "import builtins\nbuiltins.isinstance = builtins.len = lambda *a: True",
    "import course_lib.grading.runner as r\nr.run = None",
    "import sys\nsys.stdout = sys.stderr = None",
    "import sys\nsys.stdout.close()",
    "import os\nos.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
    "import warnings\nwarnings.simplefilter('error')",
    "np.seterr(all='raise')",
    "import sys\nsys.modules.clear()",
    "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=False).start()",
    "import atexit, time\natexit.register(time.sleep, 1000)",
    "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)",
    "import sys\nsys.setrecursionlimit(60)",
    "print = len = sum = list = tuple = dict = 3",
], ids=lambda text: text.replace("\n", ";")[:40])
def test_changes_to_the_childs_python_never_score_a_wrong_answer(verdict, before):
    result = verdict(answer("return X, None", before), "dense_forward")
    assert result.points == 0 and result.verdict in ("failed", "error", "ungraded"), result.text()


FORGE = """
import course_lib.grading.runner as runner
class Forged:
    def __init__(self, **fields):
        self.fields = {"kind": "value", "value": None, "text": "", "trouble": None, "warnings": [],
                       "arguments": {"list": []}, "printed": ""} | fields
    def to_wire(self):
        return self.fields
runner.run = lambda *a, **k: Forged(FIELDS)
"""


@pytest.mark.parametrize("fields", [
    "kind='passed'", "kind=3", "kind='exception'", "kind='value', arguments=[1]", "kind='value', warnings=3",
    "kind='exception', trouble={}", "kind='exception', trouble=dict(type=1, message=2, line='x', source=3, function=4)",
    "value={'pickle': ''}", "value={'named': ['os:getcwd', []]}", "text=[]", "kind='died', arguments=None",
])
def test_forged_outcomes_never_pass(verdict, fields):
    result = verdict(answer("return X, None", FORGE.replace("FIELDS", fields)), "dense_forward")
    assert result.points == 0 and result.verdict in ("failed", "error"), result.text()


@pytest.mark.parametrize("before", [
    "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    "import sys\nsys.stdout = sys.stderr = None",
    "import sys\nsys.stdout.close()",
    "print('x' * 10_000_000)",
    "import os\nos.write(1, b'not json\\n')\nos.write(2, b'x' * 10**6)\nos.system('echo hello')",
    "import warnings\nwarnings.simplefilter('error')",
    "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True).start()",
    "print = len = sum = list = tuple = dict = 3",
    "input = lambda *a: ''\nfrom course_lib import check\nfloat(check(lambda: 1).points)",
], ids=lambda text: text.replace("\n", ";")[:40])
def test_harmless_oddities_do_not_hurt_a_right_answer(verdict, before):
    result = verdict(RIGHT.replace("import numpy as np", "import numpy as np\n" + before), "dense_forward")
    assert result.passed, result.text()


def test_ten_megabytes_printed_by_the_function(verdict):
    result = verdict(answer("print('x' * 10_000_000)\nreturn X, None"), "dense_forward")
    assert result.verdict == "failed" and len(result.text()) < 3000
    assert dict(result.details)["Printed"].endswith(" ...")


def test_global_state_between_cases_is_the_students_business(verdict):
    result = verdict(answer("global calls\ncalls += 1\nif calls > 3: raise ValueError(calls)\nreturn X @ W + b, None",
                            "calls = 0"), "dense_forward")
    assert result.verdict in ("failed", "error") and "ValueError: 4" in result.text()


@pytest.mark.parametrize("body", ["while True: pass", "import time\ntime.sleep(60)",
                                  "while True:\n    try:\n        while True: pass\n    except: pass"],
                         ids=["loop", "sleep", "deaf"])
def test_an_endless_case_is_stopped(session, body):
    exercise = specs.get("dense_forward")
    short = type(exercise)(**{**vars(exercise), "seconds": 0.3})
    begin = time.monotonic()
    result = grade(short, session(answer(body)))
    assert result.verdict == "error" and "stopped after 0.3 seconds" in result.message
    assert time.monotonic() - begin < 10
    if "try" not in body:
        assert dict(result.details)["Your line"].startswith("line ")


@pytest.mark.parametrize("code, words", [
    ("while True: pass", "still running"), ("import os\nos._exit(3)", "exit status 3"),
    ("raise SystemExit", "SystemExit"), ("input('?')", "EOFError"), ("x = (", "SyntaxError"),
    ("1 / 0", "ZeroDivisionError"),
    ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "still running"),
], ids=str)
def test_a_cell_that_fails_does_not_stop_the_others(session, code, words):
    opened = session("a = 1", code, RIGHT, cell_seconds=0.5)
    (failure,) = opened.failures
    assert failure.cell.number == 2 and words in str(failure)
    assert grade(specs.get("dense_forward"), opened).passed


def test_after_an_exercise_that_ends_python_the_next_one_is_graded(session):
    opened = session(RIGHT, "import os\ndef output_delta(A, Y, loss, act):\n    os._exit(1)")
    assert grade(specs.get("output_delta"), opened).verdict == "error"
    assert grade(specs.get("dense_forward"), opened).passed


def test_no_hello_means_ungraded(tmp_path):
    with pytest.raises(Ungraded, match="could not be started"):
        Session([], "__main__", tmp_path, command=["false"]).__enter__()
    with pytest.raises(Ungraded, match="No module named"):
        Session([], "__main__", tmp_path, command=["env", "PYTHONPATH=/nowhere", "python3", "-S", "-c",
                                                   "import course_lib"]).__enter__()


def says(*lines):
    """A command in the place of the child: it prints these lines, and ends when nothing more is asked."""
    return ["sh", "-c", "".join(f"echo '{line}'; " for line in lines) + "cat > /dev/null"]


@pytest.mark.parametrize("lines, words", [
    ([json.dumps({"hello": -1})], "could not be started .it speaks another version of the protocol"),
    (["nonsense"], "could not be started .the connection to it was disturbed"),
    (["[" * 10**5], "disturbed"),
    ([json.dumps({"hello": PROTOCOL}), json.dumps({"loaded": {}})], "ended early: the connection to it was disturbed"),
])
def test_a_child_that_does_not_keep_to_the_protocol(tmp_path, lines, words):
    with pytest.raises(Ungraded, match=words):
        Session([Cell(1, RIGHT)], "__main__", tmp_path, command=says(*lines)).__enter__()


def test_a_child_that_is_silent_or_gone(tmp_path):
    child = Child(tmp_path)
    child.hello()
    with pytest.raises(TimeoutError):
        child.answer("outcome", 0.01)
    child.process.kill()
    child.process.wait()
    for _ in range(2):
        child.ask("run", arguments="x" * 10**6)                         # more than fits into the pipe
    with pytest.raises(Died, match="killed from outside"):
        child.answer("outcome", 5)
    child.close()


def test_cells_that_end_python_again_and_again(session):
    with pytest.raises(Ungraded, match="Cells of the file end Python again and again"):
        session(*["import os; os._exit(1)"] * (MAX_STARTS + 1))


def test_a_case_that_hears_no_signal_is_ended_from_outside(session, monkeypatch):
    monkeypatch.setattr("course_lib.grading.session.GRACE", 0.5)
    exercise = replace(specs.get("dense_forward"), seconds=0.3)
    result = grade(exercise, session(answer("sum(range(10**15))")))
    assert result.verdict == "error" and "stopped after 0.3 seconds" in result.message


def test_an_ungraded_exercise_has_no_points_and_is_not_a_failure(session):
    opened = session(RIGHT)
    opened.close()
    opened.command = ["false"]
    result = grade(specs.get("dense_forward"), opened)
    assert result.verdict == "ungraded" and "not graded" in result.message and "points" not in result.headline


def test_a_sandbox_can_be_put_in_front(tmp_path, require_tool):
    bwrap = require_tool("bwrap")
    command = [bwrap, "--ro-bind", "/", "/", "--dev", "/dev", "--unshare-net", "--die-with-parent"]
    with Session([Cell(1, RIGHT)], "__main__", tmp_path, command=command) as opened:
        assert grade(specs.get("dense_forward"), opened).passed


def test_the_child_is_gone_afterwards(tmp_path):
    child = Child(tmp_path)
    child.hello()
    child.close()
    assert child.process.returncode is not None and not child.reader.is_alive()


def test_the_child_imports_no_answers(session):
    opened = session("""
        import sys
        def dense_forward(X, W, b, act):
            raise ValueError([name for name in sys.modules if "specs" in name or name.endswith((".spec", ".grade"))])
    """)
    assert "ValueError: []" in grade(specs.get("dense_forward"), opened).text()
