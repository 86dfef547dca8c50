"""8-bit weights: the formula in Python's exact fractions, the bound, Keras's codes, whole models."""

from fractions import Fraction

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers
from course_lib.datasets import digits
from course_lib.quantization import QuantizedModel, quantize, quantize_weights


def exact_codes(w, bits):
    """F64 in exact arithmetic, column by column, with the scale as it is held."""
    codes, scale = np.zeros(w.shape, int), quantize_weights(w, bits).scale
    for j in range(w.shape[1]):
        s = Fraction(float(scale[j]))
        codes[:, j] = [round(Fraction(float(v)) / s) for v in w[:, j]]
    return codes


class TestWeights:
    def test_by_hand(self):
        q = quantize_weights([[1.27, 0.0], [-0.635, 254.0], [0.014, -3.0]])
        np.testing.assert_allclose(q.scale, [0.01, 2.0])
        assert q.codes.tolist() == [[127, 0], [-64, 127], [1, -2]]      # -63.5 and -1.5 go to the even number
        np.testing.assert_allclose(q.dequantize(), [[1.27, 0], [-0.64, 254], [0.01, -4]])

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("bits", [2, 3, 4, 8])
    def test_against_fractions(self, dtype, bits, rng):
        w = (rng.normal(size=(200, 6)) * 10.0 ** np.arange(-3, 3)).astype(dtype)
        q = quantize_weights(w, bits)
        assert (q.codes.dtype, q.scale.dtype, q.dequantize().dtype) == (np.int8, dtype, dtype)
        np.testing.assert_allclose(q.scale, np.abs(w).max(axis=0) / (2 ** (bits - 1) - 1), rtol=1e-6)
        np.testing.assert_array_equal(q.codes, exact_codes(w, bits))
        assert np.abs(q.codes).max(axis=0).tolist() == [2 ** (bits - 1) - 1] * 6

    @pytest.mark.parametrize("bits", [2, 5, 8])
    def test_bound(self, bits, rng):
        """|w - s q| <= s / 2, in exact arithmetic, but for the rounding of w / s; and it is nearly reached."""
        w = rng.uniform(-1, 1, (3000, 3))
        q = quantize_weights(w, bits)
        largest = max(abs(Fraction(float(w[i, j])) - int(q.codes[i, j]) * Fraction(float(q.scale[j])))
                      / Fraction(float(q.scale[j])) for i in range(len(w)) for j in range(3))
        assert Fraction(49, 100) < largest <= Fraction(1, 2) + Fraction(2 ** (bits - 1), 2 ** 53)

    def test_each_column_its_own_scale(self, rng):
        """A column's codes do not depend on the others: what one scale for all would spoil."""
        w = rng.normal(size=(50, 3)) * [1e-3, 1, 1e3]
        q = quantize_weights(w)
        for j in range(3):
            alone = quantize_weights(w[:, j:j + 1])
            np.testing.assert_array_equal(alone.codes[:, 0], q.codes[:, j])
        assert np.abs(q.dequantize() - w).max(axis=0) / np.abs(w).max(axis=0) == pytest.approx(1 / 254, rel=0.1)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_zeros_and_the_smallest_numbers(self, dtype):
        least = np.nextafter(np.dtype(dtype).type(0), np.dtype(dtype).type(1))
        w = np.array([[0, least, 1], [0, 0, -1]], dtype)
        q = quantize_weights(w)
        assert q.codes.tolist() == [[0, 0, 127], [0, 0, -127]]
        assert (q.scale > 0).all()
        assert np.abs(q.dequantize() - w).max() <= least

    def test_the_largest_numbers(self):
        w = np.array([[np.finfo("float32").max], [np.finfo("float32").min]], "float32")
        assert quantize_weights(w).codes.tolist() == [[127], [-127]]

    def test_convolution_kernels(self, rng):
        w = rng.normal(size=(3, 3, 4, 5))
        q = quantize_weights(w)
        assert q.scale.shape == (5,)
        flat = quantize_weights(w.reshape(-1, 5))
        np.testing.assert_array_equal(q.codes.reshape(-1, 5), flat.codes)

    def test_input_is_left_alone(self, rng):
        w = rng.normal(size=(4, 3))
        held = w.copy()
        quantize_weights(w)
        np.testing.assert_array_equal(w, held)

    @pytest.mark.parametrize(("arguments", "error", "text"), [
        (([[1.0]], 1), ValueError, "quantize_weights: bits must be an integer of at least 2, got 1 (int)"),
        (([[1.0]], 9), ValueError, "quantize_weights: bits must be at most 8, got 9"),
        (([1.0, 2.0],), ValueError, "quantize_weights: w must be a float32 or float64 array of shape (..., units), "
         "got an array of shape (2,), dtype float64"),
        (([[1, 2]],), ValueError, "got an array of shape (1, 2), dtype int64"),
        (([[np.inf]],), ValueError, "quantize_weights: w must be finite, got infinity"),
        (([["a"]],), TypeError, "quantize_weights: w must hold real numbers"),
    ])
    def test_bad_input(self, arguments, error, text):
        with pytest.raises(error) as caught:
            quantize_weights(*arguments)
        assert text in str(caught.value)


@pytest.fixture(scope="module")
def trained():
    """A classifier of the digits with batch normalization, 64-100-50-10."""
    splits = digits.load_splits()
    model = Sequential([Input((64,)), layers.Dense(100, activation="relu", kernel_initializer="he_normal"),
                        layers.BatchNormalization(), layers.Dense(50, activation="tanh", use_bias=False),
                        layers.Dense(10, activation="softmax")], seed=3)
    model.compile(optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*splits.train, epochs=8, verbose=0)
    return model, splits


class TestModel:
    def test_weights_and_predictions(self, trained):
        model, splits = trained
        before = model.get_weights()
        q = quantize(model)
        for old, new in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(old, new)
        assert list(q.kernels) == ["dense/kernel", "dense_1/kernel", "dense_2/kernel"]
        for old, new in zip(before, q.model.get_weights(), strict=True):
            if old.ndim == 2:
                expected = quantize_weights(old)
                np.testing.assert_array_equal(new, expected.codes * expected.scale)
                assert 0 < np.abs(new - old).max() <= 0.5001 * expected.scale.max()
            else:
                np.testing.assert_array_equal(new, old)
        p, p_q = model.predict(splits.test[0]), q.predict(splits.test[0])
        assert 0 < np.abs(p - p_q).max() < 0.1
        assert (p.argmax(axis=1) == p_q.argmax(axis=1)).mean() > 0.98

    def test_predictions_from_the_codes(self, trained):
        """Integers times inputs, then the scales: what a device would compute, by hand for the first layer."""
        model, splits = trained
        q, x = quantize(model), splits.test[0][:20].astype("float64")
        codes, scale = q.kernels["dense/kernel"]
        z = (x @ codes.astype("float64")) * scale + model.layers[0].get_weights()[1]
        np.testing.assert_allclose(q.model.layers[0](x.astype("float32")), np.maximum(z, 0), rtol=1e-4, atol=1e-4)

    def test_fewer_bits_are_worse(self, trained):
        model, splits = trained
        p = model.predict(splits.test[0])
        errors = [np.abs(quantize(model, bits).predict(splits.test[0]) - p).mean() for bits in (8, 6, 4, 2)]
        assert errors == sorted(errors)
        assert errors[0] * 2 < errors[1]

    def test_sizes(self, trained):
        model, _ = trained
        floats = 4 * (100 + 400 + 10)                   # biases, batch normalization
        kernels = 64 * 100 + 100 * 50 + 50 * 10
        scales = 4 * (100 + 50 + 10)
        assert quantize(model).size() == (floats + 4 * kernels, floats + kernels + scales)
        assert quantize(model, 3).size().quantized == floats + 2400 + 1875 + 188 + scales      # 187.5 rounded up
        q = quantize(model, layers=["dense_1"])
        assert q.size().quantized == q.size().original - 3 * 5000 + 4 * 50

    def test_double_precision(self, trained):
        model, splits = trained
        wide = Sequential.from_config({**model.get_config(), "dtype": "float64"})
        wide.set_weights(model.get_weights())
        q = quantize(wide)
        assert q.model.dtype == np.float64
        np.testing.assert_array_equal(q.kernels["dense/kernel"].codes, quantize(model).kernels["dense/kernel"].codes)

    @pytest.mark.parametrize("bits", [4, 8])
    def test_on_disk(self, trained, tmp_path, bits):
        model, splits = trained
        q = quantize(model, bits, layers=["dense", "dense_2"])
        q.save(tmp_path / "q.npz")
        model.save(tmp_path / "m.npz")
        loaded = QuantizedModel.load(tmp_path / "q.npz")
        assert loaded.bits == bits
        assert loaded.size() == q.size()
        assert list(loaded.kernels) == ["dense/kernel", "dense_2/kernel"]
        for name, held in q.kernels.items():
            np.testing.assert_array_equal(loaded.kernels[name].codes, held.codes)
            np.testing.assert_array_equal(loaded.kernels[name].scale, held.scale)
            assert loaded.kernels[name].codes.dtype == np.int8
        np.testing.assert_array_equal(loaded.predict(splits.test[0]), q.predict(splits.test[0]))
        q = quantize(model)
        q.save(tmp_path / "q.npz")
        assert (tmp_path / "q.npz").stat().st_size < q.size().quantized + 8000

    def test_files_of_the_other_kind(self, trained, tmp_path):
        model, _ = trained
        model.save(tmp_path / "m.npz")
        quantize(model).save(tmp_path / "q.npz")
        with pytest.raises(ValueError, match="m.npz"):
            QuantizedModel.load(tmp_path / "m.npz")
        with pytest.raises(ValueError, match="q.npz"):
            Sequential.load(tmp_path / "q.npz")

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda m: quantize("model"), TypeError, "quantize: model must be a Sequential, got 'model' (str)"),
        (lambda m: quantize(Sequential([layers.Dense(3)])), ValueError, "quantize: the model has no weights yet"),
        (lambda m: quantize(m, 16), ValueError, "bits must be at most 8, got 16"),
        (lambda m: quantize(m, layers=["dens"]), ValueError, "unknown layer with a kernel 'dens' (str); expected one"),
    ])
    def test_bad_input(self, trained, call, error, text):
        with pytest.raises(error) as caught:
            call(trained[0])
        assert text in str(caught.value)


def test_files_of_other_kinds_are_named(make_model, tmp_path):
    model = make_model()
    model.save(tmp_path / "m.npz")
    quantize(model).save(tmp_path / "q.npz")
    with pytest.raises(ValueError, match="holds a whole model; call load"):
        QuantizedModel.load(tmp_path / "m.npz")
    for read in (model.load_weights, Sequential.load):
        with pytest.raises(ValueError, match=r"holds a quantized model; call quantization\.QuantizedModel\.load"):
            read(tmp_path / "q.npz")
