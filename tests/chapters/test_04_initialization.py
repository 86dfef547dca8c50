"""Every number that the prose of chapter 4 states is computed here again, without the library."""

import itertools
import math
import re
import statistics

import numpy as np
import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import Input, Sequential, claims, datasets, layers

CHAPTER = Chapter("04_initialization")


def normal_mean(f, low=-10.0, high=10.0, n=20_000):
    """E[f(z)] for a standard normal z, by Simpson's rule."""
    h = (high - low) / n
    total = 0.0
    for i in range(n + 1):
        z = low + i * h
        weight = 1 if i in (0, n) else 4 if i % 2 else 2
        total += weight * f(z) * math.exp(-z * z / 2)
    return total * h / 3 / math.sqrt(2 * math.pi)


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def squared_slope(deviation):
    """E[sigma'(z)^2] for a normal z of that deviation."""
    return normal_mean(lambda x: (sigmoid(deviation * x) * sigmoid(-deviation * x)) ** 2)


A = (0.5, -1, 2, 0.25)
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
SUMS = [sum(w * a for w, a in zip(signs, A, strict=True)) for signs in itertools.product((0.3, -0.3), repeat=4)]
KEPT = math.erf(2 / math.sqrt(2))
CUT = 1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / KEPT
BENIGN = 357 / 569
SIGMOID_4 = 1 / (1 + math.exp(-4))
NUMBERS = {
    "0.121577": 0.9 ** 20, "6.727500": 1.1 ** 20,
    "1.328125": sum(a * a for a in A) / 4, "0.478125": statistics.pvariance(SUMS), "0.691466": statistics.pstdev(SUMS),
    "0.4375": sum(A) / 4, "1.136719": statistics.pvariance(A),
    "0.015625": 1 / 64, "0.125": math.sqrt(1 / 64), "0.025": 2 / (64 + 16), "0.158114": math.sqrt(2 / 80),
    "0.03125": 2 / 64, "0.176777": math.sqrt(2 / 64), "0.000977": math.sqrt(0.5) ** 20,
    "1.923077": 2 / (1 + 0.2 ** 2), "0.273861": math.sqrt(6 / 80),
    "0.954500": KEPT, "0.773741": CUT, "0.879626": math.sqrt(CUT), "2.273694": 2 / math.sqrt(CUT),
    "1.732051": math.sqrt(3), "0.627417": BENIGN, "0.521150": math.log(BENIGN / (1 - BENIGN)),
    "0.660316": -BENIGN * math.log(BENIGN) - (1 - BENIGN) * math.log(1 - BENIGN), "0.693147": math.log(2),
    "0.982": SIGMOID_4, "0.018": 1 - SIGMOID_4, "0.0177": SIGMOID_4 * (1 - SIGMOID_4),
    "0.001845": 2 / (784 + 300), "0.001276": 1 / 784,
    "1.178": normal_mean(lambda z: (1 - math.tanh(z) ** 2) ** 2) / normal_mean(lambda z: math.tanh(z) ** 2),
    "1.0507": SCALE, "1.6733": ALPHA, "0.158": math.sqrt(squared_slope(2.4)),
}
PRINTED = {                 # in the outputs of cells
    "0.409219": 4 * 0.09 * statistics.pvariance(A), "0.317 has": math.erfc(1 / math.sqrt(2)),
    "0.091, the": normal_mean(lambda z: 1 / (2 + math.exp(4 * z) + math.exp(-4 * z))),
    "1.45 times": 4 / (784 + 300) / (2 / 784), "0.0014": 2 ** -9.5,
}
ACTIVATIONS = {             # each with its slope
    "linear": (lambda z: z, lambda z: 1.0), "tanh": (math.tanh, lambda z: 1 - math.tanh(z) ** 2),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)), "relu": (lambda z: max(z, 0.0), lambda z: float(z > 0)),
    "elu": (lambda z: z if z > 0 else math.expm1(z), lambda z: 1.0 if z > 0 else math.exp(z)),
    "selu": (lambda z: SCALE * (z if z > 0 else ALPHA * math.expm1(z)),
             lambda z: SCALE * (1.0 if z > 0 else ALPHA * math.exp(z))),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * sigmoid(z) * sigmoid(-z)),
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
    assert set(NUMBERS) == CHAPTER.long_decimals()


def test_stated_counts():
    for text, value in {"a millionth": 0.5 ** 20 * 1e6, "more than 3,000": 1.5 ** 20 / 3325,
                        "less than $10^{-11}$": 0.25 ** 19 / 3.638e-12,
                        r"about $3 \cdot 10^{-5}$": 3 ** -9.5 / 2.933e-5}.items():
        assert text in CHAPTER.prose and value == pytest.approx(1, rel=0.05), text
    assert 64 * 0.025 == pytest.approx(1.6) and 16 * 0.025 == pytest.approx(0.4)
    assert 9 * 16 == 144 and 9 * 32 == 288 and "144 and 288" in CHAPTER.prose
    factors = [(784, 300), (300, 100), (100, 10)]
    assert math.prod(k / n for n, k in factors) == pytest.approx(10 / 784)
    verdicts = [claim for name in ("E03", "E04", "E10") for claim in claims.get(name).claims]
    assert len(verdicts) == 24 and "24 verdicts" in CHAPTER.prose
    assert 12 * 4 * 5 == 240 and "240 trainings" in CHAPTER.prose
    assert claims.get("E04").seeds == tuple(range(5)) and len(claims.get("E04").cells) == 12 * 4
    assert claims.get("E03").settings == claims.get("E03").settings | {"rows": 500, "layers": 20}


def test_the_integrals():
    """The gain of leaky ReLU, He's half, SELU's fixed point, the variance of a truncated normal."""
    assert normal_mean(lambda z: max(z, 0.2 * z) ** 2) == pytest.approx((1 + 0.2 ** 2) / 2, abs=1e-6)
    assert normal_mean(lambda z: max(z, 0) ** 2) == pytest.approx(0.5, abs=1e-6)
    selu = ACTIVATIONS["selu"][0]
    assert normal_mean(selu) == pytest.approx(0, abs=1e-6)
    assert normal_mean(lambda z: selu(z) ** 2) == pytest.approx(1, abs=1e-6)
    assert normal_mean(lambda z: z * z, -2, 2) / KEPT == pytest.approx(CUT, abs=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_table_of_gains(name):
    """E[phi^2], its inverse, E[phi'^2], the factor of the gradients, what becomes of a deviation from variance 1."""
    phi, slope = ACTIVATIONS[name]
    square, slopes = normal_mean(lambda z: phi(z) ** 2), normal_mean(lambda z: slope(z) ** 2)
    deviation = normal_mean(lambda z: z * phi(z) * slope(z)) / square
    printed = re.search(rf"^{name} +((?:[\d.]+ *){{5}})$", CHAPTER.output, flags=re.M)[1].split()
    assert [float(number) for number in printed] == pytest.approx(
        [square, 1 / square, slopes, slopes / square, deviation], abs=5.1e-3)
    assert (deviation > 1.01) == (name == "silu") and "SiLU alone has 1.17" in CHAPTER.prose
    step = 1e-4                                                 # the derivative by the variance, as a difference
    above, below = (normal_mean(lambda u, v=v: phi(math.sqrt(v) * u) ** 2) for v in (1 + step, 1 - step))
    assert (above - below) / (2 * step) / square == pytest.approx(deviation, abs=1e-4)
    assert (abs(slopes / square - 1) < 1e-3) == (name in ("linear", "relu"))


def profile(phi, scale, *, first=None, slope=None, draw=None, seeds=5, depth=20, n=100, m=300, over=np.median):
    """Medians over networks of n units: the RMS of z in the last layer, the mean square of a there over that in layer 1
    and, with a random gradient at the top, the RMS of the gradients in layer 1 over that in the last. The kernels have
    the variance scale / n, that of layer 1 first / n."""
    found = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        a, sums, kernels, squares = rng.normal(size=(m, n)), [], [], []
        for layer in range(depth):
            variance = (scale if layer or first is None else first) / n
            kernels.append((draw(rng) if draw else rng.normal(size=(n, n))) * math.sqrt(variance))
            sums.append(a @ kernels[-1])
            a = phi(sums[-1])
            squares.append(np.mean(a ** 2))
        ratio = 0.0
        if slope:
            deltas = [rng.normal(size=(m, n)) * slope(sums[-1])]
            for kernel, z in zip(kernels[:0:-1], sums[-2::-1], strict=True):
                deltas.append(deltas[-1] @ kernel.T * slope(z))
            ratio = math.sqrt(np.mean(deltas[-1] ** 2) / np.mean(deltas[0] ** 2))
        found.append((math.sqrt(np.mean(sums[-1] ** 2)), squares[-1] / squares[0], ratio))
    return over(found, axis=0)


def test_tanh_with_its_gain_and_with_glorot():
    gain = 1 / normal_mean(lambda z: math.tanh(z) ** 2)
    def slope(z):
        return 1 - np.tanh(z) ** 2
    assert "grow to $1.178^{19/2}$, 4.7 times their size" in CHAPTER.prose
    assert 1.178 ** 9.5 == pytest.approx(4.7, abs=0.05)
    assert 4.5 < profile(np.tanh, gain, first=1.0, slope=slope)[2] < 5.5
    size, _, ratio = profile(np.tanh, 1.0, slope=slope)
    assert "an RMS of 0.16" in CHAPTER.prose and 0.15 < size < 0.18
    assert "the gradients to 0.2 of their size" in CHAPTER.prose and 0.15 < ratio < 0.25


def test_tanh_with_glorot_loses_most_in_the_lowest_layers():
    variance, left = 1.0, []
    for _ in range(19):                                         # of the mean square, from each layer's slopes
        s = math.sqrt(variance)
        left.append(normal_mean(lambda u, s=s: (1 - math.tanh(s * u) ** 2) ** 2, n=2000))
        variance = normal_mean(lambda u, s=s: math.tanh(s * u) ** 2, n=2000)
    assert left == sorted(left) and "most of it in the lowest layers" in CHAPTER.prose
    assert math.sqrt(math.prod(left)) == pytest.approx(1 / 5, rel=0.05) and math.prod(left[:5]) < math.prod(left[5:])


def test_silu_dies_with_2_and_grows_with_its_gain():
    def silu(z):
        return z / (1 + np.exp(-z))
    assert "With $2/n$ the sums die out" in CHAPTER.prose and profile(silu, 2.0)[0] < 0.02
    assert "With $2.81/n$ they grow, to a median RMS of about 5" in CHAPTER.prose
    assert 3.5 < profile(silu, 2.81, first=1.0, seeds=20)[0] < 7


def test_typical_networks_lie_below_the_mean():
    ratios = profile(lambda z: np.maximum(z, 0), 2.0, seeds=300, m=40, over=lambda found, axis: np.array(found)[:, 1])
    assert "the mean 1, but the median 0.7" in CHAPTER.prose
    assert 0.8 < np.mean(ratios) < 1.2 and 0.6 < np.median(ratios) < 0.8
    assert "two of three below" in CHAPTER.prose and 0.6 < np.mean(ratios < 1) < 0.75


def test_why_the_outputs_as_a_gradient_make_three():
    rng, n = np.random.default_rng(0), 400
    measured, shares = [], []
    for _ in range(20):
        kernel = rng.normal(size=(n, n)) * math.sqrt(2 / n)
        x = np.maximum(rng.normal(size=(50, n)) * math.sqrt(2), 0)
        a = np.maximum(x @ kernel, 0)
        below = a @ kernel.T                                    # the slope is 1 wherever a is not 0
        measured.append(np.mean(below ** 2) / np.mean(a ** 2))
        shares.append(np.sum(below * x) / np.sum(x * x))
    assert "$2 + 1 = 3$" in CHAPTER.prose
    assert np.mean(measured) == pytest.approx(3, abs=0.1) and np.mean(shares) == pytest.approx(1, abs=0.05)


def test_under_relu_the_examples_lose_their_variance_faster_than_all_values_together():
    rng = np.random.default_rng(0)
    a, shares = rng.normal(size=(500, 100)), []
    for _ in range(20):
        a = np.maximum(a @ rng.normal(size=(100, 100)) * 0.1, 0)
        shares.append(a.var(axis=0).mean() / a.var())
    assert "both shrink, the second faster" in CHAPTER.prose and shares[0] > 0.9 > 0.5 > shares[4] > 1.5 * shares[19]


def test_symmetry_of_the_weights_matters():
    def relu(z):
        return np.maximum(z, 0)
    for sign, text, low, high in [(1, "about 6 (median)", 4.0, 9.0), (-1, "less than 0.1.", 0.04, 0.1)]:
        def draw(rng, sign=sign):
            return sign * (rng.exponential(size=(100, 100)) - 1)
        assert text in CHAPTER.prose and low < profile(relu, 2.0, draw=draw, seeds=100, m=40)[1] < high
    assert 0.5 < profile(relu, 2.0, seeds=20)[1] < 1.5


def test_the_gradient_of_a_real_loss_meets_the_theory_and_the_outputs_do_not():
    rows = re.findall(r"^layer +\d+(, a as its gradient)?: predicted ([\d.]+), measured ([\d.]+)$", CHAPTER.output,
                      flags=re.M)
    assert len(rows) == 5
    for extreme, predicted, measured in rows:
        assert (abs(float(measured) / float(predicted) - 1) < 0.15) != bool(extreme)


def test_the_deep_sigmoid_network_tells_no_examples_apart():
    rows = re.findall(r"^sigmoid +layer +(\d+): ([\d.]+) +([\d.e+-]+)$", CHAPTER.output, flags=re.M)
    across = {int(number): float(value) for number, _, value in rows}
    assert "gone by layer 5" in CHAPTER.prose and across[5] < 1e-6 < 1e-2 < across[1]
    assert all(0.2 < float(square) < 0.3 for _, square, _ in rows)
    square, value = re.search(r"^relu +layer 10: ([\d.]+) +([\d.e+-]+)$", CHAPTER.output, flags=re.M).groups()
    assert "a fifth of the mean square at layer 10" in CHAPTER.prose and 0.17 < float(value) / float(square) < 0.23
    assert 1 / 25 < across[3] / across[2] < 1 / 14                              # 1/16 a layer, or a little less


def test_the_saturated_sigmoid():
    s = 10.0                                                    # of z in layer 1, then of the layers above
    for _ in range(20):
        s = math.sqrt(100 * normal_mean(lambda x, s=s: sigmoid(s * x) ** 2, n=4000))
    assert "the variance is 44, $s$ is 6.6" in CHAPTER.prose and s ** 2 == pytest.approx(44, abs=0.5)
    assert 100 * (0.5 - 0.4 / 6.6) == pytest.approx(44, abs=0.5) and 100 * 0.4 / (6 * 6.6) == pytest.approx(1, abs=0.02)
    assert squared_slope(s) == pytest.approx(0.4 / (6 * s), rel=0.03)
    assert 4 * 0.158 == pytest.approx(0.63, abs=0.005) and 0.63 ** 19 == pytest.approx(1.5e-4, rel=0.05)
    assert math.sqrt(16 * normal_mean(lambda x: sigmoid(2.4 * x) ** 2)) == pytest.approx(2.4, abs=0.1)


def test_what_the_prose_says_about_the_experiments():
    """Statements in words about E03 and E04, from the committed results."""
    signals, training = claims.recorded("E03"), claims.recorded("E04")

    def ratios(activation, start, width=100):
        return 10 ** signals.values("log10_gradient_ratio", activation=activation, initializer=start, width=width)

    def accuracies(activation, start, depth):
        return training.values("test_accuracy", activation=activation, initializer=start, depth=depth)

    def accuracy(activation, start, depth):
        return accuracies(activation, start, depth).mean()

    assert "about a hundredfold with 300 units" in CHAPTER.prose
    assert 60 < ratios("sigmoid", "normal_1", 300).min() and ratios("sigmoid", "normal_1", 300).max() < 150
    narrow = 1 / ratios("sigmoid", "normal_1", 30)
    assert "between 1/200 and 1/1,200" in CHAPTER.prose and 200 < narrow.min() and 1000 < narrow.max() < 1200
    glorot = np.median(ratios("sigmoid", "glorot_normal"))
    assert "twelve orders of magnitude" in CHAPTER.prose and 11.5 < -math.log10(glorot) < 12.5
    assert "loses a factor of five" in CHAPTER.prose and 4.5 < 1 / np.median(ratios("tanh", "glorot_normal")) < 5.5
    assert 0.6 < np.median(ratios("relu", "he_normal")) < 1.6
    four = np.median(ratios("sigmoid", "sigmoid_glorot_normal"))
    assert r"about $1.5 \cdot 10^{-4}$" in CHAPTER.prose and 1e-4 < four < 2e-4
    z = signals.values("std_z", activation="sigmoid", initializer="sigmoid_glorot_normal", width=100)[:, 3:].mean()
    assert "a deviation of about 2.4" in CHAPTER.prose and 2.2 < z < 2.6
    z = signals.values("std_z", activation="sigmoid", initializer="normal_1", width=100).mean(axis=0) ** 2
    assert "its variance is about 100 in the first layer and 44 in later ones" in CHAPTER.prose
    assert 90 < z[0] < 110 and 42.5 < z[2:].mean() < 45
    assert "shrink to a hundredth" in CHAPTER.prose
    assert 0.003 < signals.values("last_std_z", activation="silu", initializer="he_average", width=100).mean() < 0.03
    assert "hardly better than guessing" in CHAPTER.prose and accuracy("relu", "glorot_normal", 20) < 0.35
    assert "nine digits of ten" in CHAPTER.prose and 0.9 < accuracy("relu", "he_normal", 20) < 0.95
    assert "With two or five ReLU layers the default does as well" in CHAPTER.prose
    assert all(accuracy("relu", "glorot_normal", n) > accuracy("relu", "he_normal", n) - 0.005 for n in (2, 5))
    assert "ten layers stay at chance" in CHAPTER.prose and accuracy("sigmoid", "glorot_normal", 10) < 0.12
    assert accuracy("elu", "glorot_normal", 10) > accuracy("elu", "he_normal", 10)
    assert min(accuracy("elu", "glorot_normal", depth) for depth in (2, 5, 10, 20)) > 0.9
    assert "0.35 on average (seeds from 0.13 to 0.61)" in CHAPTER.prose
    silu = accuracies("silu", "he_normal", 20)
    assert [round(float(v), 2) for v in (silu.mean(), silu.min(), silu.max())] == [0.35, 0.13, 0.61]
    assert min(accuracy("silu", "he_normal", depth) for depth in (2, 5, 10)) > 0.9
    selu = accuracies("selu", "he_normal", 20)
    assert "SELU with He 0.26, four of five seeds at chance" in CHAPTER.prose
    assert round(float(selu.mean()), 2) == 0.26 and sum(selu < 0.12) == 4
    assert min(accuracy(*pair, depth) for depth in (2, 5, 10, 20)
               for pair in [("tanh", "glorot_normal"), ("relu", "he_normal"), ("selu", "lecun_normal")]) > 0.9


@pytest.mark.slow
def test_adam_gets_off_the_default_start_later_than_off_he_s():
    train, _, _ = datasets.digits.load_splits()
    reached = {}
    for start in ("glorot_uniform", "he_normal"):
        hidden = [layers.Dense(100, activation="relu", kernel_initializer=start) for _ in range(20)]
        network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=0)
        network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        reached[start] = network.fit(*train, epochs=20, verbose=0).history["accuracy"]
    assert "get off the default start, too, only later" in CHAPTER.prose
    assert min(history[-1] for history in reached.values()) > 0.85
    assert reached["glorot_uniform"][3] < 0.6 < 0.8 < reached["he_normal"][3]       # the page prints the side of 0.7


def test_displayed_source_is_the_library_s():
    assert CHAPTER.code.count("source(") == 1
    assert not re.search(r"^class |def (fans|truncated_normal|draw)\b", CHAPTER.code, flags=re.M)
