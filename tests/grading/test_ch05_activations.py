"""Chapter 05's exercises: the numbers that their texts and predictions state."""

import math

import numpy as np
import pytest

from course_lib import activations, datasets
from course_lib.grading.specs.ch05_activations import exponential, predictions


def test_selu_constants_are_those_of_the_paper_and_solve_the_two_equations():
    z = np.linspace(-12, 12, 480_001)
    density = np.exp(-z ** 2 / 2) / np.exp(-z ** 2 / 2).sum()
    value, _ = exponential.SELU_AND_GRAD.solution(z)
    assert abs(density @ value) < 1e-7 and density @ value ** 2 == pytest.approx(1, abs=1e-7)
    assert (exponential.LAMBDA, exponential.ALPHA) == (activations.SELU.scale, activations.SELU().alpha)


def test_the_slopes_far_below_zero_are_what_the_texts_say():
    assert math.exp(predictions.FAR) == pytest.approx(2e-9, rel=0.05)
    assert math.exp(-30) == pytest.approx(1e-13, rel=0.1)


def test_the_lowest_point_of_silu_is_where_a_hint_says():
    silu = activations.get("silu")
    assert abs(silu.derivative(np.array(-1.278))) < 1e-3 and silu.derivative(np.array(0.0)) == 0.5


def test_only_the_leaky_unit_comes_back_from_far_below_zero():
    for seed in range(2):
        assert max(predictions.buried_accuracy(name, seed) for name in ("relu", "elu")) < 0.15
        assert predictions.buried_accuracy("leaky_relu", seed) > 0.6


@pytest.mark.parametrize("observe, network, found, letters", [
    (predictions.BURIED.observe, "buried_accuracy", lambda name: name != "leaky_relu", "d"),
    (predictions.BURIED.observe, "buried_accuracy", lambda name: name != "relu", "a"),
    (predictions.SHALLOW_SIGMOID.observe, "two_layers", lambda name: {"sigmoid": 0.1, "relu": 0.9}[name], "a"),
    (predictions.SHALLOW_SIGMOID.observe, "two_layers", lambda name: {"sigmoid": 0.8, "relu": 0.9}[name], "b"),
    (predictions.UNSTANDARDISED.observe, "deep_selu", lambda: [(0.9, 0.1)], "a"),
    (predictions.UNSTANDARDISED.observe, "deep_selu", lambda: [(0.0, 0.1)], "d"),
])
def test_another_outcome_would_be_another_answer(monkeypatch, observe, network, found, letters):
    monkeypatch.setattr(predictions, network, found)
    assert observe() == letters


def test_two_sigmoid_layers_are_as_good_as_two_of_relu():
    train, _, test = datasets.digits.load_splits()
    behind = []
    for seed in range(3):
        assert abs(predictions.two_layers("sigmoid", seed) - predictions.two_layers("relu", seed)) < 0.025
        score = {}
        for name, (start, rate) in predictions.OF_ITS_OWN.items():
            network = predictions.classifier(name, 2, rate, seed=seed, start=start)
            network.fit(*train, epochs=20, verbose=0)
            score[name] = network.evaluate(*test)[1]
        behind.append(score["relu"] - score["sigmoid"])
    assert abs(np.mean(behind)) < 0.01


def test_uniform_inputs_have_the_moments_that_the_prediction_states_and_are_forgotten():
    assert math.sqrt(1 / 12) == pytest.approx(0.29, abs=0.005)
    first, *_, last = predictions.deep_selu()
    assert first[1] < 0.75 and 0.85 < last[1] < 1.15 and abs(last[0]) < 0.25
