"""What all tests share. Every warning is an error (pyproject.toml), so NumPy's floating-point warnings are, too."""

import os
import shutil
import signal
import sys
from pathlib import Path

# Before anybody imports TensorFlow: no log lines, no oneDNN (it changes the order of sums), no GPU.
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")
# Before anybody imports NumPy: one thread for each process. The matrices are small, and threads of several processes
# that wait for each other on a few cores take many times as long.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pytest

pytest.register_assert_rewrite("book_copies")
import book_copies

# A script's background jobs inherit "ignore"; the tests of interrupted code need Python's own handler.
signal.signal(signal.SIGINT, signal.default_int_handler)

INSTALL = {
    "bwrap": "apt install bubblewrap",
    "chromium": "apt install chromium, or .venv/bin/playwright install chromium",
    "git": "apt install git",
    "node": "apt install nodejs",
}


@pytest.fixture
def rng():
    """A generator in the same state at the start of every test."""
    return np.random.default_rng(20240229)


@pytest.fixture(scope="session")
def missing():
    """``missing("what", "how to get it")`` skips the test, or fails it where CI=true: there everything is installed."""
    def missing(what: str, remedy: str):
        reason = f"{what} is not there; {remedy}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return missing


@pytest.fixture(scope="session")
def require_tool(missing):
    """``require_tool("bwrap")`` is the program's path; skips or fails as ``missing`` does where there is none."""
    def require_tool(name: str) -> str:
        return shutil.which(name) or missing(name, f"install it: {INSTALL.get(name, name)}")
    return require_tool


@pytest.fixture(scope="session")
def browser(require_tool):
    """Chromium, cut off from other hosts. One for all tests of a process: Playwright cannot be started twice in it."""
    require_tool("chromium")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
    import screenshots

    with screenshots.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The book, built: once for all tests of a process."""
    return book_copies.build_copy(book_copies.ROOT, tmp_path_factory.mktemp("book"))
