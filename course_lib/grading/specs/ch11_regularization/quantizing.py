"""Exercise 80: weights in 8 bits, a scale for each column."""

import numpy as np

from ...cases import normal
from ...judges import Equal, Fault
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def quantize_int8(W):
    largest = np.abs(W).max(axis=0)
    scale = np.where(largest > 0, largest / 127, 1)
    return np.rint(W / scale).astype(np.int8), scale


# --- the library's, as the independent reference; it gives a column of zeros another scale


def reference(W):
    from course_lib.quantization import quantize_weights

    codes, scale = quantize_weights(W)
    return codes, np.where(np.any(W != 0, axis=0), scale, 1)


# --- cases: the largest size of a column is once that of a negative weight; a column of zeros


def _case(rng, n, p, zero=False, dtype=np.float64):
    W = normal(rng, n, p) * np.resize([0.1, 1.0, 7.0], p)
    W[0, 0], W[-1, -1] = -3.1, 2.9                                  # the largest: below 0, above 0
    W = W + np.where(np.abs(W) < 0.02, 0.05, 0)
    exact = 127 * W / np.abs(W).max(axis=0)
    if np.any(np.abs(exact - np.floor(exact) - 0.5) < 1e-3):   # half-way: roundings may differ
        return _case(rng, n, p, zero, dtype)
    if zero:
        W[:, 1] = 0
    return Case((W.astype(dtype),))


def cases(rng):
    yield Case((np.array([[0.5, -2.0], [-1.0, 1.27], [0.25, 0.3]]),))
    yield _case(rng, 3, 4, zero=True)
    yield _case(rng, 4, 4)
    yield _case(rng, 5, 3)
    yield _case(rng, 4, 3, dtype=np.float32)


# --- mistakes and other right ways


def _with(largest=lambda W: np.abs(W).max(axis=0), levels=127.0, rounded=np.rint, scale_of=lambda s: s,
          dtype=np.int8):
    def wrong(W):
        size = largest(W)
        s = np.where(size > 0, size / levels, 1)
        q = np.clip(rounded(W / s), -128, 127).astype(dtype)
        return q, scale_of(s) * np.ones(W.shape[1]) if np.ndim(s) == 0 else scale_of(s)

    return wrong


def zero_column_nan(W):
    with np.errstate(all="ignore"):
        s = np.abs(W).max(axis=0) / 127
        return np.rint(W / s).astype(np.int8), s


def zero_column_zero_scale(W):
    q, s = quantize_int8(W)
    return q, np.where(np.any(W != 0, axis=0), s, 0)


def per_row(W):
    q, s = quantize_int8(W.T)
    return q.T, s


def asymmetric(W):
    span = np.ptp(W, axis=0)
    s = np.where(span > 0, span / 255, 1)
    return np.clip(np.rint(W / s), -128, 127).astype(np.int8), s


def right_by_columns(W):
    q, scales = np.zeros(W.shape, np.int8), []
    for j, column in enumerate(W.T):
        s = max(column.max(), -column.min()) / 127
        scales.append(s if s > 0 else 1.0)
        q[:, j] = np.round(column / scales[-1])
    return q, np.array(scales)


def right_with_floor(W):
    s = np.max(np.abs(W), axis=0) / 127
    s[s == 0] = 1
    return np.floor(W / s + 0.5).astype("int8"), s


class Codes(Equal):
    """Says where the codes are right and take more than a byte each."""

    def fault(self, exercise, case, value):
        found = super().fault(exercise, case, value)
        if found is None and np.asarray(value[0]).dtype != np.int8:
            return Fault("The codes are right and not of the type int8.", "an int8 array",
                         f"a {np.asarray(value[0]).dtype.name} array", "not-int8", "structure")
        return found


QUANTIZE_INT8 = Exercise(
    name="quantize_int8", number=80, chapter="11_regularization", core=False, level=2, minutes=15, points=2,
    title="Weights in 8 bits",
    prompt=r"""
Each column of a kernel becomes whole numbers from $-127$ to 127 and one scale:

$$s_j = \frac{\max_i |W_{ij}|}{127}, \qquad q_{ij} = \operatorname{round}(W_{ij}/s_j),$$

so that $s_j\, q_{ij}$ is close to $W_{ij}$. A column of zeros gets the scale 1. Return the codes, as an array of
NumPy's type `int8` with one byte each, and the scales.
""",
    arguments={"W": "(n, p) float array, the kernel"},
    returns="(q, scale): an int8 array of shape (n, p) and a float array of shape (p,)", outputs=("q", "scale"),
    hints=("The scale looks at the sizes of a column's weights, so that the larger side of 0 decides.",
           "`astype` alone cuts off the digits behind the point: round first."),
    solution=quantize_int8, reference=reference, cases=cases, judge=Codes(),
    variants=(right_by_columns, right_with_floor),
    misconceptions=(
        Misconception("per-tensor", "One scale is taken for the whole kernel. Each column has its own, or small "
                      "columns lose nearly all their digits.", (_with(lambda W: np.abs(W).max()),)),
        Misconception("per-row", "The scales belong to the rows. A unit's weights are a column.", (per_row,)),
        Misconception("truncates", "The digits behind the point are cut off. Round to the nearest whole number: that "
                      "halves the largest error.", (_with(rounded=np.trunc), _with(rounded=np.floor))),
        Misconception("zero-column-nan", "A column of zeros has the scale 0 and divides 0 by 0. Give it the scale 1.",
                      (zero_column_nan, zero_column_zero_scale)),
        Misconception("other-levels", "The largest weight must get the code 127, or -127: divide by 127.",
                      (_with(levels=128.0), _with(levels=255.0), _with(levels=256.0), _with(levels=7.0))),
        Misconception("largest-not-absolute", "The scale looks at the largest weight, not at the largest size: a "
                      "column whose outermost weight is negative does not fit.",
                      (_with(lambda W: W.max(axis=0)), asymmetric)),
        Misconception("inverse-scale", "The scale is turned upside down: a code times its scale has to give the "
                                       "weight.",
                      (_with(scale_of=lambda s: 1 / s),)),
        Misconception("not-int8", "The codes have another type than int8. The point is one byte for each.",
                      (_with(dtype=np.int64), _with(dtype=np.float64), _with(dtype=np.int32))),
    ),
)
