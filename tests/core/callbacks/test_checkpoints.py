"""Models written during training: which, when, and how an interrupted training goes on."""

import os

import numpy as np
import pytest

from course_lib import Input, Sequential, callbacks, layers, optimizers, saving, schedules, storage


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


class TestModelCheckpoint:
    def test_after_each_epoch(self, tmp_path, play):
        _, script, model = play(callbacks.ModelCheckpoint(tmp_path / "m{epoch:02d}-{val_loss:.2f}.npz"), [1, 0.5, 0.75])
        assert files(tmp_path) == ["m01-1.00.npz", "m02-0.50.npz", "m03-0.75.npz"]
        for name, weights in zip(files(tmp_path), script.weights, strict=True):
            loaded = Sequential.load(tmp_path / name)
            assert np.array_equal(loaded.get_weights()[0], weights[0])
        assert loaded.optimizer.iterations == model.optimizer.iterations == 3

    def test_one_file_for_the_last(self, tmp_path, play):
        _, script, _ = play(callbacks.ModelCheckpoint(str(tmp_path / "m.npz")), [1, 0.5, 0.75])
        assert files(tmp_path) == ["m.npz"]
        assert np.array_equal(Sequential.load(tmp_path / "m.npz").get_weights()[0], script.weights[2][0])

    @pytest.mark.parametrize(("values", "best", "mode"), [
        ([3, 1, 2, 1, 0.5, 9], 4, "min"), ([3, 1, 2, 1, 0.5], 0, "max"), ([1, 1, 1], 0, "auto"), ([1, 2, 3], 2, "max")])
    def test_only_the_best(self, tmp_path, play, values, best, mode):
        checkpoint = callbacks.ModelCheckpoint(tmp_path / "m.npz", save_best_only=True, mode=mode)
        _, script, _ = play(checkpoint, values)
        assert np.array_equal(Sequential.load(tmp_path / "m.npz").get_weights()[0], script.weights[best][0])
        assert checkpoint.best == values[best]

    def test_the_best_of_two_trainings(self, tmp_path, play, small):
        """Unlike EarlyStopping, it remembers the best over several calls of fit, as in Keras."""
        checkpoint, model = callbacks.ModelCheckpoint(tmp_path / "m.npz", save_best_only=True), small()
        _, script, _ = play(checkpoint, [3, 1], model=model)
        held = script.weights[1]
        play(checkpoint, [2, 1.5], model=model)
        assert np.array_equal(Sequential.load(tmp_path / "m.npz").get_weights()[0], held[0])

    def test_initial_value_threshold(self, tmp_path, play):
        checkpoint = callbacks.ModelCheckpoint(tmp_path / "{epoch}.npz", save_best_only=True,
                                               initial_value_threshold=0.6)
        play(checkpoint, [1, 0.7, 0.6, 0.5, 0.55, 0.1])
        assert files(tmp_path) == ["4.npz", "6.npz"]

    def test_weights_only(self, tmp_path, play, small):
        _, script, model = play(callbacks.ModelCheckpoint(tmp_path / "w.npz", save_weights_only=True), [1, 2])
        with pytest.raises(ValueError, match="holds weights alone; make the model and call load_weights"):
            Sequential.load(tmp_path / "w.npz")
        other = small(seed=9)
        other.load_weights(tmp_path / "w.npz")
        assert np.array_equal(other.get_weights()[0], script.weights[1][0])

    def test_every_so_many_steps(self, tmp_path, data, make_model):
        """5 steps an epoch, saved after steps 3, 6, 9, counted over the epochs."""
        checkpoint = callbacks.ModelCheckpoint(tmp_path / "{epoch}-{batch}-{loss:.3f}.npz", save_freq=3)
        make_model().fit(*data, batch_size=10, epochs=2, callbacks=[checkpoint], verbose=0)
        assert [name[:3] for name in files(tmp_path)] == ["1-3", "2-1", "2-4"]
        assert Sequential.load(tmp_path / files(tmp_path)[1]).optimizer.iterations == 6

    def test_the_best_of_the_steps(self, tmp_path, data, make_model):
        seen = []
        make_model().fit(*data, batch_size=10, epochs=2, verbose=0, callbacks=[
            callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(logs["loss"])),
            callbacks.ModelCheckpoint(tmp_path / "{batch}.npz", monitor="loss", save_best_only=True, save_freq=1)])
        best = [i for i in range(10) if seen[i] < min(seen[:i], default=np.inf)]
        assert len(files(tmp_path)) == len({i % 5 for i in best})

    def test_folders_are_made(self, tmp_path, play):
        play(callbacks.ModelCheckpoint(tmp_path / "a" / "b{epoch}" / "m.npz"), [1, 2])
        assert files(tmp_path) == ["a/b1/m.npz", "a/b2/m.npz"]

    def test_what_is_not_in_the_logs(self, tmp_path, play):
        """Saved then, with a warning, as in Keras."""
        with pytest.warns(UserWarning, match="ModelCheckpoint: the logs have no 'val_loss', only: loss"):
            play(callbacks.ModelCheckpoint(tmp_path / "{epoch}.npz", save_best_only=True), [None])
        assert files(tmp_path) == ["1.npz"]

    def test_the_direction_is_asked_for_only_where_it_matters(self, tmp_path, play):
        play(callbacks.ModelCheckpoint(tmp_path / "m.npz", monitor="anything"), [1])
        with pytest.raises(ValueError, match="ModelCheckpoint: whether 'anything' should rise or fall is not known"):
            play(callbacks.ModelCheckpoint(tmp_path / "m.npz", monitor="anything", save_best_only=True), [1])

    def test_verbose(self, tmp_path, play, capsys):
        play(callbacks.ModelCheckpoint(tmp_path / "m.npz", save_best_only=True, verbose=1), [1, 2, 0.5])
        saved = f"saved the model to {tmp_path / 'm.npz'}"
        assert capsys.readouterr().out.splitlines() == [
            f"Epoch 1: {saved}", "Epoch 2: val_loss did not improve from 1.00000", f"Epoch 3: {saved}"]
        play(callbacks.ModelCheckpoint(tmp_path / "m.npz"), [1])
        assert capsys.readouterr().out == ""

    def test_a_name_that_cannot_be_filled_in(self, tmp_path, play):
        for name in ("{val_los}.npz", "{}.npz", "{epoch:z}.npz"):
            with pytest.raises(ValueError) as caught:
                play(callbacks.ModelCheckpoint(tmp_path / name), [1])
            assert "cannot be filled in (" in str(caught.value)
            assert str(caught.value).endswith("; known: epoch, loss, val_loss")
        assert files(tmp_path) == []

    def test_a_folder_of_that_name(self, tmp_path, play):
        (tmp_path / "m.npz").mkdir()
        with pytest.raises(IsADirectoryError, match=r"save: a folder has that name already: .*m\.npz"):
            play(callbacks.ModelCheckpoint(tmp_path / "m.npz"), [1])

    @pytest.mark.parametrize(("arguments", "text"), [
        (("m.keras",), "ModelCheckpoint: filepath must end in .npz, got 'm.keras'"),
        (("m.npz", "loss", 0, False, False, "auto", "epochs"), "ModelCheckpoint: save_freq, where it is not 'epoch', "
                                                               "must be an integer of at least 1, got 'epochs' (str)"),
        (("m.npz", "loss", 0, False, False, "auto", 0), "must be an integer of at least 1, got 0 (int)"),
        (("m.npz", "loss", 0, False, False, "auto", "epoch", "a"),
         "ModelCheckpoint: initial_value_threshold must be a number in (-inf, inf), got 'a' (str)"),
    ])
    def test_errors(self, arguments, text):
        with pytest.raises(ValueError) as caught:
            callbacks.ModelCheckpoint(*arguments)
        assert text in str(caught.value)


class Interrupts(callbacks.Callback):
    """The power fails in the middle of an epoch."""

    def __init__(self, epoch, batch):
        self.at, self.epoch = (epoch, batch), None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


def network(optimizer=None, dtype="float64", extra=()):
    """With everything that has a state of its own."""
    model = Sequential([Input((6,)), layers.Dense(8, activation="tanh", kernel_regularizer="l2",
                                                  kernel_constraint="max_norm"),
                        layers.BatchNormalization(), layers.Dropout(0.3), layers.GaussianNoise(0.1), *extra,
                        layers.Dense(3, activation="softmax")], seed=5, dtype=dtype)
    model.compile(optimizer or optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class TestBackupAndRestore:
    @pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
    def test_it_goes_on_with_every_optimizer(self, tmp_path, data, equal_weights, name):
        straight, model, again = (network(optimizer=name) for _ in range(3))
        straight.fit(*data, batch_size=16, epochs=4, verbose=0)
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data, batch_size=16, epochs=4, verbose=0,
                      callbacks=[callbacks.BackupAndRestore(tmp_path), Interrupts(2, 1)])
        again.fit(*data, batch_size=16, epochs=4, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
        assert equal_weights(straight, again)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_the_training_goes_on_to_the_bit(self, tmp_path, data, equal_weights, dtype):
        straight = network(dtype=dtype)
        expected = straight.fit(*data, batch_size=16, epochs=6, verbose=0).history
        model, backup = network(dtype=dtype), callbacks.BackupAndRestore(tmp_path / "backup")
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data, batch_size=16, epochs=6, callbacks=[backup, Interrupts(4, 1)], verbose=0)
        assert files(tmp_path) == ["backup/latest.npz"]
        again = network(dtype=dtype)                            # a new process
        history = again.fit(*data, batch_size=16, epochs=6, verbose=0,
                            callbacks=[callbacks.BackupAndRestore(tmp_path / "backup")])
        assert history.epoch == [4, 5]
        assert {name: values[4:] for name, values in expected.items()} == history.history
        assert equal_weights(straight, again)
        assert again.optimizer.iterations == straight.optimizer.iterations == 24
        assert os.listdir(tmp_path) == []                       # the training has ended

    def test_a_rate_that_a_callback_has_lowered(self, tmp_path, data):
        model = network(optimizers.SGD(0.5, momentum=0.5))
        lower = callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(
            model.optimizer, "learning_rate", 0.1) or setattr(model.optimizer, "momentum", 0.75))
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data, epochs=3, verbose=0,
                      callbacks=[lower, callbacks.BackupAndRestore(tmp_path), Interrupts(1, 0)])
        again = network(optimizers.SGD(0.5, momentum=0.5))
        again.fit(*data, epochs=1, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)])
        assert (again.optimizer.learning_rate, again.optimizer.momentum) == (0.1, 0.75)

    def test_every_so_many_steps(self, tmp_path, data):
        """The epoch it was in starts over, from the weights of the last backup."""
        model = network()
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data, batch_size=10, epochs=3, verbose=0,
                      callbacks=[callbacks.BackupAndRestore(tmp_path, save_freq=4), Interrupts(1, 3)])
        header, _ = storage.read(tmp_path / "latest.npz")
        assert (header["epoch"], header["iterations"]) == (1, 8)
        again = network()
        history = again.fit(*data, batch_size=10, epochs=3, verbose=0,
                            callbacks=[callbacks.BackupAndRestore(tmp_path)])
        assert history.epoch == [1, 2]
        assert again.optimizer.iterations == 8 + 10

    def test_a_schedule_goes_on(self, tmp_path, data, equal_weights):
        straight, model, again = (network(optimizers.SGD(schedules.ExponentialDecay(0.5, 5, 0.5))) for _ in range(3))
        straight.fit(*data, batch_size=16, epochs=4, verbose=0)
        with pytest.raises(KeyboardInterrupt):
            model.fit(*data, batch_size=16, epochs=4, verbose=0,
                      callbacks=[callbacks.BackupAndRestore(tmp_path), Interrupts(2, 2)])
        again.fit(*data, batch_size=16, epochs=4, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
        assert equal_weights(straight, again)

    def test_a_finished_training_starts_from_the_beginning(self, tmp_path, data):
        model, backup = network(), callbacks.BackupAndRestore(tmp_path / "b")
        for _ in range(2):
            assert model.fit(*data, epochs=2, callbacks=[backup], verbose=0).epoch == [0, 1]

    def test_other_files_in_the_folder_stay(self, tmp_path, data):
        (tmp_path / "notes.txt").write_text("mine")
        network().fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path)], verbose=0)
        assert files(tmp_path) == ["notes.txt"]

    def test_kept(self, tmp_path, data):
        backup = callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)
        network().fit(*data, epochs=2, callbacks=[backup], verbose=0)
        history = network().fit(*data, epochs=3, callbacks=[backup], verbose=0)
        assert history.epoch == [2]
        assert files(tmp_path) == ["latest.npz"]

    def test_a_backup_of_another_model(self, tmp_path, data, make_model, unchanged):
        network().fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)], verbose=0)
        model = make_model()
        held = model.get_weights()
        with pytest.raises(ValueError) as caught:
            model.fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path)], verbose=0)
        assert "latest.npz is of another architecture: it holds 8 weights: dense/kernel (6, 8)" in str(caught.value)
        assert np.array_equal(held[0], model.get_weights()[0])
        assert files(tmp_path) == ["latest.npz"]

    @pytest.mark.parametrize(("other", "text"), [
        (lambda: network(optimizers.SGD(0.5)), "trained by Adam; this one has Dense,"),
        (lambda: network(optimizers.Adam(clipvalue=1.0)), "trained by Adam with clipvalue"),
        (lambda: network(extra=[layers.GaussianNoise(0.1)]), "this one has Dense, .*GaussianNoise"),
    ])
    def test_a_backup_of_another_training_changes_nothing(self, tmp_path, data, other, text):
        network(optimizers.Adam()).fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)],
                                       verbose=0)
        model = other()
        model.fit(*data, epochs=2, verbose=0)
        held, iterations, slots = model.get_weights(), model.optimizer.iterations, model.optimizer.get_state()
        with pytest.raises(ValueError, match="latest.npz is of another training: it holds .*" + text):
            model.fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path)], verbose=0)
        assert all(map(np.array_equal, held, model.get_weights())) and model.optimizer.iterations == iterations
        after = model.optimizer.get_state()
        assert slots.keys() == after.keys() and all(np.array_equal(slots[name], after[name]) for name in slots)

    def test_a_damaged_backup_changes_nothing(self, tmp_path, data):
        saving.save_backup(network(optimizers.Adam(0.3)), tmp_path / "latest.npz", 3)
        header, arrays = storage.read(tmp_path / "latest.npz")
        header["hyperparameters"]["beta_2"] = 2.0                       # found last of all
        storage.write(tmp_path / "latest.npz", header, arrays)
        model = network(optimizers.Adam())
        model.fit(*data, verbose=0)
        held = model.get_weights()
        with pytest.raises(ValueError, match="latest.npz is not a model .*beta_2 must be"):
            model.fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path)], verbose=0)
        assert all(map(np.array_equal, held, model.get_weights())) and model.optimizer.learning_rate == 0.001

    def test_what_is_no_backup(self, tmp_path, data, make_model):
        network().save(tmp_path / "latest.npz")
        with pytest.raises(ValueError, match="holds a whole model; call load"):
            network().fit(*data, callbacks=[callbacks.BackupAndRestore(tmp_path)], verbose=0)
        saving.save_backup(network(), tmp_path / "b.npz", 3)
        with pytest.raises(ValueError, match="holds a backup; call fit with BackupAndRestore again"):
            Sequential.load(tmp_path / "b.npz")

    @pytest.mark.parametrize(("arguments", "text"), [
        (("",), "BackupAndRestore: backup_dir must name a folder, got ''"),
        (("b", False), "BackupAndRestore: save_freq, where it is not 'epoch', must be an integer of at least 1"),
    ])
    def test_errors(self, arguments, text):
        with pytest.raises(ValueError) as caught:
            callbacks.BackupAndRestore(*arguments)
        assert text in str(caught.value)
