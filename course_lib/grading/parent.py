"""The child process that runs a student's file, seen from outside."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import course_lib

from .child import PROTOCOL
from .grade import Ungraded
from .values import MAX_BYTES

HELLO_SECONDS = 60.0  # for Python and NumPy to start, on a busy machine
GRACE = 3.0  # the child stops itself when a case's time is up; this much later it is killed
MEMORY = 8 * 2**30
MAX_LINE = 4 * MAX_BYTES


class Died(Exception):
    """The child ended, or had to be ended; the text says how."""


class Child:
    """One child process. command: put in front of Python's, for a sandbox."""

    def __init__(self, folder: Path, command: Sequence[str] = (), memory: int = MEMORY):
        root = str(Path(course_lib.__file__).parents[1])
        paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*command, sys.executable, "-P", "-m", "course_lib.grading.child", str(memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, cwd=folder,
            env={**os.environ, "PYTHONPATH": paths})
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline(MAX_LINE):
            self.lines.put(line)
        self.lines.put(b"")

    def hello(self) -> None:
        """Wait for the child's hello: without it nothing it does may be counted against the student."""
        try:
            if self.answer("hello", HELLO_SECONDS) == PROTOCOL:
                return
            reason = "it speaks another version of the protocol"
        except (Died, TimeoutError) as error:
            self.errors.seek(0)
            last = self.errors.read()[-2000:].decode(errors="replace").strip().splitlines()
            reason = last[-1] if last else str(error) or "it did not answer"
        raise Ungraded(f"The process that runs your code could not be started ({reason}).")

    def ask(self, kind: str, **fields: Any) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({kind: fields}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended; `answer` will say how

    def answer(self, kind: str, seconds: float) -> Any:
        """The next message, which must be of this kind. Raises TimeoutError or Died."""
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if not line:
            raise Died(self.ending())
        try:
            message = json.loads(line)
            if set(message) == {kind}:
                return message[kind]
        except (ValueError, TypeError, RecursionError):
            pass
        raise Died("the connection to it was disturbed")

    def ending(self) -> str:
        """How the process ended."""
        status = self.process.wait()
        if status in (-9, 137):
            return "it was killed from outside, as systems do when memory runs out"
        if status < 0:
            return f"it crashed with signal {-status}"
        return f"it ended with exit status {status}, as after `os._exit({status})`"

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:         # pragma: no cover - unsent data for a child that has ended; coverage ends it first
                pass
        self.errors.close()
