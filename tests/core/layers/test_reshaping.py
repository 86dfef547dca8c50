"""Flatten and Reshape: order, shapes, errors."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers


def test_flatten_is_row_major():
    x = np.arange(24.0).reshape(2, 3, 4)
    flat = layers.Flatten(dtype="float64")
    assert flat(x).tolist() == [list(range(12)), list(range(12, 24))]
    assert flat.output_shape((28, 28)) == (784,)
    flat.forward(x)
    np.testing.assert_array_equal(flat.backward(x.reshape(2, 12)), x)
    assert flat.get_config() == {"name": None, "trainable": True}


def test_reshape():
    x = np.arange(24.0).reshape(2, 12)
    for target in ((3, 4), [3, -1], (-1, 4)):
        layer = layers.Reshape(target, dtype="float64")
        np.testing.assert_array_equal(layer(x), x.reshape(2, 3, 4))
        assert layer.output_shape((12,)) == (3, 4)
    assert layers.Reshape((-1, 2)).output_shape((4, 3)) == (6, 2)
    assert layers.Reshape((3, -1)).get_config()["target_shape"] == [3, -1]


def test_images_go_through_flatten_into_a_model(rng):
    """A model for images is the model for their rows."""
    x, y = rng.normal(size=(20, 4, 4)), np.arange(20) % 3
    losses = []
    for stack, inputs in (([Input((4, 4)), layers.Flatten()], x), ([Input((16,))], x.reshape(20, 16))):
        model = Sequential([*stack, layers.Dense(5, "relu"), layers.Dense(3, "softmax")], seed=4, dtype="float64")
        model.compile("sgd", "sparse_categorical_crossentropy")
        losses.append(model.fit(inputs, y, epochs=3, verbose=0).history["loss"])
    assert losses[0] == losses[1]


def build(layer, *row):
    layer.build((None, *row))


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.Reshape(4), TypeError,
     "Reshape: target_shape must be a tuple such as (28, 28), got 4 (int)"),
    (lambda: layers.Reshape((4, 0)), ValueError,
     "Reshape: each entry of target_shape must be an integer of at least 1, got 0 (int)"),
    (lambda: layers.Reshape((4, -2)), ValueError, "got -2 (int)"),
    (lambda: layers.Reshape((-1, -1)), ValueError, "Reshape: target_shape may have one entry -1, got (-1, -1)"),
    (lambda: build(layers.Reshape((3, 4)), 5, 2), ValueError,
     "Reshape: target_shape (3, 4) must have as many entries as a row of the inputs (m, 5, 2), which has 10"),
    (lambda: build(layers.Reshape((5,)), 5, 2), ValueError, "target_shape (5,) must have as many entries"),
    (lambda: build(layers.Reshape((3, -1)), 5, 2), ValueError, "target_shape (3, -1) must have as many entries"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
