"""What holds for every optimizer, over the registry."""

import tracemalloc

import numpy as np
import pytest

from course_lib import optimizers

# One entry per rule, not only per class.
SETTINGS = {**{name: (name, {}) for name in optimizers.OPTIMIZERS}, "sgd-momentum": ("sgd", {"momentum": 0.9}),
            "sgd-nesterov": ("sgd", {"momentum": 0.9, "nesterov": True})}


@pytest.fixture(params=SETTINGS)
def make(request):
    name, arguments = SETTINGS[request.param]
    return lambda: optimizers.get(name, **arguments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_update_allocates_nothing_after_the_first(make, dtype):
    """A million parameters are 4 or 8 MB: a temporary of their size would be seen."""
    params, grads, optimizer = np.ones(1_000_000, dtype), np.ones(1_000_000, dtype), make()
    optimizer.update(params, grads)
    tracemalloc.start()
    for _ in range(3):
        optimizer.update(params, grads)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4096
    assert params.dtype == dtype
    assert all(v.dtype == dtype for v in optimizer.get_state().values())


def test_state_round_trip(make, rng):
    grads = rng.normal(size=(20, 7))
    straight, params = make(), np.ones(7)
    for g in grads:
        straight.update(params, g)
    first, second, resumed = make(), make(), np.ones(7)
    for g in grads[:10]:
        first.update(resumed, g)
    second.set_state(first.iterations, first.get_state())
    for g in grads[10:]:
        second.update(resumed, g)
    np.testing.assert_array_equal(resumed, params)
    assert second.iterations == straight.iterations == 20


def test_get_state_copies(make, rng):
    optimizer = make()
    assert optimizer.get_state() == {}
    optimizer.update(np.ones(3), np.ones(3))
    for name, value in optimizer.get_state().items():
        assert not np.shares_memory(value, getattr(optimizer, name))


def test_reset_forgets(make, rng):
    grads, optimizer = rng.normal(size=(5, 4)), make()
    runs = []
    for _ in range(2):
        params = np.ones(4)
        for g in grads:
            optimizer.update(params, g)
        runs.append(params)
        optimizer.reset()
        assert optimizer.iterations == 0
        assert optimizer.get_state() == {}
    np.testing.assert_array_equal(*runs)
    optimizer.update(np.ones(2, "float32"), np.ones(2, "float32"))      # other vectors are fine again


def test_config_round_trip(make):
    optimizer = make()
    again = optimizers.deserialize(optimizers.serialize(optimizer))
    assert repr(again) == repr(optimizer)
    assert again is not optimizer


def test_views_of_a_larger_vector(make, rng):
    """A model passes slices; only they change."""
    values, grads = rng.normal(size=10), rng.normal(size=10)
    held, optimizer, alone = values.copy(), make(), values[2:7].copy()
    optimizer.update(values[2:7], grads[2:7])
    make().update(alone, grads[2:7])
    np.testing.assert_array_equal(values[2:7], alone)
    np.testing.assert_array_equal(np.delete(values, slice(2, 7)), np.delete(held, slice(2, 7)))


F32, F64 = np.ones(3, "float32"), np.ones(3)


@pytest.mark.parametrize(("params", "grads", "error", "text"), [
    ([1.0, 2.0, 3.0], F64, TypeError,
     "SGD.update: params must be a 1-D float32 or float64 array, got [1.0, 2.0, 3.0] (list)"),
    (F64, [1.0, 2.0, 3.0], TypeError,
     "SGD.update: grads must be a 1-D float32 or float64 array, got [1.0, 2.0, 3.0] (list)"),
    (np.ones((3, 1)), F64, TypeError,
     "params must be a 1-D float32 or float64 array, got an array of shape (3, 1), dtype"),
    (np.ones(3, int), F64, TypeError, "got an array of shape (3,), dtype int64"),
    (np.ones(3, "float16"), F64, TypeError, "dtype float16"),
    (F64, np.ones(4), ValueError, "SGD.update: grads must match params, an array of shape (3,), dtype float64, got an "
                                  "array of shape (4,), dtype float64"),
    (F64, F32, ValueError,
     "grads must match params, an array of shape (3,), dtype float64, got an array of shape (3,), "
                           "dtype float32"),
])
def test_bad_vectors(params, grads, error, text):
    optimizer = optimizers.SGD(momentum=0.5)
    with pytest.raises(error) as caught:
        optimizer.update(params, grads)
    assert text in str(caught.value)
    assert optimizer.iterations == 0
    assert optimizer.get_state() == {}


@pytest.mark.parametrize(("params", "grads"), [(np.ones(4), np.ones(4)), (F32, F32), (F64, F32), (F64, np.ones(4)),
                                               ([1.0, 1, 1], F64), (F64, [1.0, 1, 1]), (np.ones((1, 3)), F64)])
def test_other_vectors_than_before(make, params, grads):
    optimizer = make()
    optimizer.update(np.ones(3), np.ones(3))
    state, held = optimizer.get_state(), np.array(params)
    with pytest.raises(
        ValueError,
        match=r"holds state for vectors of shape \(3,\), dtype float64, got params: .*, grads: "
        r".*; use a new optimizer, or reset\(\) this one",
    ):
        optimizer.update(params, grads)
    np.testing.assert_array_equal(params, held)
    assert optimizer.iterations == 1
    for name, value in state.items():
        np.testing.assert_array_equal(getattr(optimizer, name), value)


@pytest.mark.parametrize(("call", "text"), [
    (lambda: optimizers.get("SGD"), "unknown optimizer 'SGD' (str); expected one of: sgd"),
    (lambda: optimizers.get("SGD"), "Did you mean 'sgd'?"),
    (lambda: optimizers.get(None), "unknown optimizer None (NoneType)"),
    (lambda: optimizers.get(optimizers.SGD(), momentum=0.5), "optimizers.get: arguments go with a name, got SGD("),
    (lambda: optimizers.serialize(optimizers.Optimizer(0.1)), "cannot be saved: only these can: sgd"),
    (lambda: optimizers.serialize(optimizers.SGD(lambda step: 0.1)),
     "cannot be saved: its learning rate is a function"),
])
def test_errors(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert text in str(caught.value)


def test_get():
    optimizer = optimizers.get("sgd", learning_rate=0.5)
    assert optimizer.learning_rate == 0.5
    assert optimizers.get(optimizer) is optimizer
