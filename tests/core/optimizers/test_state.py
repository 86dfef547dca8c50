"""The state's names, which saved models hold and attributes have, and a state that goes back to the beginning."""

import numpy as np
import pytest

from course_lib import optimizers

NAMES = {
    "sgd": {"velocity"}, "adagrad": {"accumulator"}, "rmsprop": {"mean_square", "mean_gradient", "velocity"},
    "adadelta": {"mean_square", "mean_square_step"},
    "adam": {"first_moment", "second_moment", "largest_second_moment"},
    "adamw": {"first_moment", "second_moment", "largest_second_moment"},
    "adamax": {"first_moment", "norm"}, "nadam": {"first_moment", "second_moment", "momentum_product"},
}
OPTIONS = {"sgd": {"momentum": 0.9}, "rmsprop": {"momentum": 0.9, "centered": True}, "adam": {"amsgrad": True},
           "adamw": {"amsgrad": True}}


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_names_of_the_state(name):
    optimizer = optimizers.get(name, **OPTIONS.get(name, {}))
    optimizer.update(np.ones(3), np.ones(3))
    assert set(optimizer.get_state()) == NAMES[name]


def test_nadam_set_back_to_the_beginning_takes_the_first_step_again():
    used, new = optimizers.Nadam(0.1), optimizers.Nadam(0.1)
    for _ in range(5):
        used.update(np.ones(3), np.ones(3))
    used.set_state(0, {})
    assert used.momentum_product == 1.0
    a, b = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    used.update(a, np.array([0.5, -1.0, 2.0]))
    new.update(b, np.array([0.5, -1.0, 2.0]))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("product", "text"), [
    (np.zeros(3), "an array of shape (3,)"), ("a", "'a' (str)"), (np.array(np.nan), "nan"), (np.array(2.0), "2.0")])
def test_a_state_that_nadam_refuses_changes_nothing(product, text):
    used = optimizers.Nadam(0.1)
    used.update(np.ones(3), np.ones(3))
    before = used.get_state()
    state = {"first_moment": np.zeros(3), "second_moment": np.zeros(3), "momentum_product": product}
    with pytest.raises(ValueError, match="momentum_product must be one number from 0 to 1, got ") as caught:
        used.set_state(5, state)
    assert text in str(caught.value)
    assert used.iterations == 1 and all(np.array_equal(before[name], value) for name, value in used.get_state().items())


def test_options_are_checked_when_they_are_assigned():
    adam, nadam = optimizers.Adam(), optimizers.Nadam()
    with pytest.raises(ValueError, match="unknown epsilon_mode of Adam 'x'"):
        adam.epsilon_mode = "x"
    with pytest.raises(ValueError, match="unknown momentum_schedule of Nadam 'x'"):
        nadam.momentum_schedule = "x"
    assert (adam.epsilon_mode, nadam.momentum_schedule) == ("keras", "keras")
    adam.epsilon_mode = "paper"
    assert adam.epsilon_mode == "paper" and optimizers.Adam.epsilon_mode.words == optimizers.Adam.EPSILON_MODES


def test_centered_rmsprop_survives_a_variance_that_rounds_below_zero():
    """A constant gradient has variance 0; E[g^2] - E[g]^2 of float32 numbers is often less, and its root is NaN."""
    g = np.linspace(1e3, 2e4, 50, dtype=np.float32)
    theta, optimizer = np.zeros_like(g), optimizers.RMSprop(1e-6, centered=True)
    for _ in range(400):
        optimizer.update(theta, g)
    state = optimizer.get_state()
    assert (state["mean_square"] < state["mean_gradient"] ** 2).any()
    assert np.isfinite(theta).all()


def test_nadam_goes_on_from_a_product_that_has_become_0():
    """As it does after some thousand steps, or after one with beta_1 = 0."""
    nadam = optimizers.Nadam(beta_1=0.0)
    nadam.set_state(1, {"first_moment": np.zeros(3), "second_moment": np.zeros(3), "momentum_product": np.array(0.0)})
    assert nadam.momentum_product == 0
