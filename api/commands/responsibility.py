"""Commands about responsibility: responsible, portfolio, moves, gaps, overlaps; each as tables or --json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from api.commands.answers import Answer, print_cut
from api.commands.asking import TaxpayerArgument
from api.commands.options import CLOCKS, Limit, On, Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, facts, moment, table, text

Day = Annotated[str, typer.Option("--on", help="the day that is asked about", metavar="DATE", show_default=False)]
Kinds = Annotated[list[str] | None, typer.Option("--kind", help="only this kind; may be repeated", show_default=False)]
BureauOption = Annotated[
    str | None, typer.Option("--bureau", help="only this bureau and all below it", metavar="CODE", show_default=False)
]
Subject = Annotated[
    tuple[str, str] | None,
    typer.Option("--subject", help="only this one: Taxpayer, Grid, Post, Duty or Task, and its id", show_default=False),
]
Since = Annotated[
    str | None, typer.Option(help="from this day", metavar="DATE", rich_help_panel=CLOCKS, show_default=False)
]
Until = Annotated[
    str | None, typer.Option(help="until before this day", metavar="DATE", rich_help_panel=CLOCKS, show_default=False)
]


def responsible(context: typer.Context, taxpayer: TaxpayerArgument, on: Day, recorded: Recorded = None) -> None:
    """Say who answered for a taxpayer on a day: by grid, post, task and delegation, and on what that rests."""
    session = session_of(context)
    parameters = {"taxpayer": taxpayer, "on": on, "recorded": recorded}
    session.show(session.perform("who", parameters), show_responsible)


def portfolio(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    officer: Annotated[str, typer.Argument(help="an officer's id", show_default=False)],
    on: On = None,
    after: Annotated[str | None, typer.Option(help="list taxpayers after this id", show_default=False)] = None,
    limit: Limit = 100,
    recorded: Recorded = None,
) -> None:
    """Say what an officer looks after: grids, posts, delegations, taxpayers, open tasks."""
    session = session_of(context)
    parameters = {"officer": officer, "on": on, "after": after, "limit": limit, "recorded": recorded}
    session.show(session.perform("portfolio", parameters), show_portfolio)


def moves(context: typer.Context, taxpayer: TaxpayerArgument, limit: Limit = 1000, recorded: Recorded = None) -> None:
    """Say how responsibility for a taxpayer moved, and what changed it."""
    session = session_of(context)
    parameters = {"taxpayer": taxpayer, "limit": limit, "recorded": recorded}
    session.show(session.perform("moves", parameters), show_moves)


def gaps(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    kind: Kinds = None,
    bureau: BureauOption = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 1000,
    recorded: Recorded = None,
) -> None:
    """List taxpayers, grids, posts, duties, tasks and steps with nobody responsible, and on which days."""
    _ask(context, "gaps", kind, limit, bureau=bureau, subject=subject, since=since, until=until, recorded=recorded)


def overlaps(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    kind: Kinds = None,
    bureau: BureauOption = None,
    subject: Subject = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 1000,
    recorded: Recorded = None,
) -> None:
    """List grids with two chiefs, posts with two holders, taxpayers in two grids of a kind, and on which days."""
    _ask(context, "overlaps", kind, limit, bureau=bureau, subject=subject, since=since, until=until, recorded=recorded)


def _ask(context: typer.Context, what: str, kinds: Sequence[str] | None, limit: int, **asked: Any) -> None:
    session = session_of(context)
    subject = list(asked["subject"]) if asked["subject"] else None
    parameters = {"kinds": kinds or [], "limit": limit, **asked, "subject": subject}
    session.show(session.perform(f"responsibility-{what}", parameters), lambda answer: show_spans(answer, what))


def show_responsible(answer: Answer) -> None:
    """Who answered, then on what it rests."""
    title = f"Responsible for {answer['taxpayer']} on {answer['on']}"
    _lines(title, answer["responsible"])


def _lines(title: str, lines: Sequence[Mapping[str, Any]]) -> None:
    if not lines:
        console().print(text(f"{title}: nobody"))
        return
    columns = {"officer": "whole", "name": "left", "as": "left", "by": "left", "level": "right"}
    columns |= {"acting for": "left", "from": "whole", "to": "whole", "rests on": "left"}
    rows = [
        (
            each["officer"],
            each["officer_name"],
            each["role"] or each["post_name"] or each["post"],
            _place(each),
            each["level"],
            each["acting_for"] or _circle(each),
            moment(each["from"]),
            moment(each["to"]),
            ", ".join(dict.fromkeys(ground["relationship"] for ground in each["grounds"])),
        )
        for each in lines
    ]
    console().print(table(title, columns, rows))


def _circle(line: Mapping[str, Any]) -> str:
    return f"circle: {' → '.join(line['circle'])}" if line["circle"] else ""


def _place(line: Mapping[str, Any]) -> str:
    if line["via"] == "task":
        return f"task {line['task']}"
    return f"{line['via']} {line['grid_name'] or ''} ({line['grid'] or line['bureau']})"


def show_portfolio(answer: Answer) -> None:
    """Counts, then each part that there is."""
    out = console()
    load = answer["load"]
    told = {
        "officer": f"{answer['officer_name'] or ''} ({answer['officer']})",
        "taxpayers": f"{answer['taxpayer_count']:,}",
        "open tasks": f"{load['open']:,}, {load['late']:,} late, {load['acting']:,} of officers acted for",
    }
    out.print(facts("Portfolio", told))
    _part("Grids", answer["grids"], ("id", "name", "role", "from", "to"))
    _part("Posts", answer["posts"], ("id", "name", "from", "to"))
    _part("Delegates to", answer["delegates_to"], ("officer", "officer_name", "post", "from", "to"))
    _part("Acts for", answer["acts_for"], ("officer", "officer_name", "post", "from", "to"))
    _part("Open tasks", answer["open_tasks"], ("id", "title", "status", "opened_at", "due_on"))
    _part("Taxpayers", answer["taxpayers"], ("id", "name"))
    print_cut(answer)


def _part(title: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    if rows:
        columns = {name.replace("_", " "): "left" for name in names}
        console().print(table(title, columns, [tuple(row[name] for name in names) for row in rows]))


def show_moves(answer: Answer) -> None:
    """Responsibilities, then changes, then when there was none."""
    _lines(f"Responsible for {answer['taxpayer']}", answer["lines"])
    columns = {"on": "whole", "what": "left", "officer": "left", "by": "left", "because": "left"}
    rows = [
        (
            each["on"],
            each["kind"],
            each["officer_name"] or each["officer"],
            f"{each['via']} {each['task'] or each['post'] or each['grid'] or ''}",
            ", ".join(dict.fromkeys(ground["relationship"] for ground in each["because"])),
        )
        for each in answer["changes"]
    ]
    if rows:
        console().print(table("Changes", columns, rows))
    _part("Nobody", answer["nobody"], ("from", "to"))
    print_cut(answer)


def show_spans(answer: Answer, what: str) -> None:
    """Gaps or overlaps, then how many there are of each kind."""
    last = "days" if what == "gaps" else "members"
    columns = {"kind": "left", "subject": "whole", "name": "left", "from": "whole", "to": "whole", last: "left"}
    rows = [
        (
            each["kind"],
            each["subject"],
            each["name"],
            moment(each["from"]),
            moment(each["to"]),
            each["days"] if what == "gaps" else ", ".join(each["members"]),
        )
        for each in answer[what]
    ]
    console().print(table(what.capitalize(), columns, rows))
    console().print(facts("Found", {kind: f"{count:,}" for kind, count in answer["totals"].items()}))
    print_cut(answer)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    panel = "Ask"
    app.command(rich_help_panel=panel, epilog=_RESPONSIBLE)(responsible)
    app.command(rich_help_panel=panel, epilog=_PORTFOLIO)(portfolio)
    app.command(rich_help_panel=panel, epilog=_MOVES)(moves)
    app.command(rich_help_panel=panel, epilog=_GAPS)(gaps)
    app.command(rich_help_panel=panel, epilog=_OVERLAPS)(overlaps)


_RESPONSIBLE = examples(
    "taxgraph responsible 91440300MA5F0K1X2A --on 2026-03-01",
    "taxgraph responsible 91440300MA5F0K1X2A --on 2026-03-01 --recorded 2026-04-01 --json",
)
_PORTFOLIO = examples(
    "taxgraph portfolio SW00100001 --on 2026-03-01",
    "taxgraph portfolio SW00100001 --on 2026-03-01 --limit 1000 --after tp0a1b2c3d4e5f6a7b8c9d0e1f --json",
)
_MOVES = examples("taxgraph moves 91440300MA5F0K1X2A", "taxgraph moves 91440300MA5F0K1X2A --json")
_GAPS = examples(
    "taxgraph gaps --since 2026-01-01 --until 2026-07-01",
    "taxgraph gaps --bureau 14403000000 --kind grid_without_chief --json",
    "taxgraph gaps --subject Grid W440305001",
)
_OVERLAPS = examples("taxgraph overlaps --since 2026-01-01", "taxgraph overlaps --kind two_chiefs_of_a_grid --json")
