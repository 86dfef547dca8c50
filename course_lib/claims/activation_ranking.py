"""E05: which activation is best within 20 epochs, if each gets its own start and learning rate.

Cut for time: three depths, three learning rates, a patience of 5. Most trainings are still getting better when they
end, so the ranking is one for this budget, and what learns slowly is at a disadvantage.
"""

from course_lib import Input, Sequential, activations, callbacks, datasets, initializers, layers, optimizers
from course_lib.claims.parts import kept_finite
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Tuned, Within


def measure(cell, seed, settings):
    """Train until the validation loss no longer falls, and go back to the best epoch."""
    train, validation, test = datasets.digits.load_splits()
    phi, start = settings["activations"][cell["activation"]]
    model = Sequential([Input((64,)),
                        *(layers.Dense(settings["width"], activation=activations.get(phi),
                                       kernel_initializer=initializers.get(start)) for _ in range(cell["depth"])),
                        layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.SGD(cell["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    stop = callbacks.EarlyStopping(patience=settings["patience"], restore_best_weights=True)
    history = model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],
                        validation_data=validation, callbacks=[stop], verbose=0).history
    return {"test_accuracy": model.evaluate(*test)[1],                      # type: ignore[index]
            "val_loss": min(map(kept_finite, history["val_loss"])), "epochs": len(history["val_loss"])}


RATES = (0.05, 0.3, 1.0)
DEPTHS = (2, 5, 10)
# name -> activation and start: E04's better one, where it compared two
ACTIVATIONS = {"sigmoid": ["sigmoid", "sigmoid_glorot_normal"], "sigmoid_from_glorot": ["sigmoid", "glorot_normal"],
               "tanh": ["tanh", "glorot_normal"], "relu": ["relu", "he_normal"],
               "leaky_relu_0.2": [{"name": "leaky_relu", "config": {"negative_slope": 0.2}}, "he_normal"],
               "elu": ["elu", "glorot_normal"], "selu": ["selu", "lecun_normal"]}


def best(activation: str, depth: int) -> Measured:
    """The test accuracy at the best learning rate."""
    return Tuned("test_accuracy", RATES, activation=activation, depth=depth)


def ranked(name: str, statement: str, better: str, worse: str) -> tuple[Claim, ...]:
    """That one activation is better than another, once for each depth."""
    return tuple(Claim(f"{name}-{depth}", f"{statement}: {depth} hidden layers, 20 epochs.", ("geron2022",),
                       Greater(best(better, depth), best(worse, depth)), close=True) for depth in DEPTHS)


CLAIMS = (*ranked("selu-beats-elu", "SELU is better than ELU", "selu", "elu"),
          *ranked("elu-beats-leaky", "ELU is better than leaky ReLU", "elu", "leaky_relu_0.2"),
          *ranked("leaky-beats-tanh", "Leaky ReLU is better than tanh", "leaky_relu_0.2", "tanh"),
          *ranked("tanh-beats-sigmoid", "Tanh is better than the sigmoid", "tanh", "sigmoid"),
          *ranked("relu-beats-sigmoid", "ReLU works better than the sigmoid", "relu", "sigmoid"),
          Claim("deep-sigmoids-fail", "Sigmoids cannot be stacked, as their gradients vanish: five hidden layers stay "
                "below 80 %, even from four times Glorot's weights.", ("geron2022", "umass", "esparza2023"),
                Within(best("sigmoid", 5), high=0.8)),
          Claim("glorot-is-enough", "The sigmoid's start is Glorot's: five hidden layers get above 80 %.",
                ("geron2022", "umass", "esparza2023"), Within(best("sigmoid_from_glorot", 5), low=0.8)))

PROTOCOL = Protocol(
    id="E05", title="A ranking of activations", data="digits",
    settings={"width": 100, "batch_size": 32, "epochs": 20, "patience": 5, "activations": ACTIVATIONS},
    cells=tuple({"activation": name, "depth": depth, "learning_rate": rate}
                for name in ACTIVATIONS for depth in DEPTHS for rate in RATES),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=2)
