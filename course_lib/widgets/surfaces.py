"""The surfaces on which optimizers run: values and gradients by + - * alone, the same bits in surfaces.js."""

import numpy as np

from course_lib.widgets import draws

STEPS = 200
NOISE = 4.0                                     # its deviation, in each coordinate of the gradient
SADDLE = 0.02                                   # how weakly the saddle curves down
X, Y = (-4.5, 4.5), (-3.0, 3.0)                 # the map


def beale_parts(x: float, y: float) -> tuple[float, float, float]:
    return 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y


def value(surface: str, condition: float, x: float, y: float) -> float:
    if surface == "beale":
        a, b, c = beale_parts(x, y)
        return a * a + b * b + c * c
    if surface == "saddle":
        return 0.5 * x * x - 0.5 * SADDLE * y * y
    return 0.5 * x * x + 0.5 * condition * y * y


def slope(surface: str, condition: float, x: float, y: float) -> tuple[float, float]:
    if surface == "beale":
        a, b, c = beale_parts(x, y)
        return (2 * (a * (y - 1) + b * (y * y - 1) + c * (y * y * y - 1)),
                2 * (a * x + b * (2 * x * y) + c * (3 * x * y * y)))
    if surface == "saddle":
        return x, -SADDLE * y
    return x, condition * y


def noise(surface: str) -> np.ndarray:
    """(STEPS, 2): what is added to the gradient in each step."""
    return NOISE * draws.normals(0, 0, 2 * STEPS).reshape(STEPS, 2) if surface == "noisy" else np.zeros((STEPS, 2))


def lowest(surface: str) -> float:
    """The smallest value on the map."""
    return -0.5 * SADDLE * Y[1] * Y[1] if surface == "saddle" else 0.0
