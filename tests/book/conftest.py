"""Shared by the tests of the book: the tools, and small books built to fail or not."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from book_copies import ROOT, SOURCES, build_book

sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext")]


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
