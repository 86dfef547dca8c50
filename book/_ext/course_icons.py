"""Sphinx extension: the icons this book uses, cut out of the theme's icon font (3 kB instead of 156 kB).

`course.css` declares the small font under the theme's name for it; a browser then never asks for the large one.
"""

from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

FONT = "theme/pydata_sphinx_theme/static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
ICONS = {
    "arrow-up": 0xF062, "list": 0xF03A, "bars": 0xF0C9, "outdent": 0xF03B, "magnifying-glass": 0xF002,
    "sun": 0xF185, "moon": 0xF186, "circle-half-stroke": 0xF042, "chevron-down": 0xF078, "chevron-right": 0xF054,
    "angle-left": 0xF104, "angle-right": 0xF105, "xmark": 0xF00D, "rocket": 0xF135, "pencil": 0xF303,
    "check-circle": 0xF058, "info-circle": 0xF05A, "exclamation-triangle": 0xF071, "exclamation-circle": 0xF06A,
    "times-circle": 0xF057, "lightbulb": 0xF0EB, "bell": 0xF0F3, "share": 0xF064, "external-link": 0xF35D,
    "rotate-left": 0xF2EA, "book-open": 0xF518, "scale-balanced": 0xF24E, "pen-to-square": 0xF044,
}


def cut_out_icons(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, recalc_timestamp=False)
    font = subset.load_font(Path(pydata_sphinx_theme.__file__).parent / FONT, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=ICONS.values())
    subsetter.subset(font)
    (app.outdir / "_static" / "fonts").mkdir(parents=True, exist_ok=True)
    subset.save_font(font, str(app.outdir / "_static" / "fonts" / "icons.woff"), options)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("build-finished", cut_out_icons)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
