"""The site's copy of Pyodide: from PYODIDE_DIR, else a cache, else the official CDN, every file checked.

`vendor/pyodide/` holds the sums and the lock file, reduced to the one package the page uses; never Pyodide itself.
"""

import hashlib
import os
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent / "vendor" / "pyodide"
VERSION = "314.0.3"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
LOCK = "pyodide-lock.json"
PATIENCE = 3.0  # seconds until a host that does not answer is given up
SUMS = {name: value for value, name in map(str.split, (HERE / "SHA256SUMS").read_text("utf-8").splitlines())}


class WrongSum(Exception):
    """A file is not the official one."""


def cache() -> Path:
    """Where a downloaded copy is kept."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "course_lib" / f"pyodide-{VERSION}"


def check(name: str, data: bytes, where: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != SUMS[name]:
        raise WrongSum(f"{where}{name} is not the file of Pyodide {VERSION}: its sha256 is {found}, "
                       f"expected {SUMS[name]}")


def complete(folder: Path) -> bool:
    """Whether the folder holds every file, each the official one. Raises WrongSum if one is not."""
    if not all((folder / name).is_file() for name in SUMS):
        return False
    for name in SUMS:
        check(name, (folder / name).read_bytes(), f"{folder}{os.sep}")
    return True


def download(target: Path, cdn: str = CDN) -> None:
    """Fill the cache. Raises OSError where the CDN cannot be reached, WrongSum where it gives something else."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / LOCK, target / LOCK)
    for name in SUMS:
        if not (target / name).is_file():
            with urllib.request.urlopen(cdn + name, timeout=PATIENCE) as answer:
                data = answer.read()
            check(name, data, cdn)
            partial = target / f"{name}.{os.getpid()}"
            partial.write_bytes(data)
            partial.replace(target / name)


def find(cdn: str = CDN) -> Path | None:
    """A folder with a checked copy, or None if there is none to be had."""
    if chosen := os.environ.get("PYODIDE_DIR"):
        if not complete(Path(chosen)):
            lacking = ", ".join(name for name in SUMS if not (Path(chosen) / name).is_file())
            raise FileNotFoundError(f"PYODIDE_DIR={chosen} does not hold {lacking}")
        return Path(chosen)
    folder = cache()
    if not complete(folder):
        try:
            download(folder, cdn)
        except OSError:  # no network, or no place to keep it
            return None
    return folder


def copy(source: Path, target: Path) -> None:
    """Put the files into the site."""
    target.mkdir(parents=True, exist_ok=True)
    for name in SUMS:
        shutil.copyfile(source / name, target / name)
