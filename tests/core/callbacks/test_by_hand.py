"""Callbacks whose hooks somebody calls by hand, as in a training loop of one's own: logs may be left out."""

import numpy as np
import pytest

from course_lib import Input, Sequential, callbacks, layers


@pytest.fixture
def model():
    model = Sequential([Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(("callback", "rate"), [
    (callbacks.LearningRateScheduler(lambda epoch: 0.5 / (epoch + 1)), 0.25),
    (callbacks.OneCycleScheduler(0.5, total_steps=4, rise_steps=1), 0.5),
])
def test_without_logs(model, callback, rate):
    callback.set_model(model)
    callback.set_params({"epochs": 2, "steps": 1, "verbose": 0})
    callback.on_train_begin()
    callback.on_epoch_begin(1)
    callback.on_train_batch_begin(0)
    callback.on_train_batch_end(0)
    callback.on_epoch_end(1)
    assert model.optimizer.learning_rate == pytest.approx(rate)


def test_a_training_that_breaks_off_within_an_epoch_closes_its_bar(model, capsys):
    """The step's bar is left open by the epoch that does not end; the next training has one of its own."""
    class Interrupt(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    bar = callbacks.ProgbarLogger()
    x = np.ones((8, 2))
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, x[:, :1], batch_size=1, verbose=0, callbacks=[bar, Interrupt()])
    assert bar.bar is not None
    bar.on_train_end()
    assert bar.bar.disable                      # tqdm's mark of a bar that is closed
    capsys.readouterr()
