"""Which tests reach which lines, and how long each takes: one run of each file of tests under coverage, kept until the
package or that file changes."""

import ast
import functools
import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import coverage
import pytest

IMPORT = ""         # what an import runs belongs to no test


@dataclass
class Reach:
    """lines: for each file and line the tests that reach it. seconds: the processor's time of each test."""

    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests(self, file: str, lines: range) -> set[str]:
        """The tests that reach any of the lines."""
        return self._all(file, lines) - {IMPORT}

    def on_import(self, file: str, lines: range) -> bool:
        """Whether any of the lines runs when the package or the tests are imported."""
        return IMPORT in self._all(file, lines)

    def quickest_first(self, tests: Iterable[str]) -> list[str]:
        return sorted(tests, key=lambda test: (self.seconds[test], test))

    def by_file(self) -> dict[str, set[str]]:
        """The tests of each file of tests."""
        files: dict[str, set[str]] = {}
        for test in self.seconds:
            files.setdefault(test.partition("::")[0], set()).add(test)
        return files

    def add(self, path: Path) -> None:
        """What ``measure`` has written."""
        read: dict[str, Any] = json.loads(path.read_text())
        tests: list[str] = read["tests"]
        self.seconds |= read["seconds"]
        for file, lines in read["lines"].items():
            for line, numbers in lines.items():
                self.lines.setdefault(file, {}).setdefault(int(line), set()).update(tests[i] for i in numbers)

    def _all(self, file: str, lines: range) -> set[str]:
        reached = self.lines.get(file, {})
        return set().union(*(reached.get(line, ()) for line in lines))


def measure(root: Path, package: str, arguments: list[str], file: Path, target: Path) -> None:
    """Run a file of tests and write what they reach. Raises RuntimeError if one fails."""
    plugin, data, configuration = _Seconds(), target.with_suffix(".coverage"), target.with_suffix(".ini")
    configuration.write_text(f"[run]\ndata_file = {data}\n")
    code = pytest.main([*arguments, str(file), "-x", "-p", "pytest_cov", f"--cov={package}", "--cov-context=test",
                        "--cov-report=", f"--cov-config={configuration}"], plugins=[plugin])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"{file} fails without a mutant (pytest's exit code {int(code)})")
    measured = coverage.CoverageData(str(data))
    measured.read()
    tests = [IMPORT, *plugin.seconds]
    numbers = {test: i for i, test in enumerate(tests)}
    lines = {Path(name).relative_to(root).as_posix(): {
        line: sorted({numbers[context.rpartition("|")[0]] for context in contexts})
        for line, contexts in measured.contexts_by_lineno(name).items()} for name in measured.measured_files()}
    target.write_text(json.dumps({"tests": tests, "seconds": plugin.seconds, "lines": lines}))
    data.unlink()
    configuration.unlink()


def state(root: Path, package: str, tests: Iterable[Path]) -> str:
    """A sum that changes with any file of the package, with any of these files of tests, and with what they share."""
    return _sum(_package(root, package), *(f"{path.relative_to(root)}\n{path.read_text()}" for path in
                                           sorted({*tests, *(path for file in tests for path in _shared(root, file))})))


def state_of_test(root: Path, package: str, test: str) -> str:
    """A sum that changes with any file of the package, with the test and with what it may use, but not with other tests
    of its file. ``test`` may be a file, or nothing: the package alone."""
    file, _, name = test.partition("::")
    used = [*(path.read_text() for path in _shared(root, root / file)),
            _alone(root / file, re.split(r"::|\[", name)[0])] if file else []
    return _sum(_package(root, package), *used)


@functools.cache
def _package(root: Path, package: str) -> str:
    return _sum(*(f"{path.relative_to(root)}\n{path.read_text()}" for path in sorted((root / package).rglob("*.py"))))


@functools.cache
def _shared(root: Path, file: Path) -> tuple[Path, ...]:
    """The fixtures and helpers beside a file of tests and above it."""
    folders = [folder for folder in file.parents if folder.is_relative_to(root) and folder != root]
    return tuple(sorted(path for folder in folders for path in folder.glob("*.py")
                        if not path.name.startswith("test_")))


@functools.cache
def _alone(file: Path, name: str) -> str:
    """The file without its other tests."""
    others = (ast.FunctionDef, ast.ClassDef)
    return "\n".join(ast.dump(node) for node in ast.parse(file.read_text()).body
                     if not (isinstance(node, others) and node.name.lower().startswith("test") and node.name != name))


def _sum(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


@dataclass(eq=False)
class _Seconds:
    """A plugin that keeps the time of each test, set-up included."""

    seconds: dict[str, float] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        start = time.process_time()
        result = yield
        self.seconds[item.nodeid] = round(time.process_time() - start, 4)
        return result
