"""What fit, evaluate, predict, train_on_batch and compile refuse: in which words, and with nothing changed."""

import numpy as np
import pytest

from course_lib import Input, Sequential, callbacks, layers, losses, optimizers

X = np.random.default_rng(0).normal(size=(50, 6))
Y = np.arange(50) % 3


def with_value(value, at=(3, 2)):
    x = X.copy()
    x[at] = value
    return x


BAD_X = [
    (X[:, :5], ValueError, "x must have shape (m, 6), got an array of shape (50, 5), dtype float64"),
    (X[0], ValueError, "x must have shape (m, 6), got an array of shape (6,), dtype float64"),
    (X[None], ValueError, "x must have shape (m, 6), got an array of shape (1, 50, 6), dtype float64"),
    (X[:0], ValueError, "x must not be empty, got an array of shape (0, 6), dtype float64"),
    ([], ValueError, "x must not be empty, got an array of shape (0,), dtype float64"),
    ([[1.0, 2.0], [3.0]], ValueError, "x must be an array of numbers, got [[1.0, 2.0], [3.0]] (list)"),
    ([["a"] * 6] * 50, TypeError, "x must hold real numbers, got [['a', 'a', 'a', 'a', 'a', 'a'], ["),
    ("data", TypeError, "x must hold real numbers, got 'data' (str)"),
    (None, TypeError, "x must hold real numbers, got None (NoneType)"),
    (X.astype(object), TypeError, "x must hold real numbers, got an array of shape (50, 6), dtype object"),
    (X + 1j, TypeError, "x must hold real numbers, got an array of shape (50, 6), dtype complex128"),
    (with_value(np.nan), ValueError, "x must be finite, got NaN at index (3, 2) (1 such values in an array of shape"),
    (with_value(-np.inf), ValueError, "x must be finite, got infinity at index (3, 2)"),
]
BAD_Y = [
    (Y[:49], ValueError, "x and y must have the same number of rows, got 50 and 49"),
    (np.eye(3)[Y], ValueError,
     "SparseCategoricalCrossentropy: y_true must hold one integer label a row, shape (m,), got"),
    (np.where(Y == 2, 3, Y), ValueError, "labels must be integers in 0..2, as y_pred has 3 columns, got 3 in row 2"),
    (Y - 1, ValueError, "labels must be integers in 0..2, as y_pred has 3 columns, got -1 in row 0"),
    (Y + 0.5, ValueError, "got 0.5 in row 0"),
    (np.where(Y == 2, np.nan, Y), ValueError, "y_true must be finite, got NaN at index (2,) (16 such values"),
    (Y[:0], ValueError, "y_true must not be empty"),
    (["cat"] * 50, TypeError, "y_true must hold real numbers, got ['cat', 'cat'"),
    ([[0], [1, 2]], ValueError, "y_true must be an array of numbers, got [[0], [1, 2]] (list)"),
    (None, TypeError, "y_true must hold real numbers, got None (NoneType)"),
]


@pytest.fixture
def trained(make_model):
    model = make_model()
    model.fit(X, Y, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "loss_and_gradients", "predict", "__call__"])
@pytest.mark.parametrize(("x", "error", "text"), BAD_X)
def test_x(trained, unchanged, method, x, error, text):
    arguments = (x,) if method in ("predict", "__call__") else (x, Y)
    with unchanged(trained), pytest.raises(error) as caught:
        getattr(trained, method)(*arguments)
    assert f"Sequential.{method}: {text}" in str(caught.value)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "loss_and_gradients"])
@pytest.mark.parametrize(("y", "error", "text"), BAD_Y)
def test_y(trained, unchanged, method, y, error, text):
    with unchanged(trained), pytest.raises(error) as caught:
        getattr(trained, method)(X, y)
    assert text in str(caught.value)


@pytest.mark.parametrize(("x", "error", "text"), BAD_X)
def test_validation_x(trained, unchanged, x, error, text):
    with unchanged(trained), pytest.raises(error) as caught:
        trained.fit(X, Y, validation_data=(x, Y))
    assert f"Sequential.fit: validation_data: {text}" in str(caught.value)


@pytest.mark.parametrize(("y", "error", "text"), BAD_Y)
def test_validation_y(trained, unchanged, y, error, text):
    with unchanged(trained), pytest.raises(error) as caught:
        trained.fit(X, Y, validation_data=(X, y))
    assert text in str(caught.value)


@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch"])
def test_float64_values_beyond_float32(make_model, unchanged, method):
    model = make_model(dtype="float32")
    arguments = (with_value(1e300),) if method == "predict" else (with_value(1e300), Y)
    with unchanged(model), pytest.raises(ValueError) as caught:
        getattr(model, method)(*arguments)
    assert f"Sequential.{method}: x must fit into float32, got 1e+300 at index (3, 2)" in str(caught.value)


@pytest.mark.parametrize(("arguments", "error", "text"), [
    ({"batch_size": 0}, ValueError, "Sequential.fit: batch_size must be an integer of at least 1, got 0 (int)"),
    ({"batch_size": -1}, ValueError, "got -1 (int)"), ({"batch_size": 2.5}, ValueError, "got 2.5 (float)"),
    ({"batch_size": "32"}, ValueError, "got '32' (str)"), ({"batch_size": None}, ValueError, "got None (NoneType)"),
    ({"batch_size": True}, ValueError, "got True (bool)"),
    ({"epochs": -1}, ValueError, "Sequential.fit: epochs must be an integer of at least 0, got -1 (int)"),
    ({"epochs": 2.0}, ValueError, "got 2.0 (float)"), ({"epochs": "3"}, ValueError, "got '3' (str)"),
    ({"initial_epoch": -1}, ValueError, "Sequential.fit: initial_epoch must be an integer of at least 0, got -1 (int)"),
    ({"verbose": 3}, ValueError, "Sequential.fit: verbose must be 0, 1, 2 or 'auto', got 3 (int)"),
    ({"verbose": "yes"}, ValueError, "got 'yes' (str)"), ({"verbose": None}, ValueError, "got None (NoneType)"),
    ({"validation_split": 1}, ValueError, "Sequential.fit: validation_split must be a number in [0, 1), got 1 (int)"),
    ({"validation_split": 1.2}, ValueError, "got 1.2 (float)"), ({"validation_split": -0.1}, ValueError,
     "got -0.1 (float)"),
    ({"validation_split": np.nan}, ValueError, "got nan (float)"), ({"validation_split": "0.2"}, ValueError,
     "got '0.2' (str)"),
    ({"validation_split": 0.999}, ValueError,
     "Sequential.fit: validation_split=0.999 of 50 rows leaves 0 for training and "
                                              "50 for validation; both need at least one"),
    ({"validation_split": 1e-18}, ValueError, "leaves 50 for training and 0 for validation"),
    ({"validation_data": X}, ValueError,
     "Sequential.fit: validation_data must be (x, y) or (x, y, sample_weight), got an array of shape (50, 6)"),
    ({"validation_data": (X,)}, ValueError, "validation_data must be (x, y) or (x, y, sample_weight), got (array("),
    ({"validation_data": (X, Y, Y, Y)}, ValueError, "validation_data must be (x, y) or (x, y, sample_weight), got"),
    ({"validation_data": (X, Y, Y[:3])}, ValueError, "Sequential.fit: validation_data: sample_weight must have shape "
     "(50,), one number a row, got an array of shape (3,), dtype float64"),
    ({"validation_batch_size": 0}, ValueError,
     "Sequential.fit: validation_batch_size must be an integer of at least 1, got 0 (int)"),
    ({"validation_freq": 0}, ValueError, "Sequential.fit: validation_freq must be an integer of at least 1, got 0"),
    ({"validation_freq": [1, 2.5]}, ValueError,
     "Sequential.fit: each of validation_freq must be an integer of at least 1, got 2.5 (float)"),
    ({"sample_weight": Y[:7]}, ValueError, "Sequential.fit: sample_weight must have shape (50,), one number a row, got "
     "an array of shape (7,), dtype float64"),
    ({"sample_weight": np.ones((50, 3))}, ValueError, "got an array of shape (50, 3), dtype float64"),
    ({"sample_weight": Y * np.nan}, ValueError, "Sequential.fit: sample_weight must be finite, got NaN at index (0,)"),
    ({"sample_weight": ["a"] * 50}, TypeError, "Sequential.fit: sample_weight must hold real numbers, got ['a', 'a'"),
    ({"class_weight": {3: 1.0}}, ValueError,
     "Sequential.fit: the keys of class_weight must be integer classes in 0..2, got 3 (int)"),
    ({"class_weight": {-1: 1.0}}, ValueError, "must be integer classes in 0..2, got -1 (int)"),
    ({"class_weight": {"1": 1.0}}, ValueError, "must be integer classes in 0..2, got '1' (str)"),
    ({"class_weight": {True: 1.0}}, ValueError, "must be integer classes in 0..2, got True (bool)"),
    ({"class_weight": {1.0: 1.0}}, ValueError, "must be integer classes in 0..2, got 1.0 (float)"),
    ({"class_weight": {1: "a"}}, ValueError,
     "Sequential.fit: class_weight[1] must be a number in (-inf, inf), got 'a' (str)"),
    ({"class_weight": [1, 2, 3]}, TypeError, "Sequential.fit: class_weight must be a dict from class to weight, such as"
     " {0: 1.0, 1: 5.0}, got [1, 2, 3] (list)"),
    ({"class_weight": {1: 2}, "sample_weight": np.ones(50)}, ValueError,
     "Sequential.fit: class_weight and sample_weight cannot be given both"),
    ({"callbacks": [callbacks.History]}, TypeError, "fit: callbacks must be instances of"),
])
def test_fit_arguments(trained, unchanged, arguments, error, text):
    with unchanged(trained), pytest.raises(error) as caught:
        trained.fit(X, Y, **arguments)
    assert text in str(caught.value)


@pytest.mark.parametrize("method", ["train_on_batch", "evaluate", "test_on_batch", "loss_and_gradients"])
def test_sample_weight(trained, unchanged, method):
    with unchanged(trained), pytest.raises(ValueError) as caught:
        getattr(trained, method)(X, Y, sample_weight=Y[:7])
    assert f"Sequential.{method}: sample_weight must have shape (50,), one number a row, got" in str(caught.value)


def test_train_on_batch_class_weight(trained, unchanged):
    with unchanged(trained), pytest.raises(ValueError, match="Sequential.train_on_batch: the keys of class_weight"):
        trained.train_on_batch(X, Y, class_weight={9: 1})
    with unchanged(trained), pytest.raises(ValueError, match="Sequential.train_on_batch: class_weight and sample_w"):
        trained.train_on_batch(X, Y, np.ones(50), {1: 1})


@pytest.mark.parametrize(("x", "y", "arguments"), [
    (X[0], Y, {}), (X, np.where(Y == 2, 3, Y), {}), (X, Y[:9], {}), (X, Y, {"sample_weight": [1]}),
    (X, Y, {"class_weight": {7: 1}}), (X, Y, {"validation_data": (X, Y + 9)}), (X, Y, {"validation_split": 0.999}),
    (X, Y, {"callbacks": [3]}), (X, Y, {"batch_size": 0}), (X, Y, {"epochs": -1}),
    (X, Y, {"validation_freq": None}),
])
def test_a_model_without_weights_stays_so(x, y, arguments):
    """Bad data are refused before the model is built for them."""
    model = Sequential([layers.Dense(8, activation="tanh"), layers.Dense(3, activation="softmax")], seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with pytest.raises((ValueError, TypeError)):
        model.fit(x, y, verbose=0, **arguments)
    assert not model.built
    assert model.input_shape is None
    model.fit(X, Y, verbose=0)
    assert model.input_shape == (6,)


@pytest.mark.parametrize("method", ["evaluate", "train_on_batch", "test_on_batch", "loss_and_gradients"])
def test_bad_labels_do_not_build(method):
    model = Sequential([layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match=r"labels must be integers in 0\.\.2, as y_pred has 3 columns, got 3"):
        getattr(model, method)(X, Y + 1)
    assert not model.built


@pytest.mark.parametrize(("call", "text"), [
    (lambda m: m.evaluate(X, Y, batch_size=0),
     "Sequential.evaluate: batch_size must be an integer of at least 1, got 0"),
    (lambda m: m.evaluate(X, Y, verbose=5), "Sequential.evaluate: verbose must be 0, 1, 2 or 'auto', got 5 (int)"),
    (lambda m: m.predict(X, batch_size=0), "Sequential.predict: batch_size must be an integer of at least 1, got 0"),
    (lambda m: m.predict(X, verbose=5), "Sequential.predict: verbose must be 0, 1, 2 or 'auto', got 5 (int)"),
])
def test_other_arguments(trained, call, text):
    with pytest.raises(ValueError) as caught:
        call(trained)
    assert text in str(caught.value)


@pytest.mark.parametrize(("arguments", "error", "text"), [
    (("adm", "mse"), ValueError, "unknown optimizer 'adm' (str); expected one of: sgd"),
    (("sgd", "msee"), ValueError, "unknown loss 'msee' (str); expected one of: mean_squared_error, mse"),
    (("sgd", "msee"), ValueError, "Did you mean 'mse'?"),
    (("sgd", "mse", ["acuracy"]), ValueError, "unknown metric 'acuracy' (str); expected one of: accuracy"),
    (("sgd", "mse", ["acuracy"]), ValueError, "Did you mean 'accuracy'?"),
    (("sgd", "mse", "accuracy"), TypeError,
     "Sequential.compile: metrics must be a list, such as ['accuracy'], got 'accuracy' (str)"),
    (("sgd", "mse", None, "mse"), TypeError, "Sequential.compile: weighted_metrics must be a list, such as"),
    (("sgd", "mse", None, ["mes"]), ValueError, "unknown metric 'mes' (str)"),
    ((optimizers.NesterovLookAhead(), "mse"), ValueError, "compile it with SGD(momentum=..., nesterov=True)"),
    (("sgd",), ValueError, "Sequential.compile: loss must be given, such as loss='mse'; known: mean_squared_error"),
    ((losses.Huber, "mse"), ValueError, "unknown optimizer <class 'course_lib.losses.regression.Huber'> (type)"),
    (("sgd", optimizers.SGD), ValueError, "unknown loss <class"),
    (("sgd", "mse", [losses.Huber]), ValueError, "unknown metric <class"),
    (("sgd", "mse", [3]), ValueError, "unknown metric 3 (int)"),
])
def test_compile(trained, unchanged, arguments, error, text):
    with unchanged(trained), pytest.raises(error) as caught:
        trained.compile(*arguments)
    assert text in str(caught.value)
    trained.fit(X, Y, verbose=0)


def test_a_refused_compile_does_not_touch_the_optimizer(trained):
    optimizer, state = trained.optimizer, trained.optimizer.get_state()
    with pytest.raises(ValueError):
        trained.compile(optimizer, "mse", ["nonsense"])
    np.testing.assert_equal(optimizer.get_state(), state)


@pytest.mark.parametrize(("metric", "text"), [
    ("binary_accuracy", "binary_accuracy: y_true must have y_pred's shape (50, 3), got an array of shape (50,)"),
    ("mse", "mean_squared_error: y_true must have y_pred's shape (50, 3), got"),
    ("categorical_accuracy", "categorical_accuracy: y_true must have y_pred's shape (50, 3), got"),
])
def test_a_metric_that_does_not_suit_the_labels(make_model, unchanged, metric, text):
    model = make_model(metrics=(metric,))
    for method in ("fit", "evaluate", "train_on_batch"):
        with unchanged(model), pytest.raises(ValueError) as caught:
            getattr(model, method)(X, Y)
        assert text in str(caught.value)


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "loss_and_gradients"])
def test_before_compile(method):
    model = Sequential([Input((6,)), layers.Dense(3)])
    with pytest.raises(ValueError) as caught:
        getattr(model, method)(X, Y)
    assert f"Sequential.{method}: call compile(optimizer=..., loss=...) first" in str(caught.value)
    with pytest.raises(ValueError, match=r"Sequential.optimizer: call compile\(optimizer=..., loss=...\) first"):
        _ = model.optimizer


def test_no_layers():
    with pytest.raises(ValueError, match="Sequential.compile: the model has no layers yet; add some first"):
        Sequential().compile("sgd", "mse")


def test_outputs_that_are_no_rows():
    model = Sequential([Input((2, 3)), layers.Activation("tanh")])
    model.compile("sgd", "mse")
    with pytest.raises(
        ValueError, match=r"Sequential.fit: the model must end in outputs of shape \(m, k\), got \(m, 2, 3\)"
    ):
        model.fit(np.zeros((4, 2, 3)), np.zeros((4, 2, 3)))


def test_regression_targets_of_another_width(make_model, unchanged):
    model = make_model(loss="mse", metrics=())
    with (
        unchanged(model),
        pytest.raises(
            ValueError,
            match=r"MeanSquaredError: y_true must have shape \(m, 3\), as y_pred has 3"
            r" columns, got an array of shape \(50,\), dtype float64",
        ),
    ):
        model.fit(X, X[:, 0])


def test_infinite_labels_in_float32(make_model):
    model = make_model(loss="mse", metrics=(), dtype="float32")
    with pytest.raises(ValueError, match=r"y_true must fit into float32, got 1e\+300 at index \(0, 0\)"):
        model.fit(X, np.full((50, 3), 1e300))
