"""Shared by the tests of the widgets: the built book, served below /course/, and a browser."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

from book.conftest import build_copy, site  # noqa: E402, F401
