"""Comparisons with Keras. The only part of the library that needs TensorFlow."""

from course_lib.parity.loading import load_keras

__all__ = ["load_keras"]
