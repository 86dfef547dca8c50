"""Renew the pinned and hashed requirements from pyproject.toml.

The files name no package index, so they install from whichever index the machine is set up to use.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMON = ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest", "--generate-hashes",
          "--custom-compile-command", "make lock", "--quiet"]


def compile_requirements(source: list[str], output: str) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    subprocess.run([uv, "pip", "compile", *source, *COMMON, "-o", output], cwd=ROOT, check=True)


if __name__ == "__main__":
    compile_requirements(["requirements/setup.in"], "requirements/setup.txt")
    compile_requirements(["pyproject.toml", "--extra", "book"], "requirements/book.txt")
    # The development set contains the book's set at the same versions, so that one environment serves both.
    compile_requirements(["pyproject.toml", "--extra", "dev", "-c", "requirements/book.txt"], "requirements/dev.txt")
