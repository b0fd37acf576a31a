"""API tokens of named officers: `token-create`, `token-list`, `token-revoke`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from api.access.principals import Identity, Role, known_roles
from api.access.tokens import StoredToken, TokenBook
from api.operations.context import OperationContext
from api.operations.registry import Answer
from graph.errors import QueryError

MOST_DAYS: Final = 3660


def create(
    context: OperationContext, *, officer: str, roles: Sequence[str], bureau: str | None = None, days: int = 90
) -> Answer:
    """A token for an officer: `{"token": …, "secret": …}`. The secret is told here and nowhere else.

    Raises:
        QueryError: `query.role`, `query.bureau`, `query.days` or `query.officer` for what means nothing.
    """
    known = _roles(roles)
    _check_officer(officer)
    _check_bureau(context, bureau, known)
    if not 1 <= days <= MOST_DAYS:
        raise QueryError("--days is not a lifetime.", code="query.days", next_step=f"Give 1 to {MOST_DAYS} days.")
    book = TokenBook(context.store)
    secret = book.create(Identity(officer, known, officer, bureau), lifetime=timedelta(days=days), by=context.who)
    kept = book.kept(secret)
    assert kept is not None, "a token that was just made is kept"  # noqa: S101 - for the type checker
    context.saw("Token", [kept.id])
    return {"token": _shown(kept), "secret": secret}


def listed(context: OperationContext) -> Answer:
    """Every token with its state, in order of making."""
    return {"tokens": [_shown(kept) for kept in TokenBook(context.store).tokens()]}


def revoke(context: OperationContext, *, token: str) -> Answer:
    """End a token; a running server refuses it from its next request on."""
    ended = TokenBook(context.store).revoke(token)
    context.saw("Token", [ended.id])
    return {"token": _shown(ended)}


def _roles(names: Sequence[str]) -> frozenset[Role]:
    known = known_roles(names)
    unknown = sorted(set(names) - {role.value for role in known})
    if unknown or not known:
        raise QueryError(
            "There is no such role." if unknown else "A token needs a role.",
            code="query.role",
            next_step=f"Roles are {', '.join(Role)}.",
            roles=", ".join(unknown)[:100],
        )
    return known


def _check_officer(officer: str) -> None:
    if not officer.strip() or len(officer) > 100 or not officer.isprintable():  # noqa: PLR2004 - as long as a name gets
        raise QueryError(
            "--officer is empty or too long.", code="query.officer", next_step="Give the officer's id, as in the data."
        )


def _check_bureau(context: OperationContext, bureau: str | None, roles: frozenset[Role]) -> None:
    if bureau is None and Role.ROOT not in roles:
        raise QueryError(
            "A token needs a bureau, or the role root.",
            code="query.bureau",
            next_step="Add --bureau BUREAU, or --role root for somebody who may see everything.",
        )
    if bureau is not None and not context.store.fetch("Bureau", [bureau]).num_rows:
        raise QueryError(
            "There is no such bureau.",
            code="query.bureau",
            next_step="Give the id of a bureau that has been loaded.",
            bureau=bureau[:100],
        )


def _shown(kept: StoredToken) -> Answer:
    return {
        "id": kept.id,
        "officer": kept.officer,
        "name": kept.name,
        "roles": list(kept.roles),
        "bureau": kept.bureau,
        "created_at": kept.created,
        "created_by": kept.created_by,
        "expires_at": kept.expires,
        "revoked_at": kept.revoked,
        "state": _state(kept),
    }


def _state(kept: StoredToken) -> str:
    if kept.revoked:
        return "revoked"
    return "valid" if kept.alive(datetime.now(tz=UTC)) else "expired"
