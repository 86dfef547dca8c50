"""Sphinx extension: fonts without what the site never shows.

Of KaTeX's fonts and the theme's icons the characters are kept that occur in the site; of the font of the text, in
which readers type, all. `course.css` declares the small icon font under the theme's name for it; a browser then never
asks for the large one.
"""

import html
import logging
import re
from collections.abc import Iterable
from pathlib import Path

import katex_engine
import pydata_sphinx_theme
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

ICONS = (Path(pydata_sphinx_theme.__file__).parent
         / "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts/fa-solid-900.ttf")
ONE_CHARACTER = re.compile(r"""(["'])(?:\\([0-9a-fA-F]{2,6})|([^\\]))\1""")
FEATURES = ("ccmp", "kern", "liga", "locl", "mark", "mkmk")  # what browsers apply unasked, and no style sheet asks more
# FreeType fits the letters of a script to the pixels by the shapes of some of them: the whole alphabet stays.
GREEK = range(0x391, 0x3CA)
ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,5})")


def cut(font: Path, target: Path, characters: Iterable[int] | None = None) -> None:
    """Write the font's glyphs of the characters (default: all), as WOFF2."""
    options = subset.Options(flavor="woff2", layout_features=FEATURES, notdef_outline=True, recalc_timestamp=False)
    with subset.load_font(font, options) as loaded:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=loaded.getBestCmap() if characters is None else characters)
        subsetter.subset(loaded)
        target.parent.mkdir(parents=True, exist_ok=True)
        subset.save_font(loaded, str(target), options)


def characters_of(pages: Iterable[str], scripts: Iterable[str]) -> set[int]:
    """Every character that a page holds or a script can show."""
    found: set[str] = set()
    for page in pages:
        found.update(html.unescape(page))
    for script in scripts:
        found.update(script, *(chr(int(code, 16)) for code in ESCAPE.findall(script)))
    return set(map(ord, found))


def icons_of(sheets: Iterable[str]) -> set[int]:
    """The icons that the style sheets show: `content: "\\f058"`, or the character itself."""
    return {int(code, 16) if code else ord(character)
            for sheet in sheets for _, code, character in ONE_CHARACTER.findall(sheet)}


def cut_fonts(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every step
    site, static = Path(app.outdir), Path(app.outdir) / "_static"
    shown = characters_of((page.read_text("utf-8") for page in site.rglob("*.html")),
                          (script.read_text("utf-8") for script in (static / "widgets").glob("*.js")))
    for font in sorted((katex_engine.KATEX / "fonts").glob("*.woff2")):
        cut(font, static / "katex" / "fonts" / font.name, shown.union(GREEK))
    for font in sorted((Path(app.srcdir) / "_static" / "fonts").glob("*.woff2")):
        cut(font, static / "fonts" / font.name)
    icons = icons_of(sheet.read_text("utf-8") for sheet in static.rglob("*.css"))
    cut(ICONS, static / "fonts" / "icons.woff2", icons)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("build-finished", cut_fonts, priority=610)  # course_styles leaves only the icons that are used
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
