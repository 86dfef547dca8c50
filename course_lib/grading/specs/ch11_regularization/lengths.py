"""Exercise 78: max-norm, columns that are too long are brought back."""

import math

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def max_norm(W, r, eps=0.0):
    norm = np.sqrt(np.sum(W ** 2, axis=0))
    divisor = np.where(norm + eps > 0, norm + eps, 1)
    return W * np.minimum(norm, r) / divisor


# --- one column at a time, as the independent reference; with Keras's epsilon it is the library's constraint


def reference(W, r, eps=0.0):
    from course_lib import constraints

    if eps == constraints.EPSILON:
        return constraints.MaxNorm(r)(W)
    columns = []
    for column in W.astype(np.float64).T.tolist():
        length = math.hypot(*column)
        factor = min(length, r) / (length + eps) if length + eps > 0 else 0.0
        columns.append([factor * w for w in column])
    return np.array(columns).T


# --- cases: columns below and above the bound, in shapes that are not square and in a square one


def _case(rng, n, p, r, eps=None, zero=False, dtype=np.float64):
    W = normal(rng, n, p)
    W[0] = np.where(W[0] == 0, 0.5, W[0])
    lengths = np.resize([0.4, 2.0, 0.7, 3.0], p) * r                      # of the columns
    W = W / np.linalg.norm(W, axis=0) * lengths
    if zero:
        W[:, -1] = 0
    return Case((W.astype(dtype), r) if eps is None else (W.astype(dtype), r, eps))


def cases(rng):
    yield Case((np.array([[3.0, 0.3], [4.0, 0.4]]), 2.0))
    yield _case(rng, 3, 2, 1.5)
    yield _case(rng, 3, 4, 0.5, 0.05)
    yield _case(rng, 4, 4, 0.8, 1e-7)
    yield _case(rng, 2, 3, 1.2, zero=True)
    yield _case(rng, 5, 3, 0.7, dtype=np.float32)


# --- mistakes and other right ways


def _divided(top, bottom):
    return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)


def _with(norm=lambda W: np.sqrt(np.sum(W ** 2, axis=0)), limit=np.minimum):
    def wrong(W, r, eps=0.0):
        length = norm(W)
        return W * _divided(limit(length, r), length + eps)

    return wrong


def rows(W, r, eps=0.0):
    return _with(lambda V: np.linalg.norm(V, axis=1, keepdims=True))(W, r, eps)


def clips_entries(W, r, eps=0.0):
    return np.clip(W, -r, r)


def ignores_eps(W, r, eps=0.0):
    return max_norm(W, r)


def leaves_short_columns(W, r, eps=0.0):
    norm = np.linalg.norm(W, axis=0)
    return np.where(norm > r, W * r / np.where(norm + eps > 0, norm + eps, 1), W)


def zeroes_long_columns(W, r, eps=0.0):
    return np.where(np.linalg.norm(W, axis=0) > r, 0, W)


def subtracts(W, r, eps=0.0):
    norm = np.linalg.norm(W, axis=0)
    return W - np.maximum(norm - r, 0)


def zero_column_nan(W, r, eps=0.0):
    norm = np.linalg.norm(W, axis=0)
    with np.errstate(invalid="ignore"):
        return W * (np.clip(norm, 0, r) / (norm + eps))


def right_by_loop(W, r, eps=0.0):
    out = np.zeros(W.shape)
    for j in range(W.shape[1]):
        length = np.linalg.norm(W[:, j])
        if length > 0:
            out[:, j] = W[:, j] * (min(length, r) / (eps + length))
    return out


def right_by_clipping(W, r, eps=0.0):
    length = np.linalg.norm(W, axis=0, keepdims=True)
    return W * (np.clip(length, 0, r) / np.maximum(length + eps, 1e-300))


MAX_NORM = Exercise(
    name="max_norm", number=78, chapter="11_regularization", core=True, level=1, minutes=10, points=2,
    title="Max-norm",
    prompt=r"""
After a training step, no unit's incoming weights may be longer than $r$. What comes into unit $j$ is column $w_j$ of
the kernel; it becomes

$$w_j \cdot \frac{\min(\lVert w_j \rVert,\, r)}{\lVert w_j \rVert + \varepsilon} , \qquad
\lVert w_j \rVert = \sqrt{\textstyle\sum_i W_{ij}^2} .$$

With $\varepsilon = 0$ a column that is short enough stays as it is. A column of zeros stays 0, whatever $\varepsilon$,
and without a warning.
""",
    arguments={"W": "(n, p) float array, the kernel", "r": "float above 0, the bound",
               "eps": "float, added to the length in the divisor; 0 unless given"},
    returns="an (n, p) float array, a new one",
    hints=("Compute the p lengths first: one for each column.",
           "Each column gets one factor, which is at most 1.",
           "Where the divisor would be 0, divide by something else: the column is 0 anyway."),
    solution=max_norm, reference=reference, cases=cases, variants=(right_by_loop, right_by_clipping),
    misconceptions=(
        Misconception("rows", "Rows are brought back. In a kernel of shape (inputs, units) a unit's incoming weights "
                      "are a column.", (rows,)),
        Misconception("always-rescales", "Short columns are stretched to the bound. The bound is a maximum: what is "
                      "shorter stays.", (_with(limit=lambda length, r: np.where(length > 0, r, 0)),)),
        Misconception("whole-matrix", "One length is taken for the whole kernel. Each unit has its own bound.",
                      (_with(lambda W: np.sqrt(np.sum(W ** 2)) * np.ones(W.shape[1])),)),
        Misconception("squared-norm", "The sum of squares is used in the place of its root.",
                      (_with(lambda W: np.sum(W ** 2, axis=0)),)),
        Misconception("other-norm", "The length is the root of the sum of squares, not a sum or a maximum of absolute "
                      "values.", (_with(lambda W: np.abs(W).sum(axis=0)), _with(lambda W: np.abs(W).max(axis=0)))),
        Misconception("clips-entries", "Single weights are clipped. The column as a whole gets shorter, and keeps its "
                      "direction.", (clips_entries,)),
        Misconception("subtracts", "What is too much is subtracted from the weights. Multiply the column by a factor, "
                      "which keeps its direction.", (subtracts,)),
        Misconception("long-columns-to-zero", "Columns that are too long become 0. They get the length r.",
                      (zeroes_long_columns,)),
        Misconception("eps-ignored", "eps is missing in the divisor, or only used for long columns. It stands there "
                      "for every column.", (ignores_eps, leaves_short_columns)),
        Misconception("zero-column-nan", "A column of zeros becomes nan: 0 is divided by 0. It has to stay 0.",
                      (zero_column_nan,)),
    ),
)
