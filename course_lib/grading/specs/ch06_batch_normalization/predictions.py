"""What a reader of chapter 06 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers

from ...spec import Choice, Prediction


def output_std(input_std: float = 0.01) -> float:
    """What a batch normalization with its default settings makes of a feature of that standard deviation."""
    x = np.random.default_rng(0).normal(scale=input_std, size=(100_000, 1))
    normalization = layers.BatchNormalization(dtype="float64")
    normalization.build((None, 1))
    return float(normalization.forward(x, training=True).std())


def _small_feature() -> str:
    std = output_std()
    return "a" if std > 0.99 else "b" if std > 0.1 else "c" if std > 0.02 else "d"


SMALL_FEATURE = Prediction(
    name="small_feature_prediction", title="A feature that hardly varies",
    prompt="A feature has the standard deviation 0.01. `BatchNormalization()` with Keras's default "
           "$\\varepsilon = 0.001$ normalizes it, in training, with $\\gamma = 1$. "
           "What is its standard deviation afterwards?",
    choices={
        "a": Choice("1, up to rounding: that is what normalizing does.",
                    "It divides by the root of the variance plus epsilon. The variance is 0.0001, and epsilon is ten "
                    "times larger.", "epsilon-is-negligible"),
        "b": Choice("About 0.3.",
                    "Right. 0.01 divided by the root of 0.0001 + 0.001 is 0.30: epsilon is ten times the variance."),
        "c": Choice("About 0.03.",
                    "That would be the root of epsilon. It stands below the line, in the divisor.", "root-of-epsilon"),
        "d": Choice("0.01: too small a feature is left alone.",
                    "There is no such rule. It is divided by 0.033, like any feature with that variance.",
                    "left-alone"),
    }, observe=_small_feature)


def sigmoid_network(momentum: float = 0.99, seed: int = 0) -> tuple[float, float]:
    """Training accuracy, and accuracy on the same data at inference, after 5 epochs on the digits of 5 hidden sigmoid
    layers with batch normalization."""
    train, _, _ = datasets.digits.load_splits()
    hidden: list[layers.Layer] = []
    for _ in range(5):
        hidden += [layers.Dense(100, use_bias=False), layers.BatchNormalization(momentum=momentum),
                   layers.Activation("sigmoid")]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    trained = network.fit(*train, epochs=5, verbose=0).history["accuracy"][-1]
    return trained, network.evaluate(*train)[1]                             # type: ignore[index]


def _learned() -> str:
    accuracy, _ = sigmoid_network()
    return "a" if accuracy < 0.2 else "b" if accuracy < 0.7 else "c"


SIGMOID_NORMALIZED = Prediction(
    name="sigmoid_normalized_prediction", title="Five sigmoid layers, normalized",
    prompt="In chapter 4, five hidden layers of 100 sigmoid units with Glorot's weights learned nothing of the digits "
           "in five epochs. Now a batch normalization stands before each sigmoid. Everything else is as it was. "
           "What is the accuracy in training at the end?",
    choices={
        "a": Choice("About 10 %, as before: the slope of a sigmoid is still at most 1/4.",
                    "It is. But the way back is divided by the deviation of z, which is small, and so the gradient "
                    "arrives. It reaches more than 90 %.", "slope-decides"),
        "b": Choice("About 50 %: better, as with the large weights of chapter 4.",
                    "The large weights sent noise back. Here no unit is saturated and all gradients have about one "
                    "size: more than 90 %.", "a-little-better"),
        "c": Choice("More than 90 %.",
                    "Right. Each z has mean 0 and deviation 1 over the batch, whatever the weights, and what comes "
                    "back is divided by the deviation that was taken out."),
    }, observe=_learned)


def _inferred() -> str:
    trained, inferred = np.mean([sigmoid_network(seed=seed) for seed in range(5)], axis=0)
    return "a" if inferred > trained - 0.05 else "b" if inferred > 0.5 else "c"


SIGMOID_INFERRED = Prediction(
    name="sigmoid_inferred_prediction", title="The same network, the same data, at inference",
    prompt="The training accuracy was measured on the way, in training mode. Now `evaluate` puts the same images "
           "through the trained network at inference, with the moving statistics. What is the accuracy, as the mean of "
           "five networks, seeds 0 to 4?",
    choices={
        "a": Choice("The same or a little better: the network went on learning while the accuracy was averaged.",
                    "That would be so if the layers computed the same in both modes. After 165 steps with momentum "
                    "0.99, 19 % of the moving statistics are still their start, 0 and 1, and five layers multiply the "
                    "error.",
                    "modes-are-equal"),
        "b": Choice("A little worse, by some points: running averages are not exact.",
                    "It is much worse. 19 % of the start are left in each of five layers, and the variances from the "
                    "second layer on are about 0.05, far from 1.", "small-gap"),
        "c": Choice("Less than half of the images are right.",
                    "Right. After 165 steps 19 % of the moving statistics are still their start, 0 and 1. From the "
                    "second layer on the true variances are far below 1, and the tracked ones five times too large; "
                    "the tracked means are wrong, too."),
    }, observe=_inferred)

PREDICTIONS = (SMALL_FEATURE, SIGMOID_NORMALIZED, SIGMOID_INFERRED)
