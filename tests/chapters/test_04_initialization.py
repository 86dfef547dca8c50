"""Every number that the prose of chapter 4 states is computed here again, without the library."""

import itertools
import json
import math
import re
import statistics
from pathlib import Path

import pytest

from course_lib import claims
from course_lib.grading import predict, recall
from course_lib.grading.specs.ch04_initialization import predictions

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = json.loads((ROOT / "book" / "04_initialization.ipynb").read_text("utf-8"))
ASKED = [recall("04_initialization"), *(predict(item.name) for item in predictions.PREDICTIONS)]
CHAPTER = "\n".join("".join(c["source"]) for c in NOTEBOOK["cells"] if c["cell_type"] == "markdown")
PROSE = "\n".join([CHAPTER, *(card.markdown() for card in ASKED)])
CODE = "\n".join("".join(c["source"]) for c in NOTEBOOK["cells"] if c["cell_type"] == "code")
OUTPUT = "\n".join("".join(o.get("text", "")) for c in NOTEBOOK["cells"] for o in c.get("outputs", []))


def normal_mean(f, low=-10.0, high=10.0, n=20_000):
    """E[f(z)] for a standard normal z, by Simpson's rule."""
    h = (high - low) / n
    total = 0.0
    for i in range(n + 1):
        z = low + i * h
        weight = 1 if i in (0, n) else 4 if i % 2 else 2
        total += weight * f(z) * math.exp(-z * z / 2)
    return total * h / 3 / math.sqrt(2 * math.pi)


A = (0.5, -1, 2, 0.25)
SUMS = [sum(w * a for w, a in zip(signs, A, strict=True)) for signs in itertools.product((0.5, -0.5), repeat=4)]
KEPT = math.erf(2 / math.sqrt(2))
CUT = 1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / KEPT
BENIGN = 357 / 569
SIGMOID_4 = 1 / (1 + math.exp(-4))
NUMBERS = {
    "0.121577": 0.9 ** 20, "6.727500": 1.1 ** 20,
    "1.328125": statistics.pvariance(SUMS), "1.152443": statistics.pstdev(SUMS),
    "0.4375": sum(A) / 4, "1.136719": statistics.pvariance(A),
    "0.015625": 1 / 64, "0.125": math.sqrt(1 / 64), "0.025": 2 / (64 + 16), "0.158114": math.sqrt(2 / 80),
    "0.03125": 2 / 64, "0.176777": math.sqrt(2 / 64), "0.000977": math.sqrt(0.5) ** 20,
    "1.923077": 2 / (1 + 0.2 ** 2), "0.273861": math.sqrt(6 / 80),
    "0.954500": KEPT, "0.773741": CUT, "0.879626": math.sqrt(CUT), "2.273694": 2 / math.sqrt(CUT),
    "1.732051": math.sqrt(3), "0.627417": BENIGN, "0.521150": math.log(BENIGN / (1 - BENIGN)),
    "0.660316": -BENIGN * math.log(BENIGN) - (1 - BENIGN) * math.log(1 - BENIGN), "0.693147": math.log(2),
    "0.982": SIGMOID_4, "0.018": 1 - SIGMOID_4, "0.0177": SIGMOID_4 * (1 - SIGMOID_4),
    "0.001845": 2 / (784 + 300), "0.001276": 1 / 784,
}
PRINTED = {                 # in the outputs of cells
    "1.154701": math.sqrt(2) * math.sqrt(2) / math.sqrt(3), "0.141421": math.sqrt(2 * 2 / 200),
    "0.632456": math.sqrt(0.4), "0.317 has": math.erfc(1 / math.sqrt(2)),
    "0.091, the": normal_mean(lambda z: 1 / (2 + math.exp(4 * z) + math.exp(-4 * z))),
    "1.45 times": 4 / (784 + 300) / (2 / 784), "0.394294": normal_mean(lambda z: math.tanh(z) ** 2),
    "0.293379": normal_mean(lambda z: 1 / (1 + math.exp(-z)) ** 2),
    "0.398942": 1 / math.sqrt(2 * math.pi), "0.355776": normal_mean(lambda z: (z / (1 + math.exp(-z))) ** 2),
    "0.160521": normal_mean(lambda z: z if z > 0 else math.expm1(z)),
    "0.644945": normal_mean(lambda z: z * z if z > 0 else math.expm1(z) ** 2),
}
# The tests of the exercises and predictions of this chapter own the decimals of their cards.
STATED = set(re.findall(r"-?\d+\.\d{3,}", CHAPTER))


@pytest.mark.parametrize("text", NUMBERS)
def test_stated_number(text):
    assert text in CHAPTER
    assert abs(float(text) - NUMBERS[text]) <= 0.5000001 * 10 ** -len(text.split(".")[1])


@pytest.mark.parametrize("text", PRINTED)
def test_printed_number(text):
    assert text in OUTPUT
    number = re.match(r"[\d.]+", text)[0]
    decimals = len(number.split(".")[1])
    assert abs(float(number) - PRINTED[text]) <= 0.5000001 * 10 ** -decimals


def test_every_long_decimal_of_the_prose_is_checked():
    assert set(NUMBERS) == STATED


def test_stated_counts():
    for text, value in {"a millionth": 0.5 ** 20 * 1e6, "more than 3,000": 1.5 ** 20 / 3325,
                        "less than $10^{-11}$": 0.25 ** 19 / 3.638e-12,
                        r"about $3 \cdot 10^{-5}$": 3 ** -9.5 / 2.933e-5}.items():
        assert text in CHAPTER and value == pytest.approx(1, rel=0.05), text
    assert 9 * 16 == 144 and 9 * 32 == 288 and "144 and 288" in CHAPTER
    factors = [(784, 300), (300, 100), (100, 10)]
    assert math.prod(k / n for n, k in factors) == pytest.approx(10 / 784)
    assert 12 * 4 * 5 == 240 and "240 trainings" in CHAPTER
    assert claims.get("E04").seeds == tuple(range(5)) and len(claims.get("E04").cells) == 12 * 4
    assert claims.get("E03").settings == claims.get("E03").settings | {"rows": 500, "layers": 20}


def test_the_integrals():
    """The gain of leaky ReLU, He's half, SELU's fixed point, the variance of a truncated normal."""
    assert normal_mean(lambda z: max(z, 0.2 * z) ** 2) == pytest.approx((1 + 0.2 ** 2) / 2, abs=1e-6)
    assert normal_mean(lambda z: max(z, 0) ** 2) == pytest.approx(0.5, abs=1e-6)
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    def selu(z):
        return scale * (z if z > 0 else alpha * math.expm1(z))
    assert normal_mean(selu) == pytest.approx(0, abs=1e-6)
    assert normal_mean(lambda z: selu(z) ** 2) == pytest.approx(1, abs=1e-6)
    assert normal_mean(lambda z: z * z, -2, 2) / KEPT == pytest.approx(CUT, abs=1e-9)


def test_what_the_prose_says_about_the_experiments():
    """Statements in words about E03 and E04, from the committed results."""
    signals, training = claims.recorded("E03"), claims.recorded("E04")

    def ratio(activation, start, width=100):
        return 10 ** signals.values("log10_gradient_ratio", activation=activation, initializer=start,
                                    width=width).mean()

    def accuracy(activation, start, depth):
        return training.values("test_accuracy", activation=activation, initializer=start, depth=depth).mean()

    assert "*grows* towards layer 1, a hundredfold" in CHAPTER and 50 < ratio("sigmoid", "normal_1", 300) < 200
    assert "with 30 it falls, three hundredfold" in CHAPTER and 150 < 1 / ratio("sigmoid", "normal_1", 30) < 600
    assert "twelve orders of magnitude" in CHAPTER and 11.5 < -math.log10(ratio("sigmoid", "glorot_normal")) < 12.5
    z = signals.values("std_z", activation="sigmoid", initializer="normal_1", width=100).mean(axis=0) ** 2
    assert "variance about 100 in the first layer, and 40 in later ones" in CHAPTER
    assert 90 < z[0] < 110 and 33 < z[2:].mean() < 50
    assert "shrink to a hundredth" in CHAPTER
    assert 0.003 < signals.values("last_std_z", activation="silu", initializer="he_average", width=100).mean() < 0.03
    assert "hardly better than guessing" in CHAPTER and accuracy("relu", "glorot_normal", 20) < 0.35
    assert "nine digits of ten" in CHAPTER and 0.9 < accuracy("relu", "he_normal", 20) < 0.95
    assert "stays at chance" in CHAPTER and accuracy("sigmoid", "glorot_normal", 10) < 0.12
    assert accuracy("elu", "glorot_normal", 10) > accuracy("elu", "he_normal", 10)
    assert min(accuracy(*pair, depth) for depth in (2, 5, 10, 20)
               for pair in [("tanh", "glorot_normal"), ("relu", "he_normal"), ("selu", "lecun_normal")]) > 0.9


CITATIONS = {                           # where an equation of this chapter is cited by number: what is meant
    "course_lib/initializers.py": ["eq:truncated", "eq:scaling", "eq:scaling", "eq:uniform"],
}


def cited(text: str) -> list[str]:
    labels = re.findall(r"^\$\$ \((eq:\w+)\)$", CHAPTER, flags=re.M)
    return [labels[int(n) - 1] for n in re.findall(r"eqs?\. \(?4\.(\d+)\)?", text)]


@pytest.mark.parametrize("path", CITATIONS)
def test_equation_numbers_in_code_mean_what_they_say(path):
    assert cited((ROOT / path).read_text("utf-8")) == CITATIONS[path]


def test_equations_of_chapter_2_are_the_ones_meant():
    other = json.loads((ROOT / "book" / "02_backpropagation.ipynb").read_text("utf-8"))
    text = "\n".join("".join(c["source"]) for c in other["cells"] if c["cell_type"] == "markdown")
    labels = re.findall(r"^\$\$ \((eq:\w+)\)$", text, flags=re.M)
    assert [labels[int(n) - 1] for n in re.findall(r"eq\. \(2\.(\d+)\)", CODE)] == ["eq:matrixdelta",
                                                                                  "eq:inputgradient"]


def test_no_citation_is_missing_from_the_list():
    citing = {str(p.relative_to(ROOT)) for p in (ROOT / "course_lib").rglob("*.py")
              if "grading" not in p.parts and cited(p.read_text("utf-8"))}
    assert citing == set(CITATIONS)


def test_displayed_source_is_the_library_s():
    assert CODE.count("source(") == 1
    assert not re.search(r"^class |def (fans|truncated_normal|draw)\b", CODE, flags=re.M)
