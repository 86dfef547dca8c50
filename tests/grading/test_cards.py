"""Exercises and questions as the book shows them."""

import pytest

from course_lib.grading import exercise, predict, question, recall, specs
from course_lib.grading.spec import Question

PREDICTIONS = {item.name: item for chapter in specs.chapters() for item in chapter.predictions}


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


@pytest.mark.parametrize("chapter", [chapter for chapter in specs.chapters() if chapter.recall], ids=lambda c: c.name)
def test_recall_questions_are_shown_with_folded_answers(chapter):
    card = recall(chapter.name)
    bundle = card._repr_mimebundle_()
    assert set(bundle) == {"text/markdown", "text/plain"} and repr(card) == f"<RecallCard {chapter.name}>"
    plain, folded = bundle["text/plain"], bundle["text/markdown"]
    assert folded.count("<details><summary>Answer</summary>") == folded.count("</details>") == len(chapter.recall)
    for number, item in enumerate(chapter.recall, start=1):
        assert f"**{number}.** {item.prompt}" in folded and f"</summary>\n\n{item.answer}\n\n</details>" in folded
        asked, answered = plain.index(f"{number}. {item.prompt}"), plain.index(f"{number}. {item.answer}")
        assert asked < plain.index("Answers") < answered


@pytest.mark.parametrize("name", PREDICTIONS)
def test_a_prediction_is_shown_with_feedback_on_every_choice(name):
    item, card = PREDICTIONS[name], predict(name)
    folded = card.markdown()
    assert repr(card) == f"<PredictionCard {name}>"
    assert item.title in folded and item.prompt in folded and item.title in card.text()
    for letter, choice in item.choices.items():
        assert f"- {letter}) {choice.text}" in folded and f"- {letter}) {choice.text}" in card.text()
        assert f"<summary>You chose {letter})</summary>\n\n{choice.feedback}" in folded
        assert choice.feedback not in card.text()


@pytest.mark.parametrize("name", PREDICTIONS)
def test_the_library_finds_the_right_choice_of_a_prediction(name):
    assert PREDICTIONS[name].observe() == PREDICTIONS[name].answer


def test_names_of_questions_without_points_are_unique():
    names = [item.name for chapter in specs.chapters()
             for item in (*chapter.exercises, *chapter.recall, *chapter.predictions)]
    assert len(set(names)) == len(names)


def test_a_wrong_name_is_an_error_that_helps():
    with pytest.raises(specs.UnknownExercise, match="no chapter called `2_backpropagation`. "
                                                    "Did you mean `02_backpropagation`"):
        recall("2_backpropagation")
    with pytest.raises(specs.UnknownExercise, match="no prediction called `dense_forward`. The predictions are: batch"):
        predict("dense_forward")
