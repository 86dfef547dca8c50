"""Exercise 67: a piecewise constant schedule, with Keras's convention at the boundaries."""

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def piecewise(t, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t <= boundary:
            return value
    return values[-1]


# --- the library, as the independent reference


def reference(t, boundaries, values):
    from course_lib import schedules

    return schedules.PiecewiseConstantDecay(boundaries, values)(t)


# --- cases


def cases(rng):
    first = int(rng.integers(10, 40))
    boundaries = [first, first + int(rng.integers(20, 60))]
    boundaries.append(boundaries[-1] + int(rng.integers(15, 50)))
    values = [round(float(v), 4) for v in (rng.uniform(0.1, 0.2), rng.uniform(0.2, 0.4), rng.uniform(0.01, 0.05),
                                           rng.uniform(0.001, 0.005))]
    yield Case((boundaries[0] // 2, boundaries[:1], values[:2]))
    yield Case((boundaries[1], boundaries, values))
    yield Case((boundaries[1] + 1, boundaries, values))
    yield Case((boundaries[2] + 500, boundaries, values))
    yield Case((0, [], values[:1]))


# --- mistakes and other right ways


def left_open(t, boundaries, values):
    return values[sum(t >= boundary for boundary in boundaries)]


def index_error(t, boundaries, values):
    i = 0
    while t > boundaries[i]:
        i += 1
    return values[i]


def none_at_the_end(t, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t <= boundary:
            return value
    return None


def stays_at_the_last_but_one(t, boundaries, values):
    passed = sum(t > boundary for boundary in boundaries)
    return values[max(0, min(passed, len(boundaries) - 1))]


def one_too_far(t, boundaries, values):
    passed = sum(t > boundary for boundary in boundaries)
    return values[min(passed + 1, len(values) - 1)]


def boundaries_as_lengths(t, boundaries, values):
    end = 0
    for length, value in zip(boundaries, values, strict=False):
        end += length
        if t <= end:
            return value
    return values[-1]


def interpolates(t, boundaries, values):
    import numpy as np
    return float(np.interp(t, [0, *boundaries], values))


def values_as_factors(t, boundaries, values):
    rate = values[0]
    for boundary, value in zip(boundaries, values[1:], strict=True):
        if t > boundary:
            rate *= value
    return rate


def right_by_counting(t, boundaries, values):
    return values[sum(t > boundary for boundary in boundaries)]


def right_by_search(t, boundaries, values):
    import numpy as np
    return values[int(np.searchsorted(boundaries, t, side="left"))]


PIECEWISE = Exercise(
    name="piecewise", number=67, chapter="10_learning_rate_schedules", core=False, level=1, minutes=8, points=2,
    title="Piecewise constant schedule",
    prompt=r"""
After `t` steps the rate is `values[0]` up to and including `t = boundaries[0]`, `values[1]` from the next `t` up to and
including `boundaries[1]`, and so on; the last value holds from then on. There is one more of `values` than of
`boundaries`, and there may be no boundary at all. The convention at the boundaries is Keras's.
""",
    arguments={"t": "int, the number of optimizer steps taken so far", "boundaries": "list of ints, increasing",
               "values": "list of floats, one more than boundaries"},
    returns="a float",
    hints=("How many boundaries has `t` left behind? That number is the index of the value.",
           "At `t = boundaries[j]` the old value still holds, so that boundary does not count yet."),
    solution=piecewise, reference=reference, cases=cases, variants=(right_by_counting, right_by_search),
    misconceptions=(
        Misconception("left-open", "At a boundary this gives the new value. In Keras the old one still holds there, "
                      "and the new one begins a step later.", (left_open,)),
        Misconception("index-error", "Behind the last boundary there is one more value. This looks for another "
                      "boundary there.", (index_error,)),
        Misconception("nothing-at-the-end", "Behind the last boundary nothing is returned. The last value holds from "
                      "there on.", (none_at_the_end,)),
        Misconception("last-value-unused", "The last value is never used. It holds behind the last boundary.",
                      (stays_at_the_last_but_one,)),
        Misconception("one-too-far", "Each value begins one piece too early: before the first boundary `values[0]` "
                      "holds.", (one_too_far,)),
        Misconception("boundaries-as-lengths", "The boundaries are added up, as if they were lengths. They are step "
                      "numbers, counted from the start.", (boundaries_as_lengths,)),
        Misconception("interpolates", "Between the boundaries the rate changes. It is constant there and jumps.",
                      (interpolates,)),
        Misconception("values-as-factors", "The values are multiplied with one another. Each is a rate by itself.",
                      (values_as_factors,)),
    ),
)
