"""The draws that Python and the page share: the right distributions, and the same bits in both."""

import shutil
from statistics import NormalDist

import numpy as np
import pytest
import screenshots

from course_lib.initializers import VarianceScaling
from course_lib.widgets import base, draws

DISTRIBUTIONS = VarianceScaling.DISTRIBUTIONS


def test_the_quantile_is_the_normal_one():
    ends = [2.0 ** -33, 1 - 2.0 ** -33, 0.075, 0.925, np.nextafter(0.075, 0), np.nextafter(0.925, 1), 0.5]
    u = np.concatenate([ends, draws.uniforms(1, 2, 5000)])
    assert draws.normal_quantile(u) == pytest.approx([NormalDist().inv_cdf(float(p)) for p in u], abs=5e-7)


def test_the_part_below_minus_two():
    assert NormalDist().cdf(-2) == pytest.approx(draws.BELOW_MINUS_TWO, rel=1e-14)


def test_uniform_draws_fill_the_interval():
    u = draws.uniforms(0, 0, 100_000)
    assert 0 < u.min() < 1e-4 and 1 - 1e-4 < u.max() < 1
    counts, _ = np.histogram(u, 100, (0, 1))
    assert ((counts - 1000) ** 2 / 1000).sum() < 150                    # chi-squared, 99 degrees of freedom
    assert len(np.unique(u)) == len(u)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_unit_weights_have_mean_0_and_deviation_1(distribution):
    w = draws.unit_weights(distribution, 3, 1, 100_000)
    assert abs(w.mean()) < 0.012
    assert w.std() == pytest.approx(1, abs=0.01)
    other = VarianceScaling(1.0, "fan_in", distribution)((1, 100_000), np.random.default_rng(0), "float64")[0]
    shares = np.linspace(0.01, 0.99, 25)
    assert np.quantile(w, shares) == pytest.approx(np.quantile(other, shares), abs=0.05)
    if distribution != "untruncated_normal":
        assert np.abs(w).max() == pytest.approx(np.abs(other).max(), abs=1e-3)


def test_seeds_and_streams_are_sequences_of_their_own():
    pairs = [(seed, stream) for seed in range(8) for stream in range(8)]
    z = np.array([draws.normals(seed, stream, 4096) for seed, stream in pairs])
    together = np.corrcoef(z) - np.eye(len(pairs))
    assert np.abs(together).max() < 5.5 / 64                            # 5.5 standard deviations
    for lag in (1, 2, 7, 64):
        assert abs(np.mean(z[:, lag:] * z[:, :-lag])) < 5 / z.size ** 0.5
    assert draws.normals(2, 5, 100).tolist() == draws.normals(2, 5, 4096)[:100].tolist()


def test_draws_are_kept_and_cannot_be_changed():
    for array in (draws.uniforms(0, 0, 9), draws.normals(0, 0, 9), *(draws.unit_weights(d, 0, 0, 9)
                                                                    for d in DISTRIBUTIONS)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.browser
def test_the_page_draws_the_same_bits(browser, tmp_path):
    for source in base.HERE.glob("*.js"):
        shutil.copy(source, tmp_path)
    (tmp_path / "index.html").write_text('<!DOCTYPE html><link rel="icon" href="data:,">', "utf-8")
    with screenshots.served(tmp_path) as address:
        tab = browser.new_page()
        tab.goto(address)
        for seed, stream, count in ((0, 0, 5000), (7, 3, 1), (99, 1000, 3000), (41, 20, 4096)):
            arrays = tab.evaluate("""async ([distributions, seed, stream, count]) => {
                const draws = await import("./draws.js");
                return [[...draws.uniforms(seed, stream, count)], [...draws.normals(seed, stream, count)],
                    ...distributions.map((name) => [...draws.unitWeights(name, seed, stream, count)])];
            }""", [list(DISTRIBUTIONS), seed, stream, count])
            expected = [draws.uniforms(seed, stream, count), draws.normals(seed, stream, count),
                        *(draws.unit_weights(name, seed, stream, count) for name in DISTRIBUTIONS)]
            for found, wanted in zip(arrays, expected, strict=True):
                assert found == wanted.tolist()
        tab.close()
