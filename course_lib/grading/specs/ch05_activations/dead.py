"""Exercise `find_dead_units`: which ReLU units of a network are dead on the data, and which for any data."""

import numpy as np

from ...cases import normal
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def find_dead_units(X, kernels, biases):
    A, dead, lost = X, [], []
    for layer, (W, b) in enumerate(zip(kernels, biases, strict=True)):
        Z = A @ W + b
        dead.append(np.mean(np.all(Z <= 0, axis=0)))
        lost.append(np.mean(np.all(W <= 0, axis=0) & (b <= 0)) if layer > 0 else 0.0)
        A = np.maximum(Z, 0)
    return np.array(dead), np.array(lost)


# --- entry by entry, as the independent reference


def reference(X, kernels, biases):
    """Unit by unit: dead if it never answers; lost if no inputs of 0 or more could make it answer."""
    rows, dead, lost = [list(map(float, row)) for row in X], [], []
    for layer, (W, b) in enumerate(zip(kernels, biases, strict=True)):
        units = [(list(map(float, W[:, j])), float(b[j])) for j in range(W.shape[1])]
        sums = [[sum(w * a for w, a in zip(weights, row, strict=True)) + bias for weights, bias in units]
                for row in rows]
        dead.append(sum(max(row[j] for row in sums) <= 0 for j in range(len(units))) / len(units))
        hopeless = [max(*weights, bias) <= 0 for weights, bias in units]
        lost.append(sum(hopeless) / len(units) if layer else 0.0)
        rows = [[max(z, 0.0) for z in row] for row in sums]
    return np.array(dead), np.array(lost)


# --- cases: each kind of unit (alive, dead, lost, and what looks like it) stands in every network

KINDS = ("alive", "dead", "lost", "negative weights, but alive", "alive on all rows", "silent on one row")


def _layer(rng, A, kinds, first):
    """A kernel and biases such that the units on A are of these kinds."""
    W = normal(rng, A.shape[1], len(kinds)) + 0.0
    W[0], W[1] = np.abs(W[0]) + 0.3, -np.abs(W[1]) - 0.3                    # both signs in each column
    b = np.empty(len(kinds))
    for j, kind in enumerate(kinds):
        if kind in ("lost", "negative weights, but alive"):
            W[:, j] = -np.abs(W[:, j]) - 0.05
        z = np.sort(A @ W[:, j])
        if kind == "lost":
            b[j] = -0.25
        elif kind == "dead":
            b[j] = -max(z[-1], 0) - 0.5
        elif kind == "alive on all rows":
            b[j] = 0.5 - min(z[0], 0)
        elif kind == "silent on one row":
            b[j] = -(z[0] + z[1]) / 2
        else:                                                               # between two rows
            b[j] = -(z[-2] + z[-1]) / 2 if z[-1] > z[-2] + 0.02 else 0.25 - z[-1]
    if first:
        b[kinds.index("lost")] = -0.05                                      # negative, like its weights
    return W, b.round(2)


def _network(rng, m, inputs, *layers):
    X = normal(rng, m, inputs, scale=1.5) + 0.0
    X[0] = -np.abs(X[0]) - 1                                              # a row that wakes units with negative weights
    A, kernels, biases = X, [], []
    for number, kinds in enumerate(layers):
        W, b = _layer(rng, A, kinds, number == 0)
        kernels.append(W)
        biases.append(b)
        A = np.maximum(A @ W + b, 0)
    return X, kernels, biases


def _case(rng, m, inputs, *layers, dtype=np.float64):
    """Drawn again until no sum is so near 0 that rounding might decide its sign, and the ways to count are apart."""
    for _ in range(10_000):
        X, kernels, biases = _network(rng, m, inputs, *layers)
        A, near, counts = X, np.inf, []
        for W, b in zip(kernels, biases, strict=True):
            Z = A @ W + b
            near, A, silent = min(near, np.abs(Z).min()), np.maximum(Z, 0), Z <= 0
            counts.append([np.mean(how) for how in (silent, silent.any(axis=0), silent[0], Z.mean(axis=0) <= 0,
                                                    silent.all(axis=0), silent.all(axis=1))])
        if near > 0.002 and len(set(zip(*np.round(counts, 6).tolist(), strict=True))) == 6:
            return Case((X.astype(dtype), [W.astype(dtype) for W in kernels], [b.astype(dtype) for b in biases]))
    raise RuntimeError(             # pragma: no cover - a kind of unit that hides another is a fault of this file
        "no network of these kinds of units keeps the ways to count apart")


def cases(rng):
    alive, dead, lost, negative, always, once = KINDS
    yield _case(rng, 4, 2, (alive, lost, always), (alive, lost, dead, once, always))
    yield _case(rng, 3, 4, (alive, dead, lost, always), (always, alive, negative, lost, once),
                (lost, alive, once, always))
    yield _case(rng, 5, 3, (alive, always, lost), (negative, dead, alive, always), (dead, lost, once, alive, always))
    yield _case(rng, 6, 5, (lost, dead, alive, always, alive), (dead, once, alive, lost, always), dtype=np.float32)
    X = normal(rng, 3, 2)                   # nothing leaves the first layer, and the sums of the second are exactly 0
    yield Case((X, [normal(rng, 2, 3), np.abs(normal(rng, 3, 2)) + 0.1], [np.full(3, -20.0), np.zeros(2)]))


# --- mistakes and other right ways


def _with(dead=lambda Z: np.all(Z <= 0, axis=0), lost=lambda W, b, Z: np.all(W <= 0, axis=0) & (b <= 0), first=False,
          onward=lambda Z: np.maximum(Z, 0), sums=lambda A, W, b: A @ W + b, share=np.mean):
    def solve(X, kernels, biases):
        A, found = X, []
        for layer, (W, b) in enumerate(zip(kernels, biases, strict=True)):
            Z = sums(A, W, b)
            found.append((share(dead(Z)), share(lost(W, b, Z)) if first or layer else 0.0))
            A = onward(Z)
        return tuple(np.array(found, float).T)

    return solve


def right_by_the_largest(X, kernels, biases):
    dead, lost = np.zeros(len(kernels)), np.zeros(len(kernels))
    A = X
    for layer in range(len(kernels)):
        A = np.maximum(A @ kernels[layer] + biases[layer], 0)
        dead[layer] = (A.max(axis=0) == 0).mean()
        if layer:
            lost[layer] = (np.vstack([kernels[layer], biases[layer]]).max(axis=0) <= 0).mean()
    return dead, lost


FIND_DEAD_UNITS = Exercise(
    name="find_dead_units", number=0, chapter="05_activations", core=True, level=2, minutes=15, points=3,
    title="Find the dead units",
    prompt=r"""
A network of ReLU layers, $A^{(l)} = \max(0, A^{(l-1)} W^{(l)} + b^{(l)})$ with $A^{(0)} = X$. Return two arrays with
one number for each layer:

- `dead`: the share of its units whose sum is at most 0 on *every* row of `X`;
- `lost`: the share of its units whose sum is at most 0 for *any* inputs that are not negative, as a ReLU layer's
  outputs are. You can tell from the weights and the bias alone. The inputs of the first layer may be any numbers, so
  there it is 0.
""",
    arguments={"X": "float array (m, n_0), one example in each row", "kernels": "list of arrays (n_(l-1), n_l)",
               "biases": "list of arrays (n_l,)"},
    returns="(dead, lost): two float arrays with one share, 0 to 1, for each layer",
    outputs=("dead", "lost"),
    hints=("Go up layer by layer, and keep the sums Z of each: one row for each example, one column for each unit.",
           "`np.all(..., axis=0)` asks a question of each column, and the mean of the answers is a share.",
           "ReLU puts out nothing negative. Which signs must the weights and the bias have, so that no such input can "
           "make the sum positive? Look at the worked step in this section."),
    solution=find_dead_units, reference=reference, cases=cases, variants=(right_by_the_largest,),
    misconceptions=(
        Misconception("zeros-counted", "This is the share of zeros among the outputs. A unit that is silent on some "
                      "rows is not dead: it must be silent on all of them.", (_with(dead=lambda Z: Z <= 0),)),
        Misconception("one-row-is-enough", "A unit counts as dead as soon as one row leaves it silent. It must be "
                      "silent on all rows.", (_with(dead=lambda Z: np.any(Z <= 0, axis=0)),
                                              _with(dead=lambda Z: Z[0] <= 0))),
        Misconception("mean-sum", "The mean of a unit's sums does not decide: one row with a positive sum is enough to "
                      "learn from.", (_with(dead=lambda Z: Z.mean(axis=0) <= 0),)),
        Misconception("wrong-axis", "This asks for rows that wake no unit. Units are the columns.",
                      (_with(dead=lambda Z: np.all(Z <= 0, axis=1)),)),
        Misconception("no-relu-between", "The layers above get the sums, negative ones included. They should get what "
                      "ReLU lets through.", (_with(onward=lambda Z: Z),)),
        Misconception("bias-forgotten", "The sums lack the bias.", (_with(sums=lambda A, W, b: A @ W),)),
        Misconception("zero-is-alive", "A sum of exactly 0 counts as alive here. ReLU's slope there is 0, and behind a "
                      "layer that puts out nothing such sums are common.",
                      (_with(dead=lambda Z: np.all(Z < 0, axis=0)),)),
        Misconception("lost-in-the-first-layer", "In the first layer no unit is lost by its signs: its inputs may be "
                      "negative, and then negative weights make a positive sum.", (_with(first=True),)),
        Misconception("bias-may-be-positive", "A positive bias wakes a unit with negative weights when its inputs are "
                      "0: the bias counts as well.", (_with(lost=lambda W, b, Z: np.all(W <= 0, axis=0)),)),
        Misconception("dead-is-not-lost", "Here every dead unit counts as lost. With a positive weight some other "
                      "input could still wake it.", (_with(lost=lambda W, b, Z: np.all(Z <= 0, axis=0)),)),
        Misconception("sum-of-weights", "The weights' sum is not enough: a single positive weight can make the sum "
                      "positive, if its input is large.",
                      (_with(lost=lambda W, b, Z: (W.sum(axis=0) <= 0) & (b <= 0)),)),
        Misconception("bias-alone", "A negative bias alone loses no unit: a positive weight can outweigh it.",
                      (_with(lost=lambda W, b, Z: b <= 0),)),
        Misconception("counts", "These are numbers of units. Asked for are shares of the layer.",
                      (_with(share=np.sum),)),
    ),
)
