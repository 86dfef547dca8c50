"""Layers by themselves: outputs, gradients, and what a pass leaves in their weights."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from course_lib import layers
from course_lib.layers.random import RandomLayer
from course_lib.parity.comparison import ONE_PASS, Area, Bounds, Comparison, Pair, public
from course_lib.parity.loading import load_keras
from course_lib.parity.noise import Draws


def passes(ours: layers.Layer, theirs: Any, x: np.ndarray, da: np.ndarray, training: bool) -> Iterator[Pair]:
    """One pass forward and one back through two layers that hold the same weights."""
    _, tf = load_keras()
    mode = "training" if training else "inference"
    source = tf.Variable(x)
    with tf.GradientTape() as tape:
        a = theirs(source, training=training)
    expected = tape.gradient(a, [source, *theirs.trainable_weights], output_gradients=tf.constant(da))
    yield f"output, {mode}", ours.forward(x, training=training).copy(), np.array(a)
    yield f"input gradient, {mode}", np.array(ours.backward(da)), np.array(expected[0])
    names = [weight.name for weight in ours.weights if weight.trainable and ours.trainable]
    for name, gradient in zip(names, expected[1:], strict=True):
        yield f"gradient of {name}, {mode}", getattr(ours, "d" + name).copy(), np.array(gradient)
    for weight, kept, other in zip(ours.weights, ours.get_weights(), theirs.get_weights(), strict=True):
        yield f"{weight.name} after a pass, {mode}", kept, other


def compared(kind: str, *settings: dict[str, Any], shape: tuple[int, ...] = (12, 6),
             bounds: Bounds = ONE_PASS) -> Comparison:
    """``settings``: the arguments to try. shape: of the input."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        rng = np.random.default_rng(2)
        for arguments in settings:
            ours, theirs = getattr(layers, kind)(**arguments, dtype=dtype), getattr(keras.layers, kind)(**arguments)
            ours.build((None, *shape[1:]))
            theirs.build((None, *shape[1:]))
            weights = [rng.uniform(0.5 if len(w.shape) == 1 else -0.5, 1.5, w.shape) for w in ours.weights]
            draws = Draws(theirs) if isinstance(ours, RandomLayer) else None
            for training in (False, True):
                ours.set_weights(weights)
                theirs.set_weights(weights)
                x = rng.normal(size=shape).astype(dtype)
                if draws and training:
                    ours.fixed_mask = draws.next(shape, dtype)
                da = rng.normal(size=(len(x), *ours.output_shape(shape[1:]))).astype(dtype)
                for name, here, there in passes(ours, theirs, x, da, training):
                    yield f"{name}, {arguments}", here, there
    quantity = "output, gradients, weights after a pass"
    return Comparison(kind, quantity if len(shape) == 2 else "the same, for images", pairs, bounds)


IMAGES = (4, 5, 3, 2)
BATCH_NORM = {"momentum": 0.875, "epsilon": 2 ** -10}

AREA = Area(
    "Layers",
    [
        compared("Dense", {"units": 4}, {"units": 4, "activation": "tanh"}, {"units": 4, "use_bias": False}),
        compared("Activation", {"activation": "sigmoid"}, {"activation": "softmax"}),
        compared("ReLU", {}, {"max_value": 1.0, "negative_slope": 0.25, "threshold": 0.5}),
        compared("LeakyReLU", {"negative_slope": 0.25}),
        compared("ELU", {"alpha": 0.5}),
        compared("PReLU", {}),
        compared("PReLU", {"shared_axes": [1, 2]}, shape=IMAGES),
        compared("Softmax", {}, {"axis": 1}, shape=IMAGES),
        compared("BatchNormalization", BATCH_NORM, {"center": False, **BATCH_NORM}, {"scale": False, **BATCH_NORM},
                 {"trainable": False, **BATCH_NORM}),
        compared("BatchNormalization", {"axis": 1, **BATCH_NORM}, {"axis": -1, **BATCH_NORM}, shape=IMAGES),
        compared("Dropout", {"rate": 0.25, "seed": 1}),
        compared("Dropout", {"rate": 0.25, "seed": 1, "noise_shape": (None, 1, 1, 2)}, shape=IMAGES),
        compared("AlphaDropout", {"rate": 0.25, "seed": 1}),
        compared("GaussianNoise", {"stddev": 0.5, "seed": 1}),
        compared("Flatten", {}, shape=IMAGES),
        compared("Reshape", {"target_shape": (2, -1)}, shape=IMAGES),
    ],
    registered=lambda: public(layers, layers.Layer),
    conventions={
        "Dropout, AlphaDropout, GaussianNoise": "Keras's random numbers, seen on a second layer with the same seed, "
                                                "are imposed on ours, which draw with NumPy. Dropout multiplies what "
                                                "it keeps by 1 / (1 - rate), and does nothing outside training.",
        "BatchNormalization": "The batch's variance is divided by $m$, also where it enters the moving variance "
                              "(PyTorch: $m - 1$ there). `momentum` is the share of the old moving statistics; "
                              "PyTorch's is that of the new ones. With `trainable=False` the layer uses its moving "
                              "statistics, in training too.",
        "ReLU": "At the kinks the derivatives differ: at `max_value` it is 0 here and 1 in Keras (but 0 for 6); at a "
                "`threshold` above 0 it is `negative_slope` here and 0 in Keras.",
        "ELU": "With another alpha than 1 there is a kink at 0: the derivative there is 1 here and `alpha` in Keras.",
        "LeakyReLU": "The slope is 0.3, as a function 0.2.",
        "PReLU": "Starts as ReLU, with one slope for each feature unless axes are shared. The derivative at 0 is 0.",
    },
    ours={
        "RReLU": "Random slopes in training, their mean afterwards; Keras has no such layer.",
    },
)
