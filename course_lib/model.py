"""The sequential model: layers in a row, trained by mini-batch gradient descent."""

from pathlib import Path
from typing import Any, Self

import numpy as np

from course_lib import _checks, losses, optimizers, saving
from course_lib import metrics as metrics_by_name
from course_lib.callbacks.base import Callback, CallbackList, History, Logs
from course_lib.callbacks.progress import ProgbarLogger
from course_lib.metrics import Metric
from course_lib.training import Compiled, Trainer, named_metrics


class Sequential(Trainer):
    """A stack of layers, with Keras's methods.

    layers: ``Input((n,))`` first makes the weights at once; without it they are made at the first call or by
    ``build((None, n))``. A model among them stands for its layers. seed: of the initial weights, of the shuffling and
    of the layers that draw random numbers (ours; None draws a fresh one). dtype: "float32" or "float64" (ours; in Keras
    a global setting). name: as in Keras.

    The parameters lie in one vector, trainable ones first, and the layers' arrays are views into it.
    """

    history: History | None = None

    def compile(self, optimizer: str | optimizers.Optimizer = "rmsprop", loss: str | losses.Loss | None = None,
                metrics: list[Any] | None = None, weighted_metrics: list[Any] | None = None) -> None:
        """Fix optimizer, loss and metrics; lay the trainable parameters out first; start the optimizer afresh.

        optimizer, loss: names or objects; the known names are in ``optimizers.OPTIMIZERS`` and so on. metrics: names,
        objects or functions (y_true, y_pred) -> one value a row. weighted_metrics: the same, but with the weights that
        sample_weight or class_weight give the rows.
        Changing a layer's ``trainable`` takes effect here, as in Keras (but a BatchNormalization goes by it at once).
        Unlike Keras, which keeps the state of an optimizer object, the optimizer forgets all state here.
        """
        if not self._layers:
            raise ValueError("Sequential.compile: the model has no layers yet; add some first")
        if loss is None:
            raise ValueError("Sequential.compile: loss must be given, such as loss='mse'; "
                             f"known: {', '.join(losses.LOSSES)}")
        for name, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if not isinstance(given, list | tuple | None):
                raise TypeError(f"Sequential.compile: {name} must be a list, such as ['accuracy'], "
                                f"got {_checks.describe(given)}")
        optimizer, loss = optimizers.get(optimizer), losses.get(loss)
        plain, weighted = ([metrics_by_name.get(m) for m in given or []] for given in (metrics, weighted_metrics))
        compiled = Compiled(optimizer, loss, *named_metrics(plain, weighted), self._fused(loss),
                            [layer.trainable for layer in self._chain])
        optimizer.lay_out(None)             # an error now, where the optimizer is not one for models
        optimizer.reset()
        optimizer.owner = self
        self._compiled, self._vector = compiled, None
        if self.built:
            self._bound_vector()

    @property
    def compiled(self) -> bool:
        """Whether ``compile`` has been called."""
        return self._compiled is not None

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The compiled optimizer."""
        return self._require_compiled("optimizer").optimizer

    @property
    def loss(self) -> losses.Loss:
        """The compiled loss."""
        return self._require_compiled("loss").loss

    @property
    def metrics(self) -> list[Metric]:
        """The compiled metrics, in the order of ``evaluate``'s results after the loss."""
        compiled = self._require_compiled("metrics")
        return [*compiled.metrics.values(), *compiled.weighted_metrics.values()]

    # -- training

    def fit(self, x: np.ndarray, y: np.ndarray, batch_size: int = 32, epochs: int = 1, verbose: int | str = "auto",
            callbacks: list[Callback] | None = None, validation_split: float = 0.0,
            validation_data: tuple[np.ndarray, ...] | None = None, shuffle: bool = True,
            class_weight: dict[int, float] | None = None, sample_weight: np.ndarray | None = None,
            initial_epoch: int = 0, validation_batch_size: int | None = None,
            validation_freq: int | list[int] = 1) -> History:
        """Train for ``epochs`` passes over the data, in mini-batches that are drawn anew each epoch.

        x (m, n_in), y as the loss takes it. verbose: 0 silent, 1 or "auto" a bar per epoch, 2 a line per epoch.
        validation_split: the share of rows, the last ones before shuffling, to keep for validation. validation_data:
        (x, y) or (x, y, sample_weight), which wins over the split. validation_batch_size: default batch_size.
        validation_freq: validate after every so many epochs, or after those listed, counted from 1.
        sample_weight (m,): each row's loss is multiplied by its weight; the mean still divides by the number of rows,
        as in Keras. class_weight: the same by class, such as {0: 1.0, 1: 5.0}; classes not named have weight 1.

        Returns the ``History``: means over each epoch while the weights change, and "val_" values at its end. The loss
        contains the penalties of the regularizers.
        A second call goes on from where the first ended. Raises ValueError or TypeError for bad input, before
        anything is changed.
        """
        self._require_optimizer("fit")
        batch_size = _checks.integer("Sequential.fit", "batch_size", batch_size, low=1)
        epochs = _checks.integer("Sequential.fit", "epochs", epochs)
        initial_epoch = _checks.integer("Sequential.fit", "initial_epoch", initial_epoch)
        validation_batch_size = batch_size if validation_batch_size is None else _checks.integer(
            "Sequential.fit", "validation_batch_size", validation_batch_size, low=1)
        validation_epochs = _validation_epochs(validation_freq, epochs)
        verbose = _verbosity("fit", verbose)
        rows, validation = self._rows("fit", x, y, sample_weight), None
        if validation_data is not None:
            if not isinstance(validation_data, tuple | list) or len(validation_data) not in (2, 3):
                raise ValueError("Sequential.fit: validation_data must be (x, y) or (x, y, sample_weight), "
                                 f"got {_checks.describe(validation_data)}")
            validation = self._rows("fit: validation_data", *validation_data)
        elif validation_split:
            rows, validation = rows.split(validation_split)
        rows = self._weighted_by_class("fit", rows, class_weight)
        hooks = CallbackList(callbacks, [History(), *([ProgbarLogger(verbose)] if verbose else [])], self,
                             {"epochs": epochs, "steps": -(-len(rows) // batch_size), "verbose": verbose})
        self._build_for(rows.x)
        self._check_trainable("fit")
        self.history, self.stop_training, self._initial_epoch = hooks.history, False, initial_epoch
        logs: Logs = {}
        hooks.call("on_train_begin", {})
        for epoch in range(self._initial_epoch, epochs):            # a callback may have set it
            hooks.call("on_epoch_begin", epoch, {})
            logs = self._train_epoch(rows, batch_size, shuffle, hooks)
            if validation is not None and epoch + 1 in validation_epochs:
                found = self._evaluate(validation, validation_batch_size, hooks)
                logs |= {f"val_{name}": value for name, value in found.items()}
            hooks.call("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        hooks.call("on_train_end", logs)
        return self.history

    def train_on_batch(self, x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None,
                       class_weight: dict[int, float] | None = None, return_dict: bool = True) -> Logs | list[float]:
        """One step on this batch. Returns its logs, the loss and metrics before the step.

        sample_weight, class_weight: as in ``fit``. return_dict: False gives a list, which is Keras's default.
        """
        self._require_optimizer("train_on_batch")
        rows = self._weighted_by_class("train_on_batch", self._rows("train_on_batch", x, y, sample_weight),
                                       class_weight)
        self._build_for(rows.x)
        self._check_trainable("train_on_batch")
        with self._progress() as progress:
            loss, a = self._step(rows.x, rows.y, rows.weights)
            logs = progress.update(loss, rows.y, a, rows.weights)
        return logs if return_dict else list(logs.values())

    # -- using

    def evaluate(self, x: np.ndarray, y: np.ndarray, batch_size: int = 32, verbose: int | str = 0,
                 sample_weight: np.ndarray | None = None, callbacks: list[Callback] | None = None,
                 return_dict: bool = False) -> float | list[float] | Logs:
        """Loss, with the penalties of the regularizers, and metrics on the data, in inference mode.

        Returns the loss, or [loss, metric, ...] where there are metrics, or a dict. verbose: as in ``fit``; unlike
        Keras, silent by default. sample_weight: as in ``fit``. callbacks: for their test hooks.
        """
        self._require_compiled("evaluate")
        batch_size = _checks.integer("Sequential.evaluate", "batch_size", batch_size, low=1)
        verbose = _verbosity("evaluate", verbose)
        rows = self._rows("evaluate", x, y, sample_weight)
        hooks = CallbackList(callbacks, [], self, {"epochs": 1, "steps": -(-len(rows) // batch_size),
                                                   "verbose": verbose}, "evaluate")
        self._build_for(rows.x)
        logs = self._evaluate(rows, batch_size, hooks)
        if verbose:
            print(" - ".join(f"{name}: {value:.4f}" for name, value in logs.items()), flush=True)
        if return_dict:
            return logs
        values = list(logs.values())
        return values if len(values) > 1 else values[0]

    def test_on_batch(self, x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None,
                      return_dict: bool = True) -> Logs | list[float]:
        """``evaluate`` on one batch. return_dict: False gives a list, which is Keras's default."""
        self._require_compiled("test_on_batch")
        rows = self._rows("test_on_batch", x, y, sample_weight)
        self._build_for(rows.x)
        logs = self._evaluate(rows, len(rows), CallbackList(None, [], self, {}))
        return logs if return_dict else list(logs.values())

    def predict(self, x: np.ndarray, batch_size: int = 32, verbose: int | str = 0,
                callbacks: list[Callback] | None = None) -> np.ndarray:
        """The outputs for x, shape (m, k), as a new array, in inference mode.

        verbose is there for Keras's sake: nothing is printed. callbacks: for their predict hooks.
        """
        x = self._inputs("predict", x)
        verbose = _verbosity("predict", verbose)
        batch_size = _checks.integer("Sequential.predict", "batch_size", batch_size, low=1)
        steps = range(0, len(x), batch_size)
        hooks = CallbackList(callbacks, [], self, {"epochs": 1, "steps": len(steps), "verbose": verbose}, "predict")
        self._build_for(x)
        out = np.empty((len(x), *self.output_shape), self.dtype)
        hooks.call("on_predict_begin", {})
        for batch, start in enumerate(steps):
            hooks.call("on_predict_batch_begin", batch, {})
            rows = slice(start, start + batch_size)
            out[rows] = self._forward(x[rows], training=False)
            hooks.call("on_predict_batch_end", batch, {"outputs": out[rows]})
        hooks.call("on_predict_end", {})
        return out

    def predict_on_batch(self, x: np.ndarray) -> np.ndarray:
        """``predict`` in one batch."""
        x = self._inputs("predict_on_batch", x)
        return self.predict(x, len(x))

    def loss_and_gradients(self, x: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None,
                           training: bool = False) -> tuple[float, dict[str, np.ndarray]]:
        """J on this batch and dJ/d(weight) for each trainable weight, by backpropagation, penalties included.

        The keys are "layer/weight". training: with batch statistics and random masks. Nothing is updated: moving
        statistics and generators are afterwards as they were. (Ours; in Keras one writes a GradientTape.)
        """
        self._require_compiled("loss_and_gradients")
        rows = self._rows("loss_and_gradients", x, y, sample_weight)
        self._build_for(rows.x)
        vector = self._bound_vector()
        with self._undisturbed():
            loss, _ = self._forward_backward(rows.x, rows.y, rows.weights, training)
        return loss, {s.path: vector.gradients[s.start:s.stop].reshape(s.weight.shape).copy()
                      for s in vector.trainable_segments}

    # -- saving

    def save(self, path: str | Path) -> None:
        """Write architecture, weights and state and, where compiled, loss, metrics and the optimizer with its state.

        path: ends in .npz. The file holds arrays and JSON, no pickle; it appears whole or not at all. What is saved is
        enough to go on training as if nothing had happened.
        """
        saving.save(self, path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that ``save`` wrote, ready to predict, evaluate and train on.

        Raises ValueError, naming the file, for one that is damaged, is not a model, or is of a newer version.
        """
        return saving.load(cls, path)

    def save_weights(self, path: str | Path) -> None:
        """Write the weights alone; path as for ``save``. (Keras's weight files hold the optimizer's state, too.)"""
        saving.save_weights(self, path)

    def load_weights(self, path: str | Path) -> None:
        """Take the weights from a file that ``save_weights`` or ``save`` wrote.

        Raises ValueError, and leaves the model as it is, for any other file and for one of another architecture. What
        the layers are called does not matter.
        """
        saving.load_weights(self, path)


def _verbosity(method: str, verbose: int | str) -> int:
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"Sequential.{method}: verbose must be 0, 1, 2 or 'auto', got {_checks.describe(verbose)}")
    return int(verbose)


def _validation_epochs(freq: int | list[int], epochs: int) -> set[int]:
    """After which epochs, counted from 1, to validate."""
    if isinstance(freq, list | tuple | set):
        return {_checks.integer("Sequential.fit", "each of validation_freq", epoch, low=1) for epoch in freq}
    freq = _checks.integer("Sequential.fit", "validation_freq", freq, low=1)
    return set(range(freq, epochs + 1, freq))
