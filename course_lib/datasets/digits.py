"""The optical digits: 1,797 real handwritten digits as 8 x 8 images, part of the package (see DIGITS.md)."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.datasets.splitting import Splits, standardize, stratified

TEST_ROWS, VALIDATION_ROWS = 450, 300


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
    train, test = stratified(labels, TEST_ROWS, np.random.default_rng(0))
    return (images[train], labels[train]), (images[test], labels[test])


def load_splits(dtype: Any = "float32") -> Splits:
    """Training (1,047 rows), validation (300) and test (450) data, ready for a model: three pairs (x, y).

    x (m, 64): an image a row, standardised with mean and standard deviation of the training rows; deviations below
    0.1 grey levels count as 0.1, because some pixels at the border hardly ever change. y (m,): integer labels 0..9.
    dtype: of x.
    """
    dtype = _checks.float_dtype("digits.load_splits", dtype)
    (images, labels), (test_images, test_labels) = load_data()
    train, validation = stratified(labels, VALIDATION_ROWS, np.random.default_rng(1))
    x, x_test = images.reshape(len(images), -1), test_images.reshape(len(test_images), -1)
    return standardize(Splits((x[train], labels[train]), (x[validation], labels[validation]), (x_test, test_labels)),
                       minimum=0.1, dtype=dtype)
