"""Chapters cut down to their widgets: a built page opens in 3 seconds, of which its formulas take most."""

from pathlib import Path

from bs4 import BeautifulSoup, Tag

KEPT = ".course-progress, .tag_widget, h1, h2, h3"     # of the article; all else of the page stays as it was built
ROOM = 1200                                             # pixels above and below a widget, for tests that scroll


def cut(text: str) -> str:
    """A chapter's page without what stands between its headings, its widgets and the reader's progress."""
    page = BeautifulSoup(text, "html.parser")
    article = page.select_one("article")
    assert article is not None
    kept = article.select(KEPT)
    parents = {id(parent) for element in kept for parent in element.parents}
    whole = {id(element) for element in kept}

    def thin_out(element: Tag) -> None:
        for child in list(element.children):
            if id(child) in parents and id(child) not in whole:
                thin_out(child)                         # a section: it keeps its id
            elif id(child) not in whole:
                child.extract()

    thin_out(article)
    for widget in article.select(".tag_widget"):
        for put in (widget.insert_before, widget.insert_after):
            put(page.new_tag("div", attrs={"style": f"height: {ROOM}px"}))
    return str(page)


class CutSite:
    """A folder with links to all of a built site, in which chapters are cut as they are asked for."""

    def __init__(self, site: Path, folder: Path) -> None:
        self.site, self.folder = site, folder
        folder.mkdir(parents=True)
        for entry in site.iterdir():
            (folder / entry.name).symlink_to(entry)

    def provide(self, page: str) -> None:
        file = self.folder / page
        if file.is_symlink():
            file.unlink()
            file.write_text(cut((self.site / page).read_text("utf-8")), "utf-8")
