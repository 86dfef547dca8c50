"""Every number that the prose of chapter 2 states is computed here again, without the library, in scalar arithmetic."""

import math

import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib.grading.specs.ch02_backpropagation import predictions

CHAPTER = Chapter("02_backpropagation")
PROSE = f"{CHAPTER.prose}\n{CHAPTER.cards}"


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def worked_network(w: list[float]) -> tuple[list[float], list[float], float, float]:
    """Hidden sums and outputs, output sum and output of the 2-3-1 network for x = (1, 2)."""
    sums = [w[j] * 1 + w[3 + j] * 2 + w[6 + j] for j in range(3)]
    hidden = [sigmoid(z) for z in sums]
    z = sum(a * v for a, v in zip(hidden, w[9:12], strict=True)) + w[12]
    return sums, hidden, z, sigmoid(z)


THETA = [0.1, -0.2, 0.4, 0.3, 0.2, -0.5, 0, 0.1, 0.2, 0.5, -1, 0.8, -0.1]
SUMS, HIDDEN, Z, A = worked_network(THETA)
LOSS = -math.log(A)


def gradient() -> list[float]:
    """By finite differences: a way that shares nothing with backpropagation."""
    def loss(i: int, step: float) -> float:
        return -math.log(worked_network([*THETA[:i], THETA[i] + step, *THETA[i + 1:]])[3])

    return [(8 * (loss(i, 1e-3) - loss(i, -1e-3)) - (loss(i, 2e-3) - loss(i, -2e-3))) / 12e-3 for i in range(13)]


G = gradient()
STEPPED = worked_network([t - 0.5 * g for t, g in zip(THETA, G, strict=True)])[3]
WRONG = sigmoid(-6)
NUMBERS = {
    "0.7": SUMS[0], "0.668188": HIDDEN[0], "0.574443": HIDDEN[1], "0.401312": HIDDEN[2], "-0.019299": Z,
    "0.495175": A, "0.702843": LOSS, "-0.504825": G[12], "-0.337318": G[9], "0.221713": HIDDEN[0] * (1 - HIDDEN[0]),
    "-0.055963": G[6], "-0.111926": G[3], "0.152412": THETA[12] - 0.5 * G[12], "0.424537": -math.log(STEPPED),
    "2.303": -math.log(1 - 0.9), "0.105": -math.log(0.9), "0.002473": WRONG, "-0.997527": WRONG - 1,
    "-0.100306": HIDDEN[0] * (1 - HIDDEN[0]) * (0.5 * G[12] + (-1) * 0.2),
    "-0.004921": 2 * (WRONG - 1) * WRONG * (1 - WRONG), "16.12": -math.log(1e-7),
}
COUNTS = {
    "7,510": 64 * 100 + 100 + 100 * 10 + 10, "7,511": 7510 + 1, "266{,}200": 10 * 100 + 100 * 300 + 300 * 784,
    "24{,}311{,}840": 784 * 300 * 100 + 784 * 100 * 10 + 784 * 10, "1,797": 1047 + 300 + 450,
    "13 parameters": f"{2 * 3 + 3 + 3 + 1} parameters", "33 steps": f"{math.ceil(1047 / 32)} steps",
    "7,400": 64 * 100 + 100 * 10, "15,800": 7400 + 64 * 100 + 2 * 100 * 10, "2.1 times": f"{15800 / 7400:.1f} times",
    "330 steps": f"{10 * math.ceil(1047 / 32)} steps", "91 times": f"{round(24311840 / 266200)} times",
    "divides by 23": f"divides by {1047 % 32}",
}


@pytest.mark.parametrize("text", NUMBERS)
def test_stated_number(text):
    assert text in PROSE
    assert_rounds(text, NUMBERS[text])


@pytest.mark.parametrize("text", COUNTS)
def test_stated_count(text):
    assert text in PROSE
    value = COUNTS[text]
    assert (f"{value:,}" if isinstance(value, int) else value) == text.replace("{,}", ",")


def test_every_long_decimal_of_the_prose_is_checked():
    assert CHAPTER.long_decimals() <= set(NUMBERS) | {"0.001", "0.025"}                 # a tolerance, a loss


def test_stated_errors_of_the_two_differences():
    def loss(weight: float) -> float:
        return -math.log(worked_network([*THETA[:9], weight, *THETA[10:]])[3])

    h, exact = 0.01, HIDDEN[0] * (A - 1)
    central = abs((loss(0.5 + h) - loss(0.5 - h)) / (2 * h) / exact - 1)
    one_sided = abs((loss(0.5 + h) - loss(0.5)) / h / exact - 1)
    assert (f"{central:.1e}", f"{one_sided:.1e}") == ("3.6e-08", "1.7e-03")
    assert r"$3.6 \cdot 10^{-8}$ and $1.7 \cdot 10^{-3}$" in PROSE


def test_stated_errors_of_a_much_smaller_step():
    """By exact arithmetic on the digits that float64 keeps: 2 h g of a loss of 0.7, known to 2^-53."""
    h, gradient = 1e-10, abs(HIDDEN[0] * (A - 1))
    agreeing = -math.log10(2 * h * gradient / LOSS)
    assert round(agreeing) == 10                                        # "agree in about ten of their 16 digits"
    rounding = LOSS * 2**-53 / (h * gradient)
    assert 1e-7 < rounding < 1e-5                                       # "about 10^-6"
    assert 1e-7 < predictions.difference_error(1e-10) < 1e-5
    assert 1e-12 < predictions.difference_error(1e-5) < 1e-10           # "about 10^-11"


def test_stated_losses_of_the_three_batch_sizes():
    final = predictions.final_losses()
    assert [1 * 20, math.ceil(1047 / 128) * 20, math.ceil(1047 / 32) * 20] == [20, 180, 660]
    assert "20, 180 and 660 of them" in PROSE and "more than 25 times the smallest" in PROSE
    assert 0.7 < final[1047] < 0.9 and 0.09 < final[128] < 0.13 and 0.02 < final[32] < 0.03
    assert final[1047] > 25 * final[32]


def test_displayed_source_is_the_library_s():
    """The notebook holds no copy of a library function: it shows them by course_lib.show.source."""
    assert "def forward" not in CHAPTER.code and CHAPTER.code.count("source(") == 3
