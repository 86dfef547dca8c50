"""Sphinx extension: the widgets' JavaScript, once for the site, straight from the package.

Pages that hold a widget load the style sheet and a small loader, which fetches each widget's module when it is near.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

import course_lib
from course_lib.widgets.base import NOTE

# What a notebook says below the picture is not what a reader without JavaScript, or of a print, needs to know.
PAGE_NOTE = "A picture of an interactive figure: on the course's page, with JavaScript, what is in it can be dragged."
WIDGETS = Path(course_lib.__file__).parent / "widgets"


def add_files(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    body = context.get("body", "")
    if 'class="course-widget"' in body:
        context["body"] = body.replace(f"<p>{NOTE}</p>", f"<p>{PAGE_NOTE}</p>")
        app.add_css_file("widgets/widgets.css")
        app.add_js_file("course/loader.js", type="module")


def copy_widgets(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    target = app.outdir / "_static" / "widgets"
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted([*WIDGETS.glob("*.js"), WIDGETS / "widgets.css"]):
        (target / source.name).write_bytes(source.read_bytes())


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("html-page-context", add_files)
    app.connect("build-finished", copy_widgets)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
