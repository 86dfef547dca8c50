"""Downloading, from a server on this machine that answers as servers do, well and badly."""

import hashlib
import re
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from course_lib.datasets import download

CONTENT = np.random.default_rng(7).bytes(700_001)       # several pieces
OTHER = np.random.default_rng(8).bytes(700_001)
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers as ``server.plan`` says, one entry a request, the last one for all that follow."""

    def do_GET(self):
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        plan = self.server.plan.pop(0) if len(self.server.plan) > 1 else self.server.plan[0]
        content = plan.get("content", CONTENT)
        start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted and plan.get("range", True) else 0
        status = plan.get("status", 206 if start else 200)
        if start >= len(content):
            status = 416
        self.send_response(status)
        body = b"" if status >= 400 else content[start:]
        if status == 206:
            end, total = plan.get("end", len(content) - 1), plan.get("total", len(content))
            self.send_header("Content-Range", plan.get("content_range", f"bytes {start}-{end}/{total}"))
            body = content[start:end + 1]
        if plan.get("length", True):
            self.send_header("Content-Length", plan.get("announced", str(len(body))))
        self.end_headers()
        self.wfile.write(body[:plan.get("drop", len(body))])
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A client that hangs up is what some tests are about."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    server = Server(("127.0.0.1", 0), Handler)
    server.ranges, server.plan = [], [{}]
    server.url = f"http://127.0.0.1:{server.server_port}/file"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "folder" / "file.gz"


def fetch(server, path):
    download.fetch(server.url, path, len(CONTENT), MD5)


def left(path):
    """What is in the folder, apart from the lock."""
    return sorted(p.name for p in path.parent.iterdir() if p.name != ".lock")


def leave(path, content):
    """As if an earlier call had been broken off."""
    path.parent.mkdir(parents=True)
    part = path.with_name("file.gz.part")
    part.write_bytes(content)
    return part


def test_whole(server, path):
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert left(path) == ["file.gz"]
    assert server.ranges == [None]


def test_what_is_there_stays(server, path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    fetch(server, path)
    assert path.read_bytes() == b"mine"
    assert server.ranges == []


@pytest.mark.parametrize("start", [1, 300_000, len(CONTENT) - 1])
def test_goes_on(server, path, start):
    leave(path, CONTENT[:start])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [f"bytes={start}-"]
    assert left(path) == ["file.gz"]


def test_was_complete_but_had_not_got_its_name(server, path):
    leave(path, CONTENT)
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == []


def test_a_server_without_ranges(server, path):
    server.plan = [{"range": False}]
    leave(path, CONTENT[:300_000])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-"]


def test_a_server_that_gives_ranges_piecemeal(server, path):
    server.plan = [{"end": 399_999}, {}]
    leave(path, CONTENT[:300_000])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-", "bytes=400000-"]


@pytest.mark.parametrize("total", ["*", str(len(CONTENT))])
def test_a_total_that_is_not_known(server, path, total):
    server.plan = [{"total": total}]
    leave(path, CONTENT[:5])
    fetch(server, path)
    assert path.read_bytes() == CONTENT


def test_a_server_that_announces_no_length(server, path):
    server.plan = [{"length": False}]
    fetch(server, path)
    assert path.read_bytes() == CONTENT


def test_connection_dropped_again_and_again(server, path):
    """Each attempt goes on where the last one ended."""
    server.plan = [{"drop": 200_000}, {"drop": 100_000}, {"drop": 1}, {}]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=200000-", "bytes=300000-", "bytes=300001-"]


def test_connection_dropped_for_good(server, path):
    """What has come is kept under another name, and the next call asks for the rest alone."""
    server.plan = [{"drop": 200_000}, {"drop": 0}]
    with pytest.raises(download.DownloadError) as caught:
        fetch(server, path)
    assert f"{server.url}: the connection broke off after 200,000 of 700,001 bytes" in str(caught.value)
    assert left(path) == ["file.gz.part"]
    server.plan = [{}]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=200000-", "bytes=200000-"]
    assert left(path) == ["file.gz"]


def test_so_many_attempts_and_no_more(server, path):
    server.plan = [{"drop": 10}]
    with pytest.raises(download.DownloadError, match="broke off after 50 of 700,001"):
        fetch(server, path)
    assert len(server.ranges) == 5


def test_the_last_attempt_may_succeed(server, path):
    server.plan = [*[{"drop": 10}] * 4, {}]
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert len(server.ranges) == 5


def test_dropped_without_a_length(server, path):
    server.plan = [{"length": False, "drop": 200_000}, {}]
    fetch(server, path)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("announced", ["5123", "700002", "700000"])
def test_another_length_is_refused_before_it_comes(server, path, announced):
    server.plan = [{"announced": announced}]
    with pytest.raises(ValueError) as caught:
        fetch(server, path)
    assert f"{server.url} must have Content-Length: 700001, got '{announced}' (None)" in str(caught.value)
    assert left(path) == []


def test_more_than_the_size(server, path):
    server.plan = [{"length": False, "content": CONTENT + b"!"}]
    with pytest.raises(ValueError, match="must have 700,001 bytes, got more"):
        fetch(server, path)
    assert left(path) == []


@pytest.mark.parametrize("content_range", ["bytes 300000-700001/700002", "bytes 0-700000/700001", "items 3", ""])
def test_a_range_of_something_else(server, path, content_range):
    server.plan = [{"content_range": content_range}]
    leave(path, CONTENT[:300_000])
    with pytest.raises(ValueError) as caught:
        fetch(server, path)
    assert f"{server.url} must have Content-Range: bytes 300000-700000/700001, got {content_range!r}" in \
        str(caught.value)
    assert left(path) == []


def test_damaged(server, path):
    server.plan = [{"content": OTHER}]
    with pytest.raises(ValueError) as caught:
        fetch(server, path)
    assert f"{server.url} must have the md5 sum {MD5}, got {hashlib.md5(OTHER).hexdigest()}" in str(caught.value)
    assert left(path) == []
    assert server.ranges == [None]


def test_an_earlier_part_of_something_else(server, path):
    """The sum is wrong, so the whole is fetched once more from the beginning."""
    leave(path, OTHER[:300_000])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-", None]


def test_an_earlier_part_and_a_damaged_file(server, path):
    server.plan = [{"content": OTHER}]
    leave(path, CONTENT[:300_000])
    with pytest.raises(ValueError, match="must have the md5 sum"):
        fetch(server, path)
    assert left(path) == []
    assert server.ranges == ["bytes=300000-", None]


@pytest.mark.parametrize("content", [CONTENT + b"!", OTHER])
def test_an_earlier_part_that_is_full(server, path, content):
    leave(path, content)
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None]


def test_no_such_range(server, path):
    server.plan = [{"status": 416}, {}]
    leave(path, CONTENT[:300_000])
    fetch(server, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == ["bytes=300000-", None]


@pytest.mark.parametrize("status", [404, 403, 503])
def test_refused_by_the_server(server, path, status):
    server.plan = [{"status": status}]
    leave(path, CONTENT[:10])
    with pytest.raises(download.DownloadError, match=f"HTTP Error {status}.*; 10 of 700,001 bytes are here"):
        fetch(server, path)
    assert left(path) == ["file.gz.part"]
    assert len(server.ranges) == 1


def test_nobody_there(path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))                     # bound, but it does not listen
        url = f"http://127.0.0.1:{held.getsockname()[1]}/file"
        with pytest.raises(download.DownloadError) as caught:
            download.fetch(url, path, 10, MD5)
    assert str(caught.value).startswith(f"{url}: <urlopen error ")
    assert str(caught.value).endswith("; 0 of 10 bytes are here")
    assert left(path) == []


def test_silence(path, monkeypatch):
    """A server that accepts and says nothing is given up."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(download, "PATIENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as held:
        with pytest.raises(download.DownloadError, match="timed out; 0 of 10 bytes"):
            download.fetch(f"http://127.0.0.1:{held.getsockname()[1]}/file", path, 10, MD5)


def test_no_http(path, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as held:
        def answer():
            connection, _ = held.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"hello\r\n\r\n")
        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(download.DownloadError, match="hello.*; 0 of 10 bytes"):
            download.fetch(f"http://127.0.0.1:{held.getsockname()[1]}/file", path, 10, MD5)
        thread.join()


def test_a_full_disk_is_no_network_error(server, path, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(download, "_check_length", lambda *arguments: full(path))
    with pytest.raises(OSError, match="No space left") as caught:
        fetch(server, path)
    assert not isinstance(caught.value, download.DownloadError)


def test_two_at_once(server, path):
    """The second waits, and then finds the file."""
    threads = [threading.Thread(target=fetch, args=(server, path)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() == CONTENT
    if sys.platform != "win32":
        assert server.ranges == [None]


def test_progress_in_plain_lines(server, path, capsys):
    leave(path, CONTENT[:300_000])
    fetch(server, path)
    assert capsys.readouterr().out == "file.gz: downloading 400,001 bytes\n"


def test_progress_with_a_bar(server, path, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "tqdm.auto")
    leave(path, CONTENT[:300_000])
    fetch(server, path)
    assert re.search(r"file\.gz: 100%.*700k/700k", capsys.readouterr().out)


@pytest.mark.parametrize(("platform", "name"), [("linux", "unix.Unix"), ("darwin", "macos.MacOS")])
def test_cache_folder_is_the_platform_s(monkeypatch, platform, name):
    """Against platformdirs, which Jupyter brings along."""
    import importlib
    module, name = name.split(".")
    theirs = getattr(importlib.import_module(f"platformdirs.{module}"), name)
    monkeypatch.setattr(sys, "platform", platform)
    for value in ("/somewhere/else", ""):
        if platform == "linux" or not value:            # elsewhere the variable does not count, here
            monkeypatch.setenv("XDG_CACHE_HOME", value)
            assert str(download.cache_folder()) == theirs("course_lib", appauthor=False).user_cache_dir


def test_cache_folder_on_windows(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert download.cache_folder() == tmp_path / "course_lib" / "Cache"
    monkeypatch.delenv("LOCALAPPDATA")
    monkeypatch.setattr(download.Path, "home", lambda: tmp_path)
    assert download.cache_folder() == tmp_path / "AppData" / "Local" / "course_lib" / "Cache"
