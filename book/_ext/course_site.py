"""Sphinx extension: a light and strict site.

The pages hold no inline script and ask no other host for anything, so a Content-Security-Policy can say so.
Every finished page is read again, and whatever breaks the promise is a warning: with -W the build fails.
"""

import re
import textwrap
from pathlib import Path
from typing import Any

from docutils import nodes
from promises import IN_SCRIPTS, IN_STYLES, Promises, foreign
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
# A worker loaded over the network would have no policy, one started from a blob has its page's: so only blobs may be.
POLICY = ("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
          "img-src 'self' data:; connect-src 'self'; worker-src blob:; object-src 'none'; base-uri 'self'; "
          "form-action 'self'")

# What the theme and Jupyter Book add to every page and this book does not use. Folding is done by <details>.
UNUSED = re.compile(r"thebe|togglebutton|require(\.min)?\.js|embed-amd")
WORKS_ON = {"clipboard": 'class="highlight', "copybutton": 'class="highlight', "design-tabs": "sd-tab-set"}
THEBE_CONFIG = re.compile(r'\s*<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName = .*?</script>',
                          re.DOTALL)
UNUSED_FILES = ("_static/scripts/fontawesome.js", "_static/scripts/fontawesome.js.map",
                "_static/scripts/fontawesome.js.LICENSE.txt")


def configure(app: Sphinx, config: Config) -> None:
    config.templates_path = [str(HERE / "templates"), *config.templates_path]
    options = config.html_theme_options
    has_repository = bool(options.get("repository_url"))
    for button in ("use_repository_button", "use_issues_button", "use_edit_page_button"):
        options[button] = has_repository
    options["launch_buttons"] = {"colab_url": "https://colab.research.google.com"} if has_repository else {}


def add_files(app: Sphinx) -> None:
    # Here and not in the configuration: Jupyter Book would load every script below a static path on every page.
    app.config.html_static_path.append(str(HERE / "static"))
    app.add_js_file("course/page.js", type="module")


def summary(doctree: nodes.document | None) -> str:
    """A page's first paragraph that stands in no box, for search engines."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    first = next((p.astext() for p in paragraphs if isinstance(p.parent, nodes.section)), "")
    return textwrap.shorten(first, 160, placeholder=" ...")


def needed(script: str, body: str) -> bool:
    """Whether the page holds something that the script works on."""
    return not UNUSED.search(script) and all(what in body for name, what in WORKS_ON.items() if name in script)


def lighten(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    scripts = {}
    body = context.get("body", "")
    for script in context["script_files"]:
        name = str(getattr(script, "filename", None) or "")
        if name and needed(name, body):
            if "type" not in script.attributes:
                script.attributes["defer"] = "defer"
            scripts.setdefault(name, script)
    context["script_files"] = list(scripts.values())
    context["css_files"] = [css for css in context["css_files"]
                            if not UNUSED.search(str(getattr(css, "filename", css)))]
    body = THEBE_CONFIG.sub("", body)
    # A bibliography is a list, and a list holds list items; docutils gives them a role that is deprecated.
    context["body"] = body.replace('role="doc-biblioentry"', 'role="listitem"')
    policy = f'\n    <meta http-equiv="Content-Security-Policy" content="{POLICY}" />'
    context["metatags"] = policy + context.get("metatags", "")
    context["page_description"] = summary(doctree)


def remove_unused_files(app: Sphinx, exception: Exception | None) -> None:
    for name in UNUSED_FILES:
        (Path(app.outdir) / name).unlink(missing_ok=True)


def check_files(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for path in sorted(app.outdir.rglob("*.*")):
        for broken in broken_promises(path):
            logger.warning("the file %s holds %s", path.relative_to(app.outdir).as_posix(), broken,
                           type="course", subtype="strict")


def broken_promises(path: Path) -> list[str]:
    """What a finished file should not hold. The copy of Pyodide is as its makers gave it."""
    addresses = {".css": IN_STYLES, ".js": IN_SCRIPTS, ".mjs": IN_SCRIPTS, ".svg": IN_STYLES}.get(path.suffix)
    if path.suffix == ".html":
        return Promises(path.read_text("utf-8")).broken
    if addresses is None or any(part.startswith("pyodide") for part in path.parts):
        return []
    return [f"something from another host: {address}" for address in foreign(path.read_text("utf-8"), addresses)]


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("config-inited", configure)
    app.connect("builder-inited", add_files)
    app.connect("html-page-context", lighten, priority=950)
    app.connect("build-finished", remove_unused_files)
    app.connect("build-finished", check_files, priority=900)  # as the reader gets them
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
