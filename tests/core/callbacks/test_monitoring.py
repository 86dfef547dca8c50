"""Early stopping, performance scheduling and termination, against a second reading of their rules."""

import itertools
import math

import numpy as np
import pytest

from course_lib import callbacks, metrics, optimizers, schedules

RNG = np.random.default_rng(3)
SEQUENCES = [[1, 0.8, 0.9, 0.85, 0.95, 0.9], [1, 0.9, 0.8, 0.7], [1, 1, 1, 1, 1], [0.5, 0.6, 0.4, 0.6, 0.3, 0.6, 0.7],
             *(RNG.integers(0, 8, 12) / 8 for _ in range(8))]


def records(values, start, delta, sign):
    """The epochs that beat all before them, from ``start`` on."""
    found, best = [], None
    for epoch in range(start, len(values)):
        if best is None or sign * (values[epoch] - best) > delta:
            found.append(epoch)
            best = values[epoch]
    return found


def stops_at(values, patience, delta=0.0, baseline=None, start=0, sign=-1):
    """(the epoch that ends the training, the best epoch): counted back from each epoch, with no state."""
    for epoch in range(max(start, 1), len(values)):
        so_far = records(values[:epoch + 1], start, delta, sign)
        counts = [e for e in so_far if baseline is None or sign * (values[e] - baseline) > delta]
        since = epoch - (counts[-1] if counts else start - 1)
        if epoch not in so_far and since >= patience:
            return epoch, so_far[-1]
    return len(values) - 1, records(values, start, delta, sign)[-1]


class TestEarlyStopping:
    @pytest.mark.parametrize("patience", [0, 1, 2, 3])
    @pytest.mark.parametrize("values", SEQUENCES)
    def test_patience(self, play, values, patience):
        history, _, _ = play(callbacks.EarlyStopping(patience=patience), values)
        assert history.epoch[-1] == stops_at(values, patience)[0]

    @pytest.mark.parametrize(("delta", "baseline", "start"), list(itertools.product([0, 0.125, 0.3], [None, 0.5],
                                                                                     [0, 3])))
    @pytest.mark.parametrize("values", SEQUENCES)
    def test_options(self, play, values, delta, baseline, start):
        if start >= len(values):
            return
        stopping = callbacks.EarlyStopping(min_delta=delta, patience=2, baseline=baseline, start_from_epoch=start,
                                           restore_best_weights=True)
        history, script, model = play(stopping, values)
        last, best = stops_at(values, 2, delta, baseline, start)
        assert history.epoch[-1] == last
        assert stopping.best_epoch == best
        assert stopping.best == values[best]
        for a, b in zip(model.get_weights(), script.weights[best], strict=True):
            assert np.array_equal(a, b)

    @pytest.mark.parametrize("values", SEQUENCES)
    def test_a_metric_that_should_rise(self, play, small, values):
        """mode="auto" asks the metric; "max" says it."""
        expected = stops_at(values, 2, sign=1)[0]
        model = small(metrics=["binary_accuracy"])
        history, _, _ = play(callbacks.EarlyStopping("val_binary_accuracy", patience=2), values, "val_binary_accuracy",
                             model)
        assert history.epoch[-1] == expected
        history, _, _ = play(callbacks.EarlyStopping("score", patience=2, mode="max"), values, "score")
        assert history.epoch[-1] == expected
        history, _, _ = play(callbacks.EarlyStopping("score", patience=2, mode="min"), values, "score")
        assert history.epoch[-1] == stops_at(values, 2)[0]

    def test_the_curriculum_s_numbers(self, play):
        for patience, values, epochs in ((0, [1, 0.8, 0.9, 0.7], 3), (1, [1, 0.8, 0.9, 0.7], 3),
                                         (2, [1, 0.8, 0.9, 0.85, 0.7], 4)):
            assert len(play(callbacks.EarlyStopping(patience=patience), values)[0].epoch) == epochs

    def test_an_improvement_of_just_min_delta_is_none(self, play):
        history, _, _ = play(callbacks.EarlyStopping(min_delta=0.25), [1, 0.75, 0.5])
        assert history.epoch[-1] == 1
        history, _, _ = play(callbacks.EarlyStopping(min_delta=-0.25), [1, 0.75 - 2**-50, 0.25])
        assert history.epoch[-1] == 2

    def test_weights_stay_where_they_are_without_restoring(self, play):
        _, script, model = play(callbacks.EarlyStopping(patience=1), [1, 2, 3])
        assert np.array_equal(model.get_weights()[0], script.weights[1][0])
        assert not np.array_equal(model.get_weights()[0], script.weights[0][0])

    def test_restores_after_the_last_epoch_too(self, play):
        stopping = callbacks.EarlyStopping(patience=9, restore_best_weights=True)
        history, script, model = play(stopping, [3, 1, 2])
        assert history.epoch == [0, 1, 2]
        assert np.array_equal(model.get_weights()[0], script.weights[1][0])
        assert stopping.stopped_epoch == 0

    def test_each_training_starts_afresh(self, play):
        stopping = callbacks.EarlyStopping(patience=1)
        assert play(stopping, [1, 2, 3])[0].epoch == [0, 1]
        assert play(stopping, [5, 4, 3])[0].epoch == [0, 1, 2]

    def test_the_first_epoch_of_a_training_that_goes_on(self, play):
        """Epochs count from initial_epoch, and only epoch 0 is safe."""
        history, _, _ = play(callbacks.EarlyStopping(patience=0, baseline=0.1), [1, 1, 1, 1], initial_epoch=1)
        assert history.epoch == [1, 2]

    def test_nan_is_no_improvement(self, play):
        assert play(callbacks.EarlyStopping(patience=2), [1, math.nan, math.nan, 0.5])[0].epoch == [0, 1, 2]

    def test_verbose(self, play, capsys):
        play(callbacks.EarlyStopping(patience=1, restore_best_weights=True, verbose=1), [1, 0.5, 2, 3])
        assert capsys.readouterr().out == ("Epoch 3: early stopping\n"
                                           "Restoring model weights from the end of the best epoch: 2.\n")
        play(callbacks.EarlyStopping(patience=1, restore_best_weights=True), [1, 0.5, 2, 3])
        play(callbacks.EarlyStopping(verbose=1), [1, 0.5])
        assert capsys.readouterr().out == ""

    def test_with_real_validation(self, small):
        """The model overshoots: the rate is too large, and the first validation is the best."""
        model = small(optimizers.SGD(1.5))
        x, y = np.ones((4, 1)), np.full((4, 1), 5.0)
        stopping = callbacks.EarlyStopping(patience=2, restore_best_weights=True)
        history = model.fit(x, y, epochs=9, validation_data=(x, y), callbacks=[stopping], verbose=0)
        assert history.epoch == [0, 1, 2]
        assert model.evaluate(x, y) == history.history["val_loss"][0]


def rates(values, factor, patience, delta, cooldown, minimum, start=1.0):
    """The rate in force during each epoch, and after the last."""
    found, rate, best, bad, rest = [], start, math.inf, 0, 0
    for value in values:
        found.append(rate)
        if rest:
            rest, bad = rest - 1, 0
        if value < best - delta:
            best, bad = value, 0
            continue
        if rest:
            continue
        bad += 1
        if bad >= patience and rate > minimum:
            rate, bad, rest = max(rate * factor, minimum), 0, cooldown
    return [*found, rate]


class TestReduceLROnPlateau:
    @pytest.mark.parametrize(("factor", "patience", "delta", "cooldown", "minimum"), [
        (0.5, 0, 0, 0, 0), (0.5, 1, 0, 0, 0), (0.5, 2, 0, 0, 0), (0.25, 1, 0.2, 0, 0), (0.5, 1, 0, 2, 0),
        (0.5, 2, 0.01, 1, 0), (0.5, 1, 0, 0, 0.3), (0.1, 1, 1e-4, 3, 0.05)])
    @pytest.mark.parametrize("values", SEQUENCES)
    def test_rates(self, play, small, values, factor, patience, delta, cooldown, minimum):
        plateau = callbacks.ReduceLROnPlateau(factor=factor, patience=patience, min_delta=delta, cooldown=cooldown,
                                              min_lr=minimum)
        model = small(optimizers.SGD(1.0))
        history, script, _ = play(plateau, values, model=model)
        expected = rates(values, factor, patience, delta, cooldown, minimum)
        assert [*script.rates, model.optimizer.learning_rate] == expected
        assert history.history["learning_rate"] == expected[:-1]         # the rate of the epoch, not the next one's

    def test_a_metric_that_should_rise(self, play, small):
        model = small(optimizers.SGD(1.0), metrics=["binary_accuracy"])
        plateau = callbacks.ReduceLROnPlateau("val_binary_accuracy", factor=0.5, patience=2)
        _, script, _ = play(plateau, [0.1, 0.2, 0.3, 0.3, 0.3, 0.4], "val_binary_accuracy", model)
        assert script.rates == [1, 1, 1, 1, 1, 0.5]

    def test_each_training_starts_afresh(self, play, small):
        model, plateau = small(optimizers.SGD(1.0)), callbacks.ReduceLROnPlateau(factor=0.5, patience=2, cooldown=5)
        play(plateau, [1, 2, 2], model=model)
        assert model.optimizer.learning_rate == 0.5
        play(plateau, [9, 9, 9], model=model)
        assert model.optimizer.learning_rate == 0.25

    def test_verbose(self, play, small, capsys):
        play(callbacks.ReduceLROnPlateau(factor=0.5, patience=1, verbose=1), [1, 2], model=small(optimizers.SGD(1.0)))
        assert capsys.readouterr().out == "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.5.\n"

    def test_a_schedule_cannot_be_reduced(self, play, small):
        model = small(optimizers.SGD(schedules.ExponentialDecay(0.1, 10, 0.5)))
        held = model.get_weights()
        with pytest.raises(TypeError, match=r"ReduceLROnPlateau: the optimizer's learning rate must be a number, for "
                                            r"the callback to change, got ExponentialDecay\("):
            play(callbacks.ReduceLROnPlateau(), [1, 1], model=model)
        assert np.array_equal(held[0], model.get_weights()[0])


class TestTerminateOnNaN:
    @pytest.fixture
    def diverging(self, small):
        def diverging(callback, rate=1e200):
            model = small(optimizers.SGD(rate))
            with np.errstate(all="ignore"):
                history = model.fit(np.ones((6, 1)), np.full((6, 1), 5.0), batch_size=2, epochs=3, verbose=0,
                                    callbacks=[callback])
            return model, history
        return diverging

    def test_stops_after_the_batch(self, diverging, capsys):
        model, history = diverging(callbacks.TerminateOnNaN())
        assert model.optimizer.iterations == 2
        assert history.epoch == [0]
        assert capsys.readouterr().out == "Batch 1: invalid loss, terminating training\n"

    def test_raises(self, diverging):
        with pytest.raises(RuntimeError, match="TerminateOnNaN: the loss is inf after batch 1"):
            diverging(callbacks.TerminateOnNaN(raise_error=True))

    def test_lets_others_be(self, diverging, capsys):
        model, _ = diverging(callbacks.TerminateOnNaN(), rate=0.1)
        assert model.optimizer.iterations == 9
        assert capsys.readouterr().out == ""

    @pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
    def test_values(self, small, loss, capsys):
        callback, model = callbacks.TerminateOnNaN(), small()
        callback.set_model(model)
        callback.on_train_batch_end(3, {})
        callback.on_train_batch_end(4, {"loss": 7.0})
        assert not model.stop_training
        callback.on_train_batch_end(5, {"loss": loss})
        assert model.stop_training
        assert capsys.readouterr().out.startswith("Batch 5")


@pytest.mark.parametrize("make", [callbacks.EarlyStopping, callbacks.ReduceLROnPlateau])
class TestMonitor:
    def test_what_is_not_in_the_logs(self, play, make):
        """A warning each time, as in Keras; a validation that comes every other epoch is no error."""
        with pytest.warns(UserWarning, match=rf"{make.__name__}: the logs have no 'val_loss', only: loss"):
            history, _, _ = play(make(), [None, None, 3.0])
        assert history.epoch == [0, 1, 2]

    def test_unknown_direction(self, play, small, make):
        """Said before anything is trained."""
        model = small(metrics=["mse", metrics.MeanMetricWrapper(lambda y, p: y[:, 0], "mine")])
        for monitor in ("val_mine", "vall_loss", "val_los"):
            with pytest.raises(ValueError) as caught:
                play(make(monitor), [1], model=model)
            assert str(caught.value) == (f"{make.__name__}: whether {monitor!r} should rise or fall is not known; give "
                                         "mode='max' or mode='min'. Known: loss, mse, mine")
        assert model.optimizer.iterations == 0

    @pytest.mark.parametrize(("arguments", "error", "text"), [
        ({"monitor": 10}, TypeError, "monitor must be a name in the logs, such as 'val_loss', got 10 (int)"),
        ({"mode": "Max"}, ValueError,
         "unknown mode 'Max' (str); expected one of: auto, min, max. Did you mean 'max'?"),
        ({"min_delta": math.nan}, ValueError, "min_delta must be a number in (-inf, inf), got nan (float)"),
        ({"patience": -1}, ValueError, "patience must be an integer of at least 0, got -1 (int)"),
        ({"patience": 1.5}, ValueError, "patience must be an integer of at least 0, got 1.5 (float)"),
    ])
    def test_errors(self, make, arguments, error, text):
        with pytest.raises(error) as caught:
            make(**arguments)
        assert text in str(caught.value)


@pytest.mark.parametrize(("make", "text"), [
    (lambda: callbacks.EarlyStopping(baseline="0"), "EarlyStopping: baseline must be a number in (-inf, inf), got '0'"),
    (lambda: callbacks.EarlyStopping(start_from_epoch=-1), "EarlyStopping: start_from_epoch must be an integer of at"),
    (lambda: callbacks.ReduceLROnPlateau(factor=1), "ReduceLROnPlateau: factor must be a number in (0, 1), got 1"),
    (lambda: callbacks.ReduceLROnPlateau(factor=0), "ReduceLROnPlateau: factor must be a number in (0, 1), got 0"),
    (lambda: callbacks.ReduceLROnPlateau(cooldown=-1), "ReduceLROnPlateau: cooldown must be an integer of at least 0"),
    (lambda: callbacks.ReduceLROnPlateau(min_lr=-1), "ReduceLROnPlateau: min_lr must be a number in [0, inf), got -1"),
])
def test_errors(make, text):
    with pytest.raises(ValueError) as caught:
        make()
    assert text in str(caught.value)
