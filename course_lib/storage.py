"""A model on disk: one .npz file of arrays and a JSON header, no pickle, written whole or not at all.

Such a file is an uncompressed zip archive of .npy arrays, which ``np.load`` reads. It is read here with every size
checked against the file's own, so that a few bytes cannot claim gigabytes.
"""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

FORMAT = "course_lib model"
VERSION = 1


def write(path: str | Path, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write ``header`` and ``arrays`` to ``path``. A file that was there stays until the new one is complete."""
    import json  # here and below: importing the library stays fast
    import secrets
    import zipfile
    path = _checked(path)
    text = json.dumps({"format": FORMAT, "version": VERSION, **header})
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save: the folder must exist, got {path.parent}")
    if path.is_dir():
        raise IsADirectoryError(f"save: a folder has that name already: {path}")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, array in {"header": np.frombuffer(text.encode(), np.uint8), **arrays}.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())                 # on the disk before it takes the old one's place
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a file that ``write`` made. Raises ValueError for anything else, naming the file."""
    import json
    path = _checked(path)
    if not path.is_file():
        raise FileNotFoundError(f"load: no file {path}")
    with blaming(path):
        arrays = _arrays(path)
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']!r}, expected {FORMAT!r}")
        newer = header["version"] > VERSION
    if newer:
        raise ValueError(f"load: {path} has version {header['version']}, this course_lib reads up to {VERSION}; "
                         "install a newer one")
    return header, arrays


@contextmanager
def blaming(path: str | Path) -> Iterator[None]:
    """Turns the errors that wrong contents cause into a ValueError that names the file."""
    try:
        yield
    except Exception as error:              # NumPy, zipfile and json raise a dozen different ones
        raise ValueError(f"load: {path} is not a model saved by course_lib, or it is damaged "
                         f"({type(error).__name__}: {error})") from error


def _arrays(path: Path) -> dict[str, np.ndarray]:
    import zipfile
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(m.compress_type != zipfile.ZIP_STORED for m in members):
            raise ValueError("it is compressed")
        if sum(m.file_size for m in members) > path.stat().st_size:
            raise ValueError("its arrays claim more bytes than the file has")
        arrays = {}
        for member in members:
            with archive.open(member) as stream:
                arrays[member.filename.removesuffix(".npy")] = _array(stream, member.file_size)
    return arrays


def _array(stream: IO[bytes], size: int) -> np.ndarray:
    """The array of a .npy file of ``size`` bytes."""
    version = np.lib.format.read_magic(stream)
    read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
    shape, fortran_order, dtype = read_header(stream)
    if dtype.hasobject:
        raise ValueError("it holds pickled objects")
    left = size - stream.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != left:
        raise ValueError(f"an array of shape {shape} cannot be in {left} bytes")
    array = np.frombuffer(stream.read(), dtype).reshape(shape, order="F" if fortran_order else "C")
    return array.copy()                     # one that can be written to


def _checked(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"a model's file name must end in .npz, got {path.name!r}")
    return path
