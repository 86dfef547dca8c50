"""Runs a protocol: each cell and seed once, in parallel processes, what is known already taken from the store.

Timed cells come last, one after the other, in a process of their own with one thread, and always anew.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context

import numpy as np

from course_lib.claims.protocol import Measure, Protocol, Settings
from course_lib.claims.results import Cell, Measures, Results, key, rounded
from course_lib.claims.store import Store

Task = tuple[Cell, int]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class MeasureFailed(RuntimeError):
    """A measure raised an error; the message names the cell."""


def run(protocol: Protocol, jobs: int = 1, store: Store | None = None, progress: bool = False) -> Results:
    """The results of all cells and seeds.

    jobs: processes; 1 computes in this one. store: where finished cells are kept and looked for, None: nowhere.
    progress: draw a bar on standard error.
    """
    results, timed = Results(protocol.seeds), protocol.timed_cells()
    missing: list[Task] = []
    for cell in protocol.cells:
        for seed in protocol.seeds:
            known = store.load(cell, seed) if store and key(cell) not in timed else None
            if known is None:
                missing.append((cell, seed))
            else:
                results.add(cell, seed, known)
    with bar(protocol, len(missing), progress) as advance:
        for (cell, seed), measures in computed(protocol, missing, jobs):
            if store and key(cell) not in timed:
                store.save(cell, seed, measures)
            results.add(cell, seed, measures)
            advance()
    return results


def computed(protocol: Protocol, tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Measures]]:
    """Each task with its measures, as they are found."""
    timed = protocol.timed_cells()
    clocked = [task for task in tasks if key(task[0]) in timed]
    others = [task for task in tasks if key(task[0]) not in timed]
    if jobs == 1 or len(others) < 2:
        for cell, seed in others:
            yield (cell, seed), measured(protocol.id, protocol.measure, cell, seed, protocol.settings)
    else:
        yield from in_processes(protocol, others, jobs)
    if clocked:
        yield from in_processes(protocol, clocked, 1)


def in_processes(protocol: Protocol, tasks: list[Task], jobs: int) -> Iterator[tuple[Task, Measures]]:
    """The same in ``jobs`` processes with one thread each."""
    with one_thread_each(), ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(measured, protocol.id, protocol.measure, cell, seed, protocol.settings): (cell, seed)
                   for cell, seed in tasks}
        failure = None
        try:
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                try:
                    yield futures[future], future.result()
                except MeasureFailed as error:                  # what runs already is still worth keeping
                    failure = failure or error
                    for other in futures:
                        other.cancel()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        if failure:
            raise failure


def measured(name: str, measure: Measure, cell: Cell, seed: int, settings: Settings) -> Measures:
    """What one process does for one cell and seed."""
    where = f"{name}, {key(cell)}, seed {seed}"
    try:
        with np.errstate(over="ignore", invalid="ignore"):              # a training that diverges is a result
            return rounded(measure(cell, seed, settings), where)
    except Exception as error:
        raise MeasureFailed(f"{where}: {type(error).__name__}: {error}") from error


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes started inside use one thread each for their matrix products."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def bar(protocol: Protocol, missing: int, progress: bool) -> Iterator:
    """Gives a function to call after each task; draws a bar, or prints a line where there is no tqdm."""
    if not progress or not missing:
        yield lambda: None
        return
    known = len(protocol.cells) * len(protocol.seeds) - missing
    try:
        from tqdm.auto import tqdm
    except ImportError:
        print(f"{protocol.id}: {missing} to do, {known} known already", file=sys.stderr)
        yield lambda: None
        return
    with tqdm(total=known + missing, initial=known, desc=protocol.id, unit="run", file=sys.stderr) as drawn:
        yield lambda: drawn.update()
