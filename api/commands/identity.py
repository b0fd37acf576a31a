"""Commands of identity: decide-identity."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands import reports
from api.commands.options import examples
from api.commands.session import session_of

_WAIT = typer.Option(help="longest wait for a load to end, seconds", min=0, show_default=False)


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
    app.command(rich_help_panel="Identity", epilog=_DECIDE)(decide_identity)


_DECIDE = examples(
    'taxgraph decide-identity tas:10213 zas:88 --verdict same --reason "moved to another bureau"',
    'taxgraph decide-identity tas:10213 tas:10214 --verdict different --reason "two firms of one owner" --json',
)
