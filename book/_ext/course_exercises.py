"""Sphinx extension: exercises, questions, recall and predictions that work in the page.

A cell that shows an exercise's card gets an editor and buttons below the card; the page's modules bring them to life.
Python comes from the site's own copy of Pyodide (pyodide_copy.py) and the project's own wheel, built here.
"""

import html
import inspect
import json
import os
import re
from pathlib import Path
from typing import Any

import course_prompts
import pyodide_bytecode
import pyodide_copy
from course_prompts import raw
from docutils import nodes
from flit_core.wheel import make_wheel_in
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

import course_lib
from course_lib.grading import specs
from course_lib.grading.spec import Exercise, Question

logger = logging.getLogger(__name__)

ROOT = Path(course_lib.__file__).resolve().parents[1]
SHOWN = re.compile(r"""^(?:exercise|question)\(["'](\w+)["']\)\s*$""", re.MULTILINE)
ASKED = re.compile(r"""^(?:recall|predict)\(["'](\w+)["']\)\s*$""", re.MULTILINE)
ALIVE = {"exercise", "try-it", "recall", "predict"}  # tags
LIVE = re.compile(r"course-(?:exercise|try)\b")
EPOCH = "1704067200"  # the time of every file in the wheel

ANSWER = """<section class="course-cell course-exercise" data-exercise="{name}" data-points="{points}"
 aria-label="Your answer: {title}">
<textarea aria-label="Your code for {name}" rows="{rows}" spellcheck="false" autocapitalize="off" autocomplete="off">
{skeleton}</textarea>
<p class="course-scope"></p>
<div class="course-buttons">
<button type="button" class="course-main" data-do="check">Check</button>
<button type="button" data-do="run">Run</button>
<button type="button" data-do="stop" hidden>Stop</button>
<button type="button" data-do="hint">Hint</button>
<button type="button" data-do="solution">Solution</button>
<button type="button" data-do="reset">Reset</button>
<span class="course-verdict"></span>
</div>
<div class="course-output"></div>
<div class="course-status" role="status"></div>
<template>{solution}</template>
</section>"""

QUESTION = """<section class="course-cell course-question" data-exercise="{name}" data-points="{points}"
 data-choices="{choices}" data-title="{title}" aria-label="Your answer: {title}">
<div class="course-buttons">
<button type="button" class="course-main" data-do="check">Check</button>
<span class="course-verdict"></span>
</div>
<div class="course-status" role="status"></div>
</section>"""

TRY = """<section class="course-cell course-try" data-try="{name}" aria-label="Try it">
<textarea aria-label="Code to change and run" rows="{rows}" spellcheck="false" autocapitalize="off" autocomplete="off">
{code}</textarea>
<p class="course-scope"></p>
<div class="course-buttons">
<button type="button" class="course-main" data-do="run">Run</button>
<button type="button" data-do="stop" hidden>Stop</button>
<button type="button" data-do="reset">Reset</button>
</div>
<div class="course-output"></div>
<div class="course-status" role="status"></div>
</section>"""

NEEDS_SERVER = ('<p class="course-file">To answer here, open the book through a server: a page opened as a file may '
                "not run Python. <code>make book</code> starts one.</p>")

PROGRESS = """<div class="course-progress" data-chapter="{chapter}">
<p class="course-bar"><progress max="{count}" value="0" aria-label="Exercises done in this chapter"></progress>
<span class="course-count">0 of {count} exercises done</span></p>
<details><summary>Your progress</summary>
<p class="course-recalled" hidden></p>
<p>Nothing you type leaves this browser: your answers and your progress are kept in it, and only there. A file takes
them to another browser.</p>
<div class="course-buttons">
<button type="button" data-do="export">Export to a file</button>
<button type="button" data-do="import">Import from a file</button>
<button type="button" data-do="forget">Forget everything</button>
<input type="file" accept="application/json,.json" aria-label="A progress file" hidden>
</div>
<div class="course-status" role="status"></div>
</details>
</div>"""


def skeleton(item: Exercise) -> str:
    """What the reader starts from: the code to repair, or an empty body."""
    if item.start:
        _, _, rest = inspect.getsource(item.start).partition("(")
        return f"import numpy as np\n\n\ndef {item.name}({rest.rstrip()}\n"
    return f"import numpy as np\n\n\ndef {item.signature}:\n    raise NotImplementedError\n"


def solution(item: Exercise) -> str:
    """A solution that stands alone."""
    return f"import numpy as np\n\n\n{inspect.getsource(item.solution).rstrip()}\n"


def cell_html(item: Exercise) -> str:
    """What stands below the card of an exercise or a question."""
    fields = {"name": item.name, "points": item.points, "title": html.escape(item.title)}
    if isinstance(item, Question):
        kinds = {letter: choice.mistake for letter, choice in item.choices.items()}
        return QUESTION.format(choices=html.escape(json.dumps(kinds)), **fields)
    start = skeleton(item)
    shown = highlight(solution(item), PythonLexer(), HtmlFormatter(cssclass="highlight"))
    return ANSWER.format(skeleton=html.escape(start), rows=start.count("\n") + 4, solution=shown, **fields)


def bring_to_life(app: Sphinx, doctree: nodes.document, page: str) -> None:
    if app.builder.format != "html":
        return
    cells: list[dict[str, Any]] = []
    for container in list(doctree.findall(nodes.container)):
        tags = {name.removeprefix("tag_") for name in container["classes"] if name.startswith("tag_")}
        if not tags & ALIVE or "cell_index" not in container:
            continue
        cells = cells or json.loads(Path(app.env.doc2path(page)).read_text("utf-8"))["cells"]
        source = "".join(cells[container["cell_index"]]["source"])
        if "try-it" in tags:
            name = f"{page}.{cells[container['cell_index']]['id']}"
            code = html.escape(f"{source}\n")
            container.insert(1, raw(TRY.format(name=name, code=code, rows=code.count("\n") + 1)))  # above its output
        elif match := ASKED.search(source):
            ask(container, match[1], tags)
        elif match := SHOWN.search(source):
            card = container.children[-1]  # the cell's output
            card.children[-1]["classes"].append("course-where")  # the notebook the answer goes into
            card += [raw(cell_html(specs.get(match[1]))), raw(NEEDS_SERVER)]


def ask(container: nodes.container, name: str, tags: set[str]) -> None:
    """Bring a question without points to life."""
    output = container.children[-1]
    if "recall" in tags:
        course_prompts.recall_cells(output, specs.chapter(name).recall)
        return
    course_prompts.prediction_cell(output, specs.prediction(name))
    outputs = course_prompts.covered(container)
    if not outputs:
        logger.warning("the prediction %s stands above no output", name, location=container)
    for found in outputs:
        course_prompts.cover(found)


def chapters(app: Sphinx) -> list[dict[str, Any]]:
    """The exercises and recall questions of each chapter of this book."""
    return [{"page": chapter.name, "title": chapter.title,
             "exercises": [{"name": item.name, "core": item.core} for item in chapter.exercises],
             "recall": [item.name for item in chapter.recall]}
            for chapter in specs.chapters() if chapter.name in app.env.found_docs]


def add_style(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if 'class="course-cell' in context.get("body", ""):
        app.add_css_file("course/exercise.css", priority=900)  # after course.css


def dress_page(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    body = context.get("body", "")
    scripts = ['type="module" src="{}progress-view.js"']
    for chapter in chapters(app):
        if chapter["page"] == page:
            bar = PROGRESS.format(chapter=page, count=len(chapter["exercises"]))
            context["body"] = body = body.replace("</h1>", f"</h1>\n{bar}", 1)
    if 'class="course-cell' in body:
        scripts += ['src="{}exercise-mode.js"', 'type="module" src="{}exercise.js"']
    if LIVE.search(body) and python_copy(app) is None:
        for source in ("connect-src 'self'", "script-src 'self'"):
            context["metatags"] = context["metatags"].replace(source, f"{source} {pyodide_copy.CDN}")
    folder = context["pathto"]("_static/course/", 1)
    context["metatags"] += "".join(f"\n    <script {script.format(folder)}></script>" for script in scripts)


def python_copy(app: Sphinx) -> Path | None:
    """The folder the site's copy of Pyodide is taken from; looked for once, and only if a page runs Python."""
    if not hasattr(app, "course_pyodide"):
        try:
            found = pyodide_copy.find()
        except (FileNotFoundError, pyodide_copy.WrongSum) as error:
            raise ExtensionError(str(error)) from error
        app.course_pyodide = found  # type: ignore[attr-defined]
    return app.course_pyodide  # type: ignore[attr-defined,no-any-return]


def build_wheel(folder: Path) -> str:
    """Build the project's wheel, the same bytes every time; return its name."""
    folder.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = EPOCH
    try:
        wheel = make_wheel_in(ROOT / "pyproject.toml", folder).file
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
        if before is not None:
            os.environ["SOURCE_DATE_EPOCH"] = before
    wheel.chmod(0o644)  # a temporary file's mode would keep a web server out
    return str(wheel.name)


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    settings: dict[str, Any] = {"chapters": chapters(app)}
    if any(LIVE.search(page.read_text("utf-8")) for page in Path(app.outdir).glob("*.html")):
        source = python_copy(app)
        wheel = build_wheel(static / "wheels")
        if source:
            pyodide_copy.copy(source, static / "pyodide")
            pyodide_bytecode.put_into(static / "pyodide", static / "wheels" / wheel)
        settings["pyodide"] = "../pyodide/" if source else pyodide_copy.CDN
        settings["wheel"] = f"../wheels/{wheel}"
    lines = [f"export const {name} = {json.dumps(value)};\n" for name, value in settings.items()]
    (static / "course" / "exercise-site.js").write_text("".join(lines), "utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("doctree-resolved", bring_to_life)
    app.connect("html-page-context", add_style)
    app.connect("html-page-context", dress_page, priority=960)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
