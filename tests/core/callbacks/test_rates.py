"""Callbacks that set the learning rate."""

import numpy as np
import pytest

from course_lib import callbacks, optimizers, schedules


class Rates(callbacks.Callback):
    """The rate and the momentum of each step."""

    def __init__(self, name="momentum"):
        self.name, self.rates, self.momenta = name, [], []

    def on_train_batch_end(self, batch, logs=None):
        self.rates.append(self.model.optimizer.learning_rate)
        self.momenta.append(getattr(self.model.optimizer, self.name, None))


class TestLearningRateScheduler:
    @pytest.mark.parametrize("schedule", [lambda epoch: 0.5 / (1 + epoch), lambda epoch, rate: 0.5 / (1 + epoch),
                                          lambda epoch, rate=None: 0.5 / (1 + epoch),
                                          schedules.InverseTimeDecay(0.5, 1, 1)])
    def test_one_argument_or_two(self, data, make_model, schedule):
        seen = Rates()
        history = make_model().fit(*data, batch_size=25, epochs=3, verbose=0,
                                   callbacks=[callbacks.LearningRateScheduler(schedule), seen])
        assert seen.rates == [0.5, 0.5, 0.25, 0.25, 0.5 / 3, 0.5 / 3]
        assert history.history["learning_rate"] == [0.5, 0.25, 0.5 / 3]

    def test_the_current_rate_is_passed_on(self, data, make_model):
        model = make_model(optimizer=optimizers.SGD(0.8))
        model.fit(*data, epochs=3, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda e, rate: rate / 2)])
        assert model.optimizer.learning_rate == 0.1

    def test_epochs_are_those_of_the_fit(self, data, make_model):
        """It starts over in every fit, unless an initial_epoch is given."""
        epochs, model = [], make_model()
        scheduler = callbacks.LearningRateScheduler(lambda epoch: epochs.append(epoch) or 0.1)
        model.fit(*data, epochs=2, callbacks=[scheduler], verbose=0)
        model.fit(*data, epochs=2, callbacks=[scheduler], verbose=0)
        model.fit(*data, epochs=4, initial_epoch=2, callbacks=[scheduler], verbose=0)
        assert epochs == [0, 1, 0, 1, 2, 3]

    def test_the_update_uses_it(self, data, make_model, equal_weights):
        a, b = make_model(optimizer=optimizers.SGD(0.9)), make_model(optimizer=optimizers.SGD(0.2))
        a.fit(*data, epochs=2, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda epoch: 0.2)])
        b.fit(*data, epochs=2, verbose=0)
        assert equal_weights(a, b)

    def test_verbose(self, data, make_model, capsys):
        make_model().fit(*data, callbacks=[callbacks.LearningRateScheduler(lambda e: 0.25, verbose=1)], verbose=0)
        assert capsys.readouterr().out == "Epoch 1: LearningRateScheduler setting learning rate to 0.25.\n"
        make_model().fit(*data, callbacks=[callbacks.LearningRateScheduler(lambda e: 0.25)], verbose=0)
        assert capsys.readouterr().out == ""

    def test_an_error_in_the_schedule_is_not_hidden(self, data, make_model):
        """Keras takes any TypeError for a schedule of one argument."""
        def schedule(epoch, rate):
            return rate + "a"
        with pytest.raises(TypeError, match="unsupported operand"):
            make_model().fit(*data, callbacks=[callbacks.LearningRateScheduler(schedule)], verbose=0)

    @pytest.mark.parametrize("rate", [0, -1, "0.1", None, np.nan, [0.1]])
    def test_what_is_no_rate(self, data, make_model, rate):
        model = make_model()
        with pytest.raises(ValueError) as caught:
            model.fit(*data, callbacks=[callbacks.LearningRateScheduler(lambda epoch: rate)], verbose=0)
        assert "LearningRateScheduler: what the schedule returns for epoch 0 must be a number in (0, inf), got " in \
            str(caught.value)
        assert model.optimizer.iterations == 0

    def test_an_optimizer_with_a_schedule(self, data, make_model):
        model = make_model(optimizer=optimizers.SGD(schedules.ExponentialDecay(0.1, 9, 0.5)))
        with pytest.raises(TypeError, match="LearningRateScheduler: the optimizer's learning rate must be a number"):
            model.fit(*data, callbacks=[callbacks.LearningRateScheduler(lambda epoch: 0.1)], verbose=0)

    def test_no_function(self):
        with pytest.raises(TypeError, match=r"LearningRateScheduler: schedule must be a function .*got 0.1 \(float\)"):
            callbacks.LearningRateScheduler(0.1)

    def test_a_builtin_without_signature(self, data, make_model):
        """Taken to want both."""
        scheduler = callbacks.LearningRateScheduler(max)
        history = make_model(optimizer=optimizers.SGD(0.5)).fit(*data, epochs=3, callbacks=[scheduler], verbose=0)
        assert history.history["learning_rate"] == [0.5, 1, 2]


def one_cycle(top, total, low, end, rise):
    """The polygon through (0, low), (rise, top), (2 rise, low), (total, end)."""
    return [float(np.interp(t, [0, rise, 2 * rise, total], [low, top, low, end])) for t in range(total)]


class TestOneCycleScheduler:
    def test_the_whole_training(self, data, make_model):
        """3 epochs of 5 steps; the rise takes 45 % of them."""
        seen, model = Rates(), make_model(optimizer=optimizers.SGD(0.1, momentum=0.5))
        history = model.fit(*data, batch_size=10, epochs=3, verbose=0,
                            callbacks=[callbacks.OneCycleScheduler(0.8), seen])
        np.testing.assert_allclose(seen.rates, one_cycle(0.8, 15, 0.08, 0.00008, 6), rtol=1e-12)
        np.testing.assert_allclose(seen.momenta, one_cycle(0.85, 15, 0.95, 0.95, 6), rtol=1e-12)
        assert history.history["learning_rate"] == [seen.rates[i] for i in (4, 9, 14)]
        assert history.history["momentum"] == [seen.momenta[i] for i in (4, 9, 14)]

    def test_arguments_of_the_cycle(self, data, make_model):
        seen, model = Rates(), make_model(optimizer=optimizers.SGD(0.1, momentum=0.5))
        cycle = {"initial_learning_rate": 0.2, "final_learning_rate": 0.01, "rise_steps": 3, "max_momentum": 0.9,
                 "min_momentum": 0.7}
        model.fit(*data, batch_size=10, epochs=2, verbose=0,
                  callbacks=[callbacks.OneCycleScheduler(0.6, 10, **cycle), seen])
        np.testing.assert_allclose(seen.rates, one_cycle(0.6, 10, 0.2, 0.01, 3), rtol=1e-12)
        np.testing.assert_allclose(seen.momenta, one_cycle(0.7, 10, 0.9, 0.9, 3), rtol=1e-12)

    def test_it_goes_on_where_it_stopped(self, data, make_model):
        seen, model = Rates(), make_model()
        for first, last in ((0, 1), (1, 3)):
            model.fit(*data, batch_size=10, epochs=last, initial_epoch=first, verbose=0,
                      callbacks=[callbacks.OneCycleScheduler(0.8, 15), seen])
        np.testing.assert_allclose(seen.rates, one_cycle(0.8, 15, 0.08, 0.00008, 6), rtol=1e-12)

    def test_beta_1_of_adam(self, data, make_model):
        seen, model = Rates("beta_1"), make_model(optimizer=optimizers.Adam(0.01))
        model.fit(*data, batch_size=10, epochs=2, verbose=0, callbacks=[callbacks.OneCycleScheduler(0.01), seen])
        assert seen.momenta[0] == 0.95
        assert min(seen.momenta) == pytest.approx(0.85)

    @pytest.mark.parametrize("optimizer", [lambda: optimizers.SGD(0.1), lambda: optimizers.Adagrad(0.1),
                                           lambda: optimizers.RMSprop(0.1)])
    def test_without_momentum(self, data, make_model, optimizer):
        seen, model = Rates(), make_model(optimizer=optimizer())
        history = model.fit(*data, batch_size=10, epochs=2, verbose=0,
                            callbacks=[callbacks.OneCycleScheduler(0.1), seen])
        assert max(seen.rates) == pytest.approx(0.1)
        assert set(seen.momenta) <= {0, None}
        assert "momentum" not in history.history

    def test_the_update_uses_both(self, data, make_model):
        """The velocity after each step, by hand."""
        model = make_model(optimizer=optimizers.SGD(0.1, momentum=0.5))
        cycle = schedules.OneCycle(0.5, 6)
        expected = np.zeros(model.count_params())
        for step in range(3):
            _, gradients = model.loss_and_gradients(*data)
            gradient = np.concatenate([g.ravel() for g in gradients.values()])
            expected = cycle.momentum(step) * expected - cycle(step) * gradient
            model.fit(*data, batch_size=50, epochs=step + 1, initial_epoch=step, shuffle=False, verbose=0,
                      callbacks=[callbacks.OneCycleScheduler(0.5, 6)])
            np.testing.assert_allclose(model.optimizer.velocity, expected, rtol=1e-10, atol=1e-15)

    @pytest.mark.parametrize(("arguments", "text"), [
        ((0.0,), "OneCycle: max_learning_rate must be a number in (0, inf)"),
        ((0.1, 2), "OneCycle: total_steps must be an integer of at least 3, got 2 (int)"),
        ((0.1, 10, 0.2), "takes from 2 to 3 positional arguments but 4 were given"),
    ])
    def test_errors(self, arguments, text):
        with pytest.raises((ValueError, TypeError)) as caught:
            callbacks.OneCycleScheduler(*arguments)
        assert text in str(caught.value)

    def test_errors_of_the_cycle(self):
        with pytest.raises(ValueError, match="OneCycle: rise_steps must be below half of total_steps=10, got 5"):
            callbacks.OneCycleScheduler(0.1, 10, rise_steps=5)
        with pytest.raises(ValueError, match="OneCycleScheduler: final_learning_rate must be above 0"):
            callbacks.OneCycleScheduler(0.1, 10, final_learning_rate=0)
        with pytest.raises(TypeError, match="rise"):
            callbacks.OneCycleScheduler(0.1, rise=5)

    def test_an_optimizer_with_a_schedule(self, data, make_model):
        model = make_model(optimizer=optimizers.SGD(lambda step: 0.1))
        with pytest.raises(TypeError, match="OneCycleScheduler: the optimizer's learning rate must be a number"):
            model.fit(*data, callbacks=[callbacks.OneCycleScheduler(0.1)], verbose=0)

    def test_a_training_too_short(self, data, make_model):
        model = make_model()
        with pytest.raises(ValueError, match="OneCycle: total_steps must be an integer of at least 3, got 1"):
            model.fit(*data, batch_size=50, callbacks=[callbacks.OneCycleScheduler(0.1)], verbose=0)
        assert model.optimizer.iterations == 0
