"""Commands of data quality: `quality list | raise | reconcile`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.commands.options import Limit, examples
from api.commands.session import session_of
from api.commands.showing import console, cut_note, facts, table, text
from api.commands.tasks import show_raised

Answer = Mapping[str, Any]
Rule = Annotated[
    str | None, typer.Option(help="only issues of this rule: totals, refused, conflict …", show_default=False)
]


def list_issues(
    context: typer.Context,
    rule: Rule = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="open, pushed, handled, reviewed; may be repeated; default: all", show_default=False),
    ] = None,
    limit: Limit = 100,
    offset: Annotated[int, typer.Option(help="leave out the first ones", min=0)] = 0,
) -> None:
    """List what is wrong with the data: where, who answers for it, and what became of it."""
    session = session_of(context)
    parameters = {"rule": rule, "states": state or [], "limit": limit, "offset": offset}
    session.show(session.perform("quality-list", parameters), _show_issues)


def raise_tasks(
    context: typer.Context,
    officer: Annotated[str, typer.Option(help="who asks for it: id of the officer", show_default=False)],
    rule: Rule = None,
    most: Annotated[int, typer.Option(help="most tasks of one run", min=1)] = 1000,
) -> None:
    """Open tasks for open issues with whoever is responsible. Asked again, nothing is opened twice."""
    session = session_of(context)
    parameters = {"officer": officer, "rule": rule, "most": most}
    session.show(session.perform("quality-raise", parameters), _show_raised)


def reconcile(
    context: typer.Context,
    wait_seconds: Annotated[
        float | None, typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)
    ] = None,
) -> None:
    """Compare invoices with their lines and totals, and refused rows with what came back. Again, it changes nothing."""
    session = session_of(context)
    session.show(session.perform("quality-reconcile", {"wait_seconds": wait_seconds}), _show_reconciled)


def _show_issues(told: Answer) -> None:
    out = console()
    names = ("id", "rule", "subject", "what", "source", "taxpayer", "state", "task")
    columns = {name: "whole" if name == "id" else "left" for name in names}
    rows = [[each[name] for name in names] for each in told["issues"]]
    out.print(table(f"Issues ({told['total']:,} in all)", columns, rows))
    if note := cut_note(told["cut"]):
        out.print(note)


def _show_raised(told: Answer) -> None:
    show_raised(dict(told))
    out = console()
    if told["reopened"]:
        out.print(text(f"Open again: {', '.join(told['reopened'])}"))
    if told["unplaced"]:
        out.print(text(f"{told['unplaced']} issues have no grid that could hold their task."))
    if note := cut_note(told["cut"]):
        out.print(note)


def _show_reconciled(told: Answer) -> None:
    counts = {name: f"{count:,}" for name, count in {**told["found"], **told["counts"]}.items()}
    console().print(facts("Reconciled", {**counts, "batch": told["batch"] or "nothing changed"}))


def register(app: typer.Typer) -> None:
    """Add these commands as the group `quality`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("list", epilog=examples(*_LIST))(list_issues)
    group.command("raise", epilog=examples(*_RAISE))(raise_tasks)
    group.command("reconcile", epilog=examples(*_RECONCILE))(reconcile)
    app.add_typer(
        group,
        name="quality",
        help="Data quality as work: issues, their tasks, and reconciliation with the source of record.",
        epilog=examples(_RECONCILE[0], _RAISE[0], _LIST[0]),
        rich_help_panel="Work",
    )


_LIST = ("taxgraph quality list --state open", "taxgraph quality list --rule refused --json")
_RAISE = (
    "taxgraph quality raise --officer O-17",
    "taxgraph quality raise --officer O-17 --rule totals --most 50 --json",
)
_RECONCILE = ("taxgraph quality reconcile", "taxgraph quality reconcile --json")
