"""One vector for all parameters of a model and one for all gradients; a layer's arrays are views into them."""

from dataclasses import dataclass

import numpy as np

from course_lib.layers.base import Layer


@dataclass(frozen=True)
class Segment:
    """Where one weight lies in the vectors."""

    layer: Layer
    weight: str
    shape: tuple[int, ...]
    start: int
    stop: int

    @property
    def path(self) -> str:
        return f"{self.layer.name}/{self.weight}"


class ParameterVector:
    """Lays the weights of ``layers`` out in ``values`` and their gradients in ``gradients``, trainable ones first.

    values, gradients: 1-D, of the model's dtype. The first ``trainable_size`` entries are what an optimizer sees.
    """

    def __init__(self, layers: list[Layer], dtype: np.dtype):
        self.segments: list[Segment] = []
        weights = [(layer, w, layer.trainable and w.trainable) for layer in layers for w in layer.weights]
        start = 0
        for wanted in (True, False):
            for layer, weight, trainable in weights:
                if trainable is wanted:
                    stop = start + int(np.prod(weight.shape))
                    self.segments.append(Segment(layer, weight.name, weight.shape, start, stop))
                    start = stop
            if wanted:
                self.trainable_size, self.trainable_count = start, len(self.segments)
        trained = {id(s.layer) for s in self.trainable_segments}
        # Backpropagation stops here: no layer below has anything to learn.
        self.lowest_layer = next((i for i, layer in enumerate(layers) if id(layer) in trained), len(layers) - 1)
        self.values = np.zeros(start, dtype)
        self.gradients = np.zeros(start, dtype)
        self._views: list[tuple[np.ndarray, np.ndarray]] = []
        self.gather()

    @property
    def trainable_segments(self) -> list[Segment]:
        return self.segments[:self.trainable_count]

    def gather(self) -> None:
        """Make every weight a view of this vector again, with the value it has now.

        A weight has left where its layer is shared with another model that was trained since, where somebody assigned
        a new array to it, or where the model was deep-copied.
        """
        if not self._views or self._views[0][0].base is not self.values:
            self._views = [(self.values[s.start:s.stop].reshape(s.shape),
                            self.gradients[s.start:s.stop].reshape(s.shape)) for s in self.segments]
        moved = []
        for s, (view, gradient) in zip(self.segments, self._views, strict=True):
            value = getattr(s.layer, s.weight)
            if value is view and getattr(s.layer, "d" + s.weight, gradient) is gradient:
                continue
            value = np.array(value)             # a copy: it may view a part of this vector that is written below
            if value.shape != s.shape:
                raise ValueError(f"{s.path} must have shape {s.shape}, got {value.shape}: assign arrays of the "
                                 "same shape, or use set_weights")
            moved.append((s, view, gradient, value))
        for s, view, gradient, value in moved:
            view[...] = value
            setattr(s.layer, s.weight, view)
            if hasattr(s.layer, "d" + s.weight):
                setattr(s.layer, "d" + s.weight, gradient)
