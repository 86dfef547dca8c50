"""What an optimizer does with the tensors in its vectors: clipping each, leaving some out of the weight decay."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import clipping, optimizers


def tensors(**sizes):
    """A layout; the keyword dense__kernel stands for the path dense/kernel."""
    found, start = [], 0
    for name, size in sizes.items():
        found.append(SimpleNamespace(path=name.replace("__", "/"), start=start, stop=start + size))
        start += size
    return found


LAYOUT = tensors(dense__kernel=4, dense__bias=2, head__kernel=3, head__bias=1)


def decayed(optimizer, layout=LAYOUT, size=10):
    """Which entries one update without a gradient shrinks."""
    optimizer.lay_out(layout)
    params = np.ones(size)
    optimizer.update(params, np.zeros(size))
    assert set(params) <= {1.0, 0.95}
    return np.flatnonzero(params != 1).tolist()


def decaying(**arguments):
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(**arguments)
    return optimizer


@pytest.mark.parametrize(("arguments", "expected"), [
    ({}, range(10)),
    ({"var_names": ["bias"]}, [0, 1, 2, 3, 6, 7, 8]),
    ({"var_names": ["bia"]}, [0, 1, 2, 3, 6, 7, 8]),
    ({"var_names": ["bias", "kernel"]}, []),
    ({"var_names": ["dense"]}, range(10)),                  # a layer's name is not part of the tensor's
    ({"var_list": ["head/kernel"]}, [0, 1, 2, 3, 4, 5, 9]),
    ({"var_list": ["kernel"]}, range(10)),
    ({"var_list": ["dense/kernel", "head/kernel"], "var_names": ["bias"]}, []),
    ({"var_list": ("dense/bias",)}, [0, 1, 2, 3, 6, 7, 8, 9]),
    ({"var_list": [], "var_names": []}, range(10)),
    ({"var_names": ["gamma"]}, range(10)),                  # no such tensor: no effect, as in Keras
])
def test_exclude_from_weight_decay(arguments, expected):
    assert decayed(decaying(**arguments)) == list(expected)


def test_every_parameter_decays_by_default():
    assert decayed(optimizers.SGD(0.1, weight_decay=0.5)) == list(range(10))
    assert decayed(optimizers.SGD(0.1, weight_decay=0.5), None) == list(range(10))
    assert decayed(optimizers.SGD(0.1)) == decayed(optimizers.SGD(0.1, weight_decay=0.0)) == []


def test_a_second_call_replaces_the_first():
    optimizer = decaying(var_names=["bias"])
    optimizer.exclude_from_weight_decay(var_list=["dense/kernel"])
    assert decayed(optimizer) == [4, 5, 6, 7, 8, 9]


def test_exclusion_comes_before_the_first_update():
    optimizer = decaying(var_names=["bias"])
    decayed(optimizer)
    with pytest.raises(ValueError, match="SGD.exclude_from_weight_decay: must be called before the first update, got "
                                         "iterations=1"):
        optimizer.exclude_from_weight_decay(var_names=["kernel"])
    optimizer.reset()
    assert decayed(optimizer) == [0, 1, 2, 3, 6, 7, 8]      # reset keeps it
    optimizer.reset()
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    assert decayed(optimizer) == [4, 5, 9]


def test_exclusion_is_saved():
    optimizer = decaying(var_list=["head/kernel"], var_names=["bias"])
    again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(optimizer))))
    assert again.excluded_from_weight_decay == {"var_list": ["head/kernel"], "var_names": ["bias"]}
    assert decayed(again) == decayed(optimizer) == [0, 1, 2, 3]
    assert optimizers.SGD().excluded_from_weight_decay == {}
    assert "excluded_from_weight_decay" not in optimizers.serialize(optimizers.SGD())


def test_exclusion_without_a_layout_is_refused():
    params, optimizer = np.ones(3), decaying(var_names=["bias"])
    with pytest.raises(ValueError, match="SGD.update: exclude_from_weight_decay needs to know the tensors; call "
                                         "lay_out, or compile the optimizer into a model"):
        optimizer.update(params, np.ones(3))
    assert params.tolist() == [1, 1, 1] and optimizer.iterations == 0 and optimizer.get_state() == {}
    optimizer.weight_decay = None               # nothing to exclude from: fine
    optimizer.update(params, np.ones(3))


@pytest.mark.parametrize("argument", ["var_list", "var_names"])
@pytest.mark.parametrize("bad", ["bias", 3, [3], [SimpleNamespace(path="dense/bias")]])
def test_bad_exclusions(argument, bad):
    with pytest.raises(TypeError, match=f"SGD.exclude_from_weight_decay: {argument} must be a list of strings, got "):
        optimizers.SGD().exclude_from_weight_decay(**{argument: bad})


def test_decay_by_hand():
    """1 -> 1 - eta lambda without a gradient: 0.95 with eta = 0.1, lambda = 0.5; 0.999996 with AdamW's defaults."""
    for optimizer in (optimizers.AdamW(0.1, weight_decay=0.5), optimizers.Adam(0.1, weight_decay=0.5)):
        params = np.ones(2)
        optimizer.update(params, np.zeros(2))
        np.testing.assert_allclose(params, 0.95, rtol=1e-15)
    params = np.ones(1)
    optimizers.AdamW().update(params, np.zeros(1))
    assert params[0] == pytest.approx(0.999996, abs=1e-15)


def test_adamw_is_adam_with_weight_decay(rng):
    a, b = np.ones(5), np.ones(5)
    one, two = (cls(0.01, weight_decay=0.3, amsgrad=True) for cls in (optimizers.AdamW, optimizers.Adam))
    for g in rng.normal(size=(20, 5)):
        one.update(a, g)
        two.update(b, g)
    np.testing.assert_array_equal(a, b)


def test_a_small_decay_is_not_lost_in_float32():
    """1 - 4e-6 is not a float32 number: a factor would shrink by 4.05e-6 each time."""
    params, optimizer = np.ones(1, "float32"), optimizers.AdamW(1e-3, weight_decay=0.004)
    for _ in range(2000):
        optimizer.update(params, np.zeros(1, "float32"))
    assert -np.log(float(params[0])) == pytest.approx(0.008, rel=0.015)


def test_clip_then_decay_then_step():
    """By hand, with momentum: g = (30, 40) is clipped to (0.6, 0.8); theta = 10 decays to 9; then the step."""
    params, optimizer = np.full(2, 10.0), optimizers.SGD(0.5, momentum=0.5, weight_decay=0.2, global_clipnorm=1.0)
    optimizer.update(params, np.array([30.0, 40.0]))
    np.testing.assert_allclose(params, [9 - 0.3, 9 - 0.4], rtol=1e-15)
    optimizer.update(params, np.array([0.3, 0.4]))                  # below the limit: as it is
    np.testing.assert_allclose(params, [8.7 * 0.9 - 0.15 - 0.15, 8.6 * 0.9 - 0.2 - 0.2], rtol=1e-14)


def test_clipping_of_each_tensor_and_of_all(rng):
    grads, spans = 3 * rng.normal(size=10), [slice(t.start, t.stop) for t in LAYOUT]
    held = grads.copy()
    each = np.concatenate([clipping.clip_by_norm(grads[s], 0.7) for s in spans])
    together = np.concatenate(clipping.clip_by_global_norm([grads[s] for s in spans], 0.7))
    for arguments, layout, expected in (
            ({"clipnorm": 0.7}, LAYOUT, each), ({"global_clipnorm": 0.7}, LAYOUT, together),
            ({"clipnorm": 0.7}, None, together), ({"clipvalue": 0.7}, LAYOUT, clipping.clip_by_value(grads, 0.7)),
            ({}, LAYOUT, grads)):
        params, optimizer = np.zeros(10), optimizers.SGD(1.0, **arguments)
        optimizer.lay_out(layout)
        optimizer.update(params, grads)
        np.testing.assert_allclose(-params, expected, rtol=1e-14)
        np.testing.assert_array_equal(grads, held)
    assert not np.allclose(each, together)


def test_a_layout_may_be_replaced(rng):
    """A model whose vector is made anew tells it again; None takes it back."""
    optimizer = decaying(var_names=["bias"])
    decayed(optimizer)
    params = np.ones(10)
    optimizer.lay_out(tensors(a__bias=4, b__kernel=6))
    optimizer.update(params, np.zeros(10))
    assert np.flatnonzero(params != 1).tolist() == [4, 5, 6, 7, 8, 9]
    optimizer.lay_out(None)
    optimizer.weight_decay = 0.0
    optimizer.update(params, np.zeros(10))


def test_the_last_part_of_a_path_is_the_name_of_the_tensor():
    nested = tensors(dense__bias_block__kernel=4, dense__bias=6)
    assert decayed(decaying(var_names=["bias"]), nested) == [0, 1, 2, 3]


@pytest.mark.parametrize(("layout", "text"), [
    ([SimpleNamespace(path="a/w", start=1, stop=3)],
     "SGD.lay_out: a/w must start at 0, where the tensor before it stops, and stop after that, got start=1, stop=3"),
    ([SimpleNamespace(path="a/w", start=0, stop=3), SimpleNamespace(path="a/b", start=2, stop=5)],
     "SGD.lay_out: a/b must start at 3, where the tensor before it stops, and stop after that, got start=2, stop=5"),
    ([SimpleNamespace(path="a/w", start=0, stop=-1)], "got start=0, stop=-1"),
    ([SimpleNamespace(path="a/w", start=0, stop=0)], "got start=0, stop=0"),
])
def test_bad_layouts(layout, text):
    optimizer = optimizers.SGD()
    optimizer.lay_out(LAYOUT)
    with pytest.raises(ValueError) as caught:
        optimizer.lay_out(layout)
    assert text in str(caught.value)
    optimizer.update(np.ones(10), np.ones(10))          # the layout from before is still there


def test_vectors_of_another_length_than_the_layout():
    optimizer, params = optimizers.SGD(), np.ones(9)
    optimizer.lay_out(LAYOUT)
    with pytest.raises(ValueError, match=r"SGD.update: laid out for tensors of 10 entries in all, got params of 9; "
                                         r"lay_out the new tensors, or lay_out\(None\)"):
        optimizer.update(params, np.ones(9))
    assert params.tolist() == [1] * 9 and optimizer.iterations == 0
    optimizer.lay_out([])
    with pytest.raises(ValueError, match="laid out for tensors of 0 entries in all, got params of 9"):
        optimizer.update(params, np.ones(9))


@pytest.mark.parametrize(("rate", "decay"), [(0.5, 2.0), (lambda step: 0.4, 3.0)])
def test_a_decay_that_would_overshoot_is_refused(rate, decay):
    params, optimizer = np.ones(2), optimizers.SGD(rate, weight_decay=decay)
    with pytest.raises(ValueError, match=r"SGD.update: learning_rate \* weight_decay must be below 1, got 0.[45] \* "):
        optimizer.update(params, np.ones(2))
    assert params.tolist() == [1, 1] and optimizer.iterations == 0
    optimizer.weight_decay = 1.9
    optimizer.update(params, np.ones(2))
