"""Mutation testing: python tools/mutants/run.py [--only FILE]

Each mutant is one small change of the code. A test must fail with it, or tests/mutants.toml must say why none can. Exit
code 0: at least 95 % are killed and the others explained; 1: not so. An interrupted run goes on where it stopped, and
after a change the test that killed a mutant the last time is tried first.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"                          # before NumPy is imported: a process with threads cannot fork
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"      # plugins cost more than most tests

import mpmath  # noqa: F401  what the tests import is imported once, before the forks; the mutated package is not
import numpy as np  # noqa: F401
from project import Project
from report import report


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="one file, or a pattern such as course_lib/losses/*")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2], help="the project's folder")
    options = parser.parse_args()
    os.chdir(options.root)
    sys.path.insert(0, str(options.root))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return report(Project.read(options.root), options.only)


if __name__ == "__main__":
    sys.exit(main())
