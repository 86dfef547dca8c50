"""Exercise 47: batch normalization, backwards. The student's own bn_train makes the cache."""

import numpy as np

from ...cases import normal
from ...drivers import normalize_then_backward
from ...spec import Case, Exercise, Misconception
from .training import arrays, bn_train, layer

__all__ = ["BN_BACKWARD", "bn_train"]       # the driver looks for bn_train beside the function under test


# --- what a good student writes


def bn_backward(dZ, cache):
    X_hat, gamma, deviation = cache
    dbeta = dZ.sum(axis=0)
    dgamma = (dZ * X_hat).sum(axis=0)
    dX_hat = dZ * gamma
    dX = (dX_hat - dX_hat.mean(axis=0) - X_hat * (dX_hat * X_hat).mean(axis=0)) / deviation
    return dX, dgamma, dbeta


# --- the library's layer, as the independent reference


def reference(*arguments):
    *forward, dZ = arguments
    normalization, Z = layer(*forward)
    Z = Z.copy()
    dX = normalization.backward(dZ.astype(np.float64))
    return {"bn_train": Z, "bn_backward": (dX, normalization.dgamma, normalization.dbeta)}


# --- cases


def cases(rng):
    def case(m, n, epsilon, spread=1.0, dtype=np.float64):
        return Case((*arrays(rng, m, n, spread, dtype), 0.9, epsilon, normal(rng, m, n).astype(dtype)))

    yield case(3, 2, 1e-3)
    yield case(4, 4, 1e-3)                              # square: the wrong axis does not raise
    yield case(8, 3, 1e-2, spread=0.05)                 # small deviations: epsilon counts
    yield case(7, 2, 1e-3)
    yield case(5, 3, 1e-3, dtype=np.float32)


# --- mistakes and other right ways


def _mean(values):
    return values.mean(axis=0)


def _sum(values):
    return values.sum(axis=0)


def _dX(dZ, cache, through=lambda e, X_hat: e - _mean(e) - X_hat * _mean(e * X_hat),
        divide=lambda values, deviation: values / deviation, scale=True):
    X_hat, gamma, deviation = cache
    return divide(through(dZ * gamma if scale else dZ, X_hat), deviation)


def _backward(dgamma=lambda dZ, X_hat, deviation: _sum(dZ * X_hat), dbeta=_sum, **way):
    def wrong(dZ, cache):
        X_hat, _, deviation = cache
        return _dX(dZ, cache, **way), dgamma(dZ, X_hat, deviation), dbeta(dZ)

    return wrong


def through_the_variance_step_by_step(dZ, cache):
    X_hat, gamma, deviation = cache
    m, centred = len(dZ), X_hat * deviation
    dX_hat = dZ * gamma
    dvariance = (dX_hat * centred).sum(axis=0) * -0.5 * deviation**-3
    dmean = -dX_hat.sum(axis=0) / deviation
    dX = dX_hat / deviation + dvariance * 2 * centred / m + dmean / m
    return [dX, np.einsum("ij,ij->j", dZ, X_hat), np.ones(m) @ dZ]


def by_the_jacobian_of_each_feature(dZ, cache):
    X_hat, gamma, deviation = cache
    m, dX = len(dZ), np.empty_like(dZ)
    for j in range(dZ.shape[1]):
        jacobian = (np.eye(m) - 1 / m - np.outer(X_hat[:, j], X_hat[:, j]) / m) * gamma[j] / deviation[j]
        dX[:, j] = jacobian.T @ dZ[:, j]
    return dX, (X_hat * dZ).sum(0), dZ.sum(0)


BN_BACKWARD = Exercise(
    name="bn_backward", number=47, chapter="06_batch_normalization", core=True, level=3, minutes=30, points=4,
    title="Batch normalization, backwards",
    prompt=r"""
Given $\partial J/\partial Z$ at the output of a batch normalization **in training**, compute the gradients for its
input, for $\gamma$ and for $\beta$. Mean and variance are computed from the batch, so a row of `X` acts on the output
of every row: through itself, through the mean and through the variance.

`cache` is the one your own `bn_train` returned. The factor $1/m$ of the mean loss is already inside `dZ`.
""",
    arguments={"dZ": "(m, n) float array, the gradient at the layer's output",
               "cache": "the fourth value returned by your bn_train"},
    returns="(dX, dgamma, dbeta): float arrays of shapes (m, n), (n,), (n,)",
    outputs=("dX", "dgamma", "dbeta"),
    inputs=("X", "gamma", "beta", "moving_mean", "moving_variance", "momentum", "epsilon", "dZ"),
    hints=("gamma and beta are used by every row, so their gradients are sums over the batch. gamma multiplies the "
           "normalized input.",
           "Start with the gradient at the normalized input. Two means are subtracted from it, each over the batch.",
           "Test it: the columns of dX add up to 0, because a shift of all rows changes nothing."),
    solution=bn_backward, reference=reference, cases=cases, driver=normalize_then_backward,
    variants=(through_the_variance_step_by_step, by_the_jacobian_of_each_feature),
    blame={"bn_train": "The Z that your `bn_train` returns is wrong, so its cache cannot be trusted. "
                       "Check `bn_train` first."},
    misconceptions=(
        Misconception("constant-statistics", "Mean and variance are treated as constants. They depend on every row of "
                      "the batch, and the gradient flows through them, too.", (_backward(through=lambda e, _: e),)),
        Misconception("variance-held-constant", "The gradient flows through the mean, but not through the variance. "
                      "One more term is missing.", (_backward(through=lambda e, X_hat: e - _mean(e)),)),
        Misconception("mean-held-constant", "The gradient flows through the variance, but not through the mean. One "
                      "more term is missing.", (_backward(through=lambda e, X_hat: e - X_hat * _mean(e * X_hat)),)),
        Misconception("gamma-missing", "gamma is missing on the way to dX: the normalized input was multiplied by it.",
                      (_backward(scale=False),)),
        Misconception("mean-for-sum", "dgamma or dbeta is a mean over the batch. Each row uses the parameter once, so "
                      "its gradient is the sum.",
                      (_backward(dgamma=lambda dZ, X_hat, _: _mean(dZ * X_hat), dbeta=_mean), _backward(dbeta=_mean),
                       _backward(dgamma=lambda dZ, X_hat, _: _mean(dZ * X_hat)))),
        Misconception("sum-for-mean", "A sum over the batch stands in dX where a mean belongs. The statistics are "
                      "means, so each row has a share of 1/m in them.",
                      (_backward(through=lambda e, X_hat: e - _sum(e) - X_hat * _sum(e * X_hat)),
                       _backward(through=lambda e, X_hat: e - _sum(e) - X_hat * _mean(e * X_hat)),
                       _backward(through=lambda e, X_hat: e - _mean(e) - X_hat * _sum(e * X_hat)))),
        Misconception("wrong-sign", "One of the two means is added in dX. A row that raises the mean lowers all "
                      "normalized values: both are subtracted.",
                      (_backward(through=lambda e, X_hat: e + _mean(e) + X_hat * _mean(e * X_hat)),
                       _backward(through=lambda e, X_hat: e - _mean(e) + X_hat * _mean(e * X_hat)),
                       _backward(through=lambda e, X_hat: e + _mean(e) - X_hat * _mean(e * X_hat)))),
        Misconception("x-hat-missing", "The term of the variance lacks a factor: the normalized input stands in it "
                      "twice, once under the mean and once outside.",
                      (_backward(through=lambda e, X_hat: e - _mean(e) - _mean(e * X_hat)),
                       _backward(through=lambda e, X_hat: e - _mean(e) - X_hat * _mean(e)))),
        Misconception("not-summed-over-batch", "dgamma or dbeta still has a row for each example. There is one gamma "
                      "and one beta for each feature: sum over the batch.",
                      (_backward(dgamma=lambda dZ, X_hat, _: dZ * X_hat, dbeta=lambda dZ: dZ),
                       _backward(dgamma=lambda dZ, X_hat, _: dZ * X_hat), _backward(dbeta=lambda dZ: dZ))),
        Misconception("summed-over-features", "dgamma and dbeta are summed over the features. Each feature has its "
                      "own; the sum runs over the batch.",
                      (_backward(dgamma=lambda dZ, X_hat, _: (dZ * X_hat).sum(axis=1),
                                 dbeta=lambda dZ: dZ.sum(axis=1)),)),
        Misconception("dgamma-from-unnormalized", "dgamma uses the input, centred but not divided by its deviation, or "
                      "leaves it out. gamma multiplies the normalized input.",
                      (_backward(dgamma=lambda dZ, X_hat, deviation: _sum(dZ * X_hat * deviation)),
                       _backward(dgamma=lambda dZ, X_hat, deviation: _sum(dZ)))),
        Misconception("deviation-wrong", "dX is multiplied by the deviation, divided by the variance, or not divided "
                      "at all. The normalized input is the centred one over the deviation, and so is its slope.",
                      (_backward(divide=lambda values, deviation: values * deviation),
                       _backward(divide=lambda values, deviation: values / deviation**2),
                       _backward(divide=lambda values, deviation: values))),
        Misconception("mean-twice", "dX is divided by the batch size once more. The factor 1/m of the mean loss is in "
                      "dZ already.", (_backward(divide=lambda values, deviation: values / deviation / len(values)),)),
    ),
)
