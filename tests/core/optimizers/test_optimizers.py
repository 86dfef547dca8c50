"""What holds for every optimizer, over the registry."""

import copy
import json
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import optimizers, schedules
from course_lib.optimizers import base

# One entry per rule and option, not only per class.
SETTINGS = {
    **{name: (name, {}) for name in optimizers.OPTIMIZERS},
    "sgd-momentum": ("sgd", {"momentum": 0.9}),
    "sgd-nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "rmsprop-centered-momentum": ("rmsprop", {"centered": True, "momentum": 0.9}),
    "adam-amsgrad": ("adam", {"amsgrad": True}),
    "adam-inside": ("adam", {"epsilon_mode": "inside"}),
    "nadam-constant": ("nadam", {"momentum_schedule": "constant"}),
    "adam-everything": ("adam", {"learning_rate": schedules.CosineDecay(0.01, 30), "weight_decay": 0.1,
                                 "clipnorm": 0.5, "amsgrad": True}),
    "nadam-global": ("nadam", {"weight_decay": 0.1, "global_clipnorm": 0.5}),
    "sgd-value": ("sgd", {"momentum": 0.5, "clipvalue": 0.5}),
}


def tensors(*sizes):
    """A layout with tensors of these sizes, called layer0/kernel, layer0/bias, layer1/kernel, ..."""
    ends = np.cumsum(sizes).tolist()
    return [SimpleNamespace(path=f"layer{i // 2}/{('kernel', 'bias')[i % 2]}", start=end - size, stop=end)
            for i, (size, end) in enumerate(zip(sizes, ends, strict=True))]


@pytest.fixture(params=SETTINGS)
def make(request):
    name, arguments = SETTINGS[request.param]
    return lambda: optimizers.get(name, **arguments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_update_allocates_nothing_after_the_first(make, dtype):
    """200,000 parameters are 0.8 or 1.6 MB: a temporary of their size, or of a block's, would be seen."""
    params, grads, optimizer = np.ones(200_000, dtype), np.ones(200_000, dtype), make()
    optimizer.lay_out(tensors(150_000, 49_000, 1_000))
    for _ in range(2):                              # the second is the first that finds its state
        optimizer.update(params, grads)
    tracemalloc.start()
    for _ in range(3):
        optimizer.update(params, grads)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4096
    assert params.dtype == dtype
    assert all(v.dtype == dtype for v in optimizer.get_state().values() if v.ndim)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_blocks_do_not_show(make, dtype, rng, monkeypatch):
    """Long vectors are worked through in pieces; the result is that of one piece, to the bit."""
    grads, start, results = rng.normal(size=(5, 101)).astype(dtype), rng.normal(size=101).astype(dtype), []
    for entries in (1, 16, 101, 1000):
        monkeypatch.setattr(base, "BLOCK_BYTES", entries * np.dtype(dtype).itemsize)
        params, optimizer = start.copy(), make()
        optimizer.lay_out(tensors(40, 1, 50, 10))
        for g in grads:
            optimizer.update(params, g)
        results.append(params)
    assert len({r.tobytes() for r in results}) == 1


def test_no_parameters_at_all(make):
    params, optimizer = np.empty(0), make()
    optimizer.lay_out([])
    for _ in range(2):
        optimizer.update(params, np.empty(0))
    assert optimizer.iterations == 2


def test_a_copy_goes_its_own_way(make, rng):
    """copy.deepcopy in the middle of a training: both go on as one alone would, and do not touch each other."""
    grads = rng.normal(size=(10, 7))
    optimizer, params = make(), np.ones(7)
    for g in grads[:5]:
        optimizer.update(params, g)
    twin, twin_params = copy.deepcopy((optimizer, params))
    for g in grads[5:]:
        twin.update(twin_params, g)
    assert optimizer.iterations == 5
    for g in grads[5:]:
        optimizer.update(params, g)
    np.testing.assert_array_equal(params, twin_params)
    np.testing.assert_equal(optimizer.get_state(), twin.get_state())


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


def test_state_survives_a_file(make, rng, tmp_path):
    """The state as an .npz file and the options as JSON: the training goes on to the bit, in float32 too."""
    grads = rng.normal(size=(20, 6)).astype("float32")
    first, params = make(), np.ones(6, "float32")
    for g in grads[:10]:
        first.update(params, g)
    np.savez(tmp_path / "state.npz", **first.get_state())
    second = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(first))))
    with np.load(tmp_path / "state.npz") as state:
        second.set_state(first.iterations, dict(state))
    resumed = params.copy()
    for g in grads[10:]:
        first.update(params, g)
        second.update(resumed, g)
    np.testing.assert_array_equal(resumed, params)


def test_a_state_that_does_not_fit_is_refused(make):
    optimizer, params = make(), np.ones(3)
    optimizer.update(params, np.ones(3))
    state, name = optimizer.get_state(), type(optimizer).__name__
    broken = [{**state, "nonsense": np.zeros(3)}]
    for slot in state:
        broken.append({k: v for k, v in state.items() if k != slot})
        if state[slot].ndim:
            broken += [{**state, slot: np.zeros((3, 1))}, {**state, slot: np.zeros(3, int)}]
    vectors = [slot for slot in state if state[slot].ndim]
    if len(vectors) > 1:
        broken += [{**state, vectors[1]: np.zeros(4)}, {**state, vectors[1]: np.zeros(3, "float32")}]
    for bad in broken:
        with pytest.raises(ValueError, match=f"{name}.set_state: (the )?state must (hold|be 1-D)"):
            optimizer.set_state(1, bad)
        np.testing.assert_equal(optimizer.get_state(), state)
        assert optimizer.iterations == 1
    if state:
        with pytest.raises(ValueError, match=f"{name}.set_state: state must hold"):
            optimizer.set_state(0, state)
    with pytest.raises(ValueError, match=f"{name}.set_state: iterations must be an integer of at least 0, got -1"):
        optimizer.set_state(-1, state)


def test_a_state_taken_over_is_a_copy(make):
    optimizer, other = make(), make()
    optimizer.update(np.ones(3), np.ones(3))
    state = optimizer.get_state()
    other.set_state(1, state)
    held = copy.deepcopy(state)
    other.update(np.ones(3), np.ones(3))
    np.testing.assert_equal(state, held)


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
    json.dumps(optimizers.serialize(optimizer))
    assert repr(type(optimizer).from_config(optimizer.get_config())) == repr(optimizer)
    assert repr(optimizers.get(optimizers.serialize(optimizer))) == repr(optimizer)


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
    np.testing.assert_equal(optimizer.get_state(), state)


class OwnSchedule(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.5


@pytest.mark.parametrize(("call", "text"), [
    (lambda: optimizers.get("SDG"), "unknown optimizer 'SDG' (str); expected one of: sgd"),
    (lambda: optimizers.get("Sgd"), "Did you mean 'sgd'?"),
    (lambda: optimizers.get(None), "unknown optimizer None (NoneType)"),
    (lambda: optimizers.get(optimizers.SGD(), momentum=0.5), "optimizers.get: arguments go with a name, got SGD("),
    (lambda: optimizers.serialize(optimizers.Optimizer(0.1)), "cannot be saved: only these can: sgd"),
    (lambda: optimizers.serialize(optimizers.SGD(lambda step: 0.1)),
     "cannot be saved: its learning rate is a function; use a schedule of course_lib.schedules"),
    (lambda: optimizers.serialize(optimizers.SGD(OwnSchedule())), "learning rate schedule OwnSchedule() (OwnSchedule) "
     "cannot be saved: only these can: CosineDecay, "),
    (lambda: optimizers.serialize(optimizers.NesterovLookAhead()), "cannot be saved: only these can: sgd, "
     "rmsprop, adam, adamw, adadelta, adagrad, adamax, nadam"),
    (lambda: optimizers.deserialize({"config": {}}), "optimizer: expected a dict with name and config, got"),
    (lambda: optimizers.get({"name": "adm", "config": {}}), "Did you mean 'adam'?"),
    (lambda: optimizers.get({"name": "sgd", "config": {}}, momentum=0.5), "arguments go with a name"),
])
def test_errors(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert text in str(caught.value)


def test_get():
    optimizer = optimizers.get("sgd", learning_rate=0.5)
    assert optimizer.learning_rate == 0.5
    assert optimizers.get(optimizer) is optimizer
    for name, cls in optimizers.OPTIMIZERS.items():
        assert type(optimizers.get(name)) is type(optimizers.get(cls)) is cls and name == cls.__name__.lower()


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_parameters_that_cannot_be_written_are_refused_before_anything_is_changed(name):
    optimizer, params = optimizers.get(name), np.ones(3)
    params.setflags(write=False)
    with pytest.raises(ValueError, match=r"update: params must be writeable, got a read-only array$"):
        optimizer.update(params, np.ones(3))
    assert optimizer.iterations == 0 and optimizer.get_state() == {}
