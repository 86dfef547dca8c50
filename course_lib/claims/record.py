"""The committed results: ``book/_data/claims/E03.json``, with where they come from. Chapters draw figures from it."""

import json
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib import __version__
from course_lib.claims.protocol import Protocol
from course_lib.claims.results import Results
from course_lib.claims.store import StaleFile, write_text
from course_lib.claims.verdict import Outcome

FOLDER = Path(__file__).resolve().parents[2] / "book" / "_data" / "claims"


@dataclass(frozen=True)
class Record:
    """A protocol's committed results and the verdicts on them."""

    provenance: dict[str, Any]
    results: Results
    outcomes: dict[str, Outcome]

    def values(self, measure: str, **cell: Any) -> np.ndarray:
        """A measure in a cell, one row for each seed."""
        return self.results.values(measure, **cell)

    def verdict(self, claim: str) -> str:
        """What the results say on a claim."""
        return self.outcomes[claim].verdict


def path_of(protocol: Protocol, folder: Path | None = None) -> Path:
    return (folder or FOLDER) / f"{protocol.id}.json"


def provenance(protocol: Protocol) -> dict[str, Any]:
    """What is needed to know whether the results still belong to the protocol, and to get them again."""
    return {"protocol": protocol.id, "title": protocol.title, "protocol_hash": protocol.hash(),
            "data": {"name": protocol.data, "hash": protocol.data_hash()}, "settings": protocol.settings,
            "seeds": list(protocol.seeds),
            "versions": {"course_lib": __version__, "numpy": np.__version__, "python": platform.python_version(),
                         **({"machine": platform.machine()} if protocol.timed_cells() else {})}}


def write(protocol: Protocol, results: Results, folder: Path | None = None) -> Path:
    """Put the results in their place, which must be a checkout of the course."""
    path = path_of(protocol, folder)
    if not path.parent.parent.is_dir():
        raise FileNotFoundError(f"the results belong into the folder {path.parent}, which is not there; the book comes "
                                "with the course's repository, not with the installed package")
    path.parent.mkdir(exist_ok=True)
    verdicts = {name: {"verdict": outcome.verdict, "because": outcome.because}
                for name, outcome in protocol.decide(results).items()}
    head = json.dumps(provenance(protocol) | {"verdicts": verdicts}, indent=1, ensure_ascii=False)
    rows = [json.dumps({"cell": cell, "seed": seed, "measures": measures}, allow_nan=False)
            for cell, seed, measures in results.rows()]
    write_text(path, head.removesuffix("\n}") + ',\n "results": [\n' + ",\n".join(rows) + "\n ]\n}\n")
    return path


def load(protocol: Protocol, folder: Path | None = None) -> Record:
    """The committed results. Raises FileNotFoundError where there are none, StaleFile where they are not this
    protocol's."""
    path = path_of(protocol, folder)
    again = f"run: course reproduce {protocol.id} --write"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        written, rows, verdicts = data["protocol_hash"], data["results"], data["verdicts"]
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there; {again}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StaleFile(f"{path} is damaged ({type(error).__name__}: {error}); {again}") from error
    if written != protocol.hash():
        raise StaleFile(f"{path} holds the results of an older protocol ({written}, now {protocol.hash()}); {again}")
    results = Results(protocol.seeds)
    for row in rows:
        results.add(row["cell"], row["seed"], row["measures"])
    try:
        outcomes = protocol.decide(results)
    except KeyError as error:
        raise StaleFile(f"{path} lacks results ({error.args[0]}); {again}") from error
    if {name: outcome.verdict for name, outcome in outcomes.items()} != \
            {name: entry["verdict"] for name, entry in verdicts.items()}:
        raise StaleFile(f"{path} states other verdicts than its results give under the present rules; {again}")
    del data["results"], data["verdicts"]
    return Record(data, results, outcomes)
