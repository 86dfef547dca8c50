"""Build the book: python tools/build_book.py [ROOT]

ROOT (default: this repository) holds _config.yml and book/; the site goes to ROOT/_build/html. Every warning is an
error. Exit code 0: the site is complete, 1: it is not, and the warnings above say why.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
JUPYTER_BOOK = [sys.executable, "-c", "from jupyter_book.cli.main import main; main(prog_name='jupyter-book')"]
ANSI = re.compile(r"\x1b\[[\d;]*m")
CELL_LINE = re.compile(r"(\.ipynb):(\d+)")
NO_PYODIDE = """Warning: there is no copy of Pyodide, and its CDN cannot be reached from here. The exercises of this
site will load Python from the CDN, so its readers have to be online. PYODIDE_DIR=FOLDER make book
takes the copy from a folder."""
INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={page}">
<link rel="icon" href="_static/favicon.svg">
<title>Training deep neural networks</title>
</head>
<body><p><a href="{page}">Training deep neural networks</a></p></body>
</html>
"""


def place_in_notebook(match: re.Match[str]) -> str:
    """MyST-NB counts 10,000 lines a cell; people count cells from 1."""
    cell, line = divmod(int(match[2]), 10_000)
    return f"{match[1]}, cell {cell}, line {line}" if cell else match[1]


def readable(log: str, root: Path) -> list[str]:
    """The warnings and errors of a build's log, with paths relative to ROOT."""
    lines: list[str] = []
    log = log.partition("\nThe above exception was the direct cause")[0]  # jupyter-book's own traceback
    for line in ANSI.sub("", log).replace(f"{root}{os.sep}", "").splitlines():
        line = CELL_LINE.sub(place_in_notebook, line.rstrip())
        if line and line not in lines:
            lines.append(line)
    return lines


def build(root: Path) -> int:
    """Build the book of a folder; print what is wrong with it, or where the site is."""
    site = root / "_build" / "html"
    # A page that is no longer in the contents must not survive in the site.
    for old in (site, root / "_build" / "jupyter_execute"):
        shutil.rmtree(old, ignore_errors=True)
    command = [*JUPYTER_BOOK, "build", "--all", "-W", "-n", "--keep-going", "--quiet", str(root / "book")]
    start = time.monotonic()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace",
                          env=os.environ | {"PYTHONUTF8": "1", "PYTHONHASHSEED": "0"})
    problems = readable(done.stderr, root)
    if done.returncode or problems:
        print(*(problems or readable(done.stdout, root)), sep="\n", file=sys.stderr)
        print("The book is not complete: each of the warnings above is an error.", file=sys.stderr)
        return 1
    (site / ".buildinfo").unlink()  # a hash of this folder's name, for partial builds
    index = site / "index.html"
    page = re.search(r"url=(\S+?)\"", index.read_text("utf-8"))
    if page:
        index.write_text(INDEX.format(page=page[1]), "utf-8")
    pages = len(list(site.glob("**/*.html"))) - 1
    if list(site.glob("_static/wheels-*")) and not list(site.glob("_static/pyodide-*")):
        print(NO_PYODIDE)
    for line in done.stdout.splitlines():
        if line.startswith("Note: "):
            print(line)
    print(f"The book is built: {pages} pages in {time.monotonic() - start:.0f} s, in {site}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the book; every warning is an error.")
    parser.add_argument("root", nargs="?", type=Path, default=REPOSITORY, help="folder with _config.yml and book/")
    return build(parser.parse_args().root.resolve())


if __name__ == "__main__":
    sys.exit(main())
