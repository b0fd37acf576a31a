"""Who asks: identities as a token proves them, and principals with their scope. Read by every face that answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import AccessError
from graph.store.questions import Scope


class Role(StrEnum):
    """What a principal is there for; rights hang on roles, never on names."""

    INVESTIGATOR = "investigator"  # asks about taxpayers
    AUDITOR = "auditor"  # internal control: asks, and reads who asked
    OPERATOR = "operator"  # loads batches, reads rejects
    RULES = "rules"  # maintains patterns and their parameters
    ROOT = "root"  # is bound to no bureau


class Right(StrEnum):
    """What a field may demand."""

    READ = "read taxpayers"
    LEDGER = "read batches, rejects and data quality"
    ACCESS_LOG = "read the access log"
    LOAD = "load batches"
    WITHDRAW = "withdraw batches"
    METRICS = "read the server's metrics"
    DETECT = "search the patterns"
    DECIDE = "decide findings"
    RULES = "read the thresholds of patterns"
    IDENTIFY = "decide identities"
    WORK = "open tasks and act in them"
    CONTROL = "read and judge all alerts of internal control"


RIGHTS: dict[Right, frozenset[Role]] = {
    Right.READ: frozenset({Role.INVESTIGATOR, Role.AUDITOR, Role.RULES}),
    Right.LEDGER: frozenset({Role.OPERATOR, Role.AUDITOR, Role.INVESTIGATOR, Role.RULES}),
    Right.ACCESS_LOG: frozenset({Role.AUDITOR}),
    Right.LOAD: frozenset({Role.OPERATOR}),
    Right.WITHDRAW: frozenset({Role.OPERATOR}),
    Right.METRICS: frozenset({Role.OPERATOR, Role.AUDITOR}),
    Right.DETECT: frozenset({Role.OPERATOR, Role.RULES}),
    Right.DECIDE: frozenset({Role.INVESTIGATOR}),
    Right.RULES: frozenset({Role.RULES}),
    Right.IDENTIFY: frozenset({Role.OPERATOR}),
    Right.WORK: frozenset({Role.INVESTIGATOR}),
    Right.CONTROL: frozenset({Role.AUDITOR}),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a token says about its bearer."""

    name: str
    roles: frozenset[Role]
    officer: str | None = None
    bureau: str | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """An identity and what it may see."""

    identity: Identity
    scope: Scope

    def demand(self, right: Right) -> None:
        """Refuse unless a role of the principal carries the right.

        Raises:
            AccessError: `access.role`.
        """
        check_right(self.identity, right)


def check_right(identity: Identity, right: Right) -> None:
    """Refuse unless a role of the identity carries the right; AccessError `access.role`."""
    if identity.roles.isdisjoint(RIGHTS[right]):
        raise AccessError(
            "Your roles do not allow this.",
            code="access.role",
            next_step=f"Ask for one of these roles: {', '.join(sorted(RIGHTS[right]))}.",
            right=right.value,
        )


def known_roles(names: Iterable[object]) -> frozenset[Role]:
    """Roles of these names; names that mean nothing here are left out (an issuer serves other systems too)."""
    return frozenset(role for role in Role if role.value in set(names))


def refused(what: str) -> AccessError:
    """The answer to a request without a valid token; it never says which part of the token failed."""
    return AccessError(
        what,
        code="access.token",
        next_step="Send `Authorization: Bearer TOKEN` with a token of the configured issuer or a local API token.",
    )
