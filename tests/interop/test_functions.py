"""Activations, losses, metrics and initializers against Keras's."""

import math

import numpy as np
import pytest
from reference import relative_error

from course_lib import activations, initializers, losses, metrics

pytestmark = pytest.mark.keras
EPS = {"float32": 2 ** -23, "float64": 2 ** -52}
NAMES = [name for name, activation in activations.ACTIVATIONS.items() if activation.name == name]
Z = np.concatenate([np.random.default_rng(0).normal(size=(20, 4)) * 5, [[1000, -1000, 0, 0], [-89, 89, 40, -40],
                                                                       [0, 0, 0, 0], [-745, 711, 1e-3, -1e-9]]])


@pytest.mark.parametrize("name", NAMES)
def test_activation(keras, dtype, name):
    """Values within 4 units in the last place (of 1 where they are small: Keras's sigmoid is not exact in its tail)."""
    z = Z.astype(dtype)
    theirs = np.asarray(keras.activations.get(name)(z))
    ours = activations.get(name)(z)
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=4 * EPS[dtype], atol=4 * EPS[dtype])


@pytest.mark.parametrize("name", NAMES)
def test_activation_gradient(keras, dtype, name):
    import tensorflow as tf
    z, dy = Z.astype(dtype), np.random.default_rng(1).normal(size=Z.shape).astype(dtype)
    variable = tf.Variable(z)
    with tf.GradientTape() as tape:
        a = keras.activations.get(name)(variable)
    theirs = np.asarray(tape.gradient(a, variable, output_gradients=tf.constant(dy)))
    np.testing.assert_allclose(activations.get(name).vjp(z, dy), theirs, rtol=0, atol=8 * EPS[dtype] * np.abs(dy).max())
    out = np.empty_like(z)
    activations.get(name).backward(z, activations.get(name)(z), dy, out)
    np.testing.assert_allclose(out, theirs, rtol=0, atol=8 * EPS[dtype] * np.abs(dy).max())


RNG = np.random.default_rng(5)
M, K = 40, 5
LABELS = RNG.integers(0, K, M)
SOFT = RNG.dirichlet(np.ones(K), M)
ONE_HOT = np.eye(K)[LABELS]
P = RNG.dirichlet(np.ones(K), M)
P_EDGE = np.concatenate([P[:-3], [[1, 0, 0, 0, 0], [0, 0, 0, 0.5, 0.5], [1e-8, 1 - 1e-8, 0, 0, 0]]])
LOGITS = RNG.normal(size=(M, K)) * 4
LOGITS_EDGE = np.concatenate([LOGITS[:-3], [[100, 0, -100, 0, 0], [-1000, 1000, 0, 0, 0], [88, 89, -88, -104, 0]]])
CASES = {
    "mse": ("MeanSquaredError", {}, LOGITS[::-1], LOGITS),
    "binary": ("BinaryCrossentropy", {}, SOFT, P), "binary-edge": ("BinaryCrossentropy", {}, ONE_HOT, P_EDGE),
    "binary-logits": ("BinaryCrossentropy", {"from_logits": True}, SOFT, LOGITS_EDGE),
    "categorical": ("CategoricalCrossentropy", {}, SOFT, P),
    "categorical-edge": ("CategoricalCrossentropy", {}, ONE_HOT, P_EDGE),
    "categorical-unnormalised": ("CategoricalCrossentropy", {}, ONE_HOT, 3 * P),
    "categorical-logits": ("CategoricalCrossentropy", {"from_logits": True}, SOFT, LOGITS_EDGE),
    "sparse": ("SparseCategoricalCrossentropy", {}, LABELS, P),
    "sparse-edge": ("SparseCategoricalCrossentropy", {}, LABELS, P_EDGE),
    "sparse-unnormalised": ("SparseCategoricalCrossentropy", {}, LABELS, 0.3 * P),
    "sparse-logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS_EDGE),
}


def test_every_loss_is_compared():
    assert {case[0] for case in CASES.values()} == {cls.__name__ for cls in losses.LOSSES.values()}


@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradient(keras, dtype, case):
    """The mean within 8 units in the last place, its gradient within 16 of its largest entry."""
    import tensorflow as tf
    name, arguments, y, prediction = CASES[case]
    prediction = prediction.astype(dtype)
    y = y if y.ndim == 1 else y.astype(dtype)
    if name == "CategoricalCrossentropy":
        y = y / y.sum(axis=1, keepdims=True)
    ours, theirs = getattr(losses, name)(**arguments), getattr(keras.losses, name)(**arguments)
    variable = tf.Variable(prediction)
    with tf.GradientTape() as tape:
        value = theirs(tf.constant(y), variable)
    assert ours(y, prediction) == pytest.approx(float(value), rel=8 * EPS[dtype])
    gradient = tape.gradient(value, variable)
    if isinstance(gradient, tf.IndexedSlices):
        gradient = tf.convert_to_tensor(gradient)
    assert relative_error(ours.gradient(y, prediction), gradient) < 16 * EPS[dtype]


@pytest.mark.parametrize("name", losses.LOSSES)
def test_loss_names(keras, name):
    """The same strings name the same losses."""
    theirs = keras.losses.get(name)
    theirs = theirs if isinstance(theirs, type) else theirs.__name__ if callable(theirs) else type(theirs)
    assert losses.get(name).name in (theirs, getattr(theirs, "name", None))


@pytest.mark.parametrize(("name", "theirs", "y", "p"), [
    ("binary_accuracy", "BinaryAccuracy", ONE_HOT, P), ("binary_accuracy", "BinaryAccuracy", ONE_HOT[:, :1], P[:, :1]),
    ("binary_accuracy", "BinaryAccuracy", [[0], [1], [1]], np.array([[0.5], [0.5], [0.51]])),
    ("categorical_accuracy", "CategoricalAccuracy", ONE_HOT, P),
    ("sparse_categorical_accuracy", "SparseCategoricalAccuracy", LABELS, P),
    ("mean_squared_error", "MeanSquaredError", ONE_HOT, P),
])
def test_metric(keras, dtype, name, theirs, y, p):
    metric = getattr(keras.metrics, theirs)()
    metric.update_state(np.asarray(y), p.astype(dtype))
    assert metrics.get(name)(y, p.astype(dtype)) == pytest.approx(float(metric.result()), rel=4 * 2 ** -23)


SHAPE = (300, 200)


@pytest.mark.parametrize("name", initializers.INITIALIZERS)
def test_initializer_moments(keras, name):
    """Two samples of 60,000 from the same law: means, deviations and largest values agree within sampling error."""
    ours = initializers.get(name)(SHAPE, rng=np.random.default_rng(3), dtype="float64")
    theirs = keras.initializers.Constant(0.0) if name == "constant" else keras.initializers.get(name)
    if hasattr(theirs, "seed"):
        theirs = type(theirs)(seed=4)
    theirs = np.asarray(theirs(SHAPE), np.float64)
    deviation = theirs.std()
    assert abs(ours.mean() - theirs.mean()) <= 5 * math.sqrt(2) * deviation / math.sqrt(ours.size)
    assert abs(ours.std() - deviation) <= 0.02 * deviation
    assert (
        abs(np.abs(ours).max() - np.abs(theirs).max())
        <= (0.2 if name == "random_normal" else 0.005) * np.abs(theirs).max()
    )
    for quantile in (0.1, 0.25, 0.4):
        assert abs(np.quantile(ours, quantile) - np.quantile(theirs, quantile)) <= 0.03 * deviation


@pytest.mark.parametrize("distribution", ["truncated_normal", "untruncated_normal", "uniform"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out", "fan_avg"])
def test_variance_scaling(keras, mode, distribution):
    ours = initializers.VarianceScaling(1.7, mode, distribution)(
        (3, 3, 40, 90), rng=np.random.default_rng(3), dtype="float64"
    )
    theirs = np.asarray(keras.initializers.VarianceScaling(1.7, mode, distribution, seed=4)((3, 3, 40, 90)))
    assert ours.std() == pytest.approx(float(theirs.std()), rel=0.02)
