"""``course reproduce``, and the real protocols."""

import ast
import json
import re
from pathlib import Path

import pytest

from course_lib import claims, cli
from course_lib.claims import record
from course_lib.claims.protocol import code_of
from course_lib.claims.results import key
from course_lib.claims.run import measured

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"E04", "E05", "E07", "E08", "E19", "E22", "E23",
        "E37", "E38", "E39"}
IDS = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in claims.PROTOCOLS]


@pytest.fixture
def course(capsys, monkeypatch, tiny, folder):
    """``course(argument, ...)``: exit code, stdout, stderr, with the tiny protocol as the only one."""
    monkeypatch.setattr(claims, "PROTOCOLS", {"T01": tiny})
    monkeypatch.setattr(record, "FOLDER", folder / "claims")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))

    def course(*arguments):
        code = cli.main(["reproduce", *arguments])
        return code, *capsys.readouterr()

    return course


def test_write_then_list_then_compare(course, computed, folder):
    code, out, _ = course("T01", "--write", "--jobs", "1")
    assert code == 0 and out.splitlines()[0] == "T01  A line (3 cells, 3 seeds)"
    assert f"written: {folder / 'claims' / 'T01.json'}" in out
    assert course() == (0, "T01  A line\n  holds           y is greater at 3 than at 1.\n"
                           "  does not hold   y is at most 1 at 3.\n", "")
    code, out, _ = course("T01", "--quick", "--jobs", "1")
    assert code == 0 and "(2 cells, 2 seeds)" in out and "DIFFERS" not in out
    assert len(computed()) == 9                                     # the rest came from the store


def test_another_verdict_than_the_committed_one(course, folder):
    course("T01", "--write", "--jobs", "1")
    path = folder / "claims" / "T01.json"
    data = json.loads(path.read_text())
    for row in data["results"]:
        row["measures"]["y"] *= -1                                  # planted: the line falls
    data["verdicts"]["rises"]["verdict"], data["verdicts"]["is-small"]["verdict"] = "does not hold", "holds"
    path.write_text(json.dumps(data))
    code, out, _ = course("T01", "--jobs", "1")
    assert code == 1 and out.count("DIFFERS: 'does not hold' is committed") == 1


@pytest.mark.parametrize(("arguments", "message"), [
    (("T99",), "unknown experiment 'T99' (str); expected one of: T01"),
    (("T01", "--quick", "--write"), "--write needs the whole experiment"),
    (("T01", "--jobs", "0"), "--jobs must be at least 1, got 0"),
    (("T01",), "T01.json is not there; run: course reproduce T01 --write"),
    ((), "T01.json is not there; run: course reproduce T01 --write"),
])
def test_what_cannot_be_carried_out(course, arguments, message):
    code, _, err = course(*arguments)
    assert code == 2 and message in err


def test_all_are_written_without_a_name(course, folder):
    assert course("--write", "--jobs", "1")[0] == 0
    assert (folder / "claims" / "T01.json").exists()


def test_timed_and_close_claims_are_decided_by_the_whole_experiment_only(course, clocked, computed, monkeypatch):
    monkeypatch.setattr(claims, "PROTOCOLS", {"T01": clocked})
    code, out, _ = course("T01", "--write", "--jobs", "1")
    assert code == 0 and "holds           y is at most 9 at 2." in out and "timed or close" not in out
    before = computed()
    code, out, _ = course("T01", "--quick", "--jobs", "1")
    assert code == 0 and "at most 9" not in out and "y is greater at 3 than at 1." in out
    assert "2 more are timed or close, and decided by the whole experiment only" in out
    assert computed() == before
    assert list(claims.quick("T01")) == ["rises", "is-small"]
    for name in ("is-fast", "is-near"):
        with pytest.raises(ValueError, match=f"T01: claim '{name}' is timed or close, so its verdict is the committed"):
            claims.quick("T01", "rises", name)
    table = claims.verdicts("T01")
    assert "| y is at most 9 at 2. (Timed on one machine.)<br>*y at x=2: " in table._repr_mimebundle_()["text/markdown"]
    assert repr(table).count("Timed") == 1
    assert len(table.rows) == len(clocked.claims) and [row[0] for row in claims.verdicts("T01", "is-near").rows] == [
        "y is at most 2.1 at 1."]


# -- the real ones


@pytest.mark.parametrize("name", IDS)
def test_the_quick_subset_gives_the_committed_verdicts(name):
    again = claims.quick(name)
    committed = claims.recorded(name)
    assert again
    assert {claim: outcome.verdict for claim, outcome in again.items()} == {
        claim: committed.verdict(claim) for claim in again}
    assert set(committed.outcomes) - set(again) == {
        claim.name for claim in claims.get(name).claims if claim.timed or claim.close}


LESS = {"epochs": 1, "rounds": 1, "rows": 100}


@pytest.mark.parametrize("protocol", [p for p in claims.PROTOCOLS.values() if len(p.quick().cells) < len(p.cells)],
                         ids=lambda p: p.id)
def test_cells_that_the_quick_subset_leaves_out_measure_what_is_committed(protocol):
    committed = {key(cell): measures for cell, _, measures in record.load(protocol).results.rows()}
    known = protocol.settings
    settings = known | {name: value for name, value in LESS.items() if isinstance(known.get(name), int)}
    for cell in [cell for cell in protocol.cells if cell not in protocol.quick().cells]:
        measures = measured(protocol.id, protocol.measure, cell, 0, settings)
        assert set(measures) == set(committed[key(cell)]), key(cell)


@pytest.mark.parametrize("protocol", claims.PROTOCOLS.values(), ids=lambda p: p.id)
def test_protocol(protocol):
    bibliography = set(re.findall(r"^@\w+\{(\w+),$", (ROOT / "book" / "references.bib").read_text("utf-8"), re.M))
    assert re.fullmatch(r"E\d\d", protocol.id) and len(protocol.seeds) >= 5
    assert len({key(cell) for cell in protocol.cells}) == len(protocol.cells)
    assert len({claim.name for claim in protocol.claims}) == len(protocol.claims)
    for claim in protocol.claims:
        assert claim.statement.endswith(".") and claim.sources and set(claim.sources) <= bibliography, claim.name
    # ast.unparse writes f-strings differently from one Python to another, and with them the hash would change.
    code = ast.parse("\n".join(code_of(protocol.measure).values()))
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(code))


@pytest.mark.parametrize("protocol", claims.PROTOCOLS.values(), ids=lambda p: p.id)
def test_the_committed_results_are_complete(protocol):
    rows = list(record.load(protocol).results.rows())
    assert sorted((key(cell), seed) for cell, seed, _ in rows) == sorted(
        (key(cell), seed) for cell in protocol.cells for seed in protocol.seeds)


def test_quick_can_take_single_claims():
    assert list(claims.quick("E10", "equal-units-stay-equal")) == ["equal-units-stay-equal"]


def test_no_file_is_left_over():
    assert {path.stem for path in record.FOLDER.glob("*")} == set(claims.PROTOCOLS)
