"""A learning rate is checked when it is set and, from a schedule, at every step."""

import numpy as np
import pytest

from course_lib import optimizers, schedules


@pytest.mark.parametrize("rate", [-3, 0, float("nan"), "a", None, True])
def test_a_bad_rate_is_refused_and_the_old_one_stays(rate):
    optimizer = optimizers.SGD(0.1)
    with pytest.raises(ValueError, match=r"SGD: learning_rate must be a number in \(0, inf\)"):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == 0.1


@pytest.mark.parametrize("bad", [-0.5, float("nan"), float("inf"), None, "0.1"])
def test_a_schedule_that_goes_wrong_changes_nothing(bad):
    optimizer = optimizers.SGD(lambda step: bad if step else 0.5, momentum=0.5, weight_decay=0.1, clipnorm=9.0)
    params = np.ones(2)
    optimizer.update(params, np.ones(2))
    state, held = optimizer.get_state(), params.copy()
    with pytest.raises(ValueError) as caught:
        optimizer.update(params, np.ones(2))
    assert str(caught.value) == \
        f"SGD: learning_rate must be a number in [0, inf), got {bad!r} ({type(bad).__name__})"
    np.testing.assert_array_equal(params, held)
    assert optimizer.iterations == 1
    np.testing.assert_equal(optimizer.get_state(), state)


def test_a_schedule_may_start_or_end_at_0():
    """A warm-up from 0 is Keras's own example; a rate of 0 that is set by hand is a mistake."""
    params, optimizer = np.ones(1), optimizers.Adam(schedules.CosineDecay(0.0, 2, warmup_target=0.5, warmup_steps=1))
    moved = []
    for _ in range(5):
        before = params.copy()
        optimizer.update(params, np.ones(1))
        moved.append(float((before - params)[0]))
    np.testing.assert_allclose(moved, [0, 0.5, 0.25, 0, 0], atol=1e-5)


def test_a_schedule_may_take_the_place_of_a_rate_and_back():
    params, optimizer = np.zeros(1), optimizers.SGD(1.0)
    optimizer.update(params, np.ones(1))
    optimizer.learning_rate = schedules.ExponentialDecay(1.0, 1, 0.5)
    optimizer.update(params, np.ones(1))                    # counts from the first update on: step 1
    optimizer.learning_rate = 0.25
    optimizer.update(params, np.ones(1))
    assert params[0] == -1.75


def test_a_class_is_no_schedule():
    with pytest.raises(TypeError, match="SGD: learning_rate must be a number or a schedule, got the class OneCycle; "
                                        "make an instance of it"):
        optimizers.SGD(schedules.OneCycle)


def test_repr_and_config_show_the_schedule():
    optimizer = optimizers.SGD(schedules.StepDecay(0.5, 3, 0.1), 0.5)
    assert repr(optimizer) == ("SGD(learning_rate=StepDecay(initial_learning_rate=0.5, decay_steps=3.0, "
                               "decay_rate=0.1, name='StepDecay'), momentum=0.5, nesterov=False)")
    assert optimizer.get_config()["learning_rate"] == {
        "name": "StepDecay",
        "config": {"initial_learning_rate": 0.5, "decay_steps": 3.0, "decay_rate": 0.1, "name": "StepDecay"}}
    assert optimizers.schedules is schedules
