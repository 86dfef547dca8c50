"""Trainings whose logs are written by the test: ``play(callback, values)`` runs one epoch for each value."""

import numpy as np
import pytest

from course_lib import Input, Sequential, callbacks, layers, optimizers


class Script(callbacks.Callback):
    """Puts the values into the logs, and notes what was there to see at the end of each epoch."""

    def __init__(self, values, name):
        self.values, self.name, self.rates, self.weights = values, name, [], []

    def on_epoch_end(self, epoch, logs=None):
        if self.values[epoch] is not None:
            logs[self.name] = self.values[epoch]
        self.weights.append(self.model.get_weights())

    def on_train_begin(self, logs=None):
        self.rates, self.weights = [], []

    def on_epoch_begin(self, epoch, logs=None):
        self.rates.append(self.model.optimizer.learning_rate)


@pytest.fixture
def small():
    """A model of two weights that trains on one row, compiled with SGD."""
    def small(optimizer=None, metrics=(), seed=0):
        model = Sequential([Input((1,)), layers.Dense(1)], seed=seed, dtype="float64")
        model.compile(optimizer or optimizers.SGD(0.125), "mse", metrics=list(metrics))
        return model
    return small


@pytest.fixture
def play(small):
    """``play(callback, values, name="val_loss")``: (history, script, model) after a training with these logs."""
    def play(callback, values, name="val_loss", model=None, **arguments):
        model = model or small()
        script = Script(values, name)
        history = model.fit(np.ones((1, 1)), np.full((1, 1), 5.0), epochs=len(values), verbose=0,
                            callbacks=[script, callback], **arguments)
        return history, script, model
    return play
