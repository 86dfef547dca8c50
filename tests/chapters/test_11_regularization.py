"""Every number that the prose of chapter 11 states is computed here again, without the library."""

import math
import statistics

import numpy as np
import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import claims

CHAPTER = Chapter("11_regularization")

ALPHA = -1.0507009873554805 * 1.6732632423543772
U = 1 / math.sqrt((1 - 0.1) * (1 + 0.1 * ALPHA ** 2))
PASSES = (0.9, 0.6, 0.3)
LOGITS = [math.log(p / (1 - p)) for p in PASSES]


def mean(experiment, measure, **cell):
    """Over the seeds of the committed results."""
    return float(claims.recorded(experiment).values(measure, **cell).mean())


def difference(experiment, measure, one, other):
    return mean(experiment, measure, **one) - mean(experiment, measure, **other)


NUMBERS = {
    "0.002": 2 * 0.1 * 0.01, "2.994": 3 * (1 - 0.002), "3.992": 4 * (1 - 0.002), "0.001": 0.1 * 0.01,
    "2.999": 3 - 0.001, "3.999": 4 - 0.001, "0.004": 4 * 0.001, "0.003": 0.003, "0.0003": 0.1 * 0.003,
    "0.0001": 0.0001, "-0.0002": 0.0001 - 0.0003, "0.367787": (1 - 0.001 * 0.5) ** 2000,
    "0.533333": 0.4 / 0.75, "1.066667": 0.8 / 0.75, "-1.758099": ALPHA, "0.921285": U, "0.161971": -U * 0.1 * ALPHA,
    "0.244949": statistics.pstdev(PASSES), "2.197225": LOGITS[0], "0.405465": LOGITS[1], "-0.847298": LOGITS[2],
    "0.585131": statistics.fmean(LOGITS), "0.642247": 1 / (1 + math.exp(-statistics.fmean(LOGITS))),
    "0.007874": 1 / 127, "0.401575": 51 / 127, "0.251969": 32 / 127,
    "0.007": difference("E44", "test_loss", {"patience": 0, "rows": 1047, "wrong_labels": 0},
                        {"patience": 10, "rows": 1047, "wrong_labels": 0}),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_stated_number(text):
    assert text in CHAPTER.prose
    assert_rounds(text, NUMBERS[text])


def test_every_long_decimal_of_the_prose_is_checked():
    assert {text.lstrip("-") for text in NUMBERS} == {text.lstrip("-") for text in CHAPTER.long_decimals()}


def after_noise(coupled):
    """Adam on two weights whose gradients are noise, written out, with the decay in the gradient or outside."""
    left = []
    noise = np.random.default_rng(0).normal(size=(2000, 2)) * [10, 0.1]
    for i in (0, 1):
        w, m, v = 1.0, 0.0, 0.0
        for t, g in enumerate(noise[:, i].tolist(), start=1):
            if coupled:
                g += 0.5 * w
            else:
                w *= 1 - 0.001 * 0.5
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            w -= 0.001 * (m / (1 - 0.9 ** t)) / (math.sqrt(v / (1 - 0.999 ** t)) + 1e-7)
        left.append(w)
    return left


def test_the_table_of_adam_and_adamw():
    for name, coupled in (("Adam with l2: ", True), ("AdamW       : ", False)):
        large, small = after_noise(coupled)
        assert f"{name}large gradients {large:.2f}, small gradients {small:.2f}" in CHAPTER.output


def test_the_rule_of_early_stopping():
    losses = (1, 0.8, 0.9, 0.85, 0.7)
    for patience, wanted in ((0, (3, 2)), (1, (3, 2)), (2, (4, 2)), (3, (5, 5))):
        best, end = 0, len(losses)
        for t in range(1, len(losses)):
            if losses[t] < losses[best]:
                best = t
            elif t - best >= patience:
                end = t + 1
                break
        assert (end, best + 1) == wanted
        assert f"patience {patience}  ends after epoch, best epoch: {wanted}" in CHAPTER.output


def test_other_numbers_of_the_prose():
    kept = [x for x in (0.5, -0.1, 0.02, -0.8, 0.3) if abs(x) > 0.1]
    sizes = (784, 100, 100, 10)
    spoiled = {"rows": 1047, "wrong_labels": 0.3}
    facts = {
        "55,210 parameters": sum((a + 1) * b for a, b in ((64, 200), (200, 200), (200, 10))) == 55_210,
        "$0.01\\,(9 + 16) = 0.25$ and its gradient $(0.06, 0.08)$": math.isclose(0.02 * 3, 0.06) and 0.01 * 25 == 0.25,
        "$0.01\\,(3 + 4) = 0.07$": math.isclose(0.01 * 7, 0.07),
        "gone after four steps of $\\ell_1$; of $\\ell_2$ it has lost less than a hundredth": 1 - 0.998 ** 4 < 0.01,
        "With $\\lambda = 0.2$ the first weight becomes 1.8 and the second 0.2": math.isclose(2 - 0.2 / 1, 1.8)
        and math.isclose(0.6 - 0.2 / 0.5, 0.2),
        "$(0.7, -0.2, 0)$ become $(0.2, 0, 0)$": math.isclose(0.7 - 0.5, 0.2),
        "At $p = 0.75$ a quarter survives, and each survivor counts four times": 1 / (1 - 0.75) == 4,
        "(0.533333, 0, 1.066667, 2)$": 1.5 / 0.75 == 2,
        "$s = \\sqrt{0.06}": math.isclose(statistics.pvariance(PASSES), 0.06),
        "they become $(1.2, 1.6)$": math.isclose(3 * 2 / 5, 1.2) and math.isclose(4 * 2 / 5, 1.6),
        "with $q = 0.4$ two go: 0.02 and $-0.1$": kept == [0.5, -0.8, 0.3],
        "it is 79 % half-way": round(100 * 0.9 * (1 - 0.5 ** 3)) == 79,
        "codes $(51, -127, 32)$": [round(127 * w) for w in (0.4, -1, 0.25)] == [51, -127, 32],
        "81 % of the test images are right": round(100 * mean("E44", "test_accuracy", patience=0, **spoiled)) == 81,
        "it is 88 %, after 23 epochs": round(100 * mean("E44", "test_accuracy", patience=10, **spoiled)) == 88
        and round(mean("E44", "epochs", patience=10, **spoiled)) == 23,
        "after 5 or 6, gives 90 %": 5 < mean("E44", "epochs", patience=1, **spoiled) < 6
        and round(100 * mean("E44", "test_accuracy", patience=1, **spoiled)) == 90,
        "97.6 % of the test images": round(100 * mean("E40", "test_accuracy", method="none", rows=1047), 1) == 97.6,
        "0.84 and 0.34": [round(mean("E40", "test_accuracy", method="0.9", rows=rows), 2) for rows in (1047, 200)]
        == [0.84, 0.34],
        "at 0.9 the loss of the training data themselves is above 1":
            min(mean("E40", "train_loss", method="0.9", rows=rows) for rows in (200, 1047)) > 1,
        "by 20 points at the rate 0.7": 0.195 < (mean("E41", "accuracy_plain", rate=0.7, rows=200)
                                                 - mean("E41", "accuracy_single", rate=0.7, rows=200)) < 0.21,
        "15 % got a probability above 0.9 without dropout, with it 0.3 %":
            round(100 * mean("E41", "sure_plain", rate=0.5, rows=200)) == 15
            and round(100 * mean("E41", "sure_mc", rate=0.5, rows=200), 1) == 0.3,
        "The proximal step makes 71 %": round(100 * mean("E45", "zeros", method="proximal", l1=1e-3)) == 71,
        "it costs 0.007 in the mean": round(difference("E45", "test_accuracy", {"method": "gradient", "l1": 0},
                                                       {"method": "gradient", "l1": 1e-3}), 3) == 0.007,
        "after 1,047 by 0.002": round(difference("E43", "test_accuracy", {"bound": 1, "rows": 1047},
                                                 {"bound": 0, "rows": 1047}), 3) == 0.002,
        "after 200 images rises by one point": round(difference("E43", "test_accuracy", {"bound": 1, "rows": 200},
                                                                {"bound": 0, "rows": 200}), 2) == 0.01,
        "a length of $\\sqrt2 \\approx 1.41$": round(math.sqrt(2), 2) == 1.41,
    }
    for text, true in facts.items():
        assert text in CHAPTER.prose and true, text
    assert f"{sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False)):,} parameters" in CHAPTER.output


def test_what_is_said_of_monte_carlo_dropout():
    """At 0.3 the loss falls by a sixth to a fifth; at 0.7 loss and calibration are much worse."""
    for rows in (200, 1047):
        fall = 1 - mean("E41", "loss_mc", rate=0.3, rows=rows) / mean("E41", "loss_plain", rate=0.3, rows=rows)
        assert 1 / 6.2 < fall < 1 / 5
        for measure in ("loss", "calibration"):
            assert (mean("E41", f"{measure}_mc", rate=0.7, rows=rows)
                    > 1.4 * mean("E41", f"{measure}_plain", rate=0.7, rows=rows))
    assert "At 0.3 the loss falls by a sixth to a fifth" in CHAPTER.prose


def test_the_figures_say_what_was_recorded():
    for words, measure, cell in (
            ("0.976 without", "test_accuracy", {"method": "none", "rows": 1047}),
            ("0.981\nwith a fifth of the inputs dropped", "test_accuracy", {"method": "input", "rows": 1047}),
            ("0.926 without, 0.928 at 0.5", "test_accuracy", {"method": "none", "rows": 200}),
            ("0.914 at 0.7, 0.934 with inputs dropped", "test_accuracy", {"method": "0.7", "rows": 200})):
        assert words in CHAPTER.code
        assert_rounds(words, mean("E40", measure, **cell))
    pruned = {share: mean("E45", f"pruned_{share}", method="gradient", l1=0) for share in (80, 90, 98)}
    assert "0.97 to 0.91 at 80 %, 0.71 at 90 % and 0.11 at\n98 %" in CHAPTER.code
    assert [round(value, 2) for value in pruned.values()] == [0.91, 0.71, 0.11]
    val = claims.recorded("E44").values("val_loss", patience=0, rows=1047, wrong_labels=0.3).mean(axis=0)
    assert "some ten epochs to about one half, then rises again, to three quarters" in CHAPTER.code
    assert 5 <= val.argmin() + 1 <= 15 and 0.5 < val.min() < 0.56 and round(float(val[-1]), 2) == 0.75


def test_alpha_dropout_keeps_mean_and_variance():
    """The mean and mean square of what is in the brackets, for a of mean 0 and variance 1."""
    for p in (0.1, 0.3):
        middle, square = p * ALPHA, (1 - p) + p * ALPHA ** 2
        assert square - middle ** 2 == pytest.approx((1 - p) * (1 + p * ALPHA ** 2))
