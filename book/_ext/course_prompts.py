"""Recall questions and predictions as the page shows them: what stands below each, and what covers an output."""

import html
import json

from docutils import nodes

from course_lib.grading.spec import Prediction, Recall

RECALL = """<section class="course-cell course-recall" id="{name}" data-recall="{name}"
 aria-label="Recall question {number}">
<textarea aria-label="Your answer to question {number}, from memory" rows="2"
 placeholder="Your answer, from memory (optional)"></textarea>
<div class="course-buttons">
<button type="button" data-do="reveal">Show the answer</button>
<span class="course-rated"></span>
</div>
<div class="course-status" role="status"></div>
</section>"""

PREDICTION = """<section class="course-cell course-predict" data-predict="{name}" data-choices="{choices}"
 aria-label="Your prediction: {title}">
<div class="course-buttons">
<button type="button" class="course-main" data-do="commit" disabled>That is my prediction</button>
<button type="button" data-do="show">Show the output anyway</button>
<button type="button" data-do="again" hidden>Cover it again</button>
</div>
<div class="course-status" role="status"></div>
</section>"""

COVER = '<div class="course-cover"><p>Covered until you have predicted, above.</p></div>'


def raw(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def recall_cells(output: nodes.Element, questions: tuple[Recall, ...]) -> None:
    """Put a cell below the folded answer of each question."""
    ends = [node for node in output.findall(nodes.raw) if node.astext().strip() == "</details>"]
    for number, (end, item) in enumerate(zip(ends, questions, strict=True), start=1):
        output.insert(output.index(end) + 1, raw(RECALL.format(name=item.name, number=number)))


def prediction_cell(output: nodes.Element, item: Prediction) -> None:
    """Put a cell below a prediction's choices and feedback."""
    kinds = {letter: choice.mistake for letter, choice in item.choices.items()}
    output += raw(PREDICTION.format(name=item.name, title=html.escape(item.title),
                                    choices=html.escape(json.dumps(kinds))))


def covered(cell: nodes.Element) -> list[nodes.Element]:
    """The outputs that a prediction covers: those of the code cells that follow it, up to the next text."""
    siblings = cell.parent.children
    outputs = []
    for sibling in siblings[siblings.index(cell) + 1:]:
        if not isinstance(sibling, nodes.container) or "cell" not in sibling["classes"]:
            break
        outputs += [part for part in sibling.findall(nodes.container) if "cell_output" in part["classes"]]
    return outputs


def cover(output: nodes.Element) -> None:
    output["classes"].append("course-covered")
    output.insert(0, raw(COVER))
