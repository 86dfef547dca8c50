"""The fully connected layer."""

from typing import Any

import numpy as np

from course_lib import _checks, activations, constraints, initializers, regularizers
from course_lib.layers.base import Layer


class Dense(Layer):
    """Fully connected layer, Z = X W + b and A = phi(Z)  (eqs. 2.1 and 2.2).

    Shapes: x (m, n_in) -> a (m, units); kernel W (n_in, units); bias b (units,).
    units: n_out. activation: phi, a name or None for the identity. use_bias: default True.
    kernel_initializer: default "glorot_uniform"; bias_initializer: default "zeros". kernel_regularizer,
    bias_regularizer: added to the model's loss. kernel_constraint, bias_constraint: applied after each update.
    ``**kwargs``: name, trainable, dtype.
    """

    def __init__(self, units: int, activation: Any = None, use_bias: bool = True,
                 kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
                 *, kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
                 bias_constraint: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = _checks.integer("Dense", "units", units, low=1)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def create_weights(self, input_shape, rng):
        if len(input_shape) != 1:
            raise ValueError(f"{self._label()}: inputs must have shape (m, n_in), "
                             f"got {_checks.shape_text((None, *input_shape))}; put layers.Flatten() before")
        self.add_weight("kernel", (*input_shape, self.units), self.kernel_initializer, rng,
                        regularizer=self.kernel_regularizer, constraint=self.kernel_constraint)
        if self.use_bias:
            self.add_weight("bias", (self.units,), self.bias_initializer, rng,
                            regularizer=self.bias_regularizer, constraint=self.bias_constraint)

    def forward(self, x, training=False):
        self.x = x
        z = self.z = self.buffer("z", (len(x), self.units))
        np.matmul(x, self.kernel, out=z)                        # Z = X W
        if self.use_bias:
            z += self.bias                                      #       + b
        self.a = self.activation.value(z, out=self.buffer("a", z.shape))      # A = phi(Z)
        return self.a

    def backward(self, da, input_gradient=True):
        dz = self.buffer("dz", da.shape)
        self.activation.backward(self.z, self.a, da, out=dz)    # dJ/dZ = dJ/dA * phi'(Z)
        return self.backward_from_logits(dz, input_gradient)

    def backward_from_logits(self, dz, input_gradient=True):
        np.matmul(self.x.T, dz, out=self.dkernel)               # dJ/dW = X^T dJ/dZ
        if self.use_bias:
            dz.sum(axis=0, out=self.dbias)                      # dJ/db = sum_i dJ/dz_i
        if not input_gradient:
            return None
        dx = self.buffer("dx", self.x.shape)
        return np.matmul(dz, self.kernel.T, out=dx)             # dJ/dX = dJ/dZ W^T

    def output_shape(self, input_shape):
        return (self.units,)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "activation": activations.serialize(self.activation),
                "use_bias": self.use_bias,
                "kernel_initializer": initializers.serialize(self.kernel_initializer),
                "bias_initializer": initializers.serialize(self.bias_initializer),
                "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
                "bias_regularizer": regularizers.serialize(self.bias_regularizer),
                "kernel_constraint": constraints.serialize(self.kernel_constraint),
                "bias_constraint": constraints.serialize(self.bias_constraint)}
