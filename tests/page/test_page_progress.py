"""Progress: kept in the browser, shown, taken along in a file, and never spoiled by a wrong one."""

import json

import page_answers as answers
import pytest

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
    tab.cell("zero_weights_question").box.locator("input[value=b]").check()
    tab.cell("dense_forward").check(answers.FORWARD)
    for _ in range(2):
        assert panel.locator(".course-count").inner_text() == "2 of 13 exercises done, 2 of 7 core"
        assert contents_count(tab) == "2/13"
        assert tab.cell("dense_forward").box.locator(".course-verdict").inner_text() == "Done"
        tab.page.reload(wait_until="load")


def test_what_is_passed_stays_passed(tab, panel):
    question = tab.cell("zero_weights_question").box
    question.locator("input[value=b]").check()
    question.locator("input[value=a]").check()
    assert panel.locator(".course-count").inner_text().startswith("1 of 13")


def test_the_contents_show_progress_on_every_page(tab, panel, address):
    tab.cell("zero_weights_question").box.locator("input[value=b]").check()
    tab.page.goto(f"{address}intro.html", wait_until="load")
    assert contents_count(tab) == "1/13"


def test_export_forget_undo_import(tab, panel):
    forward = tab.cell("dense_forward")
    forward.write("# mine")
    tab.cell("zero_weights_question").box.locator("input[value=b]").check()
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
    tab.cell("zero_weights_question").box.locator("input[value=b]").check()
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
