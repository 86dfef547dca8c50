"""A chapter as its tests read it: what it says, runs and prints, the numbers in that, and the equations it numbers."""

import json
import re
from pathlib import Path

from course_lib.grading import predict, recall, specs

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"


class Chapter:
    """The notebook of that name, such as "05_activations".

    ``prose`` is its text, ``cards`` that of its recall and prediction cells, ``code`` its cells, ``output`` what they
    print and ``shown`` what they show as Markdown.
    """

    def __init__(self, name: str):
        cells = json.loads((BOOK / f"{name}.ipynb").read_text("utf-8"))["cells"]
        outputs = [o for cell in cells for o in cell.get("outputs", [])]
        self.number = int(name[:2])
        self.prose = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        self.code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
        self.output = "\n".join("".join(o.get("text", "")) for o in outputs)
        self.shown = "\n".join("".join(o.get("data", {}).get("text/markdown", "")) for o in outputs)
        predictions = next(chapter for chapter in specs.chapters() if chapter.name == name).predictions
        asked = [recall(name), *(predict(item.name) for item in predictions)]
        self.cards = "\n".join(card.markdown() for card in asked)

    def equations(self) -> list[str]:
        """The labels of the numbered equations, in their order."""
        return re.findall(r"^\$\$ \((eq:\w+)\)$", self.prose, flags=re.M)

    def long_decimals(self) -> set[str]:
        """The numbers with three decimals or more."""
        return set(re.findall(r"(?<![\w.])-?\d+\.\d{3,}", self.prose))


def assert_rounds(text: str, value: float) -> None:
    """The number at the beginning of the text is the value, rounded to as many digits as it has."""
    digits, exponent = re.match(r"-?([\d.]+)(?:e([+-]\d+))?", text).groups()
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    number = re.match(r"[-\d.e+]+", text)[0]
    assert abs(float(number) - value) <= 0.5000001 * unit, (text, value)
