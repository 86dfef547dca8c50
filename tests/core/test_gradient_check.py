"""Every layer and loss passes the gradient check, planted bugs do not."""

import numpy as np
import pytest

from course_lib import Input, Sequential, activations, gradient_check, layers, losses, optimizers

M, N, K = 7, 5, 4
RNG = np.random.default_rng(17)
X = RNG.normal(size=(M, N))
LABELS = RNG.integers(0, K, M)
TARGETS = {"mean_squared_error": RNG.normal(size=(M, K)), "binary_crossentropy": RNG.uniform(size=(M, K)),
           "categorical_crossentropy": RNG.dirichlet(np.ones(K), M), "sparse_categorical_crossentropy": LABELS}
# What a loss from probabilities needs below it; any other output is for from_logits and mse.
PROBABILITIES = {"binary_crossentropy": ("sigmoid", "softmax"), "categorical_crossentropy": ("softmax",),
                 "sparse_categorical_crossentropy": ("softmax",)}
NAMES = [name for name, activation in activations.ACTIVATIONS.items() if activation.name == name]


def compiled(*made, loss="mean_squared_error", dtype="float64"):
    model = Sequential([Input((N,)), *made], seed=3, dtype=dtype)
    model.compile("sgd", loss)
    model.set_weights([w + 0.1 * RNG.normal(size=w.shape) for w in model.get_weights()])       # biases are not zero
    return model


def passes(model, loss, **arguments):
    report = gradient_check(model, X, TARGETS[loss], **arguments)
    assert report.ok, str(report)
    assert report.max_error < 1e-6
    assert set(report.errors) == {s.path for s in model._vector.trainable_segments}
    return report


@pytest.mark.parametrize("loss", TARGETS)
@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("layer", ["Dense", "Activation"])
def test_backward_hidden(layer, activation, loss):
    """Each layer with each activation below each loss."""
    made = (
        [layers.Dense(K, activation=activation)]
        if layer == "Dense"
        else [layers.Dense(K), layers.Activation(activation)]
    )
    out = PROBABILITIES.get(loss, (None,))[0]
    report = passes(compiled(*made, layers.Dense(K, activation=out), loss=loss), loss)
    assert report.entries > 0.8 * compiled(*made, layers.Dense(K)).count_params()


@pytest.mark.parametrize(
    ("loss", "activation"), [(loss, a) for loss in TARGETS for a in PROBABILITIES.get(loss, NAMES)]
)
@pytest.mark.parametrize("last", ["Dense", "Activation"])
def test_backward_output(last, loss, activation):
    """Each pairing of an output with a loss, fused or not."""
    made = (
        [layers.Dense(K, activation=activation)]
        if last == "Dense"
        else [layers.Dense(K), layers.Activation(activation)]
    )
    passes(compiled(layers.Dense(3, activation="tanh"), *made, loss=loss), loss)


@pytest.mark.parametrize("loss", PROBABILITIES)
def test_backward_from_logits(loss):
    made = type(losses.get(loss))(from_logits=True)
    passes(compiled(layers.Dense(3, activation="tanh"), layers.Dense(K), loss=made), loss)


def test_every_loss_is_checked():
    assert {type(losses.get(name)) for name in TARGETS} == set(losses.LOSSES.values())


def test_frozen_layers_and_missing_biases():
    model = compiled(
        layers.Dense(3, activation="tanh", trainable=False),
        layers.Dense(3, activation="tanh", use_bias=False),
        layers.Dense(K),
    )
    report = passes(model, "mean_squared_error")
    assert list(report.errors) == ["dense_1/kernel", "dense_2/kernel", "dense_2/bias"]


def test_float32_models_are_checked_in_float64():
    model = compiled(layers.Dense(3, activation="tanh"), layers.Dense(K), dtype="float32")
    passes(model, "mean_squared_error")
    assert model.dtype == model.layers[0].kernel.dtype == np.float32


def test_the_model_is_not_changed(unchanged):
    model = compiled(layers.Dense(3, activation="relu"), layers.Dense(K))
    model.train_on_batch(X, TARGETS["mean_squared_error"])
    kernel = model.layers[0].kernel
    with unchanged(model):
        gradient_check(model, X, TARGETS["mean_squared_error"])
    assert model.layers[0].kernel is kernel


def test_max_entries():
    model = compiled(layers.Dense(3, activation="tanh"), layers.Dense(K))
    report = passes(model, "mean_squared_error", max_entries=2)
    assert report.entries == 8
    assert str(report) == str(gradient_check(model, X, TARGETS["mean_squared_error"], max_entries=2))


# -- planted bugs. The kernel is square where a transpose is left out, so that no shape gives it away.

class NoTransposeInDx(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        super().backward_from_logits(dz)
        return dz @ self.kernel if input_gradient else None


class NoTransposeInDw(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        dx = super().backward_from_logits(dz, input_gradient)
        self.dkernel[...] = self.dkernel.T.copy()
        return dx


class BiasNotSummed(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        dx = super().backward_from_logits(dz, input_gradient)
        self.dbias[...] = dz[0]
        return dx


class BiasMean(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        dx = super().backward_from_logits(dz, input_gradient)
        self.dbias /= len(dz)
        return dx


class NoDerivative(layers.Dense):
    def backward(self, da, input_gradient=True):
        return self.backward_from_logits(da, input_gradient)


class DerivativeAtA(layers.Dense):
    def backward(self, da, input_gradient=True):
        return self.backward_from_logits(self.activation.vjp(self.a.copy(), da), input_gradient)


class NotANumber(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        dx = super().backward_from_logits(dz, input_gradient)
        self.dkernel[0, 0] = np.nan
        return dx


class Nothing(layers.Dense):
    def backward_from_logits(self, dz, input_gradient=True):
        dx = super().backward_from_logits(dz, input_gradient)
        self.dkernel[...] = 0
        return dx


class Twice(losses.MeanSquaredError):
    def gradient_of(self, y, y_pred):
        return 2 * super().gradient_of(y, y_pred)


class WrongSign(losses.MeanSquaredError):
    def gradient_of(self, y, y_pred):
        return -super().gradient_of(y, y_pred)


class NoMean(losses.MeanSquaredError):
    def gradient_of(self, y, y_pred):
        return super().gradient_of(y, y_pred) * len(y)


class SmallError(losses.MeanSquaredError):
    def gradient_of(self, y, y_pred):
        return super().gradient_of(y, y_pred) * (1 + 1e-5)


@pytest.mark.parametrize("bug", [NoTransposeInDx, NoTransposeInDw, BiasNotSummed, BiasMean, NoDerivative, DerivativeAtA,
                                 NotANumber, Nothing])
def test_a_planted_bug_is_found(bug):
    model = compiled(layers.Dense(N, activation="tanh"), bug(N, activation="tanh", name="bug"), layers.Dense(K))
    report = gradient_check(model, X, TARGETS["mean_squared_error"])
    assert not report.ok
    assert report.max_error > 1e-3
    assert "WRONG" in str(report)
    where = {path for path, error in report.errors.items() if error > 1e-6}
    expected = {
        NoTransposeInDx: {"dense/kernel", "dense/bias"},
        NoTransposeInDw: {"bug/kernel"},
        BiasNotSummed: {"bug/bias"},
        BiasMean: {"bug/bias"},
        NotANumber: {"bug/kernel"},
        Nothing: {"bug/kernel"},
    }
    assert where == expected.get(bug, {"dense/kernel", "dense/bias", "bug/kernel", "bug/bias"})


@pytest.mark.parametrize("bug", [Twice, WrongSign, NoMean, SmallError])
def test_a_planted_bug_in_the_loss_is_found(bug):
    report = gradient_check(compiled(layers.Dense(3, activation="tanh"), layers.Dense(K), loss=bug()), X,
                            TARGETS["mean_squared_error"])
    assert not report.ok
    assert min(report.errors.values()) > 5e-6


class TestKinks:
    def test_entries_that_cross_are_left_out(self):
        """One unit's z lies within the step of 0: exactly its own weights cannot be compared."""
        model = compiled(layers.Dense(3, activation="relu"), layers.Dense(K))
        x, dense = X[:1], model.layers[0]
        dense.bias[0] -= dense.forward(x)[0, 0] * 0 + (x @ dense.kernel + dense.bias)[0, 0] - 1e-9
        report = gradient_check(model, x, TARGETS["mean_squared_error"][:1])
        assert report.skipped == {"dense/kernel": N, "dense/bias": 1, "dense_1/kernel": 0, "dense_1/bias": 0}
        assert report.ok
        assert f"({N} entries at a kink left out)" in str(report)

    def test_without_the_rule_it_would_fail(self, monkeypatch):
        monkeypatch.setattr(activations.ReLU, "kinks", ())
        model = compiled(layers.Dense(3, activation="relu"), layers.Dense(K))
        dense = model.layers[0]
        dense.bias[0] -= (X[:1] @ dense.kernel + dense.bias)[0, 0] - 1e-9
        assert not gradient_check(model, X[:1], TARGETS["mean_squared_error"][:1]).ok

    def test_exactly_at_the_kink(self):
        """Zero weights and ReLU: all of them sit on it."""
        model = compiled(layers.Dense(3, activation="relu"), layers.Dense(K))
        model.layers[0].kernel[...] = 0
        model.layers[0].bias[...] = 0
        report = gradient_check(model, X, TARGETS["mean_squared_error"])
        assert report.skipped["dense/bias"] == 3
        assert report.ok

    def test_nothing_left_is_not_right(self):
        model = compiled(layers.Dense(K, activation="relu", kernel_initializer="zeros"))
        model.set_weights([np.zeros((N, K)), np.zeros(K)])
        report = gradient_check(model, X, TARGETS["mean_squared_error"])
        assert report.entries == 0
        assert not report.ok
        assert "nothing could be compared" in str(report)


def test_report_text():
    report = gradient_check(compiled(layers.Dense(K)), X, TARGETS["mean_squared_error"])
    lines = str(report).splitlines()
    assert lines[0].startswith("dense/kernel  ")
    assert lines[0].endswith("  ok")
    assert lines[-1].startswith("the gradient is right: largest relative error ")
    assert lines[-1].endswith(f"tolerance 1e-06, {N * K + K} entries")


MODEL = compiled(layers.Dense(K))
Y = TARGETS["mean_squared_error"]


@pytest.mark.parametrize(("arguments", "error", "text"), [
    ((MODEL.layers[0], X, Y), TypeError, "gradient_check: model must be a Sequential, got <Dense> (Dense)"),
    ((Sequential([Input((N,)), layers.Dense(K)]), X, Y), ValueError, "Sequential.gradient_check: call compile("),
    ((MODEL, X[:, :2], Y), ValueError,
     "Sequential.gradient_check: x must have shape (m, 5), got an array of shape (7, 2)"),
    ((MODEL, X, Y[:3]), ValueError,
     "Sequential.gradient_check: x and y must have the same number of rows, got 7 and 3"),
    ((MODEL, X, Y, 0), ValueError, "gradient_check: epsilon must be a number in (0, inf), got 0 (int)"),
    ((MODEL, X, Y, 1e-5, -1), ValueError, "gradient_check: tolerance must be a number in (0, inf), got -1 (int)"),
    ((MODEL, X, Y, 1e-5, 1e-6, 0), ValueError,
     "gradient_check: max_entries must be an integer of at least 1, got 0 (int)"),
])
def test_errors(arguments, error, text):
    with pytest.raises(error) as caught:
        gradient_check(*arguments)
    assert text in str(caught.value)


def test_not_built():
    model = Sequential([layers.Dense(K)])
    model.compile(optimizers.SGD(), "mse")
    with pytest.raises(ValueError, match="Sequential.gradient_check: the model has no weights yet"):
        gradient_check(model, X, Y)


def test_a_small_error_in_a_small_gradient_is_seen():
    """One per cent wrong, in a gradient little above the size that rounding allows to judge."""
    class Off(layers.Dense):
        def backward_from_logits(self, dz, input_gradient=True):
            dx = super().backward_from_logits(dz, input_gradient)
            self.dkernel *= 1.01
            return dx

    model = Sequential([Input((2,)), Off(1)], seed=0, dtype="float64")
    model.set_weights([np.zeros((2, 1)), np.zeros(1)])
    model.compile("sgd", "mse")
    x, y = np.full((4, 2), 1e-3), np.ones((4, 1))
    loss, gradients = model.loss_and_gradients(x, y)
    assert 1e-3 < np.abs(gradients["off/kernel"]).max() < 3e-3 and loss == 1
    assert gradient_check(model, x, y).errors["off/kernel"] == pytest.approx(0.01, rel=0.05)
