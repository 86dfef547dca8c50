"""Exercise 39: a leaky ReLU whose slope is trained, forwards and backwards."""

import numpy as np

from ...cases import normal, uniform
from ...spec import Case, Exercise, Misconception
from .leaky import away_from_zero

# --- what a good student writes


def prelu(z, alpha, dA):
    A = np.where(z > 0, z, alpha * z)
    dZ = dA * np.where(z > 0, 1.0, alpha)
    dalpha = np.sum(dA * np.minimum(z, 0), axis=0)
    return A, dZ, dalpha


# --- the library's layer, as the independent reference


def reference(z, alpha, dA):
    from course_lib import layers

    layer = layers.PReLU(dtype="float64")
    layer.build((None, z.shape[1]))
    layer.set_weights([alpha.astype(np.float64)])
    A = layer.forward(z.astype(np.float64), training=True).copy()
    return A, layer.backward(dA.astype(np.float64)), layer.dalpha.copy()


# --- cases: a slope above 1, a negative one, others between 0 and 1; square and other shapes


def _case(rng, m, n, dtype=np.float64):
    alpha = uniform(rng, 0.1, 0.9, n)
    alpha[:2] = uniform(rng, 1.2, 2, 2) * (1, -1)
    return Case((_mixed(rng, m, n).astype(dtype), alpha.astype(dtype), (normal(rng, m, n) + 0.3).astype(dtype)))


def _mixed(rng, m, n):
    """Numbers of which each column has both signs."""
    while True:
        z = away_from_zero(rng, m, n)
        if ((z < 0).any(axis=0) & (z > 0).any(axis=0)).all():
            return z


def cases(rng):
    yield _case(rng, 2, 3)
    yield _case(rng, 3, 2)
    yield _case(rng, 4, 4)
    yield _case(rng, 6, 3)
    yield _case(rng, 4, 2, np.float32)


# --- mistakes and other right ways


def _with(value=lambda z, alpha: np.where(z > 0, z, alpha * z), slope=lambda z, alpha: np.where(z > 0, 1.0, alpha),
          dalpha=lambda z, dA: np.sum(dA * np.minimum(z, 0), axis=0)):
    return lambda z, alpha, dA: (value(z, alpha), dA * slope(z, alpha), dalpha(z, dA))


def right_with_a_mask(z, alpha, dA):
    below = (z < 0).astype(float)
    return [z * (1 - below + below * alpha), dA * (1 - below) + alpha * dA * below, (below * z * dA).sum(0)]


def right_with_einsum(z, alpha, dA):
    low = np.minimum(z, 0)
    return z - low + low * alpha, np.where(z > 0, dA, dA * alpha), np.einsum("mn,mn->n", low, dA)


PRELU = Exercise(
    name="prelu", number=39, chapter="05_activations", core=False, level=2, minutes=15, points=3,
    title="PReLU learns its slope",
    prompt=r"""
Each of the $n$ units has its own slope $\alpha_j$ below 0, and the slopes are trained:

$$a_{ij} = \begin{cases} z_{ij} & z_{ij} > 0 \\ \alpha_j z_{ij} & z_{ij} < 0. \end{cases}$$

Given $\partial J/\partial A$, return the output $A$ and the gradients $\partial J/\partial Z$ and
$\partial J/\partial\alpha$. No entry of `z` is 0.
""",
    arguments={"z": "(m, n) float array, no entry 0", "alpha": "(n,) float array, the slopes",
               "dA": "(m, n) float array, the gradient at the output"},
    returns="(A, dZ, dalpha): dalpha has the shape of alpha",
    outputs=("A", "dZ", "dalpha"),
    hints=("dZ is the gradient times the slope, as for any activation.",
           r"By how much does $a_{ij}$ grow with $\alpha_j$? Above 0 not at all.",
           r"A slope is used once for each example, so the contributions of the rows are added. "
           r"Below 0 the derivative of $\alpha_j z_{ij}$ with respect to $\alpha_j$ is $z_{ij}$."),
    solution=prelu, reference=reference, cases=cases, variants=(right_with_a_mask, right_with_einsum),
    misconceptions=(
        Misconception("alpha-fixed", "The slopes get the gradient 0, as if they were hyperparameters. They act on the "
                      "output wherever z is below 0.", (_with(dalpha=lambda z, dA: np.zeros(z.shape[1])),)),
        Misconception("dalpha-not-summed", "dalpha has one row per example. A slope is shared by all examples, so "
                      "their contributions are added.",
                      (_with(dalpha=lambda z, dA: dA * np.minimum(z, 0)),)),
        Misconception("dalpha-wrong-axis", "dalpha is added up along the wrong axis, or along both. There is one slope "
                      "for each unit, that is for each column.",
                      (_with(dalpha=lambda z, dA: np.sum(dA * np.minimum(z, 0), axis=1)),
                       _with(dalpha=lambda z, dA: np.sum(dA * np.minimum(z, 0))))),
        Misconception("dalpha-averaged", "dalpha is a mean over the examples. The factor 1/m is in dA already.",
                      (_with(dalpha=lambda z, dA: np.mean(dA * np.minimum(z, 0), axis=0)),)),
        Misconception("dalpha-uses-abs-z", "The contribution of a negative z to its slope is z itself, with its sign.",
                      (_with(dalpha=lambda z, dA: np.sum(dA * np.abs(np.minimum(z, 0)), axis=0)),
                       _with(dalpha=lambda z, dA: np.sum(dA * np.abs(z), axis=0)))),
        Misconception("dalpha-from-positive-z", "Positive entries contribute to dalpha. Their output does not depend "
                      "on the slope.",
                      (_with(dalpha=lambda z, dA: np.sum(dA * z, axis=0)),
                       _with(dalpha=lambda z, dA: np.sum(dA * np.maximum(z, 0), axis=0)))),
        Misconception("dalpha-without-da", "dalpha lacks the gradient at the output: that is the first link of the "
                      "chain rule.",
                      (_with(dalpha=lambda z, dA: np.sum(np.minimum(z, 0), axis=0)),)),
        Misconception("dalpha-without-z", "dalpha lacks z. The derivative of alpha times z with respect to alpha is z.",
                      (_with(dalpha=lambda z, dA: np.sum(dA * (z < 0), axis=0)),)),
        Misconception("dz-without-slope", "dZ lacks the slope, or takes ReLU's. Below 0 the gradient passes with the "
                      "factor alpha.",
                      (_with(slope=lambda z, alpha: np.ones_like(z)),
                       _with(slope=lambda z, alpha: np.where(z > 0, 1.0, 0.0)))),
        Misconception("alpha-on-positive", "alpha stands on the wrong side of 0. Positive numbers pass unchanged.",
                      (_with(value=lambda z, alpha: np.where(z > 0, alpha * z, z),
                             slope=lambda z, alpha: np.where(z > 0, alpha, 1.0),
                             dalpha=lambda z, dA: np.sum(dA * np.maximum(z, 0), axis=0)),)),
        Misconception("max-form", "The larger of z and alpha z is PReLU only while alpha is at most 1. A trained slope "
                      "may go beyond.", (_with(value=lambda z, alpha: np.maximum(z, alpha * z)),)),
    ),
)
