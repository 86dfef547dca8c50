"""Exercise 15: one dense layer, backwards. The student's own dense_forward makes the cache."""

import numpy as np

from ...cases import normal
from ...drivers import forward_then_backward
from ...spec import Case, Exercise, Misconception
from .forward import arrays, dense_forward, layer, phi

__all__ = ["DENSE_BACKWARD", "dense_forward"]  # the driver looks for dense_forward beside the function under test


# --- what a good student writes


def dense_backward(dA, cache):
    X, W, Z, act = cache
    if act == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
        dZ = dA * A * (1 - A)
    elif act == "tanh":
        dZ = dA * (1 - np.tanh(Z) ** 2)
    elif act == "relu":
        dZ = dA * (Z > 0)
    else:
        dZ = dA
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


# --- the library's layer, as the independent reference


def reference(X, W, b, act, dA):
    dense, A = layer(X, W, b, act)
    dX = dense.backward(dA.astype(np.float64))
    return {"dense_forward": A, "dense_backward": (dX, dense.dkernel, dense.dbias)}


# --- cases


def cases(rng):
    for act in ("tanh", "sigmoid", "relu", "identity"):
        yield Case((*arrays(rng, 2, 3, 4), act, normal(rng, 2, 4)))
    for act in ("tanh", "sigmoid", "relu"):             # square: a missing transpose does not raise
        yield Case((*arrays(rng, 3, 3, 3), act, normal(rng, 3, 3)))
    yield Case((*arrays(rng, 8, 5, 3), "tanh", normal(rng, 8, 3)))
    yield Case((*arrays(rng, 4, 3, 2, np.float32), "tanh", normal(rng, 4, 2).astype(np.float32)))


# --- mistakes and other right ways


def _slope(Z, act):
    if act == "sigmoid":
        return phi(Z, act) * (1 - phi(Z, act))
    return {"tanh": 1 - np.tanh(Z) ** 2, "relu": (Z > 0) * 1.0, "identity": np.ones_like(Z)}[act]


def _slope_formula(A, act):
    """The slope written with the output: sigma' = a (1 - a), tanh' = 1 - a^2."""
    return {"sigmoid": A * (1 - A), "tanh": 1 - A**2, "relu": (A > 0) * 1.0, "identity": np.ones_like(A)}[act]


def _backward(dA, cache, slope=lambda Z, act: _slope(Z, act), dX=lambda dZ, W: dZ @ W.T,
              dW=lambda X, dZ: X.T @ dZ, db=lambda dZ: dZ.sum(axis=0)):
    X, W, Z, act = cache
    dZ = dA * slope(Z, act)
    return dX(dZ, W), dW(X, dZ), db(dZ)


def missing_transpose_of_kernel(dA, cache):
    return _backward(dA, cache, dX=lambda dZ, W: dZ @ W)


def missing_transpose_of_input(dA, cache):
    return _backward(dA, cache, dW=lambda X, dZ: X @ dZ)


def missing_both_transposes(dA, cache):
    return _backward(dA, cache, dX=lambda dZ, W: dZ @ W, dW=lambda X, dZ: X @ dZ)


def kernel_gradient_transposed(dA, cache):
    return _backward(dA, cache, dW=lambda X, dZ: dZ.T @ X)


def no_activation_derivative(dA, cache):
    return _backward(dA, cache, slope=lambda Z, act: 1.0)


def no_activation_derivative_in_dX(dA, cache):
    return _backward(dA, cache)[0] * 0 + dA @ cache[1].T, *_backward(dA, cache)[1:]


def no_activation_derivative_in_dW(dA, cache):
    return _backward(dA, cache)[0], *no_activation_derivative(dA, cache)[1:]


def derivative_at_a(dA, cache):
    return _backward(dA, cache, slope=lambda Z, act: _slope(phi(Z, act), act))


def output_formula_at_z(dA, cache):
    return _backward(dA, cache, slope=_slope_formula)


def _for_one(activation, wrong):
    """A wrong slope for one activation, the right one for the others."""
    return lambda dA, cache: _backward(
        dA, cache, slope=lambda Z, act: wrong(Z) if act == activation else _slope(Z, act))


def activation_for_derivative(dA, cache):
    return _backward(dA, cache, slope=phi)


def mean_twice(dA, cache):
    m = len(dA)
    return _backward(dA, cache, dW=lambda X, dZ: X.T @ dZ / m, db=lambda dZ: dZ.mean(axis=0))


def mean_twice_everywhere(dA, cache):
    return _backward(dA / len(dA), cache)


def mean_twice_in_dW(dA, cache):
    return _backward(dA, cache, dW=lambda X, dZ: X.T @ dZ / len(dA))


def mean_twice_in_db(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ.mean(axis=0))


def db_not_summed(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ)


def db_summed_over_units(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ.sum(axis=1))


def db_summed_over_everything(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ.sum())


def db_of_first_row(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ[0])


def db_keeps_batch_axis(dA, cache):
    return _backward(dA, cache, db=lambda dZ: dZ.sum(axis=0, keepdims=True))


def backward_with_loops(dA, cache):
    X, W, Z, act = cache
    dZ = dA * _slope(Z, act)
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(W.shape[1])
    for i, row in enumerate(dZ):
        dX[i] = W @ row
        dW += np.outer(X[i], row)
        db += row
    return [dX, dW, db]


def backward_with_einsum(dA, cache):
    X, W, Z, act = cache
    dZ = np.multiply(_slope_formula(phi(Z, act), act), dA)
    return np.einsum("mp,np->mn", dZ, W), np.einsum("mn,mp->np", X, dZ), np.ones(len(X)) @ dZ


_DB = "There is one bias per unit and it takes part in every example, so its gradient is the sum over the batch axis"
DENSE_BACKWARD = Exercise(
    name="dense_backward", number=15, chapter="02_backpropagation", core=True, level=2, minutes=20, points=4,
    title="A dense layer, backwards",
    prompt=r"""
Given $\partial J/\partial A$ for the output of a dense layer, compute the three gradients that backpropagation needs.
With $\Delta = \partial J/\partial A \odot \varphi'(Z)$ they are

$$\frac{\partial J}{\partial X} = \Delta W^\top, \qquad \frac{\partial J}{\partial W} = X^\top \Delta, \qquad
\frac{\partial J}{\partial b} = \sum_{r=1}^m \Delta_r .$$

`cache` is the one your own `dense_forward` returned. The factor $1/m$ of the mean loss is already inside `dA`:
it entered once, at the output. The slope of ReLU at 0 is 0.
""",
    arguments={"dA": "(m, p) float array, the gradient at the layer's output",
               "cache": "the second value returned by your dense_forward"},
    returns="(dX, dW, db): float arrays of shapes (m, n), (n, p), (p,)",
    outputs=("dX", "dW", "db"),
    inputs=("X", "W", "b", "act", "dA"),
    hints=("Start with $\\Delta$, an (m, p) array. Each activation has its own derivative; the identity's is 1.",
           "Every gradient has the shape of the thing it belongs to. Only one way of multiplying gives (n, p) "
           "from (m, n) and (m, p).",
           "For the sigmoid $\\varphi' = a(1-a)$, for tanh $\\varphi' = 1-a^2$, where $a = \\varphi(z)$; "
           "for ReLU it is 1 where $z > 0$ and 0 elsewhere."),
    solution=dense_backward, reference=reference, cases=cases, driver=forward_then_backward,
    variants=(backward_with_loops, backward_with_einsum),
    blame={"dense_forward": "The A that your `dense_forward` returns is wrong, so its cache cannot be trusted. "
                            "Check `dense_forward` first."},
    misconceptions=(
        Misconception("missing-transpose", "A matrix product lacks a transpose. Write down the shapes: dX must come "
                      "out as (m, n) and dW as (n, p). With square matrices the mistake raises no exception.",
                      (missing_transpose_of_kernel, missing_transpose_of_input, missing_both_transposes)),
        Misconception("kernel-gradient-transposed", "dW comes out with rows and columns exchanged, as in books that "
                      "write examples as columns. Here it must have W's own shape (n, p).",
                      (kernel_gradient_transposed,)),
        Misconception("no-activation-derivative", "The derivative of the activation is missing (or missing in one of "
                      "the three). dA belongs to the activation's output; all three need the gradient at its input.",
                      (no_activation_derivative, no_activation_derivative_in_dX, no_activation_derivative_in_dW)),
        Misconception("derivative-at-a-instead-of-z", "The derivative of the activation is taken at its output A. "
                      "The chain rule needs it at its input Z.", (derivative_at_a,)),
        Misconception("output-formula-at-z", "The formulas a(1 - a) and 1 - a^2 are written for the output a of the "
                      "activation. Here Z was put into them.",
                      (output_formula_at_z, _for_one("sigmoid", lambda Z: Z * (1 - Z)),
                       _for_one("tanh", lambda Z: 1 - Z**2))),
        Misconception("relu-slope", "The slope of ReLU is wrong, the others are right. It is 1 where z is positive "
                      "and 0 elsewhere: no gradient passes a unit that is off.",
                      (_for_one("relu", np.ones_like), _for_one("relu", lambda Z: np.maximum(Z, 0)),
                       _for_one("relu", lambda Z: (Z < 0) * 1.0), _for_one("relu", np.sign))),
        Misconception("activation-for-derivative", "dA is multiplied by the activation itself. The chain rule needs "
                      "its derivative.", (activation_for_derivative,)),
        Misconception("mean-twice", "There is a second division by the batch size. The factor 1/m of the mean loss "
                      "is in dA already, so here the rows are summed.",
                      (mean_twice, mean_twice_everywhere, mean_twice_in_dW, mean_twice_in_db)),
        Misconception("db-not-summed", f"db is not summed over the batch. {_DB}, of shape (p,).",
                      (db_not_summed, db_summed_over_units, db_summed_over_everything, db_of_first_row)),
        Misconception("db-keeps-batch-axis", "db has the right numbers and one axis too many: it must have the "
                      "bias's own shape (p,), not (1, p).", (db_keeps_batch_axis,)),
    ),
)
