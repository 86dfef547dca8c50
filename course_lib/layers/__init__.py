"""Layers: each knows its forward and its backward pass."""

from course_lib.layers.activation import ELU, Activation, LeakyReLU, PReLU, ReLU, RReLU, Softmax
from course_lib.layers.base import Input, Layer
from course_lib.layers.dense import Dense
from course_lib.layers.dropout import AlphaDropout, Dropout, GaussianNoise
from course_lib.layers.normalization import BatchNormalization, fold
from course_lib.layers.reshaping import Flatten, Reshape

LAYERS: dict[str, type[Layer]] = {
    "Dense": Dense, "Activation": Activation, "ReLU": ReLU, "LeakyReLU": LeakyReLU, "ELU": ELU, "PReLU": PReLU,
    "RReLU": RReLU, "Softmax": Softmax, "BatchNormalization": BatchNormalization, "Dropout": Dropout,
    "AlphaDropout": AlphaDropout, "GaussianNoise": GaussianNoise, "Flatten": Flatten, "Reshape": Reshape,
}

__all__ = ["ELU", "LAYERS", "Activation", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "Flatten",
           "GaussianNoise", "Input", "Layer", "LeakyReLU", "PReLU", "RReLU", "ReLU", "Reshape", "Softmax", "fold"]
