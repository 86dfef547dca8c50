"""Exercises 74 and 75: dropout with a given mask, forward and backward."""

import numpy as np

from ... import compare
from ...cases import normal
from ...judges import Equal, Fault
from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def dropout(A, mask, p, training):
    return A * mask / (1 - p) if training else A.copy()


def dropout_backward(dA, mask, p):
    return dA * mask / (1 - p)


# --- the library's layer with the mask put into it, as the independent reference


def layer(A, mask, p):
    from course_lib import layers

    found = layers.Dropout(p, dtype="float64")
    found.build((None, A.shape[1]))
    found.mask, found.active = mask, True
    return found


def reference(A, mask, p, training):
    A = A.astype(np.float64)
    found = layer(A, mask, p)
    return found.dropped(A, mask, np.empty_like(A)) if training else found.forward(A, training=False).copy()


def backward_reference(dA, mask, p):
    dA = dA.astype(np.float64)
    return layer(dA, mask, p).backward(dA).copy()


# --- cases: never p = 0.5, where the divisors p and 1 - p are the same


def numbers(rng, m, n, dtype=np.float64):
    """No entry is 0, so that a dropped one can be seen."""
    A = normal(rng, m, n)
    return np.where(np.abs(A) < 0.05, 0.4, A).astype(dtype)


def mask_of(rng, m, n, p):
    """Both kinds of entries in it, and no row like another mask's complement."""
    mask = rng.random((m, n)) >= p
    mask[0, 0], mask[-1, -1] = True, False
    return mask


def _case(rng, m, n, p, training, dtype=np.float64):
    return Case((numbers(rng, m, n, dtype), mask_of(rng, m, n, p), p, training))


def cases(rng):
    yield _case(rng, 2, 3, 0.2, True)
    yield _case(rng, 2, 3, 0.2, False)
    yield _case(rng, 3, 3, 0.75, True)
    yield _case(rng, 4, 2, 0.3, False)
    yield _case(rng, 4, 5, 0.3, True, np.float32)


def backward_cases(rng):
    # So many entries that a mask drawn anew hardly ever keeps all of them, or those of the given mask.
    for m, n, p, dtype in ((5, 6, 0.3, np.float64), (5, 5, 0.75, np.float64), (4, 6, 0.4, np.float64),
                           (6, 6, 0.3, np.float32)):
        yield Case((numbers(rng, m, n, dtype), mask_of(rng, m, n, p), p))


# --- mistakes and other right ways


def _forward(train=lambda A, mask, p: A * mask / (1 - p), test=lambda A, mask, p: A.copy()):
    def wrong(A, mask, p, training):
        return train(A, mask, p) if training else test(A, mask, p)

    return wrong


def exchanged(A, mask, p, training):
    return dropout(A, mask, p, not training)


def right_with_where(A, mask, p, training):
    if not training:
        return A
    keep = 1 - p
    return np.where(mask, A / keep, 0.0)


def right_by_indexing(A, mask, p, training):
    out = A.astype(float)
    if training:
        out[~mask] = 0
        out *= 1 / (1 - p)
    return out


DROPOUT = Exercise(
    name="dropout", number=74, chapter="11_regularization", core=True, level=1, minutes=10, points=2,
    title="Dropout",
    prompt=r"""
Inverted dropout with the rate $p$, the share of units that is dropped. In training

$$a \leftarrow \frac{a\, r}{1 - p} ,$$

where $r$ is 1 for a unit that is kept and 0 for one that is dropped: the mask is given, `True` where a unit is kept.
At inference, `training=False`, the layer does nothing.
""",
    arguments={"A": "(m, n) float array, the activations", "mask": "(m, n) bool array, True where an entry is kept",
               "p": "float in [0, 1), the share that is dropped", "training": "bool"},
    returns="an (m, n) float array",
    hints=("Multiply by the mask: it counts as 0 and 1.",
           "With p = 0.75 a quarter is kept, and what is kept becomes four times as large."),
    solution=dropout, reference=reference, cases=cases, variants=(right_with_where, right_by_indexing),
    misconceptions=(
        Misconception("divides-by-p", "The kept units are divided by p, the share that is dropped. Divide by the share "
                      "that is kept: the mean has to stay.", (_forward(lambda A, mask, p: A * mask / p),)),
        Misconception("no-scaling", "The kept units are not scaled, so the next layer gets less in training than at "
                      "inference. Divide them by the share that is kept.", (_forward(lambda A, mask, p: A * mask),)),
        Misconception("original-form", "Nothing is scaled in training, and the outputs are made smaller at inference. "
                      "That is the paper's form and consistent; here, as in Keras, the scaling belongs into training.",
                      (_forward(lambda A, mask, p: A * mask, lambda A, mask, p: A * (1 - p)),)),
        Misconception("scales-at-test-too", "The outputs are scaled at inference, too. The division in training has "
                      "settled that: at inference the layer does nothing.",
                      (_forward(test=lambda A, mask, p: A * (1 - p)), _forward(test=lambda A, mask, p: A / (1 - p)))),
        Misconception("drops-with-prob-1-minus-p", "The entries that should be kept are dropped. The mask is True "
                      "where an entry is kept, and p is the share that is dropped.",
                      (_forward(lambda A, mask, p: A * ~mask / (1 - p)), _forward(lambda A, mask, p: A * ~mask / p),
                       _forward(lambda A, mask, p: A * ~mask))),
        Misconception("multiplies-by-keep", "In training the kept units are made smaller. They have to make up for "
                      "those that are missing, so they become larger.",
                      (_forward(lambda A, mask, p: A * mask * (1 - p)), _forward(lambda A, mask, p: A * mask * p))),
        Misconception("drops-at-test", "Units are dropped at inference, too. There all of them work.",
                      (_forward(test=lambda A, mask, p: A * mask / (1 - p)),
                       _forward(test=lambda A, mask, p: A * mask))),
        Misconception("training-exchanged", "Training and inference are exchanged.", (exchanged,)),
        Misconception("never-drops", "Nothing is dropped in training.",
                      (_forward(lambda A, mask, p: A.copy()), _forward(lambda A, mask, p: A / (1 - p)))),
        Misconception("measured-share", "The divisor is the share of ones in this mask, not 1 - p. The mean stays "
                      "then, but only over all entries together; the rule divides by the probability.",
                      (_forward(lambda A, mask, p: A * mask / mask.mean()),
                       _forward(lambda A, mask, p: A * mask / np.maximum(mask.mean(axis=1, keepdims=True), 1e-9)))),
    ),
)


# --- backward: a mask drawn anew differs from call to call, so the judge must see it


class SameMask(Equal):
    """Names an answer in which every entry is 0 or scaled, but for another mask, neither full nor the opposite."""

    def fault(self, exercise, case, value):
        found = super().fault(exercise, case, value)
        dA, mask, p = case.arguments
        if found is None or not isinstance(value, np.ndarray) or value.shape != dA.shape:
            return found
        kept = value != 0
        consistent = compare.equal(kept * dA.astype(np.float64) / (1 - p), value, case.allowed())
        if consistent and not kept.all() and not np.array_equal(kept, ~mask):
            return Fault("The gradient passes through other units than the forward pass used.", found.expected,
                         found.got, "fresh-mask")
        return found


def draws_anew(dA, mask, p):
    return dA * (np.random.default_rng().random(dA.shape) >= p) / (1 - p)


def _backward(rule):
    def wrong(dA, mask, p):
        return rule(dA, mask, p)

    return wrong


def right_backward_with_where(dA, mask, p):
    return np.where(mask, dA, 0) / (1 - p)


def right_backward_by_factors(dA, mask, p):
    factor = mask.astype(float)
    factor[mask] = 1 / (1 - p)
    return factor * dA


DROPOUT_BACKWARD = Exercise(
    name="dropout_backward", number=75, chapter="11_regularization", core=True, level=1, minutes=5, points=1,
    title="Dropout, backwards",
    prompt=r"""
The gradient $\partial J/\partial A_\text{out}$ arrives behind a dropout layer that was called in training with this
mask and this rate. Return the gradient in front of the layer.
""",
    arguments={"dA": "(m, n) float array, the gradient behind the layer",
               "mask": "(m, n) bool array, True where the forward pass kept the entry",
               "p": "float in [0, 1), the share that was dropped"},
    returns="an (m, n) float array",
    hints=("Forward, each entry was multiplied by a fixed number. What is the slope of that?",),
    solution=dropout_backward, reference=backward_reference, cases=backward_cases, judge=SameMask(),
    variants=(right_backward_with_where, right_backward_by_factors),
    misconceptions=(
        Misconception("fresh-mask", "A new mask is drawn for the way back. The gradient belongs to the forward pass "
                      "that was made: use its mask.", (draws_anew,), random=True),
        Misconception("unscaled", "The scale is missing. Forward, the kept entries were divided by 1 - p, and so is "
                      "their gradient.", (_backward(lambda dA, mask, p: dA * mask),)),
        Misconception("scale-undone", "The gradient is multiplied by 1 - p. The slope of a division by 1 - p is a "
                      "division by 1 - p.", (_backward(lambda dA, mask, p: dA * mask * (1 - p)),)),
        Misconception("divides-by-p", "The gradient is divided by p, the share that was dropped. Forward, the divisor "
                      "was the share that is kept.", (_backward(lambda dA, mask, p: dA * mask / p),)),
        Misconception("mask-forgotten", "Entries that were dropped get a gradient. Their output was 0 whatever they "
                      "were, so the loss does not depend on them.",
                      (_backward(lambda dA, mask, p: dA / (1 - p)), _backward(lambda dA, mask, p: dA * 1.0))),
        Misconception("opposite-mask", "The gradient passes where the entries were dropped, and stops where they were "
                      "kept.", (_backward(lambda dA, mask, p: dA * ~mask / (1 - p)),
                                _backward(lambda dA, mask, p: dA * ~mask))),
    ),
)
