"""Fashion-MNIST without the network: small files take the official ones' names, sizes and sums."""

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from course_lib.datasets import download, fashion_mnist, idx_pairs, load_idx

NAMES = list(fashion_mnist.FILES)
ROWS = {"train": 30, "t10k": 8}


def contents():
    """Four archives as the official ones are: 30 and 8 small images with all ten classes."""
    rng = np.random.default_rng(5)
    made = {}
    for name in NAMES:
        m = ROWS[name.split("-")[0]]
        images = "images" in name
        array = rng.integers(0, 256, (m, 28, 28), np.uint8) if images else np.arange(m).astype(np.uint8) % 10
        head = struct.pack(">I", 0x803 if images else 0x801) + b"".join(struct.pack(">I", n) for n in array.shape)
        made[name] = gzip.compress(head + array.tobytes(), mtime=0)
    return made


CONTENTS = contents()
IMAGES = {key: np.frombuffer(gzip.decompress(CONTENTS[f"{key}-images-idx3-ubyte.gz"])[16:], np.uint8)
          .reshape(-1, 28, 28) for key in ROWS}


@pytest.fixture
def official(monkeypatch, tmp_path):
    """The small files count as the official ones; no COURSE_DATA, an empty cache, no way to the network."""
    monkeypatch.setattr(fashion_mnist, "FILES", {
        name: fashion_mnist.Official(len(content), hashlib.md5(content).hexdigest())
        for name, content in CONTENTS.items()})
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path / "cache")
    asked = []

    def fetch(url, path, size, md5):
        asked.append(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENTS[path.name])
    monkeypatch.setattr(download, "fetch", fetch)
    return asked


@pytest.fixture
def folder(tmp_path, official):
    """A folder with the four files."""
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
    return folder


def is_the_data(loaded):
    (x, y), (x_test, y_test) = loaded
    np.testing.assert_array_equal(x, IMAGES["train"])
    np.testing.assert_array_equal(x_test, IMAGES["t10k"])
    assert y.tolist() == [i % 10 for i in range(30)]
    assert y_test.tolist() == list(range(8))
    assert (x.dtype, y.dtype) == (np.uint8, np.int64)
    return True


def test_what_is_published():
    """The sizes and sums that the data's authors publish; Keras's names and order."""
    assert {name: (o.size, o.md5) for name, o in fashion_mnist.FILES.items()} == {
        "train-images-idx3-ubyte.gz": (26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        "train-labels-idx1-ubyte.gz": (29515, "25c81989df183df01b3e8a0aad5dffbe"),
        "t10k-images-idx3-ubyte.gz": (4422102, "bef4ecab320f06d8554ea6380940ec79"),
        "t10k-labels-idx1-ubyte.gz": (5148, "bb300cfdad3c16e7a12a480ee83cd310"),
    }
    assert fashion_mnist.ADDRESS == "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    assert fashion_mnist.CLASS_NAMES == ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                                         "Sneaker", "Bag", "Ankle boot")


def test_downloaded_once(official, tmp_path):
    assert is_the_data(fashion_mnist.load_data())
    assert official == [fashion_mnist.ADDRESS + name for name in NAMES]
    assert is_the_data(fashion_mnist.load_data())
    assert len(official) == 4
    (tmp_path / "cache" / "fashion-mnist" / NAMES[2]).unlink()
    assert is_the_data(fashion_mnist.load_data())
    assert official[4:] == [fashion_mnist.ADDRESS + NAMES[2]]


@pytest.mark.parametrize("how", ["argument", "text", "COURSE_DATA"])
def test_a_folder(official, folder, monkeypatch, how):
    if how == "COURSE_DATA":
        monkeypatch.setenv("COURSE_DATA", str(folder))
    assert is_the_data(fashion_mnist.load_data({"argument": folder, "text": str(folder)}.get(how)))
    assert official == []


def test_the_argument_goes_before_the_variable(folder, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "nowhere")
    assert is_the_data(fashion_mnist.load_data(folder))


def test_an_empty_variable_is_none(official, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "")
    assert is_the_data(fashion_mnist.load_data())
    assert len(official) == 4


def test_a_folder_that_lacks_files(official, folder, monkeypatch):
    (folder / NAMES[1]).unlink()
    (folder / NAMES[3]).unlink()
    monkeypatch.setenv("COURSE_DATA", str(folder))
    with pytest.raises(FileNotFoundError) as caught:
        fashion_mnist.load_data()
    text = str(caught.value)
    assert f"the folder {folder} (COURSE_DATA, or the one given) lacks {NAMES[1]}, {NAMES[3]}. It must hold" in text
    for name in NAMES:
        assert f"{fashion_mnist.ADDRESS}{name} ({len(CONTENTS[name]):,} bytes)" in text
    assert official == []


def test_no_folder(official, tmp_path):
    with pytest.raises(FileNotFoundError, match="lacks train-images-idx3-ubyte.gz, train-labels"):
        fashion_mnist.load_data(tmp_path / "none")


def test_offline(official, tmp_path, monkeypatch):
    """The message says where to get the files and where to put them."""
    def fetch(url, path, size, md5):
        raise download.DownloadError(f"{url}: no route to host; 7 of 9 bytes are here")
    monkeypatch.setattr(download, "fetch", fetch)
    with pytest.raises(ConnectionError) as caught:
        fashion_mnist.load_data()
    text = str(caught.value)
    assert f"cannot download {fashion_mnist.ADDRESS}{NAMES[0]}: no route to host; 7 of 9 bytes are here" in text
    assert f"put these files, not unpacked, into {tmp_path / 'cache' / 'fashion-mnist'} by hand:" in text
    for name in NAMES:
        assert f"{fashion_mnist.ADDRESS}{name} ({len(CONTENTS[name]):,} bytes)" in text


WRONG = {
    "truncated": (lambda c: c[:-1], "is truncated: {less:,} bytes, expected {size:,}"),
    "empty": (lambda c: b"", "is truncated: 0 bytes, expected {size:,}"),
    "longer": (lambda c: c + b"!", "is too long: {more:,} bytes, expected {size:,}"),
    "damaged": (lambda c: c[:20] + bytes([c[20] ^ 1]) + c[21:], "is damaged: its md5 sum is {found}, expected {md5}"),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", WRONG)
def test_refused_by_name(folder, name, kind):
    change, text = WRONG[kind]
    content = CONTENTS[name]
    (folder / name).write_bytes(change(content))
    with pytest.raises(ValueError) as caught:
        fashion_mnist.load_data(folder)
    expected = text.format(size=len(content), less=len(content) - 1, more=len(content) + 1,
                           md5=hashlib.md5(content).hexdigest(), found=hashlib.md5(change(content)).hexdigest())
    assert f"fashion_mnist.load_data: {folder / name} {expected}. Delete it and get it again from " \
        f"{fashion_mnist.ADDRESS}{name}" == str(caught.value)
    assert (folder / name).read_bytes() == change(content)          # a user's file is not ours to delete


@pytest.mark.parametrize(("a", "b"), [(0, 1), (0, 2), (1, 3), (2, 3)])
def test_swapped_files_are_recognised(folder, a, b):
    (folder / NAMES[a]).write_bytes(CONTENTS[NAMES[b]])
    (folder / NAMES[b]).write_bytes(CONTENTS[NAMES[a]])
    with pytest.raises(ValueError) as caught:
        fashion_mnist.load_data(folder)
    assert f"{folder / NAMES[a]} is {NAMES[b]} under another name. Delete it" in str(caught.value)


def test_a_damaged_file_in_the_cache(official, tmp_path):
    fashion_mnist.load_data()
    damaged = tmp_path / "cache" / "fashion-mnist" / NAMES[0]
    damaged.write_bytes(CONTENTS[NAMES[0]][:-4])
    with pytest.raises(ValueError, match="is truncated"):
        fashion_mnist.load_data()
    damaged.unlink()
    assert is_the_data(fashion_mnist.load_data())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_splits(folder, monkeypatch, dtype):
    assert fashion_mnist.VALIDATION_ROWS == 5000
    monkeypatch.setattr(fashion_mnist, "VALIDATION_ROWS", 4)
    train, validation, test = fashion_mnist.load_splits(folder, dtype)
    assert [x.shape for x, _ in (train, validation, test)] == [(26, 784), (4, 784), (8, 784)]
    assert validation[1].tolist() == [0, 1, 2, 3]
    assert train[1].tolist() == [i % 10 for i in range(4, 30)]
    expected = IMAGES["train"].reshape(30, 784) / 255
    for x, rows in ((train[0], expected[4:]), (validation[0], expected[:4])):
        assert x.dtype == dtype
        np.testing.assert_allclose(x, rows, rtol=1e-7 if dtype == "float32" else 0)


def test_float32_is_the_default(folder, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "VALIDATION_ROWS", 4)
    assert {x.dtype.name for x, _ in fashion_mnist.load_splits(folder)} == {"float32"}


def test_bad_dtype(folder):
    with pytest.raises(ValueError, match="fashion_mnist.load_splits: dtype must be float32 or float64, got 'int8'"):
        fashion_mnist.load_splits(folder, "int8")


def test_the_real_thing():
    """Official files, or the first of their rows, in the folder COURSE_DATA, as others read and describe them."""
    if not os.environ.get("COURSE_DATA"):
        pytest.skip("COURSE_DATA does not name a folder with Fashion-MNIST or a part of it")
    pairs = idx_pairs(os.environ["COURSE_DATA"])
    assert pairs, f"COURSE_DATA={os.environ['COURSE_DATA']} holds no pair of idx files"
    for images, labels in pairs:
        x, y = load_idx(images, labels)
        assert x.shape == (len(y), 28, 28)
        assert x.tobytes() == gzip.decompress(Path(images).read_bytes())[16:]
        assert y.astype(np.uint8).tobytes() == gzip.decompress(Path(labels).read_bytes())[8:]
        with pytest.raises(ValueError, match="images and labels are swapped"):
            load_idx(labels, images)
        # Published mean of the training pixels; images differ by about 0.15, so five sigma of so many rows.
        assert abs(x.mean() / 255 - 0.2860) < 5 * 0.15 / np.sqrt(len(x))
        if images.name.startswith("first-3615"):
            assert np.bincount(y).tolist() == [335, 394, 357, 375, 357, 357, 362, 376, 342, 360]
            assert y[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
