"""Scripts written for Keras that run here after ``from keras import`` has become ``from course_lib import``: the same
results within stated bounds. A script leaves them in the dictionary ``result``."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.keras
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
# Relative to the largest entry, in float32; a class or a count must be equal.
BOUND = {"history": 2e-5, "frozen": 2e-5, "thawed": 2e-5, "evaluate": 2e-5, "first on its own": 2e-5}
EXACT = {"classes", "epochs", "parameters", "name"}


def run(script, library):
    source = script.read_text(encoding="utf-8")
    assert source.count("from keras import ") == 1
    space = {}
    exec(compile(source.replace("from keras import ", f"from {library} import "), str(script), "exec"), space)
    return space["result"]


def compare(ours, theirs, bound, where):
    if isinstance(theirs, dict):
        assert sorted(ours) == sorted(theirs), where
        for key in theirs:
            compare(ours[key], theirs[key], bound, f"{where} {key}")
    elif isinstance(theirs, list) and len({np.shape(v) for v in theirs}) > 1:
        assert len(ours) == len(theirs), where
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            compare(a, b, bound, f"{where}[{i}]")
    else:
        a, b = np.asarray(ours, float), np.asarray(theirs, float)
        assert a.shape == b.shape, where
        assert np.abs(a - b).max() <= bound * np.abs(b).max(), (where, np.abs(a - b).max() / np.abs(b).max())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_script(keras, script):
    ours, theirs = run(script, "course_lib"), run(script, "keras")
    assert ours
    assert sorted(ours) == sorted(theirs)
    for name in theirs:
        if name in EXACT:
            assert np.array_equal(ours[name], theirs[name]), name
        else:
            compare(ours[name], theirs[name], BOUND.get(name, 5e-6), name)


def test_there_are_scripts():
    assert len(SCRIPTS) >= 3
