"""What an exercise is: one record from which page, notebooks, skeleton, checks and listing are made.

And what the questions without points are, which only the page asks.
"""

import inspect
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from . import drivers, judges, values
from .runner import SECONDS, Driver

LEVELS = {1: "warm-up", 2: "standard", 3: "challenge"}


@dataclass(frozen=True)
class Case:
    """One input.

    arguments: values that may cross, `Named` callables, `Seed`s. tolerance: relative, default by dtype.
    memo: what a judge has worked out for the case; cases that differ only in a seed may share it.
    """

    arguments: tuple[Any, ...]
    tolerance: float | None = None
    memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def wire(self) -> Any:
        return values.encode(list(self.arguments))

    @cached_property
    def size(self) -> int:
        """How much there is to read in this case: the checker shows the smallest failing one."""
        return sum(_size(argument) for argument in self.arguments)

    def allowed(self) -> float:
        """The tolerance: that of the case, else 1e-4 where an input is float32, else 1e-9."""
        if self.tolerance is not None:
            return self.tolerance
        return 1e-4 if any(_has_float32(argument) for argument in self.arguments) else 1e-9


def _size(value: Any) -> int:
    return sum(map(_size, value)) if isinstance(value, list | tuple) else int(np.size(value))


def _has_float32(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_float32(item) for item in value)
    return isinstance(value, np.ndarray) and value.dtype == np.float32


@dataclass(frozen=True)
class Misconception:
    """A mistake with a name. wrong: implementations of it, any of which identifies it; message: what to tell.

    random: its answers differ from call to call, so they identify nothing; only the judge can name it.
    """

    name: str
    message: str
    wrong: tuple[Callable[..., Any], ...]
    random: bool = False


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """One exercise.

    name: of the student's function. number: in the curriculum, 0 if not there. chapter: as in `02_backpropagation`.
    arguments, returns: shape, dtype and meaning. outputs: names for the parts of a returned tuple.
    solution: what a good student would write, in plain NumPy. reference: independent of it; takes a case's
    arguments and gives what `driver` would. misconceptions, variants: each must fail by name, must pass.
    judge: how an answer is compared. blame: for a driver that returns a dict, what to say when that part is wrong.
    explanation: shown once it is right. weaker: set where the check is a weaker guarantee, saying why.
    reveal: whether a failing report shows the expected value. start: a function whose body the page's reader starts
    from, where there is something to repair; the prompt shows it, too.
    """

    name: str
    number: int
    chapter: str
    core: bool
    level: int
    minutes: int
    points: int
    title: str
    prompt: str
    arguments: Mapping[str, str]
    returns: str
    solution: Callable[..., Any]
    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], Iterable[Case]]
    misconceptions: tuple[Misconception, ...]
    variants: tuple[Callable[..., Any], ...] = ()
    hints: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    driver: Driver = drivers.call
    judge: judges.Judge = judges.EQUAL
    blame: Mapping[str, str] = field(default_factory=dict)
    explanation: str = ""
    weaker: str = ""
    reveal: bool = True
    start: Callable[..., Any] | None = None
    seconds: float = SECONDS

    def make_cases(self, seed: int = 0) -> list[Case]:
        """The cases of one seed; the seed 0 is that of a student's own check."""
        return list(self.cases(np.random.default_rng([seed, zlib.crc32(self.name.encode())])))

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of arguments the function must accept: all, and those without a default."""
        parameters = inspect.signature(self.solution).parameters.values()
        required = sum(parameter.default is parameter.empty for parameter in parameters)
        return tuple(sorted({required, len(parameters)}))

    @property
    def signature(self) -> str:
        """As in `dense_forward(X, W, b, act)`."""
        return f"{self.name}{inspect.signature(self.solution)}"

    @property
    def input_names(self) -> Sequence[str]:
        """What the arguments of a case are called in a report."""
        return self.inputs or tuple(self.arguments)

    @property
    def notebook(self) -> str:
        """Where the exercise stands, seen from the project's folder."""
        return f"exercises/{self.chapter}/{self.chapter}.ipynb"

    def returned(self, value: Any) -> Any:
        """What the function itself returned, where the driver gives a dict with the parts of several functions."""
        return value[self.name] if isinstance(value, dict) and self.name in value else value

    @property
    def docstring(self) -> list[str]:
        """The lines of the skeleton's docstring."""
        arguments = [f"{name}: {meaning}" for name, meaning in self.arguments.items()]
        return [f"{self.title}.", "", *arguments, f"Returns {self.returns}"]


@dataclass(frozen=True)
class Choice:
    """One answer to a question. feedback: what to say to those who choose it; mistake: its name, if it is wrong."""

    text: str
    feedback: str
    mistake: str = ""


@dataclass(frozen=True, kw_only=True)
class Question(Exercise):
    """A multiple-choice question: a function without arguments that returns a letter."""

    choices: Mapping[str, Choice]

    @property
    def docstring(self) -> list[str]:
        return ["Return the letter of the right answer.", "",
                *(f"{letter}) {choice.text}" for letter, choice in self.choices.items())]


def right(choices: Mapping[str, Choice]) -> str:
    """The letter of the one choice that is no mistake."""
    (letter,) = (letter for letter, choice in choices.items() if not choice.mistake)
    return letter


def make_question(name: str, prompt: str, choices: Mapping[str, Choice], **fields: Any) -> Question:
    """The question whose right choice is the one without a mistake's name."""
    answer = right(choices)
    return Question(
        name=name, prompt=prompt, choices=choices, points=1, minutes=fields.pop("minutes", 2),
        arguments={}, returns=f"one of {', '.join(map(repr, choices))}",
        solution=_function(name, answer), reference=lambda: answer,
        cases=lambda rng: [Case(())], judge=judges.Letter(tuple(choices)), reveal=False,
        misconceptions=tuple(Misconception(choice.mistake, choice.feedback, (_function(name, letter),))
                             for letter, choice in choices.items() if choice.mistake),
        variants=(_function(name, answer.upper()), _function(name, f" {answer}) ")),
        explanation=choices[answer].feedback, **fields,
    )


def _function(name: str, letter: str) -> Callable[[], str]:
    def answer() -> str:
        return letter

    answer.__name__ = name
    return answer


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A question on what came before a chapter, to be answered from memory. It earns no points."""

    name: str
    prompt: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A question asked before an output is shown. It earns no points.

    observe: does with the library what the chapter shows next; gives the letter of the choice that comes true.
    """

    name: str
    title: str
    prompt: str
    choices: Mapping[str, Choice]
    observe: Callable[[], str]

    @property
    def answer(self) -> str:
        """The letter of the right choice."""
        return right(self.choices)
