"""A time limit for a stretch of code, by the best means the platform has."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial

LOOP = "Is there a loop that never ends, or a loop over elements where NumPy could work on whole arrays?"
REPEAT = 0.5  # seconds after which the interruption is sent again, should a bare `except:` have caught it

# In the browser, what `signal.setitimer` is elsewhere: (seconds, repeat), 0 to cancel. Set by the page's worker.
page_timer: Callable[[float, float], object] | None = None


class Stopped(BaseException):
    """Raised inside code that has used up its time. Not an Exception: `except Exception` must not catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Stopped in the calling thread after `seconds`.

    An alarm signal in the main thread of a Unix process and in the page's worker, else an exception sent by a timer
    thread. A browser without the page's worker has neither: no limit.
    """
    with _best(seconds):
        yield


def _best(seconds: float) -> AbstractContextManager[None]:
    if sys.platform == "emscripten":
        return _alarm(seconds, page_timer) if page_timer else nullcontext()
    import signal

    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _alarm(seconds, partial(signal.setitimer, signal.ITIMER_REAL))
    return _timer(seconds)


@contextmanager
def _alarm(seconds: float, set_timer: Callable[[float, float], object]) -> Iterator[None]:
    import signal

    def stop(signum: int, frame: object) -> None:
        raise Stopped

    previous = signal.signal(signal.SIGALRM, stop)
    try:
        set_timer(seconds, REPEAT)
        yield
    finally:
        set_timer(0, 0)
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
                if not done.is_set():       # pragma: no branch - the code may end while this waits for the lock
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
