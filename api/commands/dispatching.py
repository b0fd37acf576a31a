"""Commands about dispatching: `dispatch suggest`, `dispatch compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import On, examples
from api.commands.session import session_of
from api.commands.showing import console, facts, table
from api.operations.registry import Answer

_NUMBERS = ("tasks", "fairness", "late", "days_late", "days_taken", "unqualified", "unassigned")
_SHOWN = {"policy": "left"} | dict.fromkeys(_NUMBERS, "right")
_CANDIDATE = {"officer": "whole", "grid": "whole", "distance": "right", "load": "right", "expertise": "left"}


def suggest(
    context: typer.Context,
    task: Annotated[str, typer.Argument(help="id of the task", show_default=False)],
    on: On = None,
    officer: Annotated[
        str | None, typer.Option(help="another officer than suggested; needs --reason", show_default=False)
    ] = None,
    reason: Annotated[str, typer.Option(help="why another officer", show_default=False)] = "",
) -> None:
    """Say who should handle a task, and why: by tier, grid, expertise and open work. Nothing is changed."""
    session = session_of(context)
    parameters = {"task": task, "on": on, "officer": officer, "reason": reason}
    session.show(session.perform("dispatch-suggest", parameters), _show_suggested)


def compare(
    context: typer.Context,
    since: Annotated[str, typer.Option("--from", help="first day of arrivals", metavar="DATE", show_default=False)],
    until: Annotated[str, typer.Option("--to", help="day after the last", metavar="DATE", show_default=False)],
    minutes: Annotated[int, typer.Option(help="minutes that an officer works a day", min=1)] = 360,
) -> None:
    """Give the tasks of these days to the officers under three policies; compare fairness and lateness."""
    session = session_of(context)
    parameters = {"since": since, "until": until, "minutes": minutes}
    session.show(session.perform("dispatch-compare", parameters), _show_compared)


def _show_suggested(answer: Answer) -> None:
    out = console()
    head = {name: answer[name] for name in ("officer", "grid", "level")}
    out.print(facts("Dispatch", {**head, "why": answer["why"]["en"], "理由": answer["why"]["zh"]}))
    rows = [[_plain(each[name]) for name in _CANDIDATE] for each in answer["candidates"]]
    out.print(table("Officers in question", _CANDIDATE, rows))


def _show_compared(answer: Answer) -> None:
    rows = [[_plain(each[name]) for name in _SHOWN] for each in answer["policies"]]
    console().print(table("Policies", _SHOWN, rows))


def _plain(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:.3f}" if isinstance(value, float) else value


def register(app: typer.Typer) -> None:
    """Add the commands."""
    own = typer.Typer(no_args_is_help=True)
    one, several = "taxgraph dispatch suggest tasks:RW000000001 --on 2026-03-31", "taxgraph dispatch compare"
    own.command(epilog=examples(one))(suggest)
    own.command(epilog=examples(f"{several} --from 2026-01-01 --to 2026-04-01"))(compare)
    app.add_typer(
        own,
        name="dispatch",
        help="Who should handle a task, and how well dispatching works.",
        epilog=examples(one, f"{several} --from 2026-01-01 --to 2026-04-01"),
        rich_help_panel="Ask",
    )
