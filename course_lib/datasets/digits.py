"""The optical digits: 1,797 real handwritten digits as 8 x 8 images, part of the package (see DIGITS.md)."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from course_lib import _checks

CLASSES = 10
TEST_ROWS, VALIDATION_ROWS = 450, 300


class Splits(NamedTuple):
    """Three pairs (x, y): x (m, 64) standardised, y (m,) integer labels 0..9."""

    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


@cache
def _arrays() -> tuple[np.ndarray, np.ndarray]:
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as file:
        images, labels = file["images"], file["labels"].astype(np.int64)
    images.setflags(write=False)
    labels.setflags(write=False)
    return images, labels


def load_all() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 8, 8) uint8, grey levels 0..16, and labels (1797,) int64, in scikit-learn's order."""
    images, labels = _arrays()
    return images.copy(), labels.copy()


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """((x_train, y_train), (x_test, y_test)), as Keras's data sets come: images (m, 8, 8) uint8, labels (m,) int64.

    1,347 rows for training and 450 for testing, every class in proportion, the same split at every call.
    """
    images, labels = _arrays()
    train, test = _stratified(labels, TEST_ROWS, np.random.default_rng(0))
    return (images[train], labels[train]), (images[test], labels[test])


def load_splits(dtype: Any = "float32") -> Splits:
    """Training (1,047 rows), validation (300) and test (450) data, ready for a model.

    Each image is a row of 64 pixels, standardised with mean and standard deviation of the training rows; deviations
    below 0.1 grey levels count as 0.1, because some pixels at the border hardly ever change. dtype: of the pixels.
    """
    dtype = _checks.float_dtype("digits.load_splits", dtype)
    (images, labels), (test_images, test_labels) = load_data()
    train, validation = _stratified(labels, VALIDATION_ROWS, np.random.default_rng(1))
    x = images.reshape(len(images), -1).astype(np.float64)
    x_test = test_images.reshape(len(test_images), -1).astype(np.float64)
    mean, deviation = x[train].mean(axis=0), np.maximum(x[train].std(axis=0), 0.1)

    def standardise(rows: np.ndarray) -> np.ndarray:
        return ((rows - mean) / deviation).astype(dtype)

    return Splits((standardise(x[train]), labels[train]), (standardise(x[validation]), labels[validation]),
                  (standardise(x_test), test_labels))


def _stratified(labels: np.ndarray, held_out: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (kept, held out), both in rising order, with every class in proportion."""
    counts = np.bincount(labels, minlength=CLASSES)
    exact = counts * (held_out / len(labels))
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact, kind="stable")[:held_out - quota.sum()]] += 1      # largest remainders
    out = np.concatenate([rng.permutation(np.flatnonzero(labels == k))[:quota[k]] for k in range(CLASSES)])
    mask = np.zeros(len(labels), bool)
    mask[out] = True
    return np.flatnonzero(~mask), np.flatnonzero(mask)
