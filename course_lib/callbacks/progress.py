"""What is shown and written while a model trains: a progress bar, a table of the epochs."""

import sys
from pathlib import Path
from typing import Any

from course_lib import _checks
from course_lib.callbacks.base import Callback, Logs


class ProgbarLogger(Callback):
    """Progress on standard output: a bar per epoch (verbose=1, plain lines without tqdm), or a line (verbose=2)."""

    def __init__(self, verbose: int = 1):
        self.bar: Any = None
        self.tqdm: Any = None
        if verbose == 1:
            try:
                from tqdm.auto import tqdm
                self.tqdm = tqdm
            except ImportError:
                pass                            # plain lines instead

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        if self.tqdm is not None:
            self.bar = self.tqdm(total=self.params["steps"], desc=self._title(epoch), file=sys.stdout, unit="step")

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.bar.update()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        text = " - ".join(f"{name}: {value:.4f}" for name, value in (logs or {}).items())
        if self.bar is not None:
            self.bar.set_postfix_str(text)
            self.bar.close()
            self.bar = None
        else:
            print(f"{self._title(epoch)} - {text}", flush=True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.bar.close()

    def _title(self, epoch: int) -> str:
        return f"Epoch {epoch + 1}/{self.params['epochs']}"


class CSVLogger(Callback):
    """Writes a line of comma-separated values after each epoch: the epoch, counted from 0, and its logs.

    filename: an existing file is replaced, unless append=True. separator: one character. As in Keras the columns are
    those of the first epoch, in alphabetical order, with a "val_" column for each where nothing is validated in it;
    what is missing is written NA.
    """

    def __init__(self, filename: str | Path, separator: str = ",", append: bool = False):
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"CSVLogger: separator must be one character, got {_checks.describe(separator)}")
        self.path, self.separator, self.append = Path(filename), separator, bool(append)
        self._columns: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._columns = None
        there = self.path.exists()
        with open(self.path, "a", encoding="utf-8"):        # an error now, if at all; what is there stays until then
            pass
        if not there:
            self.path.unlink()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        import csv  # here: importing the library stays fast
        logs = logs or {}
        mode = "w" if self._columns is None and not self.append else "a"
        if self._columns is None:
            self._columns = sorted(logs)
            if not any(name.startswith("val_") for name in logs):
                self._columns += [f"val_{name}" for name in self._columns]
        with open(self.path, mode, encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator, lineterminator="\n")
            if file.tell() == 0:
                writer.writerow(["epoch", *self._columns])
            writer.writerow([epoch, *(logs.get(name, "NA") for name in self._columns)])
