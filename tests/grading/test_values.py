"""What may cross between the processes, and what is refused."""

import json

import numpy as np
import pytest

from course_lib.grading.drivers import Cubic
from course_lib.grading.values import DTYPES, MAX_BYTES, Named, Refused, Seed, build, decode, decode_arguments, encode


def through_json(value):
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


@pytest.mark.parametrize("value", [
    None, True, False, 0, -3, 2**63, 0.1, -0.0, 1e308, float("inf"), float("-inf"), "", "Größe \ud800 \0",
    [], (), {}, [1, [2, (3, None)]], (1.5, "a"), {"a": [1], 2: {"b": (True,)}},
], ids=repr)
def test_plain_values_survive(value):
    found = through_json(value)
    assert found == value and type(found) is type(value)


def test_nan_survives():
    assert np.isnan(through_json(float("nan")))


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 4)], ids=str)
def test_arrays_survive_to_the_bit(dtype, shape, rng):
    array = rng.normal(scale=10, size=shape).astype(dtype)
    found = through_json(array)
    assert found.dtype == array.dtype and found.shape == array.shape and found.tobytes() == array.tobytes()
    assert found.flags.writeable


def test_arrays_in_any_memory_order_survive(rng):
    array = rng.normal(size=(4, 6))
    for view in (array.T, array[::-2, 1::2], np.asfortranarray(array), array.astype(">f8")):
        np.testing.assert_array_equal(through_json(view), view)


@pytest.mark.parametrize("value, plain", [
    (np.float64(1.5), 1.5), (np.float32(0.5), 0.5), (np.int32(7), 7), (np.bool_(True), True), (np.str_("a"), "a"),
], ids=repr)
def test_numpy_scalars_become_plain(value, plain):
    found = through_json(value)
    assert found == plain and type(found) is type(plain)


def test_array_subclasses_lose_their_tricks():
    class Lying(np.ndarray):
        def __eq__(self, other):
            return True

    found = through_json(np.arange(3.0).view(Lying))
    assert type(found) is np.ndarray and not (found == 9).any()


def endless():
    values = []
    values.append(values)
    return values


@pytest.mark.parametrize("value, words", [
    (1j, "complex"), (np.array([1j]), "complex"), (np.array([None, "a"]), "Python objects"),
    (np.array(["a"]), "strings"), (np.array(["2024"], "M8[Y]"), "datetime64"), (np.complex64(1), "complex64"),
    ((i for i in ()), "yield"), (object(), "object"), ({1, 2}, "set"), (b"ab", "bytes"), (len, "meant to be called"),
    (endless(), "contain itself"), (2**64, "65 bits"), (range(3), "range"), ({(1,): 2}, "keys are strings"),
    (np.broadcast_to(0.0, (10**6, 10**6)), r"\(1000000, 1000000\)"), ("x" * (MAX_BYTES + 1), "16 MB"),
    ([0] * 200_000, "100,000"), ([[1, {"a": object()}]], r"at \[0\]\[1\]\['a'\]"),
], ids=lambda value: type(value).__name__)
def test_everything_else_is_refused_in_words(value, words):
    with pytest.raises(Refused, match=words):
        encode(value)


def test_a_coroutine_is_refused_and_closed():
    async def answer():
        return 1

    with pytest.raises(Refused, match="async def"):
        encode(answer())


@pytest.mark.parametrize("message", [
    {"array": ["float64", [2], "AAAA"]}, {"array": ["object", [1], "AAAA"]}, {"array": ["float64", [-1], ""]},
    {"array": ["float64", [1], "###"]}, {"array": ["float64"]}, {"array": 3}, {"list": 3}, {"tuple": None},
    {"dict": [[1]]}, {"dict": [[[], 1]]}, {"float": "one"}, {"float": []}, {"pickle": "gASV"}, {}, [], [1],
    {"list": [], "tuple": []}, {"named": ["os:system", ["true"]]}, {"seed": 1},
], ids=str)
def test_malformed_messages_are_refused(message):
    with pytest.raises(Refused):
        decode(message)


@pytest.mark.parametrize("message", [{"named": ["nowhere:x", []]}, {"named": ["os", []]}, {"seed": "x"}], ids=str)
def test_malformed_arguments_are_refused(message):
    with pytest.raises(Refused):
        decode_arguments(message)


def test_deep_messages_are_refused():
    message = 1
    for _ in range(100):
        message = {"list": [message]}
    with pytest.raises(Refused, match="deep"):
        decode(message)


def test_named_callables_and_generators_are_made_on_the_other_side(rng):
    scale = rng.normal(size=3)
    sent = json.loads(json.dumps(encode([Named(Cubic, (scale, 0.5)), Seed(5)])))
    with pytest.raises(Refused):
        decode(sent)  # not in an answer
    named, seed = decode_arguments(sent)
    assert build(named)(np.ones(3)) == Cubic(scale, 0.5)(np.ones(3))
    assert build(seed).random() == np.random.default_rng(5).random()
    assert build(7) == 7
