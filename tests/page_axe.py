"""Accessibility checks with axe-core, and the pages to check."""

import importlib.util
from pathlib import Path

# A table's header that is a formula alone: screen readers read its MathML, axe-core does not.
# It must not load style sheets itself: it would look for what they import beside the page. It need not describe the
# thousands of elements that are in order: that takes a third of its time.
VIOLATIONS = """async (parts) => {
    const { violations } = await axe.run(parts, { preload: false, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes
        .filter(({ target }) => id !== "empty-table-header" || !document.querySelector(target[0]).querySelector("math"))
        .map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}"""


def source() -> str:
    """The source of axe-core."""
    found = importlib.util.find_spec("axe_playwright_python")
    return (Path(found.submodule_search_locations[0]) / "axe.min.js").read_text("utf-8")


def pages(site: Path) -> list[str]:
    """The addresses of all pages in a site, those of the reference too; not of the one that leads on to the first."""
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return [name for name in found if name != "index.html" and not name.startswith("_static/")]
