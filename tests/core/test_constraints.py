"""Constraints: published values, properties, names, errors."""

import json
import math

import numpy as np
import pytest

from course_lib import constraints

MAKERS = {"max_norm": constraints.MaxNorm(1.5), "min_max_norm": constraints.MinMaxNorm(0.5, 1.25, 0.75),
          "non_neg": constraints.NonNeg(), "unit_norm": constraints.UnitNorm()}


def test_every_constraint_is_tested():
    assert set(MAKERS) == set(constraints.CONSTRAINTS)


def columns(formula, w):
    """``formula(length)`` is the length a column should get; Keras's 1e-7 stands in the denominator."""
    result = np.zeros_like(w)
    for j in range(w.shape[1]):
        length = math.sqrt(sum(v * v for v in w[:, j].tolist()))
        for i in range(w.shape[0]):
            result[i, j] = w[i, j] * formula(length) / (1e-7 + length)
    return result


@pytest.fixture
def w(rng):
    """Columns of lengths from 0 to 10."""
    w = rng.normal(size=(4, 5))
    return w / np.linalg.norm(w, axis=0) * [0, 0.2, 1, 1.4, 10]


def test_published_values():
    """Under the limit weights shrink by a relative 1e-7 / norm; a zero vector stays zero."""
    w = np.array([[0.3], [0.4]])
    assert constraints.MaxNorm(2)(w).ravel() == pytest.approx([0.29999995, 0.39999992], abs=1e-8)
    assert constraints.MaxNorm(2)(w)[0, 0] == pytest.approx(0.3 * 0.5 / 0.5000001, rel=1e-15)
    assert constraints.MaxNorm(1)(np.array([[3.0], [4.0]])).ravel() == pytest.approx([0.6, 0.8], rel=1e-7)
    assert constraints.MaxNorm(1)(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert constraints.NonNeg()(np.array([-1.0, 0.0, 2.0])).tolist() == [0, 0, 2]
    assert constraints.UnitNorm()(np.array([[3.0], [4.0]])).ravel() == pytest.approx([0.6, 0.8], rel=1e-7)


def test_columns(w):
    """The norm is that of a unit's incoming weights, a column of the kernel."""
    for constraint, formula in ((constraints.MaxNorm(1.2), lambda n: min(n, 1.2)),
                                (constraints.UnitNorm(), lambda n: 1),
                                (constraints.MinMaxNorm(0.5, 1.2), lambda n: min(max(n, 0.5), 1.2)),
                                (constraints.MinMaxNorm(0.5, 1.2, 0.25),
                                 lambda n: 0.25 * min(max(n, 0.5), 1.2) + 0.75 * n),
                                (constraints.MinMaxNorm(1.2, 1.2), lambda n: 1.2),
                                (constraints.MinMaxNorm(0.0, 1.2, 0.0), lambda n: n)):
        np.testing.assert_allclose(constraint(w), columns(formula, w), rtol=1e-14, atol=1e-300)


def test_axes(rng):
    w = rng.normal(size=(3, 3, 4, 5))
    kernel = constraints.MaxNorm(0.5, axis=(0, 1, 2))(w)
    np.testing.assert_allclose(np.sqrt((kernel ** 2).sum(axis=(0, 1, 2))), 0.5, rtol=1e-6)
    rows = constraints.UnitNorm(axis=1)(w[0, 0])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(constraints.UnitNorm(axis=-1)(w[0, 0]), rows)
    np.testing.assert_array_equal(constraints.UnitNorm(axis=-2)(w[0, 0]), constraints.UnitNorm()(w[0, 0]))
    np.testing.assert_array_equal(constraints.MaxNorm(0.5, axis=[0, 1, 2])(w), kernel)
    assert constraints.MaxNorm(0.5, axis=(0, 1)).get_config() == {"max_value": 0.5, "axis": [0, 1]}


def test_defaults():
    assert constraints.get("max_norm").get_config() == {"max_value": 2.0, "axis": 0}
    assert constraints.get("min_max_norm").get_config() == {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}
    assert constraints.get("unit_norm").get_config() == {"axis": 0}
    assert constraints.get("non_neg").get_config() == {}
    assert (constraints.max_norm, constraints.min_max_norm, constraints.non_neg, constraints.unit_norm) == (
        constraints.MaxNorm, constraints.MinMaxNorm, constraints.NonNeg, constraints.UnitNorm)


@pytest.mark.parametrize("constraint", MAKERS.values(), ids=MAKERS)
class TestEach:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_types(self, constraint, dtype, w):
        w = w.astype(dtype)
        held = w.copy()
        projected = constraint(w)
        assert projected.dtype == dtype and projected.shape == w.shape and not np.shares_memory(projected, w)
        np.testing.assert_array_equal(w, held)

    def test_twice_is_once(self, constraint, w):
        """A projection, up to the shrinking; at rate 0.75 each application goes three quarters of the way."""
        once = constraint(w)
        if getattr(constraint, "rate", 1) == 1:
            np.testing.assert_allclose(constraint(once), once, rtol=1e-6)
        else:
            assert np.linalg.norm(constraint(once), axis=0)[-1] == pytest.approx(1.25 + 0.25 ** 2 * 8.75, rel=1e-6)

    def test_serialize(self, constraint):
        saved = json.loads(json.dumps(constraints.serialize(constraint)))
        for again in (constraints.get(saved), constraints.deserialize(saved)):
            assert type(again) is type(constraint) and again.get_config() == constraint.get_config()


def test_get():
    norm = constraints.MaxNorm(3, axis=[0, 1])
    assert constraints.get(norm) is norm
    assert constraints.get(None) is None
    assert constraints.get(constraints.MaxNorm).max_value == 2
    assert constraints.serialize(None) is None and constraints.deserialize(None) is None
    assert repr(norm) == "MaxNorm(max_value=3.0, axis=[0, 1])"
    assert constraints.get(constraints.serialize(norm)).axis == (0, 1)


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: constraints.MaxNorm(0), ValueError, "MaxNorm: max_value must be a number in (0, inf), got 0 (int)"),
    (lambda: constraints.MaxNorm(-1), ValueError, "got -1 (int)"),
    (lambda: constraints.MinMaxNorm(-1), ValueError, "MinMaxNorm: min_value must be a number in [0, inf), got -1"),
    (lambda: constraints.MinMaxNorm(2, 1), ValueError, "MinMaxNorm: max_value must be at least min_value, got 1 and 2"),
    (lambda: constraints.MinMaxNorm(rate=1.5), ValueError, "MinMaxNorm: rate must be a number in [0, 1], got 1.5"),
    (lambda: constraints.MinMaxNorm(rate=-0.5), ValueError, "got -0.5"),
    (lambda: constraints.MaxNorm(axis=0.0), ValueError, "MaxNorm: axis must be an integer, got 0.0 (float)"),
    (lambda: constraints.UnitNorm(axis=(0, "1")), ValueError, "UnitNorm: axis must be an integer, got '1' (str)"),
    (lambda: constraints.UnitNorm(1)(np.ones(3)), ValueError,
     "UnitNorm: axis must be one of the 1 axes of w, got 1 for an array of shape (3,), dtype float64"),
    (lambda: constraints.MaxNorm(1, axis=-3)(np.ones((3, 3))), ValueError, "MaxNorm: axis must be one of the 2 axes"),
    (lambda: constraints.MaxNorm(1, axis=(0, 2))(np.ones((3, 3))), ValueError, "got (0, 2) for an array"),
    (lambda: constraints.NonNeg()("a"), TypeError, "NonNeg: w must hold real numbers, got 'a' (str)"),
    (lambda: constraints.UnitNorm()(None), TypeError, "UnitNorm: w must hold real numbers, got None (NoneType)"),
    (lambda: constraints.get("maxnorm"), ValueError, "Did you mean 'max_norm'?"),
    (lambda: constraints.get({}), ValueError, "constraint: expected a dict with name and config, got {} (dict)"),
    (lambda: constraints.deserialize({}), ValueError,
     "constraint: expected a dict with name and config, got {} (dict)"),
    (lambda: constraints.serialize(constraints.Constraint()), ValueError,
     "constraint Constraint() (Constraint) cannot be saved: only these can: max_norm"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
