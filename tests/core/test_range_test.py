"""The learning-rate range test."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, learning_rate_range_test, optimizers


def quadratic(curvature=4.0, optimizer=None):
    """J = (w x - 1)^2 with one weight: descent converges for rates below 2 / J'' and diverges above."""
    model = Sequential([Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")], seed=0,
                       dtype="float64")
    model.compile(optimizer or optimizers.SGD(0.01), "mse")
    return model, np.full((64, 1), np.sqrt(curvature / 2)), np.ones(64)


def test_the_loss_of_each_step_by_hand():
    """One weight: w <- w - eta 2 x (x w - 1)."""
    model, x, y = quadratic()
    result = learning_rate_range_test(model, x, y, 1e-3, 1.0, steps=30, smoothing=0, stop_factor=1e9)
    rates = [1e-3 * 1000 ** (k / 29) for k in range(len(result.learning_rates))]
    w, losses = 0.0, []
    for rate in rates:
        losses.append((x[0, 0] * w - 1) ** 2)
        w -= rate * 2 * x[0, 0] * (x[0, 0] * w - 1)
    np.testing.assert_allclose(result.learning_rates, rates, rtol=1e-12)
    np.testing.assert_allclose(result.losses, losses, rtol=1e-9, atol=1e-28)
    np.testing.assert_array_equal(result.smoothed, result.losses)


def test_the_average():
    model, x, y = quadratic()
    result = learning_rate_range_test(model, x, y, 1e-3, 0.1, steps=20, smoothing=0.8)
    for k in range(20):
        weights = 0.8 ** np.arange(k, -1, -1)
        assert result.smoothed[k] == pytest.approx(weights @ result.losses[:k + 1] / weights.sum(), rel=1e-12)
    assert not result.turned
    assert len(result.losses) == 20


@pytest.mark.parametrize("curvature", [0.4, 4.0, 40.0])
def test_it_finds_where_descent_diverges(curvature, rng):
    """With noise in the labels, the loss is lowest near the limit 2 / J'', so the suggestion is about a tenth of it."""
    model, x, y = quadratic(curvature)
    result = learning_rate_range_test(model, x, y + 0.1 * rng.normal(size=64), 1e-5, 100, steps=300)
    limit = 2 / curvature
    assert result.turned
    assert 0.03 * limit < result.suggestion < 0.3 * limit
    assert result.suggestion == result.turning_point / 10
    assert result.smoothed[-1] > 4 * result.smoothed.min()
    assert len(result.losses) < 300


def test_on_real_data(data):
    """Training at the suggested rate works; at a hundred times that it does not."""
    def fresh(rate):
        model = Sequential([Input((6,)), layers.Dense(20, activation="relu"), layers.Dense(3, activation="softmax")],
                           seed=3)
        model.compile(optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy")
        return model
    rate = learning_rate_range_test(fresh(0.01), *data, steps=200, batch_size=10).suggestion
    with np.errstate(all="ignore"):
        good, bad = (fresh(r).fit(*data, epochs=30, batch_size=10, verbose=0).history["loss"][-1]
                     for r in (rate, 100 * rate))
    assert good < 0.1
    assert not bad < 1


def test_the_model_is_as_it_was(data, make_model, unchanged, equal_weights):
    model, twin = make_model(), make_model()
    for m in (model, twin):
        m.fit(*data, verbose=0)
    with unchanged(model):
        learning_rate_range_test(model, *data, steps=50)
    assert model.optimizer.learning_rate == 0.1
    for m in (model, twin):
        m.fit(*data, verbose=0)
    assert equal_weights(model, twin)


def test_an_unbuilt_model_stays_unbuilt(data):
    model = Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert len(learning_rate_range_test(model, *data, steps=9, stop_factor=99).losses) == 9
    assert not model.built


def test_all_rows_before_any_comes_again():
    """7 rows in batches of 3: each third step has one row."""
    model, _, _ = quadratic(optimizer=optimizers.SGD(0.01))
    x = np.arange(1.0, 8)[:, None]
    result = learning_rate_range_test(model, x, np.zeros(7), 1e-12, 1e-11, steps=6, batch_size=3, smoothing=0)
    assert len(result.losses) == 6
    model.layers[0].kernel[...] = 1
    result = learning_rate_range_test(model, x, np.zeros(7), 1e-12, 1e-11, steps=6, batch_size=3, smoothing=0,
                                      stop_factor=1e9)
    squares = np.square(x[:, 0])
    for epoch in (result.losses[:3], result.losses[3:]):
        assert epoch @ [3, 3, 1] == pytest.approx(squares.sum(), rel=1e-6)


def test_weights_of_rows(data, make_model):
    plain, weighted = (learning_rate_range_test(make_model(), *data, steps=5, sample_weight=w)
                       for w in (None, np.full(50, 2.0)))
    assert weighted.losses[0] == pytest.approx(2 * plain.losses[0], rel=1e-12)


def test_it_ends_where_the_loss_overflows():
    """Without a warning: it is meant to diverge."""
    model, x, y = quadratic()
    result = learning_rate_range_test(model, x, y, 1.0, 1e300, steps=20, stop_factor=1e308, smoothing=0)
    assert result.turned
    assert len(result.losses) < 20
    assert np.isfinite(result.losses).all()


def test_a_model_that_is_lost_already(data, make_model):
    model = make_model()
    model.layers[0].kernel[...] = np.nan
    with pytest.raises(ValueError, match="learning_rate_range_test: the loss is not finite before the first step"):
        learning_rate_range_test(model, *data)


@pytest.mark.parametrize(("arguments", "error", "text"), [
    ({"steps": 1}, ValueError, "total_steps must be an integer of at least 2, got 1 (int)"),
    ({"min_learning_rate": 0}, ValueError, "min_learning_rate must be a number in (0, inf"),
    ({"max_learning_rate": 1e-9}, ValueError, "max_learning_rate must be a number in"),
    ({"batch_size": 0}, ValueError, "learning_rate_range_test: batch_size must be an integer of at least 1, got 0"),
    ({"smoothing": 1}, ValueError, "learning_rate_range_test: smoothing must be a number in [0, 1), got 1 (int)"),
    ({"stop_factor": 1}, ValueError, "learning_rate_range_test: stop_factor must be a number in (1, inf), got 1"),
    ({"sample_weight": [1]}, ValueError, "learning_rate_range_test: sample_weight must have shape (50,)"),
    ({"x": [[1, 2]]}, ValueError, "learning_rate_range_test: x must have shape (m, 6), got an array of shape (1, 2)"),
])
def test_errors(data, make_model, arguments, error, text):
    arguments = {"x": data[0], "y": data[1], **arguments}
    with pytest.raises(error) as caught:
        learning_rate_range_test(make_model(), **arguments)
    assert text in str(caught.value)


def test_what_is_no_model(data):
    with pytest.raises(TypeError, match=r"learning_rate_range_test: model must be a Sequential, got <Dense> \(Dense\)"):
        learning_rate_range_test(layers.Dense(3), *data)
    with pytest.raises(ValueError, match="learning_rate_range_test: call compile"):
        learning_rate_range_test(Sequential([layers.Dense(3)]), *data)
