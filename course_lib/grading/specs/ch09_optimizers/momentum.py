"""Exercise 54: one step of momentum."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception
from .parts import BETA, ETA, THETA, G, library_step, theta_and_g

# --- what a good student writes


def momentum_step(theta, m, g, eta, beta):
    m = beta * m - eta * g
    return theta + m, m


# --- the library's optimizer, as the independent reference


def reference(theta, m, g, eta, beta):
    from course_lib import optimizers

    return library_step(optimizers.SGD(eta, momentum=beta), 1, {"velocity": m}, theta, g)


# --- cases


def _case(rng, n, eta, beta, dtype=np.float64):
    theta, g = theta_and_g(rng, n, dtype=dtype)
    m = (normal(rng, n) + rng.choice([-0.5, 0.5], n)).astype(dtype)
    return Case((theta, m, g, eta, beta))


def cases(rng):
    yield _case(rng, 2, 0.1, 0.9)
    yield _case(rng, 3, 0.25, 0.75)
    yield _case(rng, 5, 0.02, 0.8)
    yield _case(rng, 4, 0.1, 0.9, np.float32)


# --- mistakes and other right ways


def _step(velocity=lambda m, g, eta, beta: beta * m - eta * g, move=lambda theta, new, old, g, eta, beta: theta + new):
    def wrong(theta, m, g, eta, beta):
        new = velocity(m, g, eta, beta)
        return move(theta, new, m, g, eta, beta), new

    return wrong


def remembers_one_gradient(theta, m, g, eta, beta):
    return theta + beta * m - eta * g, -eta * g


def right_in_steps(theta, m, g, eta, beta):
    velocity = m - (1 - beta) * m
    velocity = velocity - eta * g
    return [theta + velocity, velocity]


def right_with_loops(theta, m, g, eta, beta):
    velocity = np.array([beta * m_i - eta * g_i for m_i, g_i in zip(m, g, strict=True)])
    return theta + velocity, velocity


MOMENTUM_STEP = Exercise(
    name="momentum_step", number=54, chapter="09_optimizers", core=True, level=1, minutes=10, points=2,
    title="A step with momentum",
    prompt=r"""
Take one step of gradient descent with momentum. The velocity $m$ forgets a little of itself and gains what plain
gradient descent would have done; then the parameters move by the velocity,

$$m_t = \beta\, m_{t-1} - \eta\, g_t, \qquad \theta_t = \theta_{t-1} + m_t .$$

Return new arrays; the caller keeps its own.
""",
    arguments={"theta": THETA, "m": "(n,) float array, the velocity after the step before", "g": G, "eta": ETA,
               "beta": BETA},
    returns="(theta, m), both after the step",
    hints=("First the new velocity, from the old one and the gradient. It already contains the learning rate.",
           "The parameters move by exactly the new velocity: a sum of two arrays."),
    solution=momentum_step, reference=reference, cases=cases, outputs=("theta", "m"),
    variants=(right_in_steps, right_with_loops),
    misconceptions=(
        Misconception("ema-scaled", "The gradient is weighted with 1 - beta, as in a running mean. Momentum is a sum: "
                      "the gradient enters with the learning rate alone.",
                      (_step(lambda m, g, eta, beta: beta * m - (1 - beta) * eta * g),
                       _step(lambda m, g, eta, beta: beta * m + (1 - beta) * g,
                             lambda theta, new, old, g, eta, beta: theta - eta * new))),
        Misconception("two-gradients", "The state keeps the last gradient alone. It must keep the whole last move, in "
                      "which all gradients before are still contained.", (remembers_one_gradient,)),
        Misconception("ascends", "The step goes up the hill. With this velocity the gradient enters with a minus, and "
                      "theta moves by plus m.",
                      (_step(lambda m, g, eta, beta: beta * m + eta * g),
                       _step(move=lambda theta, new, old, g, eta, beta: theta - new))),
        Misconception("other-sign-convention", "This is the other sign convention, in which m points up the hill and "
                      "is subtracted. The m that you are given points down.",
                      (_step(lambda m, g, eta, beta: beta * m + eta * g,
                             lambda theta, new, old, g, eta, beta: theta - new),)),
        Misconception("rate-outside-the-velocity", "This is PyTorch's form, whose m sums bare gradients. Here the "
                      "learning rate is inside m.",
                      (_step(lambda m, g, eta, beta: beta * m + g,
                             lambda theta, new, old, g, eta, beta: theta - eta * new),)),
        Misconception("eta-twice", "The learning rate acts twice: it is in the velocity already.",
                      (_step(move=lambda theta, new, old, g, eta, beta: theta + eta * new),)),
        Misconception("old-velocity", "theta moves by the velocity of the step before. The new one comes first.",
                      (_step(move=lambda theta, new, old, g, eta, beta: theta + old),
                       _step(move=lambda theta, new, old, g, eta, beta: theta + beta * old))),
        Misconception("no-friction", "beta is missing, so the velocity never loses anything.",
                      (_step(lambda m, g, eta, beta: m - eta * g),)),
        Misconception("velocity-unused", "theta takes a plain step of gradient descent. The velocity is computed and "
                      "then not used.", (_step(move=lambda theta, new, old, g, eta, beta: theta - eta * g),)),
    ),
)
