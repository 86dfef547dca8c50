"""Fashion-MNIST: 70,000 grey images of clothing, 28 x 28, in ten classes; downloaded once, or read from a folder.

(c) 2017 Zalando SE, MIT licence. H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for
benchmarking machine learning algorithms", 2017, https://arxiv.org/abs/1708.07747.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from course_lib import _checks
from course_lib.datasets.idx import load_idx
from course_lib.datasets.splitting import Splits

CLASS_NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
ADDRESS = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
VALIDATION_ROWS = 5000


class Official(NamedTuple):
    """What is published about a file."""

    size: int
    md5: str


FILES = {
    "train-images-idx3-ubyte.gz": Official(26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    "train-labels-idx1-ubyte.gz": Official(29_515, "25c81989df183df01b3e8a0aad5dffbe"),
    "t10k-images-idx3-ubyte.gz": Official(4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
    "t10k-labels-idx1-ubyte.gz": Official(5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
}


def load_data(folder: str | Path | None = None) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """((x_train, y_train), (x_test, y_test)) as in Keras: images (60000 or 10000, 28, 28) uint8, labels (m,) int64.

    The labels, 0 to 9, mean ``CLASS_NAMES``. (Keras gives them as uint8, where 3 - 5 is 254.)
    folder: holds the four official files. Default: the folder that the environment variable COURSE_DATA names; where it
    is not set, the platform's cache, and what is lacking there is downloaded from the official address first.
    Each file is checked at every call. Raises FileNotFoundError for a file that a given folder lacks, ValueError for
    one that is truncated, damaged or another, ConnectionError where nothing can be downloaded.
    """
    chosen = folder if folder is not None else os.environ.get("COURSE_DATA") or None
    paths = _downloaded() if chosen is None else _given(Path(chosen))
    for path in paths:
        _verify(path)
    x_train, y_train, x_test, y_test = paths
    return load_idx(x_train, y_train, len(CLASS_NAMES)), load_idx(x_test, y_test, len(CLASS_NAMES))


def load_splits(folder: str | Path | None = None, dtype: Any = "float32") -> Splits:
    """Training (55,000 rows), validation (5,000, the first ones) and test (10,000) data, ready for a model.

    x (m, 784): an image a row, its grey levels divided by 255. y (m,): int64 labels. dtype: of x.
    """
    dtype = _checks.float_dtype("fashion_mnist.load_splits", dtype)
    (x, y), test = load_data(folder)

    def ready(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return images.reshape(len(images), -1).astype(dtype) / dtype.type(255), labels

    n = VALIDATION_ROWS
    return Splits(ready(x[n:], y[n:]), ready(x[:n], y[:n]), ready(*test))


def _given(folder: Path) -> list[Path]:
    if lacking := [name for name in FILES if not (folder / name).is_file()]:
        raise FileNotFoundError(f"fashion_mnist.load_data: the folder {folder} (COURSE_DATA, or the one given) lacks "
                                f"{', '.join(lacking)}. It must hold these files, not unpacked:\n{_listed()}\n"
                                "Any other pair of idx files is read by datasets.load_idx(images, labels).")
    return [folder / name for name in FILES]


def _downloaded() -> list[Path]:
    from course_lib.datasets import download  # brings in urllib, which takes its time

    folder = download.cache_folder() / "fashion-mnist"
    for name, official in FILES.items():
        if not (folder / name).is_file():
            try:
                download.fetch(ADDRESS + name, folder / name, official.size, official.md5)
            except download.DownloadError as error:
                raise ConnectionError(f"fashion_mnist.load_data: cannot download {error}. Try again, and it goes on "
                                      f"from there; or put these files, not unpacked, into {folder} by hand:\n"
                                      f"{_listed()}") from error
    return [folder / name for name in FILES]


def _listed() -> str:
    return "\n".join(f"  {ADDRESS}{name} ({official.size:,} bytes)" for name, official in FILES.items())


def _verify(path: Path) -> None:
    """Whether the file is the official one of its name, by its sum."""
    from course_lib.datasets.download import md5_of

    expected, size, found = FILES[path.name], path.stat().st_size, md5_of(path)
    if found == expected.md5:
        return
    others = [name for name, official in FILES.items() if official.md5 == found]
    if others:
        wrong = f"is {others[0]} under another name"
    elif size != expected.size:
        wrong = f"is {'truncated' if size < expected.size else 'too long'}: {size:,} bytes, expected {expected.size:,}"
    else:
        wrong = f"is damaged: its md5 sum is {found}, expected {expected.md5}"
    raise ValueError(f"fashion_mnist.load_data: {path} {wrong}. Delete it and get it again from {ADDRESS}{path.name}")
