import numpy as np
import pytest

from course_lib.datasets import toy

MAKERS = {"blobs": toy.blobs, "checkerboard": toy.checkerboard, "moons": toy.moons, "spirals": toy.spirals}


@pytest.mark.parametrize("name", MAKERS)
class TestAll:
    def test_shapes_and_dtypes(self, name, rng):
        x, y = MAKERS[name](101, rng)
        assert x.shape == (101, 2)
        assert x.dtype == np.float64
        assert y.shape == (101,)
        assert y.dtype == np.int64

    def test_classes_are_balanced_and_shuffled(self, name, rng):
        _, y = MAKERS[name](1000, rng)
        assert np.bincount(y).tolist() == [500, 500]
        assert 400 < (y[1:] != y[:-1]).sum() < 600

    def test_deterministic_in_the_generator(self, name):
        a, b, c = (MAKERS[name](50, np.random.default_rng(s)) for s in (1, 1, 2))
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
        assert not np.array_equal(a[0], c[0])

    @pytest.mark.parametrize(
        ("samples", "text"), [(0, "samples must be an integer of at least 1, got 0"), (2.5, "got 2.5")]
    )
    def test_bad_samples(self, name, samples, text, rng):
        with pytest.raises(ValueError) as caught:
            MAKERS[name](samples, rng)
        assert f"toy.{name}: samples must be" in str(caught.value)
        assert text in str(caught.value)

    def test_bad_generator(self, name):
        with pytest.raises(TypeError) as caught:
            MAKERS[name](10, 0)
        assert f"toy.{name}: rng must be a numpy.random.Generator such as np.random.default_rng(0), got 0 (int)" in \
            str(caught.value)


def test_xor():
    x, y = toy.xor()
    assert [(int(a) ^ int(b)) for a, b in x] == y.tolist()
    assert len({tuple(row) for row in x}) == 4


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_blobs(classes, rng):
    x, y = toy.blobs(5000, rng, classes=classes, gap=3.0, stddev=0.5)
    centres = np.array([x[y == k].mean(axis=0) for k in range(classes)])
    neighbours = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    np.testing.assert_allclose(neighbours, 3, atol=0.1)
    for k in range(classes):
        np.testing.assert_allclose(x[y == k].std(axis=0), 0.5, rtol=0.1)


def test_defaults(rng):
    """Two clouds of deviation 1, 4 apart; moons and spirals with noise 0.1 and 0.02."""
    x, y = toy.blobs(20000, rng)
    assert np.linalg.norm(x[y == 0].mean(axis=0) - x[y == 1].mean(axis=0)) == pytest.approx(4, abs=0.1)
    np.testing.assert_allclose(x[y == 0].std(axis=0), 1, rtol=5 / np.sqrt(2 * 10000))
    x, y = toy.moons(20000, rng)
    off = np.linalg.norm(x[y == 0], axis=1) - 1             # across the arc the noise is nearly all there is
    assert off.std() == pytest.approx(0.1, rel=0.05)
    x, y = toy.spirals(20000, rng)
    radius = np.linalg.norm(x, axis=1)
    assert 1 < radius.max() < 1.15
    outer = radius > 0.5
    turn = np.arctan2(x[outer, 1], x[outer, 0]) / (2 * np.pi) - 1.5 * radius[outer] - y[outer] / 2
    assert np.abs(turn - turn.round()).mean() < 0.05


def test_moons(rng):
    x, y = toy.moons(500, rng, noise=0)
    np.testing.assert_allclose(np.linalg.norm(x[y == 0], axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(x[y == 1] - [1, 0.5], axis=1), 1)
    assert x[y == 0, 1].min() >= 0
    assert x[y == 1, 1].max() <= 0.5


def test_spirals(rng):
    x, y = toy.spirals(900, rng, classes=3, turns=1.5, noise=0)
    radius = np.linalg.norm(x, axis=1)
    assert 0.95 < radius.max() <= 1
    angle = np.arctan2(x[:, 1], x[:, 0])
    off = (angle - 2 * np.pi * (1.5 * radius + y / 3)) / (2 * np.pi)
    np.testing.assert_allclose(off, off.round(), atol=1e-9)


@pytest.mark.parametrize(("call", "text"), [
    (lambda rng: toy.blobs(9, rng, classes=1), "toy.blobs: classes must be an integer of at least 2, got 1 (int)"),
    (lambda rng: toy.blobs(9, rng, stddev=-1), "toy.blobs: stddev must be a number in [0, inf), got -1 (int)"),
    (lambda rng: toy.moons(9, rng, noise=-1), "toy.moons: noise must be a number in [0, inf), got -1 (int)"),
    (lambda rng: toy.checkerboard(9, rng, cells=1),
     "toy.checkerboard: cells must be an integer of at least 2, got 1 (int)"),
    (lambda rng: toy.checkerboard(9, rng, noise=-1),
     "toy.checkerboard: noise must be a number in [0, inf), got -1 (int)"),
    (lambda rng: toy.spirals(9, rng, turns=0), "toy.spirals: turns must be a number in (0, inf), got 0 (int)"),
])
def test_bad_arguments(call, text, rng):
    with pytest.raises(ValueError) as caught:
        call(rng)
    assert text in str(caught.value)


@pytest.mark.parametrize("cells", [2, 3, 4])
def test_checkerboard(cells, rng):
    """Neighbouring squares differ, and every square of a colour gets its share, to five sigma."""
    x, y = toy.checkerboard(9000, rng, cells=cells)
    assert x.min() >= -1
    assert x.max() <= 1
    square = np.floor((x + 1) / 2 * cells).astype(int)
    np.testing.assert_array_equal(square.sum(axis=1) % 2, y)
    for label in (0, 1):
        counts = np.unique(square[y == label], axis=0, return_counts=True)[1]
        assert len(counts) == (cells ** 2 + 1 - label) // 2
        share = 1 / len(counts)
        assert np.abs(counts - 4500 * share).max() <= 5 * np.sqrt(4500 * share * (1 - share))
    within = (x + 1) / 2 * cells - square
    assert np.abs(within.mean(axis=0) - 0.5).max() < 5 / np.sqrt(12 * 9000)


def test_checkerboard_noise():
    clean, noisy = (toy.checkerboard(4000, np.random.default_rng(5), noise=n)[0] for n in (0, 0.3))
    np.testing.assert_allclose((noisy - clean).std(axis=0), 0.3, rtol=5 / np.sqrt(2 * 4000))


def test_two_cells_are_xor(rng):
    x, y = toy.checkerboard(100, rng, cells=2)
    np.testing.assert_array_equal(y, (x[:, 0] > 0) ^ (x[:, 1] > 0))
