"""Activation functions and their gradients."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from course_lib import activations
from course_lib.parity.comparison import ONE_PASS, Area, Bounds, Comparison, Pair
from course_lib.parity.loading import load_keras

NEAR = "tiny"
RNG = np.random.default_rng(0)
# Values are compared kind by kind: an error near 0 must not hide behind an output of 1000.
INPUTS = {
    "usual": RNG.normal(size=(40, 4)) * 3,
    NEAR: np.array([[1e-3, -1e-9, 1e-12, -1e-30]]),
    "zero": np.zeros((1, 4)),
    "large": np.array([[89.0, -89, 40, -40], [30, -30, 20, -20]]),
    "huge": np.array([[1000.0, -1000, 745, -745]]),
}


def values(name: str, kinds: Iterable[str], dtype: str) -> Iterator[Pair]:
    keras, _ = load_keras()
    for kind in kinds:
        z = INPUTS[kind].astype(dtype)
        yield f"values at {kind} inputs", activations.get(name)(z), np.array(keras.activations.get(name)(z))


def gradients(name: str, kinds: Iterable[str], dtype: str) -> Iterator[Pair]:
    """The gradient at z from that at phi(z): from z itself, and from the output that a layer keeps."""
    keras, tf = load_keras()
    z = np.concatenate([INPUTS[kind] for kind in kinds]).astype(dtype)
    da = np.random.default_rng(1).uniform(-1, 1, z.shape).astype(dtype)
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        a = keras.activations.get(name)(variable)
    theirs = np.array(tape.gradient(a, variable, output_gradients=tf.constant(da)))
    ours = activations.get(name)
    yield "gradient", ours.vjp(z, da), theirs
    yield "gradient from the output", ours.backward(z, ours(z), da, out=np.empty_like(z)), theirs


def compared(name: str, bounds: Bounds = ONE_PASS, kinds: Iterable[str] = tuple(INPUTS)) -> Comparison:
    def pairs(dtype: str) -> Iterator[Pair]:
        yield from values(name, kinds, dtype)
        yield from gradients(name, kinds, dtype)
    return Comparison(name, "values and gradients", pairs, bounds)


def cancelling(name: str) -> list[Comparison]:
    """One that Keras computes with e^z - 1 near 0."""
    return [compared(name, kinds=[kind for kind in INPUTS if kind != NEAR]),
            Comparison(name, "values at inputs of 1e-3 and less", partial(values, name, [NEAR]), (1e-4, 1e-12),
                       "Near 0 Keras computes $e^z - 1$, which loses the digits that $z$ has below 1; here it is "
                       "`expm1(z)`.")]


def with_options(name: str, bounds: Bounds = ONE_PASS, **options: Any) -> Comparison:
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        z = INPUTS["usual"].astype(dtype)
        theirs = getattr(keras.activations, name)(z, **options)
        yield "values", activations.get(name)(z, **options), np.array(theirs)
    return Comparison(name, "values with " + ", ".join(f"{option}={value}" for option, value in options.items()), pairs,
                      bounds)


ROUNDED_CONSTANT = (1e-6, 1e-7)

AREA = Area(
    "Activations",
    [
        compared("linear"), compared("sigmoid"), compared("tanh"), compared("softsign"), compared("hard_sigmoid"),
        compared("relu"), compared("relu6"), compared("leaky_relu", ROUNDED_CONSTANT), *cancelling("elu"),
        *cancelling("selu"), compared("softplus"), compared("silu"), compared("gelu", ROUNDED_CONSTANT),
        compared("softmax"),
        with_options("relu", negative_slope=0.1, max_value=4, threshold=0.5),
        with_options("leaky_relu", ROUNDED_CONSTANT, negative_slope=0.3), with_options("elu", alpha=0.5),
        with_options("gelu", ROUNDED_CONSTANT, approximate=True), with_options("softmax", axis=0),
    ],
    registered=lambda: {activation.name for activation in activations.ACTIVATIONS.values()},
    conventions={
        "relu": "The derivative at 0 is taken as 0.",
        "leaky_relu": "The slope is 0.2 as a function and 0.3 as a layer; Keras rounds it to float32, in float64 too. "
                      "The derivative at 0 is the slope.",
        "elu, selu": "The derivative at 0 is that of positive inputs.",
        "hard_sigmoid": "$z/6 + 1/2$ between -3 and 3 (before Keras 3: $z/5 + 1/2$).",
        "gelu": "With the normal distribution itself; the approximation with tanh is an option. In float64 TensorFlow "
                "still rounds $\\sqrt 2$ to float32.",
        "softmax": "Works along the last axis, unless `axis` says otherwise.",
    },
    ours={
        "step": "The perceptron's function; no gradient passes it, so Keras has no use for it.",
        "sign": "As step.",
    },
)
