"""Durations as users write them: `90s 10m 1h 7d 12w`. Parsed once at the border by api; queries carry `timedelta`."""

from __future__ import annotations

import re
from datetime import timedelta

from graph.errors import QueryError

SECONDS_OF = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST = timedelta(days=36_525)  # a century: more is a slip of the keyboard

_WRITTEN = re.compile(r"([0-9]{1,12})([smhdw])")


def parse_duration(text: str) -> timedelta:
    """`7d` → seven days. Whole numbers of seconds, minutes, hours, days or weeks.

    Raises:
        QueryError: `query.duration` when the text is not written so, or longer than a century.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        raise QueryError(
            "This is not a duration.",
            code="query.duration",
            next_step="Write a whole number and a unit: 90s, 10m, 1h, 7d, 12w.",
            text=text[:40],
        )
    seconds = int(written[1]) * SECONDS_OF[written[2]]
    if seconds > LONGEST.total_seconds():
        raise QueryError(
            "This duration is longer than a century.",
            code="query.duration",
            next_step="Ask for a shorter span.",
            text=text[:40],
        )
    return timedelta(seconds=seconds)


def duration_text(span: timedelta) -> str:
    """The shortest way to write a span of whole seconds: `timedelta(days=14)` → `2w`."""
    seconds = whole_seconds(span)
    unit = next(unit for unit in "wdhms" if seconds % SECONDS_OF[unit] == 0)
    return f"{seconds // SECONDS_OF[unit]}{unit}" if seconds else "0s"


def whole_seconds(span: timedelta) -> int:
    """The span in seconds; fractions are dropped, as time is kept to the second."""
    return span.days * 86_400 + span.seconds
