"""How answers and errors look in a terminal: tables, panels, amounts. Used by every command; never by `--json`.

Text of the data is never read as markup, and characters that would steer a terminal are shown as a box.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

SHOWN_ROWS: Final = 50
PERCENT: Final = 10_000  # millionths of one per cent
# Decimals of a currency's minor unit where they are not two (ISO 4217).
_PLACES: Final = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "KWD": 3, "BHD": 3, "OMR": 3, "TND": 3, "JOD": 3}


def console() -> Console:
    """Standard output as it is now; tests and pipes replace it."""
    return Console(file=sys.stdout, highlight=False)


def text(value: object) -> Text:
    """Any value of the data, safe to print."""
    if value is None:
        return Text("–", style="dim")
    return Text("".join(sign if sign.isprintable() else "□" for sign in str(value)))


def amount(cents: int | None, currency: str = "CNY") -> Text:
    """Minor units as an amount: `123456` → `1,234.56`."""
    if cents is None:
        return text(None)
    places = _PLACES.get(currency, 2)
    whole, rest = divmod(abs(cents), 10**places)
    decimals = f".{rest:0{places}d}" if places else ""
    return Text(f"{'-' if cents < 0 else ''}{whole:,}{decimals}")


def share(millionths: int | None) -> Text:
    """Millionths as a percentage with one decimal, in integers."""
    if millionths is None:
        return text(None)
    tenths = (abs(millionths) * 10 + PERCENT // 2) // PERCENT
    return Text(f"{'-' if millionths < 0 and tenths else ''}{tenths // 10}.{tenths % 10} %")


def moment(iso: str | None) -> Text:
    """An ISO time to the second; midnight as a day."""
    return text(iso and iso.replace("T", " ").removesuffix(" 00:00:00"))


def named(name: str | None, key: str) -> Text:
    """A name, or the id of what has none."""
    return text(name or key)


def table(
    title: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]], *, shown: int = SHOWN_ROWS
) -> Group:
    """A table of at most `shown` rows, and how many more there are.

    Args:
        title: above the table.
        columns: heading → `left` (text that may be folded), `whole` (ids, to be copied) or `right` (numbers).
        rows: cells; `Text` stays, everything else becomes safe text.
        shown: most rows.
    """
    made = Table(title=Text(title), title_justify="left", header_style="bold", title_style="bold")
    for heading, side in columns.items():
        justify: Literal["left", "right"] = "right" if side == "right" else "left"
        made.add_column(heading, justify=justify, overflow="fold", no_wrap=side != "left")
    listed = list(rows)
    for row in listed[:shown]:
        made.add_row(*(cell if isinstance(cell, Text) else text(cell) for cell in row))
    more = len(listed) - shown
    return Group(made, Text(f"… {more} more rows: ask with --json", style="dim")) if more > 0 else Group(made)


def facts(title: str, pairs: Mapping[str, object]) -> Panel:
    """A panel of a few names and values."""
    grid = Table.grid(padding=(0, 2))
    for name, value in pairs.items():
        grid.add_row(Text(name, style="dim"), value if isinstance(value, Text) else text(value))
    return Panel(grid, title=Text(title), title_align="left", expand=False)


def cut_note(cut: Sequence[Mapping[str, Any]]) -> Text | None:
    """What an answer lacks, in words; None if it is whole."""
    if not cut:
        return None
    parts = [f"{each['part']} cut by {each['limit']}{_dropped(each.get('dropped'))}" for each in cut]
    return Text(f"Not complete: {'; '.join(parts)}.", style="yellow")


def _dropped(number: object) -> str:
    return f", {number} left out" if number else ""


def error_panel(error: Mapping[str, Any]) -> Panel:
    """What happened, where, and what to do: one panel."""
    grid = Table.grid(padding=(0, 1))
    grid.add_row(text(error["message"]))
    # Lists are for programs; the message says the same in words.
    plain = {name: value for name, value in error["facts"].items() if value is not None and not isinstance(value, list)}
    where = ", ".join(f"{name}={value}" for name, value in plain.items())
    if where:
        grid.add_row(Text.assemble(("Where: ", "dim"), text(where)))
    if error.get("next_step"):
        grid.add_row(Text.assemble(("Next step: ", "bold"), text(error["next_step"])))
    return Panel(grid, title=Text(str(error["code"])), title_align="left", border_style="red", expand=False)
