"""Whole models against Keras: outputs, gradients, trajectories, histories."""

import numpy as np
import pytest
from reference import relative_error

import course_lib as cl

pytestmark = pytest.mark.keras

# Largest relative error of a tensor or a number. One pass differs by rounding; over 200 steps rounding grows.
ONE_PASS = {"float32": 1e-6, "float64": 2e-15}
MANY_STEPS = {"float32": 5e-6, "float64": 2e-14}
SETTINGS = {"plain": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}
HEADS = {"softmax-sparse": ("softmax", "sparse_categorical_crossentropy"),
         "softmax-categorical": ("softmax", "categorical_crossentropy"),
         "sigmoid-binary": ("sigmoid", "binary_crossentropy"), "linear-mse": (None, "mean_squared_error"),
         "tanh-mse": ("tanh", "mean_squared_error"), "softmax-mse": ("softmax", "mean_squared_error")}


def targets(head, y):
    return y if "sparse" in head else np.eye(3)[y]


def keras_loss(keras, name):
    return getattr(keras.losses, type(cl.losses.get(name)).__name__)()


def assert_equal_weights(ours, theirs, bound):
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert a.dtype == b.dtype
        assert relative_error(a, b) < bound


@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "softmax", "tanh"])
def test_forward(pair, data, dtype, activation):
    ours, theirs = pair(hidden=activation)
    x = data[0].astype(dtype)
    expected = theirs.predict(x, verbose=0)
    assert ours.predict(x).dtype == expected.dtype == dtype
    assert relative_error(ours.predict(x), expected) < ONE_PASS[dtype]
    assert ours.predict(x).shape == expected.shape


@pytest.mark.parametrize("hidden", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("head", HEADS)
def test_gradients(keras, pair, data, dtype, gradients, head, hidden):
    """Loss and all four gradients; with softmax or sigmoid this is the path that both libraries fuse."""
    output, loss = HEADS[head]
    ours, theirs = pair(hidden, output)
    ours.compile("sgd", loss)
    x, y = data[0].astype(dtype), targets(head, data[1])
    y = y if y.ndim == 1 else y.astype(dtype)
    value, expected = gradients(theirs, keras_loss(keras, loss), x, y)
    our_value, our_gradients = ours.loss_and_gradients(x, y)
    assert our_value == pytest.approx(value, rel=ONE_PASS[dtype])
    for a, b in zip(our_gradients.values(), expected, strict=True):
        assert relative_error(a, b) < 2 * ONE_PASS[dtype]


@pytest.mark.parametrize("head", ["softmax-sparse", "softmax-categorical", "sigmoid-binary"])
def test_extreme_logits_in_a_model(keras, pair, dtype, gradients, head):
    """Where the probabilities round to 0 and 1, both keep the loss and its gradient: both take the logits."""
    output, loss = HEADS[head]
    ours, theirs = pair("tanh", output)
    weights = ours.get_weights()
    weights[2] *= 0
    weights[3][...] = [-100, 150, -30]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    ours.compile("sgd", loss)
    theirs.compile("sgd", loss)
    x, y = np.ones((2, 6), dtype), targets(head, np.array([0, 2]))
    expected = theirs.evaluate(x, y, verbose=0)
    assert expected > 50
    assert ours.evaluate(x, y) == pytest.approx(expected, rel=4 * ONE_PASS["float32"])
    _, ours_gradients = ours.loss_and_gradients(x, y)
    _, expected = gradients(theirs, keras_loss(keras, loss), x, y.astype(dtype) if y.ndim == 2 else y)
    np.testing.assert_allclose(ours_gradients["dense_1/bias"], expected[3], rtol=0, atol=ONE_PASS[dtype])
    assert np.abs(ours_gradients["dense_1/bias"]).max() > 0.1


@pytest.mark.parametrize("setting", SETTINGS)
def test_one_step(pair, data, dtype, sgd, setting):
    ours, theirs = pair()
    mine, other = sgd(**SETTINGS[setting])
    ours.compile(mine, "sparse_categorical_crossentropy")
    theirs.compile(other, "sparse_categorical_crossentropy", jit_compile=False)
    x, y = data[0].astype(dtype), data[1]
    assert ours.train_on_batch(x, y)["loss"] == pytest.approx(float(theirs.train_on_batch(x, y)), rel=1e-6)
    assert_equal_weights(ours, theirs, ONE_PASS[dtype])


@pytest.mark.parametrize("setting", SETTINGS)
def test_200_steps(pair, data, dtype, sgd, setting):
    """50 epochs of 4 batches, the last one partial, without shuffling."""
    ours, theirs = pair()
    mine, other = sgd(0.05, **SETTINGS[setting])
    ours.compile(mine, "sparse_categorical_crossentropy")
    theirs.compile(other, "sparse_categorical_crossentropy", jit_compile=False)
    x, y = data[0].astype(dtype), data[1]
    before = ours.get_weights()
    for model in (ours, theirs):
        model.fit(x, y, batch_size=16, epochs=50, shuffle=False, verbose=0)
    assert ours.optimizer.iterations == int(theirs.optimizer.iterations) == 200
    assert_equal_weights(ours, theirs, MANY_STEPS[dtype])
    assert relative_error(ours.get_weights()[0], before[0]) > 0.05             # it did move
    if "momentum" in SETTINGS[setting]:
        slots = np.concatenate([np.asarray(m).ravel() for m in theirs.optimizer.momentums])
        assert relative_error(ours.optimizer.velocity, slots) < 100 * MANY_STEPS[dtype]


@pytest.mark.parametrize("dtype", ["float64"], indirect=True)
def test_keras_rounds_the_momentum_to_float32(pair, data, keras, dtype):
    """Why ``sgd`` rounds: in float64, with the unrounded 0.9, the weights part by the rounding of 0.9 to float32."""
    ours, theirs = pair()
    ours.compile(cl.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy")
    theirs.compile(keras.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", jit_compile=False)
    x, y = data[0].astype(dtype), data[1]
    for model in (ours, theirs):
        model.fit(x, y, batch_size=16, epochs=10, shuffle=False, verbose=0)
    error = max(relative_error(a, b) for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True))
    assert 1e-9 < error < 1e-6


@pytest.mark.parametrize("dtype", ["float64"], indirect=True)
def test_keras_takes_softmax_s_logits_for_sigmoid_s(keras, pair, data, dtype, gradients):
    """softmax with binary_crossentropy: Keras reads the logits kept beside the softmax as if a sigmoid had made the
    outputs. We take the loss of the probabilities, as the formula says."""
    ours, theirs = pair("tanh", "softmax")
    ours.compile("sgd", "binary_crossentropy")
    x, y = data[0], np.eye(3)[data[1]]
    value, _ = gradients(theirs, keras.losses.BinaryCrossentropy(), x, y)
    z = cl.Sequential(ours.layers[:1], dtype=dtype).predict(x) @ ours.layers[1].kernel + ours.layers[1].bias
    assert value == pytest.approx(cl.losses.BinaryCrossentropy(from_logits=True)(y, z), rel=1e-13)
    assert ours.evaluate(x, y) == pytest.approx(float(keras.losses.BinaryCrossentropy()(y, ours.predict(x))), rel=1e-13)
    assert abs(value - ours.evaluate(x, y)) > 0.01


@pytest.mark.parametrize("head", ["softmax-sparse", "softmax-categorical", "sigmoid-binary", "linear-mse"])
def test_history(pair, data, dtype, sgd, head):
    """Loss and metric of each epoch, with a partial last batch and a validation split. Keras keeps means in float32."""
    output, loss = HEADS[head]
    metric = "mse" if head == "linear-mse" else "accuracy"
    ours, theirs = pair(output=output)
    mine, other = sgd(0.1, momentum=0.9)
    ours.compile(mine, loss, metrics=[metric])
    theirs.compile(other, loss, metrics=[metric], jit_compile=False)
    x, y = data[0].astype(dtype), targets(head, data[1])
    y = y if y.ndim == 1 else y.astype(dtype)
    a, b = (
        m.fit(x, y, batch_size=16, epochs=6, shuffle=False, validation_split=0.3, verbose=0) for m in (ours, theirs)
    )
    assert set(a.history) == set(b.history) == {"loss", metric, "val_loss", f"val_{metric}"}
    for name, values in a.history.items():
        np.testing.assert_allclose(values, b.history[name], rtol=1e-5, err_msg=name)
    assert a.epoch == b.epoch
    assert a.params["steps"] == b.params["steps"] == 3
    np.testing.assert_allclose(
        ours.evaluate(x, y, batch_size=7), theirs.evaluate(x, y, batch_size=7, verbose=0), rtol=1e-5
    )


def test_validation_data_and_initial_epoch(pair, data, dtype, sgd):
    ours, theirs = pair()
    mine, other = sgd(0.1)
    ours.compile(mine, "sparse_categorical_crossentropy", metrics=["accuracy"])
    theirs.compile(other, "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
    x, y = data[0].astype(dtype), data[1]
    a, b = (m.fit(x[:33], y[:33], batch_size=16, epochs=5, initial_epoch=2, shuffle=False,
                  validation_data=(x[33:], y[33:]), validation_split=0.5, verbose=0) for m in (ours, theirs))
    assert a.epoch == b.epoch == [2, 3, 4]
    for name, values in b.history.items():
        np.testing.assert_allclose(a.history[name], values, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("frozen", [0, 1])
def test_trainable(pair, data, dtype, sgd, frozen):
    ours, theirs = pair()
    mine, other = sgd(0.1, momentum=0.9)
    for model, optimizer in ((ours, mine), (theirs, other)):
        model.layers[frozen].trainable = False
        model.compile(optimizer, "sparse_categorical_crossentropy")
    x, y = data[0].astype(dtype), data[1]
    held = ours.get_weights()
    for model in (ours, theirs):
        model.fit(x, y, batch_size=16, epochs=5, shuffle=False, verbose=0)
    assert_equal_weights(ours, theirs, 5 * ONE_PASS[dtype])
    for i, (a, b) in enumerate(zip(ours.get_weights(), held, strict=True)):
        assert np.array_equal(a, b) is (i // 2 == frozen)


def test_freezing_after_training_waits_for_compile(pair, data, dtype, sgd):
    """In both libraries, trainable=False after a fit does nothing until the model is compiled again."""
    ours, theirs = pair()
    for model, optimizer in zip((ours, theirs), sgd(0.1), strict=True):
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(data[0].astype(dtype), data[1], batch_size=50, shuffle=False, verbose=0)
        model.layers[0].trainable = False
        held = model.get_weights()[0]
        model.fit(data[0].astype(dtype), data[1], batch_size=50, shuffle=False, verbose=0)
        assert not np.array_equal(model.get_weights()[0], held)
    assert_equal_weights(ours, theirs, ONE_PASS[dtype])


def test_shared_layers(keras, dtype, data, sgd):
    """Train B, then A, then B on layers they share."""
    def build(library, **arguments):
        shared = library.layers.Dense(8, activation="tanh")
        return [
            library.Sequential(
                [library.Input((6,)), shared, library.layers.Dense(3, activation="softmax", name=name)], **arguments
            )
            for name in "ab"
        ]
    ours, theirs = build(cl, dtype=dtype, seed=0), build(keras)
    x, y = data[0].astype(dtype), data[1]
    for a, b in zip(ours, theirs, strict=True):
        b.set_weights(a.get_weights())
        for model, optimizer in zip((a, b), sgd(0.1, momentum=0.9), strict=True):
            model.compile(optimizer, "sparse_categorical_crossentropy")
    for which in (1, 0, 1):
        for models in (ours, theirs):
            models[which].fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
        for a, b in zip(ours, theirs, strict=True):
            assert_equal_weights(a, b, 10 * ONE_PASS[dtype])


def test_callback_order(keras, data):
    """The same hooks in the same order with the same arguments, and what a callback adds to the logs is in History."""
    calls, histories = {}, {}
    for library, arguments in ((cl, {"dtype": "float32"}), (keras, {})):
        seen = calls[library] = []

        class Recorder(library.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None, seen=seen):
                seen.append(("on_epoch_end", epoch, sorted(logs)))
                logs["mine"] = float(epoch)

        for hook in ("on_train_begin", "on_train_end", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end"):
            if hook.startswith("on_train_batch") or hook.startswith("on_epoch"):
                def on(self, index, logs=None, hook=hook, seen=seen):
                    seen.append((hook, index, sorted(logs or {})))
            else:
                def on(self, logs=None, hook=hook, seen=seen):
                    seen.append((hook, sorted(set(logs or {}) - {"mine"})))
            setattr(Recorder, hook, on)
        model = library.Sequential([library.Input((6,)), library.layers.Dense(3, activation="softmax")], **arguments)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(
            data[0].astype("float32"),
            data[1],
            batch_size=20,
            epochs=2,
            validation_data=data,
            verbose=0,
            callbacks=[Recorder()],
        )
        histories[library] = history.history
    assert calls[cl] == calls[keras]
    assert histories[cl]["mine"] == histories[keras]["mine"] == [0.0, 1.0]
