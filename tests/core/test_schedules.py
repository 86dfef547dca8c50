"""Schedules against their formulas in mpmath, at boundaries, and against the numbers of the course."""

import json
import math

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from course_lib import optimizers, schedules

STEPS = [*range(130), 200, 500, 1000, 12345, 10 ** 6, 0.5, 12.75]


def restarts(t, eta, s, t_mul, m_mul, alpha):
    """The period of step t, found by walking through them."""
    start, period, i = mpf(0), mpf(s), 0
    while t >= start + period:
        start, period, i = start + period, period * t_mul, i + 1
    cosine = mpf(m_mul) ** i * (1 + mpmath.cos(mpmath.pi * (t - start) / period)) / 2
    return eta * ((1 - mpf(alpha)) * cosine + alpha)


def cosine(t, start, s, alpha):
    return start * ((1 - mpf(alpha)) * (1 + mpmath.cos(mpmath.pi * min(t, s) / s)) / 2 + alpha)


def warm(t, eta, s, alpha, target, steps):
    return eta + (mpf(target) - eta) * t / steps if t < steps else cosine(t - steps, mpf(target), s, alpha)


def one_cycle(t, low, high, end, h, n):
    if t <= h:
        return low + (high - low) * t / h
    if t <= 2 * h:
        return high + (low - high) * (t - h) / h
    return low + (end - low) * min(mpf(1), (t - 2 * h) / mpf(n - 2 * h))


# One entry per rule and option: the schedule, and its formula for t as an mpmath number.
CASES = {
    "ExponentialDecay": (schedules.ExponentialDecay(0.02, 20, 0.1), lambda t: mpf(0.02) * mpf(0.1) ** (t / 20)),
    "ExponentialDecay-grows": (schedules.ExponentialDecay(0.02, 5e5, 1.5), lambda t: mpf(0.02) * 1.5 ** (t / 5e5)),
    "ExponentialDecay-staircase": (schedules.ExponentialDecay(0.02, 15, 0.5, staircase=True),
                                   lambda t: mpf(0.02) * mpf(0.5) ** mpmath.floor(t / 15)),
    "StepDecay": (schedules.StepDecay(0.3, 7, 0.9), lambda t: mpf(0.3) * mpf(0.9) ** mpmath.floor(t / 7)),
    "InverseTimeDecay": (schedules.InverseTimeDecay(0.02, 30, 0.7), lambda t: mpf(0.02) / (1 + mpf(0.7) * t / 30)),
    "InverseTimeDecay-staircase": (schedules.InverseTimeDecay(0.02, 30, 0.7, staircase=True),
                                   lambda t: mpf(0.02) / (1 + mpf(0.7) * mpmath.floor(t / 30))),
    "PowerDecay": (schedules.PowerDecay(0.02, 30), lambda t: mpf(0.02) / (1 + t / 30)),
    "PowerDecay-square": (schedules.PowerDecay(0.02, 30, power=2), lambda t: mpf(0.02) / (1 + t / 30) ** 2),
    "PowerDecay-none": (schedules.PowerDecay(0.02, 30, power=0), lambda t: mpf(0.02)),
    "PiecewiseConstantDecay": (schedules.PiecewiseConstantDecay([5, 60], [0.1, 0.01, 0.001]),
                               lambda t: mpf(0.1) if t <= 5 else mpf(0.01) if t <= 60 else mpf(0.001)),
    "PiecewiseConstantDecay-one": (schedules.PiecewiseConstantDecay([], [0.1]), lambda t: mpf(0.1)),
    "PolynomialDecay": (schedules.PolynomialDecay(0.02, 100),
                        lambda t: (mpf(0.02) - 0.0001) * (1 - min(t, 100) / 100) + 0.0001),
    "PolynomialDecay-root": (schedules.PolynomialDecay(0.02, 100, 0.001, power=0.5),
                             lambda t: (mpf(0.02) - 0.001) * mpmath.sqrt(1 - min(t, 100) / 100) + 0.001),
    "PolynomialDecay-cycle": (schedules.PolynomialDecay(0.02, 40, 0.001, power=2, cycle=True),
                              lambda t: (mpf(0.02) - 0.001) * (1 - t / (40 * max(1, mpmath.ceil(t / 40)))) ** 2
                              + 0.001),
    "CosineDecay": (schedules.CosineDecay(0.02, 100), lambda t: cosine(t, mpf(0.02), 100, 0)),
    "CosineDecay-alpha": (schedules.CosineDecay(0.02, 100, alpha=0.2), lambda t: cosine(t, mpf(0.02), 100, 0.2)),
    "CosineDecay-warm-up": (schedules.CosineDecay(0.0, 100, 0.1, warmup_target=0.3, warmup_steps=25),
                            lambda t: warm(t, mpf(0), 100, 0.1, 0.3, 25)),
    "CosineDecay-warm-up-from": (schedules.CosineDecay(0.05, 60, warmup_target=0.2, warmup_steps=10),
                                 lambda t: warm(t, mpf(0.05), 60, 0, 0.2, 10)),
    "CosineDecay-no-warm-up-steps": (schedules.CosineDecay(0.05, 60, warmup_target=0.2),
                                     lambda t: cosine(t, mpf(0.2), 60, 0)),
    "CosineDecayRestarts": (schedules.CosineDecayRestarts(0.02, 10),
                            lambda t: restarts(t, mpf(0.02), 10, 2, 1, 0)),
    "CosineDecayRestarts-all": (schedules.CosineDecayRestarts(0.02, 8, t_mul=1.5, m_mul=0.9, alpha=0.1),
                                lambda t: restarts(t, mpf(0.02), 8, 1.5, 0.9, 0.1)),
    "CosineDecayRestarts-equal": (schedules.CosineDecayRestarts(0.02, 1000, t_mul=1.0, m_mul=0.5, alpha=0.1),
                                  lambda t: restarts(t, mpf(0.02), 1000, 1, 0.5, 0.1)),
    "OneCycle": (schedules.OneCycle(0.4, 100), lambda t: one_cycle(t, mpf(0.4) / 10, mpf(0.4), mpf(0.4) / 10000, 45,
                                                                   100)),
    "OneCycle-all": (schedules.OneCycle(0.4, 120, 0.1, 0.0, rise_steps=50),
                     lambda t: one_cycle(t, mpf(0.1), mpf(0.4), mpf(0), 50, 120)),
    "RangeTest": (schedules.RangeTest(), lambda t: mpf(1e-5) * mpf(1e6) ** (min(t, 499) / mpf(499))),
    "RangeTest-short": (schedules.RangeTest(0.001, 0.1, 3), lambda t: mpf(0.001) * mpf(100) ** (min(t, 2) / mpf(2))),
    "PowerOfInitialRate": (schedules.PowerOfInitialRate(0.1, 0.01), lambda t: mpf(0.1) ** (1 + mpf(0.01) * t)),
}


def test_every_schedule_is_tested():
    assert {name.split("-")[0] for name in CASES} == set(schedules.SCHEDULES)


@pytest.mark.parametrize("case", CASES)
def test_against_the_formula(case):
    schedule, formula = CASES[case]
    for step in STEPS:
        with mpmath.workdps(40):
            expected = float(formula(mpf(step)))
        value = schedule(step)
        assert type(value) is float
        # Near its end a rate is a difference of much larger numbers, so part of the bound is absolute.
        assert value == pytest.approx(expected, rel=1e-13, abs=1e-16), step


@pytest.mark.parametrize("case", CASES)
def test_config_round_trip(case):
    schedule = CASES[case][0]
    data = json.loads(json.dumps(schedules.serialize(schedule)))
    for again in (schedules.deserialize(data), type(schedule).from_config(schedule.get_config())):
        assert type(again) is type(schedule) and repr(again) == repr(schedule)
        assert [again(t) for t in range(50)] == [schedule(t) for t in range(50)]


@pytest.mark.parametrize("case", CASES)
def test_in_an_optimizer(case):
    """The first step is taken at schedule(0), and so on; a schedule is saved with the optimizer."""
    schedule = CASES[case][0]
    optimizer = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(optimizers.SGD(schedule)))))
    params = np.zeros(1)
    for t in range(70):
        before = params.copy()
        optimizer.update(params, np.ones(1))
        assert (before - params)[0] == pytest.approx(schedule(t), rel=1e-9, abs=1e-15)


def test_numbers_of_the_course():
    for power in (schedules.PowerDecay(0.01, 100), schedules.InverseTimeDecay(0.01, 100, 1.0)):
        assert [power(t) for t in (100, 200, 300)] == pytest.approx([0.01 / 2, 0.01 / 3, 0.01 / 4], rel=1e-15)
    assert schedules.PiecewiseConstantDecay([20], [0.1, 0.01])(20) == 0.1       # the old value at the boundary
    assert schedules.PiecewiseConstantDecay([20], [0.1, 0.01])(21) == 0.01
    seed = schedules.ExponentialDecay(0.01, 20, 0.1)
    assert [seed(e) for e in (0, 20, 40)] == pytest.approx([0.01, 0.001, 0.0001], rel=1e-14)
    assert schedules.StepDecay(0.1, 10, 0.5)(9) == 0.1 and schedules.StepDecay(0.1, 10, 0.5)(10) == 0.05
    # As printed the rate falls to 0.010 by step 100 where 0.050 was meant, stands still for 1 and grows above.
    assert schedules.PowerOfInitialRate(0.1, 0.01)(100) == pytest.approx(0.010, rel=1e-12)
    assert schedules.InverseTimeDecay(0.1, 1, 0.01)(100) == pytest.approx(0.050, rel=1e-12)
    assert schedules.PowerOfInitialRate(1.0, 0.01)(100) == 1.0
    assert schedules.PowerOfInitialRate(2.0, 0.01)(100) == pytest.approx(4.0, rel=1e-12)


@pytest.mark.parametrize("t_mul", [1.0, 1.5, 2.0, 3.0, 10.0])
def test_a_restart_comes_at_its_step(t_mul):
    """Logarithms of t_mul would miss some by rounding: log(243) / log(3) is below 5."""
    schedule, start, period = schedules.CosineDecayRestarts(0.5, 16, t_mul=t_mul), 0, 16
    for _ in range(5):
        assert schedule(start) == 0.5
        assert start == 0 or schedule(start - 1) < 0.02
        start, period = start + period, period * t_mul


def test_equal_periods_are_not_walked_through():
    assert schedules.CosineDecayRestarts(0.5, 1, t_mul=1.0)(10 ** 12 + 0.5) == pytest.approx(0.25)


def test_one_cycle_mirrors_its_momentum():
    cycle = schedules.OneCycle(1.0, 100, max_momentum=0.95, min_momentum=0.85)
    assert [cycle(t) for t in (0, 45, 90, 100, 200)] == pytest.approx([0.1, 1.0, 0.1, 0.0001, 0.0001], rel=1e-12)
    assert [cycle.momentum(t) for t in (0, 45, 90, 95, 100, 200)] == pytest.approx([0.95, 0.85, 0.95, 0.95, 0.95, 0.95])
    for t in range(90):
        share = (cycle(t) - 0.1) / 0.9
        assert cycle.momentum(t) == pytest.approx(0.95 - 0.1 * share, rel=1e-12)


@pytest.mark.parametrize("total", [3, 4, 5, 10, 1001])
def test_one_cycle_fits_any_number_of_steps(total):
    cycle = schedules.OneCycle(1.0, total)
    assert 0 < cycle.rise_steps < total / 2
    assert max(cycle(t) for t in range(total)) == cycle(cycle.rise_steps) == pytest.approx(1.0)
    assert cycle(total) == pytest.approx(1e-4)


def test_range_test_grows_by_a_constant_factor():
    rates = [schedules.RangeTest(1e-5, 10.0, 500)(k) for k in range(500)]
    assert rates[0] == 1e-5 and rates[-1] == pytest.approx(10.0)
    np.testing.assert_allclose(np.diff(np.log(rates)), math.log(1e6) / 499, rtol=1e-10)


def test_a_schedule_of_ones_own():
    class Halved(schedules.LearningRateSchedule):
        def __init__(self, first):
            self.first = first

        def rate(self, step):
            return self.first / 2 ** step

    class Keraslike(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 1 / (step + 1)

    assert Halved(0.5)(2) == 0.125 and Keraslike()(1) == 0.5
    assert repr(Halved(0.5)) == "Halved(first=0.5)"
    with pytest.raises(ValueError, match=r"learning rate schedule Halved\(first=0.5\) \(Halved\) cannot be saved: only "
                                         "these can: CosineDecay, CosineDecayRestarts, ExponentialDecay, "):
        schedules.serialize(Halved(0.5))
    with pytest.raises(ValueError, match=r"Halved: step must be a number in \[0, inf\), got -1"):
        Halved(0.5)(-1)


def test_names():
    """Keras's default names, and any other; a name is only a label."""
    assert schedules.CosineDecayRestarts(0.1, 10).name == "SGDRDecay"
    assert schedules.PiecewiseConstantDecay([1], [0.1, 0.2]).name == "PiecewiseConstant"
    assert schedules.ExponentialDecay(0.1, 10, 0.5, False, "mine").get_config() == {
        "initial_learning_rate": 0.1, "decay_steps": 10.0, "decay_rate": 0.5, "staircase": False, "name": "mine"}


POSITIVE, AT_LEAST_0, SHARE = "number in (0, inf)", "number in [0, inf)", "number in [0, 1]"
RATE, PERIOD = {"initial_learning_rate": (0.5, POSITIVE)}, {"decay_steps": (10, POSITIVE)}
# Each argument's value in a schedule that is made of these and the defaults, and what it must be.
ARGUMENTS = {
    "ExponentialDecay": {**RATE, **PERIOD, "decay_rate": (0.5, POSITIVE)},
    "StepDecay": {**RATE, **PERIOD, "decay_rate": (0.5, "number in (0, 1)")},
    "InverseTimeDecay": {**RATE, **PERIOD, "decay_rate": (0.5, AT_LEAST_0)},
    "PowerDecay": {**RATE, **PERIOD, "power": (1.0, AT_LEAST_0)},
    "PolynomialDecay": {**RATE, **PERIOD, "end_learning_rate": (0.0001, AT_LEAST_0), "power": (1.0, POSITIVE)},
    "CosineDecay": {"initial_learning_rate": (0.5, AT_LEAST_0), **PERIOD, "alpha": (0.0, SHARE),
                    "warmup_target": (None, AT_LEAST_0), "warmup_steps": (0.0, AT_LEAST_0)},
    "CosineDecayRestarts": {**RATE, "first_decay_steps": (10, POSITIVE), "t_mul": (2.0, "number in [1, inf)"),
                            "m_mul": (1.0, AT_LEAST_0), "alpha": (0.0, SHARE)},
    "OneCycle": {"max_learning_rate": (1.0, POSITIVE), "total_steps": (100, "integer of at least 3"),
                 "initial_learning_rate": (0.1, "number in (0, 1]"),
                 "final_learning_rate": (0.0001, "number in [0, 0.1]"), "rise_steps": (45, "integer of at least 1"),
                 "max_momentum": (0.95, "number in [0, 1)"), "min_momentum": (0.85, "number in [0, 0.95]")},
    "RangeTest": {"min_learning_rate": (1e-5, POSITIVE), "max_learning_rate": (10.0, "number in (1e-05, inf)"),
                  "total_steps": (500, "integer of at least 2")},
    "PowerOfInitialRate": {**RATE, "epsilon": (0.5, AT_LEAST_0)},
}
REQUIRED = {"initial_learning_rate", "decay_steps", "decay_rate", "first_decay_steps", "max_learning_rate", "epsilon"}


def made(name, **changed):
    """The schedule with its required arguments (OneCycle: also the number of steps) and those given."""
    required = {argument: value for argument, (value, _) in ARGUMENTS[name].items()
                if argument in REQUIRED and (name, argument) != ("OneCycle", "initial_learning_rate")
                or (name, argument) == ("OneCycle", "total_steps")}
    return schedules.SCHEDULES[name](**{**required, **changed})


@pytest.mark.parametrize("name", ARGUMENTS)
def test_defaults(name):
    labels = {"CosineDecayRestarts": "SGDRDecay"}
    flags = {"ExponentialDecay": ["staircase"], "InverseTimeDecay": ["staircase"], "PolynomialDecay": ["cycle"]}
    assert made(name).get_config() == {
        **{argument: value for argument, (value, _) in ARGUMENTS[name].items()},
        **dict.fromkeys(flags.get(name, []), False), "name": labels.get(name, name)}


@pytest.mark.parametrize(("name", "argument"), [(name, a) for name, own in ARGUMENTS.items() for a in own])
def test_bounds(name, argument):
    """Below the lowest, at an open end, and what is no number; at the ends that are included all is well."""
    wanted = ARGUMENTS[name][argument][1]
    bad, good = [-0.5, math.nan, "0.1"], []
    if "integer" in wanted:
        bad += [int(wanted[-1]) - 1, 4.0]
        good.append(int(wanted[-1]))
    else:
        low, high = wanted.removeprefix("number in ")[1:-1].split(", ")
        (bad if "(" in wanted else good).append(float(low))
        if high != "inf":
            (bad if wanted.endswith(")") else good).append(float(high))
            bad.append(float(high) + 1e-9)
    for value in bad:
        with pytest.raises(ValueError) as caught:
            made(name, **{argument: value})
        assert str(caught.value) == f"{name}: {argument} must be a{'n' * ('integer' in wanted)} {wanted}, " \
                                    f"got {value!r} ({type(value).__name__})"
    for value in good:
        if (name, argument) not in (("OneCycle", "max_momentum"), ("OneCycle", "total_steps")):
            assert getattr(made(name, **{argument: value}), argument) == value


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), ValueError,
     "PiecewiseConstantDecay: there must be one more of values than of boundaries, got 2 and 2"),
    (lambda: schedules.PiecewiseConstantDecay([2, 2], [0.1, 0.2, 0.3]), ValueError,
     "PiecewiseConstantDecay: boundaries must increase, got [2, 2] (list)"),
    (lambda: schedules.PiecewiseConstantDecay(5, [0.1, 0.2]), TypeError,
     "PiecewiseConstantDecay: boundaries must be a list, got 5 (int)"),
    (lambda: schedules.PiecewiseConstantDecay([5], 0.1), TypeError,
     "PiecewiseConstantDecay: values must be a list, got 0.1 (float)"),
    (lambda: schedules.OneCycle(1.0, 10, rise_steps=5), ValueError,
     "OneCycle: rise_steps must be below half of total_steps=10, got 5"),
    (lambda: schedules.PiecewiseConstantDecay([-1], [0.1, 0.2]), ValueError,
     "PiecewiseConstantDecay: each of boundaries must be a number in [0, inf), got -1 (int)"),
    (lambda: schedules.PiecewiseConstantDecay([1], [0.1, "a"]), ValueError,
     "PiecewiseConstantDecay: each of values must be a number in [0, inf), got 'a' (str)"),
    (lambda: schedules.OneCycle(0.1, 10)(-1), ValueError, "OneCycle: step must be a number in [0, inf), got -1 (int)"),
    (lambda: schedules.OneCycle(0.1, 10).momentum(-1), ValueError,
     "OneCycle: step must be a number in [0, inf), got -1 (int)"),
    (lambda: schedules.OneCycle(0.1, 10, max_momentum=0.5), ValueError,
     "OneCycle: min_momentum must be a number in [0, 0.5], got 0.85 (float)"),
    (lambda: schedules.ExponentialDecay(0.1, 10, 0.5)(np.arange(3)), ValueError,
     "ExponentialDecay: step must be a number in [0, inf), got an array of shape (3,), dtype int64"),
    (lambda: schedules.deserialize({"name": "Exponential", "config": {}}), ValueError,
     "unknown learning rate schedule 'Exponential' (str); expected one of: CosineDecay, "),
])
def test_other_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(("schedule", "fine", "step"), [
    (schedules.ExponentialDecay(0.1, 1, 2.0), 500, 5000), (schedules.PowerOfInitialRate(3.0, 1.0), 500, 5000),
    (schedules.ExponentialDecay(1e300, 1, 1e3), 2, 5),                                  # a product that is infinite
    (schedules.InverseTimeDecay(0.1, 1e-308, 0.0), 0, 10)])                             # 0 times infinity
def test_a_rate_beyond_the_largest_float_is_an_error(schedule, fine, step):
    assert np.isfinite(schedule(fine))
    with pytest.raises(ValueError, match=rf"^{type(schedule).__name__}: after {step} steps the rate, or a part of its "
                                         r"formula, is beyond the largest float, 1\.8e\+308$"):
        schedule(step)
