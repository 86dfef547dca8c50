"""Chapter 04's exercises: the numbers that their texts and bounds state, and the functions that cases hand over."""

import math

import numpy as np
import pytest

from course_lib import activations, initializers
from course_lib.grading import drivers
from course_lib.grading.specs.ch04_initialization import predictions, truncation


@pytest.mark.parametrize("name", drivers.ACTIVATIONS)
def test_activations_of_the_cases_are_the_librarys_and_never_overflow(name):
    z = np.linspace(-800, 800, 3201)
    np.testing.assert_allclose(drivers.Activation(name)(z), activations.get(name)(z), rtol=1e-9, atol=1e-13)
    if name in drivers.SLOPES:
        np.testing.assert_allclose(drivers.Slope(name)(z), activations.get(name).derivative(z), atol=1e-15)
    assert np.ndim(drivers.Activation(name)(0.5)) == 0


def test_the_kurtosis_behind_the_bounds_is_that_of_the_cut_normal():
    z = np.linspace(-2, 2, 400_001)
    density = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    second, fourth = density @ z**2, density @ z**4
    assert math.isclose(fourth / second**2, truncation.KURTOSIS, rel_tol=1e-4)
    assert math.isclose(truncation._cut_normal_std(2), initializers.TRUNCATED_STD, rel_tol=1e-12)


def test_relu_with_the_default_leaves_a_thousandth_or_a_little_less():
    stds = [predictions.last_std("relu", "glorot_uniform", seed) for seed in range(3)]
    assert all(1 / 4000 < std < 1 / 1000 for std in stds)


def test_saturated_units_pass_a_gradient_of_the_same_size_that_is_mostly_nothing():
    normal = initializers.RandomNormal(stddev=1.0)
    first, *_, last = predictions.gradient_sizes(normal)
    assert 0.1 < predictions.root_mean_square(first) / predictions.root_mean_square(last) < 10
    assert np.median(first) < 5e-4
    network = predictions.stack("sigmoid", normal)
    network.layers[0].forward(np.random.default_rng(1).standard_normal((predictions.ROWS, predictions.WIDTH)))
    assert (np.abs(network.layers[0].z) > 4).mean() > 2 / 3


@pytest.mark.parametrize("initializer, low, high", [("glorot_uniform", 1e-13, 1e-11),
                                                    ("sigmoid_glorot_uniform", 1e-5, 1e-3)])
def test_a_deep_sigmoid_network_loses_what_the_question_says(initializer, low, high):
    first, *_, last = predictions.gradient_sizes(initializer)
    assert low < predictions.root_mean_square(first) / predictions.root_mean_square(last) < high


def test_the_two_starts_of_the_sigmoid_network_end_where_the_prediction_says():
    assert predictions.sigmoid_accuracy("glorot_uniform") < 0.15
    assert 0.4 < predictions.sigmoid_accuracy(initializers.RandomNormal(stddev=1.0)) < 0.62


@pytest.mark.parametrize("glorot, normal, letter", [(0.1, 0.1, "c"), (0.9, 0.5, "a"), (0.1, 0.5, "b"), (0.5, 0.5, "d")])
def test_another_outcome_would_be_another_answer(monkeypatch, glorot, normal, letter):
    monkeypatch.setattr(predictions, "sigmoid_accuracy", lambda start: glorot if start == "glorot_uniform" else normal)
    assert predictions.SIGMOID_TRAINING.observe() == letter
