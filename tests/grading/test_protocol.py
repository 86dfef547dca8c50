"""The value protocol carries the eight hard kinds of exercise, in the kernel and in the child, with the same words.

Opaque cache (15), nested structures (17), a function as argument (19), a random generator (20), Keras models reduced by
a probe (27, 52), a gradient function (55), code as the answer (82).
"""

import pytest
from grading.hard_kinds import BUILD, FIND, NESTEROV, TRANSFER, WEAKER, build_model

from course_lib.grading import specs
from course_lib.grading.grade import Here, grade
from course_lib.grading.spec import Exercise

IN_THE_COURSE = [specs.get(name) for name in ("dense_backward", "backprop_mlp", "grad_check", "minibatches")]


def answers():
    """Every solution and every wrong implementation that has a name, which the child can import."""
    for exercise in (*IN_THE_COURSE, NESTEROV, FIND, BUILD, TRANSFER):
        marks = [pytest.mark.keras] if exercise in (BUILD, TRANSFER) else []
        wrong = [(function, mistake.name) for mistake in exercise.misconceptions for function in mistake.wrong]
        for function, name in [(exercise.solution, None), *wrong]:
            if function.__name__ != "<lambda>":
                yield pytest.param(exercise, function, name, marks=marks, id=f"{exercise.number}-{function.__name__}")


@pytest.mark.parametrize("exercise, function, name", list(answers()))
def test_the_child_gives_the_same_report_as_the_kernel(exercise, function, name, session):
    here = grade(exercise, Here(function))
    imports = [f"from {function.__module__} import {function.__name__} as {exercise.name}"]
    if exercise.name == "dense_backward":
        imports.append(f"from {function.__module__} import dense_forward")
    opened = session("\n".join(imports))
    assert not opened.failures
    there = grade(exercise, opened)
    assert (here.verdict, here.misconception) == ("failed" if name else "passed", name), here.text()
    assert without_lines(here) == without_lines(there)


def without_lines(result):
    """Without the student's line: here the wrong answers do not stand in the file itself."""
    return [line for line in result.text().splitlines() if not line.lstrip().startswith(("Your line", "line "))]


@pytest.mark.keras
def test_a_probe_is_said_to_be_a_weaker_guarantee():
    result = grade(BUILD, Here(build_model))
    assert result.passed and WEAKER in result.text() and WEAKER in result._repr_html_()


@pytest.mark.keras
def test_a_probe_has_limits_of_its_own(session):
    slow = session("import time\ndef build_model(n_hidden, n_neurons, learning_rate, input_shape):\n    time.sleep(60)")
    exercise = Exercise(**{**vars(BUILD), "seconds": 0.5})
    assert "stopped after 0.5 seconds" in grade(exercise, slow).message


def test_code_that_is_no_code_is_an_error_of_the_student(session):
    result = grade(FIND, session("def find_the_error(formula_id):\n    return 'def step(:'"))
    assert result.verdict == "error" and "SyntaxError" in result.text()
    result = grade(FIND, session("def find_the_error(formula_id):\n    return 3"))
    assert result.verdict == "failed" and result.points == 0
