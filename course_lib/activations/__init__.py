"""Activation functions a = phi(z) and their derivatives.

``get("tanh")(z)`` gives phi(z); ``.derivative(z)`` gives phi'(z) of the elementwise ones; ``.vjp(z, dy)`` gives the
gradient with respect to z of a scalar whose gradient with respect to phi(z) is ``dy``. All arrays are float32 or
float64 and keep their dtype; ``z`` has any shape, softmax works along the last axis. ``activations.tanh`` is
``get("tanh")``; where a name is accepted, so is an instance with arguments of its own, such as ``ELU(alpha=0.5)``.

Nothing overflows for large |z|, and values, derivatives and ``vjp`` keep their digits there. ``backward``, which layers
use, takes slopes from a = phi(z) where that is cheaper: where a sigmoid or tanh is all but 1, the slope a (1 - a) or
1 - a^2 loses the digits that a has lost. Where phi has a kink, the docstring says what the derivative is.
"""

from typing import Any

from course_lib import _checks, _registry
from course_lib.activations.base import Activation
from course_lib.activations.piecewise import BoundedReLU, HardSigmoid, Identity, LeakyReLU, ReLU, Sign, Step
from course_lib.activations.rectifiers import ELU, GELU, SELU, SiLU, Softplus
from course_lib.activations.saturating import Sigmoid, Softmax, Softsign, Tanh

_identity, _step, _silu = Identity(), Step(), SiLU()
ACTIVATIONS: dict[str, Activation] = {
    "linear": _identity, "identity": _identity, "step": _step, "heaviside": _step, "sign": Sign(),
    "sigmoid": Sigmoid(), "tanh": Tanh(), "softsign": Softsign(), "hard_sigmoid": HardSigmoid(),
    "relu": ReLU(), "relu6": BoundedReLU(), "leaky_relu": LeakyReLU(), "elu": ELU(), "selu": SELU(),
    "softplus": Softplus(), "silu": _silu, "swish": _silu, "gelu": GELU(), "softmax": Softmax(),
}
LAYERS_ONLY = {"prelu": "layers.PReLU()", "rrelu": "layers.RReLU()"}


def get(identifier: str | dict[str, Any] | Activation | None) -> Activation:
    """The activation of that name, or from what ``serialize`` gave; an ``Activation`` is returned as it is.

    None means "linear", as in Keras. Raises ValueError for an unknown name, with the known ones listed.
    """
    if identifier is None:
        return ACTIVATIONS["linear"]
    if isinstance(identifier, Activation):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, Activation):
        return identifier()
    if isinstance(identifier, str) and identifier in LAYERS_ONLY:
        raise ValueError(f"{identifier!r} is not a function of z alone; use the layer {LAYERS_ONLY[identifier]}")
    return deserialize(identifier)


def serialize(activation: Activation) -> str | dict[str, Any]:
    """The name under which ``get`` finds it again; with arguments of its own, a JSON value."""
    name = _checks.registered_name("activation", activation, {name: type(a) for name, a in ACTIVATIONS.items()})
    config = activation.get_config()
    return name if config == ACTIVATIONS[name].get_config() else {"name": name, "config": config}


def deserialize(data: str | dict[str, Any]) -> Activation:
    """The inverse of ``serialize``."""
    if isinstance(data, dict):
        return _registry.deserialize("activation", data, {name: type(a) for name, a in ACTIVATIONS.items()})
    return _checks.lookup("activation", data, ACTIVATIONS)


def __getattr__(name: str) -> Activation:
    """``activations.relu`` is ``get("relu")``: Keras's functions are found under their names."""
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["ACTIVATIONS", "ELU", "GELU", "SELU", "Activation", "BoundedReLU", "HardSigmoid", "Identity", "LeakyReLU",
           "ReLU", "SiLU", "Sigmoid", "Sign", "Softmax", "Softplus", "Softsign", "Step", "Tanh", "deserialize", "get",
           "serialize"]
