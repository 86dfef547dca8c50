"""Where Keras does something else, or something surprising: what the ledger's notes say, measured."""

import numpy as np
import pytest
from reference import relative_error

import course_lib as cl
from course_lib.parity.loading import floatx
from course_lib.parity.optimizers import steps_here, steps_in_keras
from course_lib.parity.training import LABELS, X, models, two_layers

pytestmark = pytest.mark.keras


@pytest.fixture
def float64(keras):
    with floatx("float64"):
        yield


def slope_in_keras(layer, z):
    import tensorflow as tf
    layer.build((None, 1))
    variable = tf.Variable([[z]], dtype="float64")
    with tf.GradientTape() as tape:
        a = layer(variable)
    return float(tape.gradient(a, variable)[0, 0])


def slope_here(layer, z):
    layer = type(layer).from_config(layer.get_config())
    layer.cast("float64")
    layer.build((None, 1))
    layer.forward(np.array([[z]]), training=True)
    return float(layer.backward(np.ones((1, 1)))[0, 0])


# -- hyperparameters

TAKEN_AS_THEY_ARE = [
    ("SGD", {"learning_rate": 0.01}), ("SGD", {"clipnorm": 0.3}), ("SGD", {"clipvalue": 0.3}),
    ("SGD", {"global_clipnorm": 0.3}), ("RMSprop", {"rho": 0.9}), ("RMSprop", {"momentum": 0.9}),
    ("RMSprop", {"epsilon": 1e-7}), ("Adadelta", {"rho": 0.95}), ("Adadelta", {"epsilon": 1e-7}),
]
ROUNDED = [("SGD", {"momentum": 0.9}), ("SGD", {"weight_decay": 0.01}), ("Adagrad", {"initial_accumulator_value": 0.1})]


@pytest.mark.parametrize(("kind", "given"), [*TAKEN_AS_THEY_ARE, *ROUNDED], ids=str)
def test_which_hyperparameters_keras_rounds_to_float32(keras, float64, kind, given):
    def steps(**more):
        return {"learning_rate": 2 ** -6, "epsilon": 2 ** -20, **more} if kind != "SGD" else \
            {"learning_rate": 2 ** -6, **more}
    rounded = {name: float(np.float32(value)) for name, value in given.items()}
    theirs = steps_in_keras(getattr(keras.optimizers, kind)(**steps(**given)), "float64")
    right, wrong = (rounded, given) if (kind, given) in ROUNDED else (given, rounded)
    assert relative_error(steps_here(getattr(cl.optimizers, kind)(**steps(**right)), "float64"), theirs) < 1e-14
    assert relative_error(steps_here(getattr(cl.optimizers, kind)(**steps(**wrong)), "float64"), theirs) > 1e-10


@pytest.mark.parametrize("kind", ["Adam", "Adamax"])
def test_keras_rounds_the_betas_in_their_powers_alone(keras, float64, kind):
    """Our step with m_hat's and s_hat's corrections from the rounded betas, and the means from the given ones."""
    beta_1, beta_2, eta, epsilon = 0.9, 0.999, 2 ** -6, 2 ** -20
    theirs = steps_in_keras(getattr(keras.optimizers, kind)(eta, beta_1, beta_2, epsilon), "float64")
    gradients = np.concatenate([g.reshape(200, -1) for g in cl.parity.optimizers.GRADIENTS.values()], axis=1)
    theta, m, s = np.zeros(24), np.zeros(24), np.zeros(24)
    for t, g in enumerate(gradients, start=1):
        correction_1, correction_2 = (1 - float(np.float32(beta)) ** t for beta in (beta_1, beta_2))
        m = beta_1 * m + (1 - beta_1) * g
        if kind == "Adam":
            s = beta_2 * s + (1 - beta_2) * g * g
            theta = theta - eta * np.sqrt(correction_2) / correction_1 * m / (np.sqrt(s) + epsilon)
        else:
            s = np.maximum(beta_2 * s, np.abs(g))
            theta = theta - eta / correction_1 * m / (s + epsilon)
        assert relative_error(theta, theirs[t - 1]) < 1e-13
    assert relative_error(steps_here(getattr(cl.optimizers, kind)(eta, beta_1, beta_2, epsilon), "float64"),
                          theirs) > 1e-8


def test_keras_computes_schedules_in_float32(keras, float64):
    given = {"initial_learning_rate": 0.1, "decay_steps": 100, "decay_rate": 0.1}
    here = cl.schedules.ExponentialDecay(**given)(37)
    assert 1e-9 < abs(float(keras.optimizers.schedules.ExponentialDecay(**given)(37)) / here - 1) < 1e-6


# -- activations

def test_kinks(keras):
    """The derivative where there is none."""
    for kind, arguments, z, ours, theirs in [
            ("ReLU", {}, 0.0, 0, 0), ("ReLU", {"max_value": 1.0}, 1.0, 0, 1), ("ReLU", {"max_value": 6.0}, 6.0, 0, 0),
            ("ReLU", {"threshold": 0.5, "negative_slope": 0.25}, 0.5, 0.25, 0), ("ELU", {}, 0.0, 1, 1),
            ("ELU", {"alpha": 0.5}, 0.0, 1, 0.5), ("LeakyReLU", {"negative_slope": 0.25}, 0.0, 0.25, 0.25),
            ("PReLU", {"alpha_initializer": "ones"}, 0.0, 0, 0)]:
        assert slope_here(getattr(cl.layers, kind)(**arguments), z) == ours, (kind, arguments)
        assert slope_in_keras(getattr(keras.layers, kind)(**arguments, dtype="float64"), z) == theirs, (kind, arguments)


def test_keras_takes_softmax_s_logits_for_sigmoid_s(keras, float64):
    """softmax with binary_crossentropy: Keras reads the logits kept beside the softmax as if a sigmoid had made the
    outputs. We take the loss of the probabilities, as the formula says."""
    ours, theirs = models(two_layers("tanh", "softmax"), "float64")
    for model in (ours, theirs):
        model.compile("sgd", "binary_crossentropy")
    x, y = X[:50], np.eye(3)[LABELS[:50]]
    z = cl.Sequential(ours.layers[:1], dtype="float64").predict(x) @ ours.layers[1].kernel + ours.layers[1].bias
    value = theirs.evaluate(x, y, verbose=0)
    assert value == pytest.approx(cl.losses.BinaryCrossentropy(from_logits=True)(y, z), rel=1e-13)
    assert ours.evaluate(x, y) == pytest.approx(float(keras.losses.BinaryCrossentropy()(y, ours.predict(x))), rel=1e-13)
    assert abs(value - ours.evaluate(x, y)) > 1e-3


def test_keras_keeps_the_metrics_of_an_earlier_compile(keras):
    for library, kept in ((cl, ["loss"]), (keras, ["loss", "mae"])):
        model = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        model.compile("sgd", "mse")
        assert sorted(model.fit(np.zeros((4, 1)), np.zeros(4), verbose=0).history) == kept


# -- callbacks

def test_keras_compares_monitored_numbers_in_float32(keras, float64):
    for library, stops in ((cl, False), (keras, True)):
        model = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
        model.compile("sgd", "mse")
        stopping = library.callbacks.EarlyStopping(patience=1)
        stopping.set_model(model)
        model.stop_training = False
        stopping.on_train_begin()
        for epoch, loss in enumerate((1.0, 1 - 1e-9)):
            stopping.on_epoch_end(epoch, {"val_loss": loss})
        assert model.stop_training is stops


# -- draws

@pytest.mark.parametrize("kind", ["RandomNormal", "TruncatedNormal", "RandomUniform", "GlorotNormal", "GlorotUniform",
                                  "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"])
def test_initializers_draw_from_the_same_law(keras, kind):
    """60,000 draws each: means and deviations within five standard errors, quantiles and largest values close."""
    shape = (300, 200)
    ours = getattr(cl.initializers, kind)()(shape, rng=np.random.default_rng(3), dtype="float64")
    theirs = np.asarray(getattr(keras.initializers, kind)(seed=4)(shape), np.float64)
    deviation = theirs.std()
    assert abs(ours.mean() - theirs.mean()) <= 5 * np.sqrt(2 / ours.size) * deviation
    assert abs(ours.std() - deviation) <= 5 * deviation / np.sqrt(ours.size)
    assert abs(np.abs(ours).max() / np.abs(theirs).max() - 1) <= (0.2 if kind == "RandomNormal" else 0.005)
    for quantile in (0.1, 0.25, 0.4):
        assert abs(np.quantile(ours, quantile) - np.quantile(theirs, quantile)) <= 0.03 * deviation


@pytest.mark.parametrize(("kind", "rate"), [("Dropout", 0.2), ("Dropout", 0.75), ("AlphaDropout", 0.1)])
def test_dropout_drops_as_many(keras, kind, rate):
    """The share of kept entries of 100,000, within five standard errors, in both libraries."""
    x = np.ones((100, 1000), "float32")
    for library in (cl, keras):
        kept = np.asarray(getattr(library.layers, kind)(rate, seed=5)(x, training=True)) > 0
        assert abs(kept.mean() - (1 - rate)) < 5 * np.sqrt(rate * (1 - rate) / x.size)
