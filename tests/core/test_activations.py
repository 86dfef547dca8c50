import mpmath
import numpy as np
import pytest
import reference

from course_lib import activations

DTYPES = ("float32", "float64")
ELEMENTWISE = [name for name, a in activations.ACTIVATIONS.items() if a.name != "softmax"]
POINTS = [-1000, -745.2, -104, -89, -40, -20, -8.5, -3, -1, -0.5, -1e-3, -1e-9, -0.0, 0.0,
          1e-9, 1e-3, 0.3, 0.5, 1, 2, 5, 8.5, 17, 20, 37, 40, 89, 104, 711, 1000]


def close(actual, expected, dtype, ulps=4):
    """Equal within a few units in the last place; below the smallest normal number, within that number."""
    info = np.finfo(dtype)
    np.testing.assert_allclose(np.asarray(actual, np.float64), expected, rtol=ulps * info.eps, atol=float(info.tiny))


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
        close(derivative, [reference.slope(name, v) for v in z], dtype, ulps=8)

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


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_complex_step(name):
    """phi'(z) = Im phi(z + ih) / h has no cancellation: a second witness for the derivatives."""
    formulas = {"linear": lambda z: z, "identity": lambda z: z, "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
                "tanh": np.tanh, "relu": lambda z: np.where(z.real > 0, z, 0)}
    z = np.linspace(-5, 5, 20)
    step = formulas[name](z + 1e-200j).imag / 1e-200
    np.testing.assert_allclose(activations.get(name).derivative(z), step, rtol=1e-14)


def test_derivative_at_the_kink_is_keras_s():
    assert activations.get("relu").derivative(np.array([0.0, -0.0])).tolist() == [0, 0]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_kinks_are_where_the_slope_jumps(name):
    activation = activations.get(name)
    z = np.linspace(-5, 5, 1001) + 1e-3
    jumps = np.abs(np.diff(activation.derivative(z))) > 0.5
    assert np.allclose([z[:-1][j] for j in np.flatnonzero(jumps)], activation.kinks, atol=0.01)


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


def test_softmax_has_no_derivative():
    with pytest.raises(TypeError, match=r"softmax is not elementwise.*use vjp\(z, dy\)"):
        activations.get("softmax").derivative(np.zeros(3))


def test_get():
    assert activations.get(None).name == "linear"
    relu = activations.get("relu")
    assert activations.get(relu) is relu
    assert repr(relu) == "<activation relu>"
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
    (lambda: activations.get("tanh")("a"), TypeError, "tanh: z must hold real numbers, got 'a' (str)"),
    (lambda: activations.get("relu")([]), ValueError, "relu: z must not be empty"),
    (lambda: activations.get("softmax")(1.0), ValueError, "softmax: z must have an axis for the classes, got an array"),
    (lambda: activations.get("sigmoid").vjp(np.zeros(3), np.zeros(2)), ValueError,
     "sigmoid: dy must have the shape of z, (3,), got an array of shape (2,)"),
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
