"""Losses of real-valued outputs, in terms of the error e = yhat - y. As in Keras the mean runs over the k outputs too.

Shapes: y_true and y_pred (m, k), or (m,) where k = 1.
"""

import numpy as np

from course_lib import _checks
from course_lib.losses.base import Loss


class MeanSquaredError(Loss):
    """J = 1/(m k) sum_i sum_j e_ij^2. It grows with the square of an error, so outliers rule it."""

    name = "mean_squared_error"

    def per_sample(self, y, y_pred):
        return np.square(y_pred - y).mean(axis=1)

    def gradient_of(self, y, y_pred):
        return (y_pred - y) * (2 / y_pred.size)                     # 2 e / (m k)


class MeanAbsoluteError(Loss):
    """J = 1/(m k) sum_i sum_j |e_ij|. Every error pulls equally hard; the slope at e = 0 is taken as 0."""

    name = "mean_absolute_error"

    def per_sample(self, y, y_pred):
        return np.abs(y_pred - y).mean(axis=1)

    def gradient_of(self, y, y_pred):
        return np.sign(y_pred - y) / y_pred.size                    # sign(e) / (m k)

    def sides(self, y, y_pred):
        return np.sign(y_pred - y)


class Huber(Loss):
    """J = 1/(m k) sum_i sum_j l(e_ij), with l(e) = e^2 / 2 where |e| <= delta, else delta |e| - delta^2 / 2.

    delta: > 0. Small errors count as in the squared error, large ones as in the absolute error; half the squared
    error, so Huber with a large delta is MSE / 2. Source: Huber 1964.
    """

    name = "huber"

    def __init__(self, delta: float = 1.0):
        self.delta = _checks.number("Huber", "delta", delta, low=0, open_low=True)

    def per_sample(self, y, y_pred):
        size = np.abs(y_pred - y)
        inner = np.minimum(size, self.delta)
        return (inner * (size - 0.5 * inner)).mean(axis=1)          # both cases: delta where |e| is larger

    def gradient_of(self, y, y_pred):
        return np.clip(y_pred - y, -self.delta, self.delta) / y_pred.size       # e, cut off at +-delta

    def sides(self, y, y_pred):
        return np.abs(y_pred - y) <= self.delta                     # the slope is continuous, its slope is not
