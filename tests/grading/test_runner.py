"""One case of a student's function, in the student's own process: whatever it does ends in a record."""

import signal
import sys
import threading
import time
import types
import warnings

import numpy as np
import pytest

from course_lib.grading import drivers, limits, runner
from course_lib.grading.limits import Stopped, time_limit
from course_lib.grading.runner import describe, run
from course_lib.grading.values import encode


def one(function, *arguments, seconds=5.0, **options):
    return run(function, drivers.call, encode(list(arguments)), seconds, **options)


def test_the_value_comes_back():
    outcome = one(lambda a, b: (a + b, {"x": [b]}), 1.5, np.arange(3))
    np.testing.assert_array_equal(outcome.value[0], [1.5, 2.5, 3.5])
    assert outcome.kind == "value" and not outcome.warnings and not outcome.printed


def test_arguments_are_fresh_copies_and_travel_back():
    array = np.zeros(2)

    def changes(a):
        a += 1
        return a

    outcome = one(changes, array)
    assert not array.any() and outcome.arguments == encode([np.ones(2)]) != encode([array])


def test_arguments_that_can_no_longer_travel():
    outcome = one(lambda values: values.append(object()), [1])
    assert outcome.kind == "value" and "refused" in outcome.arguments


def test_an_exception_has_the_students_own_line():
    source = "def f(x):\n    y = x + 1\n    return helper(y)\n\ndef helper(y):\n    return np.linalg.inv(y)\n"
    module = types.ModuleType("answer")
    module.np = np
    sys.modules["answer"] = module
    exec(compile(source, "<answer>", "exec"), module.__dict__)
    runner.linecache.cache["<answer>"] = (len(source), None, source.splitlines(keepends=True), "<answer>")
    trouble = one(module.f, np.ones((2, 3))).trouble
    assert (trouble.type, trouble.line, trouble.source, trouble.function) == (
        "LinAlgError", 6, "return np.linalg.inv(y)", "helper")


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(0), GeneratorExit(), KeyboardInterrupt(),
                                   RecursionError(), MemoryError(), StopIteration(), BaseException("y")], ids=repr)
def test_any_exception_is_recorded(error):
    def fails():
        raise error

    assert one(fails, keyboard=False).trouble.type == type(error).__name__


def test_an_exception_that_cannot_be_printed():
    class Nasty(Exception):
        def __str__(self):
            raise ValueError

    def fails():
        raise Nasty

    assert one(fails).trouble.message == ""


def test_the_users_own_interrupt_passes_through():
    def interrupted():
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        one(interrupted)


def endless():
    while True:
        pass


def endless_and_deaf():
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


@pytest.mark.parametrize("function", [endless, endless_and_deaf, lambda: time.sleep(60)], ids=["loop", "deaf", "sleep"])
def test_time_runs_out(function):
    begin = time.monotonic()
    outcome = one(function, seconds=0.2)
    assert outcome.kind == "stopped" and time.monotonic() - begin < 5
    assert outcome.trouble.line is not None


def test_time_runs_out_in_another_thread():
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(one(endless, seconds=0.2)))
    thread.start()
    thread.join(10)
    assert outcomes[0].kind == "stopped"


def test_a_bare_except_is_interrupted_again():
    caught = []

    def stubborn():
        try:
            while True:
                pass
        except:  # noqa: E722
            caught.append(1)
        while True:
            pass

    assert one(stubborn, seconds=0.1).kind == "stopped" and caught == [1]


def test_the_alarm_is_put_back():
    def handler(*_):
        raise AssertionError

    previous = signal.signal(signal.SIGALRM, handler)
    try:
        with time_limit(30):
            assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert signal.getsignal(signal.SIGALRM) is handler and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    finally:
        signal.signal(signal.SIGALRM, previous)


def test_the_page_brings_its_own_timer(monkeypatch):
    """As in the browser: no setitimer, but a function that sends the same signal."""
    set_to = []

    def page_timer(seconds, repeat):
        set_to.append((seconds, repeat))
        setitimer(signal.ITIMER_REAL, seconds, repeat)

    setitimer = signal.setitimer
    monkeypatch.delattr(signal, "setitimer")
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(limits, "page_timer", page_timer)
    outcome = one(endless, seconds=0.2)
    assert outcome.kind == "stopped" and outcome.trouble.source in ("while True:", "pass")
    assert set_to == [(0.2, limits.REPEAT), (0, 0)]
    monkeypatch.setattr(limits, "page_timer", None)
    assert one(lambda: 1, seconds=0.2).value == 1


def test_the_limit_is_not_an_exception_that_students_catch():
    assert not issubclass(Stopped, Exception)


def test_warnings_are_recorded_and_do_not_escape(capfd):
    def warns():
        warnings.warn("mine", UserWarning, stacklevel=1)
        np.array([1.0]) / 0
        return np.exp(np.array([1000.0]))

    outcome = one(warns)
    assert outcome.kind == "value" and outcome.warnings == (
        "UserWarning: mine", "RuntimeWarning: divide by zero encountered in divide",
        "RuntimeWarning: overflow encountered in exp")
    assert capfd.readouterr() == ("", "")


def test_seterr_in_the_session_changes_nothing():
    with np.errstate(all="ignore"):
        assert one(lambda: np.exp(np.array([1000.0]))).warnings
    with np.errstate(all="raise"):
        assert one(lambda: np.exp(np.array([1000.0]))).kind == "value"


def test_what_is_printed_is_kept_short(capfd):
    def chatty():
        for _ in range(10):
            print("x" * 1_000_000)
        print("error", file=sys.stderr)
        return 1

    outcome = one(chatty)
    assert outcome.value == 1 and outcome.printed == "x" * runner.KEPT + " ..."
    assert capfd.readouterr() == ("", "")


def test_endless_recursion():
    def again(n):
        return again(n + 1)

    assert one(again, 0).trouble.type == "RecursionError"


def test_an_object_is_refused():
    assert one(lambda: object()).kind == "refused"
    assert "yield" in one(lambda: (i for i in range(3))).text


def test_addresses_do_not_travel():
    def fails():
        raise ValueError(f"{object()}")

    assert one(fails).trouble.message == "<object object>"


@pytest.mark.parametrize("text", [
    "def f(a, b): ...", "def f(a, b): pass", "def f(a, b):\n    'Docs.'", "def f(a, b):\n    'Docs.'\n    ...",
    "def f(a, b): return None", "def f(a, b): return", "def f(a, b): raise NotImplementedError",
    "def f(a, b):\n    'Docs.'\n    raise NotImplementedError('YOUR CODE HERE')",
], ids=str)
def test_an_empty_body_is_untouched(text):
    namespace = {}
    exec(text, namespace)
    assert describe(namespace["f"], [2]).untouched


@pytest.mark.parametrize("text", [
    "def f(a, b): return a", "def f(a, b): return 0", "def f(a, b): print()", "def f(a, b):\n    c = a",
    "def f(a, b):\n    if a: return b", "def f(a, b): raise ValueError", "def f(a, b): yield",
    "def f(a, b):\n    c = a\n    raise NotImplementedError", "def f(a, b): raise",
], ids=str)
def test_any_other_body_is_not(text):
    namespace = {}
    exec(text, namespace)
    assert not describe(namespace["f"], [2]).untouched


@pytest.mark.parametrize("function, counts, accepts", [
    (lambda a, b: 0, [2], True), (lambda a: 0, [2], False), (lambda *a: 0, [2], True), (lambda a, b=1: 0, [1, 2], True),
    (lambda a, b: 0, [1, 2], False), (lambda a, *, b: 0, [2], False), (max, [2], True), (np.add, [2], True),
])
def test_the_signature_is_checked_without_calling(function, counts, accepts):
    assert describe(function, counts).accepts == accepts
