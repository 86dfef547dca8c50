"""Exercise 72: an l1 and an l2 penalty on a layer's kernel, and their gradients."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def l1_l2(W, b, l1, l2):
    penalty = l1 * np.sum(np.abs(W)) + l2 * np.sum(W ** 2)
    return penalty, l1 * np.sign(W) + 2 * l2 * W, np.zeros_like(b)


# --- the library's, as the independent reference


def reference(W, b, l1, l2):
    from course_lib import regularizers

    penalty = regularizers.L1L2(l1, l2)
    return penalty(W.astype(np.float64)), penalty.gradient(W.astype(np.float64)), 0.0 * b


# --- cases


def _case(rng, n, p, l1, l2, dtype=np.float64):
    """The numbers of both penalties differ from each other; one weight is exactly 0, and the bias is not."""
    W = normal(rng, n, p)
    W[W == 0] = 0.37
    W[0, 0], W[-1, -1] = 0.0, -abs(W[-1, -1]) - 0.1
    return Case((W.astype(dtype), (normal(rng, p) + 3).astype(dtype), l1, l2))


def cases(rng):
    yield Case((np.array([[3.0], [4.0]]), np.array([1.5]), 0.0, 0.01))
    yield _case(rng, 2, 3, 0.1, 0.03)
    yield _case(rng, 3, 2, 0.02, 0.0)
    yield _case(rng, 3, 3, 0.05, 0.2)
    yield _case(rng, 4, 2, 0.3, 0.07, np.float32)


# --- mistakes and other right ways


def _with(penalty=None, slope=None, bias=None):
    def wrong(W, b, l1, l2):
        right = l1_l2(W, b, l1, l2)
        return (right[0] if penalty is None else penalty(W, b, l1, l2), right[1] if slope is None else
                slope(W, b, l1, l2), right[2] if bias is None else bias(W, b, l1, l2))

    return wrong


def _sizes(W, b, l1, l2):
    return l1 * np.abs(W).sum() + l1 * np.abs(b).sum() + l2 * (W ** 2).sum() + l2 * (b ** 2).sum()


def _halved(W, b, l1, l2):
    return l1 * np.abs(W).sum() + l2 / 2 * (W ** 2).sum()


def _rooted(W, b, l1, l2):
    return l1 * np.abs(W).sum() + l2 * np.sqrt((W ** 2).sum())


def _slope_of_the_root(W, b, l1, l2):
    return l1 * np.sign(W) + l2 * W / np.sqrt((W ** 2).sum())


def _slope_of_the_half(W, b, l1, l2):
    return l1 * np.sign(W) + l2 * W


def _slope_of_the_bias(W, b, l1, l2):
    return l1 * np.sign(b) + 2 * l2 * b


def right_with_loops(W, b, l1, l2):
    penalty, dW = 0.0, np.zeros(W.shape)
    for i in range(len(W)):
        for j in range(W.shape[1]):
            w = float(W[i, j])
            penalty += l1 * abs(w) + l2 * w * w
            dW[i, j] = 2 * l2 * w + (l1 if w > 0 else -l1 if w < 0 else 0)
    return penalty, dW, 0 * b


def right_with_norms(W, b, l1, l2):
    flat = W.ravel()
    penalty = l1 * np.linalg.norm(flat, 1) + l2 * (flat @ flat)
    return [penalty, l1 * ((W > 0).astype(float) - (W < 0)) + l2 * (W + W), np.zeros(len(b))]


L1_L2 = Exercise(
    name="l1_l2", number=72, chapter="11_regularization", core=True, level=1, minutes=10, points=2,
    title="A penalty on the weights",
    prompt=r"""
A dense layer has the kernel $W$ and the bias $b$. Its kernel gets the penalty

$$R = \lambda_1 \sum_{ij} |W_{ij}| + \lambda_2 \sum_{ij} W_{ij}^2 ,$$

which is added to the loss. The bias is not penalized. Return the penalty and what it adds to the gradients
$\partial J/\partial W$ and $\partial J/\partial b$. The slope of $|w|$ at 0 is taken as 0.
""",
    arguments={"W": "(n, p) float array, the kernel", "b": "(p,) float array, the bias",
               "l1": "float, the factor of the absolute values", "l2": "float, the factor of the squares"},
    returns="(penalty, dW, db): a float and float arrays of shapes (n, p) and (p,)",
    outputs=("penalty", "dW", "db"),
    hints=("Take the two sums one after the other; each has a slope for every weight.",
           "The slope of |w| is the sign of w. NumPy's sign gives 0 at 0.",
           "For W = (3, 4), l1 = 0 and l2 = 0.01 the penalty is 0.25."),
    solution=l1_l2, reference=reference, cases=cases, variants=(right_with_loops, right_with_norms),
    misconceptions=(
        Misconception("half-l2", "The squares have the factor l2, without a half, and the slope of the square is twice "
                      "the weight. Some books put 1/2 into the penalty; Keras does not.",
                      (_with(_halved, _slope_of_the_half), _with(_halved), _with(slope=_slope_of_the_half))),
        Misconception("root-norm", "The root of the sum of squares is taken. The penalty is the sum itself: with the "
                      "root, every step would pull with the same force however long the weights are.",
                      (_with(_rooted, _slope_of_the_root), _with(_rooted), _with(slope=_slope_of_the_root))),
        Misconception("includes-bias", "The bias is penalized as well. It does not multiply any input, so it makes no "
                      "function wilder; leave it out.",
                      (_with(_sizes, bias=_slope_of_the_bias), _with(_sizes), _with(bias=_slope_of_the_bias))),
        Misconception("sum-then-absolute", "The weights are added up before the absolute value is taken, so that they "
                      "cancel. Each weight pays for its own size.",
                      (_with(lambda W, b, l1, l2: l1 * abs(W.sum()) + l2 * (W ** 2).sum()),
                       _with(lambda W, b, l1, l2: l1 * W.sum() + l2 * (W ** 2).sum()))),
        Misconception("mean-not-sum", "The penalty is a mean over the weights. It is a sum: a wider layer pays more.",
                      (_with(lambda W, b, l1, l2: l1 * np.abs(W).mean() + l2 * (W ** 2).mean()),
                       _with(lambda W, b, l1, l2: l1 * np.abs(W).mean() + l2 * (W ** 2).mean(),
                             lambda W, b, l1, l2: (l1 * np.sign(W) + 2 * l2 * W) / W.size))),
        Misconception("factors-exchanged", "The two factors are exchanged: l1 belongs to the absolute values, l2 to "
                      "the squares.",
                      (_with(lambda W, b, l1, l2: l2 * np.abs(W).sum() + l1 * (W ** 2).sum(),
                             lambda W, b, l1, l2: l2 * np.sign(W) + 2 * l1 * W),)),
        Misconception("slope-at-zero", "A weight that is exactly 0 gets a slope. It is taken as 0 there: nothing pulls "
                      "a weight away from 0.",
                      (_with(slope=lambda W, b, l1, l2: l1 * np.where(W >= 0, 1, -1) + 2 * l2 * W),
                       _with(slope=lambda W, b, l1, l2: l1 * np.where(W > 0, 1, -1) + 2 * l2 * W))),
        Misconception("l1-slope-grows", "The slope of the absolute value is not the weight, nor its size. It is 1 or "
                      "-1, the same for a large weight and a small one.",
                      (_with(slope=lambda W, b, l1, l2: l1 * W + 2 * l2 * W),
                       _with(slope=lambda W, b, l1, l2: l1 * np.abs(W) + 2 * l2 * W),
                       _with(slope=lambda W, b, l1, l2: l1 + 2 * l2 * W))),
        Misconception("gives-the-step", "The sign of the gradient is turned. What is asked for is the gradient; the "
                      "optimizer subtracts it.",
                      (_with(slope=lambda W, b, l1, l2: -l1 * np.sign(W) - 2 * l2 * W),)),
    ),
)
