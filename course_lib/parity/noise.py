"""The random numbers of Keras's layers, to be imposed on ours."""

from typing import Any

import numpy as np

from course_lib.parity.loading import load_keras


class Draws:
    """What a layer of Keras draws in training, pass by pass, seen on a twin with the same seed.

    layer: a Dropout, AlphaDropout or GaussianNoise with an int as seed, which has made no pass yet.
    """

    def __init__(self, layer: Any):
        _, tf = load_keras()
        self.twin = type(layer).from_config(layer.get_config())
        self.output = tf.function(lambda x: self.twin(x, training=True))

    def next(self, shape: tuple[int, ...], dtype: str) -> np.ndarray:
        """The mask, or the noise, of the next pass with inputs of that shape."""
        if hasattr(self.twin, "stddev"):
            return self.output(np.zeros(shape, dtype)).numpy()
        kept = self.output(np.ones(shape, dtype)).numpy() > 0      # a dropped 1 becomes 0 or less
        noise_shape = self.twin.noise_shape or shape
        return kept[tuple(slice(length) for length in noise_shape)]                 # slice(None): all
