"""Count the mutants of each target, and print those that survive without an explanation."""

import sys
from dataclasses import dataclass
from pathlib import Path

from mutations import mutants
from project import Explanation, Project
from verdicts import Judge

REQUIRED = 0.95


@dataclass
class Score:
    """What became of the mutants of a file, or of all files."""

    all: int = 0
    killed: int = 0
    explained: int = 0

    @property
    def unexplained(self) -> int:
        return self.all - self.killed - self.explained

    def __add__(self, other: "Score") -> "Score":
        return Score(self.all + other.all, self.killed + other.killed, self.explained + other.explained)

    def __str__(self) -> str:
        share = self.killed / self.all if self.all else 1.0
        return (f"{self.all:5} mutants, {self.killed:5} killed ({share:.1%}), {self.explained:3} explained, "
                f"{self.unexplained:3} unexplained")


def score_of(judge: Judge, project: Project, path: Path, entries: list[Explanation],
             needed: set[Explanation]) -> Score:
    """Judge the mutants of a file and print those that nobody has explained."""
    score, found = Score(), list(mutants(project.root, path))
    for mutant, verdict in zip(found, judge.verdicts(path, found), strict=True):
        score.all += 1
        if verdict.killed:
            score.killed += 1
        elif reasons := {entry for entry in entries if entry.covers(mutant)}:
            score.explained += 1
            needed |= reasons
        else:
            print(f"survived: {mutant.file}:{mutant.statement[0]}, {mutant.scope or 'module'}\n"
                  + "\n".join(f"  - {line}" for line in mutant.line.splitlines()) + "\n"
                  + "\n".join(f"  + {line}" for line in mutant.changed.splitlines()), flush=True)
    print(f"{path.relative_to(project.root).as_posix():38}{score}", flush=True)
    return score


def report(project: Project, only: str) -> int:
    project.build.mkdir(parents=True, exist_ok=True)
    groups = project.groups(only)
    if not groups:
        sys.exit(f"--only must name one of the targets, {', '.join(project.targets)}; got {only}")
    chosen = {path.relative_to(project.root).as_posix() for paths, _ in groups for path in paths}
    entries = [entry for entry in project.explanations if entry.file in chosen]
    needed: set[Explanation] = set()
    total = Score()
    for paths, tests in groups:
        judge = Judge(project, tests)
        judge.control(paths[0])
        for path in paths:
            total += score_of(judge, project, path, entries, needed)
        judge.close()
    for entry in entries:
        if entry not in needed:
            print(f"tests/mutants.toml: nothing survived that this explains: "
                  f"{entry.file}, {entry.scope}: {entry.line}")
    print(f"{'in all':38}{total}")
    return int(total.unexplained > 0 or total.killed < REQUIRED * total.all or len(needed) < len(entries))
