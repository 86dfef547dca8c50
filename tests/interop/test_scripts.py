"""Six scripts written for Keras that run here after ``from keras import`` has become ``from course_lib import``.

A script leaves its results in the dictionary ``result``; ``saved`` is a file name that it may use. In float32, the
largest difference of a result is at most BOUND of its largest entry; what is in EXACT is equal.
"""

from pathlib import Path

import numpy as np
import pytest

from course_lib.parity.comparison import difference
from course_lib.parity.loading import floatx

pytestmark = pytest.mark.keras
SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
BOUND = 2e-5            # float32 rounding, grown over some hundred steps
EXACT = {"classes", "epochs", "parameters", "name", "shapes", "stopped"}
SUFFIX = {"keras": ".keras", "course_lib": ".npz"}


def run(script, library, folder):
    source = script.read_text(encoding="utf-8")
    assert source.count("from keras import ") == 1
    assert source.count("keras") == 1 + source.split('"""')[1].lower().count("keras")
    space = {"saved": str(folder / f"model{SUFFIX[library]}")}
    with floatx("float32"):
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
        error = difference(ours, theirs)
        assert error <= bound, f"{where}: {error:.1e}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_script(keras, script, tmp_path):
    ours, theirs = run(script, "course_lib", tmp_path), run(script, "keras", tmp_path)
    assert sorted(ours) == sorted(theirs)
    for name in theirs:
        compare(ours[name], theirs[name], 0 if name in EXACT else BOUND, name)


def test_there_are_six():
    assert len(SCRIPTS) == 6
