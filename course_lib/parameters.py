"""One vector for all parameters of a model and one for all gradients; a layer's arrays are views into them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from course_lib.layers.base import Layer, Weight


@dataclass(frozen=True)
class Segment:
    """Where one weight lies in the vectors. path: "layer/weight", with the names of nested models in front."""

    path: str
    layer: Layer
    weight: Weight
    start: int
    stop: int


class ParameterVector:
    """Lays the weights of ``layers`` out in ``values`` and their gradients in ``gradients``, trainable ones first.

    layers: (path, layer, whether it is trainable). values, gradients: 1-D, of the model's dtype. The first
    ``trainable_size`` entries are what an optimizer sees.
    """

    def __init__(self, layers: list[tuple[str, Layer, bool]], dtype: np.dtype):
        self.segments: list[Segment] = []
        weights = [(f"{path}/{w.name}", layer, w, trainable and w.trainable)
                   for path, layer, trainable in layers for w in layer.weights]
        start = 0
        for wanted in (True, False):
            for path, layer, weight, trainable in weights:
                if trainable is wanted:
                    stop = start + int(np.prod(weight.shape))
                    self.segments.append(Segment(path, layer, weight, start, stop))
                    start = stop
            if wanted:
                self.trainable_size, self.trainable_count = start, len(self.segments)
        trained = {id(s.layer) for s in self.trainable_segments}
        # Backpropagation stops here: no layer below has anything to learn.
        self.lowest_layer = next((i for i, (_, layer, _) in enumerate(layers) if id(layer) in trained), len(layers) - 1)
        self.values = np.zeros(start, dtype)
        self.gradients = np.zeros(start, dtype)
        self._views: list[tuple[np.ndarray, np.ndarray]] = []
        self.gather()

    def __getstate__(self) -> dict[str, Any]:
        """Without the views, which a copy makes anew."""
        return {**vars(self), "_views": [], "_places": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """In memory of its own: unpickled arrays may view a buffer."""
        self.__dict__.update(state)
        self.values, self.gradients = self.values.copy(), self.gradients.copy()

    @property
    def trainable_segments(self) -> list[Segment]:
        return self.segments[:self.trainable_count]

    def penalty(self) -> float:
        """The sum of the penalties on the trainable weights."""
        return sum((r(w) for r, w, _ in self._regularized), start=0.0)

    def add_penalty_gradients(self) -> None:
        """Add the penalties' gradients to those of the weights."""
        for r, w, gradient in self._regularized:
            gradient += r.gradient(w)

    def constrain(self) -> None:
        """Bring the trainable weights that have a constraint back into the allowed set."""
        for constraint, w in self._constrained:
            w[...] = constraint(w)

    def gather(self) -> None:
        """Make every weight a view of this vector again, with the value it has now.

        A weight has left where its layer is shared with another model that was trained since, where somebody assigned
        a new array to it, or where the model was deep-copied.
        """
        if not self._views or self._views[0][0].base is not self.values:
            self._make_views()
        if all(attributes.get(name) is array for attributes, name, array in self._places):
            return                              # the usual case, asked before every step
        moved = []
        for s, (view, gradient) in zip(self.segments, self._views, strict=True):
            value, name = getattr(s.layer, s.weight.name), s.weight.name
            if value is view and (not s.weight.trainable or getattr(s.layer, "d" + name) is gradient):
                continue
            value = np.array(value)             # a copy: it may view a part of this vector that is written below
            if value.shape != s.weight.shape:
                raise ValueError(f"{s.path} must have shape {s.weight.shape}, got {value.shape}: assign arrays of the "
                                 "same shape, or use set_weights")
            moved.append((s, view, gradient, value))
        for s, view, gradient, value in moved:
            view[...] = value
            setattr(s.layer, s.weight.name, view)
            if s.weight.trainable:
                setattr(s.layer, "d" + s.weight.name, gradient)

    def _make_views(self) -> None:
        self._views = [(self.values[s.start:s.stop].reshape(s.weight.shape),
                        self.gradients[s.start:s.stop].reshape(s.weight.shape)) for s in self.segments]
        trainable = [(s.weight, *views) for s, views in zip(self.trainable_segments, self._views, strict=False)]
        self._places = [(vars(s.layer), name, array) for s, views in zip(self.segments, self._views, strict=True)
                        for name, array in zip((s.weight.name, "d" + s.weight.name), views, strict=True)
                        if s.weight.trainable or array is views[0]]
        self._regularized = [(w.regularizer, value, gradient) for w, value, gradient in trainable if w.regularizer]
        self._constrained = [(w.constraint, value) for w, value, _ in trainable if w.constraint]
