"""Exercise 45: batch normalization as it runs in training."""

import numpy as np

from ...cases import normal, uniform
from ...drivers import call_without_cache
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def bn_train(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    mean, variance = X.mean(axis=0), X.var(axis=0)
    deviation = np.sqrt(variance + epsilon)
    X_hat = (X - mean) / deviation
    Z = gamma * X_hat + beta
    moving_mean = momentum * moving_mean + (1 - momentum) * mean
    moving_variance = momentum * moving_variance + (1 - momentum) * variance
    return Z, moving_mean, moving_variance, (X_hat, gamma, deviation)


# --- the library's layer, as the independent reference


def layer(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    """The layer after its forward pass in training, and the output."""
    from course_lib import layers

    normalization = layers.BatchNormalization(momentum=momentum, epsilon=epsilon, dtype="float64")
    normalization.build((None, X.shape[1]))
    normalization.set_weights([gamma, beta, moving_mean, moving_variance])
    return normalization, normalization.forward(X.astype(np.float64), training=True)


def reference(*arguments):
    normalization, Z = layer(*arguments)
    return Z, normalization.moving_mean, normalization.moving_variance, None


# --- cases


def arrays(rng, m, n, spread=1.0, dtype=np.float64):
    """A batch whose columns have means and deviations of their own, and the four vectors of the layer."""
    X = normal(rng, m, n, scale=spread) * np.arange(1, n + 1) + normal(rng, n)
    vectors = uniform(rng, 0.5, 2.5, n), normal(rng, n), normal(rng, n), uniform(rng, 0.5, 3.0, n)
    return tuple(array.astype(dtype) for array in (X, *vectors))


def cases(rng):
    yield Case((*arrays(rng, 3, 2), 0.9, 1e-3))
    yield Case((*arrays(rng, 4, 4), 0.75, 1e-3))                # square: the wrong axis does not raise
    yield Case((*arrays(rng, 8, 3, spread=0.05), 0.8, 1e-2))    # small deviations: epsilon counts
    yield Case(arrays(rng, 6, 5))                               # with the defaults
    yield Case((*arrays(rng, 5, 3, dtype=np.float32), 0.9, 1e-3))


# --- mistakes and other right ways


def _bn(mean=lambda X: X.mean(axis=0), var=lambda X: X.var(axis=0), tracked=None,
        x_hat=lambda X, mean, var, epsilon: (X - mean) / np.sqrt(var + epsilon),
        shift=lambda X_hat, gamma, beta: gamma * X_hat + beta,
        move=lambda old, new, momentum: momentum * old + (1 - momentum) * new):
    """The solution with a part replaced. tracked: what the moving variance gets, if not the same as var."""
    def wrong(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
        mu, v = mean(X), var(X)
        Z = shift(x_hat(X, mu, v, epsilon), gamma, beta)
        kept = v if tracked is None else tracked(X)
        return Z, move(moving_mean, mu, momentum), move(moving_variance, kept, momentum), None

    return wrong


def _along_rows(statistic):
    return lambda X: statistic(X, axis=1, keepdims=True)


def normalises_rows_and_tracks_columns(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    _, *moving, cache = bn_train(X, gamma, beta, moving_mean, moving_variance, momentum, epsilon)
    X_hat = (X - X.mean(axis=1, keepdims=True)) / np.sqrt(X.var(axis=1, keepdims=True) + epsilon)
    return gamma * X_hat + beta, *moving, cache


def _uses_moving(updated):
    def wrong(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
        _, mean, variance, cache = bn_train(X, gamma, beta, moving_mean, moving_variance, momentum, epsilon)
        mu, v = (mean, variance) if updated else (moving_mean, moving_variance)
        return gamma * (X - mu) / np.sqrt(v + epsilon) + beta, mean, variance, cache

    return wrong


def only_the_mean_is_tracked(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    Z, mean, _, cache = bn_train(X, gamma, beta, moving_mean, moving_variance, momentum, epsilon)
    return Z, mean, moving_variance, cache


def tracks_epsilon(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    return _bn(tracked=lambda X: X.var(axis=0) + epsilon)(
        X, gamma, beta, moving_mean, moving_variance, momentum, epsilon)


def ignores_the_argument(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    return bn_train(X, gamma, beta, moving_mean, moving_variance, momentum, 1e-5)


def _deviation(X):
    return X.std(axis=0)


def right_with_sums(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    m = len(X)
    mean = X.sum(axis=0) / m
    centred = X - mean
    variance = np.einsum("ij,ij->j", centred, centred) / m
    scale = gamma * (variance + epsilon) ** -0.5
    return [X * scale + (beta - mean * scale), moving_mean + (1 - momentum) * (mean - moving_mean),
            moving_variance - (1 - momentum) * (moving_variance - variance), {"X": X}]


def right_with_loops(X, gamma, beta, moving_mean, moving_variance, momentum=0.99, epsilon=1e-3):
    Z, new_mean, new_variance = np.empty_like(X), moving_mean.copy(), moving_variance.copy()
    for j in range(X.shape[1]):
        mean = sum(X[:, j]) / len(X)
        variance = sum((x - mean) ** 2 for x in X[:, j]) / len(X)
        for i, x in enumerate(X[:, j]):
            Z[i, j] = gamma[j] * (x - mean) / (variance + epsilon) ** 0.5 + beta[j]
        new_mean[j] = momentum * moving_mean[j] + (1 - momentum) * mean
        new_variance[j] = momentum * moving_variance[j] + (1 - momentum) * variance
    return Z, new_mean, new_variance, None


BN_TRAIN = Exercise(
    name="bn_train", number=45, chapter="06_batch_normalization", core=True, level=2, minutes=20, points=3,
    title="Batch normalization in training",
    prompt=r"""
Normalize the batch `X` as the layer does **in training**: feature by feature, with the statistics of this batch,

$$\begin{aligned}
\mu_B &= \frac1m \sum_r x_r, & \sigma_B^2 &= \frac1m \sum_r (x_r - \mu_B)^2, \\
\hat x_r &= \frac{x_r - \mu_B}{\sqrt{\sigma_B^2 + \varepsilon}}, & z_r &= \gamma\, \hat x_r + \beta,
\end{aligned}$$

and move both moving statistics, with the momentum $p$, towards the batch's: $\hat v \leftarrow p\,\hat v + (1 - p)\,v$.
The moving variance gets the variance that the normalization uses, the one with the divisor $m$, as in Keras.

Return new arrays for the moving statistics. As the fourth value return whatever your `bn_backward` will need, in
any form you like.
""",
    arguments={"X": "(m, n) float array, one example per row",
               "gamma": "(n,) float array, the scale", "beta": "(n,) float array, the shift",
               "moving_mean": "(n,) float array, before this step",
               "moving_variance": "(n,) float array, before this step",
               "momentum": "float in [0, 1), the share of the old value that stays",
               "epsilon": "float above 0, added to the variance"},
    returns="(Z, moving_mean, moving_variance, cache): float arrays of shapes (m, n), (n,), (n,), and your cache",
    outputs=("Z", "moving_mean", "moving_variance", "cache"),
    hints=("Each column is a feature with a mean and a variance of its own: statistics run over the rows.",
           "epsilon is added to the variance, and the root is taken of the sum.",
           "With momentum 0.9, a moving mean of 0 and a batch mean of 1 the new moving mean is 0.1."),
    solution=bn_train, reference=reference, cases=cases, driver=call_without_cache,
    variants=(right_with_sums, right_with_loops),
    misconceptions=(
        Misconception("unbiased-variance", "The variance is divided by m - 1. The layer divides by m, for the "
                      "normalization and for what it keeps.", (_bn(var=lambda X: X.var(axis=0, ddof=1)),)),
        Misconception("unbiased-moving-variance", "The moving variance gets the variance with m - 1. PyTorch does "
                      "that; Keras, and this course, keep the one with m that the batch was normalized with.",
                      (_bn(tracked=lambda X: X.var(axis=0, ddof=1)),)),
        Misconception("normalises-rows", "The statistics are taken within each example. Batch normalization takes each "
                      "feature by itself, over the examples of the batch.",
                      (_bn(mean=_along_rows(np.mean), var=_along_rows(np.var)),
                       _bn(mean=lambda X: X.mean(axis=1), var=lambda X: X.var(axis=1)),
                       normalises_rows_and_tracks_columns)),
        Misconception("one-statistic-for-all-features", "One mean and one variance are taken over the whole array. "
                      "Each feature has its own.",
                      (_bn(mean=np.mean, var=np.var), _bn(var=np.var), _bn(mean=np.mean))),
        Misconception("eps-outside", "epsilon is added to the root. It belongs under the root, to the variance.",
                      (_bn(x_hat=lambda X, mean, var, epsilon: (X - mean) / (np.sqrt(var) + epsilon)),)),
        Misconception("no-epsilon", "epsilon is missing, or is not the one that was given. It is added to the "
                      "variance.",
                      (_bn(x_hat=lambda X, mean, var, epsilon: (X - mean) / np.sqrt(var)), ignores_the_argument)),
        Misconception("std-for-var", "A variance is used where its root belongs, or the other way round. The centred "
                      "batch is divided by a deviation; what is tracked is a variance.",
                      (_bn(x_hat=lambda X, mean, var, epsilon: (X - mean) / (var + epsilon)),
                       _bn(x_hat=lambda X, mean, var, epsilon: (X - mean) / np.sqrt(np.sqrt(var) + epsilon)),
                       _bn(var=_deviation, x_hat=lambda X, mean, std, epsilon: (X - mean) / np.sqrt(std + epsilon)),
                       _bn(var=_deviation, x_hat=lambda X, mean, std, epsilon: (X - mean) / np.sqrt(std**2 + epsilon)),
                       _bn(tracked=_deviation))),
        Misconception("epsilon-is-tracked", "The moving variance gets epsilon as well. It is added where a root is "
                      "taken, and nowhere else.", (tracks_epsilon,)),
        Misconception("mean-not-subtracted", "The mean is not subtracted: the features keep their old mean, scaled.",
                      (_bn(x_hat=lambda X, mean, var, epsilon: X / np.sqrt(var + epsilon)),)),
        Misconception("second-moment", "This is the mean of the squares. The variance is measured from the batch's "
                      "mean.", (_bn(var=lambda X: np.mean(X**2, axis=0)),)),
        Misconception("pytorch-momentum", "The two shares are exchanged. In Keras the momentum is what stays of the "
                      "old value; PyTorch calls the other share by that name.",
                      (_bn(move=lambda old, new, momentum: (1 - momentum) * old + momentum * new),)),
        Misconception("stats-not-updated", "Moving statistics come back as they were. Every training step moves both.",
                      (_bn(move=lambda old, new, momentum: old), only_the_mean_is_tracked)),
        Misconception("stats-replaced", "The moving statistics are the batch's own, or a sum without weights. Most of "
                      "the old value stays: its share is the momentum.",
                      (_bn(move=lambda old, new, momentum: new),
                       _bn(move=lambda old, new, momentum: momentum * old + new),
                       _bn(move=lambda old, new, momentum: (old + new) / 2))),
        Misconception("uses-moving-statistics", "The batch is normalized with the moving statistics. They are for "
                      "inference; in training the batch's own are used.", (_uses_moving(True), _uses_moving(False))),
        Misconception("forgets-gamma-beta", "Scale or shift are missing at the end.",
                      (_bn(shift=lambda X_hat, gamma, beta: X_hat), _bn(shift=lambda X_hat, gamma, beta: gamma * X_hat),
                       _bn(shift=lambda X_hat, gamma, beta: X_hat + beta))),
        Misconception("shift-before-scale", "beta is added before the scale, so it is scaled, too; or gamma and beta "
                      "are exchanged. The scale comes first, then the shift.",
                      (_bn(shift=lambda X_hat, gamma, beta: gamma * (X_hat + beta)),
                       _bn(shift=lambda X_hat, gamma, beta: beta * X_hat + gamma))),
    ),
)
