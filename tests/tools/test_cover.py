"""The coverage report, on a small project of its own: what counts as missing, what as explained."""

import importlib.util
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow

THING = '''
import subprocess
import sys


def sign(x):
    if x > 0:
        return 1
    if x < 0:
        return -1
    return 0


def far():
    raise MemoryError  # pragma: no cover - nobody has that much


def child():
    subprocess.run([sys.executable, "-c", "from course_lib import thing; thing.in_the_child()"], check=True)


def in_the_child():
    return 5
'''
TEST = "from course_lib import thing\n\n\ndef test():\n    thing.child()\n    assert thing.sign(2) == 1\n"
MORE = "    assert thing.sign(-2) == -1\n    assert thing.sign(0) == 0\n"


@pytest.fixture
def cover(tmp_path, monkeypatch):
    """The tool, at work in a project with one module and one part of tests."""
    spec = importlib.util.spec_from_file_location("cover", ROOT / "tools" / "cover.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for folder in ("course_lib/deep", "tests/core", "_build"):
        (tmp_path / folder).mkdir(parents=True)
    for package in ("course_lib", "course_lib/deep"):
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "course_lib" / "thing.py").write_text(THING)
    (tmp_path / "tests" / "under_coverage.py").write_text("")
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(settings[settings.index("[tool.coverage.run]"):])
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PARTS", {"core": "not slow"})
    for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE"):
        monkeypatch.delenv(name, raising=False)
    yield module
    shutil.rmtree(tmp_path)


def write_test(cover, text):
    (cover.ROOT / "tests" / "core" / "test_thing.py").write_text(text)


def test_what_is_missing_is_named(cover, capfd):
    write_test(cover, TEST)
    assert cover.main([]) == 1
    lines = capfd.readouterr().out.splitlines()
    assert lines[-1] == "course_lib/thing.py: neither reached nor explained: 9, 10, 11"
    table = {line.split()[0]: line.split()[1:] for line in lines if line.startswith(("all", "course_lib "))}
    assert table["all"] == table["course_lib"] == ["13", "3", "4", "3"]


def test_all_reached_or_explained(cover, capfd):
    """What only the child process reaches counts, and so does a reason."""
    write_test(cover, TEST + MORE)
    assert cover.main(["core"]) == 0
    assert "neither" not in capfd.readouterr().out


def test_a_way_out_that_is_never_taken(cover, capfd):
    write_test(cover, TEST + MORE)
    with open(cover.ROOT / "course_lib" / "deep" / "more.py", "w") as file:
        file.write("x = 1\nif x:\n    x = 2\n")
    write_test(cover, TEST + MORE + "    import course_lib.deep.more\n")
    assert cover.main([]) == 1
    assert capfd.readouterr().out.splitlines()[-1] == "course_lib/deep/more.py: neither reached nor explained: 2->exit"


def test_a_failing_test_fails_the_report(cover, capfd):
    write_test(cover, TEST + MORE + "    assert False\n")
    assert cover.main([]) == 1
    assert "neither" not in capfd.readouterr().out


def test_an_unknown_part(cover, capsys):
    assert cover.main(["nonsense", "core"]) == 2
    assert "no part nonsense; there are: core" in capsys.readouterr().err
