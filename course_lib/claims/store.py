"""Results on disk while an experiment runs: one small file for each cell and seed, so that a second run goes on."""

import hashlib
import json
import os
from functools import cache
from pathlib import Path

from course_lib.claims.protocol import Protocol
from course_lib.claims.results import Cell, Measures, key
from course_lib.datasets.download import cache_folder

PACKAGE = Path(__file__).resolve().parents[1]
NOT_COMPUTING = {"claims", "grading", "parity", "widgets"}      # parts of the package that no measure uses


class StaleFile(ValueError):
    """A file that belongs to something else than its place says."""


def write_text(path: Path, text: str) -> None:
    """The file appears whole or not at all; what was there stays until then."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@cache
def library_hash() -> str:
    """Of the library's sources: results of an older library must not be taken for this one's."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in NOT_COMPUTING:
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


class Store:
    """The finished cells of a protocol, in a folder whose name holds its recipe and the library's sources."""

    def __init__(self, protocol: Protocol, folder: Path | None = None):
        self.recipe = f"{protocol.recipe_hash()}-{library_hash()}"
        self.folder = (folder or cache_folder() / "claims") / protocol.id / self.recipe

    def path(self, cell: Cell, seed: int) -> Path:
        return self.folder / f"{key(cell)},seed={seed}.json"

    def load(self, cell: Cell, seed: int) -> Measures | None:
        """What was measured before, or None. Raises StaleFile, naming it, for a file that does not fit its place."""
        path = self.path(cell, seed)
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            fits = entry["recipe"] == self.recipe and entry["cell"] == cell and entry["seed"] == seed
            measures = entry["measures"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise StaleFile(f"{path} is damaged ({type(error).__name__}: {error}); delete it") from error
        if not fits:
            raise StaleFile(f"{path} holds the result of another cell, seed or recipe; delete it")
        return measures

    def save(self, cell: Cell, seed: int, measures: Measures) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self.path(cell, seed), json.dumps({"recipe": self.recipe, "cell": cell, "seed": seed,
                                                      "measures": measures}))
