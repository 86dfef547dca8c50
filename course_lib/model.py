"""The sequential model: layers in a row, trained by mini-batch gradient descent."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import _checks, losses, optimizers, storage
from course_lib import metrics as metrics_by_name
from course_lib.callbacks import Callback, CallbackList, History, Logs, ProgbarLogger
from course_lib.metrics import Mean, Metric
from course_lib.parameters import ParameterVector
from course_lib.stack import Stack


@dataclass(frozen=True)
class Compiled:
    """What ``compile`` fixes."""

    optimizer: optimizers.Optimizer
    loss: losses.Loss
    metrics: list[Metric]
    fused: losses.Crossentropy | None       # the loss at the logits, where softmax or sigmoid feeds its cross-entropy
    trainable: list[bool]                   # of each layer, as it was when the parameters were laid out

    def losses(self, y: np.ndarray, a: np.ndarray, z: np.ndarray | None) -> np.ndarray:
        """The loss of each row, from the outputs ``a`` or, exactly, from the logits ``z``."""
        return self.loss.per_sample(y, a) if self.fused is None else self.fused.per_sample(y, z)


class Sequential(Stack):
    """A stack of layers, with Keras's methods.

    layers: ``Input((n,))`` first makes the weights at once; without it they are made at the first call or by
    ``build((None, n))``. seed: of the initial weights and of the shuffling (ours; None draws a fresh one).
    dtype: "float32" or "float64" (ours; in Keras a global setting). name: as in Keras.

    The parameters lie in one vector, trainable ones first, and the layers' arrays are views into it.
    """

    stop_training = False
    history: History | None = None
    _compiled: Compiled | None = None

    def add(self, layer):
        super().add(layer)
        self._compiled = None               # the loss may pair with another output now

    def cast(self, dtype):
        super().cast(dtype)
        self._compiled = None

    def compile(self, optimizer: str | optimizers.Optimizer = "rmsprop", loss: str | losses.Loss | None = None,
                metrics: list[str | Metric] | None = None) -> None:
        """Fix optimizer, loss and metrics; lay the trainable parameters out first; start the optimizer afresh.

        optimizer, loss, metrics: names or objects; the known names are in ``optimizers.OPTIMIZERS`` and so on. The
        default optimizer is Keras's, and this version of the library does not have it yet: name one.
        Changing a layer's ``trainable`` takes effect here, as in Keras. Unlike Keras, which keeps the state of an
        optimizer object, the optimizer forgets all state here.
        """
        if not self.layers:
            raise ValueError("Sequential.compile: the model has no layers yet; add some first")
        if loss is None:
            raise ValueError("Sequential.compile: loss must be given, such as loss='mse'; "
                             f"known: {', '.join(losses.LOSSES)}")
        if not isinstance(metrics, list | tuple | None):
            raise TypeError("Sequential.compile: metrics must be a list, such as ['accuracy'], "
                            f"got {_checks.describe(metrics)}")
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        known = [metrics_by_name.get(m) for m in metrics or []]
        optimizer.reset()
        optimizer.owner = self
        self._compiled = Compiled(optimizer, loss, known, self._fused(loss), [x.trainable for x in self.layers])
        self._vector = ParameterVector(self.layers, self.dtype) if self.built else None

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The compiled optimizer."""
        return self._require_compiled("optimizer").optimizer

    # -- training and using

    def fit(self, x: np.ndarray, y: np.ndarray, batch_size: int = 32, epochs: int = 1, verbose: int | str = "auto",
            callbacks: list[Callback] | None = None, validation_split: float = 0.0,
            validation_data: tuple[np.ndarray, np.ndarray] | None = None, shuffle: bool = True,
            initial_epoch: int = 0) -> History:
        """Train for ``epochs`` passes over the data, in mini-batches that are drawn anew each epoch.

        x (m, n_in), y as the loss takes it. validation_split: the share of rows, the last ones before shuffling, to
        keep for validation. verbose: 0 silent, 1 or "auto" a bar per epoch, 2 a line per epoch.
        Returns the ``History``: means over each epoch while the weights change, and "val_" values at its end.
        A second call goes on from where the first ended. Raises ValueError or TypeError for bad input, before
        anything is changed, except that a model without weights is built for x first.
        """
        self._require_optimizer("fit")
        batch_size = _checks.integer("Sequential.fit", "batch_size", batch_size, low=1)
        epochs = _checks.integer("Sequential.fit", "epochs", epochs)
        initial_epoch = _checks.integer("Sequential.fit", "initial_epoch", initial_epoch)
        verbose = _verbosity("fit", verbose)
        x, y = self._data("fit", x, y)
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) != 2:
                raise ValueError("Sequential.fit: validation_data must be a pair (x, y), "
                                 f"got {_checks.describe(validation_data)}")
            validation_data = self._data("fit: validation_data", *validation_data)
        elif validation_split:
            (x, y), validation_data = _split(x, y, validation_split)
        history = History()
        hooks = CallbackList(callbacks, [history, *([ProgbarLogger(verbose)] if verbose else [])], self,
                             {"epochs": epochs, "steps": -(-len(x) // batch_size), "verbose": verbose})
        self.history, self.stop_training = history, False
        logs: Logs = {}
        hooks.call("on_train_begin", {})
        for epoch in range(initial_epoch, epochs):
            hooks.call("on_epoch_begin", epoch, {})
            logs = self._epoch(x, y, batch_size, shuffle, hooks)
            if validation_data is not None:
                logs |= {f"val_{k}": v for k, v in self._evaluate(*validation_data, batch_size).items()}
            hooks.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        hooks.call("on_train_end", logs)
        return history

    def train_on_batch(self, x: np.ndarray, y: np.ndarray, return_dict: bool = True) -> Logs | list[float]:
        """One step on this batch. Returns its logs, the loss and metrics before the step.

        return_dict: False gives a list, which is Keras's default.
        """
        compiled = self._require_optimizer("train_on_batch")
        x, y = self._data("train_on_batch", x, y)
        loss, a = self._step(x, y)
        logs = {"loss": loss, **{m.name: float(m.per_sample(y, a).mean()) for m in compiled.metrics}}
        return logs if return_dict else list(logs.values())

    def evaluate(self, x: np.ndarray, y: np.ndarray, batch_size: int = 32, verbose: int | str = 0,
                 return_dict: bool = False) -> float | list[float] | Logs:
        """Loss and metrics on the data, in inference mode.

        Returns the loss, or [loss, metric, ...] where there are metrics, or a dict. verbose: as in ``fit``; unlike
        Keras, silent by default.
        """
        self._require_compiled("evaluate")
        x, y = self._data("evaluate", x, y)
        logs = self._evaluate(x, y, _checks.integer("Sequential.evaluate", "batch_size", batch_size, low=1))
        if _verbosity("evaluate", verbose):
            print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()), flush=True)
        if return_dict:
            return logs
        values = list(logs.values())
        return values if len(values) > 1 else values[0]

    def predict(self, x: np.ndarray, batch_size: int = 32, verbose: int | str = 0) -> np.ndarray:
        """The outputs for x, shape (m, k), as a new array. verbose is there for Keras's sake: nothing is printed."""
        x = self._inputs("predict", x)
        _verbosity("predict", verbose)
        batch_size = _checks.integer("Sequential.predict", "batch_size", batch_size, low=1)
        out = np.empty((len(x), *self.output_shape), self.dtype)
        for rows in _slices(len(x), batch_size):
            out[rows] = self._forward(x[rows], training=False)
        return out

    def loss_and_gradients(self, x: np.ndarray, y: np.ndarray,
                           training: bool = False) -> tuple[float, dict[str, np.ndarray]]:
        """J on this batch and dJ/d(weight) for each trainable weight, by backpropagation; nothing is updated.

        The keys are "layer/weight". (Ours; in Keras one writes a GradientTape.)
        """
        self._require_compiled("loss_and_gradients")
        x, y = self._data("loss_and_gradients", x, y)
        vector = self._bound_vector()
        loss, _ = self._forward_backward(x, y, vector.lowest_layer, training)
        return loss, {s.path: vector.gradients[s.start:s.stop].reshape(s.shape).copy()
                      for s in vector.trainable_segments}

    # -- saving

    def save(self, path: str | Path) -> None:
        """Write architecture, weights and, where compiled, loss, metrics and the optimizer with its state.

        path: ends in .npz. The file holds arrays and JSON, no pickle; it appears whole or not at all.
        """
        self._require_built("save")
        arrays = {f"weight/{i}": w for i, w in enumerate(self.get_weights())}
        header: dict[str, Any] = {"model": self.get_config(), "compiled": None}
        if (c := self._compiled) is not None:
            header["compiled"] = {"optimizer": optimizers.serialize(c.optimizer), "loss": losses.serialize(c.loss),
                                  "metrics": [m.name for m in c.metrics], "iterations": c.optimizer.iterations,
                                  "trainable": c.trainable}
            arrays |= {f"slot/{name}": v for name, v in c.optimizer.get_state().items()}
        header["shuffle"] = self._shuffle_rng.bit_generator.state
        storage.write(path, header, arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Sequential":
        """The model that ``save`` wrote, ready to predict, evaluate and train on."""
        header, arrays = storage.read(path)
        with storage.blaming(path):
            model = cls.from_config(header["model"])
            model.build()
            model.set_weights([arrays[f"weight/{i}"] for i in range(len(model.get_weights()))])
            model._shuffle_rng.bit_generator.state = header["shuffle"]
            if (c := header["compiled"]) is not None:
                present = [layer.trainable for layer in model.layers]
                for layer, trainable in zip(model.layers, c["trainable"], strict=True):
                    layer.trainable = trainable             # as at compile: the optimizer's state is laid out by it
                model.compile(optimizers.deserialize(c["optimizer"]), losses.deserialize(c["loss"]), c["metrics"])
                for layer, trainable in zip(model.layers, present, strict=True):
                    layer.trainable = trainable
                slots = {k.removeprefix("slot/"): v for k, v in arrays.items() if k.startswith("slot/")}
                model.optimizer.set_state(c["iterations"], slots)
        return model

    # -- the steps

    def _forward_backward(self, x: np.ndarray, y: np.ndarray, lowest: int, training: bool) -> tuple[float, np.ndarray]:
        """Loss and outputs of the batch; leaves the gradients of the layers from ``lowest`` up in their arrays."""
        compiled, last = self._compiled, self.layers[-1]
        a = self._forward(x, training)
        loss = compiled.losses(y, a, last.z if compiled.fused else None).mean()
        below = lowest < len(self.layers) - 1
        if compiled.fused:
            d = last.backward_from_logits(compiled.fused.delta(y, a), input_gradient=below)
        else:
            d = last.backward(compiled.loss.gradient_of(y, a), input_gradient=below)
        for i in range(len(self.layers) - 2, lowest - 1, -1):
            d = self.layers[i].backward(d, input_gradient=i > lowest)
        return float(loss), a

    def _step(self, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
        vector, optimizer = self._bound_vector(), self._compiled.optimizer
        loss, a = self._forward_backward(x, y, vector.lowest_layer, training=True)
        n = vector.trainable_size
        optimizer.update(vector.values[:n], vector.gradients[:n])
        return loss, a

    def _epoch(self, x: np.ndarray, y: np.ndarray, batch_size: int, shuffle: bool, hooks: CallbackList) -> Logs:
        order = self._shuffle_rng.permutation(len(x)) if shuffle else np.arange(len(x))
        mean = _Means(self._compiled.metrics)
        logs: Logs = {}
        for batch, rows in enumerate(_slices(len(x), batch_size)):
            hooks.call("on_train_batch_begin", batch, {})
            xb, yb = x[order[rows]], y[order[rows]]
            loss, a = self._step(xb, yb)
            logs = mean.update(loss, yb, a)
            hooks.call("on_train_batch_end", batch, logs)
            if self.stop_training:
                break
        return logs

    def _evaluate(self, x: np.ndarray, y: np.ndarray, batch_size: int) -> Logs:
        compiled, mean = self._compiled, _Means(self._compiled.metrics)
        logs: Logs = {}
        for rows in _slices(len(x), batch_size):
            a = self._forward(x[rows], training=False)
            z = self.layers[-1].z if compiled.fused else None
            logs = mean.update(compiled.losses(y[rows], a, z).mean(), y[rows], a)
        return logs

    def _fused(self, loss: losses.Loss) -> losses.Crossentropy | None:
        activation = self.layers[-1].activation
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

    def _data(self, method: str, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        x = self._inputs(method, x)
        if len(self.output_shape) != 1:
            raise ValueError(f"Sequential.{method}: the model must end in outputs of shape (m, k), "
                             f"got {_checks.shape_text((None, *self.output_shape))}")
        y = self._compiled.loss.targets(y, self.output_shape[0], self.dtype)
        if len(x) != len(y):
            raise ValueError(f"Sequential.{method}: x and y must have the same number of rows, "
                             f"got {len(x)} and {len(y)}")
        for metric in self._compiled.metrics:           # a metric that does not suit y says so now
            metric.per_sample(y[:1], np.zeros((1, *self.output_shape), self.dtype))
        return x, y


class _Means:
    """The running means of the loss and the metrics over an epoch."""

    def __init__(self, metrics: list[Metric]):
        self.loss = Mean()
        self.metrics = [(metric, Mean()) for metric in metrics]

    def update(self, loss: float, y: np.ndarray, a: np.ndarray) -> Logs:
        self.loss.update(loss, len(y))
        for metric, mean in self.metrics:
            mean.update(metric.per_sample(y, a).mean(), len(y))
        return {"loss": self.loss.result(), **{metric.name: mean.result() for metric, mean in self.metrics}}


def _slices(rows: int, batch_size: int) -> Iterator[slice]:
    for start in range(0, rows, batch_size):
        yield slice(start, min(start + batch_size, rows))


def _split(x: np.ndarray, y: np.ndarray, share: float) -> tuple[tuple, tuple]:
    """(training, validation): the last ``share`` of the rows is for validation, as in Keras."""
    share = _checks.number("Sequential.fit", "validation_split", share, low=0, high=1)
    at = int(len(x) * (1 - share))
    if at == 0 or at == len(x):
        raise ValueError(f"Sequential.fit: validation_split={share:g} of {len(x)} rows leaves {at} for training and "
                         f"{len(x) - at} for validation; both need at least one")
    return (x[:at], y[:at]), (x[at:], y[at:])


def _verbosity(method: str, verbose: int | str) -> int:
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"Sequential.{method}: verbose must be 0, 1, 2 or 'auto', got {_checks.describe(verbose)}")
    return int(verbose)
