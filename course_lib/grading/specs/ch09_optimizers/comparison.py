"""An exercise of our own: two optimizers compared, each at the rate that its validation losses choose."""

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def compare_fairly(val_a, test_a, val_b, test_b):
    seeds = np.arange(len(val_a))
    a, b = np.nanargmin(val_a, axis=1), np.nanargmin(val_b, axis=1)
    edge_a = bool(np.any((a == 0) | (a == val_a.shape[1] - 1)))
    edge_b = bool(np.any((b == 0) | (b == val_b.shape[1] - 1)))
    return test_a[seeds, a] - test_b[seeds, b], edge_a, edge_b


# --- a plain loop over seeds and rates, as the independent reference


def reference(val_a, test_a, val_b, test_b):
    found = []
    for val, test in ((val_a, test_a), (val_b, test_b)):
        values, edge = [], False
        for losses, accuracies in zip(val.tolist(), test.tolist(), strict=True):
            best = None
            for rate, loss in enumerate(losses):
                if loss == loss and (best is None or loss < losses[best]):      # not NaN, and smaller
                    best = rate
            values.append(accuracies[best])
            edge = edge or best in (0, len(losses) - 1)
        found.append((np.array(values), edge))
    return found[0][0] - found[1][0], found[0][1], found[1][1]


# --- cases: the choice inside, at the first and at the last rate; runs that diverged; more rates for one than the other


def _table(rng, choices, rates, diverged):
    """Losses that are smallest at each seed's choice, and accuracies that another rate leads."""
    columns = np.arange(rates)
    val = 0.1 + 0.1 * np.abs(columns - np.array(choices)[:, None]) + rng.uniform(0, 0.04, (len(choices), rates))
    test = 0.9 + rng.uniform(0, 0.08, val.shape)
    if diverged:
        val[:, -1], test[:, -1] = np.nan, 0.1 + rng.uniform(0, 0.02, len(choices))
    return val, test


def cases(rng):
    for (a, rates_a, diverged_a), (b, rates_b, diverged_b) in (
            (((1, 2, 1), 4, False), ((2, 3, 1), 5, False)), (((1, 1, 2), 4, True), ((1, 2, 2), 4, False)),
            (((3, 2, 2, 1), 4, False), ((2, 1, 1, 2), 4, True)), (((1, 2, 2), 4, False), ((0, 1, 1), 3, False)),
            (((2, 0, 1, 1), 4, True), ((1, 3, 4, 3), 5, False))):
        yield Case((*_table(rng, a, rates_a, diverged_a), *_table(rng, b, rates_b, diverged_b)))


# --- mistakes and other right ways


def _at_an_end(chosen, rates):
    return bool(np.isin(chosen, (0, rates - 1)).any())


def _answer(val_a, test_a, val_b, test_b, *, choose=lambda val, test: np.nanargmin(val, axis=1), edge=_at_an_end,
            both=lambda a, b, rates_b: (a, b)):
    """The solution with a part replaced. choose: a rate for each seed; both: which of the two choices are used."""
    seeds = np.arange(len(val_a))
    a, b = both(choose(val_a, test_a), choose(val_b, test_b), val_b.shape[1])
    return test_a[seeds, a] - test_b[seeds, b], edge(a, val_a.shape[1]), edge(b, val_b.shape[1])


def _with(**parts):
    return lambda *arguments: _answer(*arguments, **parts)


def means_over_the_rates(val_a, test_a, val_b, test_b):
    _, edge_a, edge_b = compare_fairly(val_a, test_a, val_b, test_b)
    return test_a.mean(axis=1) - test_b.mean(axis=1), edge_a, edge_b


def one_mean(*arguments):
    difference, edge_a, edge_b = compare_fairly(*arguments)
    return difference.mean(), edge_a, edge_b


def exchanged(*arguments):
    difference, edge_a, edge_b = compare_fairly(*arguments)
    return -difference, edge_a, edge_b


def of_the_losses(val_a, test_a, val_b, test_b):
    _, edge_a, edge_b = compare_fairly(val_a, test_a, val_b, test_b)
    return np.nanmin(val_a, axis=1) - np.nanmin(val_b, axis=1), edge_a, edge_b


def _one_for_all(val, _):
    return np.full(len(val), np.argmin(np.where(np.isnan(val), 1e9, val).mean(axis=0)))


def right_with_loops(val_a, test_a, val_b, test_b):
    picked, edges = [], []
    for val, test in ((val_a, test_a), (val_b, test_b)):
        best = [min((k for k in range(len(row)) if row[k] == row[k]), key=row.__getitem__) for row in val]
        picked.append([test[seed][k] for seed, k in enumerate(best)])
        edges.append(any(k in (0, len(val[0]) - 1) for k in best))
    return [a - b for a, b in zip(*picked, strict=True)], edges[0], edges[1]


def right_with_infinity(val_a, test_a, val_b, test_b):
    a, b = (np.argmin(np.where(np.isfinite(val), val, np.inf), axis=1)[:, None] for val in (val_a, val_b))
    at = np.take_along_axis
    return ((at(test_a, a, 1) - at(test_b, b, 1)).ravel(), bool(np.isin(a, [0, val_a.shape[1] - 1]).any()),
            bool(np.isin(b, [0, val_b.shape[1] - 1]).any()))


COMPARE_FAIRLY = Exercise(
    name="compare_fairly", number=0, chapter="09_optimizers", core=True, level=2, minutes=20, points=3,
    title="A fair comparison",
    prompt=r"""
Two optimizers, A and B, were trained with several learning rates each, each rate with the same seeds. In the arrays a
row is a seed, and a column a learning rate, in rising order; A's rates are not B's. `val_a` holds the smallest
validation loss of each run, NaN where it diverged; `test_a` its test accuracy. Which differences in accuracy may be
reported?

Let each optimizer have the rate that suits it, chosen anew for each seed, by what may be used for a choice. Say, too,
for which of the two the search is not finished: some seed's choice is the smallest or the largest rate that was tried,
so that a better one may lie beyond.
""",
    arguments={"val_a": "(S, K) float array, validation losses of A, NaN where a run diverged, never in a whole row",
               "test_a": "(S, K) float array, test accuracies of A",
               "val_b": "(S, L) float array, the same of B, which may have another number of rates",
               "test_b": "(S, L) float array"},
    returns="(difference, edge_a, edge_b): accuracy of A minus that of B for each seed, (S,), and two bools",
    hints=("Choosing by the test accuracy would make it a second validation set. Which numbers are left?",
           "What does np.argmin say of a row that holds a NaN? Try it on [0.3, 0.1, nan].",
           "With one column for each row, test[np.arange(S), column] picks one number per seed."),
    solution=compare_fairly, reference=reference, cases=cases, outputs=("difference", "edge_a", "edge_b"),
    variants=(right_with_loops, right_with_infinity),
    explanation="Only now would the mean of the differences and its interval be worth computing. Where an edge is "
                "True, the sentence to write is \"among the rates tried\".",
    misconceptions=(
        Misconception("chosen-on-test", "The rate is chosen by the test accuracy. The best of several test results is "
                      "too good, and more so the more rates there are; choose by the validation loss.",
                      (_with(choose=lambda val, test: test.argmax(axis=1)),)),
        Misconception("nan-chosen", "A run that diverged is chosen: np.argmin takes a NaN for the smallest.",
                      (_with(choose=lambda val, test: val.argmin(axis=1)),)),
        Misconception("one-rate-for-both", "B runs at the column that is best for A. Each optimizer gets its own.",
                      (_with(both=lambda a, b, rates_b: (a, np.minimum(a, rates_b - 1))),)),
        Misconception("one-rate-for-all-seeds", "All seeds get the rate whose mean loss is smallest. Here each seed "
                      "chooses for itself.", (_with(choose=_one_for_all),)),
        Misconception("largest-loss", "The rate with the largest validation loss is chosen.",
                      (_with(choose=lambda val, test: np.nanargmax(val, axis=1)),)),
        Misconception("mean-over-rates", "The accuracies are averaged over the rates. That judges the list of rates, "
                      "not the optimizer.", (means_over_the_rates,)),
        Misconception("difference-of-losses", "The differences are those of the validation losses, which were used for "
                      "the choice. Report the test accuracies.", (of_the_losses,)),
        Misconception("mean-of-seeds", "The seeds are averaged. Give a difference for each, so that one sees how much "
                      "it varies.", (one_mean,)),
        Misconception("minus-exchanged", "It is B minus A.", (exchanged,)),
        Misconception("edge-of-one-side", "A rate has two ends: a choice of the smallest or of the largest rate leaves "
                      "the search open.", (_with(edge=lambda chosen, rates: bool((chosen == rates - 1).any())),
                                           _with(edge=lambda chosen, rates: bool((chosen == 0).any())))),
        Misconception("edge-only-if-all", "An edge is reported only if all seeds choose it. One is enough to leave the "
                      "search open.", (_with(edge=lambda chosen, rates: bool(np.isin(chosen, (0, rates - 1)).all())),)),
        Misconception("edge-inverted", "The bools say that the search is finished. Asked is whether it is not.",
                      (_with(edge=lambda chosen, rates: not _at_an_end(chosen, rates)),)),
    ),
)
