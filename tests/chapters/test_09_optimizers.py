"""Every number that the prose of chapter 9 states is computed here again, without the library."""

import json
import math

import numpy as np
import pytest
from chapters.reading import BOOK, Chapter, assert_rounds

from course_lib import claims, optimizers
from course_lib.claims.optimizer_comparison import DEFAULTS, RATES

CHAPTER = Chapter("09_optimizers")
ETA, BETA = 0.02, 0.9


def gradient(theta):
    return theta[0], 25 * theta[1]


def momentum(theta, m, g):
    m = tuple(BETA * m_i - ETA * g_i for m_i, g_i in zip(m, g, strict=True))
    return tuple(t + m_i for t, m_i in zip(theta, m, strict=True)), m


FIRST, M1 = momentum((3.0, 2.0), (0.0, 0.0), gradient((3.0, 2.0)))
SECOND, M2 = momentum(FIRST, M1, gradient(FIRST))
AHEAD = tuple(t + BETA * m for t, m in zip(FIRST, M1, strict=True))
NESTEROV, N2 = momentum(FIRST, M1, gradient(AHEAD))

NUMBERS = {
    "-0.1128": M2[0], "2.8272": SECOND[0], "2.886": AHEAD[0], "-0.11172": N2[0], "2.82828": NESTEROV[0],
    "0.0045": math.sqrt(1e-6 / (0.05 + 1e-6)), "0.001": 1e-3, "0.004": 0.004, "0.999": 0.999, "0.000004": 0.001 * 0.004,
}


@pytest.mark.parametrize("text", NUMBERS)
def test_stated_number(text):
    assert text in CHAPTER.prose
    assert_rounds(text, abs(NUMBERS[text]) if not text.startswith("-") else NUMBERS[text])


def test_every_long_decimal_of_the_prose_is_checked():
    assert {text.lstrip("-") for text in NUMBERS} == {text.lstrip("-") for text in CHAPTER.long_decimals()}


def test_other_numbers_of_the_prose():
    def creeping(rate, steps):
        return 3 * (1 - rate) ** steps, 2 * (1 - 25 * rate) ** steps

    facts = {
        "it is down in the valley's bed after a few steps": abs(creeping(0.02, 8)[1]) < 0.01 < creeping(0.02, 200)[0],
        "With 0.09 it does not arrive at all": abs(creeping(0.09, 200)[1]) > 1e6,
        "$2/25 = 0.08$": 2 / 25 == 0.08,
        "here $24/26 = 0.92$": round(24 / 26, 2) == 0.92 and 1 - 2 / 26 == 24 / 26,
        "$m_1 = (-0.06, -1)$ and $\\theta_1 = (2.94, 1)$": M1 == (-0.06, -1.0) and FIRST == (2.94, 1.0),
        "this is ten steps of gradient descent in one": math.isclose(1 / (1 - 0.9), 10),
        "3.8 for $\\beta = 0.9$ instead of 2": round(2 * 1.9, 1) == 3.8,
        "1.36 for $\\beta = 0.9$": round(2 * 1.9 / 2.8, 2) == 1.36,
        "where the gradient is $(2.886, 2.5)$": np.allclose(gradient(AHEAD), (2.886, 2.5), rtol=0, atol=1e-12),
        "$m_2 = (-0.11172, -0.95)$ and $\\theta_2 = (2.82828, 0.05)$": np.allclose(
            (*N2, *NESTEROV), (-0.11172, -0.95, 2.82828, 0.05), rtol=0, atol=1e-12),
        "Plain momentum was at $-0.4$": round(SECOND[1], 12) == -0.4,
        "to a tenth after 100 steps, to a hundredth after 10,000": (
            1 / math.sqrt(100), 1 / math.sqrt(1e4)) == (0.1, 0.01),
        r"the step is $\eta/\sqrt{0.1} = 3.16\,\eta$": round(1 / math.sqrt(0.1), 2) == 3.16,
        r"$0.1/\sqrt{0.001} = 3.16$ learning rates": round(0.1 / math.sqrt(0.001), 2) == 3.16,
        r"divided by $\sqrt{0.001}$, 32 times as large in the first": round(1 / math.sqrt(0.001)) == 32,
        "with $10^{-8}$ it is $10^{-4}$, ten thousand times the paper's": math.isclose(math.sqrt(1e-8) / 1e-8, 1e4),
        "A factor of 0.99 would take $\\lambda = 10$": math.isclose(1 - 0.001 * 10, 0.99),
        "in the first epoch $\\hat m$ is up to ten times too large": math.isclose(1 / (1 - 0.9), 10),
        "the first steps are three to six times too long": 3 < 0.1 / math.sqrt(0.001) < 6.6,
        "which is 250 times slower": 1 / 250 == 0.004,
    }
    for text, true in facts.items():
        assert text in CHAPTER.prose and true, text


def test_what_the_prose_says_of_the_experiments():
    record = claims.recorded("E31")

    def chosen(name):
        losses = np.array([record.values("val_loss", optimizer=name, learning_rate=rate) for rate in RATES[name]])
        return losses.argmin(axis=0)

    def tuned(measure, name):
        values = np.array([record.values(measure, optimizer=name, learning_rate=rate) for rate in RATES[name]])
        return values[chosen(name), np.arange(5)].mean()

    at_default = {name: record.values("epochs", optimizer=name, learning_rate=rate).mean()
                  for name, rate in DEFAULTS.items()}
    assert "Adam is more than twenty epochs ahead" in CHAPTER.prose and at_default["sgd"] - at_default["adam"] > 20
    assert all(tuned("epochs", name) < 6 and 0.96 < tuned("test_accuracy", name) < 0.98 for name in RATES)
    assert at_default["adagrad"] == at_default["adadelta"] == 31 and 29 < at_default["sgd"] < 32
    assert 13 < at_default["adamax"] < 17
    for name in ("adagrad", "adadelta"):
        assert record.values("test_accuracy", optimizer=name, learning_rate=DEFAULTS[name]).mean() < 0.9
    assert "Adagrad needs more than a hundred times the steps of RMSprop" in CHAPTER.prose
    steps = {name: claims.recorded("E32").values("steps", optimizer=name, surface="saddle") for name in
             ("adagrad", "rmsprop")}
    assert (steps["adagrad"] / steps["rmsprop"]).min() > 100


def test_what_the_cells_print():
    """The worked examples, the limits, epsilon's places, the signs and the Hessian."""
    for text in ("m = [-0.1128 -1.4   ], theta = [ 2.8272 -0.4   ]", "look-ahead [2.886 0.1  ]",
                 "gradient descent  2.0\nmomentum 0.9      3.8\nNesterov 0.9      1.4",
                 "first step 3.16, longest 6.57 at step 12",
                 "below 0.00001 after 100 steps: True", "sign in m +1, in the step +1: loss after 200 steps 1.2e+04",
                 "266,610 parameters: one Hessian of 7.1e+10 numbers, 284 GB in float32"):
        assert text in CHAPTER.output
    for g, paper, keras, inside in ((1.0, 1.0, 0.999997, 1.0), (1e-4, 0.999001, 0.969347, 0.301511),
                                    (1e-6, 0.909091, 0.240253, 0.003162), (1e-8, 0.090909, 0.003152, 0.000032)):
        epsilon, root = 1e-7, math.sqrt(0.001)
        assert (round(g / (g + epsilon), 6), round(root * g / (root * g + epsilon), 6),
                round(g / math.sqrt(g * g + epsilon), 6)) == (paper, keras, inside)
        assert f"paper {paper:.6f}  keras {keras:.6f}  inside {inside:.6f}" in CHAPTER.output
    assert "False" not in CHAPTER.output


def test_the_best_rate_on_the_valley_makes_both_factors_equal():
    rate = 2 / 26
    theta = np.array([3.0, 2.0])
    optimizer = optimizers.SGD(rate)
    for _ in range(10):
        before = np.abs(theta)
        optimizer.update(theta, theta * (1.0, 25.0))
        assert np.abs(theta) / before == pytest.approx(24 / 26)


def test_all_exercises_of_the_chapter_are_shown():
    from course_lib.grading import specs

    cells = ["".join(cell["source"]) for cell in json.loads((BOOK / "09_optimizers.ipynb").read_text("utf-8"))["cells"]]
    for exercise in specs.chapter("09_optimizers").exercises:
        assert sum(f'("{exercise.name}")' in cell for cell in cells) == 1, exercise.name
    for prediction in specs.chapter("09_optimizers").predictions:
        assert sum(f'("{prediction.name}")' in cell for cell in cells) == 1, prediction.name
