import numpy as np
import pytest

from course_lib import metrics

RNG = np.random.default_rng(5)
P = RNG.dirichlet(np.ones(4), 200)
LABELS = RNG.integers(0, 4, 200)
ONE_HOT = np.eye(4)[LABELS]
YES_NO = RNG.integers(0, 2, (200, 4))


def share(pairs):
    pairs = list(pairs)
    return sum(a == b for a, b in pairs) / len(pairs)


def argmax(row):
    best = 0
    for k, v in enumerate(row):
        if v > row[best]:
            best = k
    return best


BINARY = share((int(p > 0.5), y) for row, ys in zip(P, YES_NO, strict=True) for p, y in zip(row, ys, strict=True))
COLUMN = share((int(p > 0.5), y) for p, y in zip(P[:, 0], YES_NO[:, 0], strict=True))
CLASS = share((argmax(row), y) for row, y in zip(P, LABELS, strict=True))
ERROR = sum((p - y) ** 2 for row, ys in zip(P, ONE_HOT, strict=True) for p, y in zip(row, ys, strict=True)) / P.size


@pytest.mark.parametrize(("name", "y", "p", "expected"), [
    ("binary_accuracy", YES_NO, P, BINARY), ("binary_accuracy", YES_NO[:, 0], P[:, 0], COLUMN),
    ("binary_accuracy", YES_NO[:, :1], P[:, 0], COLUMN), ("accuracy", YES_NO[:, 0], P[:, :1], COLUMN),
    ("accuracy", YES_NO[:, 0], P[:, 0], COLUMN),
    ("categorical_accuracy", ONE_HOT, P, CLASS), ("accuracy", ONE_HOT, P, CLASS),
    ("sparse_categorical_accuracy", LABELS, P, CLASS), ("sparse_categorical_accuracy", LABELS[:, None], P, CLASS),
    ("accuracy", LABELS, P, CLASS), ("accuracy", LABELS[:, None], P, CLASS),
    ("mean_squared_error", ONE_HOT, P, ERROR), ("mse", ONE_HOT, P, ERROR),
])
def test_against_loops(name, y, p, expected):
    value = metrics.get(name)(y, p)
    assert type(value) is float
    assert value == pytest.approx(expected, rel=1e-12)
    assert 0 < value < 1


def test_half_counts_as_no():
    assert metrics.get("binary_accuracy")([0, 1], [0.5, np.nextafter(0.5, 1)]) == 1


def test_mean_weights_by_rows():
    mean = metrics.Mean()
    assert np.isnan(mean.result())
    mean.update(1.0, 30)
    mean.update(5.0, 10)
    assert mean.result() == 2


def test_get():
    metric = metrics.get("mse")
    assert metrics.get(metric) is metric
    assert metric.name == "mse"


@pytest.mark.parametrize(("name", "y", "p", "text"), [
    ("accuracy", LABELS[:5], P, "accuracy: y_true and y_pred must have the same number of rows, got 5 and 200"),
    ("accuracy", ONE_HOT[:, :3], P, "categorical_accuracy: y_true must have y_pred's shape (200, 4), got an array of "
                                    "shape (200, 3), dtype float64"),
    ("accuracy", ONE_HOT, P[:, 0], "binary_accuracy: y_true must have y_pred's shape (200, 1), got an array of shape"),
    ("binary_accuracy", LABELS, P,
     "binary_accuracy: y_true must have y_pred's shape (200, 4), got an array of shape (200,)"),
    ("mse", LABELS, P, "mean_squared_error: y_true must have y_pred's shape (200, 4), got"),
    ("sparse_categorical_accuracy", ONE_HOT, P,
     "sparse_categorical_accuracy: y_true must hold one integer label a row, "
                                                "got an array of shape (200, 4), dtype float64"),
    ("accuracy", LABELS, P[None].repeat(200, 0), "accuracy: y_true and y_pred must have shape (m, k) or (m,), got"),
    ("accuracy", 1, 1.0, "accuracy: y_true and y_pred must have shape (m, k) or (m,), got an array of shape ()"),
    ("accuracy", [], [], "accuracy: y_true must not be empty"),
    ("accuracy", LABELS, P * np.nan, "accuracy: y_pred must be finite, got NaN at index (0, 0)"),
])
def test_errors(name, y, p, text):
    with pytest.raises(ValueError) as caught:
        metrics.get(name)(y, p)
    assert text in str(caught.value)


def test_unknown_name():
    with pytest.raises(ValueError) as caught:
        metrics.get("Accuracy")
    assert "unknown metric 'Accuracy' (str); expected one of: accuracy, binary_accuracy" in str(caught.value)
    assert "Did you mean 'accuracy'?" in str(caught.value)
