"""Answers that readers write."""

FORWARD = """import numpy as np


def dense_forward(X, W, b, act):
    Z = X @ W + b
    A = {"identity": lambda z: z, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0),
         "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[act](Z)
    return A, (X, W, Z, act)
"""
FORWARD_WITHOUT_BIAS = FORWARD.replace("X @ W + b", "X @ W")
BACKWARD = """import numpy as np


def dense_backward(dA, cache):
    X, W, Z, act = cache
    a = 1 / (1 + np.exp(-Z))
    slope = {"identity": 1.0, "tanh": 1 - np.tanh(Z) ** 2, "relu": (Z > 0) * 1.0, "sigmoid": a * (1 - a)}[act]
    delta = dA * slope
    return delta @ W.T, X.T @ delta, delta.sum(axis=0)
"""
BACKWARD_WITHOUT_TRANSPOSE = BACKWARD.replace("W.T", "W")
LOOP = FORWARD.replace("    Z =", "    while True:\n        pass\n    Z =")
