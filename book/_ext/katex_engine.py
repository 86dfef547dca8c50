"""TeX to HTML with the vendored KaTeX: in QuickJS inside this process, or in Node where QuickJS has no wheel.

No JavaScript reaches the reader: the book's pages hold KaTeX's finished HTML (for the eye) and MathML (for a
screen reader).
"""

import atexit
import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import which

KATEX = Path(__file__).parent / "vendor" / "katex"
RENDER = """(request) => {
    const [tex, displayMode] = JSON.parse(request);
    try {
        return JSON.stringify({html: katex.renderToString(tex, {displayMode, strict: "error", throwOnError: true})});
    } catch (error) {
        return JSON.stringify({error: String(error.message)});
    }
}"""
NODE_LOOP = f"""
    globalThis.katex = require(process.argv[1]);
    const render = {RENDER};
    require("readline").createInterface({{input: process.stdin}}).on("line", (line) => console.log(render(line)));
"""

Renderer = Callable[[str], str]


class MathError(ValueError):
    """KaTeX cannot read this TeX."""


def quickjs_renderer() -> Renderer:
    """A renderer in this process; ImportError where quickjs-ng is not installed."""
    import quickjs

    context = quickjs.Context()
    context.eval("var console = {log() {}, warn() {}, error() {}};")
    context.eval((KATEX / "katex.min.js").read_text("utf-8"))
    return context.eval(RENDER)


class NodeRenderer:
    """A renderer in one Node process that lives as long as the build: a line of JSON in, a line of JSON out."""

    def __init__(self) -> None:
        node = which("node")
        if node is None:
            raise RuntimeError("KaTeX needs the Python package quickjs-ng or, on a machine without its wheel, Node.js")
        self.process = subprocess.Popen([node, "-e", NODE_LOOP, str(KATEX / "katex.min.js")], text=True,
                                        encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.close)

    def __call__(self, request: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def close(self) -> None:
        self.process.communicate()


@cache
def renderer() -> Renderer:
    try:
        return quickjs_renderer()
    except ImportError:
        return NodeRenderer()


@cache
def render(tex: str, display: bool) -> str:
    """HTML and MathML of one formula; MathError says what KaTeX could not read."""
    answer = json.loads(renderer()(json.dumps([tex, display])))
    if "error" in answer:
        underline = "\N{COMBINING LOW LINE}"  # KaTeX marks the place with it; a terminal garbles it
        raise MathError(answer["error"].removeprefix("KaTeX parse error: ").replace(underline, ""))
    return answer["html"]
