"""How the answers to one exercise are judged. A judge runs in the checker, never in the student's process."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from . import compare
from .runner import Outcome, run

if TYPE_CHECKING:
    from .spec import Case, Exercise


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer. label: the misconception it shows, where the fault itself tells."""

    sentence: str
    expected: str = ""
    got: str = ""
    label: str = ""
    kind: str = "number"


class Judge(Protocol):
    """What the checker asks for. exact: whether `expected` is the one right answer."""

    exact: bool

    def expected(self, exercise: "Exercise", case: "Case") -> Any:
        """What the reference gives."""

    def fault(self, exercise: "Exercise", case: "Case", value: Any) -> Fault | None:
        """What is wrong with the value returned in one case."""

    def overall(self, exercise: "Exercise", cases: Sequence["Case"], answers: Sequence[Any]) -> Fault | None:
        """What is wrong with all answers together, where each alone is right."""

    def explains(self, exercise: "Exercise", wrong: Callable[..., Any], case: "Case", outcome: Outcome,
                 exactly: bool) -> bool:
        """Whether the wrong implementation does on this case what the student's function did."""


def run_spec(exercise: "Exercise", function: Callable[..., Any], case: "Case") -> Outcome:
    """A function of the spec on a case, exactly as a student's function runs."""
    return run(function, exercise.driver, case.wire, exercise.seconds)


class Equal:
    """The answer equals the reference's, within the case's tolerance."""

    exact = True

    def fault(self, exercise: "Exercise", case: "Case", value: Any) -> Fault | None:
        found = compare.difference(self.expected(exercise, case), value, case.allowed(), exercise.outputs)
        return _as_fault(exercise, found) if found else None

    def overall(self, exercise: "Exercise", cases: Sequence["Case"], answers: Sequence[Any]) -> Fault | None:
        return None

    def explains(self, exercise: "Exercise", wrong: Callable[..., Any], case: "Case", outcome: Outcome,
                 exactly: bool) -> bool:
        return same(run_spec(exercise, wrong, case), outcome, case.allowed(), exactly)

    def expected(self, exercise: "Exercise", case: "Case") -> Any:
        """What the reference gives."""
        if "expected" not in case.memo:
            case.memo["expected"] = self._expected(exercise, case)
        return case.memo["expected"]

    def _expected(self, exercise: "Exercise", case: "Case") -> Any:
        outcome = run(exercise.reference, _reference, case.wire, exercise.seconds)
        if outcome.kind != "value":
            trouble = outcome.trouble
            raise RuntimeError(f"the reference of {exercise.name} failed: "
                               f"{trouble.type + ': ' + trouble.message if trouble else outcome.text}")
        return outcome.value


EQUAL = Equal()


def _reference(function: Callable[..., Any], arguments: Sequence[Any], namespace: Any) -> Any:
    return function(*arguments)


def _as_fault(exercise: "Exercise", found: compare.Difference) -> Fault:
    where = f"`{found.where}`" if found.where else "The result"
    sentence = {
        "structure": f"{where} is not what was asked for.",
        "shape": f"{where} has the wrong shape.",
        "number": f"{where} is wrong.",
    }[found.kind]
    if found.key in exercise.blame:
        sentence = exercise.blame[found.key]
    return Fault(sentence, found.expected, found.got, kind=found.kind)


def same(one: Outcome, other: Outcome, tolerance: float, exactly: bool = True) -> bool:
    """Whether two functions did the same: equal values, or equal exceptions.

    exactly: the messages of the exceptions must agree too, up to the order of their words
    (NumPy's messages hold the shapes, in the order of the operands).
    """
    if one.kind != other.kind:
        return False
    if one.kind == "value":
        return compare.equal(one.value, other.value, tolerance)
    if one.trouble is None or other.trouble is None or one.trouble.type != other.trouble.type:
        return False
    return not exactly or _words(one.trouble.message) == _words(other.trouble.message)


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"\w+", text))


class AnyOrder(Equal):
    """The function visits data in an order of its own choice: the answer equals the reference's for one of them.

    worlds: the same case once for every order there is. overall: looks at all cases, their answers, and what the
    reference gives in each world of each.
    """

    exact = False

    def __init__(self, worlds: Callable[["Case"], Iterable["Case"]],
                 overall: Callable[[Sequence["Case"], Sequence[Any], Sequence[Sequence[Any]]], Fault | None]):
        self._worlds = worlds
        self._overall = overall

    def worlds(self, case: "Case") -> list["Case"]:
        """The case once for every order."""
        if "worlds" not in case.memo:
            case.memo["worlds"] = list(self._worlds(case))
        return case.memo["worlds"]

    def fault(self, exercise: "Exercise", case: "Case", value: Any) -> Fault | None:
        worlds = self.worlds(case)
        if any(compare.equal(self.expected(exercise, world), value, world.allowed()) for world in worlds):
            return None
        first = Equal.fault(self, exercise, worlds[0], value)
        if first is None or first.kind != "number" or len(worlds) == 1:
            return first
        return replace(first, sentence="The result is wrong, whatever the order of the rows.",
                       expected=f"for instance, with the rows in the given order, {first.expected}")

    def overall(self, exercise: "Exercise", cases: Sequence["Case"], answers: Sequence[Any]) -> Fault | None:
        expected = [[self.expected(exercise, world) for world in self.worlds(case)] for case in cases]
        return self._overall(cases, answers, expected)

    def explains(self, exercise: "Exercise", wrong: Callable[..., Any], case: "Case", outcome: Outcome,
                 exactly: bool) -> bool:
        return any(Equal.explains(self, exercise, wrong, world, outcome, exactly) for world in self.worlds(case))


class Properties(Equal):
    """A random answer: judged by properties. `check(case, value)` gives the first fault, labelled where it can be."""

    exact = False

    def __init__(self, check: Callable[["Case", Any], Fault | None]):
        self.check = check

    def fault(self, exercise: "Exercise", case: "Case", value: Any) -> Fault | None:
        return self.check(case, value)

    def explains(self, exercise: "Exercise", wrong: Callable[..., Any], case: "Case", outcome: Outcome,
                 exactly: bool) -> bool:
        return False


class Letter(Equal):
    """A multiple-choice answer: upper case, blanks and a bracket do not matter."""

    exact = False

    def __init__(self, letters: Sequence[str]):
        self.letters = letters

    def fault(self, exercise: "Exercise", case: "Case", value: Any) -> Fault | None:
        letter = self.letter(value)
        if letter is None:
            return Fault(f"Return one of {', '.join(map(repr, self.letters))}.", got=compare.show(value),
                         kind="structure")
        return None if letter == self.expected(exercise, case) else Fault("Not this one.", got=repr(letter))

    def explains(self, exercise: "Exercise", wrong: Callable[..., Any], case: "Case", outcome: Outcome,
                 exactly: bool) -> bool:
        return outcome.kind == "value" and self.letter(outcome.value) == wrong()

    def letter(self, value: Any) -> str | None:
        text = value.strip().strip("().").lower() if isinstance(value, str) else None
        return text if text in self.letters else None
