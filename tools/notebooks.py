"""Execute and clean the notebooks of the book: python tools/notebooks.py [--check] [PATH...]

Each notebook runs from the top in a fresh kernel; its file is replaced only if every cell worked, and holds nothing
that differs from run to run. --check executes nothing: it says which stored notebooks are not clean, were not
executed in order, or show an error or a warning. Exit code 0: all is well, 1: it is not.
"""

import argparse
import difflib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT = 600  # seconds a cell may take

# The same numbers on every run: one thread, no oneDNN; and no log lines, no hash order, no settings of the user.
REPRODUCIBLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
NOTEBOOK_METADATA = {"kernelspec", "language_info", "description", "mystnb"}
CELL_METADATA = {"deletable", "editable", "mystnb", "nbgrader", "tags"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r"\bat 0x[0-9a-f]{6,}")


def read(path: Path) -> NotebookNode:
    """The notebook of a file; a cell without an id gets its position as one."""
    content = json.loads(path.read_text("utf-8"))
    for number, cell in enumerate(content["cells"], start=1):
        cell.setdefault("id", f"cell-{number}")
    content["nbformat_minor"] = max(content.get("nbformat_minor", 0), 5)
    return nbformat.reads(json.dumps(content), as_version=4)


def written(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def clean(notebook: NotebookNode) -> NotebookNode:
    """Drop, in place, what tools and runs leave behind; return the notebook."""
    kept = {name: value for name, value in notebook.metadata.items() if name in NOTEBOOK_METADATA}
    notebook.metadata = nbformat.from_dict(kept | {"kernelspec": KERNEL, "language_info": LANGUAGE})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in CELL_METADATA})
        cell.pop("attachments", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data.pop(WIDGET_VIEW, None)
    return notebook


def code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The code cells that are not empty, with their positions counted from 1."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "code" and cell.source.strip():
            yield number, cell


def output_problems(output: NotebookNode, tags: list[str]) -> Iterator[str]:
    if output.output_type == "error" and "raises-exception" not in tags:
        yield f"{output.ename}: {output.evalue}"
    if output.get("name") == "stderr":
        yield f"writes to stderr: {output.text.strip()[:300]}"
    texts: dict[str, Any] = {"text": output.get("text", "")} | dict(output.get("data", {}))
    for mime, text in texts.items():
        if (mime.startswith("text") and "nbval-ignore-output" not in tags and (match := ADDRESS.search(str(text)))):
            yield f"shows a memory address, which differs from run to run: {match[0]}"


def problems(notebook: NotebookNode) -> list[str]:
    """What a reader must not meet in the stored outputs, and what shows that they are not one run from the top."""
    found = []
    for expected, (number, cell) in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != expected:
            found.append(f"cell {number}: run as number {cell.execution_count}, expected {expected}")
        tags = cell.metadata.get("tags", [])
        found += [f"cell {number}: {text}" for output in cell.outputs for text in output_problems(output, tags)]
    return found


def check(path: Path) -> list[str]:
    """What is wrong with a stored notebook."""
    stored = path.read_text("utf-8")
    cleaned = written(clean(read(path)))
    changes = [line for line in difflib.unified_diff(stored.splitlines(), cleaned.splitlines(), n=0, lineterm="")
               if line[0] in "+-" and not line.startswith(("+++", "---"))]
    found = [f"not clean: {line[:100]}" for line in changes[:5]]
    if stored != cleaned and not changes:
        found.append("not clean: the line ends")
    return found + problems(read(path))


def execute(path: Path) -> list[str]:
    """Run a notebook and, if every cell worked, replace its file; return what went wrong."""
    notebook = read(path)
    client = nbclient.NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", store_widget_state=False,
                                     record_timing=False, coalesce_streams=True,
                                     extra_arguments=["--log-level=40"],  # no remarks of the kernel on its transport
                                     resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        number = next(n for n, cell in code_cells(notebook)
                      if any(output.output_type == "error" for output in cell.outputs)
                      and "raises-exception" not in cell.metadata.get("tags", []))
        return [f"cell {number} failed:\n{error}"]
    except nbclient.exceptions.CellTimeoutError as error:
        return [str(error)]
    found = problems(clean(notebook))
    text = written(notebook)
    if not found and text != path.read_text("utf-8"):
        path.write_text(text, "utf-8", newline="\n")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Execute and clean the notebooks of the book.")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="default: all notebooks of book/")
    parser.add_argument("--check", action="store_true", help="execute nothing, verify what is stored")
    arguments = parser.parse_args()
    paths = arguments.paths or sorted((ROOT / "book").glob("*.ipynb"))
    failed = 0
    with tempfile.TemporaryDirectory() as settings:
        os.environ.update(REPRODUCIBLE, IPYTHONDIR=settings)
        for path in paths:
            found = (check if arguments.check else execute)(path.resolve())
            failed += bool(found)
            print(f"{path}: {'ok' if not found else 'not written' if not arguments.check else 'not as it should be'}")
            print(*(f"  {text}" for text in found), sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
