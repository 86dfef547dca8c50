"""Every number that the prose of chapter 6 states is computed here again, without the library."""

import math
import re
import statistics

import numpy as np
import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import Input, Sequential, claims, initializers, layers

CHAPTER = Chapter("06_batch_normalization")

X, D = (1.0, 2.0, 4.0, 9.0), (0.4, -0.2, 0.1, 0.3)
GAMMA, BETA, EPSILON = 2.0, 0.5, 0.001
MEAN, VARIANCE = statistics.fmean(X), statistics.pvariance(X)
TAU = math.sqrt(VARIANCE + EPSILON)
X_HAT = [(x - MEAN) / TAU for x in X]
MOVING = 0.99 * 0 + 0.01 * MEAN, 0.99 * 1 + 0.01 * VARIANCE
S = GAMMA / math.sqrt(MOVING[1] + EPSILON)
T = BETA - S * MOVING[0]
DGAMMA = sum(d * x for d, x in zip(D, X_HAT, strict=True))


def loss(x):
    """The loss of the worked example, written out for four numbers."""
    mean = sum(x) / 4
    divisor = math.sqrt(sum((value - mean) ** 2 for value in x) / 4 + EPSILON)
    return sum(d * (GAMMA * (value - mean) / divisor + BETA) for d, value in zip(D, x, strict=True))


def derivative(i, h=1e-5):
    """Central difference with one step of Richardson's extrapolation."""
    def central(h):
        ends = [[value + side * h * (i == j) for j, value in enumerate(X)] for side in (1, -1)]
        return (loss(ends[0]) - loss(ends[1])) / (2 * h)

    return (4 * central(h / 2) - central(h)) / 3


def last_loss(momentum):
    """Mean validation loss of E23 after twenty epochs."""
    return claims.recorded("E23").values("last_val_loss", part="momentum", momentum=momentum, batch_size=32).mean()


def normal_mean(f):
    """The mean of f(sigmoid(z)) for a standard normal z, by a sum."""
    z = np.linspace(-12, 12, 24_001)
    return float(np.sum(f(1 / (1 + np.exp(-z))) * np.exp(-z ** 2 / 2)) * 0.001 / math.sqrt(2 * math.pi))


def saturated_roots():
    """Root mean square of the sigmoid's slope, and deviation of its outputs, for a normal z of deviation 10."""
    z = np.linspace(-12, 12, 240_001)
    weight = np.exp(-z ** 2 / 2) / np.exp(-z ** 2 / 2).sum()
    output = 1 / (1 + np.exp(-10 * z))
    return (math.sqrt(np.sum(weight * (output * (1 - output)) ** 2)), math.sqrt(np.sum(weight * (output - 0.5) ** 2)))


SATURATED = saturated_roots()
DROPOUT_GAIN = float(np.subtract(*(claims.recorded("E22").values("test_accuracy", method=method, rows=1047).mean()
                                   for method in ("dropout", "none"))))

NUMBERS = {
    "3.082369": TAU, "-0.973277": X_HAT[0], "-1.446555": GAMMA * X_HAT[0] + BETA, "-0.648852": X_HAT[1],
    "1.622129": X_HAT[3], "9.501": VARIANCE + EPSILON, "0.001": EPSILON, "0.0001": 0.01 ** 2,
    "0.301511": 0.01 / math.sqrt(1e-4 + 1e-3), "0.953463": 0.01 / math.sqrt(1e-4 + 1e-5),
    "1.085": MOVING[1], "1.086": MOVING[1] + EPSILON, "8.099942": S * 4 + T, "0.190": 0.99 ** 165,
    "0.107": last_loss(0.999), "0.075": last_loss(0.9), "0.212": math.sqrt(normal_mean(lambda s: (s * (1 - s)) ** 2)),
    "0.208": math.sqrt(normal_mean(lambda s: (s - 0.5) ** 2)), "0.004": DROPOUT_GAIN,
    "0.227098": DGAMMA, "0.113549": GAMMA * DGAMMA / 4, "0.198067": derivative(0), "0.259541": GAMMA * D[0] / TAU,
    "0.972": 0.01 ** (1 / 165), "0.986": 0.01 ** (1 / 330), "0.993": 0.01 ** (1 / 660), "0.955": 0.0005 ** (1 / 165),
    "0.032": math.sqrt(1e-3), "0.003": math.sqrt(1e-5), "0.081": SATURATED[0], "0.459": SATURATED[1],
    "1.919177": S, "0.423233": T, "0.959589": 0.5 * S, "0.999": 1 - 1 / 1000, "0.615151": S * 0.1 + T,
}
PRINTED = {                 # in the outputs of cells
    "-0.203195": derivative(1), "-0.032443": derivative(2), "0.037571": derivative(3), "17.695828": S * 9 + T,
    "2.34241 ": S * 1 + T, "4.261587": S * 2 + T, "-0.797703": GAMMA * X_HAT[1] + BETA,
    "-0.12977 ": GAMMA * D[1] / TAU, "0.000016": GAMMA * DGAMMA * EPSILON / TAU ** 3,
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
    assert {text.lstrip("-") for text in NUMBERS} == {text.lstrip("-") for text in CHAPTER.long_decimals()}


def test_other_numbers_of_the_prose():
    facts = {
        "= 38/4 = 9.5$": sum((x - MEAN) ** 2 for x in X) == 38 and VARIANCE == 9.5,
        "63.6 % after 45 steps": round(100 * 0.99 ** 45, 1) == 63.6,
        "36.6 % after 100": round(100 * 0.99 ** 100, 1) == 36.6,
        "1 % after 460": round(100 * 0.99 ** 460) == 1,
        "to a 19th for $p = 0.9$, a 199th for 0.99": [round((1 + p) / (1 - p)) for p in (0.9, 0.99)] == [19, 199],
        r"add up to $\frac{1-p}{1+p}$": math.isclose(sum((0.1 * 0.9 ** k) ** 2 for k in range(500)), 0.1 / 1.9),
        r"$\varepsilon \le 0.02\,\sigma^2$": 0.99 < 1 / math.sqrt(1.02) < 0.991,
        "suits deviations from 0.22 on": round(math.sqrt(0.001 / 0.02), 2) == 0.22,
        r"$\sqrt{0.05/0.23} = 0.47$": round(math.sqrt(0.05 / 0.23), 2) == 0.47,
        "after four a twentieth is left": round(1 / 0.47 ** 4) == 20,
        "Five epochs are 165 steps": 5 * math.ceil(1047 / 32) == 165,
        r"$\partial J/\partial\beta = 0.6$": math.isclose(sum(D), 0.6),
        r"$\overline e = 0.3$": math.isclose(GAMMA * sum(D) / 4, 0.3),
        "costs 400 numbers of 271,346": 300 + 100 == 400 and 271_346 - 270_946 == 400,
        "it turned a deviation of 0.01 into 0.30": round(0.01 / math.sqrt(1.1e-3), 2) == 0.30,
    }
    for text, true in facts.items():
        assert text in CHAPTER.prose and true, text
    dense = 784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10
    assert f"{dense + 4 * (784 + 300 + 100):,} parameters, {2 * (784 + 300 + 100):,}" in CHAPTER.output
    assert f"{dense - 400 + 4 * (784 + 300 + 100):,} parameters" in CHAPTER.output
    assert "grow* on their way down, by about a fifth per layer" in CHAPTER.prose
    assert 1.15 < float(re.search(r"relu +normalized: .*per layer ([\d.]+)", CHAPTER.output)[1]) < 1.25


def test_growth_of_the_gradients():
    """By formula for ReLU and Glorot's sigmoid; measured for N(0, 1) with the normalization after the sigmoid."""
    assert "\\approx 1.21$" in CHAPTER.prose and round(math.sqrt(math.pi / (math.pi - 1)), 2) == 1.21
    slope, spread = normal_mean(lambda s: (s * (1 - s)) ** 2), normal_mean(lambda s: (s - 0.5) ** 2)
    assert "so the factor is 1.02" in CHAPTER.prose and round(math.sqrt(slope / spread), 2) == 1.02
    stack = [layer for _ in range(10) for layer in (
        layers.Dense(100, kernel_initializer=initializers.RandomNormal(0.0, 1.0)), layers.Activation("sigmoid"),
        layers.BatchNormalization())]
    network = Sequential([Input((100,)), *stack], seed=0, dtype="float64")
    signal, gradient = np.random.default_rng(1).normal(size=(2, 500, 100))
    for layer in network.layers:
        signal = layer.forward(signal, training=True)
    sizes = []
    for layer in reversed(network.layers):
        gradient = layer.backward(gradient)
        if isinstance(layer, layers.Dense):
            sizes.append(np.sqrt(np.mean(gradient ** 2)))
    assert r"10 \cdot 0.081/0.459 = 1.77$ per layer, $1.77^9$ or about 170-fold" in CHAPTER.prose
    assert round(10 * SATURATED[0] / SATURATED[1], 2) == 1.77 and round(1.77 ** 9, -1) == 170
    assert 1.65 < (sizes[-1] / sizes[0]) ** (1 / 9) < 1.85


def test_the_exact_statistics_cure_every_network():
    rows = re.findall(r"^ +\d" + 4 * r" +(\d\.\d\d)" + "$", CHAPTER.output, flags=re.M)
    assert len(rows) == 5 and [seed for seed, row in enumerate(rows) if float(row[1]) < float(row[0])] == [1, 3]
    true, moving = (re.search(rf"^{name} variances.*:\n +([\d. ]+)$", CHAPTER.output, flags=re.M)[1].split()
                    for name in ("true", "moving"))
    assert float(true[0]) > 0.5 and all(0.03 < float(value) < 0.07 for value in true[1:])
    assert moving[1:] == ["0.23"] * 4
    for tracked, means, variances, both in (map(float, row) for row in rows):
        assert max(tracked, means) < variances < both and both > 0.94


def test_only_the_plain_network_lets_the_signals_grow():
    rows = [tuple(map(float, row)) for row in
            re.findall(r"^ +\d+" + 4 * r" +(\d\.\d)" + "$", CHAPTER.output, flags=re.M)]
    assert len(rows) == 10 and rows[-1][1] > 2 * rows[0][1] and max(row[0] for row in rows) < 1.5
    assert {size for row in rows for size in row[2:]} == {1.0}


def test_a_batch_of_two():
    """The formula of the last batch against a derivative of the written-out layer, and what its cell found."""
    def objective(x1, x2, e1=0.7, e2=-0.4):
        half = (x1 - x2) / 2
        return (e1 - e2) * half / math.sqrt(half ** 2 + EPSILON)

    for x1, x2 in ((1.3, -0.7), (0.02, 0.01), (0.5, 0.5)):
        tau = math.sqrt(((x1 - x2) / 2) ** 2 + EPSILON)
        by_formula = (0.7 + 0.4) / 2 * EPSILON / tau ** 3
        numeric = (objective(x1 + 1e-6, x2) - objective(x1 - 1e-6, x2)) / 2e-6
        assert numeric == pytest.approx(by_formula, rel=1e-5)
    assert r"$1/\sqrt\varepsilon = 32$" in CHAPTER.prose and round(1 / math.sqrt(EPSILON)) == 32
    growth = {epsilon: [float(value) for value in values.split()] for epsilon, values in
              re.findall(r"^  epsilon ([\d.]+): ([\d. ]+)$", CHAPTER.output, flags=re.M)}
    assert growth["0.001"] == sorted(growth["0.001"]) and growth["0.001"][-1] > 2 > 1.5 > max(growth["0.1"])
    assert "last batch of 2\n  all above 0.8: False\n  mean below 0.5: True\n  exact, mean above 0.5: True\n" \
           "  exact, mean above 0.9: False" in CHAPTER.output                  # exact statistics repair a part only
    ruined, spared = re.findall(r"forward pass, all above 0.8: (\w+)\n  one step, all above 0.8: (\w+)\n"
                                r"  one step, mean below 0.5: (\w+)\n.*\n    1.1 or more: (\d) of 5", CHAPTER.output)
    assert ruined == ("True", "False", "True", "5") and spared == ("True", "True", "False", "0")


def test_numbers_of_the_cards():
    facts = {"0.99 to the power 60, 55 %": round(100 * 0.99 ** 60) == 55, "0.2 %": round(1000 * 0.9 ** 60) == 2,
             "94 %": round(100 * 0.999 ** 60) == 94}
    for text, true in facts.items():
        assert text in CHAPTER.shown and true, text
    assert "After 165 steps 19 %" in CHAPTER.cards and round(100 * 0.99 ** 165) == 19


def test_what_the_prose_says_about_the_experiments():
    """Statements in words about E19, E22 and E23, from the committed results."""
    depth, noise, statistics_ = (claims.recorded(name) for name in ("E19", "E22", "E23"))
    assert 4 * 3 * 3 * 5 == len(claims.get("E19").cells) * len(claims.get("E19").seeds) == 180
    assert "180 trainings of ten epochs" in CHAPTER.prose and claims.get("E19").settings["epochs"] == 10

    def relu(normalization):
        return depth.values("test_accuracy", activation="relu", initializer="he_normal", learning_rate=0.5,
                            normalization=normalization)

    assert "three of the five plain ReLU networks are lost and two are not" in CHAPTER.prose
    assert sorted(relu("none") < 0.2) == [False, False, True, True, True]
    assert min(relu("before").min(), relu("after").min()) > 0.8
    gain = {rows: noise.values("test_accuracy", method="before", rows=rows).mean()
            - noise.values("test_accuracy", method="none", rows=rows).mean() for rows in (200, 1047)}
    assert "rises by three in a thousand" in CHAPTER.prose and round(1000 * gain[1047]) == 3
    assert noise.verdict("before-helps-200") == "not decided" and noise.verdict("after-helps-200") == "does not hold"
    assert noise.verdict("lowers-loss-200") == noise.verdict("lowers-loss-1047") == "holds"
    first, last = ([statistics_.values("val_loss", part="momentum", momentum=p, batch_size=32)[:, epoch].mean()
                    for p in (0.9, 0.99, 0.999)] for epoch in (0, 19))
    assert "After the first epoch the loss with 0.99 is a fifth higher than with 0.9" in CHAPTER.prose
    assert round(first[1] / first[0], 1) == 1.2
    assert "with 0.5 the loss ends 8 % higher than with 0.9" in CHAPTER.prose
    assert round(100 * (last_loss(0.5) / last_loss(0.9) - 1)) == 8
    assert "After twenty epochs 0.99 has caught up" in CHAPTER.prose
    assert abs(last[1] - last[0]) < 0.01 < last[2] - last[0]
    assert "the loss is only 0.107 against 0.075" in CHAPTER.prose
    assert statistics_.values("last_val_loss", part="momentum", momentum=0.9, batch_size=2).mean() > 1
    assert statistics_.values("last_val_loss", part="momentum", momentum=0.99, batch_size=2).mean() > 1
    gains = {rows: noise.values("test_accuracy", method="dropout", rows=rows).mean()
             - noise.values("test_accuracy", method="none", rows=rows).mean() for rows in (200, 1047)}
    assert "Dropout in its place gains 0.004 on all images" in CHAPTER.prose and round(gains[1047], 3) == 0.004
    assert noise.verdict("dropout-helps-200") == "not decided" and noise.verdict("dropout-helps-1047") == "holds"
    epochs = claims.recorded("E20")
    assert epochs.verdict("fewer-epochs-sigmoid-2") == epochs.verdict("epochs-take-longer") == "holds"
    assert epochs.verdict("fewer-epochs-relu-2") == epochs.verdict("fewer-epochs-relu-5") == "not decided"
    saturated = depth.values("test_accuracy", activation="sigmoid", initializer="normal_1", learning_rate=0.5,
                             normalization="after")
    assert "*After* the sigmoid it learns nothing there" in CHAPTER.prose and saturated.max() < 0.15
    assert statistics_.verdict("small-batches-need-more-nines") == "not decided"
    assert statistics_.verdict("replaces-the-scaler") == statistics_.verdict("raw-inputs-fail") == "holds"


def test_the_step_of_the_derivation_that_drops_a_term():
    """The variance does not depend on the mean it is measured from, to first order."""
    h = 1e-6
    def variance(mean):
        return sum((x - mean) ** 2 for x in X) / 4

    assert abs(variance(MEAN + h) - variance(MEAN - h)) / (2 * h) < 1e-9


@pytest.mark.parametrize("i", range(4))
def test_the_formula_of_the_backward_pass(i):
    e = [GAMMA * d for d in D]
    wanted = (e[i] - statistics.fmean(e) - X_HAT[i] * statistics.fmean(np.multiply(e, X_HAT))) / TAU
    assert derivative(i) == pytest.approx(wanted, abs=1e-9)


def test_displayed_source_is_the_library_s():
    assert CHAPTER.code.count("source(") == 2
    assert not re.search(r"^class |def (forward|backward|fold|inference_map)\b", CHAPTER.code, flags=re.M)
