"""E45: sparse networks by l1, by a proximal step, and by pruning, at once or during training."""

import numpy as np

from course_lib import callbacks, optimizers, pruning, regularizers
from course_lib.claims.parts import digits_rows, two_hidden_layers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import Greater, Measured, Within

SMALL = 1e-3


def shrink(w, threshold):
    """Move every weight towards 0 by the threshold, and those nearer than that to 0, in place."""
    w[...] = np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


def measure(cell, seed, settings):
    """Train 64-200-200-10 with an l1 penalty on the hidden kernels, by its gradient or by the proximal step.

    zeros, small: the shares of the two hidden kernels' weights that are 0, and that are below 0.001. pruned: the test
    accuracy once the given shares of all kernels' smallest weights are 0, without further training.
    """
    train, _, test = digits_rows(settings["rows"], seed)
    method, l1 = cell["method"], cell["l1"]
    penalty = regularizers.L1(l1) if l1 and method == "gradient" else None
    model = two_hidden_layers(settings["width"], seed, kernel_regularizer=penalty)
    eta = settings["learning_rate"]
    optimizer = optimizers.SGD(eta) if method == "proximal" else optimizers.SGD(eta / 10, momentum=0.9)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    steps = settings["epochs"] * (len(train[0]) // settings["batch_size"] + 1)
    extra = {"proximal": [callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: [
                 shrink(layer.kernel, eta * l1) for layer in model.layers[:2]])],
             "iterative": [pruning.MagnitudePruning(pruning.PolynomialDecay(0.0, settings["final"], steps // 6,
                                                                            2 * steps // 3, frequency=10))]}
    model.fit(*train, batch_size=settings["batch_size"], epochs=settings["epochs"],   # type: ignore[misc]
              callbacks=extra.get(method, []), verbose=0)                   # type: ignore[arg-type]
    w = np.abs(np.concatenate([layer.kernel.ravel() for layer in model.layers[:2]]))
    found = {"test_accuracy": model.evaluate(*test)[1],                     # type: ignore[index]
             "zeros": float(np.mean(w == 0)),
             "small": float(np.mean(w < SMALL))}
    weights = model.get_weights()
    for share in settings["shares"]:
        model.set_weights(weights)
        pruning.prune(model, share)
        found["pruned_" + str(round(100 * share))] = model.evaluate(*test)[1]       # type: ignore[index]
    return found


def at(measure: str, method: str, l1: float) -> Measured:
    return Measured(measure, method=method, l1=l1)


PENALTIES = (0, 1e-4, 3e-4, 1e-3, 3e-3)
CLAIMS = (
    Claim("l1-makes-zeros", "A strong l1 penalty, 0.001, makes the network sparse: at least half of the hidden weights "
          "are exactly 0.", ("umass",), Within(at("zeros", "gradient", 1e-3), low=0.5)),
    Claim("l1-makes-small", "It makes at least half of the hidden weights smaller than 0.001.", ("umass",),
          Within(at("small", "gradient", 1e-3), low=0.5)),
    Claim("proximal-makes-zeros", "With the proximal step in the place of the gradient at least half are exactly 0.",
          ("parikh2014",), Within(at("zeros", "proximal", 1e-3), low=0.5)),
    Claim("proximal-is-as-good", "The proximal step costs no accuracy beside the gradient: at most one percentage "
                                 "point.",
          ("parikh2014",), Greater(at("test_accuracy", "proximal", 1e-3), at("test_accuracy", "gradient", 1e-3),
                                   by=-0.01), close=True),
    Claim("l1-costs-little", "The penalty 0.001 costs at most one percentage point of test accuracy.", ("umass",),
          Greater(at("test_accuracy", "gradient", 1e-3), at("test_accuracy", "gradient", 0), by=-0.01), close=True),
    Claim("pruning-alone-hurts", "Removing the smallest 80 % of the weights of a network trained without penalty costs "
          "more than one percentage point.", ("umass",),
          Greater(at("test_accuracy", "gradient", 0), at("pruned_80", "gradient", 0), by=0.01)),
    Claim("l1-then-pruning", "After training with the penalty 0.001, removing 90 % costs at most one percentage point.",
          ("umass",), Greater(at("pruned_90", "gradient", 1e-3), at("test_accuracy", "gradient", 1e-3), by=-0.01),
          close=True),
    Claim("iterative-pruning", "Pruned to 90 % during training, the network is more accurate than one pruned to 90 % "
          "afterwards, both without a penalty, by more than five percentage points.", ("zhu2017", "umass"),
          Greater(at("test_accuracy", "iterative", 0), at("pruned_90", "gradient", 0), by=0.05)),
)

PROTOCOL = Protocol(
    id="E45", title="Sparse networks", data="digits",
    settings={"width": 200, "rows": 1047, "batch_size": 32, "epochs": 40, "learning_rate": 0.2,
              "shares": [0.5, 0.8, 0.9, 0.95, 0.98], "final": 0.9},
    cells=(*({"method": "gradient", "l1": l1} for l1 in PENALTIES), {"method": "proximal", "l1": 1e-3},
           {"method": "iterative", "l1": 0}),
    seeds=tuple(range(5)), measure=measure, claims=CLAIMS, quick_seeds=4)
