"""Exercises in a real browser: verdicts in the terminal's words, whatever readers write, and nothing typed is lost."""

import re

import page_answers as answers
import pytest
from page_cells import Cell

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def assert_same_words(card: str, printed: str) -> None:
    """The card's lines stand in the terminal's output, one after the other."""
    shown, said = lines(card), lines(printed.replace("`", ""))
    start = said.index(shown[0])
    assert said[start : start + len(shown)] == shown


def test_a_wrong_answer_then_a_right_one(tab, course_check):
    forward = tab.cell("dense_forward")
    card = forward.check(answers.FORWARD_WITHOUT_BIAS)
    assert lines(card)[0] == "dense_forward: failed, 0 of 2 points"
    assert lines(card)[1].startswith("The bias is missing")
    assert forward.box.locator(".course-card").get_attribute("data-misconception") == "no-bias"
    assert_same_words(card, course_check("dense_forward", answers.FORWARD_WITHOUT_BIAS))
    assert_same_words(forward.check(answers.FORWARD), course_check("dense_forward", answers.FORWARD))
    assert forward.box.locator(".course-verdict").inner_text() == "Done"


def test_dense_backward_uses_the_readers_own_dense_forward(tab, course_check):
    forward, backward = tab.cell("dense_forward"), tab.cell("dense_backward")
    assert "Run its cell first" in backward.check(answers.BACKWARD)
    assert forward.run(answers.FORWARD).startswith("It ran")
    assert "4 of 4 points" in backward.check()
    assert backward.box.locator(".course-scope").inner_text() == "You can use what you have run above: dense_forward."
    card = backward.check(answers.BACKWARD_WITHOUT_TRANSPOSE)
    assert "A matrix product lacks a transpose" in card and "missing-transpose" not in card
    assert backward.box.locator(".course-card").get_attribute("data-misconception") == "missing-transpose"
    assert_same_words(card, course_check("dense_backward", answers.FORWARD + answers.BACKWARD_WITHOUT_TRANSPOSE))
    forward.run(answers.FORWARD_WITHOUT_BIAS)
    assert "Check `dense_forward` first".replace("`", "") in backward.check(answers.BACKWARD)


def test_what_was_typed_but_not_run_is_not_used(tab):
    tab.cell("dense_forward").write(answers.FORWARD)
    assert "Run its cell first" in tab.cell("dense_backward").check(answers.BACKWARD)


def test_an_endless_loop_is_stopped_and_the_next_check_works(tab):
    forward = tab.cell("dense_forward")
    forward.write(answers.LOOP)
    forward.press("check")
    forward.status.get_by_text("Checking").wait_for(timeout=60_000)
    other = tab.cell("output_delta")
    other.press("check")
    assert "Python is busy" in other.status.inner_text()
    forward.press("stop")
    assert lines(forward.finished())[0] == "Stopped"
    assert forward.code() == answers.LOOP
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_an_endless_loop_ends_by_itself_and_names_the_line(tab, course_check):
    forward = tab.cell("dense_forward")
    card = forward.check(answers.LOOP)
    assert "One case was stopped after 10 seconds" in card and "in dense_forward: " in card
    where = r"line [56], in dense_forward: (while True:|pass)"
    assert_same_words(re.sub(where, "line", card), re.sub(where, "line", course_check("dense_forward", answers.LOOP)))
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_a_call_that_cannot_be_interrupted_ends_too(tab):
    forward = tab.cell("dense_forward")
    card = lines(forward.check(answers.FORWARD.replace("    Z =", "    max(map(abs, range(10**12)))\n    Z =")))
    assert re.fullmatch(r"Stopped after [23]\d seconds", card[0])
    assert "so your line is not known. Your text is kept." in card[1]
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_a_loop_that_catches_its_own_end_is_among_the_reasons_named(tab):
    forward = tab.cell("dense_forward")
    swallow = "".join(f"    {line}\n" for line in ("while True:", "    try:", "        while True:", "            pass",
                                                   "    except:", "        pass"))
    card = lines(forward.check(answers.FORWARD.replace("    Z =", f"{swallow}    Z =")))
    assert re.fullmatch(r"Stopped after [23]\d seconds", card[0])
    assert "Either a single call was still busy" in card[1] and "or the code catches whatever should end it" in card[1]
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_what_ends_python_or_waits_for_a_keyboard_is_said(tab):
    forward = tab.cell("dense_forward")
    card = forward.run("x = input('x?')")
    assert "there is no keyboard here" in card and "line 1: x = input('x?')" in card
    assert "EOF" in forward.run("import sys\nprint(repr(sys.stdin.readline()))\nimport builtins\nbuiltins.input()")
    assert "cannot be closed from a cell" in forward.run("import js\njs.close()")
    forged = "import js\nfrom pyodide.ffi import to_js\n" \
             "for kind in ('toString', 'nonsense'):\n    js.postMessage(to_js([kind]))\n" \
             "    js.postMessage(to_js({'kind': kind}, dict_converter=js.Object.fromEntries))"
    assert "printed nothing" in forward.run(forged)
    assert "2 of 2 points" in forward.check(answers.FORWARD)
    card = forward.run("import os\nos._exit(1)")
    assert "Python broke down" in card and "memory" in card and "or does the code end Python" in card
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_a_recursion_beyond_the_stack_is_said(tab):
    card = tab.cell("dense_forward").run(
        "import sys\nsys.setrecursionlimit(10**6)\ndef again(_):\n    return sorted([1], key=again)\nagain(1)")
    assert "Python broke down" in card and "does a function call itself without end" in card
    assert tab.problems.pop(0).startswith("Pyodide has suffered a fatal error")     # its own words, in the console
    assert "Maximum call stack size exceeded" in "".join(tab.problems)
    tab.problems.clear()


def test_running_shows_what_is_printed(tab):
    forward = tab.cell("dense_forward")
    assert "printed nothing" in forward.run(answers.FORWARD)
    forward.run("print('one')\nprint('two')\nimport numpy as np\nnp.arange(3)")
    assert forward.box.locator(".course-output").inner_text().split() == ["one", "two", "array([0,", "1,", "2])"]
    forward.run("for i in range(100_000):\n    print(i)")
    printed = forward.box.locator(".course-output").inner_text()
    assert len(printed) < 11_000 and printed.rstrip().endswith("...")


def test_errors_name_the_readers_own_line(tab):
    forward = tab.cell("dense_forward")
    card = forward.check(answers.FORWARD.replace("act):", "act)"))
    assert lines(card) == lines(forward.run()) and lines(card)[0] == "This is not Python yet"
    assert "SyntaxError" in card and "line 4: def dense_forward(X, W, b, act)" in card
    card = forward.run("x = 1\nx = x / 0")
    assert "ZeroDivisionError: division by zero" in card and "line 2: x = x / 0" in card
    card = forward.check(answers.FORWARD.replace("X @ W", "X @ V"))
    assert "NameError" in card and "line 5, in dense_forward: Z = X @ V + b" in card
    assert "ends Python" in forward.check(answers.FORWARD.replace("    Z =", "    exit()\n    Z ="))
    assert "not attempted" in forward.check("def dense_forward(X, W, b, act):\n    ...\n")
    assert "does not define" in forward.check("x = 1\n")


def test_too_much_memory_ends_in_a_sentence(tab):
    forward = tab.cell("dense_forward")
    huge = answers.FORWARD.replace("    Z =", "    kept = [np.empty((15_000, 15_000)) for _ in range(4)]\n    Z =")
    assert "more memory than there is" in forward.check(huge)
    assert "MemoryError" in forward.run("import numpy as np\nkept = []\nwhile True:\n    kept.append(np.empty(2**26))")
    assert "2 of 2 points" in forward.check(answers.FORWARD)


def test_a_failed_download_can_be_tried_again(context, address, tab):
    context.route("**/numpy-*.whl", lambda route: route.abort())
    forward = tab.cell("dense_forward")
    try:
        assert "Python could not be loaded" in forward.check(answers.FORWARD)
    finally:
        context.unroute("**/numpy-*.whl")
    assert forward.code() == answers.FORWARD
    assert "2 of 2 points" in forward.check()
    tab.problems.clear()  # the browser itself reports the failed request


def test_what_is_done_stays_done_and_the_version_that_fails_is_named(tab):
    forward, question = tab.cell("dense_forward"), tab.cell("zero_weights_question")
    mark = forward.box.locator(".course-verdict")
    forward.check(answers.FORWARD_WITHOUT_BIAS)
    assert mark.inner_text() == ""
    forward.check(answers.FORWARD)
    assert mark.inner_text() == "Done"
    forward.check(answers.FORWARD_WITHOUT_BIAS)
    assert mark.inner_text() == "Passed before; this version fails"
    for letter in "ba":
        question.choose(letter)
    for _ in range(2):
        assert mark.inner_text() == "Passed before; this version fails"
        assert question.box.locator(".course-verdict").inner_text() == "Passed before; this answer is wrong"
        assert tab.page.locator(".course-count").inner_text().startswith("2 of 13 exercises done")
        tab.page.reload(wait_until="load")
    forward.write(answers.FORWARD)
    assert mark.inner_text() == "Done"
    question.choose("b")
    assert question.box.locator(".course-verdict").inner_text() == "Done"


def test_text_survives_a_reload(tab):
    forward = tab.cell("dense_forward")
    forward.write("# mine")
    tab.page.reload(wait_until="load")
    assert forward.box.locator("textarea").input_value() == "# mine"


def test_reset_can_be_undone(tab):
    forward = tab.cell("dense_forward")
    start = forward.code()
    forward.write("# mine")
    forward.press("reset")
    assert forward.code() == start and "raise NotImplementedError" in start
    assert "not attempted" in forward.check()                           # what a run says takes no way back
    assert "It ran" in forward.run()
    forward.status.get_by_role("button", name="Undo").click()
    assert forward.code() == "# mine" and "Your text is back." in forward.status.inner_text()
    assert forward.box.locator("[data-do=check]").evaluate("(button) => button === document.activeElement")
    assert "not attempted" not in forward.status.inner_text()
    assert "Your text is back." not in forward.run()


def test_reset_can_be_undone_after_a_reload(tab):
    forward = tab.cell("dense_forward")
    start = forward.code()
    forward.write("# mine")
    forward.press("reset")
    tab.page.reload(wait_until="load")
    assert forward.code() == start and "What you had before is kept." in forward.status.inner_text()
    forward.write("# other")
    tab.page.reload(wait_until="load")
    forward.status.get_by_role("button", name="Undo").click()
    assert forward.code() == "# mine" and "Your text is back." in forward.status.inner_text()
    tab.page.reload(wait_until="load")
    assert forward.code() == "# mine"
    forward.status.get_by_role("button", name="Undo").click()           # what Undo took the place of is not lost either
    assert forward.code() == "# other"


def test_not_yet_gives_the_focus_back(tab):
    forward = tab.cell("dense_forward")
    solution = forward.box.locator("[data-do=solution]")
    solution.focus()
    tab.page.keyboard.press("Enter")
    forward.status.get_by_role("button", name="Not yet").focus()
    tab.page.keyboard.press("Enter")
    assert solution.evaluate("(button) => button === document.activeElement")


def test_the_focus_comes_back_to_the_button_that_was_pressed(tab):
    forward = tab.cell("dense_forward")
    for action in ("run", "check"):
        button = forward.box.locator(f"[data-do={action}]")
        button.focus()
        tab.page.keyboard.press("Enter")
        forward.finished()
        assert button.evaluate("(button) => button === document.activeElement")


def test_keys_in_a_cell_that_runs_say_nothing_of_another_cell(tab):
    forward = tab.cell("dense_forward")
    forward.write(answers.LOOP)
    tab.page.keyboard.press("Control+Enter")
    tab.page.keyboard.press("Control+Enter")
    forward.box.locator("[data-do=stop]").wait_for()
    assert "another cell" not in forward.status.inner_text()
    forward.press("stop")
    forward.finished()


def test_hints_come_one_by_one(tab):
    forward = tab.cell("dense_forward")
    hints = forward.box.locator(".course-hints li")
    assert hints.count() == 0
    for number in (1, 2, 3):
        forward.press("hint")
        assert hints.count() == number
    tab.page.keyboard.press("Enter")
    assert hints.count() == 3
    assert "Write the shapes" in hints.first.inner_text()
    assert forward.box.locator("[data-do=hint]").inner_text() == "No more hints"


def test_a_solution_on_request_is_confirmed(tab):
    forward = tab.cell("dense_forward")
    forward.press("solution")
    assert forward.box.locator(".course-solution").count() == 0
    forward.status.get_by_role("button", name="Not yet").click()
    forward.press("solution")
    forward.status.get_by_role("button", name="Show it").click()
    assert "def dense_forward" in forward.box.locator(".course-solution").inner_text()
    forward.box.get_by_role("button", name="Hide the solution").click()
    assert forward.box.locator(".course-solution").count() == 0
    assert forward.box.locator("[data-do=solution]").inner_text() == "Solution"


def test_the_editor_by_keyboard(tab):
    forward = tab.cell("dense_forward")
    forward.write("")
    tab.page.keyboard.type("def f(x):\nreturn x")
    assert forward.code() == "def f(x):\n    return x"
    tab.page.keyboard.press("Control+z")
    assert forward.code() != "def f(x):\n    return x"
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.dataset.do") == "check"


def test_who_comes_by_keyboard_sees_the_way_out_of_the_editor(tab):
    forward = tab.cell("dense_forward")
    said = forward.box.locator(".course-way-out > span")
    forward.box.locator("textarea").click()
    forward.box.locator(".cm-content").wait_for()
    assert said.count() == 1 and not said.is_visible()                  # who clicks into it can click elsewhere
    forward.box.locator("[data-do=check]").focus()
    below = forward.box.locator(".course-buttons").bounding_box()
    tab.page.keyboard.press("Shift+Tab")
    assert said.is_visible() and said.inner_text() == "Esc, then Tab, leaves the editor"
    assert forward.box.locator(".course-buttons").bounding_box() == below
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Tab")
    assert not said.is_visible()
    other = tab.cell("dense_backward")
    other.box.locator("[data-do=check]").focus()
    tab.page.keyboard.press("Shift+Tab")                                # here into the textarea, which it replaces
    other.box.locator(".cm-content").wait_for()
    assert other.box.locator(".course-way-out > span").is_visible()


@pytest.mark.parametrize("keys", ["Control+Enter", "Shift+Enter"])
def test_the_keys_of_a_notebook_check(tab, keys):
    forward = tab.cell("dense_forward")
    forward.write(answers.FORWARD)
    tab.page.keyboard.press(keys)
    assert "2 of 2 points" in forward.finished()
    assert forward.code() == answers.FORWARD


def test_questions_by_keyboard(tab):
    """Arrow keys choose on their way; what is checked counts."""
    question, keys = tab.cell("zero_weights_question"), tab.page.keyboard
    check = question.box.locator("[data-do=check]")
    check.focus()
    keys.press("Enter")
    assert question.status.inner_text() == "Choose an answer first."
    question.box.locator("input").first.focus()
    keys.press("Space")
    assert question.status.inner_text() == "" and question.box.locator("input[value=a]").is_checked()
    keys.press("Tab")
    keys.press("Enter")
    assert lines(question.status.inner_text())[0] == "Starting from zero: failed, 0 of 1 point"
    assert lines(question.status.inner_text())[1].startswith("A bias gets its gradient")
    assert question.box.locator(".course-card").get_attribute("data-misconception") == "nothing-may-be-zero"
    assert check.evaluate("(button) => button === document.activeElement")
    keys.press("Shift+Tab")
    for _ in range(3):
        keys.press("ArrowDown")
    assert question.status.inner_text() == "" and "Done" not in question.box.inner_text()
    for _ in range(3):
        keys.press("ArrowUp")
    assert "0 of 1 point" in question.status.inner_text()               # back at the answer that was given
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.press("Enter")
    assert lines(question.status.inner_text())[0] == "Starting from zero: passed, 1 of 1 point"
    tab.page.reload(wait_until="load")
    assert question.box.locator("input[value=b]").is_checked()


def test_a_choice_that_is_not_checked_yet_stays_while_others_answer(tab):
    question = tab.cell("zero_weights_question")
    question.box.locator("input[value=c]").check()
    tab.cell("dense_forward").check(answers.FORWARD)
    assert question.box.locator("input[value=c]").is_checked() and question.status.inner_text() == ""


@pytest.mark.parametrize("letter", "ab")
def test_a_question_answers_in_the_terminals_words(tab, course_check, letter):
    card = tab.cell("zero_weights_question").choose(letter).replace("Starting from zero:", "zero_weights_question:")
    code = f"def zero_weights_question():\n    return {letter!r}\n"
    assert_same_words(card, course_check("zero_weights_question", code))


def test_a_cell_to_try_things_in(tab, address):
    tab.page.goto(f"{address}trial.html", wait_until="load")
    trial = Cell(tab.page, ".course-try")
    assert not tab.page.locator(".cell_input").is_visible() and tab.page.get_by_text("array([0., 2.])").is_visible()
    start = trial.code()
    trial.run(start.replace("2.0", "3.0"))
    assert trial.box.locator(".course-output").inner_text().strip() == "array([0., 3.])"
    assert not tab.page.get_by_text("array([0., 2.])").is_visible()
    tab.page.reload(wait_until="load")
    assert "3.0" in trial.code()
    trial.press("reset")
    assert trial.code() == start


def test_a_cell_to_try_things_in_shows_its_lines_before_it_is_used(tab):
    area = tab.cell(".course-try").box.locator("textarea")
    tab.page.set_viewport_size({"width": 390, "height": 844})
    height, content, line = area.evaluate(
        "(area) => [area.clientHeight, area.scrollHeight, parseFloat(getComputedStyle(area).lineHeight)]")
    rows = area.input_value().rstrip("\n").count("\n") + 1
    tab.page.set_viewport_size({"width": 1440, "height": 900})
    assert content <= height and rows * line <= height < (rows + 3) * line


def test_no_button_lies_on_those_of_an_exercise(tab):
    """The theme's button shows where a reader scrolls up; on a phone it may not."""
    top = tab.page.locator("#pst-back-to-top")
    shown = {}
    for width in (390, 1000):                            # the theme hides it from 1200 on
        tab.page.set_viewport_size({"width": width, "height": 844})
        shown[width] = top.evaluate(
            "(button) => { button.style.display = 'block'; return getComputedStyle(button).display; }")
    assert shown == {390: "none", 1000: "block"}


def test_the_chapters_cell_to_try_things_in_does_what_its_text_says(tab):
    trial = tab.cell(".course-try")
    printed = trial.box.locator(".course-output")
    start = trial.code()
    trial.run()
    assert lines(printed.inner_text()) == ["dJ/dW agrees: True", "dJ/dX agrees: True"]
    slip = start.replace("Delta @ W.T", "Delta @ W")
    assert "ValueError" in trial.run(slip)
    trial.run(slip.replace("= 5, 3, 2", "= 5, 3, 3"))
    assert lines(printed.inner_text()) == ["dJ/dW agrees: True", "dJ/dX agrees: False"]
