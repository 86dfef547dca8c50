"""The ledger in the terminal: a line for each comparison as it is done."""

from collections.abc import Callable

from course_lib.parity.comparison import Comparison, Result
from course_lib.parity.ledger import results
from course_lib.parity.page import shown


def report(comparisons: list[Comparison], coloured: Callable[[str, str], str]) -> list[Result]:
    """Run the comparisons and print what they find. coloured: (text, "passed" or "failed") -> text."""
    titles = [("component", "compared"), *((c.component, c.quantity) for c in comparisons)]
    widths = [max(map(len, texts)) for texts in zip(*titles, strict=True)]
    print(f"{'component':{widths[0]}}  {'compared':{widths[1]}}  {'dtype':7}  {'error':>7}  {'bound':>6}")
    found = []
    for result in results(comparisons):
        found.append(result)
        c = result.comparison
        verdict = coloured("ok", "passed") if result.ok else coloured("FAILED", "failed")
        print(f"{c.component:{widths[0]}}  {c.quantity:{widths[1]}}  {result.dtype:7}  {result.error:7.1e}  "
              f"{shown(result.bound):>6}  {verdict}" + f": {result.where}" * (not result.ok), flush=True)
    return found
