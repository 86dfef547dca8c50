"""Every number that the prose of chapter 5 states is computed here again, without the library."""

import math
import re

import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import claims, datasets
from course_lib.grading.specs.ch05_activations import predictions

CHAPTER = Chapter("05_activations")


def simpson(f, low, high, n=20_000):
    h = (high - low) / n
    inner = sum((4 if i % 2 else 2) * f(low + i * h) for i in range(1, n))
    return h / 3 * (f(low) + f(high) + inner)


def density(z):
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def normal_mean(f):
    """E[f(z)] for a standard normal z; f may have a corner at 0."""
    return simpson(lambda z: f(z) * density(z), -10, 0) + simpson(lambda z: f(z) * density(z), 0, 10)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def solve(f, low, high):
    """A root between low and high, by bisection."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if f(low) * f(middle) > 0 else (low, middle)
    return low


def silu_slope(z):
    """By the quotient rule."""
    return (1 + math.exp(-z) + z * math.exp(-z)) / (1 + math.exp(-z)) ** 2


# SELU's constants from the two equations, by numerical integration alone
BELOW = simpson(lambda z: math.exp(z) * density(z), -14, 0)
BELOW_SQUARED = simpson(lambda z: math.exp(2 * z) * density(z), -14, 0)
ALPHA = normal_mean(lambda z: max(z, 0)) / (0.5 - BELOW)
LAMBDA = (0.5 + ALPHA ** 2 * simpson(lambda z: math.expm1(z) ** 2 * density(z), -14, 0)) ** -0.5


def selu(z):
    return LAMBDA * (z if z > 0 else ALPHA * math.expm1(z))


def g(q, phi):
    return normal_mean(lambda x: phi(math.sqrt(q) * x) ** 2)


def slope_at_one(phi):
    return (g(1.001, phi) - g(0.999, phi)) / 0.002 / g(1, phi)


def silu(z):
    return z * sigmoid(z)


LOWEST = solve(silu_slope, -2, -1)
STEEPEST = solve(lambda z: silu_slope(z + 1e-6) - silu_slope(z - 1e-6), 1, 4)
PATH = (-1, 0.5, 2, -0.3, 1)


def path(slope):
    return math.prod(slope(z) for z in PATH)


NUMBERS = {
    "0.000233": path(lambda z: sigmoid(z) * sigmoid(-z)), "0.419974": 1 / math.cosh(1) ** 2,
    "1.090784": silu_slope(2), "0.731059": sigmoid(1), "0.462117": (math.e - 1) / (math.e + 1),
    "0.786448": 1 / math.cosh(0.5) ** 2, "0.229167": (1 / 8 + 1 / 3) / 2, "0.181818": 1 / 5.5, "0.125": 0.25 * 0.5,
    "-0.632121": math.exp(-1) - 1, "0.367879": math.exp(-1),
    "0.160521": normal_mean(lambda z: z if z > 0 else math.expm1(z)), "0.398942": normal_mean(lambda z: max(z, 0)),
    "0.268941": sigmoid(-1), "-0.268941": -sigmoid(-1), "0.072329": silu_slope(-1),
    "-1.278465": LOWEST, "-0.278465": silu(LOWEST), "-0.278": silu(LOWEST),
    "1.099839": silu_slope(STEEPEST), "2.399357": STEEPEST,
    "0.693147": math.log(2), "0.261578": BELOW, "0.168102": BELOW_SQUARED, "0.238422": 0.5 - BELOW,
    "1.673263": ALPHA, "1.050701": LAMBDA, "1.758099": LAMBDA * ALPHA, "-1.758099": -LAMBDA * ALPHA,
    "0.782648": slope_at_one(selu), "1.172594": slope_at_one(silu),
    "1.071575": LAMBDA ** 2 * (0.5 + ALPHA ** 2 * BELOW_SQUARED),
    "0.001": 0.001, "0.229": (1 / 8 + 1 / 3) / 2, "0.182": 1 / 5.5,
}


def after(layers):
    q = 1 / 3
    for _ in range(layers):
        q = g(q, selu)
    return q


PRINTED = {                 # in the outputs of cells
    "0.008968": path(lambda z: 1 / math.cosh(z) ** 2), "0.019075": path(silu_slope),
    "0.040000": path(lambda z: 1 if z > 0 else 0.2), "0.272532": path(lambda z: 1 if z > 0 else math.exp(z)),
    "1.699342e-17": 4 * math.exp(-40) / (1 + math.exp(-40)) ** 2,
    "0.418257": after(1), "0.502232": after(2), "0.715432": after(5), "0.905788": after(10),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_stated_number(text):
    assert text in CHAPTER.prose
    assert_rounds(text, NUMBERS[text])


@pytest.mark.parametrize("text", PRINTED)
def test_printed_number(text):
    assert text in CHAPTER.output
    assert_rounds(text, PRINTED[text])


def test_every_long_decimal_of_the_prose_is_checked():
    assert set(NUMBERS) >= CHAPTER.long_decimals()


def test_the_step_that_kills_a_unit():
    """Weights, bias and sum after one step, by hand."""
    for eta, w, b, z in ((0.01, (0.44, -0.28), 0.07, 0.67), (0.1, (-0.1, -0.55), -0.2, -0.95)):
        gradient = [3 * a for a in (2, 1)]
        new = [old - eta * slope for old, slope in zip((0.5, -0.25), gradient, strict=True)]
        assert new == pytest.approx(list(w)) and 0.1 - eta * 3 == pytest.approx(b)
        assert 2 * new[0] + new[1] + 0.1 - eta * 3 == pytest.approx(z)
        assert f"$({w[0]}, {w[1]})$" in CHAPTER.prose and f"$z = {z}$" in CHAPTER.prose
    assert 2 * 0.5 - 0.25 + 0.1 == pytest.approx(0.85)


def test_the_numbers_of_the_learned_slope():
    z, alpha, da = (-2, 3), 0.25, (0.5, 1)
    assert "outputs are $(-0.5, 3)$" in CHAPTER.prose and [z[0] * alpha, z[1]] == [-0.5, 3]
    assert r"\partial J/\partial\alpha = 0.5 \cdot (-2) = -1" in CHAPTER.prose
    assert sum(d * min(0, x) for d, x in zip(da, z, strict=True)) == -1 and alpha + 0.1 == pytest.approx(0.35)


def test_stated_sizes():
    for text, value in {"a millionth": 0.25 ** 10 / 9.54e-7, r"is $2 \cdot 10^{-9}$": math.exp(-20) / 2.06e-9,
                        "over 20 layers a factor 2 in size": NUMBERS["1.071575"] ** (20 / 2) / 2,
                        }.items():
        assert text in CHAPTER.prose and value == pytest.approx(1, rel=0.05), text
    assert "over 100 layers more than 30" in CHAPTER.prose and NUMBERS["1.071575"] ** (100 / 2) > 30
    assert "outputs between 0.5 and 0.73" in CHAPTER.prose and sigmoid(1) == pytest.approx(0.73, abs=0.005)
    assert "shrinks by about a fifth" in CHAPTER.prose and 1 - NUMBERS["0.782648"] == pytest.approx(0.2, abs=0.03)
    for bits, exponent in ((11, 710), (8, 89)):             # the largest float is below 2^(2^(bits - 1))
        largest = 2 ** (bits - 1) * math.log(2)
        assert exponent - 1 < largest < exponent


def test_the_two_averages_of_a_random_slope_belong_to_the_same_range_turned_over():
    assert (3 + 8) / 2 == 5.5 and "U(3, 8)" in CHAPTER.prose and r"U(\frac18, \frac13)" in CHAPTER.prose


def test_what_is_said_about_chapter_4_s_experiment():
    """Statements in words about E04, from the committed results."""
    record = claims.recorded("E04")

    def accuracy(activation, start, depth):
        return record.values("test_accuracy", activation=activation, initializer=start, depth=depth).mean()

    assert "tanh with Glorot's start is within a hundredth of SELU at all four depths" in CHAPTER.prose
    pairs = [(accuracy("tanh", "glorot_normal", d), accuracy("selu", "lecun_normal", d)) for d in (2, 5, 10, 20)]
    assert all(abs(one - other) < 0.01 for one, other in pairs)
    assert "ahead of ReLU at ten and at twenty layers" in CHAPTER.prose
    assert all(accuracy("tanh", "glorot_normal", d) > accuracy("relu", "he_normal", d) + 0.01 for d in (10, 20))


def test_what_is_said_about_dying_units():
    """Statements in words about E07, from the committed results."""
    record = claims.recorded("E07")

    def mean(measure, activation, rate):
        return record.values(measure, activation=activation, optimizer="adam", learning_rate=rate, bias=0).mean()

    assert "a few in a hundred ReLU units are dead" in CHAPTER.prose and 0.01 < mean("stuck", "relu", 0.001) < 0.05
    assert "more than half of its units put out 0" in CHAPTER.prose
    assert "more than half are, and the network is ruined" in CHAPTER.prose
    assert mean("stuck", "relu", 0.03) > 0.5 and mean("test_accuracy", "relu", 0.03) < 0.5
    assert "ELU's units get stuck as well" in CHAPTER.prose and mean("stuck", "elu", 0.03) > 0.3
    assert "four digits of five are still right" in CHAPTER.prose
    assert mean("test_accuracy", "leaky_relu_0.2", 0.03) == pytest.approx(0.8, abs=0.05)
    assert all(mean("stuck", name, rate) == 0 for name in ("leaky_relu_0.01", "leaky_relu_0.2")
               for rate in (0.001, 0.01, 0.03))
    assert "it is not decided whether" in CHAPTER.prose and record.verdict("leaky-helps-at-high-rates") == "not decided"
    pushed = record.values("test_accuracy", activation="leaky_relu_0.01", optimizer="sgd", learning_rate=0.02, bias=-30)
    assert "has learned a quarter of the digits" in CHAPTER.prose and pushed.mean() == pytest.approx(0.25, abs=0.03)


def test_what_is_said_about_self_normalization():
    """Statements in words about E09, from the committed results."""
    record = claims.recorded("E09")

    def deviations(variant):
        return record.values("deviation", variant=variant).mean(axis=0)

    assert "a deviation of 1.27" in CHAPTER.prose
    assert deviations("dropout")[-50:].mean() == pytest.approx(1.27, abs=0.015)
    assert "have a deviation of 1.4" in CHAPTER.prose and deviations("trained")[-1] == pytest.approx(1.4, abs=0.05)
    assert "The inputs matter for the first layers only" in CHAPTER.prose
    inputs = deviations("inputs_0_to_1")
    assert inputs[0] < 0.7 and (abs(inputs[30:] - 1) < 0.1).all()
    assert "He's weights and skip connections do" in CHAPTER.prose
    assert min(deviations("he_normal")[-1], deviations("skip_connections")[-1]) > 10
    assert "after unstandardised inputs the stack recovers" in CHAPTER.prose
    assert record.verdict("inputs-must-be-standardized") == record.verdict("weights-must-be-normal") == "does not hold"


def test_the_lowest_of_five_sigmoid_layers_gets_less_than_a_hundredth():
    train, _, _ = datasets.digits.load_splits()
    network = predictions.classifier("sigmoid", 5, 0.1)
    _, gradients = network.loss_and_gradients(*train)
    sizes = [float((gradient ** 2).mean()) ** 0.5 for name, gradient in gradients.items() if "kernel" in name]
    assert "less than a hundredth of the gradient of the highest hidden layer" in CHAPTER.prose
    assert len(sizes) == 6 and sizes[0] < sizes[4] / 100


def test_displayed_source_is_the_library_s():
    assert CHAPTER.code.count("source(") == 1
    assert not re.search(r"^class ", CHAPTER.code, flags=re.M)
