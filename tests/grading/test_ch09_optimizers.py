"""Chapter 09's exercises: the numbers that their texts and predictions state, and that their steps make a training."""

import numpy as np
import pytest

from course_lib import optimizers
from course_lib.grading import specs
from course_lib.grading.drivers import CubicGradient, Descent
from course_lib.grading.specs.ch09_optimizers import faults, predictions
from course_lib.widgets import wrong_rules


def gradient(theta):
    return predictions.CURVATURES * theta


def test_the_matrix_tells_where_momentum_diverges():
    matrix = specs.get("momentum_matrix").solution
    for nesterov, limit in ((False, 2 * 1.9), (True, 2 * 1.9 / 2.8)):
        below, above = (max(abs(np.linalg.eigvals(matrix(rate, 1.0, 0.9, nesterov)))) for rate in
                        (0.999 * limit, 1.001 * limit))
        assert below < 1 < above
        assert not predictions.diverges(nesterov, 0.98 * limit) and predictions.diverges(nesterov, 1.02 * limit)
    assert [round(2 * 1.9, 2), round(2 * 1.9 / 2.8, 2)] == [3.8, 1.36]


def test_both_forms_of_nesterov_take_the_same_steps():
    f = CubicGradient(np.array([0.7, 1.1]), 0.25)
    theta, m = np.array([0.8, 1.2]), np.array([0.1, -0.2])
    phi, velocity = theta + 0.75 * m, m
    for _ in range(5):
        phi, velocity = specs.get("nesterov_keras_step").solution(phi, velocity, f(phi), 0.05, 0.75)
        theta, m = specs.get("nesterov_step").solution(theta, m, f, 0.05, 0.75)
        assert phi == pytest.approx(theta + 0.75 * m) and velocity == pytest.approx(m)


def test_the_first_step_of_adam_without_correction_is_three_times_as_long():
    assert 0.1 / np.sqrt(0.001) == pytest.approx(3.16, abs=0.005)
    m = s = 0.0
    sizes = []
    for _ in range(30):
        m, s = 0.9 * m + 0.1, 0.999 * s + 0.001
        sizes.append(m / np.sqrt(s))
    assert 6 < max(sizes) < 7 and np.argmax(sizes) + 1 == 12


def test_the_logs_of_which_adam_are_those_of_the_librarys_rules(rng):
    g = rng.uniform(0.5, 2.0, 5) * (1, -1, 1, 1, -1)

    def logged(optimizer):
        theta, points = np.zeros(1), [0.0]
        for slope in g:
            optimizer.update(theta, np.array([slope]))
            points.append(theta[0])
        return pytest.approx(np.diff(points), rel=1e-6)

    for name, kind in (("right", optimizers.Adam), ("climbs", wrong_rules.AscendingAdam),
                       ("uncorrected", wrong_rules.UncorrectedAdam)):
        assert faults.moves_of(name, g, 0.1) == logged(kind(0.1, epsilon=1e-12, epsilon_mode="paper")), name
    right, epochs = faults.moves_of("right", g, 0.1), faults.moves_of("epochs", g, 0.1)
    assert epochs[0] == pytest.approx(right[0])
    assert epochs[1] / right[1] == pytest.approx(1.9 / np.sqrt(1.999)) == pytest.approx(1.34, abs=0.005)
    assert np.isnan(faults.moves_of("minus", g, 0.1)).all()


def test_a_hessian_of_the_example_network_is_too_large():
    assert 266_610 ** 2 == pytest.approx(7.1e10, rel=0.005) and 4 * 266_610 ** 2 == pytest.approx(284e9, rel=0.005)


def test_rmsprop_comes_up_again():
    found = predictions.losses(optimizers.RMSprop(0.05), 400)
    assert found[0] == 54.5 and min(found[:101]) < 1e-5 and 1e-3 < max(found[300:]) < 1


def test_the_penalty_reaches_the_weight_with_small_gradients():
    for seed in range(5):
        (large, small), decoupled = predictions.decayed(False, seed), predictions.decayed(True, seed)
        assert large > 0.8 and abs(small) < 0.1
        assert decoupled == pytest.approx(0.9995 ** 2000 * np.ones(2), abs=0.1)


def test_adam_hardly_notices_a_factor_of_the_loss():
    for optimizer, same in ((optimizers.Adam(0.01), True), (optimizers.RMSprop(0.01), True),
                            (optimizers.SGD(1e-5), False)):
        paths = []
        for factor in (1.0, 1000.0):
            theta = np.array(predictions.START)
            optimizer.reset()
            for _ in range(10):
                optimizer.update(theta, factor * gradient(theta))
            paths.append(theta)
        assert np.allclose(*paths, rtol=1e-4) is same


def test_the_given_step_works_in_place_and_counts_its_calls():
    step, theta = Descent(0.1, 0.5), np.array([1.0, 2.0])
    assert step(theta, np.ones(2)) is theta and theta.tolist() == [0.9, 1.9]
    assert step(theta, np.ones(2)) == pytest.approx([0.75, 1.75])
