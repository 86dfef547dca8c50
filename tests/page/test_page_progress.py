"""Progress: kept in the browser, shown, taken along in a file, and never spoiled by a wrong one."""

import json

import page_answers as answers
import pytest
from page_cells import FILL_STORAGE, Tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def panel(tab):
    found = tab.page.locator(".course-progress")
    found.locator("summary").click()
    return found


def choose(panel, content: bytes) -> str:
    file = {"name": "progress.json", "mimeType": "application/json", "buffer": content}
    panel.locator("input[type=file]").set_input_files([file])
    panel.locator("[role=status] p").wait_for()
    return panel.locator("[role=status]").inner_text()


def exported(tab, panel) -> dict:
    with tab.page.expect_download() as download:
        panel.locator("[data-do=export]").click()
    return json.loads(download.value.path().read_text("utf-8"))


def contents_count(tab) -> str:
    """What the contents on the left say of the chapter of these tests."""
    return tab.page.locator(".bd-links a", has_text="Backpropagation").locator(".course-done").inner_text().strip()


def test_progress_is_shown_and_survives_a_reload(tab, panel):
    assert panel.locator(".course-count").inner_text() == "0 of 13 exercises done, 0 of 7 core"
    tab.cell("zero_weights_question").choose("b")
    tab.cell("dense_forward").check(answers.FORWARD)
    for _ in range(2):
        assert panel.locator(".course-count").inner_text() == "2 of 13 exercises done, 2 of 7 core"
        assert contents_count(tab) == "2/13"
        assert tab.cell("dense_forward").box.locator(".course-verdict").inner_text() == "Done"
        tab.page.reload(wait_until="load")


def test_what_is_passed_stays_passed(tab, panel):
    question = tab.cell("zero_weights_question")
    question.choose("b")
    question.choose("a")
    assert panel.locator(".course-count").inner_text().startswith("1 of 13")


def test_the_contents_show_progress_on_every_page(tab, panel, address):
    tab.cell("zero_weights_question").choose("b")
    tab.page.goto(f"{address}intro.html", wait_until="load")
    assert contents_count(tab) == "1/13"


def test_export_forget_undo_import(tab, panel):
    forward = tab.cell("dense_forward")
    forward.write("# mine")
    tab.cell("zero_weights_question").choose("b")
    file = exported(tab, panel)
    assert file["verdicts"] == {"zero_weights_question": "passed"}
    assert file["answers"]["dense_forward"]["code"] == "# mine"

    panel.locator("[data-do=forget]").click()
    panel.get_by_role("button", name="Forget them").click()
    assert panel.locator(".course-count").inner_text().startswith("0 of 13")
    assert "raise NotImplementedError" in forward.code()
    panel.get_by_role("button", name="Undo").click()
    assert panel.locator(".course-count").inner_text().startswith("1 of 13") and forward.code() == "# mine"

    tab.page.evaluate("localStorage.clear()")
    tab.page.reload(wait_until="load")
    panel.locator("summary").click()
    assert "Imported: 2 answers." in choose(panel, json.dumps(file).encode())
    assert forward.code() == "# mine"
    assert panel.locator(".course-count").inner_text().startswith("1 of 13")
    assert exported(tab, panel) == file


@pytest.mark.parametrize(("content", "reason"), [
    (b"{\"format\": \"course-prog", "damaged, or no progress file"),
    (b"\x89PNG\r\n\x1a\n", "damaged, or no progress file"),
    (b"[]", "no progress file of this course"),
    (b"{\"cells\": []}", "no progress file of this course"),
    (b'{"format": "course-progress", "version": 99}', "another version"),
    (b'{"format": "course-progress", "version": 1, "verdicts": {"dense_forward": "superb"}, "answers": {}}', "damaged"),
    (b'{"format": "course-progress", "version": 1, "verdicts": {}, "answers": {"grad_check": {"code": 1}}}', "damaged"),
], ids=["cut off", "picture", "list", "notebook", "version", "verdict", "answer"])
def test_a_wrong_file_is_refused_and_changes_nothing(tab, panel, content, reason):
    tab.cell("zero_weights_question").choose("b")
    before = exported(tab, panel)
    sentence = choose(panel, content)
    assert sentence.startswith("This file was not imported:") and sentence.endswith("Nothing has been changed.")
    assert reason in sentence
    assert exported(tab, panel) == before


def test_damaged_storage_counts_as_empty(tab, panel):
    tab.page.evaluate("localStorage['course.verdicts'] = '{'; localStorage['course.answer.dense_forward'] = '7'")
    tab.page.reload(wait_until="load")
    assert panel.locator(".course-count").inner_text().startswith("0 of 13")
    tab.cell("dense_forward").write("# mine")
    tab.page.reload(wait_until="load")
    assert tab.cell("dense_forward").code() == "# mine"


def predicted_at_the_graph(page) -> str:
    """What its first question says as soon as an option is chosen."""
    graph = page.locator("[data-widget=computation_graph]")
    graph.scroll_into_view_if_needed()
    graph.locator(".predict input").first.check()
    return graph.locator(".predict").first.inner_text()


def test_without_room_all_can_be_answered_and_the_page_says_that_it_is_not_kept(tab, panel):
    tab.page.evaluate(FILL_STORAGE)
    question, forward = tab.cell("zero_weights_question"), tab.cell("dense_forward")
    for letter, verdict in ("a", "failed"), ("b", "passed"):
        card = question.choose(letter)
        assert f"Starting from zero: {verdict}" in card and "it lasts until you leave the page" in card
    assert panel.locator(".course-count").inner_text().startswith("1 of 13")
    assert "2 of 2 points" in forward.check(answers.FORWARD)
    assert "does not keep what you type" in forward.box.inner_text() or "it lasts until" in forward.box.inner_text()
    prediction = tab.page.locator("[data-predict=batch_size_prediction]")
    prediction.locator("input[value=a]").check()
    prediction.locator("[data-do=commit]").click()
    assert "it lasts until you leave the page" in prediction.inner_text()
    assert prediction.locator("input[value=a]").is_checked() and prediction.locator("[data-do=again]").is_visible()
    recalled = tab.page.locator(".course-recall").first
    recalled.locator("[data-do=reveal]").click()
    recalled.get_by_role("button", name="I had it").click()
    assert "it lasts until you leave the page" in recalled.inner_text()
    assert "it lasts until you leave the page" in predicted_at_the_graph(tab.page)
    file = exported(tab, panel)                                         # the way out
    assert file["verdicts"] == {"dense_forward": "passed", "zero_weights_question": "passed"}
    assert file["answers"]["dense_forward"]["code"] == answers.FORWARD
    tab.page.evaluate("localStorage.clear()")
    question.choose("a")
    assert "it lasts until" not in question.choose("b")
    tab.page.reload(wait_until="load")
    assert "1 of 1 point" in question.status.inner_text()


def test_to_forget_takes_a_choice_that_is_not_checked_yet(tab, panel):
    question = tab.cell("zero_weights_question")
    question.choose("b")
    question.box.locator("input[value=a]").check()
    panel.locator("[data-do=forget]").click()
    panel.get_by_role("button", name="Forget them").click()
    assert not question.box.locator("input:checked").count()
    question.press("check")
    assert question.status.inner_text() == "Choose an answer first."


def test_the_focus_goes_to_what_takes_the_place_of_a_button(tab, panel):
    tab.cell("zero_weights_question").choose("b")
    for button, sentence in ("Keep them", "Nothing has been changed."), ("Forget them", "All is forgotten."):
        panel.locator("[data-do=forget]").click()
        panel.get_by_role("button", name=button).focus()
        tab.page.keyboard.press("Enter")
        assert tab.page.evaluate("document.activeElement.textContent").startswith(sentence)


# As browsers do it: the getter throws.
FORBIDDEN = """Object.defineProperty(window, "localStorage", {
    configurable: true, get() { throw new DOMException("denied", "SecurityError"); } })"""


def test_where_storage_is_forbidden_all_works_for_the_visit(browser, address):
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.add_init_script(FORBIDDEN)
    opened = Tab(page, address)
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    assert "it lasts until you leave the page" in opened.cell("zero_weights_question").choose("b")
    assert "it lasts until you leave the page" in predicted_at_the_graph(page)
    assert page.locator(".course-progress .course-count").inner_text().startswith("1 of 13")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.mode") != "dark":
            page.locator("button.theme-switch-button:visible").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert opened.problems == []
    context.close()
