"""Commands about API tokens: `token create`, `token list`, `token revoke`."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.options import examples
from api.commands.session import session_of
from api.commands.showing import console, facts, moment, table, text
from api.operations.registry import Answer


def create(
    context: typer.Context,
    officer: Annotated[str, typer.Option(help="whom the token stands for: the officer's id", show_default=False)],
    roles: Annotated[
        list[str],
        typer.Option(
            "--role", help="investigator, auditor, operator, rules or root; may be repeated", show_default=False
        ),
    ],
    bureau: Annotated[
        str | None,
        typer.Option(help="the bureau whose taxpayers may be seen; none only with the role root", show_default=False),
    ] = None,
    days: Annotated[int, typer.Option(help="days until it ends")] = 90,
) -> None:
    """Make a token for a named officer. It is shown this one time; the store keeps its digest only."""
    session = session_of(context)
    parameters = {"officer": officer, "roles": roles, "bureau": bureau, "days": days}
    session.show(session.perform("token-create", parameters), _show_created)


def list_tokens(context: typer.Context) -> None:
    """Show every token: whose, with which roles, until when. Never the token itself."""
    session = session_of(context)
    session.show(session.perform("token-list"), _show_listed)


def revoke(
    context: typer.Context,
    token: Annotated[str, typer.Argument(help="id, as `taxgraph token list` shows it", show_default=False)],
) -> None:
    """End a token now, also for a server that is running."""
    session = session_of(context)
    session.show(session.perform("token-revoke", {"token": token}), _show_revoked)


def register(app: typer.Typer) -> None:
    """Add these commands as the group `token`."""
    group = typer.Typer(no_args_is_help=True)
    group.command("create", epilog=examples(*_CREATE))(create)
    group.command("list", epilog=examples("taxgraph token list", "taxgraph token list --json"))(list_tokens)
    group.command("revoke", epilog=examples("taxgraph token revoke 3f0c9a1b77de"))(revoke)
    app.add_typer(
        group,
        name="token",
        help="API tokens of named officers: make, list, revoke.",
        epilog=examples(_CREATE[0], "taxgraph token list", "taxgraph token revoke 3f0c9a1b77de"),
        rich_help_panel="Run and look after",
    )


def _show_created(answer: Answer) -> None:
    kept, out = answer["token"], console()
    head = {"id": kept["id"], "officer": kept["officer"], "roles": ", ".join(kept["roles"]), "bureau": kept["bureau"]}
    out.print(facts("Token", {**head, "until": moment(kept["expires_at"])}))
    out.print(text("Shown this one time: keep it."), soft_wrap=True)
    out.print(text(f"Authorization: Bearer {answer['secret']}"), soft_wrap=True)


def _show_listed(answer: Answer) -> None:
    columns = {"id": "whole", "officer": "left", "roles": "left", "bureau": "left", "until": "left", "state": "left"}
    rows = [
        (
            each["id"],
            each["officer"] or each["name"],
            ", ".join(each["roles"]),
            each["bureau"],
            moment(each["expires_at"]),
            each["state"],
        )
        for each in answer["tokens"]
    ]
    console().print(table("Tokens", columns, rows, shown=max(1, len(rows))))


def _show_revoked(answer: Answer) -> None:
    console().print(text(f"Token {answer['token']['id']} no longer opens anything."), soft_wrap=True)


_CREATE = (
    "taxgraph token create --officer O1024 --role investigator --bureau 14400 --days 90",
    "taxgraph token create --officer O7 --role operator --role root",
)
