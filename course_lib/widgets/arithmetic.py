"""exp and log from correctly rounded operations alone: the same bits on every machine, and in arithmetic of kit.js.

NumPy's own differ in the last digit between processors, and the error of a difference is made of last digits.
Each function takes ``r``, which rounds a result to the precision: ``ROUND["float64"]`` or ``ROUND["float32"]``.
One float64 operation rounded to float32 is the correctly rounded float32 operation.
"""

import math
from collections.abc import Callable

import numpy as np

Round = Callable[[float], float]
ROUND: dict[str, Round] = {"float64": float, "float32": lambda value: float(np.float32(value))}

LN2 = 0.6931471805599453
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.4286068203094173e-06   # their sum is log 2; 16 bits: n * LN2_HIGH is exact
EXP_TERMS, LOG_TERMS = 14, 12
SQRT2 = 1.4142135623730951


def exp(x: float, r: Round) -> float:
    """e^x: x = n log 2 + s, Taylor's series for s."""
    n = math.floor(x / LN2 + 0.5)
    s = r(r(x - r(n * r(LN2_HIGH))) - r(n * r(LN2_LOW)))
    total = 1.0
    for k in range(EXP_TERMS, 0, -1):
        total = r(1 + r(r(s * total) / k))
    return r(total * 2.0 ** n)


def log(u: float, r: Round) -> float:
    """log u for u >= 1: u = 2^n m, log m = 2 artanh((m - 1)/(m + 1))."""
    n, m = 0, u
    while m >= SQRT2:
        m, n = m / 2, n + 1
    s = r(r(m - 1) / r(m + 1))
    square, total = r(s * s), 0.0
    for k in range(LOG_TERMS, -1, -1):
        total = r(r(total * square) + r(1 / (2 * k + 1)))
    return r(r(n * r(LN2_HIGH)) + r(r(n * r(LN2_LOW)) + r(2 * r(s * total))))
