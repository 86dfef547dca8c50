"""Time training steps beside Keras, PyTorch (where installed) and the bare matrix products: python tools/bench

Everything runs in one process on one core, in turns, so that a busy machine slows all of them alike; each number
is the median over the rounds. Keras trains at the fastest of its settings. A ratio above 1: course_lib is faster.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[variable] = "1"                      # before NumPy and TensorFlow are imported
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})     # helper threads, too: each library gets one core
os.environ |= {"TF_ENABLE_ONEDNN_OPTS": "1", "CUDA_VISIBLE_DEVICES": ""}     # Keras with its fastest kernels

import argparse
import itertools
import json
import statistics
from pathlib import Path

from contestants import NETWORKS, OPTIMIZERS
from measure import import_milliseconds, measure, peak_bytes_of_a_step, versions

BATCHES = (32, 128, 512)
RESULTS = Path(__file__).resolve().parents[2] / "book" / "_data" / "bench.json"
HEADER = (f"{'network':<26}{'batch':>6} {'optimizer':<10}{'ours':>8}{'products':>9}{'Keras':>8} {'PyTorch':>8}"
          f"{'Keras/us':>10}{'PyTorch/us':>11}{'us/products':>12}  Keras's best setting")


def line(cell: dict) -> str:
    us = cell["microseconds"]
    torch = f"{us['torch']:>8.0f}" if "torch" in us else f"{'-':>8}"
    return (f"{cell['network']:<26}{cell['batch']:>6} {cell['optimizer']:<10}{us['course_lib']:>8.0f}"
            f"{us['products']:>9.0f}{us['keras']:>8.0f} {torch}{us['keras'] / us['course_lib']:>10.2f}"
            f"{us.get('torch', float('nan')) / us['course_lib']:>11.2f}{us['course_lib'] / us['products']:>12.2f}"
            f"  {cell['keras_setting']}")


def write(report: dict) -> None:
    """Put the report in its place; of a report with the same versions, the cells that were not measured again stay."""
    def key(cell: dict) -> tuple:
        return cell["network"], cell["batch"], cell["optimizer"]

    found = {key(cell): cell for cell in report["cells"]}
    if RESULTS.exists():
        old = json.loads(RESULTS.read_text("utf-8"))
        if old["versions"] == report["versions"]:
            found = {key(cell): cell for cell in old["cells"]} | found
    every = itertools.product(NETWORKS, BATCHES, OPTIMIZERS)
    RESULTS.parent.mkdir(exist_ok=True)
    report = report | {"cells": [found[cell] for cell in every if cell in found]}
    temporary = RESULTS.with_suffix(".tmp")
    temporary.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    os.replace(temporary, RESULTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a first impression")
    parser.add_argument("--only", default="", help="cells whose network, batch and optimizer contain all these words")
    parser.add_argument("--write", action="store_true", help="write the results for the book's page")
    options = parser.parse_args()
    rounds = 3 if options.quick else 7
    on_import, cells = import_milliseconds(), []
    print(f"import course_lib: {on_import:.0f} ms on top of NumPy's own\n\n"
          f"microseconds a step, one thread, float32, softmax with cross-entropy\n{HEADER}")
    for network, batch, optimizer in itertools.product(NETWORKS, BATCHES, OPTIMIZERS):
        if not all(word in f"{network} {batch} {optimizer}" for word in options.only.split()):
            continue
        cell = {"network": network, "batch": batch, "optimizer": optimizer,
                **measure(network, batch, optimizer, rounds, steps=max(32, 4096 // batch)),
                "peak_bytes": peak_bytes_of_a_step(network, batch, optimizer)}
        cells.append(cell)
        print(line(cell), flush=True)
        if options.write:
            write({"versions": versions(), "import_milliseconds": on_import, "cells": cells})
    for name in ("keras", "torch"):
        ratios = [c["microseconds"][name] / c["microseconds"]["course_lib"] for c in cells if name in c["microseconds"]]
        if ratios:
            print(f"{name}: geometric mean {statistics.geometric_mean(ratios):.2f}, smallest {min(ratios):.2f}")


if __name__ == "__main__":
    main()
