"""Learning-rate schedules: ``schedule(step)`` is the rate for the step after ``step`` steps, a float.

Give one to an optimizer: ``SGD(learning_rate=ExponentialDecay(0.01, 1000, 0.1))``. Steps are optimizer steps (batches),
not epochs; the ``LearningRateScheduler`` callback calls a schedule with epochs instead. Keras's schedules have Keras's
names, arguments, order and defaults; ``PowerDecay``, ``StepDecay``, ``OneCycle``, ``RangeTest`` and
``PowerOfInitialRate`` are ours. Keras computes rates in float32, this library in float64.
"""

import bisect
import math
import sys
from itertools import pairwise
from typing import Any

from course_lib import _checks, _registry


class LearningRateSchedule(_registry.Configurable):
    """Base class: a subclass gives ``rate(step)``. As in Keras, one of your own may override ``__call__`` instead.

    The built-in schedules take a ``name``, a label, where Keras's do.
    """

    def __call__(self, step: float) -> float:
        """The learning rate after ``step`` steps, a number that is at least 0. Raises ValueError where the rate, or a
        part of its formula, is beyond the largest float.
        """
        step = _checks.number(type(self).__name__, "step", step, low=0)
        try:
            rate = float(self.rate(step))
        except OverflowError:
            rate = math.inf
        if not math.isfinite(rate):
            raise ValueError(f"{type(self).__name__}: after {step:g} steps the rate, or a part of its formula, is "
                             f"beyond the largest float, {sys.float_info.max:.3g}")
        return rate

    def rate(self, step: float) -> float:
        raise NotImplementedError  # abstract

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LearningRateSchedule":
        """The inverse of ``get_config``."""
        return cls(**config)

    def _number(self, name: str, value: Any, low: float = 0, positive: bool = False,
                high: float | None = None) -> float:
        return _checks.number(type(self).__name__, name, value, low=low, high=high, open_low=positive, open_high=False)


class _Decay(LearningRateSchedule):
    """What starts at initial_learning_rate and changes over decay_steps."""

    staircase = False

    def __init__(self, initial_learning_rate: float, decay_steps: float):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate, positive=True)
        self.decay_steps = self._number("decay_steps", decay_steps, positive=True)

    def periods(self, step: float) -> float:
        """t / s, rounded down on a staircase."""
        p = step / self.decay_steps
        return math.floor(p) if self.staircase else p


class ExponentialDecay(_Decay):
    """eta(t) = eta_0 d^(t / s): with d = 0.1 a tenth after s steps, a hundredth after 2 s.

    initial_learning_rate: eta_0, positive. decay_steps: s, positive. decay_rate: d, positive. staircase: rounds t / s
    down.
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
                 name: str | None = "ExponentialDecay"):
        super().__init__(initial_learning_rate, decay_steps)
        self.decay_rate = self._number("decay_rate", decay_rate, positive=True)
        self.staircase = bool(staircase)
        self.name = name

    def rate(self, step):
        return self.initial_learning_rate * self.decay_rate ** self.periods(step)


class StepDecay(ExponentialDecay):
    """eta(t) = eta_0 d^floor(t / s): Keras's ``ExponentialDecay`` with staircase=True. Ours.

    initial_learning_rate: eta_0, positive. decay_steps: s, positive. decay_rate: d, in (0, 1).
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float,
                 name: str | None = "StepDecay"):
        _checks.number("StepDecay", "decay_rate", decay_rate, low=0, high=1, open_low=True)
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase=True, name=name)

    def get_config(self):
        config = super().get_config()
        del config["staircase"]
        return config


class InverseTimeDecay(_Decay):
    """eta(t) = eta_0 / (1 + d t / s): with d = 1 half of eta_0 after s steps, a third after 2 s.

    This is the sources' power schedule with c = 1, and what ``SGD(decay=d / s)`` was before Keras 3.
    initial_learning_rate: eta_0, positive. decay_steps: s, positive. decay_rate: d, at least 0. staircase: rounds t / s
    down.
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
                 name: str | None = "InverseTimeDecay"):
        super().__init__(initial_learning_rate, decay_steps)
        self.decay_rate = self._number("decay_rate", decay_rate)
        self.staircase = bool(staircase)
        self.name = name

    def rate(self, step):
        return self.initial_learning_rate / (1 + self.decay_rate * self.periods(step))


class PowerDecay(_Decay):
    """eta(t) = eta_0 / (1 + t / s)^c, the sources' power schedule. Ours; Keras has c = 1 (``InverseTimeDecay``).

    initial_learning_rate: eta_0, positive. decay_steps: s, positive. power: c, at least 0.
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, power: float = 1.0,
                 name: str | None = "PowerDecay"):
        super().__init__(initial_learning_rate, decay_steps)
        self.power = self._number("power", power)
        self.name = name

    def rate(self, step):
        return self.initial_learning_rate / (1 + self.periods(step)) ** self.power


class PiecewiseConstantDecay(LearningRateSchedule):
    """eta(t) = values[j] for boundaries[j-1] < t <= boundaries[j]: at a boundary the old value still holds.

    boundaries: increasing steps. values: rates, one more than boundaries, at least 0.
    """

    def __init__(self, boundaries: list[float], values: list[float], name: str | None = "PiecewiseConstant"):
        for what, given in (("boundaries", boundaries), ("values", values)):
            if not isinstance(given, list | tuple):
                raise TypeError(f"PiecewiseConstantDecay: {what} must be a list, got {_checks.describe(given)}")
        if len(values) != len(boundaries) + 1:
            raise ValueError("PiecewiseConstantDecay: there must be one more of values than of boundaries, "
                             f"got {len(values)} and {len(boundaries)}")
        self.boundaries = [self._number("each of boundaries", b) for b in boundaries]
        if any(a >= b for a, b in pairwise(self.boundaries)):
            raise ValueError(f"PiecewiseConstantDecay: boundaries must increase, got {_checks.describe(boundaries)}")
        self.values = [self._number("each of values", v) for v in values]
        self.name = name

    def rate(self, step):
        return self.values[bisect.bisect_left(self.boundaries, step)]


class PolynomialDecay(_Decay):
    """eta(t) = (eta_0 - eta_end) (1 - t / s)^power + eta_end up to t = s, and eta_end from there on.

    initial_learning_rate: eta_0, positive. decay_steps: s, positive. end_learning_rate: eta_end, at least 0. power:
    positive. cycle: instead of staying at eta_end, s grows to the next of its multiples that is not below t.
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, end_learning_rate: float = 0.0001,
                 power: float = 1.0, cycle: bool = False, name: str | None = "PolynomialDecay"):
        super().__init__(initial_learning_rate, decay_steps)
        self.end_learning_rate = self._number("end_learning_rate", end_learning_rate)
        self.power = self._number("power", power, positive=True)
        self.cycle = bool(cycle)
        self.name = name

    def rate(self, step):
        cycles = max(1, math.ceil(self.periods(step))) if self.cycle else 1
        p = min(1.0, self.periods(step) / cycles)
        return (self.initial_learning_rate - self.end_learning_rate) * (1 - p) ** self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """eta(t) = eta_0 ((1 - alpha) (1 + cos(pi t / s)) / 2 + alpha) up to t = s, and alpha eta_0 from there on.

    initial_learning_rate: eta_0, at least 0. decay_steps: s, positive. alpha: in [0, 1]. warmup_target: None, or the
    rate that is reached first, on a line from eta_0 in ``warmup_steps`` steps (at least 0); the cosine then starts from
    there, with eta_0 replaced by it.
    Sources: Loshchilov & Hutter 2017, eq. 5; Goyal et al. 2017, sec. 2.2 (warm-up).
    """

    def __init__(self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0,
                 name: str | None = "CosineDecay", warmup_target: float | None = None, warmup_steps: float = 0):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._number("decay_steps", decay_steps, positive=True)
        self.alpha = self._number("alpha", alpha, high=1)
        self.name = name
        self.warmup_target = None if warmup_target is None else self._number("warmup_target", warmup_target)
        self.warmup_steps = self._number("warmup_steps", warmup_steps)

    def rate(self, step):
        start, target = self.initial_learning_rate, self.warmup_target
        if target is None:
            return self._cosine(start, step)
        if step < self.warmup_steps:
            return start + (target - start) * step / self.warmup_steps
        return self._cosine(target, step - self.warmup_steps)

    def _cosine(self, start: float, step: float) -> float:
        p = min(1.0, step / self.decay_steps)
        return start * ((1 - self.alpha) * (1 + math.cos(math.pi * p)) / 2 + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """A cosine from eta_0 down to alpha eta_0, again and again: period i has s t_mul^i steps and starts from

    eta_0 ((1 - alpha) m_mul^i + alpha).

    initial_learning_rate: eta_0, positive. first_decay_steps: s, positive. t_mul: at least 1. m_mul: at least 0. alpha:
    in [0, 1]. Source: Loshchilov & Hutter 2017.
    """

    def __init__(self, initial_learning_rate: float, first_decay_steps: float, t_mul: float = 2.0, m_mul: float = 1.0,
                 alpha: float = 0.0, name: str | None = "SGDRDecay"):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate, positive=True)
        self.first_decay_steps = self._number("first_decay_steps", first_decay_steps, positive=True)
        self.t_mul = self._number("t_mul", t_mul, low=1)
        self.m_mul = self._number("m_mul", m_mul)
        self.alpha = self._number("alpha", alpha, high=1)
        self.name = name

    def rate(self, step):
        period, restarts = self.first_decay_steps, 0
        if self.t_mul == 1:
            restarts, step = divmod(step, period)
        while step >= period:
            step, period, restarts = step - period, period * self.t_mul, restarts + 1
        cosine = self.m_mul ** restarts * (1 + math.cos(math.pi * step / period)) / 2
        return self.initial_learning_rate * ((1 - self.alpha) * cosine + self.alpha)


class OneCycle(LearningRateSchedule):
    """1cycle: the rate rises on a line for h steps, falls back in h, and then falls to almost nothing. Ours.

    eta_0 -> eta_max until t = h, eta_max -> eta_0 until t = 2 h, eta_0 -> eta_end until t = T, and eta_end from there
    on. ``momentum(step)`` mirrors it: high -> low -> high, and high to the end.

    max_learning_rate: eta_max, from a range test. total_steps: T, an integer of at least 3. initial_learning_rate:
    eta_0, default eta_max / 10, at most eta_max. final_learning_rate: eta_end, default eta_0 / 1000, at most eta_0.
    rise_steps: h, below T / 2, default 45 % of T. max_momentum, min_momentum: in [0, 1).
    Source: Smith 2018, sec. 4. (PyTorch's OneCycleLR follows cosines and rises for 30 % of the steps.)
    """

    def __init__(self, max_learning_rate: float, total_steps: int, initial_learning_rate: float | None = None,
                 final_learning_rate: float | None = None, rise_steps: int | None = None, max_momentum: float = 0.95,
                 min_momentum: float = 0.85, name: str | None = "OneCycle"):
        self.max_learning_rate = top = self._number("max_learning_rate", max_learning_rate, positive=True)
        self.total_steps = n = _checks.integer("OneCycle", "total_steps", total_steps, low=3)
        self.initial_learning_rate = first = self._number(
            "initial_learning_rate", top / 10 if initial_learning_rate is None else initial_learning_rate,
            positive=True, high=top)
        self.final_learning_rate = self._number(
            "final_learning_rate", first / 1000 if final_learning_rate is None else final_learning_rate, high=first)
        self.rise_steps = max(1, int(0.45 * n)) if rise_steps is None else \
            _checks.integer("OneCycle", "rise_steps", rise_steps, low=1)
        if 2 * self.rise_steps >= n:
            raise ValueError(f"OneCycle: rise_steps must be below half of total_steps={n}, got {self.rise_steps}")
        self.max_momentum = _checks.number("OneCycle", "max_momentum", max_momentum, low=0, high=1)
        self.min_momentum = self._number("min_momentum", min_momentum, high=self.max_momentum)
        self.name = name

    def rate(self, step):
        first, h, n = self.initial_learning_rate, self.rise_steps, self.total_steps
        if step <= 2 * h:
            return first + (self.max_learning_rate - first) * self._height(step)
        return first + (self.final_learning_rate - first) * min(1.0, (step - 2 * h) / (n - 2 * h))

    def momentum(self, step: float) -> float:
        """The momentum beside ``schedule(step)``: low where the rate is high."""
        step = _checks.number("OneCycle", "step", step, low=0)
        return self.max_momentum + (self.min_momentum - self.max_momentum) * self._height(step)

    def _height(self, step: float) -> float:
        """0 at t = 0, 1 at t = h, 0 from t = 2 h on."""
        return max(0.0, 1 - abs(step / self.rise_steps - 1))


class RangeTest(LearningRateSchedule):
    """eta(k) = eta_min (eta_max / eta_min)^(k / (K - 1)): from eta_min at step 0 to eta_max at step K - 1. Ours.

    Train with it once, watch the loss of each batch, choose about a tenth of the rate at which the loss turns up, and
    put the initial weights back. min_learning_rate, max_learning_rate: positive, increasing. total_steps: K, an integer
    of at least 2. Source: Smith 2017, sec. 3.3, here with geometric growth.
    """

    def __init__(self, min_learning_rate: float = 1e-5, max_learning_rate: float = 10.0, total_steps: int = 500,
                 name: str | None = "RangeTest"):
        self.min_learning_rate = self._number("min_learning_rate", min_learning_rate, positive=True)
        self.max_learning_rate = self._number("max_learning_rate", max_learning_rate, low=self.min_learning_rate,
                                              positive=True)
        self.total_steps = _checks.integer("RangeTest", "total_steps", total_steps, low=2)
        self.name = name

    def rate(self, step):
        p = min(1.0, step / (self.total_steps - 1))
        return self.min_learning_rate * (self.max_learning_rate / self.min_learning_rate) ** p


class PowerOfInitialRate(LearningRateSchedule):
    """eta(t) = eta_0^(1 + epsilon t), as one of the sources prints it: for study, not for use. Ours.

    It is eta_0 exp(epsilon ln(eta_0) t): an exponential decay whose speed hangs on eta_0, which stands still for
    eta_0 = 1 and grows for eta_0 > 1. Meant was probably eta_0 / (1 + epsilon t), which is ``InverseTimeDecay(eta_0, 1,
    epsilon)``. initial_learning_rate: eta_0, positive. epsilon: at least 0.
    """

    def __init__(self, initial_learning_rate: float, epsilon: float, name: str | None = "PowerOfInitialRate"):
        self.initial_learning_rate = self._number("initial_learning_rate", initial_learning_rate, positive=True)
        self.epsilon = self._number("epsilon", epsilon)
        self.name = name

    def rate(self, step):
        return self.initial_learning_rate ** (1 + self.epsilon * step)


SCHEDULES: dict[str, type[LearningRateSchedule]] = {cls.__name__: cls for cls in (
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, OneCycle, PiecewiseConstantDecay,
    PolynomialDecay, PowerDecay, PowerOfInitialRate, RangeTest, StepDecay)}


def serialize(schedule: LearningRateSchedule) -> dict[str, Any]:
    """A JSON value from which ``deserialize`` makes an equal schedule.

    Raises ValueError for a schedule that is not of this library.
    """
    return _registry.serialize("learning rate schedule", schedule, SCHEDULES)


def deserialize(data: dict[str, Any]) -> LearningRateSchedule:
    """The inverse of ``serialize``."""
    return _registry.deserialize("learning rate schedule", data, SCHEDULES)
