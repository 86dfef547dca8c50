"""All layers in one model: its gradient in both modes, and two runs that agree to the bit."""

import numpy as np
import pytest

from course_lib import Input, Sequential, gradient_check, layers


def model(seed=1):
    stack = [Input((3, 4)), layers.BatchNormalization(axis=1), layers.Reshape((2, 6)), layers.PReLU(shared_axes=[1]),
             layers.Flatten(), layers.Dense(9, kernel_regularizer="l2"), layers.BatchNormalization(), layers.ReLU(),
             layers.Dropout(0.3), layers.Dense(8, "selu", bias_regularizer="l1"), layers.AlphaDropout(0.2),
             layers.GaussianNoise(0.1), layers.LeakyReLU(), layers.Dense(7), layers.RReLU(), layers.Dense(6, "gelu"),
             layers.ELU(0.5), layers.Activation("softplus"), layers.Dense(3), layers.Softmax()]
    model = Sequential(stack, seed=seed, dtype="float64")
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def data(rng):
    return rng.normal(size=(12, 3, 4)), np.arange(12) % 3


def test_every_layer_is_there():
    assert {type(layer).__name__ for layer in model().layers} == set(layers.LAYERS)


@pytest.mark.parametrize("training", [False, True])
def test_gradient(data, training):
    whole = model()
    whole.fit(*data, epochs=2, verbose=0)                   # so that no weight and no statistic is where it began
    report = gradient_check(whole, *data, training=training, max_entries=20)
    assert report.ok, str(report)
    assert report.entries > 150


def test_the_same_seed_gives_the_same_training(data):
    a, b, other = model(1), model(1), model(2)
    histories = [m.fit(*data, epochs=3, batch_size=5, verbose=0).history for m in (a, b, other)]
    assert histories[0] == histories[1] != histories[2]
    for one, two in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
