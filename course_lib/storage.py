"""A model on disk: one .npz file of arrays and a JSON header, no pickle, written whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

FORMAT = "course_lib model"
VERSION = 1


def write(path: str | Path, header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write ``header`` and ``arrays`` to ``path``. A file that was there stays until the new one is complete."""
    path = _checked(path)
    text = json.dumps({"format": FORMAT, "version": VERSION, **header})
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save: the folder must exist, got {path.parent}")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, allow_pickle=False, header=np.frombuffer(text.encode(), np.uint8), **arrays)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Header and arrays of a file that ``write`` made. Raises ValueError for anything else, naming the file."""
    path = _checked(path)
    if not path.is_file():
        raise FileNotFoundError(f"load: no file {path}")
    with blaming(path):
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
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


def _checked(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"a model's file name must end in .npz, got {path.name!r}")
    return path
