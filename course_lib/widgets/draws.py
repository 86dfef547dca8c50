"""Random draws that are the same in Python and in draws.js, to the bit, and on every machine.

A Weyl sequence through MurmurHash3's last step (SplitMix in 32 bits): draw i needs no draw before it, so that an array
comes at once. A stream is a sequence of its own: one for each layer's weights, one for the inputs. Normal draws are
the quantiles of uniform ones; no more than + - * / and sqrt, and the log of arithmetic.py, is needed for them.
"""

from functools import lru_cache

import numpy as np

from course_lib.initializers import TRUNCATED_STD
from course_lib.widgets.arithmetic import ROUND, log

WEYL = 0x9E3779B9                           # 2^32 divided by the golden ratio
BELOW_MINUS_TWO = 0.022750131948179195      # what a standard normal has below -2

# Wichura 1988, algorithm AS 241 (PPND7): numerator and denominator, the highest power first. Right to seven digits.
CENTRE = ([59.109374720, 159.29113202, 50.434271938, 3.3871327179], [67.187563600, 78.757757664, 17.895169469, 1.0])
TAIL = ([0.17023821103, 1.3067284816, 2.7568153900, 1.4234372777], [0.12021132975, 0.73700164250, 1.0])


def mixed(h: np.ndarray) -> np.ndarray:
    """MurmurHash3's last step: each of the 32 bits depends on all."""
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return h ^ h >> np.uint32(16)


@lru_cache(256)
def uniforms(seed: int, stream: int, count: int) -> np.ndarray:
    """``count`` draws strictly between 0 and 1, float64 with 33 bits; read-only."""
    begin = mixed(mixed(np.array([seed], np.uint32) + np.uint32(WEYL)) + np.uint32(stream))
    h = mixed(begin + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(WEYL))
    u = (h + 0.5) / 2.0 ** 32
    u.flags.writeable = False
    return u


def polynomial(coefficients: list[float], x: np.ndarray) -> np.ndarray:
    total = np.zeros_like(x)
    for c in coefficients:
        total = total * x + c
    return total


def normal_quantile(u: np.ndarray) -> np.ndarray:
    """The z below which a standard normal lies with probability u; u in [2^-33, 1 - 2^-33]."""
    q = u - 0.5
    tail = np.abs(q) > 0.425
    r = 0.180625 - q * q
    z = q * polynomial(CENTRE[0], r) / polynomial(CENTRE[1], r)
    outside = np.minimum(u[tail], 1 - u[tail])
    r = np.sqrt(np.array([log(1 / float(p), ROUND["float64"]) for p in outside])) - 1.6
    z[tail] = np.where(q[tail] < 0, -1, 1) * (polynomial(TAIL[0], r) / polynomial(TAIL[1], r))
    return z


@lru_cache(256)
def normals(seed: int, stream: int, count: int) -> np.ndarray:
    """Standard normal draws, read-only."""
    z = normal_quantile(uniforms(seed, stream, count))
    z.flags.writeable = False
    return z


@lru_cache(16)
def unit_weights(distribution: str, seed: int, stream: int, count: int) -> np.ndarray:
    """Draws of mean 0 and standard deviation 1, read-only; the distributions are those of ``VarianceScaling``."""
    u = uniforms(seed, stream, count)
    if distribution == "uniform":
        w = (2 * u - 1) * np.sqrt(3.0)                              # Var[U(-r, r)] = r^2 / 3
    elif distribution == "untruncated_normal":
        w = normals(seed, stream, count).copy()
    else:
        w = normal_quantile(BELOW_MINUS_TWO + u * (1 - 2 * BELOW_MINUS_TWO)) / TRUNCATED_STD
    w.flags.writeable = False
    return w


def histogram(values: np.ndarray, window: float, width: float) -> list[tuple[float, float]]:
    """The outline of the histogram over -window to window, as a density; values beyond are left out."""
    edges = np.arange(-window, window + width / 2, width)
    counts, _ = np.histogram(values, edges)
    outline = [(-window, 0.0)]
    for edge, d in zip(edges.tolist(), (counts / (values.size * width)).tolist(), strict=False):
        outline += [(edge, d), (edge + width, d)]
    return [*outline, (window, 0.0)]
