"""Models on disk."""

import io
import json
import os
import pickle
import stat
import struct
import zipfile

import numpy as np
import pytest

from course_lib import (
    Input,
    Sequential,
    activations,
    constraints,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    schedules,
    storage,
)


@pytest.fixture
def trained(data, make_model):
    model = make_model()
    model.fit(*data, batch_size=16, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [
    *(pytest.param(lambda name=name: optimizers.get(name), id=name) for name in optimizers.OPTIMIZERS),
    pytest.param(lambda: optimizers.SGD(0.1, momentum=0.9), id="momentum"),
    pytest.param(lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True), id="nesterov"),
    pytest.param(lambda: optimizers.RMSprop(momentum=0.5, centered=True), id="centered"),
    pytest.param(lambda: optimizers.Adam(amsgrad=True, weight_decay=0.1), id="amsgrad")])
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
    assert repr(loaded.loss) == "CategoricalCrossentropy(from_logits=True, label_smoothing=0.0)"
    assert [m.name for m in loaded.metrics] == ["accuracy", "mse"]
    assert not loaded.layers[0].trainable


def everything(dtype="float64", seed=4):
    """One layer of every kind that has something to keep."""
    model = Sequential([
        Input((2, 3)), layers.Flatten(),
        layers.Dense(9, activation="leaky_relu", kernel_regularizer=regularizers.L1L2(0.001, 0.002),
                     kernel_constraint=constraints.MaxNorm(1.5), bias_regularizer="l1", bias_constraint="non_neg"),
        layers.BatchNormalization(momentum=0.75, gamma_regularizer="l2"), layers.PReLU(), layers.GaussianNoise(0.2),
        Sequential([layers.Dense(7, activation="selu", kernel_initializer="lecun_normal"), layers.AlphaDropout(0.25),
                    layers.Dense(5, trainable=False)], dtype=dtype, name="inner"),
        layers.RReLU(), layers.Dropout(0.375, seed=3), layers.Dense(4), layers.Activation("softmax")],
        seed=seed, dtype=dtype)
    adam = optimizers.AdamW(schedules.CosineDecay(0.01, 50, warmup_target=0.05, warmup_steps=5), weight_decay=0.01,
                            clipnorm=0.5, amsgrad=True)
    adam.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    model.compile(adam, losses.CategoricalCrossentropy(label_smoothing=0.1),
                  ["accuracy", metrics.Precision(0.25, class_id=1, name="p"), "accuracy"],
                  weighted_metrics=["accuracy", metrics.TopKCategoricalAccuracy(2)])
    return model


@pytest.fixture
def images(rng):
    return rng.normal(size=(45, 2, 3)), np.eye(4)[rng.integers(0, 4, 45)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_everything_goes_on_identically(tmp_path, images, equal_weights, dtype):
    """Weights, moving statistics, masks, noise, shuffling, schedule, moments, decay, clipping, metrics: two epochs,
    saved, loaded, two more are the same as four."""
    arguments = {"batch_size": 16, "validation_split": 0.2, "sample_weight": np.linspace(0, 2, 45), "verbose": 0}
    straight, model = everything(dtype), everything(dtype)
    expected = straight.fit(*images, epochs=4, **arguments).history
    model.fit(*images, epochs=2, **arguments)
    model.save(tmp_path / "m.npz")
    loaded = models.load_model(tmp_path / "m.npz")
    assert equal_weights(model, loaded)
    history = loaded.fit(*images, epochs=4, initial_epoch=2, **arguments).history
    assert history == {name: values[2:] for name, values in expected.items()}
    assert equal_weights(straight, loaded)
    np.testing.assert_array_equal(loaded.predict(images[0]), straight.predict(images[0]))
    for (name, a), (other, b) in zip(loaded.optimizer.get_state().items(), straight.optimizer.get_state().items(),
                                     strict=True):
        assert name == other
        np.testing.assert_array_equal(a, b)


def test_everything_is_described(tmp_path):
    model = everything()
    model.save(tmp_path / "m.npz")
    loaded = Sequential.load(tmp_path / "m.npz")
    assert loaded.get_config() == model.get_config()
    assert optimizers.serialize(loaded.optimizer) == optimizers.serialize(model.optimizer)
    assert losses.serialize(loaded.loss) == losses.serialize(model.loss)
    assert [metrics.serialize(m) for m in loaded.metrics] == [metrics.serialize(m) for m in model.metrics]
    assert list(loaded._compiled.weighted_metrics) == ["weighted_accuracy", "top_k_categorical_accuracy"]
    assert [layer.trainable for layer in loaded._chain] == [layer.trainable for layer in model._chain]
    assert [layer.random_state for layer in loaded._chain] == [layer.random_state for layer in model._chain]
    assert loaded.layers[1].kernel_constraint.max_value == 1.5
    assert [s.path for s in loaded._vector.segments] == [s.path for s in model._vector.segments]


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

    def full_disk(file, *arguments, **options):
        file.write(b"half of it")
        raise OSError("no space left")
    monkeypatch.setattr(np.lib.format, "write_array", full_disk)
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

    @pytest.mark.parametrize("change", [
        lambda h: h["model"]["layers"][0]["config"].update(units=10**15),
        lambda h: h["model"].update(input_shape=[10**15]),
        lambda h: h.update(random=[None]), lambda h: h.pop("random"), lambda h: h["compiled"].update(trainable=[True]),
        lambda h: h["compiled"].update(trainable=[True, False]), lambda h: h["compiled"].update(metrics=["mse"]),
        lambda h: h.update(iterations=-1), lambda h: h.update(iterations="many"), lambda h: h.update(weights=3),
        lambda h: h["model"].update(dtype="float32"), lambda h: h.update(random=[3, None]),
    ])
    def test_forged(self, path, change):
        self.rewrite(path, change)
        try:
            loaded = Sequential.load(path)
        except ValueError as error:
            assert str(path) in str(error)
        else:                                       # "weights" is for load_weights
            assert loaded.built

    def entry(self, path, name, content, compress=zipfile.ZIP_STORED):
        """The file with one array replaced by these bytes."""
        with zipfile.ZipFile(path) as old:
            held = {info.filename: old.read(info) for info in old.infolist()}
        with zipfile.ZipFile(path, "w") as new:
            for member, bytes_ in {**held, name: content}.items():
                new.writestr(member, bytes_, compress_type=compress if member == name else zipfile.ZIP_STORED)

    def test_a_bomb(self, path):
        """A gigabyte of zeros in a megabyte: refused before a byte of it is unpacked."""
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(10**7))
        self.entry(path, "weight/0.npy", buffer.getvalue(), zipfile.ZIP_DEFLATED)
        assert path.stat().st_size < 10**6
        self.refused(path, "ValueError: it is compressed")

    def test_an_array_that_claims_too_much(self, path):
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False,
                                                      "shape": (10**9, 10**9)})
        self.entry(path, "weight/0.npy", buffer.getvalue())
        self.refused(path, "an array of shape (1000000000, 1000000000) cannot be in 0 bytes")

    def test_a_negative_shape(self, path):
        buffer = io.BytesIO()
        np.lib.format.write_array_header_1_0(buffer, {"descr": "<f8", "fortran_order": False, "shape": (-1, -2)})
        self.entry(path, "weight/0.npy", buffer.getvalue() + bytes(16))
        self.refused(path, "an array of shape (-1, -2) cannot be in 16 bytes")

    def test_overlapping_entries(self, path):
        """The directory names the same bytes many times over."""
        with zipfile.ZipFile(path, "a") as file:
            big = file.getinfo("weight/0.npy")
            for i in range(1000):
                file.filelist.append(big)
                file.NameToInfo[f"copy{i}"] = big
            file._didModify = True
        self.refused(path, "its arrays claim more bytes than the file has")

    def test_pickled_objects(self, path):
        buffer = io.BytesIO()
        np.save(buffer, np.array([{"a": 1}], object), allow_pickle=True)
        self.entry(path, "weight/0.npy", buffer.getvalue())
        self.refused(path, "ValueError: it holds pickled objects")

    def test_a_header_of_python_code(self, path):
        text = b"{'descr': '<f8', 'fortran_order': False, 'shape': (__import__('os').getpid(),)}"
        self.entry(path, "weight/0.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)
        self.refused(path, "is not a model saved by course_lib, or it is damaged")

    def test_deeply_nested_json(self, path):
        header, arrays = storage.read(path)
        np.savez(path, header=np.frombuffer(b"[" * 10**6, np.uint8), **arrays)
        self.refused(path, "is not a model saved by course_lib, or it is damaged")

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


class TestWeights:
    @pytest.fixture
    def path(self, tmp_path, trained):
        trained.save_weights(tmp_path / "w.npz")
        return tmp_path / "w.npz"

    @pytest.mark.parametrize("save", ["save", "save_weights"])
    def test_into_another_model(self, tmp_path, trained, make_model, equal_weights, save):
        """Names of layers do not count, nor do optimizer and loss; the optimizer's state stays."""
        getattr(trained, save)(tmp_path / "w.npz")
        other = Sequential([Input((6,)), layers.Dense(8, name="a"), layers.Activation("relu"),
                            layers.Dense(3, name="b")], seed=8, dtype="float32")
        other.compile("adam", "mse")
        other.train_on_batch(np.ones((2, 6)), np.ones((2, 3)))
        state = other.optimizer.get_state()
        other.load_weights(tmp_path / "w.npz")
        for a, b in zip(trained.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(a.astype("float32"), b)
        np.testing.assert_equal(other.optimizer.get_state(), state)

    def test_moving_statistics_are_weights(self, tmp_path, images, equal_weights):
        model, other = everything(), everything(seed=9)
        model.fit(*images, verbose=0)
        model.save_weights(tmp_path / "w.npz")
        other.load_weights(tmp_path / "w.npz")
        assert equal_weights(model, other)
        np.testing.assert_array_equal(model.predict(images[0]), other.predict(images[0]))

    @pytest.mark.parametrize("other", [
        lambda: [layers.Dense(8), layers.Dense(4)], lambda: [layers.Dense(8)],
        lambda: [layers.Dense(8), layers.Dense(3), layers.Dense(3)], lambda: [layers.Dense(8, use_bias=False),
                                                                             layers.Dense(3)],
        lambda: [layers.Dense(8), layers.Dense(3, use_bias=False), layers.PReLU()]])
    def test_of_another_architecture(self, path, other):
        """Refused with both named, though the last has the same shapes."""
        model = Sequential([Input((6,)), *other()], seed=0, name="other")
        held = model.get_weights()
        with pytest.raises(ValueError) as caught:
            model.load_weights(path)
        text = str(caught.value)
        assert text.startswith(f"load_weights: {path} is of another architecture: it holds 4 weights: dense/kernel "
                               "(6, 8), dense/bias (8,), dense_1/kernel (8, 3), dense_1/bias (3,); the model 'other' "
                               f"has {len(held)} weights: dense/kernel (6, 8)")
        for a, b in zip(held, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)

    def test_long_architectures_are_cut(self, tmp_path):
        deep = Sequential([Input((2,)), *[layers.Dense(2) for _ in range(9)]])
        deep.save_weights(tmp_path / "w.npz")
        with pytest.raises(ValueError, match=r"it holds 18 weights: dense/kernel \(2, 2\), .*, dense_3/bias \(2,\), "
                                             r"\.\.\.; the model"):
            Sequential([Input((2,)), layers.Dense(2)]).load_weights(tmp_path / "w.npz")

    def test_damaged(self, path, trained, unchanged):
        whole = path.read_bytes()
        for length in range(0, len(whole) - 1, len(whole) // 40):
            path.write_bytes(whole[:length])
            with unchanged(trained), pytest.raises(ValueError, match=r"w\.npz is not a model saved by course_lib, or"):
                trained.load_weights(path)

    @pytest.mark.parametrize("change", [
        lambda h: h.pop("weights"), lambda h: h.update(weights=[["a/kernel", [3]]]), lambda h: h["weights"].pop(),
        lambda h: h["weights"][0].append(1), lambda h: h["weights"].append(["x/y", [1]]),
        lambda h: h["weights"][1].__setitem__(1, [9])])
    def test_forged(self, path, trained, unchanged, change):
        header, arrays = storage.read(path)
        change(header)
        storage.write(path, header, arrays)
        with unchanged(trained), pytest.raises(ValueError, match=r"w\.npz is "):
            trained.load_weights(path)

    def test_numbers_beyond_float32(self, tmp_path, make_model, unchanged):
        big, small = make_model(dtype="float64"), make_model(dtype="float32")
        big.layers[0].kernel[0, 0] = 1e300
        big.save_weights(tmp_path / "w.npz")
        with unchanged(small), pytest.raises(ValueError, match="dense/kernel must fit into float32, got 1e\\+300"):
            small.load_weights(tmp_path / "w.npz")

    def test_not_built_and_missing(self, tmp_path):
        model = Sequential([layers.Dense(3)])
        for method in ("save_weights", "load_weights"):
            with pytest.raises(ValueError, match=f"Sequential.{method}: the model has no weights yet"):
                getattr(model, method)(tmp_path / "w.npz")
        model.build((None, 2))
        with pytest.raises(FileNotFoundError, match="load: no file"):
            model.load_weights(tmp_path / "w.npz")

    def test_a_whole_model_is_expected(self, path):
        with pytest.raises(ValueError, match=r"w\.npz holds weights alone; make the model and call load_weights"):
            Sequential.load(path)
