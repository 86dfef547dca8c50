"""Sphinx extension: every figure has a text alternative.

A notebook's figure is described by the `text/plain` of the output that holds it, which is what a terminal shows
in its place (`course_lib.plots.show` writes it). A figure without a description is a warning.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def description(image: nodes.image) -> str:
    """The text that stands beside the image in a notebook's output; matplotlib's own names an object, no content."""
    bundle = image.parent.parent
    if not isinstance(bundle, nodes.container) or bundle.get("nb_element") != "mime_bundle":
        return ""
    texts = [part.astext().strip() for part in bundle.children if part.get("mime_type") == "text/plain"]
    return "" if not texts or texts[0].startswith("<") else texts[0]


def placed(node: nodes.Node) -> nodes.Node:
    """The node or its nearest ancestor whose line is known."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


class DescribeFigures(SphinxTransform):
    """Give each image of a notebook its text alternative, and complain of images that have none."""

    default_priority = 900

    def apply(self, **kwargs: object) -> None:
        for image in self.document.findall(nodes.image):
            if not image.get("alt"):
                image["alt"] = description(image)
            if not image["alt"]:
                logger.warning("this image has no text alternative: draw it with course_lib.plots.show(figure, alt) "
                               "or write ![alt](file)", location=placed(image), type="course", subtype="alt")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_transform(DescribeFigures)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
