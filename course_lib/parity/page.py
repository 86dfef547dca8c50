"""The ledger as a page of the book. It states bounds, not errors: it reads the same on every machine."""

import os
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from course_lib.parity.comparison import DTYPES, Area, Comparison
from course_lib.parity.ledger import AREAS
from course_lib.parity.left_out import LEFT_OUT, LeftOut

PAGE = Path(__file__).resolve().parents[2] / "book" / "parity.md"

INTRODUCTION = """\
(parity)=
# Checked against Keras

Every component of `course_lib` is run beside Keras: the same weights, the same batches, the same masks. This page is
the ledger of these comparisons. It says what is compared, how large the difference may be, and where Keras, or the
textbooks, follow another convention. A class that is not listed here fails a test. `make test` makes all the
comparisons; by hand,

- `course parity` makes them and prints the differences found on your machine,
- `course parity adam` makes those with "adam" in their names,
- `course parity --write` makes them all and writes this page.

A difference is $\\max |u - v|$ over the largest entry of $u$ and $v$, where $u$ is computed here and $v$ in Keras;
"equal" means no difference at all. The page gives bounds and not the differences: these depend on the processor, the
bounds hold on all of them. float32 carries 7 digits, float64 carries 16. A bound above 1e-6 is explained below its
table.
"""

LEFT_OUT_INTRODUCTION = """\
(parity-left-out)=
## What Keras takes and the library does not

Names, arguments, their order and their defaults are Keras's, and a test compares them; what differs, the docstrings
say. Losses are objects only: `losses.MeanSquaredError()(y_true, y_pred)`; there is no function
`losses.mean_squared_error`. A string names a thing in small letters, `"he_normal"`, or by its class, `"HeNormal"`;
short names are in small letters, `"mse"`. Every argument of Keras that is missing is in this table.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join([INTRODUCTION, versions(), "", *(section(area) for area in AREAS), left_out()])


def write() -> Path:
    """Put the page in its place; the old one stays until the new one is complete."""
    if not PAGE.parent.is_dir():
        raise FileNotFoundError(f"the page belongs into the folder {PAGE.parent}, which is not there; the book comes "
                                "with the course's repository, not with the installed package")
    temporary = PAGE.with_name(f".{PAGE.name}.{os.getpid()}.tmp")
    temporary.write_text(page(), encoding="utf-8")
    os.replace(temporary, PAGE)
    return PAGE


def versions() -> str:
    return wrapped("Versions: " + ", ".join(f"{name} {version(name.lower())}"
                                            for name in ("Keras", "TensorFlow", "NumPy")) + ".")


def section(area: Area) -> str:
    """A table of bounds, then what is to be said about them."""
    quantities = Counter(c.quantity for c in area.comparisons)
    usual = "" if area.about else quantities.most_common(1)[0][0]           # needs no entry in the table
    unless = ", unless the table says something else" if usual and len(quantities) > 1 else ""
    lines = [f"(parity-{area.title.lower().replace(' ', '-')})=", f"## {area.title}", "",
             wrapped(area.about or f"Compared: {usual}{unless}."), ""]
    if len(quantities) > 1:
        lines += [row("Component", "Compared", *DTYPES), "|:--|:--|--:|--:|"]
        lines += [row(shown_name(c.component, area), c.quantity if c.quantity != usual else "", *map(shown, c.bounds))
                  for c in area.comparisons]
    else:
        lines += [row("Component", *DTYPES), "|:--|--:|--:|"]
        lines += [row(shown_name(c.component, area), *map(shown, c.bounds)) for c in area.comparisons]
    lines.append("")
    notes = {"Bounds above 1e-6": dict(reasons(area.comparisons)), "Conventions": area.conventions,
             "Only here": grouped(area.ours)}
    for title, texts in notes.items():
        if texts:
            lines += [f"**{title}**", ""]
            for names, text in texts.items():
                lines.append(wrapped(f"- {', '.join(shown_name(n, area) for n in names.split(', '))}: {text}"))
            lines.append("")
    return "\n".join(lines)


def left_out() -> str:
    """What of Keras's arguments is not there."""
    return "\n".join([LEFT_OUT_INTRODUCTION, row("Of", "Keras's arguments", "Here"), "|:--|:--|:--|",
                      *(row(owners(entry), code(entry.arguments), entry.instead) for entry in LEFT_OUT), ""])


def owners(entry: LeftOut) -> str:
    return entry.all_of or code(entry.owners)


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def reasons(comparisons: list[Comparison]) -> Iterator[tuple[str, str]]:
    """Each reason once, with the components it is about."""
    wide = [c for c in comparisons if c.is_wide]
    for reason in dict.fromkeys(c.reason for c in wide):
        names = [c.component for c in wide if c.reason == reason]
        yield "all" if len(names) == len(comparisons) else ", ".join(dict.fromkeys(names)), reason


def grouped(texts: Mapping[str, str]) -> dict[str, str]:
    """The same texts, each once, by all the names it belongs to."""
    return {", ".join(name for name in texts if texts[name] == text): text for text in dict.fromkeys(texts.values())}


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def shown_name(component: str, area: Area) -> str:
    """As code, if the library has something of that name."""
    if component in area.registered() or component in area.ours:
        return f"`{component}`"
    return "All" if component == "all" else component


def shown(bound: float | None) -> str:
    """``1e-6`` for 1e-06."""
    if bound is None:
        return ""
    digits, _, exponent = f"{bound:.0e}".partition("e")
    return f"{digits}e{int(exponent)}" if bound else "equal"


def wrapped(text: str) -> str:
    """Lines of at most 120 characters, none of which ends within a formula."""
    held = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", "\0"), text)
    lines = textwrap.fill(held, 120, subsequent_indent="  " * text.startswith("- "), break_long_words=False,
                          break_on_hyphens=False)
    return lines.replace("\0", " ")
