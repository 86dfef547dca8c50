"""E36: an L2 penalty inside Adam against AdamW's decoupled decay: the mechanism, and what is seen of it on digits."""

import numpy as np

from course_lib import Input, Sequential, datasets, layers, optimizers, regularizers
from course_lib.claims.protocol import Claim, Protocol
from course_lib.claims.verdict import All, Greater, Measured, Within


def noise(method, seed, settings):
    """Two weights start at 1; their gradients are pure noise of two sizes, and the decay is all that has a direction"""
    rng, theta, decay = np.random.default_rng(seed), np.ones(2), settings["noise_decay"]
    optimizer = optimizers.Adam(0.001, weight_decay=decay if method == "adamw" else None)
    for _ in range(settings["noise_steps"]):
        g = rng.normal(size=2) * settings["noise_sizes"]
        optimizer.update(theta, g if method == "adamw" else g + decay * theta)
    return {"large_noise": theta[0], "small_noise": theta[1]}


def measure(cell, seed, settings):
    """The weights of the noise experiment (rows 0), or a training of 64-200-200-10 on that many digits."""
    if not cell["rows"]:
        return noise(cell["method"], seed, settings)
    (x, y), _, test = datasets.digits.load_splits()
    chosen = np.random.default_rng(seed).permutation(len(x))[:cell["rows"]]
    penalty, decay = settings["methods"][cell["method"]]
    hidden = [layers.Dense(200, activation="relu", kernel_initializer="he_normal",
                           kernel_regularizer=regularizers.L2(penalty) if penalty else None) for _ in range(2)]
    model = Sequential([Input((64,)), *hidden, layers.Dense(10, activation="softmax")], seed=seed)
    model.compile(optimizers.Adam(0.001, weight_decay=decay or None), "sparse_categorical_crossentropy",
                  metrics=["accuracy"])
    model.fit(x[chosen], y[chosen], batch_size=settings["batch_size"], epochs=settings["epochs"], verbose=0)
    plain = Sequential([Input((64,)), *(layers.Dense(200, activation="relu") for _ in range(2)),
                        layers.Dense(10, activation="softmax")])
    plain.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    plain.set_weights(model.get_weights())                                  # its loss is without the penalty
    test_loss, test_accuracy = plain.evaluate(*test)                        # type: ignore[misc]
    return {"test_accuracy": test_accuracy, "test_loss": test_loss}


# name -> L2 penalty of the hidden kernels, decoupled weight decay
METHODS = {"none": [0.0, 0.0], "l2": [1e-3, 0.0], "adamw": [0.0, 1.0]}


def measured(what: str, method: str, rows: int) -> Measured:
    return Measured(what, method=method, rows=rows)


SOURCES = ("loshchilov2019", "umass")
CLAIMS = (
    Claim("l2-spares-noisy-weights", "Inside Adam an L2 penalty hardly decays a weight with large gradients: from 1 it "
          "stays above 0.8.", SOURCES, Within(measured("large_noise", "l2", 0), low=0.8)),
    Claim("l2-takes-quiet-weights", "Inside Adam an L2 penalty decays a weight with small gradients almost to "
          "nothing: below 0.1.", SOURCES, Within(measured("small_noise", "l2", 0), high=0.1)),
    Claim("adamw-treats-alike", "AdamW decays both alike: each of the two weights ends between 0.25 and 0.5.", SOURCES,
          All(*(Within(measured(f"{size}_noise", "adamw", 0), low=0.25, high=0.5) for size in ("large", "small")))),
    *(Claim(f"adamw-beats-l2-{rows}", f"An L2 penalty does not suit Adam: AdamW's test accuracy is higher, after "
            f"training on {rows:,} images.", SOURCES,
            Greater(measured("test_accuracy", "adamw", rows), measured("test_accuracy", "l2", rows)), close=True)
      for rows in (200, 1047)),
    *(Claim(f"l2-useless-{rows}", f"In Adam an L2 penalty is no use: on {rows:,} images the cross-entropy on test data "
            "is not lower with it.", SOURCES,
            Greater(measured("test_loss", "l2", rows), measured("test_loss", "none", rows)), close=True)
      for rows in (200, 1047)),
)

PROTOCOL = Protocol(
    id="E36", title="L2 in Adam, and AdamW", data="digits",
    settings={"batch_size": 32, "epochs": 60, "methods": METHODS, "noise_sizes": [10.0, 0.1], "noise_decay": 0.5,
              "noise_steps": 2000},
    cells=(*({"method": method, "rows": 0} for method in ("l2", "adamw")),
           *({"method": method, "rows": rows} for method in METHODS for rows in (200, 1047))),
    seeds=tuple(range(10)), measure=measure, claims=CLAIMS, quick_seeds=4)
