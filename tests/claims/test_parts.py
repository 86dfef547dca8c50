"""What measures share: ratios of times on a planted clock, layers with and without normalization, the hash."""

import math

import numpy as np
import pytest

from course_lib import Input, Sequential, layers
from course_lib.claims import parts
from course_lib.claims.protocol import code_of


def test_median_ratio_of_a_planted_clock(monkeypatch):
    """The second call always takes 2 s; the first 50, for its buffers, then 2, 30, 3, 8, 4: the median is 4 / 2."""
    now, calls = [0.0], []
    durations = iter((50.0, 2.0, 30.0, 3.0, 8.0, 4.0))
    monkeypatch.setattr(parts.time, "perf_counter", lambda: now[0])

    def first():
        calls.append("first")
        now[0] += next(durations)

    def second():
        calls.append("second")
        now[0] += 2.0

    assert parts.median_ratio(first, second, rounds=5) == 4.0 / 2.0
    assert calls == ["second", "first", "first", "second"] * 3                 # in turn, each of them first


@pytest.mark.parametrize(("loss", "kept"), [(0.5, 0.5), (math.nan, 1e6), (math.inf, 1e6), (3e7, 1e6)])
def test_kept_finite(loss, kept):
    assert parts.kept_finite(loss) == kept


@pytest.mark.parametrize(("place", "expected"), [
    ("none", ["Dense relu True"]), ("after", ["Dense relu True", "BatchNormalization 0.9"]),
    ("before", ["Dense linear False", "BatchNormalization 0.9", "Activation relu"])])
def test_hidden_layer(place, expected):
    found = []
    for layer in parts.hidden_layer(5, "relu", "he_normal", place, 0.9):
        match layer:
            case layers.Dense():
                found.append(f"Dense {layer.activation.name or 'linear'} {layer.use_bias}")
            case layers.BatchNormalization():
                found.append(f"BatchNormalization {layer.momentum}")
            case layers.Activation():
                found.append(f"Activation {layer.activation.name}")
    assert found == expected
    stack = Sequential([Input((3,)), *parts.hidden_layer(5, "relu", "he_normal", place, 0.9)], seed=0)
    assert stack.predict(np.ones((2, 3)), verbose=0).shape == (2, 5)


def measure(cell, seed, settings):
    return {"y": kept(cell["x"]) + parts_hidden(cell)}


kept = parts.kept_finite


def parts_hidden(cell):
    return cell["x"]


def test_the_hash_covers_shared_parts_and_nothing_else():
    found = code_of(measure)
    assert set(found) == {"measure", "parts_hidden", "course_lib.claims.parts.kept_finite",
                          "course_lib.claims.parts.LOST"}
    assert found["course_lib.claims.parts.LOST"] == "1000000.0"
