"""Building a model: shapes, names, weights, summary, and what is refused."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers


def test_with_input_the_weights_exist_at_once():
    model = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], seed=0)
    assert model.built
    assert [w.shape for w in model.get_weights()] == [(4, 3), (3,), (3, 2), (2,)]
    assert model.output_shape == (2,)
    assert model.count_params() == 23


@pytest.mark.parametrize(
    "way", [lambda m: m.build((None, 4)), lambda m: m(np.zeros((1, 4))), lambda m: m.predict([[0.0] * 4])]
)
def test_without_input_they_come_later_and_are_the_same(way):
    late = Sequential([layers.Dense(3), layers.Dense(2)], seed=7)
    assert not late.built
    way(late)
    early = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], seed=7)
    for a, b in zip(late.get_weights(), early.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    late.build((None, 4))           # once more does nothing
    late.build()
    np.testing.assert_array_equal(late.get_weights()[0], early.get_weights()[0])


def test_layers_one_by_one_are_the_same():
    added = Sequential(seed=7)
    for layer in (Input((4,)), layers.Dense(3), layers.Dense(2)):
        added.add(layer)
    whole = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], seed=7)
    np.testing.assert_array_equal(added.params, whole.params)


def test_seeds():
    def weights(seed):
        return Sequential([Input((4,)), layers.Dense(3)], seed=seed).params
    assert np.array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))
    assert not np.array_equal(weights(None), weights(None))
    two = Sequential([Input((4,)), layers.Dense(4), layers.Dense(4)], seed=0)
    assert not np.array_equal(two.layers[0].kernel, two.layers[1].kernel)


def test_float32_weights_are_the_rounded_float64_ones():
    a, b = (Sequential([Input((4,)), layers.Dense(3)], seed=1, dtype=d).params for d in ("float32", "float64"))
    assert a.dtype == np.float32
    np.testing.assert_array_equal(a, b.astype("float32"))


def test_names():
    model = Sequential(
        [Input((4,)), layers.Dense(3), layers.Dense(3, name="mine"), layers.Dense(3), layers.Activation("relu")]
    )
    assert [layer.name for layer in model.layers] == ["dense", "mine", "dense_1", "activation"]
    assert model.get_layer("mine") is model.get_layer(index=1) is model.layers[1]
    assert model.get_layer(index=-1) is model.layers[3]
    taken = Sequential([layers.Dense(1, name="dense"), layers.Dense(1, name="dense_1"), layers.Dense(1)])
    assert taken.layers[2].name == "dense_2"


def test_weights_round_trip():
    model = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], seed=0, dtype="float64")
    values = [np.full(w.shape, i, "float64") for i, w in enumerate(model.get_weights())]
    model.set_weights(values)
    for a, b in zip(model.get_weights(), values, strict=True):
        np.testing.assert_array_equal(a, b)
    values[0][...] = 99                     # copied in
    model.get_weights()[0][...] = 99        # copied out
    assert np.all(model.layers[0].kernel == 0)


def test_call_is_the_layers_in_a_row(rng):
    model = Sequential([Input((4,)), layers.Dense(3, activation="tanh"), layers.Dense(2)], seed=0, dtype="float64")
    x = rng.normal(size=(5, 4))
    w, b, v, c = model.get_weights()
    np.testing.assert_allclose(model(x), np.tanh(x @ w + b) @ v + c, rtol=1e-13)
    first = model(x)
    held = first.copy()
    model(x + 1)
    np.testing.assert_array_equal(first, held)


def test_summary():
    lines = []
    model = Sequential(
        [Input((64,)), layers.Dense(100, activation="relu"), layers.Dense(10, trainable=False)], name="net"
    )
    model.summary(print_fn=lines.append)
    assert "\n".join(lines).splitlines() == [
        'Model: "net"',
        "Layer (type)     Output shape  Param #",
        "--------------------------------------",
        "dense (Dense)    (m, 100)        6,500",
        "dense_1 (Dense)  (m, 10)         1,010",
        "--------------------------------------",
        "Total params: 7,510", "Trainable params: 6,500", "Non-trainable params: 1,010"]


def test_summary_prints(capsys):
    Sequential([Input((4,)), layers.Dense(3)]).summary()
    assert "Total params: 15" in capsys.readouterr().out


def test_config_round_trip():
    model = Sequential([Input((4,)), layers.Dense(3, activation="relu", use_bias=False, kernel_initializer="he_normal"),
                        layers.Activation("softmax")], seed=3, dtype="float64", name="net")
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert type(again) is Sequential
    np.testing.assert_array_equal(again.params, model.params)       # the same seed


def test_config_refuses_what_cannot_be_made_again():
    class Mine(layers.Dense):
        pass
    with pytest.raises(ValueError, match=r"layer <Mine> \(Mine\) cannot be saved: only these can: Dense, Activation"):
        Sequential([Input((4,)), Mine(3)]).get_config()


def test_cast(rng):
    """Another dtype from now on: weights, gradients, outputs, training."""
    model = Sequential([Input((4,)), layers.Dense(3, activation="tanh"), layers.Dense(2)], seed=0)
    model.compile("sgd", "mse")
    x, y = rng.normal(size=(5, 4)), rng.normal(size=(5, 2))
    model.train_on_batch(x, y)
    held, outputs = model.get_weights(), model.predict(x)
    model.cast("float64")
    for a, b in zip(model.get_weights(), held, strict=True):
        assert a.dtype == np.float64
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(model.predict(x), outputs, rtol=1e-5)
    assert model.predict(x).dtype == np.float64
    with pytest.raises(ValueError, match="call compile"):
        model.train_on_batch(x, y)
    model.compile("sgd", "mse")
    model.train_on_batch(x, y)
    assert model.params.dtype == model.grads.dtype == model.layers[0].dkernel.dtype == np.float64
    with pytest.raises(ValueError, match=r"Sequential.cast: dtype must be float32 or float64, got 'int8' \(str\)"):
        model.cast("int8")
    assert model.dtype == np.float64


def test_repr():
    assert repr(Sequential([layers.Dense(3)], name="net")) == "<Sequential 'net', 1 layers, not built>"
    assert repr(Sequential([Input((2,)), layers.Dense(3)])) == "<Sequential 'sequential', 1 layers>"


def model():
    return Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], seed=0)


def unbuilt():
    return Sequential([layers.Dense(3)])


W = [np.zeros((4, 3)), np.zeros(3), np.zeros((3, 2)), np.zeros(2)]
NOT_BUILT = (
    "the model has no weights yet; start its layers with Input((n_in,)), or call build((None, n_in)), or call the "
    "model on a batch first"
)


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda: Sequential(layers.Dense(3)), TypeError, "Sequential: layers must be a list, got <Dense> (Dense)"),
    (lambda: Sequential([layers.Dense]), TypeError, "a class needs parentheses and arguments"),
    (lambda: Sequential([3]), TypeError, "Sequential: expected Input or layers, got 3 (int)"),
    (lambda: Sequential(["relu"]), TypeError, "got 'relu' (str)"),
    (lambda: Sequential(seed=-1), ValueError, "Sequential: seed must be an integer of at least 0, got -1 (int)"),
    (lambda: Sequential(seed=1.5), ValueError, "got 1.5 (float)"),
    (lambda: Sequential(dtype="float16"), ValueError,
     "Sequential: dtype must be float32 or float64, got 'float16' (str)"),
    (lambda: Sequential([layers.Dense(3), Input((4,))]), ValueError,
     "Sequential: Input must come first and once, got Input((4,)) after 1 layers"),
    (lambda: Sequential([Input((4,)), Input((4,))]), ValueError, "got Input((4,)) after 0 layers"),
    (lambda: model().add(Input((4,))), ValueError, "after 2 layers"),
    (lambda: Sequential([layers.Dense(3, name="a"), layers.Dense(3, name="a")]), ValueError,
     "Sequential: layer names must be unique, got 'a' twice"),
    (lambda: Sequential([layer := layers.Dense(3), layer]), ValueError,
     "Sequential: a layer can stand in a model once, got 'dense' again"),
    (lambda: Sequential([layers.Dense(3, name="d", dtype="float64")]), ValueError,
     "Sequential: layer 'd' must have the model's dtype float32, got float64"),
    (lambda: Sequential([Input((4,)), model().layers[1]]), ValueError,
     "Sequential: layer 'dense_1' was built for inputs of shape (m, 3), here it gets (m, 4)"),
    (lambda: Sequential([Input((2, 4)), layers.Dense(3)]), ValueError,
     "Dense: inputs must have shape (m, n_in), got (m, 2, 4)"),
    (lambda: unbuilt().build(), ValueError,
     "Sequential.build: input_shape must be given where there is no Input, such as "
                                            "build((None, 784))"),
    (lambda: unbuilt().build((4,)), ValueError, "Sequential.build: input_shape must start with the batch axis, such as "
                                                "(None, 784), got (4,) (tuple)"),
    (lambda: unbuilt().build(4), ValueError, "got 4 (int)"),
    (lambda: unbuilt().build((None, 4.0)), ValueError, "must be an integer of at least 1, got 4.0 (float)"),
    (lambda: model().build((None, 5)), ValueError,
     "Sequential.build: the model takes inputs of shape (m, 4), got (None, 5)"),
    (lambda: unbuilt().get_weights(), ValueError, f"Sequential.get_weights: {NOT_BUILT}"),
    (lambda: unbuilt().set_weights([]), ValueError, f"Sequential.set_weights: {NOT_BUILT}"),
    (lambda: unbuilt().summary(), ValueError, f"Sequential.summary: {NOT_BUILT}"),
    (lambda: unbuilt().count_params(), ValueError, f"Sequential.count_params: {NOT_BUILT}"),
    (lambda: unbuilt().params, ValueError, f"Sequential.params: {NOT_BUILT}"),
    (lambda: unbuilt().output_shape, ValueError, f"Sequential.output_shape: {NOT_BUILT}"),
    (lambda: Sequential().summary(), ValueError, "Sequential.summary: the model has no layers yet; add some first"),
    (lambda: Sequential().predict([[1.0]]), ValueError,
     "Sequential.predict: the model has no layers yet; add some first"),
    (lambda: Sequential()([[1.0]]), ValueError, "Sequential.__call__: the model has no layers yet"),
    (lambda: unbuilt()([1.0, 2.0]), ValueError,
     "Sequential.__call__: x must be a batch of shape (m, n_in), got an array of "
                                                "shape (2,), dtype float32"),
    (lambda: model()(np.zeros((2, 5))), ValueError,
     "Sequential.__call__: x must have shape (m, 4), got an array of shape (2, 5)"),
    (lambda: model()(np.zeros(4)), ValueError,
     "Sequential.__call__: x must have shape (m, 4), got an array of shape (4,)"),
    (lambda: model().set_weights(W[:3]), ValueError,
     "Sequential.set_weights: expected a list of 4 arrays (dense/kernel, "
                                                     "dense/bias, dense_1/kernel, dense_1/bias), got 3"),
    (lambda: model().set_weights(None), ValueError, "dense_1/bias), got None (NoneType)"),
    (lambda: model().set_weights([W[0].T, *W[1:]]), ValueError,
     "Sequential.set_weights: dense/kernel must have shape (4, 3), got (3, 4)"),
    (lambda: model().set_weights([*W[:3], np.array([0, 1e300])]), ValueError,
     "dense_1/bias must fit into float32, got 1e+300 at index (1,)"),
    (lambda: model().set_weights([*W[:3], ["a", "b"]]), TypeError,
     "dense_1/bias must hold real numbers, got ['a', 'b'] (list)"),
    (lambda: model().set_weights([*W[:3], [[1], [1, 2]]]), ValueError,
     "dense_1/bias must be an array of numbers, got [[1], [1, 2]]"),
    (lambda: model().get_layer("Dense"), ValueError,
     "unknown layer 'Dense' (str); expected one of: dense, dense_1. Did you mean"),
    (lambda: model().get_layer(), ValueError,
     "Sequential.get_layer: give a name or an index, got name=None, index=None"),
    (lambda: model().get_layer("dense", 0), ValueError, "got name='dense', index=0"),
    (lambda: model().get_layer(index=2), ValueError, "index must be that of one of the 2 layers, got 2"),
    (lambda: Sequential.from_config({**model().get_config(), "layers": [{"class": "Dens", "config": {}}]}), ValueError,
     "unknown layer 'Dens' (str); expected one of: Dense, Activation"),
])
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


def test_a_refused_layer_leaves_the_model_as_it_was(rng):
    m = model()
    m.compile("sgd", "mse")
    held, compiled = m.params.copy(), m._compiled
    wrong = Sequential([Input((9,)), layers.Dense(3, name="other")]).layers[0]
    for layer in (wrong, layers.Dense(3, dtype="float64"), layers.Dense(3, name="dense"), "relu", Input((4,))):
        with pytest.raises((ValueError, TypeError)):
            m.add(layer)
        assert len(m.layers) == 2
        assert m._compiled is compiled
        np.testing.assert_array_equal(m.params, held)
    m.train_on_batch(rng.normal(size=(3, 4)), rng.normal(size=(3, 2)))


def test_set_weights_changes_nothing_after_an_error():
    m = model()
    held = m.params.copy()
    with pytest.raises(ValueError):
        m.set_weights([np.ones((4, 3)), np.ones(3), np.ones((3, 2)), np.ones(3)])
    np.testing.assert_array_equal(m.params, held)


def test_weights_are_set_in_the_models_own_memory(make_model):
    """What the user has assigned, of another dtype, twice or as a list, is taken over and then left alone."""
    model, mine = make_model(), np.eye(8)
    values = [np.full_like(w, 0.25 * (i + 1)) for i, w in enumerate(model.get_weights())]
    for assigned in (mine[:6], mine[:6].astype(int), mine[:6].tolist()):
        model.layers[0].kernel = assigned
        model.set_weights(values)
        np.testing.assert_equal(model.get_weights(), values)
    np.testing.assert_array_equal(mine, np.eye(8))
