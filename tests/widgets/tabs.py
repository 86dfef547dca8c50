"""Tabs that are used again: a new one, with a process of its own, costs as much as opening a page in it."""

from collections import defaultdict

PAGE_MEDIA = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}


class Tabs:
    """Tabs of one browser. Each is taken at the state of a new one: empty, with nothing stored, pressed or hovered."""

    def __init__(self, browser) -> None:
        self.browser = browser
        self.free: dict[str, list] = defaultdict(list)
        self.kinds: dict[object, str] = {}

    def take(self, **options):
        """A tab; the options are Playwright's for a context, of which some can be set in a tab."""
        viewport = options.pop("viewport")
        media = {name: options.pop(name, usual) for name, usual in PAGE_MEDIA.items()}
        kind = repr(sorted(options.items()))
        if self.free[kind]:
            tab = self.free[kind].pop()
        else:
            tab = self.browser.new_context(**options).new_page()
            self.kinds[tab] = kind
        tab.set_viewport_size(viewport)
        tab.emulate_media(media="null", **media)
        return tab

    def give_back(self, tab) -> None:
        tab.mouse.up()
        tab.mouse.move(0, 0)
        tab.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        tab.goto("about:blank")
        self.free[self.kinds[tab]].append(tab)
