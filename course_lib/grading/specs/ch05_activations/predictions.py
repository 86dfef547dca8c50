"""What a reader of chapter 05 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, activations, datasets, initializers, layers, optimizers

from ...spec import Choice, Prediction

WIDTH = 100
FAR = -20.0                                 # the bias that buries a unit


def classifier(activation: str | activations.Activation, depth: int, learning_rate: float, bias: float = 0.0,
               seed: int = 0, start: str = "glorot_uniform") -> Sequential:
    """A network for the digits, compiled; the biases of its first layer start at `bias`."""
    hidden = [layers.Dense(WIDTH, activation=activation, kernel_initializer=start,
                           bias_initializer=initializers.Constant(bias if first else 0.0))
              for first in (number == 0 for number in range(depth))]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def buried_accuracy(activation: str | activations.Activation, seed: int = 0) -> float:
    """Training accuracy after 20 epochs, of one hidden layer whose biases start at -20."""
    train, _, _ = datasets.digits.load_splits()
    network = classifier(activation, 1, 0.05, FAR, seed)
    return network.fit(*train, epochs=20, verbose=0).history["accuracy"][-1]


def _who_comes_back() -> str:
    relu, elu, leaky = (buried_accuracy(name) > 0.5 for name in ("relu", "elu", "leaky_relu"))
    if not leaky:
        return "d"
    return "c" if relu else "a" if elu else "b"


BURIED = Prediction(
    name="buried_prediction", title="Who comes back?",
    prompt="Three networks with one hidden layer of 100 units learn the digits. All hidden biases start at $-20$, so "
           "that at first every $z$ is far below 0. One has ReLU, one ELU with $\\alpha = 1$, one leaky ReLU with "
           "$\\alpha = 0.2$. Which of them get most of the digits right after 20 epochs?",
    choices={
        "a": Choice("ELU and leaky ReLU: both have a slope above 0 everywhere.",
                    "ELU's slope at $-20$ is $e^{-20}$, about $2 \\cdot 10^{-9}$. That is above 0 and of no use: the "
                    "network stays at chance, like the one with ReLU.", "above-zero-is-enough"),
        "b": Choice("Leaky ReLU alone.",
                    "Right. Its slope is 0.2 however far below 0 the unit is. ReLU's is 0, and ELU's is $e^{-20}$, "
                    "about $2 \\cdot 10^{-9}$: both networks stay at chance."),
        "c": Choice("All three: training moves the biases back.",
                    "A bias moves by its gradient, and the gradient has the slope as a factor. With ReLU it is 0, with "
                    "ELU next to nothing.", "biases-recover"),
        "d": Choice("None of them.",
                    "A leaky ReLU far below 0 is a straight line with slope 0.2. The network is a linear classifier "
                    "there, and learns like one.", "nobody"),
    }, observe=_who_comes_back)


OF_ITS_OWN = {"relu": ("he_normal", 0.3), "sigmoid": ("sigmoid_glorot_normal", 1.0)}         # start, learning rate


def two_layers(activation: str, seed: int = 0) -> float:
    """Validation accuracy after 20 epochs, of two hidden layers."""
    train, validation, _ = datasets.digits.load_splits()
    start, rate = OF_ITS_OWN[activation]
    network = classifier(activation, 2, rate, seed=seed, start=start)
    return network.fit(*train, epochs=20, validation_data=validation, verbose=0).history["val_accuracy"][-1]


def _sigmoid_or_relu() -> str:
    sigmoid, relu = two_layers("sigmoid"), two_layers("relu")
    if sigmoid < 0.2:
        return "a"
    return "b" if sigmoid < relu - 0.03 else "d" if sigmoid > relu + 0.03 else "c"


SHALLOW_SIGMOID = Prediction(
    name="shallow_sigmoid_prediction", title="A sigmoid with two hidden layers",
    prompt="Two hidden layers of 100 units on the digits, 20 epochs of SGD: once with ReLU, He's weights and a "
           "learning rate of 0.3, once with the sigmoid, four times Glorot's weights and a rate of 1. Compare the "
           "share of validation digits they get right.",
    choices={
        "a": Choice("The sigmoid network stays at chance.",
                    "Through two layers a sixteenth of the gradient can arrive, and larger weights and a larger "
                    "learning rate make up for that.", "sigmoids-never-learn"),
        "b": Choice("The sigmoid is clearly behind, by more than 3 in a hundred.",
                    "With the same start and rate it would learn more slowly. Each has its own here.",
                    "sigmoid-always-behind"),
        "c": Choice("They are within 3 in a hundred of each other.",
                    "Right. In a shallow network, with a start and a learning rate of its own, the sigmoid does as "
                    "well as ReLU, up to what the seeds make. The trouble with it is depth."),
        "d": Choice("The sigmoid is clearly ahead, by more than 3 in a hundred.",
                    "It catches up, no more.", "sigmoid-ahead"),
    }, observe=_sigmoid_or_relu)


def deep_selu(rows: int = 500, depth: int = 100, seed: int = 0) -> list[tuple[float, float]]:
    """Mean and deviation of the outputs of each SELU layer, for inputs drawn from U(0, 1)."""
    hidden = [layers.Dense(WIDTH, activation="selu", kernel_initializer="lecun_normal") for _ in range(depth)]
    network = Sequential([Input((WIDTH,)), *hidden], seed=seed, dtype="float64")
    network(np.random.default_rng(seed + 1).random((rows, WIDTH)))
    return [(float(layer.a.mean()), float(layer.a.std())) for layer in network.layers]


def _after_unit_inputs() -> str:
    mean, deviation = deep_selu()[-1]
    if deviation < 0.5:
        return "a" if abs(mean) > 0.3 else "d"
    return "b" if deviation < 1.5 and abs(mean) < 0.3 else "c"


UNSTANDARDISED = Prediction(
    name="unstandardised_prediction", title="SELU without standardised inputs",
    prompt="100 SELU layers of 100 units with LeCun's weights. Self-normalization asks for inputs of mean 0 and "
           "variance 1; these come from $U(0, 1)$, with mean 0.5 and standard deviation 0.29. What comes out at the "
           "top?",
    choices={
        "a": Choice("Mean 0.5 and deviation 0.29: what comes in is kept.",
                    "Only mean 0 and variance 1 are kept. Everything else near it is drawn there.", "keeps-anything"),
        "b": Choice("Mean near 0 and deviation near 1, as if the inputs had been standardised.",
                    "Right. Mean 0 and variance 1 are a fixed point that attracts: after some layers the start is "
                    "forgotten. Standardising is good advice, for these first layers."),
        "c": Choice("The deviation explodes.",
                    "It would with larger weights, He's for instance. SELU's negative side damps what is too large.",
                    "explodes"),
        "d": Choice("Everything goes to 0.",
                    "Small signals are amplified: near 0 SELU's slope is above 1 on both sides.", "vanishes"),
    }, observe=_after_unit_inputs)

PREDICTIONS = (BURIED, SHALLOW_SIGMOID, UNSTANDARDISED)
