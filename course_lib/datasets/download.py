"""Files from the network: fetched once, continued where the connection broke, checked before they take their name."""

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CHUNK = 1 << 18
ATTEMPTS = 5            # within one call, each going on where the one before broke off
PATIENCE = 10.0         # seconds without an answer


class DownloadError(ConnectionError):
    """The network did not give the whole file. What has come stays beside it, and the next call goes on from there."""


def cache_folder() -> Path:
    """Where the platform keeps what can be fetched again: ``~/.cache/course_lib`` (XDG_CACHE_HOME),
    ``~/Library/Caches/course_lib``, ``%LOCALAPPDATA%\\course_lib\\Cache``."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "course_lib" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "course_lib"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "course_lib"


def md5_of(path: Path) -> str:
    """The md5 sum of a file, in hexadecimal digits: it tells files apart, and is no protection against forgery."""
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def fetch(url: str, path: Path, size: int, md5: str) -> None:
    """Make ``path`` the file at ``url``, of ``size`` bytes and with that sum.

    What has come so far is in ``path`` + ".part", and a later call asks for the rest (HTTP Range). Only a complete
    file with the right sum is moved to ``path``. Raises DownloadError where the network fails, ValueError where it
    gives another file; then nothing of it stays.
    """
    part = path.with_name(f"{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path.parent):
        if path.is_file():              # another process has brought it in the meantime
            return
        continued = _size(part) > 0
        _complete(url, part, size)
        if continued and md5_of(part) != md5:
            part.unlink()               # an earlier call's part was of something else
            _complete(url, part, size)
        if (found := md5_of(part)) != md5:
            part.unlink()
            raise ValueError(f"{url} must have the md5 sum {md5}, got {found}: what came is not that file, and was "
                             "thrown away")
        os.replace(part, path)


def _complete(url: str, part: Path, size: int) -> None:
    """Bring ``part`` to ``size`` bytes, in several attempts as long as each brings it further."""
    for attempt in range(ATTEMPTS):         # pragma: no branch - the last attempt returns or raises
        before = _size(part)
        try:
            _continue(url, part, size)
        except DownloadError:
            if attempt == ATTEMPTS - 1 or _size(part) == before:
                raise
        except ValueError:
            part.unlink(missing_ok=True)
            raise
        else:
            return


def _continue(url: str, part: Path, size: int) -> None:
    """Append to ``part`` what is lacking, or begin again where the server gives the whole."""
    start = _size(part)
    if start >= size:
        if start == size:
            return
        part.unlink()
        start = 0
    request = Request(url, headers={"Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with _network(url, part, size):
        answer = urlopen(request, timeout=PATIENCE)
    with answer:
        appends = answer.status == 206
        _check_length(url, answer, start, size)
        with open(part, "ab" if appends else "wb") as file, _progress(part.stem, file.tell(), size) as advance:
            for chunk in _chunks(url, part, size, answer):
                file.write(chunk)
                advance(len(chunk))
                if file.tell() > size:
                    raise ValueError(f"{url} must have {size:,} bytes, got more")
    if (got := _size(part)) < size:
        raise DownloadError(f"{url}: the connection broke off after {got:,} of {size:,} bytes")


def _check_length(url: str, answer: HTTPResponse, start: int, size: int) -> None:
    """Refuse another file before its bytes come: a login page instead of the data, say."""
    if answer.status == 206:
        announced = answer.headers.get("Content-Range", "")
        expected = f"Content-Range: bytes {start}-{size - 1}/{size}"
        right = bool(re.fullmatch(rf"bytes {start}-\d+/({size}|\*)", announced))
    else:
        announced = answer.headers.get("Content-Length", "")
        expected = f"Content-Length: {size}"
        right = announced in ("", str(size))
    if not right:
        raise ValueError(f"{url} must have {expected}, got {announced!r} ({answer.headers.get('Content-Type')})")


def _chunks(url: str, part: Path, size: int, answer: HTTPResponse) -> Iterator[bytes]:
    while True:
        with _network(url, part, size):
            chunk = answer.read(CHUNK)
        if not chunk:
            return
        yield chunk


@contextmanager
def _network(url: str, part: Path, size: int) -> Iterator[None]:
    """Turns what the network may raise into a DownloadError, and only that: a full disk is another matter."""
    try:
        yield
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()
            if error.code == 416:       # there is no such range: the part is of another file
                part.unlink(missing_ok=True)
        reason = str(error).strip() or type(error).__name__
        raise DownloadError(f"{url}: {reason}; {_size(part):,} of {size:,} bytes are here") from error


@contextmanager
def _progress(name: str, start: int, size: int) -> Iterator[Callable[[int], object]]:
    """Gives a function to call with the number of new bytes; draws a bar, or prints a line where there is no tqdm."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        print(f"{name}: downloading {size - start:,} bytes", flush=True)
        yield lambda count: None
        return
    with tqdm(total=size, initial=start, desc=name, unit="B", unit_scale=True, file=sys.stdout) as bar:
        yield bar.update


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Other processes that would fetch into the folder wait here. Where files cannot be locked they get in each
    other's way, and the sum says so."""
    with open(folder / ".lock", "wb") as file:
        with suppress(ImportError, OSError):
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
