"""What a finished file may not hold is found in whatever form it comes."""

import course_site
import pytest
from promises import Promises

HOST = "https://example.org/a"

BROKEN = {
    "script": "<script>f()</script>", "handler": '<b onclick="f()">x</b>', "address": '<a href=" javascript:f()">x</a>',
    "image": f'<img src="{HOST}">', "without protocol": '<img src="//example.org/a">',
    "among sizes": f'<img srcset="a.png 1x, {HOST} 2x">', "preloaded": f'<link rel="preload" imagesrcset="{HOST}">',
    "style sheet": f'<link rel="stylesheet" href="{HOST}">', "module": f'<script type="module" src="{HOST}"></script>',
    "picture in a drawing": f'<svg><image href="{HOST}"/></svg>', "symbol": f'<svg><use xlink:href="{HOST}#b"/></svg>',
    "filter": f'<svg><feImage href="{HOST}"/></svg>', "base": f'<base href="{HOST}">',
    "style": f'<p style="background: url( \'{HOST}\' )">x</p>', "styles": f"<style>a {{ b: url({HOST}) }}</style>",
    "imported styles": f'<style>@import "{HOST}";</style>', "form": f'<form action="{HOST}"></form>',
    "button": f'<button formaction="{HOST}">x</button>', "ping": f'<a href="#b" ping="{HOST}">x</a>',
    "moved": f'<meta http-equiv="refresh" content="0; url={HOST}">', "frame": f'<iframe src="{HOST}"></iframe>',
    "page in a frame": f"<iframe srcdoc='&lt;img src=\"{HOST}\"&gt;'></iframe>", "object": f'<object data="{HOST}">',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_that_breaks_a_promise(name):
    assert len(Promises(f"<p>before</p>{BROKEN[name]}<p>after</p>").broken) == 1


@pytest.mark.parametrize("page", [
    f'<a href="{HOST}">read on</a>', f'<link rel="canonical" href="{HOST}">', '<img src="a.png" srcset="b.png 2x">',
    '<script type="application/json">{}</script>', '<svg><use href="#b"/></svg>', f"<code>url({HOST})</code>",
    '<style>a { b: url("c.woff2") }</style>', '<meta http-equiv="refresh" content="0; url=intro.html">'])
def test_a_page_that_keeps_them(page):
    assert Promises(page).broken == []


@pytest.mark.parametrize(("name", "text", "count"), [
    ("a.css", f'/* {HOST} url({HOST}) */ a {{ b: url("{HOST}") }} @import url(//example.org/c.css);', 2),
    ("a.css", '@import "basic.css"; a { b: url(data:image/png;base64,AAAA) }', 0),
    ("a.js", f'import {{ a }} from "{HOST}"; import("{HOST}"); fetch(`{HOST}`); new WebSocket("wss://example.org")', 4),
    ("a.js", f'// see {HOST}\nimport {{ a }} from "./a.js"; const link = "{HOST}";', 0),
    ("a.svg", f"<style>@import '{HOST}';</style>", 1), ("pyodide-1/a.js", f'fetch("{HOST}")', 0)])
def test_styles_and_scripts(tmp_path, name, text, count):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    assert len(course_site.broken_promises(path)) == count
