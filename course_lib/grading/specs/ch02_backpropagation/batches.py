"""Exercise 20: mini-batches. The answer is random and is judged by its properties."""

import numpy as np

from ...drivers import three_epochs
from ...judges import Fault, Properties
from ...spec import Case, Exercise, Misconception
from ...values import Seed

LARGE = 20  # from so many rows on, two equal shuffles are no accident (1 in 20!)


# --- what a good student writes


def minibatches(m, batch, rng):
    order = rng.permutation(m)
    return [order[start:start + batch] for start in range(0, m, batch)]


def reference(m, batch, rng, same):
    """Another way: sort random keys."""
    def epoch(generator):
        order = np.argsort(generator.random(m))
        return np.array_split(order, np.arange(batch, m, batch))

    return [epoch(rng), epoch(rng), epoch(same)]


def cases(rng):
    for m, batch in ((7, 2), (10, 4), (5, 8), (43, 4), (48, 4), (40, 1)):
        seed = int(rng.integers(2**31))
        yield Case((m, batch, Seed(seed), Seed(seed)))


# --- the properties


def properties(case, epochs):
    m, batch = case.arguments[:2]
    try:
        first, second, again = ([_indices(part) for part in epoch] for epoch in epochs)
    except (TypeError, ValueError):
        return Fault("The result is not a list of one-dimensional integer arrays.",
                     "a list of arrays of row numbers", _shapes(epochs[0]), kind="structure")
    return next((fault for epoch in (first, second) if (fault := _partition(m, batch, epoch))), None) or (
        _randomness(m, batch, first, second, again) if m >= LARGE else None)


def _indices(part):
    array = np.asarray(part)
    if array.ndim != 1 or array.dtype.kind not in "iu" or not array.size:
        raise ValueError
    return array.tolist()


def _shapes(epoch):
    if not isinstance(epoch, list | tuple):
        return f"a value of type {type(epoch).__name__}"
    kinds = [f"{np.asarray(part).dtype.name} {np.shape(part)}" for part in epoch[:4]]
    return f"{type(epoch).__name__} of: {', '.join(kinds)}{', ...' if len(epoch) > 4 else ''}"


def _partition(m, batch, epoch):
    rows = [row for part in epoch for row in part]
    got = f"batches of sizes {[len(part) for part in epoch]}"
    sizes = [batch] * (m // batch) + [m % batch] * (m % batch > 0)
    expected = f"batches of sizes {sizes}"
    if not all(0 <= row < m for row in rows):
        return Fault("There are row numbers outside 0 ... m - 1.", f"0 to {m - 1}", f"{min(rows)} to {max(rows)}",
                     "rows-out-of-range")
    if len(set(rows)) < len(rows):
        return Fault("Some rows occur more than once in an epoch.", "every row once",
                     f"row {next(row for row in rows if rows.count(row) > 1)} more than once", "with-replacement")
    if len(rows) < m and {len(part) for part in epoch} <= {batch}:
        return Fault("The rows of the last, smaller batch are missing.", expected, got, "drops-last")
    if len(rows) < m:
        return Fault("Some rows are missing.", f"{m} rows", f"{len(rows)} rows")
    if [len(part) for part in epoch] != sizes:
        return Fault("The batches have the wrong sizes.", expected, got,
                     "batch-is-a-count" if len(epoch) == min(m, batch) else "uneven-batches")
    return None


def _randomness(m, batch, first, second, again):
    if sum(first, []) == list(range(m)) or first == second:
        return Fault("Two epochs with one generator come in the same order.", "two different orders",
                     f"both begin with {first[0]}", "same-order-every-epoch")
    if batch > 1 and all(sorted(part) == list(range(min(part), min(part) + len(part))) for part in first):
        return Fault("Each batch holds neighbouring rows; only the batches are shuffled.", "shuffled rows",
                     f"a batch with the rows {first[0]}", "shuffles-blocks")
    if first != again:
        return Fault("Two generators of the same seed give different batches.", "the same batches", "different ones",
                     "ignores-rng")
    return None


# --- mistakes and other right ways


def never_shuffled(m, batch, rng):
    return [np.arange(m)[start:start + batch] for start in range(0, m, batch)]


def fixed_seed(m, batch, rng):
    return minibatches(m, batch, np.random.default_rng(0))


def drops_last(m, batch, rng):
    order = rng.permutation(m)
    return [order[k * batch:(k + 1) * batch] for k in range(m // batch)]


def with_replacement(m, batch, rng):
    rows = rng.integers(0, m, m)
    return [rows[start:start + batch] for start in range(0, m, batch)]


def choice_per_batch(m, batch, rng):
    return [rng.choice(m, min(batch, m - start), replace=False) for start in range(0, m, batch)]


def own_generator(m, batch, rng):
    return minibatches(m, batch, np.random.default_rng())


def shuffles_blocks(m, batch, rng):
    blocks = never_shuffled(m, batch, rng)
    full = [block for block in blocks if len(block) == batch]
    return [full[i] for i in rng.permutation(len(full))] + blocks[len(full):]


def uneven_batches(m, batch, rng):
    return np.array_split(rng.permutation(m), -(-m // batch))


def batch_is_a_count(m, batch, rng):
    return [part for part in np.array_split(rng.permutation(m), batch) if len(part)]


def counts_from_one(m, batch, rng):
    return [part + 1 for part in minibatches(m, batch, rng)]


def right_with_shuffle(m, batch, rng):
    order = list(range(m))
    rng.shuffle(order)
    return tuple(np.array(order[start:start + batch], dtype=np.int32) for start in range(0, m, batch))


def right_as_lists(m, batch, rng):
    order = np.argsort(rng.random(m)).tolist()
    return [[order.pop() for _ in range(min(batch, len(order)))] for _ in range(-(-m // batch))]


MINIBATCHES = Exercise(
    name="minibatches", number=20, chapter="02_backpropagation", core=False, level=1, minutes=10, points=2,
    title="Mini-batches for one epoch",
    prompt=r"""
Split the row numbers $0, \dots, m-1$ into mini-batches for one epoch: shuffle them all, then cut the shuffled list
into pieces of `batch` rows. The last piece holds what is left and may be smaller; nothing is dropped.

All randomness comes from `rng`, so that a run can be repeated. The function is called once per epoch with the same
generator, and each epoch has an order of its own.
""",
    arguments={"m": "int, the number of rows", "batch": "int, the batch size",
               "rng": "np.random.Generator, as from np.random.default_rng(0)"},
    returns="a list of one-dimensional int arrays",
    inputs=("m", "batch", "rng"),
    hints=("A `Generator` has a method that returns the numbers 0 ... m - 1 in random order.",
           "`range(0, m, batch)` gives the places to cut; a slice beyond the end is simply shorter."),
    solution=minibatches, reference=reference, cases=cases, driver=three_epochs, judge=Properties(properties),
    variants=(right_with_shuffle, right_as_lists),
    misconceptions=(
        Misconception("same-order-every-epoch", "Every epoch visits the rows in the same order. Shuffle with the "
                      "generator you are given, at every call, and do not seed a new one.",
                      (never_shuffled, fixed_seed)),
        Misconception("drops-last", "The last, smaller batch is dropped when m is not a multiple of the batch size. "
                      "Those rows belong to the epoch too.", (drops_last,)),
        Misconception("with-replacement", "Rows are drawn with replacement: some occur twice, others never. "
                      "An epoch visits every row once: shuffle all rows first, then cut.",
                      (with_replacement, choice_per_batch)),
        Misconception("ignores-rng", "The randomness does not come from `rng`, so the run cannot be repeated. "
                      "Use the generator that was passed in.", (own_generator,)),
        Misconception("shuffles-blocks", "Only the order of the batches is random; their content is always the same "
                      "neighbouring rows. Shuffle the rows before you cut.", (shuffles_blocks,)),
        Misconception("uneven-batches", "The batches have the wrong sizes. Every batch but the last has exactly "
                      "`batch` rows, and the last one has the rest.", (uneven_batches,)),
        Misconception("batch-is-a-count", "`batch` is the number of rows in a batch, not the number of batches.",
                      (batch_is_a_count,)),
        Misconception("rows-out-of-range", "Row numbers start at 0 and end at m - 1.", (counts_from_one,)),
    ),
)
