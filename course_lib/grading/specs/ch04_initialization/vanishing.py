"""Exercise 35: how much of the gradient arrives at the first layer."""

import numpy as np

from ...cases import normal
from ...drivers import Slope
from ...spec import Case, Exercise, Misconception
from ...values import Named

# --- what a good student writes


def vanishing_ratio(Ws, Zs, dact, dout):
    delta = dout * dact(Zs[-1])
    last = np.sqrt(np.mean(delta**2))
    for W, Z in zip(Ws[:0:-1], Zs[-2::-1], strict=True):
        delta = (delta @ W.T) * dact(Z)
    return np.sqrt(np.mean(delta**2)) / last


# --- the Jacobian of each example from below, as the independent reference


def reference(Ws, Zs, dact, dout):
    from course_lib import activations

    slope = activations.get(dact.name).derivative
    Zs = [Z.astype(np.float64) for Z in Zs]
    squares = {"first": 0.0, "last": 0.0}
    for i, row in enumerate(dout.astype(np.float64)):
        jacobian = np.eye(Zs[0].shape[1])                       # dz^(l) / dz^(1), which grows with l
        for W, Z in zip(Ws[1:], Zs[:-1], strict=True):
            jacobian = jacobian @ (slope(Z[i])[:, None] * W)
        delta = slope(Zs[-1][i]) * row
        squares["last"] += float(delta @ delta)
        squares["first"] += float(np.sum((jacobian @ delta) ** 2))
    return float(np.sqrt(squares["first"] / Zs[0].size) / np.sqrt(squares["last"] / Zs[-1].size))


# --- cases


def _case(rng, act, *widths, m=3, dtype=np.float64):
    """Kernels that keep the size of the gradient roughly; the first one is there and not needed."""
    Ws = [normal(rng, n, p, scale=1.4).astype(dtype) for n, p in zip(widths, widths[1:], strict=False)]
    Zs = [(normal(rng, m, n) + 0.2).astype(dtype) for n in widths[1:]]
    return Case((Ws, Zs, Named(Slope, (act,)), normal(rng, m, widths[-1]).astype(dtype)))


def cases(rng):
    yield _case(rng, "tanh", 2, 3, 2, m=2)
    yield _case(rng, "tanh", 3, 4, 2, 5)
    yield _case(rng, "sigmoid", 4, 4, 4, 4)                 # square: a missing transpose does not raise
    yield _case(rng, "tanh", 3, 3, 3, 3, 3, 3)
    yield _case(rng, "relu", 3, 6, 5, 4, m=8)
    yield _case(rng, "sigmoid", 3, 5, m=4)                  # one layer: the ratio is 1
    yield _case(rng, "tanh", 4, 3, 5, dtype=np.float32)


# --- mistakes and other right ways


def _rms(delta):
    return np.sqrt(np.mean(delta**2))


def _ratio(Ws, Zs, dact, dout, *, size=_rms, start=lambda dout, slope: dout * slope, back=lambda delta, W: delta @ W.T,
           onward=lambda delta, slope: delta * slope, kernels=lambda Ws: Ws[:0:-1], stop=None):
    delta = start(dout, dact(Zs[-1]))
    last = size(delta)
    for W, Z in list(zip(kernels(Ws), Zs[-2::-1], strict=False))[:stop]:
        delta = onward(back(delta, W), dact(Z))
    return size(delta) / last


def _with(**changes):
    return lambda Ws, Zs, dact, dout: _ratio(Ws, Zs, dact, dout, **changes)


def ratio_inverted(Ws, Zs, dact, dout):
    return 1 / _ratio(Ws, Zs, dact, dout)


def down_to_the_input(Ws, Zs, dact, dout):
    return _ratio(Ws, Zs, dact, dout) * _rms(_first(Ws, Zs, dact, dout) @ Ws[0].T) / _rms(_first(Ws, Zs, dact, dout))


def _first(Ws, Zs, dact, dout):
    """delta of layer 1."""
    delta = dout * dact(Zs[-1])
    for W, Z in zip(Ws[:0:-1], Zs[-2::-1], strict=True):
        delta = (delta @ W.T) * dact(Z)
    return delta


def at_the_outputs(Ws, Zs, dact, dout):
    """dJ/dA of the first layer against dJ/dA of the last."""
    dA = dout
    for W, Z in zip(Ws[:0:-1], Zs[:0:-1], strict=True):
        dA = (dA * dact(Z)) @ W.T
    return _rms(dA) / _rms(dout)


def first_against_dout(Ws, Zs, dact, dout):
    return _rms(_first(Ws, Zs, dact, dout)) / _rms(dout)


def only_the_first(Ws, Zs, dact, dout):
    return _rms(_first(Ws, Zs, dact, dout))


def derivative_of_the_layer_above(Ws, Zs, dact, dout):
    delta = dout * dact(Zs[-1])
    last = _rms(delta)
    for W, Z in zip(Ws[:0:-1], Zs[:0:-1], strict=True):
        delta = (delta @ W.T) * dact(Z)
    return _rms(delta) / last


def z_for_its_derivative(Ws, Zs, dact, dout):
    return _ratio(Ws, Zs, lambda Z: Z, dout)


def from_the_bottom(Ws, Zs, dact, dout):
    """The layers in the order of the forward pass."""
    delta = dout * dact(Zs[-1])
    last = _rms(delta)
    for W, Z in zip(Ws[1:], Zs[:-1], strict=True):
        delta = (delta @ W.T) * dact(Z)
    return _rms(delta) / last


def right_with_einsum(Ws, Zs, dact, dout):
    deltas = [np.multiply(dact(Zs[-1]), dout)]
    for layer in reversed(range(len(Ws) - 1)):
        deltas.append(dact(Zs[layer]) * np.einsum("mp,np->mn", deltas[-1], Ws[layer + 1]))
    mean_squares = [np.square(delta).mean() for delta in deltas]
    return (mean_squares[-1] / mean_squares[0]) ** 0.5


def right_with_norms(Ws, Zs, dact, dout):
    first, last = _first(Ws, Zs, dact, dout), dout * dact(Zs[-1])
    return float(np.linalg.norm(first) / np.linalg.norm(last) * np.sqrt(last.size / first.size))


VANISHING_RATIO = Exercise(
    name="vanishing_ratio", number=35, chapter="04_initialization", core=True, level=2, minutes=20, points=3,
    title="How much gradient arrives at the bottom?",
    prompt=r"""
Send a gradient down through $L$ dense layers and say how much of it arrives. Given is $\partial J/\partial A^{(L)}$ at
the output of the last layer. With

$$\begin{aligned}
\Delta^{(L)} &= \frac{\partial J}{\partial A^{(L)}} \odot \varphi'(Z^{(L)}), \\
\Delta^{(l)} &= \Delta^{(l+1)} {W^{(l+1)}}^\top \odot \varphi'(Z^{(l)}),
\end{aligned}$$

return

$$\frac{\mathrm{RMS}(\Delta^{(1)})}{\mathrm{RMS}(\Delta^{(L)})}, \qquad
\mathrm{RMS}(\Delta) = \sqrt{\text{mean of all entries of } \Delta \odot \Delta}.$$

Far below 1 the gradient vanishes, far above 1 it explodes. The kernel of layer 1 is in the list and is not needed: it
would take the gradient on to the inputs.
""",
    arguments={"Ws": "list of L float arrays, the kernels: W of layer l has the shape (n_{l-1}, n_l)",
               "Zs": "list of L float arrays, what enters the activations: Z of layer l has the shape (m, n_l)",
               "dact": "function of an array, the activation's derivative, elementwise",
               "dout": "(m, n_L) float array, the gradient at the output of layer L"},
    returns="a float, the ratio",
    hints=("Begin with the error of the last layer, and keep its RMS.",
           "Then step down: each step takes the kernel of the layer above and the Z of the layer itself.",
           "L layers make L - 1 steps. With one layer the ratio is 1."),
    solution=vanishing_ratio, reference=reference, cases=cases, variants=(right_with_einsum, right_with_norms),
    misconceptions=(
        Misconception("forgets-derivative", "The activation's derivative is missing on the way down. Every layer "
                      "multiplies the gradient by it, and that is what makes it vanish.",
                      (_with(onward=lambda delta, slope: delta),
                       _with(start=lambda dout, slope: dout, onward=lambda delta, slope: delta))),
        Misconception("derivative-missing-at-the-top", "The last layer's derivative is missing. What is given is the "
                      "gradient at its output; its error is one factor further.",
                      (_with(start=lambda dout, slope: dout),)),
        Misconception("forgets-transpose", "A kernel lacks its transpose. Backwards, the columns of the error meet the "
                      "kernel's outputs; with square kernels the mistake raises no exception.",
                      (_with(back=lambda delta, W: delta @ W),)),
        Misconception("ratio-inverted", "The ratio is upside down. The first layer goes on top: a gradient that "
                      "vanishes gives a small number.", (ratio_inverted,)),
        Misconception("down-to-the-input", "This goes one step too far, to the gradient at the inputs X. The error of "
                      "layer 1 does not involve the first kernel.", (down_to_the_input,)),
        Misconception("stops-too-early", "This stops at layer 2. L layers make L - 1 steps.",
                      (_with(stop=-1),)),
        Misconception("at-the-outputs", "These are gradients at the layers' outputs. The errors stand before the "
                      "activations, one derivative further, in the first layer and in the last.", (at_the_outputs,)),
        Misconception("against-dout", "The first layer's error is compared with the given gradient. Compare it with "
                      "the error of the last layer.", (first_against_dout,)),
        Misconception("not-a-ratio", "This is the size of the first layer's error. Divide it by that of the last "
                      "layer.", (only_the_first,)),
        Misconception("wrong-layer", "A step down takes a kernel or a Z of the wrong layer. It needs the kernel of the "
                      "layer above and the Z of the layer it arrives at.",
                      (derivative_of_the_layer_above, _with(kernels=lambda Ws: Ws[-2::-1]), from_the_bottom)),
        Misconception("z-for-its-derivative", "The error is multiplied by Z itself. The chain rule needs the "
                      "activation's derivative there.", (z_for_its_derivative,)),
        Misconception("norm-not-rms", "These are norms, which grow with the number of entries. Layers of different "
                      "width are compared by the mean of the squares.", (_with(size=np.linalg.norm),)),
        Misconception("no-root", "This is the ratio of the mean squares. Take the root.",
                      (_with(size=lambda delta: np.mean(delta**2)),)),
        Misconception("mean-absolute", "This compares mean absolute values. RMS is the root of the mean of the "
                      "squares.", (_with(size=lambda delta: np.mean(np.abs(delta))),)),
        Misconception("std-not-rms", "The mean of the entries is subtracted before they are squared. RMS leaves it "
                      "in.", (_with(size=np.std),)),
        Misconception("largest-entry", "This compares the largest entries. One entry says little about a layer: take "
                      "the mean of all squares.", (_with(size=lambda delta: np.abs(delta).max()),)),
    ),
)
