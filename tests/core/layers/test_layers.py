"""What every layer of the registry must do: shapes, backward against central differences, buffers, configurations."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import reference

from course_lib import layers
from course_lib.layers.base import default_name


@dataclass
class Case:
    """One way to make a layer, and the input it gets. weights: drawn, where the initial ones hide an error."""

    make: Callable
    shape: tuple = (6, 4)
    training: bool = False
    weights: bool = False

    def built(self, dtype="float64"):
        layer = self.make(dtype=dtype)
        layer.build((None, *self.shape[1:]), np.random.default_rng(1))
        if self.weights:
            rng = np.random.default_rng(2)
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.weights])
        return layer


def case(kind, *arguments, shape=(6, 4), training=False, weights=False, **options):
    return Case(lambda **more: getattr(layers, kind)(*arguments, **options, **more), shape, training, weights)


# A new layer belongs here. The part of the name before the first hyphen is the registry's.
CASES = {
    "Dense": case("Dense", 3, activation="tanh", bias_initializer="ones"),
    "Dense-no-bias": case("Dense", 3, use_bias=False),
    "Dense-softmax": case("Dense", 3, activation="softmax"),
    "Dense-square": case("Dense", 4, activation="sigmoid"),
    "Dense-relu": case("Dense", 5, activation="relu"),
    "Dense-selu": case("Dense", 5, activation="selu", kernel_regularizer="l2", bias_constraint="non_neg"),
    "Activation": case("Activation", "tanh"),
    "Activation-softmax": case("Activation", "softmax"),
    "Activation-gelu": case("Activation", "gelu", shape=(3, 2, 4)),
    "ReLU": case("ReLU"),
    "ReLU-bounded": case("ReLU", 0.75, 0.25, 0.125, shape=(3, 2, 4)),
    "LeakyReLU": case("LeakyReLU"),
    "LeakyReLU-steep": case("LeakyReLU", 2.0),
    "ELU": case("ELU", 0.5),
    "Softmax": case("Softmax"),
    "Softmax-axis": case("Softmax", 1, shape=(3, 5, 2)),
    "PReLU": case("PReLU", weights=True),
    "PReLU-shared": case("PReLU", shared_axes=[1, 2], shape=(3, 2, 4, 5), weights=True),
    "PReLU-one-shared": case("PReLU", shared_axes=2, shape=(3, 2, 4), weights=True),
    "RReLU": case("RReLU"),
    "RReLU-training": case("RReLU", 0.25, 0.75, training=True, shape=(3, 2, 4)),
    "BatchNormalization": case("BatchNormalization", weights=True),
    "BatchNormalization-training": case("BatchNormalization", training=True, weights=True),
    "BatchNormalization-axis-1": case("BatchNormalization", axis=1, training=True, weights=True, shape=(3, 2, 4, 5)),
    "BatchNormalization-images": case("BatchNormalization", training=True, weights=True, shape=(3, 2, 4, 5)),
    "BatchNormalization-images-inference": case("BatchNormalization", axis=-2, weights=True, shape=(3, 2, 4, 5)),
    "BatchNormalization-no-gamma": case("BatchNormalization", scale=False, training=True, weights=True),
    "BatchNormalization-no-beta": case("BatchNormalization", center=False, training=True, weights=True),
    "BatchNormalization-neither": case("BatchNormalization", center=False, scale=False, training=True, weights=True),
    "BatchNormalization-frozen": case("BatchNormalization", trainable=False, training=True, weights=True),
    "Dropout": case("Dropout", 0.4),
    "Dropout-training": case("Dropout", 0.4, training=True),
    "Dropout-noise-shape": case("Dropout", 0.4, noise_shape=(None, 1, 4), training=True, shape=(3, 2, 4)),
    "AlphaDropout": case("AlphaDropout", 0.4),
    "AlphaDropout-training": case("AlphaDropout", 0.4, training=True),
    "AlphaDropout-noise-shape": case("AlphaDropout", 0.4, noise_shape=(None, 1), training=True),
    "GaussianNoise": case("GaussianNoise", 0.5),
    "GaussianNoise-training": case("GaussianNoise", 0.5, training=True),
    "Flatten": case("Flatten", shape=(3, 2, 4, 5)),
    "Flatten-rows": case("Flatten"),
    "Reshape": case("Reshape", (2, -1), shape=(3, 4, 5)),
}
ROWWISE = [name for name, c in CASES.items()                # each output row depends on its own input row alone
           if not c.training or name == "BatchNormalization-frozen"]


@pytest.fixture(params=CASES)
def name(request):
    return request.param


@pytest.fixture
def layer(name):
    return CASES[name].built()


@pytest.fixture
def x(name, rng):
    return rng.normal(size=CASES[name].shape)


def run(name, layer, x):
    """A pass in the case's mode, with the same draws at every call."""
    if layer.random_state is not None:
        layer.random_state = STATE
    return layer.forward(x, training=CASES[name].training)


STATE = CASES["Dropout"].built().random_state


def trained(layer):
    return [w for w in layer.weights if w.trainable]


def test_every_layer_is_tested():
    assert {name.split("-")[0] for name in CASES} == set(layers.LAYERS)


def test_backward(name, layer, x, rng):
    """dJ/dx and the gradient of every weight, for J = sum of c * output, against central differences."""
    c = rng.normal(size=run(name, layer, x).shape)
    dx = layer.backward(c.copy()).copy()
    gradients = {w.name: getattr(layer, "d" + w.name).copy() for w in trained(layer)}

    def cost(x):
        return float((c * run(name, layer, x)).sum())

    assert reference.relative_error(dx, reference.central_difference(cost, x)) < 1e-8
    for weight, gradient in gradients.items():
        array = getattr(layer, weight)
        held = array.copy()

        def cost_of(values, array=array):
            array[...] = values
            return cost(x)

        numeric = reference.central_difference(cost_of, held)
        array[...] = held
        assert reference.relative_error(gradient, numeric) < 1e-8, weight


def test_backward_leaves_its_argument(name, layer, x, rng):
    c = rng.normal(size=run(name, layer, x).shape)
    held, held_x = c.copy(), x.copy()
    layer.backward(c)
    np.testing.assert_array_equal(c, held)
    np.testing.assert_array_equal(x, held_x)


@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.built().activation is not None])
def test_backward_from_logits(name, layer, x, rng):
    """From dJ/dZ instead of dJ/dA: the same gradients."""
    a = run(name, layer, x)
    c = rng.normal(size=a.shape)
    dx = layer.backward(c).copy()
    gradients = [getattr(layer, "d" + w.name).copy() for w in layer.weights]
    layer.forward(x)
    again = layer.backward_from_logits(layer.activation.vjp(layer.z, c))
    np.testing.assert_allclose(again, dx, rtol=1e-12, atol=1e-15)
    assert layer.backward_from_logits(c, input_gradient=False) is None
    layer.backward(c)
    for w, gradient in zip(layer.weights, gradients, strict=True):
        np.testing.assert_allclose(getattr(layer, "d" + w.name), gradient, rtol=1e-12, atol=1e-15)


def test_no_input_gradient_where_nobody_asks(name, layer, x):
    c = np.ones_like(run(name, layer, x))
    layer.backward(c)
    gradients = [getattr(layer, "d" + w.name).copy() for w in trained(layer)]
    for w in trained(layer):
        getattr(layer, "d" + w.name)[...] = np.nan
    run(name, layer, x)
    assert layer.backward(c, input_gradient=False) is None
    for w, gradient in zip(trained(layer), gradients, strict=True):
        np.testing.assert_array_equal(getattr(layer, "d" + w.name), gradient)


def test_call_returns_its_own_array(name, layer, rng):
    a, b = rng.normal(size=(2, *CASES[name].shape))
    first = layer(a, training=CASES[name].training)
    assert not np.shares_memory(first, a)
    held = first.copy()
    layer(b, training=CASES[name].training)
    np.testing.assert_array_equal(first, held)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_is_kept(name, dtype, x):
    layer, x = CASES[name].built(dtype), x.astype(dtype)
    a = layer.forward(x, training=CASES[name].training)
    assert a.dtype == layer.backward(np.ones_like(a)).dtype == layer.dtype == dtype
    assert layer(x.tolist()).dtype == dtype
    for w in layer.weights:
        assert getattr(layer, w.name).dtype == dtype
        assert not w.trainable or getattr(layer, "d" + w.name).dtype == dtype


def test_cast(name, x):
    """A layer that has worked in float64 works in float32, with its weights rounded."""
    layer, fresh = CASES[name].built(), CASES[name].built("float32")
    run(name, layer, x)
    layer.cast("float32")
    fresh.set_weights(layer.get_weights())
    x = x.astype("float32")
    a, b = run(name, layer, x), run(name, fresh, x)
    assert a.dtype == np.float32
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(layer.backward(np.ones_like(a)), fresh.backward(np.ones_like(a)))


def test_buffers_are_reused(name, layer, x):
    """No pass allocates where the last one did; a smaller batch takes the front of the same memory."""
    big = run(name, layer, x)
    small = run(name, layer, x[:2])
    assert np.shares_memory(big, small)
    assert small.shape == (2, *layer.output_shape(x.shape[1:]))
    if name in ROWWISE:
        np.testing.assert_allclose(small, layer(x)[:2], rtol=1e-14)
    double = np.concatenate([x, x])
    assert run(name, layer, double).shape[0] == len(double)
    assert layer.backward(np.ones_like(run(name, layer, double))).shape == double.shape


def test_inference_is_the_default(name, layer, x):
    np.testing.assert_array_equal(layer.forward(x).copy(), layer.forward(x, training=False))
    np.testing.assert_array_equal(layer(x), layer(x, training=False))


def test_output_shape(name, layer, x):
    assert run(name, layer, x).shape == (len(x), *layer.output_shape(x.shape[1:]))


def test_config_round_trip(name, layer, x):
    config = layer.get_config()
    again = type(layer).from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    again.dtype = layer.dtype
    again.build((None, *x.shape[1:]), np.random.default_rng(5))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(run(name, again, x), run(name, layer, x))
    assert {"name", "trainable"} <= set(config)
    assert again.weights == layer.weights or [w.name for w in again.weights] == [w.name for w in layer.weights]


def test_name_and_trainable_are_kept(name):
    layer = CASES[name].make(name="mine", dtype="float64")
    assert layer.get_config()["name"] == "mine"
    layer.trainable = False
    assert type(layer).from_config(layer.get_config()).trainable is False


def test_random_state(name, layer, x):
    """Only layers that draw have one; it is JSON, and brings back the draws."""
    state = layer.random_state
    if name.split("-")[0] not in ("Dropout", "AlphaDropout", "GaussianNoise", "RReLU"):
        assert state is None
        layer.random_state = None
        with pytest.raises(ValueError, match="random_state must be None, as the layer draws nothing, got 3"):
            layer.random_state = 3
        return
    first = layer(x, training=True)
    assert not np.array_equal(layer(x, training=True), first)
    layer.random_state = json.loads(json.dumps(state))
    np.testing.assert_array_equal(layer(x, training=True), first)


def test_kinks(name, layer):
    """Those of the activation; a layer with a kink of its own keeps the ``z`` that decides."""
    kind = name.split("-")[0]
    expected = (0.0,) if kind in ("PReLU", "RReLU") else getattr(layer.activation, "kinks", ())
    assert layer.kinks == expected


@pytest.mark.parametrize("kind", layers.LAYERS)
def test_unknown_arguments_are_named(kind):
    positional = {"Dense": (2,), "Activation": ("relu",), "Dropout": (0.5,), "AlphaDropout": (0.5,),
                  "GaussianNoise": (0.5,), "Reshape": ((2, 2),)}.get(kind, ())
    with pytest.raises(ValueError) as caught:
        layers.LAYERS[kind](*positional, trainabel=False)
    assert f"unknown argument of {kind} 'trainabel' (str); expected one of: " in str(caught.value)
    assert "name, trainable, dtype. Did you mean 'trainable'?" in str(caught.value)


def test_an_argument_that_a_subclass_hands_up_by_mistake_is_not_swallowed():
    class Mine(layers.Dense):
        def __init__(self, units, extra=None, **kwargs):
            super().__init__(units, extra=extra, **kwargs)

    with pytest.raises(ValueError, match="unknown argument of Mine 'extra'"):
        Mine(3, extra=1)


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


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: layers.Input(784), TypeError,
     "Input: shape must be a tuple without the batch size, such as (784,), got 784 (int)"),
    (lambda: layers.Input(()), ValueError, "Input: shape must have at least one entry, such as (784,), got ()"),
    (lambda: layers.Input((None, 4)), ValueError,
     "Input: each entry of shape must be an integer of at least 1, got None (NoneType)"),
    (lambda: layers.Input((0,)), ValueError, "got 0 (int)"),
])
def test_input_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
