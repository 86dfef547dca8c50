"""Initializers: ``get("he_normal")(shape, rng=rng, dtype="float32")`` draws a weight array.

All randomness comes from the generator that is passed in. Names, arguments and defaults are Keras's; ``rng`` is ours
(Keras's initializers carry a seed).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from course_lib import _checks, _registry

# Standard deviation of a standard normal that is cut off at two deviations: sqrt(1 - 4 phi(2) / erf(sqrt 2)).
TRUNCATED_STD = 0.87962566103423978


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a kernel: (n_in, n_out) for a dense one; a convolution's (k_1, ..., c_in, c_out) multiplies
    both channel counts by the size of its receptive field."""
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    field = math.prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def truncated_normal(rng: np.random.Generator, shape: tuple[int, ...], stddev: float) -> np.ndarray:
    """Normal draws, redrawn until none lies beyond two deviations, scaled so that the realised deviation is stddev."""
    draws = rng.standard_normal(shape)
    while (outside := np.abs(draws) > 2).any():
        draws[outside] = rng.standard_normal(int(outside.sum()))
    return draws * (stddev / TRUNCATED_STD)                         # eq. 4.12


class Initializer(_registry.Configurable):
    """``initializer(shape, rng=..., dtype=...)`` returns a new array. Subclasses give ``draw``."""

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator | None = None,
                 dtype: Any = "float32") -> np.ndarray:
        """An array of the given shape.

        shape: tuple of positive ints. rng: the generator to draw from; a deterministic initializer needs none, a
        random one without it raises ValueError. dtype: float32 or float64 (drawn in float64, then rounded).
        """
        where = type(self).__name__
        dtype = _checks.float_dtype(where, dtype)
        if not isinstance(shape, tuple | list):
            raise TypeError(f"{where}: shape must be a tuple such as (784, 100), got {_checks.describe(shape)}")
        shape = tuple(_checks.integer(where, "each entry of shape", n, low=1) for n in shape)
        if rng is not None:
            _checks.generator(where, rng)
        return np.asarray(self.draw(shape, rng), dtype=dtype)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator | None) -> np.ndarray:
        raise NotImplementedError  # abstract

    def generator(self, rng: np.random.Generator | None) -> np.random.Generator:
        if rng is None:
            raise ValueError(f"{type(self).__name__}: rng must be given, for example rng=np.random.default_rng(0): "
                             "the draws are random and no global seed is used")
        return rng


class Constant(Initializer):
    """Every entry is ``value``."""

    def __init__(self, value: float = 0.0):
        self.value = _checks.number("Constant", "value", value)

    def draw(self, shape, rng):
        return np.full(shape, self.value)


class Zeros(Constant):
    """Every entry is 0: Keras's default for biases."""

    def __init__(self):
        super().__init__(0.0)

    def get_config(self):
        return {}


class Ones(Constant):
    """Every entry is 1."""

    def __init__(self):
        super().__init__(1.0)

    def get_config(self):
        return {}


class RandomNormal(Initializer):
    """Normal with the given mean and standard deviation (not variance)."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05):
        self.mean = _checks.number("RandomNormal", "mean", mean)
        self.stddev = _checks.number("RandomNormal", "stddev", stddev, low=0)

    def draw(self, shape, rng):
        return self.generator(rng).normal(self.mean, self.stddev, shape)


class TruncatedNormal(Initializer):
    """Normal draws, redrawn until none is further than two deviations from the mean.

    stddev: as in Keras that of the normal before it is cut. What is drawn has 0.87963 stddev; divide by
    ``TRUNCATED_STD``, as ``VarianceScaling`` does, for a deviation that is right.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05):
        self.mean = _checks.number("TruncatedNormal", "mean", mean)
        self.stddev = _checks.number("TruncatedNormal", "stddev", stddev, low=0)

    def draw(self, shape, rng):
        return self.mean + truncated_normal(self.generator(rng), shape, self.stddev * TRUNCATED_STD)


class RandomUniform(Initializer):
    """Uniform on [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05):
        self.minval = _checks.number("RandomUniform", "minval", minval)
        self.maxval = _checks.number("RandomUniform", "maxval", maxval, low=self.minval)

    def draw(self, shape, rng):
        return self.generator(rng).uniform(self.minval, self.maxval, shape)


class VarianceScaling(Initializer):
    """Draws with variance scale / n, where n is the fan-in, the fan-out or their mean.

    scale: positive. mode: "fan_in", "fan_out" or "fan_avg". distribution: "truncated_normal" (cut at two deviations,
    the realised deviation is right), "untruncated_normal" or "uniform" (bound sqrt(3 scale / n)).
    Source: eq. 4.10; Glorot & Bengio 2010, eq. 16; He et al. 2015, eq. 10.
    """

    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

    def __init__(self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal"):
        self.scale = _checks.number("VarianceScaling", "scale", scale, low=0, open_low=True)
        self.mode = _checks.lookup("mode of VarianceScaling", mode, {m: m for m in self.MODES})
        self.distribution = _checks.lookup("distribution of VarianceScaling", distribution,
                                           {d: d for d in self.DISTRIBUTIONS})

    def draw(self, shape, rng):
        rng = self.generator(rng)
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        stddev = math.sqrt(self.scale / max(1, n))                  # Var[w] = s / n  (eq. 4.10)
        if self.distribution == "uniform":
            bound = math.sqrt(3) * stddev                           # r = sqrt(3) sigma  (eq. 4.11)
            return rng.uniform(-bound, bound, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0, stddev, shape)
        return truncated_normal(rng, shape, stddev)


class _Named(VarianceScaling):
    def get_config(self):
        return {}


class GlorotNormal(_Named):
    """Variance 2 / (fan_in + fan_out), truncated normal (Glorot & Bengio 2010)."""

    def __init__(self):
        super().__init__(1.0, "fan_avg", "truncated_normal")


class GlorotUniform(_Named):
    """Variance 2 / (fan_in + fan_out), uniform: Keras's default for kernels."""

    def __init__(self):
        super().__init__(1.0, "fan_avg", "uniform")


class HeNormal(_Named):
    """Variance 2 / fan_in, truncated normal (He et al. 2015)."""

    def __init__(self):
        super().__init__(2.0, "fan_in", "truncated_normal")


class HeUniform(_Named):
    """Variance 2 / fan_in, uniform."""

    def __init__(self):
        super().__init__(2.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Variance 1 / fan_in, truncated normal (LeCun et al. 1998)."""

    def __init__(self):
        super().__init__(1.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Variance 1 / fan_in, uniform."""

    def __init__(self):
        super().__init__(1.0, "fan_in", "uniform")


class SigmoidGlorotNormal(_Named):
    """Four times the deviation of ``GlorotNormal``, for the sigmoid: its slope at 0 is 1/4 where tanh has 1. Glorot &
    Bengio do not derive it; it comes from the Deep Learning Tutorials of 2010. Not in Keras."""

    def __init__(self):
        super().__init__(16.0, "fan_avg", "truncated_normal")


class SigmoidGlorotUniform(_Named):
    """Four times the bound of ``GlorotUniform``, see ``SigmoidGlorotNormal``. Not in Keras."""

    def __init__(self):
        super().__init__(16.0, "fan_avg", "uniform")


class Orthogonal(Initializer):
    """gain Q: the columns of a kernel (n_in, units) are orthonormal if units <= n_in, otherwise its rows.

    A convolution's kernel counts as (product of all axes but the last, last axis). Q comes from the QR decomposition of
    normal draws, with the signs that make it uniform over all such matrices. Source: Saxe et al. 2014.
    """

    def __init__(self, gain: float = 1.0):
        self.gain = _checks.number("Orthogonal", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) < 2:
            raise ValueError(f"Orthogonal: shape must have at least two axes, got {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(self.generator(rng).standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class Identity(Initializer):
    """gain times the identity matrix, with ones on the diagonal also where the kernel is not square."""

    def __init__(self, gain: float = 1.0):
        self.gain = _checks.number("Identity", "gain", gain)

    def draw(self, shape, rng):
        if len(shape) != 2:
            raise ValueError(f"Identity: shape must have two axes, got {shape}")
        return self.gain * np.eye(*shape)


INITIALIZERS: dict[str, type[Initializer]] = {
    "zeros": Zeros, "ones": Ones, "constant": Constant, "identity": Identity,
    "random_normal": RandomNormal, "truncated_normal": TruncatedNormal, "random_uniform": RandomUniform,
    "variance_scaling": VarianceScaling, "glorot_normal": GlorotNormal, "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal, "he_uniform": HeUniform, "lecun_normal": LecunNormal, "lecun_uniform": LecunUniform,
    "sigmoid_glorot_normal": SigmoidGlorotNormal, "sigmoid_glorot_uniform": SigmoidGlorotUniform,
    "orthogonal": Orthogonal,
    "normal": RandomNormal, "uniform": RandomUniform, "zero": Zeros, "one": Ones,           # Keras's short names
}


def get(identifier: str | dict[str, Any] | Initializer) -> Initializer:
    """The initializer of that name with its defaults, or from what ``serialize`` gave.

    Raises ValueError for an unknown name, with the known ones listed.
    """
    return _registry.get("initializer", identifier, INITIALIZERS, Initializer)


def serialize(initializer: Initializer) -> dict[str, Any]:
    """A JSON value from which ``get`` makes an equal initializer."""
    return _registry.serialize("initializer", initializer, INITIALIZERS)


def deserialize(data: dict[str, Any]) -> Initializer:
    """The inverse of ``serialize``."""
    return _registry.deserialize("initializer", data, INITIALIZERS)
