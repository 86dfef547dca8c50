"""Exercises of the hard kinds that later chapters bring (27, 52, 55, 82), just far enough to try the protocol."""

import numpy as np
from grading import probes

from course_lib.grading.cases import normal
from course_lib.grading.spec import Case, Exercise, Misconception
from course_lib.grading.values import Named

COMMON = {"chapter": "99_test", "core": False, "level": 1, "minutes": 1, "points": 1, "title": "Test", "prompt": "Test",
          "returns": "what is asked for"}
WEAKER = "Checked through a probe that runs beside your code: a weaker guarantee."


# -- 55: the gradient function is named in the case and made beside the student's code


def nesterov_step(theta, m, grad_fn, eta, beta):
    m = beta * m - eta * grad_fn(theta + beta * m)
    return theta + m, m


def nesterov_reference(theta, m, grad_fn, eta, beta):
    """In Keras's variables: phi = theta + beta m."""
    path, phi = [], theta + beta * m
    for _ in range(3):
        step = eta * grad_fn(phi)
        m = beta * m - step
        phi = phi + beta * m - step
        path.append((phi - beta * m, m))
    return path


def looks_behind(theta, m, grad_fn, eta, beta):
    m = beta * m - eta * grad_fn(theta - beta * m)
    return theta + m, m


def gradient_lookahead(theta, m, grad_fn, eta, beta):
    m = beta * m - eta * grad_fn(theta - eta * grad_fn(theta))
    return theta + m, m


def plain_momentum(theta, m, grad_fn, eta, beta):
    m = beta * m - eta * grad_fn(theta)
    return theta + m, m


def keras_phi_returned(theta, m, grad_fn, eta, beta):
    g = grad_fn(theta)
    m = beta * m - eta * g
    return theta + beta * m - eta * g, m


def mistake(name, *wrong):
    return Misconception(name, "Think again.", wrong)


NESTEROV = Exercise(
    name="nesterov_step", number=55, **COMMON, solution=nesterov_step, reference=nesterov_reference,
    arguments=dict.fromkeys(("theta", "m", "grad_fn", "eta", "beta"), ""), driver=probes.three_steps,
    cases=lambda rng: [Case((normal(rng, n), normal(rng, n, scale=0.1), Named(probes.QuarticGradient), 0.1, 0.875))
                       for n in (2, 3)],
    misconceptions=(mistake("looks-behind", looks_behind), mistake("gradient-lookahead", gradient_lookahead),
                    mistake("plain-momentum", plain_momentum), mistake("keras-phi-returned", keras_phi_returned)))


# -- 82: the answer is code, and is run


FORMULAS = {
    "X-S4-08": ("def step(w, s, g, eta):\n    s = s + g**2\n    return w - eta * g / np.sqrt(s), s",
                "def step(w, s, g, eta):\n    s = s + g**2\n    return w + eta * g / np.sqrt(s), s"),
    "X-S3-08": ("def step(w, s, g, eta):\n    s = 0.9 * s + 0.1 * g * g\n    return w - eta * g / np.sqrt(s), s",
                "def step(w, s, g, eta):\n    s = 0.9 * s - 0.1 * g * g\n    return w - eta * g / np.sqrt(s), s"),
}


def find_the_error(formula_id):
    return FORMULAS[formula_id][0]


def leaves_the_error(formula_id):
    return FORMULAS[formula_id][1]


def code_reference(formula_id, w, s, g, eta):
    s = s + g * g if formula_id == "X-S4-08" else s + (g * g - s) / 10
    return w - eta * g * s**-0.5, s


FIND = Exercise(
    name="find_the_error", number=82, **COMMON, solution=find_the_error, reference=code_reference,
    arguments={"formula_id": ""}, inputs=("formula_id", "w", "s", "g", "eta"), driver=probes.run_code,
    cases=lambda rng: [Case((formula, normal(rng, 3), np.full(3, 0.5), normal(rng, 3) * 0.1, 0.1))
                       for formula in FORMULAS],
    misconceptions=(mistake("as-printed", leaves_the_error),))


# -- 27 and 52: models


def build_model(n_hidden, n_neurons, learning_rate, input_shape):
    import keras

    model = keras.Sequential([keras.Input(input_shape)])
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu"))
    model.add(keras.layers.Dense(1))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=learning_rate))
    return model


def model_reference(n_hidden, n_neurons, learning_rate, input_shape):
    return {"layers": [["Dense", n_neurons, "relu"]] * n_hidden + [["Dense", 1, "linear"]], "compiled": True,
            "learning_rate": learning_rate, "output": [2, 1], "warns_of_input_shape": False}


def uses_lr(n_hidden, n_neurons, learning_rate, input_shape):
    import keras

    return keras.optimizers.SGD(lr=learning_rate)


def input_shape_in_layer(n_hidden, n_neurons, learning_rate, input_shape):
    import keras

    first = {"input_shape": input_shape}
    model = keras.Sequential()
    for _ in range(n_hidden):
        model.add(keras.layers.Dense(n_neurons, activation="relu", **first))
        first = {}
    model.add(keras.layers.Dense(1, **first))
    model.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=learning_rate))
    return model


def no_compile(n_hidden, n_neurons, learning_rate, input_shape):
    import keras

    return keras.Sequential([keras.Input(input_shape),
                             *(keras.layers.Dense(n_neurons, activation="relu") for _ in range(n_hidden)),
                             keras.layers.Dense(1)])


BUILD = Exercise(
    name="build_model", number=27, **COMMON, solution=build_model, reference=model_reference, driver=probes.keras_facts,
    arguments=dict.fromkeys(("n_hidden", "n_neurons", "learning_rate", "input_shape"), ""),
    cases=lambda rng: [Case((1, 4, 0.25, (3,))), Case((2, 3, 0.125, (5,)))], weaker=WEAKER, seconds=120.0,
    misconceptions=(mistake("uses-lr", uses_lr), mistake("input-shape-in-layer", input_shape_in_layer),
                    mistake("no-compile", no_compile)))


def transfer_model(model_a, units, act):
    return _transfer(model_a, units, act)


def _transfer(model_a, units, act, copy=True, freeze_head=False, compiles=True, clone=True):
    import keras

    body = keras.models.clone_model(model_a) if clone else model_a
    if copy and clone:
        body.set_weights(model_a.get_weights())
    model = keras.Sequential([keras.Input(model_a.input_shape[1:]), *body.layers[:-1],
                              keras.layers.Dense(units, activation=act)])
    for layer in model.layers[:-1]:
        layer.trainable = False
    model.layers[-1].trainable = not freeze_head
    if compiles:
        model.compile(loss="mse", optimizer="sgd")
    return model


def transfer_reference(seed, units, act):
    return {"head": [units, act, True], "body_is_copied": True, "body_is_frozen": True, "compiled": True,
            "a_keeps_its_head": True, "a_is_untouched": True}


def shares_layers(model_a, units, act):
    return _transfer(model_a, units, act, clone=False)


def weights_not_copied(model_a, units, act):
    return _transfer(model_a, units, act, copy=False)


def head_frozen(model_a, units, act):
    return _transfer(model_a, units, act, freeze_head=True)


def not_recompiled(model_a, units, act):
    return _transfer(model_a, units, act, compiles=False)


TRANSFER = Exercise(
    name="transfer_model", number=52, **COMMON, solution=transfer_model,
    reference=transfer_reference, driver=probes.transfer_facts, inputs=("seed", "units", "act"),
    arguments=dict.fromkeys(("model_a", "units", "act"), ""), weaker=WEAKER, seconds=120.0,
    cases=lambda rng: [Case((int(rng.integers(1000)), 1, "sigmoid")), Case((int(rng.integers(1000)), 2, "tanh"))],
    misconceptions=(mistake("shares-layers", shares_layers), mistake("weights-not-copied", weights_not_copied),
                    mistake("head-frozen", head_frozen), mistake("not-recompiled", not_recompiled)))
