"""Drivers for the hard kinds of exercise that later chapters bring. They run in the student's process."""

import copy
import warnings

import numpy as np


class QuarticGradient:
    """The gradient of J = sum_i theta_i^4 / 4 + theta_i theta_{i+1}: not that of a quadratic."""

    def __call__(self, theta):
        g = theta**3
        g[:-1] += theta[1:]
        g[1:] += theta[:-1]
        return g


def three_steps(function, arguments, namespace):
    """nesterov_step three times in a row."""
    theta, m, grad_fn, eta, beta = arguments
    path = []
    for _ in range(3):
        theta, m = function(theta, m, grad_fn, eta, beta)
        path.append((copy.deepcopy(theta), copy.deepcopy(m)))
    return path


def run_code(function, arguments, namespace):
    """The answer is the text of a function `step`: run it on the numbers of the case."""
    formula, *numbers = arguments
    text = function(formula)
    if not isinstance(text, str):
        return text
    defined = {"np": np}
    exec(compile(text, "<your code>", "exec"), defined)
    return defined["step"](*numbers)


def keras_facts(function, arguments, namespace):
    """A model reduced to what is asked of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = function(*arguments)
    optimizer = getattr(model, "optimizer", None)
    return {
        "layers": [[type(layer).__name__, getattr(layer, "units", None),
                    getattr(getattr(layer, "activation", None), "__name__", None)] for layer in model.layers],
        "compiled": bool(model.compiled),
        "learning_rate": round(float(optimizer.learning_rate), 6) if optimizer else None,
        "output": list(model(np.zeros((2, *arguments[3]), "float32")).shape),
        "warns_of_input_shape": any("input_shape" in str(item.message) for item in caught),
    }


def transfer_facts(function, arguments, namespace):
    """Model A is made here from a seed; the student's model B is trained for one step, and A is looked at again."""
    import keras

    seed, units, act = arguments
    keras.utils.set_random_seed(seed)
    a = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="relu"),
                          keras.layers.Dense(3, activation="relu"), keras.layers.Dense(6, activation="softmax")])
    before = a.get_weights()
    b = function(a, units, act)
    head = b.layers[-1]
    body = [weight for layer in b.layers[:-1] for weight in layer.get_weights()]
    facts = {
        "head": [head.units, head.activation.__name__, head.trainable],
        "body_is_copied": len(body) == 4 and all(np.array_equal(x, y) for x, y in zip(body, before, strict=False)),
        "body_is_frozen": not any(layer.trainable for layer in b.layers[:-1]),
        "compiled": bool(b.compiled),
        "a_keeps_its_head": len(a.layers) == 3 and a.layers[-1].units == 6,
    }
    for layer in b.layers:
        layer.trainable = True
    b.compile(loss="mse", optimizer="sgd")
    b.train_on_batch(np.ones((8, 4), "float32"), np.zeros((8, units), "float32"))
    facts["a_is_untouched"] = all(np.array_equal(x, y) for x, y in zip(a.get_weights(), before, strict=True))
    return facts
