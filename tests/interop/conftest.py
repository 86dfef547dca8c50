"""Keras, or a clear word where it is missing."""

import pytest

from course_lib.parity import load_keras


@pytest.fixture(scope="session")
def keras(missing):
    try:
        keras, _ = load_keras()
    except ImportError:
        missing("TensorFlow", "install it: pip install -e '.[tensorflow]' with Python 3.11 to 3.13")
    assert keras.backend.backend() == "tensorflow"
    return keras
