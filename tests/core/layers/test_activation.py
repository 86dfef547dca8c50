"""Layers that apply an activation: values, the learned and the random slope, their errors."""

import numpy as np
import pytest

from course_lib import activations, constraints, initializers, layers, regularizers

Z = [-1000.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 8.0, 1000.0]


def values(layer, z=Z):
    return layer(np.array([z], np.float64))[0].tolist()


def test_activation_layer_takes_any_shape(rng):
    x = rng.normal(size=(2, 3, 4))
    np.testing.assert_array_equal(layers.Activation("tanh", dtype="float64")(x), np.tanh(x))
    assert layers.Activation(None, dtype="float64")(x).tolist() == x.tolist()
    assert layers.Activation(activations.get("relu")).activation is activations.get("relu")
    np.testing.assert_array_equal(layers.Activation(activations.ELU(0.5), dtype="float64")(x), activations.ELU(0.5)(x))


def test_relu():
    assert values(layers.ReLU(dtype="float64")) == [0, 0, 0, 0, 0, 0.5, 1, 2, 3, 8, 1000]
    assert isinstance(layers.ReLU().activation, activations.ReLU)           # the fast one
    assert values(layers.ReLU(max_value=6, dtype="float64")) == [0, 0, 0, 0, 0, 0.5, 1, 2, 3, 6, 6]
    full = layers.ReLU(max_value=2.5, negative_slope=0.5, threshold=1.0, dtype="float64")
    assert values(full) == [-500.5, -1.5, -1, -0.75, -0.5, -0.25, 0, 2, 2.5, 2.5, 2.5]
    assert full.get_config() == {"name": None, "trainable": True, "max_value": 2.5, "negative_slope": 0.5,
                                 "threshold": 1.0}
    assert layers.ReLU(negative_slope=0.5).activation(-2.0) == -1
    assert layers.ReLU(threshold=0.5).activation([0.5, 0.75]).tolist() == [0, 0.75]


def test_slopes_of_leaky_relu():
    """The layer's default is 0.3, the function's 0.2, as in Keras."""
    assert values(layers.LeakyReLU(dtype="float64"), [-1.0, 1.0]) == [-0.3, 1]
    assert values(layers.Activation("leaky_relu", dtype="float64"), [-1.0, 1.0]) == [-0.2, 1]
    assert values(layers.LeakyReLU(2.0, dtype="float64"), [-1.0, 1.0]) == [-2, 1]


def test_elu_and_softmax():
    assert values(layers.ELU(0.5, dtype="float64"), [-1.0, 1.0]) == [0.5 * np.expm1(-1.0), 1]
    x = np.arange(12.0).reshape(2, 3, 2)
    p = layers.Softmax(axis=1, dtype="float64")(x)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(layers.Softmax(axis=-2, dtype="float64")(x), p, rtol=1e-15)
    np.testing.assert_allclose(layers.Softmax(dtype="float64")(x).sum(axis=2), 1, rtol=1e-15)


def test_prelu_learns_alpha():
    """dJ/dalpha is the sum of dJ/da min(z, 0); alpha starts at 0, one per feature."""
    layer = layers.PReLU(dtype="float64")
    z = np.array([[-2.0, 3.0], [-1.0, -4.0], [5.0, 0.0]])
    assert layer(z).tolist() == [[0, 3], [0, 0], [5, 0]]
    assert [w.name for w in layer.weights] == ["alpha"] and layer.alpha.tolist() == [0, 0]
    layer.set_weights([np.array([0.25, 0.5])])
    assert layer.forward(z).tolist() == [[-0.5, 3], [-0.25, -2], [5, 0]]
    dx = layer.backward(np.array([[1.0, 10.0], [2.0, 3.0], [7.0, 9.0]]))
    assert layer.dalpha.tolist() == [1 * -2 + 2 * -1, 3 * -4]
    assert dx.tolist() == [[0.25, 10], [0.5, 1.5], [7, 0]]                  # 0 at z = 0, as in Keras


def test_prelu_s_arguments():
    layer = layers.PReLU(initializers.Constant(0.25), regularizers.L2(0.5), constraints.NonNeg(), [1, 2])
    layer.build((None, 3, 4, 5))
    assert layer.alpha.shape == (1, 1, 5) and np.all(layer.alpha == 0.25)
    assert layer.weights[0].regularizer.l2 == 0.5
    assert isinstance(layer.weights[0].constraint, constraints.NonNeg)
    assert layers.PReLU(shared_axes=2).shared_axes == [2]
    config = layer.get_config()
    assert config["alpha_initializer"] == {"name": "constant", "config": {"value": 0.25}}
    assert layers.PReLU.from_config(config).get_config() == config


class TestRReLU:
    def test_inference_takes_the_mean_slope(self):
        """The mean of the slopes, (1/8 + 1/3) / 2 = 0.229, not 1 / 5.5 = 0.182 of Xu et al."""
        assert values(layers.RReLU(dtype="float64"), [-1.0, 1.0]) == [-(1 / 8 + 1 / 3) / 2, 1]
        assert values(layers.RReLU(0.5, 0.75, dtype="float64"), [-2.0]) == [-1.25]

    def test_training_draws_a_slope_per_entry(self):
        """10^6 slopes within their bounds; mean, variance and extremes within five of their standard errors."""
        lower, upper, n = 0.25, 0.75, 10 ** 6
        layer = layers.RReLU(lower, upper, seed=3, dtype="float64")
        a = layer(np.full((1000, 1000), -1.0), training=True)
        slopes = -a
        np.testing.assert_array_equal(slopes, layer.mask)
        assert lower <= slopes.min() < lower + 20 / n and upper - 20 / n < slopes.max() < upper
        deviation = 0.5 / np.sqrt(12)
        assert abs(slopes.mean() - 0.5) < 5 * deviation / np.sqrt(n)
        assert abs(slopes.var() - deviation ** 2) < 5 * deviation ** 2 * np.sqrt((1.8 - 1) / n)
        assert abs(np.corrcoef(slopes[0], slopes[1])[0, 1]) < 5 / np.sqrt(1000)
        np.testing.assert_array_equal(layer(np.full((3, 1000), 2.0), training=True), np.full((3, 1000), 2.0))

    def test_backward_uses_the_slopes_of_the_last_pass(self):
        layer = layers.RReLU(dtype="float64", seed=0)
        layer.build((None, 2))
        layer.fixed_mask = [[0.25, 0.5], [0.125, 0.3]]
        x = np.array([[-1.0, -2.0], [3.0, 0.0]])
        assert layer.forward(x, training=True).tolist() == [[-0.25, -1], [3, 0]]
        assert layer.backward(np.full((2, 2), 2.0)).tolist() == [[0.5, 1], [2, 0]]
        layer.forward(x)
        assert layer.backward(np.full((2, 2), 2.0))[0].tolist() == [2 * (1 / 8 + 1 / 3) / 2] * 2


def build(layer, *row):
    layer.build((None, *row))


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.Activation("soft"), ValueError, "unknown activation 'soft' (str)"),
    (lambda: layers.ReLU(max_value=-1), ValueError, "ReLU: max_value must be a number in (0, inf), got -1 (int)"),
    (lambda: layers.ReLU(negative_slope=None), ValueError,
     "ReLU: negative_slope must be a number in [0, inf), got None"),
    (lambda: layers.LeakyReLU(-0.5), ValueError, "LeakyReLU: negative_slope must be a number in [0, inf), got -0.5"),
    (lambda: layers.ELU(0), ValueError, "ELU: alpha must be a number in (0, inf), got 0 (int)"),
    (lambda: layers.Softmax("last"), ValueError, "Softmax: axis must be an integer, got 'last' (str)"),
    (lambda: build(layers.Softmax(0), 4), ValueError,
     "Softmax: axis must be one of 1 or negative, and not the batch's, for inputs (m, 4), got 0"),
    (lambda: build(layers.Softmax(3), 4, 5), ValueError,
     "axis must be one of 1, 2 or negative, and not the batch's, for inputs (m, 4, 5), got 3"),
    (lambda: build(layers.Softmax(-2), 4), ValueError, "got -2"),
    (lambda: layers.PReLU("he"), ValueError, "unknown initializer 'he' (str)"),
    (lambda: layers.PReLU(shared_axes=[0]), ValueError,
     "PReLU: each entry of shared_axes must be an integer of at least 1, got 0 (int)"),
    (lambda: layers.PReLU(shared_axes="1"), ValueError, "each entry of shared_axes must be an integer"),
    (lambda: build(layers.PReLU(shared_axes=[1, 3]), 4, 5), ValueError,
     "PReLU: shared_axes must be among 1..2 for inputs (m, 4, 5), got [1, 3]"),
    (lambda: layers.RReLU(-0.1), ValueError, "RReLU: lower must be a number in [0, inf), got -0.1 (float)"),
    (lambda: layers.RReLU(0.5, 0.25), ValueError, "RReLU: upper must be a number in [0.5, inf), got 0.25 (float)"),
    (lambda: layers.RReLU(seed="a"), ValueError, "RReLU: seed must be an integer of at least 0, got 'a' (str)"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
