"""Copies of the book, built apart from the working tree."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = shutil.ignore_patterns("_build", "__pycache__", ".ipynb_checkpoints")


def build_book(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)], capture_output=True,
                          text=True, timeout=300)


def build_copy(source: Path, folder: Path) -> Path:
    """Builds a copy of the book of one folder in another one, without a warning, and gives the site."""
    shutil.copytree(source / "book", folder / "book", ignore=SOURCES)
    shutil.copy(source / "_config.yml", folder)
    done = build_book(folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return folder / "_build" / "html"
