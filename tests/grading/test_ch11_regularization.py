"""Chapter 11's exercises: the numbers that their texts and predictions state."""

import numpy as np
import pytest

from course_lib.grading import drivers
from course_lib.grading.grade import Here, grade
from course_lib.grading.specs.ch11_regularization import alpha, dropping, lengths, penalties, predictions


def test_the_hints_examples():
    penalty, *_ = penalties.l1_l2(np.array([3.0, 4.0]), np.zeros(1), 0.0, 0.01)
    assert penalty == pytest.approx(0.25)
    scale = alpha._scale(0.1)
    assert scale == pytest.approx(0.92128, abs=5e-6)
    assert -0.1 * scale * alpha.DROPPED == pytest.approx(0.16197, abs=5e-6)


def test_the_wrong_divisor_gives_the_means_that_the_prediction_states():
    assert predictions.mean_after(0.2) == pytest.approx(4, abs=0.05)
    assert predictions.mean_after(0.8) == pytest.approx(1, abs=0.02)
    assert predictions.mean_after(0.5, 0.5) == pytest.approx(1, abs=0.02)


def test_the_log_with_dropout_shows_a_higher_validation_accuracy_for_every_seed():
    for seed in range(3):
        trained, validated = predictions.logged(seed)
        assert validated > trained + 0.015


def test_a_strong_l1_penalty_leaves_small_weights_and_no_zeros():
    for seed in range(2):
        kernel = predictions.sparse_network(3e-3, seed).layers[0].kernel
        assert kernel.size == 6400 and np.all(kernel != 0)
        assert np.mean(np.abs(kernel) < 0.01) > 0.5


def test_a_mask_drawn_with_numpys_global_generator_is_seen():
    def dropout_backward(dA, mask, p):
        return dA * (np.random.rand(*dA.shape) >= p) / (1 - p)      # noqa: NPY002

    result = grade(dropping.DROPOUT_BACKWARD, Here(dropout_backward))
    assert (result.verdict, result.misconception) == ("failed", "fresh-mask")


def test_a_column_of_zeros_may_not_raise_a_warning():
    def max_norm(W, r, eps=0.0):
        norm = np.linalg.norm(W, axis=0)
        return W * np.minimum(1, r / norm) if eps == 0 else W * np.minimum(norm, r) / (norm + eps)

    result = grade(lengths.MAX_NORM, Here(max_norm))
    assert (result.verdict, result.misconception) == ("failed", "overflow")


def test_the_network_of_the_monte_carlo_exercise_is_that_of_the_library():
    from course_lib import layers

    rng = np.random.default_rng(0)
    hidden, output, X = rng.normal(size=(3, 6)), rng.normal(size=(6, 4)), rng.normal(size=(5, 3))
    mask = rng.random((5, 6)) >= 0.3
    dropout = layers.Dropout(0.3, dtype="float64")
    dropout.build((None, 6))
    a = dropout.dropped(np.maximum(X @ hidden, 0), mask, np.empty((5, 6)))
    network = drivers.DroppedNetwork(hidden, output, 0.3)
    assert network(X, mask) == pytest.approx(a @ output)
    assert network(X, None) == pytest.approx(np.maximum(X @ hidden, 0) @ output)
