"""Metrics against loops over rows, over batches, with weights."""

import math

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, losses, metrics
from course_lib.metrics.base import CheckedMetric

RNG = np.random.default_rng(5)
M, K = 200, 7
P = RNG.dirichlet(np.ones(K), M)
LABELS = RNG.integers(0, K, M)
ONE_HOT = np.eye(K)[LABELS]
YES_NO = RNG.integers(0, 2, (M, K))
WEIGHTS = RNG.uniform(0, 3, M)
WEIGHTS[::9] = 0


def argmax(row):
    best = 0
    for k, v in enumerate(row):
        if v > row[best]:
            best = k
    return best


def mean(values):
    """values: for each row a number or a list; weighted mean over the rows of each row's mean."""
    def over(y, p, weights):
        total = count = 0.0
        for yi, pi, w in zip(y, p, weights, strict=True):
            found = values(yi, pi)
            total += w * sum(found) / len(found)
            count += w
        return total / count
    return over


def top(k):
    return mean(lambda y, p: [sum(v > p[argmax(y)] for v in p) < k])


def counts(y, p, weights, positive):
    tp = fp = fn = 0.0
    for yi, pi, w in zip(y, p, weights, strict=True):
        for a, b in zip(yi, positive(pi), strict=True):
            tp += w * (a == 1 and b)
            fp += w * (a == 0 and b)
            fn += w * (a == 1 and not b)
    return tp, fp, fn


def precision(positive):
    def precision(y, p, weights):
        tp, fp, _ = counts(y, p, weights, positive)
        return tp / (tp + fp) if tp + fp else 0.0
    return precision


def recall(positive):
    def recall(y, p, weights):
        tp, _, fn = counts(y, p, weights, positive)
        return tp / (tp + fn) if tp + fn else 0.0
    return recall


def above(threshold):
    return lambda row: [v > threshold for v in row]


def largest(k, threshold=-math.inf):
    def largest(row):
        order = sorted(range(len(row)), key=lambda i: (-row[i], i))[:k]
        return [i in order and row[i] > threshold for i in range(len(row))]
    return largest


BINARY = mean(lambda y, p: [int(b > 0.5) == a for a, b in zip(y, p, strict=True)])
CLASS = mean(lambda y, p: [argmax(y) == argmax(p)])
SQUARED = mean(lambda y, p: [(a - b) ** 2 for a, b in zip(y, p, strict=True)])
ABSOLUTE = mean(lambda y, p: [abs(a - b) for a, b in zip(y, p, strict=True)])
ENTROPY = mean(lambda y, p: [-math.log(p[argmax(y)])])
SMOOTH = mean(lambda y, p: [-sum((0.9 * a + 0.1 / len(y)) * math.log(b) for a, b in zip(y, p, strict=True))])
LOGITS = mean(lambda y, z: [math.log(1 + math.exp(b)) - a * b for a, b in zip(y, z, strict=True)])

# (metric, labels as given, predictions, labels as rows for the loop, the loop)
CASES = {
    "accuracy-sparse": (lambda: metrics.get("accuracy"), LABELS, P, ONE_HOT, CLASS),
    "accuracy-sparse-column": (lambda: metrics.get("accuracy"), LABELS[:, None], P, ONE_HOT, CLASS),
    "accuracy-categorical": (lambda: metrics.get("accuracy"), ONE_HOT, P, ONE_HOT, CLASS),
    "accuracy-binary": (lambda: metrics.get("accuracy"), YES_NO[:, 0], P[:, :1] * 2, YES_NO[:, :1], BINARY),
    "accuracy-binary-column": (lambda: metrics.get("accuracy"), YES_NO[:, :1], P[:, 0] * 2, YES_NO[:, :1], BINARY),
    "binary_accuracy": (metrics.BinaryAccuracy, YES_NO, P * 2, YES_NO, BINARY),
    "binary_accuracy-threshold": (lambda: metrics.BinaryAccuracy(threshold=0.1), YES_NO, P, YES_NO,
                                  mean(lambda y, p: [int(b > 0.1) == a for a, b in zip(y, p, strict=True)])),
    "categorical_accuracy": (metrics.CategoricalAccuracy, ONE_HOT, P, ONE_HOT, CLASS),
    "sparse_categorical_accuracy": (metrics.SparseCategoricalAccuracy, LABELS, P, ONE_HOT, CLASS),
    "top_k": (lambda: metrics.TopKCategoricalAccuracy(3), ONE_HOT, P, ONE_HOT, top(3)),
    "top_5": (metrics.TopKCategoricalAccuracy, ONE_HOT, P, ONE_HOT, top(5)),
    "sparse_top_k": (lambda: metrics.SparseTopKCategoricalAccuracy(2), LABELS, P, ONE_HOT, top(2)),
    "sparse_top_5": (metrics.SparseTopKCategoricalAccuracy, LABELS, P, ONE_HOT, top(5)),
    "mse": (lambda: metrics.get("mse"), ONE_HOT, P, ONE_HOT, SQUARED),
    "rmse": (metrics.RootMeanSquaredError, ONE_HOT, P, ONE_HOT, lambda *a: math.sqrt(SQUARED(*a))),
    "mae": (lambda: metrics.get("mae"), ONE_HOT, P, ONE_HOT, ABSOLUTE),
    "binary_crossentropy": (lambda: metrics.BinaryCrossentropy(from_logits=True), YES_NO, P * 9 - 4, YES_NO, LOGITS),
    "binary_crossentropy-smooth": (lambda: metrics.BinaryCrossentropy(label_smoothing=0.2), YES_NO, P, YES_NO, mean(
        lambda y, p: [-(0.8 * a + 0.1) * math.log(b) - (0.9 - 0.8 * a) * math.log(1 - b)
                      for a, b in zip(y, p, strict=True)])),
    "categorical_crossentropy": (metrics.CategoricalCrossentropy, ONE_HOT, P, ONE_HOT, ENTROPY),
    "categorical_crossentropy-smooth": (lambda: metrics.CategoricalCrossentropy(label_smoothing=0.1), ONE_HOT, P,
                                        ONE_HOT, SMOOTH),
    "sparse_categorical_crossentropy": (metrics.SparseCategoricalCrossentropy, LABELS, P, ONE_HOT, ENTROPY),
    "precision": (metrics.Precision, YES_NO, P * 3, YES_NO, precision(above(0.5))),
    "recall": (metrics.Recall, YES_NO, P * 3, YES_NO, recall(above(0.5))),
    "precision-0.1": (lambda: metrics.Precision(0.1), YES_NO, P, YES_NO, precision(above(0.1))),
    "recall-0.1": (lambda: metrics.Recall(thresholds=[0.1]), YES_NO, P, YES_NO, recall(above(0.1))),
    "precision-top": (lambda: metrics.Precision(top_k=2), YES_NO, P, YES_NO, precision(largest(2))),
    "recall-top": (lambda: metrics.Recall(top_k=3), YES_NO, P, YES_NO, recall(largest(3))),
    "recall-top-above": (lambda: metrics.Recall(0.2, top_k=3), YES_NO, P, YES_NO, recall(largest(3, 0.2))),
    "precision-class": (lambda: metrics.Precision(0.2, class_id=4), YES_NO, P, YES_NO[:, 4:5],
                        lambda y, p, w: precision(above(0.2))(y, p[:, 4:5], w)),
    "recall-class-top": (lambda: metrics.Recall(top_k=2, class_id=3), YES_NO, P, YES_NO[:, 3:4],
                         lambda y, p, w: recall(lambda row: row)(y, [[largest(2)(r)[3]] for r in p], w)),
}


def test_every_metric_is_tested():
    assert {type(case[0]()) for case in CASES.values()} == set(metrics.METRICS.values())


@pytest.mark.parametrize("case", CASES)
class TestAgainstLoops:
    def test_at_once(self, case):
        make, y, p, rows, loop = CASES[case]
        value = make()(y, p)
        assert type(value) is float
        assert value == pytest.approx(loop(rows, p.reshape(M, -1), np.ones(M)), rel=1e-12)
        assert 0 < value < (10 if "entropy" in case else 1)

    def test_weighted(self, case):
        make, y, p, rows, loop = CASES[case]
        expected = loop(rows, p.reshape(M, -1), WEIGHTS)
        assert make()(y, p, WEIGHTS) == pytest.approx(expected, rel=1e-12)
        assert make()(y, p, sample_weight=WEIGHTS[:, None]) == pytest.approx(expected, rel=1e-12)
        assert expected != pytest.approx(loop(rows, p.reshape(M, -1), np.ones(M)), rel=1e-6)

    @pytest.mark.parametrize("weights", [np.ones(M), WEIGHTS], ids=["plain", "weighted"])
    def test_in_batches_of_unequal_size(self, case, weights):
        """The state counts rows, not batches; also in float32, also without the checks."""
        make, y, p, rows, loop = CASES[case]
        checked, raw = make(), make()
        p = p.reshape(M, -1).astype("float32")
        for start, stop in ((0, 64), (64, 70), (70, 71), (71, M)):
            given = y[start:stop], p[start:stop], weights[start:stop]
            checked.update_state(*given)
            raw.accumulate(given[0], given[1], given[2].astype("float32"))
        assert checked.result() == pytest.approx(loop(rows, p, weights), rel=1e-5)
        assert raw.result() == pytest.approx(checked.result(), rel=1e-5)

    def test_reset(self, case):
        make, y, p, _, _ = CASES[case]
        metric = make()
        first = metric(y[:9], p[:9])
        assert metric(y[9:], p[9:]) == pytest.approx(make()(y, p), rel=1e-12)       # it goes on counting
        metric.reset_state()
        assert metric.result() == 0
        assert metric(y[:9], p[:9]) == first

    def test_serialize(self, case):
        metric = CASES[case][0]()
        metric.name = "mine"
        again = metrics.deserialize(metrics.serialize(metric))
        assert type(again) is type(metric)
        assert again.get_config() == metric.get_config()
        assert repr(again) == repr(metric)
        assert again.name == "mine"


@pytest.mark.parametrize(("name", "direction"), [
    ("accuracy", "up"), ("binary_accuracy", "up"), ("categorical_accuracy", "up"),
    ("sparse_categorical_accuracy", "up"), ("top_k_categorical_accuracy", "up"),
    ("sparse_top_k_categorical_accuracy", "up"), ("precision", "up"), ("recall", "up"),
    ("mse", "down"), ("mean_squared_error", "down"), ("root_mean_squared_error", "down"), ("mae", "down"),
    ("mean_absolute_error", "down"), ("bce", "down"), ("binary_crossentropy", "down"),
    ("categorical_crossentropy", "down"), ("sparse_categorical_crossentropy", "down"),
])
def test_get(name, direction):
    metric = metrics.get(name)
    assert metric.name == name
    assert metric.direction == direction
    assert metrics.get(metric) is metric
    assert metrics.get(name) is not metric                              # each has a state of its own
    assert metrics.get(metrics.serialize(metric)).get_config() == metric.get_config()


def test_default_names():
    """Those of the registry; the short names and "accuracy" are Keras's own exceptions."""
    for name, cls in metrics.METRICS.items():
        assert cls().name == {"mse": "mean_squared_error", "mae": "mean_absolute_error",
                              "bce": "binary_crossentropy"}.get(name, name)
        assert "from_logits" not in cls().get_config() or cls().get_config()["from_logits"] is False


def test_the_functions_by_themselves():
    """One value a row, or one an entry; the five largest unless another number is asked for."""
    np.testing.assert_array_equal(metrics.binary_accuracy(YES_NO, P, 0.1), (P > 0.1) == YES_NO)
    np.testing.assert_array_equal(metrics.categorical_accuracy(ONE_HOT, P), P.argmax(axis=1) == LABELS)
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy(LABELS, P), P.argmax(axis=1) == LABELS)
    five = [label in sorted(range(K), key=lambda i: -row[i])[:5] for row, label in zip(P, LABELS, strict=True)]
    np.testing.assert_array_equal(metrics.top_k_categorical_accuracy(ONE_HOT, P), five)
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy(LABELS, P), five)


def test_names_of_one_s_own():
    assert metrics.Precision().name == "precision"
    assert metrics.get(metrics.RootMeanSquaredError).name == "root_mean_squared_error"
    assert metrics.Precision(name="p").name == "p"

    class ShareOfZeros(metrics.Metric):
        pass
    assert ShareOfZeros().name == "share_of_zeros"


def test_half_counts_as_no():
    up = np.nextafter(0.5, 1)
    assert metrics.get("binary_accuracy")([0, 1], [0.5, up]) == 1
    assert metrics.Recall()([1, 1], [0.5, up]) == 0.5


def test_ties_at_the_top():
    """All that tie with the k-th count as in for the accuracy; the first ones only for precision and recall."""
    p = np.array([[0.2, 0.4, 0.2, 0.2]])
    assert metrics.TopKCategoricalAccuracy(2)(np.eye(4)[[3]], p) == 1
    assert metrics.TopKCategoricalAccuracy(1)(np.eye(4)[[3]], p) == 0
    assert metrics.Recall(top_k=2)(np.eye(4)[[3]], p) == 0
    assert metrics.Recall(top_k=2)(np.eye(4)[[0]], p) == 1


def test_nothing_found_and_nothing_to_find():
    assert metrics.Precision()([1, 1], [0.1, 0.2]) == 0
    assert metrics.Recall()([0, 0], [0.9, 0.8]) == 0
    assert metrics.Precision()([1, 1], [0.9, 0.8], [0, 0]) == 0


def test_several_thresholds_give_an_array():
    metric = metrics.Precision(thresholds=[0.1, 0.3])
    result = metric(YES_NO, P)
    assert result.tolist() == [metrics.Precision(t)(YES_NO, P) for t in (0.1, 0.3)]
    metric.reset_state()
    assert metric.result().tolist() == [0, 0]
    with pytest.raises(ValueError, match=r"compile: a metric must give one number, got Precision\(name='precision', "
                                         r"thresholds=\[0.1, 0.3\]"):
        Sequential([Input((2,)), layers.Dense(1)]).compile("sgd", "mse", [metric])


class TestMean:
    def test_weights_by_rows(self):
        mean = metrics.Mean()
        assert mean.result() == 0                                       # as in Keras
        mean.update_state([1.0, 3.0, 5.0, 7.0])
        assert mean.result() == 4
        mean.update_state(14.0)
        assert mean.result() == 6
        mean.update_state(0.0, [7])
        assert mean.result() == 30 / 12
        mean.reset_state()
        mean.update_state([1, 3, 5, 7], sample_weight=[1, 1, 0, 0])
        assert mean.result() == 2
        mean.update_state([math.nan])                                   # a training that has diverged
        assert math.isnan(mean.result())

    def test_rows_of_several(self):
        mean = metrics.Mean(name="m")
        mean.update_state([[1.0, 3.0], [5.0, 7.0]], [3, 1])
        assert mean.result() == (3 * 2 + 1 * 6) / 4
        assert mean.name == "m"
        assert metrics.Mean().name == "mean"

    def test_float32_values_are_added_in_float64(self):
        mean = metrics.Mean()
        mean.add(np.full(20_000_000, 0.1, "float32"))
        assert mean.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)

    def test_errors(self):
        with pytest.raises(ValueError, match=r"mean: sample_weight must have shape \(2,\), one number a row, got"):
            metrics.Mean().update_state([1.0, 2.0], [1.0, 2.0, 3.0])


class TestFunctions:
    def test_a_function_is_averaged(self):
        def largest_error(y_true, y_pred):
            return np.abs(y_true - y_pred).max(axis=1)
        metric = metrics.get(largest_error)
        assert metric.name == "largest_error"
        assert metric.direction is None
        assert metric(ONE_HOT, P) == pytest.approx(np.abs(ONE_HOT - P).max(axis=1).mean(), rel=1e-13)
        assert metric.result() > 0

    def test_with_arguments(self):
        metric = metrics.MeanMetricWrapper(metrics.binary_accuracy, "shifted", threshold=0.1)
        assert metric.name == "shifted"
        assert metric(YES_NO, P) == metrics.BinaryAccuracy(threshold=0.1)(YES_NO, P)

    def test_a_number_is_one_value(self):
        metric = metrics.get(lambda y_true, y_pred: np.abs(y_true - y_pred).max())
        metric(ONE_HOT[:9], P[:9])
        assert metric(ONE_HOT[9:], P[9:]) == pytest.approx(
            (np.abs(ONE_HOT - P)[:9].max() + np.abs(ONE_HOT - P)[9:].max()) / 2, rel=1e-13)

    def test_of_another_length(self):
        with pytest.raises(ValueError, match=r"short: the function must give one value a row, 200 here, got an array of"
                                             r" shape \(3,\)"):
            metrics.MeanMetricWrapper(lambda y, p: np.zeros(3), "short")(ONE_HOT, P)

    def test_cannot_be_saved(self):
        with pytest.raises(ValueError, match=r"metric MeanMetricWrapper\(name='f'\) .*cannot be saved: only these can"):
            metrics.serialize(metrics.MeanMetricWrapper(len, "f"))


@pytest.mark.parametrize(("name", "y", "p", "text"), [
    ("accuracy", LABELS[:5], P, "accuracy: y_true and y_pred must have the same number of rows, got 5 and 200"),
    ("accuracy", ONE_HOT[:, :3], P, "categorical_accuracy: y_true must have y_pred's shape (200, 7), got an array of "
                                    "shape (200, 3), dtype float64"),
    ("accuracy", ONE_HOT, P[:, 0], "binary_accuracy: y_true must have y_pred's shape (200, 1), got an array of shape"),
    ("binary_accuracy", LABELS, P,
     "binary_accuracy: y_true must have y_pred's shape (200, 7), got an array of shape (200,)"),
    ("top_k_categorical_accuracy", LABELS, P,
     "top_k_categorical_accuracy: y_true must have y_pred's shape (200, 7), got an array of shape (200,)"),
    ("mse", LABELS, P, "mean_squared_error: y_true must have y_pred's shape (200, 7), got"),
    ("mae", LABELS, P, "mean_absolute_error: y_true must have y_pred's shape (200, 7), got"),
    ("precision", LABELS, P, "precision: y_true must have y_pred's shape (200, 7), got an array of shape (200,)"),
    ("recall", P, P, "recall: y_true must hold 0 and 1, got"), ("recall", ONE_HOT * 2, P, "got 2 in row 0"),
    ("sparse_categorical_accuracy", ONE_HOT, P,
     "sparse_categorical_accuracy: y_true must hold one integer label a row, got an array of shape (200, 7), dtype"),
    ("sparse_top_k_categorical_accuracy", ONE_HOT, P,
     "sparse_top_k_categorical_accuracy: y_true must hold one integer label a row, got"),
    ("sparse_categorical_crossentropy", LABELS + 1, P, "labels must be integers in 0..6, as y_pred has 7 columns"),
    ("binary_crossentropy", ONE_HOT * 2, P, "BinaryCrossentropy: y_true must lie in [0, 1]"),
    ("accuracy", LABELS, P[None].repeat(M, 0), "accuracy: y_true and y_pred must have shape (m, k) or (m,), got"),
    ("accuracy", P[None].repeat(M, 0), P, "accuracy: y_true and y_pred must have shape (m, k) or (m,), got"),
    ("accuracy", 1, 1.0, "accuracy: y_true and y_pred must have shape (m, k) or (m,), got an array of shape ()"),
    ("accuracy", [], [], "accuracy: y_true must not be empty"),
    ("accuracy", LABELS, P * np.nan, "accuracy: y_pred must be finite, got NaN at index (0, 0)"),
])
def test_errors(name, y, p, text):
    metric = metrics.get(name)
    with pytest.raises(ValueError) as caught:
        metric(y, p)
    assert text in str(caught.value)
    assert metric.result() == 0                                         # nothing was counted


@pytest.mark.parametrize("metric", [metrics.get("accuracy"), metrics.Precision()])
def test_weights_errors(metric):
    with pytest.raises(ValueError, match=rf"{metric.name}: sample_weight must have shape \(200,\), one number a row, "):
        metric(ONE_HOT, P, np.ones((M, K)))


@pytest.mark.parametrize(("make", "error", "text"), [
    (lambda: metrics.Precision(thresholds=1.5), ValueError,
     "precision: thresholds must be a number in [0, 1], got 1.5 (float)"),
    (lambda: metrics.Recall([0.5, -1], name="r"), ValueError,
     "r: each of thresholds must be a number in [0, 1], got -1 (int)"),
    (lambda: metrics.Recall([]), ValueError, "recall: thresholds must hold at least one number, got []"),
    (lambda: metrics.Precision(top_k=0), ValueError, "precision: top_k must be an integer of at least 1, got 0 (int)"),
    (lambda: metrics.Precision(class_id=-1), ValueError, "precision: class_id must be an integer of at least 0, got"),
    (lambda: metrics.Precision(class_id=7)(ONE_HOT, P), ValueError,
     "precision: class_id must be one of the 7 columns of y_pred, got 7"),
    (lambda: metrics.Recall(top_k=8)(ONE_HOT, P), ValueError,
     "recall: top_k must be at most 7, the columns of y_pred, got 8"),
    (lambda: metrics.TopKCategoricalAccuracy(0), ValueError, "k must be an integer of at least 1, got 0 (int)"),
    (lambda: metrics.SparseTopKCategoricalAccuracy(2.0), ValueError, "k must be an integer of at least 1, got 2.0"),
    (lambda: metrics.BinaryAccuracy(threshold="a"), ValueError, "binary_accuracy: threshold must be a number in"),
    (lambda: metrics.get("Accuracy"), ValueError,
     "unknown metric 'Accuracy' (str); expected one of: accuracy, binary_accuracy"),
    (lambda: metrics.get("Accuracy"), ValueError, "Did you mean 'accuracy'?"),
    (lambda: metrics.get(None), ValueError, "unknown metric None (NoneType)"),
    (lambda: metrics.Metric("m").update_state(ONE_HOT, P), NotImplementedError, ""),
    (lambda: CheckedMetric("m").check(ONE_HOT, 3) or metrics.Metric("m").result(), NotImplementedError, ""),
])
def test_arguments(make, error, text):
    with pytest.raises(error) as caught:
        make()
    assert text in str(caught.value)


class TestInAModel:
    @pytest.fixture
    def data(self):
        return RNG.normal(size=(M, 4)), LABELS

    def compiled(self, *given, weighted=(), loss="sparse_categorical_crossentropy", regularizer=None):
        model = Sequential([Input((4,)), layers.Dense(K, activation="softmax", kernel_regularizer=regularizer)], seed=1,
                           dtype="float64")
        model.compile("sgd", loss, metrics=list(given), weighted_metrics=list(weighted))
        return model

    def test_names_in_the_logs(self, data):
        """Numbered where one comes twice, as in Keras."""
        def mine(y_true, y_pred):
            return y_pred[:, 0]
        model = self.compiled("accuracy", mine, metrics.SparseTopKCategoricalAccuracy(3, name="top"), "accuracy",
                              "accuracy", weighted=["accuracy", "sparse_categorical_accuracy", "accuracy"])
        names = ["loss", "accuracy", "mine", "top", "accuracy_1", "accuracy_2", "weighted_accuracy",
                 "sparse_categorical_accuracy", "weighted_accuracy_1"]
        assert list(model.evaluate(*data, return_dict=True)) == names
        assert list(model.train_on_batch(*data)) == names
        assert [m.name for m in model.metrics][:3] == ["accuracy", "mine", "top"]

    def test_over_the_rows_of_the_epoch(self, data):
        """Precision is no mean of the batches' precisions."""
        x, y = data
        model = self.compiled(metrics.Precision(0.2), metrics.Recall(0.2, class_id=2), loss="categorical_crossentropy")
        p = model.predict(x)
        found = model.evaluate(x, ONE_HOT, batch_size=13)
        assert found[1:] == [metrics.Precision(0.2)(ONE_HOT, p), metrics.Recall(0.2, class_id=2)(ONE_HOT, p)]
        batches = [metrics.Precision(0.2)(ONE_HOT[i:i + 13], p[i:i + 13]) for i in range(0, M, 13)]
        assert abs(np.mean(batches) - found[1]) > 1e-3

    def test_weights_are_for_the_weighted_ones(self, data):
        x, y = data
        model = self.compiled("accuracy", weighted=["accuracy", metrics.SparseCategoricalCrossentropy(name="ce")])
        p = model.predict(x)
        logs = model.evaluate(x, y, batch_size=30, sample_weight=WEIGHTS, return_dict=True)
        assert logs["accuracy"] == pytest.approx(metrics.get("accuracy")(y, p), rel=1e-13)
        assert logs["weighted_accuracy"] == pytest.approx(metrics.get("accuracy")(y, p, WEIGHTS), rel=1e-13)
        assert logs["accuracy"] != logs["weighted_accuracy"]
        # The loss divides by the number of rows, the metric by the sum of the weights, as in Keras.
        assert logs["loss"] == pytest.approx(losses.SparseCategoricalCrossentropy()(y, p, WEIGHTS), rel=1e-12)
        assert logs["ce"] == pytest.approx(logs["loss"] * M / WEIGHTS.sum(), rel=1e-12)

    def test_a_crossentropy_without_the_penalty(self, data):
        model = self.compiled("sparse_categorical_crossentropy", regularizer="l2")
        logs = model.evaluate(*data, return_dict=True)
        penalty = 0.01 * np.square(model.layers[0].kernel).sum()
        assert logs["loss"] - logs["sparse_categorical_crossentropy"] == pytest.approx(penalty, rel=1e-10)

    def test_a_metric_of_one_s_own(self, data):
        """With Keras's three methods, and nothing else."""
        class Rows(metrics.Metric):
            def __init__(self, name="rows"):
                super().__init__(name=name)
                self.count = 0

            def update_state(self, y_true, y_pred, sample_weight=None):
                assert y_true.shape == y_pred.shape[:1]
                self.count += len(y_true) if sample_weight is None else sample_weight.sum()

            def result(self):
                return self.count

            def reset_state(self):
                self.count = 0
        mine, weighed = Rows(), Rows("weighed")
        model = self.compiled(mine, weighted=[weighed])
        history = model.fit(*data, batch_size=32, epochs=2, validation_split=0.25, sample_weight=np.full(M, 2.0),
                            verbose=0).history
        assert history["rows"] == [150, 150]
        assert history["weighed"] == [300, 300]
        assert history["val_rows"] == [50, 50]
        assert history["val_weighed"] == [100, 100]
        assert mine.result() == 50                                      # what was counted last
        assert metrics.Metric.check(mine, None, 3) is None

    def test_the_name_loss_is_taken(self, data):
        model = self.compiled(metrics.MeanMetricWrapper(lambda y, p: p[:, 0], "loss"))
        assert list(model.evaluate(*data, return_dict=True)) == ["loss", "loss_1"]

    @pytest.mark.parametrize(("metric", "text"), [
        ("precision", r"precision: y_true must have y_pred's shape \(200, 7\), got an array of shape \(200,\)"),
        ("mse", r"mean_squared_error: y_true must have y_pred's shape \(200, 7\), got an array of shape \(200,\)"),
        ("categorical_crossentropy", r"CategoricalCrossentropy: y_true must have shape \(m, 7\), as y_pred has 7")])
    def test_labels_that_do_not_suit_are_refused_before_anything_happens(self, data, metric, text):
        model = self.compiled(metric)
        held = model.params.copy()
        with pytest.raises(ValueError, match=text):
            model.fit(*data, verbose=0)
        assert np.array_equal(held, model.params)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16, bool])
def test_narrow_predictions_are_widened(dtype):
    y, p = np.array([1, 0], dtype), np.array([0, 1], dtype)
    assert metrics.MeanAbsoluteError()(y, p) == 1
    assert metrics.get("bce")(y, y.copy()) < 1e-6


@pytest.mark.parametrize("label", [-1, 2, 0.5])
def test_sparse_top_k_refuses_what_is_no_class(label):
    with pytest.raises(ValueError, match=r"sparse_top_k_categorical_accuracy: y_true must hold integers in 0..1, as "):
        metrics.SparseTopKCategoricalAccuracy(k=1)([label], [[0.1, 0.9]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 4])
def test_no_label_is_among_the_top_of_a_row_that_is_not_finite(bad, column):
    """As in Keras; a model that has diverged is not the best."""
    p = np.tile(np.array([0.1, 0.5, 0.2, 0.15, 0.05]), (2, 1))
    p[1, column] = bad
    for metric, y in ((metrics.SparseTopKCategoricalAccuracy(5), [column, column]),
                      (metrics.TopKCategoricalAccuracy(5), np.eye(5)[[column, column]])):
        metric.accumulate(np.asarray(y), p, None)
        assert metric.result() == 0.5
