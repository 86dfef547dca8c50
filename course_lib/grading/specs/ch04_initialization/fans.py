"""Exercise 28: fan-in and fan-out of a kernel."""

import math

import numpy as np

from ...spec import Case, Exercise, Misconception

# --- what a good student writes


def fans(shape):
    field = 1
    for size in shape[:-2]:
        field *= size
    return field * shape[-2], field * shape[-1]


# --- counted on a kernel of ones, as the independent reference


def reference(shape):
    """A unit's sum over its inputs, and how many products one input takes part in."""
    kernel = np.ones(shape)
    into_a_unit, out_of_an_input = kernel[..., 0], kernel[..., 0, :]
    return int(into_a_unit.sum()), int(out_of_an_input.sum())


# --- cases: all sizes differ, so that no two ways of multiplying them agree in every case


def cases(rng):
    def size(low, high):
        return int(rng.integers(low, high))

    yield Case(((784, 100),))
    yield Case(((size(2, 6), size(6, 12)),))                            # a dense kernel
    width = size(20, 60)
    yield Case(((width, width),))
    yield Case(((3, 3, 16, 32),))                                       # an image: 3 x 3 pixels, 16 channels into 32
    yield Case(((size(2, 4), size(4, 7), size(8, 12), size(13, 20)),))
    yield Case(((5, size(6, 9), size(10, 14)),))                        # a convolution along one axis
    yield Case(((2, 3, 4, size(5, 8), size(9, 12)),))                   # and along three


# --- mistakes and other right ways


def swapped(shape):
    return fans(shape)[::-1]


def ignores_receptive_field(shape):
    return shape[-2], shape[-1]


def field_only_in_fan_in(shape):
    return math.prod(shape[:-1]), shape[-1]


def field_only_in_fan_out(shape):
    return shape[-2], math.prod(shape[:-2]) * shape[-1]


def first_two_axes(shape):
    return shape[0], shape[1]


def first_and_last_axis(shape):
    return shape[0], shape[-1]


def one_axis_of_the_field(shape):
    field = shape[0] if len(shape) > 2 else 1
    return field * shape[-2], field * shape[-1]


def squared_first_axis(shape):
    field = shape[0] ** (len(shape) - 2)
    return field * shape[-2], field * shape[-1]


def sum_of_the_field(shape):
    field = sum(shape[:-2]) or 1
    return field * shape[-2], field * shape[-1]


def channels_first(shape):
    field = math.prod(shape[2:])
    return field * shape[1], field * shape[0]


def channels_first_in_convolutions(shape):
    return shape if len(shape) == 2 else channels_first(shape)


def whole_kernel(shape):
    return math.prod(shape), math.prod(shape)


def right_with_prod(shape):
    *field, c_in, c_out = shape
    return int(np.prod(field)) * c_in, int(np.prod(field)) * c_out


def right_by_division(shape):
    total = np.prod(shape)
    return [total // shape[-1], total // shape[-2]]


FANS = Exercise(
    name="fans", number=28, chapter="04_initialization", core=False, level=1, minutes=5, points=1,
    title="Fan-in and fan-out",
    prompt=r"""
Initializers need to know how many terms a unit sums up, its **fan-in**, and in how many sums one input takes part, the
**fan-out**. Read both off the shape of a kernel:

- a dense layer's kernel has the shape $(n_{in}, n_{out})$;
- a convolution's kernel has the shape $(k_1, \dots, k_d, c_{in}, c_{out})$. A unit sees all $c_{in}$ channels at every
  one of the $k_1 \cdots k_d$ places of its receptive field, and an input reaches all $c_{out}$ channels at as many
  places.
""",
    arguments={"shape": "tuple of two or more ints, (n_in, n_out) or (k_1, ..., k_d, c_in, c_out)"},
    returns="(fan_in, fan_out): two ints",
    outputs=("fan_in", "fan_out"),
    hints=("The two channel counts are always the last two entries.",
           "Multiply all entries before them. For a dense kernel there are none, and their product is 1.",
           "For the shape (3, 3, 16, 32) the fan-in is 144."),
    solution=fans, reference=reference, cases=cases, variants=(right_with_prod, right_by_division),
    misconceptions=(
        Misconception("swapped", "Fan-in and fan-out are exchanged. A kernel here has its inputs in the last axis "
                      "but one and its outputs in the last, as in X @ W.", (swapped,)),
        Misconception("ignores-receptive-field", "These are the numbers of channels. A unit of a convolution sums over "
                      "every place of its receptive field as well.", (ignores_receptive_field,)),
        Misconception("field-on-one-side-only", "The receptive field enters one of the two numbers only. A unit gets "
                      "terms from all its places, and an input goes out to as many places.",
                      (field_only_in_fan_in, field_only_in_fan_out)),
        Misconception("wrong-axes", "The channels are the last two axes of the shape. The first ones are the size of "
                      "the receptive field.", (first_two_axes, first_and_last_axis)),
        Misconception("one-axis-of-the-field", "The receptive field is counted by its first axis. It need not be "
                      "square: multiply the sizes of all its axes.", (one_axis_of_the_field, squared_first_axis)),
        Misconception("adds-the-field", "The sizes of the receptive field are added. A field of 3 by 3 has 9 places.",
                      (sum_of_the_field,)),
        Misconception("channels-first", "This reads the shape as PyTorch stores it, with outputs and inputs in front. "
                      "Here, as in Keras, they stand at the end.", (channels_first, channels_first_in_convolutions)),
        Misconception("whole-kernel", "This is the number of all weights. One unit has only its own share of them.",
                      (whole_kernel,)),
    ),
)
