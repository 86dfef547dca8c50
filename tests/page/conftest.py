"""Shared by the tests of the working page: the site under a sub-path, a tab without errors, a cell to write in."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import page_axe
import pytest
from page_cells import Tab

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

import pyodide_copy  # noqa: E402
import screenshots  # noqa: E402

SOURCES = shutil.ignore_patterns("_build", "__pycache__", ".ipynb_checkpoints")

PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
          "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
TRIAL = {"nbformat": 4, "nbformat_minor": 5, "metadata": PYTHON, "cells": [
    {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# A trial"},
    {"cell_type": "code", "id": "sum", "metadata": {"tags": ["try-it"]}, "execution_count": 1,
     "source": "import numpy as np\nfrom course_lib.activations import get\n\nget('relu')(np.array([-1.0, 2.0]))",
     "outputs": [{"output_type": "stream", "name": "stdout", "text": "array([0., 2.])\n"}]}]}


def build_book(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the book and one more page, which has a cell to try things in."""
    shutil.copytree(ROOT / "book", root / "book", ignore=SOURCES)
    shutil.copy(ROOT / "_config.yml", root)
    (root / "book" / "trial.ipynb").write_text(json.dumps(TRIAL), "utf-8")
    with (root / "book" / "_toc.yml").open("a", encoding="utf-8") as contents:
        contents.write("      - file: trial\n")
    return subprocess.run([sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)], capture_output=True,
                          text=True, timeout=300, env=os.environ | environment)


@pytest.fixture(scope="session")
def build_site() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Builds a copy of the book in a folder, with variables of the environment."""
    return build_book


@pytest.fixture(scope="session")
def pyodide(missing) -> Path:
    """A folder with a checked copy of Pyodide."""
    return pyodide_copy.find() or missing(
        "Pyodide", "set PYODIDE_DIR to a folder with its files, or run once with a connection: the copy is kept")


@pytest.fixture(scope="session")
def site(pyodide, tmp_path_factory) -> Path:
    """The folder of a server whose folder `course` is the book."""
    root = tmp_path_factory.mktemp("page")
    done = build_book(root, PYODIDE_DIR=str(pyodide))
    assert (done.returncode, done.stderr) == (0, "")
    (root / "server").mkdir()
    (root / "_build" / "html").rename(root / "server" / "course")
    return root / "server"


@pytest.fixture(scope="session")
def address(site):
    with screenshots.served(site) as started:
        yield f"{started}course/"


@pytest.fixture(scope="module")
def context(browser):
    """One for a file's tests: what Python needs is fetched once."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    yield opened
    opened.close()


@pytest.fixture
def tab(context, address):
    """The chapter on backpropagation, for a reader who has done nothing yet; nothing may go wrong in it."""
    page = context.new_page()
    opened = Tab(page, address)
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    page.evaluate("localStorage.clear()")
    page.reload(wait_until="load")
    yield opened
    page.close()
    assert opened.problems == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    return page_axe.source()


@pytest.fixture
def course_check(tmp_path) -> Callable[[str, str], str]:
    """What `course check` prints for an answer."""
    def check(name: str, code: str) -> str:
        file = tmp_path / "answer.py"
        file.write_text(code, "utf-8")
        state = os.environ | {"COURSE_STATE": str(tmp_path / "state.json")}
        return subprocess.run([sys.executable, "-m", "course_lib", "check", str(file), "--exercise", name],
                              capture_output=True, text=True, env=state, timeout=60).stdout
    return check
