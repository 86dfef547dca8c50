"""Run tests against one mutant after another, each in a process of its own that is forked from a prepared one.

A graft changes the package in a process that has collected all tests already: no import, no collection. What acts
during the import may be lost on it. Such a mutant is imported afresh if it has survived: that process is forked before
the package is imported, and its import finds the mutated source. No file is written.
"""

import functools
import gc
import importlib.abc
import importlib.util
import json
import mmap
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from grafting import Stock

MEMORY = 8 * 2 ** 30
FORK = multiprocessing.get_context("fork")
STUCK = 900.0                   # seconds: a process that waits for something uses up no time of the processor
# Nothing of a test is shown, so nothing is made ready for it.
QUIET = ["-q", "--tb=no", "--assert=plain", "--capture=sys", "-p", "no:cacheprovider", "-p", "no:faulthandler",
         "--no-header", "--no-summary"]


@dataclass(frozen=True)
class Verdict:
    """how: "killed", "timeout" (killed, by a test that does not end, or that ends Python), or "survived"; ``test``
    killed it, or is "import"; "no graft": it must be imported afresh."""

    how: str
    test: str = ""

    @property
    def killed(self) -> bool:
        return self.how in ("killed", "timeout")


def judge(work: Callable[["Answer"], None]) -> Verdict:
    """Let a forked process do the work."""
    answer = Answer()
    process = FORK.Process(target=_limited, args=(work, answer))
    process.start()
    process.join(STUCK)
    process.kill()
    process.join()
    return answer.read()


class Answer:
    """Memory that a process shares with its forks: the last that was written stands, however the fork ends. (A pipe
    would wake the reader for every test.)"""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 4096)
        self.write(Verdict("timeout", "import"))

    def write(self, verdict: Verdict) -> None:
        text = json.dumps([verdict.how, verdict.test]).encode()[:4095]
        self._memory[:len(text) + 1] = text + b"\0"

    def read(self) -> Verdict:
        return Verdict(*json.loads(self._memory[:].partition(b"\0")[0]))


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _limited(work: Callable[[Answer], None], answer: Answer) -> None:
    _silence()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _allow(10.0)
    work(answer)
    os._exit(0)


def _allow(seconds: float) -> None:
    """End this process after so many seconds of the processor."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


@dataclass(eq=False)
class Watch:
    """A plugin that announces each test, lets it take a few times as long as without a mutant, and ends the process at
    the first failure: no report, no clearing up."""

    answer: Answer
    seconds: dict[str, float]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.answer.write(Verdict("timeout", nodeid))       # so it will stand if the test does not end
        _allow(1 + 5 * self.seconds.get(nodeid, 0.0))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        if call.excinfo and not call.excinfo.errisinstance(pytest.skip.Exception) and \
                not item.get_closest_marker("xfail"):
            self.killed(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:                       # an expected failure that did not come
            self.killed(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.killed(report.nodeid)

    def killed(self, test: str) -> None:
        self.answer.write(Verdict("killed", test))
        os._exit(0)


class Collected:
    """A process that has imported the package and collected its tests, and grafts mutants in forks of itself."""

    def __init__(self, arguments: list[str], seconds: dict[str, float]) -> None:
        self._requests, theirs = FORK.Pipe()
        self._process = FORK.Process(target=self._serve, args=(theirs, arguments, seconds))
        self._process.start()
        theirs.close()

    def judge(self, module: str, source: str, mutants: list[tuple[str, list[str]]]) -> Iterator[Verdict]:
        """The verdicts on mutated sources of a module, each with the tests to run, as they come."""
        self._requests.send((module, source, mutants))
        for _ in mutants:
            yield self._requests.recv()

    def close(self) -> None:
        self._requests.close()
        self._process.join()

    def _serve(self, requests: Connection, arguments: list[str], seconds: dict[str, float]) -> None:
        self._requests.close()          # so that the end of the other process is seen
        _silence()
        pytest.main([*QUIET, *arguments], plugins=[_Loop(requests, seconds)])
        os._exit(0)


@dataclass(eq=False)
class _Loop:
    """A plugin that runs what is asked for in place of all tests."""

    requests: Connection
    seconds: dict[str, float]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()                     # the forks' collections leave this memory alone, so it stays shared
        while True:
            try:
                module, source, mutants = self.requests.recv()
            except EOFError:
                return True
            stock = Stock(sys.modules[module], source)
            for mutated, tests in mutants:
                chosen = [items[test] for test in tests]
                self.requests.send(judge(functools.partial(self._try, session, stock, mutated, chosen)))

    def _try(self, session: pytest.Session, stock: Stock, mutated: str, chosen: list[pytest.Item],
             answer: Answer) -> None:
        try:
            if not stock.graft(mutated):
                return answer.write(Verdict("no graft"))
        except Exception:
            return answer.write(Verdict("killed", "import"))
        session.config.pluginmanager.register(Watch(answer, self.seconds))
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        answer.write(Verdict("survived"))


def afresh(module: str, path: Path, mutated: str, arguments: list[str], files: Sequence[list[str]],
           seconds: dict[str, float]) -> Verdict:
    """Import the package with the mutated source and run the tests, file by file; ``files`` lists the tests of each.

    The process that calls this must not have imported the package.
    """
    def work(answer: Answer) -> None:
        sys.meta_path.insert(0, _Finder(module, path, mutated))
        try:
            importlib.import_module(module)
        except BaseException:
            return answer.write(Verdict("killed", "import"))
        for tests in files:
            watch = Watch(answer, seconds)
            code = pytest.main([*QUIET, *arguments, "-x", tests[0].partition("::")[0]],
                               plugins=[watch, _Order({test: i for i, test in enumerate(tests)})])
            if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
                watch.killed(tests[0])
        answer.write(Verdict("survived"))
    return judge(work)


@dataclass(eq=False)
class _Order:
    """A plugin that puts the collected tests in the given order, and unknown ones last."""

    places: dict[str, int]

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.places.get(item.nodeid, len(self.places)))


@dataclass(eq=False)
class _Finder(importlib.abc.MetaPathFinder):
    """Finds one module in the mutated source."""

    module: str
    path: Path
    mutated: str

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != self.module:
            return None
        inside = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        return importlib.util.spec_from_file_location(fullname, self.path, submodule_search_locations=inside,
                                                      loader=_Loader(fullname, str(self.path), self.mutated))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, mutated: str) -> None:
        super().__init__(fullname, path)
        self._mutated = mutated

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._mutated, self.path, "exec", dont_inherit=True)
