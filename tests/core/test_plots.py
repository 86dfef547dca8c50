"""The figures' helpers: what is drawn where, and what becomes of it on the page."""

import io
import subprocess
import sys

import numpy as np
import pytest

plots = pytest.importorskip("course_lib.plots")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle  # noqa: E402
from PIL import Image  # noqa: E402

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True)
def closed():
    plt.switch_backend("agg")
    with plt.rc_context():
        yield
    plt.close("all")


def texts(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_a_figure_becomes_a_picture_with_its_description():
    figure, ax = plots.axes(3.0, 2.0)
    ax.plot([0, 1])
    picture = plots.show(figure, "\nA line from\n  0 to 1.\n")
    data, about = picture._repr_mimebundle_()
    assert data["text/plain"] == repr(picture) == "A line from 0 to 1."
    assert about == {"image/png": {"width": 288}}
    image = Image.open(io.BytesIO(data["image/png"]))
    assert image.size == (576, 384)                     # twice as many pixels as the page shows
    assert image.mode == "P"                            # 256 colours
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize("alt", ["", " \n "])
def test_a_figure_needs_a_description(alt):
    figure, _ = plots.axes()
    with pytest.raises(ValueError, match="alt must say in words"):
        plots.show(figure, alt)


def test_axes_take_the_style_and_the_size():
    figure, grid = plots.axes(5.6, 5.4, rows=2, columns=3, sharex=True)
    assert grid.shape == (2, 3) and tuple(figure.get_size_inches()) == (5.6, 5.4)
    assert not grid[0, 0].spines["top"].get_visible()
    assert plt.rcParams["axes.prop_cycle"].by_key()["color"][:2] == [plots.BLUE, plots.ORANGE]


def test_a_canvas_has_no_axes_and_one_scale():
    _, places = plots.canvas(3, 3, rows=2)
    assert len(places) == 2
    for ax in places:
        assert not ax.axison and ax.get_aspect() == 1


def test_curves_count_from_1_unless_x_is_given():
    _, ax = plots.axes()
    plots.curves(ax, {"a": [5.0, 6.0, 7.0]})
    plots.curves(ax, {"b": [1.0, 2.0]}, x=[10, 20], linestyle=":")
    first, second = ax.get_lines()
    assert first.get_label() == "a" and list(first.get_xdata()) == [1, 2, 3] and list(first.get_ydata()) == [5, 6, 7]
    assert second.get_label() == "b" and list(second.get_xdata()) == [10, 20] and second.get_linestyle() == ":"


def test_labels_at_the_ends_keep_their_distance():
    """Two lines end together: the upper label is moved up by the gap; one far above stays at its line."""
    figure, ax = plots.axes()
    plots.curves(ax, {"low": [0.0, 1.0], "also low": [3.0, 1.0], "high": [0.0, 100.0]})
    ax.plot([0, 1], [2, 2])                             # without a label: nothing is written
    plots.label_ends(ax, gap=20)
    figure.canvas.draw()
    labels = {text.get_text(): text for text in ax.texts}
    assert set(labels) == {"low", "also low", "high"}
    heights = {name: text.xyann[1] for name, text in labels.items()}
    assert sorted([heights["low"], heights["also low"]]) == pytest.approx([0, 20])
    assert heights["high"] == 0
    assert labels["high"].get_color() == ax.get_lines()[2].get_color()


def test_a_network_shows_units_weights_and_error_terms():
    kernel = np.array([[0.5], [-1.25], [2.0]])
    figure = plots.network([3, 1], [np.array([1.0, 2.0, 3.0]), np.array([0.12345])], [np.array([-0.0567])],
                           ["input", "output"], [kernel])
    [ax] = figure.axes
    assert len([patch for patch in ax.patches if isinstance(patch, Circle)]) == 4
    assert texts(ax) == ["0.5", f"{MINUS}1.25", "2", "1", "2", "3", "input", "0.123", r"$\delta = -0.057$", "output"]
    plain = plots.network([2, 3, 1]).axes[0]
    assert texts(plain) == []
    assert len(plain.texts) == 2 * 3 + 3 * 1            # an arrow for each weight
    assert texts(plots.network([2, 2, 1], weights=[None, np.array([[7.0], [8.0]])]).axes[0]) == ["7", "8"]


def test_a_flow_leaves_out_the_arrows_without_a_text():
    [ax] = plots.flow(["in", "out"], ["forth"], [""]).axes
    assert texts(ax) == ["in", "out", "forth"]
    assert len([patch for patch in ax.patches if isinstance(patch, Rectangle)]) == 2
    [arrow] = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    (start, _), (end, _) = arrow._posA_posB
    assert start < end
    back = [patch for patch in plots.flow(["in", "out"], [""], ["back"]).axes[0].patches
            if isinstance(patch, FancyArrowPatch)][0]
    assert back._posA_posB[0][0] > back._posA_posB[1][0]


def test_matrix_products_are_to_scale():
    figure = plots.matrix_products([[("A", "m", "n"), ("B", "n", "k"), ("C", "m", "k")],
                                    [("D", "k", "n"), ("E", "k", "n")]], {"m": 1.0, "n": 0.5, "k": 2.0})
    above, below = figure.axes
    shapes = [(patch.get_height(), patch.get_width()) for patch in above.patches]
    assert shapes == [(1.0, 0.5), (0.5, 2.0), (1.0, 2.0)]
    assert [t for t in texts(above) if t in "×="] == ["×", "="]
    assert [t for t in texts(below) if t in "×="] == ["="]
    assert texts(above)[:3] == ["A", "m", "n"]


def test_without_matplotlib_the_way_to_get_it_is_said():
    code = ("import sys\nsys.modules['matplotlib'] = sys.modules['matplotlib.pyplot'] = None\ntry:\n"
            "    from course_lib import plots\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == 'course_lib.plots needs matplotlib: pip install "course_lib[student]"'
