"""8-bit weights beside Keras's: the same codes, but for the rounding of its scale, and the same predictions."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers
from course_lib.datasets import digits
from course_lib.quantization import quantize, quantize_weights

pytestmark = pytest.mark.keras


def nearly_equal_codes(ours, theirs):
    """w (127 / max) and w / (max / 127) are rounded differently, and Keras adds 1e-7 to max: few codes differ by 1."""
    off = np.abs(ours.astype(int) - np.asarray(theirs).astype(int))
    return off.max() <= 1 and off.mean() < 1e-3


def test_codes_and_scales(keras, rng):
    w = (rng.normal(size=(300, 8)) * 10.0 ** np.arange(-2, 6)).astype("float32")
    theirs, inverse = keras.quantizers.abs_max_quantize(w, axis=0, to_numpy=True)
    codes, scale = quantize_weights(w)
    assert nearly_equal_codes(codes, theirs)
    np.testing.assert_allclose(scale, 1 / np.asarray(inverse)[0], rtol=1e-5)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")      # Keras's own code
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method implemented:UserWarning")
def test_a_trained_model(keras):
    splits = digits.load_splits()
    model = Sequential([Input((64,)), layers.Dense(100, activation="relu"), layers.BatchNormalization(),
                        layers.Dense(50, activation="tanh", use_bias=False), layers.Dense(10, activation="softmax")],
                       seed=3)
    model.compile(optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
    model.fit(*splits.train, epochs=8, verbose=0)
    twin = keras.Sequential([keras.Input((64,)), keras.layers.Dense(100, "relu"), keras.layers.BatchNormalization(),
                             keras.layers.Dense(50, "tanh", use_bias=False), keras.layers.Dense(10, "softmax")])
    twin.set_weights(model.get_weights())
    twin.quantize(config=keras.quantizers.Int8QuantizationConfig(activation_quantizer=None))
    quantized, x = quantize(model), splits.test[0]
    for ours, i in zip(quantized.kernels.values(), (0, 2, 3), strict=True):
        assert nearly_equal_codes(ours.codes, twin.layers[i]._kernel)
        np.testing.assert_allclose(ours.scale, 1 / np.asarray(twin.layers[i].kernel_scale), rtol=1e-5)
    theirs = twin.predict(x, verbose=0)
    difference = np.abs(quantized.predict(x) - theirs)
    assert difference.max() < 5e-3
    assert difference.mean() < np.abs(model.predict(x) - theirs).mean() / 20
