"""What a reader of chapter 02 predicts before an output is shown."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers

from ...spec import Choice, Prediction


def final_losses() -> dict[int, float]:
    """The training loss after 20 epochs on the digits, by batch size."""
    train, _, _ = datasets.digits.load_splits()
    final = {}
    for size in (1047, 128, 32):
        network = Sequential([Input((64,)), layers.Dense(100, activation="relu"),
                              layers.Dense(10, activation="softmax")], seed=0)
        network.compile(optimizers.SGD(learning_rate=0.1), loss="sparse_categorical_crossentropy")
        final[size] = network.fit(*train, batch_size=size, epochs=20, verbose=0).history["loss"][-1]
    return final


def _best_batch_size() -> str:
    final = final_losses()
    best = min(final, key=lambda size: final[size])
    return "b" if max(final.values()) < 1.5 * final[best] else {1047: "a", 128: "d", 32: "c"}[best]


BATCH_SIZE = Prediction(
    name="batch_size_prediction", title="Which batch size gets furthest?",
    prompt="All three networks see every row 20 times. With all 1,047 rows in a batch that makes 1 step an epoch, "
           "with 128 rows 9 steps, with 32 rows 33. Which one has the lowest training loss at the end?",
    choices={
        "a": Choice("The one with all rows in a batch: its gradient is exact, so no step goes astray.",
                    "Its steps are the best ones, but there are only 20 of them. It ends with the highest loss of "
                    "the three, about 0.8. A gradient that is right on average is enough to go downhill.",
                    "exactness-before-steps"),
        "b": Choice("They end about equal: all see the same rows equally often.",
                    "Rows that are seen change nothing, steps do: 20, 180 and 660 of them. The largest loss at the "
                    "end is more than 25 times the smallest.", "rows-not-steps"),
        "c": Choice("The one with 32 rows: it takes the most steps.",
                    "Right. 660 steps along a noisy gradient lead to a loss of about 0.025; 180 steps with 128 rows "
                    "to about 0.1; 20 steps along the exact gradient to about 0.8."),
        "d": Choice("The one with 128 rows: 32 are too few for a reliable gradient.",
                    "It comes second, with a loss of about 0.1. At this learning rate the noise of 32 rows costs less "
                    "than 660 steps instead of 180 gain: about 0.025.", "noise-before-steps"),
    }, observe=_best_batch_size)


def difference_error(h: float) -> float:
    """Relative error of the central difference of the first weight of the worked network's output."""
    x, y = np.array([[1.0, 2.0]]), np.array([[1.0]])
    network = Sequential([Input((2,)), layers.Dense(3, activation="sigmoid"), layers.Dense(1, activation="sigmoid")],
                         dtype="float64")
    network.compile("sgd", "binary_crossentropy")

    def loss(weight: float) -> float:
        network.set_weights([np.array([[0.1, -0.2, 0.4], [0.3, 0.2, -0.5]]), np.array([0, 0.1, 0.2]),
                             np.array([[weight], [-1.0], [0.8]]), np.array([-0.1])])
        return network.loss_and_gradients(x, y)[0]

    difference = (loss(0.5 + h) - loss(0.5 - h)) / (2 * h)
    loss(0.5)
    exact = network.loss_and_gradients(x, y)[1]["dense_1/kernel"][0, 0]
    return float(abs(difference / exact - 1))


def _smaller_step() -> str:
    before, after = difference_error(1e-5), difference_error(1e-10)
    if after == 1:
        return "d"      # pragma: no cover - the two losses are equal, as they would be for a far smaller step
    return "a" if after < before / 1000 else "b" if after < 1000 * before else "c"


SMALLER_STEP = Prediction(
    name="smaller_step_prediction", title="A much smaller step",
    prompt="The error of the central difference shrinks like $h^2$, and with $h = 10^{-5}$ it is about $10^{-11}$. "
           "Now take $h = 10^{-10}$, in float64 as before. What happens to the error?",
    choices={
        "a": Choice("It becomes $10^{10}$ times smaller, as $h^2$ does.",
                    "That would be so with exact numbers. These have 16 digits, and the two losses agree in about "
                    "ten of them: the difference keeps six. The error is about $10^{-6}$, larger than before.",
                    "rounding-forgotten"),
        "b": Choice("It stays about the same: the best that float64 can do has been reached.",
                    "The best has indeed been reached, and from there it gets worse: the smaller the difference of "
                    "the two losses, the fewer of their 16 digits are left in it. The error is about $10^{-6}$.",
                    "error-has-a-floor"),
        "c": Choice("It grows, by a factor of about $10^5$.",
                    "Right: from about $10^{-11}$ to about $10^{-6}$. The two losses agree in about ten of their 16 "
                    "digits, so that only six are left in the difference."),
        "d": Choice("The difference becomes 0: the computer cannot tell $0.5 + 10^{-10}$ from $0.5$.",
                    "It can: float64 has 16 digits, so near 0.5 it sees changes of $10^{-16}$. But the two losses "
                    "agree in about ten digits, and only six are left in their difference. The error is about "
                    "$10^{-6}$.", "step-rounded-away"),
    }, observe=_smaller_step)

PREDICTIONS = (BATCH_SIZE, SMALLER_STEP)
