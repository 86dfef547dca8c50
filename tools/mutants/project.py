"""What is mutated, which tests must kill it, and the mutants that none can kill: tests/mutants.toml."""

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path

from mutations import Mutant

FAST = "not keras and not notebooks and not browser and not slow"


@dataclass(frozen=True)
class Explanation:
    """Why no test can kill the mutants of ``line`` in ``scope`` of ``file`` that become one of ``changed``.

    Lines are texts without indentation, not numbers, so an explanation holds while other lines move.
    """

    file: str
    scope: str
    line: str
    changed: tuple[str, ...]
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        return (self.file, self.scope, self.line) == (mutant.file, mutant.scope, mutant.line) and \
            mutant.changed in self.changed


@dataclass(frozen=True)
class Project:
    """targets: patterns of files, and the folders and files of tests that must kill their mutants."""

    root: Path
    package: str
    targets: dict[str, list[str]]
    explanations: list[Explanation]

    @classmethod
    def read(cls, root: Path) -> "Project":
        """Raises ValueError for an explanation without one of its parts."""
        data = tomllib.loads((root / "tests" / "mutants.toml").read_text())
        explanations = []
        for item in data.get("explained", []):
            parts = {name: item.get(name, "").strip() for name in ("file", "scope", "line", "reason")}
            changed = tuple(text.strip() for text in item.get("changed", []))
            if missing := [name for name, given in {**parts, "changed": changed}.items()
                           if not given and name != "scope"]:
                raise ValueError(f"tests/mutants.toml: an explanation must have {' and '.join(missing)}, got {item}")
            explanations.append(Explanation(**parts, changed=changed))
        return cls(root, data["package"], data["targets"], explanations)

    @property
    def build(self) -> Path:
        return self.root / "_build" / "mutants"

    @property
    def arguments(self) -> list[str]:
        """For pytest."""
        return ["-m", FAST, f"--basetemp={self.build / 'tmp'}"]

    def groups(self, only: str) -> list[tuple[list[Path], list[Path]]]:
        """Targets and the files of their tests; ``only`` is a target, or a pattern."""
        groups = []
        for pattern, names in self.targets.items():
            paths = [path for path in sorted(self.root.glob(pattern))
                     if not only or fnmatch.fnmatch(path.relative_to(self.root).as_posix(), only)]
            tests = [file for name in names for file in
                     ([self.root / name] if name.endswith(".py") else sorted((self.root / name).glob("test_*.py")))]
            if paths:
                groups.append((paths, tests))
        return groups
