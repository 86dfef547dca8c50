"""What readers have typed is lost to nothing: a run that ends, another tab, an older file, a text that is too long."""

import json

import page_answers as answers
import pytest
from page_cells import FILL_STORAGE, Cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def second(context, address, tab):
    """The same page in another tab."""
    page = context.new_page()
    page.goto(f"{address}02_backpropagation.html", wait_until="load")
    yield page
    page.close()


@pytest.fixture
def panel(tab):
    found = tab.page.locator(".course-progress")
    found.locator("summary").click()
    return found


def kept(tab, name: str = "dense_forward") -> dict:
    return json.loads(tab.page.evaluate("(name) => localStorage[`course.answer.${name}`] ?? '{}'", name))


def load(panel, answers_: dict) -> str:
    text = json.dumps({"format": "course-progress", "version": 1, "verdicts": {}, "answers": answers_})
    file = {"name": "progress.json", "mimeType": "application/json", "buffer": text.encode()}
    panel.locator("input[type=file]").set_input_files([file])
    panel.locator("[role=status] p").wait_for()
    return panel.locator("[role=status]").inner_text()


def test_while_it_runs_a_text_cannot_be_reset(tab):
    forward = tab.cell("dense_forward")
    buttons = [forward.box.locator(f"[data-do={name}]") for name in ("reset", "solution")]
    forward.write(answers.LOOP)
    forward.press("run")
    assert all(button.is_disabled() for button in buttons)
    forward.press("stop")
    forward.finished()
    assert all(button.is_enabled() for button in buttons)
    forward.press("reset")
    assert kept(tab) == {"ran": "", "reset": answers.LOOP}              # what Undo, after a reload too, brings back
    forward.status.get_by_role("button", name="Undo").click()
    assert forward.code() == answers.LOOP and kept(tab)["code"] == answers.LOOP


def test_reset_of_a_text_that_is_too_long_to_be_kept(tab):
    """What ran before it counts no more, and Undo works in this visit."""
    forward = tab.cell("dense_forward")
    forward.run(answers.FORWARD)
    long = answers.FORWARD + "# " + "x" * 200_000
    forward.write(long)
    forward.press("reset")
    assert kept(tab) == {"ran": ""}
    forward.status.get_by_role("button", name="Undo").click()
    assert forward.code() == long


def test_another_tab_takes_no_text_without_a_word(tab, second):
    mine, other = tab.cell("dense_forward"), Cell(second, "dense_forward")
    notice = mine.box.locator(".course-notice")
    mine.write("# mine")
    other.write("# the other's")
    second.keyboard.type(" text")
    notice.get_by_role("button", name="Undo").wait_for()
    tab.page.wait_for_function("() => localStorage['course.answer.dense_forward'].includes(\"the other's text\")")
    assert "Another tab has changed this text" in notice.inner_text()
    assert mine.code() == "# the other's text"
    notice.get_by_role("button", name="Undo").click()
    assert mine.code() == "# mine" and kept(tab)["code"] == "# mine"
    other.box.locator(".course-notice").get_by_role("button", name="Undo").click()
    assert other.code() == "# the other's text"
    tab.page.reload(wait_until="load")
    assert mine.code() == "# the other's text"


def test_another_tab_takes_no_answer_from_memory_without_a_word(tab, second):
    mine, other = (page.locator(".course-recall").first for page in (tab.page, second))
    mine.locator("textarea").fill("mine")
    other.locator("textarea").fill("the other's")
    mine.get_by_role("button", name="Undo").click()
    assert mine.locator("textarea").input_value() == "mine"
    assert kept(tab, "dense_layer_recall") == {"text": "mine"}


@pytest.mark.parametrize(("choice", "code"), [("Keep mine", "# newer"), ("Take the file\u2019s", "# older"),
                                              ("Import nothing", "# newer")])
def test_an_older_file_asks_before_it_replaces_a_text(tab, panel, choice, code):
    forward, backward = tab.cell("dense_forward"), tab.cell("dense_backward")
    start = backward.code()
    forward.write("# newer")
    tab.page.locator(".course-recall").first.locator("textarea").fill("newer")
    file = {"dense_forward": {"code": "# older"}, "dense_backward": {"code": "# from the file"},
            "dense_layer_recall": {"text": "older"}}
    said = load(panel, file)
    assert "dense_forward and recall question 1 of Backpropagation" in said and "dense_backward" not in said
    assert forward.code() == "# newer" and backward.code() == start
    panel.get_by_role("button", name=choice).click()
    assert forward.code() == code
    assert backward.code() == (start if choice == "Import nothing" else "# from the file")
    if choice != "Import nothing":
        panel.get_by_role("button", name="Undo").click()
    assert forward.code() == "# newer" and backward.code() == start
    assert tab.page.locator(".course-recall").first.locator("textarea").input_value() == "newer"


def test_what_is_written_after_a_reset_outlives_its_undo(tab):
    forward = tab.cell("dense_forward")
    forward.write("# old")
    forward.press("reset")
    forward.write("# new")
    undo = forward.status.get_by_role("button", name="Undo")
    undo.click()
    assert forward.code() == "# old"
    undo.click()
    assert forward.code() == "# new" and kept(tab)["code"] == "# new"
    undo.click()
    assert forward.code() == "# old" and kept(tab)["code"] == "# old"


def test_what_is_written_after_another_tab_outlives_the_undo(tab, second):
    mine, other = tab.cell("dense_forward"), Cell(second, "dense_forward")
    mine.write("# mine")
    other.write("# the other's")
    undo = mine.box.locator(".course-notice").get_by_role("button", name="Undo")
    undo.wait_for()
    mine.write("# on from there")
    undo.click()
    assert mine.code() == "# mine"
    undo.click()
    assert mine.code() == "# on from there" and kept(tab)["code"] == "# on from there"


def test_what_is_written_after_an_import_outlives_its_undo(tab, panel):
    forward, backward = tab.cell("dense_forward"), tab.cell("dense_backward")
    start = backward.code()
    forward.write("# old")
    load(panel, {"dense_backward": {"code": "# from the file"}})
    forward.write("# an hour of work")
    backward.write("# on from the file")
    undo = panel.get_by_role("button", name="Undo")
    undo.click()
    assert forward.code() == "# an hour of work" and backward.code() == start
    undo.click()
    assert forward.code() == "# an hour of work" and backward.code() == "# on from the file"


@pytest.mark.parametrize(("choice", "forward"), [("Keep mine", "# mine"), ("Take the file\u2019s", "# the file's")])
def test_what_is_written_while_the_question_stands_is_kept(tab, panel, choice, forward):
    cells = [tab.cell(name) for name in ("dense_forward", "dense_backward")]
    cells[0].write("# mine")
    load(panel, {"dense_forward": {"code": "# the file's"}, "dense_backward": {"code": "# the file's"}})
    cells[1].write("# written since")
    panel.get_by_role("button", name=choice).click()
    assert [cell.code() for cell in cells] == [forward, "# written since"]
    assert "but for your own texts" in panel.locator("[role=status]").inner_text()


def test_a_file_that_does_not_fit_changes_nothing(tab, panel):
    forward = tab.cell("dense_forward")
    forward.write("# mine")
    tab.page.evaluate("localStorage.filler = 'x'.repeat(2_000_000)")
    many = {f"02_backpropagation.cell{i}": {"code": "#" * 40_000} for i in range(100)}
    assert load(panel, many) == "This browser has no room for that. Nothing has been changed."
    answered = tab.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('course.answer.'))")
    assert answered == ["course.answer.dense_forward"] and kept(tab)["code"] == forward.code() == "# mine"


def test_a_file_with_the_same_texts_asks_nothing(tab, panel):
    tab.cell("dense_forward").write("# mine")
    assert load(panel, {"dense_forward": {"code": "# mine"}}).startswith("Imported: 1 answer.")


def test_code_that_would_run_unseen_is_not_imported(tab, panel):
    file = {"dense_forward": {"code": "# seen", "ran": "unseen = 1"}, "output_delta": {"code": "x = 1", "ran": "x = 1"},
            "dense_backward": {"ran": "unseen = 2"}}
    assert load(panel, file).startswith("Imported: 3 answers.")
    assert kept(tab) == {"code": "# seen"} and kept(tab, "dense_backward") == {}
    assert kept(tab, "output_delta") == {"code": "x = 1", "ran": "x = 1"}


def test_a_text_that_is_too_long_to_be_kept_says_so_at_once(tab):
    forward = tab.cell("dense_forward")
    notice = forward.box.locator(".course-notice")
    forward.write("# short")
    forward.write("#" * 200_001)
    assert "longer than 200,000 characters and is not kept" in notice.inner_text()
    tab.page.keyboard.press("Backspace")
    assert notice.inner_text() == "" and len(kept(tab)["code"]) == 200_000
    tab.page.reload(wait_until="load")
    assert len(forward.code()) == 200_000


def test_a_text_that_was_kept_only_for_this_visit_gives_way_to_a_kept_one_of_another_tab(tab, second):
    forward, other = tab.cell("dense_forward"), Cell(second, "dense_forward")
    tab.page.evaluate(FILL_STORAGE)
    forward.write("# mine, without room" + " " * 100)
    assert "does not keep what you type" in forward.box.inner_text()
    tab.page.evaluate("for (const name of Object.keys(localStorage)) if (name.startsWith('other.')) "
                      "delete localStorage[name]")
    other.write("# theirs")
    forward.box.locator(".course-notice button").wait_for()
    assert forward.code() == "# theirs" and "does not keep what you type" not in forward.box.inner_text()
    forward.box.locator(".course-notice button").click()
    assert forward.code().startswith("# mine, without room")
    assert kept(tab)["code"].startswith("# mine, without room")
