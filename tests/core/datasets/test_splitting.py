"""Dividing rows, standardising, and the two tasks of transfer learning."""

import numpy as np
import pytest

from course_lib.datasets import StandardScaler, digits, split_dataset, standardize, train_validation_test_split

ROWS = 103
X = np.random.default_rng(3).normal(5, 3, (ROWS, 4))
Y = np.arange(ROWS)                     # a row is told by its label
LABELS = np.repeat([7, 3, 9], [60, 30, 13])


class TestSplit:
    @pytest.mark.parametrize("stratify", [None, LABELS], ids=["plain", "stratified"])
    def test_every_row_once_and_with_its_label(self, stratify, rng):
        splits = train_validation_test_split(X, Y, rng, validation_size=0.2, test_size=10, stratify=stratify)
        assert [len(y) for _, y in splits] == [ROWS - 21 - 10, 21, 10]          # ceil(20.6), as scikit-learn
        for x, y in splits:
            np.testing.assert_array_equal(x, X[y])
            assert (np.diff(y) > 0).all()
        assert sorted(np.concatenate([y for _, y in splits])) == list(range(ROWS))

    def test_sizes_are_scikit_learn_s(self, rng):
        from sklearn.model_selection import train_test_split
        for rows, size in ((7, 0.3), (10, 0.25), (11, 0.5), (50, 0.021), (50, 7)):
            theirs = train_test_split(np.zeros(rows), test_size=size)[1]
            ours = train_validation_test_split(np.zeros(rows), np.zeros(rows), rng, 1, size)
            assert len(ours.test[1]) == len(theirs)

    def test_random_in_the_generator(self):
        a, b, c = (train_validation_test_split(X, Y, np.random.default_rng(s)) for s in (1, 1, 2))
        np.testing.assert_array_equal(a.test[1], b.test[1])
        assert not np.array_equal(a.test[1], c.test[1])
        assert not np.array_equal(a.test[1], Y[-len(a.test[1]):])

    def test_every_row_is_drawn_equally_often(self, rng):
        """Over 600 splits a row's count of test parts is binomial: five sigma each way."""
        counts = np.zeros(20)
        for _ in range(600):
            counts[train_validation_test_split(Y[:20], Y[:20], rng, 3, 5).test[1]] += 1
        assert np.abs(counts - 150).max() < 5 * np.sqrt(600 * 0.25 * 0.75)

    def test_stratified_to_within_a_row(self, rng):
        splits = train_validation_test_split(X, LABELS, rng, 0.25, 0.3, stratify=LABELS)
        share = np.array([30, 60, 13]) / ROWS
        for _, y in splits:
            counts = np.array([(y == k).sum() for k in (3, 7, 9)])
            assert np.abs(counts - share * len(y)).max() < 1.5

    def test_largest_remainders(self, rng):
        """Of 10 rows, 7 and 3 in a class, 4 are held out: 2.8 and 1.2 become 3 and 1."""
        y = np.array([0] * 7 + [1] * 3)
        for _ in range(20):
            test = train_validation_test_split(y, y, rng, 1, 4, stratify=y).test[1]
            assert np.bincount(test).tolist() == [3, 1]

    def test_images_keep_shape_and_dtype(self, rng):
        images, labels = digits.load_all()
        (x, y), _, _ = train_validation_test_split(images, labels, rng, stratify=labels)
        assert (x.shape[1:], x.dtype, y.dtype) == ((8, 8), np.uint8, np.int64)

    def test_copies(self, rng):
        x = X.copy()
        train_validation_test_split(x, Y, rng).train[0][...] = 0
        np.testing.assert_array_equal(x, X)

    def test_smallest(self, rng):
        assert [y.tolist() for _, y in train_validation_test_split([[1], [1], [1]], [4, 4, 4], rng, 1, 1)] == [[4]] * 3

    @pytest.mark.parametrize(("arguments", "error", "text"), [
        ((X, Y[:-1]), ValueError, "x and y must have the same number of rows, at least one, got an array of shape "
         "(103, 4), dtype float64 and an array of shape (102,), dtype int64"),
        ((X[:0], Y[:0]), ValueError, "at least one, got an array of shape (0, 4)"),
        ((1.0, 2.0), ValueError, "at least one, got an array of shape ()"),
        ((X, 2.0), ValueError, "and an array of shape ()"),
        ((X, Y, None), TypeError, "rng must be a numpy.random.Generator"),
        ((X, Y, 1, 0.0), ValueError, "validation_size must be a number in (0, 1), got 0.0 (float)"),
        ((X, Y, 1, 0), ValueError, "validation_size must be an integer of at least 1, got 0 (int)"),
        ((X, Y, 1, 0.2, 1.0), ValueError, "test_size must be a number in (0, 1), got 1.0 (float)"),
        ((X, Y, 1, 0.2, True), ValueError, "test_size must be an integer of at least 1, got True (bool)"),
        ((X, Y, 1, 0.2, "0.2"), ValueError, "test_size must be a number in (0, 1), got '0.2' (str)"),
        ((X, Y, 1, 60, 43), ValueError, "at least one row must be left for training, got 60 for validation and 43 for "
         "test of 103 rows"),
        ((X, Y, 1, 0.5, 0.5), ValueError, "got 52 for validation and 52 for test of 103 rows"),
        ((X, Y, 1, 0.2, 0.2, Y[:3]), ValueError, "stratify must hold a label a row, shape (103,), got an array of "
         "shape (3,)"),
        ((X, Y, 1, 0.2, 0.2, True), ValueError, "stratify must hold a label a row, shape (103,), got True (bool)"),
    ])
    def test_bad_input(self, arguments, error, text, rng):
        x, y, *rest = arguments
        given = rng if not rest or rest[0] == 1 else rest[0]
        with pytest.raises(error) as caught:
            train_validation_test_split(x, y, given, *rest[1:])
        assert str(caught.value).startswith("train_validation_test_split: ")
        assert text in str(caught.value)


class TestStandardScaler:
    def test_equal_scikit_learn_s(self):
        from sklearn.preprocessing import StandardScaler as Theirs
        x = np.column_stack([X, np.full(ROWS, 0.1), np.zeros(ROWS), np.full(ROWS, -1e6)])
        ours, theirs = StandardScaler().fit(x), Theirs().fit(x)
        for name in ("mean_", "scale_"):
            np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-13)
        np.testing.assert_allclose(ours.var_[:4], theirs.var_[:4], rtol=1e-13)
        assert ours.scale_[4:].tolist() == [1, 1, 1]
        new = np.random.default_rng(0).normal(size=(20, 7))
        np.testing.assert_allclose(ours.transform(new), theirs.transform(new), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(ours.inverse_transform(new), theirs.inverse_transform(new), rtol=1e-12, atol=1e-12)

    def test_by_hand(self):
        scaler = StandardScaler().fit([[1, 10], [3, 10], [5, 10]])
        assert scaler.mean_.tolist() == [3, 10]
        assert scaler.var_ == pytest.approx([8 / 3, 0])
        assert scaler.scale_ == pytest.approx([np.sqrt(8 / 3), 1])
        np.testing.assert_allclose(scaler.transform([[3, 12]]), [[0, 2]], atol=1e-15)

    def test_minimum(self):
        x = np.array([[0.0, 0.0, 5.0], [0.01, 4.0, 5.0]])
        assert StandardScaler(0.1).fit(x).scale_.tolist() == [0.1, 2.0, 0.1]
        assert StandardScaler().fit(x).scale_.tolist() == [0.005, 2.0, 1.0]

    def test_there_and_back(self):
        scaler = StandardScaler()
        z = scaler.fit_transform(X)
        np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-14)
        np.testing.assert_allclose(z.std(axis=0), 1)
        np.testing.assert_allclose(scaler.inverse_transform(z), X, rtol=1e-14)

    def test_images_pixel_by_pixel(self):
        images, _ = digits.load_all()
        scaler = StandardScaler().fit(images)
        assert scaler.scale_.shape == (8, 8)
        z = scaler.transform(images)
        assert z.dtype == np.float64
        np.testing.assert_allclose(z[:, 3, 4], (images[:, 3, 4] - images[:, 3, 4].mean()) / images[:, 3, 4].std())

    def test_float32_stays(self):
        scaler = StandardScaler().fit(X.astype("float32"))
        assert scaler.mean_.dtype == np.float64
        z = scaler.transform(X.astype("float32"))
        assert z.dtype == np.float32
        assert scaler.inverse_transform(z).dtype == np.float32
        assert scaler.inverse_transform(z.astype("float64")).dtype == np.float64

    def test_input_is_left_alone(self):
        x = X.copy()
        StandardScaler().fit(x).transform(x)
        np.testing.assert_array_equal(x, X)

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: StandardScaler(-1), ValueError, "StandardScaler: minimum must be a number in [0, inf), got -1 (int)"),
        (lambda: StandardScaler().fit([1.0, 2.0]), ValueError,
         "StandardScaler.fit: x must have shape (m, ...), got an array of shape (2,), dtype float64"),
        (lambda: StandardScaler().fit([[np.nan]]), ValueError, "StandardScaler.fit: x must be finite, got NaN"),
        (lambda: StandardScaler().fit([["a"]]), TypeError, "StandardScaler.fit: x must hold real numbers"),
        (lambda: StandardScaler().transform(X), ValueError, "StandardScaler.transform: call fit(x_train) first"),
        (lambda: StandardScaler().inverse_transform(X), ValueError,
         "StandardScaler.inverse_transform: call fit(x_train) first"),
        (lambda: StandardScaler().fit(X).transform(X[:, :3]), ValueError,
         "StandardScaler.transform: x must have shape (m, 4), got an array of shape (103, 3), dtype float64"),
        (lambda: StandardScaler().fit(X).inverse_transform(X[0]), ValueError,
         "StandardScaler.inverse_transform: x must have shape (m, ...), got an array of shape (4,)"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)


class TestStandardize:
    def test_from_the_training_part_alone(self, rng):
        splits = train_validation_test_split(X, Y, rng)
        done = standardize(splits, dtype="float64")
        mean, deviation = splits.train[0].mean(axis=0), splits.train[0].std(axis=0)
        for (x, y), (z, same) in zip(splits, done, strict=True):
            np.testing.assert_allclose(z, (x - mean) / deviation, rtol=1e-12)
            np.testing.assert_array_equal(y, same)
        assert np.abs(done.test[0].mean(axis=0)).max() > 1e-3

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_dtype_and_minimum(self, dtype, rng):
        splits = train_validation_test_split(X * 1e-3, Y, rng)
        for (z, _), (x, _) in zip(standardize(splits, 0.5, dtype), splits, strict=True):
            assert z.dtype == dtype
            np.testing.assert_allclose(z, (x - splits.train[0].mean(axis=0)) / 0.5, rtol=1e-6, atol=1e-9)
        assert standardize(splits).train[0].dtype == np.float32

    @pytest.mark.parametrize(("splits", "dtype", "error", "text"), [
        ([(X, Y)] * 3, "float32", TypeError, "standardize: splits must be three pairs (x, y), training part first"),
        (((X, Y), (X, Y)), "float32", TypeError, "standardize: splits must be three pairs"),
        (((X, Y),) * 3, "int8", ValueError, "standardize: dtype must be float32 or float64, got 'int8' (str)"),
    ])
    def test_bad_input(self, splits, dtype, error, text):
        with pytest.raises(error) as caught:
            standardize(splits, dtype=dtype)
        assert text in str(caught.value)


class TestSplitDataset:
    def test_every_label_of_fashion_mnist(self):
        y = np.array([9, 0, 5, 8, 6, 1, 7, 2, 6, 4, 3, 5], np.uint8)
        x = np.arange(len(y) * 4).reshape(-1, 2, 2)
        held = x.copy(), y.copy()
        (x_a, y_a), (x_b, y_b) = split_dataset(x, y)
        assert y_a.tolist() == [7, 0, 6, 1, 5, 2, 4, 3]             # 7, 8, 9 less 2
        assert y_b.tolist() == [0, 1, 1, 0]                         # shirt, class 6, is positive
        assert (y_a.dtype, y_b.dtype) == (np.int64, np.float32)
        np.testing.assert_array_equal(x_a, x[[0, 1, 3, 5, 6, 7, 9, 10]])
        np.testing.assert_array_equal(x_b, x[[2, 4, 8, 11]])
        np.testing.assert_array_equal(x, held[0])
        np.testing.assert_array_equal(y, held[1])

    def test_digits(self):
        x, y = digits.load_all()
        (x_a, y_a), (x_b, y_b) = split_dataset(x, y)
        assert np.unique(y_a).tolist() == list(range(8))
        assert len(y_a) + len(y_b) == len(y)
        assert y_b.sum() == (y == 6).sum()
        np.testing.assert_array_equal(x_a, x[(y < 5) | (y > 6)])

    def test_other_classes_in_the_other_order(self):
        (_, y_a), (_, y_b) = split_dataset(np.zeros(5), np.array([4, 2, 0, 2, 1]), task_b=(4, 2))
        assert y_a.tolist() == [0, 1]
        assert y_b.tolist() == [0, 1, 1]

    @pytest.mark.parametrize(("x", "y", "task_b", "error", "text"), [
        (X, LABELS[:5], (3, 7), ValueError, "x and y must have the same number of rows"),
        (X, LABELS.astype(float), (3, 7), TypeError, "y must hold integer labels, shape (m,), got an array of shape "
         "(103,), dtype float64"),
        (X, LABELS[:, None], (3, 7), TypeError, "y must hold integer labels, shape (m,)"),
        (X, LABELS, (3, 5), ValueError, "task_b must be two different labels that y holds, got (3, 5) (tuple), and y "
         "has [3, 7, 9]"),
        (X, LABELS, (3, 3), ValueError, "two different labels"),
        (X, LABELS, (3, 7, 9), ValueError, "two different labels"),
        (X, LABELS, 3, ValueError, "two different labels"),
        (X[:90], LABELS[:90], (3, 7), ValueError, "y must hold labels of task A as well, got only those of task B, "
         "(3, 7)"),
    ])
    def test_bad_input(self, x, y, task_b, error, text):
        with pytest.raises(error) as caught:
            split_dataset(x, y, task_b)
        assert str(caught.value).startswith("split_dataset: ")
        assert text in str(caught.value)
