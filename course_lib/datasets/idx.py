"""Images and labels from a pair of idx files, the format of MNIST and its descendants, every byte accounted for."""

import gzip
import io
import math
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_lib import _checks

UNSIGNED_BYTE = 0x08
OTHER_TYPES = {0x09: "signed bytes", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
LAYOUTS = {1: "labels (1 dimension)", 3: "images (3 dimensions)"}
IMAGES = ("-images-idx3-ubyte", "-images-idx3-ubyte.gz")
CHUNK = 1 << 20


def load_idx(images: str | Path, labels: str | Path, classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) from two idx files, gzipped or not: x (m, rows, columns) uint8, y (m,) int64 labels below ``classes``.

    Raises FileNotFoundError, or ValueError that names the file, what was expected and what was found: for a damaged
    archive, another format, type or number of dimensions, too few or too many bytes, a label out of range, images and
    labels that are not equally many, or that are given in the wrong order.
    """
    classes = _checks.integer("load_idx", "classes", classes, low=1)
    images, labels = _checked("images", images), _checked("labels", labels)
    if _dimensions(images) == 1 and _dimensions(labels) == 3:
        raise ValueError(f"load_idx: images and labels are swapped: {images} holds labels and {labels} holds images")
    x, y = _read(images, 3), _read(labels, 1)
    if len(x) != len(y):
        raise ValueError(f"load_idx: {images} and {labels} must hold equally many rows, got {len(x)} images and "
                         f"{len(y)} labels")
    if y.max() >= classes:
        row = int(np.argmax(y >= classes))
        raise ValueError(f"load_idx: {labels} must hold labels from 0 to {classes - 1}, got {y[row]} in row {row}")
    return x, y.astype(np.int64)


def idx_pairs(folder: str | Path) -> list[tuple[Path, Path]]:
    """The pairs (images, labels) in a folder for ``load_idx``, in the names' order: NAME-images-idx3-ubyte with
    NAME-labels-idx1-ubyte, or both with .gz."""
    if not Path(folder).is_dir():
        raise FileNotFoundError(f"idx_pairs: no folder {folder}")
    pairs = [(path, path.with_name(path.name.replace("-images-idx3-", "-labels-idx1-")))
             for path in sorted(Path(folder).iterdir()) if path.name.endswith(IMAGES)]
    return [pair for pair in pairs if pair[1].is_file()]


def _checked(name: str, path: str | Path) -> Path:
    if not isinstance(path, str | Path):
        raise TypeError(f"load_idx: {name} must be the path of a file, got {_checks.describe(path)}")
    if not Path(path).is_file():
        raise FileNotFoundError(f"load_idx: no file {path}")
    return Path(path)


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if zipped else open(path, "rb")


def _dimensions(path: Path) -> int:
    """What the header says, whether the rest is right or not; 0 for what is no idx file."""
    header = b"".join(_chunks(path, 4))
    return header[3] if len(header) == 4 and header[:2] == b"\0\0" else 0


def _read(path: Path, dimensions: int) -> np.ndarray:
    head = 4 + 4 * dimensions
    header = b"".join(_chunks(path, head))
    if len(header) < 4 or header[:2] != b"\0\0":
        raise ValueError(f"load_idx: {path} must begin with the bytes 00 00 of the idx format, "
                         f"got {header[:2].hex(' ') or 'an empty file'}")
    if header[2] != UNSIGNED_BYTE:
        raise ValueError(f"load_idx: {path} must hold unsigned bytes (type 0x08), "
                         f"got type 0x{header[2]:02x}, {OTHER_TYPES.get(header[2], 'which idx does not know')}")
    if header[3] != dimensions:
        raise ValueError(f"load_idx: {path} must hold {LAYOUTS[dimensions]}, "
                         f"got {LAYOUTS.get(header[3], f'{header[3]} dimensions')}")
    if len(header) < head:
        raise ValueError(f"load_idx: {path} is truncated: its header must have {head} bytes, got {len(header)}")
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4", offset=4))
    size = math.prod(shape)
    if not size:
        raise ValueError(f"load_idx: {path} must not be empty, got shape {shape}")
    data = bytearray().join(_chunks(path, head + size + 1))
    if len(data) != head + size:
        found = f"is truncated: it has {len(data):,}" if len(data) < head + size else "has more than these"
        raise ValueError(f"load_idx: {path} announces shape {shape}, {head + size:,} bytes in all, but {found}")
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def _chunks(path: Path, limit: int) -> Iterator[bytes]:
    """The first ``limit`` bytes, unpacked, piece by piece: a header's word is no reason to allocate."""
    try:
        with _open(path) as file:
            while limit and (chunk := file.read(min(limit, CHUNK))):
                limit -= len(chunk)
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"load_idx: {path} is truncated or damaged: it cannot be unpacked ({error})") from error
