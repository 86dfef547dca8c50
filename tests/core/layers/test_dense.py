"""The fully connected layer: values against scalar loops, its arguments, its errors."""

import numpy as np
import pytest
import reference

from course_lib import constraints, initializers, layers, regularizers


def test_against_scalar_loops(rng):
    layer = layers.Dense(3, activation="tanh", kernel_initializer="he_normal", bias_initializer="ones", dtype="float64")
    x = rng.normal(size=(5, 4))
    a = layer(x)
    for i in range(5):
        for k in range(3):
            z = sum(x[i, j] * layer.kernel[j, k] for j in range(4)) + layer.bias[k]
            assert a[i, k] == pytest.approx(reference.value("tanh", z), rel=1e-13)
    assert layer.count_params() == 15


def test_initializers_reach_the_weights():
    layer = layers.Dense(3, kernel_initializer="ones", bias_initializer=initializers.Constant(0.5))
    layer.build((None, 2))
    assert np.all(layer.kernel == 1)
    assert np.all(layer.bias == 0.5)
    plain = layers.Dense(100)
    plain.build((None, 200), np.random.default_rng(0))
    assert np.abs(plain.kernel).max() == pytest.approx(np.sqrt(6 / 300), rel=0.01)        # glorot_uniform
    assert np.all(plain.bias == 0)


def test_regularizers_and_constraints_reach_the_weights():
    l1, l2, norm, positive = regularizers.L1(0.5), regularizers.L2(0.25), constraints.MaxNorm(3.0), constraints.NonNeg()
    layer = layers.Dense(3, kernel_regularizer=l1, bias_regularizer=l2, kernel_constraint=norm,
                         bias_constraint=positive)
    layer.build((None, 2))
    kernel, bias = layer.weights
    assert (kernel.regularizer, kernel.constraint) == (l1, norm)
    assert (bias.regularizer, bias.constraint) == (l2, positive)
    plain = layers.Dense(3)
    plain.build((None, 2))
    assert all(w.regularizer is None and w.constraint is None for w in plain.weights)
    again = layers.Dense.from_config(layer.get_config())
    assert (again.kernel_regularizer.l1, again.bias_regularizer.l2, again.kernel_constraint.max_value) == (0.5, 0.25, 3)
    assert isinstance(again.bias_constraint, constraints.NonNeg)


def test_the_same_generator_gives_the_same_kernel():
    a, b = layers.Dense(3), layers.Dense(3)
    a.build((None, 4), np.random.default_rng(5))
    b.build((None, 4), np.random.default_rng(5))
    np.testing.assert_array_equal(a.kernel, b.kernel)


def built(*args, **kwargs):
    layer = layers.Dense(*args, **kwargs)
    layer.build((None, 4))
    return layer


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.Dense(0), ValueError, "Dense: units must be an integer of at least 1, got 0 (int)"),
    (lambda: layers.Dense(2.0), ValueError, "Dense: units must be an integer of at least 1, got 2.0 (float)"),
    (lambda: layers.Dense("3"), ValueError, "got '3' (str)"),
    (lambda: layers.Dense(True), ValueError, "got True (bool)"),
    (lambda: layers.Dense(3, activation="Relu"), ValueError, "unknown activation 'Relu' (str)"),
    (lambda: layers.Dense(3, kernel_initializer="he"), ValueError, "unknown initializer 'he' (str)"),
    (lambda: layers.Dense(3, kernel_regularizer="L3"), ValueError, "unknown regularizer 'L3' (str)"),
    (lambda: layers.Dense(3, bias_constraint="norm"), ValueError, "unknown constraint 'norm' (str)"),
    (lambda: layers.Dense(3, dtype="int32"), ValueError, "Dense: dtype must be float32 or float64, got 'int32' (str)"),
    (lambda: layers.Dense(3)(np.zeros(4)), ValueError,
     "Dense: x must be a batch of shape (m, n_in), got an array of shape (4,)"),
    (lambda: layers.Dense(3)(np.zeros((2, 3, 4))), ValueError,
     "Dense: inputs must have shape (m, n_in), got (m, 3, 4); put layers.Flatten() before"),
    (lambda: layers.Dense(3, name="out")(np.zeros(4)), ValueError, "Dense 'out': x must be a batch"),
    (lambda: layers.Dense(3)([["a"]]), TypeError, "Dense: x must hold real numbers, got [['a']] (list)"),
    (lambda: built(3)(np.zeros((2, 5))), ValueError, "Dense: built for inputs of shape (m, 4), got (m, 5)"),
    (lambda: built(3).build((None, 5)), ValueError, "Dense: built for inputs of shape (m, 4), got (m, 5)"),
    (lambda: layers.Dense(3).build(4), ValueError,
     "Dense: input_shape must be a tuple that starts with the batch axis, such as (None, 784), got 4 (int)"),
    (lambda: layers.Dense(3).build((4,)), ValueError, "such as (None, 784), got (4,) (tuple)"),
    (lambda: layers.Dense(3).build((None, None)), ValueError,
     "Dense: each entry of input_shape but the first must be an integer of at least 1, got None (NoneType)"),
    (lambda: built(3).set_weights([np.zeros((4, 3))]), ValueError,
     "Dense.set_weights: expected 2 arrays (kernel, bias), got 1"),
    (lambda: built(3).set_weights([np.zeros((3, 4)), np.zeros(3)]), ValueError,
     "Dense.set_weights: kernel must have shape (4, 3), got an array of shape (3, 4)"),
    (lambda: layers.Dense(3).forward(np.zeros((2, 4))), AttributeError,
     "Dense has no attribute 'kernel'; the layer has no weights yet: call build((None, n_in))"),
    (lambda: built(3).backward(np.zeros((2, 3))), AttributeError, "Dense has no attribute 'z'; call forward(x) first"),
    (lambda: layers.Dense(3).set_weights([np.zeros((4, 3)), np.zeros(3)]), ValueError,
     "Dense.set_weights: the layer has no weights yet; call build((None, n_in)) first"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


def test_set_weights_changes_nothing_after_an_error():
    layer = built(3, kernel_initializer="he_normal")
    held = layer.get_weights()
    with pytest.raises(ValueError):
        layer.set_weights([np.zeros((4, 3)), np.zeros(4)])
    for a, b in zip(layer.get_weights(), held, strict=True):
        np.testing.assert_array_equal(a, b)
