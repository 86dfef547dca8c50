"""Figures in the book's one style: colours that colour-blind readers tell apart, on white, which the book turns dark.

Each function draws into a new figure and returns it; ``show(figure, alt)`` puts it on the page with its description.
"""

import io
from typing import TYPE_CHECKING, Any

import numpy as np

try:
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyArrowPatch, Rectangle
    from PIL import Image
except ImportError as error:
    raise ImportError('course_lib.plots needs matplotlib: pip install "course_lib[student]"') from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette, without its yellow, in the order in which lines take them.
BLUE, ORANGE, GREEN, PURPLE, SKY, RED = "#0072B2", "#D55E00", "#009E73", "#AA4499", "#56B4E9", "#882255"
INK, GREY, PALE = "#222222", "#6B6B6B", "#E8EDF2"

STYLE: dict[str, Any] = {
    "axes.axisbelow": True, "axes.edgecolor": GREY, "axes.grid": True, "axes.labelcolor": INK,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, PURPLE, SKY, RED]),
    "axes.spines.right": False, "axes.spines.top": False, "axes.titlelocation": "left", "axes.titlesize": 11,
    "figure.constrained_layout.use": True, "figure.facecolor": "white", "font.size": 11, "grid.color": "#DDDDDD",
    "grid.linewidth": 0.7, "legend.frameon": False, "lines.linewidth": 2, "savefig.facecolor": "white",
    "text.color": INK, "xtick.color": GREY, "ytick.color": GREY,
}


class Picture:
    """A finished figure as a PNG at double resolution, with its description."""

    def __init__(self, png: bytes, width: int, alt: str):
        self.png, self.width, self.alt = png, width, alt

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"image/png": self.png, "text/plain": self.alt}, {"image/png": {"width": self.width}}

    def __repr__(self) -> str:
        return self.alt


def show(figure: "Figure", alt: str) -> Picture:
    """The figure as a picture for the page, closed. ``alt`` says in words what it shows; it must not be empty."""
    if not alt.strip():
        raise ValueError("plots.show: alt must say in words what the figure shows, got an empty text")
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=192)
    plt.close(figure)
    # 256 colours are enough for a drawing and make the file a third of the size.
    image = Image.open(drawn).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    image.save(packed, format="png", optimize=True)
    return Picture(packed.getvalue(), round(figure.get_size_inches()[0] * 96), " ".join(alt.split()))


def axes(width: float = 6.4, height: float = 3.4, rows: int = 1, columns: int = 1, **options: Any) -> tuple:
    """``plt.subplots`` in the book's style, which stays set: (figure, axes). width, height: inches."""
    plt.rcParams.update(STYLE)
    return plt.subplots(rows, columns, figsize=(width, height), **options)


def canvas(width: float, height: float, rows: int = 1, **options: Any) -> tuple:
    """As ``axes``, for drawings: no axes lines, one unit is as long in both directions."""
    figure, grid = axes(width, height, rows, squeeze=False, **options)
    for ax in grid[:, 0]:
        ax.set_axis_off()
        ax.set_aspect("equal")
        ax.set_anchor("W")
    return figure, list(grid[:, 0])


def curves(ax: "Axes", series: dict[str, Any], x: Any = None, **options: Any) -> None:
    """One line for each entry of ``series``, labelled with its name; x counts from 1 where it is not given."""
    for label, values in series.items():
        ax.plot(np.arange(1, len(values) + 1) if x is None else x, values, label=label, **options)


def label_ends(ax: "Axes", gap: float = 14) -> None:
    """Write each line's label at its right end, in its colour, at least ``gap`` points apart. Call it last."""
    ax.figure.canvas.draw()                     # fixes the axes' place on the figure
    points = 72 / ax.figure.dpi
    lines = sorted((line for line in ax.get_lines() if not line.get_label().startswith("_")),
                   key=lambda line: line.get_ydata()[-1])
    lowest = -np.inf
    for line in lines:
        end = (line.get_xdata()[-1], line.get_ydata()[-1])
        height = ax.transData.transform(end)[1] * points
        lowest = max(height, lowest + gap)
        ax.annotate(line.get_label(), end, xytext=(6, lowest - height), textcoords="offset points", va="center",
                    color=line.get_color(), annotation_clip=False)


def network(sizes: list[int], values: list[np.ndarray] | None = None, deltas: list[np.ndarray] | None = None,
            names: list[str] | None = None, weights: list[np.ndarray | None] | None = None) -> "Figure":
    """A fully connected network, input on the left; ``values`` are written into the units and ``deltas`` below them.

    sizes: units of each layer. values: one array a layer. deltas: one array for each layer but the input.
    weights: for each layer but the input its kernel (n_in, n_out), to be written on the connections, or None.
    """
    figure, (ax,) = canvas(1.5 + 2.1 * (len(sizes) - 1), 0.75 + 0.95 * max(sizes))
    places = [[(2.1 * layer, (n - 1) / 2 * 1.15 - 1.15 * i) for i in range(n)] for layer, n in enumerate(sizes)]
    radius = 0.34
    for layer, (left, right) in enumerate(zip(places, places[1:], strict=False)):
        kernel = weights[layer] if weights else None
        for i, a in enumerate(left):
            for j, b in enumerate(right):
                ax.annotate("", b, a, arrowprops={"arrowstyle": "-|>", "color": "#9AA5B1", "linewidth": 1.1,
                                                  "shrinkA": 18, "shrinkB": 19})
                if kernel is not None:
                    label = f"{kernel[i, j]:.3g}".replace("-", "\N{MINUS SIGN}")
                    ax.text(0.45 * b[0] + 0.55 * a[0], 0.45 * b[1] + 0.55 * a[1], label, fontsize=9, color=GREY,
                            ha="center", va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 2.5})
    for layer, layer_places in enumerate(places):
        for i, (x, y) in enumerate(layer_places):
            ax.add_patch(plt.Circle((x, y), radius, facecolor=PALE, edgecolor=BLUE, linewidth=1.5, zorder=3))
            if values is not None:
                ax.text(x, y, f"{values[layer][i]:.3g}", ha="center", va="center", fontsize=9.5, zorder=4)
            if deltas is not None and layer:
                ax.text(x, y - radius - 0.05, f"$\\delta = {deltas[layer - 1][i]:.3f}$", ha="center", va="top",
                        fontsize=9.5, color=ORANGE, zorder=4,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})
        if names:
            top = places[layer][0][1] + radius + 0.12
            ax.text(places[layer][0][0], top, names[layer], ha="center", va="bottom", fontsize=10, color=GREY)
    height = (max(sizes) - 1) / 2 * 1.15 + radius
    ax.set_xlim(-0.75, 2.1 * (len(sizes) - 1) + 0.75)
    ax.set_ylim(-height - 0.35, height + 0.45)
    return figure


def flow(steps: list[str], forward: list[str], backward: list[str]) -> "Figure":
    """Boxes in a row, with forward arrows above them and backward arrows below.

    steps: text of each box. forward, backward: text of the arrows between them, both from left to right;
    an empty text leaves its arrow out.
    """
    figure, (ax,) = canvas(5.6, 1.8)
    width, gap = 0.95, 0.62
    for i, text in enumerate(steps):
        x = i * (width + gap)
        ax.add_patch(Rectangle((x, -0.36), width, 0.72, facecolor=PALE, edgecolor=GREY, linewidth=1))
        ax.text(x + width / 2, 0, text, ha="center", va="center", fontsize=10)
    for i, (ahead, back) in enumerate(zip(forward, backward, strict=True)):
        left, right = i * (width + gap) + width, (i + 1) * (width + gap)
        for y, start, end, text, colour, side in ((0.17, left, right, ahead, BLUE, 1),
                                                  (-0.17, right, left, back, ORANGE, -1)):
            if not text:
                continue
            ax.add_patch(FancyArrowPatch((start, y), (end, y), arrowstyle="-|>", mutation_scale=12, color=colour,
                                         linewidth=1.6, shrinkA=2, shrinkB=2))
            ax.text((left + right) / 2, y + side * 0.3, text, ha="center", va="center", color=colour, fontsize=11)
    ax.set_xlim(-0.1, len(steps) * (width + gap) - gap + 0.1)
    ax.set_ylim(-0.75, 0.75)
    return figure


def matrix_products(products: list[list[tuple[str, str, str]]], sizes: dict[str, float]) -> "Figure":
    """Products of matrices as rectangles to scale, one product below the other.

    products: for each the factors and, last, the result, as (name, rows, columns). sizes: the length, in inches, of
    each row or column count that is named there.
    """
    gap = 0.95
    width = max(sum(sizes[c] for _, _, c in product) + gap * len(product) for product in products)
    heights = [max(sizes[r] for _, r, _ in product) for product in products]
    figure, rows_of_axes = canvas(width, sum(heights) + 0.45 * len(products), rows=len(products),
                                  height_ratios=[h + 0.45 for h in heights])
    for ax, product, tallest in zip(rows_of_axes, products, heights, strict=True):
        x = 0.0
        for i, (name, rows, columns) in enumerate(product):
            result = i == len(product) - 1
            if i:
                ax.text(x - 0.55, 0, "=" if result else "×", ha="center", va="center", fontsize=14)
            w, h = sizes[columns], sizes[rows]
            ax.add_patch(Rectangle((x, -h / 2), w, h, facecolor=PALE, edgecolor=ORANGE if result else BLUE,
                                   linewidth=1.5))
            ax.text(x + w / 2, 0, name, ha="center", va="center", fontsize=10.5)
            ax.text(x - 0.05, 0, rows, ha="right", va="center", fontsize=9, color=GREY)
            ax.text(x + w / 2, h / 2 + 0.04, columns, ha="center", va="bottom", fontsize=9, color=GREY)
            x += w + gap
        ax.set_xlim(-0.4, width - 0.4)
        ax.set_ylim(-tallest / 2 - 0.1, tallest / 2 + 0.3)
    return figure
