"""The picture of growth: CPU seconds of rings in time order against invoices, window and length. Drawn for the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.kernels.page import curve
from tests.benchmarks.kernels.sizes import HALF, TIERS
from tests.benchmarks.province.plot import MEASURED, NO_METADATA, STRAIGHT, STYLE

MILLION = 1e6
COLOURS = {TIERS: (MEASURED, "tiers"), HALF: ("#b3541e", "half-mixed")}


def draw_growth(facts: Mapping[str, float], file: Path) -> None:
    """Write the SVG with a line for each corr; without a measured curve nothing is drawn."""
    sizes = [place for place, _ in curve(facts, "invoices", TIERS)]
    if not sizes:
        return
    scale, unit = (MILLION, "million invoices") if sizes[-1] >= MILLION else (1e3, "thousand invoices")
    file.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({**STYLE, "svg.hashsalt": "kernels"}):
        figure = Figure(figsize=(11, 3.8), layout="constrained")
        invoices, window, length = figure.subplots(1, 3)
        _draw(invoices, facts, "invoices", f"{unit} (30 days, ≤ 10)", scale)
        _draw(window, facts, "window", "window, days (≤ 6)", 1)
        _draw(length, facts, "length", "most members (30 days)", 1)
        figure.savefig(file, format="svg", metadata=NO_METADATA)


def _draw(axes: Axes, facts: Mapping[str, float], kind: str, label: str, scale: float) -> None:
    places: list[float] = []
    for corr, (colour, name) in COLOURS.items():
        points = curve(facts, kind, corr)
        places = [place / scale for place, _ in points]
        values = [value for _, value in points]
        if kind == "invoices":
            axes.plot([0, places[-1]], [0, values[-1]], linestyle="--", color=STRAIGHT)
        axes.plot(places, values, marker="o", color=colour, label=name)
        axes.annotate(f"{values[-1]:.3g}", (places[-1], values[-1]), xytext=(-14, 6), textcoords="offset points")
    axes.set(title="CPU seconds", xlabel=label, ylim=(0, None))
    axes.set_xticks(places, labels=[f"{place:g}" for place in places])
    axes.legend(loc="upper left", frameon=False)
