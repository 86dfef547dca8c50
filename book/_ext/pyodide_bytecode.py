"""Bytecode for the site's copy of Python: what a page loads at its start need not be compiled in the browser.

Compiling the sources is most of the time until a reader's first verdict. Only Pyodide itself can compile for its
version of Python, so Node runs it once at build time; where there is no Node that can, the sources alone do.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pyodide_copy

SCRIPT = Path(__file__).with_suffix(".mjs")
PATIENCE = 120  # seconds
KEPT = 4  # bundles, for as many versions of the wheel


class NoBytecode(Exception):
    """Node is missing, or could not compile the modules."""


def put_into(folder: Path, wheel: Path) -> None:
    """Add bytecode to the site's copy of Pyodide and to the project's wheel; without Node say so, and leave them."""
    try:
        bundle = compiled(folder, wheel)
    except NoBytecode as error:
        print(f"Note: the first verdict in a page will take some seconds longer, for want of bytecode: {error}")
        return
    add(bundle, {path.name: path for path in (wheel, *folder.iterdir())})
    lock = json.loads((folder / pyodide_copy.LOCK).read_text("utf-8"))
    for package in lock["packages"].values():
        package["sha256"] = hashlib.sha256((folder / package["file_name"]).read_bytes()).hexdigest()
    (folder / pyodide_copy.LOCK).write_text(json.dumps(lock), "utf-8")


def compiled(folder: Path, wheel: Path) -> bytes:
    """A zip archive of the modules' bytecode, kept for the next build: NAME OF THE ARCHIVE/PATH IN IT."""
    if not (node := shutil.which("node")):
        raise NoBytecode("there is no Node on this machine")
    parts = [json.dumps(pyodide_copy.SUMS).encode(), wheel.read_bytes(), SCRIPT.read_bytes()]
    key = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    store = pyodide_copy.cache().with_name("bytecode")
    if (kept := store / f"{key}.zip").is_file():
        os.utime(kept)
        return kept.read_bytes()
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store) as here:
        bundle = Path(here) / kept.name
        command = [node, SCRIPT, folder, wheel, bundle]
        try:
            subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        except subprocess.CalledProcessError as error:
            raise NoBytecode(f"{node} failed: {(error.stderr.splitlines() or [''])[-1]}") from error
        except subprocess.TimeoutExpired as error:
            raise NoBytecode(f"{node} took more than {PATIENCE} s") from error
        bundle.replace(kept)
        data = kept.read_bytes()
    for old in sorted(store.glob("*.zip"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return data


def add(bundle: bytes, archives: Mapping[str, Path]) -> None:
    """Put each archive's part of the bundle into it."""
    parts: dict[str, dict[str, bytes]] = defaultdict(dict)
    with zipfile.ZipFile(BytesIO(bundle)) as opened:
        for name in opened.namelist():
            archive, _, path = name.partition("/")
            parts[archive][path] = opened.read(name)
    for archive, files in parts.items():
        with zipfile.ZipFile(archives[archive], "a") as target:
            for path, data in files.items():
                target.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
