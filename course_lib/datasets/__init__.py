"""Data that needs no download: the digits (real, part of the package) and generated toy sets."""

from course_lib.datasets import digits, toy

__all__ = ["digits", "toy"]
