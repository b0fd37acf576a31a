"""Local API tokens: shown once when made, kept as SHA-256 only. Made by `serve`, checked by `authentication`.

They are kept among the store's own settings, so that every process that serves one store knows them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from api.access.principals import Identity, Role, known_roles
from graph.errors import StoreError
from graph.store.port import GraphStore

META = "api_tokens"
PREFIX = "tg_"


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What is kept of a token; `expires` is an ISO instant or None."""

    sha256: str
    name: str
    roles: tuple[str, ...]
    officer: str | None = None
    bureau: str | None = None
    expires: str | None = None

    def identity(self) -> Identity:
        """Whom the token stands for."""
        return Identity(self.name, known_roles(self.roles), self.officer, self.bureau)

    def alive(self, now: datetime) -> bool:
        """Whether the token still opens."""
        return self.expires is None or now < datetime.fromisoformat(self.expires)


class TokenBook:
    """The tokens of one store."""

    def __init__(self, store: GraphStore) -> None:
        self._store = store

    def create(self, identity: Identity, *, lifetime: timedelta | None = None) -> str:
        """A new token for this identity, returned in clear this one time."""
        token = PREFIX + secrets.token_urlsafe(32)
        expires = (datetime.now(tz=UTC) + lifetime).isoformat() if lifetime else None
        kept = StoredToken(
            _digest(token), identity.name, tuple(sorted(identity.roles)), identity.officer, identity.bureau, expires
        )
        self._keep((*self.tokens(), kept))
        return token

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

    def _keep(self, tokens: tuple[StoredToken, ...]) -> None:
        self._store.set_meta(META, json.dumps([asdict(token) for token in tokens], sort_keys=True))


def _stored(item: dict[str, Any]) -> StoredToken:
    return StoredToken(**(item | {"roles": tuple(item["roles"])}))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
