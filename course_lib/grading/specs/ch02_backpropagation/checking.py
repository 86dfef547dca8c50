"""Exercise 19: comparing a gradient with central differences."""

import numpy as np

from ...cases import uniform
from ...drivers import Cubic
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def grad_check(f, theta, g, eps=1e-6):
    numeric = np.empty_like(theta)
    for i in range(len(theta)):
        step = np.zeros_like(theta)
        step[i] = eps
        numeric[i] = (f(theta + step) - f(theta - step)) / (2 * eps)
    size = np.maximum(np.maximum(np.abs(g), np.abs(numeric)), 1e-8)
    return np.max(np.abs(g - numeric) / size)


# --- the central difference of a cubic in closed form, as the independent reference


def reference(f, theta, g, eps=1e-6):
    numeric = f.scale * (3 * (theta - f.shift) ** 2 + eps**2)   # of s (t - c)^3: exact, the eps^2 included
    numeric[0] += theta[-1]
    numeric[-1] += theta[0]
    return max(float(abs(a - b) / max(1e-8, abs(a), abs(b))) for a, b in zip(g, numeric, strict=True))


def _flat(rng, n):
    """A function that does not depend on its inner parameters: there both gradients are exactly 0."""
    theta, scale = uniform(rng, 1, 2, n), np.zeros(n)
    g = np.zeros(n)
    g[0], g[-1] = 1.2 * theta[-1], theta[0]
    return Case((Named(Cubic, (scale, 0.25)), theta, g, 1e-2), tolerance=1e-6)


def _case(rng, n, errors, eps=None, signs=(-1, 1)):
    """A gradient that is right except for the relative `errors`, at a point where every part is of size 1 to 10."""
    scale, shift = uniform(rng, 1, 3, n) * rng.choice(signs, n), 0.25
    theta = uniform(rng, 1, 2, n) * np.where(np.arange(n) % 2, -1, 1)
    gradient = 3 * scale * (theta - shift) ** 2
    gradient[0] += theta[-1]
    gradient[-1] += theta[0]
    g = gradient * (1 + np.array(errors))
    f = Named(Cubic, (scale, shift))
    return Case((f, theta, g) if eps is None else (f, theta, g, eps), tolerance=1e-6)


def cases(rng):
    yield _case(rng, 2, (0.0, 0.1), 1e-2)
    yield _case(rng, 2, (-2.0, 0.0))                    # one sign is wrong
    yield _case(rng, 3, (0.2, -0.3, 0.05), 1e-2)
    yield _case(rng, 4, (0.0, 0.0, -0.5, 0.0), signs=[1])     # g - n < 0: only its absolute value tells
    yield _case(rng, 5, (0.5, 0.5, 0.5, 0.5, 0.5), 1e-3)
    yield _case(rng, 3, (1e-3, 0.0, 0.0), 1e-2)
    yield _flat(rng, 4)


# --- mistakes and other right ways


def _numeric(f, theta, eps, ahead=1.0, behind=1.0, divisor=None):
    steps = eps * np.eye(len(theta))
    return np.array([f(theta + ahead * step) - f(theta - behind * step) for step in steps]) / (
        (ahead + behind) * eps if divisor is None else divisor)


def _relative(g, numeric):
    return np.abs(g - numeric) / np.maximum(1e-8, np.maximum(np.abs(g), np.abs(numeric)))


def one_sided(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps, behind=0.0)).max()


def one_sided_behind(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps, ahead=0.0)).max()


def absolute_only(f, theta, g, eps=1e-6):
    return np.abs(g - _numeric(f, theta, eps)).max()


def absolute_norm(f, theta, g, eps=1e-6):
    return np.linalg.norm(g - _numeric(f, theta, eps))


def divides_by_eps(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps, divisor=eps)).max()


def not_divided(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps, divisor=1)).max()


def halved_and_multiplied(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps, divisor=2 / eps)).max()


def mean_error(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps)).mean()


def no_absolute_values(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return ((g - numeric) / np.maximum(1e-8, np.maximum(np.abs(g), np.abs(numeric)))).max()


def all_at_once(f, theta, g, eps=1e-6):
    numeric = (f(theta + eps) - f(theta - eps)) / (2 * eps)
    return _relative(g, numeric).max()


def ratio_of_norms(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return np.linalg.norm(g - numeric) / (np.linalg.norm(g) + np.linalg.norm(numeric))


def relative_to_one(f, theta, g, eps=1e-6):
    return np.max(np.abs(g - _numeric(f, theta, eps)) / np.abs(g))


def relative_to_numeric(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return np.max(np.abs(g - numeric) / np.abs(numeric))


def relative_to_sum(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return np.max(np.abs(g - numeric) / (np.abs(g) + np.abs(numeric)))


def no_guard(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    with np.errstate(invalid="ignore"):
        return np.max(np.abs(g - numeric) / np.maximum(np.abs(g), np.abs(numeric)))


def relative_to_guarded_sum(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return np.max(np.abs(g - numeric) / np.maximum(1e-8, np.abs(g) + np.abs(numeric)))


def relative_to_guarded_one(f, theta, g, eps=1e-6):
    return np.max(np.abs(g - _numeric(f, theta, eps)) / np.maximum(1e-8, np.abs(g)))


def relative_to_guarded_numeric(f, theta, g, eps=1e-6):
    numeric = _numeric(f, theta, eps)
    return np.max(np.abs(g - numeric) / np.maximum(1e-8, np.abs(numeric)))


def every_error(f, theta, g, eps=1e-6):
    return _relative(g, _numeric(f, theta, eps))


def right_in_place_on_a_copy(f, theta, g, eps=1e-6):
    theta, worst = theta.copy(), 0.0
    for i, value in enumerate(theta.tolist()):
        theta[i] = value + eps
        up = f(theta)
        theta[i] = value - eps
        slope = (up - f(theta)) / (2 * eps)
        theta[i] = value
        worst = max(worst, abs(g[i] - slope) / max(1e-8, abs(g[i]), abs(slope)))
    return worst


def right_with_a_matrix(f, theta, g, eps=1e-6):
    return float(_relative(g, _numeric(f, theta, eps)).max())


GRAD_CHECK = Exercise(
    name="grad_check", number=19, chapter="02_backpropagation", core=False, level=2, minutes=15, points=3,
    title="A gradient check",
    prompt=r"""
Is a gradient right? Compare it with central differences, one parameter at a time:

$$d_i = \frac{f(\theta + h e_i) - f(\theta - h e_i)}{2h},$$

$$\text{result} = \max_i \frac{|g_i - d_i|}{\max(|g_i|,\; |d_i|,\; 10^{-8})}.$$

$h$ is the argument `eps`, $e_i$ the $i$-th unit vector. Division by the size of the numbers makes the result comparable
between tiny and huge gradients. The floor is as small as $10^{-8}$ here: it only prevents $0/0$. Leave `theta` as it
was.
""",
    arguments={"f": "function of a (n,) float array that returns a float", "theta": "(n,) float array",
               "g": "(n,) float array, the gradient to check", "eps": "float, the step, 1e-6 unless given"},
    returns="a float, the largest relative error",
    hints=("Change one entry of a copy of `theta` at a time.",
           "The two points are $2h$ apart.",
           "Compute the relative error of every entry first, then take the largest."),
    solution=grad_check, reference=reference, cases=cases,
    variants=(right_in_place_on_a_copy, right_with_a_matrix),
    misconceptions=(
        Misconception("one-sided", "The difference is taken on one side only. Its error shrinks like eps, that of the "
                      "two-sided one like eps squared: step to both sides of theta.", (one_sided, one_sided_behind)),
        Misconception("absolute-only", "The error is not divided by the size of the gradients. An error of 0.001 is "
                      "nothing beside 1000 and everything beside 0.001.", (absolute_only, absolute_norm)),
        Misconception("wrong-divisor", "The difference is divided by the wrong number. The two points lie 2 eps apart "
                      "(beware of `/ 2 * eps`, which multiplies by eps).",
                      (divides_by_eps, not_divided, halved_and_multiplied)),
        Misconception("mean-instead-of-max", "The errors are averaged. One wrong entry among many right ones would "
                      "hide in the mean: take the largest.", (mean_error,)),
        Misconception("no-absolute-value", "An entry of the gradient that is too small gives a negative error and is "
                      "overlooked. Take absolute values.", (no_absolute_values,)),
        Misconception("all-at-once", "All parameters are moved at the same time, which gives the sum of the partial "
                      "derivatives. Move one at a time.", (all_at_once,)),
        Misconception("ratio-of-norms", "This divides the norm of the difference by the sum of the norms. It is a "
                      "measure too, but a wrong small entry hides behind a large right one.", (ratio_of_norms,)),
        Misconception("other-denominator", "The error is relative to something else than was asked for. "
                      "Divide by the larger of the two absolute values.",
                      (relative_to_one, relative_to_numeric, relative_to_sum, relative_to_guarded_one,
                       relative_to_guarded_numeric, relative_to_guarded_sum)),
        Misconception("no-guard", "Where both gradients are 0 this is 0/0, and the result is not a number. "
                      "Divide by at least 1e-8.", (no_guard,)),
        Misconception("every-error", "These are the errors of all entries. Return the largest of them, as one number.",
                      (every_error,)),
    ),
)
