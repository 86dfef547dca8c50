"""Exercises and questions as the book shows them."""

import pytest

from course_lib.grading import exercise, question, specs
from course_lib.grading.spec import Question


@pytest.mark.parametrize("name", list(specs.exercises()))
def test_everything_of_the_spec_is_shown(name):
    item = specs.get(name)
    card = question(name) if isinstance(item, Question) else exercise(name)
    bundle = card._repr_mimebundle_()
    text = bundle["text/markdown"]
    assert set(bundle) == {"text/markdown", "text/plain"} and repr(card) == f"<Card {name}>"
    for words in (item.title, item.prompt.strip(), "core" if item.core else "extra", f"{item.minutes} minutes",
                  f"{item.points} point", item.notebook, "course check", *item.hints):
        assert words in text
    if isinstance(item, Question):
        assert all(choice.text in text and choice.feedback in text for choice in item.choices.values())
    else:
        assert item.signature in text and "```python" in text
    assert text.count("<details>") == text.count("</details>") == (
        len(item.choices) if isinstance(item, Question) else len(item.hints))
    assert item.title in bundle["text/plain"]


def test_an_exercise_is_not_a_question():
    with pytest.raises(TypeError, match=r"show it with exercise\('dense_forward'\)"):
        question("dense_forward")
    with pytest.raises(specs.UnknownExercise, match="zero_weights_question"):
        question("zero_weight_question")
