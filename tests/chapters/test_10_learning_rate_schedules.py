"""Every number that the prose of chapter 10 states is computed here again, without the library where that can be."""

import math
import re

import numpy as np
import pytest
from chapters.reading import Chapter, assert_rounds

from course_lib import Input, Sequential, callbacks, claims, datasets, layers, optimizers, schedules
from course_lib.claims import rate_range_test, schedules_compared
from course_lib.claims.verdict import FAILS, t_interval
from course_lib.grading.specs.ch10_learning_rate_schedules import plateau, predictions, repair
from course_lib.widgets import small_network

CHAPTER = Chapter("10_learning_rate_schedules")


def floor(eta, curvature=1.0, noise=1.0):
    """The level at which the mean loss of noisy descent stops, by going on until it has."""
    mean_square = 1.0
    for _ in range(20_000):
        mean_square = (1 - eta * curvature) ** 2 * mean_square + eta ** 2 * noise ** 2
    return curvature * mean_square / 2


def mean(experiment, measure, **cell):
    return float(claims.recorded(experiment).values(measure, **cell).mean())


AVERAGES = (0.1 * 2.0, 0.9 * 0.1 * 2.0 + 0.1 * 1.0)
RATES_OF_TWENTY = sum(0.1 * 0.1 ** (t / 20) for t in range(5_000))
NUMBERS = {
    "0.125": floor(0.4), "0.010204": floor(0.04), "0.044444": 0.1 / (1 + 50 / 100) ** 2, "0.316228": 0.1 ** 0.5,
    "0.434": 1 / math.log(10), "0.919548": RATES_OF_TWENTY, "0.025": 0.1 * 0.5 * 0.5, "0.001": 0.1 / 100,
    "0.055": np.interp(74, [0, 148], [0.01, 0.1]), "6.667": 1 / (1 - 0.85), "1.028073": (10 / 1e-5) ** (1 / 499),
    "1.473684": AVERAGES[1] / (1 - 0.9 ** 2), "0.924": 1 / (1 + 824 / 10_000), "0.003": 0.3 / 100,
    "0.927": (1 + 32 / 10_000) / (1 + 824 / 10_000), "0.005": 0.5 * 0.01, "0.017": (0.01 * 0.03) ** 0.5,
    "0.039": sum(0.1 * 0.1 ** (t / 330) for t in range(330)) / 330,
    "0.195": float(np.mean((small_network.points(2)[1] - (np.abs(small_network.points(2)[0]) - 1)) ** 2)),
    "0.271": 0.1 * (1 + 0.9 + 0.9 ** 2), "0.344": 0.1 * (1 + 0.9 + 0.9 ** 2 + 0.9 ** 3),
}
# Of E38; each stands with its interval in the committed verdicts.
RECORDED = {"0.666", "0.573", "0.758"}


def test_every_long_decimal_is_computed_here():
    assert CHAPTER.long_decimals() == NUMBERS.keys() | RECORDED


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_is_right(text):
    assert_rounds(text, NUMBERS[text])


def test_the_recorded_numbers_are_those_of_the_verdict():
    because = claims.recorded("E38").outcomes["too-high-a-rate"].because
    assert all(number in because for number in RECORDED) and "claimed at most 0.75" in because


def test_the_floor_solves_its_equation_and_a_rate_beyond_two_has_none():
    for eta, curvature, noise in ((0.4, 1.0, 1.0), (0.3, 2.5, 0.7), (0.01, 30.0, 2.0)):
        assert floor(eta, curvature, noise) == pytest.approx(eta * noise ** 2 / (2 * (2 - eta * curvature)))
    assert floor(0.4) / floor(0.04) == pytest.approx(12.25) and 0.96 ** (2 * 28) == pytest.approx(0.1, abs=0.005)
    assert floor(1.9) < 1e1 and floor(2.1) == math.inf


def test_the_noise_of_simulated_runs_has_the_mean_square_that_is_derived():
    rng = np.random.default_rng(0)
    theta = np.full(40_000, 3.0)
    for eta in [0.5] * 20 + [0.1] * 30:
        theta = (1 - eta) * theta - eta * rng.normal(size=len(theta))
    expected = predictions.mean_losses([0.5] * 20 + [0.1] * 30, start=4.5)[-1]
    assert np.mean(theta ** 2) / 2 == pytest.approx(expected, rel=0.03)


def test_noise_that_vanishes_at_the_minimum_has_no_floor_up_to_a_rate():
    for eta, curvature, c in ((0.4, 1.0, 1.0), (0.2, 3.0, 4.0)):
        factor, limit = (1 - eta * curvature) ** 2 + eta ** 2 * c, 2 * curvature / (curvature ** 2 + c)
        assert (factor < 1) == (eta < limit)
        assert (1 - limit * curvature) ** 2 + limit ** 2 * c == pytest.approx(1)
        theta = np.full(400_000, 1.0)
        rng = np.random.default_rng(1)
        for _ in range(4):
            theta = (1 - eta * curvature) * theta - eta * math.sqrt(c) * theta * rng.normal(size=len(theta))
        assert np.mean(theta ** 2) == pytest.approx(factor ** 4, rel=0.1)
    assert 0.6 ** 2 + 0.4 ** 2 == pytest.approx(0.52) and 8 * 0.52 ** 100 < 1e-27
    logits = np.random.default_rng(2).normal(scale=3, size=(1000, 10))
    a = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.log(a[:, 0])
    a[:, 0] -= 1
    assert a[:, 0] == pytest.approx(np.exp(-loss) - 1) and a[:, 1:].sum(axis=1) == pytest.approx(1 - np.exp(-loss))


def test_how_far_the_rates_carry():
    x = np.linspace(0, 0.5, 101)
    assert (4 ** -x <= 1 - x + 1e-15).all() and (1 - x <= np.exp(-x)).all() and 4 ** -0.5 == 0.5
    squares = [sum((1 + t / 50) ** (-2 * c) for t in range(T)) for c in (0.5, 0.6) for T in (10 ** 5, 10 ** 6)]
    assert squares[1] - squares[0] > 100 and squares[3] / squares[2] < 1.4           # c = 1/2 goes on, beyond it ends
    assert sum(0.02 / (1 + t / 50) ** 2 for t in range(10 ** 5)) == pytest.approx(0.02 * 50 / (2 - 1), rel=0.02)
    s, T, eta0 = 50, 2_000, 0.02
    power = sum(eta0 / (1 + t / s) for t in range(T))
    assert power == pytest.approx(eta0 * s * math.log(1 + T / s), rel=0.01)
    assert sum(eta0 * 0.1 ** (t / s) for t in range(T)) == pytest.approx(eta0 * s / math.log(10), rel=0.03)
    way = math.prod(1 - eta0 / (1 + t / s) for t in range(T))
    assert math.exp(-power) * 0.9 < way <= math.exp(-power)
    cosine = np.cumsum([1 + math.cos(math.pi * t / 10_000) for t in range(10_000)])
    assert np.searchsorted(cosine, cosine[-1] / 2) / 10_000 == pytest.approx(0.26, abs=0.006)
    for share in (0.1, 0.26, 0.7):
        assert cosine[int(share * 10_000)] / 20_000 == pytest.approx(
            share / 2 + math.sin(math.pi * share) / (2 * math.pi), abs=2e-4)


def test_which_schedules_stop_on_the_way():
    plans = {1: schedules.PowerDecay(0.1, 100, 1.0), 2: schedules.PowerDecay(0.1, 100, 2.0),
             "exponential": schedules.ExponentialDecay(0.1, 100, 0.1)}
    theta = {}
    for name, plan in plans.items():
        rates = np.array([plan(t) for t in range(20_000)])
        theta[name] = np.cumprod(1 - 0.01 * rates)
    assert theta[2][-1] > 0.87 and theta["exponential"][-1] > 0.87 and 4 ** (-0.01 * 10.05) > 0.86
    assert 4 ** -0.1 == pytest.approx(0.87, abs=0.001)
    assert sum(map(plans[2], range(200_000))) == pytest.approx(10.05, abs=0.01)
    assert 800 < np.argmax(theta[1] < 0.8) < 850
    assert sum(map(plans["exponential"], range(5_000))) == pytest.approx(4.4, abs=0.05)


def test_the_shapes_of_the_experiment_and_how_far_they_go():
    for T in (165, 330, 825):
        shares = {}
        for name in ("power", "exponential", "piecewise", "cosine"):
            plan, callbacks_ = schedules_compared.planned(name, 0.1, T, {})
            shares[name] = sum(plan(t) for t in range(T)) / (0.1 * T)
            assert not callbacks_
        cycle = schedules.OneCycle(0.1, T)
        shares["1cycle"] = sum(cycle(t) for t in range(T)) / (0.1 * T)
        assert (cycle(0), cycle(T)) == pytest.approx((0.01, 1e-5)) and cycle.rise_steps == int(0.45 * T)
        for name, share in (("power", 0.24), ("exponential", 0.39), ("piecewise", 0.53), ("1cycle", 0.50),
                            ("cosine", 0.50)):
            assert shares[name] == pytest.approx(share, abs=0.0075), (name, T)
    assert schedules_compared.planned("exponential", 0.1, 330, {})[0](330) == pytest.approx(0.01)
    watching = schedules_compared.planned("plateau", 0.1, 330, schedules_compared.PROTOCOL.settings)[1][0]
    assert (watching.factor, watching.patience) == (0.5, 2)


def test_the_smoothed_curve_is_late():
    shares = 0.05 * 0.95 ** np.arange(1000)
    assert shares @ np.arange(1000) == pytest.approx(19) and (10 / 1e-5) ** (19 / 299) == pytest.approx(2.4, abs=0.02)


def test_the_limits_of_momentum():
    assert [2 * (1 + beta) for beta in (0.85, 0.95)] == pytest.approx([3.7, 3.9])


def test_small_numbers_of_the_schedules():
    assert schedules.PiecewiseConstantDecay([164], [0.1, 0.001])(164) == 0.1 and 5 * 33 - 1 == 164
    assert schedules.PiecewiseConstantDecay([164], [0.1, 0.001])(165) == 0.001
    cycle = schedules.OneCycle(0.1, 330)
    assert cycle.rise_steps == 148 and cycle(74) == pytest.approx(0.055) and cycle(330) == pytest.approx(1e-5)
    assert cycle(329) == pytest.approx(0.01 / (330 - 2 * 148), rel=0.05) and round(0.01 / cycle(329)) == 33
    decay = schedules.StepDecay(0.1, 10, 0.5)
    assert [decay(e) for e in (9, 10, 25)] == pytest.approx([0.1, 0.05, 0.025])
    assert 33 * 25 == 825 and 50 * 33 == 1650 and 1650 * 0.001 / 0.1 == pytest.approx(16.5)


def test_the_example_of_performance_scheduling():
    assert plateau.plateau([1.0, 0.8, 0.9, 0.85, 0.79], 1.0, 0.5, 2, 0.0).tolist() == [1, 1, 1, 1, 0.5]


def test_a_network_that_fits_all_images_has_no_noise_left():
    """The section on the floor, and what E38 rests on: with the true labels the loss of the training images vanishes,
    with random ones it does not."""
    assert mean("E38", "train_loss", schedule="constant", labels="true", epochs=25, learning_rate=0.03) < 0.01
    assert mean("E38", "train_loss", schedule="constant", labels="partly_random", epochs=10, learning_rate=0.03) > 0.2
    train, _, _ = datasets.digits.load_splits()
    network = Sequential([Input((64,)), *[layers.Dense(100, activation="relu", kernel_initializer="he_normal")
                                          for _ in range(2)], layers.Dense(10, activation="softmax")], seed=0)
    network.compile(optimizers.SGD(0.03, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(*train, epochs=15, verbose=0)
    assert network.evaluate(*train)[1] == 1.0


def test_what_is_said_of_e38():
    outcomes = claims.recorded("E38").outcomes
    compared = {name: outcome.verdict for name, outcome in outcomes.items()
                if re.search(r"-(true|partly-random)-\d+$", name)}
    assert len(compared) == 30
    true = {name: verdict for name, verdict in compared.items() if "-true-" in name}
    assert len(true) == 18 and list(true.values()).count("not decided") == 17 and true["power-true-10"] == FAILS
    assert {name for name, verdict in compared.items() if verdict == "holds"} == {
        "exponential-partly-random-5", "power-partly-random-5", "cosine-partly-random-5", "piecewise-partly-random-10"}
    assert outcomes["one-cycle-in-half-the-time"].verdict == "does not hold"
    assert ": 1.36 (" in outcomes["one-cycle-in-half-the-time"].because
    assert outcomes["mirrored-momentum"].verdict == outcomes["too-high-a-rate"].verdict == "not decided"
    assert outcomes["too-low-a-rate"].verdict == "holds" and ": 2.11 (" in outcomes["too-low-a-rate"].because


def test_what_is_said_of_the_losses_of_e38():
    record, best = claims.recorded("E38"), schedules_compared.best

    def saved(measure, key, *where):
        return t_interval(best(measure, "constant", *where).values(record.results)
                          - best(measure, key, *where).values(record.results))

    room = [max(saved("val_loss", key, "true", epochs).high for key in schedules_compared.WORDS)
            / best("val_loss", "constant", "true", epochs).values(record.results).mean() for epochs in (5, 10, 25)]
    assert room == pytest.approx([1 / 5, 1 / 6, 1 / 8], rel=0.15)
    train = {(key, epochs): saved("train_loss", key, "partly_random", epochs)
             for key in schedules_compared.WORDS for epochs in (5, 10)}
    assert all(gain.mean > 0 for gain in train.values())
    assert {key for (key, _), gain in train.items() if gain.low > 0} == {"exponential", "cosine"}
    assert all(train[key, epochs].low > 0 for key in ("exponential", "cosine") for epochs in (5, 10))
    waited = (best("val_loss", "constant", "true", 5).values(record.results)
              / best("val_loss", "constant", "true", 10).values(record.results))
    assert waited.mean() == pytest.approx(1.19, abs=0.005)
    gains = [saved("val_loss", *where).mean for where in (
        ("exponential", "partly_random", 5), ("power", "partly_random", 5), ("cosine", "partly_random", 5),
        ("piecewise", "partly_random", 10))]
    assert 0.025 < min(gains) and max(gains) < 0.045
    runs = [measures["train_loss"] for cell, _, measures in record.results.rows() if cell["labels"] == "partly_random"]
    assert 0.16 < min(runs) < 0.17

    def at(key, labels, rate):
        return mean("E38", "val_loss", schedule=key, labels=labels, epochs=10, learning_rate=rate)

    for labels in ("true", "partly_random"):                                # lower where it is too high, and back
        for key in ("exponential", "cosine"):
            assert at(key, labels, 0.1) < at("constant", labels, 0.1)
            assert at(key, labels, 0.003) > at("constant", labels, 0.003)
    assert at("constant", "true", 0.03) < min(at("exponential", "true", 0.1), at("cosine", "true", 0.1))
    assert at("exponential", "partly_random", 0.1) == pytest.approx(0.40, abs=0.005)
    assert at("constant", "partly_random", 0.03) == pytest.approx(0.46, abs=0.005)
    for where in (("power", "partly_random", 5), ("piecewise", "partly_random", 10)):
        assert 0 < saved("val_loss", *where).low < 0.002
    assert max(best("train_loss", key, "true", epochs).values(record.results).mean()
               for key in schedules_compared.WORDS for epochs in (10, 25)) < 0.02


def test_what_is_said_of_e37_and_e39():
    e37, e39 = claims.recorded("E37"), claims.recorded("E39")
    multiples = np.concatenate([rate_range_test.best("learning_rate", name).values(e37.results)
                                / e37.values("learning_rate", optimizer=name, rate="suggested")
                                for name in rate_range_test.OPTIMIZERS])
    assert len(multiples) == 24 and 0.5 < multiples.min() < 0.55 and 7.5 < multiples.max() < 8
    assert rate_range_test.RATES == {name: pytest.approx([factor * rate for rate in (0.01, 0.03, 0.1, 0.3, 1, 3)])
                                     for name, factor in (("sgd", 1), ("momentum", 0.1), ("adam", 0.01))}
    assert all(e37.verdict(f"{name}-{optimizer}") == "holds" for name in ("turns-up", "finds-the-size")
               for optimizer in ("sgd", "momentum", "adam"))
    assert [e37.verdict(f"lowest-is-too-high-{name}") for name in ("sgd", "momentum", "adam")] == [
        "does not hold", "holds", "holds"]
    assert ": 1.41 (" in e37.outcomes["is-good-enough-sgd"].because
    assert ": 0.19 (" in e37.outcomes["finds-the-size-sgd"].because
    assert "1.07 (0.998 to 1.14)" in e37.outcomes["is-good-enough-momentum"].because
    assert e37.verdict("is-good-enough-adam") == "not decided"
    assert {name: e39.verdict(name) for name in e39.outcomes} == {
        "rate-by-epoch": "holds", "exponential-beats-0.01": "holds", "exponential-beats-0.001": "does not hold",
        "plateau-beats-constant": "does not hold", "power-lowers-the-rate": "does not hold",
        "piecewise-beats-constant": "does not hold"}
    assert e39.values("rate_left", schedule="power") == pytest.approx((1 + 32 / 1e4) / (1 + 824 / 1e4))
    assert (e39.values("rate_left", schedule="plateau") == 1).all()
    high = {measure: e39.values(measure, schedule="nadam_0.01") for measure in ("val_loss", "test_accuracy")}
    assert high["val_loss"].min() > 1 and high["test_accuracy"].min() > 0.9


def test_the_predictions_state_what_happens():
    assert predictions.mean_losses([0.4] * 100)[-1] == pytest.approx(0.125)
    for seed in range(4):
        seen = predictions.accuracies(schedules.ExponentialDecay(0.1, 20, 0.1), seed)
        assert 0.6 < seen[-1] < 0.85 and abs(seen[-1] - seen[0]) < 0.03
    assert predictions.accuracies(schedules.ExponentialDecay(0.1, 660, 0.1))[-1] > 0.95
    after = [0.1 * 0.1 ** (33 * epochs / 20) for epochs in (1, 2, 3)]
    assert after == pytest.approx([0.002, 5e-5, 1e-6], rel=0.15)
    assert RATES_OF_TWENTY == pytest.approx(0.92, abs=0.005)


class Growing(callbacks.Callback):
    """The rates of a range test."""

    rate = schedules.RangeTest(1e-5, 10, 300)

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = self.rate(self.model.optimizer.iterations)


@pytest.mark.parametrize("plan", [repair.failing_plan, repair.repaired_plan])
def test_from_the_weights_of_a_range_test_no_plan_learns(plan):
    train, validation, _ = datasets.digits.load_splits()
    hidden = [layers.Dense(60, activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=0)
    planned = plan(1047, 32, 10, 0.4)
    with np.errstate(all="ignore"):
        for along in (Growing(), repair.Plan(*(planned[name] for name in repair.KEYS[1:]))):
            network.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
            network.fit(*train, epochs=10, callbacks=[along], verbose=0)
    assert network.evaluate(*validation)[1] < 0.2


def test_from_initial_weights_the_repaired_plan_learns():
    plan = repair.repaired_plan(1047, 32, 10, 0.4)
    assert repair.trained(*(tuple(plan[name]) for name in repair.KEYS[1:])) > 0.95
