"""Every notebook gives its stored outputs again, on this machine and with the arithmetic of older ones."""

import os
import subprocess
import sys
from pathlib import Path

import notebooks
import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOK = sorted((ROOT / "book").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").glob("*/*.ipynb"))


def numpy_features() -> str:
    """The CPU features that NumPy uses here beyond its baseline."""
    from numpy._core import _multiarray_umath as umath

    return " ".join(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name))


# NumPy's own loops and its matrix products, each as on another machine.
MACHINES = {
    "haswell": {"OPENBLAS_CORETYPE": "Haswell"},
    "old": {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": numpy_features()},
}


def name(path: Path) -> str:
    return path.stem


def run(path: Path, mode: str, folder: Path, machine: dict[str, str] | None = None) -> None:
    """nbval in a process of its own, without this project's pytest settings."""
    environment = os.environ | notebooks.REPRODUCIBLE | {"IPYTHONDIR": str(folder)} | (machine or {})
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", mode, "--nbval-current-env", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
         "-c", os.devnull, "--rootdir", str(path.parent), str(path)],
        cwd=path.parent, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


@pytest.mark.parametrize("path", BOOK, ids=name)
def test_book_notebook_is_clean(path):
    assert notebooks.check(path) == []


@pytest.mark.notebooks
@pytest.mark.parametrize("path", BOOK, ids=name)
def test_book_notebook(path, tmp_path):
    run(path, "--nbval", tmp_path)


@pytest.mark.notebooks
@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("path", BOOK, ids=name)
def test_book_notebook_on_another_machine(path, machine, tmp_path):
    run(path, "--nbval", tmp_path, MACHINES[machine])


@pytest.mark.notebooks
@pytest.mark.parametrize("path", SOLUTIONS, ids=name)
def test_solution_runs(path, tmp_path):
    run(path, "--nbval-lax", tmp_path)
