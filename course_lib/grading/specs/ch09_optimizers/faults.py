"""An exercise of our own: from the moves that a program made, tell which wrong Adam of the sources it is."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception
from .parts import ETA

# --- what a good student writes


def which_adam(g, moves, eta):
    if np.isnan(moves).any():
        return "minus"
    first = -moves[0] / (eta * np.sign(g[0]))
    if first < 0:
        return "climbs"
    if first > 2:
        return "uncorrected"
    m = s = 0.0
    right = []
    for t, slope in enumerate(g, start=1):
        m = 0.9 * m + 0.1 * slope
        s = 0.999 * s + 0.001 * slope ** 2
        right.append(-eta * m / (1 - 0.9 ** t) / np.sqrt(s / (1 - 0.999 ** t)))
    return "right" if np.allclose(moves, right) else "epochs"


# --- all moves of each rule, as the independent reference


NAMES = ("right", "climbs", "uncorrected", "epochs", "minus")


def moves_of(name, g, eta):
    """What the parameter moves by in each step, with the paper's beta_1 and beta_2 and without epsilon."""
    m, s, moves = 0.0, 0.0, []
    for step, slope in enumerate(g, start=1):
        t = {"uncorrected": math.inf, "epochs": 1}.get(name, step)
        m = 0.9 * m + 0.1 * slope
        s = 0.999 * s + (-0.001 if name == "minus" else 0.001) * slope ** 2
        root = math.sqrt(s / (1 - 0.999 ** t)) if s > 0 else math.nan
        moves.append((1 if name == "climbs" else -1) * eta * m / (1 - 0.9 ** t) / root)
    return np.array(moves)


def reference(g, moves, eta):
    """The rule whose moves are nearest in all steps."""
    return min(NAMES, key=lambda name: np.abs(np.nan_to_num(moves_of(name, g, eta), nan=1e9)
                                              - np.nan_to_num(moves, nan=1e9)).sum())


# --- cases: each rule with gradients of both signs, and with a second gradient that points the other way;
# two logs whose second gradient takes m to 0, so that the third move decides


def cases(rng):
    for name in NAMES:
        for sign, turn in ((1, 1), (-1, 1), (rng.choice([-1, 1]), -1)):
            g = sign * rng.uniform(0.5, 2.0, rng.integers(3, 6)).round(2)
            # a turn that leaves a mean of the first's size: 0.9 g_1 + g_2 is far from 0
            g[1] = g[0] * rng.uniform(0.7, 1.4) if turn > 0 else -g[0] * rng.uniform(2.0, 3.0)
            eta = float(rng.choice([0.001, 0.01, 0.2]))
            yield Case((g, moves_of(name, g, eta), eta))
    for name in ("right", "epochs"):
        first = rng.choice([-1, 1]) * rng.choice([0.5, 1.0, 2.0])       # a power of 2: m is 0 without rounding
        g = np.array([first, -0.9 * first, rng.choice([-1, 1]) * rng.uniform(0.5, 2.0)]).round(2)
        yield Case((g, moves_of(name, g, 0.1), 0.1))


# --- mistakes and other right ways


def _answer(g, moves, eta, *, size=lambda g, moves, eta: -moves[0] / (eta * np.sign(g[0])), blank="minus",
            long="uncorrected", late=which_adam):
    """The solution with a part replaced. size: of the first move, in learning rates. blank, long: what NaN, and what a
    first move of more than two rates, are taken for. late: decides the rest."""
    if np.isnan(moves).any():
        return blank
    first = size(g, moves, eta)
    if first < 0:
        return "climbs"
    return long if first > 2 else late(g, moves, eta)


def first_move_alone(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: "right")


def sign_of_the_move(g, moves, eta):
    return _answer(g, moves, eta, size=lambda g, moves, eta: -moves[0] / eta, late=lambda g, moves, eta: (
        "right" if np.allclose(np.abs(moves), np.abs(moves_of("right", g, eta))) else "epochs"))


def two_moves_and_right(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: (
        "right" if np.isclose(moves[1], moves_of("right", g, eta)[1]) else "epochs"))


def two_moves_and_epochs(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: (
        "epochs" if np.isclose(moves[1], moves_of("epochs", g, eta)[1]) else "right"))


def nan_not_seen(g, moves, eta):
    return _answer(g, moves, eta, blank="right")


def uncorrected_is_short(g, moves, eta):
    first = abs(moves[0]) / eta
    return "uncorrected" if first < 0.5 else _answer(g, moves, eta, long="right")


def uncorrected_is_late(g, moves, eta):
    return _answer(g, moves, eta, long="epochs")


def rate_of_one(g, moves, eta):
    return _answer(g, moves, eta, size=lambda g, moves, eta: -moves[0] * np.sign(g[0]), late=lambda *_: "right")


def longer_than_the_rate(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: "epochs" if abs(moves[1]) > 1.05 * eta else "right")


def longer_than_the_first(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: "epochs" if abs(moves[1]) > abs(moves[0]) else "right")


def any_shorter_is_epochs(g, moves, eta):
    return _answer(g, moves, eta, late=lambda g, moves, eta: "right" if abs(moves[1]) > 1.05 * eta else "epochs")


def right_by_running_all(g, moves, eta):
    if np.isnan(moves[0]):
        return "minus"
    m, s = 0.1 * g[0], 0.001 * g[0] ** 2
    first = (m / 0.1) / np.sqrt(s / 0.001)
    if np.isclose(moves[0], eta * first):
        return "climbs"
    if np.isclose(moves[0], -eta * m / np.sqrt(s)):
        return "uncorrected"
    for slope, move in zip(g[1:], moves[1:], strict=True):
        m, s = 0.9 * m + 0.1 * slope, 0.999 * s + 0.001 * slope ** 2
        if not np.isclose(move, -eta * (m / 0.1) / np.sqrt(s / 0.001)):
            return "right"
    return "epochs"


def right_by_three_moves(g, moves, eta):
    early = _answer(g, moves, eta, late=lambda *_: "")
    step = 1 if abs(0.9 * g[0] + g[1]) > 1e-9 else 2
    return early or ("epochs" if abs(moves[step]) > 1.15 * abs(moves_of("right", g, eta)[step]) else "right")


def right_by_all_moves(g, moves, eta):
    for name in NAMES[:-1]:
        if np.allclose(moves_of(name, g, eta), moves, rtol=1e-9, atol=0):
            return name
    return "minus"


WHICH_ADAM = Exercise(
    name="which_adam", number=0, chapter="09_optimizers", core=True, level=2, minutes=20, points=3,
    title="Which Adam was that?",
    prompt=r"""
Five programs train one parameter with "Adam", $\beta_1 = 0.9$, $\beta_2 = 0.999$ and a negligible $\varepsilon$. You
have a log: the gradients $g_1, g_2, \dots$ and the moves $\theta_1 - \theta_0, \theta_2 - \theta_1, \dots$ from the
first step on. Say which program wrote it:

- `"right"`: the rule as it should be;
- `"climbs"`: two plus signs, as one source prints it;
- `"uncorrected"`: no bias correction;
- `"epochs"`: $t$ counts epochs, as another has it; the log is from the first epoch, so $t$ stays 1;
- `"minus"`: $s \leftarrow \beta_2 s - (1 - \beta_2)\, g^2$, as a third prints it.

Work out on paper what each does in the first step. Which two are still alike then?
""",
    arguments={"g": "(T,) float array, T at least 3: the gradients, none of them 0",
               "moves": "(T,) float array: what the parameter changed by in each step", "eta": ETA},
    returns="a string, one of the five names",
    hints=("Divide the first move by the learning rate. Its size and its sign beside the gradient's tell three of the "
           "five apart from the rest.",
           "After the first step \"right\" and \"epochs\" are alike: both divide by the same numbers. Compute the "
           "moves that the right rule would have made then. For some gradients the second is alike, too.",
           "A log of NaN compares as False with everything: look for it first, with np.isnan."),
    solution=which_adam, reference=reference, cases=cases,
    variants=(right_by_running_all, right_by_all_moves, right_by_three_moves),
    explanation="Three moves are enough. The first is one learning rate down the hill, one up, 3.16 down, or NaN. "
                "With t = 1 in the second step m is divided by 0.1 instead of 0.19 and s by 0.001 instead of 0.001999: "
                "the move is 1.9 over the root of 2, 1.34 times too long, whatever the gradients are, unless g_2 = "
                "-0.9 g_1: then m is 0, both stand still, and the third move is 1.57 times too long.",
    misconceptions=(
        Misconception("first-move-alone", "A program whose t stays 1 is taken for the right one. In the first step "
                      "they are alike; look at the later ones.", (first_move_alone,)),
        Misconception("two-moves-only", "The second move does not always tell: where g_2 cancels what m has left of "
                      "g_1, both rules stand still. Compare the moves after it, too.",
                      (two_moves_and_right, two_moves_and_epochs)),
        Misconception("sign-of-the-move", "Whether a move climbs is read off its own sign. It climbs if it has the "
                      "sign of the gradient.", (sign_of_the_move,)),
        Misconception("nan-not-seen", "Moves that are NaN are taken for a right log. A comparison with NaN is always "
                      "False.", (nan_not_seen,)),
        Misconception("uncorrected-is-short", "Without its correction Adam takes longer first steps, not shorter ones: "
                      "s is far too small, and its root is below the line.",
                      (uncorrected_is_short, uncorrected_is_late)),
        Misconception("rate-of-one", "The moves are not divided by the learning rate, which differs from log to log.",
                      (rate_of_one,)),
        Misconception("second-by-its-size", "The second move is judged by its size alone. How long it should be "
                      "depends on both gradients: compare it with the move of the right rule.",
                      (longer_than_the_rate, longer_than_the_first, any_shorter_is_epochs)),
    ),
)
