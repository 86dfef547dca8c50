"""Monte Carlo dropout: what is switched on, what stays as it was, mean and spread."""

import math

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, mc_dropout


@pytest.fixture
def model(rng):
    """Batch normalization, noise and both dropouts, trained a little, so that every state has moved."""
    model = Sequential([Input((4,)), layers.Dense(20, "selu"), layers.BatchNormalization(), layers.AlphaDropout(0.2),
                        layers.GaussianNoise(0.5), layers.Dense(20, "relu"), layers.RReLU(), layers.Dropout(0.3),
                        layers.Dense(3, "softmax")], seed=3, dtype="float64")
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(rng.normal(size=(40, 4)), np.arange(40) % 3, epochs=3, verbose=0)
    return model


@pytest.fixture
def x(rng):
    return rng.normal(size=(7, 4))


def test_shape_and_spread(model, x):
    p = mc_dropout.predict(model, x, samples=11, batch_size=3)
    assert p.shape == (11, 7, 3) and p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=2), 1, rtol=1e-13)
    assert np.all(p.std(axis=0) > 0)


def test_every_other_layer_is_in_inference_mode(model, x):
    """With the dropout masks all True and their scales 1, a sample is the plain prediction."""
    held = model.get_weights()
    expected = model.predict(x)
    for layer in (model.layers[2], model.layers[6]):
        layer.fixed_mask, layer.scale = np.ones((7, 20)), 1
    model.layers[2].DROPPED = 0                         # alpha dropout's shift
    p = mc_dropout.predict(model, x, samples=3, batch_size=7)
    np.testing.assert_allclose(p, np.broadcast_to(expected, p.shape), rtol=1e-12)
    for before, after in zip(held, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)    # the moving statistics too


def test_mean_of_a_linear_model_is_its_prediction(rng):
    """Mean within five standard errors, and the exact variance: sum of (w x)^2 rate / (1 - rate)."""
    model = Sequential([Input((5,)), layers.Dropout(0.25), layers.Dense(1)], seed=0, dtype="float64")
    x, samples = rng.normal(size=(6, 5)), 20_000
    p = mc_dropout.predict(model, x, samples=samples)[:, :, 0]
    variance = ((x * model.layers[1].kernel[:, 0]) ** 2).sum(axis=1) * 0.25 / 0.75
    assert np.all(np.abs(p.mean(axis=0) - model.predict(x)[:, 0]) < 5 * np.sqrt(variance / samples))
    kurtosis = ((p - p.mean(axis=0)) ** 4).mean(axis=0) / variance ** 2
    assert np.all(np.abs(p.var(axis=0) / variance - 1) < 5 * np.sqrt((kurtosis - 1) / samples))
    assert math.isclose(np.corrcoef(p[:-1, 0], p[1:, 0])[0, 1], 0, abs_tol=5 / math.sqrt(samples))


def test_seed(model, x):
    """With a seed the same samples, and the generators stay; without one they move on."""
    states = [layer.random_state for layer in model.layers]
    a, b, c = (mc_dropout.predict(model, x, samples=4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)
    assert [layer.random_state for layer in model.layers] == states
    first, second = (mc_dropout.predict(model, x, samples=4) for _ in range(2))
    assert not np.array_equal(first, second)
    assert not np.array_equal(a[0], a[1])
    moved = [layer.random_state != state for layer, state in zip(model.layers, states, strict=True)]
    assert moved == [isinstance(layer, layers.Dropout) for layer in model.layers]


def test_generators_come_back_after_an_error(model, x):
    states = [layer.random_state for layer in model.layers]
    model.layers[6].fixed_mask = np.ones((2, 2))
    with pytest.raises(ValueError, match="fixed_mask must have shape"):
        mc_dropout.predict(model, x, seed=0)
    assert [layer.random_state for layer in model.layers] == states


def test_layers_below_the_first_dropout_are_computed_once(model, x, monkeypatch):
    calls = []
    forward = layers.Dense.forward
    monkeypatch.setattr(layers.Dense, "forward", lambda self, x, training=False: (
        calls.append(self.name), forward(self, x, training))[1])
    mc_dropout.predict(model, x, samples=6, batch_size=4)
    assert {name: calls.count(name) for name in set(calls)} == {"dense": 2, "dense_1": 12, "dense_2": 12}


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda model, x: mc_dropout.predict(None, x), TypeError,
     "mc_dropout.predict: model must be a Sequential, got None (NoneType)"),
    (lambda model, x: mc_dropout.predict(model, x, samples=0), ValueError,
     "mc_dropout.predict: samples must be an integer of at least 1, got 0 (int)"),
    (lambda model, x: mc_dropout.predict(model, x, batch_size=0), ValueError, "batch_size must be an integer"),
    (lambda model, x: mc_dropout.predict(model, x, seed="a"), ValueError, "seed must be an integer of at least 0"),
    (lambda model, x: mc_dropout.predict(model, x[:, :3]), ValueError,
     "x must have shape (m, 4), got an array of shape"),
    (lambda model, x: mc_dropout.predict(Sequential([layers.Dropout(0.5)]), x), ValueError,
     "the model has no weights yet"),
    (lambda model, x: mc_dropout.predict(Sequential([Input((4,)), layers.Dropout(0.0)]), x), ValueError,
     "mc_dropout.predict: the model needs a Dropout or AlphaDropout layer with a rate above 0, or all samples"),
])
def test_errors(model, x, call, error, text):
    states = [layer.random_state for layer in model.layers]
    with pytest.raises(error) as caught:
        call(model, x)
    assert text in str(caught.value)
    assert [layer.random_state for layer in model.layers] == states
