"""Structure first, then shapes, then numbers; and what a report says of it."""

import numpy as np
import pytest

from course_lib.grading.compare import _apart, difference, equal, show


@pytest.mark.parametrize("expected, got", [
    (1.0, 1), (1.0, 1.0 + 1e-10), (1.0, np.array(1.0)), ((1.0, 2.0), [1.0, 2.0]), ([1.0], (1,)),
    (np.eye(2), [[1, 0], [0, 1]]), (np.eye(2), np.eye(2, dtype=np.float32)), (np.zeros(3), np.zeros(3) + 1e-13),
    ({"a": np.ones(2)}, {"a": np.ones(2)}), (float("nan"), float("nan")), (None, None), ("a", "a"),
    (np.array([np.inf, 1.0]), np.array([np.inf, 1.0])), (np.zeros((0, 2)), np.zeros((0, 2))), (1e-300, 0.0),
], ids=str)
def test_equal(expected, got):
    assert equal(expected, got, 1e-9)


@pytest.mark.parametrize("expected, got, kind", [
    (1.0, 1.0 + 1e-8, "number"), (1.0, float("nan"), "number"), (1.0, None, "structure"), (1.0, "1", "structure"),
    (1.0, True, "structure"), (1.0, np.array([1.0]), "structure"), ((1.0, 2.0), (1.0,), "structure"),
    ((1.0,), np.ones(1), "structure"), (np.ones(2), (1.0, "a"), "structure"), (np.ones(2), np.ones((2, 1)), "shape"),
    (np.ones(2), [1.0, 1.0, 1.0], "shape"), (np.ones(2), [[1.0], [1.0, 2.0]], "structure"),
    (np.ones(2), np.array([1.0, np.nan]), "number"), (np.ones(2), np.array([1.0, np.inf]), "number"),
    (np.ones(2), 1.0, "structure"), ({"a": 1.0}, {"b": 1.0}, "structure"), ({"a": 1.0}, [1.0], "structure"),
    ("a", "b", "number"), (True, False, "number"), (True, 1, "structure"), (None, 0, "structure"),
], ids=str)
def test_different(expected, got, kind):
    assert difference(expected, got, 1e-9).kind == kind


def test_the_place_is_named():
    expected = (np.zeros(2), [1.0, {"a": np.arange(100.0)}])
    got = (np.zeros(2), [1.0, {"a": np.arange(100.0)}])
    got[1][1]["a"][42] = 7
    found = difference(expected, got, 1e-9, ("dX", "dW"))
    assert found.where == "dW[1]['a'][42]"
    assert (found.expected, found.got) == ("42", "7 (1 of 100 entries differ)")


def test_the_tolerance_is_relative_to_the_largest_entry():
    expected = np.array([1e6, 1.0])
    assert equal(expected, expected + [0, 5e-4], 1e-9)
    assert not equal(expected, expected + [0, 5e-3], 1e-9)
    assert not equal(expected * 1e-12, expected * 1.1e-12, 1e-9)


def test_texts_that_would_look_the_same_get_more_digits():
    found = difference(1.0, 1.0 + 1e-8, 1e-9)
    assert (found.expected, found.got) == ("1", "1.00000001")


def test_structure_is_told_in_words():
    found = difference((1.0, 2.0), np.zeros((2, 3)), 1e-9, ("loss", "grads"))
    assert found.expected == "a tuple of 2 values (loss, grads)"
    assert found.got == "an array of shape (2, 3)"


@pytest.mark.parametrize(("value", "words"), [
    (None, "None"), ({"b": 1.0, "a": 2.0}, "a dict with the keys 'a', 'b'"), ({}, "a dict with the keys (none)"),
    ([1.0], "a list of 1 value"), ("text", "the str 'text'"),
])
def test_the_structure_of_what_came_instead(value, words):
    assert difference((1.0, 2.0), value, 1e-9).got == words


def test_texts_that_no_digit_tells_apart_stay_as_they_are():
    assert _apart(0.1, np.nextafter(0.1, 1)) == ("0.10000000000000001", "0.10000000000000002")
    assert _apart(0.5, 0.5) == ("0.5", "0.5")


@pytest.mark.parametrize("value, text", [
    (1 / 3, "0.333333"), (np.array([1.0, -0.5]), "[   1, -0.5]"), (np.array([1, 20]), "[ 1, 20] (int64)"),
    (np.ones(2, np.float32), "[1, 1] (float32)"), (np.zeros((0, 2)), "[] ((0, 2))"),
    ("a" * 500, "'" + "a" * 199 + "..."),
    (np.zeros((10, 10)), "array of shape (10, 10), float64"), ([1, (2.5, "x")], "[1, (2.5, 'x')]"),
    ({"a": 1}, "{'a': 1}"),
    (list(range(20)), "[0, 1, 2, 3, 4, 5, 6, 7, ...]"),
], ids=str)
def test_show(value, text):
    assert show(value) == text
    with np.printoptions(precision=1, threshold=1, linewidth=10, sign="+", legacy="1.13"):
        assert show(value) == text


@pytest.mark.parametrize("value", [
    np.eye(2), np.array([0.5, 1]), np.arange(3), np.arange(4, dtype=np.int32).reshape(2, 2), np.ones(2, np.float32),
    np.array([True, False]), [(np.eye(2), np.array([0.25])), (np.ones((2, 1)), np.zeros(1))], (np.zeros(2), 0.5), (1,),
    {"a": [1.5, "x"]}, np.array(3.0), np.array([1e-20, 2]),
], ids=str)
def test_show_as_code_gives_the_value_back(value):
    again = eval(show(value, code=True), {"np": np})
    assert equal(value, again, 1e-12)
    assert getattr(again, "dtype", None) == getattr(value, "dtype", None)
