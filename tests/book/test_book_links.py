"""From a chapter to the reference in one click: what it shows of the library's source, and what it names."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"^source\((.*)\)$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.slow


def chapters():
    """(file, names in each `source(...)`) of the chapters."""
    for path in sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb")):
        cells = ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]
                 if cell["cell_type"] == "code"]
        yield path, [[name.strip() for name in shown[1].split(",") if name.strip()]
                     for cell in cells if (shown := SHOWN.search(cell))]


@pytest.mark.parametrize(("chapter", "shown"), list(chapters()), ids=lambda value: getattr(value, "stem", ""))
def test_each_source_is_linked_to_its_entry(site, chapter, shown):
    page = BeautifulSoup((site / f"{chapter.stem}.html").read_text("utf-8"), "html.parser")
    lines = [line for line in page.select("div.cell_output p") if "course_lib/" in line.get_text()]
    assert [len(line.select("a")) for line in lines] == [len(names) for names in shown]
    for line, names in zip(lines, shown, strict=True):
        for link, name in zip(line.select("a"), names, strict=True):
            assert link.get_text().rpartition(".")[2] == name.rpartition(".")[2]
            address = urlsplit(link["href"])
            reference = BeautifulSoup((site / address.path).read_text("utf-8"), "html.parser")
            entry = reference.find(id=address.fragment)
            assert entry.name == "dt" and address.fragment == link["title"]
            owner = name.split(".")[-2:-1]                               # Dense of layers.Dense.forward
            assert set(owner) <= set(address.fragment.split(".")), (name, address.fragment)


API = """# The library

```{eval-rst}
.. automodule:: course_lib.layers.reshaping
   :members:
```
"""


def chapter(text, *outputs):
    cells = [{"cell_type": "markdown", "id": "text", "metadata": {}, "source": text}]
    cells += [{"cell_type": "code", "id": f"code{i}", "metadata": {}, "execution_count": 1, "source": "source(f)",
               "outputs": [{"output_type": "display_data", "metadata": {},
                            "data": {"text/markdown": f"{output}:\n\n```python\n1\n```", "text/plain": "1"}}]}
              for i, output in enumerate(outputs)]
    return json.dumps({"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3",
                       "language": "python"}}, "nbformat": 4, "nbformat_minor": 5})


def test_methods_and_names_lead_to_their_entries(sample, tmp_path):
    done = sample({"intro.md": "# Title\n", "api.md": API, "03_sample.ipynb": chapter(
        "# Chapter\n\n{lib}`layers.reshaping.Flatten` and {lib}`the other <layers.reshaping.Reshape>`.",
        "`Reshape.forward`, `Flatten.get_config` from `course_lib/layers/reshaping.py`",
        "`Reshape` from `course_lib/layers/reshaping.py`, `Layer.build` from `course_lib/layers/base.py`")})
    assert (done.returncode, done.stderr) == (0, "")
    page = BeautifulSoup((tmp_path / "_build/html/03_sample.html").read_text("utf-8"), "html.parser").article
    links = [(a.get_text(), a["href"]) for a in page.select("a.reference.internal")]
    here = "api.html#course_lib.layers.reshaping."
    assert links == [("layers.reshaping.Flatten", f"{here}Flatten"), ("the other", f"{here}Reshape"),
                     ("Reshape.forward", f"{here}Reshape"), ("Flatten.get_config", f"{here}Flatten"),
                     ("Reshape", f"{here}Reshape"), ("Layer.build", f"{here}Reshape")]


def test_a_name_without_an_entry_is_refused(sample):
    done = sample({"intro.md": "# Title\n", "api.md": API, "03_sample.ipynb": chapter(
        "# Chapter\n\nSee {lib}`layers.reshaping.Fold` and {lib}`layers.base.Weight`.",
        "`relu` from `course_lib/activations/base.py`")})
    assert done.returncode == 1
    for message in ("reference target not found: course_lib.layers.reshaping.Fold",
                    "reference target not found: course_lib.layers.base.Weight",
                    "the reference has no entry for course_lib.activations.base.relu, which this cell shows"):
        assert message in done.stderr, done.stderr
