"""Exercise 79: which weights a global magnitude pruning keeps."""

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def magnitude_prune(Ws, q):
    magnitudes = np.concatenate([np.abs(W).ravel() for W in Ws])
    pruned = round(q * len(magnitudes))
    threshold = np.sort(magnitudes)[pruned]
    return [np.abs(W) >= threshold for W in Ws]


# --- the library's, as the independent reference


def reference(Ws, q):
    from course_lib.pruning import magnitude_masks

    return magnitude_masks(Ws, q)


# --- cases: all magnitudes differ; the layers have scales of their own; q times their number is whole


def _case(rng, shapes, q, dtype=np.float64):
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    magnitudes = (1 + np.arange(total)) * 0.01 + rng.uniform(0, 0.004, total).round(4)
    signs = rng.permutation(np.resize([1.0, -1.0], total))
    order = np.argsort(np.arange(total) + rng.normal(scale=total / 6, size=total))     # small ones tend to come first
    parts = np.split(magnitudes[order] * signs, np.cumsum(sizes)[:-1])
    return Case(([rng.permutation(part).reshape(shape).astype(dtype)
                  for part, shape in zip(parts, shapes, strict=True)], q))


def cases(rng):
    yield _case(rng, [(2, 3), (3, 3), (3, 5)], 0.3)
    yield _case(rng, [(3, 4), (4, 2)], 0.75)
    yield _case(rng, [(4, 4), (4, 6)], 0.2)
    yield _case(rng, [(5, 4), (4, 5)], 0.9)
    yield _case(rng, [(5, 6), (6, 5)], 0.4, np.float32)


# --- mistakes and other right ways


def _kept(values, threshold):
    return [value >= threshold for value in values]


def per_layer(Ws, q):
    return [magnitude_prune([W], q)[0] for W in Ws]


def per_layer_by_quantile(Ws, q):
    return [np.abs(W) > np.quantile(np.abs(W), q) for W in Ws]


def signed_order(Ws, q):
    flat = np.sort(np.concatenate([W.ravel() for W in Ws]))
    return _kept(Ws, flat[round(q * len(flat))])


def prunes_largest(Ws, q):
    flat = np.sort(np.concatenate([np.abs(W).ravel() for W in Ws]))
    return [np.abs(W) < flat[len(flat) - round(q * len(flat))] for W in Ws]


def marks_the_pruned(Ws, q):
    return [~mask for mask in magnitude_prune(Ws, q)]


def keeps_the_share(Ws, q):
    return magnitude_prune(Ws, 1 - q)


def one_too_few(Ws, q):
    flat = np.sort(np.concatenate([np.abs(W).ravel() for W in Ws]))
    return [np.abs(W) > flat[round(q * len(flat))] for W in Ws]


def one_too_many(Ws, q):
    flat = np.sort(np.concatenate([np.abs(W).ravel() for W in Ws]))
    return _kept([np.abs(W) for W in Ws], flat[round(q * len(flat)) - 1])


def of_the_largest(Ws, q):
    return _kept([np.abs(W) for W in Ws], q * max(np.abs(W).max() for W in Ws))


def returns_weights(Ws, q):
    return [W * mask for W, mask in zip(Ws, magnitude_prune(Ws, q), strict=True)]


def right_by_quantile(Ws, q):
    threshold = np.quantile(np.concatenate([np.abs(W).ravel() for W in Ws]).astype(float), q)
    return [np.abs(W) > threshold for W in Ws]


def right_by_ranks(Ws, q):
    flat = np.concatenate([W.ravel() for W in Ws])
    kept = np.ones(len(flat), bool)
    kept[np.argsort(np.abs(flat))[:round(q * len(flat))]] = False
    masks, start = [], 0
    for W in Ws:
        masks.append(kept[start:start + W.size].reshape(W.shape))
        start += W.size
    return masks


MAGNITUDE_PRUNE = Exercise(
    name="magnitude_prune", number=79, chapter="11_regularization", core=False, level=2, minutes=15, points=2,
    title="Magnitude pruning",
    prompt=r"""
The share `q` of a network's weights is to be removed: those nearest to 0, compared over all its kernels together.
Return for each kernel a mask of its shape, `True` where a weight is kept and `False` where it is removed. In the cases
no two weights have the same size, and `q` times the number of all weights is a whole number.
""",
    arguments={"Ws": "list of float arrays, the kernels", "q": "float in [0, 1), the share to remove"},
    returns="a list of bool arrays, of the kernels' shapes",
    hints=("Put the sizes of all weights into one long array and sort it.",
           "If n of N are removed, the smallest size that is kept has the index n in the sorted array."),
    solution=magnitude_prune, reference=reference, cases=cases, variants=(right_by_quantile, right_by_ranks),
    misconceptions=(
        Misconception("per-layer", "Each kernel loses the same share. The comparison runs over all kernels together, "
                      "so that a kernel of small weights loses more.", (per_layer, per_layer_by_quantile)),
        Misconception("signed-order", "Weights are compared with their signs, so that large negative ones are removed. "
                      "What counts is the distance from 0.", (signed_order,)),
        Misconception("prunes-largest", "The largest weights are removed. The smallest matter least.",
                      (prunes_largest,)),
        Misconception("marks-the-pruned", "The masks are True where a weight is removed. True stands for kept.",
                      (marks_the_pruned,)),
        Misconception("keeps-the-share", "The share q is kept. It is the share to remove.", (keeps_the_share,)),
        Misconception("off-by-one", "One weight too many or too few is removed. Look at what happens to the weight "
                      "whose size is the threshold itself.", (one_too_few, one_too_many)),
        Misconception("share-of-the-largest", "The threshold is a share of the largest size. q counts weights: find "
                      "the size below which this share of them lies.", (of_the_largest,)),
        Misconception("weights-not-masks", "Pruned weights are returned. Asked for are the masks, True or False.",
                      (returns_weights,)),
    ),
)
