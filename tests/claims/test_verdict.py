"""Rules on planted results: each of the three verdicts must come out where it should, and only there."""

import math

import numpy as np
import pytest
from scipy import stats

from course_lib.claims.results import Results
from course_lib.claims.verdict import FAILS, HOLDS, OPEN, T975, All, Greater, Measured, Ratio, Tuned, Within, t_interval


def planted(**cells):
    """Results of a measure "y" in cells c=a, c=b, ..."""
    results = Results(range(len(next(iter(cells.values())))))
    for name, values in cells.items():
        for seed, value in enumerate(values):
            results.add({"c": name}, seed, {"y": value})
    return results


A, B = Measured("y", c="a"), Measured("y", c="b")
TIGHT, WIDE = [0.49, 0.50, 0.51], [0.1, 0.5, 0.9]


@pytest.mark.parametrize("n", range(2, 32))
def test_quantiles(n):
    assert T975[n - 2] == pytest.approx(stats.t.ppf(0.975, n - 1), abs=5e-4)


def test_interval_by_hand():
    """1, 2, 6: mean 3, variance (4 + 1 + 9) / 2 = 7."""
    interval = t_interval(np.array([1.0, 2.0, 6.0]))
    half = 4.303 * math.sqrt(7 / 3)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((3, 3 - half, 3 + half))


def test_interval_covers_as_often_as_it_says(rng):
    draws = rng.normal(1.0, 2.0, (4000, 5))
    covered = [i.low <= 1 <= i.high for i in map(t_interval, draws)]
    assert 0.94 < np.mean(covered) < 0.96


@pytest.mark.parametrize("n", [0, 1, 32])
def test_interval_needs_seeds(n):
    with pytest.raises(ValueError, match=f"between 2 and 31 seeds are needed, got {n}"):
        t_interval(np.ones(n))


@pytest.mark.parametrize(("values", "low", "high", "verdict"), [
    (TIGHT, 0.4, 0.6, HOLDS), (TIGHT, 0.6, math.inf, FAILS), (TIGHT, -math.inf, 0.4, FAILS),
    (TIGHT, 0.5, math.inf, OPEN), (WIDE, 0.4, 0.6, OPEN), (WIDE, -2, 2, HOLDS), ([0.5] * 3, 0.5, 0.5, HOLDS),
])
def test_within(values, low, high, verdict):
    assert Within(A, low, high).decide(planted(a=values)).verdict == verdict


@pytest.mark.parametrize(("a", "b", "by", "verdict"), [
    ([2.0, 3.0, 4.0], [1.0, 2.1, 2.9], 0.0, HOLDS),         # paired: each difference is near 1, though both scatter
    ([1.0, 2.1, 2.9], [2.0, 3.0, 4.0], 0.0, FAILS), ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0], 0.0, OPEN),
    ([2.0, 3.0, 4.0], [1.0, 2.1, 2.9], 0.5, HOLDS), ([2.0, 3.0, 4.0], [1.0, 2.1, 2.9], 2.0, FAILS),
    ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], 0.0, FAILS),         # 0 in every seed: 0 is not positive
    ([2.0, 3.0, 4.0], [1.0, 2.0, 3.0], 1.0, FAILS), ([2.0, 3.0, 4.0], [1.0, 2.0, 3.0], 0.99, HOLDS),
])
def test_greater(a, b, by, verdict):
    assert Greater(A, B, by).decide(planted(a=a, b=b)).verdict == verdict


def test_tuned_takes_each_seeds_rate_of_the_smallest_validation_loss():
    """By hand: seed 0 chooses rate 0.1, seed 1 rate 1.0; the accuracies do not count."""
    results = Results(range(2))
    for rate, losses, accuracies in ((0.1, (0.2, 0.9), (0.5, 0.8)), (1.0, (0.3, 0.4), (0.9, 0.6))):
        for seed in range(2):
            results.add({"c": "a", "learning_rate": rate}, seed, {"val_loss": losses[seed], "y": accuracies[seed]})
    tuned = Tuned("y", (0.1, 1.0), c="a")
    assert tuned.values(results).tolist() == [0.5, 0.6] and tuned.chosen(results).tolist() == [0, 1]
    rates = [{"c": "a", "learning_rate": 0.1}, {"c": "a", "learning_rate": 1.0}]
    assert list(Within(tuned).cells()) == rates and list(Greater(tuned, A).cells()) == [*rates, {"c": "a"}]
    assert str(tuned) == "y at c=a, best learning rate"


def test_ratio_compares_seed_by_seed():
    """Both double from seed to seed, and their ratio stays: 1.5, 1.6, 1.55."""
    results = planted(a=[1.5, 3.2, 6.2], b=[1.0, 2.0, 4.0])
    ratio = Ratio(A, B)
    assert ratio.values(results) == pytest.approx([1.5, 1.6, 1.55])
    assert list(Within(ratio).cells()) == [{"c": "a"}, {"c": "b"}]
    assert [Within(ratio, high=limit).decide(results).verdict for limit in (1.7, 1.55, 1.4)] == [HOLDS, OPEN, FAILS]
    assert Within(ratio, high=1.7).decide(results).because.startswith("y at c=a over y at c=b: 1.55 (")


@pytest.mark.parametrize(("first", "second", "verdict"), [
    (1.0, 1.0, HOLDS), (1.0, 0.4, FAILS), (1.0, 0.5, OPEN), (0.5, 0.4, FAILS),
])
def test_all(first, second, verdict):
    """Bounds 1.0, 0.5, 0.4 from above: TIGHT lies below the first, around the second, above the third."""
    rule = All(Within(A, high=first), Within(B, high=second))
    outcome = rule.decide(planted(a=TIGHT, b=TIGHT))
    assert outcome.verdict == verdict
    assert list(rule.cells()) == [{"c": "a"}, {"c": "b"}]


def test_because_names_the_numbers():
    outcome = Within(A, low=0.6).decide(planted(a=TIGHT))
    assert outcome.because == "y at c=a: 0.5 (0.475 to 0.525), claimed at least 0.6"
    for by, wanted in ((0.0, "positive"), (0.1, "positive by more than 0.1"), (-0.1, "above -0.1")):
        assert Greater(A, A, by=by).decide(planted(a=TIGHT)).because.endswith(f": 0 (0 to 0), claimed {wanted}")


def test_unknown_cells_and_measures_are_named():
    with pytest.raises(KeyError, match="no result for the cell c=z, seed 0"):
        planted(a=TIGHT).values("y", c="z")
    with pytest.raises(KeyError, match="unknown measure 'x'; expected one of: y"):
        planted(a=TIGHT).values("x", c="a")
