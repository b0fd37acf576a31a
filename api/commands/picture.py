"""A trace as an SVG picture: a column a hop, a box a taxpayer, a line a pair that traded. Called by `taxgraph trace`.

Drawn by hand: no library, no script, every text of the data escaped. Order and place follow from the answer alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.commands.showing import amount, named, share

BOX_WIDTH: Final = 190
BOX_HEIGHT: Final = 40
COLUMN: Final = 300
ROW: Final = 58
MARGIN: Final = 24
TITLE: Final = 56
LETTERS: Final = 13  # of a name in a box; Chinese letters are wide
MOST_BOXES: Final = 40  # in a column; more cannot be read
WIDEST_LINE: Final = 7
MILLION: Final = 1_000_000
_STYLE: Final = (
    "text{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;font-size:12px;fill:#1f2933}"
    ".small{font-size:10px;fill:#5b6770}.box{fill:#eef4fb;stroke:#3b6ea5}.start{fill:#fde7c8;stroke:#b7791f}"
    ".hidden{fill:#eeeeee;stroke:#999999}.line{fill:none;stroke:#3b6ea5;stroke-opacity:.45}"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Upper left corner of a taxpayer's box."""

    x: int
    y: int


def draw_trace(answer: Mapping[str, Any], path: Path) -> None:
    """Write the picture of a trace's JSON answer."""
    columns = _columns(answer["nodes"])
    places = _places(columns, mirrored=answer["options"]["direction"] == "up")
    shown = [node for column in columns.values() for node in column]
    left_out = len(answer["nodes"]) - len(shown)
    body = [*_lines(answer, places), *(line for node in shown for line in _box(node, places[node["id"]], answer))]
    path.write_text("\n".join([*_head(answer, columns, left_out), *body, "</svg>", ""]), encoding="utf-8")


def _columns(nodes: Sequence[Mapping[str, Any]]) -> dict[int, list[Mapping[str, Any]]]:
    """Taxpayers by hop, those who carried most first, at most what can be read."""
    ordered = sorted(nodes, key=lambda node: (node["hop"], -node["carried_cents"], node["id"]))
    columns: dict[int, list[Mapping[str, Any]]] = {}
    for node in ordered:
        column = columns.setdefault(node["hop"], [])
        if len(column) < MOST_BOXES:
            column.append(node)
    return columns


def _places(columns: Mapping[int, Sequence[Mapping[str, Any]]], *, mirrored: bool) -> dict[str, Place]:
    """Value flows from left to right: upstream the start stands at the right."""
    last = max(columns, default=0)
    tallest = max((len(column) for column in columns.values()), default=0)
    places: dict[str, Place] = {}
    for hop, column in columns.items():
        x = MARGIN + (last - hop if mirrored else hop) * COLUMN
        top = TITLE + (tallest - len(column)) * ROW // 2
        places |= {node["id"]: Place(x, top + row * ROW) for row, node in enumerate(column)}
    return places


def _head(answer: Mapping[str, Any], columns: Mapping[int, Sequence[object]], left_out: int) -> list[str]:
    width = 2 * MARGIN + max(columns, default=0) * COLUMN + BOX_WIDTH
    height = TITLE + max((len(column) for column in columns.values()), default=0) * ROW + MARGIN
    total = f"{amount(answer['start_cents'], answer['currency'])} {answer['currency']}"
    note = f", {left_out} taxpayers not drawn" if left_out else ""
    cut = " Not complete." if answer["truncated"] else ""
    title = f"{answer['options']['method']}, {answer['options']['direction']}, start {total}{note}.{cut}"
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 8}">{html.escape(title)}</text>',
    ]


def _lines(answer: Mapping[str, Any], places: Mapping[str, Place]) -> Iterator[str]:
    """One curve for each pair of taxpayers that are drawn; its width is the value carried."""
    carried: dict[tuple[str, str], list[int]] = {}
    for edge in answer["edges"]:
        carried.setdefault((edge["seller"], edge["buyer"]), []).append(edge["carried_cents"])
    most = max((sum(each) for each in carried.values()), default=0) or 1
    for (seller, buyer), cents in sorted(carried.items()):
        if seller in places and buyer in places:
            tip = html.escape(f"{len(cents)} invoices, {amount(sum(cents), answer['currency'])} carried")
            thickness = 1 + WIDEST_LINE * sum(cents) // most
            curve = _curve(places[seller], places[buyer])
            yield f'<path class="line" stroke-width="{thickness}" d="{curve}"><title>{tip}</title></path>'


def _curve(seller: Place, buyer: Place) -> str:
    x1, y1 = seller.x + BOX_WIDTH, seller.y + BOX_HEIGHT // 2
    x2, y2 = buyer.x, buyer.y + BOX_HEIGHT // 2
    bend = (COLUMN - BOX_WIDTH) // 2
    return f"M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"


def _box(node: Mapping[str, Any], place: Place, answer: Mapping[str, Any]) -> Iterator[str]:
    kind = "hidden" if node["hidden"] else "start" if node["hop"] == 0 else "box"
    name = str(named(node["name"], node["id"]))
    short = name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
    value = f"{amount(node['carried_cents'], answer['currency'])} · {share(node['share'])}"
    x, y = place.x, place.y
    tip = html.escape(f"{name} {node['id']}")
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="5"/>'
    yield f'<text x="{x + 8}" y="{y + 17}">{html.escape(short)}<title>{tip}</title></text>'
    yield f'<text class="small" x="{x + 8}" y="{y + 32}">{html.escape(value)}</text>'
