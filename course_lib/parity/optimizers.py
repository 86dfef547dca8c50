"""Optimizers: the parameters after each of 200 steps along the same gradients."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from course_lib import optimizers
from course_lib.parity.comparison import GROWTH, MANY_STEPS, Area, Bounds, Comparison, Pair, public
from course_lib.parity.loading import load_keras

STEPS, UNITS = 200, 4
SHAPES = {"kernel": (5, UNITS), "bias": (UNITS,)}
SCALES = np.array([1e-6, 1e-3, 1, 10])      # of each unit's gradients, so that it shows where epsilon stands
RNG = np.random.default_rng(9)
GRADIENTS = {name: RNG.normal(size=(STEPS, *shape)) * SCALES for name, shape in SHAPES.items()}
GRADIENTS["kernel"][:, 0] = 0


class Tensor(NamedTuple):
    """Where a tensor lies in the vector of all parameters."""

    path: str
    start: int
    stop: int


TENSORS = [Tensor("dense/kernel", 0, 20), Tensor("dense/bias", 20, 24)]


def steps_here(optimizer: optimizers.Optimizer, dtype: str) -> np.ndarray:
    """The parameters after each step, starting from 0: shape (200, 24)."""
    optimizer.lay_out(TENSORS)
    params, trajectory = np.zeros(TENSORS[-1].stop, dtype), []
    for step in range(STEPS):
        optimizer.update(params, np.concatenate([g[step].ravel() for g in GRADIENTS.values()]).astype(dtype))
        trajectory.append(params.copy())
    return np.array(trajectory)


def steps_in_keras(optimizer: Any, dtype: str) -> np.ndarray:
    keras, tf = load_keras()
    variables = [keras.Variable(np.zeros(shape, dtype), name=name) for name, shape in SHAPES.items()]
    optimizer.build(variables)
    gradients = [tf.constant(g.astype(dtype)) for g in GRADIENTS.values()]

    @tf.function
    def steps():    # pragma: no cover - runs as a graph of TensorFlow's
        trajectory = tf.TensorArray(dtype, STEPS)
        for i in tf.range(STEPS):
            optimizer.apply([g[i] for g in gradients])
            params = tf.concat([tf.reshape(variable, [-1]) for variable in variables], axis=0)
            trajectory = trajectory.write(i, params)
        return trajectory.stack()
    return steps().numpy()


def compared(kind: str, quantity: str, arguments: dict[str, Any], bounds: Bounds = MANY_STEPS, reason: str = GROWTH,
             component: str = "", excluded: str = "") -> Comparison:
    """arguments: as both constructors take them. component: default the class. excluded: from weight decay."""
    def pairs(dtype: str) -> Iterator[Pair]:
        keras, _ = load_keras()
        ours, theirs = getattr(optimizers, kind)(**arguments), getattr(keras.optimizers, kind)(**arguments)
        if excluded:
            ours.exclude_from_weight_decay(var_names=[excluded])
            theirs.exclude_from_weight_decay(var_names=[excluded])
        here, there = steps_here(ours, dtype), steps_in_keras(theirs, dtype)
        for unit, scale in enumerate(SCALES):
            yield f"parameters with gradients of about {scale:g}", here[:, unit::UNITS], there[:, unit::UNITS]
    return Comparison(component or kind, quantity, pairs, bounds, reason)


# These are float32 numbers. Keras rounds some hyperparameters to float32; the comparison is to show the rule alone.
RATE = {"learning_rate": 2 ** -6}
HEAVY = {**RATE, "momentum": 0.875}
MEAN_SQUARE = {**RATE, "rho": 0.875, "epsilon": 2 ** -20}
MOMENTS = {**RATE, "beta_1": 0.875, "beta_2": 1 - 2 ** -8, "epsilon": 2 ** -20}
DECAY = {"weight_decay": 0.25}

ROUNDED_BETA = (r"Keras rounds $\beta_2 = 0.999$ to float32 before it takes its powers, in float64 too: "
                r"$1 - \beta_2^t$ is off by a relative 1.3e-5 while $t$ is far below 1000, and the step by half of "
                "that. In float32 the powers are rounded as well.")

AREA = Area(
    "Optimizers",
    [
        compared("SGD", "plain", RATE),
        compared("SGD", "momentum", HEAVY),
        compared("SGD", "momentum of 0.9", {**RATE, "momentum": 0.9}, (1e-5, 1e-6)),
        compared("SGD", "Nesterov", {**HEAVY, "nesterov": True}),
        compared("Adagrad", "exact hyperparameters", {**RATE, "initial_accumulator_value": 0.125, "epsilon": 2 ** -20}),
        compared("Adagrad", "all defaults", {}, (1e-5, 1e-7)),
        compared("RMSprop", "exact hyperparameters", MEAN_SQUARE),
        compared("RMSprop", "centered, momentum", {**MEAN_SQUARE, "centered": True, "momentum": 0.5}),
        compared("RMSprop", "all defaults", {}),
        compared("Adadelta", "exact hyperparameters", MEAN_SQUARE),
        compared("Adadelta", "all defaults", {}),
        compared("Adam", "exact hyperparameters", MOMENTS),
        compared("Adam", "amsgrad", {**MOMENTS, "amsgrad": True}),
        compared("Adam", "all defaults", {}, (1e-4, 1e-5), ROUNDED_BETA),
        compared("AdamW", "exact hyperparameters", {**MOMENTS, **DECAY}),
        compared("AdamW", "all defaults", {}, (1e-4, 1e-5), ROUNDED_BETA),
        compared("Adamax", "exact hyperparameters", MOMENTS),
        compared("Adamax", "all defaults", {}, (1e-5, 1e-6)),
        compared("Nadam", "exact hyperparameters", MOMENTS, (1e-5, 1e-6)),
        compared("Nadam", "all defaults", {}, (1e-5, 1e-6)),
        compared("SGD", "of SGD", {**RATE, **DECAY}, component="weight decay"),
        compared("AdamW", "biases excluded", {**MOMENTS, **DECAY}, component="weight decay", excluded="bias"),
        compared("SGD", "clipvalue", {**RATE, "clipvalue": 0.5}, component="clipping"),
        compared("SGD", "clipnorm", {**RATE, "clipnorm": 0.5}, component="clipping"),
        compared("SGD", "global_clipnorm", {**RATE, "global_clipnorm": 0.5}, component="clipping"),
        compared("SGD", "clipnorm, decay, Nesterov", {**HEAVY, **DECAY, "clipnorm": 0.5, "nesterov": True},
                 component="clipping"),
    ],
    about="Compared: the parameters after each of 200 steps along the same gradients, from 1e-6 to 10 in size.",
    registered=lambda: public(optimizers, optimizers.Optimizer),
    conventions={
        "all": "Exact hyperparameters are float32 numbers, such as 0.875 for 0.9. Keras 3.15 rounds some others to "
                           "float32 as it computes, in float64 too: SGD's momentum, weight decay, Adagrad's initial "
                           "accumulator, and betas where it takes their powers. It does not round learning rates, "
                           "clipping limits, rho, epsilon, RMSprop's momentum, or betas in running means.",
        "SGD": r"$m \leftarrow \beta m - \eta g$, then $\theta \leftarrow \theta + m$: the learning rate is part of "
               "$m$. PyTorch leaves it out, which differs as soon as the rate changes. With `nesterov` it is "
               r"$\theta \leftarrow \theta + \beta m - \eta g$: what is stored are the points at which gradients are "
               "taken, not those of Nesterov's own form.",
        "Adagrad, RMSprop, Adadelta": r"$\varepsilon$ stands inside the root. PyTorch has it outside, except in "
                                      "Adadelta.",
        "Adam, AdamW": r"$\varepsilon$ is added to the root of the mean square before its bias is corrected, so it is "
                       "larger in the first steps than in the paper and in PyTorch. `epsilon_mode` selects those forms "
                       "here.",
        "Adamax": r"$\varepsilon$ is added to the norm, outside the maximum.",
        "Nadam": r"The momentum follows $\beta_1 (1 - 0.96^t / 2)$. Keras rounds 0.96 to float32, whatever the "
                 "hyperparameters: hence 1e-6 in float64.",
        "weight decay": "Decoupled and times the learning rate, after clipping and before the step, for every weight "
                        "and bias that is not excluded. `Adam(weight_decay=...)` is AdamW.",
        "clipping": "`clipnorm` takes each tensor by itself, `global_clipnorm` all of them as one vector.",
    },
    ours={
        "NesterovLookAhead": "Nesterov's momentum as the papers write it, with the gradient at the point ahead. Keras "
                             "has the form that stores this point.",
    },
)
