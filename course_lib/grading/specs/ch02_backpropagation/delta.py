"""Exercise 16: the error at the output layer."""

import numpy as np

from ...cases import binary, normal, uniform
from ...spec import Case, Exercise, Misconception

CATEGORICAL, BINARY, SQUARED = "categorical_crossentropy", "binary_crossentropy", "half_squared_error"


# --- what a good student writes


def output_delta(A, Y, loss, act):
    delta = (A - Y) / len(A)
    if loss == "half_squared_error" and act == "sigmoid":
        delta = delta * A * (1 - A)
    return delta


# --- the long way round, as the independent reference: dJ/dA, then the full Jacobian of each row's activation


def reference(A, Y, loss, act):
    A, Y = A.astype(np.float64), Y.astype(np.float64)
    dA = {CATEGORICAL: -Y / A, SQUARED: A - Y}[loss] if loss != BINARY else -Y / A + (1 - Y) / (1 - A)
    jacobians = {
        "softmax": lambda a: np.diag(a) - np.outer(a, a),
        "sigmoid": lambda a: np.diag(a * (1 - a)),
        "identity": lambda a: np.eye(len(a)),
    }
    return np.array([jacobians[act](a) @ da for a, da in zip(A, dA, strict=True)]) / len(A)


# --- cases


def cases(rng):
    for m, k, dtype in ((2, 3, np.float64), (5, 4, np.float64), (3, 2, np.float32)):
        logits = rng.normal(size=(m, k))
        A = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        Y = np.eye(k)[rng.integers(0, k, m)]
        yield Case((A.astype(dtype), Y.astype(dtype), CATEGORICAL, "softmax"))
    for m in (2, 5):
        yield Case((uniform(rng, 0.1, 0.9, m, 1), binary(rng, m)[:, None], BINARY, "sigmoid"))
    for m, k in ((2, 2), (4, 3)):
        yield Case((normal(rng, m, k) + 0.005, normal(rng, m, k), SQUARED, "identity"))
    for m, k in ((3, 1), (4, 2)):
        yield Case((uniform(rng, 0.1, 0.9, m, k), rng.integers(0, 2, (m, k)).astype(float), SQUARED, "sigmoid"))


# --- mistakes and other right ways


def y_minus_a(A, Y, loss, act):
    return -output_delta(A, Y, loss, act)


def y_minus_a_in_matching_pairs(A, Y, loss, act):
    delta = output_delta(A, Y, loss, act)
    return delta if loss == SQUARED else -delta


def y_minus_a_summed(A, Y, loss, act):
    return -output_delta(A, Y, loss, act) * len(A)


def y_minus_a_for_every_pair(A, Y, loss, act):
    return (Y - A) / len(A)


def bare_y_minus_a(A, Y, loss, act):
    return Y - A


def extra_derivative(A, Y, loss, act):
    return (A - Y) * (1 if act == "identity" else A * (1 - A)) / len(A)


def extra_derivative_for_sigmoid(A, Y, loss, act):
    return (A - Y) * (A * (1 - A) if act == "sigmoid" else 1) / len(A)


def extra_derivative_everywhere(A, Y, loss, act):
    return (A - Y) * A * (1 - A) / len(A)


def missing_derivative(A, Y, loss, act):
    return (A - Y) / len(A)


def no_1_over_m(A, Y, loss, act):
    return output_delta(A, Y, loss, act) * len(A)


def bare_a_minus_y(A, Y, loss, act):
    return A - Y


def divides_by_every_entry(A, Y, loss, act):
    return output_delta(A, Y, loss, act) * len(A) / A.size


def divides_by_outputs(A, Y, loss, act):
    return output_delta(A, Y, loss, act) * len(A) / A.shape[1]


def twice_the_squared_error(A, Y, loss, act):
    return output_delta(A, Y, loss, act) * (2 if loss == SQUARED else 1)


def gradient_at_a(A, Y, loss, act):
    dA = {CATEGORICAL: lambda: -Y / A, BINARY: lambda: -Y / A + (1 - Y) / (1 - A), SQUARED: lambda: A - Y}[loss]()
    return dA / len(A)


def loss_instead_of_delta(A, Y, loss, act):
    tiny = 1e-300
    per_row = {CATEGORICAL: lambda: -(Y * np.log(np.abs(A) + tiny)).sum(axis=1),
               BINARY: lambda: -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).sum(axis=1),
               SQUARED: lambda: 0.5 * ((A - Y) ** 2).sum(axis=1)}[loss]()
    return per_row.mean()


def long_way(A, Y, loss, act):
    return reference(A, Y, loss, act)


def with_loops(A, Y, loss, act):
    m = A.shape[0]
    delta = [[(A[i, j] - Y[i, j]) / m for j in range(A.shape[1])] for i in range(m)]
    if (loss, act) == (SQUARED, "sigmoid"):
        delta = [[delta[i][j] * A[i, j] * (1 - A[i, j]) for j in range(A.shape[1])] for i in range(m)]
    return delta


OUTPUT_DELTA = Exercise(
    name="output_delta", number=16, chapter="02_backpropagation", core=True, level=2, minutes=10, points=2,
    title="The error at the output",
    prompt=r"""
Backpropagation starts at the output layer with $\Delta = \partial J / \partial Z$, where $J = \frac1m \sum_r \ell_r$
is the **mean** of the losses of the $m$ rows. The loss of one row, with output $a = \varphi(z)$ and target $y$, is

| `loss` | $\ell$ | used with `act` |
|---|---|---|
| `"categorical_crossentropy"` | $-\sum_j y_j \log a_j$ | `"softmax"` |
| `"binary_crossentropy"` | $-y \log a - (1-y) \log(1-a)$, one output | `"sigmoid"` |
| `"half_squared_error"` | $\frac12 \sum_j (a_j - y_j)^2$ | `"identity"` or `"sigmoid"` |

Return $\Delta$ for each of these four pairs. In three of them the result is very simple; the fourth takes the
long way.
""",
    arguments={"A": "(m, k) float array, the network's output",
               "Y": "(m, k) float array, the targets (one-hot rows for the categorical loss)",
               "loss": 'str: "categorical_crossentropy", "binary_crossentropy" or "half_squared_error"',
               "act": 'str: "softmax", "sigmoid" or "identity"'},
    returns="an (m, k) float array, dJ/dZ",
    hints=("Take one output, the sigmoid and the binary cross-entropy: differentiate $\\ell$ with respect to $a$, "
           "multiply by $a(1-a)$ and simplify.",
           "J goes down when an output that is too large gets smaller. Which sign must the gradient have there?",
           "The mean over the batch contributes the factor $1/m$, here and nowhere else."),
    solution=output_delta, reference=reference, cases=cases,
    variants=(long_way, with_loops),
    misconceptions=(
        Misconception("y-minus-a", "The sign is turned round: this is the gradient of the log-likelihood, which one "
                      "climbs. For a loss that is to go down, the gradient is positive where the output is too large.",
                      (y_minus_a, y_minus_a_in_matching_pairs, y_minus_a_summed, y_minus_a_for_every_pair,
                       bare_y_minus_a)),
        Misconception("extra-derivative", "A factor a(1 - a) is left over where it has cancelled. Differentiate the "
                      "cross-entropy too: its denominator takes that factor away.",
                      (extra_derivative, extra_derivative_for_sigmoid, extra_derivative_everywhere)),
        Misconception("missing-derivative", "The squared error does not cancel the sigmoid's derivative. "
                      "For that pair the chain rule leaves a factor.", (missing_derivative,)),
        Misconception("no-1-over-m", "J is the mean over the batch, so its gradient carries 1/m. "
                      "This is the one place where it enters.", (no_1_over_m, bare_a_minus_y)),
        Misconception("divides-by-every-entry", "The division is by the number of entries or of outputs. The mean "
                      "runs over the rows only: the k outputs of one row are summed.",
                      (divides_by_every_entry, divides_by_outputs)),
        Misconception("factor-two", "The half in front of the squared error cancels the 2 of its derivative; "
                      "the result is too large by that factor.", (twice_the_squared_error,)),
        Misconception("gradient-at-a", "This is the gradient with respect to the output A. The activation's "
                      "derivative takes it one step further, to Z.", (gradient_at_a,)),
        Misconception("loss-instead-of-gradient", "This is the loss itself. What is asked for is its derivative with "
                      "respect to each entry of Z.", (loss_instead_of_delta,)),
    ),
)
