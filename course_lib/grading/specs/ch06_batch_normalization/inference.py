"""Exercise 46: batch normalization as it runs when the network predicts."""

import numpy as np

from ...spec import Case, Exercise, Misconception
from .training import arrays

# --- what a good student writes


def bn_infer(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    return gamma * (X - moving_mean) / np.sqrt(moving_variance + epsilon) + beta


# --- the library's layer, as the independent reference


def reference(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    from course_lib import layers

    normalization = layers.BatchNormalization(epsilon=epsilon, dtype="float64")
    normalization.build((None, X.shape[1]))
    normalization.set_weights([gamma, beta, moving_mean, moving_variance])
    return normalization.forward(X.astype(np.float64), training=False)


# --- cases: one of them a single row, whose own variance is 0


def cases(rng):
    yield Case((*arrays(rng, 1, 3), 1e-3))
    yield Case((*arrays(rng, 3, 2), 1e-3))
    yield Case((*arrays(rng, 4, 4), 1e-2))                      # square: the wrong axis does not raise
    yield Case(arrays(rng, 6, 3))                               # with the default
    yield Case((*arrays(rng, 5, 2, dtype=np.float32), 1e-3))


# --- mistakes and other right ways


def _inferred(mean=lambda X, moving: moving, var=lambda X, moving: moving,
              scale=lambda var, epsilon: 1 / np.sqrt(var + epsilon),
              shift=lambda X_hat, gamma, beta: gamma * X_hat + beta):
    return lambda X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3: shift(
        (X - mean(X, moving_mean)) * scale(var(X, moving_variance), epsilon), gamma, beta)


def ignores_the_argument(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    return bn_infer(X, gamma, beta, moving_mean, moving_variance, 1e-5)


def _moves(momentum):
    """Updates the moving statistics with the batch, then uses them."""
    return _inferred(mean=lambda X, moving: momentum * moving + (1 - momentum) * X.mean(axis=0),
                     var=lambda X, moving: momentum * moving + (1 - momentum) * X.var(axis=0))


def right_as_one_map(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    s = gamma * (moving_variance + epsilon) ** -0.5
    return X * s + (beta - moving_mean * s)


def right_with_loops(X, gamma, beta, moving_mean, moving_variance, epsilon=1e-3):
    return np.array([[gamma[j] * ((x - moving_mean[j]) / (moving_variance[j] + epsilon) ** 0.5) + beta[j]
                      for j, x in enumerate(row)] for row in X])


BN_INFER = Exercise(
    name="bn_infer", number=46, chapter="06_batch_normalization", core=True, level=1, minutes=10, points=2,
    title="Batch normalization at inference",
    prompt=r"""
A trained network predicts. Now the layer normalizes with what it has tracked, and the answer for one example must not
depend on which others are in the batch. Compute its output for `X`.
""",
    arguments={"X": "(m, n) float array, one example per row; m may be 1",
               "gamma": "(n,) float array, the scale", "beta": "(n,) float array, the shift",
               "moving_mean": "(n,) float array", "moving_variance": "(n,) float array",
               "epsilon": "float above 0, added to the variance"},
    returns="Z, a float array of shape (m, n)",
    hints=("It is the formula of training with two letters replaced.",
           "Try it with one row. With the batch's own mean the output would be beta, whatever the row."),
    solution=bn_infer, reference=reference, cases=cases, variants=(right_as_one_map, right_with_loops),
    misconceptions=(
        Misconception("uses-batch-stats", "The batch's own mean or variance is used. Then a row's output depends on "
                      "the other rows, and a single row gives beta.",
                      (_inferred(lambda X, _: X.mean(axis=0), lambda X, _: X.var(axis=0)),
                       _inferred(lambda X, _: X.mean(axis=0)), _inferred(var=lambda X, _: X.var(axis=0)))),
        Misconception("still-updates", "The moving statistics are moved towards this batch before they are used. At "
                      "inference nothing is tracked any more.", (_moves(0.99), _moves(0.9))),
        Misconception("forgets-gamma-beta", "Scale or shift are missing. They were learned and are needed now.",
                      (_inferred(shift=lambda X_hat, gamma, beta: X_hat),
                       _inferred(shift=lambda X_hat, gamma, beta: gamma * X_hat),
                       _inferred(shift=lambda X_hat, gamma, beta: X_hat + beta))),
        Misconception("shift-before-scale", "beta is added before the scale, so it is scaled, too; or gamma and beta "
                      "are exchanged. The scale comes first, then the shift.",
                      (_inferred(shift=lambda X_hat, gamma, beta: gamma * (X_hat + beta)),
                       _inferred(shift=lambda X_hat, gamma, beta: beta * X_hat + gamma))),
        Misconception("eps-outside", "epsilon is added to the root. It belongs under the root, to the variance, as in "
                      "training.", (_inferred(scale=lambda var, epsilon: 1 / (np.sqrt(var) + epsilon)),)),
        Misconception("no-epsilon", "epsilon is missing, or is not the one that was given. The layer uses the same in "
                      "training and at inference.",
                      (_inferred(scale=lambda var, epsilon: 1 / np.sqrt(var)), ignores_the_argument)),
        Misconception("std-for-var", "The centred batch is divided by the variance. Divide by its root.",
                      (_inferred(scale=lambda var, epsilon: 1 / (var + epsilon)),)),
        Misconception("mean-not-subtracted", "The moving mean is not subtracted.", (_inferred(mean=lambda X, _: 0.0),)),
    ),
)
