"""Running a protocol: in one process or two, going on after an interruption, refusing what does not belong."""

import json
import os
import platform
import sys
from dataclasses import replace

import numpy as np
import pytest

from course_lib.claims import record
from course_lib.claims.protocol import code_of
from course_lib.claims.run import MeasureFailed, run
from course_lib.claims.store import StaleFile, Store, write_text
from course_lib.claims.verdict import Measured, Within

EVERY = sorted(f"{x} {seed}" for x in (1, 2, 3) for seed in (0, 1, 2))


def test_values(tiny, computed):
    results = run(tiny)
    assert results.values("y", x=3) == pytest.approx([6.0, 6.1, 6.2])
    assert results.values("profile", x=2).tolist() == [[2, 0], [2, 1], [2, 2]]
    assert computed() == EVERY
    assert {name: o.verdict for name, o in tiny.decide(results).items()} == {
        "rises": "holds", "is-small": "does not hold"}


def test_two_processes_find_the_same(tiny, computed):
    assert list(run(tiny, jobs=2).rows()) == list(run(tiny).rows())
    assert computed() == sorted(EVERY * 2)


def test_goes_on_after_an_interruption(tiny, folder, computed):
    store = Store(tiny, folder / "cache")
    (folder / "interrupt").touch()
    with pytest.raises(KeyboardInterrupt):
        run(tiny, store=store)
    assert computed() == EVERY[:6]
    (folder / "interrupt").unlink()
    results = run(tiny, store=store)
    assert computed() == EVERY                              # nothing twice
    assert list(results.rows()) == list(run(tiny).rows())
    run(tiny, store=store)
    assert len(computed()) == len(EVERY) * 2                # by the run without a store alone


def test_goes_on_after_an_error_in_another_process(tiny, folder, computed):
    store = Store(tiny, folder / "cache")
    (folder / "break").touch()
    with pytest.raises(MeasureFailed, match=r"T01, x=3, seed \d: ZeroDivisionError: planted"):
        run(tiny, jobs=2, store=store)
    (folder / "break").unlink()
    run(tiny, jobs=2, store=store)
    assert computed() == EVERY


def test_after_an_error_nothing_more_is_begun(tiny, folder, computed):
    many = replace(tiny, cells=tuple({"x": x} for x in (3, 1, 2)), seeds=tuple(range(20)), quick_seeds=3)
    (folder / "break").touch()
    with pytest.raises(MeasureFailed, match=r"T01, x=3, seed \d+: ZeroDivisionError: planted"):
        run(many, jobs=2)
    assert len(computed()) < 20                              # of 40 that would have been measured


def test_without_tqdm_a_line_says_what_is_to_do(tiny, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    run(tiny, progress=True)
    assert capsys.readouterr().err == "T01: 9 to do, 0 known already\n"


def test_a_file_that_cannot_be_replaced_stays_as_it_is(folder):
    (folder / "there").mkdir()
    with pytest.raises(OSError, match="there"):
        write_text(folder / "there", "new")
    assert [path.name for path in folder.iterdir()] == ["there"]


def test_other_settings_use_nothing_of_the_store(tiny, folder, computed, changed):
    run(tiny, store=Store(tiny, folder / "cache"))
    other = changed(tiny, more=1)
    run(other, store=Store(other, folder / "cache"))
    assert len(computed()) == 2 * len(EVERY)


def test_quick_takes_needed_cells_and_shares_the_store(tiny, folder, computed):
    quick = tiny.quick()
    run(quick, store=Store(quick, folder / "cache"))
    assert computed() == ["1 0", "1 1", "3 0", "3 1"]
    run(tiny, store=Store(tiny, folder / "cache"))
    assert computed() == EVERY


@pytest.mark.parametrize("damage", [
    lambda text: text[:20], lambda text: "[]", lambda text: text.replace('"seed": 0', '"seed": 1'),
    lambda text: text.replace('"recipe": "', '"recipe": "0'), lambda text: text.replace('"x": 1', '"x": 2')])
def test_a_file_that_does_not_fit_is_refused_by_name(tiny, folder, damage):
    store = Store(tiny, folder / "cache")
    run(tiny, store=store)
    path = store.path({"x": 1}, 0)
    path.write_text(damage(path.read_text()))
    with pytest.raises(StaleFile, match="delete it") as caught:
        run(tiny, store=store)
    assert str(path) in str(caught.value)


def test_numbers_must_be_finite(tiny, monkeypatch):
    def measure(cell, seed, settings):
        return {"y": float("inf")}

    with pytest.raises(MeasureFailed, match="T01, x=1, seed 0: ValueError: .*measure 'y' must be finite, got inf"):
        run(replace(tiny, measure=measure))


def test_what_is_kept_has_six_digits(tiny):
    def measure(cell, seed, settings):
        return {"y": np.float32(1) / 3, "profile": np.array([2 / 3])}

    results = run(replace(tiny, measure=measure))
    assert results.values("y", x=1).tolist() == [0.333333] * 3
    assert results.values("profile", x=1).tolist() == [[0.666667]] * 3


# -- timed and close claims


@pytest.mark.parametrize("jobs", [1, 2])
def test_timed_cells_are_measured_last_in_one_process_with_one_thread(clocked, folder, jobs, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    run(clocked, jobs)
    lines = [line.split() for line in (folder / "processes").read_text().splitlines()]
    assert [x for x, _, _ in lines[-3:]] == ["2"] * 3 and "2" not in [x for x, _, _ in lines[:-3]]
    timed, others = ({(process, threads) for _, process, threads in part} for part in (lines[-3:], lines[:-3]))
    assert len(timed) == 1 and {threads for _, threads in timed} == {"1"}
    assert timed.isdisjoint(others) and str(os.getpid()) not in {process for process, _ in timed}
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_timed_cells_are_never_put_into_the_store(clocked, folder, computed):
    store = Store(clocked, folder / "cache")
    run(clocked, store=store)
    assert computed() == EVERY
    assert store.path({"x": 1}, 0).exists() and not store.path({"x": 2}, 0).exists()


def test_timed_cells_are_never_taken_from_the_store(tiny, clocked, folder, computed):
    run(tiny, store=Store(tiny, folder / "cache"))                      # not timed yet: kept
    run(clocked, store=Store(clocked, folder / "cache"))
    assert computed() == sorted([*EVERY, "2 0", "2 1", "2 2"])


def test_quick_leaves_out_what_is_timed_or_close(clocked):
    quick = clocked.quick()
    assert [claim.name for claim in quick.claims] == ["rises", "is-small"]
    assert quick.cells == ({"x": 1}, {"x": 3})                          # x = 1 is looked at by "rises", too
    assert clocked.only("is-near", "is-fast").quick().cells == ()


def test_a_cell_is_timed_or_not(clocked):
    slow = replace(clocked.claims[2], name="is-slow", timed=False)
    with pytest.raises(ValueError, match="T01: a cell must be either timed or not, .* both kinds look at x=2"):
        replace(clocked, claims=(*clocked.claims, slow))


def test_a_timed_record_names_the_machine(clocked, tiny, folder):
    record.write(clocked, run(clocked), folder / "claims")
    assert record.load(clocked, folder / "claims").provenance["versions"]["machine"] == platform.machine()


# -- what a hash covers


def test_the_hash_changes_with_what_counts(tiny, changed):
    assert tiny.hash() == replace(tiny, title="Another", claims=()).hash()
    others = [changed(tiny, more=1), replace(tiny, cells=tiny.cells[:2], claims=()), replace(tiny, seeds=(0, 1)),
              replace(tiny, data="digits"), replace(tiny, id="T02")]
    assert len({protocol.hash() for protocol in [tiny, *others]}) == len(others) + 1


@pytest.mark.parametrize(("old", "new", "changes"), [
    ("SLOPE = 2", "SLOPE = 3", True), ("SLOPE * x", "SLOPE + x", True), ('cell["x"] == 3', 'cell["x"] == 2', True),
    ("SLOPE = 2", "SLOPE = 2            # a comment", False), ("The value without noise.", "Another text.", False),
    ("return SLOPE * x + seed / 10", "return (SLOPE * x\n            + seed / 10)", False),
])
def test_the_hash_and_the_code(tiny, folder, old, new, changes):
    import importlib
    import linecache
    import sys

    before, path = code_of(tiny.measure), folder / "tiny_measure.py"
    assert sorted(before) == ["SLOPE", "line", "measure"]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    sys.modules.pop("tiny_measure")
    importlib.invalidate_caches()
    linecache.clearcache()
    (folder / "__pycache__").exists() and [p.unlink() for p in (folder / "__pycache__").iterdir()]
    import tiny_measure
    assert (code_of(tiny_measure.measure) != before) == changes


@pytest.mark.parametrize(("change", "message"), [
    ({"data": "nonsense"}, "T01: data must be one of digits, generated, got 'nonsense'"),
    ({"cells": ({"x": "a/b"},)}, "must consist of letters, digits, . and _, got 'x=a/b'"),
    ({"cells": ({"x": 1},)}, "claim 'rises' looks at the cell x=3, which is not in the grid"),
])
def test_a_protocol_is_checked_when_it_is_made(tiny, change, message):
    with pytest.raises(ValueError, match=message):
        replace(tiny, **change)


def test_only_names_the_known_claims(tiny):
    assert [claim.name for claim in tiny.only("is-small").claims] == ["is-small"]
    with pytest.raises(ValueError, match="T01: unknown claim 'x'; expected one of: rises, is-small"):
        tiny.only("x")


# -- what is committed


def test_what_is_written_can_be_read(tiny, folder):
    results = run(tiny)
    path = record.write(tiny, results, folder / "claims")
    read = record.load(tiny, folder / "claims")
    assert path == folder / "claims" / "T01.json"
    assert list(read.results.rows()) == list(results.rows()) and read.outcomes == tiny.decide(results)
    assert read.values("y", x=1) == pytest.approx([2.0, 2.1, 2.2]) and read.verdict("rises") == "holds"
    assert read.provenance["protocol_hash"] == tiny.hash() and read.provenance["seeds"] == [0, 1, 2]
    assert set(read.provenance["versions"]) == {"course_lib", "numpy", "python"}
    before = path.read_bytes()
    record.write(tiny, results, folder / "claims")
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["T01.json"]


def test_results_of_another_protocol_are_refused_by_name(tiny, folder, changed):
    path = record.write(tiny, run(tiny), folder / "claims")
    with pytest.raises(StaleFile, match=f"{path} holds the results of an older protocol .* reproduce T01 --write"):
        record.load(changed(tiny, more=1), folder / "claims")


def test_missing_and_damaged_files_are_named(tiny, folder):
    with pytest.raises(FileNotFoundError, match=r"T01.json is not there; run: course reproduce T01 --write"):
        record.load(tiny, folder)
    path = record.write(tiny, run(tiny), folder / "claims")
    text = path.read_text()
    data = json.loads(text)
    for wrong, message in [(text[:50], "is damaged"), (text.replace('"results"', '"other"'), "is damaged"),
                           (json.dumps(data | {"results": data["results"][:-1]}), "lacks results .*x=3, seed 2"),
                           (text.replace('"does not hold"', '"holds"'), "states other verdicts")]:
        path.write_text(wrong)
        with pytest.raises(StaleFile, match=message):
            record.load(tiny, path.parent)


def test_another_rule_makes_the_record_stale(tiny, folder):
    record.write(tiny, run(tiny), folder / "claims")
    claim = replace(tiny.claims[1], rule=Within(Measured("y", x=3), high=100.0))
    with pytest.raises(StaleFile, match="states other verdicts than its results give under the present rules"):
        record.load(replace(tiny, claims=(tiny.claims[0], claim)), folder / "claims")


def test_nothing_is_written_outside_a_checkout(tiny, folder):
    with pytest.raises(FileNotFoundError, match="comes with the course's repository"):
        record.write(tiny, run(tiny), folder / "nowhere" / "claims")
