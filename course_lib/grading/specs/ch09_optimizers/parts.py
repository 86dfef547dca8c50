"""What the optimizers' exercises share: states to step from, and a step of the library's from such a state."""

import numpy as np

from ...cases import normal, uniform

ETA, BETA, RHO = "float above 0, the learning rate", "float in [0, 1), the momentum", "float in [0, 1)"
THETA, G = "(n,) float array, the parameters", "(n,) float array, the gradient at theta"
T = "int, the number of this step; the first is 1"


def theta_and_g(rng, n, size=1.0, dtype=np.float64):
    """Parameters of size 1, and a gradient of that size without zeros, with both signs where n > 1."""
    g = uniform(rng, 0.3, 2.0, n) * np.where(np.arange(n) % 2, 1, -1) * rng.choice([-1, 1]) * size
    return normal(rng, n).astype(dtype), g.astype(dtype)


def squares(rng, n, size=1.0, dtype=np.float64):
    """A state that holds squares of gradients of that size."""
    return (uniform(rng, 0.2, 3.0, n) * size ** 2).astype(dtype)


def library_step(optimizer, done, state, theta, g):
    """The parameters after one step of the library's optimizer, and its state's vectors in order. float64.

    done: the steps before this one. state: its vectors by their names; with done = 0 they are 0, as they start.
    """
    theta = np.array(theta, np.float64)
    if done:
        optimizer.set_state(done, {name: np.array(value, np.float64) for name, value in state.items()})
    optimizer.update(theta, np.array(g, np.float64))
    return theta, *(getattr(optimizer, name) for name in state if name != "momentum_product")
