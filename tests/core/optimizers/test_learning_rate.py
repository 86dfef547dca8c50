"""A learning rate is checked when it is set and, from a schedule, at every step."""

import numpy as np
import pytest

from course_lib import optimizers


@pytest.mark.parametrize("rate", [-3, 0, float("nan"), "a", None, True])
def test_a_bad_rate_is_refused_and_the_old_one_stays(rate):
    optimizer = optimizers.SGD(0.1)
    with pytest.raises(ValueError, match="SGD: learning_rate must be a number in"):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == 0.1


def test_a_schedule_that_goes_wrong_changes_nothing():
    optimizer = optimizers.SGD(lambda step: 0.5 - step)
    params = np.ones(2)
    optimizer.update(params, np.ones(2))
    with pytest.raises(ValueError, match=r"learning_rate must be a number in \(0, inf\), got -0.5"):
        optimizer.update(params, np.ones(2))
    assert params.tolist() == [0.5, 0.5] and optimizer.iterations == 1
