"""What readers paste into a cell sends nothing to another host, whichever way it tries."""

import http.server
import threading
import urllib.request

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRIES = {
    "XMLHttpRequest": "x = js.XMLHttpRequest.new(); x.open('POST', HOST + name, False); x.send('code')",
    "fetch": "js.fetch(HOST + name)",
    "WebSocket": "js.WebSocket.new(HOST.replace('http', 'ws') + name)",
    "EventSource": "js.EventSource.new(HOST + name)",
    "importScripts": "js.importScripts(HOST + name)",
    # Loaded over the network it would have no policy, and do whatever it is told.
    "Worker": """from pyodide.ffi import to_js
worker = js.Worker.new(js.location.origin + WORKER, to_js({'type': 'module'}, dict_converter=js.Object.fromEntries))
request = {"do": "run", "name": "", "before": [], "code": f"import js\\njs.fetch('{HOST}{name}')"}
import json
worker.postMessage(json.dumps(request))""",
}


@pytest.fixture
def other():
    """Another server on this machine: its address, and the requests it got."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            asked.append(self.rfile.readline().decode("latin-1").strip())
            self.close_connection = True
            self.wfile.write(b"HTTP/1.0 204 No Content\r\n\r\n")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_a_cell_reaches_no_other_host(tab, site, other):
    host, asked = other
    urllib.request.urlopen(f"{host}before").close()
    assert asked == ["GET /before HTTP/1.1"]                            # it hears what is sent
    worker, = (site / "course" / "_static").glob("course-*/exercise-worker.js")
    forward = tab.cell("dense_forward")
    for name, code in TRIES.items():
        known = f"HOST, WORKER, name = {host!r}, '/{worker.relative_to(site).as_posix()}', {name!r}"
        said = forward.run(f"import js\n{known}\n{code}\nprint('tried')")
        assert "tried" in forward.box.locator(".course-output").inner_text() or "JsException" in said, said
    tab.page.wait_for_timeout(8000)                                     # by then a second Python would run
    assert asked == ["GET /before HTTP/1.1"]
    tab.problems.clear()                                                # the refusals
