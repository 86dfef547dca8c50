"""Sphinx extension: a file's address changes with its content, so that no browser mixes the files of two versions.

What a page or a style sheet names gets the sum of its content as a query: `course.css?v=...`. Modules name one another
without a query; their folder bears the sum in its name (`course-...`), as do the folders from which they load.
"""

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

FOLDERS = ("pyodide", "wheels", "widgets", "course")  # the scripts of each may name those before it: "../wheels/"
NEIGHBOUR = re.compile(r"(?<=\.\./)([a-z]+)(?=/)")
IN_PAGE = re.compile(r'(?<=\s)((?:src|href)=")([^"?#:]+)(?:\?[^"#]*)?(?=")')
IN_SHEET = re.compile(r"""((?:\burl\(|@import\s)\s*["']?)([^"')?#:;]+)(?:\?[^"')#;]*)?(?=[#"')])""")
STAMPED = {".css", ".js", ".png", ".svg", ".ttf", ".woff", ".woff2"}


def sum_of(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:12]


def rename_folders(static: Path) -> dict[str, str]:
    """Put each folder's sum into its name and into what names it; the new names by the old."""
    renamed: dict[str, str] = {}
    for name in FOLDERS:
        if (folder := static / name).is_dir():
            for script in folder.glob("*.js"):
                text = script.read_text("utf-8")
                script.write_text(NEIGHBOUR.sub(lambda match: renamed.get(match[1], match[1]), text), "utf-8")
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            sums = [part for path in files for part in (path.relative_to(folder).as_posix().encode(),
                                                        path.read_bytes())]
            renamed[name] = f"{name}-{sum_of(*sums)}"
            folder.rename(static / renamed[name])
    return renamed


class Versions:
    """Rewrites the addresses in the pages and style sheets of a site."""

    def __init__(self, site: Path, renamed: dict[str, str]) -> None:
        self.static = site / "_static"
        self.renamed = renamed
        self.queries: dict[Path, str] = {}

    def query(self, file: Path) -> str:
        """`?v=` and the file's sum; a style sheet's own addresses come first."""
        if file not in self.queries:
            if file.suffix == ".css":
                self.rewrite(file, IN_SHEET)
            self.queries[file] = f"?v={sum_of(file.read_bytes())}"
        return self.queries[file]

    def rewrite(self, file: Path, pattern: re.Pattern[str]) -> None:
        def versioned(match: re.Match[str]) -> str:
            start, address = match[1], match[2]
            target = (file.parent / unquote(address)).resolve()
            if target.parent.parent == self.static and target.parent.name in self.renamed:
                folder = target.parent.name
                return f"{start}{address.replace(f'/{folder}/', f'/{self.renamed[folder]}/')}"
            return f"{start}{address}{self.query(target)}" if self.stamped(target) else match[0]

        file.write_text(pattern.sub(versioned, file.read_text("utf-8")), "utf-8")

    def stamped(self, target: Path) -> bool:
        return target.suffix in STAMPED and target.is_file() and target.parent.name != "_images"


def version(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir).resolve()
    versions = Versions(site, rename_folders(site / "_static"))
    for page in sorted(site.rglob("*.html")):
        versions.rewrite(page, IN_PAGE)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.connect("build-finished", version, priority=700)  # when no file changes any more
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
