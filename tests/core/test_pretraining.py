"""Greedy layer-wise pretraining: what is trained, on what, and that it helps to reconstruct."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers
from course_lib.datasets import digits
from course_lib.pretraining import pretrain


def make(dtype="float32", hidden="tanh"):
    return Sequential([Input((64,)), layers.Dense(32, activation=hidden), layers.Dense(16, activation=hidden),
                       layers.Dense(10, activation="softmax")], seed=1, dtype=dtype)


@pytest.fixture(scope="module")
def data():
    return digits.load_splits()


def sgd():
    return optimizers.SGD(0.1, momentum=0.9)


class TestStages:
    def test_reconstruction_improves_and_the_weights_are_the_encoders(self, data):
        model, x = make(), data.train[0]
        before = model.get_weights()
        done = pretrain(model, x, sgd(), epochs=8, seed=0, validation_data=data.validation[0])
        assert done.model is model
        assert len(done.autoencoders) == len(done.histories) == 2
        for history in done.histories:
            losses = history.history["loss"]
            assert len(losses) == 8
            assert losses[-1] < 0.7 * losses[0]
            assert history.history["val_loss"][-1] < 0.8 * history.history["val_loss"][0]
        after = model.get_weights()
        for i in range(2):
            encoder = done.autoencoders[i].layers[0]
            assert encoder is model.layers[i]
            np.testing.assert_array_equal(after[2 * i], encoder.get_weights()[0])
            np.testing.assert_array_equal(after[2 * i + 1], encoder.get_weights()[1])
            assert not np.array_equal(after[2 * i], before[2 * i])
        for i in (4, 5):                                        # the last layer stays as it was
            np.testing.assert_array_equal(after[i], before[i])

    def test_by_hand(self, data):
        """The same two trainings, written out: equal to the last bit."""
        x = data.train[0][:200].astype("float64")
        model, other = make("float64"), make("float64")
        done = pretrain(model, x, sgd(), epochs=3, batch_size=50, seed=5)
        rows = x
        for i, n in enumerate((64, 32)):
            seed = int(np.random.SeedSequence(5).spawn(2)[i].generate_state(1)[0])
            autoencoder = Sequential([Input((n,)), other.layers[i], layers.Dense(n)], seed=seed, dtype="float64")
            autoencoder.compile(sgd(), "mse")
            history = autoencoder.fit(rows, rows, epochs=3, batch_size=50, verbose=0)
            assert history.history == done.histories[i].history
            kernel, bias = other.layers[i].get_weights()
            rows = np.tanh(rows @ kernel + bias)
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_beats_random_codes(self, data):
        """A linear read-out of the pretrained codes gives the inputs back better than one of random codes."""
        x, held = data.train[0], data.test[0]
        trained, fresh = make(), make()
        pretrain(trained, x, sgd(), epochs=20, seed=0)
        errors = []
        for model in (trained, fresh):
            encoder = Sequential([Input((64,)), *model.layers[:2]])
            design, test = (np.column_stack([encoder.predict(r), np.ones(len(r))]) for r in (x, held))
            errors.append(((test @ np.linalg.lstsq(design, x, rcond=None)[0] - held) ** 2).mean())
        assert errors[0] < 0.9 * errors[1]

    def test_fine_tuning(self, data):
        model = pretrain(make(), data.train[0], sgd(), epochs=5, seed=0).model
        model.compile(sgd(), "sparse_categorical_crossentropy", metrics=["accuracy"])
        before = model.layers[0].get_weights()[0]
        model.fit(*data.train, epochs=10, verbose=0)
        assert model.evaluate(*data.test)[1] > 0.9
        assert not np.array_equal(model.layers[0].get_weights()[0], before)

    def test_frozen_afterwards(self, data):
        model = pretrain(make(), data.train[0], sgd(), epochs=2, seed=0).model
        for layer in model.layers[:2]:
            layer.trainable = False
        model.compile(sgd(), "sparse_categorical_crossentropy")
        before = model.get_weights()
        model.fit(*data.train, epochs=1, verbose=0)
        for i, (a, b) in enumerate(zip(before, model.get_weights(), strict=True)):
            assert np.array_equal(a, b) is (i < 4)

    def test_seed(self, data):
        x = data.train[0][:100]
        a, b, c = (pretrain(make(), x, sgd(), epochs=1, seed=s).model.get_weights()[0] for s in (1, 1, 2))
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)

    def test_stages_differ_in_their_decoders(self, data):
        """Two stages of one size do not begin with the same decoder."""
        model = Sequential([Input((64,)), layers.Dense(64), layers.Dense(64), layers.Dense(10)], seed=0)
        done = pretrain(model, data.train[0][:50], sgd(), epochs=0, seed=3)
        first, second = (a.layers[-1].get_weights()[0] for a in done.autoencoders)
        assert not np.array_equal(first, second)

    def test_blocks_with_normalization_and_dropout(self, data):
        model = Sequential([Input((8, 8)), layers.Flatten(), layers.Dense(40, use_bias=False),
                            layers.BatchNormalization(), layers.Activation("relu"), layers.Dropout(0.2, seed=0),
                            layers.Dense(20, activation="relu"), layers.Dense(10, activation="softmax")], seed=0)
        x = data.train[0].reshape(-1, 8, 8)
        done = pretrain(model, x, sgd(), epochs=4, seed=0)
        assert [[type(layer).__name__ for layer in a.layers] for a in done.autoencoders] == [
            ["Dense", "BatchNormalization", "Activation", "Dropout", "Dense"], ["Dense", "Dense"]]
        assert [a.layers[-1].units for a in done.autoencoders] == [64, 40]
        assert model.layers[2].get_weights()[2].any()           # the moving mean has moved

        # The second stage sees the first one's outputs without dropout: its loss, hardly moved, is that of these codes.
        slow = pretrain(model, x, optimizers.SGD(1e-9), epochs=1, seed=0)
        codes = Sequential([Input((8, 8)), *model.layers[:5]]).predict(x)
        probe = slow.autoencoders[1]
        assert slow.histories[1].history["loss"][0] == pytest.approx(probe.evaluate(codes, codes), rel=1e-4)

    def test_models_within_models(self, data):
        inner = Sequential([Input((64,)), layers.Dense(20, activation="tanh")], name="inner", seed=0)
        model = Sequential([Input((64,)), inner, layers.Dense(10)], seed=0)
        done = pretrain(model, data.train[0][:100], sgd(), epochs=1, seed=0)
        assert done.autoencoders[0].layers[0] is inner.layers[0]

    def test_arguments_reach_fit(self, data, capsys):
        from course_lib.callbacks import Callback

        class Count(Callback):
            batches = 0

            def on_train_batch_end(self, batch, logs=None):
                self.batches += 1
        count = Count()
        done = pretrain(make(), data.train[0][:100], sgd(), loss="mae", epochs=2, batch_size=30, callbacks=[count],
                        verbose=2)
        assert count.batches == 2 * 2 * 4
        assert capsys.readouterr().out.count("Epoch 2/2") == 2
        assert "val_loss" not in done.histories[0].history
        assert done.histories[0].history["loss"][0] == pytest.approx(0.8, abs=0.3)

    def test_adam_is_the_default(self, data):
        losses = pretrain(make(), data.train[0], epochs=3, seed=0).histories[0].history["loss"]
        assert losses[-1] < losses[0]


@pytest.mark.parametrize(("call", "error", "text"), [
    (lambda x: pretrain("model", x), TypeError, "pretrain: model must be a Sequential, got 'model' (str)"),
    (lambda x: pretrain(Sequential([layers.Dense(3), layers.Dense(2)]), x), ValueError,
     "pretrain: the model has no weights yet; start its layers with Input((n_in,))"),
    (lambda x: pretrain(Sequential([Input((64,)), layers.Dense(2)]), x), ValueError,
     "pretrain: the model must have a Dense layer below its last one, got 1 Dense layers"),
    (lambda x: pretrain(make(), x[:, :9]), ValueError,
     "pretrain: x must have shape (m, 64), got an array of shape (1047, 9), dtype float32"),
    (lambda x: pretrain(make(), x, validation_data=x[0]), ValueError,
     "pretrain: validation_data must have shape (m, 64), got an array of shape (64,), dtype float32"),
    (lambda x: pretrain(make(), [["a"]]), TypeError, "pretrain: x must hold real numbers"),
    (lambda x: pretrain(make(), x, seed=-1), ValueError, "pretrain: seed must be an integer of at least 0, got -1"),
    (lambda x: pretrain(make(), x, epochs=-1), ValueError, "epochs must be an integer of at least 0, got -1"),
])
def test_bad_input(call, error, text, data):
    with pytest.raises(error) as caught:
        call(data.train[0])
    assert text in str(caught.value)


def test_a_frozen_layer_cannot_learn(data):
    model = make()
    model.layers[1].trainable = False
    before = model.get_weights()
    with pytest.raises(ValueError, match="pretrain: layer 'dense_1' must be trainable, as it is to learn"):
        pretrain(model, data.train[0])
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
