"""How a stack of leaky layers changes signals and gradients, by the theory."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def stack_factors(widths, var_w, alpha):
    forward = backward = 1.0
    for fan_in, fan_out, variance in zip(widths[1:-1], widths[2:], var_w[1:], strict=True):
        share = variance * (1 + alpha**2) / 2
        forward *= fan_in * share
        backward *= fan_out * share
    return forward, backward


# --- every path through the layers, as the independent reference


def reference(widths, var_w, alpha):
    """Mean squares of single units: those of a layer are those below it times a matrix that holds Var[w]."""
    signs = np.array([-1.0, 1.0])                               # z is as often negative as positive
    share = np.mean(np.where(signs > 0, signs, alpha * signs) ** 2)
    paths = np.eye(widths[1])                                   # from the units of layer 1
    for fan_in, fan_out, variance in zip(widths[1:-1], widths[2:], var_w[1:], strict=True):
        paths = share * paths @ np.full((fan_in, fan_out), variance)
    return float(paths.sum(axis=0).mean()), float(paths.sum(axis=1).mean())


# --- cases: no two neighbours are equally wide but once, and the slopes differ


def cases(rng):
    def case(alpha, *widths):
        var_w = [round(float(rng.uniform(1.1, 1.9)) / n, 4) for n in widths[:-1]]
        return Case((list(widths), var_w, alpha))

    yield case(0.3, 7, 5, 3)
    yield case(0.0, 64, int(rng.integers(20, 40)), int(rng.integers(50, 70)), 10)
    yield case(0.25, 12, 30, int(rng.integers(5, 15)), 20, 16)
    yield case(1.0, 6, 9, 4, 11)                                # slope 1 on both sides: no activation
    yield case(0.6, 8, int(rng.integers(9, 20)), 7, 30, 5)
    yield case(0.2, 5, 8)                                       # one layer: nothing to step over


# --- mistakes and other right ways


def _factors(widths, var_w, alpha, *, share=lambda alpha: (1 + alpha**2) / 2, first=1, weight=lambda v: v,
             finish=lambda forward, backward: (forward, backward), back_share=None):
    forward = backward = 1.0
    for fan_in, fan_out, variance in zip(widths[first:-1], widths[first + 1:], var_w[first:], strict=True):
        forward *= fan_in * weight(variance) * share(alpha)
        backward *= fan_out * weight(variance) * (back_share or share)(alpha)
    return finish(forward, backward)


def _with(**changes):
    return lambda widths, var_w, alpha: _factors(widths, var_w, alpha, **changes)


def kernel_below(widths, var_w, alpha):
    return stack_factors(widths, [var_w[0], *var_w[:-1]], alpha)


def _both(n):
    """One fan for both ways."""
    def factors(widths, var_w, alpha):
        forward, backward = stack_factors(widths, var_w, alpha)
        return (forward, forward) if n == "in" else (backward, backward)
    return factors


def added(widths, var_w, alpha):
    steps = [stack_factors([0, *pair], [0, v], alpha)
             for pair, v in zip(zip(widths[1:-1], widths[2:], strict=True), var_w[1:], strict=True)]
    return tuple(1 + sum(step[way] - 1 for step in steps) for way in (0, 1))


def to_the_last_output(widths, var_w, alpha):
    """One share more: the output of layer L against the sums of layer 1, and the gradient at that output."""
    share = (1 + alpha**2) / 2
    forward, backward = stack_factors(widths, var_w, alpha)
    return share * forward, share * backward


def right_with_products(widths, var_w, alpha):
    steps = len(widths) - 2
    common = math.prod(var_w[1:]) * (0.5 + alpha * alpha / 2) ** steps
    return common * math.prod(widths[1:-1]), common * math.prod(widths[2:])


def right_by_the_ends(widths, var_w, alpha):
    forward, _ = stack_factors(widths, var_w, alpha)
    return [forward, forward * widths[-1] / widths[1]]


STACK_FACTORS = Exercise(
    name="stack_factors", number=0, chapter="04_initialization", core=True, level=2, minutes=15, points=3,
    title="Both ways through a stack",
    prompt=r"""
Dense layers of different widths stand on each other. `widths` is $[n_0, n_1, \dots, n_L]$, `var_w` the variances of
the weights, $[v_1, \dots, v_L]$: the kernel of layer $l$ leads from $n_{l-1}$ units to $n_l$. The weights are symmetric
about 0, the biases are 0, and the activation is a leaky ReLU: $\varphi(z) = z$ for $z > 0$ and $\alpha z$ below.

By the theory, what are these two factors?

$$\frac{\mathrm{E}\big[(z^{(L)})^2\big]}{\mathrm{E}\big[(z^{(1)})^2\big]}
\qquad \text{and} \qquad
\frac{\mathrm{E}\big[(\delta^{(1)})^2\big]}{\mathrm{E}\big[(\delta^{(L)})^2\big]}$$

Here $\delta^{(l)} = \partial J/\partial z^{(l)}$, and gradients count as independent of the layers that they reach.
""",
    arguments={"widths": "list of L + 1 ints, n_0 to n_L", "var_w": "list of L floats, v_1 to v_L",
               "alpha": "float, the slope below 0"},
    returns="(forward, backward): two floats, factors of mean squares",
    outputs=("forward", "backward"),
    hints=("From layer 1 to layer L there are L - 1 steps. Kernel 1 takes part in none of them.",
           "A step forward: through the activation, then through the kernel of the next layer. How much of the mean "
           "square does each leave?",
           "A step backward: through the same kernel, a sum over its outputs, then times the slope. "
           "What is the mean square of the slope?"),
    solution=stack_factors, reference=reference, cases=cases, variants=(right_with_products, right_by_the_ends),
    misconceptions=(
        Misconception("exchanged", "The two ways are exchanged. Forward a unit sums over its inputs, backward over "
                      "the units that it feeds.", (_with(finish=lambda forward, backward: (backward, forward)),)),
        Misconception("one-fan-for-both", "One number of terms serves both ways. Forward it is the fan-in of each "
                      "kernel, backward the fan-out.", (_both("in"), _both("out"))),
        Misconception("no-activation", "The activation has no share in this. It makes the half of the values that "
                      "are negative smaller.", (_with(share=lambda alpha: 1.0),)),
        Misconception("relu", "This is right for ReLU. A leaky ReLU lets a part of the negative half through.",
                      (_with(share=lambda alpha: 0.5),)),
        Misconception("share-without-its-half", "Both halves count in full here. Each is half of the values.",
                      (_with(share=lambda alpha: 1 + alpha**2),)),
        Misconception("slope-not-squared", "The slope enters as it is. In a mean square it stands squared.",
                      (_with(share=lambda alpha: (1 + alpha) / 2), _with(back_share=lambda alpha: (1 + alpha) / 2))),
        Misconception("mean-of-slopes-squared", "The mean of the slopes is squared. Square them first, then take "
                      "the mean.", (_with(share=lambda alpha: ((1 + alpha) / 2)**2),
                                    _with(back_share=lambda alpha: ((1 + alpha) / 2)**2))),
        Misconception("slopes-left-out-backward", "Backward the activation is missing. Each error term is the "
                      "gradient from above times a slope.", (_with(back_share=lambda alpha: 1.0),)),
        Misconception("from-the-inputs", "The first kernel is included. It leads from the inputs to layer 1, where "
                      "the count begins.", (_with(first=0),)),
        Misconception("stops-too-early", "There is a layer more. From layer 1 to layer L are L - 1 steps.",
                      (lambda widths, var_w, alpha: stack_factors(widths[:-1], var_w[:-1], alpha),)),
        Misconception("one-share-too-many", "One activation too many: z of layer L has not been through its own.",
                      (to_the_last_output,)),
        Misconception("kernel-below", "A step takes the variance of the wrong kernel. Between layers l - 1 and l "
                      "stands kernel l.", (kernel_below,)),
        Misconception("std-for-variance", "These are factors of root mean squares, or the roots of the variances "
                      "are multiplied. Mean squares go with variances.",
                      (_with(finish=lambda forward, backward: (math.sqrt(forward), math.sqrt(backward))),
                       _with(weight=math.sqrt))),
        Misconception("added-up", "Changes of the layers are added up. Factors multiply.", (added,)),
    ),
)
