"""Every number that the prose of chapter 5 states is computed here again, without the library."""

import itertools
import math
import re

import numpy as np
import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import claims, datasets
from course_lib.claims import activation_ranking
from course_lib.claims.verdict import Tuned
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
    "1.177807": normal_mean(lambda z: math.cosh(z) ** -4) / normal_mean(lambda z: math.tanh(z) ** 2),
    "0.152827": normal_mean(lambda z: (sigmoid(z) * sigmoid(-z)) ** 2) / normal_mean(lambda z: sigmoid(z) ** 2),
    "0.196166": simpson(lambda c: 1 / c, 3, 8) / 5, "0.223144": math.log(1.25), "0.551986": LAMBDA ** 2 / 2,
    "-0.170": min(z * (1 + math.erf(z / math.sqrt(2))) / 2 for z in (-0.001 * i for i in range(2000))),
    "0.448": 1 - LAMBDA ** 2 / 2,
    "0.001": 0.001, "0.229": (1 / 8 + 1 / 3) / 2, "0.182": 1 / 5.5,
}


def ranked(activation, depth):
    """E05's test accuracies, each seed at its own best rate."""
    return Tuned("test_accuracy", activation_ranking.RATES, activation=activation, depth=depth).values(
        claims.recorded("E05").results)


NUMBERS |= {text: ranked(name, depth).mean() for text, name, depth in (
    ("0.964", "sigmoid", 2), ("0.961", "sigmoid", 5), ("0.966", "relu", 2), ("0.970", "selu", 10),
    ("0.960", "tanh", 10), ("0.950", "leaky_relu_0.2", 10), ("0.947", "relu", 10))}
NUMBERS |= {"0.693": math.log(2),
            "0.007": claims.recorded("E06").values("alpha_moved", activation="prelu_from_0.25", rows=200).mean()}


def after(layers):
    q = 1 / 3
    for _ in range(layers):
        q = g(q, selu)
    return q


PRINTED = {                 # in the outputs of cells
    "0.008968": path(lambda z: 1 / math.cosh(z) ** 2), "0.019075": path(silu_slope),
    "0.040000": path(lambda z: 1 if z > 0 else 0.2), "0.272532": path(lambda z: 1 if z > 0 else math.exp(z)),
    "0.106341": slope_at_one(sigmoid), "0.461071": slope_at_one(math.tanh),
    "0.890968": slope_at_one(lambda z: z if z > 0 else math.expm1(z)),
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
                        "over 20 layers a factor 5 in size": NUMBERS["1.177807"] ** (20 / 2) / 5.1,
                        "over 20 layers a factor 2 in size": NUMBERS["1.071575"] ** (20 / 2) / 2,
                        }.items():
        assert text in CHAPTER.prose and value == pytest.approx(1, rel=0.05), text
    assert "over 100 more than 3000" in CHAPTER.prose and NUMBERS["1.177807"] ** (100 / 2) > 3000
    assert r"slope is $1.7 \cdot 10^{-17}$" in CHAPTER.prose
    assert 4 * math.exp(-40) == pytest.approx(1.7e-17, rel=0.01) and math.exp(-40) == pytest.approx(4e-18, rel=0.07)
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
    assert "first three, in this order, at ten layers above and at ten and twenty in chapter 4" in CHAPTER.prose
    pairs = [("sigmoid", "sigmoid_glorot_normal"), ("relu", "he_normal"), ("silu", "he_normal"),
             ("tanh", "glorot_normal"), ("elu", "glorot_normal"), ("selu", "lecun_normal")]
    assert all(max(pairs, key=lambda pair: accuracy(*pair, d)) == pairs[-1]
               and sorted(pairs, key=lambda pair: accuracy(*pair, d))[-3:] == pairs[-3:] for d in (10, 20))
    assert "five such layers reach 0.95 with ReLU and 0.96 with ELU in chapter 4's E04" in CHAPTER.prose
    assert accuracy("relu", "he_normal", 5) == pytest.approx(0.95, abs=0.005)
    assert accuracy("elu", "he_normal", 5) == pytest.approx(0.96, abs=0.005)
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
    assert "get a quarter of the digits right, 0.24 and 0.26" in CHAPTER.prose and round(pushed.mean(), 2) == 0.24
    steeper = record.values("test_accuracy", activation="leaky_relu_0.2", optimizer="sgd", learning_rate=0.02, bias=-30)
    assert round(steeper.mean(), 2) == 0.26
    assert "one of the five seeds with slope 0.2 ends at 0.70" in CHAPTER.prose
    between = record.values("test_accuracy", activation="leaky_relu_0.2", optimizer="adam", learning_rate=0.01, bias=0)
    assert sorted(between)[0] == pytest.approx(0.70, abs=0.005) and sorted(between)[1] > 0.85


def test_what_is_said_about_the_ranking():
    """Statements in words about E05, from the committed results."""
    record, scores = claims.recorded("E05"), ranked
    assert "the sigmoid's means there are 0.964 and 0.961, ReLU's 0.966 and 0.966" in CHAPTER.prose
    assert [round(scores(name, d).mean(), 3) for name in ("sigmoid", "relu") for d in (2, 5)] == [
        0.964, 0.961, 0.966, 0.966]
    for words, name in {"SELU 0.970": "selu", "ELU 0.964": "elu", "tanh 0.960": "tanh",
                        "leaky ReLU 0.950": "leaky_relu_0.2", "ReLU 0.947": "relu"}.items():
        assert words in CHAPTER.prose and scores(name, 10).mean() == pytest.approx(float(words[-5:]), abs=5e-4)
    assert "the sigmoid 0.68" in CHAPTER.prose and scores("sigmoid", 10).mean() == pytest.approx(0.68, abs=0.005)
    assert "No other neighbours in the ranking can be told apart" in CHAPTER.prose
    assert {name for name in record.outcomes if record.verdict(name) == "holds"} == {
        "elu-beats-leaky-2", "elu-beats-leaky-10", "tanh-beats-sigmoid-10", "relu-beats-sigmoid-10"}
    assert all(scores("tanh", d).mean() > scores("leaky_relu_0.2", d).mean() for d in (2, 5, 10))
    assert all((scores("sigmoid_from_glorot", d) < 0.2).all() for d in (5, 10))


def test_what_is_said_about_costs():
    """Statements in words about E08 that no clock decides."""
    record = claims.recorded("E08")
    epochs = {name: record.values("epochs_to_goal", part="training", activation=name).mean()
              for name in ("elu", "relu", "sigmoid")}
    assert "ELU reaches the goal in 1.8 epochs on average, ReLU in 3.2" in CHAPTER.prose
    assert "less than about 1.8 times as long. The sigmoid needs 7 epochs" in CHAPTER.prose
    assert epochs == pytest.approx({"elu": 1.8, "relu": 3.2, "sigmoid": 7})
    assert 3.2 / 1.8 == pytest.approx(1.8, abs=0.03)


def test_what_is_said_about_learned_slopes():
    record = claims.recorded("E06")
    assert "moved by 0.007 from their start at 0.25" in CHAPTER.prose
    moved = record.values("alpha_moved", activation="prelu_from_0.25", rows=200)
    assert moved.mean() == pytest.approx(0.007, abs=0.0005)
    assert "Ten seeds, compared seed by seed" in CHAPTER.prose and len(moved) == 10
    outcomes = {name: [float(x) for x in re.search(r"\((\S+) to (\S+)\)", o.because).groups()]
                for name, o in record.outcomes.items() if name != "prelu-is-set-by-hand"}
    assert all(max(map(abs, ends)) < (0.01 if "none" in name or "small" in name else 0.021)
               for name, ends in outcomes.items())


def common(a):
    """What all examples have in common, as a share of the mean square."""
    return float((a.mean(axis=0) ** 2).mean() / (a ** 2).mean())


def test_what_all_images_have_in_common_behind_a_layer_that_was_pushed_down():
    train, _, _ = datasets.digits.load_splits()
    shares: dict[int, list[float]] = {0: [], -30: []}
    for slope in (0.01, 0.2):
        for bias, seed in itertools.product(shares, range(5)):
            rng, a = np.random.default_rng(seed), train[0]
            for layer in range(5):
                z = a @ rng.normal(0, math.sqrt(2 / a.shape[1]), (a.shape[1], 100)) + (bias if layer == 0 else 0)
                a = np.maximum(z, slope * z)
                shares[bias].append(common(a))
    assert "more than 99 % of the mean square of every layer's outputs is the same for all images" in CHAPTER.prose
    assert min(shares[-30]) > 0.99
    assert "(from biases 0: 20 to 70 %)" in CHAPTER.prose
    assert 0.15 < min(shares[0]) < 0.25 and 0.6 < max(shares[0]) < 0.75


def test_what_inputs_above_0_have_in_common_in_the_tenth_selu_layer():
    shares = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        a = rng.random((500, 100))
        for _ in range(10):
            z = a @ rng.normal(0, 0.1, (100, 100))
            a = LAMBDA * np.where(z > 0, z, ALPHA * np.expm1(np.minimum(z, 0)))
        shares.append(common(a))
    assert "in the tenth still more than half of the mean square" in CHAPTER.prose
    assert min(shares) > 0.5


def test_glorot_s_start_lets_tanh_s_signals_and_gradients_shrink():
    q = gradient = 1.0
    for _ in range(20):
        gradient *= normal_mean(lambda x, q=q: (1 - math.tanh(math.sqrt(q) * x) ** 2) ** 2)
        q = g(q, math.tanh)
    assert "by 7 % instead of 18 % per layer in the mean square" in CHAPTER.prose
    assert "the signals to a sixth of their size, the gradients to a fifth" in CHAPTER.prose
    assert 1 / math.sqrt(q) == pytest.approx(6, abs=0.5) and 1 / math.sqrt(gradient) == pytest.approx(5, abs=0.5)


def skipping(layers):
    """Deviation of the outputs when each SELU layer adds its input, from the mean and the mean square."""
    mean, square = 0.0, 1.0
    for _ in range(layers):
        step = normal_mean(lambda x, q=square: selu(math.sqrt(q) * x))
        square += g(square, selu) + 2 * mean * step
        mean += step
    return math.sqrt(square - mean ** 2)


def test_why_conditions_matter():
    q = 1.0
    for _ in range(20):
        q += g(q, selu)
    assert "a deviation of 122 in 20 layers" in CHAPTER.prose and math.sqrt(q) == pytest.approx(122, abs=0.5)
    seen = claims.recorded("E09").values("deviation", variant="skip_connections")[:, 19]
    assert "the deviation is about 600" in CHAPTER.prose
    assert skipping(20) == pytest.approx(600, rel=0.12) and seen.mean() == pytest.approx(600, rel=0.12)
    assert "above 2 for small $q$ through 1 at $q = 1$" in CHAPTER.prose and g(0.01, selu) / 0.01 > 1.8
    q = 1.0
    for _ in range(60):
        q = g(q, selu) / 0.9                                # dropout at 0.1
    assert math.sqrt(q) == pytest.approx(1.27, abs=0.015)


def test_what_is_said_about_self_normalization():
    """Statements in words about E09, from the committed results."""
    record = claims.recorded("E09")

    def deviations(variant):
        return record.values("deviation", variant=variant).mean(axis=0)

    assert "a deviation of 1.27" in CHAPTER.prose
    assert deviations("dropout")[-50:].mean() == pytest.approx(1.27, abs=0.015)
    assert "have a deviation of 1.4" in CHAPTER.prose and deviations("trained")[-1] == pytest.approx(1.4, abs=0.05)
    assert "The inputs matter for the size in the first layers only" in CHAPTER.prose
    inputs = deviations("inputs_0_to_1")
    assert inputs[0] < 0.7 and (abs(inputs[30:] - 1) < 0.1).all()
    assert "no fixed point, and growth without end" in CHAPTER.prose
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
