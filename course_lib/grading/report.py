"""A verdict, and how it is shown: the same words in a notebook, in the terminal and in the page."""

import html
from dataclasses import dataclass, field
from typing import Any

VERDICTS = ("not attempted", "passed", "failed", "error", "ungraded")
COLOURS = {"passed": "#2e9e5b", "failed": "#d1495b", "error": "#d1495b", "not attempted": "#8a8f98",
           "ungraded": "#b8860b"}


@dataclass
class Result:
    """The verdict on one exercise.

    verdict: one of VERDICTS. misconception: the name of the mistake that explains every case, for programs and for a
    class's reports; students get its message. message: what to tell the student. sentence: what is wrong in the case
    shown. details: pairs (label, text), such as ("Expected", "1.0").
    """

    exercise: str
    verdict: str
    points: float
    max_points: float
    message: str
    misconception: str | None = None
    sentence: str = ""
    details: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    shown_in: int | None = field(default=None, compare=False)  # the number of the cell that has shown it

    @property
    def passed(self) -> bool:
        return self.verdict == "passed"

    @property
    def headline(self) -> str:
        """As in `dense_forward: passed, 2 of 2 points`."""
        points = f", {self.points:g} of {self.max_points:g} point{'s' * (self.max_points != 1)}"
        return f"{self.exercise}: {self.verdict}{points if self.max_points and self.verdict != 'ungraded' else ''}"

    @property
    def paragraphs(self) -> list[str]:
        """The sentences between headline and details."""
        return [text for text in (self.message, self.sentence) if text]

    def text(self) -> str:
        """The whole report as plain text."""
        lines = [self.headline, *self.paragraphs]
        for label, text in self.details:
            lines += [f"{label}:", *("    " + line for line in text.splitlines())]
        return "\n".join([*lines, *self.notes])

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Result {self.headline}>"

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p style='margin:.4em 0'>{_code(text)}</p>" for text in self.paragraphs)
        details = "".join(
            f"<div style='margin:.4em 0 0'>{html.escape(label)}:</div>"
            f"<pre style='margin:0;padding:.3em .6em;background:rgba(128,128,128,.12);color:inherit;"
            f"overflow-x:auto'>{html.escape(text)}</pre>"
            for label, text in self.details)
        notes = "".join(f"<p style='margin:.4em 0;opacity:.8'>{_code(text)}</p>" for text in self.notes)
        colour = COLOURS[self.verdict]
        known = f" data-misconception='{html.escape(self.misconception)}'" if self.misconception else ""
        return (f"<div class='course-result' role='status'{known} style='border-left:4px solid {colour};"
                f"padding:.4em .9em;margin:.3em 0;max-width:50em;color:inherit'>"
                f"<strong>{html.escape(self.headline)}</strong>{paragraphs}{details}{notes}</div>")

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self._repr_html_()}

    def _ipython_display_(self) -> None:
        """The card, but not at the end of the cell in which `check` has shown it already."""
        self.display(again=False)

    def display(self, again: bool = True) -> None:
        """Show the card in IPython; unless `again`, only if this cell has not shown it."""
        from IPython import get_ipython
        from IPython.display import display

        cell = get_ipython().execution_count
        if again or self.shown_in != cell:
            display(self._repr_mimebundle_(), raw=True)
        self.shown_in = cell


def _code(text: str) -> str:
    """Escaped text with `code` marked up."""
    parts = html.escape(text).split("`")
    return "".join(f"<code style='background:none;color:inherit'>{part}</code>" if i % 2 else part
                   for i, part in enumerate(parts))
