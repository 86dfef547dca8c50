"""Sphinx extension: links from what a chapter names to its entry in the reference.

``{lib}`layers.Dense` `` in a text leads to the entry of `course_lib.layers.Dense`. What `source(...)` writes above the
code, "`Dense.forward` from `course_lib/layers/dense.py`:" say, gets its links by itself; a method without an entry
leads to that of its class. A name that leads nowhere is a warning, and so an error.
"""

import pydoc
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

FILE = re.compile(r"(course_lib(?:/\w+)*)\.py")


@dataclass(frozen=True)
class Entry:
    """What the reference says of ``thing``: under which name, and where."""

    name: str
    thing: Any
    docname: str
    anchor: str


class LibraryRole(XRefRole):
    """A name of the library without "course_lib."; the entry must exist, unlike that of a type in a signature."""

    def process_link(self, env: BuildEnvironment, refnode: nodes.Element, has_explicit_title: bool, title: str,
                     target: str) -> tuple[str, str]:
        refnode["refdomain"], refnode["reftype"], refnode["compulsory"] = "py", "obj", True
        return title, f"course_lib.{target}"


def entries(env: BuildEnvironment) -> list[Entry]:
    """All of the reference, as documented."""
    return [Entry(name, pydoc.locate(name), found.docname, found.node_id)
            for name, found in env.domains["py"].data["objects"].items()]


def entry_of(module: str, qualname: str, known: list[Entry]) -> Entry | None:
    """That of the function or class; else of the class it belongs to; else of a class that derives from this one."""
    parts = qualname.split(".")
    for length in range(len(parts), 0, -1):
        thing = pydoc.locate(".".join([module, *parts[:length]]))
        for entry in known:
            if entry.thing is thing is not None:
                return entry
    return next((entry for entry in known if isinstance(thing, type) and isinstance(entry.thing, type)
                 and issubclass(entry.thing, thing)), None)


def shown(paragraph: nodes.paragraph) -> Iterator[tuple[str, nodes.literal]]:
    """(module, name) of what stands below a line that `source` has written; nothing for other paragraphs."""
    names: list[nodes.literal] = []
    for literal in paragraph.findall(nodes.literal):
        if file := FILE.fullmatch(literal.astext()):
            module = file[1].replace("/", ".")
            yield from ((module, name) for name in names)
            names = []
        else:
            names.append(literal)


def link_sources(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    outputs = [part for part in doctree.findall(nodes.container) if "cell_output" in part["classes"]]
    known = entries(app.env) if outputs else []
    for output in outputs:
        for module, name in [found for part in output.findall(nodes.paragraph) for found in shown(part)]:
            entry = entry_of(module, name.astext(), known)
            if entry is None:
                logger.warning("the reference has no entry for %s.%s, which this cell shows", module, name.astext(),
                               location=output)
                continue
            address = f"{app.builder.get_relative_uri(docname, entry.docname)}#{entry.anchor}"
            link = nodes.reference("", "", internal=True, refuri=address, reftitle=entry.name)
            name.replace_self(link)
            link += name


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_role("lib", LibraryRole(innernodeclass=nodes.literal))
    app.connect("doctree-resolved", link_sources)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
