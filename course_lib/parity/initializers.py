"""Initializers: what they make of the same random draws."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import numpy as np

from course_lib import initializers
from course_lib.parity.comparison import EQUAL, ONE_PASS, Area, Bounds, Comparison, Pair, public
from course_lib.parity.loading import load_keras

SHAPES = ((64, 32), (3, 3, 4, 8), (1, 5))


@contextmanager
def drawing_from(rng: np.random.Generator) -> Iterator[None]:
    """While this lasts, Keras's initializers take their standard draws from ``rng``, as ours do."""
    load_keras()
    from keras.src.initializers import random_initializers

    def uniform(shape, minval, maxval, dtype, seed):
        return rng.uniform(minval, maxval, shape).astype(dtype)

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return rng.normal(mean, stddev, shape).astype(dtype)

    def truncated_normal(shape, mean, stddev, dtype, seed):
        standard = initializers.truncated_normal(rng, shape, initializers.TRUNCATED_STD)
        return (mean + stddev * standard).astype(dtype)

    held = random_initializers.random
    random_initializers.random = SimpleNamespace(**{**vars(held), "uniform": uniform, "normal": normal,
                                                    "truncated_normal": truncated_normal})
    try:
        yield
    finally:
        random_initializers.random = held


def compared(kind: str, *settings: dict[str, Any], bounds: Bounds = ONE_PASS,
             reason: str = "", in_keras: tuple[str, dict[str, Any]] | None = None) -> Comparison:
    """``settings``: the arguments to try; without any, the defaults. in_keras: the class and the arguments there, if
    they are not the same."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        for arguments in settings or ({},):
            other, others = in_keras or (kind, arguments)
            for shape in SHAPES:
                if kind == "Identity" and len(shape) != 2:
                    continue
                ours = getattr(initializers, kind)(**arguments)(shape, rng=np.random.default_rng(7), dtype=dtype)
                with drawing_from(np.random.default_rng(7)):
                    theirs = np.array(getattr(keras.initializers, other)(**others)(shape, dtype=dtype))
                yield f"{arguments or 'defaults'} for shape {shape}", ours, theirs
    return Comparison(kind, "weights from the same draws", pairs, bounds, reason)


def four_times(distribution: str) -> tuple[str, dict[str, Any]]:
    return "VarianceScaling", {"scale": 16.0, "mode": "fan_avg", "distribution": distribution}


AREA = Area(
    "Initializers",
    [
        compared("Zeros", bounds=EQUAL),
        compared("Ones", bounds=EQUAL),
        compared("Constant", {"value": 0.25}, bounds=EQUAL),
        compared("Identity", {}, {"gain": 2.0}, bounds=EQUAL),
        compared("RandomNormal", {}, {"mean": 1.0, "stddev": 2.0}),
        compared("TruncatedNormal", {}, {"mean": 1.0, "stddev": 2.0}),
        compared("RandomUniform", {}, {"minval": -1.0, "maxval": 3.0}),
        compared("VarianceScaling", *({"scale": 1.5, "mode": mode, "distribution": distribution}
                                      for mode in ("fan_in", "fan_out", "fan_avg")
                                      for distribution in ("truncated_normal", "untruncated_normal", "uniform"))),
        compared("GlorotNormal"), compared("GlorotUniform"),
        compared("HeNormal"), compared("HeUniform"),
        compared("LecunNormal"), compared("LecunUniform"),
        compared("SigmoidGlorotNormal", in_keras=four_times("truncated_normal")),
        compared("SigmoidGlorotUniform", in_keras=four_times("uniform")),
        compared("Orthogonal", {}, {"gain": 2.0}, bounds=(1e-5, 1e-14),
                 reason="In float32 Keras takes the QR decomposition of the draws in float32, here it is in float64."),
    ],
    registered=lambda: public(initializers, initializers.Initializer),
    conventions={
        "all": "Keras carries a seed and draws with TensorFlow's generators; here NumPy's generator is passed in. So "
               "the draws differ, and the comparison gives Keras's formulas our draws.",
        "TruncatedNormal": "`stddev` is that of the normal before it is cut at two deviations; 0.8796 of it is left.",
        "VarianceScaling, GlorotNormal, HeNormal, LecunNormal": "The normal that is cut is wider by 1 / 0.8796: what "
                                                                "is drawn has the deviation of the formula.",
        "VarianceScaling": "The fans of a convolution's kernel are its channels times its receptive field.",
        "SigmoidGlorotNormal, SigmoidGlorotUniform": "Not in Keras by name: there VarianceScaling with scale 16.",
    },
)
