"""Specs -> solutions/ -> exercises/: regenerating changes nothing, and nbgrader itself gives the right points."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from course_lib.grading import specs
from course_lib.grading.generate import notebook, solution_cell, task
from course_lib.grading.spec import Question

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = pytest.mark.parametrize("chapter", specs.chapters(), ids=lambda chapter: chapter.name)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    tool = runpy.run_path(str(ROOT / "tools" / "exercises.py"))
    folder = tmp_path_factory.mktemp("course")
    tool["build"](folder)
    return tool["notebooks"](folder), tool["notebooks"](ROOT)


def test_regenerating_changes_nothing(built):
    wanted, committed = built
    assert set(wanted) == set(committed)
    for name in wanted:
        assert wanted[name] == committed[name], f"{name}: run `make exercises`"


def test_the_tool_compares_and_leaves_nothing_behind(built, tmp_path):
    before = set(tmp_path.iterdir())
    done = subprocess.run([sys.executable, str(ROOT / "tools" / "exercises.py"), "--check"], capture_output=True,
                          text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, "") and set(tmp_path.iterdir()) == before


def test_nothing_of_a_solution_is_left_in_an_exercise(built):
    for name, text in built[0].items():
        marked = "BEGIN SOLUTION" in text
        assert marked == name.startswith("solutions/")
        if not marked:
            chapter = specs.chapter(Path(name).stem)
            assert text.count("raise NotImplementedError") == len(chapter.exercises)


@CHAPTERS
def test_the_master_is_a_valid_notebook_with_one_set_of_cells_for_each_exercise(chapter):
    import nbformat

    text = notebook(chapter)
    assert text == notebook(chapter)
    content = nbformat.reads(text, as_version=4)
    nbformat.validate(content)
    identities = [cell.id for cell in content.cells]
    assert len(set(identities)) == len(identities) == 2 + 3 * len(chapter.exercises)
    marked = [cell for cell in content.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    graded = {cell.metadata.nbgrader.grade_id: cell for cell in marked}
    for exercise in chapter.exercises:
        cell = graded[f"{exercise.name}-check"]
        assert cell.source == f"float(check({exercise.name}).points)"
        assert cell.metadata.nbgrader.points == exercise.points and cell.metadata.nbgrader.locked
    assert not any(cell.get("outputs") for cell in content.cells)


def test_a_solution_with_a_docstring_of_its_own_is_refused():
    def dense_forward(X, W, b, act):
        """Mine."""

    with pytest.raises(ValueError, match="dense_forward: a solution has no docstring of its own"):
        solution_cell(replace(specs.get("dense_forward"), solution=dense_forward))


@pytest.mark.parametrize("exercise", specs.exercises().values(), ids=lambda exercise: exercise.name)
def test_cells_have_a_docstring_and_a_task(exercise):
    namespace = {}
    exec("import numpy as np\n" + solution_cell(exercise), namespace)
    function = namespace[exercise.name]
    assert function.__doc__ and "Returns" in function.__doc__ or isinstance(exercise, Question)
    assert all(name in function.__doc__ for name in exercise.arguments)
    assert exercise.prompt.strip() in task(exercise) and max(map(len, solution_cell(exercise).splitlines())) <= 120
    if isinstance(exercise, Question):
        texts = [choice.text for choice in exercise.choices.values()]
        assert all(text in task(exercise) and text in function.__doc__ for text in texts)


LOUD = "    import warnings, sys\n    warnings.warn('x')\n    print('x', file=sys.stderr)\n"
NBGRADER = {
    "02_backpropagation": {
        "right": {},
        "wrong": {"dense_backward": "    X, W, Z, act = cache\n    return dA @ W.T, X.T @ dA, dA.sum(axis=0)",
                  "output_delta": "    return Y - A", "zero_weights_question": "    return 'a'",
                  "grad_check": "    raise ValueError('broken')"},
        "loud": {"dense_forward": LOUD + "    return X @ W + b, (X, W, X @ W + b, act)"},
    },
    "04_initialization": {
        "right": {},
        "wrong": {"truncated_normal_init": "    return rng.normal(0, std, shape)",
                  "deep_sigmoid_question": "    return 'a'", "vanishing_ratio": "    raise ValueError('broken')"},
        "loud": {"predict_var_z": LOUD + "    return n * var_w * var_a"},
    },
    "05_activations": {
        "right": {},
        "wrong": {"leaky_relu_and_grad": "    return np.maximum(z, alpha * z), np.where(z > 0, 1, alpha)",
                  "dead_unit_question": "    return 'a'", "prelu": "    raise ValueError('broken')"},
        "loud": {"tanh_grad": LOUD + "    return 1 + np.tanh(z) ** 2"},
    },
    "06_batch_normalization": {
        "right": {},
        "wrong": {"bn_infer": "    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + epsilon) + beta",
                  "bn_bias_question": "    return 'a'", "fold_bn": "    raise ValueError('broken')"},
        "loud": {"bn_param_count": LOUD + "    return 4 * n, 4 * n"},
    },
    "09_optimizers": {
        "right": {},
        "wrong": {"momentum_step": "    m = beta * m + eta * g\n    return theta + m, m",
                  "adam_signs_question": "    return 'a'", "adam_step": "    raise ValueError('broken')"},
        "loud": {"rmsprop_step": LOUD + "    return theta - eta * g / np.sqrt(s + g ** 2 + eps), s + g ** 2"},
    },
    "10_learning_rate_schedules": {
        "right": {},
        "wrong": {"power_schedule": "    return eta0 / (1 + (t / s) ** c)", "when_question": "    return 'a'",
                  "one_cycle": "    raise ValueError('broken')"},
        "loud": {"step_decay": LOUD + "    return eta0 * d ** (e / ed)"},
    },
    "11_regularization": {
        "right": {},
        "wrong": {"dropout": "    return A * mask / p if training else A.copy()", "l1_zeros_question": "    return 'a'",
                  "max_norm": "    raise ValueError('broken')"},
        "loud": {"prox_l1": LOUD + "    return np.where(abs(w) > thr, w, 0)"},
    },
}
NEEDED_BY = {"dense_forward": {"dense_backward"}, "bn_train": {"bn_backward"}}       # checked together with it


@pytest.mark.slow
@CHAPTERS
def test_nbgrader_gives_the_right_points(tmp_path, chapter):
    """The real nbgrader autogrades a right, a wrong and a noisy submission."""
    name = chapter.name
    (tmp_path / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.source_directory = "solutions"\n'
        'c.CourseDirectory.release_directory = "exercises"\nc.CourseDirectory.db_url = "sqlite:///gradebook.db"\n')
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                   "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}

    def nbgrader(*arguments):
        done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=tmp_path, env=environment,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    nbgrader("generate_assignment", name)
    for student, changes in NBGRADER[name].items():
        content = json.loads((ROOT / "solutions" / name / f"{name}.ipynb").read_text())
        for cell in content["cells"]:
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
            if grade_id in changes:
                header = "".join(cell["source"]).partition(":\n")[0]
                cell["source"] = f"{header}:\n{changes[grade_id]}"
        folder = tmp_path / "submitted" / student / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_text(json.dumps(content))
    nbgrader("autograde", name)

    from nbgrader.api import Gradebook

    every = {exercise.name: exercise.points for exercise in chapter.exercises}
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        for student, changes in NBGRADER[name].items():
            notebook = gradebook.find_submission(name, student).notebooks[0]
            scores = {grade.cell.name.removesuffix("-check"): grade.auto_score for grade in notebook.grades}
            lost = set(changes).union(*(NEEDED_BY.get(change, ()) for change in changes))
            assert scores == {key: 0.0 if key in lost else value for key, value in every.items()}, student


@pytest.mark.notebooks
def test_solutions_and_exercises_run_under_nbval(tmp_path):
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(ROOT / "solutions"), str(ROOT / "exercises")], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
