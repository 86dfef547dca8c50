"""Exercise 21: an epoch of stochastic gradient descent. The order of the rows is the student's."""

from itertools import permutations

import numpy as np

from ...cases import binary, normal
from ...compare import equal
from ...judges import AnyOrder, Fault
from ...spec import Case, Exercise, Misconception
from ...values import Named, Seed

# --- what a good student writes


def sgd_epoch(params, X, y, eta, batch, rng):
    w, b = params
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch):
        rows = order[start:start + batch]
        delta = (1 / (1 + np.exp(-(X[rows] @ w + b))) - y[rows]) / len(rows)
        w = w - eta * X[rows].T @ delta
        b = b - eta * delta.sum()
    return w, b


# --- the library's model, one step per batch, as the independent reference


def reference(params, X, y, eta, batch, rng):
    from course_lib import Input, Sequential, layers, optimizers

    order = rng.permutation(len(X))
    model = Sequential([Input((X.shape[1],)), layers.Dense(1, activation="sigmoid")], dtype="float64")
    model.compile(optimizer=optimizers.SGD(learning_rate=float(eta)), loss="binary_crossentropy")
    model.set_weights([np.reshape(params[0], (-1, 1)), np.reshape(params[1], 1)])
    for rows in np.split(order, range(batch, len(X), batch)):
        model.train_on_batch(X[rows], y[rows].reshape(-1, 1))
    kernel, bias = model.get_weights()
    return kernel.ravel(), float(bias[0])


# --- cases, and the orders in which the rows of one can be visited


class FixedOrder:
    """Stands for a generator whose shuffle is known."""

    def __init__(self, order):
        self.order = order

    def permutation(self, rows):
        return np.arange(rows)[self.order]


def worlds(case):
    """One case for every way of putting the rows into batches; within a batch the order does not matter."""
    *arguments, batch, _ = case.arguments
    m = len(arguments[1])
    seen = set()
    for order in permutations(range(m)):
        batches = tuple(tuple(sorted(order[i:i + batch])) for i in range(0, m, batch))
        if batches not in seen:
            seen.add(batches)
            rows = np.array([row for part in batches for row in part])
            yield Case((*arguments, batch, Named(FixedOrder, (rows,))), case.tolerance)


def _case(rng, m, n, batch):
    params = (normal(rng, n), float(normal(rng)))
    X, y = normal(rng, m, n), binary(rng, m)
    return Case((params, X, y, 0.5, batch, Seed(int(rng.integers(2**31)))))


def cases(rng):
    yield _case(rng, 3, 2, 3)                           # one batch of everything
    yield _case(rng, 4, 2, 2)
    yield _case(rng, 3, 1, 1)
    last = _case(rng, 5, 3, 2)                          # 5 is not a multiple of 2
    for seed in rng.integers(2**31, size=5).tolist():
        case = Case((*last.arguments[:-1], Seed(seed)), memo=last.memo)  # another seed: in general another order
        yield from (case, case)                                          # the same seed: the same answer


def shuffles(cases, answers, expected):
    """Over all cases: repeatable, and not always in the given order (by accident 1 in 30 to the fifth)."""
    tolerance, pairs = cases[0].allowed(), zip(answers[3::2], answers[4::2], strict=True)
    if not all(equal(one, other, tolerance) for one, other in pairs):
        return Fault("Two generators of the same seed give different results.", label="ignores-rng")
    if all(equal(worlds[0], answer, tolerance) for worlds, answer in zip(expected[3:], answers[3:], strict=True)):
        return Fault("With every seed the rows are visited in the given order.", "an order that depends on rng",
                     "the order 0, 1, 2, ...", "same-order-every-epoch")
    return None


# --- mistakes and other right ways


def _epoch(params, X, y, eta, batch, rng, *, sign=-1.0, share=lambda rows, X: len(rows), order=None,
           accumulate=False, stale=False, stop=None, step_b=1.0, error=lambda p, y: p - y):
    (w, b), m = params, len(X)
    order = rng.permutation(m) if order is None else order(m)
    sum_w, sum_b, (w0, b0) = 0.0, 0.0, params
    for start in range(0, stop(m, batch) if stop else m, batch):
        rows = order[start:start + batch]
        p = 1 / (1 + np.exp(-(X[rows] @ (w0 if stale else w) + (b0 if stale else b))))
        delta = error(p, y[rows]) / share(rows, X)
        dw, db = X[rows].T @ delta, delta.sum()
        sum_w, sum_b = (sum_w + dw, sum_b + db) if accumulate else (dw, db)
        w, b = w + sign * eta * sum_w, b + sign * eta * step_b * sum_b
    return w, b


def _with(**changes):
    return lambda params, X, y, eta, batch, rng: _epoch(params, X, y, eta, batch, rng, **changes)


def full_batch(params, X, y, eta, batch, rng):
    return _epoch(params, X, y, eta, len(X), rng)


def divides_by_full_batch(params, X, y, eta, batch, rng):
    return _epoch(params, X, y, eta, batch, rng, share=lambda rows, X: batch)


def own_generator(params, X, y, eta, batch, rng):
    return _epoch(params, X, y, eta, batch, np.random.default_rng())


def right_row_by_row(params, X, y, eta, batch, rng):
    w, b = np.array(params[0]), params[1]
    order = np.argsort([rng.random() for _ in X]) if hasattr(rng, "random") else rng.permutation(len(X))
    for k in range(-(-len(X) // batch)):
        rows = order[k * batch:(k + 1) * batch]
        dw, db = np.zeros_like(w), 0.0
        for i in rows:
            error = 1 / (1 + np.exp(-(np.dot(X[i], w) + b))) - y[i]
            dw += error * X[i] / len(rows)
            db += error / len(rows)
        w -= eta * dw
        b -= eta * db
    return [w, float(b)]


def right_with_opposite_error(params, X, y, eta, batch, rng):
    return _epoch(params, X, y, eta, batch, rng, sign=1.0, error=lambda p, y: y - p)


SGD_EPOCH = Exercise(
    name="sgd_epoch", number=21, chapter="02_backpropagation", core=False, level=2, minutes=20, points=3,
    title="One epoch of stochastic gradient descent",
    prompt=r"""
Train a single sigmoid unit, $p = \sigma(Xw + b)$, with the binary cross-entropy, for one epoch. Visit the rows in
an order shuffled by `rng`, `batch` rows at a time (the last batch may be smaller). After every batch $B$ take one step
against the gradient of the **mean loss over that batch**:

$$w \leftarrow w - \frac{\eta}{|B|} \sum_{i \in B} (p_i - y_i)\, x_i, \qquad
b \leftarrow b - \frac{\eta}{|B|} \sum_{i \in B} (p_i - y_i).$$

Return the new parameters and leave the old ones as they were.
""",
    arguments={"params": "pair (w, b): w (n,) float array, b float", "X": "(m, n) float array, one example per row",
               "y": "(m,) float array of 0 and 1", "eta": "float, the learning rate", "batch": "int, the batch size",
               "rng": "np.random.Generator"},
    returns="(w, b): an (n,) float array and a float",
    outputs=("w", "b"),
    hints=("Shuffle the row numbers once at the start, then cut them into batches as in `minibatches`.",
           "Compute p anew for every batch, with the parameters as they are by then.",
           "`w -= ...` writes into the caller's array; `w = w - ...` makes a new one."),
    solution=sgd_epoch, reference=reference, cases=cases, judge=AnyOrder(worlds, shuffles),
    variants=(right_row_by_row, right_with_opposite_error),
    misconceptions=(
        Misconception("ascends", "The step goes along the gradient, so the loss grows. Subtract the gradient of the "
                      "loss; with y - p in the formula the sign is turned round twice.", (_with(sign=1.0),)),
        Misconception("accumulates-gradients", "The gradients of earlier batches are carried along. "
                      "Each step uses its own batch only: start from zero every time.", (_with(accumulate=True),)),
        Misconception("divides-by-m-not-batch", "The gradient is divided by the number of all rows. The step uses the "
                      "mean over the rows of this batch.", (_with(share=lambda rows, X: len(X)),)),
        Misconception("divides-by-full-batch", "The last batch is smaller, but its sum is divided by the full batch "
                      "size. Divide by the number of rows it really has.", (divides_by_full_batch,)),
        Misconception("sum-not-mean", "The gradient is summed over the batch instead of averaged, so the step grows "
                      "with the batch size.", (_with(share=lambda rows, X: 1),)),
        Misconception("stale-parameters", "Every batch uses the parameters of the start of the epoch. "
                      "Each step begins where the one before ended.", (_with(stale=True),)),
        Misconception("one-step-only", "There is one step for the whole epoch. Take one step after every batch.",
                      (full_batch,)),
        Misconception("drops-last", "The last, smaller batch is left out. Those rows belong to the epoch too.",
                      (_with(stop=lambda m, batch: m - m % batch),)),
        Misconception("bias-not-updated", "The bias stays where it was. It has a gradient too.", (_with(step_b=0.0),)),
        Misconception("same-order-every-epoch", "The rows are never shuffled. Draw the order from `rng` at the start "
                      "of the epoch.", (_with(order=np.arange),)),
        Misconception("ignores-rng", "The shuffle does not come from `rng`, so the run cannot be repeated. "
                      "Use the generator that was passed in.", (own_generator,), random=True),
    ),
)
