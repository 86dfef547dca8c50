"""A page of the book and its cells, as tests drive them."""

PATIENCE = 60_000  # milliseconds that a verdict may take on a busy machine

# Until not one more character fits.
FILL_STORAGE = """for (let size = 2 ** 22, name = 0; size >= 1; size = Math.floor(size / 2)) {
    try { for (;;) localStorage.setItem(`other.${name++}`, "x".repeat(size)); } catch {}
}"""


class Tab:
    """A page of the book. problems: what a page should not do."""

    def __init__(self, page, address: str):
        self.page = page
        self.problems: list[str] = []
        page.on("console", lambda message: self.complain(message.text) if message.type in ("error", "warning") else 0)
        page.on("pageerror", lambda error: self.complain(str(error)))
        page.on("request", lambda request: request.url.startswith((address, "data:", "blob:"))
                or self.complain(f"another host: {request.url}"))
        page.on("response", lambda response: response.status >= 400 and self.complain(
            f"{response.status}: {response.url}"))

    def complain(self, text: str) -> None:
        self.problems.append(text)

    def cell(self, name: str) -> "Cell":
        return Cell(self.page, name)


class Cell:
    """A cell of the page, by its exercise's name or by a CSS class."""

    def __init__(self, page, name: str):
        self.page = page
        self.box = page.locator(name if name.startswith(".") else f'.course-cell[data-exercise="{name}"]')
        self.status = self.box.locator(".course-status")

    def write(self, code: str) -> None:
        """Replace the text, by keyboard."""
        self.box.locator("textarea, .cm-content").locator("visible=true").first.focus()
        self.box.locator(".cm-content:focus").wait_for()
        self.page.evaluate("() => new Promise(requestAnimationFrame)")      # until the editor has seen its selection
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(code)

    def code(self) -> str:
        return self.box.evaluate("""(cell) => cell.querySelector(".cm-content")?.cmTile?.view.state.doc.toString()
            ?? cell.querySelector("textarea").value""")

    def press(self, action: str) -> None:
        self.box.locator(f'[data-do="{action}"]').click()

    def check(self, code: str | None = None) -> str:
        """Write if there is something to write, check, and give the card's text."""
        if code is not None:
            self.write(code)
        self.press("check")
        return self.finished()

    def run(self, code: str | None = None) -> str:
        if code is not None:
            self.write(code)
        self.press("run")
        return self.finished()

    def choose(self, letter: str) -> str:
        """Answer a question, and give the card's text."""
        self.box.locator(f"input[value={letter}]").check()
        self.press("check")
        return self.status.inner_text()

    def finished(self) -> str:
        self.page.wait_for_function("(cell) => !cell.hasAttribute('aria-busy')", arg=self.box.element_handle(),
                                    timeout=PATIENCE)
        return self.status.inner_text()
