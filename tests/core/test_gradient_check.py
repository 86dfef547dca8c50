"""Every layer and loss passes the gradient check, planted bugs do not."""

import numpy as np
import pytest

from course_lib import Input, Sequential, activations, gradient_check, layers, losses, optimizers, regularizers

M, N, K = 7, 5, 4
RNG = np.random.default_rng(17)
X = RNG.normal(size=(M, N))
LABELS = RNG.integers(0, K, M)
TARGETS = {"mean_squared_error": RNG.normal(size=(M, K)), "mean_absolute_error": RNG.normal(size=(M, K)),
           "huber": RNG.normal(size=(M, K)), "binary_crossentropy": RNG.uniform(size=(M, K)),
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
        assert f"({N} entries left out: the step crosses a kink of dense)" in str(report)
        assert report.kinks == {"dense/kernel": ["dense"], "dense/bias": ["dense"], "dense_1/kernel": [],
                                "dense_1/bias": []}

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


class ConstantStatistics(layers.BatchNormalization):
    """Forgets that the statistics depend on the inputs."""

    def backward(self, da, input_gradient=True):
        held, self.batch_statistics = self.batch_statistics, False
        dx = super().backward(da, input_gradient)
        self.batch_statistics = held
        return dx


class TestTrainingMode:
    def network(self, *made, **arguments):
        return compiled(layers.Dense(6, activation="tanh"), *made, layers.Dense(K), **arguments)

    @pytest.mark.parametrize("training", [False, True])
    @pytest.mark.parametrize("made", [
        lambda: layers.BatchNormalization(), lambda: layers.Dropout(0.4), lambda: layers.AlphaDropout(0.3),
        lambda: layers.GaussianNoise(0.5), lambda: layers.RReLU(), lambda: layers.BatchNormalization(trainable=False),
        lambda: Sequential([layers.Dropout(0.3), layers.BatchNormalization()], dtype="float64")])
    def test_layers_that_train_otherwise(self, made, training, unchanged):
        """Each passes in both modes, with the same masks and the batch's statistics throughout, and nothing moves."""
        model = self.network(made())
        model.train_on_batch(X, TARGETS["mean_squared_error"])
        states = [layer.random_state for layer in model._chain]
        with unchanged(model):
            report = passes(model, "mean_squared_error", training=training)
        assert report.entries > 40
        assert states == [layer.random_state for layer in model._chain]

    def test_the_two_modes_differ(self):
        model = self.network(layers.Dropout(0.4), layers.BatchNormalization())
        (a, _), (b, _) = (model.loss_and_gradients(X, TARGETS["mean_squared_error"], training=t) for t in (False, True))
        assert abs(a - b) > 1e-3

    def test_a_bug_that_only_training_shows(self):
        model = self.network(ConstantStatistics(name="bug"))
        passes(model, "mean_squared_error")
        report = gradient_check(model, X, TARGETS["mean_squared_error"], training=True)
        assert {path for path, error in report.errors.items() if error > 1e-6} == {"dense/kernel", "dense/bias"}

    def test_a_mask_that_backward_forgets(self):
        class Forgets(layers.Dropout):
            def backward(self, da, input_gradient=True):
                return da
        model = self.network(Forgets(0.4, name="bug"))
        passes(model, "mean_squared_error")
        assert not gradient_check(model, X, TARGETS["mean_squared_error"], training=True).ok

    def test_float32_and_frozen_statistics(self):
        model = self.network(layers.BatchNormalization(), dtype="float32")
        passes(model, "mean_squared_error", training=True)


class TestPenalties:
    @pytest.mark.parametrize("regularizer", ["l1", "l2", regularizers.L1L2(0.1, 0.2)])
    def test_are_in_both(self, regularizer):
        model = compiled(layers.Dense(3, activation="tanh", kernel_regularizer=regularizer, bias_regularizer="l2"),
                         layers.Dense(K, kernel_regularizer=regularizer))
        passes(model, "mean_squared_error")

    def test_a_wrong_one_is_found(self):
        class Half(regularizers.L2):
            def gradient(self, w):
                return self.l2 * w
        model = compiled(layers.Dense(3, activation="tanh", kernel_regularizer=Half(0.1)), layers.Dense(K))
        report = gradient_check(model, X, TARGETS["mean_squared_error"])
        assert {path for path, error in report.errors.items() if error > 1e-6} == {"dense/kernel"}

    def test_the_kink_of_l1(self):
        model = compiled(layers.Dense(3, activation="tanh", kernel_regularizer="l1"), layers.Dense(K))
        model.layers[0].kernel[0, 0] = 1e-7
        model.layers[0].kernel[1, 1] = 0
        report = passes(model, "mean_squared_error")
        assert report.skipped["dense/kernel"] == 2
        assert report.kinks["dense/kernel"] == ["the penalty on dense/kernel"]
        assert "(2 entries left out: the step crosses a kink of the penalty on dense/kernel)" in str(report)


class TestKinksOfTheLoss:
    @pytest.mark.parametrize(("loss", "at"), [(losses.MeanAbsoluteError(), 0.0), (losses.Huber(0.5), 0.5),
                                              (losses.Huber(0.5), -0.5)])
    def test_an_error_at_the_kink(self, loss, at):
        model = compiled(layers.Dense(1), loss=loss)
        y = model.predict(X)[:, 0] - at
        y[1:] += 5
        report = gradient_check(model, X, y)
        assert report.kinks == {"dense/kernel": ["the loss"], "dense/bias": ["the loss"]}
        assert report.skipped["dense/bias"] == 1
        elsewhere = gradient_check(model, X, y + 0.1)
        assert elsewhere.ok
        assert elsewhere.skipped["dense/bias"] == 0

    def test_several_at_once(self):
        model = compiled(layers.Dense(2, activation="relu"), layers.Dense(1), loss=losses.MeanAbsoluteError())
        model.layers[0].bias[0] -= (X[:1] @ model.layers[0].kernel + model.layers[0].bias)[0, 0]
        report = gradient_check(model, X[:1], model.predict(X[:1]))
        assert report.kinks["dense/bias"] == ["dense", "the loss"]
        assert "crosses a kink of dense, the loss)" in str(report)


def test_nested_models_are_named_by_their_paths():
    model = Sequential([Input((N,)), Sequential([layers.Dense(2, activation="relu")], dtype="float64", name="base"),
                        layers.Dense(K)], seed=1, dtype="float64")
    model.compile("sgd", "mse")
    dense = model.layers[0].layers[0]
    dense.bias[0] -= (X[:1] @ dense.kernel + dense.bias)[0, 0]
    report = gradient_check(model, X[:1], TARGETS["mean_squared_error"][:1])
    assert report.kinks["base/dense/bias"] == ["base/dense"]


def test_weights_of_rows():
    weights = np.linspace(0, 2, M)
    model = compiled(layers.Dense(3, activation="tanh"), layers.Dense(K))
    passes(model, "mean_squared_error", sample_weight=weights)
    with pytest.raises(ValueError, match="Sequential.gradient_check: sample_weight must have shape"):
        gradient_check(model, X, TARGETS["mean_squared_error"], sample_weight=weights[1:])


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
