import numpy as np
import pytest

from course_lib import callbacks

HOOKS = [name for name in vars(callbacks.Callback) if name.startswith("on_")]


class Recorder(callbacks.Callback):
    """Writes down every call: hook, index, names in logs. ``on_batch_*`` are called by the hooks they stand for."""

    def __init__(self):
        self.calls = []


def record(hook):
    def on(self, *arguments):
        logs = arguments[-1]
        assert isinstance(logs, dict)
        self.calls.append((hook, *arguments[:-1], sorted(logs)))
    return on


for name in HOOKS:
    if name not in ("on_batch_begin", "on_batch_end"):
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
        expected.append(("on_test_begin", []))
        for batch in range(3):
            expected += [("on_test_batch_begin", batch, []), ("on_test_batch_end", batch, batch_logs)]
        expected += [("on_test_end", batch_logs), ("on_epoch_end", epoch, epoch_logs)]
    expected.append(("on_train_end", epoch_logs))
    assert recorder.calls == expected


def test_evaluate(data, make_model):
    recorder, model = Recorder(), make_model()
    model.evaluate(*data, batch_size=30, callbacks=[recorder])
    logs = ["accuracy", "loss"]
    assert recorder.calls == [("on_test_begin", []), ("on_test_batch_begin", 0, []), ("on_test_batch_end", 0, logs),
                              ("on_test_batch_begin", 1, []), ("on_test_batch_end", 1, logs), ("on_test_end", logs)]
    assert recorder.params == {"epochs": 1, "steps": 2, "verbose": 0}
    assert recorder.model is model


def test_predict(data, make_model):
    outputs = []

    class Collects(Recorder):
        def on_predict_batch_end(self, batch, logs=None):
            outputs.append(logs["outputs"].copy())
            record("on_predict_batch_end")(self, batch, logs)
    recorder, model = Collects(), make_model()
    predicted = model.predict(data[0], batch_size=30, callbacks=[recorder])
    np.testing.assert_array_equal(np.concatenate(outputs), predicted)
    assert recorder.calls == [
        ("on_predict_begin", []), ("on_predict_batch_begin", 0, []), ("on_predict_batch_end", 0, ["outputs"]),
        ("on_predict_batch_begin", 1, []), ("on_predict_batch_end", 1, ["outputs"]), ("on_predict_end", [])]


def test_every_hook_is_recorded(data, make_model):
    recorder, model = Recorder(), make_model()
    model.fit(*data, validation_split=0.5, callbacks=[recorder], verbose=0)
    model.predict(data[0], callbacks=[recorder])
    assert {call[0] for call in recorder.calls} == set(HOOKS) - {"on_batch_begin", "on_batch_end"}


def test_the_other_name_of_the_batch_hooks(data, make_model):
    class Old(callbacks.Callback):
        calls = []

        def on_batch_begin(self, batch, logs=None):
            self.calls.append(("begin", batch, sorted(logs)))

        def on_batch_end(self, batch, logs=None):
            self.calls.append(("end", batch, sorted(logs)))
    make_model().fit(*data, batch_size=25, callbacks=[Old()], verbose=0)
    names = ["accuracy", "loss"]
    assert Old.calls == [("begin", 0, []), ("end", 0, names), ("begin", 1, []), ("end", 1, names)]


def test_a_callback_need_not_call_super_nor_take_logs_apart(data, make_model):
    """Keras's idiom: a constructor of one's own, hooks that call super()."""
    class Mine(callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.seen = 0

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.seen += 1

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
    mine = Mine()
    make_model().fit(*data, batch_size=10, epochs=2, callbacks=[mine], verbose=0)
    assert mine.seen == 10


class TestLambdaCallback:
    def test_functions_are_called(self, data, make_model):
        calls = []
        callback = callbacks.LambdaCallback(
            on_train_begin=lambda logs: calls.append("begin"), on_train_end=lambda logs: calls.append("end"),
            on_epoch_begin=lambda epoch, logs: calls.append(epoch), on_epoch_end=lambda epoch, logs: calls.append("e"),
            on_train_batch_begin=lambda batch, logs: calls.append(-batch), on_test_end=lambda logs: calls.append("t"),
            on_train_batch_end=lambda batch, logs: calls.append(sorted(logs)))
        make_model().fit(*data, batch_size=25, validation_data=data, callbacks=[callback], verbose=0)
        names = ["accuracy", "loss"]
        assert calls == ["begin", 0, 0, names, -1, names, "t", "e", "end"]

    @pytest.mark.parametrize(("arguments", "text"), [
        ({"on_epoch": print}, "LambdaCallback: no hook is called 'on_epoch'; known: on_train_begin, on_train_end"),
        ({"set_model": print}, "LambdaCallback: no hook is called 'set_model'"),
        ({"on_epoch_end": 3}, "LambdaCallback: on_epoch_end must be a function, got 3"),
    ])
    def test_errors(self, arguments, text):
        with pytest.raises(TypeError) as caught:
            callbacks.LambdaCallback(**arguments)
        assert text in str(caught.value)


def test_a_history_of_one_s_own_is_used(data, make_model):
    """As in Keras: it goes on with the names, and starts the epochs afresh."""
    mine, model = callbacks.History(), make_model()
    assert model.fit(*data, epochs=2, callbacks=[mine], verbose=0) is mine is model.history
    model.fit(*data, epochs=1, callbacks=[mine], verbose=0)
    assert len(mine.history["loss"]) == 3
    assert mine.epoch == [0]


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
                          "'course_lib.callbacks.base.History'> (a class: add parentheses)"),
    (["history"], "fit: callbacks must be instances of course_lib.callbacks.Callback, got 'history'"),
    ([print], "got <built-in function print>"),
    (callbacks.History(), "fit: callbacks must be a list, got <course_lib.callbacks.base.History object at"),
    (callbacks.History,
     "fit: callbacks must be a list, got <class 'course_lib.callbacks.base.History'> (a class: add parentheses)"),
])
def test_errors(data, make_model, unchanged, given, text):
    model, good = make_model(), Recorder()
    model.fit(*data, verbose=0)
    with unchanged(model), pytest.raises(TypeError) as caught:
        model.fit(*data, callbacks=[good, *given] if isinstance(given, list) else given, verbose=0)
    assert text in str(caught.value)
    assert good.calls == []


@pytest.mark.parametrize("method", ["evaluate", "predict"])
def test_errors_elsewhere(data, make_model, method):
    arguments = data if method == "evaluate" else data[:1]
    with pytest.raises(TypeError, match=f"{method}: callbacks must be instances of"):
        getattr(make_model(), method)(*arguments, callbacks=[3])
