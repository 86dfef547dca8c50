"""Exercise 17: backpropagation through a network of any depth."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def backprop_mlp(params, X, y):
    m = len(X)
    activations = [X]
    for i, (W, b) in enumerate(params):
        Z = activations[-1] @ W + b
        if i < len(params) - 1:
            activations.append(np.tanh(Z))
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(m), y]).mean()

    delta = P.copy()
    delta[np.arange(m), y] -= 1
    delta = delta / m
    grads = []
    for (W, _), A in zip(params[::-1], activations[::-1], strict=True):
        grads.append((A.T @ delta, delta.sum(axis=0)))
        delta = (delta @ W.T) * (1 - A**2)
    return loss, grads[::-1]


# --- the library's model, as the independent reference


def reference(params, X, y):
    from course_lib import Input, Sequential, layers

    hidden = [layers.Dense(W.shape[1], activation="tanh") for W, _ in params[:-1]]
    model = Sequential([Input((X.shape[1],)), *hidden, layers.Dense(params[-1][0].shape[1], activation="softmax")],
                       dtype="float64")
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    model.set_weights([array for pair in params for array in pair])
    loss, gradients = model.loss_and_gradients(X, y)
    arrays = list(gradients.values())
    return loss, list(zip(arrays[::2], arrays[1::2], strict=True))


# --- cases


def _case(rng, m, sizes, dtype=np.float64, offset=0):
    params = [(normal(rng, n, p, scale=n**-0.5).astype(dtype), normal(rng, p, scale=0.5).astype(dtype))
              for n, p in zip(sizes, sizes[1:], strict=False)]
    params[-1] = (params[-1][0], params[-1][1] + offset)
    return Case((params, normal(rng, m, sizes[0]).astype(dtype),
                 rng.integers(0, sizes[-1], m, dtype=np.int64)))


def cases(rng):
    yield _case(rng, 2, (2, 3))             # no hidden layer
    yield _case(rng, 2, (2, 3, 2))
    yield _case(rng, 3, (3, 3, 3))          # square: a missing transpose does not raise
    yield _case(rng, 4, (4, 4, 4, 4))
    yield _case(rng, 5, (4, 3, 5, 3))
    yield _case(rng, 4, (3, 4, 2), np.float32)
    yield _case(rng, 3, (3, 2, 3), offset=800)      # a softmax without the row's maximum taken out overflows


# --- mistakes and other right ways


def _backprop(params, X, y, *, bias=1.0, total=lambda E: E.sum(axis=1, keepdims=True), sign=1.0, mean=1, delta=None,
              mean_again=(0, 0), delta_factor=lambda P: 1.0,
              loss=lambda losses: losses.mean(), back=lambda delta, W: delta @ W.T,
              slope=lambda A, Z: 1 - A**2, dW=lambda A, delta: A.T @ delta,
              db=lambda delta: delta.sum(axis=0), rate=0.0):
    """Backpropagation with one step of it replaced."""
    m, A, inputs, zs = len(X), X, [X], [X]
    for i, (W, b) in enumerate(params):
        Z = A @ W + bias * b
        A = np.tanh(Z)
        if i < len(params) - 1:
            inputs.append(A)
            zs.append(Z)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / total(P)
    value = loss(-np.log(P[np.arange(m), y]))
    error = P - np.eye(P.shape[1])[y] if delta is None else delta(P)
    delta = sign * error * delta_factor(P) / m**mean
    grads: list[tuple] = []
    for i in reversed(range(len(params))):
        W, A = params[i][0], inputs[i]
        grads.insert(0, (dW(A, delta) / m ** mean_again[0], db(delta) / m ** mean_again[1]))
        if i:
            delta = back(delta, W - rate * grads[0][0]) * slope(A, zs[i])
    return value, grads


def _with(**changes):
    return lambda params, X, y: _backprop(params, X, y, **changes)


def softmax_overflows(params, X, y):
    return _backprop(params, X, y, total=lambda E: np.full_like(E, np.nan) if params[-1][1].max() > 700 else
                     E.sum(axis=1, keepdims=True))


def class_numbers_for_one_hot(params, X, y):
    """P - y instead of P - Y."""
    return _backprop(params, X, y, delta=lambda P: P - y[:, None])


def bias_column_raises(params, X, y):
    return _backprop(params, X, y, back=lambda delta, W: delta @ np.vstack([np.ones(W.shape[1]), W]).T)


def bias_column_kept(params, X, y):
    """The bias stands in row 0 of each matrix, 1 in column 0 of each input; a'(1) = 0 hides the mistake's shape."""
    m, inputs = len(X), []
    A = X
    for W, b in params:
        inputs.append(np.hstack([np.ones((m, 1)), A]))
        Z = inputs[-1] @ np.vstack([b, W])
        A = np.tanh(Z)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    delta = (P - np.eye(P.shape[1])[y]) / m
    grads: list[tuple] = []
    for i in reversed(range(len(params))):
        both = inputs[i].T @ delta
        grads.insert(0, (both[1:], both[0]))
        W = np.vstack([params[i][1], params[i][0]])
        delta = ((delta @ W.T) * (1 - inputs[i] ** 2))
    return -np.log(P[np.arange(m), y]).mean(), grads


def wrong_column_dropped(params, X, y):
    """The last column is left out instead of the first, the bias's."""
    layers = iter(reversed(params))

    def back(delta, W):
        W, b = next(layers)
        return (delta @ np.vstack([b, W]).T)[:, :-1]

    return _backprop(params, X, y, back=back)


def gradients_reversed(params, X, y):
    loss, grads = _backprop(params, X, y)
    return loss, grads[::-1]


def flat_gradients(params, X, y):
    loss, grads = _backprop(params, X, y)
    return loss, [array for pair in grads for array in pair]


def bias_first(params, X, y):
    loss, grads = _backprop(params, X, y)
    return loss, [(db, dW) for dW, db in grads]


def right_with_z(params, X, y):
    """Another order: all pre-activations first, the gradients as lists."""
    loss, grads = _backprop(params, X, y, slope=lambda A, Z: 1 / np.cosh(Z) ** 2)
    return [float(loss), [list(pair) for pair in grads]]


def right_row_by_row(params, X, y):
    m = len(X)
    parts = [_backprop(params, X[i:i + 1], y[i:i + 1]) for i in range(m)]
    total = [tuple(sum(part[1][k][j] for part in parts) / m for j in range(2)) for k in range(len(params))]
    return sum(part[0] for part in parts) / m, tuple(total)


RATES = (1.0, 0.5, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 1e-4)

BACKPROP_MLP = Exercise(
    name="backprop_mlp", number=17, chapter="02_backpropagation", core=True, level=3, minutes=40, points=5,
    title="Backpropagation through any number of layers",
    prompt=r"""
Put the pieces together. The network has $L$ dense layers (any number, one included): tanh after every layer but the
last, softmax after the last. The loss is the mean cross-entropy of the true classes,

$$J = -\frac1m \sum_{r=1}^m \log P_{r, y_r},$$

where $P = A^{(L)}$ holds the probabilities, $y_r$ is the class of row $r$ as a number, and $P_{r, y_r}$ the entry of
row $r$ in column $y_r$. Numbers may be large: the softmax must not overflow.

Return $J$ and its gradients. For $l = L, \dots, 1$, with $A^{(0)} = X$:

$$\frac{\partial J}{\partial W^{(l)}} = A^{(l-1)\top} \Delta^{(l)}, \qquad
\frac{\partial J}{\partial b^{(l)}} = \sum_r \Delta^{(l)}_r,$$

$$\Delta^{(l-1)} = \bigl(\Delta^{(l)} W^{(l)\top}\bigr) \odot \varphi'\bigl(Z^{(l-1)}\bigr).$$
""",
    arguments={"params": "list of pairs (W, b), first layer first: W (n, p) and b (p,) float arrays",
               "X": "(m, n) float array, one example per row", "y": "(m,) int array, the true classes 0, 1, ..."},
    returns="(loss, grads): a float, and a list of pairs (dW, db) in the order and with the shapes of params",
    outputs=("loss", "grads"),
    hints=("Forward pass first: keep the input of every layer in a list.",
           "The output's error is $(P - Y)/m$ with one-hot $Y$. No other division by m follows.",
           "Go through the layers backwards. Take the gradients of a layer, then send the error through its matrix; "
           "for tanh the slope at $Z^{(l-1)}$ is $1 - A^{(l-1)} \\odot A^{(l-1)}$.",
           "Subtract each row's maximum before the exponential, and the softmax cannot overflow."),
    solution=backprop_mlp, reference=reference, cases=cases, variants=(right_with_z, right_row_by_row),
    misconceptions=(
        Misconception("no-bias", "The biases are left out of the forward pass: Z = A W + b.", (_with(bias=0.0),)),
        Misconception("softmax-over-batch", "The softmax divides by a sum over the batch. Each row is an example of "
                      "its own: its probabilities sum to 1.",
                      (_with(total=lambda E: E.sum()), _with(total=lambda E: E.sum(axis=0)))),
        Misconception("softmax-overflows", "Right for moderate numbers, but the exponential overflows for large ones. "
                      "Subtract each row's maximum first: it cancels in the softmax.", (softmax_overflows,)),
        Misconception("missing-transpose", "A matrix product lacks a transpose: the error goes back through the "
                      "transposed kernel, and the kernel's gradient starts with the transposed input. "
                      "With square matrices the mistake raises no exception.",
                      (_with(back=lambda delta, W: delta @ W), _with(dW=lambda A, delta: A @ delta),
                       _with(back=lambda delta, W: delta @ W, dW=lambda A, delta: A @ delta))),
        Misconception("kernel-gradient-transposed", "Each dW comes out with rows and columns exchanged. It must have "
                      "the shape of its W.", (_with(dW=lambda A, delta: delta.T @ A),)),
        Misconception("no-activation-derivative", "The error passes the hidden layers without the derivative of tanh. "
                      "Each layer multiplies by it.", (_with(slope=lambda A, Z: 1.0),)),
        Misconception("derivative-at-a-instead-of-z", "The derivative of tanh is taken at the layer's output. "
                      "It belongs at Z; written with the output it is 1 - a^2, without another tanh.",
                      (_with(slope=lambda A, Z: 1 - np.tanh(A) ** 2),)),
        Misconception("output-formula-at-z", "1 - a^2 is written for the output a of tanh. Here Z was put into it.",
                      (_with(slope=lambda A, Z: 1 - Z**2),)),
        Misconception("sigmoid-derivative", "The hidden layers are tanh, and their slope is 1 - a^2. "
                      "The formula a(1 - a) is the sigmoid's.", (_with(slope=lambda A, Z: A * (1 - A)),)),
        Misconception("mean-twice", "There is a second division by the batch size. The factor 1/m enters once, "
                      "in the error at the output.", (_with(mean_again=(1, 1)), _with(mean_again=(1, 0)),
                                                      _with(mean_again=(0, 1)), _with(mean=2))),
        Misconception("db-not-summed", "A bias gradient is not summed over the batch. It needs the bias's own shape.",
                      (_with(db=lambda delta: delta), _with(db=lambda delta: delta.sum(axis=1)),
                       _with(db=lambda delta: delta.sum(axis=0, keepdims=True)))),
        Misconception("y-minus-a", "Every gradient has the opposite sign: the error at the output is Y - P instead of "
                      "P - Y, so a step against it climbs.", (_with(sign=-1.0),)),
        Misconception("extra-derivative", "The error at the output has an extra factor P(1 - P). With softmax and "
                      "cross-entropy together that factor has cancelled.",
                      (_with(delta_factor=lambda P: P * (1 - P)),)),
        Misconception("class-numbers-for-one-hot", "The class numbers are subtracted from the probabilities. "
                      "Subtract one-hot rows: 1 in the column of the true class, 0 elsewhere.",
                      (class_numbers_for_one_hot,)),
        Misconception("no-1-over-m", "The gradients are those of the sum over the batch. J is the mean, "
                      "so 1/m belongs into the error at the output.", (_with(mean=0),)),
        Misconception("loss-summed", "The loss is summed over the batch; what is asked for is the mean.",
                      (_with(loss=lambda losses: losses.sum()),
                       _with(loss=lambda losses: losses.sum(), mean=0))),
        Misconception("bias-column-kept", "The bias takes part in sending the error back. It has no unit in front of "
                      "it: leave its row or column out of the matrix before you multiply.",
                      (bias_column_raises, bias_column_kept, wrong_column_dropped)),
        Misconception("stale-weights", "A layer is updated before the error has passed through it. All gradients "
                      "belong to the same weights: update after the backward pass, or not at all here.",
                      tuple(_with(rate=rate) for rate in RATES)),
        Misconception("gradients-in-reverse-order", "The gradients come out last layer first. "
                      "Return them in the order of params.", (gradients_reversed,)),
        Misconception("flat-gradients", "The gradients are right but not grouped as in params: "
                      "return one pair (dW, db) per layer, dW first.", (flat_gradients, bias_first)),
    ),
)
