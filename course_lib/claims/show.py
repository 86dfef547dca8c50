"""The verdicts of an experiment as a table in a chapter."""

from typing import Any

from course_lib.claims.protocol import Protocol
from course_lib.claims.record import Record


class Verdicts:
    """Each claim of a protocol with its committed verdict, and what was measured beside the limit that decides."""

    def __init__(self, protocol: Protocol, record: Record):
        self.rows = [(f"{claim.statement} (Timed on one machine.)" if claim.timed else claim.statement,
                      record.outcomes[claim.name]) for claim in protocol.claims]

    def __repr__(self) -> str:
        return "\n".join(f"{outcome.verdict:14} {statement}\n{'':14} {outcome.because}"
                         for statement, outcome in self.rows)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        table = ["| claim, and the mean (95 % interval) beside its limit | here |", "|---|---|",
                 *(f"| {statement}<br>*{outcome.because}* | **{outcome.verdict}** |"
                   for statement, outcome in self.rows)]
        return {"text/markdown": "\n".join(table), "text/plain": repr(self)}
