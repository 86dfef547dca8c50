"""Gradient clipping: bounds on what one batch can do to the parameters. Optimizers clip before anything else.

Gradients are float32 or float64 arrays of any shape and keep their dtype; what comes back is a new array, or ``out``.
A zero gradient stays zero.
"""

import math

import numpy as np

from course_lib import _checks


def clip_by_value(gradient: np.ndarray, clipvalue: float, out: np.ndarray | None = None) -> np.ndarray:
    """Each entry brought into [-clipvalue, clipvalue]: g_i <- min(max(g_i, -c), c). The direction may turn.

    clipvalue: positive. NaN stays NaN.
    """
    g = _checks.float_array("clip_by_value", "gradient", gradient)
    c = _limit("clip_by_value", "clipvalue", clipvalue)
    return np.clip(g, -c, c, out=out)


def clip_by_norm(gradient: np.ndarray, clipnorm: float, out: np.ndarray | None = None) -> np.ndarray:
    """One tensor made no longer than clipnorm: g <- g min(1, c / |g|). Its direction stays.

    clipnorm: positive. A gradient that holds NaN or infinity becomes NaN throughout (Keras: finite entries beside an
    infinite one become 0).
    """
    g = _checks.float_array("clip_by_norm", "gradient", gradient)
    return np.multiply(g, _factor(_norm(g), _limit("clip_by_norm", "clipnorm", clipnorm)), out=out)


def clip_by_global_norm(gradients: list[np.ndarray], clipnorm: float) -> list[np.ndarray]:
    """All tensors scaled by one factor: g_k <- g_k min(1, c / N), where N = sqrt(sum_k |g_k|^2) is the norm of all.

    The whole gradient keeps its direction; with ``clip_by_norm`` for each tensor it may turn. clipnorm: positive.
    NaN or infinity anywhere makes everything NaN, as in Keras. Source: Pascanu et al. 2013, alg. 1.
    """
    c = _limit("clip_by_global_norm", "clipnorm", clipnorm)
    gradients = _tensors("clip_by_global_norm", gradients)
    factor = _factor(global_norm(gradients), c)
    return [g * factor for g in gradients]


def global_norm(gradients: list[np.ndarray]) -> float:
    """sqrt(sum_k |g_k|^2), the Euclidean norm of all tensors taken as one vector; 0 for an empty list."""
    return math.hypot(*(_norm(g) for g in _tensors("global_norm", gradients)))


def _norm(g: np.ndarray) -> float:
    """|g|, right also where the squares overflow or vanish."""
    g = g.ravel()
    with np.errstate(over="ignore"):
        norm = math.sqrt(np.dot(g, g))
    exact = math.sqrt(np.finfo(g.dtype).tiny / np.finfo(g.dtype).eps)     # below, squares have lost digits or vanished
    if norm < exact or math.isinf(norm):
        largest = float(np.abs(g).max())
        if largest == 0 or not math.isfinite(largest):
            return largest
        g = g / largest
        norm = largest * math.sqrt(np.dot(g, g))
    return norm


def _factor(norm: float, limit: float) -> float:
    if not math.isfinite(norm):
        return math.nan
    return limit / norm if norm > limit else 1.0


def _limit(where: str, name: str, value: float) -> float:
    return _checks.number(where, name, value, low=0, open_low=True)


def _tensors(where: str, gradients: list[np.ndarray]) -> list[np.ndarray]:
    if not isinstance(gradients, list | tuple):
        raise TypeError(f"{where}: gradients must be a list of arrays, got {_checks.describe(gradients)}")
    return [_checks.float_array(where, "each gradient", g) for g in gradients]
