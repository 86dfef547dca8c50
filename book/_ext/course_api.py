"""Sphinx extension: the reference of `course_lib`, from its docstrings.

The docstrings are plain text with ``literals``; Sphinx's autodoc would read their stars and underscores as markup.
The names of arguments are set in bold, "eq. 2.11" links to that equation, and names of Python and NumPy link to their
documentation by the inventories in `book/_inventories`, so that building needs no network.
"""

import inspect
import pydoc
import re
import zlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

LITERAL = re.compile(r"(``.+?``)", re.DOTALL)
MARKUP = re.compile(r"([\\*|`]|_\b)")
EQUATION = re.compile(r"(?<=eq\. )\d+\.\d+|(?<=eqs\. )\d+\.\d+|(?<=\d and )\d+\.\d+")
ANY = re.compile(r": (?:~?typing\.)?Any\b")
HEADER = ("# Sphinx inventory version 2\n# Project: {name}\n# Version:\n"
          "# The remainder of this file is compressed using zlib.\n")
INVENTORIES = Path(__file__).resolve().parents[1] / "_inventories"


def arguments_of(obj: Any) -> list[str]:
    try:
        return [name for name in inspect.signature(obj).parameters if name != "self"]
    except (TypeError, ValueError):
        return []


def marked_up(text: str, arguments: list[str]) -> str:
    """``text`` with everything but its literals protected, and bold the arguments that it explains: "units: n_out"."""
    parts = LITERAL.split(text)
    parts = [part if part.startswith("``") else MARKUP.sub(r"\\\1", part) for part in parts]
    if not arguments:
        return "".join(parts)
    name = "(?:" + "|".join(map(re.escape, arguments)) + ")"
    explained = re.compile(rf"(?<![\w.`]){name}(?:,\s+{name})*(?=: )")
    return "".join(part if part.startswith("``") else explained.sub(r"**\g<0>**", part) for part in parts)


def mark_up(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = marked_up("\n".join(lines), arguments_of(obj)).split("\n")


def without_any(app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None,
                returns: str | None) -> tuple[str | None, str | None]:
    """The signature without type hints that say nothing."""
    return signature and ANY.sub("", signature), returns


def equations(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Where each numbered equation of the book stands: number -> (document, anchor)."""
    return {".".join(map(str, number)): (docname, anchor) for docname, kinds in env.toc_fignumbers.items()
            for anchor, number in kinds.get("displaymath", {}).items()}


def link_equations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    known = equations(app.env)
    for content in doctree.findall(addnodes.desc_content):
        for text in list(content.findall(nodes.Text)):
            pieces: list[nodes.Node] = []
            end = 0
            for match in EQUATION.finditer(text):
                if match[0] not in known or isinstance(text.parent, nodes.reference):
                    continue
                target, anchor = known[match[0]]
                address = f"{app.builder.get_relative_uri(docname, target)}#{anchor}"
                pieces += [nodes.Text(text[end:match.start()]),
                           nodes.reference("", match[0], internal=True, refuri=address)]
                end = match.end()
            if pieces:
                text.parent.replace(text, [*pieces, nodes.Text(text[end:])])


def name_without_entry(app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref,
                       text: nodes.Element) -> nodes.Element | None:
    """A type of the library that the reference leaves out, in a signature, stays plain text."""
    target = node.get("reftarget", "")
    if node.get("compulsory"):                                          # {lib}, see course_links.py
        return None
    return text if target.startswith("course_lib.") and pydoc.locate(target) is not None else None


def compress_inventories(app: Sphinx, config: Config) -> None:
    """From `NAME.txt`, whose first line is the address, the file that intersphinx reads."""
    folder = Path(app.doctreedir) / "inventories"
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(INVENTORIES.glob("*.txt")):
        address, _, entries = source.read_text("utf-8").partition("\n")
        packed = folder / f"{source.stem}.inv"
        packed.write_bytes(HEADER.format(name=source.stem).encode() + zlib.compress(entries.encode()))
        config.intersphinx_mapping[source.stem] = (address, str(packed))


def setup(app: Sphinx) -> ExtensionMetadata:
    for extension in ("sphinx.ext.autodoc", "sphinx.ext.intersphinx"):
        app.setup_extension(extension)
    app.config.autodoc_typehints = "signature"
    app.config.autodoc_member_order = "bysource"
    app.config.autodoc_inherit_docstrings = False
    app.config.add_module_names = False
    app.config.toc_object_entries_show_parents = "hide"
    app.connect("config-inited", compress_inventories, priority=100)   # before intersphinx reads its mapping
    app.connect("autodoc-process-docstring", mark_up)
    app.connect("autodoc-process-signature", without_any)
    app.connect("missing-reference", name_without_entry)
    app.connect("doctree-resolved", link_equations)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
