"""Clipping against scalar loops, the numbers of the course, and gradients that are zero, huge, tiny or not finite."""

import math

import numpy as np
import pytest

from course_lib import clipping

DTYPES = ("float32", "float64")
BOUND = {"float32": 1e-6, "float64": 1e-14}


def length(*arrays):
    return math.sqrt(math.fsum(float(x) ** 2 for a in arrays for x in a.ravel()))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(7,), (4, 3), (2, 3, 2)])
@pytest.mark.parametrize("limit", [0.5, 3.0, 1e6])
def test_against_scalar_loops(dtype, shape, limit, rng):
    a, b = (3 * rng.normal(size=shape)).astype(dtype), rng.normal(size=5).astype(dtype)
    held = a.copy(), b.copy()
    by_value = clipping.clip_by_value(a, limit)
    by_norm = clipping.clip_by_norm(a, limit)
    both = clipping.clip_by_global_norm([a, b], limit)
    for i in np.ndindex(shape):
        x = float(a[i])
        assert by_value[i] == max(-limit, min(limit, x))
        assert by_norm[i] == pytest.approx(x * min(1, limit / length(a)), rel=BOUND[dtype])
        assert both[0][i] == pytest.approx(x * min(1, limit / length(a, b)), rel=BOUND[dtype])
    np.testing.assert_allclose(both[1], b * min(1, limit / length(a, b)), rtol=BOUND[dtype])
    assert {x.dtype.name for x in (by_value, by_norm, *both)} == {dtype}
    assert not any(np.shares_memory(x, y) for x in (by_value, by_norm, *both) for y in (a, b))
    np.testing.assert_array_equal(a, held[0])
    np.testing.assert_array_equal(b, held[1])
    assert clipping.global_norm([a, b]) == pytest.approx(length(a, b), rel=BOUND[dtype])


def test_one_large_entry():
    """(0.9, 100): by value it turns from 89.5 to 48.0 degrees, by norm it keeps its direction."""
    g = np.array([0.9, 100.0])
    by_value, by_norm = clipping.clip_by_value(g, 1.0), clipping.clip_by_norm(g, 1.0)
    assert by_value.tolist() == [0.9, 1.0]
    np.testing.assert_allclose(by_norm, [0.0090, 0.99996], atol=5e-6)
    assert [round(math.degrees(math.atan2(*v[::-1])), 1) for v in (g, by_value, by_norm)] == [89.5, 48.0, 89.5]


def test_each_tensor_or_all():
    """Norms 5 and 1, limit 1: each by itself turns the whole gradient (cosine 0.832), all together do not."""
    tensors = [np.array([3.0, 4.0]), np.array([0.6, 0.8, 0.0])]
    each, together = [clipping.clip_by_norm(t, 1.0) for t in tensors], clipping.clip_by_global_norm(tensors, 1.0)
    flat = np.concatenate(tensors)
    for clipped, cosine, norm in ((each, 0.832, 1.414), (together, 1.000, 1.000)):
        v = np.concatenate(clipped)
        assert v @ flat / length(v) / length(flat) == pytest.approx(cosine, abs=5e-4)
        assert length(v) == pytest.approx(norm, abs=5e-4)


@pytest.mark.parametrize("dtype", DTYPES)
def test_short_gradients_stay_to_the_bit(dtype, rng):
    g = rng.normal(size=9).astype(dtype)
    norm = clipping.global_norm([g])
    for limit in (norm, 1.1 * norm):
        np.testing.assert_array_equal(clipping.clip_by_norm(g, limit), g)
        np.testing.assert_array_equal(clipping.clip_by_global_norm([g], limit)[0], g)
    np.testing.assert_array_equal(clipping.clip_by_value(g, float(np.abs(g).max())), g)


@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_stays_zero(dtype):
    zero = np.zeros(4, dtype)
    assert not clipping.clip_by_value(zero, 1.0).any() and not clipping.clip_by_norm(zero, 1.0).any()
    assert not np.concatenate(clipping.clip_by_global_norm([zero, zero], 1.0)).any()
    assert clipping.global_norm([zero]) == clipping.global_norm([]) == 0 and clipping.clip_by_global_norm([], 1.0) == []


@pytest.mark.parametrize(("dtype", "size"), [("float32", 1e30), ("float32", 1e-30), ("float64", 1e200),
                                             ("float64", 1e-200)])
def test_squares_that_overflow_or_vanish(dtype, size):
    """A norm from the plain sum of squares would be infinite or 0, and the clipped gradient 0 or unclipped."""
    g = (np.array([3.0, -4.0]) * size).astype(dtype)
    assert clipping.global_norm([g]) == pytest.approx(5 * size, rel=BOUND[dtype])
    clipped = clipping.clip_by_norm(g, 2.5 * size)
    np.testing.assert_allclose(clipped, np.array([1.5, -2.0]) * size, rtol=BOUND[dtype])
    np.testing.assert_allclose(clipping.clip_by_global_norm([g, 2 * g], 1.0 * size)[0][0], 3 / 5 ** 1.5 * size,
                               rtol=BOUND[dtype])
    for uneven in ([size, 1 / size], [1 / size, size], [-size, 1 / size]):
        large = max(size, 1 / size)
        assert clipping.global_norm([np.array(uneven, dtype)]) == pytest.approx(large, rel=BOUND[dtype])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_not_finite(bad, dtype):
    """NaN stays NaN, infinity is cut by value; no norm hides that something went wrong."""
    g = np.array([1.0, bad, -2.0], dtype)
    by_value = clipping.clip_by_value(g, 0.5)
    np.testing.assert_array_equal(by_value, [0.5, math.copysign(0.5, bad) if math.isinf(bad) else math.nan, -0.5])
    assert np.isnan(clipping.clip_by_norm(g, 1.0)).all()
    assert np.isnan(np.concatenate(clipping.clip_by_global_norm([np.ones(2, dtype), g], 1.0))).all()


def test_out(rng):
    g = rng.normal(size=5)
    for function in (clipping.clip_by_value, clipping.clip_by_norm):
        out = np.empty(5)
        assert function(g, 0.5, out=out) is out
        np.testing.assert_array_equal(out, function(g, 0.5))


def test_lists_are_taken():
    assert clipping.clip_by_value([1, -5], 2).tolist() == [1.0, -2.0]
    assert clipping.clip_by_norm([3, 4], 1).tolist() == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: clipping.clip_by_value(np.ones(2), 0), ValueError,
     "clip_by_value: clipvalue must be a number in (0, inf), got 0 (int)"),
    (lambda: clipping.clip_by_norm(np.ones(2), -1.0), ValueError,
     "clip_by_norm: clipnorm must be a number in (0, inf), got -1.0 (float)"),
    (lambda: clipping.clip_by_global_norm([np.ones(2)], math.nan), ValueError,
     "clip_by_global_norm: clipnorm must be a number in (0, inf), got nan (float)"),
    (lambda: clipping.clip_by_norm(np.ones(2), None), ValueError,
     "clip_by_norm: clipnorm must be a number in (0, inf), got None (NoneType)"),
    (lambda: clipping.clip_by_value("a", 1.0), TypeError, "clip_by_value: gradient must hold real numbers, got 'a'"),
    (lambda: clipping.clip_by_norm(np.empty(0), 1.0), ValueError, "clip_by_norm: gradient must not be empty"),
    (lambda: clipping.clip_by_global_norm(np.ones((2, 2)), 1.0), TypeError,
     "clip_by_global_norm: gradients must be a list of arrays, got an array of shape (2, 2), dtype float64"),
    (lambda: clipping.clip_by_global_norm([np.ones(2), "b"], 1.0), TypeError,
     "clip_by_global_norm: each gradient must hold real numbers, got 'b'"),
    (lambda: clipping.global_norm(3.0), TypeError, "global_norm: gradients must be a list of arrays, got 3.0 (float)"),
])
def test_bad_input(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value).startswith(text)


@pytest.mark.parametrize(("dtype", "unit"), [("float32", 1e-23), ("float64", 1e-162)])
def test_norms_where_squares_lose_their_digits(dtype, unit):
    g = np.array([3 * unit, 4 * unit], dtype)
    assert clipping.global_norm([g]) == pytest.approx(5 * unit, rel=1e-6)
