"""Local API tokens: shown once when made, kept as SHA-256 only. Made by `serve` and `taxgraph token`.

`api.access.authentication` checks them. They are kept among the store's own settings, so that every process that serves
one store knows them, and looked up at each request, so that a revoked one is refused from the next request on.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from api.access.principals import Identity, Role, known_roles
from graph.errors import NotFoundError, StoreError
from graph.store.port import GraphStore

META = "api_tokens"
PREFIX = "tg_"
ID_CHARACTERS: Final = 12
# The list is read, changed and written: one at a time in this process.
_CHANGING = threading.Lock()


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token; `created`, `expires` and `revoked` are ISO instants or None."""

    sha256: str
    name: str
    roles: tuple[str, ...]
    officer: str | None = None
    bureau: str | None = None
    expires: str | None = None
    created: str | None = None
    created_by: str | None = None
    revoked: str | None = None

    @property
    def id(self) -> str:
        """By which it is listed and revoked; it opens nothing."""
        return self.sha256[:ID_CHARACTERS]

    def identity(self) -> Identity:
        """Whom the token stands for."""
        return Identity(self.name, known_roles(self.roles), self.officer, self.bureau)

    def alive(self, now: datetime) -> bool:
        """Whether the token still opens."""
        return self.revoked is None and (self.expires is None or now < datetime.fromisoformat(self.expires))


class TokenBook:
    """The tokens of one store."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def create(self, identity: Identity, *, lifetime: timedelta | None = None, by: str | None = None) -> str:
        """A new token for this identity, returned in clear this one time."""
        token, now = PREFIX + secrets.token_urlsafe(32), datetime.now(tz=UTC)
        kept = StoredToken(
            sha256=_digest(token),
            name=identity.name,
            roles=tuple(sorted(identity.roles)),
            officer=identity.officer,
            bureau=identity.bureau,
            expires=(now + lifetime).isoformat() if lifetime else None,
            created=now.isoformat(),
            created_by=by,
        )
        with _CHANGING:
            self._keep((*self.tokens(), kept))
        return token

    def revoke(self, token_id: str) -> StoredToken:
        """End a token now; one that has been revoked before stays as it is.

        Raises:
            NotFoundError: `not_found.token`.
        """
        with _CHANGING:
            tokens = self.tokens()
            found = next((each for each in tokens if each.id == token_id), None)
            if found is None:
                raise NotFoundError(
                    "There is no such token.",
                    code="not_found.token",
                    next_step="`taxgraph token list` shows the ids.",
                )
            ended = found if found.revoked else replace(found, revoked=datetime.now(tz=UTC).isoformat())
            self._keep(ended if each is found else each for each in tokens)
        return ended

    def kept(self, token: str) -> StoredToken | None:
        """What is kept of a token that was just made."""
        asked = _digest(token)
        return next((each for each in self.tokens() if each.sha256 == asked), None)

    def ensure_local(self) -> str | None:
        """On the first start of a store, a token for whoever starts it; None ever after."""
        if self._store.meta(META) is not None:
            return None
        return self.create(Identity("local", frozenset(Role)))

    def identity_of(self, token: str) -> Identity | None:
        """Whom a token stands for; None if it is unknown or has expired."""
        asked, now = _digest(token), datetime.now(tz=UTC)
        # Digests of 256 random bits: comparing them plainly tells nothing about a token.
        return next((kept.identity() for kept in self.tokens() if kept.sha256 == asked and kept.alive(now)), None)

    def tokens(self) -> tuple[StoredToken, ...]:
        """Every token that is kept, expired ones too."""
        written = self._store.meta(META)
        if written is None:
            return ()
        try:
            return tuple(_stored(item) for item in json.loads(written))
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(
                "The store's list of API tokens cannot be read.",
                code="store.tokens",
                next_step="Restore the store from a backup.",
            ) from error

    def _keep(self, tokens: Iterable[StoredToken]) -> None:
        self._store.set_meta(META, json.dumps([asdict(token) for token in tokens], sort_keys=True))


def _stored(item: dict[str, Any]) -> StoredToken:
    return StoredToken(**(item | {"roles": tuple(item["roles"])}))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
