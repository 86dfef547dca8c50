"""Exercise 34: the deviation that keeps the signal, for any activation. Judged to four digits."""

import math

import numpy as np

from ...compare import equal
from ...drivers import Activation
from ...judges import Equal, Fault, run_spec, same
from ...spec import Case, Exercise, Misconception
from ...values import Named

TOLERANCE = 2e-4


# --- what a good student writes


def required_std(act, n):
    z = np.linspace(-10, 10, 20_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    moment = np.sum(act(z) ** 2 * density) * (z[1] - z[0])
    return 1 / np.sqrt(n * moment)


# --- the library's activation, integrated by Gauss and Legendre on either side of its kink


def reference(act, n):
    from course_lib import activations

    phi = activations.get(act.name)
    points, weights = np.polynomial.legendre.leggauss(80)
    moment = 0.0
    for middle in (-9.0, -3.0, 3.0, 9.0):
        z = middle + 3 * points
        moment += 3 * float(weights @ (phi(z) ** 2 * np.exp(-(z**2) / 2))) / math.sqrt(2 * math.pi)
    return math.sqrt(1 / (n * moment))


# --- cases: activations whose outputs have another mean than 0, so that variance and mean square differ


def cases(rng):
    for name in ("relu", "leaky_relu", "elu", "silu", "sigmoid", "softplus"):
        yield Case((Named(Activation, (name,)), int(rng.integers(40, 800))), tolerance=TOLERANCE)


class FourDigits(Equal):
    """As `Equal`, and says so where an integral is only nearly right."""

    def fault(self, exercise, case, value):
        fault = Equal.fault(self, exercise, case, value)
        if fault is None or not equal(self.expected(exercise, case), value, 150 * TOLERANCE):
            return fault
        return Fault("The result is close, but not to four digits.", fault.expected, fault.got, "too-coarse")

    def explains(self, exercise, wrong, case, outcome, exactly):
        return same(run_spec(exercise, wrong, case), outcome, 50 * TOLERANCE, exactly)  # the grids need not agree


# --- mistakes and other right ways


def _std(moment, finish=lambda n, moment: 1 / math.sqrt(n * moment)):
    return lambda act, n: finish(n, moment(act))


def _mean_over(low, high, f, points=4_001):
    """The mean of f over a normal z, by a sum between two bounds."""
    z = np.linspace(low, high, points)
    return float(np.sum(f(z) * np.exp(-(z**2) / 2)) * (z[1] - z[0]) / math.sqrt(2 * math.pi))


def _moment(act):
    return _mean_over(-12, 12, lambda z: act(z) ** 2)


def _variance(act):
    return _moment(act) - _mean_over(-12, 12, act) ** 2


def _squared_mean(act):
    return _mean_over(-12, 12, act) ** 2


def _mean_size(act):
    return _mean_over(-12, 12, lambda z: np.abs(act(z)))


def _at_one(act):
    return float(act(np.array(1.0)) ** 2)


def sqrt2_for_all(act, n):
    return math.sqrt(2 / n)


def one_for_all(act, n):
    return math.sqrt(1 / n)


def _flat(half):
    """The activation's mean square over an interval, without the normal's density."""
    return lambda act: float(np.mean(act(np.linspace(-half, half, 4_001)) ** 2))


def _flat_integral(half):
    return lambda act: 2 * half * _flat(half)(act)


def sampled(act, n):
    return 1 / math.sqrt(n * np.mean(act(np.random.default_rng().normal(size=100_000)) ** 2))


def _narrow(act):
    """The moment of a normal with variance 1/2: exp(-z^2) in the place of exp(-z^2 / 2)."""
    return _mean_over(-12, 12, lambda x: act(x / math.sqrt(2)) ** 2)


def right_with_hermite(act, n):
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    return (n * (weights @ act(points) ** 2) / weights.sum()) ** -0.5


def right_with_simpson(act, n):
    z, h = np.linspace(-12, 12, 4001, retstep=True)
    f = act(z) ** 2 * np.exp(-0.5 * z * z)
    integral = h / 3 * (f[0] + f[-1] + 4 * f[1:-1:2].sum() + 2 * f[2:-1:2].sum())
    return float(np.sqrt(np.sqrt(2 * np.pi) / (integral * n)))


def right_with_a_loop(act, n):
    total = 0.0
    for i in range(-3000, 3001):
        z = i / 300
        total += float(act(np.array(z))) ** 2 * math.exp(-z * z / 2) / 300
    return math.sqrt(math.sqrt(2 * math.pi) / total / n)


REQUIRED_STD = Exercise(
    name="required_std", number=34, chapter="04_initialization", core=False, level=3, minutes=20, points=3,
    title="The right start for any activation",
    prompt=r"""
A unit sums up $n$ inputs $a_i = \varphi(z_i)$, where the $z_i$ of the layer below are normal with mean 0 and
variance 1. The weights have mean 0. Then the variance of the new $z$ is $n\,\mathrm{Var}[w]\,\mathrm{E}[\varphi(z)^2]$.

Return the standard deviation of the weights for which it is 1 again, **whatever the activation**. The mean of the
squares is an integral,

$$\mathrm{E}[\varphi(z)^2] = \int \varphi(z)^2\, \frac{e^{-z^2/2}}{\sqrt{2\pi}} \, dz ,$$

which you compute numerically, to four digits at least. Drawing random numbers is too coarse for that.
""",
    arguments={"act": "function of an array, the activation, elementwise", "n": "int, the number of inputs"},
    returns="a float, the standard deviation of a weight",
    hints=("A sum over a fine grid is enough: values times density times the distance of the grid points.",
           "From -10 to 10 with some thousand points the sum is right to more digits than are asked for.",
           "Test it with ReLU: its mean square is exactly 1/2, which gives He's rule."),
    solution=required_std, reference=reference, cases=cases, judge=FourDigits(),
    variants=(right_with_hermite, right_with_simpson, right_with_a_loop),
    misconceptions=(
        Misconception("sqrt2-for-all", "This is He's rule for every activation. The 2 is the inverse of ReLU's mean "
                      "square; others have another one.", (sqrt2_for_all,)),
        Misconception("glorot-for-all", "This is the rule for a signal that passes unchanged. Take into account what "
                      "the activation does to it.", (one_for_all,)),
        Misconception("variance-for-mean-square", "The mean of the outputs is subtracted. It adds to the next layer's "
                      "z as well: take the mean of the squares.", (_std(_variance),)),
        Misconception("square-of-the-mean", "This squares the mean. Square the outputs first, then take their mean.",
                      (_std(_squared_mean),)),
        Misconception("no-square", "The outputs are not squared. A variance is a mean of squares.",
                      (_std(_mean_size), _std(lambda act: _mean_over(-12, 12, act)))),
        Misconception("value-at-one", "The activation is looked at in one point only. z takes all values, with the "
                      "normal's density.", (_std(_at_one),)),
        Misconception("forgets-n", "The number of inputs is missing: the more terms a sum has, the smaller each must "
                      "be.", (_std(_moment, lambda n, moment: 1 / math.sqrt(moment)),)),
        Misconception("n-outside-the-root", "n stands outside the root. Variances add, so it belongs to the variance.",
                      (_std(_moment, lambda n, moment: 1 / (n * math.sqrt(moment))),)),
        Misconception("variance-returned", "This is the variance of the weights. The standard deviation is its root.",
                      (_std(_moment, lambda n, moment: 1 / (n * moment)),)),
        Misconception("not-inverted", "An activation that makes the signal smaller needs larger weights. Here they "
                      "become smaller with it.",
                      (_std(_moment, lambda n, moment: math.sqrt(moment / n)),
                       _std(_moment, lambda n, moment: math.sqrt(n * moment)))),
        Misconception("no-density", "The density is missing: all z count alike. Values near 0 are more frequent.",
                      tuple(_std(kind(half)) for kind in (_flat, _flat_integral) for half in (3, 4, 5, 6, 8, 10))),
        Misconception("density-not-normalised", "The density does not integrate to 1. Check your integral with an "
                      "activation that is 1 everywhere.",
                      (_std(lambda act: math.sqrt(2 * math.pi) * _moment(act)),
                       _std(lambda act: math.sqrt(math.pi) * _moment(act)),
                       _std(lambda act: _moment(act) / math.sqrt(2 * math.pi)))),
        Misconception("wrong-width", "The normal has another variance than 1. Its density has z^2 / 2 in the exponent, "
                      "and points made for exp(-x^2) have to be scaled.",
                      (_std(_narrow), _std(lambda act: _narrow(act) / math.sqrt(2)))),
        Misconception("half-of-the-line", "The integral runs over one side of 0 only. An activation has outputs for "
                      "negative z too.", (_std(lambda act: _mean_over(0, 12, lambda z: act(z) ** 2)),)),
        Misconception("tails-cut-off", "The integral ends too early. The normal's tails beyond 2 still hold a quarter "
                      "of its variance: go out to 6 at least.",
                      tuple(_std(lambda act, half=half: _mean_over(-half, half, lambda z: act(z) ** 2))
                            for half in (1, 2))),
        Misconception("too-coarse", "The integral is only nearly right. Take a finer grid over a wider range, and no "
                      "random draws: their error falls with the root of their number.", (sampled,), random=True),
    ),
)
