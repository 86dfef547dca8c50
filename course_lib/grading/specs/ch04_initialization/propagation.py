"""Exercise 32: what a signal looks like, layer by layer."""

import statistics

import numpy as np

from ...cases import normal
from ...drivers import Activation
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def forward_variances(X, Ws, act):
    A, measured = X, []
    for W in Ws:
        Z = A @ W
        A = act(Z)
        measured.append((Z.var(), A.var(), A.mean()))
    return measured


# --- the library's layers and the statistics of the standard library, as the independent reference


def reference(X, Ws, act):
    from course_lib import layers

    A, measured = X.astype(np.float64), []
    for W in Ws:
        dense = layers.Dense(W.shape[1], activation=act.name, use_bias=False, dtype="float64")
        dense.build((None, W.shape[0]))
        dense.set_weights([W])
        A = dense.forward(A)
        z, a = dense.z.ravel().tolist(), A.ravel().tolist()
        measured.append((statistics.pvariance(z), statistics.pvariance(a), statistics.fmean(a)))
    return measured


# --- cases


def _case(rng, act, *widths, m=4, dtype=np.float64):
    X = (normal(rng, m, widths[0]) + 0.3).astype(dtype)
    Ws = [normal(rng, n, p).astype(dtype) for n, p in zip(widths, widths[1:], strict=False)]
    return Case((X, Ws, Named(Activation, (act,))))


def cases(rng):
    yield _case(rng, "tanh", 2, 3, m=2)
    yield _case(rng, "tanh", 3, 4, 2)
    yield _case(rng, "sigmoid", 3, 3, 3, 3)                 # square: a wrong product does not raise
    yield _case(rng, "relu", 5, 4, 6, 3, m=7)
    yield _case(rng, "identity", 4, 4, 5, m=6)
    yield _case(rng, "tanh", 4, 4, 3, dtype=np.float32)


# --- mistakes and other right ways


def _layers(X, Ws, act, step=lambda A, W: A @ W):
    """(Z, A) of every layer."""
    A = X
    for W in Ws:
        Z = step(A, W)
        A = act(Z)
        yield Z, A


def _measured(var=np.var, mean=np.mean, order=lambda var_z, var_a, mean_a: (var_z, var_a, mean_a), **way):
    return lambda X, Ws, act: [order(var(Z), var(A), mean(A)) for Z, A in _layers(X, Ws, act, **way)]


def _var_along(axis):
    return lambda array: array.var(axis=axis).mean()


def _arrays_along(axis):
    return _measured(lambda array: array.var(axis=axis), lambda array: array.mean(axis=axis))


def only_var_along(axis):
    return _measured(lambda array: array.var(axis=axis))


def mean_of_z(X, Ws, act):
    return [(Z.var(), A.var(), Z.mean()) for Z, A in _layers(X, Ws, act)]


def passes_z_on(X, Ws, act):
    measured, signal = [], X
    for W in Ws:
        signal = signal @ W
        measured.append((signal.var(), act(signal).var(), act(signal).mean()))
    return measured


def never_activates(X, Ws, act):
    return _measured()(X, Ws, lambda z: z)


def always_from_x(X, Ws, act):
    return [((X @ W).var(), act(X @ W).var(), act(X @ W).mean()) for W in Ws]


def starts_with_the_input(X, Ws, act):
    return [(X.var(), X.var(), X.mean()), *forward_variances(X, Ws, act)]


def linear_last_layer(X, Ws, act):
    *hidden, (Z, _) = _layers(X, Ws, act)
    return [*((Z.var(), A.var(), A.mean()) for Z, A in hidden), (Z.var(), Z.var(), Z.mean())]


def only_the_last_layer(X, Ws, act):
    return forward_variances(X, Ws, act)[-1]


def columns_not_rows(X, Ws, act):
    return [tuple(column) for column in np.array(forward_variances(X, Ws, act)).T.tolist()]


def right_as_an_array(X, Ws, act):
    outputs = [X]
    Zs = []
    for W in Ws:
        Zs.append(np.dot(outputs[-1], W))
        outputs.append(act(Zs[-1]))
    return [[np.mean((Z - Z.mean()) ** 2), np.std(A) ** 2, np.sum(A) / A.size]
            for Z, A in zip(Zs, outputs[1:], strict=True)]


def right_recursively(X, Ws, act):
    if not Ws:
        return []
    Z = np.einsum("mn,np->mp", X, Ws[0])
    A = act(Z)
    return [(float(np.var(Z)), float(np.var(A)), float(np.mean(A))), *right_recursively(A, Ws[1:], act)]


FORWARD_VARIANCES = Exercise(
    name="forward_variances", number=32, chapter="04_initialization", core=True, level=2, minutes=10, points=2,
    title="Measure the signal, layer by layer",
    prompt=r"""
Send the batch `X` through a stack of dense layers without biases,

$$Z^{(l)} = A^{(l-1)} W^{(l)}, \qquad A^{(l)} = \varphi(Z^{(l)}), \qquad A^{(0)} = X,$$

and measure in each layer the variance of $Z^{(l)}$, the variance of $A^{(l)}$ and the mean of $A^{(l)}$. Each is
**one number**, taken over all entries of the array: over the examples and the units together. Variance is here the mean
squared distance from the mean. All layers have the activation, the last one included.
""",
    arguments={"X": "(m, n_0) float array, one example per row",
               "Ws": "list of float arrays, the kernels: W of layer l has the shape (n_{l-1}, n_l)",
               "act": "function of an array, the activation, elementwise"},
    returns="a list with one tuple (var_z, var_a, mean_a) of floats per layer",
    hints=("Keep one variable for the signal. It starts as X, and each layer replaces it.",
           "`array.var()` without an axis takes all entries.",
           "The next layer gets the activation's output, not its input."),
    solution=forward_variances, reference=reference, cases=cases, variants=(right_as_an_array, right_recursively),
    misconceptions=(
        Misconception("uses-std", "These are standard deviations. A variance is the square of one.",
                      (_measured(np.std),)),
        Misconception("var-over-features-only", "The variance is taken within each example and not over all entries. "
                      "Differences between the examples belong to it too.",
                      (_measured(_var_along(1)), _arrays_along(1), only_var_along(1))),
        Misconception("var-over-examples-only", "The variance is taken for each unit alone and not over all entries. "
                      "Differences between the units belong to it too.",
                      (_measured(_var_along(0)), _arrays_along(0), only_var_along(0))),
        Misconception("unbiased-variance", "The sum of squares is divided by one less than the number of entries. "
                      "Here the variance is a plain mean.", (_measured(lambda array: array.var(ddof=1)),)),
        Misconception("second-moment", "This is the mean of the squares. The variance is measured from the mean: "
                      "subtract it first.", (_measured(lambda array: np.mean(array**2)),)),
        Misconception("mean-of-z", "The mean is that of Z. What the next layer sees is A, and its mean is wanted.",
                      (mean_of_z,)),
        Misconception("passes-z-on", "The next layer gets Z, so the activation has no effect on what follows. Hand on "
                      "its output.", (passes_z_on,)),
        Misconception("no-activation", "The activation is missing: A equals Z in every layer.", (never_activates,)),
        Misconception("always-from-x", "Every layer starts from X. A layer's input is the output of the layer before "
                      "it.", (always_from_x,)),
        Misconception("starts-with-the-input", "The list begins with the input's own statistics. There is one tuple "
                      "per layer, and the first belongs to layer 1.", (starts_with_the_input,)),
        Misconception("linear-last-layer", "The last layer is left without its activation. Here all layers have it.",
                      (linear_last_layer,)),
        Misconception("only-the-last-layer", "This is the tuple of the last layer alone. Collect one for every layer.",
                      (only_the_last_layer,)),
        Misconception("missing-transpose", "A kernel is transposed before it is used. Its shape is inputs by outputs, "
                      "so the rows of A meet it as it stands.", (_measured(step=lambda A, W: A @ W.T),)),
        Misconception("another-order", "The three numbers are right and stand in another order. It is the variance of "
                      "Z, the variance of A, the mean of A.",
                      (_measured(order=lambda z, a, mean: (a, z, mean)),
                       _measured(order=lambda z, a, mean: (mean, z, a)),
                       _measured(order=lambda z, a, mean: (z, mean, a)), columns_not_rows)),
    ),
)
