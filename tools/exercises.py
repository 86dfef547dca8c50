"""Write solutions/ from the exercise specs, and exercises/ from solutions/ by nbgrader's own converter.

    python tools/exercises.py            write both
    python tools/exercises.py --check    write nothing, say what differs (exit code 1)
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from course_lib.grading.generate import notebook
from course_lib.grading.specs import chapters

ROOT = Path(__file__).resolve().parents[1]
CONFIG = """
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
"""


def build(folder: Path) -> None:
    """Write solutions/ and exercises/ into an empty folder."""
    for chapter in chapters():
        master = folder / "solutions" / chapter.name / f"{chapter.name}.ipynb"
        master.parent.mkdir(parents=True)
        master.write_text(notebook(chapter), encoding="utf-8", newline="\n")
    (folder / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    environment = {**os.environ, "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""),
                   "HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "jupyter"),
                   "JUPYTER_DATA_DIR": str(folder / "jupyter")}
    for chapter in chapters():
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", chapter.name, "--no-db", "--force"],
            cwd=folder, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"nbgrader generate_assignment {chapter.name} failed:\n{done.stdout}{done.stderr}")


def notebooks(folder: Path) -> dict[str, str]:
    """The text of every notebook in solutions/ and exercises/, by relative path."""
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for name in ("solutions", "exercises") for path in sorted((folder / name).rglob("*.ipynb"))
            if ".ipynb_checkpoints" not in path.parts}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        build(Path(temporary))
        wanted = notebooks(Path(temporary))
    present = notebooks(ROOT)
    different = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    for name in different:
        if options.check:
            print(f"{name} is not what the specs give: run `make exercises`")
        elif name in wanted:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(wanted[name], encoding="utf-8", newline="\n")
            print(f"wrote {name}")
        else:
            (ROOT / name).unlink()
            print(f"removed {name}")
    return 1 if different and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
