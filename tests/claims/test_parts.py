"""What measures share: ratios of times on a planted clock, layers with and without normalization, the hash."""

import math

import numpy as np
import pytest

from course_lib import Input, Sequential, layers
from course_lib.claims import dropout_uncertainty, parts, sparsity
from course_lib.claims.protocol import code_of


def test_median_ratio_of_a_planted_clock(monkeypatch):
    """The second call always takes 2 s; the first 50, for its buffers, then 2, 30, 3, 8, 4: the median is 4 / 2."""
    now, calls = [0.0], []
    durations = iter((50.0, 2.0, 30.0, 3.0, 8.0, 4.0))
    monkeypatch.setattr(parts.time, "perf_counter", lambda: now[0])

    def first():
        calls.append("first")
        now[0] += next(durations)

    def second():
        calls.append("second")
        now[0] += 2.0

    assert parts.median_ratio(first, second, rounds=5) == 4.0 / 2.0
    assert calls == ["second", "first", "first", "second"] * 3                 # in turn, each of them first


@pytest.mark.parametrize(("loss", "kept"), [(0.5, 0.5), (math.nan, 1e6), (math.inf, 1e6), (3e7, 1e6)])
def test_kept_finite(loss, kept):
    assert parts.kept_finite(loss) == kept


@pytest.mark.parametrize(("place", "expected"), [
    ("none", ["Dense relu True"]), ("after", ["Dense relu True", "BatchNormalization 0.9"]),
    ("before", ["Dense linear False", "BatchNormalization 0.9", "Activation relu"])])
def test_hidden_layer(place, expected):
    found = []
    for layer in parts.hidden_layer(5, "relu", "he_normal", place, 0.9):
        match layer:
            case layers.Dense():
                found.append(f"Dense {layer.activation.name or 'linear'} {layer.use_bias}")
            case layers.BatchNormalization():
                found.append(f"BatchNormalization {layer.momentum}")
            case layers.Activation():
                found.append(f"Activation {layer.activation.name}")
    assert found == expected
    stack = Sequential([Input((3,)), *parts.hidden_layer(5, "relu", "he_normal", place, 0.9)], seed=0)
    assert stack.predict(np.ones((2, 3)), verbose=0).shape == (2, 5)


def test_digits_rows_are_drawn_with_the_seed_and_the_other_sets_are_whole():
    (x, y), validation, test = parts.digits_rows(200, 3)
    (again, _), *_ = parts.digits_rows(200, 3)
    (other, _), *_ = parts.digits_rows(200, 4)
    assert x.shape == (200, 64) and len(y) == 200 and len(validation[0]) == 300 and len(test[0]) == 450
    assert np.array_equal(x, again) and not np.array_equal(x, other)
    (whole, labels), *_ = parts.digits_rows(1047, 0)
    assert len(whole) == len(labels) == 1047 and len(np.unique(x @ np.arange(1, 65))) > 190


def test_two_hidden_layers_have_dropout_where_it_is_asked_for():
    def found(**settings):
        return [f"{type(layer).__name__} {getattr(layer, 'rate', getattr(layer, 'units', ''))}"
                for layer in parts.two_hidden_layers(7, 0, **settings).layers]

    assert found() == ["Dense 7", "Dense 7", "Dense 10"]
    assert found(dropout=0.3) == ["Dense 7", "Dropout 0.3", "Dense 7", "Dropout 0.3", "Dense 10"]
    assert found(at_input=0.2) == ["Dropout 0.2", "Dense 7", "Dense 7", "Dense 10"]
    network = parts.two_hidden_layers(7, 0, kernel_constraint="max_norm")
    assert [layer.kernel_constraint is not None for layer in network.layers] == [True, True, False]


def test_calibration_error_by_hand():
    """Two answers of 0.75 of which one is right, and two of 0.95 that are: (|1.5 - 1| + |1.9 - 2|) / 4."""
    p = np.array([[0.75, 0.25], [0.25, 0.75], [0.95, 0.05], [0.05, 0.95]])
    assert dropout_uncertainty.calibration_error(p, np.array([0, 0, 0, 1])) == pytest.approx(0.15)
    assert dropout_uncertainty.calibration_error(np.eye(3), np.arange(3)) == 0


def test_how_often_one_list_is_ranked_above_another():
    """Of six pairs four are in order and one is a tie."""
    assert dropout_uncertainty.ranked_above([0.9, 0.5], [0.5, 0.4, 0.6]) == pytest.approx((4 + 0.5) / 6)


def test_trust_in_the_answers_without_dropout():
    """The passes are read at the class that is answered without dropout, 0 for the first row and 1 for the second."""
    plain = np.array([[0.7, 0.3], [0.2, 0.8]])
    passes = np.array([[[0.9, 0.1], [0.4, 0.6]], [[0.5, 0.5], [0.4, 0.6]]])
    trust = dropout_uncertainty.trust(plain, passes)
    assert trust["plain"] == pytest.approx([0.7, 0.8])
    assert trust["mc"] == pytest.approx([0.7, 0.6]) and trust["spread"] == pytest.approx([-0.2, 0])


def test_weights_are_shrunk_to_zero_and_not_beyond():
    w = np.array([[0.7, -0.2], [0.0, -0.9]])
    sparsity.shrink(w, 0.5)
    assert w == pytest.approx(np.array([[0.2, 0.0], [0.0, -0.4]]))


def measure(cell, seed, settings):
    return {"y": kept(cell["x"]) + parts_hidden(cell)}


kept = parts.kept_finite


def parts_hidden(cell):
    return cell["x"]


def test_the_hash_covers_shared_parts_and_nothing_else():
    found = code_of(measure)
    assert set(found) == {"measure", "parts_hidden", "course_lib.claims.parts.kept_finite",
                          "course_lib.claims.parts.LOST"}
    assert found["course_lib.claims.parts.LOST"] == "1000000.0"
