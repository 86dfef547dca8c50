"""A tiny experiment whose measure lives in a module of its own, as other processes need it."""

import sys
from dataclasses import replace

import pytest

MODULE = '''
import os
from pathlib import Path

SLOPE = 2


def line(x, seed):
    """The value without noise."""
    return SLOPE * x + seed / 10


def measure(cell, seed, settings):
    folder = Path(settings["folder"])
    if (folder / "interrupt").exists() and cell["x"] == 3:
        raise KeyboardInterrupt
    if (folder / "break").exists() and cell["x"] == 3:
        raise ZeroDivisionError("planted")
    with open(folder / "log", "a") as log:
        log.write(f"{cell['x']} {seed}\\n")
    with open(folder / "processes", "a") as log:
        log.write(f"{cell['x']} {os.getpid()} {os.environ.get('OMP_NUM_THREADS')}\\n")
    return {"y": line(cell["x"], seed), "profile": [cell["x"], seed]}
'''


@pytest.fixture
def folder(tmp_path):
    """Where the measure of the tiny experiment notes what it computes, and finds out what to do wrong."""
    return tmp_path


@pytest.fixture
def tiny(folder, monkeypatch):
    """Cells x = 1, 2, 3, seeds 0, 1, 2, y = 2 x + seed / 10."""
    from course_lib.claims.protocol import Claim, Protocol
    from course_lib.claims.verdict import Greater, Measured, Within

    (folder / "tiny_measure.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    sys.modules.pop("tiny_measure", None)
    import tiny_measure

    y = [Measured("y", x=x) for x in (1, 2, 3)]
    yield Protocol(
        id="T01", title="A line", data="generated", settings={"folder": str(folder)},
        cells=tuple({"x": x} for x in (1, 2, 3)), seeds=(0, 1, 2), measure=tiny_measure.measure, quick_seeds=2,
        claims=(Claim("rises", "y is greater at 3 than at 1.", (), Greater(y[2], y[0])),
                Claim("is-small", "y is at most 1 at 3.", (), Within(y[2], high=1.0))))
    sys.modules.pop("tiny_measure", None)


@pytest.fixture
def clocked(tiny):
    """The tiny experiment with a timed claim, which looks at x = 2, and a close one at x = 1."""
    from course_lib.claims.protocol import Claim
    from course_lib.claims.verdict import Measured, Within

    return replace(tiny, claims=(*tiny.claims,
                                 Claim("is-fast", "y is at most 9 at 2.", (), Within(Measured("y", x=2), high=9.0),
                                       timed=True),
                                 Claim("is-near", "y is at most 2.1 at 1.", (), Within(Measured("y", x=1), high=2.1),
                                       close=True)))


@pytest.fixture
def computed(folder):
    """``computed()``: what the measure has computed so far, as ["x seed", ...], sorted."""
    return lambda: sorted((folder / "log").read_text().splitlines()) if (folder / "log").exists() else []


@pytest.fixture
def changed():
    """``changed(protocol, settings={...})``: a protocol with other settings added."""
    return lambda protocol, **settings: replace(protocol, settings=protocol.settings | settings)
