"""Clocks and meters. Keras's settings run a heat first; the two fastest of them meet the other libraries in turns."""

import importlib.metadata
import os
import platform
import statistics
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import numpy as np
from contestants import CLASSES, Run, course_model, course_run, keras_run, products_run, torch_run, widths

EPOCHS = 3              # a run; what fit does once, such as checking the data, counts as it does in use


def medians(runs: dict[Any, Run], rounds: int, steps: int) -> dict[Any, float]:
    """Microseconds a step, all taking turns."""
    times: dict[Any, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:                                # the first turn warms up and compiles
                times[name].append((time.perf_counter() - start) / steps * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def training_data(network: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(rows, widths(network)[0])).astype("float32"), rng.integers(0, CLASSES, rows)


def measure(network: str, batch: int, optimizer: str, rounds: int, steps: int) -> dict:
    """Medians of all contestants, the best of Keras's settings among them."""
    x, y = training_data(network, steps * batch)
    total = EPOCHS * steps
    def keras(*setting: Any) -> Run:
        return keras_run(network, optimizer, batch, EPOCHS, x, y, *setting)

    settings = {(jit, calls, "dataset"): keras(jit, calls, "dataset") for jit in (False, True) for calls in (1, 16)}
    heat = medians(settings, 2, total)
    arrays = (*min(heat, key=lambda setting: heat[setting])[:2], "arrays")     # with the fastest alone
    settings[arrays] = keras(*arrays)
    heat |= medians({arrays: settings[arrays]}, 2, total)
    finalists = sorted(heat, key=lambda setting: heat[setting])[:2]
    runs = {"course_lib": course_run(network, optimizer, batch, EPOCHS, x, y),
            "products": products_run(network, batch, total), **{name: settings[name] for name in finalists}}
    try:
        runs["torch"] = torch_run(network, optimizer, batch, EPOCHS, x, y)
    except ImportError:
        pass                                        # the table shows a dash
    result = medians(runs, rounds, total)
    best = min(finalists, key=lambda name: result[name])
    found = {name: value for name, value in result.items() if name not in finalists} | {"keras": result[best]}
    jit, calls, data = best
    return {"microseconds": {name: round(value, 1) for name, value in found.items()},
            "keras_setting": f"{'jit' if jit else 'no jit'}, {calls} a call, {data}"}


def peak_bytes_of_a_step(network: str, batch: int, optimizer: str) -> int:
    """The most that one training step holds beyond what the model keeps, once its buffers are made."""
    model = course_model(network, optimizer)
    x, y = training_data(network, batch)
    for _ in range(3):
        model.train_on_batch(x, y)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        model.train_on_batch(x, y)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def import_milliseconds(rounds: int = 15) -> float:
    """What ``import course_lib`` takes where NumPy is imported already: the median over fresh interpreters."""
    code = ("import time, numpy\nstart = time.perf_counter()\nimport course_lib\n"
            "print((time.perf_counter() - start) * 1000)")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times = [float(subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True,
                                  text=True).stdout) for _ in range(rounds + 1)]
    return round(statistics.median(times[1:]), 1)           # the first compiles to bytecode


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in ("numpy", "keras", "tensorflow", "torch"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found
