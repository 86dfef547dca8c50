"""Models on disk."""

import json
import os
import pickle
import stat
import zipfile

import numpy as np
import pytest

from course_lib import Input, Sequential, activations, layers, losses, optimizers, storage


@pytest.fixture
def trained(data, make_model):
    model = make_model()
    model.fit(*data, batch_size=16, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [lambda: optimizers.SGD(0.1), lambda: optimizers.SGD(0.1, momentum=0.9),
                                       lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True)],
                         ids=["plain", "momentum", "nesterov"])
def test_training_goes_on_identically(tmp_path, data, make_model, equal_weights, optimizer, dtype):
    """Two epochs, saved, loaded, three more: the same as five, with the shuffling and the momentum."""
    straight, model = (make_model(optimizer=optimizer(), dtype=dtype) for _ in range(2))
    first = straight.fit(*data, batch_size=16, epochs=5, verbose=0).history["loss"]
    model.fit(*data, batch_size=16, epochs=2, verbose=0)
    model.save(tmp_path / "m.npz")
    loaded = Sequential.load(tmp_path / "m.npz")
    assert equal_weights(loaded, model)
    assert loaded.optimizer.iterations == model.optimizer.iterations == 8
    assert loaded.dtype == dtype
    second = loaded.fit(*data, batch_size=16, epochs=5, initial_epoch=2, verbose=0).history["loss"]
    assert equal_weights(loaded, straight)
    assert second == first[2:]
    np.testing.assert_array_equal(loaded.predict(data[0]), straight.predict(data[0]))
    assert loaded.evaluate(*data) == straight.evaluate(*data)


def test_saving_does_not_disturb(tmp_path, data, trained, unchanged):
    with unchanged(trained):
        trained.save(tmp_path / "m.npz")


@pytest.mark.parametrize("iterations", [0, 3])
def test_compiled_but_hardly_trained(tmp_path, data, make_model, equal_weights, iterations):
    model = make_model()
    for _ in range(iterations):
        model.train_on_batch(*data)
    model.save(str(tmp_path / "m.npz"))
    loaded = Sequential.load(str(tmp_path / "m.npz"))
    for m in (model, loaded):
        m.train_on_batch(*data)
    assert equal_weights(model, loaded)


def test_not_compiled(tmp_path, data):
    model = Sequential([Input((6,)), layers.Dense(3)], seed=0)
    model.save(tmp_path / "m.npz")
    loaded = Sequential.load(tmp_path / "m.npz")
    np.testing.assert_array_equal(loaded.predict(data[0]), model.predict(data[0]))
    with pytest.raises(ValueError, match="call compile"):
        loaded.fit(*data)


def test_everything_of_the_model_is_kept(tmp_path):
    model = Sequential([Input((6,)), layers.Dense(3, "relu", use_bias=False, trainable=False, name="a",
                                                  kernel_initializer="he_normal"), layers.Activation("softmax")],
                       seed=9, dtype="float64", name="net")
    model.compile(
        optimizers.SGD(0.25, 0.5, True), losses.CategoricalCrossentropy(from_logits=True), ["accuracy", "mse"]
    )
    model.save(tmp_path / "m.npz")
    loaded = Sequential.load(tmp_path / "m.npz")
    assert loaded.get_config() == model.get_config()
    assert repr(loaded.optimizer) == repr(model.optimizer)
    assert repr(loaded._compiled.loss) == "CategoricalCrossentropy(from_logits=True)"
    assert [m.name for m in loaded._compiled.metrics] == ["accuracy", "mse"]
    assert not loaded.layers[0].trainable


def test_no_pickle(tmp_path, trained):
    trained.save(tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert "header" in file.files
        assert all(file[name].dtype != object for name in file.files)


def test_a_failing_write_leaves_the_old_file(tmp_path, trained, data, monkeypatch):
    path = tmp_path / "m.npz"
    trained.save(path)
    old = path.read_bytes()
    trained.train_on_batch(*data)

    def full_disk(file, **arrays):
        file.write(b"half of it")
        raise OSError("no space left")
    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space left"):
        trained.save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["m.npz"]
    with pytest.raises(OSError):
        trained.save(tmp_path / "new.npz")
    assert os.listdir(tmp_path) == ["m.npz"]


def test_the_new_file_takes_the_old_one_s_place_in_one_step(tmp_path, trained, data, monkeypatch):
    """By renaming: where that fails, the old file is whole."""
    path = tmp_path / "m.npz"
    trained.save(path)
    old = path.read_bytes()
    trained.train_on_batch(*data)

    def refuse(source, target):
        raise PermissionError("no renaming here")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        trained.save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["m.npz"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
def test_the_file_has_the_usual_permissions(tmp_path, trained):
    trained.save(tmp_path / "m.npz")
    (tmp_path / "plain").write_text("")
    assert stat.S_IMODE((tmp_path / "m.npz").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_saves_over_an_old_file(tmp_path, trained, make_model, equal_weights):
    make_model(seed=5).save(tmp_path / "m.npz")
    trained.save(tmp_path / "m.npz")
    assert equal_weights(Sequential.load(tmp_path / "m.npz"), trained)


class TestRefused:
    @pytest.fixture
    def path(self, tmp_path, trained):
        trained.save(tmp_path / "m.npz")
        return tmp_path / "m.npz"

    def refused(self, path, *texts):
        with pytest.raises(ValueError) as caught:
            Sequential.load(path)
        for text in (str(path), *texts):
            assert text in str(caught.value)

    def rewrite(self, path, change, drop=()):
        """The file again, with its header changed and some arrays left out."""
        header, arrays = storage.read(path)
        change(header)
        np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8),
                 **{k: v for k, v in arrays.items() if k not in drop})

    def test_truncated(self, path):
        whole = path.read_bytes()
        for length in range(0, len(whole) - 1, len(whole) // 150):
            path.write_bytes(whole[:length])
            self.refused(path, "is not a model saved by course_lib, or it is damaged")

    def test_damaged(self, path):
        """Any byte may be wrong: either the file is refused by name, or nothing that counts was hit."""
        whole = path.read_bytes()
        expected = Sequential.load(path)
        refused = 0
        for at in range(0, len(whole), max(1, len(whole) // 700)):
            damaged = bytearray(whole)
            damaged[at] ^= 0xFF
            path.write_bytes(damaged)
            try:
                loaded = Sequential.load(path)
            except ValueError as error:
                assert str(path) in str(error)
                refused += 1
            else:
                np.testing.assert_array_equal(loaded.params, expected.params)
        assert refused > 400

    @pytest.mark.parametrize("content", [b"", b"hello", pickle.dumps({"a": 1}), b"PK\x03\x04nonsense"],
                             ids=["empty", "text", "pickle", "zip-like"])
    def test_foreign(self, path, content):
        path.write_bytes(content)
        self.refused(path, "is not a model saved by course_lib, or it is damaged")

    def test_other_npz(self, path):
        np.savez(path, a=np.zeros(3))
        self.refused(path, "is not a model saved by course_lib")
        np.savez(path, header=np.array([{"a": 1}], object))
        self.refused(path, "is not a model saved by course_lib")
        np.savez(path, header=np.frombuffer(b"[1, 2]", np.uint8))
        self.refused(path, "is not a model saved by course_lib")
        with open(path, "wb") as file:
            np.save(file, np.zeros(3))
        self.refused(path, "is not a model saved by course_lib")
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("header.npy", "nonsense")
        self.refused(path, "is not a model saved by course_lib")

    def test_other_format(self, path):
        self.rewrite(path, lambda h: h.update(format="other"))
        self.refused(path, "its format is 'other', expected 'course_lib model'")

    def test_newer_version(self, path):
        self.rewrite(path, lambda h: h.update(version=2))
        self.refused(path, "has version 2, this course_lib reads up to 1; install a newer one")

    @pytest.mark.parametrize(("change", "drop"), [
        (lambda h: h.pop("version"), ()), (lambda h: h.update(version="1"), ()), (lambda h: h.pop("model"), ()),
        (lambda h: h.pop("compiled"), ()), (lambda h: h["compiled"].pop("loss"), ()),
        (lambda h: h["compiled"]["loss"].update(name="nonsense"), ()),
        (lambda h: h["compiled"]["optimizer"]["config"].update(momentum=7), ()),
        (lambda h: h["model"]["layers"][0].update({"class": "Nonsense"}), ()),
        (lambda h: h["model"]["layers"][0]["config"].update(units=9), ()),
        (lambda h: h["model"].update(layers=3), ()), (lambda h: h.update(shuffle={"state": 1}), ()),
        (lambda h: None, ("weight/0",)), (lambda h: None, ("slot/velocity",)),
    ])
    def test_inconsistent(self, path, change, drop):
        self.rewrite(path, change, drop)
        self.refused(path, "is not a model saved by course_lib, or it is damaged")

    def test_missing_file(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"load: no file .*nowhere\.npz"):
            Sequential.load(tmp_path / "nowhere.npz")
        (tmp_path / "folder.npz").mkdir()
        with pytest.raises(FileNotFoundError, match=r"load: no file .*folder\.npz"):
            Sequential.load(tmp_path / "folder.npz")

    def test_missing_folder(self, tmp_path, trained):
        with pytest.raises(FileNotFoundError, match="save: the folder must exist, got .*nowhere"):
            trained.save(tmp_path / "nowhere" / "m.npz")

    @pytest.mark.parametrize("name", ["m.keras", "m", "m.npz.txt", "m.h5"])
    def test_other_endings(self, tmp_path, trained, name):
        for use in (trained.save, Sequential.load):
            with pytest.raises(ValueError, match=rf"a model's file name must end in \.npz, got '{name}'"):
                use(tmp_path / name)
        assert os.listdir(tmp_path) == []

    def test_not_built(self, tmp_path):
        with pytest.raises(ValueError, match="Sequential.save: the model has no weights yet"):
            Sequential([layers.Dense(3)]).save(tmp_path / "m.npz")

    def test_what_could_not_be_read_again(self, tmp_path, make_model):
        class Mine(layers.Dense):
            pass

        class Cube(activations.Activation):
            name = "cube"

        class Strange(losses.MeanSquaredError):
            pass
        for model, text in [
                (Sequential([Input((6,)), Mine(3)]), "layer <Mine> (Mine) cannot be saved: only these can: Dense"),
                (Sequential([Input((6,)), layers.Dense(3, Cube())]),
                 "activation <activation cube> (Cube) cannot be saved"),
                (make_model(loss=Strange(), metrics=()),
                 "loss Strange() (Strange) cannot be saved: only these can: mean"),
                (make_model(optimizer=optimizers.SGD(lambda step: 0.1)),
                 "cannot be saved: its learning rate is a function")]:
            with pytest.raises(ValueError) as caught:
                model.save(tmp_path / "m.npz")
            assert text in str(caught.value)
        assert os.listdir(tmp_path) == []


def test_freezing_after_compile_survives_saving(tmp_path):
    """The optimizer's state is laid out by what was trainable at compile; the present flags come back as well."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.integers(0, 3, 20)
    model = Sequential([Input((4,)), layers.Dense(3, activation="tanh"), layers.Dense(3, activation="softmax")], seed=0)
    model.compile(optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    model.layers[0].trainable = False
    model.save(tmp_path / "m.npz")
    twin = Sequential.load(tmp_path / "m.npz")
    assert [layer.trainable for layer in twin.layers] == [False, True]
    for one in (model, twin):
        one.fit(x, y, epochs=2, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), twin.get_weights(), strict=True))


def test_a_diverged_model_comes_back_as_it_was(tmp_path):
    model = Sequential([Input((2,)), layers.Dense(1)], seed=0)
    model.set_weights([np.array([[np.nan], [np.inf]]), np.zeros(1)])
    model.save(tmp_path / "m.npz")
    for a, b in zip(Sequential.load(tmp_path / "m.npz").get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(a, b, equal_nan=True)
