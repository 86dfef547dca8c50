"""Helpers for the case generators of the specs."""

import numpy as np


def normal(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> np.ndarray:
    """Normal numbers with two decimals: a report that shows them stays readable."""
    return rng.normal(scale=scale, size=shape).round(2) + 0.0  # + 0.0: no -0


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> np.ndarray:
    """Uniform numbers with two decimals."""
    return rng.uniform(low, high, shape).round(2) + 0.0


def binary(rng: np.random.Generator, m: int) -> np.ndarray:
    """As many 0 as 1 (or one 0 more), in random order."""
    return rng.permutation(np.arange(m) % 2).astype(np.float64)
