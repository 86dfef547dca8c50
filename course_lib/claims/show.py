"""The verdicts of an experiment as a table in a chapter."""

from typing import Any

from course_lib.claims.protocol import Protocol
from course_lib.claims.record import Record


class Verdicts:
    """Each claim of a protocol with its committed verdict."""

    def __init__(self, protocol: Protocol, record: Record):
        self.rows = [(f"{claim.statement} (Timed on one machine.)" if claim.timed else claim.statement,
                      record.verdict(claim.name)) for claim in protocol.claims]

    def __repr__(self) -> str:
        return "\n".join(f"{verdict:14} {statement}" for statement, verdict in self.rows)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        table = ["| claim | here |", "|---|---|",
                 *(f"| {statement} | **{verdict}** |" for statement, verdict in self.rows)]
        return {"text/markdown": "\n".join(table), "text/plain": repr(self)}
