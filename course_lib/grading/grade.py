"""From an exercise and a student's function to a verdict."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from . import judges
from .compare import indented, show
from .diagnose import diagnose
from .limits import LOOP
from .report import Result
from .runner import Description, Outcome, Trouble, describe, run
from .spec import Case, Exercise
from .values import Named, Seed


class Ungraded(Exception):
    """The check itself could not be carried out; never the student's fault."""


class Student(Protocol):
    """Where a student's function runs: in this process, or in a child."""

    def describe(self, exercise: Exercise) -> Description:
        """What can be said without calling it."""

    def run(self, exercise: Exercise, case: Case) -> Outcome:
        """What happens on one case."""


class Here:
    """A function in this process: the student's own kernel."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def describe(self, exercise: Exercise) -> Description:
        return describe(self.function, exercise.counts)

    def run(self, exercise: Exercise, case: Case) -> Outcome:
        return run(self.function, exercise.driver, case.wire, exercise.seconds)


def grade(exercise: Exercise, student: Student, seed: int = 0) -> Result:
    """Run all cases and judge them."""
    try:
        return _grade(exercise, student, exercise.make_cases(seed))
    except Ungraded as error:
        return _result(exercise, "ungraded", f"{error} Your answer was not graded.")
    except Exception as error:
        return _result(exercise, "ungraded", f"The check itself failed ({type(error).__name__}: {error}). "
                       "Your answer was not graded. If numpy was changed in this session, restart Python; in the "
                       "page, load it again.")


def _grade(exercise: Exercise, student: Student, cases: Sequence[Case]) -> Result:
    description = student.describe(exercise)
    if description.untouched:
        return _result(exercise, "not attempted", "")
    if not description.accepts:
        return _result(exercise, "error", f"The function has to take the arguments of `{exercise.signature}`, "
                       f"yours is `{exercise.name}{description.signature}`.")
    outcomes: list[Outcome] = []
    for case in cases:
        outcomes.append(student.run(exercise, case))
        if outcomes[-1].kind in ("stopped", "unready", "died"):
            return _broken(exercise, case, outcomes[-1])
    return _judge(exercise, cases, outcomes)


def _judge(exercise: Exercise, cases: Sequence[Case], outcomes: list[Outcome]) -> Result:
    if all(_unfinished(exercise, outcome) for outcome in outcomes):
        return _result(exercise, "not attempted", "The function still raises NotImplementedError.")
    faults = [_fault(exercise, case, outcome) for case, outcome in zip(cases, outcomes, strict=True)]
    wrong = [i for i, (fault, outcome) in enumerate(zip(faults, outcomes, strict=True))
             if fault or outcome.kind == "exception"]
    if not wrong:
        fault = exercise.judge.overall(exercise, cases, [outcome.value for outcome in outcomes])
        if fault is None:
            return _result(exercise, "passed", exercise.explanation)
        faults, wrong = [fault] * len(cases), list(range(len(cases)))
    found = diagnose(exercise, cases, outcomes, faults)
    values = [i for i in wrong if faults[i]]
    if values and (found or len(values) == len(wrong)):
        i = min(values, key=lambda i: cases[i].size)
        return _failed(exercise, cases[i], outcomes[i], faults[i], found)
    i = min((i for i in wrong if not faults[i]), key=lambda i: cases[i].size)
    if found:
        return _failed(exercise, cases[i], outcomes[i], None, found)
    return _broken(exercise, cases[i], outcomes[i])


def _unfinished(exercise: Exercise, outcome: Outcome) -> bool:
    trouble = outcome.trouble
    return trouble is not None and (trouble.type, trouble.function) == ("NotImplementedError", exercise.name)


def _fault(exercise: Exercise, case: Case, outcome: Outcome) -> judges.Fault | None:
    if outcome.kind == "refused":
        return judges.Fault("The function returns something that cannot be graded.", exercise.returns, outcome.text,
                            kind="structure")
    if outcome.kind != "value":
        return None
    fault = exercise.judge.fault(exercise, case, outcome.value)
    changed = _changed(exercise, case, outcome)
    if fault:
        return replace(fault, sentence=f"{fault.sentence} The function also changed {changed}.") if changed else fault
    if changed:
        return judges.Fault(f"The result is right, but the function changed {changed}.", label="mutates-input")
    warned = [text for text in outcome.warnings if text.startswith("RuntimeWarning")]
    if warned:
        return judges.Fault("The result is right, but with a warning.", got=warned[0], label="overflow")
    return None


def _changed(exercise: Exercise, case: Case, outcome: Outcome) -> str:
    before, after = case.wire["list"], (outcome.arguments or {}).get("list")
    names = exercise.input_names
    if after is None or len(after) != len(before):
        return "its arguments"
    pairs = zip(names, before, after, strict=False)
    return ", ".join(f"its argument `{name}`" for name, one, other in pairs if one != other)


def _failed(exercise: Exercise, case: Case, outcome: Outcome, fault: judges.Fault | None,
            found: tuple[str, str] | None) -> Result:
    details = _input_details(exercise, case)
    sentence = ""
    if fault:
        sentence = fault.sentence
        if fault.expected and exercise.reveal:
            details.append(("Expected", fault.expected))
        if fault.got:
            details.append(("Got", fault.got))
    elif outcome.trouble:   # pragma: no branch - without a fault there is an exception, and with it its trouble
        details = _trouble_details(outcome.trouble) + details
    details += _printed_details(outcome)
    name, message = found or ("", "")
    if not exercise.reveal and found:
        sentence = ""
    return _result(exercise, "failed", message or sentence, misconception=name or None,
                   sentence=sentence if message else "", details=details)


def _broken(exercise: Exercise, case: Case, outcome: Outcome) -> Result:
    details = _input_details(exercise, case) + _printed_details(outcome)
    trouble = outcome.trouble
    if outcome.kind == "stopped":
        message = f"One case was stopped after {outcome.text} seconds. {LOOP}"
        details = _line_details(trouble) + details
    elif outcome.kind in ("unready", "died"):
        message, details = outcome.text, details if outcome.kind == "died" else []
    else:
        assert trouble is not None
        message = _exception_message(trouble)
        details = _trouble_details(trouble) + details
    return _result(exercise, "error", message, details=details)


def _exception_message(trouble: Trouble) -> str:
    return {
        "RecursionError": "The function calls itself without end.",
        "MemoryError": "The function asked for more memory than there is. Is a shape far larger than intended?",
        "SystemExit": "The function ends Python (`exit()` or `sys.exit()`) instead of returning a value.",
        "NotImplementedError": f"`{trouble.function}` still raises NotImplementedError.",
    }.get(trouble.type, "The function raises an exception.")


def _trouble_details(trouble: Trouble) -> list[tuple[str, str]]:
    text = f"{trouble.type}: {trouble.message}" if trouble.message else trouble.type
    return [("Exception", text), *_line_details(trouble)]


def _line_details(trouble: Trouble | None) -> list[tuple[str, str]]:
    if trouble is None or trouble.line is None:
        return []
    source = f": {trouble.source}" if trouble.source else ""
    return [("Your line", f"line {trouble.line}, in {trouble.function}{source}")]


def _printed_details(outcome: Outcome) -> list[tuple[str, str]]:
    return [("Printed", outcome.printed.rstrip("\n"))] if outcome.printed.strip() else []


def _input_details(exercise: Exercise, case: Case) -> list[tuple[str, str]]:
    return [("Input", _inputs(exercise, case))] if case.arguments else []


def _inputs(exercise: Exercise, case: Case) -> str:
    names = list(exercise.input_names)
    texts = [_argument(argument) for argument in case.arguments]
    return "\n".join(f"{name} = {indented(text, len(name) + 3)}" for name, text in zip(names, texts, strict=False))


def _argument(argument: Any) -> str:
    if isinstance(argument, Seed):
        return f"np.random.default_rng({argument.value})"
    if isinstance(argument, Named):
        text = (argument.maker.__doc__ or argument.maker.__name__).strip().splitlines()[0]
        return text + "".join(f"; {show(value)}" for value in argument.arguments)
    return show(argument, code=True)


def _result(exercise: Exercise, verdict: str, message: str, **fields: Any) -> Result:
    points = float(exercise.points) if verdict == "passed" else 0.0
    notes = (exercise.weaker,) if exercise.weaker else ()
    return Result(exercise=exercise.name, verdict=verdict, points=points, max_points=float(exercise.points),
                  message=message, notes=notes, **{**fields, "details": tuple(fields.get("details", ()))})
