"""What a reader of chapter 04 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, datasets, initializers, layers, optimizers

from ...spec import Choice, Prediction

WIDTH, DEPTH, ROWS = 100, 20, 500


def stack(activation: str, kernel_initializer: str | initializers.Initializer, seed: int = 0) -> Sequential:
    """20 dense layers of 100 units."""
    hidden = [layers.Dense(WIDTH, activation=activation, kernel_initializer=kernel_initializer)
              for _ in range(DEPTH)]
    return Sequential([Input((WIDTH,)), *hidden], seed=seed, dtype="float64")


def last_std(activation: str, kernel_initializer: str, seed: int = 0) -> float:
    """Standard deviation of the outputs of layer 20 for standard normal inputs."""
    x = np.random.default_rng(seed + 1).standard_normal((ROWS, WIDTH))
    return float(stack(activation, kernel_initializer, seed).predict(x).std())


def _default_with_relu() -> str:
    std = last_std("relu", "glorot_uniform")
    return "b" if std < 1e-2 else "d" if std < 0.2 else "a" if std < 5 else "c"


RELU_DEFAULT = Prediction(
    name="relu_default_prediction", title="ReLU with the default weights",
    prompt="`Dense` starts with Glorot's weights unless told otherwise. Stack 20 such layers of 100 units with ReLU "
           "and send normal inputs through, of standard deviation 1. What is the standard deviation of the outputs "
           "of layer 20?",
    choices={
        "a": Choice("About 1: that is what the weights are scaled for.",
                    "They are scaled for an activation that lets everything through. ReLU sets half of the signal to "
                    "0, so each layer halves the mean square: 20 times that is a millionth, and its root a "
                    "thousandth.", "relu-changes-nothing"),
        "b": Choice("About a thousandth.",
                    "Right, or a little less. Each layer halves the mean square of the signal, since ReLU sets half of "
                    "it to 0. 20 halvings make a millionth, and the root of that is a thousandth."),
        "c": Choice("In the hundreds: ReLU has no upper end, so the signal grows.",
                    "ReLU leaves positive values as they are and takes the others away: it can only make the signal "
                    "smaller. The weights do not make up for that.", "relu-is-unbounded"),
        "d": Choice("About a twentieth: each of the 20 layers takes its share.",
                    "Shares are multiplied, not added. Each layer leaves half of the mean square, so 20 layers leave "
                    "a millionth of it, a thousandth of the deviation.", "losses-add-up"),
    }, observe=_default_with_relu)


def gradient_sizes(kernel_initializer: str | initializers.Initializer, seed: int = 0) -> list[np.ndarray]:
    """Absolute errors |dJ/dZ| of the 20 sigmoid layers, from the first, for a normal gradient at the last output."""
    rng = np.random.default_rng(seed + 1)
    network = stack("sigmoid", kernel_initializer, seed)
    signal = rng.standard_normal((ROWS, WIDTH))
    for layer in network.layers:
        signal = layer.forward(signal, training=True)
    gradient, sizes = rng.standard_normal((ROWS, WIDTH)), []
    for layer in reversed(network.layers):
        sizes.append(np.abs(layer.activation.vjp(layer.z, gradient)))
        gradient = layer.backward(gradient)
    return sizes[::-1]


def root_mean_square(values: np.ndarray) -> float:
    """RMS of all entries."""
    return float(np.sqrt(np.mean(values**2)))


def _saturated() -> str:
    first, *_, last = map(root_mean_square, gradient_sizes(initializers.RandomNormal(stddev=1.0)))
    ratio = first / last
    return "a" if ratio < 1e-6 else "c" if ratio < 0.1 else "b" if ratio < 10 else "d"


SATURATED_GRADIENT = Prediction(
    name="saturated_gradient_prediction", title="A gradient through saturated units",
    prompt="20 sigmoid layers of 100 units, all weights standard normal. In the first layer more than two "
           "thirds of the units are saturated: $|z| > 4$, the slope below 0.018. Compare the gradient at the first "
           "layer with the one at the last, as root mean squares.",
    choices={
        "a": Choice("It has vanished: a millionth or less is left.",
                    "The slopes alone would do that. But every step down also multiplies by the kernel, and weights "
                    "as large as these make up for it. With Glorot's small weights it does vanish: $10^{-12}$.",
                    "slopes-without-weights"),
        "b": Choice("It is about as large as at the last layer.",
                    "Right, within a factor of 10: the large weights make up for the small slopes. But look at the "
                    "single numbers. Most are next to nothing and a few are huge: half of them are below "
                    "$5 \\cdot 10^{-4}$."),
        "c": Choice("It is somewhat smaller, between a tenth and a millionth.",
                    "Most of its entries are, but a few are so large that the root mean square keeps its size. The "
                    "weights that saturate the units also enlarge what comes down.", "a-little-smaller"),
        "d": Choice("It has exploded: at least ten times larger.",
                    "The weights alone would do that. The slopes take about as much away: with 100 units in a layer "
                    "the two nearly balance.", "weights-without-slopes"),
    }, observe=_saturated)


def sigmoid_accuracy(kernel_initializer: str | initializers.Initializer, seed: int = 0) -> float:
    """Training accuracy on the digits after 5 epochs, of 5 hidden sigmoid layers."""
    train, _, _ = datasets.digits.load_splits()
    hidden = [layers.Dense(WIDTH, activation="sigmoid", kernel_initializer=kernel_initializer) for _ in range(5)]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(learning_rate=0.05), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return network.fit(*train, batch_size=32, epochs=5, verbose=0).history["accuracy"][-1]


def _better_start() -> str:
    glorot, normal = sigmoid_accuracy("glorot_uniform"), sigmoid_accuracy(initializers.RandomNormal(stddev=1.0))
    if max(glorot, normal) < 0.2:
        return "c"
    return "a" if glorot > normal + 0.1 else "b" if normal > glorot + 0.1 else "d"


SIGMOID_TRAINING = Prediction(
    name="sigmoid_training_prediction", title="Two starts for a sigmoid network",
    prompt="Two networks with five hidden layers of 100 sigmoid units learn the digits for five epochs with SGD and a "
           "learning rate of 0.05. One starts with Glorot's weights, the other with standard normal ones, which "
           "saturate most of its units. Which one does better on the training data?",
    choices={
        "a": Choice("The one with Glorot's weights: its units are not saturated.",
                    "They are not, and still it stays at chance, 10 %. Each sigmoid layer leaves a quarter of the "
                    "gradient, and of the differences between examples. The saturated network reaches about 50 %.",
                    "glorot-fixes-it"),
        "b": Choice("The one with standard normal weights.",
                    "Right: about 50 % against 10 %, which is chance. Its gradients are uneven, but they arrive. "
                    "Glorot's weights are made for activations with slope 1 at 0, and the sigmoid's is 1/4."),
        "c": Choice("Neither learns anything: the gradient does not arrive in either.",
                    "With Glorot's weights that is so. With the large ones the gradient arrives, uneven as it is, and "
                    "the network reaches about 50 %.", "sigmoids-never-learn"),
        "d": Choice("Both do about equally well: five layers are not deep.",
                    "Five layers are deep for sigmoids: each leaves a quarter of the gradient at most. With Glorot's "
                    "weights the network stays at chance, 10 %; with standard normal ones it reaches about 50 %.",
                    "five-is-not-deep"),
    }, observe=_better_start)

PREDICTIONS = (RELU_DEFAULT, SATURATED_GRADIENT, SIGMOID_TRAINING)
