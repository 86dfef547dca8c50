"""Shared by the tests of the book: the tools, a built copy of the site, and small books built to fail or not."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]

SOURCES = shutil.ignore_patterns("_build", "__pycache__", ".ipynb_checkpoints")


def build_book(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(ROOT / "tools" / "build_book.py"), str(root)], capture_output=True,
                          text=True, timeout=300)


@pytest.fixture(scope="session")
def build_copy() -> Callable[[Path, Path], Path]:
    """Builds a copy of the book of one folder in another one, without a warning, and gives the site."""
    def build(source: Path, folder: Path) -> Path:
        shutil.copytree(source / "book", folder / "book", ignore=SOURCES)
        shutil.copy(source / "_config.yml", folder)
        done = build_book(folder)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return folder / "_build" / "html"
    return build


@pytest.fixture(scope="session")
def site(build_copy, tmp_path_factory) -> Path:
    """The book, built."""
    return build_copy(ROOT, tmp_path_factory.mktemp("book"))


@pytest.fixture
def sample(tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Builds a book of the given pages, file name to text, with the course's own settings, in ``tmp_path``."""
    def build(pages: dict[str, str], repository: str = "") -> subprocess.CompletedProcess[str]:
        book = tmp_path / "book"
        for folder in ("_ext", "_static"):
            shutil.copytree(ROOT / "book" / folder, book / folder, ignore=SOURCES)
        shutil.copy(ROOT / "book" / "references.bib", book)
        settings = (ROOT / "_config.yml").read_text("utf-8")
        assert 'url: ""' in settings
        (tmp_path / "_config.yml").write_text(settings.replace('url: ""', f'url: "{repository}"'), "utf-8")
        for name, text in pages.items():
            (book / name).write_text(text, "utf-8")
        first, *others = [Path(name).stem for name in pages]
        chapters = "".join(f"  - file: {name}\n" for name in others)
        (book / "_toc.yml").write_text(f"format: jb-book\nroot: {first}\nchapters:\n{chapters}" if others else
                                       f"format: jb-book\nroot: {first}\n")
        return build_book(tmp_path)
    return build
