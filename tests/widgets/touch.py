"""What holds for every widget under a finger: it scrolls the page unless it means the handle."""

import pytest
from widgets.figure import case

PHONE = {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}
UP = [(1, -10), (2, -30), (3, -60), (3, -90), (3, -120)]
# Of the square of 24 pixels in the middle of each handle, what does not belong to it.
COVERED = """(widget) => {
    const wrong = [];
    for (const handle of widget.querySelectorAll(":is([role=slider], [role=switch], [role=button])")) {
        if (!handle.checkVisibility()) continue;
        handle.scrollIntoView({ block: "center" });
        const { left, top, width, height } = handle.getBoundingClientRect();
        for (const dx of [-11.5, 0, 11.5]) for (const dy of [-11.5, 0, 11.5]) {
            const found = document.elementFromPoint(left + width / 2 + dx, top + height / 2 + dy);
            if (handle.contains(found)) continue;
            wrong.push(`${handle.getAttribute("aria-label")} (${dx}, ${dy}): ${found?.outerHTML.slice(0, 80)}`);
        }
    }
    return wrong;
}"""


class Touch:
    """Uses ``first``, ``finger_changes``, ``swiped`` and ``widest`` of the widget's class."""

    def test_a_finger_scrolls_the_whole_page_unless_it_rests_on_the_handle_first(self, open_figure):
        figure = open_figure(whole=True, **PHONE)
        figure.tab.wait_for_load_state("networkidle")
        before = figure.numbers()
        for key in (self.first, *self.swiped):
            with case(f"a quick swipe up over {key}"):
                at, top = figure.settled(key), figure.tab.evaluate("scrollY")
                figure.swipe(at, *UP)
                assert figure.tab.evaluate("scrollY") > top + 40
                assert figure.numbers() == before
        with case(f"a finger that rests on {self.first}"):
            at, top = figure.settled(self.first), figure.tab.evaluate("scrollY")
            figure.swipe(at, (20, -10), (50, -50), rest=250)
            assert figure.numbers()[self.finger_changes] != before[self.finger_changes]
            assert figure.tab.evaluate("scrollY") == top

    @pytest.mark.parametrize("width", [320, 390])
    def test_a_thumb_finds_each_handle(self, open_figure, width):
        figure = open_figure(f"#{self.name}:{self.widest}", **PHONE | {"viewport": {"width": width, "height": 844}})
        assert figure.evaluate(COVERED) == []
