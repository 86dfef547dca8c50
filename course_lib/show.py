"""Shows the library's own source in a notebook, so that what a chapter displays is what the tests run."""

import inspect
import textwrap
from typing import Any


class Source:
    """Python source, highlighted on the page."""

    def __init__(self, text: str, title: str):
        self.text, self.title = text, title

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": f"{self.title}:\n\n```python\n{self.text}\n```", "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def source(*objects: Any) -> Source:
    """The source of functions, methods or classes of course_lib, one below the other, as it is in the file."""
    parts = [textwrap.dedent(inspect.getsource(o)).rstrip() for o in objects]
    names: dict[str, list[str]] = {}
    for o in objects:
        names.setdefault(f"`{o.__module__.replace('.', '/')}.py`", []).append(f"`{o.__qualname__}`")
    # The book's build finds the names in this line and links them to the reference (course_links.py).
    title = ", ".join(f"{', '.join(own)} from {file}" for file, own in names.items())
    return Source("\n\n\n".join(parts), title)
