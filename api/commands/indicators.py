"""Commands about indicators: `indicators show`, `behind`, `draw`, `appeal`, `decide`, `appeals`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, cut_note, facts, table, text
from api.operations.registry import Answer

Period = Annotated[str, typer.Option(help="2026, 2026Q1 or 2026-03", show_default=False)]
Level = Annotated[str, typer.Option(help="officer, grid, bureau or taxpayer")]
Only = Annotated[
    list[str] | None, typer.Option("--indicator", help="only this one; may be repeated", show_default=False)
]
Within = Annotated[
    list[str] | None,
    typer.Option(
        help="only inside it: bureau=ID, grid=ID, officer=ID; may be repeated", metavar="LEVEL=ID", show_default=False
    ),
]
Reason = Annotated[str, typer.Option(help="why", show_default=False)]
_SIGN = {1: "+", -1: "−"}


def show(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    period: Period,
    level: Level = "officer",
    indicator: Only = None,
    subject: Annotated[str | None, typer.Option(help="only of this one", show_default=False)] = None,
    within: Within = None,
    recorded: Recorded = None,
    limit: Annotated[int, typer.Option(help="most numbers", min=1)] = 100,
) -> None:
    """Show what was counted in a period, with intervals; credits are marked +, debits −."""
    session = session_of(context)
    parameters = {
        "period": period,
        "level": level,
        "only": indicator or [],
        "subject": subject,
        "within": within or [],
        "recorded": recorded,
        "limit": limit,
    }
    session.show(session.perform("indicators", parameters), show_measures)


def behind(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    period: Period,
    indicator: Annotated[str, typer.Option(help="which number", show_default=False)],
    subject: Annotated[str, typer.Option(help="of which officer, grid, bureau or taxpayer", show_default=False)],
    level: Level = "officer",
    within: Within = None,
    recorded: Recorded = None,
) -> None:
    """Open a number into the events behind it."""
    session = session_of(context)
    parameters = {
        "period": period,
        "indicator": indicator,
        "level": level,
        "subject": subject,
        "within": within or [],
        "recorded": recorded,
    }
    session.show(session.perform("indicators-behind", parameters), _show_behind)


def draw(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    period: Period,
    out: Annotated[Path, typer.Option(help="file that ends in .png or .svg", show_default=False)],
    kind: Annotated[str, typer.Option(help="heat: everybody and everything; bar: one; scatter: two")] = "heat",
    level: Level = "grid",
    indicator: Only = None,
) -> None:
    """Draw the numbers of a period: heat map, bars with intervals, or one indicator against another."""
    from api.commands.charts import draw as write  # noqa: PLC0415 - only where a picture is asked for

    session = session_of(context)
    parameters = {"period": period, "level": level, "only": indicator or [], "limit": 100_000}
    answer = session.perform("indicators", parameters)
    write(answer, kind, indicator or [], out)
    session.show({"file": str(out), "kind": kind, "period": period, "level": level}, _show_drawn)


def appeal(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    indicator: Annotated[str, typer.Option(help="which indicator counts it", show_default=False)],
    task: Annotated[str, typer.Option(help="task of the fact", show_default=False)],
    officer: Annotated[str, typer.Option(help="whose fact it is", show_default=False)],
    reason: Reason,
    event: Annotated[
        str | None, typer.Option(help="event of the fact, as `behind` shows it", show_default=False)
    ] = None,
) -> None:
    """Contest a counted fact; somebody else decides."""
    session = session_of(context)
    parameters = {"indicator": indicator, "task": task, "officer": officer, "reason": reason, "event": event}
    session.show(session.perform("indicators-appeal", parameters), _show_appeal)


def decide(
    context: typer.Context,
    appeal_id: Annotated[str, typer.Argument(metavar="APPEAL", help="id of the appeal", show_default=False)],
    verdict: Annotated[str, typer.Option(help="upheld or dismissed", show_default=False)],
    reason: Reason,
) -> None:
    """Uphold an appeal, so that the fact no longer counts, or dismiss it."""
    session = session_of(context)
    parameters = {"appeal": appeal_id, "verdict": verdict, "ruling": reason}
    session.show(session.perform("indicators-decide", parameters), _show_appeal)


def list_appeals(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="open, upheld or dismissed", show_default=False)] = None,
) -> None:
    """List appeals."""
    session = session_of(context)
    session.show(session.perform("indicators-appeals", {"state": state}), _show_appeals)


def register(app: typer.Typer) -> None:
    """Add these commands as the group `indicators`."""
    group = typer.Typer(no_args_is_help=True)
    for name, function, example in _COMMANDS:
        group.command(name, epilog=examples(example))(function)
    app.add_typer(
        group,
        name="indicators",
        help="What is counted of officers' work: show, open, draw, contest.",
        epilog=examples(*(example for _, _, example in _COMMANDS[:3])),
        rich_help_panel="Ask",
    )


_FACT = "--indicator lateness --task tasks:RW000000001 --officer O1024"
_COMMANDS = (
    (
        "show",
        show,
        "taxgraph indicators show --period 2026Q1 --level taxpayer --within officer=O1024",
    ),
    ("behind", behind, "taxgraph indicators behind --period 2026Q1 --indicator lateness --subject O1024"),
    ("draw", draw, "taxgraph indicators draw --period 2026Q1 --kind heat --out grids.png"),
    ("appeal", appeal, f"taxgraph indicators appeal {_FACT} --reason 'the firm asked for a later day'"),
    ("decide", decide, "taxgraph indicators decide appeal-3f0c9a1b77de --verdict upheld --reason 'the file shows it'"),
    ("appeals", list_appeals, "taxgraph indicators appeals --state open"),
)


def show_measures(answer: Answer) -> None:
    """Numbers of a period, a line each, and what they lack."""
    out = console()
    columns = {"indicator": "left", "": "whole", "of": "whole", "counted": "right", "base": "right"}
    columns |= {"value": "right", "95 %": "right"}
    rows = [
        (
            one["indicator"],
            _SIGN[one["credit"]],
            one["subject"],
            f"{one['counted']:,}",
            f"{one['base']:,}",
            _number(one["value"]),
            _interval(one),
        )
        for one in answer["measures"]
    ]
    out.print(table(f"Indicators {answer['period']}", columns, rows, shown=max(1, len(rows))))
    if unread := answer["events_of_other_systems"]:
        out.print(text(f"{unread:,} of {answer['events']:,} events lead to no status of ours and are not counted."))
    if note := cut_note(answer["cut"]):
        out.print(note)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.3f}".removesuffix(".000")


def _interval(one: Answer) -> str:
    return "" if one["low"] is None else f"{_number(one['low'])} … {_number(one['high'])}"


def _show_behind(answer: Answer) -> None:
    out = console()
    columns = {"task": "whole", "event": "whole", "officer": "left", "grid": "left", "day": "left", "counts": "left"}
    rows = [
        (one["task"], one["event"], one["officer"], one["grid"], one["day"], "yes" if one["counted"] else "no")
        for one in answer["facts"]
    ]
    title = f"{answer['indicator']} of {answer['subject']}, {answer['period']}: {answer['total']:,} facts"
    out.print(table(title, columns, rows, shown=max(1, len(rows))))
    if note := cut_note(answer["cut"]):
        out.print(note)


def _show_drawn(answer: Answer) -> None:
    console().print(text(f"Written: {answer['file']}"), soft_wrap=True)


def _show_appeal(answer: Answer) -> None:
    console().print(facts("Appeal", {name: value for name, value in answer["appeal"].items() if value is not None}))


def _show_appeals(answer: Answer) -> None:
    columns = {"id": "whole", "indicator": "left", "officer": "left", "task": "left", "state": "left", "reason": "left"}
    rows = [[each[name] for name in columns] for each in answer["appeals"]]
    console().print(table("Appeals", columns, rows, shown=max(1, len(rows))))
