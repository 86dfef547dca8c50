"""A model among the layers of another stands for its layers."""

import numpy as np
import pytest

from course_lib import Input, Sequential, gradient_check, layers, optimizers


def flat(seed=0):
    return Sequential([Input((6,)), layers.Dense(8, activation="tanh"), layers.BatchNormalization(), layers.Dense(4),
                       layers.Dense(3, activation="softmax")], seed=seed, dtype="float64")


def nested(seed=0):
    inner = Sequential([layers.Dense(8, activation="tanh"), layers.BatchNormalization()], dtype="float64", name="base")
    head = Sequential([layers.Dense(4), layers.Dense(3, activation="softmax")], dtype="float64")
    return Sequential([Input((6,)), inner, head], seed=seed, dtype="float64")


def compiled(model, optimizer=None):
    model.compile(optimizer or optimizers.SGD(0.1, momentum=0.5), "sparse_categorical_crossentropy", ["accuracy"])
    return model


def test_the_same_training_as_without_nesting(data, equal_weights):
    a, b = compiled(flat()), compiled(nested())
    assert equal_weights(a, b)                              # built with the outer model's seed
    first, second = (m.fit(*data, batch_size=16, epochs=4, validation_split=0.2, verbose=0).history for m in (a, b))
    assert first == second
    assert equal_weights(a, b)
    np.testing.assert_array_equal(a.predict(data[0]), b.predict(data[0]))
    assert b._compiled.fused is not None                    # the inner softmax meets its loss


def test_names_and_paths():
    model = nested()
    assert [layer.name for layer in model.layers] == ["base", "sequential"]
    assert list(model._weight_shapes())[:3] == ["base/dense/kernel", "base/dense/bias",
                                                "base/batch_normalization/gamma"]
    assert model._paths() == ["base/dense", "base/batch_normalization", "sequential/dense", "sequential/dense_1"]
    assert model.get_layer("base") is model.layers[0]
    two = Sequential([Sequential([layers.Dense(2)]), Sequential([layers.Dense(2)]), layers.Dense(2)])
    assert [layer.name for layer in two.layers] == ["sequential", "sequential_1", "dense"]
    lines = []
    model.summary(print_fn=lines.append)
    assert "base (Sequential)        (m, 8)             88" in lines[0]
    assert "Non-trainable params: 16" in lines[0]


def test_inner_models_are_models(data):
    """They predict, and see what the outer one learns."""
    model = compiled(nested())
    base, head = model.layers
    assert base.built
    assert (base.input_shape, head.input_shape) == ((6,), (8,))
    before = base.predict(data[0])
    model.fit(*data, verbose=0)
    after = base.predict(data[0])
    assert not np.array_equal(before, after)
    np.testing.assert_allclose(head.predict(after), model.predict(data[0]), rtol=1e-12)


def test_training_the_inner_one_changes_the_outer(data, equal_weights):
    base = compiled(Sequential([Input((6,)), layers.Dense(5, activation="softmax")], dtype="float64", seed=1))
    outer = compiled(Sequential([base, layers.Dense(3, activation="softmax")], dtype="float64", seed=2))
    for model in (outer, base, outer, base):
        held = base.get_weights()
        before = outer.predict(data[0])
        model.fit(*data, verbose=0)
        assert not np.array_equal(held[0], base.get_weights()[0])
        assert np.array_equal(outer.get_weights()[0], base.get_weights()[0])
        assert not np.array_equal(before, outer.predict(data[0]))


class TestFreezing:
    def test_takes_effect_at_compile(self, data):
        model = compiled(nested())
        model.fit(*data, verbose=0)
        model.layers[0].trainable = False
        assert [layer.trainable for layer in model._chain] == [False, False, True, True]
        held = model.get_weights()
        model.fit(*data, verbose=0)
        assert not np.array_equal(held[0], model.get_weights()[0])
        compiled(model)
        held = model.get_weights()
        model.fit(*data, verbose=0)
        same = [np.array_equal(a, b) for a, b in zip(held, model.get_weights(), strict=True)]
        assert same == [True] * 6 + [False] * 4
        assert list(model.loss_and_gradients(*data)[1]) == [
            "sequential/dense/kernel", "sequential/dense/bias", "sequential/dense_1/kernel", "sequential/dense_1/bias"]

    def test_each_model_goes_by_its_own_compile(self, data):
        base = compiled(Sequential([Input((6,)), layers.Dense(5, activation="softmax")], dtype="float64", seed=1))
        base.trainable = False
        outer = compiled(Sequential([base, layers.Dense(3, activation="softmax")], dtype="float64", seed=2))
        held = base.get_weights()
        outer.fit(*data, verbose=0)
        assert np.array_equal(held[0], base.get_weights()[0])
        base.fit(*data, verbose=0)                          # compiled when it was trainable
        assert not np.array_equal(held[0], base.get_weights()[0])
        outer.trainable = True
        assert base.trainable
        compiled(outer).fit(*data, verbose=0)
        assert not np.array_equal(held[0], outer.get_weights()[0])


def test_deeper(data):
    innermost = Sequential([layers.Dense(4, activation="tanh")], dtype="float64", name="c")
    inner = Sequential([innermost], dtype="float64", name="b")
    middle = Sequential([inner, layers.Dropout(0.5)], dtype="float64", name="a")
    model = Sequential([Input((6,)), middle, layers.Dense(3, activation="softmax")], dtype="float64", seed=0)
    assert model._paths() == ["a/b/c/dense", "a/dropout", "dense"]
    compiled(model).fit(*data, verbose=0)
    assert innermost.predict(data[0]).shape == (50, 4)
    assert gradient_check(model, data[0][:5], data[1][:5], training=True).ok
    again = Sequential.from_config(model.get_config())
    assert again.get_config() == model.get_config()
    assert again._paths() == model._paths()


def test_saved_and_loaded(tmp_path, data, equal_weights):
    model = compiled(nested())
    model.fit(*data, verbose=0)
    model.save(tmp_path / "m.npz")
    loaded = Sequential.load(tmp_path / "m.npz")
    assert isinstance(loaded.layers[0], Sequential)
    for m in (model, loaded):
        m.fit(*data, epochs=2, verbose=0)
    assert equal_weights(model, loaded)


def test_built_late(data):
    model = Sequential([Sequential([layers.Dense(4)]), layers.Dense(3, activation="softmax")])
    assert not model.built
    compiled(model).fit(*data, verbose=0)
    assert model.layers[0].input_shape == (6,)
    assert model.layers[0](data[0]).shape == (50, 4)


def test_a_built_inner_model_gives_the_input_shape():
    base = Sequential([Input((6,)), layers.Dense(4)], seed=1)
    model = Sequential([base, layers.Dense(3)])
    assert model.built
    assert model.input_shape == (6,)
    assert model.layers[0].layers[0].kernel is base.layers[0].kernel


def test_cast(data):
    model = compiled(nested())
    model.cast("float32")
    assert model.layers[0].dtype == model.layers[0].layers[0].dtype == np.float32
    compiled(model).fit(*data, verbose=0)
    assert model.params.dtype == np.float32


LAYER = layers.Dense(4)
BASE = Sequential([Input((6,)), LAYER], name="base")


def cycle():
    a, b = Sequential([layers.Dense(2)], name="a"), Sequential([layers.Dense(2)], name="b")
    a.add(b)
    b.add(a)


@pytest.mark.parametrize(("call", "text"), [
    (lambda: Sequential([BASE, LAYER]), "Sequential: a layer can stand in a model once, got 'dense' again"),
    (lambda: Sequential([BASE, BASE]), "Sequential: a layer can stand in a model once, got 'base' again"),
    (lambda: Sequential([Input((6,)), Sequential([Input((5,)), layers.Dense(3)])]),
     "Sequential: layer 'dense' was built for inputs of shape (m, 5), here it gets (m, 6)"),
    (lambda: Sequential([Sequential([layers.Dense(3)])], dtype="float64"),
     "Sequential: layer 'sequential' must have the model's dtype float64, got float32"),
    (lambda: Sequential([Sequential(name="a"), Sequential(name="a")]),
     "Sequential: layer names must be unique, got 'a' twice"),
    (cycle, "Sequential.add: 'b' is part of another model, which would not notice"),
])
def test_errors(call, text):
    with pytest.raises(ValueError) as caught:
        call()
    assert text in str(caught.value)


def test_a_model_does_not_stand_in_itself():
    model = Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="a layer can stand in a model once, got 'sequential' again"):
        model.add(model)
    assert len(model.layers) == 1


class TestPop:
    def test_the_last_layer(self, data):
        model = compiled(flat())
        kernel = model.layers[0].kernel.copy()
        head = model.pop()
        assert (head.name, len(model.layers), model.output_shape) == ("dense_2", 3, (4,))
        assert model.count_params() == 6 * 8 + 8 + 4 * 8 + 8 * 4 + 4 == model.params.size
        assert np.array_equal(model.layers[0].kernel, kernel)
        with pytest.raises(ValueError, match="call compile"):
            model.evaluate(*data)
        model.add(layers.Dense(3, activation="softmax", name="new"))
        compiled(model).fit(*data, verbose=0)

    def test_a_nested_model(self):
        model = nested()
        with pytest.raises(ValueError, match="Sequential.pop: 'base' is part of another model, which would not notice"):
            model.layers[0].pop()
        head = model.pop()
        assert [layer.name for layer in head.layers] == ["dense", "dense_1"]
        assert model._paths() == ["base/dense", "base/batch_normalization"]
        head.pop()                                          # it is free again
        assert model.output_shape == (8,)

    def test_nothing_left(self):
        model = Sequential([Input((3,)), layers.Dense(2)])
        model.pop()
        assert (model.layers, model.built) == ([], False)
        with pytest.raises(ValueError, match="Sequential.pop: the model has no layers"):
            model.pop()


def test_the_list_of_layers_is_a_copy():
    model = flat()
    model.layers.pop()
    assert len(model.layers) == 4


def test_an_error_of_any_kind_leaves_the_model_as_it_was():
    class Strange(layers.Layer):
        def create_weights(self, input_shape, rng):
            raise KeyError("mine")
    model = Sequential([Input((3,)), layers.Dense(2)])
    with pytest.raises(KeyError):
        model.add(Strange())
    assert len(model.layers) == len(model._chain) == 1


def test_a_refused_model_stays_as_it_was():
    inner = Sequential([layers.Dense(3), layers.BatchNormalization(axis=4)])
    outer = Sequential([Input((6,))])
    with pytest.raises(ValueError, match="axis must be one of 1"):
        outer.add(inner)
    assert outer.layers == []
    assert (outer.input_shape, inner.input_shape, inner.name) == ((6,), None, "sequential")
    assert not inner.layers[0].built
    inner.add(layers.Dense(2))


def test_a_build_that_fails_leaves_nothing_behind():
    """The activation takes any shape, Dense does not: another batch may be tried afterwards."""
    model = Sequential([layers.Activation("tanh"), layers.Dense(3), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"Dense: inputs must have shape \(m, n_in\), got \(m, 2, 3\)"):
        model.predict(np.zeros((4, 2, 3)))
    assert not any(layer.built for layer in model.layers)
    assert model.input_shape is None
    assert model.predict(np.zeros((4, 6))).shape == (4, 2)
    assert [w.name for w in model.layers[1].weights] == ["kernel", "bias"]
