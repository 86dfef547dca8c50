"""What a reader of chapter 10 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers, schedules

from ...spec import Choice, Prediction


def mean_losses(rates, start: float = 8.0, noise: float = 1.0) -> np.ndarray:
    """Mean loss before each step, and after the last, of noisy descent on J = theta^2 / 2 at these rates."""
    square, losses = 2 * start, [start]
    for eta in rates:
        square = (1 - eta) ** 2 * square + eta ** 2 * noise ** 2
        losses.append(square / 2)
    return np.array(losses)


def _cut() -> str:
    rates = [0.4] * 100 + [0.04] * 100
    losses = mean_losses(rates)
    drop = losses[100] / losses[-1]
    return "a" if drop < 1.5 else "b" if drop < 5 else "c" if drop < 50 else "d"


RATE_CUT = Prediction(
    name="rate_cut_prediction", title="A tenth of the rate",
    prompt="Descent on the parabola with noisy gradients, $\\eta = 0.4$, has arrived: its mean loss does not change "
           "any more. Now the rate is cut to a tenth, 0.04, and descent goes on for a hundred steps. What happens to "
           "the mean loss?",
    choices={
        "a": Choice("Nothing: it had converged.",
                    "It had stopped falling, because each step's noise undid what the slope gained. Smaller steps "
                    "carry less noise: the loss falls to a twelfth.", "converged"),
        "b": Choice("It falls to about a third, the root of a tenth.",
                    "The mean *distance* from the minimum falls by about that factor. The loss goes with its square.",
                    "distance-for-loss"),
        "c": Choice("It falls to about a tenth.",
                    "Right: a twelfth. The noise enters a step as the square of the rate, and the way back to the "
                    "minimum is as slow as the rate is small: one power is left."),
        "d": Choice("It falls to about a hundredth: the noise enters with the square of the rate.",
                    "It does. But the way back to the minimum is ten times slower, too, so that ten times as many "
                    "kicks add up.", "square-of-the-rate"),
    }, observe=_cut)


def accuracies(rate, seed: int = 0) -> list[float]:
    """Validation accuracy after each of ten epochs: two layers of 100 ReLU units on the digits, SGD at that rate."""
    train, validation, _ = datasets.digits.load_splits()
    hidden = [layers.Dense(100, activation="relu", kernel_initializer="he_normal") for _ in range(2)]
    network = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    network.compile(optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network.fit(*train, epochs=10, validation_data=validation, verbose=0).history["val_accuracy"]


def _unit() -> str:
    seen = accuracies(schedules.ExponentialDecay(0.1, decay_steps=20, decay_rate=0.1))
    return "d" if seen[-1] < 0.2 else "a" if seen[-1] > 0.9 else "b" if seen[-1] - seen[0] > 0.03 else "c"


DECAY_UNIT = Prediction(
    name="decay_unit_prediction", title="decay_steps=20",
    prompt="The sources say that $\\eta_0$ shall fall to a tenth in 20 epochs. A student trains with "
           "`SGD(ExponentialDecay(0.1, decay_steps=20, decay_rate=0.1))`, ten epochs of 33 steps. With a fitting "
           "schedule the network gets more than 95 % of the validation images right. And now?",
    choices={
        "a": Choice("More than 90 %: the first epochs do most of the work.",
                    "Of the first epoch only 20 steps have a rate above a hundredth. That is less than one epoch's "
                    "work.", "first-epochs-suffice"),
        "b": Choice("Less, and it still rises slowly from epoch to epoch.",
                    "After the second epoch the rate is 5e-5, after the third 1e-6. Nothing rises any more.",
                    "slow-progress"),
        "c": Choice("Between 60 % and 85 %, reached in the first epoch; after it nothing changes.",
                    "Right. decay_steps counts steps: after one epoch of 33 the rate is 0.002, after two 0.00005. All "
                    "rates together sum up to 0.92, as much as nine steps at 0.1."),
        "d": Choice("10 %: it does not learn at all.",
                    "The first twenty steps have rates from 0.1 to 0.01, and they do a lot.", "nothing-learned"),
    }, observe=_unit)


def _printed() -> str:
    rate = schedules.PowerOfInitialRate(2.0, 0.01)(100)
    return "a" if rate == 1.0 else "b" if rate < 1 else "c" if rate == 2.0 else "d"


PRINTED_RATE = Prediction(
    name="printed_rate_prediction", title="A formula as printed",
    prompt="One of the sources adapts the rate by $\\eta_e = \\eta_0^{1 + e\\varepsilon}$, with the epoch $e$. With "
           "$\\varepsilon = 0.01$ and $\\eta_0 = 0.1$ the rate of epoch 100 is 0.01. What is it with $\\eta_0 = 2$?",
    choices={
        "a": Choice("1, half of it.", "That is what eta0 / (1 + e epsilon) gives. The power is something else.",
                    "inverse-time"),
        "b": Choice("0.2, a tenth, as before.", "A tenth was $\\eta_0$ itself: the exponent is 2, so 0.1 is multiplied "
                    "by 0.1.", "same-factor"),
        "c": Choice("2: it does not change.", "That holds for a rate of exactly 1.", "constant"),
        "d": Choice("4: it has grown.", "Right: 2 to the power 1 + 1. A number below 1 shrinks under powers, a number "
                    "above 1 grows. Rates above 1 are rare, but a schedule should not hang on which side of 1 one is."),
    }, observe=_printed)

PREDICTIONS = (RATE_CUT, DECAY_UNIT, PRINTED_RATE)
