"""Exercise 68: performance scheduling, with the counting rules of Keras's ReduceLROnPlateau."""

import math
from types import SimpleNamespace

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def plateau(losses, eta0, factor, patience, min_delta):
    rate, best, wait = eta0, float("inf"), 0
    rates = []
    for loss in losses:
        rates.append(rate)
        if loss < best - min_delta:
            best, wait = loss, 0
        else:
            wait += 1
            if wait >= patience:
                rate, wait = rate * factor, 0
    return np.array(rates)


# --- the library's callback on a model that only has a rate, as the independent reference


def reference(losses, eta0, factor, patience, min_delta):
    from course_lib import callbacks

    callback = callbacks.ReduceLROnPlateau(factor=factor, patience=patience, min_delta=min_delta)
    callback.model = SimpleNamespace(optimizer=SimpleNamespace(learning_rate=eta0))  # type: ignore[assignment]
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        logs = {"val_loss": loss}
        callback.on_epoch_end(epoch, logs)
        rates.append(logs["learning_rate"])                 # the rate that this epoch was trained with
    return np.array(rates)


# --- cases: between two records the losses rise and fall, below the last one but above the best


def cases(rng):
    eta0 = round(float(rng.uniform(0.02, 0.2)), 3)
    shift = round(float(rng.uniform(0, 0.3)), 2)

    def shifted(*losses):
        return [round(loss + shift, 3) for loss in losses]

    yield Case((shifted(1.0, 0.8, 0.9, 0.85, 0.95, 0.9, 0.92, 0.88, 0.9), eta0, 0.5, 3, 0.0))
    yield Case((shifted(0.9, 0.7, 0.695, 0.69, 0.685, 0.68, 0.4, 0.45, 0.43, 0.42, 0.5), eta0, 0.2, 2, 0.05))
    yield Case((shifted(1.0, 1.1, 1.05, 0.9, 0.95, 0.93, 0.94, 0.895, 0.9, 0.91, 0.7), eta0, 0.3, 4, 0.01))
    yield Case((shifted(0.5, 0.6, 0.7, 0.8, 0.75, 0.72), eta0, 0.5, 1, 0.0))


# --- mistakes and other right ways


def _with(change=lambda rate, factor: rate * factor, improves=lambda loss, best, delta: loss < best - delta,
          enough=lambda wait, patience: wait >= patience, keep_counting=False, counts_all=False, forget_best=False,
          last=False, after=False, once=False):
    def wrong(losses, eta0, factor, patience, min_delta):
        rate, best, wait, rates, reduced = eta0, math.inf, 0, [], False
        for loss in losses:
            if not after:
                rates.append(rate)
            better = improves(loss, best, min_delta)
            if better or last:
                best = loss
            if better and not counts_all:
                wait = 0
            elif not better:
                wait += 1
                if enough(wait, patience) and not (once and reduced):
                    rate, reduced = change(rate, factor), True
                    wait = wait if keep_counting else 0
                    best = math.inf if forget_best else best
            if after:
                rates.append(rate)
        return rates

    return wrong


def right_by_looking_back(losses, eta0, factor, patience, min_delta):
    """The epoch of the last record or reduction, instead of a counter."""
    rates, best, last = [eta0], losses[0], 0
    for epoch, loss in enumerate(losses[1:], start=1):
        rates.append(rates[-1])
        if epoch - 1 - last >= patience:
            rates[-1], last = rates[-1] * factor, epoch - 1
        if best - loss > min_delta:
            best, last = loss, epoch
    return rates


PLATEAU = Exercise(
    name="plateau", number=68, chapter="10_learning_rate_schedules", core=True, level=2, minutes=15, points=3,
    title="Performance scheduling",
    prompt=r"""
A schedule that watches the validation loss. At the end of each epoch it looks at that epoch's loss:

- if it is below the best so far (at first infinite) by *more* than `min_delta`, it is the new best, and the count of
  bad epochs is 0;
- otherwise the count grows by 1. When it reaches `patience`, the rate is multiplied by `factor`, and the count starts
  again at 0. The best loss stays.

Return the rate with which each epoch was trained: the first with `eta0`, and a reduction at the end of an epoch shows
in the next.
""",
    arguments={"losses": "list of floats, the validation loss at the end of each epoch",
               "eta0": "float, the rate at the start", "factor": "float between 0 and 1",
               "patience": "int, at least 1", "min_delta": "float, at least 0"},
    returns="a float array or list, as long as losses",
    hints=("Three things live from epoch to epoch: the rate, the best loss, the count. Before the first epoch the best "
           "loss is infinite.",
           "In the loop: first note the rate of this epoch, then look at its loss.",
           "With losses 1.0, 0.8, 0.9, 0.85 in the epochs 0 to 3 and a patience of 2, the epochs 2 and 3 are both bad: "
           "compared with the best, 0.8, not with each other."),
    solution=plateau, reference=reference, cases=cases, variants=(right_by_looking_back,),
    misconceptions=(
        Misconception("multiplies-lambda", "The rate is divided by `factor`, so it grows. Texts that say *reduce by a "
                      "factor of lambda* divide by lambda; Keras's `factor` is 1 / lambda and multiplies.",
                      (_with(change=lambda rate, factor: rate / factor),)),
        Misconception("reduces-by-the-share", "The rate is reduced *by* the share `factor`. It is multiplied by it.",
                      (_with(change=lambda rate, factor: rate * (1 - factor)),)),
        Misconception("no-counter-reset", "After a reduction the count goes on, so each further bad epoch reduces the "
                      "rate again. It starts again at 0.", (_with(keep_counting=True),)),
        Misconception("improvement-does-not-reset", "An improvement must set the count back to 0: the bad epochs have "
                      "to come one after the other.", (_with(counts_all=True),)),
        Misconception("compares-with-previous", "Each loss is compared with that of the epoch before. A loss that "
                      "jumps up and down would count as improving half of the time; compare with the best.",
                      (_with(last=True),)),
        Misconception("min-delta-ignored", "`min_delta` is not used: an improvement by less than that does not count.",
                      (_with(improves=lambda loss, best, delta: loss < best),)),
        Misconception("min-delta-forgives", "`min_delta` is added to the best loss, so that a loss may even be worse "
                      "and counts as better. An improvement has to be larger than it.",
                      (_with(improves=lambda loss, best, delta: loss < best + delta + 1e-12),)),
        Misconception("patience-off-by-one", "The reduction comes an epoch late or early. It comes at the end of the "
                      "epoch with which the count reaches `patience`.",
                      (_with(enough=lambda wait, patience: wait > patience),
                       _with(enough=lambda wait, patience: wait >= patience - 1))),
        Misconception("forgets-the-best", "After a reduction the best loss is forgotten. It stays: a lower rate does "
                      "not make worse losses better.", (_with(forget_best=True),)),
        Misconception("rate-after-the-epoch", "These are the rates after each epoch. Asked for is the rate with which "
                      "the epoch was trained.", (_with(after=True),)),
        Misconception("reduces-once", "The rate is reduced only once. Each further `patience` bad epochs reduce it "
                      "again.", (_with(once=True),)),
    ),
)
