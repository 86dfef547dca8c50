"""Shared by the tests of the widgets: the built book, served below /course/ as it is and cut, and a tab at a widget."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]
for shared in ("figure", "on_the_page", "predictions", "touch"):        # their assertions say as much as a test's
    pytest.register_assert_rewrite(f"widgets.{shared}")

import screenshots  # noqa: E402
from widgets.cut_pages import CutSite  # noqa: E402
from widgets.figure import Figure  # noqa: E402
from widgets.tabs import Tabs  # noqa: E402


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whatever opens a browser bears the mark."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def whole_pages(site, tmp_path_factory):
    """The address of the site as it was built."""
    above = tmp_path_factory.mktemp("host")
    (above / "course").symlink_to(site)
    with screenshots.served(above) as started:
        yield started + "course/"


@pytest.fixture(scope="session")
def cut_pages(site, tmp_path_factory):
    """(address, provide): the same site with chapters cut down to their widgets, once ``provide`` has been told."""
    above = tmp_path_factory.mktemp("host")
    cut = CutSite(site, above / "course")
    with screenshots.served(above) as started:
        yield started + "course/", cut.provide


@pytest.fixture(scope="session")
def tabs(browser):
    return Tabs(browser)


@pytest.fixture
def open_figure(request, tabs, whole_pages, cut_pages):
    """``open_figure(hash, whole=False, **options)``: the test class's widget, alive in a tab that has stored nothing.

    The page is cut down to its widgets, or ``whole``. The options are Playwright's for a context. At the end nothing
    may have gone wrong in any tab.
    """
    used, problems = [], []
    chapter, name = request.cls.chapter, request.cls.name

    def watch(tab, address: str) -> None:
        listeners = {
            "console": lambda m: problems.append(m.text) if m.type in ("error", "warning") else None,
            "pageerror": lambda error: problems.append(str(error)),
            "response": lambda r: problems.append(f"{r.status}: {r.url}") if r.status >= 400 else None,
            "request": lambda r: (None if r.url.startswith((address, "data:", "blob:")) else
                                  problems.append(f"another host: {r.url}"))}
        for event, listener in listeners.items():
            tab.on(event, listener)
        used.append((tab, listeners))

    def open_figure(fragment: str = "", *, whole: bool = False, **options) -> Figure:
        if whole:
            address = whole_pages
        else:
            address, provide = cut_pages
            provide(f"{chapter}.html")
        tab = tabs.take(**{"viewport": {"width": 1100, "height": 900}} | options)
        watch(tab, address)
        tab.goto(f"{address}{chapter}.html{fragment}", wait_until="load")
        figure = Figure(tab, name)
        if options.get("java_script_enabled", True):
            figure.come_alive()
        return figure

    yield open_figure
    for tab, listeners in used:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)
        tabs.give_back(tab)
    assert problems == []
