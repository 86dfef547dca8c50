"""An activation function as a layer of its own."""

from typing import Any

from course_lib import activations
from course_lib.layers.base import Layer


class Activation(Layer):
    """A = phi(X)  (eq. 2.2).

    Shapes: x (m, ...) -> a (m, ...). activation: a name, or None for the identity.
    """

    def __init__(self, activation: Any, name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.activation = activations.get(activation)

    def forward(self, x, training=False):
        self.z = x
        self.a = self.activation.value(x, out=self.buffer("a", x.shape))
        return self.a

    def backward(self, da, input_gradient=True):
        if not input_gradient:
            return None
        return self.activation.backward(self.z, self.a, da, out=self.buffer("dx", da.shape))

    def backward_from_logits(self, dz, input_gradient=True):
        return dz if input_gradient else None

    def get_config(self):
        return {"name": self.name, "activation": activations.serialize(self.activation)}
