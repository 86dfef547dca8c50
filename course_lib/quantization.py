"""Weights in 8 bits: each column of a kernel becomes whole numbers and one scale."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from course_lib import _checks, storage
from course_lib.kernels import arrays_of, kernels_of
from course_lib.model import Sequential
from course_lib.saving import expect


class Quantized(NamedTuple):
    """codes (..., units) int8 and scale s (units,): the weights are s times the codes."""

    codes: np.ndarray
    scale: np.ndarray

    def dequantize(self) -> np.ndarray:
        """w_hat = s q, in the scale's dtype."""
        return self.codes * self.scale


class Size(NamedTuple):
    """Bytes of all weights of a model."""

    original: int
    quantized: int


def quantize_weights(w: Any, bits: int = 8) -> Quantized:
    """Symmetric quantization with a scale for each output channel, the last axis of w (..., units).

    s = max|w| / (2^(bits-1) - 1), q = round(w / s), halves to the even number; so |w - s q| <= s/2, and 0 stays 0.
    bits: 2 to 8; the codes are int8 in any case. w: float32 or float64, which is the scale's dtype, too. A column of
    zeros gets the smallest normal number as its scale. (Keras's ``abs_max_quantize`` gives 1/s as its scale and adds
    1e-7 to max|w|, which moves a code here and there by one.)
    """
    where = "quantize_weights"
    bits = _checks.integer(where, "bits", bits, low=2)
    if bits > 8:
        raise ValueError(f"{where}: bits must be at most 8, got {bits}")
    w = _checks.numeric_array(where, "w", w)
    if w.ndim < 2 or w.dtype.name not in _checks.FLOATS:
        raise ValueError(f"{where}: w must be a float32 or float64 array of shape (..., units), "
                         f"got {_checks.describe(w)}")
    levels = 2 ** (bits - 1) - 1
    scale = np.abs(w).max(axis=tuple(range(w.ndim - 1))) / levels           # s = max|w| / 127
    scale = np.maximum(scale, np.finfo(w.dtype).tiny).astype(w.dtype)
    return Quantized(np.rint(w / scale).astype(np.int8), scale)             # q = round(w / s)


@dataclass(frozen=True)
class QuantizedModel:
    """A model whose kernels are held as whole numbers; the other weights and the arithmetic stay float.

    model: the ``Sequential`` whose kernels are s q, not compiled. kernels: what they consist of, by path. bits: of a
    code.
    """

    model: Sequential
    kernels: dict[str, Quantized]
    bits: int

    def predict(self, x: np.ndarray, batch_size: int = 32) -> np.ndarray:
        """The outputs for x, as from ``Sequential.predict``."""
        return self.model.predict(x, batch_size=batch_size)

    def size(self) -> Size:
        """Bytes of all weights as they were and as they are, codes packed without gaps, scales included."""
        original = quantized = 0
        for path, w in _weights_of(self.model).items():
            original += w.nbytes
            held = self.kernels.get(path)
            quantized += w.nbytes if held is None else -(-held.codes.size * self.bits // 8) + held.scale.nbytes
        return Size(original, quantized)

    def save(self, path: str | Path) -> None:
        """Write architecture, codes (a byte each), scales and the other weights to a file that ends in .npz."""
        arrays: dict[str, np.ndarray] = {}
        for i, (name, w) in enumerate(_weights_of(self.model).items()):
            if name in self.kernels:
                arrays[f"codes/{i}"], arrays[f"scale/{i}"] = self.kernels[name]
            else:
                arrays[f"weight/{i}"] = w
        storage.write(path, {"kind": "quantized", "quantized": self.model.get_config(), "bits": self.bits}, arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The model that ``save`` wrote."""
        header, arrays = storage.read(path)
        expect(path, header, "quantized")
        with storage.blaming(path):
            model = Sequential.from_config(header["quantized"])
            names = _weights_of(model)
            kernels = {name: Quantized(arrays[f"codes/{i}"], arrays[f"scale/{i}"])
                       for i, name in enumerate(names) if f"codes/{i}" in arrays}
            model.set_weights([kernels[name].dequantize() if name in kernels else arrays[f"weight/{i}"]
                               for i, name in enumerate(names)])
        return cls(model, kernels, header["bits"])


def quantize(model: Any, bits: int = 8, layers: list[str] | None = None) -> QuantizedModel:
    """A copy of the built model with quantized kernels; the model itself stays as it is.

    bits: as in ``quantize_weights``. layers: names of those to quantize, default all with a kernel. In Keras this is
    ``model.quantize`` with ``Int8QuantizationConfig(activation_quantizer=None)``; its plain ``quantize("int8")`` also
    rounds the inputs of each layer to 8 bits.
    """
    kernels = {path: quantize_weights(w, bits) for path, w in arrays_of(kernels_of("quantize", model, layers)).items()}
    twin = Sequential.from_config(model.get_config())
    twin.set_weights([kernels[path].dequantize() if path in kernels else w for path, w in _weights_of(model).items()])
    return QuantizedModel(twin, kernels, bits)


def _weights_of(model: Sequential) -> dict[str, np.ndarray]:
    return dict(zip(model._weight_shapes(), model.get_weights(), strict=True))
