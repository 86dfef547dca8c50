"""Each widget in an accessibility check: at the start, after a prediction, before and after its answer, at the goal."""

import page_axe
import pytest
from widgets import test_widgets_browser as driven
from widgets.test_widgets_browser import address, open_page  # noqa: F401

from course_lib.widgets import WIDGETS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GOALS = {"computation_graph": driven.test_the_goal_of_the_graph, "difference_step": driven.test_the_goal_of_the_step,
         "softmax_crossentropy": driven.test_the_goal_of_the_softmax,
         "variance_rule": driven.test_the_goal_of_the_variance_rule, "signal_flow": driven.test_the_goal_of_the_stack,
         "dead_units": driven.test_the_goal_of_the_dead_units,
         "batch_statistics": driven.test_the_goal_of_the_batches,
         "activation_slopes": driven.test_the_goal_of_the_slopes, "folding": driven.test_the_goal_of_the_folding,
         "self_normalization": driven.test_the_goal_of_the_hundred_layers}
READERS = {"wide, light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
           "phone, dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}}


def assert_accessible(tab, name: str) -> None:
    tab.evaluate(page_axe.source())
    assert tab.evaluate(page_axe.VIOLATIONS, f"[data-widget={name}]") == []


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", WIDGETS)
def test_every_state_of_a_widget(open_page, name, reader):  # noqa: F811
    opened = []

    def open_for(name: str, fragment: str = "", **options):
        opened.append(open_page(name, fragment, **READERS[reader] | options))
        return opened[-1]

    tab = open_for(name)
    assert_accessible(tab, name)
    key, *presses = driven.MOVES[name, 0]
    asked = tab.locator(f"[data-widget={name}] .predict").nth(0)
    asked.locator("input").nth(driven.RIGHT[name, 0]).check()
    assert_accessible(tab, name)
    for press in presses:
        driven.handle(tab, name, key).press(press)
    assert asked.locator(".feedback").inner_text()
    assert_accessible(tab, name)
    GOALS[name](open_for)
    assert opened[-1].locator(f"[data-widget={name}] .goal").get_attribute("data-reached") == "true"
    assert_accessible(opened[-1], name)
