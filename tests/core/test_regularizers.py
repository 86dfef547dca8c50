"""Penalties: published values, gradients against differences, names, errors."""

import json

import numpy as np
import pytest
import reference

from course_lib import regularizers

MAKERS = {"l1": regularizers.L1(0.25), "l2": regularizers.L2(0.5), "l1_l2": regularizers.L1L2(0.25, 0.5)}


def test_every_regularizer_is_tested():
    assert set(MAKERS) == set(regularizers.REGULARIZERS)


def test_published_values():
    """l2(0.01) of (3, 4) is 0.25: the squared norm, without a factor 1/2 and without a root."""
    w = np.array([3.0, -4.0])
    assert regularizers.L2(0.01)(w) == 0.25
    assert regularizers.L1(0.01)(w) == pytest.approx(0.07, rel=1e-15)
    assert regularizers.L1L2(0.01, 0.01)(w) == pytest.approx(0.32, rel=1e-15)
    assert regularizers.L2(0.5).gradient(w).tolist() == [3, -4]
    assert regularizers.L1(0.5).gradient(np.array([3.0, -4.0, 0.0, -0.0])).tolist() == [0.5, -0.5, 0, 0]
    assert regularizers.L1L2(0.5, 0.25).gradient(np.array([3.0, -4.0, 0.0])).tolist() == [0.5 + 1.5, -0.5 - 2, 0]


def test_defaults():
    """Keras's: 0.01 for one, 0 for each of both, also by name."""
    w = np.array([3.0, -4.0])
    assert regularizers.get("l1")(w) == regularizers.L1(0.01)(w)
    assert regularizers.get("l2")(w) == regularizers.L2(0.01)(w)
    assert regularizers.get("l1_l2")(w) == 0
    assert regularizers.get("l1_l2").gradient(w).tolist() == [0, 0]
    assert (regularizers.l1, regularizers.l2, regularizers.l1_l2) == (regularizers.L1, regularizers.L2,
                                                                      regularizers.L1L2)


@pytest.mark.parametrize("regularizer", MAKERS.values(), ids=MAKERS)
class TestEach:
    def test_gradient(self, regularizer, rng):
        w = rng.normal(size=(4, 3))
        numeric = reference.central_difference(regularizer, w)
        assert reference.relative_error(regularizer.gradient(w), numeric) < 1e-9

    def test_scalar_loop(self, regularizer, rng):
        w = rng.normal(size=(4, 3))
        factors = {"l1": 0.0, "l2": 0.0, **regularizer.get_config()}
        exact = sum(factors["l1"] * abs(v) + factors["l2"] * v * v for v in w.ravel().tolist())
        assert regularizer(w) == pytest.approx(exact, rel=1e-14)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_types(self, regularizer, dtype, rng):
        w = rng.normal(size=(4, 3)).astype(dtype)
        held = w.copy()
        assert type(regularizer(w)) is float
        gradient = regularizer.gradient(w)
        assert gradient.dtype == dtype and not np.shares_memory(gradient, w)
        np.testing.assert_array_equal(w, held)

    def test_serialize(self, regularizer):
        saved = json.loads(json.dumps(regularizers.serialize(regularizer)))
        for again in (regularizers.get(saved), regularizers.deserialize(saved)):
            assert type(again) is type(regularizer) and again.get_config() == regularizer.get_config()


def test_get():
    l2 = regularizers.L2(0.1)
    assert regularizers.get(l2) is l2
    assert regularizers.get(None) is None
    assert regularizers.get(regularizers.L2).l2 == 0.01
    assert regularizers.serialize(None) is None and regularizers.deserialize(None) is None
    assert repr(l2) == "L2(l2=0.1)"
    assert repr(regularizers.L1L2(0.5)) == "L1L2(l1=0.5, l2=0.0)"


def test_one_s_own():
    class Mine(regularizers.Regularizer):
        def __call__(self, w):
            return float((w ** 4).sum())

        def gradient(self, w):
            return 4 * w ** 3

    mine = Mine()
    assert regularizers.get(mine) is mine and mine(np.array([2.0])) == 16 and repr(mine) == "Mine()"
    with pytest.raises(ValueError, match=r"regularizer Mine\(\) \(Mine\) cannot be saved: only these can: l1,"):
        regularizers.serialize(mine)


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: regularizers.L1(-0.1), ValueError, "L1: l1 must be a number in [0, inf), got -0.1 (float)"),
    (lambda: regularizers.L2(-1), ValueError, "L2: l2 must be a number in [0, inf), got -1 (int)"),
    (lambda: regularizers.L1L2(l2="a"), ValueError, "L1L2: l2 must be a number in [0, inf), got 'a' (str)"),
    (lambda: regularizers.L2(float("nan")), ValueError, "got nan (float)"),
    (lambda: regularizers.get("LL2"), ValueError,
     "unknown regularizer 'LL2' (str); expected one of: l1, l2, l1_l2. Did you mean 'l2'?"),
    (lambda: regularizers.get(0.01), ValueError, "unknown regularizer 0.01 (float)"),
    (lambda: regularizers.get({"l2": 0.1}), ValueError,
     "regularizer: expected a dict with name and config, got {'l2': 0.1} (dict)"),
    (lambda: regularizers.get({"name": "l2", "config": 3}), ValueError, "expected a dict with name and config"),
    (lambda: regularizers.deserialize({"l2": 0.1}), ValueError, "regularizer: expected a dict with name and config"),
    (lambda: regularizers.L2()("a"), TypeError, "L2: w must hold real numbers, got 'a' (str)"),
    (lambda: regularizers.L1().gradient(None), TypeError, "L1: w must hold real numbers, got None (NoneType)"),
    (lambda: regularizers.L1L2()([]), ValueError, "L1L2: w must not be empty"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
