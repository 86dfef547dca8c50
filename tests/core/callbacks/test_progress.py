"""The table of the epochs as a file; the bar is tested with ``fit``."""

import csv

import pytest

from course_lib import callbacks


def rows(path, **arguments):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file, **arguments))


class TestCSVLogger:
    def test_a_line_an_epoch(self, tmp_path, data, make_model):
        path = tmp_path / "log.csv"
        history = make_model().fit(*data, epochs=3, validation_data=data, callbacks=[callbacks.CSVLogger(path)],
                                   verbose=0).history
        header, *lines = rows(path)
        assert header == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
        assert [line[0] for line in lines] == ["0", "1", "2"]
        for i, name in enumerate(header[1:], 1):
            assert [float(line[i]) for line in lines] == history[name]          # every digit

    def test_each_line_is_there_at_once(self, tmp_path, data, make_model):
        """An interrupted training leaves what it has done."""
        path = tmp_path / "log.csv"

        class Fails(callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                if epoch == 2:
                    raise KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            make_model().fit(*data, epochs=9, callbacks=[callbacks.CSVLogger(path), Fails()], verbose=0)
        assert [line[0] for line in rows(path)] == ["epoch", "0", "1", "2"]

    def test_without_validation(self, tmp_path, data, make_model):
        """Columns for it are there nevertheless, as in Keras; so are those that come every other epoch."""
        path = tmp_path / "log.csv"
        make_model(metrics=()).fit(*data, epochs=2, validation_data=data, validation_freq=2,
                                   callbacks=[callbacks.CSVLogger(str(path))], verbose=0)
        header, first, second = rows(path)
        assert header == ["epoch", "loss", "val_loss"]
        assert first[2] == "NA"
        assert float(second[2]) > 0

    def test_append_and_replace(self, tmp_path, data, make_model):
        path, model = tmp_path / "log.csv", make_model()
        model.fit(*data, epochs=2, callbacks=[callbacks.CSVLogger(path)], verbose=0)
        model.fit(*data, epochs=3, initial_epoch=2, callbacks=[callbacks.CSVLogger(path, append=True)], verbose=0)
        assert [line[0] for line in rows(path)] == ["epoch", "0", "1", "2"]
        model.fit(*data, epochs=1, callbacks=[callbacks.CSVLogger(path)], verbose=0)
        assert [line[0] for line in rows(path)] == ["epoch", "0"]
        fresh = tmp_path / "fresh.csv"
        model.fit(*data, epochs=1, callbacks=[callbacks.CSVLogger(fresh, append=True)], verbose=0)
        assert [line[0] for line in rows(fresh)] == ["epoch", "0"]

    def test_a_refused_training_leaves_the_file(self, tmp_path, data, make_model):
        path, model = tmp_path / "log.csv", make_model()
        path.write_text("precious")
        with pytest.raises(ValueError, match="my_thing"):
            model.fit(*data, callbacks=[callbacks.CSVLogger(path), callbacks.EarlyStopping("my_thing")], verbose=0)
        assert path.read_text() == "precious"
        with pytest.raises(ValueError, match="my_thing"):
            model.fit(*data, verbose=0,
                      callbacks=[callbacks.CSVLogger(tmp_path / "new.csv"), callbacks.EarlyStopping("my_thing")])
        assert not (tmp_path / "new.csv").exists()

    def test_separator(self, tmp_path, data, make_model):
        path = tmp_path / "log.csv"
        make_model().fit(*data, callbacks=[callbacks.CSVLogger(path, separator=";")], verbose=0)
        assert rows(path, delimiter=";")[0][:2] == ["epoch", "accuracy"]

    def test_one_logger_for_two_trainings(self, tmp_path, data, make_model):
        path, logger = tmp_path / "log.csv", callbacks.CSVLogger(tmp_path / "log.csv")
        make_model(metrics=()).fit(*data, callbacks=[logger], verbose=0)
        make_model().fit(*data, callbacks=[logger], verbose=0)
        assert rows(path)[0] == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]

    @pytest.mark.parametrize("separator", ["", "::", 3])
    def test_errors(self, separator):
        with pytest.raises(ValueError, match="CSVLogger: separator must be one character, got "):
            callbacks.CSVLogger("log.csv", separator=separator)

    def test_a_folder_that_is_not_there(self, tmp_path, data, make_model, unchanged):
        model = make_model()
        model.fit(*data, verbose=0)
        held = model.get_weights()
        with pytest.raises(FileNotFoundError):
            model.fit(*data, callbacks=[callbacks.CSVLogger(tmp_path / "no" / "log.csv")], verbose=0)
        assert (held[0] == model.get_weights()[0]).all()


def test_a_bar_that_is_interrupted_is_closed(data, make_model, capsys):
    class Stops(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True
    make_model().fit(*data, batch_size=5, verbose=1, callbacks=[Stops()])
    out = capsys.readouterr().out
    assert "1/10" in out
    assert "loss: " in out
