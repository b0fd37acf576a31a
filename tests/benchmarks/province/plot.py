"""The picture of growth: seconds and peak memory of a load against its invoices. Drawn for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.province.page import sizes_of

MEASURED, STRAIGHT, QUIET = "#1f5f99", "#8a8a8a", "#444444"
# The same facts give the same bytes: ids are hashed with a fixed salt, and nothing tells when or by what it was drawn.
STYLE: dict[Any, Any] = {  # the library's type for it lists every name
    "svg.hashsalt": "province",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Arial", "Helvetica", "sans-serif"],
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": STRAIGHT,
    "axes.titlelocation": "left",
    "text.color": QUIET,
    "axes.labelcolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def draw_growth(facts: Mapping[str, float], file: Path) -> None:
    """Write the SVG: what was measured, and a straight line from nothing through the largest country.

    Without a measured country nothing is drawn.
    """
    sizes = sizes_of(facts)
    if not sizes:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw(left, sizes, [facts[f"growth.{size}.seconds"] for size in sizes], title="Load, seconds")
        memory = [facts[f"growth.{size}.peak_megabytes"] / 1e3 for size in sizes]
        _draw(right, sizes, memory, title="Load, peak memory, GB")
        figure.savefig(file, format="svg", metadata=NO_METADATA)


def _draw(axes: Axes, sizes: Sequence[int], measured: Sequence[float], *, title: str) -> None:
    scale, unit = (1e6, "million invoices") if sizes[-1] >= 1e6 else (1e3, "thousand invoices")
    places = [size / scale for size in sizes]
    axes.plot(
        [0, places[-1]], [0, measured[-1]], linestyle="--", color=STRAIGHT, label="straight line through the largest"
    )
    axes.plot(places, measured, marker="o", color=MEASURED, label="measured")
    for place, value in zip(places, measured, strict=True):
        axes.annotate(f"{value:.3g}", (place, value), xytext=(-12, 8), textcoords="offset points", ha="center")
    axes.set(title=title, xlabel=unit, xlim=(0, places[-1] * 1.08), ylim=(0, max(measured) * 1.2))
    axes.set_xticks([0, *places], labels=[f"{place:g}" for place in (0, *places)])
    axes.legend(loc="lower right", frameon=False)
