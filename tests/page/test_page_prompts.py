"""Recall questions and predictions in a real browser: memory first, outputs covered, nothing lost, nothing hidden."""

import json

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COVER = "Covered until you have predicted, above."


@pytest.fixture
def recalled(tab):
    return tab.page.locator(".course-recall")


@pytest.fixture
def prediction(tab):
    return tab.page.locator("[data-predict=smaller_step_prediction]")


@pytest.fixture
def outcome(tab):
    return tab.page.get_by_text("h = 1e-10: relative error about 1e-6")


def rate(question, name: str) -> None:
    question.locator("[data-do=reveal]").click()
    question.get_by_role("button", name=name).click()


def test_the_answer_comes_on_request_and_is_rated(tab, recalled):
    third = recalled.nth(2)
    answer = tab.page.get_by_text("A right answer with the same confidence")
    assert recalled.count() == 3 and not answer.locator("visible=true").count()
    third.locator("textarea").fill("-log 0.1 = 2.3")
    third.locator("[data-do=reveal]").click()
    assert answer.locator("visible=true").count() == 1
    third.get_by_role("button", name="Partly").click()
    assert third.locator(".course-rated").inner_text() == "Partly"
    third.locator("[data-do=reveal]").click()
    assert not answer.locator("visible=true").count()
    tab.page.reload(wait_until="load")
    assert third.locator("textarea").input_value() == "-log 0.1 = 2.3"
    assert third.locator(".course-rated").inner_text() == "Partly"
    assert not answer.locator("visible=true").count()


def test_recall_shows_in_the_progress_and_gives_no_points(tab, recalled):
    panel = tab.page.locator(".course-progress")
    panel.locator("summary").click()
    line = panel.locator(".course-recalled")
    assert not line.is_visible()
    rate(recalled.nth(0), "I had it")
    assert line.inner_text() == "Of 3 recall questions: you had 1."
    rate(recalled.nth(2), "Not yet")
    assert line.inner_text() == "Of 3 recall questions: you had 1, did not have 1. Look again at question 3."
    assert panel.locator(".course-count").inner_text().startswith("0 of 13")
    line.locator("a").click()
    assert tab.page.evaluate("location.hash") == "#confident_mistake_recall"
    rate(recalled.nth(1), "Partly")
    assert line.inner_text().endswith("you had 1, partly had 1, did not have 1. Look again at question 2, question 3.")


def test_recall_and_predictions_travel_in_the_file(tab, recalled, prediction, outcome):
    recalled.nth(0).locator("textarea").fill("Z = XW + b")
    rate(recalled.nth(0), "I had it")
    prediction.locator("input[value=a]").check()
    prediction.locator("[data-do=commit]").click()
    panel = tab.page.locator(".course-progress")
    panel.locator("summary").click()
    with tab.page.expect_download() as download:
        panel.locator("[data-do=export]").click()
    text = download.value.path().read_text("utf-8")
    assert json.loads(text)["answers"] == {
        "dense_layer_recall": {"text": "Z = XW + b", "rating": "had"},
        "smaller_step_prediction": {"choice": "a", "shown": "yes"}}

    panel.locator("[data-do=forget]").click()
    panel.get_by_role("button", name="Forget them").click()
    assert recalled.nth(0).locator("textarea").input_value() == "" and not outcome.is_visible()
    assert recalled.nth(0).locator(".course-rated").inner_text() == ""
    assert not prediction.locator("input:checked").count()

    def load(content: str) -> str:
        file = {"name": "progress.json", "mimeType": "application/json", "buffer": content.encode()}
        panel.locator("input[type=file]").set_input_files([file])
        panel.locator("[role=status] p").get_by_text("mported").wait_for()
        return panel.locator("[role=status]").inner_text()

    assert "it is damaged" in load(text.replace('"had"', '"superb"'))
    assert "it is damaged" in load(text.replace('"shown": "yes"', '"seen": "yes"'))
    assert not outcome.is_visible()
    assert load(text).startswith("Imported: 2 answers.")
    assert recalled.nth(0).locator(".course-rated").inner_text() == "I had it" and outcome.is_visible()


def test_an_output_is_covered_until_the_reader_has_predicted(tab, prediction, outcome):
    figure = tab.page.locator(".course-covered img")
    assert tab.page.get_by_text(COVER).locator("visible=true").count() == 3
    assert not outcome.is_visible() and not figure.is_visible()
    height = tab.page.evaluate("document.querySelector('.course-covered img').closest('.cell_output').clientHeight")
    assert height > 150                                             # the figure keeps its room
    assert prediction.locator("[data-do=commit]").is_disabled()
    prediction.locator("input[value=b]").check()
    assert not outcome.is_visible()                                 # looking through the choices commits to nothing
    prediction.locator("[data-do=commit]").click()
    assert outcome.is_visible() and not figure.is_visible()
    said = prediction.locator(".course-card").inner_text()
    assert said.startswith("You predicted b), and it turns out otherwise") and "from there it gets worse" in said
    tab.page.reload(wait_until="load")
    assert outcome.is_visible() and prediction.locator("input[value=b]").is_checked()
    prediction.locator("[data-do=again]").click()
    assert not outcome.is_visible() and not prediction.locator(".course-card").count()
    prediction.locator("input[value=c]").check()
    prediction.locator("[data-do=commit]").click()
    assert prediction.locator(".course-card").inner_text().startswith("You predicted c), and so it is")


def test_an_output_can_be_seen_without_a_prediction(tab, prediction, outcome):
    prediction.locator("[data-do=show]").click()
    assert outcome.is_visible() and not prediction.locator(".course-card").count()
    tab.page.reload(wait_until="load")
    assert outcome.is_visible()
    prediction.get_by_text("What each answer means").click()
    assert prediction.get_by_text("from there it gets worse").is_visible()


def test_a_prediction_by_keyboard(tab, prediction, outcome):
    prediction.locator("input").first.focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Tab", "Enter"):
        tab.page.keyboard.press(key)
    assert prediction.locator(".course-card").inner_text().startswith("You predicted c)") and outcome.is_visible()
    assert tab.page.evaluate("document.activeElement.dataset.do") == "again"
    tab.page.keyboard.press("Enter")
    assert not outcome.is_visible() and tab.page.evaluate("document.activeElement.dataset.do") == "show"


def test_another_prediction_is_left_alone(tab, prediction):
    other = tab.page.locator("[data-predict=batch_size_prediction]")
    prediction.locator("input[value=c]").check()
    other.locator("[data-do=show]").click()
    assert prediction.locator("input[value=c]").is_checked() and prediction.locator("[data-do=commit]").is_enabled()


def test_in_print_nothing_is_covered_and_answers_are_shown(tab, outcome):
    copies = tab.page.locator(".copybtn")
    assert copies.first.is_visible()
    tab.page.emulate_media(media="print")
    assert copies.locator("visible=true").count() == 0
    assert outcome.is_visible() and not tab.page.get_by_text(COVER).locator("visible=true").count()
    assert tab.page.get_by_text("A right answer with the same confidence").is_visible()
    assert not tab.page.locator(".course-recall").first.is_visible()


def test_without_javascript_nothing_is_covered(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    assert page.get_by_text("h = 1e-10: relative error about 1e-6").is_visible()
    assert not page.get_by_text(COVER).locator("visible=true").count()
    answer = page.get_by_text("A right answer with the same confidence")
    assert not answer.is_visible()
    page.locator(".tag_recall summary").nth(2).click()
    assert answer.is_visible()
    context.close()
