"""Callbacks that write the model to disk while it trains. Each file appears whole or not at all."""

from contextlib import suppress
from pathlib import Path

from course_lib import _checks, saving
from course_lib.callbacks.base import Callback, Logs
from course_lib.callbacks.monitoring import MonitorCallback


class SaveFrequency:
    """When to save: after each epoch, or whenever ``save_freq`` steps have been taken since the last time."""

    def __init__(self, where: str, save_freq: str | int):
        if save_freq != "epoch":
            save_freq = _checks.integer(where, "save_freq, where it is not 'epoch',", save_freq, low=1)
        self.save_freq, self.steps = save_freq, 0

    def after_epoch(self) -> bool:
        return self.save_freq == "epoch"

    def after_step(self) -> bool:
        if self.save_freq == "epoch":
            return False
        self.steps += 1
        due = self.steps >= self.save_freq                          # type: ignore[operator]
        if due:
            self.steps = 0
        return due


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights alone, after each epoch or every ``save_freq`` steps.

    filepath: ends in .npz and may hold fields such as "{epoch:02d}-{val_loss:.2f}.npz" (epochs from 1; "{batch}" where
    save_freq is a number); missing folders are made. save_best_only: only where the monitored number has improved, on
    ``initial_value_threshold`` at first, if that is given. save_weights_only: as ``save_weights`` does it. verbose: 1
    says what happens. As in Keras, but for the files' format.
    """

    def __init__(self, filepath: str | Path, monitor: str = "val_loss", verbose: int = 0, save_best_only: bool = False,
                 save_weights_only: bool = False, mode: str = "auto", save_freq: str | int = "epoch",
                 initial_value_threshold: float | None = None):
        super().__init__(monitor, mode)
        self.filepath = str(filepath)
        if not self.filepath.endswith(".npz"):
            raise ValueError(f"ModelCheckpoint: filepath must end in .npz, got {self.filepath!r}")
        self.save_best_only, self.save_weights_only = bool(save_best_only), bool(save_weights_only)
        self.frequency = SaveFrequency("ModelCheckpoint", save_freq)
        if initial_value_threshold is not None:
            self.best = _checks.number("ModelCheckpoint", "initial_value_threshold", initial_value_threshold)
        self.verbose, self.epoch = verbose, 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self.save_best_only:                     # only then does the direction matter
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.frequency.after_epoch():
            self._save(logs or {}, {})

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.frequency.after_step():
            self._save(logs or {}, {"batch": batch + 1})

    def _save(self, logs: Logs, fields: dict[str, int]) -> None:
        if self.save_best_only:
            value = self.current(logs)
            if value is not None:
                if not self.improves(value, self.best):
                    self._say(f"{self.monitor} did not improve from {self.best:.5f}")
                    return
                self.best = value
        try:
            path = Path(self.filepath.format(epoch=self.epoch + 1, **fields, **logs))
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"ModelCheckpoint: filepath {self.filepath!r} cannot be filled in ({error}); known: "
                             f"{', '.join(['epoch', *fields, *logs])}") from None
        path.parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        self._say(f"saved the model to {path}")

    def _say(self, text: str) -> None:
        if self.verbose:
            print(f"Epoch {self.epoch + 1}: {text}", flush=True)


class BackupAndRestore(Callback):
    """Lets an interrupted training go on: the same ``fit``, called again, starts where the last backup was made.

    backup_dir: a folder, which is made where it is missing. save_freq: "epoch", or every so many steps; the training
    goes on with the epoch after the last one backed up, or at the beginning of the one it was in. delete_checkpoint:
    remove the backup, and the folder if nothing else is in it, when the training has ended. With save_freq="epoch" the
    result is the same, to the bit, as without the interruption: weights, optimizer, shuffling and masks all come back.
    """

    FILE = "latest.npz"

    def __init__(self, backup_dir: str | Path, save_freq: str | int = "epoch", delete_checkpoint: bool = True):
        if not backup_dir:
            raise ValueError(f"BackupAndRestore: backup_dir must name a folder, got {backup_dir!r}")
        self.folder, self.delete_checkpoint = Path(backup_dir), bool(delete_checkpoint)
        self.frequency = SaveFrequency("BackupAndRestore", save_freq)
        self.epoch = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if (path := self.folder / self.FILE).exists():
            self.model._initial_epoch = saving.restore_backup(self.model, path)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch = epoch + 1
        if self.frequency.after_epoch():
            self._save()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self.frequency.after_step():
            self._save()

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.delete_checkpoint:
            (self.folder / self.FILE).unlink(missing_ok=True)
            with suppress(OSError):             # what else is in the folder stays
                self.folder.rmdir()

    def _save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        saving.save_backup(self.model, self.folder / self.FILE, self.epoch)
