import math

import numpy as np
import pytest
import reference

from course_lib import optimizers

DTYPES = ("float32", "float64")
SETTINGS = {"plain": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True},
            "nesterov-without-momentum": {"nesterov": True}}


def scalar_loop(theta, grads, learning_rate, momentum=0.0, nesterov=False):
    """SGD in Python floats, one entry after the other. grads: one list per step."""
    theta, m = list(map(float, theta)), [0.0] * len(theta)
    for g in grads:
        for i in range(len(theta)):
            m[i] = momentum * m[i] - learning_rate * float(g[i])
            theta[i] += momentum * m[i] - learning_rate * float(g[i]) if nesterov else m[i]
    return theta


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_against_scalar_loop(setting, dtype, rng):
    params = rng.normal(size=17).astype(dtype)
    grads = rng.normal(size=(50, 17)).astype(dtype)
    expected = scalar_loop(params, grads, 0.1, **SETTINGS[setting])
    optimizer, held = optimizers.SGD(0.1, **SETTINGS[setting]), grads.copy()
    for step, g in enumerate(grads):
        assert optimizer.iterations == step
        optimizer.update(params, g)
    assert params.dtype == dtype
    assert reference.relative_error(params, expected) < {"float32": 2e-6, "float64": 4e-15}[dtype]
    np.testing.assert_array_equal(grads, held)


@pytest.mark.parametrize("setting", SETTINGS)
def test_first_step_by_hand(setting):
    params = np.array([1.0, -2.0])
    optimizers.SGD(0.5, **SETTINGS[setting]).update(params, np.array([4.0, 8.0]))
    step = 0.5 * (1 + 0.9) if setting == "nesterov" else 0.5
    np.testing.assert_allclose(params, [1 - step * 4, -2 - step * 8], rtol=1e-15)


def test_nesterov_is_the_look_ahead_form(rng):
    """phi_t = theta_t + beta m_t, with theta, m of the form that looks ahead; the weights themselves differ.

    By hand, and with the class that has this form.
    """
    a = rng.normal(size=(6, 6))
    a = a @ a.T / 6
    eta, beta = 0.05, 0.9
    theta, m = rng.normal(size=6), np.zeros(6)
    phi, optimizer = theta.copy(), optimizers.SGD(eta, momentum=beta, nesterov=True)
    ahead, stored = optimizers.NesterovLookAhead(eta, momentum=beta), theta.copy()
    apart = 0.0
    for _ in range(100):
        m = beta * m - eta * (a @ (theta + beta * m))
        theta = theta + m
        optimizer.update(phi, a @ phi)
        np.testing.assert_allclose(phi, theta + beta * m, rtol=0, atol=1e-14)
        ahead.update(stored, a @ ahead.look_ahead(stored))
        np.testing.assert_allclose(stored, theta, rtol=0, atol=1e-14)
        np.testing.assert_allclose(ahead.look_ahead(stored), phi, rtol=0, atol=1e-14)
        apart = max(apart, np.abs(phi - theta).max())
    assert apart > 0.1


def test_look_ahead():
    optimizer, params = optimizers.NesterovLookAhead(0.5, momentum=0.5, clipvalue=2.0), np.array([1.0, 2.0])
    first = optimizer.look_ahead(params)
    assert first.tolist() == [1, 2] and not np.shares_memory(first, params)
    optimizer.update(params, np.array([2.0, -4.0]))                 # m = (-1, 1)
    assert params.tolist() == [0, 3] and optimizer.look_ahead(params).tolist() == [-0.5, 3.5]
    assert params.tolist() == [0, 3] and optimizer.look_ahead([0, 3]).tolist() == [-0.5, 3.5]
    assert repr(optimizer) == "NesterovLookAhead(learning_rate=0.5, momentum=0.5, clipvalue=2.0)"
    optimizer.momentum = 0.0
    optimizer.update(params, np.array([2.0, 2.0]))
    assert params.tolist() == [-1, 2] and optimizer.look_ahead(params).tolist() == [-1, 2]


def test_look_ahead_is_not_for_models():
    with pytest.raises(ValueError, match=r"NesterovLookAhead: a model takes its gradients at its weights, .* "
                                         r"SGD\(momentum=..., nesterov=True\), which takes the same steps"):
        optimizers.NesterovLookAhead().lay_out([])


def test_terminal_velocity():
    params, optimizer = np.zeros(1), optimizers.SGD(0.1, momentum=0.9)
    for _ in range(500):
        before = params.copy()
        optimizer.update(params, np.ones(1))
    assert (params - before)[0] == pytest.approx(-0.1 / (1 - 0.9))


@pytest.mark.parametrize(("setting", "limit"), [("plain", 2.0), ("momentum", 2 * 1.9), ("nesterov", 2 * 1.9 / 2.8)])
def test_stability_limit_on_a_quadratic(setting, limit):
    """Converges for eta lambda just below the limit, diverges just above."""
    for factor, converges in ((0.99, True), (1.01, False)):
        params, optimizer = np.ones(1), optimizers.SGD(factor * limit, **SETTINGS[setting])
        for _ in range(3000):
            optimizer.update(params, params.copy())
            if abs(params[0]) > 1e100:
                break
        assert bool(abs(params[0]) < 1e-3) is converges


def test_schedule_is_read_at_each_step():
    seen = []

    def schedule(step):
        seen.append(step)
        return np.float64(0.1 if step < 2 else 0.01)

    params, optimizer = np.zeros(2, "float32"), optimizers.SGD(schedule)
    for _ in range(3):
        optimizer.update(params, np.ones(2, "float32"))
    assert seen == [0, 1, 2]
    np.testing.assert_allclose(params, -0.21, rtol=1e-6)
    # Five steps at 0.1, then five at 0.01, on g = 1, in the Keras form.
    params, optimizer = np.zeros(1), optimizers.SGD(lambda step: 0.1 if step < 5 else 0.01, momentum=0.9)
    for _ in range(10):
        optimizer.update(params, np.ones(1))
    assert params[0] == pytest.approx(-2.955, abs=5e-4)


def test_learning_rate_may_be_assigned():
    params, optimizer = np.zeros(1), optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    optimizer.update(params, np.ones(1))
    assert params[0] == -0.25


@pytest.mark.parametrize(("arguments", "text"), [
    ({"learning_rate": 0}, "SGD: learning_rate must be a number in (0, inf), got 0 (int)"),
    ({"learning_rate": -0.1}, "got -0.1 (float)"),
    ({"learning_rate": math.nan}, "SGD: learning_rate must be a number in (0, inf), got nan (float)"),
    ({"learning_rate": math.inf}, "got inf (float)"),
    ({"learning_rate": "0.1"}, "got '0.1' (str)"),
    ({"learning_rate": None}, "got None (NoneType)"),
    ({"learning_rate": True}, "got True (bool)"),
    ({"momentum": 1}, "SGD: momentum must be a number in [0, 1), got 1 (int)"),
    ({"momentum": -0.1}, "SGD: momentum must be a number in [0, 1), got -0.1 (float)"),
])
def test_bad_arguments(arguments, text):
    with pytest.raises(ValueError) as caught:
        optimizers.SGD(**arguments)
    assert text in str(caught.value)


def test_repr():
    assert repr(optimizers.SGD(0.1, 0.9)) == "SGD(learning_rate=0.1, momentum=0.9, nesterov=False)"


def test_the_arguments_of_look_ahead_are_those_of_sgd():
    plain = optimizers.NesterovLookAhead()
    assert (plain.learning_rate, plain.momentum, plain.nesterov, plain.weight_decay) == (0.01, 0.9, False, None)
    assert plain.nesterov is False and plain.name == optimizers.NesterovLookAhead(name=None).name
    for limit in ("clipnorm", "clipvalue", "global_clipnorm"):
        given = optimizers.NesterovLookAhead(0.5, weight_decay=0.25, name="ahead", **{limit: 3.0})
        assert (given.learning_rate, given.weight_decay, given.name, getattr(given, limit)) == (0.5, 0.25, "ahead", 3.0)
