import numpy as np
import pytest

from course_lib.datasets import digits


def test_equal_scikit_learn_s():
    from sklearn import datasets as sklearn
    theirs = sklearn.load_digits()
    images, labels = digits.load_all()
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(images, theirs.images)
    np.testing.assert_array_equal(labels, theirs.target)


def test_load_data():
    (x, y), (x_test, y_test) = digits.load_data()
    assert x.shape == (1347, 8, 8)
    assert x_test.shape == (450, 8, 8)
    assert y.shape == (1347,)
    assert y_test.shape == (450,)
    assert x.max() == 16
    for a, b in zip(digits.load_data()[0], (x, y), strict=True):
        np.testing.assert_array_equal(a, b)                 # the same split every time


def rows(x):
    return {row.tobytes() for row in x}


def test_splits_are_disjoint_and_complete():
    images, labels = digits.load_all()
    assert len(rows(images)) == 1797                        # so a row is told by its pixels
    (x, _), (x_test, _) = digits.load_data()
    assert not rows(x) & rows(x_test)
    assert rows(x) | rows(x_test) == rows(images)
    train, validation, test = digits.load_splits("float64")
    parts = [rows(part[0].round(12)) for part in (train, validation, test)]
    assert [len(p) for p in parts] == [1047, 300, 450]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert np.concatenate([train[1], validation[1], test[1]]).size == 1797
    np.testing.assert_array_equal(np.bincount(np.concatenate([train[1], validation[1], test[1]])), np.bincount(labels))


def test_stratified():
    """Every class has its share in every part, to within one row."""
    _, labels = digits.load_all()
    share = np.bincount(labels) / len(labels)
    for _, y in digits.load_splits():
        assert np.all(np.abs(np.bincount(y, minlength=10) - share * len(y)) < 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_standardised_with_the_training_rows(dtype):
    splits = digits.load_splits(dtype)
    for x, y in splits:
        assert x.dtype == dtype
        assert x.shape == (len(y), 64)
        assert np.isfinite(x).all()
    x = splits.train[0]
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5 if dtype == "float32" else 1e-13)
    deviation = x.std(axis=0)
    assert np.all((np.abs(deviation - 1) < 1e-4) | (deviation < 1))
    assert (np.abs(deviation - 1) < 1e-4).sum() > 55
    assert np.abs(splits.test[0].mean(axis=0)).max() > 1e-3             # not with its own


def test_pixels_and_labels_stay_together():
    """Undoing the standardisation gives back the images of load_data."""
    (images, labels), (test_images, test_labels) = digits.load_data()
    splits = digits.load_splits("float64")
    np.testing.assert_array_equal(splits.test[1], test_labels)
    by_pixels = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    flat = test_images.reshape(450, 64).astype(float)
    x = splits.test[0]
    moving = flat.std(axis=0) > 1
    slope = (x[:, moving].max(0) - x[:, moving].min(0)) / (flat[:, moving].max(0) - flat[:, moving].min(0))
    np.testing.assert_allclose(x[:, moving] - x[0, moving], slope * (flat[:, moving] - flat[0, moving]), atol=1e-9)
    assert len(by_pixels) == 1347


def test_results_are_the_caller_s():
    """Writing into what was returned does not change what the next caller gets."""
    for load in (digits.load_all, lambda: digits.load_data()[0], lambda: digits.load_splits().train):
        x, y = load()
        held = x.copy(), y.copy()
        x[...] = 0
        y[...] = 0
        np.testing.assert_array_equal(load()[0], held[0])
        np.testing.assert_array_equal(load()[1], held[1])


def test_bad_dtype():
    with pytest.raises(ValueError, match=r"digits.load_splits: dtype must be float32 or float64, got 'int8' \(str\)"):
        digits.load_splits("int8")
