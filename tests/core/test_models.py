"""Clones of models."""

import numpy as np
import pytest

from course_lib import Input, Sequential, activations, layers, losses, metrics, models, optimizers, schedules


def original(dtype="float64"):
    model = Sequential([Input((6,)), layers.Dense(8, activation="tanh", kernel_regularizer="l2"), layers.Dropout(0.25),
                        layers.Dense(3, activation="softmax", trainable=False)], seed=7, dtype=dtype, name="net")
    adam = optimizers.AdamW(schedules.ExponentialDecay(0.1, 10, 0.5), weight_decay=0.1)
    adam.exclude_from_weight_decay(var_names=["bias"])
    model.compile(adam, losses.CategoricalCrossentropy(label_smoothing=0.1), ["accuracy"], [metrics.Recall(0.3)])
    return model


@pytest.fixture
def rows(data):
    return data[0], np.eye(3)[data[1]]


def test_the_same_architecture_with_weights_of_its_own(rows):
    model = original()
    model.fit(*rows, verbose=0)
    clone = models.clone_model(model)
    assert type(clone) is Sequential
    assert clone.get_config() == model.get_config()
    assert not any(a is b for a, b in zip(model.layers, clone.layers, strict=True))
    held = model.get_weights()
    clone.fit(*rows, epochs=2, verbose=0)
    for a, b in zip(held, model.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_weights_are_fresh(rows):
    model = original()
    initial = model.get_weights()
    model.fit(*rows, verbose=0)
    clone = models.clone_model(model)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    assert np.array_equal(clone.get_weights()[0], initial[0])           # of the same seed
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(clone.predict(rows[0]), model.predict(rows[0]))
    free = Sequential([Input((6,)), layers.Dense(3)])
    assert not np.array_equal(models.clone_model(free).get_weights()[0], free.get_weights()[0])


def test_compiled_alike(rows):
    model = original()
    model.fit(*rows, verbose=0)
    clone = models.clone_model(model)
    assert optimizers.serialize(clone.optimizer) == optimizers.serialize(model.optimizer)
    assert clone.optimizer is not model.optimizer
    assert clone.optimizer.iterations == 0
    assert clone.loss is not model.loss
    assert losses.serialize(clone.loss) == losses.serialize(model.loss)
    assert [metrics.serialize(m) for m in clone.metrics] == [metrics.serialize(m) for m in model.metrics]
    fresh = original()
    for m in (clone, fresh):
        m.fit(*rows, epochs=2, verbose=0)
    np.testing.assert_array_equal(clone.params, fresh.params)
    model.fit(*rows, verbose=0)                                         # the original still has its optimizer


def test_not_compiled_and_not_built(data):
    model = Sequential([layers.Dense(3)])
    clone = models.clone_model(model)
    assert not clone.built
    assert not clone.compiled
    clone.predict(data[0])
    assert not model.built


def test_a_function_of_one_s_own(rows):
    """Other activations; or the very same layers."""
    def linear(layer):
        config = layer.get_config()
        if "activation" in config:
            config["activation"] = "linear"
        return type(layer).from_config(config)
    clone = models.clone_model(original(), linear)
    assert [type(layer.activation) for layer in clone.layers if layer.activation] == 2 * [activations.Identity]
    model = original()
    same = models.clone_model(model, clone_function=lambda layer: layer)
    assert all(a is b for a, b in zip(model.layers, same.layers, strict=True))
    same.fit(*rows, verbose=0)
    assert np.array_equal(model.get_weights()[0], same.get_weights()[0])


def test_nested_models():
    inner = Sequential([layers.Dense(4)], name="inner")
    model = Sequential([Input((6,)), inner, layers.Dense(2)], seed=0)
    clone = models.clone_model(model)
    assert clone._paths() == model._paths()
    assert clone.layers[0] is not inner
    assert not np.shares_memory(clone.layers[0].layers[0].kernel, inner.layers[0].kernel)


def test_layers_of_one_s_own():
    class Twice(layers.Layer):
        def forward(self, x, training=False):
            return 2 * x
    model = Sequential([Input((3,)), Twice(name="mine")])
    clone = models.clone_model(model)
    assert type(clone.layers[0]) is Twice
    assert clone.layers[0] is not model.layers[0]


def test_load_model(tmp_path):
    original().save(tmp_path / "m.npz")
    assert models.load_model(tmp_path / "m.npz").get_config() == original().get_config()
    assert models.Sequential is Sequential


def test_errors():
    with pytest.raises(TypeError, match=r"clone_model: model must be a Sequential, got <Dense> \(Dense\)"):
        models.clone_model(layers.Dense(3))
