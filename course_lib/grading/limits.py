"""A time limit for a stretch of code, by the best means the platform has."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

REPEAT = 0.5  # seconds after which the interruption is sent again, should a bare `except:` have caught it


class Stopped(BaseException):
    """Raised inside code that has used up its time. Not an Exception: `except Exception` must not catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Stopped in the calling thread after `seconds`.

    An alarm signal in the main thread of a Unix process, else an exception sent by a timer thread;
    in the browser, which has neither, no limit: the page stops its worker.
    """
    with nullcontext() if sys.platform == "emscripten" else _alarm(seconds) if _has_alarm() else _timer(seconds):
        yield


def _has_alarm() -> bool:
    import signal

    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    import signal

    def stop(signum: int, frame: object) -> None:
        raise Stopped

    previous = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    import ctypes

    thread = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()
    lock = threading.Lock()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:
                if not done.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Stopped))
            wait = REPEAT

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            done.set()
        watcher.join()
