"""Magnitude pruning: the weights nearest to zero become zero and stay so while the others are trained on."""

from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.callbacks import Callback, Logs
from course_lib.kernels import arrays_of, kernels_of

SCOPES = ("global", "layer")


class PruningSchedule:
    """``schedule(step)`` gives (whether to prune in this step, the share of zeros to reach), as in TensorFlow's Model
    Optimization Toolkit; ``step`` counts the optimizer's steps from 0. Subclasses give ``sparsity``."""

    begin_step: int
    end_step: int
    frequency: int

    def __call__(self, step: int) -> tuple[bool, float]:
        in_range = self.begin_step <= step and (self.end_step == -1 or step <= self.end_step)
        return in_range and (step - self.begin_step) % self.frequency == 0, self.sparsity(step)

    def sparsity(self, step: int) -> float:
        raise NotImplementedError  # abstract

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"

    def _check_steps(self, begin_step: int, end_step: int, frequency: int) -> None:
        where = type(self).__name__
        self.begin_step = _checks.integer(where, "begin_step", begin_step)
        self.end_step = _checks.integer(where, "end_step", end_step, low=-1)
        self.frequency = _checks.integer(where, "frequency", frequency, low=1)
        if -1 < self.end_step < self.begin_step:
            raise ValueError(f"{where}: end_step must not come before begin_step, "
                             f"got begin_step={begin_step} and end_step={end_step}")


class ConstantSparsity(PruningSchedule):
    """The same share of zeros from begin_step to end_step (-1: for ever), chosen anew every ``frequency`` steps.

    Names and defaults are the toolkit's.
    """

    def __init__(self, target_sparsity: float, begin_step: int, end_step: int = -1, frequency: int = 100):
        self.target_sparsity = _share("ConstantSparsity", "target_sparsity", target_sparsity)
        self._check_steps(begin_step, end_step, frequency)

    def sparsity(self, step):
        return self.target_sparsity


class PolynomialDecay(PruningSchedule):
    """q_t = q_f + (q_i - q_f) (1 - (t - t_0) / (t_1 - t_0))^power: fast at first, while there is much to spare.

    initial_sparsity q_i, final_sparsity q_f: shares in [0, 1). begin_step t_0, end_step t_1, between which pruning
    happens every ``frequency`` steps. power: default 3. Names and defaults are the toolkit's.
    Source: Zhu & Gupta 2017, eq. 1.
    """

    def __init__(self, initial_sparsity: float, final_sparsity: float, begin_step: int, end_step: int,
                 power: float = 3, frequency: int = 100):
        self.initial_sparsity = _share("PolynomialDecay", "initial_sparsity", initial_sparsity)
        self.final_sparsity = _share("PolynomialDecay", "final_sparsity", final_sparsity)
        self._check_steps(begin_step, _checks.integer("PolynomialDecay", "end_step", end_step, low=1), frequency)
        if self.end_step == self.begin_step:
            raise ValueError(f"PolynomialDecay: end_step must come after begin_step, got {end_step} for both")
        self.power = _checks.number("PolynomialDecay", "power", power, low=0, open_low=True)

    def sparsity(self, step):
        progress = (step - self.begin_step) / (self.end_step - self.begin_step)
        left = (1 - min(1.0, max(0.0, progress))) ** self.power
        return self.final_sparsity + (self.initial_sparsity - self.final_sparsity) * left


def magnitude_masks(weights: list[np.ndarray], sparsity: float, scope: str = "global") -> list[np.ndarray]:
    """For each array a bool array of its shape: False for the share ``sparsity`` of the weights with the smallest |w|.

    scope: "global" compares the weights of all arrays, so that large layers may lose more; "layer" prunes each array
    by itself to the same share (what the toolkit does). The share is met to the nearest whole weight, one at least
    stays, and of equal magnitudes the first go first. sparsity: in [0, 1).
    """
    where = "magnitude_masks"
    sparsity = _share(where, "sparsity", sparsity)
    _checks.lookup("scope of pruning", scope, {s: s for s in SCOPES})
    if not isinstance(weights, list | tuple) or not weights:
        raise TypeError(f"{where}: weights must be a list of arrays, got {_checks.describe(weights)}")
    magnitudes = [np.abs(_checks.numeric_array(where, "each entry of weights", w)) for w in weights]
    if scope == "layer":
        return [_keep_largest(w.ravel(), sparsity).reshape(w.shape) for w in magnitudes]
    kept = _keep_largest(np.concatenate([w.ravel() for w in magnitudes]), sparsity)
    parts = np.split(kept, np.cumsum([w.size for w in magnitudes])[:-1])
    return [part.reshape(w.shape) for part, w in zip(parts, magnitudes, strict=True)]


def prune(model: Any, sparsity: float, scope: str = "global", layers: list[str] | None = None) -> dict[str, np.ndarray]:
    """Set the share ``sparsity`` of the kernels' smallest weights to 0, at once; returns the masks by path.

    model: a built ``Sequential``. scope: as in ``magnitude_masks``. layers: names of those to prune, default all with a
    kernel; biases are never pruned. To train on without losing the zeros: ``callbacks=[MagnitudePruning()]``.
    """
    kernels = arrays_of(kernels_of("prune", model, layers))
    masks = dict(zip(kernels, magnitude_masks(list(kernels.values()), sparsity, scope), strict=True))
    _zero(kernels, masks)
    return masks


def sparsity(model: Any) -> dict[str, float]:
    """The share of exact zeros in each kernel of a built model, by its path, and in all of them, under "total"."""
    kernels = arrays_of(kernels_of("sparsity", model))
    zeros = {path: np.count_nonzero(w == 0) for path, w in kernels.items()}
    return {**{path: zeros[path] / w.size for path, w in kernels.items()},
            "total": sum(zeros.values()) / sum(w.size for w in kernels.values())}


class MagnitudePruning(Callback):
    """Prunes the kernels during ``fit`` as the schedule says, and holds every pruned weight at 0 from then on.

    pruning_schedule: default None, which prunes nothing and holds what is 0 when the training begins. scope, layers:
    as in ``prune``. masks: the present masks by path, False where a weight is held at 0.
    The steps are the optimizer's, so that a second ``fit`` with the same callback goes on with the schedule; with a
    model that was loaded, the last pruning that was due is done again first. (Zhu & Gupta 2017. In the toolkit a layer
    is wrapped, and a pruned weight may come back when the mask is chosen anew.)
    """

    def __init__(self, pruning_schedule: PruningSchedule | None = None, scope: str = "global",
                 layers: list[str] | None = None):
        if pruning_schedule is not None and not callable(pruning_schedule):
            raise TypeError("MagnitudePruning: pruning_schedule must be a schedule such as ConstantSparsity(0.5, 0), "
                            f"got {_checks.describe(pruning_schedule)}")
        self.pruning_schedule = pruning_schedule
        self.scope = _checks.lookup("scope of pruning", scope, {s: s for s in SCOPES})
        self.layers = layers
        self.masks: dict[str, np.ndarray] = {}
        self._pruned: Any = None                # the model that the masks belong to

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._kernels = kernels_of("MagnitudePruning", self.model, self.layers)
        if self._pruned is self.model:
            self._apply()
            return
        self._pruned = self.model
        if self.pruning_schedule is None:
            self.masks = {path: w != 0 for path, w in arrays_of(self._kernels).items()}
            return
        self.masks = {}
        step = self.model.optimizer.iterations
        if (due := next((s for s in range(step, -1, -1) if self.pruning_schedule(s)[0]), None)) is not None:
            self._prune(self.pruning_schedule(due)[1])

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        if self.pruning_schedule is not None:
            due, share = self.pruning_schedule(self.model.optimizer.iterations)
            if due:
                self._prune(share)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._apply()                           # the optimizer moves every weight, with momentum even the pruned ones

    def _prune(self, share: float) -> None:
        kernels = arrays_of(self._kernels)
        self.masks = dict(zip(kernels, magnitude_masks(list(kernels.values()), share, self.scope), strict=True))
        self._apply()

    def _apply(self) -> None:
        _zero(arrays_of(self._kernels), self.masks)


def _zero(kernels: dict[str, np.ndarray], masks: dict[str, np.ndarray]) -> None:
    for path, mask in masks.items():
        kernels[path][~mask] = 0


def _keep_largest(magnitudes: np.ndarray, share: float) -> np.ndarray:
    n = max(round(magnitudes.size * (1 - share)), 1)
    kept = np.zeros(magnitudes.size, bool)
    kept[np.argsort(magnitudes, kind="stable")[magnitudes.size - n:]] = True
    return kept


def _share(where: str, name: str, value: float) -> float:
    return _checks.number(where, name, value, low=0, high=1)
