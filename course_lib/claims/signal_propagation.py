"""E03: how signals and gradients pass through twenty layers before any training."""

import numpy as np

from course_lib import activations, initializers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Measured, Within

# Starts that have no name of their own; the others are Keras's names.
STARTS = {
    "normal_1": initializers.RandomNormal(0.0, 1.0),
    "standard_uniform": initializers.VarianceScaling(1 / 3, "fan_in", "uniform"),      # U(-1/sqrt(n), 1/sqrt(n))
    "he_average": initializers.VarianceScaling(2.0, "fan_avg", "truncated_normal"),
}


def measure(cell, seed, settings):
    """Profiles over the layers, l = 1, ..., L: of z, of a, and of the error terms for a unit gradient at the output."""
    rng = np.random.default_rng([seed, cell["width"]])
    activation = activations.get(cell["activation"])
    start = initializers.get(settings["starts"].get(cell["initializer"], cell["initializer"]))
    shape = (settings["rows"], cell["width"])
    kernels, sums, outputs = [], [], [rng.standard_normal(shape)]
    for _ in range(settings["layers"]):
        kernels.append(start((cell["width"], cell["width"]), rng=rng, dtype="float64"))
        sums.append(outputs[-1] @ kernels[-1])                                  # Z = A W
        outputs.append(activation(sums[-1]))                                    # A = phi(Z)
    gradient, deltas = rng.standard_normal(shape), []                           # type: ignore[var-annotated]
    for kernel, z in zip(reversed(kernels), reversed(sums), strict=True):
        deltas.insert(0, gradient * activation.derivative(z))                   # eq. (2.16)
        gradient = deltas[0] @ kernel.T                                         # eq. (2.15)
    rms = [np.sqrt(np.mean(delta ** 2)) for delta in deltas]
    return {
        "std_z": [z.std() for z in sums],
        "std_a": [a.std() for a in outputs[1:]],
        "mean_a": [a.mean() for a in outputs[1:]],
        "beyond_4": [np.mean(np.abs(z) > 4) for z in sums],
        "rms_delta": rms,
        "median_delta": [np.median(np.abs(delta)) for delta in deltas],
        "log10_gradient_ratio": np.log10(rms[0] / rms[-1]),
        "last_std_z": sums[-1].std(),
        "last_std_a": outputs[-1].std(),
        "second_variance_z": sums[1].var(),
        "largest_variance_a": max(a.var() for a in outputs[1:]),
    }


def at(measure: str, activation: str, initializer: str, width: int = 100) -> Measured:
    """A measure of one start; widths are 100 unless said otherwise."""
    return Measured(measure, activation=activation, initializer=initializer, width=width)


def ratio(activation: str, initializer: str, width: int = 100) -> Measured:
    return at("log10_gradient_ratio", activation, initializer, width)


KEPT = {"low": -1.0, "high": 1.0}           # within a factor of ten from layer 20 down to layer 1

CLAIMS = (
    Claim("gradients-vanish", "With weights from U(-1/sqrt(n), 1/sqrt(n)), the usual start before 2010, gradients of a "
          "deep tanh network shrink on their way down.", ("glorot2010", "larson"),
          Within(ratio("tanh", "standard_uniform"), high=-3.0)),
    Claim("gradients-explode", "With large weights gradients can grow on their way down.",
          ("geron2022", "esparza2023"), Within(ratio("tanh", "normal_1"), low=3.0)),
    Claim("glorot-keeps-tanh", "Glorot initialization keeps the gradients of a deep tanh network at one size.",
          ("glorot2010", "larson"), Within(ratio("tanh", "glorot_normal"), **KEPT)),
    Claim("glorot-cures-sigmoid", "Glorot initialization keeps the gradients of a deep sigmoid network from vanishing.",
          ("geron2022", "umass", "esparza2023"), Within(ratio("sigmoid", "glorot_normal"), **KEPT)),
    Claim("four-times-cures-sigmoid", "Four times Glorot's weights keep the gradients of a deep sigmoid network at one "
          "size.", ("larson",), Within(ratio("sigmoid", "sigmoid_glorot_normal"), **KEPT)),
    Claim("normal-sigmoid-vanishes", "In a deep sigmoid network with N(0, 1) weights the gradients vanish.",
          ("geron2022", "umass", "esparza2023"),
          All(Within(ratio("sigmoid", "normal_1"), high=-1.0), Within(ratio("sigmoid", "normal_1", 300), high=-1.0))),
    Claim("outputs-vary-more", "In a sigmoid network with N(0, 1) weights the outputs of a layer vary much more than "
          "its inputs.", ("umass", "esparza2023"),
          Within(at("largest_variance_a", "sigmoid", "normal_1"), low=1.0)),
    Claim("sums-vary-more", "In a sigmoid network with N(0, 1) weights the weighted sums vary much more than the "
          "network's inputs.", ("glorot2010",), Within(at("last_std_z", "sigmoid", "normal_1"), low=3.0)),
    Claim("slide-variance", "The sums of a sigmoid network's second layer have the variance n Var[w] Var[a], as if the "
          "outputs below had mean 0.", ("larson",),
          Within(at("second_variance_z", "sigmoid", "glorot_normal"), high=0.1)),
    Claim("he-keeps-relu", "He initialization keeps the gradients of a deep ReLU network at one size, Glorot's does "
          "not.", ("he2015", "geron2022", "umass", "esparza2023"),
          All(Within(ratio("relu", "he_normal"), **KEPT), Within(ratio("relu", "glorot_normal"), high=-1.0))),
    Claim("lecun-keeps-selu", "LeCun initialization keeps the outputs of a deep SELU network at deviation 1, He's does "
          "not.", ("klambauer2017", "geron2022", "umass", "esparza2023"),
          All(Within(at("last_std_a", "selu", "lecun_normal"), 0.8, 1.25),
              Within(at("last_std_a", "selu", "he_normal"), low=2.0))),
    Claim("he-average-keeps-silu", "The factor that suits ReLU suits SiLU, too: the sums keep their size.", ("larson",),
          Within(at("last_std_z", "silu", "he_average"), 0.5, 2.0)),
)

PAIRS = (("sigmoid", "normal_1"), ("sigmoid", "glorot_normal"), ("sigmoid", "sigmoid_glorot_normal"),
         ("tanh", "normal_1"), ("tanh", "standard_uniform"), ("tanh", "glorot_normal"), ("relu", "glorot_normal"),
         ("relu", "he_normal"), ("selu", "lecun_normal"), ("selu", "he_normal"), ("silu", "he_average"))

PROTOCOL = Protocol(
    id="E03", title="Signals and gradients at the start", data="generated",
    settings={"rows": 500, "layers": 20,
              "starts": {name: initializers.serialize(start) for name, start in STARTS.items()}},
    cells=tuple({"activation": activation, "initializer": initializer, "width": width}
                for activation, initializer in PAIRS
                for width in ((30, 100, 300) if initializer == "normal_1" and activation == "sigmoid" else (100,))),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS)
