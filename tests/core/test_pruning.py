"""Magnitude pruning: which weights go, when, and that they stay away."""

import numpy as np
import pytest

from course_lib import Input, Sequential, layers, optimizers
from course_lib.callbacks import Callback
from course_lib.datasets import digits
from course_lib.pruning import (
    ConstantSparsity,
    MagnitudePruning,
    PolynomialDecay,
    PruningSchedule,
    magnitude_masks,
    prune,
    sparsity,
)


class TestMasks:
    def test_by_hand(self):
        a, b = np.array([[0.1, -5.0], [0.3, -0.2]]), np.array([[0.05, 10.0]])
        masks = magnitude_masks([a, b], 0.5)
        assert [m.tolist() for m in masks] == [[[False, True], [True, False]], [[False, True]]]
        masks = magnitude_masks([a, b], 0.5, scope="layer")
        assert [m.tolist() for m in masks] == [[[False, True], [True, False]], [[False, True]]]
        masks = magnitude_masks([a, b], 2 / 3)
        assert [m.tolist() for m in masks] == [[[False, True], [False, False]], [[False, True]]]

    def test_scopes_differ_where_scales_do(self, rng):
        small, large = rng.normal(size=(40, 10)), 100 * rng.normal(size=(40, 10))
        a, b = magnitude_masks([small, large], 0.5, scope="global")
        assert a.sum() < 20
        assert b.sum() > 380
        a, b = magnitude_masks([small, large], 0.5, scope="layer")
        assert (a.sum(), b.sum()) == (200, 200)

    @pytest.mark.parametrize("scope", ["global", "layer"])
    @pytest.mark.parametrize("share", [0, 0.1, 0.333, 0.5, 0.9, 0.99])
    def test_against_a_sort(self, scope, share, rng):
        """The kept magnitudes are exactly the largest ones, by Python's own sort."""
        arrays = [rng.normal(size=(7, 11)).astype("float32"), rng.normal(size=(11, 3))]
        groups = [arrays] if scope == "global" else [[w] for w in arrays]
        masks = magnitude_masks(arrays, share, scope)
        given = [masks] if scope == "global" else [[m] for m in masks]
        for group, mask in zip(groups, given, strict=True):
            ranked = sorted(abs(float(v)) for w in group for v in w.ravel())
            kept = sorted(abs(float(v)) for w, m in zip(group, mask, strict=True) for v in w[m])
            assert kept == ranked[-max(round(len(ranked) * (1 - share)), 1):]

    def test_equal_magnitudes_and_the_last_weight(self):
        assert magnitude_masks([np.ones((1, 4))], 0.5)[0].tolist() == [[False, False, True, True]]
        assert magnitude_masks([np.ones((2, 2))], 0.999)[0].sum() == 1

    def test_toolkit_s_rule(self, rng):
        """Per layer, the toolkit keeps what is at least the k-th largest magnitude, k = round(n (1 - q))."""
        w = rng.normal(size=(13, 7))
        for share in (0.25, 0.5, 0.77, 0.9):
            k = max(round(w.size * (1 - share)), 1)
            threshold = np.sort(np.abs(w), axis=None)[::-1][k - 1]
            np.testing.assert_array_equal(magnitude_masks([w], share, "layer")[0], np.abs(w) >= threshold)

    def test_growing_masks_are_nested(self, rng):
        w = rng.normal(size=(20, 20))
        before = np.ones(w.shape, bool)
        for share in (0.2, 0.5, 0.8):
            mask = magnitude_masks([w], share)[0]
            assert not (mask & ~before).any()
            w[~mask] = 0
            before = mask

    @pytest.mark.parametrize(("arguments", "error", "text"), [
        (([np.ones((2, 2))], 1.0), ValueError, "magnitude_masks: sparsity must be a number in [0, 1), got 1.0 (float)"),
        (([np.ones((2, 2))], -0.1), ValueError, "magnitude_masks: sparsity must be a number in [0, 1), got -0.1"),
        (([np.ones((2, 2))], 0.5, "local"), ValueError,
         "unknown scope of pruning 'local' (str); expected one of: global, layer"),
        ((np.ones((2, 2)), 0.5), TypeError, "magnitude_masks: weights must be a list of arrays, got an array of shape"),
        (([], 0.5), TypeError, "magnitude_masks: weights must be a list of arrays, got [] (list)"),
        (([np.array([[np.nan]])], 0.5), ValueError, "magnitude_masks: each entry of weights must be finite, got NaN"),
    ])
    def test_bad_input(self, arguments, error, text):
        with pytest.raises(error) as caught:
            magnitude_masks(*arguments)
        assert text in str(caught.value)


class TestSchedules:
    def test_cubic_by_hand(self):
        """F62, exact in binary: from 0.5 to 1 - 1/8 over 8 steps."""
        schedule = PolynomialDecay(0.5, 0.875, begin_step=4, end_step=12, frequency=2)
        assert schedule.power == 3
        for step in range(20):
            left = {4: 1, 6: 27 / 64, 8: 1 / 8, 10: 1 / 64, 12: 0}.get(step)
            due, share = schedule(step)
            assert due is (left is not None)
            if left is not None:
                assert share == 0.875 - 0.375 * left
        assert schedule(0)[1] == 0.5
        assert schedule(19)[1] == 0.875

    def test_other_powers(self):
        assert PolynomialDecay(0.0, 0.8, 0, 10, power=1)(5)[1] == pytest.approx(0.4)
        assert PolynomialDecay(0.0, 0.8, 0, 10, power=0.5)(5)[1] == pytest.approx(0.8 * (1 - np.sqrt(0.5)))

    def test_constant(self):
        schedule = ConstantSparsity(0.25, 10, 30, frequency=10)
        assert [step for step in range(60) if schedule(step)[0]] == [10, 20, 30]
        assert {schedule(step)[1] for step in range(60)} == {0.25}
        assert [step for step in range(350) if ConstantSparsity(0.25, 40)(step)[0]] == [40, 140, 240, 340]

    @pytest.mark.parametrize("schedule", [ConstantSparsity(0.5, 3, -1, 7), PolynomialDecay(0.1, 0.9, 2, 50, 2.0, 5)],
                             ids=repr)
    def test_configuration(self, schedule):
        twin = type(schedule)(**schedule.get_config())
        assert repr(twin) == repr(schedule)
        assert [twin(s) for s in range(60)] == [schedule(s) for s in range(60)]
        assert "frequency=" in repr(schedule)

    @pytest.mark.parametrize(("call", "text"), [
        (lambda: ConstantSparsity(1, 0), "ConstantSparsity: target_sparsity must be a number in [0, 1), got 1 (int)"),
        (lambda: ConstantSparsity(0.5, -1), "ConstantSparsity: begin_step must be an integer of at least 0, got -1"),
        (lambda: ConstantSparsity(0.5, 5, 4),
         "ConstantSparsity: end_step must not come before begin_step, got begin_step=5 and end_step=4"),
        (lambda: ConstantSparsity(0.5, 5, -2), "ConstantSparsity: end_step must be an integer of at least -1, got -2"),
        (lambda: ConstantSparsity(0.5, 5, frequency=0), "frequency must be an integer of at least 1, got 0"),
        (lambda: PolynomialDecay(1.5, 0.5, 0, 9), "PolynomialDecay: initial_sparsity must be a number in [0, 1), got"),
        (lambda: PolynomialDecay(0, 1.0, 0, 9), "PolynomialDecay: final_sparsity must be a number in [0, 1), got 1.0"),
        (lambda: PolynomialDecay(0, 0.5, 0, -1), "PolynomialDecay: end_step must be an integer of at least 1, got -1"),
        (lambda: PolynomialDecay(0, 0.5, 3, 3), "PolynomialDecay: end_step must come after begin_step, got 3 for both"),
        (lambda: PolynomialDecay(0, 0.5, 3, 2), "PolynomialDecay: end_step must not come before begin_step"),
        (lambda: PolynomialDecay(0, 0.5, 0, 9, power=0), "PolynomialDecay: power must be a number in (0, inf), got 0"),
    ])
    def test_bad_input(self, call, text):
        with pytest.raises(ValueError) as caught:
            call()
        assert text in str(caught.value)


def make(optimizer=None, seed=0):
    model = Sequential([Input((64,)), layers.Dense(40, activation="relu", name="low"),
                        layers.Dense(30, activation="relu", name="high"), layers.Dense(10, activation="softmax")],
                       seed=seed)
    model.compile(optimizer or optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    return model


KERNELS = {"low/kernel": 64 * 40, "high/kernel": 40 * 30, "dense/kernel": 30 * 10}
TOTAL = sum(KERNELS.values())


class TestPrune:
    def test_at_once(self):
        model = make()
        before = model.get_weights()
        masks = prune(model, 0.75)
        assert list(masks) == list(KERNELS)
        for old, new, mask in zip(before[::2], model.get_weights()[::2], masks.values(), strict=True):
            np.testing.assert_array_equal(new, np.where(mask, old, 0))
            assert not np.signbit(new[~mask]).any()
        for old, new in zip(before[1::2], model.get_weights()[1::2], strict=True):
            np.testing.assert_array_equal(old, new)
        threshold = min(np.abs(old[mask]).min() for old, mask in zip(before[::2], masks.values(), strict=True))
        assert threshold >= max(np.abs(old[~mask]).max() for old, mask in zip(before[::2], masks.values(), strict=True))
        report = sparsity(model)
        assert list(report) == [*KERNELS, "total"]
        assert report["total"] == 0.75
        assert {p: round(s * KERNELS[p]) for p, s in report.items() if p in KERNELS} == {
            p: int((~m).sum()) for p, m in masks.items()}

    def test_per_layer_and_some_layers(self):
        model = make()
        prune(model, 0.6, scope="layer")
        assert set(sparsity(model).values()) == {0.6}
        model = make()
        assert list(prune(model, 0.5, layers=["high", "low"])) == ["low/kernel", "high/kernel"]
        report = sparsity(model)
        assert report["dense/kernel"] == 0
        assert report["total"] == pytest.approx((2560 + 1200) / 2 / TOTAL)

    def test_models_within_models(self):
        inner = Sequential([Input((4,)), layers.Dense(3)], name="inner", seed=0)
        model = Sequential([Input((4,)), inner, layers.BatchNormalization(), layers.Dense(2)], seed=1)
        assert list(prune(model, 0.5, layers=["inner/dense"])) == ["inner/dense/kernel"]
        assert sparsity(model)["inner/dense/kernel"] == 0.5

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: prune("model", 0.5), TypeError, "prune: model must be a Sequential, got 'model' (str)"),
        (lambda: prune(Sequential([layers.Dense(3)]), 0.5), ValueError, "prune: the model has no weights yet; start"),
        (lambda: prune(Sequential([Input((3,)), layers.Activation("relu")]), 0.5), ValueError,
         "prune: at least one layer must have a kernel, got none"),
        (lambda: prune(make(), 0.5, layers="low"), TypeError, "prune: layers must be a list of names, got 'low' (str)"),
        (lambda: prune(make(), 0.5, layers=["lowest"]), ValueError,
         "unknown layer with a kernel 'lowest' (str); expected one of: low, high, dense. Did you mean 'low'?"),
        (lambda: prune(make(), 0.5, layers=[]), ValueError, "prune: at least one layer must have a kernel, got none"),
        (lambda: prune(make(), 1.5), ValueError, "sparsity must be a number in [0, 1), got 1.5"),
        (lambda: sparsity(3), TypeError, "sparsity: model must be a Sequential, got 3 (int)"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)


class Watch(Callback):
    """The sparsity after each step, and the kernels."""

    def __init__(self):
        self.total, self.kernels = [], []

    def on_train_batch_end(self, batch, logs=None):
        self.total.append(sparsity(self.model)["total"])
        self.kernels.append([w for w in self.model.get_weights() if w.ndim == 2])


@pytest.fixture(scope="module")
def data():
    return digits.load_splits()


class TestCallback:
    def test_follows_the_schedule_and_never_goes_back(self, data):
        schedule = PolynomialDecay(0.2, 0.9, begin_step=5, end_step=45, frequency=10)
        model, watch = make(), Watch()
        model.fit(*data.train, epochs=2, verbose=0, callbacks=[MagnitudePruning(schedule), watch])
        assert len(watch.total) == 66
        expected = 0.0
        for step, seen in enumerate(watch.total):
            if schedule(step)[0]:
                expected = 1 - round((1 - schedule.sparsity(step)) * TOTAL) / TOTAL
            assert seen == pytest.approx(expected, abs=1e-12), step
        for earlier, later in zip(watch.kernels, watch.kernels[1:], strict=False):
            for a, b in zip(earlier, later, strict=True):
                assert not ((a == 0) & (b != 0)).any()
        assert expected == pytest.approx(0.9, abs=1e-3)

    @pytest.mark.parametrize("optimizer", ["adam", "momentum"])
    def test_still_learns_and_differs_from_one_shot(self, data, optimizer):
        """90 % of the weights are zero, and a good part of the digits is still recognised."""
        model = make("adam" if optimizer == "adam" else None)
        model.fit(*data.train, epochs=12, verbose=0, callbacks=[
            MagnitudePruning(PolynomialDecay(0.0, 0.9, 0, 250, frequency=25))])
        assert sparsity(model)["total"] == pytest.approx(0.9, abs=1e-3)
        assert model.evaluate(*data.test)[1] > 0.85

    def test_every_other_weight_moves_as_without_it(self, data):
        """A share of 0 prunes nothing: the training is the same to the last bit."""
        plain, pruned = make(), make()
        plain.fit(*data.train, epochs=1, verbose=0)
        pruned.fit(*data.train, epochs=1, verbose=0, callbacks=[MagnitudePruning(ConstantSparsity(0.0, 0))])
        for a, b in zip(plain.get_weights(), pruned.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_against_masks_in_a_loop(self, data):
        """The same by hand: prune at step 0, one step, mask, and so on."""
        (x, y), model, other = data.train, make(), make()
        model.fit(x[:320], y[:320], epochs=1, shuffle=False, verbose=0,
                  callbacks=[MagnitudePruning(ConstantSparsity(0.7, 0, frequency=1000), scope="layer")])
        masks = prune(other, 0.7, scope="layer")
        for start in range(0, 320, 32):
            other.train_on_batch(x[start:start + 32], y[start:start + 32])
            for layer, mask in zip(other.layers, masks.values(), strict=True):
                layer.kernel *= mask
        for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_holds_what_is_zero(self, data):
        model = make()
        masks = prune(model, 0.8)
        held = MagnitudePruning()
        model.fit(*data.train, epochs=1, verbose=0, callbacks=[held])
        assert sparsity(model)["total"] == pytest.approx(0.8, abs=1e-3)
        for path, mask in masks.items():
            np.testing.assert_array_equal(held.masks[path], mask)
        model.fit(*data.train, epochs=1, verbose=0)                 # without it they come back
        assert sparsity(model)["total"] < 0.5

    def test_a_second_fit_goes_on(self, data):
        schedule = PolynomialDecay(0.0, 0.9, 0, 60, frequency=10)
        once, twice = make(), make()
        once.fit(*data.train, epochs=2, shuffle=False, verbose=0, callbacks=[MagnitudePruning(schedule)])
        pruning = MagnitudePruning(schedule)
        for _ in range(2):
            twice.fit(*data.train, epochs=1, shuffle=False, verbose=0, callbacks=[pruning])
        for a, b in zip(once.get_weights(), twice.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_weights_brought_back_between_fits_are_zero_again(self, data):
        """A fit without the callback lets them grow; the next one with it starts from its masks."""
        model, pruning = make(), MagnitudePruning(ConstantSparsity(0.5, 0, frequency=1000))
        model.fit(*data.train, epochs=1, verbose=0, callbacks=[pruning])
        zeros = [w == 0 for w in model.get_weights()[::2]]
        model.fit(*data.train, epochs=1, verbose=0)
        model.fit(*data.train, epochs=0, verbose=0, callbacks=[pruning])
        for zero, w in zip(zeros, model.get_weights()[::2], strict=True):
            np.testing.assert_array_equal(w == 0, zero)

    def test_goes_on_with_a_loaded_model(self, data, tmp_path):
        """33 steps, saved, loaded with a new callback, 33 more: the same as 66."""
        schedule = PolynomialDecay(0.0, 0.9, 0, 60, frequency=20)
        once, model = make(), make()
        once.fit(*data.train, epochs=2, shuffle=False, verbose=0, callbacks=[MagnitudePruning(schedule)])
        model.fit(*data.train, epochs=1, shuffle=False, verbose=0, callbacks=[MagnitudePruning(schedule)])
        model.save(tmp_path / "m.npz")
        loaded = Sequential.load(tmp_path / "m.npz")
        loaded.fit(*data.train, epochs=1, shuffle=False, verbose=0, callbacks=[MagnitudePruning(schedule)])
        for a, b in zip(once.get_weights(), loaded.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_another_model_gets_its_own_masks(self, data):
        pruning = MagnitudePruning(ConstantSparsity(0.5, 0))
        for seed in (1, 2):
            model = make(seed=seed)
            model.fit(*data.train, epochs=1, verbose=0, callbacks=[pruning])
            assert sparsity(model)["total"] == pytest.approx(0.5, abs=1e-3)
            np.testing.assert_array_equal(pruning.masks["low/kernel"], model.layers[0].kernel != 0)

    def test_before_the_first_step_of_the_schedule(self, data):
        model, pruning = make(), MagnitudePruning(ConstantSparsity(0.5, 1000))
        model.fit(*data.train, epochs=1, verbose=0, callbacks=[pruning])
        assert pruning.masks == {}
        assert sparsity(model)["total"] == 0

    def test_a_schedule_of_one_s_own(self, data):
        class Twice(PruningSchedule):
            def __call__(self, step):
                return step in (3, 7), 0.3 if step < 5 else 0.6
        watch = Watch()
        make().fit(*data.train, epochs=1, verbose=0,
                   callbacks=[MagnitudePruning(Twice(), scope="layer", layers=["low"]), watch])
        zeros = np.round(np.array(watch.total) * TOTAL / KERNELS["low/kernel"], 9)
        assert zeros.tolist() == [0] * 3 + [0.3] * 4 + [0.6] * 26

    @pytest.mark.parametrize(("call", "error", "text"), [
        (lambda: MagnitudePruning(0.5), TypeError,
         "MagnitudePruning: pruning_schedule must be a schedule such as ConstantSparsity(0.5, 0), got 0.5 (float)"),
        (lambda: MagnitudePruning(scope="all"), ValueError, "unknown scope of pruning 'all' (str)"),
    ])
    def test_bad_input(self, call, error, text):
        with pytest.raises(error) as caught:
            call()
        assert text in str(caught.value)

    def test_bad_layers_before_anything_changes(self, data):
        model = make()
        before = model.get_weights()
        with pytest.raises(ValueError, match="unknown layer with a kernel 'none'"):
            model.fit(*data.train, verbose=0, callbacks=[MagnitudePruning(ConstantSparsity(0.5, 0), layers=["none"])])
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
