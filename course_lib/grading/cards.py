"""Exercises and questions as the book shows them."""

import html
from collections.abc import Mapping
from typing import Any

from .spec import LEVELS, Choice, Exercise, Prediction, Question, Recall
from .specs import chapter, get, prediction


def exercise(name: str) -> "Card":
    """The task of that name, to be shown in a chapter: the last value of a cell."""
    return Card(get(name))


def question(name: str) -> "Card":
    """The question of that name, with feedback on every choice."""
    found = get(name)
    if not isinstance(found, Question):
        raise TypeError(f"question: `{name}` is an exercise, show it with exercise({name!r})")
    return Card(found)


def recall(name: str) -> "RecallCard":
    """The recall questions of a chapter, such as "02_backpropagation", each with its answer folded."""
    return RecallCard(name, chapter(name).recall)


def predict(name: str) -> "PredictionCard":
    """The prediction of that name. In the page it covers the outputs that follow until the reader has chosen."""
    return PredictionCard(prediction(name))


class Shown:
    """Shows itself as Markdown, and as plain text where there is no Markdown."""

    name: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": self.markdown(), "text/plain": self.text()}

    def markdown(self) -> str:
        raise NotImplementedError  # abstract

    def text(self) -> str:
        raise NotImplementedError  # abstract


class Card(Shown):
    """Shows an exercise: title, what it takes, prompt, signature, hints, where to do it."""

    def __init__(self, exercise: Exercise):
        self.exercise = exercise
        self.name = exercise.name

    def markdown(self) -> str:
        item = self.exercise
        parts = [f"**{kind(item)}: {item.title}** ({facts(item)})", item.prompt.strip()]
        if isinstance(item, Question):
            parts += [choices(item.choices), *feedback(item.choices)]
        else:
            parts += [signature(item), *hints(item)]
        where = (f"Your answer goes into `{item.notebook}`, into the function `{item.name}`; "
                 "check it there or with `course check`.")
        return "\n\n".join([*parts, where])

    def text(self) -> str:
        return f"{kind(self.exercise)}: {self.exercise.title} ({facts(self.exercise)}), {self.exercise.notebook}"


class RecallCard(Shown):
    """Shows a chapter's recall questions, numbered."""

    def __init__(self, name: str, questions: tuple[Recall, ...]):
        self.name = name
        self.questions = questions

    def markdown(self) -> str:
        parts = ["**Recall.** This chapter builds on what follows. Answer from memory, in writing or in your head, "
                 "then compare."]
        for number, item in enumerate(self.questions, start=1):
            parts += [f"**{number}.** {item.prompt}", details("Answer", item.answer)]
        return "\n\n".join(parts)

    def text(self) -> str:
        prompts = [f"{number}. {item.prompt}" for number, item in enumerate(self.questions, start=1)]
        answers = [f"{number}. {item.answer}" for number, item in enumerate(self.questions, start=1)]
        return "\n".join(["Recall: answer from memory, then compare.", "", *prompts, "", "Answers", *answers])


class PredictionCard(Shown):
    """Shows a prediction: title, prompt, choices, and what to say to those who made each."""

    def __init__(self, item: Prediction):
        self.item = item
        self.name = item.name

    def markdown(self) -> str:
        item = self.item
        return "\n\n".join([f"**Predict: {item.title}**", item.prompt, choices(item.choices), *feedback(item.choices)])

    def text(self) -> str:
        return "\n".join([f"Predict: {self.item.title}", self.item.prompt, choices(self.item.choices)])


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


def choices(given: Mapping[str, Choice]) -> str:
    """The choices as a list."""
    return "\n".join(f"- {letter}) {choice.text}" for letter, choice in given.items())


def feedback(given: Mapping[str, Choice]) -> list[str]:
    """What to say to those who chose each, behind folds."""
    return [details(f"You chose {letter})", choice.feedback) for letter, choice in given.items()]


def hints(item: Exercise) -> list[str]:
    """The hints, each behind its own fold."""
    return [details(f"Hint {i}", text) for i, text in enumerate(item.hints, start=1)]


def details(summary: str, body: str) -> str:
    """A folded paragraph. The blank lines let Markdown and formulas inside be read."""
    return f"<details><summary>{html.escape(summary)}</summary>\n\n{body}\n\n</details>"
