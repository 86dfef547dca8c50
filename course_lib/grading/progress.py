"""What is done: the last verdict on each exercise, in one small JSON file of the user's."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .report import VERDICTS, Result

VERSION = 1


def path() -> Path:
    """COURSE_STATE if it is set, else progress.json in the user's folder for such things."""
    if chosen := os.environ.get("COURSE_STATE"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "course_lib" / "progress.json"


def load() -> dict[str, str]:
    """The last verdict by exercise; nothing if there is no file or if it is damaged."""
    try:
        data = json.loads(path().read_text(encoding="utf-8"))
        verdicts = data["verdicts"]
        return {str(name): verdict for name, verdict in verdicts.items() if verdict in VERDICTS}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError):
        return {}


def save(results: Iterable[Result]) -> None:
    """Add these verdicts. Raises OSError where the file cannot be written; what was there then stays."""
    verdicts = load() | {result.exercise: result.verdict for result in results if result.verdict != "ungraded"}
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".progress-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"version": VERSION, "verdicts": dict(sorted(verdicts.items()))}, file, indent=1)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
