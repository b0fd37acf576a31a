"""Commands about the authority itself: officer (一员式) and bureau (一局式); each as tables or --json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from api.commands.answers import Answer, print_cut
from api.commands.indicators import show_measures
from api.commands.options import Limit, On, Recorded, examples
from api.commands.session import session_of
from api.commands.showing import console, facts, moment, table

Period = Annotated[
    str | None, typer.Option(help="also its indicators of a period: 2026, 2026Q1 or 2026-03", show_default=False)
]


def officer(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    officer_id: Annotated[str, typer.Argument(metavar="OFFICER", help="an officer's id", show_default=False)],
    period: Period = None,
    on: On = None,
    limit: Limit = 100,
    recorded: Recorded = None,
) -> None:
    """Show everything about an officer's work: grids, portfolio, tasks, and with --period the numbers (一员式)."""
    session = session_of(context)
    parameters = {"officer": officer_id, "period": period, "on": on, "limit": limit, "recorded": recorded}
    session.show(session.perform("officer", parameters), show_officer)


def bureau(
    context: typer.Context,
    code: Annotated[str, typer.Argument(metavar="BUREAU", help="a bureau's code", show_default=False)],
    period: Period = None,
    on: On = None,
    recorded: Recorded = None,
) -> None:
    """Show a bureau and all below it: bureaus, grids, taxpayers, tasks, and with --period the numbers (一局式)."""
    session = session_of(context)
    parameters = {"bureau": code, "period": period, "on": on, "recorded": recorded}
    session.show(session.perform("bureau", parameters), show_bureau)


def show_officer(answer: Answer) -> None:
    """Counts, then grids, tasks and numbers, as far as there are any."""
    told = {
        "officer": f"{answer['name'] or ''} ({answer['id']})",
        "expertise": ", ".join(answer["expertise"]) or None,
        "in service": f"{answer['active_from'] or '…'} – {answer['active_to'] or '…'}",
        "taxpayers": f"{answer['portfolio_size']:,}",
        "tasks": f"{answer['tasks_open']:,} open, {answer['tasks_closed']:,} closed, {answer['tasks_late']:,} late",
    }
    console().print(facts("Officer", told))
    _part("Grids", answer["grids"], ("id", "name", "role", "from", "to"))
    _part("Tasks", answer["tasks"], ("id", "kind", "title", "status", "opened_at", "due_on", "closed_at"))
    _numbers(answer["numbers"])
    print_cut(answer)


def show_bureau(answer: Answer) -> None:
    """Counts, then what is below it and its numbers, as far as there are any."""
    head = answer["head"]
    told = {
        "bureau": f"{head['name'] or ''} ({head['id']})",
        "level": head["level"],
        "above": ", ".join(each["name"] or each["id"] for each in answer["parents"]) or None,
        "officers": f"{answer['officer_count']:,}",
        "taxpayers": _counted(answer["taxpayer_count"], answer["taxpayers_by_status"]),
        "tasks": _counted(answer["task_count"], answer["tasks_by_status"]),
    }
    console().print(facts("Bureau", told))
    _part("Bureaus below", answer["children"], ("id", "name", "level"))
    _part("Grids", answer["grids"], ("id", "name", "kind", "bureau"))
    _numbers(answer["numbers"])


def _counted(total: int, by_status: Mapping[str, int]) -> str:
    parts = ", ".join(f"{count:,} {status}" for status, count in by_status.items())
    return f"{total:,}: {parts}" if parts else f"{total:,}"


def _part(title: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    if rows:
        columns = {name.replace("_", " "): "left" for name in names}
        console().print(table(title, columns, [tuple(_cell(row, name) for name in names) for row in rows]))


def _cell(row: Mapping[str, Any], name: str) -> object:
    return moment(row[name]) if name.endswith("_at") else row[name]


def _numbers(answer: dict[str, Any] | None) -> None:
    if answer is not None:
        show_measures(answer)


def register(app: typer.Typer) -> None:
    """Add these commands, each with its examples."""
    panel = "Ask"
    app.command(rich_help_panel=panel, epilog=_OFFICER)(officer)
    app.command(rich_help_panel=panel, epilog=_BUREAU)(bureau)


_OFFICER = examples(
    "taxgraph officer SW00100001",
    "taxgraph officer SW00100001 --period 2026Q1 --on 2026-03-31 --json",
)
_BUREAU = examples("taxgraph bureau 14403000000", "taxgraph bureau 14403000000 --period 2026Q1 --json")
