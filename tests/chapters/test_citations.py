"""Where the library or a chapter's code cites an equation of the course by its number: the equation that is meant."""

import re

import pytest
from chapters.reading import BOOK, ROOT, Chapter

CHAPTERS = {path.stem: Chapter(path.stem) for path in sorted(BOOK.glob("[0-9][0-9]_*.ipynb"))}
EQUATIONS = {chapter.number: chapter.equations() for chapter in CHAPTERS.values()}
NUMBER = r"\(?\d\.\d+\)?"
CITATION = re.compile(rf"\beqs?\. {NUMBER}(?:(?:, | and | to ){NUMBER})*")
MEANT = {
    "course_lib/activations/base.py": ["eq:matrixdelta"],
    "course_lib/activations/piecewise.py": ["eq:relu", "eq:leaky"],
    "course_lib/activations/rectifiers.py": ["eq:elu", "eq:selu", "eq:softplus", "eq:silu"],
    "course_lib/activations/saturating.py": ["eq:tanh"],
    "course_lib/claims/dying_units.py": ["eq:dense"],
    "course_lib/claims/signal_propagation.py": ["eq:matrixdelta", "eq:inputgradient"],
    "course_lib/gradient_check.py": ["eq:centraldifference"],
    "course_lib/initializers.py": ["eq:truncated", "eq:scaling", "eq:scaling", "eq:uniform"],
    "course_lib/layers/activation.py": ["eq:activation", "eq:dalpha"],
    "course_lib/layers/dense.py": ["eq:dense", "eq:activation"],
    "course_lib/layers/normalization.py": ["eq:batchmean", "eq:inference", "eq:normalized", "eq:scaleshift",
                                           "eq:bnparameters", "eq:bnbackward", "eq:foldmap", "eq:moving", "eq:foldback",
                                           "eq:foldforward"],
    "course_lib/losses/crossentropy.py": ["eq:batchdelta"],
    "course_lib/optimizers/sgd.py": ["eq:step"],
    "02_backpropagation": ["eq:outputdelta", "eq:hiddendelta", "eq:weightgradient", "eq:batchdelta",
                           "eq:inputgradient", "eq:matrixdelta", "eq:matrixgradient", "eq:generaldelta"],
    "04_initialization": ["eq:matrixdelta", "eq:inputgradient"],
    "05_activations": ["eq:gain", "eq:matrixdelta", "eq:inputgradient", "eq:hiddendelta", "eq:weightgradient",
                       "eq:step", "eq:halves", "eq:map", "eq:gain", "eq:gain"],
}


def cited(text: str) -> list[str]:
    numbers = re.findall(r"(\d)\.(\d+)", " ".join(CITATION.findall(text)))
    return [EQUATIONS[int(chapter)][int(number) - 1] for chapter, number in numbers]


def citing() -> dict[str, str]:
    """The text of each module of the library and the code of each chapter that cites an equation."""
    texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "course_lib").rglob("*.py")
             if "grading" not in path.parts}
    texts |= {name: chapter.code for name, chapter in CHAPTERS.items()}
    return {name: text for name, text in texts.items() if cited(text)}


@pytest.mark.parametrize("name", citing())
def test_the_number_means_what_it_says(name):
    assert cited(citing()[name]) == MEANT[name]


def test_nothing_is_listed_that_cites_nothing():
    assert set(MEANT) == set(citing())
