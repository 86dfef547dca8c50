"""Exercise 31: a truncated normal with the right deviation. The answer is random and is judged by its properties.

The bounds are five standard errors wide: an answer that is right fails one of them once in two million times.
"""

import math

import numpy as np

from course_lib.initializers import TRUNCATED_STD

from ...drivers import three_draws
from ...judges import Fault, Properties
from ...spec import Case, Exercise, Misconception
from ...values import Seed

LARGE = 10_000                  # from so many draws on, their distribution is judged
SIGMAS = 5.0
SLACK = 1.005                   # for a constant of three digits
KURTOSIS = 2.3655               # of a normal that is cut at two deviations
EDGE = 2 / TRUNCATED_STD        # where the draws end, in units of the wanted deviation


# --- what a good student writes


def truncated_normal_init(rng, shape, std):
    draws = rng.standard_normal(shape)
    outside = np.abs(draws) > 2
    while outside.any():
        draws[outside] = rng.standard_normal(outside.sum())
        outside = np.abs(draws) > 2
    return draws * (std / 0.87962566103423978)


# --- the library's, as the independent reference


def reference(rng, shape, std, same):
    from course_lib import initializers

    scaling = [initializers.TruncatedNormal(stddev=std / TRUNCATED_STD)] * 3
    return [draw(shape, rng=generator, dtype="float64")
            for draw, generator in zip(scaling, (rng, rng, same), strict=True)]


# --- cases


def cases(rng):
    def case(shape, low, high):
        seed = int(rng.integers(2**31))
        return Case((Seed(seed), shape, round(float(rng.uniform(low, high)), 3), Seed(seed)))

    yield case((3, 2), 0.5, 1.5)
    yield case((3, 3, 2, 4), 0.1, 0.3)
    yield case((200, 150), 0.03, 0.08)
    yield case((150, 200), 2.3, 2.5)


# --- the properties


def properties(case, draws):
    _, shape, std, _ = case.arguments
    for values in draws:
        if fault := _structure(shape, values):
            return fault
    first, second, same = (np.asarray(values, np.float64) / std for values in draws)
    if first.size < LARGE:
        return None
    if fault := _distribution(first, std):
        return fault
    if not np.array_equal(first, same):
        return Fault("Two generators of the same seed give different draws.", "the same draws", "different ones",
                     "ignores-rng")
    if np.array_equal(first, second):
        return Fault("Two calls with one generator give the same draws.", "new draws at every call",
                     "the same ones", "same-draws-every-time")
    return None


def _structure(shape, values):
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return Fault("The result is not an array of floats.", f"a float array of shape {shape}",
                     f"{type(values).__name__} of {array.dtype.name}", kind="structure")
    if array.shape != shape:
        total = math.prod(shape)                # few draws may happen to lie inside, all of them
        dropped = array.ndim == 1 and (array.size < total or array.size == total < LARGE)
        return Fault("The result has the wrong shape.", f"shape {shape}", f"shape {array.shape}",
                     "drops-instead-of-redrawing" if dropped else "", kind="shape")
    return None if np.isfinite(array).all() else Fault("Some draws are not finite.", "finite numbers", "inf or nan")


def _distribution(x, std):
    """The first fault of draws that are divided by the wanted deviation."""
    return _edges(x, std) or _deviation(x) or _mean(x) or _shares(x)


def _edges(x, std):
    realised, high, low = x.std(), x.max(), -x.min()
    got = f"from {std * x.min():.4g} to {std * x.max():.4g}"
    inside = f"from {-EDGE * std:.4g} to {EDGE * std:.4g}, thinly settled at the ends"
    if realised == 0:
        return Fault("All draws are equal.", inside, got)
    if min(high, low) < 0:
        return Fault("All draws lie on one side of 0.", inside, got, "one-sign-only")
    if (np.abs(x) == max(high, low)).mean() > 0.01:
        return Fault("Many draws sit exactly at the ends.", inside, got, "clips-instead-of-resampling")
    if abs(realised - 1) < 1e-10:
        return Fault("The deviation of every sample is exactly `std`: it has been forced.",
                     "a deviation that varies a little", f"{std * realised:.10g}", "forces-the-sample")
    if any(_near(x.size, realised, power * constant) for power in (std, std**-0.5) for constant in (1, TRUNCATED_STD)):
        return Fault("The deviation of the draws is wrong.", f"{std:.4g}", f"{std * realised:.4g}",
                     "variance-for-std")
    if min(high, low) <= EDGE * SLACK and max(high, low) > 1.2 * EDGE:
        return Fault("The draws end at different places on the two sides of 0.", inside, got, "cuts-one-side")
    beyond = (np.abs(x) > EDGE * SLACK).mean()
    if beyond > 0:
        return Fault(f"{beyond:.2%} of the draws are too far from 0.", inside, got,
                     "not-truncated" if beyond > 0.007 else "redraws-once")
    return None


CUT_AFTER_SCALING = 2 * TRUNCATED_STD       # a cut at two of the wanted deviations, in units of the wider normal


def _cut_normal_std(c):
    """Standard deviation of a standard normal that is cut off at c deviations."""
    density = math.exp(-c * c / 2) / math.sqrt(2 * math.pi)
    return math.sqrt(1 - 2 * c * density / math.erf(c / math.sqrt(2)))


def _deviation(x):
    realised = x.std()
    if _near(x.size, realised, 1):
        return None
    label = next((label for value, label in (
        (TRUNCATED_STD, "uncorrected-truncation"),
        (TRUNCATED_STD**2, "multiplies-by-the-constant"),
        (_cut_normal_std(CUT_AFTER_SCALING) / TRUNCATED_STD, "cuts-after-scaling"),
        (_cut_normal_std(1) / TRUNCATED_STD, "cuts-at-one"),
        (_cut_normal_std(1), "cuts-at-one")) if _near(x.size, realised, value)), "")
    return Fault(f"The deviation of {x.size:,} draws is {realised:.3f} of what it should be.", "1.000",
                 f"{realised:.3f}", label)


def _near(draws, ratio, value):
    """Whether the deviation of so many draws is `value`, within its error: sqrt((kurtosis - 1) / 4n) of it."""
    return abs(ratio / value - 1) < SIGMAS * math.sqrt((KURTOSIS - 1) / (4 * draws))


def _mean(x):
    if abs(x.mean()) < SIGMAS / math.sqrt(x.size):
        return None
    return Fault("The mean of the draws is not 0.", "0", f"{x.mean():.3f} times std")


def _shares(x):
    """How many draws lie within 0.5, 1, 1.5 and 2 deviations of the normal before it was cut."""
    for c in (0.5, 1.0, 1.5):
        expected = math.erf(c / math.sqrt(2)) / math.erf(math.sqrt(2))
        share = (np.abs(x) < c / TRUNCATED_STD).mean()
        if abs(share - expected) > SIGMAS * math.sqrt(expected * (1 - expected) / x.size):
            return Fault(f"Mean and deviation are right, but the draws are not normal: look at the share of them "
                         f"within {c / TRUNCATED_STD:.3f} times std.", f"{expected:.3f}", f"{share:.3f}",
                         "not-normal")
    return None


# --- mistakes and other right ways


def _cut(rng, shape, cut=2.0):
    draws = rng.standard_normal(shape)
    while (outside := np.abs(draws) > cut).any():
        draws[outside] = rng.standard_normal(int(outside.sum()))
    return draws


def uncorrected(rng, shape, std):
    return _cut(rng, shape) * std


def multiplies_by_the_constant(rng, shape, std):
    return _cut(rng, shape) * std * TRUNCATED_STD


def clips(rng, shape, std):
    return np.clip(rng.normal(0, std, shape), -2 * std, 2 * std)


def clips_and_corrects(rng, shape, std):
    return np.clip(rng.standard_normal(shape), -2, 2) * std / TRUNCATED_STD


def clips_and_forces(rng, shape, std):
    draws = np.clip(rng.standard_normal(shape), -2, 2)
    return draws * std / draws.std()


def plain_normal(rng, shape, std):
    return rng.normal(0, std, shape)


def plain_normal_corrected(rng, shape, std):
    return rng.normal(0, std / TRUNCATED_STD, shape)


def cut_at_three(rng, shape, std):
    return _cut(rng, shape, 3.0) * std / _cut_normal_std(3.0)


def redraws_once(rng, shape, std):
    draws = rng.standard_normal(shape)
    outside = np.abs(draws) > 2
    draws[outside] = rng.standard_normal(int(outside.sum()))
    return draws * std / TRUNCATED_STD


def redraws_once_uncorrected(rng, shape, std):
    return redraws_once(rng, shape, std) * TRUNCATED_STD


def drops(rng, shape, std):
    draws = rng.standard_normal(shape)
    return draws[np.abs(draws) <= 2] * std / TRUNCATED_STD


def drops_uncorrected(rng, shape, std):
    return drops(rng, shape, std) * TRUNCATED_STD


def takes_std_for_a_variance(rng, shape, std):
    return _cut(rng, shape) * math.sqrt(std) / TRUNCATED_STD


def takes_std_for_a_variance_uncorrected(rng, shape, std):
    return _cut(rng, shape) * math.sqrt(std)


def passes_the_variance(rng, shape, std):
    return _cut(rng, shape) * std**2 / TRUNCATED_STD


def passes_the_variance_uncorrected(rng, shape, std):
    return _cut(rng, shape) * std**2


def cuts_after_scaling(rng, shape, std):
    return _cut(rng, shape, CUT_AFTER_SCALING) * std / TRUNCATED_STD


def cuts_at_one(rng, shape, std):
    return _cut(rng, shape, 1.0) * std / TRUNCATED_STD


def cuts_at_one_uncorrected(rng, shape, std):
    return _cut(rng, shape, 1.0) * std


def cuts_one_side(rng, shape, std):
    draws = rng.standard_normal(shape)
    while (outside := draws > 2).any():
        draws[outside] = rng.standard_normal(int(outside.sum()))
    return draws * std / TRUNCATED_STD


def cuts_one_side_uncorrected(rng, shape, std):
    return cuts_one_side(rng, shape, std) * TRUNCATED_STD


def forces_the_sample(rng, shape, std):
    draws = _cut(rng, shape)
    return draws * (std / draws.std())


def standardises_the_sample(rng, shape, std):
    draws = _cut(rng, shape)
    return (draws - draws.mean()) * (std / draws.std())


def uniform(rng, shape, std):
    return rng.uniform(-math.sqrt(3) * std, math.sqrt(3) * std, shape)


def absolute_values(rng, shape, std):
    return np.abs(_cut(rng, shape)) * std / TRUNCATED_STD


def absolute_values_uncorrected(rng, shape, std):
    return np.abs(_cut(rng, shape)) * std


def own_generator(rng, shape, std):
    return truncated_normal_init(np.random.default_rng(), shape, std)


def fixed_seed(rng, shape, std):
    return truncated_normal_init(np.random.default_rng(0), shape, std)


def right_from_a_longer_list(rng, shape, std):
    size, kept = math.prod(shape), np.empty(0)
    while kept.size < size:
        draws = rng.normal(0.0, std / TRUNCATED_STD, 2 * size)
        kept = np.concatenate([kept, draws[np.abs(draws) <= 2 * std / TRUNCATED_STD]])
    return kept[:size].reshape(shape)


def right_from_the_distribution(rng, shape, std):
    """The inverse of the distribution function, from a fine table."""
    places = np.linspace(-2, 2, 20_001)
    share = np.array([math.erf(place / math.sqrt(2)) for place in places])
    draws = np.interp(rng.uniform(share[0], share[-1], shape), share, places)
    return std * draws / 0.8796


TRUNCATED_NORMAL_INIT = Exercise(
    name="truncated_normal_init", number=31, chapter="04_initialization", core=False, level=2, minutes=15, points=3,
    title="A truncated normal with the right deviation",
    prompt=r"""
Normal draws have no largest value, and one huge weight can spoil a unit. Keras therefore draws from a **truncated**
normal: whatever lies further than two standard deviations from 0 is drawn again, and again, until nothing does.

Cutting the tails makes the draws narrower: what is left of a standard normal has the standard deviation

$$\sqrt{1 - \frac{4\,\phi(2)}{\mathrm{erf}(\sqrt 2)}} = 0.87962566103423978,$$

where $\phi$ is the density of the normal. Correct for it, so that the **weights you return** have the deviation
`std`.

All randomness comes from `rng`. The result is judged by its distribution, over tens of thousands of draws.
""",
    arguments={"rng": "np.random.Generator", "shape": "tuple of ints", "std": "float, the deviation of the weights"},
    returns="a float array of the given shape",
    inputs=("rng", "shape", "std"),
    hints=("Work with standard normal draws, and scale at the very end.",
           "`np.abs(draws) > 2` marks the entries to draw again. Some of the new ones will lie outside too: "
           "use a loop.",
           "Narrower draws need a larger factor: divide by the constant."),
    solution=truncated_normal_init, reference=reference, cases=cases, driver=three_draws, judge=Properties(properties),
    variants=(right_from_a_longer_list, right_from_the_distribution),
    misconceptions=(
        Misconception("uncorrected-truncation", "The weights come out 12 % too narrow: `std` is the deviation of the "
                      "normal before its tails are cut. Widen it so that it is right afterwards.", (uncorrected,)),
        Misconception("multiplies-by-the-constant", "The correction goes the wrong way and makes the narrow draws "
                      "narrower still. Divide by the constant.", (multiplies_by_the_constant,)),
        Misconception("clips-instead-of-resampling", "What lies outside is moved to the edge, so that nearly 5 % of "
                      "the weights sit exactly there. Draw those entries again.",
                      (clips, clips_and_corrects, clips_and_forces)),
        Misconception("not-truncated", "The tails are still there, or are cut too far out. Nothing may lie further "
                      "than two deviations of the normal that is drawn from.",
                      (plain_normal, plain_normal_corrected, cut_at_three)),
        Misconception("redraws-once", "What lay outside is drawn again only once, and some of the new draws lie "
                      "outside too. Repeat until none does.", (redraws_once, redraws_once_uncorrected)),
        Misconception("drops-instead-of-redrawing", "What lies outside is thrown away, so entries are missing and the "
                      "shape is lost. Replace them by new draws.", (drops, drops_uncorrected)),
        Misconception("variance-for-std", "A variance is used where a standard deviation belongs, or the other way "
                      "round. `std` scales the draws as it is.",
                      (takes_std_for_a_variance, takes_std_for_a_variance_uncorrected, passes_the_variance,
                       passes_the_variance_uncorrected)),
        Misconception("cuts-after-scaling", "The cut is made at two deviations of the finished weights. It belongs at "
                      "two deviations of the wider normal they are drawn from; the constant is for that cut.",
                      (cuts_after_scaling,)),
        Misconception("cuts-at-one", "The draws are cut at one deviation. Cut them at two; the constant is for that.",
                      (cuts_at_one, cuts_at_one_uncorrected)),
        Misconception("cuts-one-side", "Only one tail is cut. Draws far below 0 are to be replaced as well as those "
                      "far above it.", (cuts_one_side, cuts_one_side_uncorrected)),
        Misconception("forces-the-sample", "The draws are divided by their own deviation. It differs from sample to "
                      "sample, and a small array would be distorted: divide by the constant.",
                      (forces_the_sample, standardises_the_sample)),
        Misconception("not-normal", "The deviation is right, but these are not draws from a truncated normal.",
                      (uniform,)),
        Misconception("one-sign-only", "All weights have the same sign. Take absolute values for the comparison only.",
                      (absolute_values, absolute_values_uncorrected)),
        Misconception("ignores-rng", "The randomness does not come from `rng`, so the run cannot be repeated. "
                      "Use the generator that was passed in.", (own_generator,)),
        Misconception("same-draws-every-time", "Every call gives the same draws, so all layers would start alike. "
                      "Use the generator that was passed in and do not seed a new one.", (fixed_seed,)),
    ),
)
