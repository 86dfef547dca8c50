import math

import mpmath
import numpy as np
import pytest
import reference
from mpmath import mpf

from course_lib import losses
from course_lib.losses.crossentropy import log_softmax

DTYPES = ("float32", "float64")
M, K = 5, 3
RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, K, M)
DISTRIBUTIONS = RNG.dirichlet(np.ones(K), M)
PROBABILITIES = RNG.dirichlet(np.ones(K), M)
UNIT = RNG.uniform(0.05, 0.95, (M, K))
REAL = RNG.normal(size=(M, K)) * 3
EDGE = np.where(np.eye(K)[[0, 1, 2, 0, 1]] > 0, 1e-9, PROBABILITIES)        # some, not all, beyond the clip


def clip(p, dtype):
    """Keras's clip to [1e-7, 1 - 1e-7], at the bounds' values in that dtype."""
    low, high = (mpf(float(np.dtype(dtype).type(v))) for v in (1e-7, 1 - 1e-7))
    return min(max(mpf(p), low), high)


# The mean loss of a batch as scalar loops over mpmath numbers: (y rows, prediction rows, dtype) -> mpf.

def mse(y, p, dtype):
    return mpmath.fsum((a - b) ** 2 for yi, pi in zip(y, p, strict=True) for a, b in zip(yi, pi, strict=True)) \
        / (len(p) * len(p[0]))


def mae(y, p, dtype):
    return mpmath.fsum(abs(a - b) for yi, pi in zip(y, p, strict=True) for a, b in zip(yi, pi, strict=True)) \
        / (len(p) * len(p[0]))


def huber(delta):
    def huber(y, p, dtype):
        total = mpf(0)
        for yi, pi in zip(y, p, strict=True):
            for a, b in zip(yi, pi, strict=True):
                e, d = abs(a - b), mpf(float(np.dtype(dtype).type(delta)))
                total += e ** 2 / 2 if e <= d else d * e - d ** 2 / 2
        return total / (len(p) * len(p[0]))
    return huber


def smoothed(function, s, classes=None):
    """The loss of targets moved by s towards 1 / classes (default: as many as there are columns)."""
    def smoothed(y, p, dtype):
        s_ = mpf(float(np.dtype(dtype).type(s)))
        return function([[a * (1 - s_) + s_ / (classes or len(yi)) for a in yi] for yi in y], p, dtype)
    return smoothed


def binary(y, p, dtype):
    total = mpf(0)
    for yi, pi in zip(y, p, strict=True):
        for a, b in zip(yi, pi, strict=True):
            q = clip(b, dtype)
            total -= a * mpmath.log(q) + (1 - a) * mpmath.log(1 - q)
    return total / (len(p) * len(p[0]))


def binary_logits(y, z, dtype):
    total = mpf(0)
    for yi, zi in zip(y, z, strict=True):
        for a, b in zip(yi, zi, strict=True):
            total += a * mpmath.log(1 + mpmath.exp(-b)) + (1 - a) * mpmath.log(1 + mpmath.exp(b))
    return total / (len(z) * len(z[0]))


def categorical(y, p, dtype):
    total = mpf(0)
    for yi, pi in zip(y, p, strict=True):
        for a, b in zip(yi, pi, strict=True):
            total -= a * mpmath.log(clip(b / mpmath.fsum(pi), dtype))
    return total / len(p)


def categorical_logits(y, z, dtype):
    total = mpf(0)
    for yi, zi in zip(y, z, strict=True):
        norm = mpmath.log(mpmath.fsum(mpmath.exp(b) for b in zi))
        total -= mpmath.fsum(a * (b - norm) for a, b in zip(yi, zi, strict=True))
    return total / len(z)


def sparse(y, p, dtype):
    total = mpf(0)
    for (label,), pi in zip(y, p, strict=True):
        clipped = [clip(b, dtype) for b in pi]
        total -= mpmath.log(clipped[int(label)] / mpmath.fsum(clipped))
    return total / len(p)


def sparse_logits(y, z, dtype):
    one_hot = [[mpf(k == int(label)) for k in range(len(z[0]))] for (label,) in y]
    return categorical_logits(one_hot, z, dtype)


CASES = {
    "mse": (losses.MeanSquaredError(), mse, REAL * 2, REAL[::-1]),
    "mae": (losses.MeanAbsoluteError(), mae, REAL * 2, REAL[::-1]),
    "huber": (losses.Huber(), huber(1), REAL * 2, REAL[::-1]),
    "huber-2.5": (losses.Huber(2.5), huber(2.5), REAL * 2, REAL[::-1]),
    "huber-0.1": (losses.Huber(delta=0.1), huber(0.1), REAL * 2, REAL[::-1]),
    "binary-smoothed": (losses.BinaryCrossentropy(label_smoothing=0.25), smoothed(binary, 0.25, 2), DISTRIBUTIONS,
                        UNIT),
    "binary-logits-smoothed": (losses.BinaryCrossentropy(True, 0.1), smoothed(binary_logits, 0.1, 2), DISTRIBUTIONS,
                               REAL),
    "categorical-smoothed": (losses.CategoricalCrossentropy(label_smoothing=0.25), smoothed(categorical, 0.25),
                             DISTRIBUTIONS, PROBABILITIES),
    "categorical-logits-smoothed": (losses.CategoricalCrossentropy(True, 0.1), smoothed(categorical_logits, 0.1),
                                    DISTRIBUTIONS, REAL),
    "binary": (losses.BinaryCrossentropy(), binary, DISTRIBUTIONS, UNIT),
    "binary-logits": (losses.BinaryCrossentropy(from_logits=True), binary_logits, DISTRIBUTIONS, REAL),
    "categorical": (losses.CategoricalCrossentropy(), categorical, DISTRIBUTIONS, PROBABILITIES),
    "categorical-unnormalised": (losses.CategoricalCrossentropy(), categorical, DISTRIBUTIONS, UNIT),
    "categorical-logits": (losses.CategoricalCrossentropy(True), categorical_logits, DISTRIBUTIONS, REAL),
    "categorical-logits-inexact": (losses.CategoricalCrossentropy(True), categorical_logits,
                                   DISTRIBUTIONS * np.linspace(0.9995, 1.0008, M)[:, None], REAL),
    "binary-edge": (losses.BinaryCrossentropy(), binary, DISTRIBUTIONS, EDGE),
    "categorical-edge": (losses.CategoricalCrossentropy(), categorical, DISTRIBUTIONS, EDGE),
    "sparse-edge": (losses.SparseCategoricalCrossentropy(), sparse, LABELS, EDGE),
    "sparse": (losses.SparseCategoricalCrossentropy(), sparse, LABELS, PROBABILITIES),
    "sparse-unnormalised": (losses.SparseCategoricalCrossentropy(), sparse, LABELS, UNIT),
    "sparse-logits": (losses.SparseCategoricalCrossentropy(True), sparse_logits, LABELS, REAL),
}
EXTREME = np.array(
    [[100.0, 0.0, -100.0], [-1000.0, 1000.0, 0.0], [1e4, -1e4, 0.0], [-88.0, 88.0, 89.0], [0.0, 0.0, 0.0]]
)
ONE_HOT = np.eye(K)[LABELS]


def exact(case, y, prediction, dtype):
    """The value and the gradient of the mean, with 60 digits (the gradient by differences)."""
    function = CASES[case][1]
    rows_y = [[mpf(float(v)) for v in np.atleast_1d(row)] for row in np.asarray(y, dtype)]
    rows = [[mpf(float(v)) for v in row] for row in np.asarray(prediction, dtype)]
    with mpmath.workdps(60):
        value = function(rows_y, rows, dtype)
        gradient = np.zeros(np.shape(prediction))
        h = mpf(10) ** -25
        for i, j in np.ndindex(gradient.shape):
            held = rows[i][j]
            rows[i][j] = held + h
            above = function(rows_y, rows, dtype)
            rows[i][j] = held - h
            below = function(rows_y, rows, dtype)
            rows[i][j] = held
            gradient[i, j] = (above - below) / (2 * h)
        return float(value), gradient


def test_every_loss_is_tested():
    assert {type(case[0]) for case in CASES.values()} == set(losses.LOSSES.values())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES)
class TestAgainstScalarLoops:
    def test_value_and_gradient(self, case, dtype):
        loss, _, y, prediction = CASES[case]
        y, prediction = (y if y.ndim == 1 else y.astype(dtype)), prediction.astype(dtype)
        if case.startswith("categorical") and not case.endswith("inexact"):
            y = np.asarray(y / y.sum(axis=1, keepdims=True), dtype)
        value, gradient = exact(case, y, prediction, dtype)
        eps = float(np.finfo(dtype).eps)
        assert type(loss(y, prediction)) is float
        assert loss(y, prediction) == pytest.approx(value, rel=8 * eps)
        ours = loss.gradient(y, prediction)
        assert ours.dtype == dtype
        assert reference.relative_error(ours, gradient) < 8 * eps

    def test_arguments_are_left_as_they_are(self, case, dtype):
        loss, _, y, prediction = CASES[case]
        y, prediction = y.copy(), prediction.astype(dtype)
        held = y.copy(), prediction.copy()
        loss(y, prediction)
        gradient = loss.gradient(y, prediction)
        np.testing.assert_array_equal(y, held[0])
        np.testing.assert_array_equal(prediction, held[1])
        assert not np.shares_memory(gradient, prediction)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("case", "y"), [("binary-logits", ONE_HOT), ("categorical-logits", ONE_HOT),
                                         ("sparse-logits", LABELS)])
def test_extreme_logits(case, y, dtype):
    loss = CASES[case][0]
    with mpmath.workdps(60):
        value, gradient = exact(case, y, EXTREME, dtype)
    z = EXTREME.astype(dtype)
    assert loss(y, z) == pytest.approx(value, rel=4 * float(np.finfo(dtype).eps))
    np.testing.assert_allclose(loss.gradient(y, z), gradient, rtol=0, atol=4 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ["binary", "categorical", "sparse"])
def test_probabilities_at_the_clip(case, dtype):
    """0 and 1 are clipped, so J stays finite, and nothing flows back through a clipped entry."""
    loss = CASES[case][0]
    p = np.array([[1, 0, 0], [0, 1, 0]], dtype)
    y = np.array([1, 1]) if case == "sparse" else np.array([[0, 1, 0], [0, 1, 0]], dtype)
    value, _ = exact(case, y, p, dtype)
    assert loss(y, p) == pytest.approx(value, rel=1e-6)
    assert np.all(loss.gradient(y, p) == 0)


@pytest.mark.parametrize("loss", [losses.CategoricalCrossentropy(), losses.SparseCategoricalCrossentropy(),
                                  losses.BinaryCrossentropy()])
def test_certain_and_right(loss):
    """At p = 1 the loss is that of 1 - 1e-7, not 0, as in Keras, and it has no slope."""
    y = [0] if isinstance(loss, losses.SparseCategoricalCrossentropy) else [[1.0, 0.0]]
    p = np.array([[1.0, 0.0]])
    clipped = {"sparse_categorical_crossentropy": math.log1p(1e-7 / (1 - 1e-7))}
    assert loss(y, p) == pytest.approx(clipped.get(loss.name, -math.log1p(-1e-7)), rel=1e-6)
    assert loss.gradient(y, p).tolist() == [[0, 0]]


def test_known_values():
    assert losses.SparseCategoricalCrossentropy(from_logits=True)([0], np.array([[-100.0, 0.0]])) == 100
    assert losses.SparseCategoricalCrossentropy()([0], np.array([[0.0, 1.0]])) == pytest.approx(16.118, abs=5e-4)
    assert losses.MeanSquaredError()([[0.0, 0.0]], [[1.0, 3.0]]) == 5


def test_integers_and_lists_are_taken_as_float64():
    assert losses.MeanSquaredError()([1, 2], [3, 4]) == 4
    assert losses.MeanSquaredError().gradient([1, 2], [3, 4]).dtype == np.float64
    assert losses.MeanSquaredError().gradient([1, 2], [3, 4]).tolist() == [2, 2]      # the shape of y_pred, (m,)
    assert losses.MeanSquaredError()([1.5], [3]) == 2.25                # and so is y_true


@pytest.mark.parametrize("case", ["binary", "categorical", "sparse", "binary-smoothed"])
def test_with_logits(case):
    loss = CASES[case][0]
    logits = loss.with_logits()
    assert type(logits) is type(loss)
    assert logits.get_config() == {**loss.get_config(), "from_logits": True}
    assert not loss.from_logits


def test_repr():
    assert repr(losses.Huber(2)) == "Huber(delta=2.0)"
    assert repr(losses.SparseCategoricalCrossentropy(True)) == "SparseCategoricalCrossentropy(from_logits=True)"
    assert repr(losses.BinaryCrossentropy()) == "BinaryCrossentropy(from_logits=False, label_smoothing=0.0)"


@pytest.mark.parametrize("case", ["binary", "categorical", "sparse", "binary-smoothed", "categorical-smoothed"])
def test_delta_is_the_gradient_at_the_logits(case):
    """The short cut (p - y) / m equals the gradient of the loss from probabilities, pulled through the activation."""
    from course_lib import activations
    loss, _, y, _ = CASES[case]
    activation = activations.get(loss.output_activation)
    p = activation(REAL)
    y = loss.targets(y, K, np.dtype("float64"))
    np.testing.assert_allclose(loss.delta(y, p), activation.vjp(REAL, loss.gradient_of(y, p)), rtol=1e-9, atol=1e-14)


def test_sparse_labels_as_a_column():
    loss = losses.SparseCategoricalCrossentropy()
    assert loss(LABELS[:, None], PROBABILITIES) == loss(LABELS, PROBABILITIES) == loss(LABELS * 1.0, PROBABILITIES)


def test_log_softmax():
    row = [1000.0, 0.0, -1000.0]
    np.testing.assert_array_equal(log_softmax(np.array([row])), [[0, -1000, -2000]])


class TestSampleWeight:
    @pytest.mark.parametrize("shape", [(M,), (M, 1)])
    @pytest.mark.parametrize("case", CASES)
    def test_each_row_counts_as_often_as_its_weight(self, case, shape):
        """Rows repeated 0, 1, 2, ... times give the same sum; the divisor stays the number of rows."""
        loss, _, y, prediction = CASES[case]
        weights = np.array([2, 0, 1, 3, 1])
        repeated = np.repeat(np.arange(M), weights)
        expected = loss(y[repeated], prediction[repeated]) * len(repeated) / M
        assert loss(y, prediction, weights.reshape(shape)) == pytest.approx(expected, rel=1e-13)
        gradient = loss.gradient(y, prediction, sample_weight=weights.reshape(shape))
        np.testing.assert_allclose(gradient, loss.gradient(y, prediction) * weights[:, None], rtol=1e-15, atol=0)

    def test_fractions_and_signs(self):
        weights = np.array([0.5, -1.0])
        assert losses.MeanAbsoluteError()([[0.0], [0.0]], [[3.0], [2.0]], weights) == (0.5 * 3 - 2) / 2

    def test_none_is_one(self):
        assert losses.MeanSquaredError()(REAL, 2 * REAL, None) == losses.MeanSquaredError()(REAL, 2 * REAL, np.ones(M))

    @pytest.mark.parametrize(("weights", "error", "text"), [
        (np.ones(M - 1), ValueError, "MeanSquaredError: sample_weight must have shape (5,), one number a row, got an "
                                     "array of shape (4,), dtype float64"),
        (np.ones((M, K)), ValueError, "got an array of shape (5, 3), dtype float64"),
        (2.0, ValueError, "got an array of shape (), dtype float64"),
        ([1, 2, np.nan, 1, 1], ValueError, "MeanSquaredError: sample_weight must be finite, got NaN at index (2,)"),
        ([], ValueError, "MeanSquaredError: sample_weight must not be empty"),
        (["a"] * M, TypeError, "MeanSquaredError: sample_weight must hold real numbers, got ['a', 'a'"),
    ])
    @pytest.mark.parametrize("method", ["__call__", "gradient"])
    def test_errors(self, weights, error, text, method):
        with pytest.raises(error) as caught:
            getattr(losses.MeanSquaredError(), method)(REAL, REAL, weights)
        assert text in str(caught.value)


def test_huber_between_mse_and_mae():
    """The checks of the curriculum, and its two limits."""
    huber = losses.Huber()
    assert [huber([0.0], [e]) for e in (0.5, 1.0, 2.0, -2.0)] == [0.125, 0.5, 1.5, 1.5]
    assert losses.Huber(1e6)(REAL, -REAL) == pytest.approx(losses.MeanSquaredError()(REAL, -REAL) / 2, rel=1e-14)
    assert losses.Huber(1e-9)(REAL, -REAL) / 1e-9 == pytest.approx(losses.MeanAbsoluteError()(REAL, -REAL), rel=1e-8)


def test_no_slope_without_an_error():
    assert losses.MeanAbsoluteError().gradient([1.0, 2.0], [1.0, 3.0]).tolist() == [0, 0.5]


@pytest.mark.parametrize(("loss", "y", "p", "sides"), [
    (losses.MeanSquaredError(), [[0.0]], [[1.0]], []), (losses.MeanAbsoluteError(), [[0.0, 1, 0]], [[1.0, 1, -1]],
                                                        [[1, 0, -1]]),
    (losses.Huber(0.5), [[1.0, 1, 1]], [[2.0, 1.5, 0.4]], [[False, True, False]]),
    (losses.BinaryCrossentropy(), [[0.0, 0, 0]], [[0, 0.5, 1.0]], [[0, 1, 2]]),
    (losses.BinaryCrossentropy(True), [[0.0]], [[9.0]], []),
    (losses.CategoricalCrossentropy(), [[0, 1.0], [0, 1]], [[0, 2.0], [0.5, 1.5]], [[0, 2], [1, 1]]),
    (losses.CategoricalCrossentropy(True), [[0, 1.0]], [[0, 2.0]], []),
    (losses.SparseCategoricalCrossentropy(), [0], [[1e-8, 0.9]], [[0, 1]]),
])
def test_sides_of_the_kinks(loss, y, p, sides):
    assert loss.sides(np.array(y), np.array(p)).tolist() == sides


@pytest.mark.parametrize(("make", "text"), [
    (lambda: losses.Huber(0), "Huber: delta must be a number in (0, inf), got 0 (int)"),
    (lambda: losses.Huber("1"), "Huber: delta must be a number in (0, inf), got '1' (str)"),
    (lambda: losses.BinaryCrossentropy(label_smoothing=-0.1),
     "BinaryCrossentropy: label_smoothing must be a number in [0, 1], got -0.1 (float)"),
    (lambda: losses.CategoricalCrossentropy(label_smoothing=1.1),
     "CategoricalCrossentropy: label_smoothing must be a number in [0, 1], got 1.1 (float)"),
])
def test_arguments(make, text):
    with pytest.raises(ValueError) as caught:
        make()
    assert text in str(caught.value)


def test_names():
    """Each loss knows the first name it has in the registry; the short ones are Keras's."""
    short = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "bce": "binary_crossentropy"}
    assert {name: losses.get(name).name for name in losses.LOSSES} == {n: short.get(n, n) for n in losses.LOSSES}
    assert list(losses.LOSSES) == ["mean_squared_error", "mse", "mean_absolute_error", "mae", "huber",
                                   "binary_crossentropy", "bce", "categorical_crossentropy",
                                   "sparse_categorical_crossentropy"]


@pytest.mark.parametrize("name", losses.LOSSES)
def test_get_and_serialize(name):
    loss = losses.get(name)
    assert losses.get(loss) is loss
    again = losses.deserialize(losses.serialize(loss))
    assert repr(again) == repr(loss)


def test_serialize_keeps_the_arguments():
    for loss in (losses.BinaryCrossentropy(True, 0.25), losses.Huber(3)):
        again = losses.deserialize(losses.serialize(loss))
        assert type(again) is type(loss)
        assert again.get_config() == loss.get_config()
    with pytest.raises(ValueError, match="cannot be saved: only these can: mean_squared_error"):
        losses.serialize(losses.Loss())


P = PROBABILITIES
MSE, BCE, CCE, SCCE = (losses.MeanSquaredError(), losses.BinaryCrossentropy(), losses.CategoricalCrossentropy(),
                       losses.SparseCategoricalCrossentropy())


@pytest.mark.parametrize("method", ["__call__", "gradient"])
@pytest.mark.parametrize(("loss", "y", "p", "error", "text"), [
    (MSE, np.zeros((5, 2)), P, ValueError, "MeanSquaredError: y_true must have shape (m, 3), as y_pred has 3 columns, "
                                           "got an array of shape (5, 2), dtype float64"),
    (MSE, np.zeros(5), P, ValueError, "got an array of shape (5,), dtype float64"),
    (MSE, np.zeros((5, 2)), P[:, :1], ValueError, "y_true must have shape (m, 1), as y_pred has 1 column, got"),
    (MSE, np.zeros((4, 3)), P, ValueError, "y_true and y_pred must have the same number of rows, got 4 and 5"),
    (MSE, np.zeros((5, 3)), P[None], ValueError, "y_pred must have shape (m, k), got an array of shape (1, 5, 3)"),
    (MSE, 3.0, 2.0, ValueError, "y_pred must have shape (m, k), got an array of shape ()"),
    (MSE, [], [], ValueError, "MeanSquaredError: y_pred must not be empty, got an array of shape (0,), dtype float64"),
    (MSE, np.zeros((0, 3)), P, ValueError, "MeanSquaredError: y_true must not be empty"),
    (MSE, [[1.0, 2.0], [3.0]], P, ValueError,
     "MeanSquaredError: y_true must be an array of numbers, got [[1.0, 2.0], [3"),
    (MSE, "abc", P, TypeError, "MeanSquaredError: y_true must hold real numbers, got 'abc' (str)"),
    (MSE, None, P, TypeError, "MeanSquaredError: y_true must hold real numbers, got None (NoneType)"),
    (MSE, P + 1j, P, TypeError, "got an array of shape (5, 3), dtype complex128"),
    (MSE, P, np.where(P == P[2, 1], np.nan, P), ValueError, "MeanSquaredError: y_pred must be finite, got NaN at "
     "index (2, 1) (1 such values in an array of shape (5, 3), dtype float64)"),
    (MSE, P * np.inf, P, ValueError, "MeanSquaredError: y_true must be finite, got infinity at index (0, 0) (15 such"),
    (MSE, P * 1e300, P.astype("float32"), ValueError, "y_true must fit into float32, got "),
    (BCE, P * 2, P, ValueError, "BinaryCrossentropy: y_true must lie in [0, 1], got values from"),
    (BCE, -P, P, ValueError, "BinaryCrossentropy: y_true must lie in [0, 1], got values from -"),
    (CCE, LABELS, P, ValueError, "CategoricalCrossentropy: y_true must have shape (m, 3)"),
    (CCE, P * 2, P, ValueError,
     "CategoricalCrossentropy: each row of y_true must be non-negative and sum to 1 (one-hot, "
                                "say), got row 0 = ["),
    (CCE, [[0, 1, 0], [0, 1, 0], [0.3, 0.3, 0.3], [0, 1, 0], [1, 0, 0]], P, ValueError, "got row 2 = [0.3 0.3 0.3]"),
    (CCE, [[0, 1, 0], [0, 2, -1], *[[0, 0, 1]] * 3], P, ValueError, "got row 1 = [ 0.  2. -1.]; for integer labels use "
                                                                    "sparse_categorical_crossentropy"),
    (SCCE, ONE_HOT, P, ValueError,
     "SparseCategoricalCrossentropy: y_true must hold one integer label a row, shape (m,), "
     "got an array of shape (5, 3), dtype float64; for one-hot rows use categorical_crossentropy"),
    (SCCE, [0, 1, 2, 3, 0], P, ValueError, "SparseCategoricalCrossentropy: labels must be integers in 0..2, as y_pred "
                                           "has 3 columns, got 3 in row 3"),
    (SCCE, [0, -1, 2, 0, 0], P, ValueError, "got -1 in row 1"),
    (SCCE, [0, 1, 0.5, 0, 0], P, ValueError, "got 0.5 in row 2"),
    (SCCE, [0, 1, 1e300, 0, 0], P, ValueError, "got 1e+300 in row 2"),
    (SCCE, np.array([2 ** 64 - 1] * 5, np.uint64), P, ValueError, "got 18446744073709551615 in row 0"),
    (SCCE, ["a"] * 5, P, TypeError, "SparseCategoricalCrossentropy: y_true must hold real numbers, got ['a', 'a'"),
])
def test_errors(loss, y, p, error, text, method):
    with pytest.raises(error) as caught:
        getattr(loss, method)(y, p)
    assert text in str(caught.value)


@pytest.mark.parametrize(("name", "near"), [
    ("MSE", "mse"), ("hubr", "huber"), ("sparse_categorical_crossentopy", "sparse_categorical_crossentropy")])
def test_unknown_name(name, near):
    with pytest.raises(ValueError) as caught:
        losses.get(name)
    text = str(caught.value)
    assert f"unknown loss '{name}' (str); expected one of: mean_squared_error, mse, mean_absolute_error, mae" in text
    assert f"Did you mean '{near}'?" in text


def test_sides_of_probabilities_that_do_not_sum_to_one():
    sides = losses.CategoricalCrossentropy().sides(None, np.array([[0.0, 1.0, 1.0], [3.0, 0.0, 0.0]]))
    assert sides.tolist() == [[0, 1, 1], [2, 0, 0]]


def test_sparse_probabilities_are_clipped_from_above_first():
    """As in Keras: (2, 1) becomes (1, 1) before it is made to sum to 1."""
    loss = losses.SparseCategoricalCrossentropy()
    assert loss([0], [[2.0, 1.0]]) == pytest.approx(np.log(2), rel=1e-12)
    assert loss([1], [[2.0, 1.0]]) == pytest.approx(np.log(2), rel=1e-12)


@pytest.mark.parametrize("name", ["binary_crossentropy", "categorical_crossentropy", "mse"])
def test_integer_targets_keep_the_dtype_of_the_outputs(name):
    p = np.array([[0.25, 0.75], [0.5, 0.5]], "float32")
    assert losses.get(name).gradient([[0, 1], [1, 0]], p).dtype == np.float32
