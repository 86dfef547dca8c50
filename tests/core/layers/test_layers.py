"""Single layers: shapes, values against scalar loops, backward against central differences, errors."""

import numpy as np
import pytest
import reference

from course_lib import activations, initializers, layers
from course_lib.layers.base import default_name

# One way to make each layer of the registry; a new layer belongs here.
MAKERS = {"Dense": lambda dtype: layers.Dense(3, activation="tanh", bias_initializer="ones", dtype=dtype),
          "Dense-no-bias": lambda dtype: layers.Dense(3, use_bias=False, dtype=dtype),
          "Dense-softmax": lambda dtype: layers.Dense(3, activation="softmax", dtype=dtype),
          "Dense-square": lambda dtype: layers.Dense(4, activation="sigmoid", dtype=dtype),
          "Dense-relu": lambda dtype: layers.Dense(5, activation="relu", dtype=dtype),
          "Activation": lambda dtype: layers.Activation("tanh", dtype=dtype),
          "Activation-softmax": lambda dtype: layers.Activation("softmax", dtype=dtype)}


@pytest.fixture(params=MAKERS)
def make(request):
    def make(dtype="float64"):
        layer = MAKERS[request.param](dtype)
        layer.build((None, 4), np.random.default_rng(1))
        return layer
    return make


def test_every_layer_is_tested():
    assert {name.split("-")[0] for name in MAKERS} == set(layers.LAYERS)


def test_backward(make, rng):
    """dJ/dx and the gradient of every weight, for J = sum of c * output, against central differences."""
    layer, x = make(), rng.normal(size=(6, 4))
    c = rng.normal(size=layer(x).shape)

    def cost(_):
        return float((c * layer(x)).sum())

    weights = {w.name: getattr(layer, w.name) for w in layer.weights}
    numeric = {}
    for name, array in weights.items():
        numeric[name] = np.zeros_like(array)
        for i in np.ndindex(array.shape):
            held = array[i]
            array[i] = held + 1e-6
            above = cost(None)
            array[i] = held - 1e-6
            below = cost(None)
            array[i] = held
            numeric[name][i] = (above - below) / 2e-6
    layer.forward(x, training=True)
    dx = layer.backward(c.copy())
    assert reference.relative_error(dx, reference.central_difference(lambda v: float((c * layer(v)).sum()), x)) < 1e-8
    for name in weights:
        layer.forward(x)
        layer.backward(c.copy())
        assert reference.relative_error(getattr(layer, "d" + name), numeric[name]) < 1e-8, name


def test_backward_leaves_its_argument(make, rng):
    layer, x = make(), rng.normal(size=(6, 4))
    c = rng.normal(size=layer(x).shape)
    held, held_x = c.copy(), x.copy()
    layer.forward(x)
    layer.backward(c)
    np.testing.assert_array_equal(c, held)
    np.testing.assert_array_equal(x, held_x)


def test_backward_from_logits(make, rng):
    """From dJ/dZ instead of dJ/dA: the same gradients."""
    layer, x = make(), rng.normal(size=(6, 4))
    a = layer.forward(x)
    c = rng.normal(size=a.shape)
    dx = layer.backward(c).copy()
    gradients = [getattr(layer, "d" + w.name).copy() for w in layer.weights]
    layer.forward(x)
    again = layer.backward_from_logits(layer.activation.vjp(layer.z, c))
    np.testing.assert_allclose(again, dx, rtol=1e-12, atol=1e-15)
    for w, gradient in zip(layer.weights, gradients, strict=True):
        np.testing.assert_allclose(getattr(layer, "d" + w.name), gradient, rtol=1e-12, atol=1e-15)


def test_no_input_gradient_where_nobody_asks(make, rng):
    layer, x = make(), rng.normal(size=(6, 4))
    c = np.ones_like(layer.forward(x))
    layer.backward(c)
    gradients = [getattr(layer, "d" + w.name).copy() for w in layer.weights]
    layer.forward(x)
    assert layer.backward(c, input_gradient=False) is None
    assert layer.backward_from_logits(c, input_gradient=False) is None
    layer.backward(c, input_gradient=False)
    for w, gradient in zip(layer.weights, gradients, strict=True):
        np.testing.assert_array_equal(getattr(layer, "d" + w.name), gradient)


def test_call_returns_its_own_array(make, rng):
    layer = make()
    a, b = rng.normal(size=(2, 6, 4))
    first = layer(a)
    held = first.copy()
    layer(b)
    np.testing.assert_array_equal(first, held)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(make, dtype, rng):
    layer = make(dtype)
    x = rng.normal(size=(6, 4)).astype(dtype)
    a = layer.forward(x)
    assert a.dtype == layer.backward(np.ones_like(a)).dtype == layer.dtype == dtype
    assert layer(x.tolist()).dtype == dtype
    for w in layer.weights:
        assert getattr(layer, w.name).dtype == getattr(layer, "d" + w.name).dtype == dtype


def test_buffers_are_reused_for_smaller_batches(make, rng):
    layer, x = make(), rng.normal(size=(8, 4))
    big = layer.forward(x)
    small = layer.forward(x[:3])
    assert np.shares_memory(big, small)
    assert small.shape == (3, *layer.output_shape((4,)))
    np.testing.assert_allclose(small, layer(x)[:3], rtol=1e-14)
    assert layer.forward(np.concatenate([x, x])).shape[0] == 16


def test_config_round_trip(make, rng):
    layer = make()
    again = type(layer).from_config(layer.get_config())
    again.dtype = layer.dtype
    again.build((None, 4))
    again.set_weights(layer.get_weights())
    x = rng.normal(size=(2, 4))
    np.testing.assert_array_equal(again(x), layer(x))
    assert again.get_config() == layer.get_config()


def test_dense_against_scalar_loops(rng):
    layer = layers.Dense(3, activation="tanh", kernel_initializer="he_normal", bias_initializer="ones", dtype="float64")
    x = rng.normal(size=(5, 4))
    a = layer(x)
    for i in range(5):
        for k in range(3):
            z = sum(x[i, j] * layer.kernel[j, k] for j in range(4)) + layer.bias[k]
            assert a[i, k] == pytest.approx(reference.value("tanh", z), rel=1e-13)
    assert layer.count_params() == 15


def test_dense_initializers_reach_the_weights():
    layer = layers.Dense(3, kernel_initializer="ones", bias_initializer=initializers.Constant(0.5))
    layer.build((None, 2))
    assert np.all(layer.kernel == 1)
    assert np.all(layer.bias == 0.5)
    plain = layers.Dense(100)
    plain.build((None, 200), np.random.default_rng(0))
    assert np.abs(plain.kernel).max() == pytest.approx(np.sqrt(6 / 300), rel=0.01)        # glorot_uniform
    assert np.all(plain.bias == 0)


def test_the_same_generator_gives_the_same_kernel():
    a, b = layers.Dense(3), layers.Dense(3)
    a.build((None, 4), np.random.default_rng(5))
    b.build((None, 4), np.random.default_rng(5))
    np.testing.assert_array_equal(a.kernel, b.kernel)


def test_activation_layer_takes_any_shape(rng):
    x = rng.normal(size=(2, 3, 4))
    np.testing.assert_array_equal(layers.Activation("tanh", dtype="float64")(x), np.tanh(x))
    assert layers.Activation(None, dtype="float64")(x).tolist() == x.tolist()
    assert layers.Activation(activations.get("relu")).activation is activations.get("relu")


def test_default_dtype_and_weights():
    layer = layers.Dense(2)
    assert layer.get_weights() == []
    assert layer([[1.0, 2.0]]).dtype == np.float32
    assert [w.name for w in layer.weights] == ["kernel", "bias"]
    held = layer.get_weights()
    layer.kernel[...] = 7
    assert not np.any(held[0] == 7)
    layer.set_weights(held)
    np.testing.assert_array_equal(layer.kernel, held[0])


def test_default_name():
    assert default_name("BatchNormalization") == "batch_normalization"
    assert default_name("PReLU") == "p_re_lu"
    assert default_name("Dense") == "dense"


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
    (lambda: layers.Dense(3, dtype="int32"), ValueError, "Dense: dtype must be float32 or float64, got 'int32' (str)"),
    (lambda: layers.Dense(3)(np.zeros(4)), ValueError,
     "Dense: x must be a batch of shape (m, n_in), got an array of shape (4,)"),
    (lambda: layers.Dense(3)(np.zeros((2, 3, 4))), ValueError,
     "Dense: inputs must have shape (m, n_in), got (m, 3, 4)"),
    (lambda: layers.Dense(3, name="out")(np.zeros(4)), ValueError, "Dense 'out': x must be a batch"),
    (lambda: layers.Dense(3)([["a"]]), TypeError, "Dense: x must hold real numbers, got [['a']] (list)"),
    (lambda: built(3)(np.zeros((2, 5))), ValueError, "Dense: built for inputs of shape (m, 4), got (m, 5)"),
    (lambda: built(3).build((None, 5)), ValueError, "Dense: built for inputs of shape (m, 4), got (m, 5)"),
    (lambda: layers.Dense(3).build(4), ValueError,
     "Dense: input_shape must be a tuple that starts with the batch axis, "
                                                   "such as (None, 784), got 4 (int)"),
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
    (lambda: layers.Input(784), TypeError,
     "Input: shape must be a tuple without the batch size, such as (784,), got 784 (int)"),
    (lambda: layers.Input(()), ValueError, "Input: shape must have at least one entry, such as (784,), got ()"),
    (lambda: layers.Input((None, 4)), ValueError,
     "Input: each entry of shape must be an integer of at least 1, got None (NoneType)"),
    (lambda: layers.Input((0,)), ValueError, "got 0 (int)"),
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
