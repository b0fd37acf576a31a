"""Commands of identity: formed, decide-identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.commands import reports
from api.commands.options import examples
from api.commands.session import session_of
from api.commands.showing import console, moment, table, text

Answer = Mapping[str, Any]
_ANY_ID = "an id, a tax number or a source's own id"
_WAIT = typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)


def formed(context: typer.Context, taxpayer: Annotated[str, typer.Argument(help=_ANY_ID, show_default=False)]) -> None:
    """Say step by step how a taxpayer was formed: which numbers and registrations joined or left it, and why."""
    session = session_of(context)
    session.show(session.perform("formed", {"taxpayer": taxpayer}), show_formed)


def show_formed(answer: Answer) -> None:
    """A row for each party that moved, under its batch; decisions below."""
    columns = {"at": "whole", "batch": "left", "party": "left", "was": "left", "now": "left", "by": "left"}
    rows = [
        (moment(step["at"]), _batch(step), each["party"], each["was"], each["now"], each["rule"])
        for step in answer["steps"]
        for each in step["moved"]
    ]
    console().print(table(f"How {answer['taxpayer']} was formed", columns, rows))
    for said in (said for step in answer["steps"] for said in step["decisions"]):
        console().print(text(f"{said['who']} decided {said['verdict']}: {said['reason']}"))


def _batch(step: Mapping[str, Any]) -> str:
    return f"{step['batch']} withdrawn" if step["withdrawn"] else step["batch"]


def decide_identity(  # noqa: PLR0917 - typer reads options from the signature
    context: typer.Context,
    left: Annotated[str, typer.Argument(help="key of a registration: source:serial", show_default=False)],
    right: Annotated[str, typer.Argument(help="key of another one", show_default=False)],
    verdict: Annotated[str, typer.Option(help="same or different", show_default=False)],
    reason: Annotated[str, typer.Option(help="why, in a sentence", show_default=False)],
    wait_seconds: Annotated[float | None, _WAIT] = None,
) -> None:
    """Decide that two registrations are one taxpayer, or two. Later loads respect it, a later decision replaces it.

    The decision is a batch: `taxgraph batch withdraw` undoes it.
    """
    session = session_of(context)
    parameters = {
        "left": left,
        "right": right,
        "verdict": verdict,
        "reason": reason,
        "wait_seconds": wait_seconds,
    }
    session.show(session.perform("decide-identity", parameters), reports.show_load)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(rich_help_panel="Identity", epilog=_FORMED)(formed)
    app.command(rich_help_panel="Identity", epilog=_DECIDE)(decide_identity)


_FORMED = examples("taxgraph formed 91350100M000100Y43", "taxgraph formed tp54db01f8d8be0295a080b0a8 --json")
_DECIDE = examples(
    'taxgraph decide-identity tas:10213 zas:88 --verdict same --reason "moved to another bureau"',
    'taxgraph decide-identity tas:10213 tas:10214 --verdict different --reason "two firms of one owner" --json',
)
