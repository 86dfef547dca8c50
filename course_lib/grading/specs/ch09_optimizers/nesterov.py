"""Exercises 55 and 56: Nesterov's momentum, as the papers write it and as Keras computes it."""

import numpy as np

from ...cases import normal, uniform
from ...drivers import CubicGradient
from ...spec import Case, Exercise, Misconception
from ...values import Named
from .parts import BETA, ETA, G, library_step, theta_and_g

# --- what a good student writes


def nesterov_step(theta, m, grad_fn, eta, beta):
    m = beta * m - eta * grad_fn(theta + beta * m)
    return theta + m, m


def nesterov_keras_step(phi, m, g, eta, beta):
    m = beta * m - eta * g
    return phi + beta * m - eta * g, m


# --- the references: each form through the other one, in the library


def nesterov_reference(theta, m, grad_fn, eta, beta):
    from course_lib import optimizers

    phi = np.asarray(theta, np.float64) + beta * np.asarray(m, np.float64)
    phi, m = library_step(optimizers.SGD(eta, momentum=beta, nesterov=True), 1, {"velocity": m}, phi, grad_fn(phi))
    return phi - beta * m, m


def keras_reference(phi, m, g, eta, beta):
    from course_lib import optimizers

    phi, m = np.asarray(phi, np.float64), np.asarray(m, np.float64)
    theta, m = library_step(optimizers.NesterovLookAhead(eta, momentum=beta), 1, {"velocity": m}, phi - beta * m, g)
    return theta + beta * m, m


# --- cases


def _velocity(rng, n, dtype=np.float64):
    return (normal(rng, n, scale=0.3) + rng.choice([-0.5, 0.5], n)).astype(dtype)


def _nesterov_case(rng, n, eta, beta, dtype=np.float64):
    gradient = Named(CubicGradient, (uniform(rng, 0.5, 1.5, n).astype(dtype), 0.25))
    return Case((uniform(rng, 0.5, 1.5, n).astype(dtype), _velocity(rng, n, dtype), gradient, eta, beta))


def nesterov_cases(rng):
    yield _nesterov_case(rng, 2, 0.05, 0.9)
    yield _nesterov_case(rng, 3, 0.1, 0.75)
    yield _nesterov_case(rng, 5, 0.02, 0.8)
    yield _nesterov_case(rng, 4, 0.05, 0.9, np.float32)


def keras_cases(rng):
    for n, eta, beta, dtype in ((2, 0.1, 0.9, np.float64), (3, 0.25, 0.75, np.float64), (5, 0.02, 0.8, np.float64),
                                (4, 0.1, 0.9, np.float32)):
        phi, g = theta_and_g(rng, n, dtype=dtype)
        yield Case((phi, _velocity(rng, n, dtype), g, eta, beta))


# --- mistakes and other right ways


def _looks(point):
    """The gradient is taken elsewhere."""
    def wrong(theta, m, grad_fn, eta, beta):
        m = beta * m - eta * grad_fn(point(theta, m, grad_fn, eta, beta))
        return theta + m, m

    return wrong


def ascends(theta, m, grad_fn, eta, beta):
    m = beta * m + eta * grad_fn(theta + beta * m)
    return theta + m, m


def keras_phi_returned(theta, m, grad_fn, eta, beta):
    return nesterov_keras_step(theta, m, grad_fn(theta), eta, beta)


def look_ahead_returned(theta, m, grad_fn, eta, beta):
    theta, m = nesterov_step(theta, m, grad_fn, eta, beta)
    return theta + beta * m, m


def moves_from_the_look_ahead(theta, m, grad_fn, eta, beta):
    ahead = theta + beta * m
    m = beta * m - eta * grad_fn(ahead)
    return ahead + m, m


def right_in_two_moves(theta, m, grad_fn, eta, beta):
    ahead = theta + beta * m
    new = ahead - eta * grad_fn(ahead)
    return new, new - theta


def right_with_names(theta, m, grad_fn, eta, beta):
    slope = np.asarray(grad_fn(np.add(theta, np.multiply(beta, m))))
    velocity = np.subtract(beta * m, eta * slope)
    return [velocity + theta, velocity]


def _keras(move):
    def wrong(phi, m, g, eta, beta):
        new = beta * m - eta * g
        return move(phi, new, m, g, eta, beta), new

    return wrong


def keras_ascends(phi, m, g, eta, beta):
    m = beta * m + eta * g
    return phi + beta * m + eta * g, m


def right_expanded(phi, m, g, eta, beta):
    return phi + beta ** 2 * m - (1 + beta) * eta * g, beta * m - eta * g


def right_by_the_papers_form(phi, m, g, eta, beta):
    theta = phi - beta * m
    velocity = beta * m - eta * g
    return theta + velocity + beta * velocity, velocity


NESTEROV_STEP = Exercise(
    name="nesterov_step", number=55, chapter="09_optimizers", core=True, level=2, minutes=15, points=3,
    title="A step with Nesterov's momentum",
    prompt=r"""
Momentum is about to carry the parameters on by $\beta\,m_{t-1}$, whatever the gradient says. So take the gradient
there, not here:

$$m_t = \beta\, m_{t-1} - \eta\, \nabla J(\theta_{t-1} + \beta\, m_{t-1}), \qquad \theta_t = \theta_{t-1} + m_t .$$

You get the gradient as a function, `grad_fn(theta)`, because you choose the point.
""",
    arguments={"theta": "(n,) float array, the parameters",
               "m": "(n,) float array, the velocity after the step before",
               "grad_fn": "a function: (n,) float array -> (n,) float array, the gradient at a point", "eta": ETA,
               "beta": BETA},
    returns="(theta, m), both after the step",
    hints=("Compute the point to which the old velocity alone would lead, beta times it further on.",
           "The rest is momentum: the new velocity from the old one and this gradient, and theta moves by it."),
    solution=nesterov_step, reference=nesterov_reference, cases=nesterov_cases, outputs=("theta", "m"),
    variants=(right_in_two_moves, right_with_names),
    misconceptions=(
        Misconception("plain-momentum", "The gradient is taken at theta: that is plain momentum. Take it where the "
                      "velocity is about to lead.", (_looks(lambda theta, m, grad_fn, eta, beta: theta),)),
        Misconception("looks-behind", "The gradient is taken behind theta, where the velocity comes from. Look ahead: "
                      "m already points down the hill.",
                      (_looks(lambda theta, m, grad_fn, eta, beta: theta - beta * m),)),
        Misconception("gradient-lookahead", "The look-ahead follows the gradient. It has to follow the velocity, which "
                      "costs no gradient of its own.",
                      (_looks(lambda theta, m, grad_fn, eta, beta: theta - eta * grad_fn(theta)),
                       _looks(lambda theta, m, grad_fn, eta, beta: theta + eta * grad_fn(theta)))),
        Misconception("looks-too-far", "The look-ahead goes a whole velocity further. Of the old velocity only the "
                      "share beta is left in the next step.",
                      (_looks(lambda theta, m, grad_fn, eta, beta: theta + m),)),
        Misconception("keras-phi-returned", "This is the form in which Keras stores the look-ahead point instead of "
                      "theta. Here theta itself is wanted.", (keras_phi_returned, look_ahead_returned)),
        Misconception("moves-from-the-look-ahead", "theta moves from the look-ahead point, so the old velocity counts "
                      "twice. The look-ahead is only for the gradient.", (moves_from_the_look_ahead,)),
        Misconception("ascends", "The gradient enters with the wrong sign: the step goes up the hill.", (ascends,)),
    ),
)

NESTEROV_KERAS_STEP = Exercise(
    name="nesterov_keras_step", number=56, chapter="09_optimizers", core=False, level=2, minutes=15, points=2,
    title="Nesterov's momentum as Keras computes it",
    prompt=r"""
A framework has the gradient only at the parameters it stores. So Keras stores the look-ahead point
$\varphi_t = \theta_t + \beta\, m_t$ in place of $\theta_t$, and `g` is the gradient there, at $\varphi_{t-1}$.

The velocity is updated as always, $m_t = \beta\, m_{t-1} - \eta\, g$. Work out how $\varphi$ moves: put
$\theta_t = \theta_{t-1} + m_t$ into $\varphi_t = \theta_t + \beta\, m_t$, and replace $\theta_{t-1}$ by
$\varphi_{t-1} - \beta\, m_{t-1}$.
""",
    arguments={"phi": "(n,) float array, the stored point", "m": "(n,) float array, the velocity", "g": G.replace(
        "theta", "phi"), "eta": ETA, "beta": BETA},
    returns="(phi, m), both after the step",
    hints=("phi_t = phi_{t-1} - beta m_{t-1} + m_t + beta m_t. Two of the terms can be put together with the "
           "definition of m_t.",
           "m_t - beta m_{t-1} is minus eta times g. What is left to add is beta times the new velocity."),
    solution=nesterov_keras_step, reference=keras_reference, cases=keras_cases, outputs=("phi", "m"),
    variants=(right_expanded, right_by_the_papers_form),
    misconceptions=(
        Misconception("plain-momentum", "phi moves by m: that is plain momentum, or theta's move. phi is ahead of "
                      "theta by beta m, and m has changed.",
                      (_keras(lambda phi, new, old, g, eta, beta: phi + new),
                       _keras(lambda phi, new, old, g, eta, beta: phi + beta * old - eta * g))),
        Misconception("gradient-missing", "phi moves by beta m alone. The gradient of this step is in m only with the "
                      "share beta; it enters once more.",
                      (_keras(lambda phi, new, old, g, eta, beta: phi + beta * new),)),
        Misconception("beta-missing", "The new velocity is added whole, and the gradient again. The look-ahead takes "
                      "beta times it.", (_keras(lambda phi, new, old, g, eta, beta: phi + new - eta * g),)),
        Misconception("old-look-ahead-kept", "The old look-ahead, beta times the old velocity, is not taken away "
                      "before the new one is added.",
                      (_keras(lambda phi, new, old, g, eta, beta: phi + new + beta * new),)),
        Misconception("theta-returned", "Returned is theta, not the look-ahead point that the next gradient is taken "
                      "at.", (_keras(lambda phi, new, old, g, eta, beta: phi - beta * old + new),)),
        Misconception("ascends", "The gradient enters with the wrong sign: the step goes up the hill.",
                      (keras_ascends,)),
    ),
)
