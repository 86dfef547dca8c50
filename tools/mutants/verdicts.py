"""The verdict on each mutant: what is known already, what has to be tried, and with which tests."""

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import reach
import worker
from mutations import Mutant
from project import Project

FIRST_TRY = 3.0         # seconds


class Results:
    """The verdicts, one JSON value a line, written as they come.

    A mutant stays killed while the package and the test that killed it are the same. It has survived while the package
    and all tests are.
    """

    def __init__(self, project: Project, tests: list[Path]) -> None:
        self._project, self._path = project, project.build / "results.jsonl"
        self._state = reach.state(project.root, project.package, tests)
        self._read: dict[str, dict[str, str]] = {}
        for line in self._path.read_text().splitlines() if self._path.exists() else []:
            item = json.loads(line)
            self._read[item["mutant"]] = item

    def verdict(self, mutant: Mutant) -> worker.Verdict | None:
        """None where it is not known, or does not hold any more."""
        item = self._read.get(mutant.key)
        if item is None:
            return None
        verdict = worker.Verdict(item["how"], item["test"])
        return verdict if item["state"] == self._state_of(verdict) else None

    def killer(self, mutant: Mutant) -> str:
        """The test that killed it the last time."""
        return self._read.get(mutant.key, {}).get("test", "")

    def add(self, mutant: Mutant, verdict: worker.Verdict) -> worker.Verdict:
        item = {"mutant": mutant.key, "how": verdict.how, "test": verdict.test,
                "state": self._state_of(verdict)}
        self._read[mutant.key] = item
        with self._path.open("a") as file:
            file.write(json.dumps(item) + "\n")
        return verdict

    def _state_of(self, verdict: worker.Verdict) -> str:
        if not verdict.killed:
            return self._state
        file = self._project.root / verdict.test.partition("::")[0]
        return reach.state_of_test(self._project.root, self._project.package, verdict.test if file.exists() else "")


class Judge:
    """Judges the mutants of a group of files; what they share is made once."""

    def __init__(self, project: Project, tests: list[Path]) -> None:
        self._project, self._tests = project, tests
        self._reach = measured(project, tests)
        self._results = Results(project, tests)
        self._collected: worker.Collected | None = None         # started with the first mutant that is not known

    def close(self) -> None:
        if self._collected:
            self._collected.close()

    def verdicts(self, path: Path, found: list[Mutant]) -> list[worker.Verdict]:
        """Graft the mutants of a file; what survives, or cannot be grafted, and acts on import, is imported afresh."""
        for mutant, verdict in self._grafted(path, [m for m in found if self._results.verdict(m) is None]):
            if verdict.killed or verdict.how == "survived" and not self._on_import(mutant):
                self._results.add(mutant, verdict)
        return [self._results.verdict(mutant) or self._results.add(mutant, self._afresh(mutant)) for mutant in found]

    def control(self, path: Path) -> None:
        """What changes nothing must survive, or no verdict means anything."""
        nothing = Mutant(path.relative_to(self._project.root).as_posix(), "", "", "", 0, range(0), range(0),
                         path.read_text())
        if self._results.verdict(nothing) is None:
            for verdict in (*(verdict for _, verdict in self._grafted(path, [nothing])), self._afresh(nothing)):
                if verdict.how != "survived":
                    sys.exit(f"{nothing.file}: {verdict.test} must pass without a mutant")
            self._results.add(nothing, verdict)

    def _grafted(self, path: Path, found: list[Mutant]) -> Iterator[tuple[Mutant, worker.Verdict]]:
        if found:
            self._collected = self._collected or worker.Collected(
                [*self._project.arguments, *map(str, self._tests)], self._reach.seconds)
            tried = [(mutant.source, self._order(mutant)) for mutant in found]
            yield from zip(found, self._collected.judge(_module(found[0]), path.read_text(), tried), strict=True)

    def _afresh(self, mutant: Mutant) -> worker.Verdict:
        return worker.afresh(_module(mutant), self._project.root / mutant.file, mutant.source,
                             self._project.arguments, self._by_file(mutant), self._reach.seconds)

    def _on_import(self, mutant: Mutant) -> bool:
        return self._reach.on_import(mutant.file, mutant.statement)

    def _order(self, mutant: Mutant) -> list[str]:
        """The tests that reach the mutant, the quickest first. On import none does; then those that may see it, but
        only a few seconds of them, as all will be run with a fresh import."""
        tests = self._reach.tests(mutant.file, mutant.statement)
        killer = self._results.killer(mutant)
        order = self._reach.quickest_first(tests - {killer}) if tests else \
            [test for file in self._by_file(mutant) for test in file if test != killer]
        if self._on_import(mutant):
            spent = itertools.accumulate(self._reach.seconds[test] for test in order)
            order = [test for test, seconds in zip(order, spent, strict=True) if seconds < FIRST_TRY]
        return [killer, *order] if killer in self._reach.seconds else order

    def _by_file(self, mutant: Mutant) -> list[list[str]]:
        """The tests of each file, first those that reach the definition, and the files with most of these first; before
        all the last killer and its file."""
        near, killer = self._reach.tests(mutant.file, mutant.definition), self._results.killer(mutant)
        files = sorted(self._reach.by_file().items(), key=lambda item: (
            killer not in item[1], -len(item[1] & near) / len(item[1]), item[0]))
        return [[*([killer] if killer in tests else []), *self._reach.quickest_first((tests & near) - {killer}),
                 *self._reach.quickest_first(tests - near - {killer})] for _, tests in files]


def _module(mutant: Mutant) -> str:
    return ".".join(Path(mutant.file).with_suffix("").parts).removesuffix(".__init__")


def measured(project: Project, tests: list[Path]) -> reach.Reach:
    """What the tests reach; measured where it is not known for this state."""
    reached = reach.Reach()
    for file in tests:
        name = "-".join(file.relative_to(project.root).with_suffix("").parts)
        target = project.build / f"{name}-{reach.state(project.root, project.package, [file])}.json"
        if not target.exists():
            print(f"measuring what {file.relative_to(project.root)} reaches", flush=True)
            process = worker.FORK.Process(target=reach.measure, args=(
                project.root, project.package, [*worker.QUIET, *project.arguments], file, target))
            process.start()
            process.join()
            if process.exitcode:
                sys.exit("the tests must pass without a mutant")
            for old in project.build.glob(f"{name}-*.json"):
                if old != target:
                    old.unlink()
        reached.add(target)
    return reached
