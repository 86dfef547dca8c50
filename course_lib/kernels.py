"""The kernels of a model: the arrays that pruning and quantization work on."""

from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.layers.base import Layer
from course_lib.model import Sequential


def kernels_of(where: str, model: Any, layers: Any = None) -> dict[str, Layer]:
    """The layers of ``model`` that have a kernel, by its path "layer/kernel"; biases and the like are too few to count.

    layers: names of the only ones wanted; None wants all. ``where`` begins the messages of the errors.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"{where}: model must be a Sequential, got {_checks.describe(model)}")
    if not model.built:
        raise ValueError(f"{where}: the model has no weights yet; start its layers with Input((n_in,)), or call "
                         "build((None, n_in)) first")
    model._bound_vector()                       # an array that the user has assigned stays the user's
    known = {path: layer for path, layer in zip(model._paths(), model._chain, strict=True)
             if any(weight.name == "kernel" for weight in layer.weights)}
    if not isinstance(layers, list | tuple | None):
        raise TypeError(f"{where}: layers must be a list of names, got {_checks.describe(layers)}")
    wanted = known if layers is None else {_checks.lookup("layer with a kernel", x, {p: p for p in known})
                                           for x in layers}
    if not wanted:
        raise ValueError(f"{where}: at least one layer must have a kernel, got none")
    return {f"{path}/kernel": layer for path, layer in known.items() if path in wanted}


def arrays_of(kernels: dict[str, Layer]) -> dict[str, np.ndarray]:
    """The kernels themselves, not copies."""
    return {path: layer.kernel for path, layer in kernels.items()}
