"""Sphinx extension: formulas become KaTeX's HTML and MathML while the book is built.

Bad TeX is a warning with file and line, so it fails a build with -W.
"""

import re

import katex_engine
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

PUNCTUATION = re.compile(r"[,.;:!?)\]’”]+")
GROUPS = [("{", "}"), (r"\begin{", r"\end{")]
SHORT = 30  # characters of TeX that always fit a line
OTHER_FONT_FORMATS = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')


def rendered(translator: HTML5Translator, node: nodes.Element, tex: str, display: bool) -> str:
    try:
        return katex_engine.render(tex, display)
    except katex_engine.MathError as error:
        logger.warning("bad TeX: %s", error, location=node, type="course", subtype="math")
        return f'<code class="math-error">{translator.encode(tex)}</code>'


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(translator.starttag(node, "span", "", CLASS="math notranslate nohighlight"))
    translator.body.append(rendered(translator, node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def displayed(tex: str) -> str:
    r"""One displayed formula; as in Sphinx, \\ between lines needs no environment around it."""
    if r"\\" in tex and not tex.lstrip().startswith(r"\begin{"):
        return rf"\begin{{split}}{tex}\end{{split}}"
    return tex


def side_by_side(tex: str) -> list[str]:
    r"""The formulas of one line with \qquad between them: on a phone they stand one below the other."""
    formulas: list[str] = []
    for part in tex.split(r"\qquad"):
        if formulas and any(formulas[-1].count(start) != formulas[-1].count(end) for start, end in GROUPS):
            formulas[-1] += rf"\qquad{part}"
        elif part.strip():
            formulas.append(part)
    return formulas


def visit_math_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    if node["nowrap"]:
        # MyST gives a bare \begin{align} a random id: the build would differ from run to run.
        logger.warning(r"write $$ \begin{aligned} ... \end{aligned} $$ (label) instead of a bare \begin{...}",
                       location=node, type="course", subtype="math")
    translator.body.append(translator.starttag(node, "div", "", CLASS="math notranslate nohighlight"))
    for part in filter(str.strip, node.astext().split("\n\n")):
        formulas = (rendered(translator, node, tex, display=True) for tex in side_by_side(displayed(part)))
        translator.body.append(f'<div class="eq">{"".join(formulas)}</div>')
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class KeepPunctuation(SphinxPostTransform):
    """Keep a comma or full stop on the line of the short formula before it; a browser may break the line there."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for formula in list(self.document.findall(nodes.math)):
            text = formula.next_node(descend=False, siblings=True)
            if isinstance(text, nodes.Text) and len(formula.astext()) < SHORT and (mark := PUNCTUATION.match(text)):
                together = nodes.inline(classes=["nowrap"])
                # By position: Element.replace looks for an equal text, which may be an earlier one.
                place = next(i for i, child in enumerate(formula.parent) if child is formula)
                formula.parent[place:place + 2] = [together, nodes.Text(text[mark.end():])]
                together += [formula, nodes.Text(mark[0])]


def choose_renderer(app: Sphinx) -> None:
    app.config.html_math_renderer = "katex"
    app.add_css_file("katex/katex.min.css", priority=300)


def copy_katex(app: Sphinx, exception: Exception | None) -> None:
    """Copy the style sheet, for fonts in WOFF2 only: every browser of the last ten years reads it."""
    if exception or app.builder.format != "html":
        return
    target = app.outdir / "_static" / "katex"
    target.mkdir(parents=True, exist_ok=True)
    css = (katex_engine.KATEX / "katex.min.css").read_text("utf-8")
    (target / "katex.min.css").write_text(OTHER_FONT_FORMATS.sub("", css), "utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_html_math_renderer("katex", inline_renderers=(visit_math, None), block_renderers=(visit_math_block, None))
    app.add_post_transform(KeepPunctuation)
    app.connect("builder-inited", choose_renderer)
    app.connect("build-finished", copy_katex)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
