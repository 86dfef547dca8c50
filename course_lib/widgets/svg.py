"""Still pictures: SVG written by hand, the same text on every machine. Colours come from the classes in widgets.css."""

from html import escape

MINUS = "\N{MINUS SIGN}"


def number(value: float, digits: int) -> str:
    """Fixed decimals, a real minus, no negative zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def element(tag: str, content: str = "", **attributes: object) -> str:
    """``fill_opacity`` becomes fill-opacity; ``class_`` becomes class; numbers have at most one decimal."""
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{escape(short(value))}"'
                      for name, value in attributes.items())
    return f"<{tag}{written}>{content}</{tag}>"


def short(value: object) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def text(x: float, y: float, content: str, **attributes: object) -> str:
    return element("text", escape(content), x=float(x), y=float(y),
                   **({"fill": "currentColor", "text_anchor": "middle", "font_size": 12} | attributes))


def picture(width: int, height: int, description: str, parts: list[str]) -> str:
    """The whole picture; ``description`` is its text alternative."""
    return element("svg", "\n" + "\n".join(parts) + "\n", xmlns="http://www.w3.org/2000/svg",
                   viewBox=f"0 0 {width} {height}", width=width, role="img", aria_label=description)
