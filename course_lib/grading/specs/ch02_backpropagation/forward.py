"""Exercise 14: one dense layer, forwards."""

import numpy as np

from ...cases import normal
from ...drivers import call_without_cache
from ...spec import Case, Exercise, Misconception

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu")


# --- what a good student writes


def dense_forward(X, W, b, act):
    Z = X @ W + b
    if act == "sigmoid":
        A = 1 / (1 + np.exp(-Z))
    elif act == "tanh":
        A = np.tanh(Z)
    elif act == "relu":
        A = np.maximum(Z, 0)
    else:
        A = Z
    return A, (X, W, Z, act)


# --- the library's layer, as the independent reference


def layer(X, W, b, act):
    """The layer after its forward pass, and the output."""
    from course_lib import layers

    dense = layers.Dense(W.shape[1], activation="linear" if act == "identity" else act, dtype="float64")
    dense.build((None, W.shape[0]))
    dense.set_weights([W, b])
    return dense, dense.forward(X.astype(np.float64), training=True)


def reference(X, W, b, act):
    return layer(X, W, b, act)[1], None


# --- cases


def arrays(rng, m, n, p, dtype=np.float64):
    """Inputs and weights; no pre-activation lies near ReLU's kink at 0."""
    while True:
        X, W, b = normal(rng, m, n), normal(rng, n, p), normal(rng, p)
        b += np.where(b < 0, -0.25, 0.25)
        Z = X @ W + b
        if np.abs(Z).min() > 1e-2 and Z.min() < 0 < Z.max():
            return X.astype(dtype), W.astype(dtype), b.astype(dtype)


def cases(rng):
    for act in ACTIVATIONS:
        yield Case((*arrays(rng, 2, 3, 2), act))
    yield Case((*arrays(rng, 3, 3, 3), "tanh"))        # square: a transposed matrix does not raise
    yield Case((*arrays(rng, 8, 5, 3), "sigmoid"))
    yield Case((*arrays(rng, 4, 2, 3, np.float32), "tanh"))


# --- mistakes and other right ways


def phi(Z, act):
    return {"sigmoid": lambda: 1 / (1 + np.exp(-Z)), "tanh": lambda: np.tanh(Z),
            "relu": lambda: np.maximum(Z, 0), "identity": lambda: Z}[act]()


def no_bias(X, W, b, act):
    return phi(X @ W, act), None


def act_before_bias(X, W, b, act):
    return phi(X @ W, act) + b, None


def ignores_activation(X, W, b, act):
    return X @ W + b, None


def always_sigmoid(X, W, b, act):
    return phi(X @ W + b, "sigmoid"), None


def transposed_kernel(X, W, b, act):
    return phi(X @ W.T + b, act), None


def column_convention(X, W, b, act):
    return phi(W @ X + b, act), None


def elementwise_product(X, W, b, act):
    return phi(X * W + b, act), None


def bias_per_row(X, W, b, act):
    return phi(X @ W + b[:, None], act), None


def bias_times_rows(X, W, b, act):
    return phi(X @ W + len(X) * b, act), None


def forward_with_loops(X, W, b, act):
    (m, n), p = X.shape, len(b)
    Z = np.empty((m, p))
    for i in range(m):
        for k in range(p):
            Z[i, k] = b[k] + sum(X[i, j] * W[j, k] for j in range(n))
    return [phi(Z, act), {"everything": (X, W, b, act)}]


def forward_with_einsum(X, W, b, act):
    Z = np.einsum("mn,np->mp", X, W) + b[None, :]
    A = 0.5 * (1 + np.tanh(Z / 2)) if act == "sigmoid" else Z * (Z > 0) if act == "relu" else phi(Z, act)
    return A, lambda: None


def forward_with_bias_column(X, W, b, act):
    ones = np.ones((len(X), 1))
    return phi(np.hstack([ones, X]) @ np.vstack([b, W]), act), None


DENSE_FORWARD = Exercise(
    name="dense_forward", number=14, chapter="02_backpropagation", core=True, level=1, minutes=10, points=2,
    title="A dense layer, forwards",
    prompt=r"""
Compute what a dense layer hands to the next one, for a whole batch at once:

$$Z = XW + b, \qquad A = \varphi(Z).$$

Each row of $X$ is one example. `act` names $\varphi$: `"identity"`, `"sigmoid"`, `"tanh"` or `"relu"`.

Return $A$ together with a *cache*: whatever your `dense_backward` will need later. Its content is your choice,
and nobody else looks into it.
""",
    arguments={"X": "(m, n) float array, one example per row", "W": "(n, p) float array, the kernel",
               "b": "(p,) float array, the bias", "act": 'str: "identity", "sigmoid", "tanh" or "relu"'},
    returns="(A, cache): A is an (m, p) float array",
    outputs=("A", "cache"),
    hints=("Write the shapes under the formula: (m, n) times (n, p) gives (m, p), and `b` is added to every row.",
           "NumPy adds a vector of shape (p,) to every row of an (m, p) array by itself.",
           "The derivative of the activation is needed at $Z$: put $Z$ (or what you can compute it from), $X$, $W$ "
           "and `act` into the cache."),
    solution=dense_forward, reference=reference, cases=cases, driver=call_without_cache,
    variants=(forward_with_loops, forward_with_einsum, forward_with_bias_column),
    misconceptions=(
        Misconception("no-bias", "The bias is missing: Z is the product of inputs and kernel plus one number "
                      "per unit.", (no_bias,)),
        Misconception("act-before-bias", "The bias is added after the activation. It belongs inside: "
                      "the activation is applied to the complete sum Z.", (act_before_bias,)),
        Misconception("ignores-activation", "The argument `act` has no effect: every layer gets the same activation. "
                      "Choose the function that `act` names.", (ignores_activation, always_sigmoid)),
        Misconception("transposed-kernel", "The product of X and W is taken the wrong way round or with a transpose. "
                      "Examples are rows here and W has shape (n, p), so no transpose is needed.",
                      (transposed_kernel, column_convention)),
        Misconception("elementwise-product", "X and W are multiplied entry by entry. A unit needs the sum over all "
                      "its inputs: the matrix product.", (elementwise_product,)),
        Misconception("bias-per-row", "The bias is added along the wrong axis. There is one bias per unit, "
                      "that is per column of Z, and it is added once to every row.", (bias_per_row, bias_times_rows)),
    ),
)
