"""The same network and optimizer in course_lib, Keras and PyTorch, each as a function that trains for some epochs."""

from collections.abc import Callable
from typing import Any

import numpy as np

import course_lib
from course_lib.parity import load_keras

# Width of the input, then the layers: a width with an activation, "bn" or "dropout". Softmax over 10 classes ends all.
NETWORKS: dict[str, tuple] = {
    "784-300-100-10": (784, (300, "relu"), (100, "relu")),
    "64-100-100-10": (64, (100, "relu"), (100, "relu")),
    "20 x 100 SELU": (784, *[(100, "selu")] * 20),
    "300-100, BN and dropout": (784, (300, "relu"), "bn", "dropout", (100, "relu"), "bn", "dropout"),
}
CLASSES = 10
DROPOUT = 0.2
# Of Keras's classes, which are course_lib's too, and PyTorch's.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.01}),
    "nesterov": ("SGD", {"learning_rate": 0.01, "momentum": 0.9, "nesterov": True}),
    "adam": ("Adam", {"learning_rate": 0.001}),
    "adamw": ("AdamW", {"learning_rate": 0.001}),
}
INITIALIZERS = {"relu": "he_normal", "selu": "lecun_normal"}
Run = Callable[[], object]


def widths(network: str) -> list[int]:
    inputs, *layers = NETWORKS[network]
    return [inputs, *(layer[0] for layer in layers if isinstance(layer, tuple)), CLASSES]


def sequential(library: Any, network: str, **arguments: Any) -> Any:
    """In course_lib, or unchanged in Keras."""
    inputs, *layers = NETWORKS[network]
    stack = [library.Input((inputs,))]
    for layer in layers:
        if layer == "bn":
            stack.append(library.layers.BatchNormalization())
        elif layer == "dropout":
            stack.append(library.layers.Dropout(DROPOUT))
        else:
            units, activation = layer
            stack.append(library.layers.Dense(units, activation, kernel_initializer=INITIALIZERS[activation]))
    return library.Sequential([*stack, library.layers.Dense(CLASSES, "softmax")], **arguments)


def make_optimizer(library: Any, optimizer: str) -> Any:
    name, arguments = OPTIMIZERS[optimizer]
    return getattr(library.optimizers, name)(**arguments)


def course_model(network: str, optimizer: str) -> course_lib.Sequential:
    model = sequential(course_lib, network, seed=0)
    model.compile(make_optimizer(course_lib, optimizer), "sparse_categorical_crossentropy")
    return model


def course_run(network: str, optimizer: str, batch: int, epochs: int, x: np.ndarray, y: np.ndarray) -> Run:
    model = course_model(network, optimizer)
    return lambda: model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)


def keras_run(network: str, optimizer: str, batch: int, epochs: int, x: np.ndarray, y: np.ndarray, jit: bool,
              steps: int, data: str) -> Run:
    """With jit_compile and steps_per_execution as given, from "arrays" or a "dataset" (of tf.data).

    The dataset is not tuned while it runs: the tuner's thread looks up after 20, 40, 80, ... ms, and an epoch does not
    end before its next look, which makes a short one up to twice as long.
    """
    keras, tf = load_keras()
    model = sequential(keras, network)
    model.compile(make_optimizer(keras, optimizer), "sparse_categorical_crossentropy", jit_compile=jit,
                  steps_per_execution=steps)
    if data == "arrays":
        return lambda: model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
    options = tf.data.Options()
    options.autotune.enabled = False
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch, drop_remainder=True)
    batches = batches.with_options(options)
    return lambda: model.fit(batches, epochs=epochs, shuffle=False, verbose=0)


def torch_run(network: str, optimizer: str, batch: int, epochs: int, x: np.ndarray, y: np.ndarray) -> Run:
    """Eager, with the fused optimizer. Raises ImportError where PyTorch is not installed."""
    import torch
    torch.set_num_threads(1)
    inputs, *layers = NETWORKS[network]
    stack, n = [], inputs
    for layer in layers:
        if layer == "bn":
            stack.append(torch.nn.BatchNorm1d(n))
        elif layer == "dropout":
            stack.append(torch.nn.Dropout(DROPOUT))
        else:
            stack += [torch.nn.Linear(n, layer[0]), {"relu": torch.nn.ReLU, "selu": torch.nn.SELU}[layer[1]]()]
            n = layer[0]
    model = torch.nn.Sequential(*stack, torch.nn.Linear(n, CLASSES))
    loss = torch.nn.CrossEntropyLoss()
    name, arguments = OPTIMIZERS[optimizer]
    step = getattr(torch.optim, name)(model.parameters(), lr=arguments["learning_rate"], fused=True,
                                      **{k: v for k, v in arguments.items() if k != "learning_rate"})
    xt, yt = torch.from_numpy(x), torch.from_numpy(y)

    def run() -> None:
        for _ in range(epochs):
            for rows in torch.randperm(len(xt)).split(batch):
                step.zero_grad()
                loss(model(xt[rows]), yt[rows]).backward()
                step.step()
    return run


def products_run(network: str, batch: int, steps: int) -> Run:
    """The matrix products of the training steps alone: X W, X^T dZ, and dZ W^T above the first layer."""
    rng = np.random.default_rng(0)
    sizes = list(zip(widths(network), widths(network)[1:], strict=False))
    given = [tuple(rng.normal(size=shape).astype("float32") for shape in ((batch, n), (n, k), (batch, k)))
             for n, k in sizes]
    results = [tuple(np.empty(shape, "float32") for shape in ((batch, k), (n, k), (batch, n))) for n, k in sizes]

    def run() -> None:
        for _ in range(steps):
            for i, ((x, w, dz), (z, dw, dx)) in enumerate(zip(given, results, strict=True)):
                np.matmul(x, w, out=z)
                np.matmul(x.T, dz, out=dw)
                if i:
                    np.matmul(dz, w.T, out=dx)
    return run
