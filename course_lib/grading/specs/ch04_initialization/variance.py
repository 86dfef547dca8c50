"""Exercise 33: the variance that the theory predicts."""

import itertools
import math
import statistics

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def predict_var_z(n, var_w, mean_a, var_a):
    return n * var_w * (var_a + mean_a**2)


# --- all outcomes of a product, counted, as the independent reference


def reference(n, var_w, mean_a, var_a):
    """w and a take two values each, equally often and independently. Variances of independent terms add."""
    weights = (-math.sqrt(var_w), math.sqrt(var_w))
    outputs = (mean_a - math.sqrt(var_a), mean_a + math.sqrt(var_a))
    return n * statistics.pvariance([w * a for w, a in itertools.product(weights, outputs)])


# --- cases: a mean of 0, one on each side of it, and a constant signal


def cases(rng):
    def number(low, high):
        return round(float(rng.uniform(low, high)), 3)

    yield Case((100, 0.01, 0.5, 0.05))                      # sigmoid units
    yield Case((int(rng.integers(20, 400)), number(0.002, 0.2), 0.0, number(0.3, 2)))
    yield Case((int(rng.integers(20, 400)), number(0.002, 0.2), number(0.2, 0.8), number(0.1, 0.6)))
    yield Case((int(rng.integers(20, 400)), number(0.002, 0.2), number(-3, -1.2), number(1.2, 3)))
    yield Case((int(rng.integers(2, 9)), number(1.1, 2), number(1.2, 3), 0.0))


# --- mistakes and other right ways


def zero_mean_assumed(n, var_w, mean_a, var_a):
    return n * var_w * var_a


def mean_not_squared(n, var_w, mean_a, var_a):
    return n * var_w * (var_a + mean_a)


def absolute_mean(n, var_w, mean_a, var_a):
    return n * var_w * (var_a + abs(mean_a))


def mean_subtracted(n, var_w, mean_a, var_a):
    return n * var_w * (var_a - mean_a**2)


def variance_squared(n, var_w, mean_a, var_a):
    return n * var_w * (var_a**2 + mean_a**2)


def mean_only(n, var_w, mean_a, var_a):
    return n * var_w * mean_a**2


def std_returned(n, var_w, mean_a, var_a):
    return math.sqrt(predict_var_z(n, var_w, mean_a, var_a))


def one_term_only(n, var_w, mean_a, var_a):
    return var_w * (var_a + mean_a**2)


def n_squared(n, var_w, mean_a, var_a):
    return n**2 * var_w * (var_a + mean_a**2)


def root_of_n(n, var_w, mean_a, var_a):
    return math.sqrt(n) * var_w * (var_a + mean_a**2)


def divided_by_n(n, var_w, mean_a, var_a):
    return var_w * (var_a + mean_a**2) / n


def weights_squared(n, var_w, mean_a, var_a):
    return n * var_w**2 * (var_a + mean_a**2)


def weights_as_std(n, var_w, mean_a, var_a):
    return n * math.sqrt(var_w) * (var_a + mean_a**2)


def sum_of_variances(n, var_w, mean_a, var_a):
    return n * (var_w + var_a)


def sum_of_variance_and_moment(n, var_w, mean_a, var_a):
    return n * (var_w + var_a + mean_a**2)


def mean_outside(n, var_w, mean_a, var_a):
    return n * (var_w * var_a + mean_a**2)


def mean_added_once(n, var_w, mean_a, var_a):
    return n * var_w * var_a + mean_a**2


def mean_term_counted_once(n, var_w, mean_a, var_a):
    return n * var_w * var_a + var_w * mean_a**2


def right_by_the_three_terms(n, var_w, mean_a, var_a):
    mean_w = 0
    of_one_product = mean_w**2 * var_a + var_w * mean_a**2 + var_w * var_a
    return sum(of_one_product for _ in range(n))


def right_by_moments(n, var_w, mean_a, var_a):
    second_moment = var_a + mean_a * mean_a
    return (math.sqrt(n * var_w) * math.sqrt(second_moment)) ** 2


PREDICT_VAR_Z = Exercise(
    name="predict_var_z", number=33, chapter="04_initialization", core=True, level=2, minutes=10, points=2,
    title="Predict the variance of z",
    prompt=r"""
A unit computes $z = \sum_{i=1}^{n} w_i a_i$. The weights have mean 0 and variance `var_w`; the inputs $a_i$ have mean
`mean_a`, **which need not be 0**, and variance `var_a`. All of them are independent. Return $\mathrm{Var}[z]$.

Start from the variance of one product $w a$. Which of its terms are left, and what does the sum make of them?
""",
    arguments={"n": "int, the number of inputs", "var_w": "float, the variance of a weight",
               "mean_a": "float, the mean of an input", "var_a": "float, the variance of an input"},
    returns="a float, the variance of z",
    hints=("The mean of the weights is 0. That removes one term, and only one.",
           "The two terms that are left have a common factor, Var[w].",
           "What stands in the bracket is the mean of $a^2$."),
    solution=predict_var_z, reference=reference, cases=cases, variants=(right_by_the_three_terms, right_by_moments),
    misconceptions=(
        Misconception("zero-mean-assumed", "This holds for inputs of mean 0. The outputs of a sigmoid have mean 0.5 "
                      "and those of ReLU are never negative: the term with the mean of a stays.",
                      (zero_mean_assumed,)),
        Misconception("mean-not-squared", "The mean of the inputs enters as it is. In the variance of a product it "
                      "stands squared.", (mean_not_squared, absolute_mean)),
        Misconception("mean-subtracted", "The square of the mean is subtracted. That turns the mean of the squares "
                      "into a variance; here it has to go the other way.", (mean_subtracted,)),
        Misconception("variance-squared", "The variance of the inputs is squared. It is a square already; only the "
                      "mean is squared here.", (variance_squared,)),
        Misconception("mean-only", "Only the mean of the inputs counts here. Their variance contributes a term as "
                      "well.", (mean_only,)),
        Misconception("std-returned", "This is the standard deviation of z. The variance is asked for.",
                      (std_returned,)),
        Misconception("forgets-the-sum", "This is the variance of one product. z is a sum of n of them, and their "
                      "variances add.", (one_term_only,)),
        Misconception("wrong-power-of-n", "n enters with the wrong power. The variances of n independent terms add up "
                      "to n times one of them; the root of n belongs to standard deviations.",
                      (n_squared, root_of_n, divided_by_n)),
        Misconception("variance-or-std-of-w", "The variance of the weights is squared, or its root is taken. It "
                      "enters as it is.", (weights_squared, weights_as_std)),
        Misconception("adds-the-variances", "The variances of w and a are added. That is the rule for a sum; for a "
                      "product they are multiplied.", (sum_of_variances, sum_of_variance_and_moment)),
        Misconception("mean-outside-the-factor", "The term with the mean lacks a factor. It is multiplied by the "
                      "variance of the weights, and there is one for each of the n inputs.",
                      (mean_outside, mean_added_once, mean_term_counted_once)),
    ),
)
