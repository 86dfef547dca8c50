"""What no finished file may hold: inline scripts, and what a browser would load from, or send to, another host."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

# What a browser opens by itself or sends something to. The href of an <a> is the reader's own step.
ADDRESSES = {"src", "poster", "data", "background", "action", "formaction", "ping"}
LISTS = {"srcset", "imagesrcset"}
LINKING = {"link", "base", "image", "use", "feimage", "script"}              # tags whose href is loaded
ANOTHER_HOST = re.compile(r"\s*(?:https?:|wss?:)?//")
IN_STYLES = re.compile(r"""(?:url\(|@import(?!\s*url))\s*["']?\s*([^"')\s;]+)""", re.IGNORECASE)
IN_SCRIPTS = re.compile(r"""\b(?:import|from|fetch|importScripts|Worker|WebSocket|EventSource|open)\s*\(?\s*["'`]"""
                        r"""((?:https?:|wss?:)?//[^"'`]*)""")
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)


def foreign(text: str, addresses: re.Pattern[str]) -> Iterator[str]:
    """The addresses on other hosts in a style sheet (``IN_STYLES``) or a script (``IN_SCRIPTS``)."""
    for found in addresses.finditer(COMMENTS.sub("", text)):
        if ANOTHER_HOST.match(found[1]):
            yield found[1]


class Promises(HTMLParser):
    """Reads a finished page and collects, in ``broken``, what it should not hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.broken: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.complain("an inline script")
        if any(name.startswith("on") for name in given):
            self.complain("an inline event handler")
        if any(value.strip().startswith("javascript:") for value in given.values()):
            self.complain("a javascript: address")
        if any(map(ANOTHER_HOST.match, loaded(tag, given))):
            self.complain("something from another host")
        if "srcdoc" in given and (inner := Promises(given["srcdoc"]).broken):
            self.complain(f"a frame with {inner[0]}")
        classes = set(given.get("class", "").split())
        if tag == "div" and "admonition" in classes and classes & {"dropdown", "toggle"}:
            self.complain("an admonition that needs JavaScript to unfold (write {dropdown})")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and any(foreign(data, IN_STYLES)):
            self.complain("something from another host in a style")

    def complain(self, what: str) -> None:
        self.broken.append(f"{what}: {self.get_starttag_text()}")


def loaded(tag: str, given: dict[str, str]) -> Iterator[str]:
    """The addresses that a tag makes the browser open."""
    for name, value in given.items():
        if name in ADDRESSES:
            yield value
        elif name in LISTS:
            yield from value.split(",")
        elif name in {"href", "xlink:href"} and tag in LINKING and given.get("rel") != "canonical":
            yield value
        elif name == "style":
            yield from foreign(value, IN_STYLES)
    if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
        yield given.get("content", "").partition("=")[2].strip(" '\"")
