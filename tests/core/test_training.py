"""The training step with everything that changes it: weights of rows, penalties, constraints, statistics, masks."""

import numpy as np
import pytest
import reference

from course_lib import Input, Sequential, callbacks, constraints, layers, losses, metrics, optimizers, regularizers

M, N, K = 50, 6, 3


def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def network(*made, optimizer=None, loss="sparse_categorical_crossentropy", dtype="float64", seed=0, **arguments):
    model = Sequential([Input((N,)), *made], seed=seed, dtype=dtype)
    model.compile(optimizer or optimizers.SGD(0.5), loss, **arguments)
    return model


class TestRowWeights:
    """sum_i w_i J_i / m: the divisor is the number of rows, as in Keras."""

    WEIGHTS = np.random.default_rng(1).uniform(0, 3, M)

    def by_hand(self, model, x, y, weights, batch_size, epochs, rate):
        w, b = (v.astype(float) for v in model.get_weights())
        history = []
        for _ in range(epochs):
            total = 0
            for start in range(0, M, batch_size):
                rows = slice(start, start + batch_size)
                p = softmax(x[rows] @ w + b)
                each = weights[rows] * -np.log(p[np.arange(len(p)), y[rows]])
                total += each.sum()
                d = (p - np.eye(K)[y[rows]]) * weights[rows][:, None] / len(p)
                w, b = w - rate * x[rows].T @ d, b - rate * d.sum(axis=0)
            history.append(total / M)
        return (w, b), history

    @pytest.mark.parametrize(("dtype", "bound"), [("float64", 1e-13), ("float32", 1e-5)])
    @pytest.mark.parametrize("shape", [(M,), (M, 1)])
    def test_fit_against_a_training_by_hand(self, data, dtype, bound, shape):
        model = network(layers.Dense(K, activation="softmax"), dtype=dtype)
        expected, history = self.by_hand(model, *data, self.WEIGHTS, 16, 4, 0.5)
        result = model.fit(*data, batch_size=16, epochs=4, shuffle=False, verbose=0,
                           sample_weight=self.WEIGHTS.reshape(shape))
        np.testing.assert_allclose(result.history["loss"], history, rtol=bound)
        for a, b in zip(model.get_weights(), expected, strict=True):
            assert reference.relative_error(a, b) < bound

    @pytest.mark.parametrize(("loss", "output", "targets"), [
        ("sparse_categorical_crossentropy", "softmax", lambda y: y),
        ("categorical_crossentropy", "softmax", lambda y: np.eye(K)[y]),
        ("binary_crossentropy", "sigmoid", lambda y: np.eye(K)[y]), ("mse", "tanh", lambda y: np.eye(K)[y]),
        ("mae", None, lambda y: np.eye(K)[y]), ("huber", None, lambda y: np.eye(K)[y])])
    def test_a_weight_of_two_is_the_row_twice(self, data, loss, output, targets):
        """With and without the short cut through the logits."""
        x, y = data[0], targets(data[1])
        model = network(layers.Dense(8, activation="tanh"), layers.Dense(K, activation=output), loss=loss)
        weights = np.arange(M) % 3
        repeated = np.repeat(np.arange(M), weights)
        value, gradients = model.loss_and_gradients(x, y, weights)
        expected, others = model.loss_and_gradients(x[repeated], y[repeated])
        assert value == pytest.approx(expected * len(repeated) / M, rel=1e-13)
        for a, b in zip(gradients.values(), others.values(), strict=True):
            np.testing.assert_allclose(a, b * len(repeated) / M, rtol=1e-10, atol=1e-16)

    def test_shuffling_keeps_weights_with_their_rows(self, data, equal_weights):
        """Rows of weight 0 do not count, wherever they come."""
        x, y = data
        weights = (np.arange(M) < 30) * 1.0
        a, b = (network(layers.Dense(K, activation="softmax")) for _ in range(2))
        a.fit(x, y, batch_size=7, epochs=3, sample_weight=weights, verbose=0)
        x, y = x.copy(), y.copy()
        x[30:], y[30:] = 1e3, 0
        b.fit(x, y, batch_size=7, epochs=3, sample_weight=weights, verbose=0)
        assert equal_weights(a, b)

    def test_train_on_batch_and_test_on_batch(self, data):
        model = network(layers.Dense(K, activation="softmax"), weighted_metrics=["accuracy"])
        p = model.predict(data[0])
        expected = {"loss": losses.SparseCategoricalCrossentropy()(data[1], p, self.WEIGHTS),
                    "accuracy": metrics.get("accuracy")(data[1], p, self.WEIGHTS)}
        assert model.test_on_batch(*data, self.WEIGHTS) == pytest.approx(expected, rel=1e-12)
        assert model.test_on_batch(*data, self.WEIGHTS, return_dict=False) == pytest.approx(list(expected.values()))
        assert model.train_on_batch(*data, self.WEIGHTS) == pytest.approx(expected, rel=1e-12)
        assert model.evaluate(*data, batch_size=9, sample_weight=self.WEIGHTS)[0] != pytest.approx(expected["loss"])

    def test_validation(self, data):
        """A triple weighs the validation; the split takes the weights of its rows along."""
        x, y = data
        model = network(layers.Dense(K, activation="softmax"), weighted_metrics=["accuracy"])
        triple = x[:20], y[:20], self.WEIGHTS[:20]
        history = model.fit(*data, validation_data=triple, verbose=0).history
        expected = model.evaluate(*triple[:2], sample_weight=triple[2])
        assert [history["val_loss"][0], history["val_accuracy"][0]] == expected
        history = model.fit(*data, validation_split=0.4, sample_weight=self.WEIGHTS, verbose=0).history
        expected = model.evaluate(x[30:], y[30:], sample_weight=self.WEIGHTS[30:])
        assert [history["val_loss"][0], history["val_accuracy"][0]] == expected


class TestClassWeights:
    @pytest.mark.parametrize(("output", "loss", "targets"), [
        ("softmax", "sparse_categorical_crossentropy", lambda y: y),
        ("softmax", "sparse_categorical_crossentropy", lambda y: y[:, None]),
        ("softmax", "categorical_crossentropy", lambda y: np.eye(K)[y]), (None, "mse", lambda y: np.eye(K)[y])])
    def test_is_the_weight_of_the_rows(self, data, equal_weights, output, loss, targets):
        x, y = data[0], targets(data[1])
        a, b, c = (network(layers.Dense(K, activation=output), loss=loss) for _ in range(3))
        weights = np.array([1, 0.25, 3])[data[1]]
        first = a.fit(x, y, epochs=2, class_weight={1: 0.25, 2: 3}, verbose=0).history
        second = b.fit(x, y, epochs=2, sample_weight=weights, verbose=0).history
        assert equal_weights(a, b)
        assert first == second
        logs = c.train_on_batch(x, y, class_weight={np.int64(1): np.float32(0.25), 2: 3})
        assert logs["loss"] == pytest.approx(c.loss(y if y.ndim == 1 else y, network(
            layers.Dense(K, activation=output), loss=loss).predict(x), weights), rel=1e-12)

    def test_two_classes_in_one_column(self, data, equal_weights):
        x, y = data[0], (data[1] == 2) * 1.0
        a, b = (network(layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy") for _ in range(2))
        a.fit(x, y, class_weight={1: 4.0}, verbose=0)
        b.fit(x, y, sample_weight=1 + 3 * y, verbose=0)
        assert equal_weights(a, b)

    def test_labels_are_rounded(self, data, equal_weights):
        x = data[0]
        y = np.linspace(-0.4, 2.4, M)
        a, b = (network(layers.Dense(1), loss="mse", optimizer=optimizers.SGD(0.01)) for _ in range(2))
        a.fit(x, y, class_weight={0: 2.0, 2: 5.0}, verbose=0)
        b.fit(x, y, sample_weight=np.select([y < 0.5, y > 1.5], [2, 5], 1), verbose=0)
        assert equal_weights(a, b)

    def test_validation_is_not_weighted(self, data):
        x, y = data
        model = network(layers.Dense(K, activation="softmax"))
        for arguments in ({"validation_split": 0.4}, {"validation_data": (x[30:], y[30:])}):
            history = model.fit(x, y, class_weight={0: 9}, verbose=0, **arguments).history
            assert history["val_loss"][0] == model.evaluate(x[30:], y[30:])

    def test_no_class_is_named(self, data, equal_weights):
        a, b = (network(layers.Dense(K, activation="softmax")) for _ in range(2))
        a.fit(*data, class_weight={}, verbose=0)
        b.fit(*data, verbose=0)
        assert equal_weights(a, b)


class TestPenalties:
    def penalised(self, **arguments):
        return network(layers.Dense(4, activation="tanh", kernel_regularizer=regularizers.L1L2(0.01, 0.02),
                                    bias_regularizer="l2"),
                       layers.Dense(K, activation="softmax", kernel_regularizer=regularizers.L2(0.1)), **arguments)

    def plain(self, **arguments):
        return network(layers.Dense(4, activation="tanh"), layers.Dense(K, activation="softmax"), **arguments)

    def sums(self, model):
        w, b, v, _ = model.get_weights()
        return (0.01 * np.abs(w).sum() + 0.02 * (w ** 2).sum() + 0.01 * (b ** 2).sum(), 0.1 * (v ** 2).sum())

    def test_are_part_of_every_loss(self, data):
        model, plain = self.penalised(metrics=["accuracy"]), self.plain()
        model.set_weights([w + 0.1 for w in model.get_weights()])
        plain.set_weights(model.get_weights())
        expected = plain.evaluate(*data) + sum(self.sums(model))
        for value in (model.evaluate(*data)[0], model.evaluate(*data, batch_size=7)[0],
                      model.loss_and_gradients(*data)[0], model.test_on_batch(*data)["loss"],
                      model.train_on_batch(*data)["loss"]):
            assert value == pytest.approx(expected, rel=1e-12)

    def test_in_fit_they_are_those_of_each_step(self, data):
        """The mean over the epoch of what each batch saw, weighed by its rows; validation at its end."""
        x, y = data
        model = self.penalised()
        twin = self.penalised()
        total = 0
        for start in range(0, M, 16):
            rows = slice(start, start + 16)
            total += twin.train_on_batch(x[rows], y[rows])["loss"] * len(y[rows])
        history = model.fit(x, y, batch_size=16, shuffle=False, validation_data=data, verbose=0).history
        assert history["loss"][0] == pytest.approx(total / M, rel=1e-13)
        assert history["val_loss"][0] == model.evaluate(x, y, batch_size=16)

    def test_weights_of_rows_leave_them(self, data):
        model = self.penalised()
        assert model.evaluate(*data, sample_weight=np.zeros(M)) == pytest.approx(sum(self.sums(model)), rel=1e-12)

    def test_gradients(self, data):
        model, plain = self.penalised(), self.plain()
        model.set_weights([w + 0.1 for w in model.get_weights()])
        plain.set_weights(model.get_weights())
        w, b, v, _ = model.get_weights()
        (_, ours), (_, others) = model.loss_and_gradients(*data), plain.loss_and_gradients(*data)
        added = [0.01 * np.sign(w) + 0.04 * w, 0.02 * b, 0.2 * v, 0]
        for a, other, extra in zip(ours.values(), others.values(), added, strict=True):
            np.testing.assert_allclose(a, other + extra, rtol=1e-12, atol=1e-16)

    def test_of_a_frozen_layer_do_not_count(self, data):
        """As in Keras; and the gradient of what is below is as ever."""
        model = self.penalised()
        model.layers[1].trainable = False
        held = model.evaluate(*data)
        model.compile("sgd", "sparse_categorical_crossentropy")
        assert model.evaluate(*data) == pytest.approx(held - self.sums(model)[1], rel=1e-12)
        assert model.loss_and_gradients(*data)[0] == pytest.approx(model.evaluate(*data), rel=1e-13)

    def test_before_clipping(self, data):
        """The gradient is clipped with the penalty in it."""
        model = self.penalised(optimizer=optimizers.SGD(1.0, clipvalue=0.001))
        held = model.get_weights()
        _, gradients = model.loss_and_gradients(*data)
        model.train_on_batch(*data)
        for before, after, g in zip(held, model.get_weights(), gradients.values(), strict=True):
            np.testing.assert_allclose(before - after, np.clip(g, -0.001, 0.001), atol=1e-15)

    def test_l2_is_weight_decay_for_plain_descent(self, data):
        """l2(lambda) and weight_decay = 2 lambda."""
        decay = network(layers.Dense(K, activation="softmax", use_bias=False),
                        optimizer=optimizers.SGD(0.1, weight_decay=0.02))
        l2 = network(layers.Dense(K, activation="softmax", use_bias=False, kernel_regularizer=regularizers.L2(0.01)),
                     optimizer=optimizers.SGD(0.1))
        for model in (decay, l2):
            model.fit(*data, batch_size=10, epochs=3, verbose=0)
        assert reference.relative_error(decay.params, l2.params) < 1e-13

    def test_of_one_s_own(self, data):
        class Sum(regularizers.Regularizer):
            def __call__(self, w):
                return float(w.sum())

            def gradient(self, w):
                return np.ones_like(w)
        model, plain = (network(layers.Dense(K, kernel_regularizer=r), loss="mse") for r in (Sum(), None))
        y = np.eye(K)[data[1]]
        (loss, ours), (other, others) = (m.loss_and_gradients(data[0], y) for m in (model, plain))
        assert loss == pytest.approx(other + model.layers[0].kernel.sum(), rel=1e-12)
        np.testing.assert_allclose(ours["dense/kernel"], others["dense/kernel"] + 1, rtol=1e-12)
        with pytest.raises(ValueError, match="regularizer .*Sum.* cannot be saved: only these can: l1"):
            model.get_config()


class TestConstraints:
    def test_come_after_the_update(self, data):
        """w <- c(w - eta g), from the first step."""
        constraint = constraints.MaxNorm(0.5)
        model = network(layers.Dense(4, activation="tanh", kernel_constraint=constraint, bias_constraint="non_neg"),
                        layers.Dense(K, activation="softmax"), optimizer=optimizers.SGD(0.5))
        held = model.get_weights()
        for _ in range(3):
            _, gradients = model.loss_and_gradients(*data)
            model.train_on_batch(*data)
            stepped = [w - 0.5 * g for w, g in zip(held, gradients.values(), strict=True)]
            expected = [constraint(stepped[0]), np.maximum(stepped[1], 0), *stepped[2:]]
            held = model.get_weights()
            for a, b in zip(held, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-16)
        assert np.linalg.norm(held[0], axis=0).max() <= 0.5

    def test_the_momentum_does_not_know(self, data):
        """It is the update's own: what the constraint takes away is not in it, as in Keras."""
        model = network(layers.Dense(K, activation="softmax", kernel_constraint="unit_norm"),
                        optimizer=optimizers.SGD(0.5, momentum=0.5))
        _, first = model.loss_and_gradients(*data)
        model.train_on_batch(*data)
        np.testing.assert_allclose(model.optimizer.velocity[:N * K], -0.5 * first["dense/kernel"].ravel(), rtol=1e-12)

    def test_frozen_weights_are_left_alone(self, data):
        frozen = layers.Dense(4, activation="tanh", kernel_constraint="unit_norm", trainable=False)
        model = network(frozen, layers.Dense(K, activation="softmax"))
        held = frozen.kernel.copy()
        model.fit(*data, verbose=0)
        assert np.array_equal(frozen.kernel, held)

    def test_evaluating_does_not_apply_them(self, data):
        model = network(layers.Dense(K, activation="softmax", kernel_constraint=constraints.MaxNorm(1e-3)))
        held = model.get_weights()
        model.evaluate(*data)
        model.loss_and_gradients(*data)
        assert np.array_equal(held[0], model.get_weights()[0])


class TestPerTensor:
    """The optimizer is told where tensors lie, whichever are frozen."""

    def test_clipnorm(self, data):
        first, second = layers.Dense(4, activation="tanh"), layers.Dense(5, activation="tanh")
        model = network(first, second, layers.Dense(K, activation="softmax"),
                        optimizer=optimizers.SGD(1.0, clipnorm=0.01))
        for frozen in (None, first, second):
            for layer in (first, second):
                layer.trainable = layer is not frozen
            model.compile(optimizers.SGD(1.0, clipnorm=0.01), "sparse_categorical_crossentropy")
            held = {s.path: model.params[s.start:s.stop].copy() for s in model._vector.trainable_segments}
            _, gradients = model.loss_and_gradients(*data)
            model.train_on_batch(*data)
            for s in model._vector.trainable_segments:
                g = gradients[s.path].ravel()
                np.testing.assert_allclose(held[s.path] - model.params[s.start:s.stop],
                                           g * min(1, 0.01 / np.linalg.norm(g)), rtol=1e-6, atol=1e-15)

    @pytest.mark.parametrize("built", [True, False])
    def test_exclusion_from_decay(self, data, built):
        optimizer = optimizers.SGD(0.1, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_list=["first/kernel"], var_names=["bias"])
        model = Sequential([*([Input((N,))] if built else []), layers.Dense(K, name="first"),
                            layers.Dense(K, activation="softmax")], seed=0, dtype="float64")
        model.compile(optimizer, "sparse_categorical_crossentropy")
        if not built:
            model.build((None, N))
        model.set_weights([w + 0.5 for w in model.get_weights()])
        held = model.get_weights()
        model.train_on_batch(*data, sample_weight=np.zeros(M))           # no gradient: decay alone
        factors = [1, 1, 1 - 0.1 * 0.5, 1]
        for before, after, factor in zip(held, model.get_weights(), factors, strict=True):
            np.testing.assert_allclose(after, before * factor, rtol=1e-15)

    def test_the_layout_follows_a_cast(self, data):
        model = network(layers.Dense(4, activation="tanh"), layers.Dense(K, activation="softmax"))
        model.cast("float32")
        model.compile(optimizers.SGD(0.1, clipnorm=1.0), "sparse_categorical_crossentropy")
        model.fit(*data, verbose=0)
        assert model.params.dtype == np.float32


class TestBatchNormalization:
    def normalised(self, **arguments):
        return network(layers.Dense(4), layers.BatchNormalization(momentum=0.75), layers.Activation("tanh"),
                       layers.Dense(K, activation="softmax"), **arguments)

    def test_moving_statistics_by_hand(self, data):
        """One update a training step, with the batch's statistics; none otherwise."""
        x, y = data
        model = self.normalised()
        mean, variance = np.zeros(4), np.ones(4)
        for start in range(0, M, 16):
            w, b = model.get_weights()[:2]
            z = x[start:start + 16] @ w + b
            mean = 0.75 * mean + 0.25 * z.mean(axis=0)
            variance = 0.75 * variance + 0.25 * z.var(axis=0)
            model.train_on_batch(x[start:start + 16], y[start:start + 16])
        np.testing.assert_allclose(model.get_weights()[4], mean, rtol=1e-12)
        np.testing.assert_allclose(model.get_weights()[5], variance, rtol=1e-12)
        held = model.get_weights()
        model.evaluate(x, y)
        model.predict(x)
        model.loss_and_gradients(x, y)
        model.loss_and_gradients(x, y, training=True)
        for a, b in zip(held, model.get_weights(), strict=True):
            assert np.array_equal(a, b)

    def test_inference_uses_them(self, data):
        x, _ = data
        model = self.normalised()
        model.fit(*data, epochs=3, verbose=0)
        w, b, gamma, beta, mean, variance, v, c = model.get_weights()
        h = np.tanh(gamma * (x @ w + b - mean) / np.sqrt(variance + 1e-3) + beta)
        np.testing.assert_allclose(model.predict(x), softmax(h @ v + c), rtol=1e-10)

    def test_are_no_trainable_parameters(self, data):
        model = self.normalised()
        lines = []
        model.summary(print_fn=lines.append)
        assert lines[0].splitlines()[-3:] == ["Total params: 59", "Trainable params: 51", "Non-trainable params: 8"]
        assert [s.path for s in model._vector.segments][-2:] == ["batch_normalization/moving_mean",
                                                                "batch_normalization/moving_variance"]
        model.fit(*data, verbose=0)
        assert model._vector.trainable_size == 51
        assert np.shares_memory(model.layers[1].moving_mean, model.params)

    def test_frozen(self, data):
        """Its statistics stand still too, and training sees what inference sees."""
        model = self.normalised()
        model.fit(*data, verbose=0)
        model.layers[1].trainable = False
        model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        held = model.layers[1].get_weights()
        model.fit(*data, epochs=2, verbose=0)
        for a, b in zip(held, model.layers[1].get_weights(), strict=True):
            assert np.array_equal(a, b)
        assert model.loss_and_gradients(*data, training=True)[0] == model.loss_and_gradients(*data)[0]

    def test_shared_by_two_models(self, data):
        """Training B moves the statistics that A uses."""
        shared = [layers.Dense(4), layers.BatchNormalization(momentum=0.5)]
        a = network(*shared, layers.Dense(K, activation="softmax", name="a"))
        b = network(*shared, layers.Dense(K, activation="softmax", name="b"), seed=1)
        for model in (b, a, b):
            held = shared[1].moving_mean.copy()
            z = data[0] @ shared[0].kernel + shared[0].bias
            model.train_on_batch(*data)
            np.testing.assert_allclose(shared[1].moving_mean, 0.5 * held + 0.5 * z.mean(axis=0), rtol=1e-12)
        np.testing.assert_array_equal(a.get_weights()[4], b.get_weights()[4])


class TestMasks:
    def dropping(self, seed=0, rate=0.5):
        return network(layers.Dense(20, activation="relu"), layers.Dropout(rate), layers.Dense(K, activation="softmax"),
                       seed=seed)

    def test_only_in_training(self, data):
        model = self.dropping()
        plain = network(layers.Dense(20, activation="relu"), layers.Dense(K, activation="softmax"))
        plain.set_weights(model.get_weights())
        np.testing.assert_array_equal(model.predict(data[0]), plain.predict(data[0]))
        assert model.evaluate(*data) == plain.evaluate(*data)
        assert model.train_on_batch(*data)["loss"] != plain.evaluate(*data)
        assert not np.array_equal(model(data[0], training=True), model(data[0]))

    def test_the_step_by_hand(self, data):
        x, y = data
        model = self.dropping(rate=0.25)
        w, b, v, c = model.get_weights()
        model.train_on_batch(x, y)
        r = model.layers[1].mask
        h = np.maximum(x @ w + b, 0) * r / 0.75
        d = (softmax(h @ v + c) - np.eye(K)[y]) / M
        dh = d @ v.T * r / 0.75 * (x @ w + b > 0)
        for after, before, g in zip(model.get_weights(), (w, b, v, c), (x.T @ dh, dh.sum(0), h.T @ d, d.sum(0)),
                                    strict=True):
            np.testing.assert_allclose(after, before - 0.5 * g, rtol=1e-10, atol=1e-14)

    def test_seeds(self, data, equal_weights):
        a, b, c = self.dropping(3), self.dropping(3), self.dropping(4)
        c.set_weights(a.get_weights())
        for model in (a, b, c):
            model.fit(*data, batch_size=10, shuffle=False, verbose=0)
        assert equal_weights(a, b)
        assert not equal_weights(a, c)

    def test_the_weights_are_those_without_the_layer(self):
        plain = network(layers.Dense(20, activation="relu"), layers.Dense(K, activation="softmax"))
        np.testing.assert_array_equal(self.dropping().params, plain.params)

    def test_looking_at_gradients_does_not_advance_it(self, data, equal_weights):
        a, b = self.dropping(), self.dropping()
        first = a.loss_and_gradients(*data, training=True)
        assert a.loss_and_gradients(*data, training=True)[0] == first[0]
        a.evaluate(*data)
        for model in (a, b):
            model.train_on_batch(*data)
        assert equal_weights(a, b)
        assert first[0] != a.loss_and_gradients(*data, training=False)[0]


class TestValidation:
    def test_frequency(self, data):
        model = network(layers.Dense(K, activation="softmax"))
        tests = []
        for freq, expected in ((1, [1, 2, 3, 4, 5]), (2, [2, 4]), ([1, 4, 9], [1, 4]), (7, [])):
            tests.clear()
            noting = callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: tests.extend([epoch + 1] * ("val_loss" in logs)))
            history = model.fit(*data, epochs=5, validation_data=data, validation_freq=freq, verbose=0,
                                callbacks=[noting])
            assert tests == expected
            assert len(history.history.get("val_loss", [])) == len(expected)

    def test_frequency_counts_the_epochs_of_the_training(self, data):
        model = network(layers.Dense(K, activation="softmax"))
        history = model.fit(*data, epochs=6, initial_epoch=3, validation_data=data, validation_freq=2, verbose=0)
        assert len(history.history["val_loss"]) == 2                     # after the 4th and the 6th

    def test_batch_size(self, data):
        sizes = []

        class Sizes(callbacks.Callback):
            def on_test_batch_end(self, batch, logs=None):
                sizes.append(len(self.model.layers[0].x))
        model = network(layers.Dense(K, activation="softmax"))
        model.fit(*data, batch_size=10, validation_data=data, validation_batch_size=30, callbacks=[Sizes()], verbose=0)
        model.fit(*data, batch_size=25, validation_data=data, callbacks=[Sizes()], verbose=0)
        assert sizes == [30, 20, 25, 25]


class TestMetricsInTheMiddle:
    def test_evaluating_in_a_hook_does_not_disturb_them(self, data):
        """Precision has a state; an evaluation in the middle of an epoch gets one of its own."""
        x, y = data[0], (data[1] == 1) * 1.0

        class Evaluates(callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                self.model.evaluate(x, y)
                self.model.test_on_batch(x[:3], y[:3])
        plain, disturbed = (
            network(layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy", metrics=[metrics.Precision()],
                    weighted_metrics=[metrics.Recall()]).fit(x, y, batch_size=8, epochs=3, verbose=0, callbacks=c)
            for c in ([], [Evaluates()]))
        assert plain.history == disturbed.history
        assert 0 < plain.history["recall"][-1] < 1

    def test_the_objects_hold_the_last_result(self, data):
        x, y = data[0], (data[1] == 1) * 1.0
        recall = metrics.Recall()
        model = network(layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy", metrics=[recall])
        assert model.evaluate(x, y)[1] == recall.result() > 0

    def test_an_error_in_an_epoch_is_forgotten(self, data):
        class Fails(callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                raise RuntimeError
        recall = metrics.Recall()
        model = network(layers.Dense(1, activation="sigmoid"), loss="binary_crossentropy", metrics=[recall])
        y = (data[1] == 1) * 1.0
        with pytest.raises(RuntimeError):
            model.fit(data[0], y, callbacks=[Fails()], verbose=0)
        assert model.evaluate(data[0], y)[1] == recall.result()


def test_the_default_optimizer_is_keras_s(data):
    model = Sequential([Input((N,)), layers.Dense(K, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    assert repr(model.optimizer) == repr(optimizers.RMSprop())
    assert model.compiled
    assert not Sequential([layers.Dense(1)]).compiled


def test_a_metric_on_another_scale_than_the_loss(data):
    """mae in a training with mse: each is what it says."""
    model = network(layers.Dense(K), loss="mse", metrics=["mae", "root_mean_squared_error"])
    logs = model.evaluate(data[0], np.eye(K)[data[1]], return_dict=True)
    assert logs["root_mean_squared_error"] ** 2 == pytest.approx(logs["loss"], rel=1e-12)
    error = np.abs(model.predict(data[0]) - np.eye(K)[data[1]]).mean()
    assert logs["mae"] == pytest.approx(error, rel=1e-12)


def test_predict_on_batch(data):
    model = network(layers.Dense(K, activation="softmax"))
    np.testing.assert_array_equal(model.predict_on_batch(data[0]), model.predict(data[0], batch_size=M))
    with pytest.raises(ValueError, match="Sequential.predict_on_batch: x must have shape"):
        model.predict_on_batch(data[0][:, :2])


def test_training_long_or_wide_labels(data):
    """An epoch with shuffling reads rows through buffers; the labels of every loss come through unharmed."""
    for loss, y in (("mse", np.eye(K)[data[1]]), ("sparse_categorical_crossentropy", data[1][:, None])):
        a, b = (network(layers.Dense(K, activation="softmax"), loss=loss) for _ in range(2))
        order = np.random.default_rng(np.random.SeedSequence(0).spawn(2)[1]).permutation(M)
        a.fit(data[0], y, batch_size=16, verbose=0)
        for start in range(0, M, 16):
            rows = order[start:start + 16]
            b.train_on_batch(data[0][rows], y[rows])
        np.testing.assert_array_equal(a.params, b.params)
