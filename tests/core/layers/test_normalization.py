"""Batch normalization: statistics, modes, published values, folding, errors."""

import numpy as np
import pytest
import reference

from course_lib import Input, Sequential, constraints, initializers, layers, regularizers


def normalization(*row, **options):
    layer = layers.BatchNormalization(dtype="float64", **options)
    layer.build((None, *row))
    return layer


def test_starts_as_keras_does():
    layer = normalization(3)
    assert [(w.name, w.trainable) for w in layer.weights] == [
        ("gamma", True), ("beta", True), ("moving_mean", False), ("moving_variance", False)]
    assert [w.tolist() for w in layer.get_weights()] == [[1] * 3, [0] * 3, [0] * 3, [1] * 3]
    assert (layer.axis, layer.momentum, layer.epsilon) == (-1, 0.99, 1e-3)
    assert not hasattr(layer, "dmoving_mean")


def test_training_against_scalar_loops(rng):
    layer = normalization(3, momentum=0.75, epsilon=0.01)
    gamma, beta, mean, variance = rng.uniform(0.5, 1.5, size=(4, 3))
    layer.set_weights([gamma, beta, mean, variance])
    x = rng.normal(2, 3, size=(5, 3))
    a = layer(x, training=True)
    for j in range(3):
        mu = sum(x[i, j] for i in range(5)) / 5
        var = sum((x[i, j] - mu) ** 2 for i in range(5)) / 5                # by m, not m - 1
        for i in range(5):
            exact = gamma[j] * (x[i, j] - mu) / (var + 0.01) ** 0.5 + beta[j]
            assert a[i, j] == pytest.approx(exact, rel=1e-13)
        assert layer.moving_mean[j] == pytest.approx(0.75 * mean[j] + 0.25 * mu, rel=1e-14)
        assert layer.moving_variance[j] == pytest.approx(0.75 * variance[j] + 0.25 * var, rel=1e-14)


def test_inference_uses_the_moving_statistics_and_leaves_them(rng):
    layer = normalization(3, epsilon=0.25)
    weights = list(rng.uniform(0.5, 1.5, size=(4, 3)))
    layer.set_weights(weights)
    x = rng.normal(size=(5, 3))
    gamma, beta, mean, variance = weights
    np.testing.assert_allclose(layer(x), gamma * (x - mean) / np.sqrt(variance + 0.25) + beta, rtol=1e-13)
    for before, after in zip(weights, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_frozen_means_inference_as_in_keras(rng):
    """trainable=False: the moving statistics are used and kept, though training=True; set back, it trains again."""
    layer = normalization(3)
    layer.set_weights(list(rng.uniform(0.5, 1.5, size=(4, 3))))
    x, held = rng.normal(size=(5, 3)), layer.get_weights()
    layer.trainable = False
    np.testing.assert_array_equal(layer(x, training=True), layer(x))
    for before, after in zip(held, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    layer.trainable = True
    assert not np.allclose(layer(x, training=True), layer(x))
    assert not np.array_equal(layer.moving_mean, held[2])


@pytest.mark.parametrize(("axis", "row"), [(1, (3, 4, 5)), (2, (3, 4, 5)), (-1, (3, 4, 5)), (-2, (3, 4, 5)), (1, (3,))])
def test_axis(axis, row, rng):
    """Each slice along the axis is normalized over all others."""
    layer = normalization(*row, axis=axis, epsilon=1e-9)
    x = rng.normal(3, 2, size=(6, *row))
    a = layer(x, training=True)
    others = tuple(k for k in range(x.ndim) if k != axis % x.ndim)
    np.testing.assert_allclose(a.mean(axis=others), 0, atol=1e-13)
    np.testing.assert_allclose(a.var(axis=others), 1, rtol=1e-8)
    np.testing.assert_allclose(layer.moving_mean, 0.01 * x.mean(axis=others), rtol=1e-12)
    assert layer.gamma.shape == (x.shape[axis],)
    assert a.shape == x.shape


def test_published_values():
    """A batch of one gives beta; epsilon matters for small features; 63.6 % of the start is left after 45 steps."""
    layer = normalization(2, beta_initializer=initializers.Constant(0.5))
    assert layer(np.array([[3.0, -7.0]]), training=True).tolist() == [[0.5, 0.5]]
    x = np.resize([-0.01, 0.01], (1000, 1))                         # a deviation of 0.01 comes out as
    for epsilon, deviation in ((1e-3, 0.3015), (1e-5, 0.9535)):     # 0.01 / sqrt(0.01^2 + epsilon)
        assert normalization(1, epsilon=epsilon)(x, training=True).std() == pytest.approx(deviation, abs=5e-5)
    for steps, share in ((45, 0.636), (100, 0.366), (460, 0.01)):
        layer = normalization(1)
        for _ in range(steps):
            layer(np.array([[5.0], [5.0]]), training=True)
        assert layer.moving_mean[0] == pytest.approx(5 * (1 - share), abs=5e-3)
        assert layer.moving_variance[0] == pytest.approx(share, abs=5e-4)


def test_gradients_sum_to_zero_over_the_batch(rng):
    """A bias before it gets no gradient; and the scale of the inputs does not matter (up to epsilon)."""
    layer = normalization(3, epsilon=1e-12)
    x, da = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
    a = layer(x, training=True)
    layer.forward(x, training=True)
    np.testing.assert_allclose(layer.backward(da).sum(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(layer(100 * x, training=True), a, rtol=1e-10)


def test_backward_goes_through_the_mode_of_the_last_pass(rng):
    """In inference dJ/dx is da gamma / sqrt(moving variance + epsilon), row by row."""
    layer = normalization(3)
    layer.set_weights(list(rng.uniform(0.5, 1.5, size=(4, 3))))
    x, da = rng.normal(size=(2, 5, 3))
    layer.forward(x, training=True)
    through = layer.backward(da).copy()
    layer.forward(x)
    plain = layer.backward(da)
    np.testing.assert_allclose(plain, da * layer.gamma / np.sqrt(layer.moving_variance + 1e-3), rtol=1e-13)
    assert not np.allclose(plain, through)


def test_offset_does_not_cost_precision(rng):
    """The variance is of x - mean, so a mean of 1e4 in float32 costs no more than it must."""
    x = (rng.normal(size=(64, 2)) + 1e4).astype("float32")
    layer = layers.BatchNormalization(dtype="float32")
    exact = (x - x.mean(axis=0, dtype=np.float64)) / np.sqrt(x.var(axis=0, dtype=np.float64) + 1e-3)
    np.testing.assert_allclose(layer(x, training=True), exact, atol=5e-3)


def test_arguments_reach_the_weights():
    constant, l1, l2 = initializers.Constant, regularizers.L1(0.5), regularizers.L2(0.25)
    norm, positive = constraints.MaxNorm(3.0), constraints.NonNeg()
    layer = normalization(2, beta_initializer=constant(1), gamma_initializer=constant(2),
                          moving_mean_initializer=constant(3), moving_variance_initializer=constant(4),
                          beta_regularizer=l1, gamma_regularizer=l2, beta_constraint=norm, gamma_constraint=positive)
    assert [w.tolist() for w in layer.get_weights()] == [[2, 2], [1, 1], [3, 3], [4, 4]]
    gamma, beta, mean, variance = layer.weights
    assert (gamma.regularizer, gamma.constraint, beta.regularizer, beta.constraint) == (l2, positive, l1, norm)
    assert mean.regularizer is variance.constraint is None
    config = layer.get_config()
    again = layers.BatchNormalization.from_config(config)
    assert again.get_config() == config
    assert (again.beta_regularizer.l1, again.gamma_regularizer.l2) == (0.5, 0.25)
    assert again.beta_constraint.max_value == 3.0 and isinstance(again.gamma_constraint, constraints.NonNeg)
    assert [w.name for w in normalization(2, scale=False).weights] == ["beta", "moving_mean", "moving_variance"]
    assert [w.name for w in normalization(2, center=False).weights] == ["gamma", "moving_mean", "moving_variance"]


def test_random_weights_come_from_the_generator_of_the_model():
    draw = initializers.RandomNormal()
    layer = layers.BatchNormalization(gamma_initializer=draw, beta_initializer=draw, moving_mean_initializer=draw,
                                      moving_variance_initializer=draw, dtype="float64")
    layer.build((None, 3), np.random.default_rng(5))
    one_by_one = np.random.default_rng(5)
    for weights in layer.get_weights():
        np.testing.assert_array_equal(weights, draw((3,), rng=one_by_one, dtype="float64"))


def test_a_model_trains_and_predicts_with_it(rng):
    """In a model: the gradient is that of the batch's loss, the moving statistics move, prediction is row by row."""
    x, y = rng.normal(2, 5, size=(60, 4)), np.arange(60) % 2
    model = Sequential([Input((4,)), layers.BatchNormalization(momentum=0.5), layers.Dense(8, "relu"),
                        layers.BatchNormalization(momentum=0.5), layers.Dense(2, "softmax")], seed=0, dtype="float64")
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=60, epochs=30, verbose=0)
    assert model.layers[0].moving_mean == pytest.approx(x.mean(axis=0), rel=1e-6)
    assert model.layers[0].moving_variance == pytest.approx(x.var(axis=0), rel=1e-6)
    np.testing.assert_allclose(model.predict(x)[:7], model.predict(x[:7]), rtol=1e-12)
    assert model.count_params() == 4 * 4 + 4 * 8 + 8 + 4 * 8 + 8 * 2 + 2


class TestFold:
    @pytest.fixture
    def x(self, rng):
        return rng.normal(size=(7, 4))

    @staticmethod
    def pair(n, rng, dtype="float64", **options):
        layer = layers.BatchNormalization(dtype=dtype, **options)
        layer.build((None, n))
        layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.weights])
        return layer

    @pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}, {"epsilon": 0.5}])
    @pytest.mark.parametrize("use_bias", [True, False])
    def test_both_sides(self, x, rng, options, use_bias):
        dense = layers.Dense(3, use_bias=use_bias, bias_initializer="ones", dtype="float64", name="hidden")
        dense.build((None, 4), rng)
        after, before = self.pair(3, rng, **options), self.pair(4, rng, **options)
        held = [w.copy() for layer in (dense, after, before) for w in layer.get_weights()]
        folded = layers.fold(dense, after)
        np.testing.assert_allclose(folded(x), after(dense(x)), rtol=1e-12)
        assert (folded.name, folded.use_bias, folded.units, folded.trainable) == ("hidden", True, 3, True)
        dense.trainable = False
        assert layers.fold(dense, after).trainable is False
        np.testing.assert_allclose(layers.fold(before, dense)(x), dense(before(x)), rtol=1e-12)
        for a, b in zip(held, [w for layer in (dense, after, before) for w in layer.get_weights()], strict=True):
            np.testing.assert_array_equal(a, b)

    def test_the_second_layer_s_activation_is_kept(self, x, rng):
        dense, before = layers.Dense(3, activation="relu", dtype="float64"), self.pair(4, rng)
        dense.build((None, 4), rng)
        np.testing.assert_allclose(layers.fold(before, dense)(x), dense(before(x)), rtol=1e-12)

    def test_float32(self, x, rng):
        dense, after = layers.Dense(3, dtype="float32"), self.pair(3, rng, dtype="float32")
        dense.build((None, 4), rng)
        folded = layers.fold(dense, after)
        assert folded.dtype == np.float32
        assert reference.relative_error(folded(x), after(dense(x))) < 1e-6

    def test_a_normalization_does_not_pass_through_an_activation(self, x, rng):
        """What the refusal prevents: folded backwards through the ReLU, the outputs would be others."""
        dense, after = layers.Dense(3, activation="relu", dtype="float64"), self.pair(3, rng)
        dense.build((None, 4), rng)
        with pytest.raises(ValueError, match="fold: Dense must have no activation, as a normalization cannot pass "
                                             "through one, got <activation relu>; fold the normalization into the"):
            layers.fold(dense, after)
        s, t = after.inference_map()
        wrong = np.maximum((x @ dense.kernel) * s + t, 0)
        assert np.abs(wrong - after(dense(x))).max() > 0.1

    def test_inference_map(self, x, rng):
        layer = self.pair(4, rng)
        s, t = layer.inference_map()
        np.testing.assert_allclose(s * x + t, layer(x), rtol=1e-12)

    @pytest.mark.parametrize(("make", "error", "text"), [
        (lambda dense, after: (after, after), TypeError,
         "fold: first and second must be a Dense and a BatchNormalization, in either order, got <BatchNormalization>"),
        (lambda dense, after: (dense, None), TypeError, "got <Dense> (Dense) and None (NoneType)"),
        (lambda dense, after: (layers.Dense(3), after), ValueError,
         "fold: Dense has no weights yet; build it first"),
        (lambda dense, after: (dense, layers.BatchNormalization()), ValueError,
         "fold: BatchNormalization has no weights yet; build it first"),
        (lambda dense, after: (after, dense), ValueError,
         "fold: Dense takes inputs of shape (m, 4), but BatchNormalization gives (m, 3)"),
    ])
    def test_errors(self, rng, make, error, text):
        dense = layers.Dense(3, dtype="float64")
        dense.build((None, 4), rng)
        with pytest.raises(error) as caught:
            layers.fold(*make(dense, self.pair(3, rng)))
        assert text in str(caught.value)


def build(layer, *row):
    layer.build((None, *row))


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.BatchNormalization(axis=1.0), ValueError, "BatchNormalization: axis must be an integer, got 1.0"),
    (lambda: layers.BatchNormalization(momentum=1.0), ValueError,
     "BatchNormalization: momentum must be a number in [0, 1), got 1.0 (float)"),
    (lambda: layers.BatchNormalization(momentum=-0.1), ValueError, "got -0.1 (float)"),
    (lambda: layers.BatchNormalization(epsilon=0), ValueError,
     "BatchNormalization: epsilon must be a number in (0, inf), got 0 (int)"),
    (lambda: layers.BatchNormalization(gamma_initializer="two"), ValueError, "unknown initializer 'two' (str)"),
    (lambda: layers.BatchNormalization(beta_regularizer="L9"), ValueError, "unknown regularizer 'L9' (str)"),
    (lambda: build(layers.BatchNormalization(axis=0), 4), ValueError,
     "BatchNormalization: axis must be one of 1 or negative, and not the batch's, for inputs (m, 4), got 0"),
    (lambda: build(layers.BatchNormalization(axis=2), 4), ValueError, "for inputs (m, 4), got 2"),
    (lambda: build(layers.BatchNormalization(axis=-2), 4), ValueError, "for inputs (m, 4), got -2"),
    (lambda: layers.BatchNormalization().inference_map(), ValueError,
     "BatchNormalization.inference_map: the layer has no weights yet; build it first"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
