"""Python starts when a reader first changes a text: told how far it is, stopped, or silently in vain."""

import page_answers as answers
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NUMPY = "**/numpy-*.whl"


class Workers:
    """The page's workers, and how many have come and gone."""

    def __init__(self, page):
        self.page = page
        self.started: list[str] = []
        self.ended: list[str] = []
        page.on("worker", self.note)

    def note(self, worker) -> None:
        self.started.append(worker.url)
        worker.on("close", lambda gone: self.ended.append(gone.url))

    def wait(self, started: int, ended: int = 0) -> None:
        for _ in range(600):
            if (len(self.started), len(self.ended)) == (started, ended):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{len(self.started)} workers started, {len(self.ended)} ended")


@pytest.fixture
def workers(tab):
    return Workers(tab.page)


@pytest.fixture
def held(context):
    """The requests for NumPy, which wait until they are let go."""
    requests: list = []
    context.route(NUMPY, lambda route: requests.append(route))
    yield requests
    context.unroute(NUMPY)


def let_go(context, requests: list) -> None:
    for request in requests:
        request.continue_()
    context.unroute(NUMPY)


def open_editor(cell) -> None:
    cell.box.locator("textarea").focus()
    cell.box.locator(".cm-content").wait_for()


def test_only_an_edit_starts_python(tab, workers):
    tab.page.evaluate("localStorage['course.answer.dense_forward'] = JSON.stringify({ code: '# kept' })")
    tab.page.reload(wait_until="load")
    forward = tab.cell("dense_forward")
    open_editor(forward)
    tab.page.keyboard.press("ArrowDown")
    forward.press("hint")
    forward.press("reset")                                              # changes the text, too, but is no edit
    assert forward.code() != "# kept"
    forward.status.get_by_role("button", name="Undo").click()
    assert forward.code() == "# kept"
    assert workers.started == []
    forward.box.locator(".cm-content").focus()
    tab.page.keyboard.type("# a")
    workers.wait(started=1)
    tab.cell("dense_backward").write(answers.BACKWARD)
    assert "2 of 2 points" in forward.check(answers.FORWARD)
    assert len(workers.started) == 1 and forward.status.locator(".course-loading").count() == 0


def test_a_cell_to_try_things_in_starts_python_too(tab, workers):
    tab.cell(".course-try").write("1 + 1")
    workers.wait(started=1)


def test_who_asks_meanwhile_is_told_what_is_being_done(tab, context, workers, held):
    forward = tab.cell("dense_forward")
    with tab.page.expect_request(NUMPY):
        forward.write(answers.FORWARD)
    assert forward.status.inner_text() == ""
    forward.press("check")
    assert forward.status.inner_text().strip().startswith("Loading Python and NumPy: some 9 MB, the first time")
    assert forward.status.locator("progress:indeterminate").count() == 1         # how much has come is not known
    let_go(context, held)
    assert "2 of 2 points" in forward.finished()
    assert len(workers.started) == 1


def test_it_can_be_stopped_while_it_starts(tab, context, workers, held):
    forward = tab.cell("dense_forward")
    with tab.page.expect_request(NUMPY):
        forward.write(answers.FORWARD)
    forward.press("check")
    forward.press("stop")
    assert forward.finished().startswith("Stopped")
    workers.wait(started=1, ended=1)
    context.unroute(NUMPY)
    assert "2 of 2 points" in forward.check()


def test_a_start_in_vain_is_silent_until_somebody_asks(tab, context, workers):
    forward = tab.cell("dense_forward")
    context.route(NUMPY, lambda route: route.abort())
    try:
        forward.write(answers.FORWARD)
        workers.wait(started=1, ended=1)
        tab.page.keyboard.type(" ")
        assert forward.status.inner_text() == "" and len(workers.started) == 1
        assert "Python could not be loaded" in forward.check()
        workers.wait(started=2, ended=2)
    finally:
        context.unroute(NUMPY)
    assert "2 of 2 points" in forward.check()
    tab.problems.clear()  # the browser itself reports the failed requests
