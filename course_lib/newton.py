"""Newton's method, to see what a second-order step buys and what it costs.

n parameters have n^2 second derivatives, n (n + 1) / 2 of them distinct: O(n^2) memory and an O(n^3) solve a step. The
266,610 parameters of a 784-300-100-10 network would need a Hessian of 284 GB in float32.
"""

from collections.abc import Callable

import numpy as np

from course_lib import _checks


def newton_step(params: np.ndarray, grads: np.ndarray, hessian: np.ndarray, damping: float = 0.0) -> np.ndarray:
    """theta - (H + damping I)^-1 g, as a new vector. On a quadratic, one undamped step reaches the stationary point.

    params, grads: shape (n,); hessian: (n, n), the symmetric matrix of second derivatives at params. damping: at least
    0; it shortens the step and makes a singular H invertible. The stationary point is a minimum only where H is
    positive definite: the step is drawn to saddle points and maxima just as well.
    Raises ValueError where the matrix is singular. Source: Nocedal & Wright 2006, sec. 2.2.
    """
    theta = _vector("newton_step", "params", params)
    g = _checks.float_array("newton_step", "grads", grads)
    h = _checks.float_array("newton_step", "hessian", hessian)
    damping = _checks.number("newton_step", "damping", damping, low=0)
    if g.shape != theta.shape:
        raise ValueError(f"newton_step: grads must have the shape of params, {theta.shape}, got {_checks.describe(g)}")
    if h.shape != (theta.size, theta.size):
        raise ValueError(f"newton_step: hessian must have shape ({theta.size}, {theta.size}), "
                         f"got {_checks.describe(h)}")
    try:
        return theta - np.linalg.solve(h + damping * np.eye(theta.size, dtype=h.dtype), g)
    except np.linalg.LinAlgError:
        raise ValueError("newton_step: hessian must be invertible, got a singular matrix; "
                         "use damping > 0") from None


def numerical_hessian(gradient: Callable[[np.ndarray], np.ndarray], params: np.ndarray,
                      epsilon: float = 1e-5) -> np.ndarray:
    """H_ij = d^2 J / (d theta_i d theta_j), shape (n, n), by central differences of the gradient.

    gradient: maps a vector (n,) to dJ/dtheta there; it is called 2 n times, with copies of params. epsilon: the step,
    positive. Use float64. The result is symmetric: the mean of the differences and their transpose.
    """
    theta = _vector("numerical_hessian", "params", params)
    epsilon = _checks.number("numerical_hessian", "epsilon", epsilon, low=0, open_low=True)
    h = np.empty((theta.size, theta.size), theta.dtype)
    for i in range(theta.size):
        above, below = theta.copy(), theta.copy()
        above[i] += epsilon
        below[i] -= epsilon
        h[i] = (gradient(above) - gradient(below)) / (2 * epsilon)      # row i: d g / d theta_i
    return (h + h.T) / 2


def _vector(where: str, name: str, value: np.ndarray) -> np.ndarray:
    vector = _checks.float_array(where, name, value)
    if vector.ndim != 1:
        raise ValueError(f"{where}: {name} must be a vector of shape (n,), got {_checks.describe(vector)}")
    return vector
