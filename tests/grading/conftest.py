"""What the tests of the grading share: a student's file in a child process, and the number of seeds."""

import os
import textwrap
from pathlib import Path

import pytest

from course_lib.grading import specs
from course_lib.grading.files import Cell
from course_lib.grading.grade import grade
from course_lib.grading.session import Session

TESTS = Path(__file__).resolve().parents[1]
SEEDS = int(os.environ.get("COURSE_SEEDS", "20"))  # 200 for a thorough run


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """What is done is noted in the test's own folder."""
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state" / "progress.json"))
    monkeypatch.setenv("PYTHONPATH", str(TESTS))  # the child finds the tests' own drivers


@pytest.fixture
def session(tmp_path):
    """``session(code, ...)``: the cells in a child process, ended after the test."""
    opened = []

    def session(*codes, **options):
        cells = [Cell(number, textwrap.dedent(code)) for number, code in enumerate(codes, start=1)]
        opened.append(Session(cells, "__main__", tmp_path, **options))
        return opened[-1].__enter__()

    yield session
    for item in opened:
        item.close()


@pytest.fixture
def verdict(session):
    """``verdict(code, name)``: the result on one exercise of a file that consists of ``code``."""
    def verdict(code, name, **options):
        return grade(specs.get(name), session(code, **options))

    return verdict
