"""Markdown from data: tables and safe cells. Used by every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

NOTE: Final = "Written by `taxgraph docs`; change the source, not this page."


def cell(value: object) -> str:
    """A value inside a table: no line breaks, no bars that would end the cell."""
    return " ".join(str(value if value is not None else "").split()).replace("|", "\\|")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with one line a row."""
    lines = [f"| {' | '.join(headings)} |", f"|{' --- |' * len(headings)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def page(title: str, *parts: str) -> str:
    """A whole page."""
    return "\n\n".join([f"# {title}", NOTE, *parts]) + "\n"
