"""A process map as a picture, SVG or PNG: boxes are steps, arrows what follows what. Called by `taxgraph process-map`.

An arrow says how often and after how long (median). Broad is frequent; orange goes back. The same answer gives the same
bytes.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path as File
from typing import Any, Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from api.commands.process_layout import END, START, Layout, Pair, laid_out
from graph.errors import QueryError

MOST_STEPS: Final = 30  # more cannot be read
MOST_ARCS: Final = 40
BOX: Final = (168.0, 40.0)
LAYER: Final = 112.0
MARGIN: Final = 70.0
ROUND: Final = 13.0  # radius of the start's and the end's circle
LETTERS: Final = 24
BROADEST: Final = 6.0
_FONTS: Final = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
    "DejaVu Sans",
)
_FORWARD, _BACK, _INK, _SMALL = "#3b6ea5", "#c2701c", "#1f2933", "#5b6770"
_FORMATS: Final = (".svg", ".png")
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Drawn:
    """An arrow: how often, what it says and where; `points`: of a chain of cubic curves."""

    count: int
    label: str
    at: Point
    back: bool
    points: tuple[Point, ...]


def draw_process(answer: Mapping[str, Any], path: File) -> None:
    """Write the picture of a `process-map` answer.

    Raises:
        QueryError: `query.chart` for another ending, or for a PNG whose letters no font of this machine can draw.
    """
    if path.suffix not in _FORMATS:
        raise _wrong("A picture is PNG or SVG.", "Let the name of the file end in .png or .svg.")
    steps = {each["name"]: each for each in answer["activities"][:MOST_STEPS]}
    arcs, labels = _arcs(answer, steps)
    layout = laid_out(arcs)
    if path.suffix == ".png":
        _letters_known("".join([*steps, *labels.values()]))
    left, right = layout.span
    left, right = left - BOX[0] / 2 - MARGIN, right + BOX[0] / 2 + MARGIN
    width, height = max(right - left, 480.0), layout.layers * LAYER + MARGIN / 2
    figure = Figure(figsize=(width / 72, height / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(left, left + width), ylim=(height - MARGIN, -MARGIN))
    axes.axis("off")
    settings = mpl.rc_context(
        {
            "svg.hashsalt": "taxgraph",
            "svg.fonttype": "none",
            "font.family": list(_FONTS),
            "text.parse_math": False,
        }
    )
    with settings, _quiet():
        axes.text(left + 20, 26 - MARGIN, _title(answer, arcs), fontsize=11, color=_INK, ha="left", va="center")
        _fill(axes, answer, layout, arcs, labels)
        figure.savefig(path, dpi=110, metadata={"Date": None} if path.suffix == ".svg" else {"Software": None})


def _fill(
    axes: Axes, answer: Mapping[str, Any], layout: Layout, arcs: Mapping[Pair, int], labels: Mapping[Pair, str]
) -> None:
    most = max(arcs.values(), default=1)
    for drawn in sorted(_drawn(layout, arcs, labels), key=lambda each: each.count):
        _arrow(axes, drawn, most)
    for each in answer["activities"][:MOST_STEPS]:
        _box(axes, each, _at(each["name"], layout))
    for step in (START, END):
        x, y = _at(step, layout)
        axes.add_patch(Circle((x, y), ROUND, fc="#2f855a" if step == START else "#9b2c2c", ec="none", zorder=3))


def _title(answer: Mapping[str, Any], arcs: Mapping[Pair, int]) -> str:
    which = [str(value) for value in answer["which"].values() if value is not None]
    told = f"{', '.join(which) or 'every task'}: {answer['cases']:,} cases, {answer['events']:,} events"
    steps = min(MOST_STEPS, len(answer["activities"]))
    every = answer["arc_count"] + sum(bool(each[end]) for each in answer["activities"] for end in ("starts", "ends"))
    return f"{told}; {steps} of {answer['activity_count']} steps, {len(arcs)} of {every} arrows"


def _arcs(answer: Mapping[str, Any], steps: Mapping[str, Any]) -> tuple[dict[Pair, int], dict[Pair, str]]:
    """What is drawn: the most frequent arrows, those of start and end too, and of each step the heaviest in and out."""
    every = {(arc["source"], arc["target"]): (arc["count"], arc["times"]["median_seconds"]) for arc in answer["arcs"]}
    every |= {(START, step): (each["starts"], None) for step, each in steps.items() if each["starts"]}
    every |= {(step, END): (each["ends"], None) for step, each in steps.items() if each["ends"]}
    known = {*steps, START, END}
    ranked = sorted((p for p in every if known.issuperset(p)), key=lambda pair: (-every[pair][0], pair))
    own = {next((p for p in ranked if p[end] == step and p[0] != p[1]), None) for step in steps for end in (0, 1)}
    kept = [pair for place, pair in enumerate(ranked) if place < MOST_ARCS or pair in own]
    labels = {pair: f"{every[pair][0]:,}{_lasting(every[pair][1])}" for pair in kept}
    return {pair: int(every[pair][0]) for pair in kept}, labels


def _lasting(seconds: int | None) -> str:
    """` · 3.5 d` in the largest unit of which it is one."""
    if seconds is None:
        return ""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f" · {seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f" · {seconds} s"


def _at(step: str, layout: Layout) -> Point:
    return layout.x[step], layout.layer[step] * LAYER


def _drawn(layout: Layout, arcs: Mapping[Pair, int], labels: Mapping[Pair, str]) -> Iterator[Drawn]:
    ports = _ports(layout)
    for pair, count in arcs.items():
        if pair[0] == pair[1]:
            x, y = _at(pair[0], layout)
            x += BOX[0] / 2
            points: tuple[Point, ...] = ((x, y - 9), (x + 40, y - 32), (x + 40, y + 32), (x, y + 9))
            yield Drawn(count, labels[pair], (x + 30, y), True, points)
            continue
        start, end = ports[pair, 0], ports[pair, 1]
        lanes = [(x, layer * LAYER) for layer, x in layout.lanes[pair]]
        points = _curve(start, lanes, end, up=pair in layout.back)
        middle = lanes[len(lanes) // 2] if lanes else ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        aside = 14 if pair in layout.back else 0  # beside that of the arrow which goes the other way
        yield Drawn(count, labels[pair], (middle[0], middle[1] + aside), pair in layout.back, points)


def _ports(layout: Layout) -> dict[tuple[Pair, int], Point]:
    """Where each arrow leaves (end 0) and meets (end 1) its boxes, side by side in the order of where it comes from."""
    sides: dict[tuple[str, bool], list[tuple[float, Pair, int]]] = {}
    for pair, lanes in layout.lanes.items():
        for end in (0, 1):
            near = lanes[0 if end == 0 else -1][1] if lanes else layout.x[pair[1 - end]]
            below = (end == 0) != (pair in layout.back)
            sides.setdefault((pair[end], below), []).append((near, pair, end))
    found: dict[tuple[Pair, int], Point] = {}
    for (step, below), own in sides.items():
        (x, y), round_ = _at(step, layout), step in {START, END}
        half = (ROUND if round_ else BOX[1] / 2) * (1 if below else -1)
        for place, (_, pair, end) in enumerate(sorted(own)):
            found[pair, end] = (x + ((place + 1) / (len(own) + 1) - 0.5) * (ROUND if round_ else BOX[0]), y + half)
    return found


def _curve(start: Point, lanes: Sequence[Point], end: Point, *, up: bool) -> tuple[Point, ...]:
    """Upright at every stop, and straight past the boxes of the layers between."""
    half = -BOX[1] / 2 if up else BOX[1] / 2
    stops = [start, *(each for x, y in lanes for each in ((x, y - half), (x, y + half))), end]
    points = [start]
    for (x0, y0), (x1, y1) in pairwise(stops):
        points += [(x0, y0 + (y1 - y0) * 0.45), (x1, y1 - (y1 - y0) * 0.45), (x1, y1)]
    return tuple(points)


def _arrow(axes: Axes, drawn: Drawn, most: int) -> None:
    colour = _BACK if drawn.back else _FORWARD
    broad = 0.8 + BROADEST * drawn.count / most
    curve = Path(drawn.points, [Path.MOVETO] + [Path.CURVE4] * (len(drawn.points) - 1))
    head = f"-|>,head_length={4 + broad * 0.5:.2f},head_width={2 + broad * 0.35:.2f}"
    axes.add_patch(FancyArrowPatch(path=curve, arrowstyle=head, lw=broad, color=colour, alpha=0.62, zorder=1))
    box = {"boxstyle": "round,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.85}
    axes.text(*drawn.at, drawn.label, fontsize=7.5, color=_SMALL, ha="center", va="center", bbox=box, zorder=2)


def _box(axes: Axes, step: Mapping[str, Any], at: Point) -> None:
    x, y = at
    corner = (x - BOX[0] / 2 + 4, y - BOX[1] / 2 + 4)
    shape = "round,pad=4,rounding_size=5"
    axes.add_patch(FancyBboxPatch(corner, BOX[0] - 8, BOX[1] - 8, shape, fc="#eef4fb", ec=_FORWARD, zorder=3))
    axes.text(x, y - 7, _short(step["name"]), fontsize=9, color=_INK, ha="center", va="center", zorder=4)
    told = f"{step['count']:,} in {step['cases']:,} cases"
    axes.text(x, y + 9, told, fontsize=7.5, color=_SMALL, ha="center", va="center", zorder=4)


def _short(name: str) -> str:
    """The name as far as the box is broad; Chinese letters take two places."""
    room, shown = LETTERS, ""
    for letter in name or "–":
        room -= 1 if ord(letter) < 0x2E80 else 2  # noqa: PLR2004 - where the CJK blocks begin
        if room < 0:
            return f"{shown}…"
        shown += letter
    return shown


def _letters_known(text: str) -> None:
    """Refuse a PNG that would show boxes instead of letters; an SVG leaves its letters to whoever shows it."""
    files = {each.name: each.fname for each in font_manager.fontManager.ttflist if each.name in _FONTS}
    known = {code for file in files.values() for code in FT2Font(file).get_charmap()}
    if strange := sorted({letter for letter in text if ord(letter) not in known}):
        raise _wrong(
            f"No font of this machine can draw {strange[0]!r} and {len(strange) - 1} more letters.",
            "Write an .svg, or install a font with these letters, such as Noto Sans CJK.",
        )


class _quiet(warnings.catch_warnings):  # noqa: N801 - a context, as it is used
    """Fonts that are not here are no news: the first of the list that is here draws, and viewers of SVG have others."""

    def __enter__(self) -> Any:
        entered = super().__enter__()
        warnings.simplefilter("ignore", UserWarning)
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
        return entered


def _wrong(what: str, next_step: str) -> QueryError:
    return QueryError(what, code="query.chart", next_step=next_step)
