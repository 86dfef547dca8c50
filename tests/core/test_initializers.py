import json
import math

import mpmath
import numpy as np
import pytest

from course_lib import initializers

SHAPE = (400, 250)
N = math.prod(SHAPE)
# name: (standard deviation for SHAPE, largest absolute value in units of that deviation)
TRUNCATED, UNIFORM = 2 / initializers.TRUNCATED_STD, math.sqrt(3)
LAWS = {
    "glorot_normal": (math.sqrt(2 / 650), TRUNCATED), "glorot_uniform": (math.sqrt(2 / 650), UNIFORM),
    "he_normal": (math.sqrt(2 / 400), TRUNCATED), "he_uniform": (math.sqrt(2 / 400), UNIFORM),
    "lecun_normal": (math.sqrt(1 / 400), TRUNCATED), "lecun_uniform": (math.sqrt(1 / 400), UNIFORM),
    "variance_scaling": (math.sqrt(1 / 400), TRUNCATED),
    "random_normal": (0.05, math.inf), "random_uniform": (0.05 / math.sqrt(3), UNIFORM),
    "truncated_normal": (0.05 * initializers.TRUNCATED_STD, TRUNCATED),     # Keras's stddev is that before the cut
    "sigmoid_glorot_normal": (4 * math.sqrt(2 / 650), TRUNCATED),
    "sigmoid_glorot_uniform": (4 * math.sqrt(2 / 650), UNIFORM),
}
KURTOSIS = {TRUNCATED: 2.365537, UNIFORM: 1.8, math.inf: 3.0}       # E[w^4] / Var[w]^2
DETERMINISTIC = {"zeros": 0, "ones": 1, "constant": 0, "identity": np.eye(2, 3)}
STRUCTURED = {"orthogonal"}
SHORT = {"normal": "random_normal", "uniform": "random_uniform", "zero": "zeros", "one": "ones"}


def test_every_initializer_is_tested():
    assert set(LAWS) | set(DETERMINISTIC) | STRUCTURED | set(SHORT) == set(initializers.INITIALIZERS)


@pytest.mark.parametrize(("short", "name"), SHORT.items())
def test_short_names(short, name):
    assert type(initializers.get(short)) is type(initializers.get(name))
    assert initializers.serialize(initializers.get(short))["name"] == name


@pytest.mark.parametrize("name", LAWS)
def test_moments_within_five_sigma(name, rng):
    """Mean and variance of N draws lie within five of their own standard errors; a factor 1.02 would not."""
    w = initializers.get(name)(SHAPE, rng=rng, dtype="float64")
    deviation, limit = LAWS[name]
    assert abs(w.mean()) < 5 * deviation / math.sqrt(N)
    standard_error = deviation ** 2 * math.sqrt((KURTOSIS[limit] - 1) / N)
    assert abs(w.var() - deviation ** 2) < 5 * standard_error
    assert standard_error * 5 < 0.025 * deviation ** 2


@pytest.mark.parametrize("name", [n for n in LAWS if n != "random_normal"])
def test_limits(name, rng):
    w = np.abs(initializers.get(name)(SHAPE, rng=rng, dtype="float64"))
    deviation, limit = LAWS[name]
    assert 0.99 * limit * deviation < w.max() <= limit * deviation * (1 + 1e-12)


@pytest.mark.parametrize("name", LAWS)
def test_shape_of_the_law(name, rng):
    """The fourth moment tells uniform, truncated and whole normal apart."""
    w = initializers.get(name)((1000, 1000), rng=rng, dtype="float64")
    kurtosis = (w ** 4).mean() / (w ** 2).mean() ** 2
    assert kurtosis == pytest.approx(KURTOSIS[LAWS[name][1]], abs=0.03)


def test_truncated_std_is_the_exact_constant():
    with mpmath.workdps(30):
        density = mpmath.exp(-2) / mpmath.sqrt(2 * mpmath.pi)
        exact = mpmath.sqrt(1 - 4 * density / mpmath.erf(mpmath.sqrt(2)))
        fourth = mpmath.quad(lambda x: x ** 4 * mpmath.npdf(x), [-2, 2]) / mpmath.erf(mpmath.sqrt(2))
    assert float(exact) == initializers.TRUNCATED_STD
    assert float(fourth / exact ** 4) == pytest.approx(KURTOSIS[TRUNCATED], abs=1e-5)


@pytest.mark.parametrize(("shape", "expected"), [((784, 300), (784, 300)), ((3, 3, 16, 32), (144, 288)),
                                                 ((5, 8, 2), (40, 10)), ((7,), (7, 7)), ((), (1, 1))])
def test_fans(shape, expected):
    assert initializers.fans(shape) == expected


@pytest.mark.parametrize("distribution", initializers.VarianceScaling.DISTRIBUTIONS)
@pytest.mark.parametrize(("mode", "n"), [("fan_in", 400), ("fan_out", 250), ("fan_avg", 325)])
def test_variance_scaling(mode, n, distribution, rng):
    w = initializers.VarianceScaling(1.7, mode, distribution)(SHAPE, rng=rng, dtype="float64")
    assert w.var() == pytest.approx(1.7 / n, rel=0.025)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*LAWS, *DETERMINISTIC, *STRUCTURED])
def test_deterministic_in_the_generator(name, dtype):
    initializer = initializers.get(name)
    a, b = (initializer((5, 4), rng=np.random.default_rng(7), dtype=dtype) for _ in range(2))
    assert a.shape == (5, 4)
    assert a.dtype == dtype
    assert a is not b
    np.testing.assert_array_equal(a, b)
    if name not in DETERMINISTIC:
        assert not np.array_equal(a, initializer((5, 4), rng=np.random.default_rng(8), dtype=dtype))
        rng = np.random.default_rng(7)
        assert not np.array_equal(initializer((5, 4), rng=rng), initializer((5, 4), rng=rng))


@pytest.mark.parametrize("name", [*LAWS, *STRUCTURED])
def test_float32_is_the_rounded_float64(name):
    a, b = (initializers.get(name)((5, 4), rng=np.random.default_rng(7), dtype=d) for d in ("float32", "float64"))
    np.testing.assert_array_equal(a, b.astype("float32"))


@pytest.mark.parametrize(("name", "value"), DETERMINISTIC.items())
def test_deterministic_values(name, value):
    assert np.all(initializers.get(name)((2, 3)) == value)
    assert np.all(initializers.Constant(0.25)((2, 3)) == 0.25)


def test_four_times_glorot_for_the_sigmoid():
    """From the same draws, to the bit."""
    for law in ("normal", "uniform"):
        plain, scaled = (initializers.get(name)(SHAPE, rng=np.random.default_rng(3), dtype="float64")
                         for name in (f"glorot_{law}", f"sigmoid_glorot_{law}"))
        np.testing.assert_allclose(scaled, 4 * plain, rtol=1e-15)


def test_published_deviations(rng):
    """He's on a 3 x 3 x 16 x 32 convolution: fan-in 144; S0's example, twice Glorot's variance."""
    w = initializers.get("he_normal")((3, 3, 16, 32), rng=rng, dtype="float64")
    assert w.std() == pytest.approx(0.1179, rel=5 * math.sqrt((KURTOSIS[TRUNCATED] - 1) / 4 / w.size))
    average = initializers.VarianceScaling(2.0, "fan_avg", "uniform")(SHAPE, rng=rng, dtype="float64")
    assert np.abs(average).max() == pytest.approx(math.sqrt(2) * math.sqrt(6 / 650), rel=1e-3)


class TestOrthogonal:
    @pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (3, 3, 2, 4), (1, 6), (6, 1), (2, 1, 9)])
    @pytest.mark.parametrize("gain", [1.0, 1.5, -2.0])
    def test_orthonormal_columns_or_rows(self, shape, gain, rng):
        w = initializers.Orthogonal(gain)(shape, rng=rng, dtype="float64")
        assert w.shape == shape
        q = w.reshape(-1, shape[-1])
        gram = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        np.testing.assert_allclose(gram, gain ** 2 * np.eye(min(q.shape)), atol=1e-13)

    def test_signs_are_uniform(self, rng):
        """Without the correction by diag(R) the first entry would nearly always be negative."""
        first = [initializers.Orthogonal()((2, 2), rng=rng, dtype="float64")[0, 0] for _ in range(2000)]
        assert abs(np.mean(np.array(first) > 0) - 0.5) < 5 * 0.5 / math.sqrt(2000)

    def test_uniform_over_rotations(self, rng):
        """Of a uniform orthogonal n x n matrix E q^2 = 1/n and E q^4 = 3 / (n (n + 2)), for every entry."""
        n, draws = 4, 4000
        q = np.array([initializers.Orthogonal()((n, n), rng=rng, dtype="float64") for _ in range(draws)])
        fourth, eighth = 3 / (n * (n + 2)), 105 / (n * (n + 2) * (n + 4) * (n + 6))
        assert np.abs((q ** 2).mean(axis=0) - 1 / n).max() < 5 * math.sqrt((fourth - 1 / n ** 2) / draws)
        assert np.abs((q ** 4).mean(axis=0) - fourth).max() < 5 * math.sqrt((eighth - fourth ** 2) / draws)


def test_identity():
    assert initializers.Identity(2.5)((2, 2)).tolist() == [[2.5, 0], [0, 2.5]]


def test_parameters_reach_the_draws(rng):
    assert initializers.RandomNormal(3.0, 0.5)((10_000,), rng=rng).mean() == pytest.approx(3, abs=0.03)
    w = initializers.TruncatedNormal(3.0, 0.5)((100_000,), rng=rng)
    assert w.mean() == pytest.approx(3, abs=0.01)
    assert 1.999 < w.min() < 2.01 and 3.99 < w.max() < 4.001
    w = initializers.RandomUniform(2.0, 2.5)((10_000,), rng=rng)
    assert 2 <= w.min() < 2.01
    assert 2.49 < w.max() <= 2.5


@pytest.mark.parametrize(
    "initializer",
    [initializers.get(n) for n in initializers.INITIALIZERS]
    + [
        initializers.Constant(0.5),
        initializers.RandomNormal(1.0, 2.0),
        initializers.RandomUniform(-1.0, 2.0),
        initializers.TruncatedNormal(1.0, 2.0),
        initializers.Orthogonal(2.0),
        initializers.Identity(2.0),
        initializers.VarianceScaling(3.0, "fan_avg", "uniform"),
    ],
    ids=repr,
)
def test_serialize(initializer):
    saved = json.loads(json.dumps(initializers.serialize(initializer)))
    again = initializers.deserialize(saved)
    assert type(again) is type(initializers.get(saved)) is type(initializer)
    assert again.get_config() == initializer.get_config()
    np.testing.assert_array_equal(*(i((3, 4), rng=np.random.default_rng(0)) for i in (initializer, again)))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: initializers.get("he_normal")((2, 2)), ValueError, "HeNormal: rng must be given"),
        (
            lambda: initializers.get("he_normal")((2, 2), rng=0),
            TypeError,
            "HeNormal: rng must be a numpy.random.Generator such as np.random.default_rng(0), got 0 (int)",
        ),
        (lambda: initializers.get("zeros")((2, 2), rng=np.random.RandomState(0)), TypeError, "numpy.random.Generator"),
        (
            lambda: initializers.get("zeros")(5),
            TypeError,
            "Zeros: shape must be a tuple such as (784, 100), got 5 (int)",
        ),
        (
            lambda: initializers.get("zeros")((2, 0)),
            ValueError,
            "Zeros: each entry of shape must be an integer of at least 1, got 0 (int)",
        ),
        (lambda: initializers.get("zeros")((2.0, 3)), ValueError, "got 2.0 (float)"),
        (
            lambda: initializers.get("zeros")((2, 2), dtype="float16"),
            ValueError,
            "Zeros: dtype must be float32 or float64, got 'float16' (str)",
        ),
        (lambda: initializers.get("zeros")((2, 2), dtype=None), ValueError, "got None (NoneType)"),
        (lambda: initializers.get("zeros")((2, 2), dtype="float23"), ValueError, "got 'float23' (str)"),
        (
            lambda: initializers.get("he_norml"),
            ValueError,
            "unknown initializer 'he_norml' (str); expected one of: zeros",
        ),
        (lambda: initializers.get("he_norml"), ValueError, "Did you mean 'he_normal'?"),
        (lambda: initializers.get({}), ValueError, "initializer: expected a dict with name and config, got {} (dict)"),
        (lambda: initializers.deserialize({}), ValueError, "initializer: expected a dict with name and config"),
        (
            lambda: initializers.Constant("a"),
            ValueError,
            "Constant: value must be a number in (-inf, inf), got 'a' (str)",
        ),
        (
            lambda: initializers.Constant(float("nan")),
            ValueError,
            "Constant: value must be a number in (-inf, inf), got nan",
        ),
        (
            lambda: initializers.Constant(10**400),
            ValueError,
            "Constant: value must be a number in (-inf, inf), got 1000",
        ),
        (
            lambda: initializers.RandomNormal(stddev=-1),
            ValueError,
            "RandomNormal: stddev must be a number in [0, inf), got -1 (int)",
        ),
        (
            lambda: initializers.RandomUniform(1.0, 0.0),
            ValueError,
            "RandomUniform: maxval must be a number in [1, inf)",
        ),
        (
            lambda: initializers.TruncatedNormal(stddev=-1),
            ValueError,
            "TruncatedNormal: stddev must be a number in [0, inf), got -1 (int)",
        ),
        (lambda: initializers.TruncatedNormal()((2, 2)), ValueError, "TruncatedNormal: rng must be given"),
        (lambda: initializers.TruncatedNormal("a"), ValueError, "TruncatedNormal: mean must be a number"),
        (lambda: initializers.Orthogonal("a"), ValueError, "Orthogonal: gain must be a number in (-inf, inf), got 'a'"),
        (
            lambda: initializers.Orthogonal()((3,), rng=np.random.default_rng(0)),
            ValueError,
            "Orthogonal: shape must have at least two axes, got (3,)",
        ),
        (lambda: initializers.Orthogonal()((3, 3)), ValueError, "Orthogonal: rng must be given"),
        (lambda: initializers.Identity()((3,)), ValueError, "Identity: shape must have two axes, got (3,)"),
        (lambda: initializers.Identity()((3, 3, 3)), ValueError, "Identity: shape must have two axes, got (3, 3, 3)"),
        (lambda: initializers.Identity(None), ValueError, "Identity: gain must be a number in (-inf, inf), got None"),
        (
            lambda: initializers.VarianceScaling(0),
            ValueError,
            "VarianceScaling: scale must be a number in (0, inf), got 0 (int)",
        ),
        (lambda: initializers.VarianceScaling(True), ValueError, "got True (bool)"),
        (
            lambda: initializers.VarianceScaling(1, "fan_inn"),
            ValueError,
            "unknown mode of VarianceScaling 'fan_inn' (str); expected one of: fan_in, fan_out, fan_avg. Did you",
        ),
        (
            lambda: initializers.VarianceScaling(1, distribution="normal"),
            ValueError,
            "unknown distribution of VarianceScaling 'normal' (str); expected one of: truncated_normal, unt",
        ),
        (
            lambda: initializers.serialize(initializers.Initializer()),
            ValueError,
            "cannot be saved: only these can: zeros",
        ),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


class TestDrawsOfTheSameGenerator:
    """The formulas applied to the generator's own draws."""

    SHAPE = (7, 5)

    @pytest.mark.parametrize("n_in", [1, 2, 9])
    def test_untruncated_normal(self, n_in):
        """From a fan-in of 1 on: W = sqrt(scale / n) Z, and Z is not cut off."""
        w = initializers.VarianceScaling(3.0, "fan_in", "untruncated_normal")(
            (n_in, 400), np.random.default_rng(3), "float64")
        z = np.random.default_rng(3).standard_normal((n_in, 400))
        np.testing.assert_allclose(w, (3.0 / n_in) ** 0.5 * z, rtol=1e-12)
        assert np.abs(z).max() > 2

    def test_truncated_normal_around_a_mean(self):
        """mean + stddev Z, not mean - stddev Z, which has the same distribution."""
        w = initializers.TruncatedNormal(3.0, 0.5)(self.SHAPE, np.random.default_rng(4), "float64")
        z = initializers.TruncatedNormal(0.0, 1.0)(self.SHAPE, np.random.default_rng(4), "float64")
        np.testing.assert_allclose(w, 3.0 + 0.5 * z, rtol=1e-12)

    def test_two_deviations_are_not_beyond_two_deviations(self):
        """Draws of exactly -2 and 2 stay; what lies beyond is drawn again."""
        class Draws:
            def __init__(self):
                self.left = [np.array([2.0, -2.0, 2.5, -3.0]), np.array([-2.0, 1.0])]

            def standard_normal(self, shape):
                return self.left.pop(0).reshape(shape)

        drawn = initializers.truncated_normal(Draws(), (4,), initializers.TRUNCATED_STD)
        np.testing.assert_array_equal(drawn, [2.0, -2.0, -2.0, 1.0])
