"""The command `course`.

Exit codes: 0 all well, 1 something is below full marks or a comparison failed, 2 the request could not be carried out.
Each command imports what it needs when it runs, so that none waits for another's imports.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COLOURS = {"passed": "32", "failed": "31", "error": "31", "ungraded": "33", "not attempted": "2"}
POLL = 0.5  # seconds between two looks at a watched file


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without the right letters shows a ?
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 2
    except BrokenPipeError:  # as in `course list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course", description="The course in the terminal.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="exercises, points, what is done")
    listing.set_defaults(run=_list)

    check = commands.add_parser("check", help="check your own notebook or Python file")
    check.add_argument("file", metavar="FILE", type=Path, help="a notebook (.ipynb) or a Python file (.py)")
    check.add_argument("--exercise", metavar="NAME", help="check only this exercise of the file")
    check.add_argument("--watch", action="store_true", help="check again whenever the file changes; Ctrl-C ends")
    check.set_defaults(run=_check)

    parity = commands.add_parser("parity", help="compare every component with Keras")
    parity.add_argument("name", metavar="NAME", nargs="?", default="", help="only what has this in its name")
    parity.add_argument("--write", action="store_true", help="compare all, then write the ledger's page of the book")
    parity.set_defaults(run=_parity)

    reproduce = commands.add_parser("reproduce", help="the sources' claims as experiments; without CLAIM: list them")
    reproduce.add_argument("claim", metavar="CLAIM", nargs="?", help="an experiment, such as E03")
    reproduce.add_argument("--write", action="store_true", help="run the experiment, or all, and write the results "
                           "to book/_data/claims")
    reproduce.add_argument("--quick", action="store_true", help="few seeds, and only the cells that the claims look at")
    reproduce.add_argument("--jobs", metavar="N", type=int, default=os.cpu_count() or 1, help="processes")
    reproduce.set_defaults(run=_reproduce)
    return parser


# -- list


def _list(options: argparse.Namespace) -> int:
    from course_lib.grading import progress
    from course_lib.grading.specs import chapters

    verdicts = progress.load()
    for chapter in chapters():
        print(f"{chapter.title} ({chapter.exercises[0].notebook})")
        width = max(len(item.name) for item in chapter.exercises)
        for item in chapter.exercises:
            verdict = verdicts.get(item.name, "")
            line = (f"  {item.name:{width}}  {'core' if item.core else 'extra':5}  {item.minutes:2} min  "
                    f"{item.points} point{'s' if item.points != 1 else ' '}  {_coloured(verdict, verdict)}")
            print(line.rstrip())
    every = [item for chapter in chapters() for item in chapter.exercises]
    done = [item for item in every if verdicts.get(item.name) == "passed"]
    print(f"{len(done)} of {len(every)} exercises passed, "
          f"{sum(item.points for item in done)} of {sum(item.points for item in every)} points")
    return 0


# -- check


def _check(options: argparse.Namespace) -> int:
    if not options.watch:
        return _check_once(options)
    seen, code = None, 2
    try:
        while True:
            stamp = _stamp(options.file)
            if stamp != seen:
                if seen is not None:
                    print(f"\n--- {options.file} has changed ---\n", flush=True)
                seen, code = stamp, _check_once(options)
                print(f"Watching {options.file}; Ctrl-C ends.", flush=True)
            time.sleep(POLL)
    except KeyboardInterrupt:
        print()
        return code


def _stamp(path: Path) -> tuple[int, int] | None:
    """What changes when a file is saved; None while an editor is replacing it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _check_once(options: argparse.Namespace) -> int:
    from course_lib.grading import progress
    from course_lib.grading.check_file import NothingToCheck, check_file
    from course_lib.grading.files import UnreadableFile
    from course_lib.grading.grade import Ungraded
    from course_lib.grading.specs import UnknownExercise

    try:
        report = check_file(options.file, options.exercise, show=_show)
    except (UnreadableFile, NothingToCheck, UnknownExercise, Ungraded) as error:
        print(f"course check: {error}", file=sys.stderr)
        return 2
    for failure in report.failures:
        print(f"{_coloured('did not run', 'failed')}: {failure}")
    for note in report.notes:
        print(note)
    print(_summary(report))
    try:
        progress.save(report.results)
    except (OSError, RuntimeError) as error:
        print(f"course check: what is done could not be noted ({error})", file=sys.stderr)
    if any(result.verdict == "ungraded" for result in report.results):
        return 2
    return 0 if report.points == report.max_points else 1


def _show(result: Any) -> None:
    headline, _, rest = result.text().partition("\n")
    print(_coloured(headline, result.verdict) + ("\n" + rest if rest else ""), flush=True)
    if rest:
        print()


def _summary(report: Any) -> str:
    verdicts = [result.verdict for result in report.results]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in COLOURS if verdict in verdicts)
    return f"{report.points:g} of {report.max_points:g} points: {counts}"


# -- parity


def _parity(options: argparse.Namespace) -> int:
    from course_lib.parity import load_keras
    from course_lib.parity.ledger import selected
    from course_lib.parity.page import write
    from course_lib.parity.report import report

    comparisons = selected(options.name)
    if not comparisons:
        print(f"course parity: nothing has {options.name!r} in its name; without a name all is compared",
              file=sys.stderr)
        return 2
    if options.name and options.write:
        print("course parity: --write needs the whole ledger; leave NAME out", file=sys.stderr)
        return 2
    try:
        load_keras()
    except ImportError as error:
        print(f"course parity: {error}", file=sys.stderr)
        return 2
    failed = sum(not result.ok for result in report(comparisons, _coloured))
    verdict = f"{_count(failed, 'result')} beyond {'its bound' if failed == 1 else 'their bounds'}"
    print(f"{_count(len(comparisons), 'comparison')}: {verdict if failed else 'all within their bounds'}")
    if failed:
        if options.write:
            print("The page is not written.")
        return 1
    if options.write:
        try:
            print(f"written: {write()}")
        except OSError as error:
            print(f"course parity: {error}", file=sys.stderr)
            return 2
    return 0


# -- reproduce


def _reproduce(options: argparse.Namespace) -> int:
    from course_lib import claims
    from course_lib.claims.report import overview, reproduce
    from course_lib.claims.run import MeasureFailed
    from course_lib.claims.store import StaleFile

    if options.quick and options.write:
        return _refused("reproduce", "--write needs the whole experiment; leave --quick out")
    if options.jobs < 1:
        return _refused("reproduce", f"--jobs must be at least 1, got {options.jobs}")
    if not (options.claim or options.quick or options.write):
        return overview(claims.PROTOCOLS.values(), _coloured)
    try:
        chosen = [claims.get(options.claim)] if options.claim else list(claims.PROTOCOLS.values())
        return max([reproduce(protocol, _coloured, quick=options.quick, write=options.write, jobs=options.jobs)
                    for protocol in chosen])
    except (OSError, ValueError, StaleFile, MeasureFailed) as error:
        return _refused("reproduce", error)


def _refused(command: str, why: object) -> int:
    print(f"course {command}: {why}", file=sys.stderr)
    return 2


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _coloured(text: str, verdict: str) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or verdict not in COLOURS:
        return text
    return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m"
