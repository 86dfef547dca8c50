"""One vector for all parameters: where it lies, and how layers that left it come back."""

import copy
import pickle

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers


def network(*made, seed=0, dtype="float64"):
    model = Sequential([Input((4,)), *made], seed=seed, dtype=dtype)
    model.compile(optimizers.SGD(0.1, momentum=0.5), "mse")
    return model


@pytest.fixture
def batch(rng):
    return rng.normal(size=(6, 4)), rng.normal(size=(6, 2))


def bound(model):
    """Every weight and gradient is a view of the model's vectors, at the place the vector says."""
    for s in model._vector.segments:
        weight, gradient = getattr(s.layer, s.weight.name), getattr(s.layer, "d" + s.weight.name)
        assert weight.shape == gradient.shape == s.weight.shape
        assert np.shares_memory(weight, model._vector.values[s.start:s.stop])
        assert np.shares_memory(gradient, model._vector.gradients[s.start:s.stop])
        np.testing.assert_array_equal(weight.ravel(), model._vector.values[s.start:s.stop])


def test_layout(batch):
    model = network(layers.Dense(3), layers.Activation("tanh"), layers.Dense(2))
    assert [s.path for s in model._vector.segments] == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]
    assert [s.stop - s.start for s in model._vector.segments] == [12, 3, 6, 2]
    assert model.params.size == model.grads.size == model.count_params() == 23
    np.testing.assert_array_equal(model.params, np.concatenate([w.ravel() for w in model.get_weights()]))
    bound(model)
    model.train_on_batch(*batch)
    bound(model)


def test_params_are_the_weights():
    model = network(layers.Dense(3), layers.Dense(2))
    model.params[...] = 0.5
    assert all(np.all(w == 0.5) for w in model.get_weights())
    model.layers[1].bias[0] = 9
    assert 9 in model.params


def test_grads_are_those_of_the_last_step(batch):
    model = network(layers.Dense(3), layers.Dense(2))
    _, gradients = model.loss_and_gradients(*batch)
    model.train_on_batch(*batch)
    np.testing.assert_allclose(model.grads, np.concatenate([g.ravel() for g in gradients.values()]), rtol=1e-13)


def test_trainable_first(batch):
    first, second, third = layers.Dense(3), layers.Dense(3, trainable=False), layers.Dense(2)
    model = network(first, second, third)
    assert [s.path for s in model._vector.segments] == ["dense/kernel", "dense/bias", "dense_2/kernel", "dense_2/bias",
                                                       "dense_1/kernel", "dense_1/bias"]
    assert model._vector.trainable_size == first.count_params() + third.count_params()
    held = model.get_weights()
    for _ in range(3):
        model.train_on_batch(*batch)
    moved = [not np.array_equal(a, b) for a, b in zip(held, model.get_weights(), strict=True)]
    assert moved == [True, True, False, False, True, True]
    assert model.optimizer.velocity.size == model._vector.trainable_size
    assert list(model.loss_and_gradients(*batch)[1]) == ["dense/kernel", "dense/bias", "dense_2/kernel", "dense_2/bias"]


def test_backpropagation_stops_at_the_lowest_layer_that_learns(batch):
    model = network(layers.Dense(3, trainable=False), layers.Dense(3), layers.Dense(2))
    calls = []
    for layer in model.layers:
        def spy(d, input_gradient=True, layer=layer, real=layer.backward):
            calls.append((layer.name, input_gradient))
            return real(d, input_gradient)
        layer.backward = spy
    model.train_on_batch(*batch)
    assert calls == [("dense_2", True), ("dense_1", False)]


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy"])
def test_a_single_layer_is_not_asked_for_dx(rng, loss):
    model = network(layers.Dense(2, activation="softmax"))
    model.compile("sgd", loss)
    asked = []
    for name in ("backward", "backward_from_logits"):
        real = getattr(model.layers[0], name)

        def spy(d, input_gradient=True, real=real):
            asked.append(input_gradient)
            return real(d, input_gradient)
        setattr(model.layers[0], name, spy)
    model.train_on_batch(rng.normal(size=(6, 4)), np.eye(2)[[0, 1, 0, 1, 0, 1]])
    assert set(asked) == {False}


def test_nothing_to_train(batch):
    model = network(layers.Dense(3, trainable=False), layers.Dense(2, trainable=False))
    held = model.get_weights()
    for train in (lambda: model.fit(*batch, epochs=2, verbose=0), lambda: model.train_on_batch(*batch)):
        with pytest.warns(UserWarning, match=r"Sequential.(fit|train_on_batch): the model has no trainable weights"):
            train()
    for a, b in zip(held, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("built", [True, False])
def test_freezing_takes_effect_at_compile(batch, built):
    """As in Keras once it has trained: a change after compile waits for the next compile."""
    model = Sequential([*([Input((4,))] if built else []), layers.Dense(3), layers.Dense(2)], seed=0, dtype="float64")
    model.compile("sgd", "mse")
    if not built:
        model.train_on_batch(*batch)
    model.layers[0].trainable = False
    held = model.get_weights()
    model.train_on_batch(*batch)
    assert not np.array_equal(model.get_weights()[0], held[0])
    model.compile("sgd", "mse")
    held = model.get_weights()
    model.train_on_batch(*batch)
    assert np.array_equal(model.get_weights()[0], held[0])
    assert not np.array_equal(model.get_weights()[2], held[2])


def test_trainable_of_the_model():
    model = network(layers.Dense(3), layers.Dense(2))
    assert model.trainable
    model.trainable = False
    assert [layer.trainable for layer in model.layers] == [False, False]
    assert not model.trainable


def test_compile_keeps_the_weights(batch):
    model = network(layers.Dense(3), layers.Dense(2))
    held = model.get_weights()
    model.layers[0].trainable = False
    model.compile("sgd", "mse")
    for a, b in zip(held, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    bound(model)


class TestSharedLayers:
    @pytest.fixture
    def pair(self):
        shared = layers.Dense(3, activation="tanh")
        return network(shared, layers.Dense(2, name="a")), network(shared, layers.Dense(2, name="b"), seed=1), shared

    def test_training_one_changes_the_other(self, pair, batch):
        a, b, shared = pair
        before = a.predict(batch[0])
        b.train_on_batch(*batch)
        assert not np.array_equal(a.predict(batch[0]), before)
        assert np.array_equal(a.get_weights()[0], b.get_weights()[0])

    def test_train_b_then_a(self, pair, batch):
        """Each step starts from the shared weights as the last step left them, whoever took it."""
        a, b, shared = pair
        for model in (b, a, a, b, a):
            held = shared.kernel.copy()
            _, gradients = model.loss_and_gradients(*batch)
            velocity = model.optimizer.get_state().get("velocity", np.zeros(model.params.size))[:12].reshape(4, 3)
            model.train_on_batch(*batch)
            np.testing.assert_allclose(shared.kernel, held + 0.5 * velocity - 0.1 * gradients["dense/kernel"],
                                       rtol=0, atol=1e-15)
            bound(model)

    def test_get_and_set_weights_see_the_shared_ones(self, pair, batch):
        a, b, shared = pair
        b.train_on_batch(*batch)
        a.set_weights([np.full_like(w, 0.25) for w in a.get_weights()])
        assert np.all(b.get_weights()[0] == 0.25)
        held = b.get_weights()[2]
        b.train_on_batch(*batch)
        assert not np.array_equal(b.get_weights()[2], held)
        np.testing.assert_array_equal(a.params[:12].reshape(4, 3), b.get_weights()[0])

    def test_a_model_of_another_s_layers_needs_no_input(self, batch):
        """The idiom of transfer learning: ``Sequential(model.layers[:-1])``."""
        a = network(layers.Dense(3, activation="tanh"), layers.Dense(2))
        features = Sequential(a.layers[:-1], dtype="float64")
        assert features.built
        assert features.predict(batch[0]).shape == (6, 3)
        features.add(layers.Dense(2, name="head"))
        assert features(batch[0]).shape == (6, 2)
        assert features.layers[0] is a.layers[0]


class TestAssignedArrays:
    def test_a_new_array_is_taken_up(self, batch):
        model = network(layers.Dense(3), layers.Dense(2))
        kernel = np.arange(12.0).reshape(4, 3) / 10
        model.layers[0].kernel = kernel
        held = kernel.copy()
        assert np.array_equal(model.get_weights()[0], kernel)
        _, gradients = model.loss_and_gradients(*batch)
        model.train_on_batch(*batch)
        bound(model)
        np.testing.assert_allclose(model.layers[0].kernel, held - 0.1 * gradients["dense/kernel"], rtol=0, atol=1e-15)
        np.testing.assert_array_equal(kernel, held)         # the caller's array is not the model's

    def test_the_transpose_of_itself(self, batch):
        """A view of the vector, of the right shape, in the wrong order."""
        model = network(layers.Dense(4), layers.Dense(2))
        expected = model.layers[0].kernel.T.copy()
        model.layers[0].kernel = model.layers[0].kernel.T
        assert np.array_equal(model.params[:16].reshape(4, 4), expected)
        bound(model)

    def test_another_layer_s_array_is_copied(self, batch):
        """Not tied: afterwards each learns its own."""
        model = network(layers.Dense(4), layers.Dense(4), layers.Dense(2))
        model.layers[1].kernel = model.layers[0].kernel
        model.train_on_batch(*batch)
        bound(model)
        assert not np.array_equal(model.layers[0].kernel, model.layers[1].kernel)

    def test_two_layers_swap(self):
        model = network(layers.Dense(4), layers.Dense(4))
        first, second = model.layers
        one, two = first.kernel.copy(), second.kernel.copy()
        first.kernel, second.kernel = second.kernel, first.kernel
        assert model.params is not None
        assert np.array_equal(first.kernel, two)
        assert np.array_equal(second.kernel, one)
        bound(model)

    def test_in_place_operators_stay_in_place(self):
        model = network(layers.Dense(3))
        model.layers[0].kernel *= 2
        model.layers[0].bias += 1
        bound(model)

    def test_a_wrong_shape_is_refused_and_nothing_moves(self, batch):
        model = network(layers.Dense(3), layers.Dense(2))
        good, held = np.ones((4, 3)), model.params.copy()
        model.layers[0].kernel = good
        model.layers[1].kernel = np.ones((2, 3))
        with pytest.raises(
            ValueError,
            match=r"dense_1/kernel must have shape \(3, 2\), got \(2, 3\): assign arrays of the"
            " same shape, or use set_weights",
        ):
            model.train_on_batch(*batch)
        np.testing.assert_array_equal(model._vector.values, held)
        assert model.layers[0].kernel is good

    def test_float64_into_a_float32_model(self, rng):
        model = network(layers.Dense(3), dtype="float32")
        model.layers[0].kernel = np.ones((4, 3))
        model.train_on_batch(rng.normal(size=(2, 4)), rng.normal(size=(2, 3)))
        assert model.layers[0].kernel.dtype == np.float32
        bound(model)


class TestDeepcopy:
    def test_a_copy_is_independent(self, batch, equal_weights):
        model = network(layers.Dense(3, activation="tanh"), layers.Dense(2))
        model.train_on_batch(*batch)
        twin = copy.deepcopy(model)
        assert equal_weights(model, twin)
        held = model.get_weights()
        twin.train_on_batch(*batch)
        bound(twin)
        bound(model)
        for a, b in zip(held, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_a_copy_goes_on_as_the_original_does(self, batch, equal_weights):
        model = network(layers.Dense(3, activation="tanh"), layers.Dense(2))
        model.fit(*batch, batch_size=4, verbose=0)
        twin = copy.deepcopy(model)
        for m in (model, twin):
            m.fit(*batch, batch_size=4, epochs=3, verbose=0)
        assert equal_weights(model, twin)
        assert model.optimizer.iterations == twin.optimizer.iterations == 8
        assert model.optimizer is not twin.optimizer

    def test_params_of_a_copy_are_its_own(self):
        model = network(layers.Dense(3))
        twin = copy.deepcopy(model)
        twin.params[...] = 3
        assert np.all(twin.layers[0].kernel == 3)
        assert not np.any(model.layers[0].kernel == 3)


class TestAddAfterBuilding:
    def test_new_weights_join_the_vector(self, batch):
        model = network(layers.Dense(3, activation="tanh"))
        held = model.get_weights()
        model.add(layers.Dense(2))
        assert model.count_params() == model.params.size == 15 + 8
        np.testing.assert_array_equal(model.get_weights()[0], held[0])
        with pytest.raises(ValueError, match=r"call compile\(optimizer=..., loss=...\) first"):
            model.train_on_batch(*batch)
        model.compile("sgd", "mse")
        model.train_on_batch(*batch)
        bound(model)

    def test_the_loss_pairs_with_the_new_output(self):
        model = network(layers.Dense(3))
        model.add(layers.Activation("softmax"))
        model.compile("sgd", "categorical_crossentropy")
        assert model._compiled.fused is not None
        model.add(layers.Dense(3))
        model.compile("sgd", "categorical_crossentropy")
        assert model._compiled.fused is None


class TestOptimizerOfTwoModels:
    def test_is_refused_by_the_first(self, batch, unchanged):
        first, second = network(layers.Dense(2)), network(layers.Dense(2))
        shared = optimizers.SGD(0.1)
        first.compile(shared, "mse")
        second.compile(shared, "mse")
        for name in ("fit", "train_on_batch"):
            with unchanged(first), pytest.raises(ValueError) as caught:
                getattr(first, name)(*batch)
            assert (
                f"Sequential.{name}: the optimizer was compiled into another model since; give each model an optimizer"
                " of its own and compile again" in str(caught.value)
            )
        second.train_on_batch(*batch)
        assert first.evaluate(*batch) > 0

    def test_compile_forgets_its_state(self, batch):
        model = network(layers.Dense(2))
        model.train_on_batch(*batch)
        optimizer = model.optimizer
        model.compile(optimizer, "mse")
        assert optimizer.iterations == 0
        assert optimizer.get_state() == {}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_an_unpickled_model_keeps_its_views(make_model, data, protocol):
    """NumPy may unpickle into memory that is not the array's own: no reason to make the views anew at each step."""
    model = make_model()
    twin = pickle.loads(pickle.dumps(model, protocol))
    for m in (model, twin):
        m.fit(*data, epochs=2, verbose=0)
    np.testing.assert_equal(twin.get_weights(), model.get_weights())
    kernel = twin.layers[0].kernel
    twin.train_on_batch(*data)
    assert twin.layers[0].kernel is kernel and np.shares_memory(kernel, twin._vector.values)
