"""Exercise `rate_for_level`: the constant rate whose noise stops descent at a given loss."""

import math

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def rate_for_level(level, lam, sigma, b):
    variance = sigma ** 2 / b
    return 4 * level / (variance + 2 * level * lam)


# --- by trying rates, each with the mean square at which the recursion stands still, as the independent reference


def reference(level, lam, sigma, b):
    variance = (sigma / math.sqrt(b)) ** 2
    low, high = 0.0, 2 / lam                            # the level grows with the rate, without bound up to 2 / lam
    for _ in range(200):
        eta = (low + high) / 2
        kept, added = (1 - eta * lam) ** 2, eta ** 2 * variance
        stands = lam * added / (1 - kept) / 2 if kept < 1 else math.inf
        low, high = (eta, high) if stands < level else (low, eta)
    return low


# --- cases: rates for which eta lam is not small, and one for which it is


def cases(rng):
    yield Case((0.5, 2.0, 1.5, 4))
    for low, high in ((0.2, 0.6), (0.01, 0.03)):
        yield Case((round(float(rng.uniform(low, high)), 3), round(float(rng.uniform(0.3, 0.9)), 2),
                    round(float(rng.uniform(1.2, 2.5)), 2), int(rng.integers(3, 12))))


# --- mistakes and other right ways


def _with(variance=lambda sigma, b: sigma ** 2 / b, rate=lambda L, lam, v: 4 * L / (v + 2 * L * lam)):
    return lambda level, lam, sigma, b: rate(level, lam, variance(sigma, b))


def right_by_the_mean_square(level, lam, sigma, b):
    square = 2 * level / lam
    return 2 * lam * square / (sigma ** 2 / b + lam ** 2 * square)


def right_per_level(level, lam, sigma, b):
    return 1 / (sigma * sigma / (4 * b * level) + lam / 2)


RATE_FOR_LEVEL = Exercise(
    name="rate_for_level", number=0, chapter="10_learning_rate_schedules", core=True, level=2, minutes=10, points=2,
    title="The rate for a level",
    prompt=r"""
Descent on $J = \frac12\lambda\theta^2$ with mini-batches. The gradient of a single example is $\lambda\theta$ plus
noise with mean 0 and standard deviation $\sigma$, independent from example to example; that of a batch is the mean
over its $b$ examples. At which constant rate does the mean loss stop at `level`?
""",
    arguments={"level": "float, above 0, the mean loss at the end", "lam": "float, the curvature",
               "sigma": "float, standard deviation of one example's gradient", "b": "int, examples in a batch"},
    returns="a float",
    hints=("Which variance has the mean of b independent numbers, if each has the variance sigma^2?",
           "The noise floor gives the level for a rate. Here the level is known: solve for the rate.",
           "Multiply by the denominator, which holds the rate as well, and bring all that has the rate to one side. "
           "With curvature and variance 1 the level 0.125 must give 0.4."),
    solution=rate_for_level, reference=reference, cases=cases, variants=(right_by_the_mean_square, right_per_level),
    misconceptions=(
        Misconception("batch-forgotten", "This is the noise of a single example. In the mean over a batch part of "
                      "it cancels.", (_with(variance=lambda sigma, b: sigma ** 2),)),
        Misconception("root-for-variance", "The noise of a batch does not have this variance. The standard deviation "
                      "of a mean falls with the root of b; what enters the floor is the variance.",
                      (_with(variance=lambda sigma, b: sigma ** 2 / math.sqrt(b)),
                       _with(variance=lambda sigma, b: sigma / math.sqrt(b)))),
        Misconception("batch-squared", "The standard deviation is divided by b. That of a mean of b independent "
                      "numbers falls more slowly.", (_with(variance=lambda sigma, b: sigma ** 2 / b ** 2),)),
        Misconception("batch-multiplies", "Here a larger batch has more noise. The gradient is the mean over the "
                      "batch, not the sum.", (_with(variance=lambda sigma, b: sigma ** 2 * b),)),
        Misconception("deviation-for-variance", "sigma is a standard deviation. The floor contains the variance.",
                      (_with(variance=lambda sigma, b: sigma / b), _with(variance=lambda sigma, b: sigma))),
        Misconception("small-rates-only", "This drops the curvature from the denominator. For small rates that is "
                      "nearly right, here it is not.", (_with(rate=lambda L, lam, v: 4 * L / v),)),
        Misconception("mean-square-for-loss", "At this rate the mean of theta squared stops at the level. Asked for is "
                      "the loss.", (_with(rate=lambda L, lam, v: 2 * L * lam / (v + L * lam ** 2)),)),
        Misconception("half-forgotten", "A factor 2 is lost: the loss is half of the curvature times theta squared.",
                      (_with(rate=lambda L, lam, v: 2 * L / (v + L * lam)),
                       _with(rate=lambda L, lam, v: 2 * L / (v + 2 * L * lam)))),
        Misconception("wrong-sign", "A sign changed when the rate was brought to one side: the rate for a level grows "
                      "with the level, and stays below 2 / lam.",
                      (_with(rate=lambda L, lam, v: 4 * L / (v - 2 * L * lam)),)),
        Misconception("level-for-rate", "This is the level at which the rate `level` stops. The question runs the "
                      "other way: the level is known, and the rate is wanted.",
                      (_with(rate=lambda L, lam, v: L * v / (2 * (2 - L * lam))),)),
        Misconception("largest-rate", "This is the rate at which descent stops to be stable, whatever the level is.",
                      (_with(rate=lambda L, lam, v: 2 / lam),)),
    ),
)
