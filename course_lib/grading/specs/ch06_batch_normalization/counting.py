"""Exercise 49: how many numbers a batch normalization has."""

import math

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def bn_param_count(n):
    return 4 * n, 2 * n


# --- counted on the library's layer, as the independent reference


def reference(n):
    from course_lib import layers

    normalization = layers.BatchNormalization()
    normalization.build((None, n))
    sizes = {weight.name: (math.prod(weight.shape), weight.trainable) for weight in normalization.weights}
    return sum(size for size, _ in sizes.values()), sum(size for size, trainable in sizes.values() if trainable)


# --- cases


def cases(rng):
    for n in (1, 784, int(rng.integers(5, 40)), int(rng.integers(50, 400))):
        yield Case((n,))


# --- mistakes and other right ways


def all_trainable(n):
    return 4 * n, 4 * n


def forgets_the_moving_statistics(n):
    return 2 * n, 2 * n


def none_trainable(n):
    return 4 * n, 0


def one_of_each(n):
    return 4, 2


def with_a_bias(n):
    return 5 * n, 3 * n


def a_covariance_matrix(n):
    return 3 * n + n * n, 2 * n


def like_a_dense_layer(n):
    return n * n + n, n * n + n


def only_gamma(n):
    return 4 * n, n


def only_the_deviations_stay(n):
    return 3 * n, 2 * n


def right_by_lists(n):
    gamma, beta, moving_mean, moving_variance = ([0.0] * n for _ in range(4))
    return [len(gamma + beta + moving_mean + moving_variance), len(gamma + beta)]


BN_PARAM_COUNT = Exercise(
    name="bn_param_count", number=49, chapter="06_batch_normalization", core=False, level=1, minutes=5, points=1,
    title="Count the parameters of a batch normalization",
    prompt=r"""
A batch normalization stands behind a layer of `n` units. How many numbers does it hold, and how many of them does
gradient descent change? Keras's summary calls all of them parameters, and the rest non-trainable.
""",
    arguments={"n": "int, the number of features"},
    returns="(total, trainable): two ints",
    outputs=("total", "trainable"),
    hints=("It has four vectors. What shape has each?",
           "Which of the four get a gradient, and which are averages that are tracked?"),
    solution=bn_param_count, reference=reference, cases=cases, variants=(right_by_lists,),
    misconceptions=(
        Misconception("all-trainable", "All four vectors are counted as trainable. The moving statistics get no "
                      "gradient: they are averages that are tracked.", (all_trainable,)),
        Misconception("none-trainable", "gamma and beta are not counted as trainable. Both get a gradient.",
                      (none_trainable, only_gamma)),
        Misconception("forgets-the-moving-statistics", "Moving statistics are missing. The layer has to keep both, or "
                      "it could not normalize a single example at inference.",
                      (forgets_the_moving_statistics, only_the_deviations_stay)),
        Misconception("one-for-all-features", "This is one number of each kind. Every feature has its own.",
                      (one_of_each,)),
        Misconception("counts-a-bias", "A bias is counted besides beta. beta is the layer's bias.", (with_a_bias,)),
        Misconception("covariance", "A matrix of covariances is counted. Features are normalized one by one, and each "
                      "has one variance.", (a_covariance_matrix,)),
        Misconception("counts-a-kernel", "This is a dense layer. A normalization does not mix features, so it has no "
                      "kernel.", (like_a_dense_layer,)),
    ),
)
