"""Exercise 73: the proximal step of the l1 penalty."""

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def prox_l1(w, thr):
    return np.sign(w) * np.maximum(np.abs(w) - thr, 0)


# --- the minimum of (v - w)^2 / 2 + thr |v|, found among its candidates, as the independent reference


def reference(w, thr):
    def cost(v, target):
        return (v - target) ** 2 / 2 + thr * abs(v)

    return np.array([min((0.0, x - thr, x + thr), key=lambda v: cost(v, x)) for x in w.tolist()])


# --- cases


def _case(rng, n, thr, dtype=np.float64):
    """Weights of both signs on both sides of the threshold, none at it, and a zero."""
    inside = rng.uniform(0.1, 0.8, n).round(2) * thr
    outside = (1.2 + rng.uniform(0, 3, n).round(2)) * thr
    w = np.concatenate([inside, outside]) * np.resize([1, -1], 2 * n)
    return Case((np.append(rng.permutation(w), 0.0).astype(dtype), thr))


def cases(rng):
    yield _case(rng, 2, 0.5)
    yield _case(rng, 2, 0.01)
    yield _case(rng, 3, 1.25)
    yield _case(rng, 4, 0.1, np.float32)
    yield Case((np.array([0.7, -0.2, 0.0]), 0.0))


# --- mistakes and other right ways


def hard_threshold(w, thr):
    return np.where(np.abs(w) > thr, w, 0)


def sign_lost(w, thr):
    return np.maximum(np.abs(w) - thr, 0)


def negative_to_zero(w, thr):
    return np.maximum(w - thr, 0)


def overshoots_zero(w, thr):
    return w - thr * np.sign(w)


def inside_untouched(w, thr):
    return np.where(np.abs(w) > thr, w - thr * np.sign(w), w)


def large_to_zero(w, thr):
    return np.where(np.abs(w) > thr, 0, w)


def clipped(w, thr):
    return np.clip(w, -thr, thr)


def grows(w, thr):
    return np.where(np.abs(w) > thr, w + thr * np.sign(w), 0)


def by_a_factor(w, thr):
    return w / (1 + thr)


def by_another_factor(w, thr):
    return w * (1 - thr)


def right_by_clipping(w, thr):
    return w - np.clip(w, -thr, thr)


def right_with_two_ramps(w, thr):
    return np.maximum(w - thr, 0) - np.maximum(-w - thr, 0)


def right_with_branches(w, thr):
    return np.where(w > thr, w - thr, np.where(w < -thr, w + thr, 0.0))


PROX_L1 = Exercise(
    name="prox_l1", number=73, chapter="11_regularization", core=False, level=2, minutes=10, points=2,
    title="Soft thresholding",
    prompt=r"""
The gradient of $\lambda_1|w|$ pulls a weight past 0 and back again. The proximal step does not: after a gradient step
on the loss alone it moves each weight towards 0 by the threshold $\tau = \eta\lambda_1$, and a weight that is nearer to
0 than that becomes exactly 0. It is the $v$ that makes

$$\tfrac12 (v - w)^2 + \tau\, |v|$$

as small as possible. Return the weights after this step.
""",
    arguments={"w": "(n,) float array, weights", "thr": "float, at least 0, the threshold"},
    returns="an (n,) float array, a new one",
    hints=("Think of the size and of the sign separately: the step changes the size only.",
           "A size that would become negative is 0."),
    solution=prox_l1, reference=reference, cases=cases,
    variants=(right_by_clipping, right_with_two_ramps, right_with_branches),
    misconceptions=(
        Misconception("hard-threshold", "Small weights become 0, and the others stay as they are. In this step the "
                      "others shrink by the threshold, too.", (hard_threshold,)),
        Misconception("sign-lost", "Negative weights come out positive or as 0. The step changes the size of a weight, "
                      "never its sign.", (sign_lost, negative_to_zero)),
        Misconception("overshoots-zero", "Weights nearer to 0 than the threshold are moved to its other side. That is "
                      "the gradient step; here they stop at 0.", (overshoots_zero,)),
        Misconception("small-weights-stay", "Weights below the threshold are left as they are. They are the ones that "
                      "become 0.", (inside_untouched,)),
        Misconception("keeps-the-small", "The large weights are cut and the small ones kept. It is the other way "
                                         "round.",
                      (large_to_zero, clipped)),
        Misconception("grows", "Large weights move away from 0. A penalty pulls towards it.", (grows,)),
        Misconception("shrinks-by-a-factor", "All weights shrink by a factor. That is what l2 does; l1 takes away the "
                      "same amount from each.", (by_a_factor, by_another_factor)),
    ),
)
