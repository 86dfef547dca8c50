"""Exercise 76: alpha dropout with a given mask."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception
from .dropping import mask_of, numbers

DROPPED = -1.7580993408473766               # alpha' = -lambda alpha, which SELU approaches for z to minus infinity

# --- what a good student writes


def alpha_dropout(X, mask, p):
    dropped = -1.7580993408473766
    u = ((1 - p) * (1 + p * dropped ** 2)) ** -0.5
    v = -u * p * dropped
    return u * np.where(mask, X, dropped) + v


# --- the library's layer, as the independent reference


def reference(X, mask, p):
    from course_lib import layers

    X = X.astype(np.float64)
    layer = layers.AlphaDropout(p, dtype="float64")
    layer.build((None, X.shape[1]))
    return layer.dropped(X, mask.copy(), np.empty_like(X))


# --- cases


def cases(rng):
    for m, n, p, dtype in ((2, 3, 0.1, np.float64), (3, 3, 0.25, np.float64), (4, 2, 0.4, np.float64),
                           (3, 5, 0.2, np.float32)):
        yield Case((numbers(rng, m, n, dtype), mask_of(rng, m, n, p), p))


# --- mistakes and other right ways


def _scale(p, dropped=DROPPED):
    return ((1 - p) * (1 + p * dropped ** 2)) ** -0.5


def _with(dropped=DROPPED, a=_scale, b=lambda a, p, dropped: -a * p * dropped, fill=None, mask=lambda r: r):
    """The solution with a part replaced. fill: what a dropped entry becomes, if not the value that a and b use."""
    def wrong(X, r, p):
        scale = a(p, dropped)
        return scale * np.where(mask(r), X, dropped if fill is None else fill) + b(scale, p, dropped)

    return wrong


def ordinary(X, mask, p):
    return X * mask / (1 - p)


def zero_after_the_affine_map(X, mask, p):
    a = _scale(p)
    return np.where(mask, a * X - a * p * DROPPED, 0)


def alpha_after_the_affine_map(X, mask, p):
    a = _scale(p)
    return np.where(mask, a * X - a * p * DROPPED, DROPPED)


def right_as_in_the_paper(X, mask, p):
    q, limit = 1 - p, 1.0507009873554805 * 1.6732632423543772
    a = 1 / math.sqrt(q + limit ** 2 * q * (1 - q))
    return a * (X * mask - limit * (1 - mask)) + a * (1 - q) * limit


def right_with_a_copy(X, mask, p):
    out = X.astype(float)
    out[~mask] = DROPPED
    out += -p * DROPPED
    return out / np.sqrt((1 - p) * (1 + p * DROPPED * DROPPED))


ALPHA_DROPOUT = Exercise(
    name="alpha_dropout", number=76, chapter="11_regularization", core=False, level=2, minutes=15, points=2,
    title="Alpha dropout",
    prompt=r"""
Behind SELU a dropped unit becomes $\alpha' = -\lambda\alpha = -1.7580993408473766$, which SELU approaches for
$z \to -\infty$. Then all units, dropped or kept, go through one map that restores mean 0 and variance 1:

$$\tilde a = u\,\big(r\,a + (1 - r)\,\alpha'\big) + v, \qquad
u = \frac{1}{\sqrt{(1 - p)(1 + p\,\alpha'^2)}}, \qquad v = -u\,p\,\alpha' .$$

`X` holds the $a$ of a batch, $p$ is the share that is dropped; the mask is `True` where a unit is kept ($r = 1$).
Return the output in training.
""",
    arguments={"X": "(m, n) float array", "mask": "(m, n) bool array, True where an entry is kept",
               "p": "float in [0, 1), the share that is dropped"},
    returns="an (m, n) float array",
    hints=("First put alpha' where the mask is False, then apply one and the same map to every entry.",
           "At p = 0.1, u is 0.92128 and v is 0.16197."),
    solution=alpha_dropout, reference=reference, cases=cases, variants=(right_as_in_the_paper, right_with_a_copy),
    misconceptions=(
        Misconception("zeros-not-alpha", "Dropped units become 0. Behind SELU 0 is a value like any other; the one "
                      "that stands for 'off' is alpha'.", (_with(fill=0.0), zero_after_the_affine_map)),
        Misconception("no-affine", "Dropped units become alpha', and the map that restores mean and variance is "
                                   "missing.",
                      (_with(a=lambda p, dropped: 1.0, b=lambda a, p, dropped: 0.0),)),
        Misconception("no-shift", "The shift v is missing: alpha' is negative, so the mean has moved down.",
                      (_with(b=lambda a, p, dropped: 0.0),)),
        Misconception("shift-sign", "The shift v has the wrong sign. alpha' is negative and has pulled the mean down, "
                      "so v must be positive.", (_with(b=lambda a, p, dropped: a * p * dropped),)),
        Misconception("shift-not-scaled", "The shift is not multiplied by u. It makes up for a mean that was scaled.",
                      (_with(b=lambda a, p, dropped: -p * dropped),)),
        Misconception("a-without-rate", "The rate is missing beside the square of alpha' in u. Only the share p of the "
                      "units has that value.", (_with(a=lambda p, dropped: ((1 - p) * (1 + dropped ** 2)) ** -0.5),)),
        Misconception("a-without-root", "The root in u is missing, or taken the wrong way round. u is a factor for "
                      "values, so it is one over the root of a variance.",
                      (_with(a=lambda p, dropped: 1 / ((1 - p) * (1 + p * dropped ** 2))),
                       _with(a=lambda p, dropped: ((1 - p) * (1 + p * dropped ** 2)) ** 0.5))),
        Misconception("divides-by-keep", "The scale is that of ordinary dropout, 1/(1 - p). Here dropped units carry "
                      "variance, too, and u accounts for it.",
                      (_with(a=lambda p, dropped: 1 / (1 - p)),
                       _with(a=lambda p, dropped: 1 / (1 - p), b=lambda a, p, dropped: 0.0), ordinary)),
        Misconception("wrong-alpha", "alpha' is minus the product of SELU's two constants, lambda and alpha: -1.758.",
                      (_with(dropped=-1.6732632423543772), _with(dropped=-1.0507009873554805), _with(dropped=-1.0),
                       _with(dropped=-DROPPED))),
        Misconception("map-for-kept-only", "The map is applied to the kept units alone. All go through it.",
                      (alpha_after_the_affine_map,)),
        Misconception("opposite-mask", "The kept units are dropped. The mask is True where an entry is kept.",
                      (_with(mask=lambda r: ~r),)),
        Misconception("rate-exchanged", "p is used as the share that is kept. It is the share that is dropped.",
                      (_with(a=lambda p, dropped: _scale(1 - p), b=lambda a, p, dropped: -a * (1 - p) * dropped),)),
    ),
)
