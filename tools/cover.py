"""Line and branch coverage of course_lib: python tools/cover.py [PART...]

Runs the parts of the tests one after the other (default: all of them), child processes included, and prints what no
test reaches. Such a line needs a test, or the reason beside it why it has none:

    raise NewError        # pragma: no cover - why that is

(the linter asks for the reason). Exit code 0: all is reached or explained, 1: a line is neither, or a test failed,
2: no such part.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FAST = "not notebooks and not browser and not slow"
PARTS = {"core": FAST, "claims": "", "chapters": FAST, "grading": FAST, "widgets": FAST,    # folder: markers
         "interop": "not slow"}
COUNTS = ("num_statements", "missing_lines", "num_branches", "missing_branches")


def coverage(*arguments: str) -> bool:
    """Call coverage, with the settings of pyproject.toml; whether it succeeded."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    return subprocess.run([sys.executable, "-m", "coverage", *arguments], cwd=ROOT, env=environment).returncode == 0


def run(part: str) -> bool:
    """Run a folder of tests; what they reach is kept beside that of the parts before. Whether all passed."""
    return coverage("run", "-m", "pytest", "-q", "-p", "under_coverage", f"tests/{part}", "-m", PARTS[part])


def measured() -> dict[str, dict[str, Any]]:
    """By file, what coverage found in all parts together."""
    written = ROOT / "_build" / "coverage" / "report.json"
    if not (coverage("combine", "-q") and coverage("json", "-q", "-o", str(written))):
        raise RuntimeError("coverage has no data")
    files: dict[str, dict[str, Any]] = json.loads(written.read_text("utf-8"))["files"]
    return files


def missing(file: dict[str, Any]) -> list[str]:
    """The lines that were not reached, and as "12->15" the ways out of a line that were not taken."""
    lines = set(file["missing_lines"])
    ways = [f"{start}->{'exit' if end < 0 else end}" for start, end in file["missing_branches"]
            if start not in lines and end not in lines]
    return [*map(str, sorted(lines)), *ways]


def report(files: dict[str, dict[str, Any]]) -> bool:
    """Print a line for each folder, then all that is missing; whether that is nothing."""
    folders: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    for path, file in files.items():
        for folder in (Path(path).parent.as_posix(), "all"):
            for count in COUNTS:
                folders[folder][count] += file["summary"][count]
    width = max(map(len, folders))
    print(f"{'':{width}}  lines missing  branches missing")
    for folder in sorted(folders, key=lambda name: (name == "all", name)):
        lines, no_lines, branches, no_branches = folders[folder].values()
        print(f"{folder:{width}}  {lines:5} {no_lines:7}  {branches:8} {no_branches:7}")
    gaps = {path: missing(file) for path, file in files.items()}
    for path, lines_and_ways in gaps.items():
        if lines_and_ways:
            print(f"{path}: neither reached nor explained: {', '.join(lines_and_ways)}")
    return not any(gaps.values())


def main(parts: list[str]) -> int:
    if unknown := [part for part in parts if part not in PARTS]:
        print(f"cover: no part {', '.join(unknown)}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    coverage("erase")
    passed = [run(part) for part in parts or PARTS]
    return 0 if report(measured()) and all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
