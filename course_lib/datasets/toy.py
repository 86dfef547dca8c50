"""Generated data in the plane: x (m, 2) float64, y (m,) int64, shuffled, from the generator that is passed in."""

from __future__ import annotations

import numpy as np

from course_lib import _checks


def xor() -> tuple[np.ndarray, np.ndarray]:
    """The four corners of the unit square; the label is 1 where exactly one coordinate is 1.

    For many points with this pattern, take ``checkerboard`` with two cells a side.
    """
    return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])


def blobs(samples: int, rng: np.random.Generator, classes: int = 2, gap: float = 4.0,
          stddev: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Normal clouds around ``classes`` points on a circle whose neighbours are ``gap`` apart."""
    samples = _checks.integer("toy.blobs", "samples", samples, low=1)
    _checks.generator("toy.blobs", rng)
    classes = _checks.integer("toy.blobs", "classes", classes, low=2)
    gap = _checks.number("toy.blobs", "gap", gap, low=0)
    stddev = _checks.number("toy.blobs", "stddev", stddev, low=0)
    y = rng.permutation(np.arange(samples) % classes)
    angle = 2 * np.pi * y / classes
    radius = gap / (2 * np.sin(np.pi / classes))
    centres = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return centres + rng.normal(0, stddev, (samples, 2)), y


def moons(samples: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles of radius 1; ``noise`` is the standard deviation added to each coordinate."""
    samples = _checks.integer("toy.moons", "samples", samples, low=1)
    _checks.generator("toy.moons", rng)
    noise = _checks.number("toy.moons", "noise", noise, low=0)
    y = rng.permutation(np.arange(samples) % 2)
    angle = rng.uniform(0, np.pi, samples)
    x = np.column_stack([np.where(y == 0, np.cos(angle), 1 - np.cos(angle)),
                         np.where(y == 0, np.sin(angle), 0.5 - np.sin(angle))])
    return x + rng.normal(0, noise, x.shape), y


def spirals(samples: int, rng: np.random.Generator, classes: int = 2, turns: float = 1.5,
            noise: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """``classes`` spiral arms from the origin out to radius 1, each making ``turns`` turns."""
    samples = _checks.integer("toy.spirals", "samples", samples, low=1)
    _checks.generator("toy.spirals", rng)
    classes = _checks.integer("toy.spirals", "classes", classes, low=2)
    turns = _checks.number("toy.spirals", "turns", turns, low=0, open_low=True)
    noise = _checks.number("toy.spirals", "noise", noise, low=0)
    y = rng.permutation(np.arange(samples) % classes)
    radius = np.sqrt(rng.uniform(0, 1, samples))
    angle = 2 * np.pi * (turns * radius + y / classes)
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(0, noise, (samples, 2)), y


def checkerboard(samples: int, rng: np.random.Generator, cells: int = 4,
                 noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A board of ``cells`` x ``cells`` squares over [-1, 1]^2, each filled evenly; the one at (-1, -1) has label 0.

    noise: the standard deviation added to each coordinate, which carries points into other squares.
    """
    samples = _checks.integer("toy.checkerboard", "samples", samples, low=1)
    _checks.generator("toy.checkerboard", rng)
    cells = _checks.integer("toy.checkerboard", "cells", cells, low=2)
    noise = _checks.number("toy.checkerboard", "noise", noise, low=0)
    y = rng.permutation(np.arange(samples) % 2)
    corners = np.indices((cells, cells)).reshape(2, -1).T
    x = np.empty((samples, 2))
    for label in (0, 1):
        rows, squares = y == label, corners[corners.sum(axis=1) % 2 == label]
        x[rows] = squares[rng.integers(len(squares), size=rows.sum())]
    x += rng.uniform(size=x.shape)                          # somewhere in its square
    return 2 * x / cells - 1 + rng.normal(0, noise, x.shape), y
