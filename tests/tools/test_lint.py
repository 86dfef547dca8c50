"""The words that no file of the project may hold. They are put together here, because this file is read, too."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def lint():
    spec = importlib.util.spec_from_file_location("lint", ROOT / "tools" / "lint.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("text", "what"), [
    ("see https://py" + "pi.org/simple", "names a package index"),
    ("files.python" + "hosted.org", "names a package index"),
    ("in /wo" + "rk/main", "names a path of one machine"), ('"/ro' + 'ot/x"', "names a path of one machine"),
    ("# TO" + "DO: later", "leaves work undone"), ("FIX" + "ME", "leaves work undone"),
    ("x  # pragma: no " + "cover", "leaves a line out of the coverage without saying why"),
    ("x  # pragma: no " + "branch - because", "leaves a line out of the coverage without saying why"),
])
def test_forbidden(lint, monkeypatch, tmp_path, text, what):
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    (tmp_path / "file.md").write_text(f"fine\n{text}\n")
    [line] = lint.forbidden(tmp_path / "file.md")
    assert line.startswith(f"file.md:2: {what} (")


@pytest.mark.parametrize("text", ["the network/work/x", "homework/root/y", "mastodon", "pip install", "toDo",
                                  "x  # pragma: no cover - nobody has that much"])
def test_allowed(lint, tmp_path, monkeypatch, text):
    monkeypatch.setattr(lint, "ROOT", tmp_path)
    (tmp_path / "file.md").write_text(text)
    assert lint.forbidden(tmp_path / "file.md") == []


@pytest.fixture
def repository(require_tool, missing):
    require_tool("git")
    if not (ROOT / ".git").exists():
        missing("the repository", "use a clone, not an archive")


def test_the_project_is_clean(lint, repository):
    assert [line for path in lint.tracked() for line in lint.forbidden(path)] == []


def test_tracked_finds_the_sources(lint, repository):
    names = {str(path.relative_to(ROOT)) for path in lint.tracked()}
    assert {"course_lib/model.py", "pyproject.toml", "tools/lint.py"} <= names
    assert not any("vendor" in name or name.endswith((".npz", ".woff2", ".png")) for name in names)


@pytest.mark.parametrize("failing", [0, 1, None])
def test_exit_code(lint, monkeypatch, capsys, failing):
    """1 where any of the commands failed, and it is named."""
    codes = iter([i == failing for i in range(len(lint.COMMANDS))])
    monkeypatch.setattr(lint.subprocess, "run", lambda *a, **k: type("Done", (), {"returncode": int(next(codes))}))
    monkeypatch.setattr(lint, "tracked", list)
    assert lint.main() == (failing is not None)
    if failing is not None:
        assert f"failed: {lint.COMMANDS[failing][0]}" in capsys.readouterr().out
