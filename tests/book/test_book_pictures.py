"""The pictures of the site: the pixels of the notebooks, in fewer bytes, with their size known before they come."""

import base64
import hashlib
import io
import json
from pathlib import Path

import course_pictures
import numpy as np
import pytest
import screenshots
from bs4 import BeautifulSoup
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def png_of(picture: Image.Image, **options: object) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "png", **options)
    return packed.getvalue()


def pixels(data: bytes, mode: str = "RGBA") -> bytes:
    return Image.open(io.BytesIO(data)).convert(mode).tobytes()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_not_a_pixel_changes(rng, mode):
    # Invisible pixels keep their colours, too.
    blocks = rng.integers(0, 256, (8, 12, 4), np.uint8).repeat(5, axis=0).repeat(5, axis=1)
    png = png_of(Image.fromarray(blocks).convert("RGB" if mode == "P" else "RGBA").convert(mode))
    packed = course_pictures.lossless_webp(png)
    assert packed is not None and packed[8:12] == b"WEBP"
    assert pixels(packed) == pixels(png)


def test_a_palette_with_a_transparent_colour(rng):
    picture = Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).quantize(16)
    png = png_of(picture, transparency=3)
    packed = course_pictures.lossless_webp(png)
    assert packed is not None and pixels(packed) == pixels(png)
    assert 0 in pixels(packed)[3::4]


def test_what_webp_cannot_hold_stays():
    deep = png_of(Image.fromarray(np.arange(6000, dtype=np.uint16).reshape(60, 100)))
    assert course_pictures.lossless_webp(deep) is None
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "green")]
    assert course_pictures.lossless_webp(png_of(frames[0], save_all=True, append_images=frames[1:])) is None


@pytest.mark.parametrize(("tag", "expected"), [
    ('<img alt="a" src="x" style="width: 50px;" />',
     '<img width="50" height="25" loading="lazy" alt="a" src="x" style="width: 50px;" />'),
    ('<img src="x" width="40" alt="a">', '<img height="20" loading="lazy" src="x" width="40" alt="a">'),
    ('<img src="x" alt="width">', '<img width="100" height="50" loading="lazy" src="x" alt="width">'),
    ('<img src="x" style="width: 50%;">', '<img width="100" height="50" loading="lazy" src="x" style="width: 50%;">'),
    ('<img src="x" height="7" loading="eager">', '<img width="100" src="x" height="7" loading="eager">'),
])
def test_a_picture_states_its_size(tag, expected):
    assert course_pictures.with_size(tag, png_of(Image.new("RGB", (100, 50)))) == expected


def stored_pictures() -> set[str]:
    """The pixels of every figure that a notebook stores, inside HTML, too."""
    found = set()
    for notebook in (ROOT / "book").glob("*.ipynb"):
        for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if "image/png" in data and "text/html" not in data:
                    found.add("".join(data["image/png"]))
                page = BeautifulSoup("".join(data.get("text/html", "")), "html.parser")
                found.update(image["src"].partition(",")[2] for image in page.select('img[src^="data:image/png"]'))
    return {hashlib.sha256(pixels(base64.b64decode(png), "RGB")).hexdigest() for png in found}


@pytest.mark.slow
def test_the_site_shows_the_notebooks_pixels(site):
    shown = {hashlib.sha256(pixels(path.read_bytes(), "RGB")).hexdigest() for path in site.glob("_images/*")}
    assert shown == stored_pictures() != set()
    assert {path.suffix for path in site.glob("_images/*")} == {".webp"}


@pytest.mark.slow
def test_each_picture_of_the_text_has_its_shape(site):
    images = [image for path in site.glob("*.html")
              for image in BeautifulSoup(path.read_text("utf-8"), "html.parser").select("article img")]
    assert images
    for image in images:
        with Image.open(site / image["src"]) as picture:
            width, height = picture.size
        assert abs(int(image["width"]) * height / width - int(image["height"])) <= 0.5, image
        assert image["loading"] == "lazy"


@pytest.mark.browser
def test_the_text_stays_where_it_is_when_a_picture_comes(browser, site):
    lengths = []
    with screenshots.served(site) as address:
        for blocked in ("**/*.nothing", "**/_images/**"):
            context = browser.new_context(viewport={"width": 390, "height": 844})
            tab = context.new_page()
            tab.route(blocked, lambda route: route.fulfill(status=200, body=b"", content_type="image/webp"))
            tab.goto(f"{address}02_backpropagation.html", wait_until="networkidle")
            if not lengths:
                tab.evaluate("""Promise.all([...document.images].map((image) => {
                    image.loading = "eager";
                    return image.decode();
                }))""")
            lengths.append(tab.evaluate("""[...document.querySelectorAll("article img")]
                .filter((image) => image.checkVisibility()).map((image) => image.getBoundingClientRect().height)"""))
            context.close()
    assert lengths[0] == pytest.approx(lengths[1], abs=1) and len(lengths[0]) > 3 and min(lengths[0]) > 50
