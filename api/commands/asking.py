"""Commands that ask: trace, rings, why, who, search, match."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands import answers, detected
from api.commands.options import (
    BOUNDS,
    Band,
    Budget,
    Currency,
    Limit,
    MaxLength,
    MinLength,
    Mode,
    On,
    Recorded,
    Resolution,
    Strict,
    Window,
    examples,
)
from api.commands.session import session_of

FINDING = "finding-"
TaxpayerArgument = Annotated[str, typer.Argument(help="id, tax number, source id or exact name", show_default=False)]
StartArgument = Annotated[str, typer.Argument(help="taxpayer or invoice: id, number or exact name", show_default=False)]
Direction = Annotated[str, typer.Option(help="down: where value went; up: where it came from")]
Hops = Annotated[int, typer.Option(help="most invoices in a row", min=1, rich_help_panel=BOUNDS)]
Span = Annotated[str, typer.Option(help="how long value is followed: 90s 10m 1h 7d 12w")]
MinAmount = Annotated[
    str | None, typer.Option(help="do not follow smaller invoices: 1000 or 1000.50", show_default=False)
]
MinShare = Annotated[str | None, typer.Option(help="do not follow smaller shares: 0.01 or 1%", show_default=False)]
Method = Annotated[str, typer.Option(help="haircut: in proportion; fifo: first in, first out")]
StartOn = Annotated[
    str | None, typer.Option("--from", help="first day of the span; default: the first sale", metavar="DATE")
]
Picture = Annotated[Path | None, typer.Option(help="also draw it: an SVG file, a column a hop", show_default=False)]


def trace(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    start: StartArgument,
    direction: Direction = "down",
    hops: Hops = 10,
    span: Span = "90d",
    min_amount: MinAmount = None,
    min_share: MinShare = None,
    method: Method = "haircut",
    start_on: StartOn = None,
    currency: Currency = None,
    resolution: Resolution = "auto",
    limit: Limit = 1000,
    budget: Budget = "60s",
    recorded: Recorded = None,
    picture: Picture = None,
) -> None:
    """Follow value from a taxpayer or an invoice, in time order and in shares."""
    session = session_of(context)
    parameters = {
        "start": start,
        "direction": direction,
        "hops": hops,
        "span": span,
        "min_amount": min_amount,
        "min_share": min_share,
        "method": method,
        "start_on": start_on,
        "currency": currency,
        "resolution": resolution,
        "limit": limit,
        "budget": budget,
        "recorded": recorded,
    }
    answer = session.perform("trace", parameters)
    if picture is not None:
        from api.commands.picture import draw_trace  # noqa: PLC0415 - only where a picture is asked for

        draw_trace(answer, picture)
    session.show(answer, answers.show_trace)


def rings(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    window: Window = "30d",
    max_length: MaxLength = 10,
    min_length: MinLength = 2,
    mode: Mode = "time-ordered",
    strict: Strict = False,
    band: Band = None,
    through: Annotated[
        list[str] | None, typer.Option(help="only rings with this taxpayer; may be repeated", show_default=False)
    ] = None,
    currency: Currency = None,
    resolution: Resolution = "auto",
    limit: Limit = 100,
    budget: Budget = "60s",
    recorded: Recorded = None,
) -> None:
    """Find taxpayers that invoice each other in a circle. Counts are exact; the list is cut at --limit."""
    session = session_of(context)
    parameters = {
        "window": window,
        "max_length": max_length,
        "min_length": min_length,
        "mode": mode,
        "strict": strict,
        "band": band,
        "through": through or [],
        "currency": currency,
        "resolution": resolution,
        "limit": limit,
        "budget": budget,
        "recorded": recorded,
    }
    session.show(session.perform("rings", parameters), answers.show_rings)


def why(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    ring: Annotated[
        str, typer.Argument(help="a ring's or a finding's id, as `rings` or `findings` shows it", show_default=False)
    ],
    window: Window = "30d",
    max_length: MaxLength = 10,
    min_length: MinLength = 2,
    mode: Mode = "time-ordered",
    strict: Strict = False,
    band: Band = None,
    currency: Currency = None,
    resolution: Resolution = "auto",
    budget: Budget = "60s",
    recorded: Recorded = None,
) -> None:
    """Say why a ring or a finding is one: a sentence, every invoice, each number with what is behind it.

    A ring's id carries the options that the ring was found with. For an id from GraphQL, which does not, give them
    here. A finding is explained as it was found.
    """
    session = session_of(context)
    if ring.startswith(FINDING):
        session.show(session.perform("why-finding", {"finding": ring, "recorded": recorded}), detected.show_why)
        return
    parameters = {
        "ring": ring,
        "window": window,
        "max_length": max_length,
        "min_length": min_length,
        "mode": mode,
        "strict": strict,
        "band": band,
        "currency": currency,
        "resolution": resolution,
        "budget": budget,
        "recorded": recorded,
    }
    session.show(session.perform("why", parameters), answers.show_why)


def who(
    context: typer.Context,
    taxpayer: TaxpayerArgument,
    on: Annotated[str, typer.Option(help="the day that is asked about", metavar="DATE", show_default=False)],
    recorded: Recorded = None,
) -> None:
    """Say who was responsible for a taxpayer on a day."""
    session = session_of(context)
    parameters = {"taxpayer": taxpayer, "on": on, "recorded": recorded}
    session.show(session.perform("who", parameters), answers.show_who)


def search(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="names (Chinese or Latin) or numbers", show_default=False)],
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="only this type, such as Taxpayer; may be repeated", show_default=False),
    ] = None,
    limit: Limit = 20,
    on: On = None,
    recorded: Recorded = None,
) -> None:
    """Find taxpayers, people, invoices, officers, grids, tasks by name or number."""
    session = session_of(context)
    parameters = {"text": text, "types": types or [], "limit": limit, "on": on, "recorded": recorded}
    session.show(session.perform("search", parameters), answers.show_search)


def match(
    context: typer.Context,
    pattern: Annotated[str, typer.Argument(help="the pattern as text or JSON; - reads it from standard input")],
    limit: Limit = 1000,
    on: On = None,
    recorded: Recorded = None,
) -> None:
    """Ask a graph question of your own: a pattern of nodes and relationships with conditions."""
    session = session_of(context)
    asked = typer.get_text_stream("stdin", encoding="utf-8").read() if pattern == "-" else pattern
    parameters = {"pattern": asked, "limit": limit, "on": on, "recorded": recorded}
    session.show(session.perform("match", parameters), answers.show_match)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    panel = "Ask"
    app.command(rich_help_panel=panel, epilog=_TRACE)(trace)
    app.command(rich_help_panel=panel, epilog=_RINGS)(rings)
    app.command(rich_help_panel=panel, epilog=_WHY)(why)
    app.command(rich_help_panel=panel, epilog=_WHO)(who)
    app.command(rich_help_panel=panel, epilog=_SEARCH)(search)
    app.command(rich_help_panel=panel, epilog=_MATCH)(match)


_TRACE = examples(
    "taxgraph trace 91440300MA5F0K1X2A --direction down --hops 10 --span 90d",
    "taxgraph trace 24442000000000100001 --direction up --method fifo --json",
    "taxgraph trace 深圳市远望商贸有限公司 --min-amount 10000 --picture trace.svg",
)
_RINGS = examples(
    "taxgraph rings --window 30d --max-length 10",
    "taxgraph rings --band 0.1 --min-length 3 --limit 20 --json",
    "taxgraph rings --mode window --through 91440300MA5F0K1X2A",
)
_WHY = examples(
    "taxgraph why ring-5f1c2a9b7d3e4c6f8a0b1d2e.t30d.2-10.cny@tp0a1b2c3d4e5f6a7b8c9d0e1f",
    "taxgraph why ring-5f1c2a9b7d3e4c6f8a0b1d2e --window 90d --max-length 5 --json",
    "taxgraph why finding-0a1b2c3d4e5f6a7b8c9d0e1f",
)
_WHO = examples(
    "taxgraph who 91440300MA5F0K1X2A --on 2026-03-01",
    "taxgraph who 91440300MA5F0K1X2A --on 2026-03-01 --recorded 2026-04-01 --json",
)
_SEARCH = examples("taxgraph search 远望商贸", "taxgraph search 9144 --type Taxpayer --limit 50 --json")
_MATCH = examples(
    'taxgraph match "(a:Taxpayer)-[:SOLD]->(i:Invoice)-[:BOUGHT_BY]->(b:Taxpayer) where i.net_cents > 1000000"',
    "taxgraph match - --json < pattern.txt",
)
