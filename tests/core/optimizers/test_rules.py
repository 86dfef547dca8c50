"""Every rule with every option against scalar loops, 200 steps; and what the literature and the course say of them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from core.optimizers import scalar_rules

from course_lib import optimizers, schedules

STEPS, N = 200, 12
RATES = {"sgd": 0.01, "adagrad": 0.05, "adadelta": 1.0}
# name of the optimizer, options; the scalar rule takes the same.
CASES = {
    "sgd": ("sgd", {}),
    "sgd-momentum": ("sgd", {"momentum": 0.9}),
    "sgd-nesterov": ("sgd", {"momentum": 0.8, "nesterov": True}),
    "sgd-nesterov-without-momentum": ("sgd", {"nesterov": True}),
    "adagrad": ("adagrad", {}),
    "adagrad-from-zero": ("adagrad", {"initial_accumulator_value": 0.0, "epsilon": 1e-3}),
    "rmsprop": ("rmsprop", {}),
    "rmsprop-momentum": ("rmsprop", {"rho": 0.8, "momentum": 0.7}),
    "rmsprop-centered": ("rmsprop", {"centered": True, "epsilon": 1e-4}),
    "rmsprop-centered-momentum": ("rmsprop", {"rho": 0.95, "momentum": 0.5, "epsilon": 1e-5, "centered": True}),
    "adadelta": ("adadelta", {}),
    "adadelta-rho": ("adadelta", {"rho": 0.7, "epsilon": 1e-3}),
    "adam": ("adam", {}),
    "adam-betas": ("adam", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam-no-memory": ("adam", {"beta_1": 0.0, "beta_2": 0.0}),
    "adam-amsgrad": ("adam", {"beta_2": 0.8, "amsgrad": True}),
    "adam-paper": ("adam", {"epsilon_mode": "paper"}),
    "adam-paper-amsgrad": ("adam", {"epsilon_mode": "paper", "beta_2": 0.8, "epsilon": 1e-2, "amsgrad": True}),
    "adam-inside": ("adam", {"epsilon_mode": "inside"}),
    "adam-inside-amsgrad": ("adam", {"epsilon_mode": "inside", "beta_2": 0.8, "amsgrad": True}),
    "adamw": ("adamw", {}),
    "adamw-paper": ("adamw", {"epsilon_mode": "paper", "beta_1": 0.5, "amsgrad": True}),
    "adamax": ("adamax", {}),
    "adamax-betas": ("adamax", {"beta_1": 0.7, "beta_2": 0.8, "epsilon": 1e-2}),
    "nadam": ("nadam", {}),
    "nadam-betas": ("nadam", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-3}),
    "nadam-constant": ("nadam", {"momentum_schedule": "constant"}),
}
# Error of a parameter over the length of its way: the roundings of 200 steps, 1e-16 and 6e-8 each, mostly cancel.
BOUND = {"float64": 1e-14, "float32": 3e-6}
LAYOUT = [SimpleNamespace(path="a/kernel", start=0, stop=5), SimpleNamespace(path="a/bias", start=5, stop=7),
          SimpleNamespace(path="b/kernel", start=7, stop=11), SimpleNamespace(path="b/bias", start=11, stop=12)]
SPANS = [(t.start, t.stop) for t in LAYOUT]


def gradients(rng, dtype):
    """Of both signs and all sizes, 1e-8 to 10: a coordinate keeps its size, so that each place of epsilon shows."""
    return (rng.normal(size=(STEPS, N)) * np.logspace(-8, 1, N)).astype(dtype)


def assert_close(params, expected, way):
    bound = BOUND[params.dtype.name]
    np.testing.assert_array_less(np.abs(params.astype(float) - expected), np.array(way) * bound + 1e-300)


def test_every_optimizer_is_tested():
    assert {name for name, _ in CASES.values()} == set(optimizers.OPTIMIZERS) == set(scalar_rules.RULES)


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("case", CASES)
def test_against_scalar_loop(case, dtype, rng):
    name, options = CASES[case]
    eta = RATES.get(name, 0.002)
    grads, params = gradients(rng, dtype), np.zeros(N, dtype)
    expected, way = scalar_rules.path(name, params, grads, lambda t: eta, weight_decay=0.004 * (name == "adamw"),
                                      **options)
    held, optimizer = grads.copy(), optimizers.get(name, learning_rate=eta, **options)
    for step, g in enumerate(grads):
        assert optimizer.iterations == step
        optimizer.update(params, g)
    assert_close(params, expected, way)
    assert params.dtype == dtype
    np.testing.assert_array_equal(grads, held)


CLIPPING = {"none": {}, "clipvalue": {"clipvalue": 0.3}, "clipnorm": {"clipnorm": 0.8},
            "global_clipnorm": {"global_clipnorm": 1.5}}


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("clipping", CLIPPING)
@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_clipping_decay_and_schedule_together(name, clipping, dtype, rng):
    """With tensors, biases that do not decay, and a rate that falls: clip, then decay, then step."""
    grads, params = gradients(rng, dtype), rng.normal(size=N).astype(dtype)
    schedule = schedules.InverseTimeDecay(10 * RATES.get(name, 0.002), 20, 1.0)
    expected, way = scalar_rules.path(name, params, grads, lambda t: schedule(t - 1), SPANS, {0, 2}, 0.05,
                                      CLIPPING[clipping])
    optimizer = optimizers.get(name, learning_rate=schedule, weight_decay=0.05, **CLIPPING[clipping])
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.lay_out(LAYOUT)
    start = np.abs(params)
    for g in grads:
        optimizer.update(params, g)
    # Rounding is relative to the parameters' size here, which is not 0 at the start.
    assert_close(params, expected, np.array(way) + start)


# -- what the curriculum states, computed there by other means

@pytest.mark.parametrize(("g", "inside", "paper", "keras"), [
    (1, 1.000000, 1.000000, 0.999997), (1e-4, 0.301511, 0.999001, 0.969347), (1e-6, 0.003162, 0.909091, 0.240253),
    (1e-8, 0.000032, 0.090909, 0.003152)])
def test_where_epsilon_stands_in_adam(g, inside, paper, keras):
    """The first step over eta, epsilon = 1e-7."""
    for mode, expected in (("inside", inside), ("paper", paper), ("keras", keras)):
        params = np.zeros(1)
        optimizers.Adam(0.25, epsilon_mode=mode).update(params, np.array([float(g)]))
        assert -params[0] / 0.25 == pytest.approx(expected, abs=6e-7)
        exact = {"inside": g / math.sqrt(g ** 2 + 1e-7), "paper": g / (g + 1e-7),
                 "keras": g / (g + 1e-7 / math.sqrt(0.001))}[mode]
        assert -params[0] / 0.25 == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(("optimizer", "size"), [
    (optimizers.Adagrad(1.0, initial_accumulator_value=0.0, epsilon=1e-30), 1.0),
    (optimizers.RMSprop(1.0, epsilon=1e-30), 1 / math.sqrt(0.1)),                                       # 3.16
    (optimizers.RMSprop(1.0, epsilon=1e-30, centered=True), 1 / math.sqrt(0.1 - 0.01)),
    (optimizers.RMSprop(1.0, momentum=0.5, epsilon=1e-30), 1 / math.sqrt(0.1)),
    (optimizers.Adam(1.0, epsilon=1e-30), 1.0),
    (optimizers.AdamW(1.0, weight_decay=0.0, epsilon=1e-30), 1.0),
    (optimizers.Adamax(1.0, epsilon=1e-30), 1.0),
    # mu_1, mu_2 = 0.468, 0.485280; (mu_2 / (1 - mu_1 mu_2)) 0.1 + (1 - mu_1) / (1 - mu_1)
    (optimizers.Nadam(1.0, epsilon=1e-30), 1 + 0.1 * 0.48528 / (1 - 0.468 * 0.48528)),
    (optimizers.Nadam(1.0, epsilon=1e-30, momentum_schedule="constant"), 1 + 0.09 / 0.19),
], ids=lambda value: repr(value) if isinstance(value, float) else type(value).__name__)
def test_first_step_does_not_depend_on_the_gradients_size(optimizer, size):
    params = np.zeros(3)
    optimizer.update(params, np.array([3e-5, -2.0, 1e4]))
    np.testing.assert_allclose(params, [-size, size, -size], rtol=1e-12)


def test_first_step_of_adadelta():
    """0.00447 in each coordinate, for rho = 0.95 and epsilon = 1e-6."""
    params = np.zeros(2)
    optimizers.Adadelta(1.0, epsilon=1e-6).update(params, np.array([3.0, -50.0]))
    np.testing.assert_allclose(params, [-0.00447, 0.00447], atol=5e-6)


def test_adadelta_does_not_feel_the_scale_of_the_loss(rng):
    paths = []
    for scale in (1, 1000):
        params, optimizer = np.zeros(5), optimizers.Adadelta(1.0, epsilon=1e-12)
        for g in np.random.default_rng(0).normal(size=(50, 5)):
            optimizer.update(params, scale * g)
        paths.append(params)
    np.testing.assert_allclose(*paths, rtol=1e-6)


def bowl(optimizer, steps):
    """J after each number of steps on J = (x^2 + 25 y^2) / 2, from (3, 2) with J = 54.5."""
    theta, curvature, values = np.array([3.0, 2.0]), np.array([1.0, 25.0]), []
    for t in range(1, max(steps) + 1):
        ahead = optimizer.look_ahead(theta) if isinstance(optimizer, optimizers.NesterovLookAhead) else theta
        optimizer.update(theta, curvature * ahead)
        if t in steps:
            values.append(float(curvature @ theta ** 2 / 2))
    return values


def rounded(value, like):
    """``value`` with as many significant digits as the text ``like`` has."""
    return float(f"{value:.{len(like.split('e')[0].replace('.', '').lstrip('0'))}g}")


@pytest.mark.parametrize(("optimizer", "expected"), [
    (optimizers.SGD(0.02), {20: "2.01", 200: "1.4e-3"}),
    (optimizers.SGD(0.02, momentum=0.9), {20: "4.95", 200: "1.8e-8"}),
    (optimizers.NesterovLookAhead(0.02), {20: "0.17", 200: "2.8e-11"}),
    (optimizers.Adagrad(), {200: "53.1"}),
    (optimizers.Adagrad(0.5), {200: "3e-14"}),
    (optimizers.RMSprop(0.05), {100: "2e-12", 150: "1.7e-2", 4000: "8e-3"}),
    (optimizers.Adadelta(), {200: "54.48"}),
    (optimizers.Adadelta(1.0), {200: "39.4"}),
    (optimizers.Adam(0.1), {200: "4.2e-8"}),
], ids=repr)
def test_on_the_long_bowl(optimizer, expected):
    values = bowl(optimizer, set(expected))
    assert [rounded(v, text) for v, text in zip(values, expected.values(), strict=True)] == \
        [float(text) for text in expected.values()]


def test_without_its_correction_adam_would_start_three_times_too_fast():
    """m / sqrt(s) for a constant gradient peaks at 6.57 at t = 12; with the correction it is 1 throughout."""
    params, optimizer, raw = np.zeros(1), optimizers.Adam(1.0, epsilon=1e-30), []
    for _ in range(40):
        before = params.copy()
        optimizer.update(params, np.ones(1))
        assert (before - params)[0] == pytest.approx(1, rel=1e-12)
        raw.append(float(optimizer.first_moment[0] / np.sqrt(optimizer.second_moment[0])))
    assert raw[0] == pytest.approx(math.sqrt(10))
    assert max(raw) == raw[11] == pytest.approx(6.57, abs=5e-3)


def test_amsgrad_remembers_the_largest():
    """After one large gradient the steps stay small; Adam forgets it."""
    moved = {}
    for amsgrad in (False, True):
        params, optimizer = np.zeros(1), optimizers.Adam(0.1, beta_2=0.5, amsgrad=amsgrad)
        for g in [100.0] + [1.0] * 60:
            before = params.copy()
            optimizer.update(params, np.array([g]))
        moved[amsgrad] = float((before - params)[0])
        assert ("largest_second_moment" in optimizer.get_state()) is amsgrad
    assert moved[False] == pytest.approx(0.1, rel=0.2) and moved[True] < 0.002


def test_adamax_takes_the_size_of_negative_gradients():
    params, optimizer = np.zeros(2), optimizers.Adamax(1.0)
    optimizer.update(params, np.array([-4.0, 4.0]))
    optimizer.update(params, np.array([-1.0, 1.0]))
    np.testing.assert_allclose(optimizer.norm, 4 * 0.999)
    assert params[0] == -params[1] > 0


def test_centered_rmsprop_survives_a_constant_gradient():
    """s - a^2 tends to 0 and rounding takes it below; Keras's root is NaN then."""
    params, optimizer = np.zeros(1, "float32"), optimizers.RMSprop(1e-3, centered=True)
    for _ in range(400):
        optimizer.update(params, np.full(1, 123.456, "float32"))
    assert np.isfinite(params).all()


def test_weight_decay_is_not_a_penalty_in_adam(rng):
    """Two weights whose gradients are noise of size 10 and 0.1, 2000 steps: L2 hardly touches the first, the decoupled
    decay shrinks both as without noise, to (1 - eta lambda)^2000 = 0.368."""
    noise = rng.normal(size=(2000, 2)) * [10, 0.1]
    penalty, decay = np.ones(2), np.ones(2)
    with_penalty, with_decay = optimizers.Adam(1e-3), optimizers.AdamW(1e-3, weight_decay=0.5)
    for g in noise:
        with_penalty.update(penalty, g + 0.5 * penalty)
        with_decay.update(decay, g)
    assert penalty[0] > 0.8 and penalty[1] < 0.1
    # The noise itself moves a weight by about 1e-3 sqrt(2000) = 0.045.
    np.testing.assert_allclose(decay, 0.368, atol=0.15)


def test_weight_decay_is_an_l2_penalty_in_plain_sgd_only(rng):
    """l2(lambda) has the gradient 2 lambda w: the same as weight_decay = 2 lambda, until momentum carries it on."""
    for momentum, same in ((0.0, True), (0.9, False)):
        a, b = np.full(3, 2.0), np.full(3, 2.0)
        penalised = optimizers.SGD(0.1, momentum=momentum)
        decayed = optimizers.SGD(0.1, momentum=momentum, weight_decay=0.5)
        for step, g in enumerate(rng.normal(size=(2, 3))):
            penalised.update(a, g + 2 * 0.25 * a)
            decayed.update(b, g)
            assert np.allclose(a, b, rtol=1e-14) is (same or step == 0)
