"""Loads Keras on TensorFlow, reproducible and quiet."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

SETTINGS = {
    "CUDA_VISIBLE_DEVICES": "",         # no GPU
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",        # errors only
    "TF_ENABLE_ONEDNN_OPTS": "0",       # oneDNN adds up in another order on every kind of processor
}


def load_keras() -> tuple[ModuleType, ModuleType]:
    """(keras, tensorflow). TensorFlow's start-up messages, which it writes past Python, are dropped.

    Raises ImportError with the way to install them where they are missing.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        with _without_stderr():
            import keras
            import tensorflow
        tensorflow.get_logger().setLevel("ERROR")       # no advice about retracing
    except ImportError as error:
        raise ImportError("comparing with Keras needs TensorFlow, on Python 3.11 to 3.13 (this is "
                          f'{sys.version.split()[0]}): pip install "course_lib[tensorflow]"') from error
    return keras, tensorflow


@contextmanager
def floatx(dtype: str) -> Iterator[None]:
    """While this lasts, Keras computes in ``dtype``, and does not warn of its own use of NumPy.

    It forgets the names and dtypes that it has given, before and after.
    """
    keras, _ = load_keras()
    held = keras.backend.floatx()
    keras.backend.clear_session(free_memory=False)
    keras.backend.set_floatx(dtype)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
            yield
    finally:
        keras.backend.set_floatx(held)
        keras.backend.clear_session(free_memory=False)


@contextmanager
def _without_stderr() -> Iterator[None]:
    sys.stderr.flush()
    held = os.dup(2)
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(held, 2)
        os.close(held)
