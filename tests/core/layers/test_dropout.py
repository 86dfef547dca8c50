"""Dropout, alpha dropout and Gaussian noise: what is drawn, within five standard errors; scaling; modes; errors."""

import math

import numpy as np
import pytest

from course_lib import Input, Sequential, activations, layers

N = 1000                    # masks of N x N entries
RATES = (0.1, 0.2, 0.5, 0.75, 0.99)


def mask_of(rate, shape=(N, N), kind="Dropout", seed=1):
    layer = getattr(layers, kind)(rate, seed=seed)
    layer.build((None, *shape[1:]))
    layer.forward(np.ones(shape, "float32"), training=True)
    return layer.mask


@pytest.mark.parametrize("rate", RATES)
class TestMask:
    """A mask is Bernoulli(1 - rate): its entries differ from that by no more than chance allows."""

    def test_rate(self, rate):
        kept = mask_of(rate)
        assert kept.dtype == bool
        assert abs(kept.mean() - (1 - rate)) < 5 * math.sqrt(rate * (1 - rate)) / N

    def test_rows_and_columns_have_the_spread_of_independent_entries(self, rate):
        """The variance of N sums of N entries is N p (1 - p), within five of its standard errors, sqrt(2 / N)."""
        kept = mask_of(rate)
        for axis in (0, 1):
            assert abs(kept.sum(axis=axis).var() / (N * rate * (1 - rate)) - 1) < 5 * math.sqrt(2 / N)

    def test_neighbours_are_independent(self, rate):
        """Along a row, down a column, and at the distances of 1 to 8 entries that share a 64-bit draw or follow it."""
        deviation = mask_of(rate) - (1 - rate)
        for lag in range(1, 9):
            for a, b in ((deviation[:, :-lag], deviation[:, lag:]), (deviation[:-lag], deviation[lag:])):
                correlation = (a * b).mean() / (rate * (1 - rate))
                assert abs(correlation) < 5 / math.sqrt(a.size)

    def test_each_lane_of_a_draw_has_the_rate(self, rate):
        lanes = mask_of(rate).reshape(-1, 4).mean(axis=0)
        assert np.abs(lanes - (1 - rate)).max() < 5 * math.sqrt(rate * (1 - rate) / (N * N / 4))

    def test_calls_are_independent(self, rate):
        layer = layers.Dropout(rate, seed=2)
        layer.build((None, N))
        x = np.ones((N, N), "float32")
        first = layer(x, training=True) > 0
        second = layer(x, training=True) > 0
        agree = (first == second).mean()
        p = rate ** 2 + (1 - rate) ** 2
        assert abs(agree - p) < 5 * math.sqrt(p * (1 - p)) / N

    def test_alpha_dropout_draws_the_same_masks(self, rate):
        np.testing.assert_array_equal(mask_of(rate, kind="AlphaDropout"), mask_of(rate))


def test_the_realised_rate_is_right_to_2_to_the_minus_17():
    """The threshold among 65,536 equally likely numbers; with rates that are multiples of 1/65,536 it is exact."""
    for rate in (*RATES, 1 / 3, 2 ** -16, 1 - 2 ** -16, 1e-5):
        layer = layers.Dropout(rate)
        layer.build((None, 2 ** 16))
        kept = layer.draw((1, 2 ** 16), EveryNumber())
        assert abs((1 - kept.mean()) - rate) <= 2 ** -17


class EveryNumber:
    """A generator whose raw draws are all 16-bit numbers, once each."""

    bit_generator = property(lambda self: self)

    @staticmethod
    def random_raw(n):
        return np.arange(4 * n, dtype=np.uint16).view(np.uint64)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (3, 5), (7, 11), (2, 3, 5)])
def test_any_shape(shape):
    assert mask_of(0.5, shape).shape == shape
    assert mask_of(0.5, (400, *shape[1:])).any() and not mask_of(0.5, (400, *shape[1:])).all()


@pytest.mark.parametrize(("entries", "draws"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_no_draw_is_wasted(entries, draws):
    layer = layers.Dropout(0.5, seed=7)
    layer(np.ones((1, entries)), training=True)
    expected = np.random.PCG64(7)
    assert layer.random_state == expected.advance(draws).state


def test_inverted_scaling():
    """Kept entries are divided by 1 - rate: 4 at 0.75, 1.25 at 0.2; the wrong divisor, rate, gives others."""
    for rate, factor in ((0.75, 4.0), (0.2, 1.25)):
        layer = layers.Dropout(rate, seed=0, dtype="float64")
        a = layer(np.ones((50, 50)), training=True)
        assert set(np.unique(a)) == {0.0, factor}
        np.testing.assert_array_equal(a, layer.mask * factor)
        layer.forward(np.ones((50, 50)), training=True)
        np.testing.assert_array_equal(layer.backward(np.full((50, 50), 2.0)), 2 * factor * layer.mask)


def test_mean_is_kept_and_variance_grows(rng):
    """Of zero-mean inputs the variance is multiplied by 1 / (1 - rate)."""
    x, rate = rng.normal(size=(N, N)), 0.4
    a = layers.Dropout(rate, seed=0, dtype="float64")(x, training=True)
    kurtosis = 3 / (1 - rate)                                   # E a^4 / Var^2
    assert abs(a.mean()) < 5 / math.sqrt(1 - rate) / N
    assert abs(a.var() * (1 - rate) - 1) < 5 * math.sqrt(kurtosis - 1) / N


@pytest.mark.parametrize("kind", ["Dropout", "AlphaDropout", "GaussianNoise"])
class TestModes:
    def test_inference_and_zero_are_the_identity(self, kind, rng):
        x, da = rng.normal(size=(2, 5, 4))
        for amount, training in ((0.5, False), (0.0, True)):
            layer = getattr(layers, kind)(amount, dtype="float64")
            layer.build((None, 4))
            state = layer.random_state
            np.testing.assert_array_equal(layer.forward(x, training=training), x)
            np.testing.assert_array_equal(layer.backward(da), da)
            assert layer.random_state == state                  # nothing was drawn

    def test_trainable_makes_no_difference(self, kind):
        layer = getattr(layers, kind)(0.5, seed=0, trainable=False)
        assert not np.array_equal(layer(np.ones((5, 40)), training=True), np.ones((5, 40)))

    def test_seed(self, kind):
        x = np.ones((5, 40), "float32")
        a, b, c = (getattr(layers, kind)(0.5, seed=seed)(x, training=True) for seed in (3, 3, 4))
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)

    def test_without_a_seed_the_model_s_decides_and_the_weights_stay(self, kind):
        def model(seed, *extra):
            return Sequential([Input((4,)), layers.Dense(40), *extra, layers.Dense(3)], seed=seed)

        def layer():
            return getattr(layers, kind)(0.5)

        x = np.ones((6, 4), "float32")
        a, b, other = model(1, layer()), model(1, layer()), model(2, layer())
        np.testing.assert_array_equal(a(x, training=True), b(x, training=True))
        assert not np.array_equal(a.layers[1].mask, [])
        other(x, training=True)
        assert not np.array_equal(a.layers[1].mask, other.layers[1].mask)
        for with_, without in zip(a.get_weights(), model(1).get_weights(), strict=True):
            np.testing.assert_array_equal(with_, without)
        two = model(1, layer(), layers.Dense(40), layer())
        two(x, training=True)
        assert not np.array_equal(two.layers[1].mask, two.layers[3].mask)

    def test_a_fixed_mask_is_used_and_lets_go(self, kind, rng):
        layer = getattr(layers, kind)(0.5, seed=0, dtype="float64")
        x = rng.normal(size=(3, 4))
        layer.build((None, 4))
        layer.fixed_mask = [[1, 0, 0, 1]] * 3
        first = layer(x, training=True)
        np.testing.assert_array_equal(layer(x, training=True), first)
        np.testing.assert_array_equal(layer.mask, [[1, 0, 0, 1]] * 3)
        np.testing.assert_array_equal(layer(x), x)
        layer.fixed_mask = None
        assert not np.array_equal(layer(x, training=True), first)

    def test_a_fixed_mask_of_another_shape_is_refused(self, kind):
        layer = getattr(layers, kind)(0.5, dtype="float64")
        layer.build((None, 4))
        layer.fixed_mask = np.ones((2, 4))
        with pytest.raises(ValueError, match=r"fixed_mask must have shape \(3, 4\), got an array of shape \(2, 4\)"):
            layer.forward(np.ones((3, 4)), training=True)

    def test_random_state_errors(self, kind):
        layer = getattr(layers, kind)(0.5)
        assert layer.random_state is None
        with pytest.raises(ValueError, match=f"{kind}: random_state can be set once the layer is built"):
            layer.random_state = {}
        with pytest.raises(AttributeError, match="has no attribute 'generator'; the layer has no weights yet"):
            layer.forward(np.ones((2, 3), "float32"), training=True)
        layer.build((None, 3))
        state = layer.random_state
        for wrong in (None, 3, {}, {"bit_generator": "MT19937"}):
            with pytest.raises(ValueError, match=f"{kind}: random_state must be what the property gave, got"):
                layer.random_state = wrong
            assert layer.random_state == state


def test_noise_shape(rng):
    """The mask is the same along axes of length 1."""
    layer = layers.Dropout(0.5, noise_shape=(None, 1, 30), seed=0, dtype="float64")
    a = layer(np.ones((20, 7, 30)), training=True)
    assert layer.mask.shape == (20, 1, 30)
    np.testing.assert_array_equal(a, np.broadcast_to(a[:, :1], a.shape))
    assert len(np.unique(a[:, 0], axis=0)) == 20
    whole = layers.Dropout(0.5, noise_shape=[1, None], seed=0, dtype="float64")
    a = whole(np.ones((20, 30)), training=True)
    np.testing.assert_array_equal(a, np.broadcast_to(a[:1], a.shape))
    assert whole.get_config()["noise_shape"] == [1, None]
    alpha = layers.AlphaDropout(0.5, noise_shape=(None, 1), seed=0, dtype="float64")
    a = alpha(np.ones((40, 30)), training=True)
    assert len(np.unique(a)) == 2 and np.all(a == a[:, :1])


class TestAlphaDropout:
    def test_published_constants(self):
        """a = 0.92128 and b = 0.16197 at a rate of 0.1; alpha' = -1.7580993408473766."""
        layer = layers.AlphaDropout(0.1, dtype="float64")
        layer.build((None, 2))
        layer.fixed_mask = [[1, 0]]
        kept, dropped = layer.forward(np.zeros((1, 2)), training=True)[0]
        assert kept == pytest.approx(0.16197, abs=5e-6)
        assert dropped == pytest.approx(0.92128 * -1.7580993408473766 + 0.16197, abs=2e-5)
        assert layers.AlphaDropout.DROPPED == pytest.approx(-1.7580993408473766, rel=1e-15)

    def test_against_scalar_loops(self, rng):
        """The paper's form, a = (q + alpha'^2 q (1 - q))^(-1/2) with q = 1 - rate."""
        x, kept, q = rng.normal(size=(4, 5)), rng.random((4, 5)) < 0.5, 0.7
        layer = layers.AlphaDropout(1 - q, dtype="float64")
        layer.build((None, 5))
        layer.fixed_mask = kept
        output = layer.forward(x, training=True)
        limit = -1.0507009873554805 * 1.6732632423543772
        a = (q + limit ** 2 * q * (1 - q)) ** -0.5
        b = -a * (1 - q) * limit
        for i, j in np.ndindex(4, 5):
            assert output[i, j] == pytest.approx(a * (x[i, j] if kept[i, j] else limit) + b, rel=1e-13)
        np.testing.assert_allclose(layer.backward(np.ones((4, 5))), a * kept, rtol=1e-14)

    @pytest.mark.parametrize("rate", [0.05, 0.1, 0.3, 0.5])
    def test_keeps_mean_and_variance_of_selu_outputs(self, rate, rng):
        """Five standard errors, for a million outputs of SELU; plain dropout would not: 1.114 at 0.1."""
        selu = activations.get("selu")(rng.normal(size=(N, N)))
        a = layers.AlphaDropout(rate, seed=0, dtype="float64")(selu, training=True)
        fourth = ((a - a.mean()) ** 4).mean()
        assert abs(a.mean()) < 5 / N
        assert abs(a.var() - 1) < 5 * math.sqrt(fourth - 1) / N
        if rate == 0.1:
            plain = layers.Dropout(rate, seed=0, dtype="float64")(selu, training=True)
            assert plain.var() == pytest.approx(1.114, abs=0.012)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gaussian_noise(dtype):
    """Mean, variance and fourth moment within five standard errors; neighbours independent."""
    layer = layers.GaussianNoise(0.3, seed=0, dtype=dtype)
    x = np.full((N, N), 2.0, dtype)
    noise = layer(x, training=True).astype(np.float64) - 2
    np.testing.assert_allclose(layer.mask, noise, atol=1e-6)
    assert abs(noise.mean()) < 5 * 0.3 / N
    assert abs(noise.var() / 0.09 - 1) < 5 * math.sqrt(2) / N
    assert abs((noise ** 4).mean() / 0.09 ** 2 - 3) < 5 * math.sqrt(96) / N
    assert abs((noise[:, 1:] * noise[:, :-1]).mean() / 0.09) < 5 / N


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.Dropout(1.5), ValueError, "Dropout: rate must be a number in [0, 1), got 1.5 (float)"),
    (lambda: layers.Dropout(1), ValueError, "Dropout: rate must be a number in [0, 1), got 1 (int)"),
    (lambda: layers.Dropout(-0.1), ValueError, "got -0.1 (float)"),
    (lambda: layers.Dropout("0.5"), ValueError, "got '0.5' (str)"),
    (lambda: layers.AlphaDropout(1.0), ValueError, "AlphaDropout: rate must be a number in [0, 1), got 1.0 (float)"),
    (lambda: layers.Dropout(0.5, seed=-1), ValueError, "Dropout: seed must be an integer of at least 0, got -1 (int)"),
    (lambda: layers.Dropout(0.5, noise_shape=3), TypeError,
     "Dropout: noise_shape must be a tuple such as (None, 1, 8), got 3 (int)"),
    (lambda: layers.Dropout(0.5, noise_shape=(None, 0)), ValueError,
     "Dropout: each entry of noise_shape must be an integer of at least 1, got 0 (int)"),
    (lambda: layers.Dropout(0.5, noise_shape=(None, 2))(np.ones((5, 4))), ValueError,
     "Dropout: noise_shape must have for each axis of the inputs (m, 4) None, 1 or its length, got (None, 2)"),
    (lambda: layers.Dropout(0.5, noise_shape=(None, 4, 1))(np.ones((5, 4))), ValueError, "got (None, 4, 1)"),
    (lambda: layers.GaussianNoise(-1), ValueError, "GaussianNoise: stddev must be a number in [0, inf), got -1 (int)"),
    (lambda: layers.Dropout(0.5, dtype="float64").backward(np.ones((2, 2))), AttributeError,
     "Dropout has no attribute 'active'; the layer has no weights yet: call build((None, n_in))"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
