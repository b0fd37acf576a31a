"""From an Authorization header to an identity. Called by every route that answers about data; nobody is anonymous."""

from __future__ import annotations

from dataclasses import dataclass

from api.access.bearer import BearerTokens
from api.access.principals import Identity, refused
from api.access.tokens import PREFIX, TokenBook


@dataclass(frozen=True, slots=True)
class Authentication:
    """Both kinds of token; `issuer` is None where none is configured."""

    tokens: TokenBook
    issuer: BearerTokens | None

    def identity(self, header: str | None) -> Identity:
        """Whom the header proves.

        Raises:
            AccessError: `access.token` without a valid token.
        """
        token = _bearer(header)
        if token.startswith(PREFIX):
            found = self.tokens.identity_of(token)
        else:
            found = self.issuer.identity_of(token) if self.issuer else None
        if found is None:
            raise refused("The token is not valid.")
        return found


def _bearer(header: str | None) -> str:
    kind, _, token = (header or "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise refused("This request carries no token.")
    return token.strip()
