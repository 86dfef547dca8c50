"""Serve a folder on this machine: python tools/serve.py DIR"""

import argparse
import functools
import http.server
import os
import re
import sys
from pathlib import Path

ADDRESS = "127.0.0.1"
FIRST_PORT, LAST_PORT = 8000, 8099
LASTING = re.compile(r"\?v=[0-9a-f]{12}$|/_static/[a-z]+-[0-9a-f]{12}/")     # an address with the sum of the content


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files with the types browsers insist on, whatever the system's own table says; nothing is logged."""

    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".css": "text/css",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".webp": "image/webp",
        ".whl": "application/zip",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        # A rebuilt page must show; a file with its sum in its address cannot change.
        lasting = "max-age=31536000, immutable"
        self.send_header("Cache-Control", lasting if LASTING.search(self.path) else "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # on Windows two servers would share a port unnoticed
    allow_reuse_port = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that closes a connection early is no error."""


def start(folder: Path, first_port: int = FIRST_PORT) -> Server:
    """A server of the folder, on the first free port; the caller runs and closes it."""
    for port in range(first_port, LAST_PORT + 1):
        try:
            return Server((ADDRESS, port), functools.partial(Handler, directory=str(folder)))
        except OSError:
            continue
    raise OSError(f"no free port between {first_port} and {LAST_PORT}")


def address(server: Server) -> str:
    return f"http://{ADDRESS}:{server.server_port}/"


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve a folder on this machine.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    if not folder.is_dir():
        print(f"serve: {folder} is not a folder; build the book first: make book", file=sys.stderr)
        return 2
    with start(folder) as server:
        print(f"Serving {folder} at {address(server)} (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
