"""Shows the library's own source in a notebook, so that what a chapter displays is what the tests run."""

import inspect
import textwrap
from typing import Any


class Source:
    """Python source, highlighted on the page."""

    def __init__(self, text: str, title: str):
        self.text, self.title = text, title

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": f"From {self.title}:\n\n```python\n{self.text}\n```", "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def source(*objects: Any) -> Source:
    """The source of functions, methods or classes of course_lib, one below the other, as it is in the file."""
    parts = [textwrap.dedent(inspect.getsource(o)).rstrip() for o in objects]
    files = dict.fromkeys(f"`{o.__module__.replace('.', '/')}.py`" for o in objects)
    return Source("\n\n\n".join(parts), ", ".join(files))
