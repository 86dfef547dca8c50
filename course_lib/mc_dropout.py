"""Monte Carlo dropout: predictions with the dropout layers switched on, and their spread."""

import numpy as np

from course_lib import _checks
from course_lib.layers import Dropout
from course_lib.layers.base import Layer
from course_lib.stack import Stack


def predict(model: Stack, x: np.ndarray, samples: int = 100, batch_size: int = 32,
            seed: int | None = None) -> np.ndarray:
    """Outputs for the rows of x, once for each of ``samples`` draws of all dropout masks: shape (samples, m, k).

    Their mean over axis 0 is the prediction (average probabilities, not classes), their standard deviation its spread.
    Every layer but Dropout and AlphaDropout is in inference mode; ``model(x, training=True)`` would also switch batch
    normalization to the batch's statistics and shift its moving ones. seed: an int gives the same masks at every call
    and leaves the layers' generators as they were; None draws on from them.

    Source: Gal & Ghahramani 2016. (Ours.)
    """
    where = "mc_dropout.predict"
    if not isinstance(model, Stack):
        raise TypeError(f"{where}: model must be a Sequential, got {_checks.describe(model)}")
    samples = _checks.integer(where, "samples", samples, low=1)
    batch_size = _checks.integer(where, "batch_size", batch_size, low=1)
    model._require_built(where)
    x = model._inputs(where, x)
    layers = model._chain
    active = [layer for layer in layers if isinstance(layer, Dropout)]
    if not any(layer.rate for layer in active):
        raise ValueError(f"{where}: the model needs a Dropout or AlphaDropout layer with a rate above 0, or all "
                         "samples are equal")
    held = [layer.random_state for layer in active]
    if seed is not None:
        streams = np.random.SeedSequence(_checks.integer(where, "seed", seed)).spawn(len(active))
        for layer, stream in zip(active, streams, strict=True):
            layer.random_state = dict(np.random.default_rng(stream).bit_generator.state)
    outputs = np.empty((samples, len(x), *model.output_shape), model.dtype)
    try:
        for start in range(0, len(x), batch_size):
            rows = slice(start, start + batch_size)
            _sample(layers, layers.index(active[0]), x[rows], outputs[:, rows])
    finally:
        if seed is not None:
            for layer, state in zip(active, held, strict=True):
                layer.random_state = state
    return outputs


def _sample(layers: list[Layer], first: int, x: np.ndarray, outputs: np.ndarray) -> None:
    """Fill ``outputs`` (samples, m, k). What lies below layer ``first``, the lowest dropout, is computed once."""
    for layer in layers[:first]:
        x = layer.forward(x)
    for sample in outputs:
        a = x
        for layer in layers[first:]:
            a = layer.forward(a, training=isinstance(layer, Dropout))
        sample[...] = a
