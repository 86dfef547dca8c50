"""Tools that work on gradients and models: clipping, folding, weights in 8 bits, dropout at prediction; and, from
trained_tools.py, those that train.
"""

import inspect
import warnings
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from course_lib import clipping, layers, mc_dropout
from course_lib.layers.random import RandomLayer
from course_lib.parity.comparison import Area, Comparison, Pair
from course_lib.parity.loading import load_keras
from course_lib.parity.noise import Draws
from course_lib.parity.trained_tools import COMPARISONS as TRAINED
from course_lib.parity.training import CLASSES, Library, X, models
from course_lib.quantization import quantize, quantize_weights

MODULES = ("clipping", "gradient_check", "mc_dropout", "models", "newton", "perceptron", "pretraining", "pruning",
           "quantization", "range_test", "wrappers")
RNG = np.random.default_rng(9)
KERNEL = RNG.normal(size=(60, 5)) * 10 ** np.linspace(-1, 3, 5)


def registered() -> list[str]:
    """The public functions and classes of these modules, but for base classes and the records that functions return;
    and the one function among the layers."""
    names = ["layers.fold"]
    for module in (import_module(f"course_lib.{name}") for name in MODULES):
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            if inspect.isfunction(thing) or (inspect.isclass(thing) and not (
                    is_dataclass(thing) or issubclass(thing, tuple) or derived_here(thing))):
                names.append(f"{module.__name__.removeprefix('course_lib.')}.{name}")
    return names


def derived_here(cls: type) -> bool:
    """Whether the library has a class derived from this one."""
    subclasses: list[type] = cls.__subclasses__()
    return any(derived.__module__.startswith("course_lib.") for derived in subclasses)


# -- quantization


def off_the_halves(w: np.ndarray, bits: int) -> np.ndarray:
    """w, with those weights moved that lie less than a hundredth of a code from where the rounding turns."""
    scale = np.abs(w).max(axis=0) / (2 ** (bits - 1) - 1)
    codes = w / scale
    return np.where(np.abs(codes % 1 - 0.5) < 0.01, np.rint(codes) * scale, w)


def weights_in(bits: int, **epsilon: float) -> Callable[[str], Iterator[Pair]]:
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, tf = load_keras()
        levels = 2 ** (bits - 1) - 1
        w = off_the_halves(KERNEL, bits).astype(dtype)
        codes, inverse = keras.quantizers.abs_max_quantize(tf.constant(w), axis=0, value_range=(-levels, levels),
                                                           **epsilon)
        ours = quantize_weights(w, bits)
        yield "codes", ours.codes, np.array(codes)
        for unit, theirs in enumerate(1 / np.array(inverse)[0]):         # a small scale by itself
            yield f"scale of unit {unit}", ours.scale[unit], theirs
        for unit in range(w.shape[1]):
            yield f"weights of unit {unit}", ours.dequantize()[:, unit], (np.array(codes) / np.array(inverse))[:, unit]
    return pairs


def quantized_model(dtype: str) -> Iterator[Pair]:
    """The outputs of a model with quantized kernels; the inputs of its layers stay as they are, in Keras too."""
    keras, _ = load_keras()
    ours, theirs = models(dropped, dtype)
    weights = [off_the_halves(w, 8) if w.ndim == 2 else w for w in moved(ours.get_weights())]
    for model in (ours, theirs):
        model.set_weights(weights)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Layer .* does not have a `quantize` method", UserWarning)
        theirs.quantize(config=keras.quantizers.Int8QuantizationConfig(
            weight_quantizer=keras.quantizers.AbsMaxQuantizer(axis=0, epsilon=0.0), activation_quantizer=None))
    x = X.astype(dtype)
    twin = quantize(ours)
    for i, codes in ((0, "dense/kernel"), (3, "dense_1/kernel"), (5, "dense_2/kernel")):
        yield f"codes of layer {i}", twin.kernels[codes].codes, np.array(theirs.layers[i]._kernel)
    yield "outputs", twin.predict(x), np.array(theirs(x))


# -- dropout at prediction


def sampled(dtype: str) -> Iterator[Pair]:
    """Outputs with dropout switched on and batch normalization in inference mode, for Keras's masks."""
    ours, theirs = models(dropped, dtype)
    x = X[:20].astype(dtype)
    random = [(layer, Draws(other)) for layer, other in zip(ours.layers, theirs.layers, strict=True)
              if isinstance(layer, RandomLayer)]
    samples: list[np.ndarray] = []
    for model in (ours, theirs):
        model.set_weights(moved(model.get_weights()))
    for i in range(8):
        for drawing, draws in random:
            drawing.fixed_mask = draws.next((len(x), *(drawing.input_shape or ())), dtype)
        a = x
        for layer, other in zip(ours.layers, theirs.layers, strict=True):
            a = other(a, training=isinstance(layer, RandomLayer))
        here, there = mc_dropout.predict(ours, x, samples=1)[0], np.array(a)
        samples.append(here)
        yield f"sample {i}", here, there
    if np.allclose(samples[0], samples[1]):
        raise ValueError("the samples are equal")           # pragma: no cover - so that no comparison of nothing passes
    yield "weights after all samples", np.concatenate([w.ravel() for w in ours.get_weights()]), \
        np.concatenate([w.ravel() for w in theirs.get_weights()])


def dropped(library: Library) -> list[Any]:
    make = library.layers
    return [make.Dense(12, activation="relu"), make.BatchNormalization(), make.Dropout(0.25, seed=1),
            make.Dense(8, activation="selu"), make.AlphaDropout(0.5, seed=2),
            make.Dense(CLASSES, activation="softmax", use_bias=False)]


def moved(weights: list[np.ndarray]) -> list[np.ndarray]:
    """Other weights of the same shapes, positive where they belong to features: as after a training."""
    rng = np.random.default_rng(4)
    return [rng.uniform(-0.5, 0.5, w.shape) + (w.ndim == 1) for w in weights]


# -- clipping, folding


def clipped(name: str, theirs: Callable[[Any, list[np.ndarray], float], list[Any]]) -> Comparison:
    """Gradients of three tensors beyond the limit and within it, by TensorFlow's functions, which Keras calls."""
    def pairs(dtype: str) -> Iterator[Pair]:
        _, tf = load_keras()
        rng = np.random.default_rng(6)
        gradients = [rng.normal(size=shape).astype(dtype) for shape in ((7, 5), (5,), (3, 2, 2))]
        ours = getattr(clipping, name)
        for limit in (0.25, 2.0, 100.0):
            here = ours(gradients, limit) if "global" in name else [ours(g, limit) for g in gradients]
            for i, there in enumerate(theirs(tf, gradients, limit)):
                yield f"tensor {i}, limit {limit}", here[i], np.array(there)
    return Comparison(f"clipping.{name}", "three tensors beyond the limit and within it", pairs)


def long_in_all(dtype: str) -> Iterator[Pair]:
    """The norm of two tensors."""
    _, tf = load_keras()
    gradients = [KERNEL.astype(dtype), KERNEL[0].astype(dtype)]
    yield "norm", np.array(clipping.global_norm(gradients), dtype), np.array(tf.linalg.global_norm(gradients))


def folded(dtype: str) -> Iterator[Pair]:
    """One layer of ours against Keras's two, in inference, the normalization after the sums and before them."""
    keras, _ = load_keras()
    x = X.astype(dtype)
    for first in ("Dense", "BatchNormalization"):
        def two(library: Library, first: str = first) -> list[Any]:
            pair = [library.layers.Dense(6), library.layers.BatchNormalization()]
            return pair if first == "Dense" else [*pair[::-1]]
        ours, theirs = models(two, dtype)
        weights = moved(ours.get_weights())
        for model in (ours, theirs):
            model.set_weights(weights)
        yield f"outputs, {first} first", layers.fold(*ours.layers).forward(x), np.array(theirs(x))


THRESHOLDS = "Keras has no neurons with thresholds; `Perceptron` is tested against scikit-learn's."
SECOND_ORDER = "Keras has no method of second order."
PRUNING = "Keras has none; names and defaults are those of TensorFlow's Model Optimization Toolkit."

AREA = Area(
    "Tools",
    [
        Comparison("quantization.quantize_weights", "codes, scales, weights in 8 bits", weights_in(8, epsilon=0.0)),
        Comparison("quantization.quantize_weights", "the same in 4 bits", weights_in(4, epsilon=0.0)),
        Comparison("quantization.quantize_weights", "in 8 bits, all defaults", weights_in(8), (1e-6, 1e-6)),
        Comparison("quantization.quantize", "codes and outputs of a model", quantized_model),
        Comparison("mc_dropout.predict", "samples for the same masks", sampled),
        clipped("clip_by_value", lambda tf, gradients, c: [tf.clip_by_value(g, -c, c) for g in gradients]),
        clipped("clip_by_norm", lambda tf, gradients, c: [tf.clip_by_norm(g, c) for g in gradients]),
        clipped("clip_by_global_norm", lambda tf, gradients, c: tf.clip_by_global_norm(gradients, c)[0]),
        Comparison("clipping.global_norm", "of two tensors", long_in_all),
        Comparison("layers.fold", "outputs in inference", folded),
        *TRAINED,
    ],
    about="Compared: what the table says.",
    registered=registered,
    conventions={
        "quantization.quantize_weights": "The scale is what a code is multiplied by; Keras gives its inverse, "
                                         "$127 / (\\max |w| + 10^{-7})$. With all its defaults the weights differ by "
                                         "a relative $10^{-7} / \\max |w|$, and a code that lies within that of a half "
                                         "may be its neighbour; the weights compared keep a hundredth of a code away. "
                                         "In 4 bits the codes run from -7 to 7 (Keras's layers: from -8).",
        "quantization.quantize": "Of weights alone, `activation_quantizer=None` in Keras; its plain "
                                 "`quantize(\"int8\")` also rounds each layer's inputs to 8 bits.",
        "mc_dropout.predict": "Dropout alone is in training mode. Keras's `model(x, training=True)` switches batch "
                              "normalization too; compared are its layers, called one by one, with its masks.",
        "models.clone_model": "A clone has new weights, and is compiled where the model was.",
        "models.load_model": "The files differ: .npz here. Optimizer and its state come back in both.",
        "wrappers.SKLearnClassifier": "With two classes the decision function is the difference of the outputs, as "
                                      "scikit-learn has it; Keras gives both. A clone keeps `fit_kwargs`; Keras's "
                                      "loses them.",
        "wrappers.SKLearnRegressor": "Predictions are float64, as scikit-learn has them; Keras's have the model's "
                                     "dtype.",
    },
    ours={
        "gradient_check.gradient_check": "Keras has none; all gradients are compared with TensorFlow's above.",
        "newton.newton_step": SECOND_ORDER, "newton.numerical_hessian": SECOND_ORDER,
        "perceptron.logical_neuron": THRESHOLDS, "perceptron.logical_and": THRESHOLDS,
        "perceptron.logical_or": THRESHOLDS, "perceptron.logical_not": THRESHOLDS, "perceptron.TLULayer": THRESHOLDS,
        "perceptron.Perceptron": THRESHOLDS, "perceptron.mistake_bound": THRESHOLDS,
        "pretraining.pretrain": "Keras has none; the trainings that it consists of are compared above.",
        "pruning.ConstantSparsity": PRUNING, "pruning.PolynomialDecay": PRUNING, "pruning.magnitude_masks": PRUNING,
        "pruning.prune": PRUNING, "pruning.sparsity": PRUNING, "pruning.MagnitudePruning": PRUNING,
        "range_test.learning_rate_range_test": "Keras has none; its trainings are compared above.",
    },
)
