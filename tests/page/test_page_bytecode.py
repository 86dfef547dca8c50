"""Bytecode in the site's copy of Python: what a page starts with is not compiled in the browser."""

import hashlib
import json
import os
import shutil
import stat
import zipfile

import pyodide_bytecode
import pyodide_copy
import pytest

WHERE = {"python_stdlib.zip": "json/decoder.pyc", "numpy": "numpy/_core/__pycache__/numeric.cpython-314.pyc",
         "course_lib": "course_lib/grading/__pycache__/page.cpython-314.pyc"}


@pytest.fixture
def node(require_tool) -> str:
    return require_tool("node")


@pytest.fixture
def copy(pyodide, tmp_path):
    """A copy of Pyodide, and a wheel beside it."""
    folder = tmp_path / "pyodide"
    pyodide_copy.copy(pyodide, folder)
    wheel = tmp_path / "course_lib-1.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("course_lib.py", "answer = 42\n")
    return folder, wheel


def sums(folder, wheel) -> dict:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (wheel, *folder.iterdir())}


def archive_of(site, name):
    found, = (path for path in (site / "course" / "_static").rglob("*") if path.name.startswith(name) and
              path.suffix in {".zip", ".whl"})
    return found


@pytest.mark.browser
@pytest.mark.parametrize("name", WHERE)
def test_the_site_has_bytecode_for_what_a_page_starts_with(site, node, name):
    with zipfile.ZipFile(archive_of(site, name)) as archive:
        files = archive.namelist()
        assert archive.testzip() is None
    assert WHERE[name] in files
    assert len(files) == len(set(files))
    assert sum(file.endswith(".pyc") for file in files) > 30


@pytest.mark.browser
def test_the_lock_file_gives_the_sum_of_the_new_archive(site, node):
    wheel = archive_of(site, "numpy")
    lock = json.loads((wheel.parent / pyodide_copy.LOCK).read_text("utf-8"))
    assert lock["packages"]["numpy"]["sha256"] == hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.mark.browser
def test_the_page_uses_it(tab, node):
    forward = tab.cell("dense_forward")
    forward.run("import json.decoder\nprint(json.decoder.__file__)")
    assert forward.box.locator(".course-output").inner_text().strip().endswith(".zip/json/decoder.pyc")


def test_without_node_the_files_stay_and_the_build_says_so(copy, monkeypatch, capsys):
    before = sums(*copy)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    pyodide_bytecode.put_into(*copy)
    assert sums(*copy) == before
    assert "there is no Node on this machine" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_a_node_that_cannot_is_no_obstacle(copy, monkeypatch, tmp_path, capsys):
    before = sums(*copy)
    broken = tmp_path / "node"
    broken.write_text("#!/bin/sh\necho 'SyntaxError: too old' >&2\nexit 3\n", "utf-8")
    broken.chmod(stat.S_IRWXU)
    monkeypatch.setattr(shutil, "which", lambda name: str(broken))
    monkeypatch.setattr(pyodide_copy, "cache", lambda: tmp_path / "cache" / "pyodide")
    pyodide_bytecode.put_into(*copy)
    assert sums(*copy) == before
    assert "SyntaxError: too old" in capsys.readouterr().out
    assert not list((tmp_path / "cache").rglob("*.zip"))
