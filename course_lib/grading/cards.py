"""An exercise or a question as the book shows it."""

import html
from typing import Any

from .spec import LEVELS, Exercise, Question
from .specs import get


def exercise(name: str) -> "Card":
    """The task of that name, to be shown in a chapter: the last value of a cell."""
    return Card(get(name))


def question(name: str) -> "Card":
    """The question of that name, with feedback on every choice."""
    found = get(name)
    if not isinstance(found, Question):
        raise TypeError(f"question: `{name}` is an exercise, show it with exercise({name!r})")
    return Card(found)


class Card:
    """Shows an exercise as Markdown: title, what it takes, prompt, signature, hints, where to do it."""

    def __init__(self, exercise: Exercise):
        self.exercise = exercise

    def __repr__(self) -> str:
        return f"<Card {self.exercise.name}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": self.markdown(), "text/plain": self.text()}

    def markdown(self) -> str:
        item = self.exercise
        parts = [f"**{kind(item)}: {item.title}** ({facts(item)})", item.prompt.strip()]
        if isinstance(item, Question):
            parts.append(choices(item))
            parts += [details(f"You chose {letter})", choice.feedback) for letter, choice in item.choices.items()]
        else:
            parts += [signature(item), *hints(item)]
        where = (f"Your answer goes into `{item.notebook}`, into the function `{item.name}`; "
                 "check it there or with `course check`.")
        return "\n\n".join([*parts, where])

    def text(self) -> str:
        return f"{kind(self.exercise)}: {self.exercise.title} ({facts(self.exercise)}), {self.exercise.notebook}"


def kind(item: Exercise) -> str:
    """Exercise or question."""
    return "Question" if isinstance(item, Question) else "Exercise"


def facts(item: Exercise) -> str:
    """As in `core, standard, 20 minutes, 4 points`."""
    return (f"{'core' if item.core else 'extra'}, {LEVELS[item.level]}, {item.minutes} minutes, "
            f"{item.points} point{'s' * (item.points != 1)}")


def signature(item: Exercise) -> str:
    """The signature as code, and the meaning of the arguments as a list."""
    meanings = [f"- `{name}`: {meaning}" for name, meaning in item.arguments.items()]
    return "\n".join(["```python", item.signature, "```", "", *meanings, f"- returns {item.returns}"])


def choices(item: Question) -> str:
    """The choices as a list."""
    return "\n".join(f"- {letter}) {choice.text}" for letter, choice in item.choices.items())


def hints(item: Exercise) -> list[str]:
    """The hints, each behind its own fold."""
    return [details(f"Hint {i}", text) for i, text in enumerate(item.hints, start=1)]


def details(summary: str, body: str) -> str:
    """A folded paragraph. The blank lines let Markdown and formulas inside be read."""
    return f"<details><summary>{html.escape(summary)}</summary>\n\n{body}\n\n</details>"
