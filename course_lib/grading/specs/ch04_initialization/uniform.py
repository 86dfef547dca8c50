"""Exercise 30: the bound of a uniform law with a given standard deviation."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def uniform_bound(std):
    return np.sqrt(3) * std


# --- the variance of U(-1, 1) by integration, as the independent reference


def reference(std):
    points, weights = np.polynomial.legendre.leggauss(4)    # exact for polynomials up to degree 7
    variance = np.sum(weights * points**2) / 2              # the density is 1/2
    return float(std / np.sqrt(variance))


def cases(rng):
    for low, high in ((0.01, 0.1), (0.1, 0.9), (1.2, 9)):
        yield Case((round(float(rng.uniform(low, high)), 3),))
    yield Case((0.05,))
    yield Case((1.0,))


# --- mistakes and other right ways


def _times(factor):
    return lambda std: factor * std


def std_taken_as_variance(std):
    return math.sqrt(3 * std)


def std_squared(std):
    return math.sqrt(3) * std**2


def variance_formula(std):
    return 3 * std**2


def only_the_root_of_three(std):
    return math.sqrt(3)


def right_from_the_variance(std):
    return (3 * std**2) ** 0.5


def right_from_the_width(std):
    return math.sqrt(12) * std / 2


UNIFORM_BOUND = Exercise(
    name="uniform_bound", number=30, chapter="04_initialization", core=False, level=1, minutes=5, points=1,
    title="From standard deviation to bound",
    prompt=r"""
An initializer is to draw from the uniform law on $[-r, r]$, and its weights are to have the standard deviation `std`.
Return $r$.

The variance of that law is

$$\frac{1}{2r} \int_{-r}^{r} x^2 \, dx .$$
""",
    arguments={"std": "float, the standard deviation that is wanted"},
    returns="a float, the bound r",
    hints=("Work out the integral: the variance is a multiple of $r^2$.",
           "Set it equal to `std` squared and solve for r.",
           "r is larger than `std`, less than twice as large."),
    solution=uniform_bound, reference=reference, cases=cases, variants=(right_from_the_variance, right_from_the_width),
    misconceptions=(
        Misconception("bound-equals-std", "The bound is not the standard deviation. Most numbers between -r and r are "
                      "nearer to 0 than r, so the deviation is smaller.", (_times(1.0),)),
        Misconception("sqrt-6", "The root of 6 is that of Glorot's bound, where the 2 of its variance is included. "
                      "Here the standard deviation is given, whatever it came from.", (_times(math.sqrt(6)),)),
        Misconception("no-root", "The variance of U(-r, r) is a third of r squared. For the standard deviation the "
                      "root is taken of that 3 as well.", (_times(3.0),)),
        Misconception("width-not-bound", "This is the width of the interval. It reaches from -r to r, so its width is "
                      "2 r.", (_times(math.sqrt(12)),)),
        Misconception("inverted", "This is the standard deviation that goes with the bound `std`. Asked for is the "
                      "bound that goes with the deviation, which is larger.",
                      (_times(1 / math.sqrt(3)),)),
        Misconception("std-taken-as-variance", "`std` is taken for a variance. It is a standard deviation, and r is "
                      "proportional to it.", (std_taken_as_variance,)),
        Misconception("std-squared", "The result grows with the square of `std`. If all numbers are doubled, bound "
                      "and standard deviation both double.", (std_squared, variance_formula)),
        Misconception("two-deviations", "Two standard deviations are where the truncated normal is cut. A uniform law "
                      "ends earlier.", (_times(2.0),)),
        Misconception("std-ignored", "The result does not depend on `std`.", (only_the_root_of_three,)),
    ),
)
