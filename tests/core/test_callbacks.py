import numpy as np
import pytest

from course_lib import callbacks

HOOKS = [name for name in vars(callbacks.Callback) if name.startswith("on_")]


class Recorder(callbacks.Callback):
    """Writes down every call: hook, index, names in logs."""

    def __init__(self):
        self.calls = []


def record(hook):
    def on(self, *arguments):
        logs = arguments[-1]
        assert isinstance(logs, dict)
        self.calls.append((hook, *arguments[:-1], sorted(logs)))
    return on


for name in HOOKS:
    setattr(Recorder, name, record(name))


def test_order_and_arguments(data, make_model):
    recorder = Recorder()
    make_model().fit(*data, batch_size=20, epochs=2, validation_data=data, callbacks=[recorder], verbose=0)
    batch_logs, epoch_logs = ["accuracy", "loss"], ["accuracy", "loss", "val_accuracy", "val_loss"]
    expected = [("on_train_begin", [])]
    for epoch in range(2):
        expected.append(("on_epoch_begin", epoch, []))
        for batch in range(3):
            expected += [("on_train_batch_begin", batch, []), ("on_train_batch_end", batch, batch_logs)]
        expected.append(("on_epoch_end", epoch, epoch_logs))
    expected.append(("on_train_end", epoch_logs))
    assert recorder.calls == expected
    assert {call[0] for call in recorder.calls} == set(HOOKS)


def test_model_and_params(data, make_model):
    recorder, model = Recorder(), make_model()
    model.fit(*data, batch_size=20, epochs=2, callbacks=[recorder], verbose=0)
    assert recorder.model is model
    assert recorder.params == {"epochs": 2, "steps": 3, "verbose": 0}


def test_several_are_called_in_order(data, make_model):
    order = []

    class Named(callbacks.Callback):
        def __init__(self, name):
            self.name = name

        def on_epoch_end(self, epoch, logs=None):
            order.append(self.name)
    make_model().fit(*data, callbacks=[Named("first"), Named("second")], verbose=0)
    assert order == ["first", "second"]


def test_history_sees_what_callbacks_add_to_the_logs(data, make_model):
    """As in Keras, where a callback may report its own numbers."""
    class Adds(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["rate"] = 0.5 ** epoch
    assert make_model().fit(*data, epochs=3, callbacks=[Adds()], verbose=0).history["rate"] == [1, 0.5, 0.25]


def test_running_means_of_the_batches(data, make_model):
    class Losses(callbacks.Callback):
        values = []

        def on_train_batch_end(self, batch, logs=None):
            self.values.append(logs["loss"])
    history = make_model().fit(*data, batch_size=20, callbacks=[Losses()], verbose=0)
    assert Losses.values[-1] == history.history["loss"][0]
    assert len(set(Losses.values)) == 3


@pytest.mark.parametrize(("hook", "steps", "epochs"), [("on_epoch_end", 6, 2), ("on_train_batch_end", 1, 1),
                                                       ("on_epoch_begin", 4, 2)])
def test_stop_training(data, make_model, hook, steps, epochs):
    """Ends after the current epoch or batch; the epoch's and the training's last hooks are still called."""
    class Stops(Recorder):
        pass

    def stop(self, index, logs=None):
        record(hook)(self, index, logs)
        if hook == "on_train_batch_end" or index == 1:
            self.model.stop_training = True
    setattr(Stops, hook, stop)
    stops, model = Stops(), make_model()
    history = model.fit(*data, batch_size=20, epochs=9, callbacks=[stops], validation_data=data, verbose=0)
    assert model.optimizer.iterations == steps
    assert len(history.epoch) == len(history.history["val_loss"]) == epochs
    assert [call[0] for call in stops.calls[-2:]] == ["on_epoch_end", "on_train_end"]
    model.fit(*data, batch_size=20, epochs=1, verbose=0)            # the next fit starts afresh
    assert model.optimizer.iterations == steps + 3


def test_weights_may_be_changed_by_a_callback(data, make_model):
    class Zeroes(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.set_weights([np.zeros_like(w) for w in self.model.get_weights()])
    model = make_model()
    model.fit(*data, callbacks=[Zeroes()], verbose=0)
    assert not model.params.any()


def test_an_error_in_a_callback_comes_out(data, make_model):
    class Fails(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("mine")
    with pytest.raises(RuntimeError, match="mine"):
        make_model().fit(*data, callbacks=[Fails()], verbose=0)


@pytest.mark.parametrize(("given", "text"), [
    ([callbacks.History], "fit: callbacks must be instances of course_lib.callbacks.Callback, got <class "
                          "'course_lib.callbacks.History'> (a class: add parentheses)"),
    (["history"], "fit: callbacks must be instances of course_lib.callbacks.Callback, got 'history'"),
    ([print], "got <built-in function print>"),
    (callbacks.History(), "fit: callbacks must be a list, got <course_lib.callbacks.History object at"),
    (callbacks.History,
     "fit: callbacks must be a list, got <class 'course_lib.callbacks.History'> (a class: add parentheses)"),
])
def test_errors(data, make_model, unchanged, given, text):
    model, good = make_model(), Recorder()
    model.fit(*data, verbose=0)
    with unchanged(model), pytest.raises(TypeError) as caught:
        model.fit(*data, callbacks=[good, *given] if isinstance(given, list) else given, verbose=0)
    assert text in str(caught.value)
    assert good.calls == []
