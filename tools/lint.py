"""Lint, types and forbidden words: python tools/lint.py. Exit code 0: all is well, 1: it is not."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (["ruff", "check", "--quiet", "."], ["mypy", "--no-error-summary"])

# What no file of the project says. Others' code and fonts under vendor/ stay as they came.
FORBIDDEN = {
    "names a package index": re.compile(
        r"pypi\.(org|python\.org)|pythonhosted\.org|conda\.(org|anaconda)|npmjs\.(org|com)"
    ),
    "names a path of one machine": re.compile(r"(?<![\w.])/(work|root)/"),
    "leaves a line out of the coverage without saying why": re.compile(
        r"pragma: no (cover|branch)(?! - \w+ \w+)"
    ),
    "leaves work undone": re.compile(r"\b(TO[D]O|FIX[M]E)\b"),
}


def tracked() -> list[Path]:
    """The project's text files: tracked, or new and not ignored."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    paths = [ROOT / name for name in listed if name and "vendor" not in Path(name).parts]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


def forbidden(path: Path) -> list[str]:
    """``path:line: what is wrong`` for each line that says what it must not."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return [f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}: {what} ({found[0]})"
            for what, pattern in FORBIDDEN.items() for found in pattern.finditer(text)]


def main() -> int:
    failed = []
    for name, *arguments in COMMANDS:
        if subprocess.run([sys.executable, "-m", name, *arguments], cwd=ROOT).returncode:
            failed.append(name)
    if lines := [line for path in tracked() for line in forbidden(path)]:
        print("\n".join(lines))
        failed.append("forbidden words")
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: ruff, mypy and the words are fine")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
