"""Unsupervised pretraining: the hidden layers first learn, one after another, to keep what their inputs say."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.callbacks import Callback, History
from course_lib.layers import Dense, Input
from course_lib.layers.base import Layer
from course_lib.model import Sequential


@dataclass(frozen=True)
class Pretrained:
    """A model with pretrained hidden layers, and how they came about.

    model: the one that was given. autoencoders: one for each stage, lowest first; their lower layers are those of the
    model. histories: what their ``fit`` returned.
    """

    model: Sequential
    autoencoders: list[Sequential]
    histories: list[History]


def pretrain(model: Any, x: np.ndarray, optimizer: Any = "adam", loss: Any = "mse", epochs: int = 10,
             batch_size: int = 32, validation_data: np.ndarray | None = None, callbacks: list[Callback] | None = None,
             seed: int | None = None, verbose: int | str = 0) -> Pretrained:
    """Greedy layer-wise pretraining with autoencoders of all ``Dense`` layers of ``model`` but the last.

    The model is cut into stages, each a ``Dense`` layer with what follows it up to the next one (normalization,
    activation, dropout). Stage by stage, an autoencoder of these very layers and a linear ``Dense`` decoder learns to
    give back the stage's inputs: x for the first, for the others what the trained stages below make of x (in inference
    mode, as do layers before the first ``Dense``, which learn nothing). The layers are shared, not copied: the model
    then holds the encoders' weights. Its last ``Dense`` layer stays as it is; compile the model and train it on labels
    ("fine-tuning") as usual.

    model: a built ``Sequential``. x (m, ...): inputs of the model; no labels are needed. optimizer, loss, epochs,
    batch_size, callbacks, verbose: as in ``compile`` and ``fit``, for each stage anew. validation_data: further inputs
    (v, ...), which give "val_loss". seed: of decoders and shuffling.
    Source: Bengio, Lamblin, Popovici & Larochelle 2007.
    """
    streams = np.random.SeedSequence(None if seed is None else _checks.integer("pretrain", "seed", seed))
    given = [x] if validation_data is None else [x, validation_data]
    before, *stages = _stages(model)
    rows = [_through(model, before, _inputs(model, name, value))
            for name, value in zip(("x", "validation_data"), given, strict=False)]
    autoencoders, histories = [], []
    for stage, stream in zip(stages, streams.spawn(len(stages)), strict=True):
        n_in = rows[0].shape[1]
        autoencoder = Sequential([Input((n_in,)), *stage, Dense(n_in)], seed=int(stream.generate_state(1)[0]),
                                 dtype=model.dtype)
        autoencoder.compile(optimizer=optimizer, loss=loss)
        histories.append(autoencoder.fit(rows[0], rows[0], batch_size=batch_size, epochs=epochs, verbose=verbose,
                                         callbacks=callbacks, validation_data=(rows[1], rows[1]) if rows[1:] else None))
        autoencoders.append(autoencoder)
        rows = [_through(model, stage, r) for r in rows]
    return Pretrained(model, autoencoders, histories)


def _stages(model: Any) -> list[list[Layer]]:
    """What stands before the first ``Dense`` layer, then each stage; the last ``Dense`` layer is in none."""
    if not isinstance(model, Sequential):
        raise TypeError(f"pretrain: model must be a Sequential, got {_checks.describe(model)}")
    if not model.built:
        raise ValueError("pretrain: the model has no weights yet; start its layers with Input((n_in,))")
    stages: list[list[Layer]] = [[]]
    for layer in model._chain:
        if isinstance(layer, Dense):
            stages.append([])
        stages[-1].append(layer)
    if len(stages) < 3:
        raise ValueError("pretrain: the model must have a Dense layer below its last one, "
                         f"got {len(stages) - 1} Dense layers")
    for stage in stages[1:-1]:
        if not stage[0].trainable:
            raise ValueError(f"pretrain: layer {stage[0].name!r} must be trainable, as it is to learn")
    return stages[:-1]


def _inputs(model: Sequential, name: str, value: Any) -> np.ndarray:
    array = _checks.numeric_array("pretrain", name, value, model.dtype)
    if array.shape[1:] != model.input_shape:
        raise ValueError(f"pretrain: {name} must have shape {_checks.shape_text((None, *model.input_shape))}, "
                         f"got {_checks.describe(array)}")
    return array


def _through(model: Sequential, layers: list[Layer], x: np.ndarray) -> np.ndarray:
    """What the layers make of x in inference mode."""
    if not layers:
        return x
    return Sequential([Input(x.shape[1:]), *layers], dtype=model.dtype).predict(x, batch_size=512)
