"""A small model with data, and a way to see that nothing changed."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers

M, N, K = 50, 6, 3


@pytest.fixture
def data():
    """x (50, 6) float64, y (50,) labels 0..2: 50 is no multiple of the batch sizes used."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(M, N))
    return x, np.argmax(x @ rng.normal(size=(N, K)), axis=1)


@pytest.fixture
def make_model():
    """``make_model()`` is compiled and has weights; equal arguments give equal models."""
    def make_model(seed=0, dtype="float64", optimizer=None, loss="sparse_categorical_crossentropy",
                   metrics=("accuracy",), hidden="tanh", output="softmax"):
        model = Sequential([Input((N,)), layers.Dense(8, activation=hidden), layers.Dense(K, activation=output)],
                           seed=seed, dtype=dtype)
        model.compile(optimizer=optimizer or optimizers.SGD(0.1, momentum=0.9), loss=loss, metrics=list(metrics))
        return model
    return make_model


def state_of(model):
    """All that training changes, as copies."""
    optimizer = model._compiled.optimizer if model._compiled else None
    return {
        "weights": model.get_weights() if model.built else [],
        "layers": list(model.layers),
        "compiled": model._compiled,
        "history": model.history,
        "iterations": optimizer and optimizer.iterations,
        "slots": optimizer.get_state() if optimizer else {},
        "shuffle": model._shuffle_rng.bit_generator.state,
    }


@pytest.fixture
def unchanged():
    """``with unchanged(model):`` asserts that the block leaves weights, optimizer, history and shuffling alone."""
    from contextlib import contextmanager

    @contextmanager
    def unchanged(model):
        before = state_of(model)
        yield
        np.testing.assert_equal(state_of(model), before)
    return unchanged


@pytest.fixture
def equal_weights():
    def equal_weights(a, b):
        return all(np.array_equal(v, w) for v, w in zip(a.get_weights(), b.get_weights(), strict=True))
    return equal_weights
