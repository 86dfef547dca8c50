"""The table of verdicts in a chapter: each claim with what was measured, the limit, and the verdict."""

from course_lib.claims.record import Record
from course_lib.claims.results import Results
from course_lib.claims.show import Verdicts


def table_of(protocol):
    results = Results(protocol.seeds)
    for cell in protocol.cells:
        for seed in protocol.seeds:
            results.add(cell, seed, {"y": 2 * cell["x"] + seed / 10})
    return Verdicts(protocol, Record({}, results, protocol.decide(results)))


def test_a_claim_stands_beside_its_limit_and_its_verdict(tiny):
    """The seeds add 0, 0.1, 0.2: mean 6.1 at x = 3, half an interval 4.303 * 0.1 / sqrt 3 = 0.248."""
    shown = table_of(tiny)._repr_mimebundle_()
    assert shown["text/markdown"].splitlines()[2:] == [
        "| y is greater at 3 than at 1.<br>*y at x=3 minus y at x=1: 4 (4 to 4), claimed positive* | **holds** |",
        "| y is at most 1 at 3.<br>*y at x=3: 6.1 (5.85 to 6.35), claimed at most 1* | **does not hold** |",
    ]
    assert shown["text/plain"] == repr(table_of(tiny))
    assert shown["text/plain"].splitlines()[2:] == ["does not hold  y is at most 1 at 3.",
                                                    "               y at x=3: 6.1 (5.85 to 6.35), claimed at most 1"]
