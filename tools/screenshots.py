"""Look at the built book: python tools/screenshots.py OUT [PAGE...] [--site DIR]

Writes PNG files of each page (default: all) at two widths, light and dark: the first screen, and the whole page in
parts.
"""

import argparse
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING

import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE = Path(__file__).resolve().parents[1] / "_build" / "html"
SIZES = {"wide": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
PART = 1800  # a page is taken in parts: Chromium's pictures end at 16,384 pixels, people's eyes earlier
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


@contextmanager
def served(site: Path) -> Iterator[str]:
    """The address of the site, while the block runs."""
    with serve.start(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield serve.address(server)
        server.shutdown()


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The machine's own Chromium, cut off from every other host."""
    from playwright.sync_api import sync_playwright

    executable = which("chromium") or which("chromium-browser") or which("google-chrome")
    if executable is None:
        raise FileNotFoundError("no Chromium on the PATH; on Debian and Ubuntu: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


def take(site: Path, pages: list[str], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with served(site) as address, chromium() as browser:
        for size, (width, height) in SIZES.items():
            for scheme in SCHEMES:
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                tab = context.new_page()
                for page in pages:
                    tab.goto(f"{address}{page}.html", wait_until="networkidle")
                    tab.evaluate("for (const image of document.images) image.loading = 'eager'")
                    tab.wait_for_load_state("networkidle")
                    name = f"{page.replace('/', '-')}-{size}-{scheme}"
                    tab.screenshot(path=out / f"{name}-screen.png")
                    length = tab.evaluate("document.documentElement.scrollHeight")
                    for number, top in enumerate(range(0, length, PART), start=1):
                        part = {"x": 0, "y": top, "width": width, "height": min(PART, length - top)}
                        tab.screenshot(path=out / f"{name}-part{number:02}.png", full_page=True, clip=part)
                context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Screenshots of the built book.")
    parser.add_argument("out", type=Path)
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="for example intro; default: all")
    parser.add_argument("--site", type=Path, default=SITE)
    arguments = parser.parse_args()
    pages = arguments.pages or sorted(path.stem for path in arguments.site.glob("*.html") if path.stem != "index")
    try:
        take(arguments.site, pages, arguments.out)
    except FileNotFoundError as error:
        print(f"screenshots: {error}", file=sys.stderr)
        return 2
    print(f"Screenshots of {len(pages)} pages are in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
