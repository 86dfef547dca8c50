"""Exercise 70, the rates of a range test, and `suggested_rate`, which reads a rate off its losses."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

CHAPTER = "10_learning_rate_schedules"

# --- what a good student writes


def range_test_rates(lo, hi, n):
    return lo * (hi / lo) ** (np.arange(n) / (n - 1))


def suggested_rate(rates, losses, beta):
    average, smooth = 0.0, []
    for k, loss in enumerate(losses, start=1):
        average = beta * average + (1 - beta) * loss
        smooth.append(average / (1 - beta ** k))
    return rates[np.argmin(smooth)] / 10


# --- independent references


def rates_reference(lo, hi, n):
    from course_lib import schedules

    rate = schedules.RangeTest(lo, hi, n)
    return np.array([rate(k) for k in range(n)])


def suggestion_reference(rates, losses, beta):
    """Each smoothed loss as the weighted mean that it is, and the library's reading of the curve."""
    from course_lib.range_test import RangeTest

    smooth = [np.average(losses[:k], weights=beta ** np.arange(k)[::-1]) for k in range(1, len(losses) + 1)]
    return RangeTest(np.asarray(rates), np.asarray(losses), np.array(smooth), turned=True).suggestion


# --- cases


def rates_cases(rng):
    yield Case((1e-3, 1.0, 4))
    yield Case((round(float(rng.uniform(1e-5, 9e-5)), 6), round(float(rng.uniform(2, 10)), 1), int(rng.integers(5, 9))))
    yield Case((0.5, 0.5 + round(float(rng.uniform(0.5, 5)), 1), 2))


def _curve(rng, n, floor, turn, noise):
    """Losses that fall from ln 10 to a floor, turn up, and have one lucky batch on the way down."""
    x = np.linspace(0, 1, n)
    losses = floor + (math.log(10) - floor) / (1 + np.exp((x - 0.55 * turn) * 25)) + 40 * np.maximum(x - turn, 0) ** 2
    losses += rng.normal(scale=noise, size=n)
    losses[int(0.45 * turn * n)] = 0.6 * floor
    return losses.round(3)


def suggestion_cases(rng):
    """Drawn until the ways to read the curve give different rates, and no other place is nearly as low."""
    for n, floor, beta in ((30, 0.5, 0.8), (44, 0.8, 0.7), (60, 0.6, 0.85)):
        rates = 1e-4 * (1e5 ** (np.arange(n) / (n - 1)))
        for _ in range(10_000):
            losses = _curve(rng, n, floor, float(rng.uniform(0.6, 0.75)), 0.03)
            smooth = np.array([np.average(losses[:k], weights=beta ** np.arange(k)[::-1]) for k in range(1, n + 1)])
            raw, lowest = losses.argmin(), smooth.argmin()
            swapped = _smoothed(losses, 1 - beta, True).argmin()
            if (len({raw, lowest, swapped, _smoothed(losses, beta, False).argmin(), n - 1, np.diff(smooth).argmin(),
                     np.argmax(smooth > 4 * np.minimum.accumulate(smooth))}) >= 6
                    and np.partition(smooth, 1)[1] > smooth[lowest] + 0.002):
                yield Case((rates, losses, beta))
                break
        else:
            raise RuntimeError("no curve keeps the ways to read it apart")


# --- mistakes and other right ways


def _smoothed(losses, beta, corrected):
    average, smooth = 0.0, []
    for k, loss in enumerate(losses, start=1):
        average = beta * average + (1 - beta) * loss
        smooth.append(average / (1 - beta ** k) if corrected else average)
    return np.array(smooth)


def _read(choose=np.argmin, smooth=lambda losses, beta: _smoothed(losses, beta, True), divisor=10):
    return lambda rates, losses, beta: rates[choose(smooth(losses, beta))] / divisor


def right_recursively(rates, losses, beta):
    mean, best, found = losses[0], losses[0], 0
    for k in range(1, len(losses)):
        step = (1 - beta) / (1 - beta ** (k + 1))
        mean = mean + step * (losses[k] - mean)
        if mean < best:
            best, found = mean, k
    return 0.1 * rates[found]


RANGE_TEST_RATES = Exercise(
    name="range_test_rates", number=70, chapter=CHAPTER, core=False, level=1, minutes=5, points=1,
    title="The rates of a range test",
    prompt=r"""
A range test tries `n` rates, one a step: the first is `lo`, the last is `hi`, and each is the one before times the same
factor. Return them.
""",
    arguments={"lo": "float, above 0", "hi": "float, above lo", "n": "int, at least 2"},
    returns="an array of n floats",
    hints=("From the first to the last there are n - 1 factors, and their product is hi / lo.",),
    solution=range_test_rates, reference=rates_reference, cases=rates_cases,
    variants=(lambda lo, hi, n: np.geomspace(lo, hi, n),
              lambda lo, hi, n: np.exp(np.linspace(math.log(lo), math.log(hi), n)),
              lambda lo, hi, n: [lo * (hi / lo) ** (k / (n - 1)) for k in range(n)]),
    misconceptions=(
        Misconception("linear-spacing", "The rates grow by the same amount. On such a scale nearly all of them are as "
                      "large as hi; they should grow by the same factor.", (lambda lo, hi, n: np.linspace(lo, hi, n),)),
        Misconception("end-not-reached", "The last rate is not hi. n rates have n - 1 steps between them.",
                      (lambda lo, hi, n: lo * (hi / lo) ** (np.arange(n) / n),)),
        Misconception("start-left-out", "The first rate is not lo: the first step comes before the first factor.",
                      (lambda lo, hi, n: lo * (hi / lo) ** (np.arange(1, n + 1) / n),)),
        Misconception("exponents-returned", "These are the logarithms of the rates.",
                      (lambda lo, hi, n: np.linspace(math.log10(lo), math.log10(hi), n),
                       lambda lo, hi, n: np.linspace(math.log(lo), math.log(hi), n))),
        Misconception("one-too-many", "This has n steps, so it has n + 1 rates. Asked for are n rates.",
                      (lambda lo, hi, n: np.geomspace(lo, hi, n + 1),)),
        Misconception("falls", "The rates fall. The test starts with the smallest: a network that has diverged tells "
                      "nothing about smaller rates.", (lambda lo, hi, n: np.geomspace(hi, lo, n),)),
    ),
)

SUGGESTED_RATE = Exercise(
    name="suggested_rate", number=0, chapter=CHAPTER, core=True, level=2, minutes=15, points=3,
    title="Read a rate off the range test",
    prompt=r"""
Each loss of a range test is that of one batch, so the curve is ragged: a lucky batch may be lower than the place where
the curve turns. So it is smoothed first, by the corrected running average that Adam uses for its gradients,

$$\bar J_k = \beta \bar J_{k-1} + (1 - \beta) J_k, \quad \hat J_k = \frac{\bar J_k}{1 - \beta^k}$$

Here $\bar J_0 = 0$, and $J_1$, the first loss, is `losses[0]`, measured at `rates[0]`. Return a tenth of the rate at
which $\hat J$ is smallest.
""",
    arguments={"rates": "float array (K,), increasing", "losses": "float array (K,), the loss of each step's batch",
               "beta": "float between 0 and 1"},
    returns="a float",
    hints=("A loop over the losses with one number that lives from step to step, the average; note it divided by "
           "1 - beta^k.",
           "`np.argmin` gives the place of the smallest entry; counted from 0, as the rates are."),
    solution=suggested_rate, reference=suggestion_reference, cases=suggestion_cases,
    variants=(right_recursively,),
    misconceptions=(
        Misconception("no-smoothing", "This takes the smallest single loss. That is the luckiest batch, not the place "
                      "where the curve turns.", (_read(smooth=lambda losses, beta: losses),)),
        Misconception("no-correction", "The running average begins at 0 and is not corrected: the smallest values are "
                      "the first ones, whatever the losses are.",
                      (_read(smooth=lambda losses, beta: _smoothed(losses, beta, False)),)),
        Misconception("shares-exchanged", "The shares of the average are exchanged: beta is that of the past.",
                      (_read(smooth=lambda losses, beta: _smoothed(losses, 1 - beta, True)),)),
        Misconception("no-tenth", "This is the rate at which the loss is smallest. The step before the loss turns up "
                      "is nearly too large; asked for is a tenth of it.", (_read(divisor=1),)),
        Misconception("largest-rate", "This takes the largest rate. By then the loss has long turned up.",
                      (_read(choose=lambda smooth: -1),)),
        Misconception("steepest-fall", "This takes the place of the steepest fall. It is a rule of others; here the "
                      "lowest place is asked for.", (_read(choose=lambda smooth: np.diff(smooth).argmin()),
                                                     _read(choose=lambda smooth: np.diff(smooth).argmin(), divisor=1))),
        Misconception("returns-the-loss", "This is a loss. Asked for is the rate at which it was measured.",
                      (lambda rates, losses, beta: _smoothed(losses, beta, True).min(),
                       lambda rates, losses, beta: _smoothed(losses, beta, True).min() / 10)),
    ),
)
