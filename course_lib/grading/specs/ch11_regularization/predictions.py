"""What a reader of chapter 11 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers, regularizers

from ...spec import Choice, Prediction


def mean_after(divisor: float, rate: float = 0.2) -> float:
    """The mean of ones that have been dropped with that rate and divided by that number."""
    mask = np.random.default_rng(0).random((100, 1000)) >= rate
    return float((mask / divisor).mean())


def _wrong_divisor() -> str:
    mean = mean_after(0.2)
    return "a" if mean < 0.5 else "b" if mean < 1.1 else "c" if mean < 2 else "d"


WRONG_DIVISOR = Prediction(
    name="wrong_divisor_prediction", title="The wrong divisor",
    prompt="One of the sources divides by $p$ in training where $1 - p$ belongs. A layer of ones, the rate $p = 0.2$: "
           "what is the mean of what leaves the layer?",
    choices={
        "a": Choice("0.25", "The mean would fall only if the ones became smaller. They are divided by 0.2.", "inverse"),
        "b": Choice("1, as with the right divisor.", "At p = 0.5 it would be, and a test at that rate finds nothing.",
                    "no-difference"),
        "c": Choice("1.25", "That is what a kept entry becomes with the right divisor, 0.8.", "right-scale"),
        "d": Choice("4", "Right. A share of 0.8 is kept, and each becomes 1/0.2 = 5: the mean is 4. At inference it "
                    "would be 1."),
    }, observe=_wrong_divisor)


def dropout_network(rate: float, seed: int = 0) -> Sequential:
    """64-200-200-10 of ReLU units with dropout after both hidden layers, compiled with Adam."""
    hidden: list[layers.Layer] = []
    for _ in range(2):
        hidden += [layers.Dense(200, activation="relu", kernel_initializer="he_normal"), layers.Dropout(rate)]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def logged(seed: int = 0) -> tuple[float, float]:
    """Training and validation accuracy in the log of the fifth epoch, with the rate 0.5."""
    train, validation, _ = datasets.digits.load_splits()
    history = dropout_network(0.5, seed).fit(*train, epochs=5, validation_data=validation, verbose=0).history
    return history["accuracy"][-1], history["val_accuracy"][-1]


def _log() -> str:
    trained, validated = logged()
    return "a" if trained > validated + 0.01 else "b" if validated < trained + 0.01 else "c"


LOG = Prediction(
    name="dropout_log_prediction", title="A log with dropout",
    prompt="A network with two hidden layers of 200 units and dropout at the rate 0.5 behind both learns the digits. "
           "After five epochs its log shows the accuracy on the training data and that on the validation data. Which "
           "is higher?",
    choices={
        "a": Choice("That on the training data, by more than one percentage point: the network has seen them.",
                    "It has, but it is measured with half of its units missing.", "seen-data-are-easier"),
        "b": Choice("Neither, to within one percentage point.",
                    "Without dropout that would be so at this stage. The training accuracy is measured while half of "
                    "the units are missing.", "no-difference"),
        "c": Choice("That on the validation data, by more than one percentage point.",
                    "Right. The training accuracy is measured with dropout switched on, the validation accuracy with "
                    "all units at work. The training accuracy is also averaged over the epoch."),
    }, observe=_log)


def sparse_network(l1: float, seed: int = 0) -> Sequential:
    """64-100-10, trained for 20 epochs of gradient descent with an l1 penalty on the hidden kernel."""
    train, _, _ = datasets.digits.load_splits()
    network = Sequential([
        Input((64,)),
        layers.Dense(100, activation="relu", kernel_initializer="he_normal", kernel_regularizer=regularizers.L1(l1)),
        layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(*train, epochs=20, verbose=0)
    return network


def share_of_zeros() -> float:
    """Of the hidden kernel's weights, after training with a strong penalty."""
    return float(np.mean(sparse_network(3e-3).layers[0].kernel == 0))


def _zeros() -> str:
    share = share_of_zeros()
    return "a" if share > 0.5 else "b" if share > 0.01 else "c"


ZEROS = Prediction(
    name="exact_zeros_prediction", title="How many zeros?",
    prompt="A network is trained with a strong $\\ell_1$ penalty, $\\lambda_1 = 0.003$, on the kernel of its hidden "
           "layer, by gradient descent on batches. How many of the 6,400 weights of this kernel are exactly 0 at the "
           "end?",
    choices={
        "a": Choice("More than half: this is what the penalty is for.",
                    "Most of them are tiny. But each step moves them by the full learning rate times 0.003, past 0 and "
                    "back.", "subgradient-gives-zeros"),
        "b": Choice("Between 1 % and 10 %: those that happen to hit 0.",
                    "A sum of floating-point numbers hits 0 exactly by accident only.", "some-hit-zero"),
        "c": Choice("None.",
                    "Right. A weight near 0 is moved by a fixed amount, so it jumps over 0 and back. Tiny it becomes; "
                    "0 it does not."),
    }, observe=_zeros)

PREDICTIONS = (ZEROS, WRONG_DIVISOR, LOG)
