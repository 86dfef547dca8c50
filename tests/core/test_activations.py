import mpmath
import numpy as np
import pytest
import reference

from course_lib import activations
from course_lib.activations import base, normal

DTYPES = ("float32", "float64")
ELEMENTWISE = [name for name, a in activations.ACTIVATIONS.items() if a.name != "softmax"]
POINTS = [-1000, -745.2, -104, -89, -40, -20, -8.5, -3.1, -1, -0.5, -1e-3, -1e-9, -0.0, 0.0,
          1e-9, 1e-3, 0.3, 0.5, 1, 2, 5, 8.5, 17, 20, 37, 40, 89, 104, 711, 1000]


def close(actual, expected, dtype, ulps=4, absolute=0.0):
    """Equal within a few units in the last place; below the smallest normal number, within that number.

    absolute: in units of the precision, where terms of size 1 cancel.
    """
    info = np.finfo(dtype)
    np.testing.assert_allclose(np.asarray(actual, np.float64), expected, rtol=ulps * info.eps,
                               atol=float(info.tiny) + absolute * float(info.eps))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
class TestElementwise:
    def test_value(self, name, dtype):
        z = np.array(POINTS, dtype)
        a = activations.get(name)(z)
        assert a.dtype == dtype
        close(a, [reference.value(name, v) for v in z], dtype)

    def test_derivative(self, name, dtype):
        z = np.array([v for v in POINTS if v or not activations.get(name).kinks], dtype)
        derivative = activations.get(name).derivative(z)
        assert derivative.dtype == dtype
        close(derivative, [reference.slope(name, v) for v in z], dtype, ulps=8,
              absolute=2 if name in ("silu", "swish", "gelu") else 0)       # phi' changes its sign near -1

    def test_out_is_filled_and_returned(self, name, dtype):
        z = np.array(POINTS, dtype)
        out = np.full_like(z, np.nan)
        held = z.copy()
        a = activations.get(name)(z, out=out)
        assert a is out
        np.testing.assert_array_equal(out, activations.get(name)(z))
        np.testing.assert_array_equal(z, held)
        assert activations.get(name)(z, out=z) is z         # in place
        np.testing.assert_array_equal(z, out)

    def test_value_is_a_new_array(self, name, dtype):
        z = np.array(POINTS, dtype)
        assert not np.shares_memory(activations.get(name)(z), z)

    def test_vjp_is_the_jacobian_product(self, name, dtype, rng):
        z, dy = (rng.normal(size=(3, 4)).astype(dtype) for _ in range(2))
        vjp = activations.get(name).vjp(z, dy)
        jacobian = np.diag([reference.slope(name, v) for v in z.ravel()])
        assert vjp.dtype == dtype
        close(vjp.ravel(), dy.ravel().astype(float) @ jacobian, dtype, ulps=16)

    def test_backward_agrees_with_vjp(self, name, dtype, rng):
        """The layers' way, from the kept a = phi(z). Where phi saturates, phi' from a is absolutely exact only."""
        z = np.concatenate([np.array(POINTS), rng.normal(size=50)]).astype(dtype)
        da = rng.normal(size=z.shape).astype(dtype)
        activation, out = activations.get(name), np.full_like(z, np.nan)
        assert activation.backward(z, activation(z), da, out=out) is out
        np.testing.assert_allclose(out, activation.vjp(z, da), rtol=0, atol=8 * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("name, options, expected", [
    ("relu", {"negative_slope": 0.1}, [-0.2, 1, 9]), ("relu", {"max_value": 6, "threshold": 2}, [0, 0, 6]),
    ("leaky_relu", {"negative_slope": 0.5}, [-1, 1, 9]), ("elu", {"alpha": 0.5}, [0.5 * np.expm1(-2), 1, 9]),
    ("softmax", {"axis": 0}, np.exp([-11, -8, 0]) / np.exp([-11, -8, 0]).sum())])
def test_a_call_takes_the_options_that_keras_takes(name, options, expected):
    z, out = np.array([-2.0, 1, 9]), np.empty(3)
    before = repr(activations.get(name))
    np.testing.assert_allclose(activations.get(name)(z, **options), expected, rtol=1e-15)
    assert activations.get(name)(z, out=out, **options) is out
    np.testing.assert_allclose(out, expected, rtol=1e-15)
    assert repr(activations.get(name)) == before


def test_a_call_refuses_what_it_cannot_use():
    z = np.zeros(3)
    with pytest.raises(TypeError, match="^relu has no option 'slope'; its options are: negative_slope, max_v"):
        activations.relu(z, slope=0.1)
    with pytest.raises(TypeError, match="^selu has no option 'alpha'; its options are: none"):
        activations.selu(z, alpha=1.0)
    with pytest.raises(TypeError):
        activations.relu(z, 0.1)                # not taken for `out`
    for out, received in (np.zeros(2), r"shape \(2,\)"), (np.zeros(3, "float32"), "float32"), ([0, 0, 0], "list"):
        with pytest.raises(ValueError, match=rf"^tanh: out must have the shape and dtype of z, .*, got .*{received}"):
            activations.tanh(z, out=out)


def complex_erfc(z):
    with mpmath.workdps(250):           # so that an imaginary part of 1e-200 is seen beside the real one
        return np.array([complex(mpmath.erfc(mpmath.mpc(v))) for v in z])


COMPLEX = {
    "linear": lambda z: z,
    "step": lambda z: np.where(z.real >= 0, 1, 0) + 0j, "sign": lambda z: np.sign(z.real) + 0j,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh,
    "softsign": lambda z: z / (1 + np.where(z.real > 0, z, -z)),
    "hard_sigmoid": lambda z: np.where(np.abs(z.real) < 3, z / 6 + 0.5, z.real > 0),
    "relu": lambda z: np.where(z.real > 0, z, 0), "leaky_relu": lambda z: np.where(z.real > 0, z, 0.2 * z),
    "relu6": lambda z: np.where(z.real > 6, 6, np.where(z.real > 0, z, 0)),
    "elu": lambda z: np.where(z.real > 0, z, np.exp(z) - 1),
    "selu": lambda z: 1.0507009873554805 * np.where(z.real > 0, z, 1.6732632423543772 * (np.exp(z) - 1)),
    "softplus": lambda z: np.log(1 + np.exp(z)), "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z * complex_erfc(-z / np.sqrt(2)) / 2,
}
COMPLEX |= {"identity": COMPLEX["linear"], "heaviside": COMPLEX["step"], "swish": COMPLEX["silu"]}


def complex_step(formula, z):
    """Im phi(z + ih) / h has no cancellation."""
    return formula(z + 1e-200j).imag / 1e-200


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_complex_step(name):
    """A second witness for the derivatives, by other formulas."""
    z = np.linspace(-7.9, 7.9, 40)
    step = complex_step(COMPLEX[name], z)
    np.testing.assert_allclose(activations.get(name).derivative(z), step, rtol=1e-13, atol=1e-15)


VARIANTS = [
    (activations.LeakyReLU(0.0), lambda z: np.where(z.real > 0, z, 0)),
    (activations.LeakyReLU(0.01), lambda z: np.where(z.real > 0, z, 0.01 * z)),
    (activations.LeakyReLU(2.0), lambda z: np.where(z.real > 0, z, 2 * z)),        # max(2 z, z) would be wrong
    (activations.ELU(0.5), lambda z: np.where(z.real > 0, z, 0.5 * (np.exp(z) - 1))),
    (activations.ELU(2.0), lambda z: np.where(z.real > 0, z, 2 * (np.exp(z) - 1))),
    (activations.SiLU(2.5), lambda z: z / (1 + np.exp(-2.5 * z))),
    (activations.GELU(approximate=True),
     lambda z: z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z ** 3)))),
    (activations.BoundedReLU(max_value=None), lambda z: np.where(z.real > 0, z, 0)),
    (activations.BoundedReLU(0.25, None, 0.5), lambda z: np.where(z.real > 0.5, z, 0.25 * (z - 0.5))),
    (activations.BoundedReLU(0.25, 2.0), lambda z: np.where(z.real > 2, 2, np.where(z.real > 0, z, 0.25 * z))),
    (activations.BoundedReLU(0.0, 3.0, 1.0), lambda z: np.where(z.real > 3, 3, np.where(z.real > 1, z, 0))),
]


@pytest.mark.parametrize(("activation", "formula"), VARIANTS, ids=[repr(a) for a, _ in VARIANTS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_arguments(activation, formula, dtype, rng):
    """Value and derivative of activations with arguments; from the kept output; saved and read again."""
    z = np.linspace(-4.95, 4.95, 100).astype(dtype)             # no kink among them
    eps, wide = float(np.finfo(dtype).eps), z.astype(np.float64)
    a, derivative = activation(z), complex_step(formula, wide)
    assert a.dtype == dtype
    np.testing.assert_allclose(a, formula(wide + 0j).real, rtol=8 * eps, atol=4 * eps)
    assert activation.derivative(z).dtype == dtype
    np.testing.assert_allclose(activation.derivative(z), derivative, rtol=8 * eps, atol=8 * eps)
    da, out = rng.normal(size=100).astype(dtype), np.full_like(z, np.nan)
    assert activation.backward(z, a, da, out=out) is out
    np.testing.assert_allclose(out, da * derivative, rtol=8 * eps, atol=32 * eps)
    out = np.full_like(z, np.nan)
    assert activation(z, out=out) is out
    np.testing.assert_array_equal(out, a)
    saved = activations.serialize(activation)
    again = activations.get(saved)
    assert type(again) is type(activation) and again.get_config() == activation.get_config() == saved["config"]
    np.testing.assert_array_equal(activation(z, out=z), a)      # in place


def test_published_values():
    """Minimum of SiLU, asymptotes of ELU and SELU, the sigmoid at 4, tails that naive formulas lose."""
    assert activations.get("silu")(-1.2784645427610738) == pytest.approx(-0.2784645427610738, rel=1e-15)
    assert abs(activations.get("silu").derivative(-1.2784645427610738)) < 2e-16
    assert activations.ELU(0.7)(-1000) == pytest.approx(-0.7, abs=1e-15)
    assert activations.get("selu")(-1000) == pytest.approx(-1.7580993408473766, abs=1e-15)
    assert activations.get("leaky_relu")([-1.0, 1.0]).tolist() == [-0.2, 1.0]
    assert activations.get("sigmoid")([4.0, -4.0]) == pytest.approx([0.982, 0.018], abs=5e-4)
    assert activations.get("sigmoid").derivative(4.0) == pytest.approx(0.0177, abs=5e-5)
    assert activations.get("tanh").derivative(20.0) == pytest.approx(1.7e-17, rel=1e-2)
    assert activations.get("softplus")(800.0) == 800
    assert activations.get("gelu")([1.0, -1.0]) == pytest.approx([0.8413447, -0.1586553], abs=5e-8)


def moment(function):
    """E f(x) for x ~ N(0, 1), by quadrature on each side of the kink at 0."""
    return float(mpmath.quad(lambda x: function(x) * mpmath.npdf(x), [-12, 0, 12]))


@pytest.mark.parametrize(("name", "mean", "square"), [
    ("relu", 0.399, 0.5), ("elu", 0.160, 0.64494), ("selu", 0, 1), ("silu", 0.207, 0.35578), ("tanh", 0, 0.3943),
    ("sigmoid", 0.5, None), ("leaky_relu", 0.319, (1 + 0.2 ** 2) / 2)])
def test_published_moments(name, mean, square):
    """Mean and second moment of phi(x) for x ~ N(0, 1): what the gains of initialization come from."""
    phi = activations.get(name)
    with mpmath.workdps(15):
        assert moment(lambda x: float(phi(float(x)))) == pytest.approx(mean, abs=6e-4)
        if square:
            assert moment(lambda x: float(phi(float(x))) ** 2) == pytest.approx(square, abs=6e-5)


def test_selu_s_constants_are_the_fixed_point():
    """alpha and lambda from their definition, mean 0 and variance 1, with thirty digits."""
    with mpmath.workdps(30):
        tail = mpmath.exp(0.5) * mpmath.erfc(1 / mpmath.sqrt(2)) / 2        # E e^x [x < 0]
        double = mpmath.exp(2) * mpmath.erfc(mpmath.sqrt(2)) / 2            # E e^2x [x < 0]
        alpha = 1 / mpmath.sqrt(2 * mpmath.pi) / (mpmath.mpf(1) / 2 - tail)
        scale = 1 / mpmath.sqrt(mpmath.mpf(1) / 2 + alpha ** 2 * (double - 2 * tail + mpmath.mpf(1) / 2))
    selu = activations.get("selu")
    assert (selu.alpha, selu.scale) == (pytest.approx(float(alpha), rel=1e-15), pytest.approx(float(scale), rel=1e-15))


def test_derivative_at_the_kinks():
    """As the docstrings say."""
    def at(activation, *z):
        z = np.array(z, np.float64)
        derivative = activations.get(activation).derivative(z).tolist()
        da, a = np.ones_like(z), activations.get(activation)(z)
        assert activations.get(activation).backward(z, a, da, np.empty_like(z)).tolist() == derivative
        return derivative

    for name in ("relu", "step", "sign"):
        assert at(name, 0.0, -0.0) == [0, 0]
    assert at("leaky_relu", 0.0, -0.0) == [0.2, 0.2]
    assert at("relu6", 0.0, 6.0) == [0, 0]
    assert at("hard_sigmoid", -3.0, 3.0) == [0, 0]
    assert at("elu", 0.0, -0.0) == [1, 1]
    assert at(activations.ELU(0.5), 0.0, -0.0) == [1, 1]
    assert at("selu", 0.0, -0.0) == [activations.SELU.scale] * 2
    assert at(activations.BoundedReLU(0.25, 2.0, 1.0), 1.0, 2.0) == [0.25, 0]


@pytest.mark.parametrize("activation", [activations.get(n) for n in ELEMENTWISE] + [a for a, _ in VARIANTS], ids=repr)
def test_kinks_are_where_the_slope_jumps(activation):
    """Value and slope of the steps, slope of the others."""
    z = np.linspace(-8, 8, 4001) + 1e-4
    curve = activation(z) if activation.name in ("step", "sign") else activation.derivative(z)
    jumps = z[:-1][np.abs(np.diff(curve)) > 0.05]
    assert len(jumps) == len(activation.kinks)
    assert np.allclose(jumps, activation.kinks, atol=0.01), (jumps, activation.kinks)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", [*map(activations.get, ELEMENTWISE), activations.GELU(approximate=True)],
                         ids=repr)
def test_huge_inputs_raise_no_warning(activation, dtype):
    """Up to a hundredth of the largest number, with every floating-point warning but underflow an error."""
    big = float(np.finfo(dtype).max) / 100
    z = np.array([big, -big, 1e10, -1e10], dtype)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        a = activation(z)
        assert np.isfinite(a).all()
        assert np.isfinite(activation.derivative(z)).all()
        out = activation.backward(z, a, np.ones_like(z), np.empty_like(z))
    assert np.isfinite(out).all()


@pytest.mark.parametrize("name", [n for n in ELEMENTWISE if n not in ("silu", "swish", "gelu", "softsign")])
def test_infinite_inputs_give_the_limits(name):
    limits = {"sigmoid": (0, 1), "tanh": (-1, 1), "step": (0, 1), "heaviside": (0, 1), "sign": (-1, 1),
              "hard_sigmoid": (0, 1), "relu": (0, np.inf), "relu6": (0, 6), "elu": (-1, np.inf),
              "selu": (-1.7580993408473766, np.inf), "softplus": (0, np.inf)}
    expected = limits.get(name, (-np.inf, np.inf))
    np.testing.assert_allclose(activations.get(name)(np.array([-np.inf, np.inf])), expected, rtol=1e-15)


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_nan_stays_nan(name):
    assert np.isnan(activations.get(name)(np.array([np.nan, 1.0]))[0])


def test_the_approximation_of_gelu_is_as_good_as_stated():
    z = np.linspace(-6, 6, 20001)
    error = np.abs(activations.GELU(approximate=True)(z) - activations.get("gelu")(z)).max()
    assert 4e-4 < error < 5e-4


@pytest.mark.parametrize(("shape", "lengths"), [
    ((2 ** 14,), [None]), ((2 ** 14 + 1,), [2 ** 14, 1]), ((128, 128), [None]), ((130, 128), [128, 2]),
    ((3, 2 ** 14 + 1), [1, 1, 1]), ((), [None]), ((5, 100, 100), [1] * 5), ((4, 50, 100), [3, 1])])
def test_blocks(shape, lengths):
    """As many whole rows as make up no more than 16,384 entries, at least one."""
    z = np.zeros(shape)
    parts = list(base.blocks(z))
    assert [None if part is ... else len(z[part]) for part in parts] == lengths
    for part in parts:
        z[part] += 1
    assert np.all(z == 1)


@pytest.mark.parametrize("name", ["silu", "gelu", "hard_sigmoid", "softplus"])
def test_blocks_give_what_the_whole_gives(name, rng):
    z, da = rng.normal(size=(2, 300, 200))
    activation = activations.get(name)
    a = activation(z)
    dz = activation.backward(z, a, da, np.empty_like(z))
    for i in (0, 81, 82, 163, 164, 299):
        np.testing.assert_array_equal(a[i], activation(z[i]))
        np.testing.assert_array_equal(dz[i], activation.backward(z[i], a[i], da[i], np.empty(200)))


@pytest.mark.parametrize("dtype", DTYPES)
class TestNormal:
    Z = [-38.4, -37.5, -30, -20.3, -13, -9.01, -5, -2, -1, -0.1, -1e-8, 0, 1e-8, 0.1, 1, 2, 5, 9, 20, 41, 1e10]

    def test_distribution(self, dtype):
        z = np.array(self.Z + list(np.linspace(-13, 8, 200)), dtype)
        with mpmath.workdps(50):
            exact = [float(mpmath.ncdf(mpmath.mpf(float(v)))) for v in z]
        close(normal.distribution(z), exact, dtype, ulps=6)
        assert normal.distribution(z).dtype == dtype

    def test_density(self, dtype):
        z = np.array(self.Z, dtype)
        with mpmath.workdps(50):
            exact = [float(mpmath.npdf(mpmath.mpf(float(v)))) for v in z]
        close(normal.density(z), exact, dtype, ulps=4)


def test_the_coefficients_of_the_normal_tail():
    """Computed again: the Chebyshev expansion of e^(x^2) erfc(x) / t over t = 4 / (4 + x)."""
    n = 60
    with mpmath.workdps(60):
        angles = [mpmath.pi * (k + mpmath.mpf(1) / 2) / n for k in range(n)]
        values = []
        for angle in angles:
            t = (mpmath.cos(angle) + 1) / 2
            x = 4 / t - 4
            # For large x from the continued fraction's start, the asymptotic series.
            scaled = (mpmath.exp(x * x) * mpmath.erfc(x) if x < 100 else
                      mpmath.hyp2f0(1, 0.5, -1 / x ** 2) / (x * mpmath.sqrt(mpmath.pi)))
            values.append(scaled / t)
        for j, c in enumerate(normal.SCALED_ERFC):
            projection = mpmath.fsum(v * mpmath.cos(j * a) for v, a in zip(values, angles, strict=True)) / n
            assert c == pytest.approx(float((2 if j else 1) * projection), rel=1e-15, abs=1e-19)


@pytest.mark.parametrize("dtype", DTYPES)
class TestSoftmax:
    ROWS = [[1, 2, 3], [0, 0, 0], [1000, 0, -1000], [-1000, -1000, -1000], [1e-3, -1e-3, 0], [88, 89, 90]]

    def test_value(self, dtype):
        z = np.array(self.ROWS, dtype)
        p = activations.get("softmax")(z)
        assert p.dtype == dtype
        close(p, [[float(x) for x in reference.softmax(row)] for row in z], dtype, ulps=8)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=4 * float(np.finfo(dtype).eps))

    def test_is_along_the_last_axis_of_any_shape(self, dtype, rng):
        z = rng.normal(size=(2, 3, 4)).astype(dtype)
        p = activations.get("softmax")(z)
        for i in np.ndindex(2, 3):
            close(p[i], [float(x) for x in reference.softmax(z[i])], dtype, ulps=8)
        close(activations.get("softmax")(z[0, 0]), p[0, 0], dtype)

    def test_out_and_in_place(self, dtype):
        z = np.array(self.ROWS, dtype)
        expected = activations.get("softmax")(z)
        out = np.full_like(z, np.nan)
        assert activations.get("softmax")(z, out=out) is out
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(z, np.array(self.ROWS, dtype))
        np.testing.assert_array_equal(activations.get("softmax")(z, out=z), expected)

    def test_vjp_is_the_jacobian_product(self, dtype, rng):
        z = np.array(self.ROWS, dtype)
        dy = rng.normal(size=z.shape).astype(dtype)
        vjp = activations.get("softmax").vjp(z, dy)
        assert vjp.dtype == dtype
        for i, row in enumerate(z):
            p = reference.softmax(row)
            for k in range(3):
                exact = mpmath.fsum(float(dy[i, j]) * p[j] * ((j == k) - p[k]) for j in range(3))
                np.testing.assert_allclose(vjp[i, k], float(exact), rtol=0, atol=8 * float(np.finfo(dtype).eps))


def test_vjp_of_softmax_is_the_central_difference(rng):
    z, dy = rng.normal(size=(2, 4)), rng.normal(size=(2, 4))
    softmax = activations.get("softmax")
    numeric = reference.central_difference(lambda z: float((dy * softmax(z)).sum()), z)
    np.testing.assert_allclose(softmax.vjp(z, dy), numeric, rtol=0, atol=1e-9)


@pytest.mark.parametrize("axis", [0, 1, -2])
def test_softmax_along_another_axis(axis, rng):
    z, dy = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    softmax, last = activations.Softmax(axis), activations.get("softmax")
    np.testing.assert_allclose(softmax(z), np.moveaxis(last(np.moveaxis(z, axis, -1)), -1, axis), rtol=1e-14)
    np.testing.assert_allclose(softmax.vjp(z, dy), reference.central_difference(
        lambda z: float((dy * softmax(z)).sum()), z), atol=1e-9)
    assert activations.get(activations.serialize(softmax)).axis == axis
    assert softmax.name == f"softmax along axis {axis}"


def test_softmax_has_no_derivative():
    with pytest.raises(TypeError, match=r"softmax is not elementwise.*use vjp\(z, dy\)"):
        activations.get("softmax").derivative(np.zeros(3))


def test_get():
    assert activations.get(None).name == "linear"
    relu = activations.get("relu")
    assert activations.get(relu) is relu
    assert repr(relu) == "<activation relu>"
    assert repr(activations.ELU(0.5)) == "<activation elu(alpha=0.5)>"
    assert activations.relu is relu and activations.swish is activations.silu
    assert isinstance(activations.get(activations.ELU), activations.ELU)
    with pytest.raises(AttributeError, match="module 'course_lib.activations' has no attribute 'nonsense'"):
        _ = activations.nonsense
    for name, activation in activations.ACTIVATIONS.items():
        assert activations.get(activations.serialize(activation)) is activations.get(activation.name), name


@pytest.mark.parametrize(("name", "near"), [("ReLU", "relu"), ("sigmod", "sigmoid"), ("soft_max", "softmax")])
def test_unknown_name(name, near):
    with pytest.raises(ValueError) as caught:
        activations.get(name)
    assert f"unknown activation '{name}'" in str(caught.value)
    assert all(known in str(caught.value) for known in activations.ACTIVATIONS)
    assert f"Did you mean '{near}'?" in str(caught.value)


def test_what_cannot_be_read_again_is_not_serialized():
    class Mine(activations.Activation):
        name = "relu"

    with pytest.raises(
        ValueError, match=r"activation <activation relu> \(Mine\) cannot be saved: only these can: linear"
    ):
        activations.serialize(Mine())


@pytest.mark.parametrize("call, error, text", [
    (lambda: activations.get("softmax")("a"), TypeError, "softmax: z must hold real numbers, got 'a' (str)"),
    (lambda: activations.get("tanh")("a"), TypeError, "tanh: z must hold real numbers, got 'a' (str)"),
    (lambda: activations.get("relu")([]), ValueError, "relu: z must not be empty"),
    (lambda: activations.get("softmax")(1.0), ValueError, "softmax: z must have an axis for the classes, got an array"),
    (lambda: activations.get("sigmoid").vjp(np.zeros(3), np.zeros(2)), ValueError,
     "sigmoid: dy must have the shape of z, (3,), got an array of shape (2,)"),
    (lambda: activations.Softmax(2)(np.zeros((2, 3))), ValueError,
     "softmax along axis 2: z must have an axis for the classes, got an array of shape (2, 3)"),
    (lambda: activations.Softmax(1.0), ValueError, "Softmax: axis must be an integer, got 1.0 (float)"),
    (lambda: activations.LeakyReLU(-0.1), ValueError, "LeakyReLU: negative_slope must be a number in [0, inf), got"),
    (lambda: activations.ELU(0), ValueError, "ELU: alpha must be a number in (0, inf), got 0 (int)"),
    (lambda: activations.SiLU(beta=0), ValueError, "SiLU: beta must be a number in (0, inf), got 0 (int)"),
    (lambda: activations.BoundedReLU(-1), ValueError, "ReLU: negative_slope must be a number in [0, inf), got -1"),
    (lambda: activations.BoundedReLU(threshold=-1), ValueError, "ReLU: threshold must be a number in [0, inf), got"),
    (lambda: activations.BoundedReLU(max_value=1, threshold=1), ValueError,
     "ReLU: max_value must be a number in (1, inf), got 1 (int)"),
    (lambda: activations.get("prelu"), ValueError,
     "'prelu' is not a function of z alone; use the layer layers.PReLU()"),
    (lambda: activations.get("rrelu"), ValueError, "use the layer layers.RReLU()"),
    (lambda: activations.get({"name": "elu"}), ValueError,
     "activation: expected a dict with name and config, got {'name': 'elu'} (dict)"),
    (lambda: activations.deserialize({"name": "elu"}), ValueError, "activation: expected a dict with name and config"),
    (lambda: activations.get({"name": "elus", "config": {}}), ValueError, "Did you mean 'elu'?"),
    (lambda: activations.get(np.tanh), ValueError, "unknown activation <ufunc 'tanh'> (ufunc); expected one of: line"),
    (lambda: activations.get("sigmoid").derivative(None), TypeError, "sigmoid: z must hold real numbers, got None"),
])
def test_bad_input_is_named(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "softmax"])
def test_integers_and_lists_count_as_float64(name):
    phi = activations.get(name)
    assert phi([1, 2]).dtype == np.float64
    assert np.array_equal(phi([1, 2]), phi(np.array([1.0, 2.0])))
