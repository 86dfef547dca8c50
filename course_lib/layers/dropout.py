"""Noise against overfitting, in training alone."""

import math
from typing import Any

import numpy as np

from course_lib import _checks, activations
from course_lib.layers.random import RandomLayer


class Dropout(RandomLayer):
    """Inverted dropout: A = X * R / (1 - rate) in training, with R ~ Bernoulli(1 - rate) per entry; A = X otherwise.

    Shapes: x (m, ...) -> a (m, ...). rate: the fraction that is dropped, in [0, 1) (Keras takes 1 too). It is realised
    as a multiple of 2^-16, so it is right to 8e-6. noise_shape: the shape of R, with None for an axis of x's length and
    1 for one along which R is the same, such as (None, 1, 8); None draws for each entry. seed: see ``RandomLayer``.
    mask: R, boolean, True where an entry is kept. Source: Srivastava et al. 2014.
    """

    mask_dtype = bool

    def __init__(self, rate: float, noise_shape: tuple[int | None, ...] | None = None, seed: int | None = None,
                 **kwargs: Any):
        super().__init__(seed=seed, **kwargs)
        where = type(self).__name__
        self.rate = _checks.number(where, "rate", rate, low=0, high=1)
        if noise_shape is not None:
            if not isinstance(noise_shape, tuple | list):
                raise TypeError(f"{where}: noise_shape must be a tuple such as (None, 1, 8), "
                                f"got {_checks.describe(noise_shape)}")
            noise_shape = tuple(None if n is None else _checks.integer(where, "each entry of noise_shape", n, low=1)
                                for n in noise_shape)
        self.noise_shape = noise_shape
        self.scale = 1 / (1 - self.rate)

    def create_weights(self, input_shape, rng):
        super().create_weights(input_shape, rng)
        if self.noise_shape is not None:
            allowed = len(self.noise_shape) == 1 + len(input_shape) and all(
                n in (None, 1, length) for n, length in zip(self.noise_shape[1:], input_shape, strict=True))
            if not allowed:
                raise ValueError(f"{self._label()}: noise_shape must have for each axis of the inputs "
                                 f"{_checks.shape_text((None, *input_shape))} None, 1 or its length, "
                                 f"got {self.noise_shape}")

    def draw(self, shape, rng):
        size = math.prod(shape)
        # Each 64-bit draw gives four 16-bit numbers, each of which is below the threshold with probability ``rate``.
        bits = rng.bit_generator.random_raw((size + 3) // 4).view(np.uint16)[:size].reshape(shape)
        return np.greater_equal(bits, round(self.rate * 2 ** 16), out=self.buffer("mask", shape, bool))

    def forward(self, x, training=False):
        self.active = training and self.rate > 0
        if not self.active:
            return x
        self.drawn(self._mask_shape(x.shape))
        return self.dropped(x, self.mask, self.buffer("a", x.shape))

    def dropped(self, x: np.ndarray, r: np.ndarray, out: np.ndarray) -> np.ndarray:
        np.multiply(x, r, out=out)                      # X * R
        out *= self.scale                               #       / (1 - rate)
        return out

    def backward(self, da, input_gradient=True):
        if not input_gradient:
            return None
        if not self.active:
            return da
        dx = np.multiply(da, self.mask, out=self.buffer("dx", da.shape))
        dx *= self.scale                                # dJ/dX = dJ/dA * R / (1 - rate)
        return dx

    def _mask_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if self.noise_shape is None:
            return shape
        return tuple(n or length for n, length in zip(self.noise_shape, shape, strict=True))

    def get_config(self):
        return {**super().get_config(), "rate": self.rate,
                "noise_shape": None if self.noise_shape is None else list(self.noise_shape)}


class AlphaDropout(Dropout):
    """Dropout for SELU, which keeps mean 0 and variance 1: dropped entries become alpha' = -1.758, SELU's limit.

    A = a (X * R + alpha' (1 - R)) + b,  a = ((1 - rate) (1 + rate alpha'^2))^(-1/2),  b = -a alpha' rate.

    Arguments and mask as of ``Dropout``. Source: Klambauer et al. 2017, sec. "New Dropout Technique".
    """

    DROPPED = -activations.SELU.scale * activations.SELU().alpha            # alpha'

    def __init__(self, rate: float, noise_shape: tuple[int | None, ...] | None = None, seed: int | None = None,
                 **kwargs: Any):
        super().__init__(rate, noise_shape, seed, **kwargs)
        self.scale = ((1 - self.rate) * (1 + self.rate * self.DROPPED ** 2)) ** -0.5        # a

    def dropped(self, x, r, out):
        np.logical_not(r, out=out)
        out *= self.DROPPED                             # alpha' (1 - R)
        out += x * r                                    # + X * R
        out *= self.scale                               # a (...)
        out -= self.scale * self.DROPPED * self.rate    #        + b
        return out


class GaussianNoise(RandomLayer):
    """A = X + N in training, with N ~ Normal(0, stddev^2) per entry; A = X otherwise.

    Shapes: x (m, ...) -> a (m, ...). stddev: at least 0 (Keras refuses more than 1). seed: see ``RandomLayer``.
    mask: N.
    """

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        super().__init__(seed=seed, **kwargs)
        self.stddev = _checks.number("GaussianNoise", "stddev", stddev, low=0)

    def draw(self, shape, rng):
        noise = rng.standard_normal(shape, dtype=self.dtype, out=self.buffer("mask", shape))
        noise *= self.stddev
        return noise

    def forward(self, x, training=False):
        if not training or self.stddev == 0:
            return x
        return np.add(x, self.drawn(x.shape), out=self.buffer("a", x.shape))

    def backward(self, da, input_gradient=True):
        return da if input_gradient else None

    def get_config(self):
        return {**super().get_config(), "stddev": self.stddev}
