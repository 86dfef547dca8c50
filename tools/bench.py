"""Time training steps beside Keras and beside the bare matrix products: python tools/bench.py [--quick]

Everything runs in one process with one thread, in turns, so that a busy machine slows all of them alike; each number is
the median over the rounds. A ratio above 1 means that course_lib is faster.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[variable] = "1"                      # before NumPy and TensorFlow are imported
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

import course_lib as cl

NETWORKS = ((64, 100, 100, 10), (784, 300, 100, 10))
BATCHES = (32, 128, 512)
OPTIMIZERS = ("sgd",)
EPOCHS = 3              # a run; what fit does once, such as checking the data, counts as it does in use
# Keras's settings, of which the fastest counts: jit_compile, steps_per_execution, arrays or a tf.data.Dataset.
KERAS = [(jit, steps, data) for jit in (False, True) for steps in (1, 16) for data in ("arrays", "dataset")]


def dense_layers(library, sizes):
    hidden = [library.layers.Dense(n, activation="relu") for n in sizes[1:-1]]
    return [library.Input((sizes[0],)), *hidden, library.layers.Dense(sizes[-1], activation="softmax")]


def course_fit(sizes, batch, optimizer, x, y) -> Callable[[], object]:
    model = cl.Sequential(dense_layers(cl, sizes), seed=0)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    return lambda: model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0)


def keras_fit(sizes, batch, optimizer, x, y, jit: bool, steps: int, data: str) -> Callable[[], object]:
    import keras
    import tensorflow as tf
    model = keras.Sequential(dense_layers(keras, sizes))
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=jit, steps_per_execution=steps)
    if data == "arrays":
        return lambda: model.fit(x, y, batch_size=batch, epochs=EPOCHS, verbose=0)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch, drop_remainder=True)
    return lambda: model.fit(batches, epochs=EPOCHS, shuffle=False, verbose=0)


def products(sizes, batch, steps) -> Callable[[], object]:
    """The matrix products of ``steps`` training steps alone: X W, X^T dZ, and dZ W^T above the first layer."""
    rng = np.random.default_rng(0)
    layers = [tuple(rng.normal(size=shape).astype("float32") for shape in ((batch, n), (n, k), (batch, k)))
              for n, k in zip(sizes, sizes[1:], strict=False)]
    out = [tuple(np.empty(shape, "float32") for shape in ((batch, k), (n, k), (batch, n)))
           for n, k in zip(sizes, sizes[1:], strict=False)]

    def run():
        for _ in range(steps):
            for i, ((x, w, dz), (z, dw, dx)) in enumerate(zip(layers, out, strict=True)):
                np.matmul(x, w, out=z)
                np.matmul(x.T, dz, out=dw)
                if i:
                    np.matmul(dz, w.T, out=dx)
    return run


def medians(runs: dict[str, Callable[[], object]], rounds: int, steps: int) -> dict[str, float]:
    """Microseconds a step, all taking turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:                                # the first turn warms up and compiles
                times[name].append((time.perf_counter() - start) / steps * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def compare(sizes, batch: int, optimizer: str, rounds: int, steps: int) -> str:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(steps * batch, sizes[0])).astype("float32"), rng.integers(0, sizes[-1], steps * batch)
    runs = {"ours": course_fit(sizes, batch, optimizer, x, y), "products": products(sizes, batch, EPOCHS * steps)}
    for jit, per_execution, data in KERAS:
        runs[f"{'jit' if jit else 'no jit'}, {per_execution}, {data}"] = \
            keras_fit(sizes, batch, optimizer, x, y, jit, per_execution, data)
    result = medians(runs, rounds, EPOCHS * steps)
    ours, bare = result.pop("ours"), result.pop("products")
    best = min(result, key=lambda name: result[name])
    return (f"{'-'.join(map(str, sizes)):<16}{batch:>6} {optimizer:<10}{ours:>9.0f}{bare:>10.0f}{result[best]:>9.0f}  "
            f"{best:<20}{result[best] / ours:>8.2f}{ours / bare:>10.2f}")


def import_seconds(code: str, rounds: int = 15) -> float:
    """Median time of a fresh interpreter that runs ``code``."""
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start
    return statistics.median(once() for _ in range(rounds))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first impression")
    rounds = 3 if parser.parse_args().quick else 9
    extra = import_seconds("import numpy, course_lib") - import_seconds("import numpy")
    print(f"import course_lib: {extra * 1000:.0f} ms on top of NumPy's own\n")
    print("microseconds a step, one thread; float32; softmax with cross-entropy; Keras at the best of its settings\n"
          f"{'network':<16}{'batch':>6} {'optimizer':<10}{'ours':>9}{'products':>10}{'Keras':>9}  {'setting':<20}"
          f"{'Keras/us':>8}{'us/prod.':>10}")
    for sizes in NETWORKS:
        for batch in BATCHES:
            for optimizer in OPTIMIZERS:
                print(compare(sizes, batch, optimizer, rounds, steps=max(32, 4096 // batch)), flush=True)


if __name__ == "__main__":
    main()
