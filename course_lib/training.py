"""The training step, the epoch and the evaluation of a compiled model."""

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import _checks, losses, optimizers
from course_lib.batches import Rows
from course_lib.callbacks.base import CallbackList, Logs
from course_lib.chain import output_of
from course_lib.losses.base import row_weights, weighted_mean, weighted_rows
from course_lib.metrics import Metric
from course_lib.parameters import ParameterVector
from course_lib.stack import Stack

Metrics = dict[str, Metric]                 # by their names in the logs


@dataclass(frozen=True)
class Compiled:
    """What ``compile`` fixes."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss
    metrics: Metrics
    weighted_metrics: Metrics
    fused: losses.Crossentropy | None       # the loss at the logits, where softmax or sigmoid feeds its cross-entropy
    trainable: list[bool]                   # of each layer, as it was when the parameters were laid out


class Progress:
    """The logs of an epoch so far: the mean loss, in which each batch weighs as many as it has rows, and metrics."""

    def __init__(self, metrics: Metrics, weighted_metrics: Metrics):
        self.total, self.rows = 0.0, 0
        self.metrics, self.weighted_metrics = metrics, weighted_metrics
        for metric in (*metrics.values(), *weighted_metrics.values()):
            metric.reset_state()

    def update(self, loss: float, y: np.ndarray, a: np.ndarray, weights: np.ndarray | None) -> Logs:
        self.total += loss * len(y)
        self.rows += len(y)
        for metric in self.metrics.values():
            metric.accumulate(y, a, None)
        for metric in self.weighted_metrics.values():
            metric.accumulate(y, a, weights)
        return {"loss": self.total / self.rows,
                **{name: m.result() for table in (self.metrics, self.weighted_metrics) for name, m in table.items()}}


def named_metrics(metrics: list[Metric], weighted: list[Metric]) -> tuple[Metrics, Metrics]:
    """Both with their names in the logs: numbered where one comes twice, as in Keras."""
    taken: set[str] = {"loss"}

    def named(metric: Metric, prefix: str) -> str:
        if np.ndim(metric.result()):
            raise ValueError(f"Sequential.compile: a metric must give one number, got {metric!r}")
        bases = [metric.name, prefix + metric.name] if prefix else [metric.name]
        free = [name for name in bases if name not in taken]
        free += [f"{bases[-1]}_{i}" for i in range(1, len(taken) + 1) if f"{bases[-1]}_{i}" not in taken]
        taken.add(free[0])
        return free[0]
    return {named(m, ""): m for m in metrics}, {named(m, "weighted_"): m for m in weighted}


class Trainer(Stack):
    """A stack that can be trained: what the methods of ``Sequential`` call once their arguments are checked."""

    stop_training = False
    _initial_epoch = 0
    _compiled: Compiled | None = None
    _in_epoch = False

    def _forward_backward(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None,
                          training: bool) -> tuple[float, np.ndarray]:
        """Loss and outputs of the batch; leaves the gradients of all trainable weights in their arrays."""
        compiled, vector, layers = self._compiled, self._vector, self._chain
        last, lowest = layers[-1], vector.lowest_layer
        a = self._forward(x, training)
        loss = self._loss_of(y, a, weights)
        below = lowest < len(layers) - 1
        if compiled.fused:
            delta = weighted_rows(compiled.fused.delta(y, a), weights)
            d = last.backward_from_logits(delta, input_gradient=below)
        else:
            d = last.backward(weighted_rows(compiled.loss.gradient_of(y, a), weights), input_gradient=below)
        for i in range(len(layers) - 2, lowest - 1, -1):
            d = layers[i].backward(d, input_gradient=i > lowest)
        vector.add_penalty_gradients()
        return loss, a

    def _loss_of(self, y: np.ndarray, a: np.ndarray, weights: np.ndarray | None) -> float:
        """The loss of the outputs of the last forward pass, from their logits where it can, and the penalties."""
        compiled = self._compiled
        if compiled.fused:
            each = compiled.fused.per_sample(y, self._chain[-1].z)
        else:
            each = compiled.loss.per_sample(y, a)
        return weighted_mean(each, weights) + self._vector.penalty()

    def _step(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> tuple[float, np.ndarray]:
        vector = self._bound_vector()
        loss, a = self._forward_backward(x, y, weights, training=True)
        if n := vector.trainable_size:
            self._compiled.optimizer.update(vector.values[:n], vector.gradients[:n])
            vector.constrain()
        return loss, a

    def _train_epoch(self, rows: Rows, batch_size: int, shuffle: bool, hooks: CallbackList) -> Logs:
        order = self._shuffle_rng.permutation(len(rows)) if shuffle else None
        logs: Logs = {}
        with self._progress() as progress:
            for batch, (x, y, weights) in enumerate(rows.batches(batch_size, order)):
                hooks.call("on_train_batch_begin", batch, {})
                loss, a = self._step(x, y, weights)
                logs = progress.update(loss, y, a, weights)
                hooks.call("on_train_batch_end", batch, logs)
                if self.stop_training:
                    break
        return logs

    def _evaluate(self, rows: Rows, batch_size: int, hooks: CallbackList) -> Logs:
        logs: Logs = {}
        self._bound_vector()                            # brings the weights together, so that penalties see them
        hooks.call("on_test_begin", {})
        with self._progress() as progress:
            for batch, (x, y, weights) in enumerate(rows.batches(batch_size)):
                hooks.call("on_test_batch_begin", batch, {})
                a = self._forward(x, training=False)
                logs = progress.update(self._loss_of(y, a, weights), y, a, weights)
                hooks.call("on_test_batch_end", batch, logs)
        hooks.call("on_test_end", logs)
        return logs

    @contextmanager
    def _progress(self) -> Iterator[Progress]:
        """Fresh logs. A callback that evaluates in the middle of an epoch gets metrics of its own."""
        compiled, outer = self._compiled, self._in_epoch
        tables = compiled.metrics, compiled.weighted_metrics
        self._in_epoch = True
        try:
            yield Progress(*(copy.deepcopy(tables) if outer else tables))
        finally:
            self._in_epoch = outer

    def _rows(self, method: str, x: Any, y: Any, sample_weight: Any = None) -> Rows:
        """The data, checked against the loss and the metrics. The model need not be built, and is not."""
        compiled, where = self._compiled, f"Sequential.{method}"
        x = self._inputs(method, x)
        output = output_of(self, x.shape[1:])
        if len(output) != 1:
            raise ValueError(f"{where}: the model must end in outputs of shape (m, k), "
                             f"got {_checks.shape_text((None, *output))}")
        y = compiled.loss.targets(y, output[0], self.dtype)
        if len(x) != len(y):
            raise ValueError(f"{where}: x and y must have the same number of rows, got {len(x)} and {len(y)}")
        weights = row_weights(where, sample_weight, len(x), self.dtype)
        for metric in (*compiled.metrics.values(), *compiled.weighted_metrics.values()):
            metric.check(y, output[0])
        return Rows(x, y, weights)

    def _weighted_by_class(self, method: str, rows: Rows, class_weight: dict[int, float] | None) -> Rows:
        return rows.weighted_by_class(f"Sequential.{method}", class_weight, output_of(self, rows.x.shape[1:])[0])

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        """What a pass in training mode changes is put back: moving statistics, where the generators stand."""
        vector = self._bound_vector()
        held = vector.values[vector.trainable_size:].copy()
        states = [(layer, state) for layer in self._chain if (state := layer.random_state) is not None]
        try:
            yield
        finally:
            vector.values[vector.trainable_size:] = held
            for layer, state in states:
                layer.random_state = state

    def _changed(self):
        super()._changed()
        self._compiled = None               # the loss may pair with another output now

    def _trainable(self):
        return super()._trainable() if self._compiled is None else self._compiled.trainable

    def _bound_vector(self) -> ParameterVector:
        fresh = self._vector is None
        vector = super()._bound_vector()
        if fresh and self._compiled is not None and self._compiled.optimizer.owner is self:
            self._compiled.optimizer.lay_out(vector.trainable_segments)
        return vector

    def _check_trainable(self, method: str) -> None:
        if not self._bound_vector().trainable_size:
            warnings.warn(f"Sequential.{method}: the model has no trainable weights", stacklevel=3)

    def _fused(self, loss: losses.Loss) -> losses.Crossentropy | None:
        activation = self._chain[-1].activation
        if activation is None or not isinstance(loss, losses.Crossentropy) or loss.from_logits:
            return None
        return loss.with_logits() if loss.output_activation == activation.name else None

    def _require_compiled(self, method: str) -> Compiled:
        if self._compiled is None:
            raise ValueError(f"Sequential.{method}: call compile(optimizer=..., loss=...) first")
        return self._compiled

    def _require_optimizer(self, method: str) -> Compiled:
        compiled = self._require_compiled(method)
        if compiled.optimizer.owner is not self:
            raise ValueError(f"Sequential.{method}: the optimizer was compiled into another model since; give each "
                             "model an optimizer of its own and compile again")
        return compiled
