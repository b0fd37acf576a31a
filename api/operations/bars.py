"""Counts as an SVG picture of bars. Drawn by hand: no library, no script, every text of the data escaped.

Bars grow with the logarithm of a count, because a register has many taxpayers of one registration and few of many; each
says its count. The picture follows from the counts alone.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LABELS: Final = 190
LONGEST: Final = 460
VALUES: Final = 110
ROW: Final = 22
BAR: Final = 15
MARGIN: Final = 20
TITLE: Final = 44
_STYLE: Final = (
    "text{font-family:'Noto Sans CJK SC','Microsoft YaHei',sans-serif;font-size:12px;fill:#1f2933}"
    ".title{font-size:14px}.label{text-anchor:end}.one{fill:#3b6ea5}.other{fill:#b7791f}"
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A row; `other`: drawn in the second colour."""

    label: str
    count: int
    other: bool = False


def bars(title: str, rows: Sequence[Bar]) -> str:
    """The picture."""
    width, height = 2 * MARGIN + LABELS + LONGEST + VALUES, TITLE + len(rows) * ROW + MARGIN
    most = math.log10(1 + max((row.count for row in rows), default=1))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text class="title" x="{MARGIN}" y="{MARGIN + 6}">{html.escape(title)}</text>',
    )
    lines = (line for place, row in enumerate(rows) for line in _bar(row, TITLE + place * ROW, most))
    return "\n".join([*head, *lines, "</svg>", ""])


def _bar(row: Bar, top: int, most: float) -> Iterator[str]:
    left, length = MARGIN + LABELS, round(LONGEST * math.log10(1 + row.count) / most) if most else 0
    yield f'<text class="label" x="{left - 8}" y="{top + 12}">{html.escape(row.label)}</text>'
    colour = "other" if row.other else "one"
    yield f'<rect class="{colour}" x="{left}" y="{top}" width="{length}" height="{BAR}"/>'
    yield f'<text x="{left + length + 6}" y="{top + 12}">{row.count:,}</text>'
