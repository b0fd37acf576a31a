"""Options that several commands share, written once, and the form of the examples under every help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

RECORDED_HELP = "as the graph knew it at this day or instant (the second clock); default: now"
RING_SEARCH = "What counts as a ring"
BOUNDS = "Bounds"
CLOCKS = "Clocks"

Recorded = Annotated[
    str | None, typer.Option(help=RECORDED_HELP, metavar="DATE|INSTANT", rich_help_panel=CLOCKS, show_default=False)
]
On = Annotated[
    str | None,
    typer.Option(help="as of the end of this day; default: now", metavar="DATE", rich_help_panel=CLOCKS),
]
Budget = Annotated[
    str, typer.Option(help="longest time of the search: 90s 10m 1h", metavar="DURATION", rich_help_panel=BOUNDS)
]
Limit = Annotated[int, typer.Option(help="longest list; counts are never cut", min=1, rich_help_panel=BOUNDS)]
Currency = Annotated[
    str | None, typer.Option(help="ISO code; default: the one with most invoices", metavar="CODE", show_default=False)
]
Resolution = Annotated[str, typer.Option(help="auto, day or second; auto is second if every invoice has a time")]
Window = Annotated[
    str,
    typer.Option(help="longest time from first to last invoice: 90s 10m 1h 7d 12w", rich_help_panel=RING_SEARCH),
]
MaxLength = Annotated[int, typer.Option(help="most members", min=2, rich_help_panel=RING_SEARCH)]
MinLength = Annotated[int, typer.Option(help="fewest members", min=2, rich_help_panel=RING_SEARCH)]
Mode = Annotated[
    str,
    typer.Option(
        help="time-ordered: each sale follows the one before; window: in any order; static: at any time",
        rich_help_panel=RING_SEARCH,
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="no two invoices at the same time", rich_help_panel=RING_SEARCH)]
Band = Annotated[
    str | None,
    typer.Option(
        help="smallest amount at least (1 - band) of the largest: 0.1 or 10%",
        metavar="SHARE",
        rich_help_panel=RING_SEARCH,
        show_default=False,
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", help="folder to write into; made if needed", show_default=False)]


def examples(*lines: str) -> str:
    """The end of a command's help: what to write, one example a line."""
    shown = [f"[dim]$[/dim] {escape(line)}" for line in lines]
    return "\n\n".join(["[bold]Examples[/bold]", *shown, "--store URL and --json may stand anywhere."])
