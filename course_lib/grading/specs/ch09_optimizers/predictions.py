"""What a reader of chapter 09 predicts before an output is shown."""

from collections.abc import Callable

import numpy as np

from course_lib import optimizers

from ...spec import Choice, Prediction

CURVATURES = np.array([1.0, 25.0])          # of the ravine
START = (3.0, 2.0)
Gradient = Callable[[np.ndarray], np.ndarray]


def loss(theta: np.ndarray) -> float:
    """The ravine, (theta_1^2 + 25 theta_2^2) / 2."""
    return float(CURVATURES @ theta ** 2 / 2)


def losses(optimizer: optimizers.Optimizer, steps: int, gradient: Gradient | None = None) -> list[float]:
    """The loss at the start (3, 2) of the ravine and after each step."""
    theta = np.array(START)
    found = [loss(theta)]
    for _ in range(steps):
        optimizer.update(theta, CURVATURES * theta if gradient is None else gradient(theta))
        found.append(loss(theta))
    return found


def diverges(nesterov: bool, rate: float) -> bool:
    """Whether momentum 0.9 leaves a parabola of curvature 1 at that learning rate."""
    theta, optimizer = np.array([1.0]), optimizers.SGD(rate, momentum=0.9, nesterov=nesterov)
    for _ in range(200):
        optimizer.update(theta, theta.copy())
    return abs(theta[0]) > 1


def _limit() -> str:
    plain, nesterov = (next(rate for rate in np.arange(0.1, 5, 0.1) if diverges(kind, rate)) for kind in (False, True))
    return "a" if nesterov > plain else "b" if nesterov < plain else "c"


LIMIT = Prediction(
    name="nesterov_limit_prediction", title="Who diverges first?",
    prompt="Plain gradient descent diverges on a parabola of curvature 1 when $\\eta > 2$. Momentum 0.9 gets a larger "
           "and larger learning rate on it, plain and in Nesterov's form. Which of the two diverges first?",
    choices={
        "a": Choice("Plain momentum: it overshoots more.",
                    "It does overshoot more. But it bears learning rates up to 3.8; Nesterov's form diverges from 1.36 "
                    "on.", "plain-first"),
        "b": Choice("Nesterov's form, and at a smaller rate than gradient descent without any momentum.",
                    "Right: from 1.36 on. Plain momentum bears 3.8. As Keras stores it, the present gradient counts "
                    "1 + beta = 1.9 times, and what damps a small step overshoots with a large one."),
        "c": Choice("Both at the same rate: the look-ahead only shifts the point.",
                    "The shifted point changes the step, and with it the limit: 1.36 against 3.8.", "same-limit"),
    }, observe=_limit)


def _settles() -> str:
    found = losses(optimizers.RMSprop(0.05), 400)
    late = max(found[300:])
    return "a" if late < 1e-8 else "b" if late < 1 else "c"


SETTLES = Prediction(
    name="rmsprop_settles_prediction", title="RMSprop at the bottom",
    prompt="RMSprop with the learning rate 0.05 runs down the valley $J = \\frac12(\\theta_1^2 + 25\\,\\theta_2^2)$ "
           "from (3, 2), where $J = 54.5$. The gradients are exact, without noise. After 100 steps the loss is below "
           "0.00001. What is the largest loss between step 300 and step 400?",
    choices={
        "a": Choice("Smaller still: with exact gradients it goes on converging.",
                    "It would if the effective rate stayed. But s forgets the large gradients of the way down, and eta "
                    "over the root of s grows until it is too large for the curvature.", "converges"),
        "b": Choice("Between 0.001 and 1: it comes up again and never settles.",
                    "Right. s forgets the way down, and eta over the root of s grows beyond 2 / lambda: the path comes "
                    "up again and ends in jumps of about eta."),
        "c": Choice("Larger than 1: it diverges.",
                    "No step is longer than eta over the root of 0.1 per coordinate, so it cannot run away. It jumps "
                    "to and fro at the bottom.",
                    "diverges"),
    }, observe=_settles)


def decayed(decoupled: bool, seed: int = 0) -> np.ndarray:
    """Two weights that start at 1, after 2,000 steps of Adam at 0.001 in which their gradients are pure noise of the
    sizes 10 and 0.1 and lambda = 0.5 shrinks them: by an L2 penalty or decoupled."""
    rng, theta = np.random.default_rng(seed), np.ones(2)
    optimizer = optimizers.Adam(0.001, weight_decay=0.5 if decoupled else None)
    for _ in range(2000):
        noise = rng.normal(size=2) * (10.0, 0.1)
        optimizer.update(theta, noise if decoupled else noise + 0.5 * theta)
    return theta


def _shrinks() -> str:
    large, small = np.mean([decayed(False, seed) for seed in range(5)], axis=0)
    return "a" if abs(large - small) < 0.2 else "b" if large < small else "c"


SHRINKS = Prediction(
    name="l2_adam_prediction", title="Which weight does the penalty reach?",
    prompt="Two weights start at 1 and get gradients of pure noise, one of size 10, the other of size 0.1. Adam runs "
           "for 2,000 steps at 0.001, and an L2 penalty of $0.25\\,\\theta^2$ adds $0.5\\,\\theta$ to each gradient. "
           "Which weight is smaller at the end?",
    choices={
        "a": Choice("Both are about equally small: the penalty is the same.",
                    "Adam divides noise and penalty together by the size of the gradients, and that differs a "
                    "hundredfold.", "same-penalty"),
        "b": Choice("The one with the large gradients.",
                    "For this weight the penalty is a twentieth of the gradient's size, and so it moves by a "
                    "twentieth of a step. It stays near 1.", "large-gradients"),
        "c": Choice("The one with the small gradients.",
                    "Right. Here the penalty is larger than the noise, so it sets the steps, and the weight goes to 0. "
                    "The other one hardly notices that there is a penalty."),
    }, observe=_shrinks)

PREDICTIONS = (LIMIT, SETTLES, SHRINKS)
