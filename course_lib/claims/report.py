"""``course reproduce`` in the terminal: what is known of each claim, or an experiment as it runs."""

import sys
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path

from course_lib.claims import record
from course_lib.claims.protocol import Protocol
from course_lib.claims.run import run
from course_lib.claims.store import StaleFile, Store
from course_lib.claims.verdict import FAILS, HOLDS, OPEN, Outcome

COLOUR = {HOLDS: "passed", FAILS: "failed", OPEN: "ungraded"}       # as what a verdict is coloured
Coloured = Callable[[str, str], str]


def overview(protocols: Iterable[Protocol], coloured: Coloured, folder: Path | None = None) -> int:
    """Print each claim with its committed verdict; 2 where a committed file cannot be used, else 0."""
    problems = []
    for protocol in protocols:
        print(f"{protocol.id}  {protocol.title}")
        try:
            outcomes = record.load(protocol, folder).outcomes
        except (OSError, StaleFile) as error:
            problems.append(error)
            outcomes = {}
        for claim in protocol.claims:
            verdict = outcomes[claim.name].verdict if claim.name in outcomes else "unknown"
            print(_indented(f"{coloured(f'{verdict:14}', COLOUR.get(verdict, ''))}  {claim.statement}"))
    for problem in problems:
        print(f"course reproduce: {problem}", file=sys.stderr)
    return 2 if problems else 0


def reproduce(protocol: Protocol, coloured: Coloured, *, quick: bool, write: bool, jobs: int,
              folder: Path | None = None, cache: Path | None = None) -> int:
    """Run one experiment, print what it says and how this compares with what is committed.

    0: as committed, or written; 1: a verdict differs from the committed one. Errors are left to the caller.
    """
    committed = None if write else record.load(protocol, folder).outcomes
    chosen = protocol.quick() if quick else protocol
    results = run(chosen, jobs, Store(chosen, cache), progress=True)
    outcomes = chosen.decide(results)
    print(f"{protocol.id}  {protocol.title} ({_size(chosen)})")
    different = 0
    for claim in chosen.claims:
        outcome = outcomes[claim.name]
        print(_indented(f"{coloured(f'{outcome.verdict:14}', COLOUR[outcome.verdict])}  {claim.statement}"))
        print(_indented(f"{'':14}  {outcome.because}"))
        different += _differs(claim.name, outcome, committed)
    if left := len(protocol.claims) - len(chosen.claims):
        print(f"  {left} more {'is' if left == 1 else 'are'} timed or close, and decided by the whole experiment only")
    if write:
        print(f"written: {record.write(protocol, results, folder)}")
    return 1 if different else 0


def _differs(claim: str, outcome: Outcome, committed: dict[str, Outcome] | None) -> bool:
    if committed is None or committed[claim].verdict == outcome.verdict:
        return False
    print(_indented(f"{'':14}  DIFFERS: {committed[claim].verdict!r} is committed"))
    return True


def _size(protocol: Protocol) -> str:
    return f"{len(protocol.cells)} cells, {len(protocol.seeds)} seeds"


def _indented(text: str) -> str:
    return textwrap.fill(text, 116, initial_indent="  ", subsequent_indent=" " * 18, drop_whitespace=True)
