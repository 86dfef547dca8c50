"""Exercise 18: the same algorithm in column form, with the bias inside the matrix."""

import numpy as np

from ...cases import normal, uniform
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def backprop_with_bias_column(W1, W2, x, y):
    a1 = np.concatenate([[1.0], x])
    h = 1 / (1 + np.exp(-(W1 @ a1)))
    a2 = np.concatenate([[1.0], h])
    p = 1 / (1 + np.exp(-(W2 @ a2)))
    delta3 = p - y
    delta2 = (W2[:, 1:].T @ delta3) * h * (1 - h)
    return np.outer(delta2, a1), np.outer(delta3, a2)


# --- the row-major layers of the library, as the independent reference


def reference(W1, W2, x, y):
    from course_lib import Input, Sequential, layers

    model = Sequential([Input((2,)), layers.Dense(3, activation="sigmoid"), layers.Dense(1, activation="sigmoid")],
                       dtype="float64")
    model.compile(optimizer="sgd", loss="binary_crossentropy")
    model.set_weights([W1[:, 1:].T, W1[:, 0], W2[:, 1:].T, W2[:, 0]])
    _, gradients = model.loss_and_gradients(x[None, :], np.array([[y]]))
    dK1, db1, dK2, db2 = gradients.values()
    return np.column_stack([db1, dK1.T]), np.column_stack([db2, dK2.T])


def cases(rng):
    for y in (0.0, 1.0, 1.0, 0.0):
        yield Case((normal(rng, 3, 3), normal(rng, 1, 4), normal(rng, 2), y))
    # A bias weight far from its neighbours: taking it for another weight shows at once.
    yield Case((uniform(rng, 0.25, 0.75, 3, 3), np.array([[4.0, 0.5, -0.25, 0.125]]),
                np.array([1.0, -2.0]), 1.0))


# --- mistakes and other right ways


def _pieces(W1, W2, x, y):
    a1 = np.concatenate([[1.0], x])
    h = 1 / (1 + np.exp(-(W1 @ a1)))
    a2 = np.concatenate([[1.0], h])
    return a1, h, a2, 1 / (1 + np.exp(-(W2 @ a2))) - y


def _answer(W1, W2, x, y, kept=lambda W2: W2[:, 1:], slope=lambda h: h * (1 - h), sign=1):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    delta2 = (kept(W2).T @ delta3) * slope(h)
    return np.outer(sign * delta2, a1), np.outer(sign * delta3, a2)


def bias_leaks(W1, W2, x, y):
    return _answer(W1, W2, x, y, kept=lambda W2: W2[:, :-1])


def bias_leaks_by_shape(W1, W2, x, y):
    return _answer(W1, W2, x, y, kept=lambda W2: W2)


def bias_leaks_in_columns(W1, W2, x, y):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    return (W2.T @ delta3[:, None]) * (h * (1 - h))[:, None]


def bias_row_kept_in_dW1(W1, W2, x, y):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    return np.outer((W2.T @ delta3) * a2 * (1 - a2), a1), np.outer(delta3, a2)


def one_by_three(W1, W2, x, y):
    dW1, dW2 = _answer(W1, W2, x, y)
    return dW1, dW2[:, 1:]


def one_by_three_raises(W1, W2, x, y):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    return W2 @ h


def one_by_three_forward(W1, W2, x, y):
    h = 1 / (1 + np.exp(-(W1 @ np.concatenate([[1.0], x]))))
    delta3 = 1 / (1 + np.exp(-(W2[:, 1:] @ h))) - y
    return np.outer((W2[:, 1:].T @ delta3) * h * (1 - h), np.concatenate([[1.0], x])), np.outer(delta3, h)


def y_minus_a(W1, W2, x, y):
    return _answer(W1, W2, x, y, sign=-1)


def no_activation_derivative(W1, W2, x, y):
    return _answer(W1, W2, x, y, slope=lambda h: 1)


def derivative_at_a(W1, W2, x, y):
    return _answer(W1, W2, x, y, slope=lambda h: np.exp(-h) / (1 + np.exp(-h)) ** 2)


def extra_derivative(W1, W2, x, y):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    delta3 = delta3 * (delta3 + y) * (1 - delta3 - y)
    return np.outer((W2[:, 1:].T @ delta3) * h * (1 - h), a1), np.outer(delta3, a2)


def extra_derivative_below(W1, W2, x, y):
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    return extra_derivative(W1, W2, x, y)[0], np.outer(delta3, a2)


def right_with_the_bias_unit(W1, W2, x, y):
    """a_0 = 1 has slope a_0 (1 - a_0) = 0: its row is zero and is then left out."""
    a1, h, a2, delta3 = _pieces(W1, W2, x, y)
    delta2 = ((W2.T @ delta3) * a2 * (1 - a2))[1:]
    return delta2[:, None] * a1[None, :], (delta3[:, None] * a2[None, :])


def right_in_columns(W1, W2, x, y):
    a1 = np.vstack([[1.0], x.reshape(-1, 1)])
    h = 1 / (1 + np.exp(-W1 @ a1))
    a2 = np.vstack([[1.0], h])
    delta3 = 1 / (1 + np.exp(-W2 @ a2)) - y
    return [(W2[:, 1:].T * delta3 * h * (1 - h)) @ a1.T, delta3 @ a2.T]


BACKPROP_WITH_BIAS_COLUMN = Exercise(
    name="backprop_with_bias_column", number=18, chapter="02_backpropagation", core=False, level=2, minutes=20,
    points=3, title="The column form, with the bias inside the matrix",
    prompt=r"""
Many books write one example as a column and keep the bias in column 0 of the matrix:
$\tilde a = (1, a)$ and $z = W \tilde a$. Take the 2-3-1 network, sigmoid in both layers:

$$h = \sigma\bigl(W_1 \tilde x\bigr), \qquad p = \sigma\bigl(W_2 \tilde h\bigr), \qquad
J = -y \log p - (1 - y) \log(1 - p).$$

Return the gradients of the **loss** $J$ with respect to both matrices, bias columns included.
""",
    arguments={"W1": "(3, 3) float array, column 0 holds the biases",
               "W2": "(1, 4) float array, column 0 holds the bias", "x": "(2,) float array, one example",
               "y": "float, 0 or 1"},
    returns="(dW1, dW2): float arrays of shapes (3, 3) and (1, 4)",
    outputs=("dW1", "dW2"),
    hints=("The error at the output is the same as in row form.",
           "Which entries of $W_2$ does the error travel through on its way to the three hidden units? The constant 1 "
           "in front of $h$ has no inputs.",
           "Each gradient is an outer product: error of the layer times its input, the 1 included."),
    solution=backprop_with_bias_column, reference=reference, cases=cases,
    variants=(right_with_the_bias_unit, right_in_columns),
    misconceptions=(
        Misconception("bias-leaks-into-delta", "The bias column of W2 takes part in sending the error back (or the "
                      "wrong column was left out). The constant 1 has no inputs: only the other three columns count.",
                      (bias_leaks, bias_leaks_by_shape, bias_leaks_in_columns, bias_row_kept_in_dW1)),
        Misconception("1x3-matrix", "W2 is treated as a 1 x 3 matrix. With the bias it is 1 x 4, its input has the 1 "
                      "in front, and so has its gradient.", (one_by_three, one_by_three_raises, one_by_three_forward)),
        Misconception("y-minus-a", "Both gradients have the opposite sign: these are the gradients of the "
                      "log-likelihood. The loss is its negative.", (y_minus_a,)),
        Misconception("no-activation-derivative", "The error passes the hidden layer without the derivative of the "
                      "sigmoid.", (no_activation_derivative,)),
        Misconception("derivative-at-a-instead-of-z", "The derivative of the sigmoid is taken at the layer's output. "
                      "It belongs at z; written with the output it is a(1 - a).", (derivative_at_a,)),
        Misconception("extra-derivative", "A factor p(1 - p) is left over at the output. With the cross-entropy it "
                      "has cancelled.", (extra_derivative, extra_derivative_below)),
    ),
)
