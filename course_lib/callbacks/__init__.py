"""Callbacks: hooks that ``fit``, ``evaluate`` and ``predict`` call, with Keras's names."""

from course_lib.callbacks.base import Callback, CallbackList, History, LambdaCallback, Logs
from course_lib.callbacks.checkpoints import BackupAndRestore, ModelCheckpoint
from course_lib.callbacks.monitoring import EarlyStopping, ReduceLROnPlateau, TerminateOnNaN
from course_lib.callbacks.progress import CSVLogger, ProgbarLogger
from course_lib.callbacks.rates import LearningRateScheduler, OneCycleScheduler

__all__ = ["BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
           "LearningRateScheduler", "Logs", "ModelCheckpoint", "OneCycleScheduler", "ProgbarLogger",
           "ReduceLROnPlateau", "TerminateOnNaN"]
