"""What holds for the two questions of every widget: predict, then drag, and the figure answers; on the cut page."""

import pytest
from widgets.figure import case

QUESTIONS = pytest.mark.parametrize("number", [0, 1])


class Predictions:
    """Uses ``moves`` and ``right`` of the widget's class."""

    @QUESTIONS
    def test_predict_then_drag_and_predict_again(self, open_figure, number):
        figure, right, (key, *presses) = open_figure(), self.right[number], self.moves[number]
        asked = figure.question(number)
        feedback, inputs = asked.locator(".feedback"), asked.locator("input")
        again = asked.get_by_role("button", name="Predict again")
        for chosen, begins in (((right + 1) % 3, "It turned out differently."), (right, "You were right.")):
            with case(f"option {chosen}"):
                figure.press(key, *presses)                             # before the prediction nothing is given away
                assert feedback.text_content() == ""
                assert asked.locator("label", has_text="\u2713 right").count() == 0 and not again.is_visible()
                inputs.nth(chosen).check()
                assert asked.locator(".task").text_content().startswith("Now drag")
                assert "asked" in figure.handle(key).get_attribute("class")
                for press in presses:
                    assert feedback.text_content() == ""
                    figure.press(key, press)
                assert feedback.text_content().startswith(begins)
                assert asked.locator("input:disabled").count() == 3
                assert "asked" not in figure.handle(key).get_attribute("class")
                marked = [("\u2713 right" in text) for text in asked.locator("label").all_text_contents()]
                assert marked == [i == right for i in range(3)]
                figure.come_back()
                assert asked.locator("label", has_text="\u2713 right").count() == 1
                again.click()
                assert asked.locator("input:checked, input:disabled").count() == 0
                assert asked.get_attribute("data-answer") is None
                assert asked.locator(".task, .feedback").all_text_contents() == ["", ""]
                assert figure.tab.evaluate("document.activeElement.closest('.predict') !== null")
                figure.come_back()
                assert asked.locator("input:checked, input:disabled").count() == 0

    @QUESTIONS
    def test_an_answer_is_kept(self, open_figure, number):
        figure, (key, *presses) = open_figure(), self.moves[number]
        asked = figure.question(number)
        feedback, inputs = asked.locator(".feedback"), asked.locator("input")
        chosen = (self.right[number] + 1) % 3
        inputs.nth(chosen).check()
        figure.come_back()
        assert inputs.nth(chosen).is_checked() and asked.locator("input:disabled").count() == 0
        self.assert_shown(figure, {})                                   # the page starts with the chapter's numbers
        figure.press(key, *presses)
        assert feedback.text_content() == ""
        asked.get_by_role("button", name="Set the figure up").click()
        assert "asked" in figure.handle(key).get_attribute("class")
        figure.press(key, *presses)
        told = feedback.text_content()
        assert told.startswith("It turned out differently.")
        figure.come_back()
        assert inputs.nth(chosen).is_checked() and asked.locator("input:disabled").count() == 3
        assert feedback.text_content() == told and asked.get_attribute("data-answer") == "wrong"
        assert "asked" not in figure.handle(key).get_attribute("class")
        assert figure.question(1 - number).locator("input:checked, input:disabled").count() == 0

    @pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
    @QUESTIONS
    def test_the_answer_stands_where_the_handle_is(self, open_figure, number, width, height):
        figure = open_figure(viewport={"width": width, "height": height}, reduced_motion="reduce")
        asked, told, (key, *presses) = figure.question(number), figure.told, self.moves[number]
        asked.locator("label").nth(self.right[number]).click()
        figure.wait_until_seen(key)                                     # without a scroll of the reader's
        assert told.text_content() in asked.locator(".task").text_content() and figure.in_window(told)
        assert told.evaluate("(line) => line.scrollHeight <= line.clientHeight + 1")       # all of the task can be read
        figure.handle(key).evaluate("(element) => element.focus({ preventScroll: true })")
        for press in presses:
            assert not told.text_content().startswith("You were right.")
            figure.tab.keyboard.press(press)
        assert told.text_content().startswith(asked.locator(".feedback").text_content())
        assert figure.in_window(told) and figure.seen(key)
        assert figure.bar.bounding_box()["height"] <= 60
        assert figure.find("[role=status]").filter(has_text="You were right.").count() == 1     # it is read aloud once
        figure.button("Dismiss").click()
        assert told.text_content() == "" and figure.bar.bounding_box()["height"] == 0
