"""What layers share that draw random numbers in training."""

from __future__ import annotations

from typing import Any

import numpy as np

from course_lib import _checks
from course_lib.layers.base import Layer


class RandomLayer(Layer):
    """A layer with a generator of its own. Subclasses give ``draw`` and, in ``forward``, take ``self.drawn(shape)``.

    seed: an int gives the same draws whenever the layer is built; None takes a stream of the generator that the model
    is built with, which leaves the weights as they would be without this layer. A layer without weights is not
    changed by ``trainable``.

    mask: what the last training pass has drawn, valid until the next one. fixed_mask: set an array of that shape, and
    training passes use it instead of draws (None: draws again). Both are ours.
    """

    mask: np.ndarray | None = None
    fixed_mask: np.ndarray | None = None
    generator: np.random.Generator                  # made when the layer is built

    def __init__(self, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.seed = None if seed is None else _checks.integer(type(self).__name__, "seed", seed)

    @property
    def mask_dtype(self) -> Any:
        return self.dtype

    def create_weights(self, input_shape, rng):
        self.generator = rng.spawn(1)[0] if self.seed is None else np.random.default_rng(self.seed)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """New random numbers, in a buffer of the layer."""
        raise NotImplementedError  # abstract

    def drawn(self, shape: tuple[int, ...]) -> np.ndarray:
        """What this training pass is to use: ``fixed_mask``, or new draws."""
        if self.fixed_mask is None:
            self.mask = self.draw(shape, self.generator)
        else:
            self.mask = _checks.numeric_array(self._label(), "fixed_mask", self.fixed_mask).astype(self.mask_dtype)
            if self.mask.shape != shape:
                raise ValueError(f"{self._label()}: fixed_mask must have shape {shape}, "
                                 f"got {_checks.describe(self.mask)}")
        return self.mask

    @property
    def random_state(self) -> dict[str, Any] | None:
        return dict(self.generator.bit_generator.state) if self.built else None

    @random_state.setter
    def random_state(self, state: dict[str, Any] | None) -> None:
        if not self.built:
            raise ValueError(f"{self._label()}: random_state can be set once the layer is built")
        try:
            self.generator.bit_generator.state = state
        except (TypeError, ValueError, KeyError) as error:
            raise ValueError(f"{self._label()}: random_state must be what the property gave, "
                             f"got {_checks.describe(state)}") from error

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}
