"""`course list` and `course check`, as a student uses them."""

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course_lib import cli
from course_lib.grading import check, progress, specs
from course_lib.grading.report import Result

ROOT = Path(__file__).resolve().parents[2]
every_chapter = pytest.mark.parametrize("chapter", specs.chapters(), ids=lambda chapter: chapter.name)
FORWARD = """
import numpy as np
def dense_forward(X, W, b, act):
    Z = X @ W + b
    A = {"identity": lambda: Z, "sigmoid": lambda: 1 / (1 + np.exp(-Z)), "tanh": lambda: np.tanh(Z),
         "relu": lambda: np.maximum(Z, 0)}[act]()
    return A, (X, W, Z, A, act)
"""
WRONG_BACKWARD = FORWARD + """
def dense_backward(dA, cache):
    X, W, Z, A, act = cache
    dZ = dA * {"identity": 1, "sigmoid": A * (1 - A), "tanh": 1 - A**2, "relu": Z > 0}[act]
    return dZ @ W, X.T @ dZ, dZ.sum(axis=0)
"""


@pytest.fixture
def course(capsys):
    """``course(argument, ...)``: exit code, stdout, stderr."""
    def course(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return course


@pytest.fixture
def answers(tmp_path):
    """``answers(text)``: a Python file with that text."""
    def answers(text, name="answers.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return answers


def points(items):
    return sum(item.points for item in items)


@every_chapter
def test_the_solutions_have_full_marks(course, chapter):
    code, out, err = course("check", ROOT / "solutions" / chapter.name / f"{chapter.name}.ipynb")
    every = chapter.exercises
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"{points(every)} of {points(every)} points: {len(every)} passed"


@every_chapter
def test_the_skeletons_have_nothing(course, chapter):
    code, out, err = course("check", ROOT / "exercises" / chapter.name / f"{chapter.name}.ipynb")
    every = chapter.exercises
    assert (code, err) == (1, "")
    assert out.splitlines()[-1] == f"0 of {points(every)} points: {len(every)} not attempted"


def test_notebook_and_terminal_say_the_same_words(course, answers, capsys):
    namespace = {}
    exec(WRONG_BACKWARD, namespace)
    check(namespace["dense_backward"])
    in_notebook = capsys.readouterr().out.rstrip()
    code, out, err = course("check", answers(WRONG_BACKWARD), "--exercise", "dense_backward")
    assert (code, err) == (1, "") and "A matrix product lacks a transpose." in out and "missing-transpose" not in out
    assert out.startswith(in_notebook) and out.rstrip().endswith("0 of 4 points: 1 failed")


@pytest.mark.parametrize("arguments, words", [
    (["check", "nowhere.ipynb"], "course check: there is no file nowhere.ipynb"),
    (["check", "."], "is a folder; expected a notebook"), (["check", "text.txt"], "got .txt"),
    (["check", "broken.ipynb"], "is not a notebook"),
    (["check", "empty.py"], "has no function with the name of an exercise"),
    (["check", "answers.py", "--exercise", "dense_foward"],
     "no exercise called `dense_foward`. Did you mean `dense_forward`"),
    (["check", "answers.py", "--exercise", "grad_check"], "has no function `grad_check`. It has dense_forward."),
], ids=str)
def test_what_cannot_be_carried_out_is_said_on_stderr(course, answers, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    for name, text in (("text.txt", "x"), ("broken.ipynb", "x"), ("empty.py", "x = 1"), ("answers.py", FORWARD)):
        answers(text, name)
    code, out, err = course(*arguments)
    assert (code, out) == (2, "") and words in err and "Traceback" not in err


@pytest.mark.parametrize("arguments", [[], ["check"], ["grade"], ["check", "a.py", "--fast"]], ids=str)
def test_a_wrong_call_is_answered_with_the_usage(course, capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        course(*arguments)
    assert stop.value.code == 2 and "usage: course" in capsys.readouterr().err


def test_a_cell_that_fails_is_named_and_the_others_are_checked(course, tmp_path):
    cells = ["import numpy as np", "def dense_backward(dA, cache):\n    return (", "%matplotlib inline", FORWARD,
             "1 / 0"]
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]}))
    code, out, _ = course("check", path)
    assert code == 1 and "dense_forward: passed" in out
    assert "dense_backward: error, 0 of 4 points" in out and "code cell 2, line 2: SyntaxError" in out
    assert "did not run: code cell 5, line 1: ZeroDivisionError: division by zero in `1 / 0`" in out
    assert "code cell 3, line 1: skipped `%matplotlib inline`" in out


def test_a_name_that_is_no_function(course, answers):
    code, out, _ = course("check", answers(FORWARD + "\ndense_forward = 3"))
    assert code == 1 and "does not stand for a function" in out


def test_a_main_guard_of_a_python_file_is_not_run(course, answers):
    code, *_ = course("check", answers(FORWARD + "\nif __name__ == '__main__':\n    raise SystemExit"))
    assert code == 0


def test_files_beside_the_answers_can_be_read(course, answers, tmp_path):
    (tmp_path / "helper.py").write_text("import numpy as np\nvalue = 1")
    code, out, _ = course("check", answers("import helper\nopen('helper.py').close()\n" + FORWARD))
    assert code == 0 and "did not run" not in out


def test_a_file_named_like_a_module_does_not_disturb(course, answers):
    answers("raise RuntimeError", "json.py")
    assert course("check", answers(FORWARD))[0] == 0


def test_the_list_shows_what_is_done(course, answers):
    code, out, err = course("list")
    assert (code, err) == (0, "") and all(name in out for name in specs.exercises())
    assert f"0 of {len(specs.exercises())} exercises passed" in out
    course("check", answers(WRONG_BACKWARD))
    lines = {line.split()[0]: line for line in course("list")[1].splitlines()}
    assert lines["dense_forward"].endswith("passed") and lines["dense_backward"].endswith("failed")
    assert re.search(r"core +10 min +2 points", lines["dense_forward"])
    assert lines["1"].startswith(f"1 of {len(specs.exercises())} exercises passed, 2 of")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"verdicts": 3}', '{"verdicts": {"dense_forward": "superb"}}', "\0"])
def test_a_damaged_note_of_what_is_done_is_started_anew(course, text):
    progress.path().parent.mkdir(parents=True)
    progress.path().write_text(text)
    assert course("list")[0] == 0
    progress.save([Result("dense_forward", "passed", 2.0, 2.0, "")])
    assert progress.load() == {"dense_forward": "passed"}


def test_a_note_that_cannot_be_written_is_only_mentioned(course, answers, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "file" / "progress.json"))
    code, out, err = course("check", answers(FORWARD))
    assert code == 0 and "could not be noted" in err and "2 of 2 points" in out


def test_the_note_is_replaced_as_a_whole(monkeypatch):
    progress.save([Result("dense_forward", "passed", 2.0, 2.0, "")])
    before = progress.path().read_bytes()
    monkeypatch.setattr(json, "dump", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        progress.save([Result("dense_forward", "failed", 0.0, 2.0, "")])
    assert progress.path().read_bytes() == before and [progress.path()] == list(progress.path().parent.iterdir())


def test_the_note_is_in_the_users_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("COURSE_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert progress.path() == tmp_path / "course_lib" / "progress.json"


def test_ungraded_is_neither_noted_nor_failed(course, answers, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    code, out, err = course("check", answers(FORWARD))
    assert (code, out) == (2, "") and "could not be started" in err and progress.load() == {}


def test_a_check_that_fails_itself_is_neither_noted_nor_failed(course, answers, monkeypatch):
    monkeypatch.setattr("course_lib.grading.grade._judge", lambda *arguments: 1 / 0)
    code, out, _ = course("check", answers(FORWARD))
    assert code == 2 and "The check itself failed (ZeroDivisionError: division by zero)" in out
    assert progress.load() == {}


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "course_lib", *map(str, arguments)], capture_output=True, text=True,
                          **options)


def test_the_module_is_the_command(answers):
    done = run("check", answers(FORWARD))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "dense_forward: passed, 2 of 2 points\n2 of 2 points: 1 passed\n"


def test_a_pipe_that_closes_early_is_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)                                    # nobody reads, as after `course list | head`
    done = subprocess.run([sys.executable, "-m", "course_lib", "list"], stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, b"")


def test_a_stream_that_takes_no_settings(monkeypatch):
    """As a notebook's: nothing is set, all is printed."""
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    assert cli.main(["list"]) == 0
    assert "dense_forward" in out.getvalue()


def test_lines_that_were_skipped_are_said(course, answers):
    code, out, err = course("check", answers("%matplotlib inline\n" + FORWARD))
    assert (code, err) == (0, "")
    assert "%matplotlib" in out and "1 passed" in out


def in_a_terminal(*arguments, **environment):
    """The command's output where stdout is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "course_lib", *map(str, arguments)], stdout=slave, stderr=slave,
                               env={**os.environ, **environment})
    os.close(slave)
    text = b""
    try:
        while part := os.read(master, 65536):
            text += part
    except OSError:
        pass  # the other end is closed
    os.close(master)
    process.wait()
    return text.decode()


def test_colours_are_for_terminals_and_can_be_turned_off(answers):
    path = answers(FORWARD)
    assert "\x1b[32mdense_forward: passed, 2 of 2 points\x1b[0m" in in_a_terminal("check", path, NO_COLOR="")
    assert "\x1b" not in in_a_terminal("check", path, NO_COLOR="1")
    assert "\x1b" not in run("check", path).stdout


def test_watch_checks_again_after_a_change_and_ends_cleanly(answers):
    path = answers(WRONG_BACKWARD)
    process = subprocess.Popen([sys.executable, "-m", "course_lib", "check", str(path), "--watch"], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    lines = []

    def until(words):
        for line in process.stdout:
            lines.append(line)
            if words in line:
                return

    until("Watching")
    path.write_text(FORWARD)
    until("has changed")
    until("Watching")
    path.unlink()
    until("Watching")
    time.sleep(0.7)                                     # it looks again, and nothing has changed
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    text = "".join(lines) + out
    assert "dense_backward: failed" in text and "2 of 2 points: 1 passed" in text
    assert text.count("Watching") == 3
    assert "there is no file" in err and "Traceback" not in err + text
    assert process.returncode == 2


def test_ctrl_c_during_a_check_ends_the_child_too(answers):
    path = answers("import time\nopen('started', 'w').close()\ntime.sleep(60)\n" + FORWARD)
    process = subprocess.Popen([sys.executable, "-m", "course_lib", "check", str(path)], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    while not (path.parent / "started").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (2, "", "Stopped.\n")
