"""Pairs of idx files: what they hold, and every way in which one can be wrong."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

from course_lib.datasets import idx_pairs, load_idx

IMAGES = np.random.default_rng(1).integers(0, 256, (7, 5, 3), np.uint8)
LABELS = np.array([9, 0, 3, 3, 1, 9, 2], np.uint8)


def idx(array, code=8, first=b"\0\0") -> bytes:
    """The format as LeCun's page describes it: magic number, sizes as big-endian integers, data."""
    return first + bytes([code, array.ndim]) + b"".join(struct.pack(">I", n) for n in array.shape) + array.tobytes()


@pytest.fixture
def files(tmp_path):
    """``files(images, labels)`` writes two byte strings and gives their paths."""
    def files(images=None, labels=None, packed=(False, False)):
        paths = tmp_path / "some-images-idx3-ubyte", tmp_path / "some-labels-idx1-ubyte"
        contents = idx(IMAGES) if images is None else images, idx(LABELS) if labels is None else labels
        for path, content, pack in zip(paths, contents, packed, strict=True):
            path.write_bytes(gzip.compress(content) if pack else content)
        return paths
    return files


def refused(paths, *texts, error=ValueError, **arguments):
    with pytest.raises(error) as caught:
        load_idx(*paths, **arguments)
    for text in texts:
        assert text in str(caught.value)
    assert str(caught.value).startswith("load_idx: ")


@pytest.mark.parametrize("packed", [(False, False), (True, True), (True, False), (False, True)])
def test_read(files, packed):
    """Whether a file is packed is told by its contents, not its name."""
    x, y = load_idx(*files(packed=packed))
    np.testing.assert_array_equal(x, IMAGES)
    np.testing.assert_array_equal(y, LABELS)
    assert (x.dtype, y.dtype) == (np.uint8, np.int64)
    x[...] = 0                              # the caller's own
    y[...] = 0


def test_names_as_text(files):
    images, labels = files()
    np.testing.assert_array_equal(load_idx(str(images), str(labels))[0], IMAGES)


def test_longer_than_one_piece(files):
    """Two megabytes and a bit: the pieces are put together in order."""
    many = np.random.default_rng(2).integers(0, 256, (2100, 32, 32), np.uint8)
    x, _ = load_idx(*files(idx(many), idx(np.zeros(2100, np.uint8)), (True, False)))
    np.testing.assert_array_equal(x, many)


def test_other_numbers_of_classes(files):
    paths = files(labels=idx(np.array([0, 25, 3, 3, 1, 9, 2], np.uint8)))
    assert load_idx(*paths, classes=26)[1].max() == 25
    refused(paths, f"{paths[1]} must hold labels from 0 to 9, got 25 in row 1")
    refused(paths, f"{paths[1]} must hold labels from 0 to 24, got 25 in row 1", classes=25)


class TestRefused:
    def test_swapped(self, files):
        images, labels = files(packed=(True, True))
        refused((labels, images), f"images and labels are swapped: {labels} holds labels and {images} holds images")

    def test_the_same_kind_twice(self, files):
        images, labels = files()
        refused((images, images), f"{images} must hold labels (1 dimension), got images (3 dimensions)")
        refused((labels, labels), f"{labels} must hold images (3 dimensions), got labels (1 dimension)")
        refused(files(images=idx(IMAGES[0])), "must hold images (3 dimensions), got 2 dimensions")

    @pytest.mark.parametrize("packed", [False, True])
    @pytest.mark.parametrize(("cut", "text"), [
        (0, "must begin with the bytes 00 00 of the idx format, got an empty file"),
        (1, "must begin with the bytes 00 00 of the idx format, got 00"),
        (3, "must begin with the bytes 00 00 of the idx format, got 00 00"),
        (4, "is truncated: its header must have 16 bytes, got 4"),
        (15, "is truncated: its header must have 16 bytes, got 15"),
        (16, "announces shape (7, 5, 3), 121 bytes in all, but is truncated: it has 16"),
        (120, "announces shape (7, 5, 3), 121 bytes in all, but is truncated: it has 120"),
    ])
    def test_truncated(self, files, cut, text, packed):
        paths = files(idx(IMAGES)[:cut], packed=(packed, False))
        refused(paths, f"{paths[0]} {text}")

    def test_truncated_labels(self, files):
        paths = files(labels=idx(LABELS)[:-1])
        refused(paths, f"{paths[1]} announces shape (7,), 15 bytes in all, but is truncated: it has 14")

    @pytest.mark.parametrize("packed", [False, True])
    def test_trailing_bytes(self, files, packed):
        paths = files(idx(IMAGES) + b"\0", packed=(packed, False))
        refused(paths, f"{paths[0]} announces shape (7, 5, 3), 121 bytes in all, but has more than these")
        paths = files(labels=idx(LABELS) + b"123", packed=(False, packed))
        refused(paths, f"{paths[1]} announces shape (7,), 15 bytes in all, but has more than these")

    def test_every_truncation_of_an_archive(self, files):
        images, labels = files(packed=(True, False))
        whole = images.read_bytes()
        for length in range(2, len(whole)):
            images.write_bytes(whole[:length])
            refused((images, labels), f"{images} is truncated or damaged: it cannot be unpacked (")

    def test_every_damaged_byte_of_an_archive(self, files):
        """A changed byte is refused, or is one of those the format ignores (time, system, flags)."""
        images, labels = files(packed=(True, False))
        whole = images.read_bytes()
        ignored = []
        for at in range(len(whole)):
            images.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1:])
            try:
                np.testing.assert_array_equal(load_idx(images, labels)[0], IMAGES)
                ignored.append(at)
            except ValueError as error:
                assert str(images) in str(error)
        assert set(ignored) <= {4, 5, 6, 7, 8, 9}

    def test_bytes_after_an_archive(self, files):
        images, labels = files(packed=(True, False))
        images.write_bytes(images.read_bytes() + b"more")
        refused((images, labels), f"{images} is truncated or damaged: it cannot be unpacked (Not a gzipped file")

    @pytest.mark.parametrize(("first", "shown"), [(b"PK", "50 4b"), (b"\0\1", "00 01"), (b"\1\0", "01 00")])
    def test_another_format(self, files, first, shown):
        paths = files(idx(IMAGES, first=first))
        refused(paths, f"{paths[0]} must begin with the bytes 00 00 of the idx format, got {shown}")

    @pytest.mark.parametrize(("code", "name"), [
        (0x09, "signed bytes"), (0x0B, "int16"), (0x0C, "int32"), (0x0D, "float32"), (0x0E, "float64"),
        (0x07, "which idx does not know"),
    ])
    def test_another_type(self, files, code, name):
        paths = files(labels=idx(LABELS, code))
        refused(paths, f"{paths[1]} must hold unsigned bytes (type 0x08), got type 0x{code:02x}, {name}")

    def test_counts_differ(self, files):
        paths = files(labels=idx(LABELS[:6]))
        refused(paths, f"{paths[0]} and {paths[1]} must hold equally many rows, got 7 images and 6 labels")

    def test_empty(self, files):
        paths = files(idx(IMAGES[:0]), idx(LABELS[:0]))
        refused(paths, f"{paths[0]} must not be empty, got shape (0, 5, 3)")

    def test_missing(self, tmp_path, files):
        images, labels = files()
        refused((tmp_path / "none", labels), f"no file {tmp_path / 'none'}", error=FileNotFoundError)
        refused((images, tmp_path), f"no file {tmp_path}", error=FileNotFoundError)

    def test_arguments(self, files):
        images, labels = files()
        refused((images, None), "labels must be the path of a file, got None (NoneType)", error=TypeError)
        refused((IMAGES, labels), "images must be the path of a file, got an array of shape (7, 5, 3)", error=TypeError)
        refused((images, labels), "classes must be an integer of at least 1, got 0 (int)", classes=0)

    def test_a_header_is_no_reason_to_allocate(self, files):
        """It announces 2^96 bytes."""
        paths = files(b"\0\0\x08\x03" + b"\xff" * 12 + b"123")
        tracemalloc.start()
        refused(paths, f"{paths[0]} announces shape (4294967295, 4294967295, 4294967295)", "truncated: it has 19")
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
        tracemalloc.stop()


def test_pairs(tmp_path):
    for name in ("b-images-idx3-ubyte", "b-labels-idx1-ubyte", "a-images-idx3-ubyte.gz", "a-labels-idx1-ubyte.gz",
                 "alone-images-idx3-ubyte", "mixed-images-idx3-ubyte", "mixed-labels-idx1-ubyte.gz",
                 "c-images-idx3-ubyte.gz.part", "c-labels-idx1-ubyte.gz.part"):
        (tmp_path / name).touch()
    assert [[path.name for path in pair] for pair in idx_pairs(tmp_path)] == [
        ["a-images-idx3-ubyte.gz", "a-labels-idx1-ubyte.gz"], ["b-images-idx3-ubyte", "b-labels-idx1-ubyte"]]
    with pytest.raises(FileNotFoundError, match="idx_pairs: no folder .*none"):
        idx_pairs(tmp_path / "none")
