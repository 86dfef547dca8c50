"""The normal distribution, which NumPy lacks: exact in both tails, for float32 and float64 arrays."""

import math

import numpy as np

# Chebyshev coefficients of e^(x^2) erfc(x) / t over t = 4 / (4 + x), which runs from 1 at x = 0 to 0 at infinity.
# A test computes them again. What is left out is below rounding: after 12 of them for float32, after all for float64.
SCALED_ERFC = (
    0.40802446954913146, 0.37635823567636745, 0.14758035457222363, 0.049571317930027586, 0.014227107557117175,
    0.003443493262717524, 0.000682254183283808, 0.00010340451975756189, 9.72854595199015e-06, -1.1988713758412045e-07,
    -2.1747767703449563e-07, -3.0291767735991394e-08, 9.47991756520455e-10, 8.633411694990956e-10,
    6.872156425953403e-11, -1.7034898438296277e-11, -3.3921306868290887e-12, 2.6158087668540244e-13,
    1.212767580310864e-13, -2.114689543244809e-15, -4.117340933404178e-15, -6.328712721700708e-17,
    1.4393110983449846e-16, 4.5614947982841305e-18,
)
TERMS = {"float32": 12, "float64": len(SCALED_ERFC)}
HALF_PRECISION = {"float32": np.float16, "float64": np.float32}
FAR = 40.0              # beyond, density and tail are 0 in both precisions


def density(z: np.ndarray) -> np.ndarray:
    """e^(-z^2 / 2) / sqrt(2 pi)."""
    return _exp_of_half_square(z) * (1 / math.sqrt(2 * math.pi))


def distribution(z: np.ndarray) -> np.ndarray:
    """P(Z <= z) of a standard normal Z: erfc(-z / sqrt 2) / 2."""
    x = np.minimum(np.abs(z), FAR) / math.sqrt(2)
    t = 4 / (4 + x)
    tail = 0.5 * t * _chebyshev(SCALED_ERFC[:TERMS[z.dtype.name]], 2 * t - 1) * _exp_of_half_square(z)
    return np.abs((z >= 0) - tail)              # the tail below 0, 1 - tail above


def _chebyshev(coefficients: tuple[float, ...], y: np.ndarray) -> np.ndarray:
    """sum_k c_k T_k(y) by Clenshaw's recurrence  b_k = c_k + 2 y b_(k+1) - b_(k+2)."""
    twice = 2 * y
    after, current = np.zeros_like(y), np.full_like(y, coefficients[-1])
    for c in coefficients[-2:0:-1]:
        np.subtract(c, after, out=after)
        after += twice * current
        after, current = current, after
    return coefficients[0] + y * current - after


def _exp_of_half_square(z: np.ndarray) -> np.ndarray:
    """e^(-z^2 / 2). The square of a head of half the digits is exact: z^2 = head^2 + (z - head) (z + head)."""
    z = np.clip(z, -FAR, FAR)
    head = z.astype(HALF_PRECISION[z.dtype.name]).astype(z.dtype)
    return np.exp(-0.5 * head * head) * np.exp(-0.5 * (z - head) * (z + head))
