"""An exercise of our own: momentum on a parabola, as a matrix whose eigenvalues say when it diverges."""

import numpy as np

from ...cases import uniform
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def momentum_matrix(eta, curvature, beta, nesterov):
    if nesterov:
        pull, kept = eta * curvature, beta * (1 - eta * curvature)
    else:
        pull, kept = eta * curvature, beta
    return np.array([[1 - pull, kept], [-pull, kept]])


# --- the library's optimizers, started from the two unit states, as the independent reference


def reference(eta, curvature, beta, nesterov):
    from course_lib import optimizers

    columns = []
    for theta, m in ((1.0, 0.0), (0.0, 1.0)):
        kind = optimizers.NesterovLookAhead if nesterov else optimizers.SGD
        optimizer = kind(eta, momentum=beta)
        optimizer.set_state(1, {"velocity": np.array([m])})
        point = np.array([theta])
        seen = optimizer.look_ahead(point) if isinstance(optimizer, optimizers.NesterovLookAhead) else point
        optimizer.update(point, curvature * seen)
        columns.append([point[0], optimizer.velocity[0]])
    return np.array(columns).T


# --- cases


def cases(rng):
    for beta, nesterov in ((0.75, False), (0.75, True), (0.9, False), (0.9, True)):
        eta, curvature = uniform(rng, 0.05, 0.4, 2)
        yield Case((float(eta), float(2 + 10 * curvature), beta, nesterov))


# --- mistakes and other right ways


def _matrix(wrong):
    return lambda eta, curvature, beta, nesterov: wrong(momentum_matrix, eta, curvature, beta, nesterov)


def old_velocity_moves(eta, curvature, beta, nesterov):
    """theta moves by the velocity before the step."""
    lower = momentum_matrix(eta, curvature, beta, nesterov)[1]
    return np.array([[1.0, 1.0], lower])


def half_curvature(eta, curvature, beta, nesterov):
    return momentum_matrix(eta, curvature / 2, beta, nesterov)


def keras_variables(eta, curvature, beta, nesterov):
    pull = eta * curvature
    if not nesterov:
        return momentum_matrix(eta, curvature, beta, False)
    return np.array([[1 - (1 + beta) * pull, beta ** 2], [-pull, beta]])


def right_by_steps(eta, curvature, beta, nesterov):
    columns = []
    for theta, m in ((1.0, 0.0), (0.0, 1.0)):
        m_new = beta * m - eta * curvature * (theta + (beta * m if nesterov else 0))
        columns.append((theta + m_new, m_new))
    return np.column_stack(columns)


def right_as_lists(eta, curvature, beta, nesterov):
    lower = [-eta * curvature, beta - nesterov * eta * curvature * beta]
    return [[1 + lower[0], lower[1]], lower]


MOMENTUM_MATRIX = Exercise(
    name="momentum_matrix", number=0, chapter="09_optimizers", core=False, level=3, minutes=20, points=3,
    title="Momentum as a matrix",
    prompt=r"""
On the parabola $J(\theta) = \frac12 \lambda \theta^2$ the gradient at a point is $\lambda$ times the point, so a step
of momentum is linear: there is a matrix $M$ with

$$\begin{pmatrix} \theta_t \\ m_t \end{pmatrix} = M \begin{pmatrix} \theta_{t-1} \\ m_{t-1} \end{pmatrix} .$$

Derive it for plain momentum and for Nesterov's (in the papers' form, with the look-ahead). If an eigenvalue of $M$ is
larger than 1 in absolute value, the optimizer diverges: with your function and `np.linalg.eigvals` you can find each
rule's largest learning rate.
""",
    arguments={"eta": "float above 0, the learning rate", "curvature": "float above 0, lambda",
               "beta": "float in [0, 1), the momentum", "nesterov": "bool: False for plain momentum"},
    returns="a float array of shape (2, 2)",
    hints=("Begin with the lower row: write m_t as a number times theta plus a number times m. In Nesterov's rule the "
           "gradient is lambda (theta + beta m).",
           "theta_t = theta_{t-1} + m_t: the upper row is the lower row plus (1, 0).",
           "The columns are what becomes of the states (1, 0) and (0, 1): you can check them with your steps."),
    solution=momentum_matrix, reference=reference, cases=cases, variants=(right_by_steps, right_as_lists),
    misconceptions=(
        Misconception("old-velocity-moves", "theta moves by the velocity before the step. It moves by the new one, so "
                      "the lower row appears in the upper one, too.", (old_velocity_moves,)),
        Misconception("nesterov-ignored", "Nesterov's matrix is that of plain momentum. There the gradient also sees "
                      "beta times m.", (_matrix(lambda f, eta, curvature, beta, _: f(eta, curvature, beta, False)),)),
        Misconception("always-nesterov", "Plain momentum's matrix is that of Nesterov's rule. Its gradient does not "
                      "see m.", (_matrix(lambda f, eta, curvature, beta, _: f(eta, curvature, beta, True)),)),
        Misconception("halved-gradient", "The derivative of half lambda theta squared is lambda theta, without the "
                      "half.", (half_curvature,)),
        Misconception("keras-variables", "This is the matrix of Keras's form, which stores the look-ahead point. It "
                      "has the same eigenvalues; asked for is the papers' form.", (keras_variables,)),
        Misconception("climbs", "The gradient has the wrong sign.",
                      (_matrix(lambda f, eta, curvature, beta, nesterov: f(-eta, curvature, beta, nesterov)),)),
        Misconception("rows-exchanged", "The rows are exchanged: theta comes first, then m.",
                      (_matrix(lambda f, *arguments: f(*arguments)[::-1]),)),
    ),
)
