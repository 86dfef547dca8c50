"""Training and using a model."""

import dataclasses
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import reference

from course_lib import Input, Sequential, callbacks, layers, losses, metrics, optimizers


class Batches(callbacks.Callback):
    """The rows each step saw, told by the first column of x, which counts them."""

    def __init__(self):
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append([])

    def on_train_batch_end(self, batch, logs=None):
        self.epochs[-1].append(self.model.layers[0].x[:, 0].astype(int).tolist())


@pytest.fixture
def counting():
    """A model and data whose first column is the row's number; x barely matters, because it is not learned from."""
    x = np.column_stack([np.arange(50.0), np.ones(50)])
    model = Sequential([Input((2,)), layers.Dense(1, kernel_initializer="zeros")], seed=3, dtype="float64")
    model.compile(optimizers.SGD(1e-9), "mse")
    return model, x, np.zeros(50)


class TestShuffling:
    def test_every_row_once_an_epoch(self, counting):
        model, x, y = counting
        seen = Batches()
        model.fit(x, y, batch_size=16, epochs=4, callbacks=[seen], verbose=0)
        for epoch in seen.epochs:
            assert [len(rows) for rows in epoch] == [16, 16, 16, 2]
            assert sorted(row for rows in epoch for row in rows) == list(range(50))
        assert len({str(epoch) for epoch in seen.epochs}) == 4          # another order each time
        assert all(sum(epoch, []) != list(range(50)) for epoch in seen.epochs)

    def test_not_shuffled(self, counting):
        model, x, y = counting
        seen = Batches()
        model.fit(x, y, batch_size=16, epochs=2, shuffle=False, callbacks=[seen], verbose=0)
        for epoch in seen.epochs:
            assert sum(epoch, []) == list(range(50))

    def test_y_is_shuffled_with_x(self):
        """A model that can fit y = x exactly reaches it only if the rows stay together."""
        x = np.linspace(-1, 1, 40)[:, None]
        model = Sequential([Input((1,)), layers.Dense(1)], seed=0, dtype="float64")
        model.compile(optimizers.SGD(0.5), "mse")
        model.fit(x, 2 * x[:, 0] + 1, batch_size=7, epochs=60, verbose=0)
        np.testing.assert_allclose(model.predict(x)[:, 0], 2 * x[:, 0] + 1, atol=1e-6)

    def test_caller_s_arrays_stay(self, data, make_model):
        x, y = data
        held = x.copy(), y.copy()
        make_model().fit(x, y, verbose=0)
        np.testing.assert_array_equal(x, held[0])
        np.testing.assert_array_equal(y, held[1])


class TestSeeds:
    def test_same_seed_same_training(self, data, make_model, equal_weights):
        a, b = make_model(seed=4), make_model(seed=4)
        histories = [m.fit(*data, batch_size=8, epochs=3, verbose=0).history for m in (a, b)]
        assert equal_weights(a, b)
        assert histories[0] == histories[1]

    def test_other_seed_other_training(self, data, make_model):
        """The order of the rows follows the seed, too: from equal weights the trainings part."""
        a, b = make_model(seed=4), make_model(seed=5)
        assert not np.array_equal(a.params, b.params)
        b.set_weights(a.get_weights())
        for m in (a, b):
            m.fit(*data, batch_size=8, verbose=0)
        assert not np.array_equal(a.params, b.params)

    def test_the_global_generator_plays_no_part(self, data, make_model, equal_weights):
        models = []
        for seed in (0, 1):
            np.random.seed(seed)  # noqa: NPY002
            models.append(make_model())
            models[-1].fit(*data, verbose=0)
        assert equal_weights(*models)

    def test_two_fits_are_one_long_fit(self, data, make_model, equal_weights):
        a, b = make_model(), make_model()
        a.fit(*data, batch_size=8, epochs=4, verbose=0)
        for _ in range(2):
            b.fit(*data, batch_size=8, epochs=2, verbose=0)
        assert equal_weights(a, b)


def by_hand(weights, x, y, epochs, batch_size, learning_rate, momentum):
    """Two dense layers, tanh and softmax, trained by loops over batches: weights, (loss, accuracy) per epoch."""
    w, b, v, c = (a.copy() for a in weights)
    velocity = [np.zeros_like(a) for a in (w, b, v, c)]
    history = []
    for _ in range(epochs):
        total = right = 0
        for start in range(0, len(x), batch_size):
            xb, yb = x[start:start + batch_size], y[start:start + batch_size]
            h = np.tanh(xb @ w + b)
            e = np.exp(h @ v + c)
            p = e / e.sum(axis=1, keepdims=True)
            total -= np.log(p[np.arange(len(yb)), yb]).sum()
            right += (p.argmax(axis=1) == yb).sum()
            d = (p - np.eye(p.shape[1])[yb]) / len(yb)
            dh = d @ v.T * (1 - h ** 2)
            for a, m, g in zip((w, b, v, c), velocity, (xb.T @ dh, dh.sum(0), h.T @ d, d.sum(0)), strict=True):
                m *= momentum
                m -= learning_rate * g
                a += m
        history.append((total / len(x), right / len(x)))
    return (w, b, v, c), history


class TestFit:
    @pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-13), ("float32", 1e-5)])
    def test_against_a_training_by_hand(self, data, make_model, dtype, bound):
        """50 rows in batches of 16: the last batch has 2, and weighs 2 in the epoch's means."""
        model = make_model(dtype=dtype)
        weights, history = by_hand([w.astype(float) for w in model.get_weights()], *data, 5, 16, 0.1, 0.9)
        result = model.fit(*data, batch_size=16, epochs=5, shuffle=False, verbose=0)
        np.testing.assert_allclose(result.history["loss"], [h[0] for h in history], rtol=bound)
        np.testing.assert_allclose(result.history["accuracy"], [h[1] for h in history], rtol=1e-12)
        for a, b in zip(model.get_weights(), weights, strict=True):
            assert a.dtype == dtype
            assert reference.relative_error(a, b) < bound

    def test_history(self, data, make_model):
        model = make_model()
        history = model.fit(*data, epochs=3, validation_data=data, verbose=0)
        assert isinstance(history, callbacks.History)
        assert history is model.history
        assert history.epoch == [0, 1, 2]
        assert list(history.history) == ["loss", "accuracy", "val_loss", "val_accuracy"]
        assert all(len(values) == 3 and all(type(v) is float for v in values) for values in history.history.values())

    def test_validation_is_evaluate_at_the_end_of_the_epoch(self, data, make_model):
        x, y = data
        model = make_model()
        history = model.fit(x[:30], y[:30], batch_size=8, validation_data=(x[30:], y[30:]), verbose=0)
        expected = model.evaluate(x[30:], y[30:], batch_size=8)
        assert [history.history["val_loss"][-1], history.history["val_accuracy"][-1]] == expected

    @pytest.mark.parametrize(("share", "kept"), [(0.2, 40), (0.33, 33), (0.5, 25), (0.99, 0), (0.98, 1), (0.01, 49)])
    def test_validation_split_takes_the_last_rows(self, counting, share, kept):
        """int(m (1 - share)) rows are kept, before shuffling, as in Keras."""
        model, x, y = counting
        assert int(50 * (1 - share)) == kept
        if kept == 0:
            return
        seen = Batches()
        history = model.fit(x, y, validation_split=share, callbacks=[seen], verbose=0)
        assert sorted(sum(seen.epochs[0], [])) == list(range(kept))
        assert history.history["val_loss"] == [pytest.approx(model.evaluate(x[kept:], y[kept:]))]

    def test_validation_data_wins_over_the_split(self, counting):
        model, x, y = counting
        seen = Batches()
        model.fit(x, y, validation_split=0.2, validation_data=(x[:3], y[:3]), callbacks=[seen], verbose=0)
        assert len(sum(seen.epochs[0], [])) == 50

    def test_validation_does_not_train(self, data, make_model, equal_weights):
        a, b = make_model(), make_model()
        a.fit(*data, epochs=2, verbose=0)
        b.fit(*data, epochs=2, validation_data=(data[0][:7], data[1][:7]), verbose=0)
        assert equal_weights(a, b)

    def test_initial_epoch(self, data, make_model, equal_weights):
        a, b = make_model(), make_model()
        history = a.fit(*data, epochs=5, initial_epoch=2, verbose=0)
        b.fit(*data, epochs=3, verbose=0)
        assert history.epoch == [2, 3, 4]
        assert len(history.history["loss"]) == 3
        assert equal_weights(a, b)
        assert a.fit(*data, epochs=2, initial_epoch=2, verbose=0).history == {}

    def test_no_epochs(self, data, make_model, equal_weights):
        model = make_model()
        assert model.fit(*data, epochs=0, verbose=0).history == {}
        assert equal_weights(model, make_model())

    def test_batch_larger_than_the_data(self, data, make_model):
        model = make_model()
        assert model.fit(*data, batch_size=1000, verbose=0).params["steps"] == 1
        assert model.optimizer.iterations == 1

    def test_lists_and_integers(self, make_model):
        model = make_model()
        model.fit([[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]], [0, 2], verbose=0)
        assert model.predict([[1, 2, 3, 4, 5, 6]]).shape == (1, 3)

    def test_builds_at_the_first_fit(self, data):
        model = Sequential([layers.Dense(8, activation="tanh"), layers.Dense(3, activation="softmax")], seed=0)
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(*data, verbose=0)
        assert model.input_shape == (6,)

    def test_learns(self, data, make_model):
        model = make_model(seed=1)
        history = model.fit(*data, epochs=200, verbose=0)
        assert history.history["loss"][-1] < 0.1 * history.history["loss"][0]
        assert model.evaluate(*data)[1] == 1


class TestVerbose:
    @pytest.fixture
    def output(self, data, make_model, capsys):
        def output(**arguments):
            make_model().fit(*data, epochs=2, validation_data=data, **arguments)
            return capsys.readouterr()
        return output

    def test_silent(self, output):
        captured = output(verbose=0)
        assert captured.out == captured.err == ""

    def test_a_line_an_epoch(self, output):
        lines = output(verbose=2).out.splitlines()
        assert len(lines) == 2
        for epoch, line in enumerate(lines, 1):
            assert line.startswith(f"Epoch {epoch}/2 - loss: ")
            assert all(f" - {name}: " in line for name in ("accuracy", "val_loss", "val_accuracy"))

    @pytest.mark.parametrize("arguments", [{}, {"verbose": 1}, {"verbose": "auto"}])
    def test_a_bar_an_epoch(self, output, arguments):
        out = output(**arguments).out
        assert "Epoch 2/2: 100%" in out
        assert "val_accuracy: " in out

    def test_plain_lines_without_tqdm(self, output, monkeypatch):
        monkeypatch.setitem(sys.modules, "tqdm.auto", None)
        assert output(verbose=1).out == output(verbose=2).out != ""

    def test_evaluate_and_predict(self, data, make_model, capsys):
        model = make_model()
        model.evaluate(*data)
        model.predict(data[0], verbose=2)
        assert capsys.readouterr().out == ""
        model.evaluate(*data, verbose=1)
        assert capsys.readouterr().out.startswith("loss: ")


class TestEvaluate:
    def test_is_the_loss_of_the_predictions(self, data, make_model):
        x, y = data
        model = make_model()
        p = model.predict(x)
        expected = [losses.get("sparse_categorical_crossentropy")(y, p), metrics.get("accuracy")(y, p)]
        for batch_size in (1, 7, 32, 100):
            np.testing.assert_allclose(model.evaluate(x, y, batch_size=batch_size), expected, rtol=1e-12)
        assert model.evaluate(x, y, return_dict=True) == dict(
            zip(["loss", "accuracy"], model.evaluate(x, y), strict=True)
        )

    def test_is_a_float_without_metrics(self, data, make_model):
        assert type(make_model(metrics=()).evaluate(*data)) is float

    def test_changes_nothing(self, data, make_model, unchanged):
        model = make_model()
        model.train_on_batch(*data)
        with unchanged(model):
            model.evaluate(*data)
            model.predict(data[0])
            model.loss_and_gradients(*data)

    def test_in_the_middle_of_an_epoch(self, data, make_model):
        """A callback that evaluates does not disturb the epoch's running means."""
        class Evaluates(callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.evaluate(*data)

        plain, disturbed = (make_model().fit(*data, batch_size=8, epochs=2, verbose=0, callbacks=c).history
                            for c in ([], [Evaluates()]))
        assert plain == disturbed

    @pytest.mark.parametrize(("output", "loss", "y"), [("softmax", "sparse_categorical_crossentropy", [0]),
                                                       ("softmax", "categorical_crossentropy", [[1.0, 0.0, 0.0]]),
                                                       ("sigmoid", "binary_crossentropy", [[1.0, 0.0, 1.0]])])
    def test_extreme_logits_stay_exact(self, make_model, output, loss, y):
        """The loss is taken at the logits, so it is not cut off at 16.1, and its gradient does not vanish."""
        model = make_model(output=output, loss=loss, metrics=(), dtype="float32")
        model.layers[-1].kernel[...] = 0
        model.layers[-1].bias[...] = [-100, 100, -100]
        x = np.ones((1, 6))
        assert model.evaluate(x, y) == pytest.approx(200 if output == "softmax" else 100)
        _, gradients = model.loss_and_gradients(x, y)
        expected = [-1, 1, 0] if output == "softmax" else [-1 / 3, 1 / 3, -1 / 3]
        np.testing.assert_allclose(gradients["dense_1/bias"], expected, atol=1e-6)


class TestPredict:
    def test_two_calls_do_not_share_a_buffer(self, data, make_model):
        model = make_model()
        first = model.predict(data[0])
        held = first.copy()
        second = model.predict(data[0] + 1)
        assert not np.shares_memory(first, second)
        np.testing.assert_array_equal(first, held)
        assert not any(np.shares_memory(first, b) for layer in model.layers for b in layer._buffers.values())

    @pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
    def test_batches_do_not_matter(self, data, make_model, batch_size):
        model = make_model()
        np.testing.assert_allclose(model.predict(data[0], batch_size=batch_size), model(data[0]), rtol=1e-13)

    def test_dtype(self, data, make_model):
        assert make_model(dtype="float32").predict(data[0]).dtype == np.float32

    def test_needs_no_compile(self, data):
        assert Sequential([Input((6,)), layers.Dense(2)]).predict(data[0]).shape == (50, 2)

    def test_shapes_that_dense_cannot_have(self, rng):
        x = rng.normal(size=(5, 2, 3))
        model = Sequential([Input((2, 3)), layers.Activation("tanh")], dtype="float64")
        np.testing.assert_array_equal(model.predict(x, batch_size=2), np.tanh(x))


class TestTrainOnBatch:
    def test_is_one_step(self, data, make_model, equal_weights):
        a, b = make_model(), make_model()
        before = a.evaluate(*data)
        logs = a.train_on_batch(*data)
        b.fit(*data, batch_size=50, shuffle=False, verbose=0)
        assert equal_weights(a, b)
        assert list(logs) == ["loss", "accuracy"]
        np.testing.assert_allclose(list(logs.values()), before, rtol=1e-13)      # before the step
        assert a.optimizer.iterations == 1

    def test_list(self, data, make_model):
        a, b = make_model(), make_model()
        assert a.train_on_batch(*data, return_dict=False) == list(b.train_on_batch(*data).values())


def test_loss_and_gradients_is_the_central_difference(data, make_model):
    model = make_model()
    loss, gradients = model.loss_and_gradients(*data)
    assert loss == pytest.approx(model.evaluate(*data)[0], rel=1e-13)
    params = model.params

    def cost(theta):
        params[...] = theta
        return model.evaluate(*data)[0]
    numeric = reference.central_difference(cost, params.copy())
    assert reference.relative_error(np.concatenate([g.ravel() for g in gradients.values()]), numeric) < 1e-8


def test_compile_by_object_or_by_name(data, make_model, equal_weights):
    a, b = make_model(optimizer="sgd"), make_model(optimizer=optimizers.SGD(),
                                                   loss=losses.SparseCategoricalCrossentropy(),
                                                   metrics=[metrics.get("accuracy")])
    for m in (a, b):
        m.fit(*data, verbose=0)
    assert equal_weights(a, b)
    assert a.optimizer is not b.optimizer


def test_a_loss_from_logits(data, make_model):
    """softmax + crossentropy, and linear + crossentropy from logits, are the same training."""
    a = make_model(metrics=())
    b = make_model(output=None, loss=losses.SparseCategoricalCrossentropy(from_logits=True), metrics=())
    for m in (a, b):
        m.fit(*data, epochs=3, verbose=0)
    np.testing.assert_allclose(a.params, b.params, rtol=1e-12)


def test_fused_and_plain_path_agree(data, make_model):
    """With the activation as a layer, as part of Dense, and without the short cut."""
    whole = make_model(metrics=())
    split = Sequential([Input((6,)), layers.Dense(8, activation="tanh"), layers.Dense(3), layers.Activation("softmax")],
                       seed=0, dtype="float64")
    split.compile("sgd", "sparse_categorical_crossentropy")
    plain = make_model(metrics=())
    plain._compiled = dataclasses.replace(plain._compiled, fused=None)
    split.set_weights(whole.get_weights())
    loss, gradients = whole.loss_and_gradients(*data)
    for other in (split, plain):
        other_loss, other_gradients = other.loss_and_gradients(*data)
        assert other_loss == pytest.approx(loss, rel=1e-12)
        for a, b in zip(gradients.values(), other_gradients.values(), strict=True):
            assert reference.relative_error(a, b) < 1e-12
    assert split._compiled.fused is not None


def test_a_step_allocates_little():
    """784-300-100-10 has 266,610 parameters, 1 MB: beyond the batch itself, a step makes only small arrays."""
    model = Sequential([Input((784,)), layers.Dense(300, activation="relu"), layers.Dense(100, activation="relu"),
                        layers.Dense(10, activation="softmax")], seed=0)
    model.compile(optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    x, y = np.zeros((64, 784), "float32"), np.zeros(64, int)
    model.train_on_batch(x, y)
    tracemalloc.start()
    for _ in range(3):
        model.train_on_batch(x, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < x.nbytes / 2 + 20_000         # the check for finite x makes one boolean per entry


def test_float32_stays_float32(data, make_model):
    model = make_model(dtype="float32")
    model.fit(*data, verbose=0)
    arrays = [model.params, model.grads, model.optimizer.velocity, *model.get_weights(),
              *(b for layer in model.layers for b in layer._buffers.values())]
    assert {a.dtype.name for a in arrays} == {"float32"}


def test_a_model_can_be_thrown_away():
    """No global registry holds it."""
    code = ("import gc, weakref, numpy as np\nfrom course_lib import *\n"
            "m = Sequential([Input((2,)), layers.Dense(1)]); m.compile('sgd', 'mse')\n"
            "m.fit(np.zeros((4, 2)), np.zeros(4), verbose=0)\n"
            "r = weakref.ref(m); del m; gc.collect(); assert r() is None")
    subprocess.run([sys.executable, "-c", code], check=True)
