"""Formulas at build time, and what the build refuses."""

import hashlib
import json
import re
from pathlib import Path

import course_math
import katex_engine
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
FORMULAS = [r"Z^{(l)} = A^{(l-1)} W^{(l)} + \mathbf 1 {b^{(l)}}^\top", r"\frac{\partial J}{\partial \theta}",
            r"\begin{aligned} a &= b \\ c &= d \end{aligned}", r"\Delta \odot \varphi'(Z)"]


def notebook(*cells: dict) -> str:
    return json.dumps({"cells": cells, "metadata": {"kernelspec": {"name": "python3", "language": "python",
                       "display_name": "Python 3"}, "language_info": {"name": "python", "pygments_lexer": "ipython3"}},
                       "nbformat": 4, "nbformat_minor": 5})


def text_cell(identifier: str, source: str) -> dict:
    return {"cell_type": "markdown", "id": identifier, "metadata": {}, "source": source}


def code_cell(identifier: str, data: dict[str, str], metadata: dict | None = None) -> dict:
    return {"cell_type": "code", "id": identifier, "metadata": {}, "source": "1", "execution_count": 1, "outputs": [
        {"output_type": "display_data", "data": data, "metadata": metadata or {}}]}


PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.mark.parametrize("tex", FORMULAS)
def test_a_formula_becomes_html_and_mathml(tex):
    html = katex_engine.render(tex, True)
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"' in html
    assert 'class="katex-html" aria-hidden="true"' in html


@pytest.mark.parametrize("tex", [r"\foo", "x_", r"\frac{1}", r"\begin{aligned} a", r"a \\ b $", "100% \u00e4"])
def test_bad_tex_is_an_error(tex):
    with pytest.raises(katex_engine.MathError):
        katex_engine.render(tex, False)


@pytest.mark.parametrize(("tex", "formulas"), [
    (r"a = b", ["a = b"]),
    (r"a = b, \qquad c = d, \qquad \frac{e}{f}", ["a = b,", "c = d,", r"\frac{e}{f}"]),
    (r"\text{a \qquad b} \qquad c", [r"\text{a \qquad b}", "c"]),
    (r"\begin{aligned} a \qquad b \end{aligned} \qquad c", [r"\begin{aligned} a \qquad b \end{aligned}", "c"]),
])
def test_formulas_on_one_line_are_taken_apart(tex, formulas):
    assert list(map(str.strip, course_math.side_by_side(tex))) == formulas


def test_node_renders_the_same(require_tool):
    """Node.js is the way out where quickjs-ng has no wheel."""
    require_tool("node")
    in_node = katex_engine.NodeRenderer()
    for tex in [*FORMULAS, r"\foo"]:
        request = json.dumps([tex, True])
        assert json.loads(in_node(request)) == json.loads(katex_engine.renderer()(request))
    in_node.close()


def test_vendored_files_are_the_published_ones():
    # Pyodide's sums are of files that the build fetches; tests/page checks them.
    lists = [path for path in sorted((ROOT / "book").rglob("SHA256SUMS")) if path.parent.name != "pyodide"]
    assert lists
    for sums in lists:
        listed = dict(reversed(line.split(maxsplit=1)) for line in sums.read_text().splitlines() if line[0] != "#")
        present = {path.relative_to(sums.parent).as_posix() for path in sums.parent.rglob("*") if path.is_file()}
        assert present == {*listed, "SHA256SUMS"}
        for name, expected in listed.items():
            assert hashlib.sha256((sums.parent / name).read_bytes()).hexdigest() == expected, name


@pytest.mark.slow
def test_the_build_refuses_what_is_wrong_and_says_where(sample):
    done = sample({
        "intro.md": "# Title\n\nBad $\\foo$.\n\nSee {eq}`nowhere`.\n\n![](_static/logo.svg)\n\n"
                    "\\begin{align} a &= b \\end{align}\n",
        "page.md": "# Page\n\nSee [](nowhere.md) and {cite:t}`nobody1900`.\n\n```{raw} html\n"
                   "<script>alert(1)</script>\n<b onclick=\"f()\">x</b>\n<img alt='a' src=\"https://example.org/a.png\">"
                   "\n```\n\n:::{admonition} Fold\n:class: dropdown\ntext\n:::\n",
        "02_sample.ipynb": notebook(text_cell("a", "# Chapter"), text_cell("b", "first line\n\n$$\nx_\n$$"),
                                    code_cell("c", {"image/png": PNG, "text/plain": "<Figure size 640x480>"})),
    })
    assert done.returncode == 1
    for message in [r"book/intro\.md:3: WARNING: bad TeX: Undefined control sequence: \\foo",
                    r"book/intro\.md:5: WARNING: equation not found: nowhere",
                    r"book/intro\.md:\d*: WARNING: this image has no text alternative",
                    r"book/intro\.md:9: WARNING: write \$\$ \\begin\{aligned\}",
                    r"book/page\.md:3: WARNING: .*nowhere\.md",
                    r"book/page\.md:3: WARNING: could not find bibtex key",
                    r"WARNING: the file page\.html holds an inline script: <script>",
                    r"WARNING: the file page\.html holds an inline event handler",
                    r"WARNING: the file page\.html holds something from another host",
                    r"WARNING: the file page\.html holds an admonition that needs JavaScript",
                    r"02_sample\.ipynb, cell 2, line \d+: WARNING: bad TeX: Expected group after '_'",
                    r"02_sample\.ipynb, cell 3.*: WARNING: this image has no text alternative"]:
        assert re.search(message, done.stderr), f"{message} is not in\n{done.stderr}"


@pytest.mark.slow
def test_a_sample_chapter(sample, tmp_path):
    markdown = ("**bold**, $x^2$\n\n```python\ndef f(x):\n    return x\n```\n\n<details><summary>Hint</summary>\n\n"
                "The shape of $W^\\top$.\n\n</details>\n")
    done = sample({
        "intro.md": "# Title\n\nA **rule**. If $a$. If $b$. If $c$, then $d$.\n",
        "07_sample.ipynb": notebook(
            text_cell("a", "# Chapter\n\n$$\nZ = XW\n$$ (eq-z)\n\n## Section\n\n"
                           "$$\na &= b \\\\\nc &= d\n$$ (eq-two)\n\n"
                           "From {eq}`eq-z` and {eq}`eq-two`, and $x$, follows {cite:t}`rumelhart1986`."),
            code_cell("b", {"image/png": PNG, "text/plain": "A dot."}, {"image/png": {"width": 1}}),
            code_cell("c", {"text/markdown": markdown, "text/plain": "plain"})),
        "bibliography.md": "# Bibliography\n\n```{bibliography}\n```\n",
    })
    assert (done.returncode, done.stderr) == (0, "")
    intro = BeautifulSoup((tmp_path / "_build/html/intro.html").read_text("utf-8"), "html.parser").article
    for formula in intro.select("span.math"):
        formula.replace_with("x")
    assert intro.p.get_text() == "A rule. If x. If x. If x, then x."
    page = BeautifulSoup((tmp_path / "_build/html/07_sample.html").read_text("utf-8"), "html.parser").article
    assert [number.get_text() for number in page.select(".eqno")] == ["(7.1)#", "(7.2)#"]
    assert [a.get_text() for a in page.select("a.reference.internal")][:2] == ["(7.1)", "(7.2)"]
    assert page.h1.get_text().startswith("7. Chapter")
    assert page.img["alt"] == "A dot."
    output = page.select("div.cell_output")[1]
    assert output.strong.get_text() == "bold"
    assert output.select_one("div.highlight-python span.k").get_text() == "def"
    assert output.details.select_one("math")
    assert "plain" not in output.get_text()


@pytest.mark.slow
@pytest.mark.parametrize("repository", ["", "https://github.com/OWNER/NAME"])
def test_buttons_need_a_repository(sample, tmp_path, repository):
    done = sample({"intro.md": "# Title\n\nText.\n",
                   "07_sample.ipynb": notebook(text_cell("a", "# Chapter"), code_cell("b", {"text/plain": "1"})),
                   "bibliography.md": "# Bibliography\n\n```{bibliography}\n```\n"}, repository)
    assert (done.returncode, done.stderr) == (0, "")
    page = BeautifulSoup((tmp_path / "_build/html/07_sample.html").read_text("utf-8"), "html.parser")
    links = [a["href"] for a in page.find_all("a") if a["href"].startswith("http")]
    assert links == ([] if not repository else [
        "https://colab.research.google.com/github/OWNER/NAME/blob/main/book/07_sample.ipynb",
        repository,
        f"{repository}/edit/main/book/07_sample.ipynb",
        f"{repository}/issues/new?title=Issue%20on%20page%20%2F07_sample.html"
        "&body=Your%20issue%20content%20here."])
