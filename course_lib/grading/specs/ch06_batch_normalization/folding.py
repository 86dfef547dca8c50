"""Exercise 48: a batch normalization disappears into the dense layer beside it."""

import numpy as np

from ...cases import normal, uniform
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def fold_bn(W, b, gamma, beta, moving_mean, moving_variance, epsilon=1e-3, position="after_linear"):
    s = gamma / np.sqrt(moving_variance + epsilon)
    t = beta - s * moving_mean
    if position == "after_linear":
        return W * s, b * s + t
    return s[:, np.newaxis] * W, b + t @ W


# --- the two layers sent through the library's fold, as the independent reference


def reference(W, b, gamma, beta, moving_mean, moving_variance, epsilon=1e-3, position="after_linear"):
    from course_lib import layers
    from course_lib.layers import fold

    dense = layers.Dense(W.shape[1], dtype="float64")
    dense.build((None, W.shape[0]))
    dense.set_weights([W, b])
    normalization = layers.BatchNormalization(epsilon=epsilon, dtype="float64")
    normalization.build((None, len(gamma)))
    normalization.set_weights([gamma, beta, moving_mean, moving_variance])
    pair = (dense, normalization) if position == "after_linear" else (normalization, dense)
    return tuple(fold(*pair).get_weights())


# --- cases


def cases(rng):
    def case(n, p, position, epsilon=1e-3, dtype=np.float64):
        k = p if position == "after_linear" else n
        arrays = (normal(rng, n, p), normal(rng, p), uniform(rng, 0.5, 2.5, k), normal(rng, k), normal(rng, k),
                  uniform(rng, 0.05, 3.0, k))
        return Case((*(array.astype(dtype) for array in arrays), epsilon, position))

    yield case(2, 3, "after_linear")
    yield case(3, 2, "before_linear")
    yield case(3, 3, "after_linear", epsilon=1e-2)              # square: the wrong axis does not raise
    yield case(3, 3, "before_linear", epsilon=1e-2)
    yield case(5, 4, "after_linear", dtype=np.float32)
    yield case(4, 6, "before_linear")


# --- mistakes and other right ways


def _folded(root=lambda variance, epsilon: np.sqrt(variance + epsilon),
            t=lambda s, beta, moving_mean: beta - s * moving_mean,
            after=lambda W, b, s, t: (W * s, b * s + t),
            before=lambda W, b, s, t: (s[:, np.newaxis] * W, b + t @ W), scale=True):
    def wrong(W, b, gamma, beta, moving_mean, moving_variance, epsilon=1e-3, position="after_linear"):
        s = (gamma if scale else 1) / root(moving_variance, epsilon)
        shift = t(s, beta, moving_mean)
        return after(W, b, s, shift) if position == "after_linear" else before(W, b, s, shift)

    return wrong


def _after(W, b, s, t):
    return W * s, b * s + t


def _before(W, b, s, t):
    return s[:, np.newaxis] * W, b + t @ W


def right_by_diagonal_matrices(W, b, gamma, beta, moving_mean, moving_variance, epsilon=1e-3,
                               position="after_linear"):
    S = np.diag(gamma * (moving_variance + epsilon) ** -0.5)
    if position == "before_linear":
        return [S @ W, b + (beta - moving_mean @ S) @ W]
    return [W @ S, (b - moving_mean) @ S + beta]


def right_by_probing(W, b, gamma, beta, moving_mean, moving_variance, epsilon=1e-3, position="after_linear"):
    """The bias is what comes out for 0, the kernel's rows what the unit vectors add to it."""
    def normalized(x):
        return gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta

    def both(x):
        return normalized(x @ W + b) if position == "after_linear" else normalized(x) @ W + b

    bias = both(np.zeros(len(W)))
    return np.array([both(row) - bias for row in np.eye(len(W))]), bias


FOLD_BN = Exercise(
    name="fold_bn", number=48, chapter="06_batch_normalization", core=False, level=2, minutes=20, points=3,
    title="Fold a batch normalization into a dense layer",
    prompt=r"""
At inference a batch normalization is $\gamma\,(x - \hat\mu)/\sqrt{\hat\sigma^2 + \varepsilon} + \beta$ with fixed
numbers. Beside a linear map $XW + \mathbf 1 b^\top$ it need not be computed at all. Return a kernel and a bias with
which the linear map alone gives what the two give together:

- `position="after_linear"`: the normalization follows the linear map directly, and has a feature for each of its $p$
  outputs;
- `position="before_linear"`: the normalization comes first, and has a feature for each of its $n$ inputs.
""",
    arguments={"W": "(n, p) float array, the kernel", "b": "(p,) float array, the bias",
               "gamma": "float array, the scale: of shape (p,) or (n,), like the three that follow",
               "beta": "float array, the shift", "moving_mean": "float array", "moving_variance": "float array",
               "epsilon": "float above 0, added to the variance",
               "position": '"after_linear" or "before_linear"'},
    returns="(W, b): float arrays of shapes (n, p) and (p,), new ones",
    outputs=("W", "b"),
    hints=("Write the normalization as x s + t first, with one s and one t for each feature.",
           "After the linear map: multiply (X W + b) s + t out. An output's factor belongs to a column of W.",
           "Before it: multiply (X s + t) W + b out. An input's factor belongs to a row of W, and t goes through W."),
    solution=fold_bn, reference=reference, cases=cases, variants=(right_by_diagonal_matrices, right_by_probing),
    misconceptions=(
        Misconception("scales-rows", "The factors are on the wrong axis of the kernel. Outputs are columns and inputs "
                      "are rows.",
                      (_folded(after=lambda W, b, s, t: (s[:, np.newaxis] * W, b * s + t)),
                       _folded(before=lambda W, b, s, t: (W * s, b + t @ W)),
                       _folded(after=lambda W, b, s, t: (s[:, np.newaxis] * W, b * s + t),
                               before=lambda W, b, s, t: (W * s, b + t @ W)))),
        Misconception("bias-not-scaled", "A normalization after the linear map also scales its bias: the bias is part "
                      "of what is normalized.", (_folded(after=lambda W, b, s, t: (W * s, b + t)),)),
        Misconception("bias-scaled", "A normalization before the linear map leaves the bias alone: it is added "
                      "afterwards.", (_folded(before=lambda W, b, s, t: (s[:, np.newaxis] * W, b * s + t @ W)),)),
        Misconception("shift-skips-the-kernel", "A normalization before the linear map shifts its inputs. The shift "
                      "passes through the kernel before it reaches the output.",
                      (_folded(before=lambda W, b, s, t: (s[:, np.newaxis] * W, b + t)),)),
        Misconception("shift-through-scaled-kernel", "The shift passes through the kernel that has been scaled "
                      "already, so it is scaled twice. Use the kernel as it was.",
                      (_folded(before=lambda W, b, s, t: (s[:, np.newaxis] * W, b + t @ (s[:, np.newaxis] * W))),)),
        Misconception("one-formula-for-both", "Both positions get the same formula. Before the linear map the factors "
                      "belong to its inputs, after it to its outputs.",
                      (_folded(before=_after), _folded(after=_before))),
        Misconception("positions-exchanged", "The two positions are exchanged.",
                      (_folded(after=_before, before=_after),)),
        Misconception("forgets-the-shift", "The new bias lacks the moving mean, beta, or both. Put x = moving_mean "
                      "into the normalization: it must give beta.",
                      (_folded(t=lambda s, beta, moving_mean: beta), _folded(t=lambda s, beta, moving_mean: 0 * beta),
                       _folded(t=lambda s, beta, moving_mean: -s * moving_mean))),
        Misconception("mean-not-scaled", "The moving mean is subtracted as it is. The normalization divides it by the "
                      "deviation and multiplies it by gamma, like the input.",
                      (_folded(t=lambda s, beta, moving_mean: beta - moving_mean),)),
        Misconception("wrong-eps", "epsilon is missing, or is not the one that was given. Keras's default is 1e-3, "
                      "PyTorch's 1e-5: a hundredth.",
                      (_folded(root=lambda variance, epsilon: np.sqrt(variance + 1e-5)),
                       _folded(root=lambda variance, epsilon: np.sqrt(variance)))),
        Misconception("eps-outside", "epsilon is added to the root. It belongs under the root, to the variance.",
                      (_folded(root=lambda variance, epsilon: np.sqrt(variance) + epsilon),)),
        Misconception("no-root", "gamma is divided by the variance. Divide by its root.",
                      (_folded(root=lambda variance, epsilon: variance + epsilon),)),
        Misconception("gamma-missing", "gamma is missing in the factors.", (_folded(scale=False),)),
    ),
)
