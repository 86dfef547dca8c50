"""Keras beside course_lib: the same weights, the same batches."""

import numpy as np
import pytest

import course_lib as cl

N, K = 6, 3


@pytest.fixture(scope="session")
def keras(missing):
    try:
        import keras
    except ImportError:
        missing("TensorFlow", "install it: pip install -e '.[tensorflow]' with Python 3.11 to 3.13")
    assert keras.backend.backend() == "tensorflow"
    return keras


@pytest.fixture(params=["float32", "float64"])
def dtype(request, keras):
    """Both libraries compute in this dtype; Keras's global setting is put back afterwards."""
    held = keras.backend.floatx()
    keras.backend.set_floatx(request.param)
    yield request.param
    keras.backend.set_floatx(held)
    keras.backend.clear_session()


@pytest.fixture
def data():
    rng = np.random.default_rng(11)
    x = rng.normal(size=(50, N))
    return x, np.argmax(x @ rng.normal(size=(N, K)), axis=1)


@pytest.fixture
def pair(keras, dtype):
    """``pair(hidden, output)``: a model here and one in Keras with the same weights, not compiled."""
    def pair(hidden="tanh", output="softmax"):
        ours = cl.Sequential(
            [cl.Input((N,)), cl.layers.Dense(8, activation=hidden), cl.layers.Dense(K, activation=output)],
            seed=0,
            dtype=dtype,
        )
        theirs = keras.Sequential([keras.Input((N,)), keras.layers.Dense(8, activation=hidden),
                                   keras.layers.Dense(K, activation=output)])
        theirs.set_weights(ours.get_weights())
        return ours, theirs
    return pair


@pytest.fixture
def sgd(keras):
    """``sgd(...)``: the optimizer here and in Keras with the same settings.

    Keras rounds the momentum to float32 before it uses it, in float64 too (not the learning rate); ours gets the
    rounded value, so that the comparison shows the update rule alone.
    """
    def sgd(learning_rate=0.1, momentum=0.0, nesterov=False):
        return (cl.optimizers.SGD(learning_rate, momentum=float(np.float32(momentum)), nesterov=nesterov),
                keras.optimizers.SGD(learning_rate, momentum=momentum, nesterov=nesterov))
    return sgd


@pytest.fixture
def gradients(keras):
    """``gradients(model, loss, x, y)``: Keras's loss and gradients, with a GradientTape."""
    import tensorflow as tf

    def gradients(model, loss, x, y):
        with tf.GradientTape() as tape:
            value = loss(tf.constant(y), model(tf.constant(x), training=True))
        return float(value), [np.asarray(g) for g in tape.gradient(value, model.trainable_weights)]
    return gradients
