"""Sphinx extension: a chapter's number is the one in its file name, also while other chapters are not written yet.

`02_backpropagation.ipynb` is chapter 2, its equations are (2.1), (2.2)..., its captioned figures 2.1, 2.2...
Sphinx would count the chapters it finds in the contents.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.util.typing import ExtensionMetadata

CHAPTER = re.compile(r"(?:.*/)?(\d\d)_\w+")


def number_chapters(app: Sphinx, env: BuildEnvironment) -> list[str]:
    for docname, toc in env.tocs.items():
        if match := CHAPTER.fullmatch(docname):
            chapter = (int(match[1]),)
            title, *sections = [link["anchorname"] for link in toc.findall(nodes.reference)]
            env.toc_secnumbers[docname] = {title: chapter} | dict.fromkeys(sections, ())
            env.titles[docname]["secnumber"] = chapter
            next(toc.findall(nodes.reference))["secnumber"] = chapter
    return TocTreeCollector().assign_figure_numbers(env)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("env-get-updated", number_chapters, priority=900)  # after Sphinx has numbered what it knows
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
