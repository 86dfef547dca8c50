import numpy as np
import pytest

from course_lib import datasets, newton


def test_one_step_solves_a_quadratic(rng):
    a = rng.normal(size=(6, 6))
    a = a @ a.T + np.eye(6)
    optimum, start = rng.normal(size=6), rng.normal(size=6)
    held = start.copy()
    step = newton.newton_step(start, a @ (start - optimum), a)
    np.testing.assert_allclose(step, optimum, rtol=1e-10)
    np.testing.assert_array_equal(start, held)


def test_two_parameters_by_hand():
    """theta - H^-1 g with H^-1 = [[2, -1], [-1, 4]] / 7."""
    step = newton.newton_step(np.array([1.0, 2.0]), np.array([7.0, -14.0]), np.array([[4.0, 1.0], [1.0, 2.0]]))
    np.testing.assert_allclose(step, [1 - 4, 2 + 9], rtol=1e-14)


def test_it_goes_to_saddle_points_too():
    """J = x^2 - y^2: the step from (1, 1) ends in the saddle at (0, 0), uphill in y."""
    step = newton.newton_step(np.ones(2), np.array([2.0, -2.0]), np.diag([2.0, -2.0]))
    np.testing.assert_allclose(step, 0, atol=1e-16)


def test_damping(rng):
    g, theta = rng.normal(size=4), rng.normal(size=4)
    h = np.zeros((4, 4))
    np.testing.assert_allclose(newton.newton_step(theta, g, h, damping=2.0), theta - g / 2, rtol=1e-14)
    with pytest.raises(ValueError) as caught:
        newton.newton_step(theta, g, h)
    assert str(caught.value) == "newton_step: hessian must be invertible, got a singular matrix; use damping > 0"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(dtype):
    one = np.ones(2, dtype)
    assert newton.newton_step(one, one, np.eye(2, dtype=dtype), damping=1.0).dtype == dtype


def test_hessian_by_differences(rng):
    """Of J = sum_i exp(c_i theta_i) + theta_1^2 theta_2, where it is known."""
    c, theta = np.array([0.5, -1.0, 2.0]), np.array([0.3, -0.7, 0.2])
    held = theta.copy()

    def gradient(v):
        g = c * np.exp(c * v)
        g[0] += 2 * v[0] * v[1]
        g[1] += v[0] ** 2
        v[:] = 0                        # it is a copy
        return g

    exact = np.diag(c ** 2 * np.exp(c * theta))
    exact[0, 0] += 2 * theta[1]
    exact[0, 1] = exact[1, 0] = 2 * theta[0]
    h = newton.numerical_hessian(gradient, theta)
    np.testing.assert_allclose(h, exact, atol=1e-9)
    np.testing.assert_array_equal(h, h.T)
    np.testing.assert_array_equal(theta, held)
    assert np.abs(newton.numerical_hessian(gradient, theta, epsilon=0.1) - exact).max() > 1e-3


def test_where_the_differences_are_taken():
    """At theta_i + and - 1e-5, one parameter after the other."""
    points = []
    newton.numerical_hessian(lambda v: points.append(v - [1.0, 2.0]) or v, np.array([1.0, 2.0]))
    np.testing.assert_allclose(points, [[1e-5, 0], [-1e-5, 0], [0, 1e-5], [0, -1e-5]], rtol=1e-9)


def test_logistic_regression_in_a_few_steps():
    """Two classes of the digits, an L2 penalty: Newton reaches a gradient of 1e-10 in ten steps, gradient descent with
    a well-chosen constant rate does not in a thousand."""
    (x, y), _, _ = datasets.digits.load_splits()
    rows = (y == 3) | (y == 8)
    x, y = np.c_[x[rows], np.ones(rows.sum())].astype(float), (y[rows] == 8).astype(float)

    def gradient(w):
        return x.T @ (1 / (1 + np.exp(-x @ w)) - y) / len(y) + 0.01 * w

    def hessian(w):
        h = 1 / (1 + np.exp(-x @ w))
        return (x * (h * (1 - h))[:, None]).T @ x / len(y) + 0.01 * np.eye(len(w))

    w = np.zeros(x.shape[1])
    np.testing.assert_allclose(newton.numerical_hessian(gradient, w), hessian(w), atol=1e-8)
    slow, rate = w.copy(), 2 / (np.linalg.eigvalsh(hessian(w))[[0, -1]].sum())
    for _ in range(10):
        w = newton.newton_step(w, gradient(w), hessian(w))
    assert np.abs(gradient(w)).max() < 1e-10
    for _ in range(1000):
        slow -= rate * gradient(slow)
    assert np.abs(gradient(slow)).max() > 1e-8


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: newton.newton_step(np.ones((2, 1)), np.ones(2), np.eye(2)), ValueError,
     "newton_step: params must be a vector of shape (n,), got an array of shape (2, 1), dtype float64"),
    (lambda: newton.newton_step(np.ones(2), np.ones(3), np.eye(2)), ValueError,
     "newton_step: grads must have the shape of params, (2,), got an array of shape (3,), dtype float64"),
    (lambda: newton.newton_step(np.ones(2), np.ones(2), np.ones(2)), ValueError,
     "newton_step: hessian must have shape (2, 2), got an array of shape (2,), dtype float64"),
    (lambda: newton.newton_step(np.ones(2), "a", np.eye(2)), TypeError, "newton_step: grads must hold real numbers"),
    (lambda: newton.newton_step(np.ones(2), np.ones(2), "h"), TypeError, "newton_step: hessian must hold real numbers"),
    (lambda: newton.newton_step(np.ones(2), np.ones(2), np.eye(2), damping=-1), ValueError,
     "newton_step: damping must be a number in [0, inf), got -1 (int)"),
    (lambda: newton.numerical_hessian(np.sin, np.ones((2, 2))), ValueError,
     "numerical_hessian: params must be a vector of shape (n,), got an array of shape (2, 2), dtype float64"),
    (lambda: newton.numerical_hessian(np.sin, np.ones(2), epsilon=0), ValueError,
     "numerical_hessian: epsilon must be a number in (0, inf), got 0 (int)"),
])
def test_bad_input(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(text)
