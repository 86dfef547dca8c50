"""The wrappers in scikit-learn's hands."""

import pickle

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.datasets import load_diabetes, load_iris  # noqa: E402
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402
from sklearn.utils.estimator_checks import check_estimator  # noqa: E402

from course_lib.wrappers import SKLearnClassifier, SKLearnRegressor  # noqa: E402


def network(X, y, loss, units=(10,), output="softmax", rate=0.01):
    """What a user's function looks like: Keras's example, with a seed."""
    n_out = y.shape[1] if y.ndim > 1 else 1
    model = Sequential([Input(X.shape[1:]), *[layers.Dense(n, activation="relu") for n in units],
                        layers.Dense(n_out, activation=output)], seed=0)
    model.compile(optimizers.RMSprop(rate), loss)
    return model


def classifier(**arguments):
    return SKLearnClassifier(network, **{"model_kwargs": {"loss": "categorical_crossentropy"},
                                         "fit_kwargs": {"epochs": 20, "verbose": 0}, **arguments})


def regressor(**arguments):
    return SKLearnRegressor(network, **{"model_kwargs": {"loss": "mse", "output": None, "rate": 0.01},
                                        "fit_kwargs": {"epochs": 20, "verbose": 0}, **arguments})


@pytest.fixture(scope="module")
def iris():
    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], np.array(["setosa", "versicolor", "virginica"])[y[order]]


@pytest.fixture(scope="module")
def diabetes():
    x, y = load_diabetes(return_X_y=True)
    return 20 * x, (y - y.mean()) / y.std()


@pytest.mark.parametrize("estimator", [
    SKLearnClassifier(network, model_kwargs={"loss": "categorical_crossentropy", "units": [20, 20, 20]},
                      fit_kwargs={"epochs": 5, "verbose": 0}),
    SKLearnRegressor(network, model_kwargs={"loss": "mse", "output": None}, fit_kwargs={"verbose": 0}),
], ids=["classifier", "regressor"])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_s_own_checks(estimator):
    """All of them; Keras's own wrappers need seven to be excused for the classifier."""
    results = check_estimator(estimator, on_skip=None, on_fail=None)
    assert [(r["check_name"], r["exception"]) for r in results if r["status"] not in ("passed", "skipped")] == []
    assert sum(r["status"] == "passed" for r in results) > 40


class TestClassifier:
    def test_learns_labels_of_any_kind(self, iris):
        x, y = iris
        estimator = classifier().fit(x[:100], y[:100])
        assert estimator.score(x[100:], y[100:]) > 0.85
        assert estimator.classes_.tolist() == ["setosa", "versicolor", "virginica"]
        assert set(estimator.predict(x)) <= set(y)
        assert len(estimator.history_.epoch) == 20

    def test_probabilities(self, iris):
        x, y = iris
        estimator = classifier().fit(x, y)
        p = estimator.predict_proba(x)
        np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
        assert np.array_equal(estimator.classes_[p.argmax(axis=1)], estimator.predict(x))
        assert np.array_equal(estimator.decision_function(x), p)
        assert np.array_equal(estimator.model_.predict(x), p)

    def test_two_classes(self, iris):
        """Two outputs; the decision is their difference, so that ROC curves work."""
        x, y = iris[0], iris[1] == "setosa"
        estimator = classifier().fit(x, y)
        p = estimator.predict_proba(x)
        assert p.shape == (150, 2)
        np.testing.assert_array_equal(estimator.decision_function(x), p[:, 1] - p[:, 0])
        assert cross_val_score(classifier(), x, y, cv=3, scoring="roc_auc").min() > 0.95

    def test_weights_of_rows(self, iris):
        x, y = iris
        estimator = classifier().fit(x, y, sample_weight=np.where(y == "setosa", 0.0, 1.0), epochs=60)
        assert "setosa" not in estimator.predict(x)

    @pytest.mark.parametrize(("y", "text"), [
        (np.zeros(150, int), "Classifier can't train when only one class is present."),
        (np.linspace(0, 1, 150), "Unknown label type: continuous"),
        (np.zeros((150, 2)), "y should be a 1d array"),
    ])
    def test_labels(self, iris, y, text):
        with pytest.raises(ValueError) as caught:
            classifier().fit(iris[0], y)
        assert text in str(caught.value)


class TestRegressor:
    def test_learns(self, diabetes):
        x, y = diabetes
        estimator = regressor().fit(x[:300], y[:300])
        assert estimator.score(x[300:], y[300:]) > 0.25
        assert estimator.predict(x).shape == (442,)

    def test_several_targets(self, diabetes):
        x, y = diabetes
        estimator = regressor().fit(x, np.column_stack([y, -y]))
        assert estimator.predict(x).shape == (442, 2)
        assert estimator.predict(x).dtype == np.float64
        assert regressor().fit(x, y[:, None]).predict(x).shape == (442, 1)


class TestSearches:
    def test_grid(self, iris):
        grid = [{"loss": "categorical_crossentropy", "units": [n]} for n in (1, 12)]
        search = GridSearchCV(classifier(), {"model_kwargs": grid}, cv=3).fit(*iris)
        assert search.best_params_ == {"model_kwargs": grid[1]}
        assert search.best_score_ > 0.85
        assert search.predict(iris[0]).shape == (150,)

    def test_randomized(self, diabetes):
        rates = [{"loss": "mse", "output": None, "rate": r} for r in (1e-7, 1e-6, 1e-5, 0.01)]
        search = RandomizedSearchCV(regressor(), {"model_kwargs": rates, "fit_kwargs": [{"epochs": 10, "verbose": 0}]},
                                    n_iter=4, cv=2, random_state=0).fit(*diabetes)
        assert search.best_params_["model_kwargs"]["rate"] == 0.01

    @pytest.mark.slow
    def test_in_processes(self, iris):
        scores = [cross_val_score(classifier(), *iris, cv=3, n_jobs=n) for n in (1, 2)]
        np.testing.assert_array_equal(*scores)

    def test_pipeline(self, iris):
        pipeline = make_pipeline(StandardScaler(), classifier())
        assert pipeline.fit(*iris).score(*iris) > 0.9
        assert clone(pipeline).fit(*iris).score(*iris) == pipeline.score(*iris)


class TestClone:
    def test_keeps_every_argument(self):
        """Keras's wrapper loses fit_kwargs here."""
        estimator = classifier(warm_start=True)
        twin = clone(estimator)
        assert twin.get_params() == estimator.get_params()
        assert twin.model is network
        assert twin.fit_kwargs is not estimator.fit_kwargs
        assert not hasattr(twin, "model_")

    def test_of_a_model(self, iris):
        x, y = iris
        model = network(x, np.zeros((1, 3)), "categorical_crossentropy")
        estimator = SKLearnClassifier(model, fit_kwargs={"verbose": 0})
        assert clone(estimator).model is not model
        estimator.fit(x, y)
        assert not np.array_equal(clone(estimator).fit(x, y).model_.params, np.zeros(1))

    def test_pickle(self, iris):
        estimator = classifier().fit(*iris)
        again = pickle.loads(pickle.dumps(estimator))
        np.testing.assert_array_equal(again.predict_proba(iris[0]), estimator.predict_proba(iris[0]))


class TestModel:
    def test_a_model_is_cloned_for_each_fit(self, iris):
        x, y = iris
        model = network(x, np.zeros((1, 3)), "categorical_crossentropy")
        held = model.get_weights()
        estimator = SKLearnClassifier(model, fit_kwargs={"verbose": 0})
        first = estimator.fit(x, y).model_
        second = estimator.fit(x, y).model_
        assert first is not second
        assert np.array_equal(first.params, second.params)              # each from the same start
        assert np.array_equal(held[0], model.get_weights()[0])

    def test_warm_start_goes_on(self, iris):
        x, y = iris
        model = network(x, np.zeros((1, 3)), "categorical_crossentropy")
        estimator = SKLearnClassifier(model, warm_start=True, fit_kwargs={"epochs": 2, "verbose": 0})
        assert estimator.fit(x, y).model_ is model
        assert model.optimizer.iterations == 10
        assert estimator.fit(x, y).model_ is model
        assert model.optimizer.iterations == 20
        other = classifier(warm_start=True, fit_kwargs={"verbose": 0}).fit(x, y)
        first = other.model_
        assert other.fit(x, y).model_ is first
        assert first.optimizer.iterations == 10

    def test_arguments_of_fit_win(self, iris):
        estimator = classifier()
        estimator.fit(*iris, epochs=3)
        assert len(estimator.history_.epoch) == 3
        assert estimator.fit_kwargs == {"epochs": 20, "verbose": 0}     # and are not remembered

    @pytest.mark.parametrize(("model", "error", "text"), [
        (3, TypeError, "SKLearnRegressor: model must be a Sequential or a function that makes one, got 3 (int)"),
        (lambda X, y: 3, TypeError, "SKLearnRegressor: the function must return a Sequential, got 3 (int)"),
        (lambda X, y: Sequential([layers.Dense(1)]), ValueError, "SKLearnRegressor: the model must be compiled"),
        (Sequential([layers.Dense(1)]), ValueError, "SKLearnRegressor: the model must be compiled"),
    ])
    def test_errors(self, diabetes, model, error, text):
        with pytest.raises(error) as caught:
            SKLearnRegressor(model).fit(*diabetes)
        assert text in str(caught.value)


class WithAnExtra(SKLearnClassifier):
    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None, extra=1):
        super().__init__(model, warm_start, model_kwargs, fit_kwargs)
        self.extra = extra


def test_a_subclass_is_cloned_with_its_own_parameters(make_model):
    assert clone(WithAnExtra(make_model(), extra=7)).extra == 7
