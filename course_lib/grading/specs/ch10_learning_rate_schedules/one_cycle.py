"""Exercise 69: the 1cycle schedule, rate and momentum."""

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def one_cycle(t, T, h, eta_max, beta_max, beta_min):
    eta0 = eta_max / 10
    eta_end = eta0 / 1000
    if t <= h:
        share = t / h
    elif t <= 2 * h:
        share = 2 - t / h
    else:
        done = (t - 2 * h) / (T - 2 * h)
        return eta0 + (eta_end - eta0) * done, beta_max
    return eta0 + (eta_max - eta0) * share, beta_max + (beta_min - beta_max) * share


# --- the library, as the independent reference


def reference(t, T, h, eta_max, beta_max, beta_min):
    from course_lib import schedules

    cycle = schedules.OneCycle(eta_max, total_steps=T, rise_steps=h, max_momentum=beta_max, min_momentum=beta_min)
    return cycle(t), cycle.momentum(t)


# --- cases: the corners, and one step inside each of the three phases


def cases(rng):
    h = int(rng.integers(20, 60))
    T = 2 * h + int(rng.integers(7, 15))
    eta_max = round(float(rng.uniform(0.1, 0.5)), 2)
    for t in (0, h // 3, h, h + h // 4, 2 * h, 2 * h + 3, T):
        yield Case((t, T, h, eta_max, 0.95, 0.85))


# --- mistakes and other right ways


def _with(height=None, momentum=lambda high, low, share, done: high + (low - high) * share, first=0.1, end=1e-4,
          tail=lambda first, end, done: first + (end - first) * done):
    """The schedule from its parts. height: of the triangle; done: how much of the last phase is over."""
    def wrong(t, T, h, eta_max, beta_max, beta_min):
        share = max(0.0, 1 - abs(t / h - 1)) if height is None else height(t, T, h)
        done = max(0.0, (t - 2 * h) / (T - 2 * h))
        rate = (first + (1 - first) * share) * eta_max if done == 0 else tail(first, end, done) * eta_max
        return rate, momentum(beta_max, beta_min, share, done)

    return wrong


def falls_right_to_the_end(t, T, h, eta_max, beta_max, beta_min):
    share = t / h if t <= h else 1 - (t - h) / (T - h)
    return eta_max * (0.1 + 0.9 * share), beta_max + (beta_min - beta_max) * share


def peak_at_end(t, T, h, eta_max, beta_max, beta_min):
    share = min(1.0, t / (2 * h))
    return eta_max * (0.1 + 0.9 * share), beta_max + (beta_min - beta_max) * share


def rises_all_the_time(t, T, h, eta_max, beta_max, beta_min):
    return eta_max * (0.1 + 0.9 * t / T), beta_max + (beta_min - beta_max) * t / T


def right_by_interpolation(t, T, h, eta_max, beta_max, beta_min):
    import numpy as np
    corners, low = [0, h, 2 * h, T], eta_max / 10
    return (float(np.interp(t, corners, [low, eta_max, low, low / 1000])),
            float(np.interp(t, corners, [beta_max, beta_min, beta_max, beta_max])))


ONE_CYCLE = Exercise(
    name="one_cycle", number=69, chapter="10_learning_rate_schedules", core=True, level=2, minutes=15, points=3,
    title="1cycle",
    prompt=r"""
The rate and the momentum of a 1cycle schedule of `T` steps, after `t` of them. The rate starts at $\eta_0$, a tenth of
`eta_max`, and goes along three straight lines: up to `eta_max` at `t = h`, back to $\eta_0$ at `t = 2 h`, and from
there to a thousandth of $\eta_0$ at `t = T`. The momentum mirrors the triangle: `beta_max` at the start, `beta_min`
where the rate is largest, `beta_max` again at `t = 2 h`. In the last phase it stays there.
""",
    arguments={"t": "int, steps taken so far, 0 to T", "T": "int, all steps",
               "h": "int, steps of the rise, below T / 2",
               "eta_max": "float, the largest rate", "beta_max": "float, momentum at the ends",
               "beta_min": "float, momentum at the peak"},
    returns="(eta, momentum): two floats",
    outputs=("eta", "momentum"),
    hints=("Three lines, so three cases: `t <= h`, `t <= 2 * h`, and the rest.",
           "Compute a share that rises from 0 to 1 and falls back to 0. Rate and momentum are both a start plus this "
           "share of a difference.",
           "In the last phase T - 2h steps lead from eta0 to eta0 / 1000."),
    solution=one_cycle, reference=reference, cases=cases, variants=(right_by_interpolation,),
    misconceptions=(
        Misconception("momentum-parallel", "The momentum rises and falls with the rate. It mirrors it: low where the "
                      "rate is high.", (_with(momentum=lambda high, low, share, done: low + (high - low) * share),)),
        Misconception("momentum-constant", "The momentum does not change. It falls while the rate rises, and rises "
                      "while it falls.", (_with(momentum=lambda high, low, share, done: high),
                                          _with(momentum=lambda high, low, share, done: low))),
        Misconception("momentum-falls-at-the-end", "In the last phase the momentum leaves its upper value. It stays "
                      "there.", (_with(momentum=lambda high, low, share, done: high + (low - high) * (share + done)),
                                 _with(momentum=lambda high, low, share, done:
                                       low if done else high + (low - high) * share))),
        Misconception("no-final-drop", "The last phase is missing: after 2h steps the rate falls from eta0 to a "
                      "thousandth of it.", (_with(tail=lambda first, end, done: first), falls_right_to_the_end)),
        Misconception("peak-at-end", "The rate rises too long. The peak comes after h steps, and then it falls as fast "
                      "as it rose.", (peak_at_end, rises_all_the_time)),
        Misconception("starts-at-zero", "The triangle starts and ends at 0. It starts at a tenth of eta_max.",
                      (_with(first=0.0), _with(first=0.0, end=0.0))),
        Misconception("falls-to-zero", "The last phase ends at 0. It ends at a thousandth of eta0.", (_with(end=0.0),)),
        Misconception("wrong-end", "The last phase ends at the wrong rate: it is a thousandth of eta0, which is itself "
                      "a tenth of eta_max.", (_with(end=1e-3), _with(end=1e-2))),
        Misconception("falls-by-factors", "The last phase multiplies by the same factor at each step. It is a straight "
                      "line, as the other two.", (_with(tail=lambda first, end, done: first * (end / first) ** done),)),
        Misconception("jumps-at-the-end", "The last phase is the smallest rate from its first step on. It falls on a "
                      "line.", (_with(tail=lambda first, end, done: end),)),
    ),
)
