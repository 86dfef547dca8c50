"""Exercise 64: the path of an optimizer."""

import numpy as np

from ...cases import uniform
from ...drivers import CubicGradient, Descent
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def optimizer_path(step, grad_fn, theta0, T):
    theta = theta0.copy()
    path = [theta.copy()]
    for _ in range(T):
        theta = step(theta, grad_fn(theta))
        path.append(theta.copy())
    return np.array(path)


# --- the library's momentum, whose steps the given ones are, as the independent reference


def reference(step, grad_fn, theta0, T):
    from course_lib import optimizers

    theta, path = np.array(theta0, np.float64), np.empty((T + 1, len(theta0)))
    optimizer = optimizers.SGD(step.eta, momentum=step.beta)
    path[0] = theta
    for t in range(1, T + 1):
        optimizer.update(theta, grad_fn(theta))
        path[t] = theta
    return path


# --- cases: no step at all, one, several


def _case(rng, n, T, eta, beta, dtype=np.float64):
    gradient = Named(CubicGradient, (uniform(rng, 0.5, 1.5, n).astype(dtype), 0.25))
    return Case((Named(Descent, (eta, beta)), gradient, uniform(rng, 0.5, 1.0, n).astype(dtype), T))


def cases(rng):
    yield _case(rng, 2, 2, 0.05, 0.75)
    yield _case(rng, 3, 0, 0.05, 0.9)
    yield _case(rng, 3, 1, 0.05, 0.9)
    yield _case(rng, 4, 4, 0.02, 0.8)
    yield _case(rng, 2, 3, 0.05, 0.5, np.float32)


# --- mistakes and other right ways


def rows_are_one_array(step, grad_fn, theta0, T):
    theta = theta0.copy()
    path = [theta]
    for _ in range(T):
        theta = step(theta, grad_fn(theta))
        path.append(theta)
    return np.array(path)


def start_is_missing(step, grad_fn, theta0, T):
    return optimizer_path(step, grad_fn, theta0, T)[1:]


def end_is_missing(step, grad_fn, theta0, T):
    return optimizer_path(step, grad_fn, theta0, T)[:-1]


def one_step_too_many(step, grad_fn, theta0, T):
    return optimizer_path(step, grad_fn, theta0, T + 1)


def gradient_of_the_start(step, grad_fn, theta0, T):
    g = grad_fn(theta0)
    return optimizer_path(step, lambda theta: g, theta0, T)


def starts_again_each_time(step, grad_fn, theta0, T):
    return np.array([theta0, *(step(theta0.copy(), grad_fn(theta0)) for _ in range(T))])


def steps_only(step, grad_fn, theta0, T):
    path = optimizer_path(step, grad_fn, theta0, T)
    return np.concatenate([path[:1] * 0, np.diff(path, axis=0)])


def end_alone(step, grad_fn, theta0, T):
    return optimizer_path(step, grad_fn, theta0, T)[-1]


def columns(step, grad_fn, theta0, T):
    return optimizer_path(step, grad_fn, theta0, T).T


def right_in_place(step, grad_fn, theta0, T):
    path = np.empty((T + 1, len(theta0)), theta0.dtype)
    path[0] = theta0
    for t in range(T):
        path[t + 1] = step(path[t].copy(), grad_fn(path[t]))
    return path


def right_with_stack(step, grad_fn, theta0, T):
    points = [1.0 * theta0]
    for _ in range(T):
        last = points[-1]
        points.append(step(np.array(last), grad_fn(last)))
    return np.vstack(points)


OPTIMIZER_PATH = Exercise(
    name="optimizer_path", number=64, chapter="09_optimizers", core=False, level=1, minutes=10, points=2,
    title="The path of an optimizer",
    prompt=r"""
Record where an optimizer goes. `step(theta, g)` takes one step from `theta` with the gradient `g` and returns the new
parameters. **It works in place**: the array it was given is changed, and is the one it returns. `grad_fn(theta)` gives
the gradient at a point.

Return the points $\theta_0, \theta_1, \dots, \theta_T$ as the rows of one array, and leave `theta0` as it is.
""",
    arguments={"step": "a function: (theta, g) -> theta; it changes the array theta in place, and keeps a state",
               "grad_fn": "a function: (n,) float array -> (n,) float array", "theta0": "(n,) float array, the start",
               "T": "int, the number of steps, at least 0"},
    returns="a float array of shape (T + 1, n); its first row is theta0",
    hints=("T steps give T + 1 points.", "An array that is appended to a list is not copied: if it changes later, it "
           "changes in the list, too.", "Each gradient is taken at the newest point."),
    solution=optimizer_path, reference=reference, cases=cases, variants=(right_in_place, right_with_stack),
    misconceptions=(
        Misconception("rows-are-one-array", "All rows are the last point: the list holds one array many times, and the "
                      "step changes it. Keep copies.", (rows_are_one_array,)),
        Misconception("off-by-one", "There is a row too many or too few. T steps lead from the start through T more "
                      "points: T + 1 rows, the start among them.",
                      (start_is_missing, end_is_missing, one_step_too_many)),
        Misconception("gradient-of-the-start", "Every step uses the gradient at the start. It changes from point to "
                      "point.", (gradient_of_the_start,)),
        Misconception("starts-again", "Every step starts from theta0. Each one goes on from the last point.",
                      (starts_again_each_time,)),
        Misconception("steps-not-points", "The rows are the steps. Wanted are the points that they lead to.",
                      (steps_only,)),
        Misconception("end-alone", "Only the last point is returned. The path has a row for each.", (end_alone,)),
        Misconception("points-in-columns", "The points are the columns. Each point is a row.", (columns,)),
    ),
)
