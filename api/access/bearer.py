"""Bearer tokens of a configured issuer: signature, issuer, audience and time are checked. Called by `authentication`.

Only RS256 and ES256: a token that names another algorithm is refused before any key is looked at (RFC 8725, 3.1).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import jwt

from api.access.principals import Identity, known_roles, refused
from api.settings import ApiSettings
from graph.errors import AccessError, SettingsError, StoreError

ALGORITHMS = ("RS256", "ES256")
LEEWAY_SECONDS = 30


class KeySource(Protocol):
    """Where the issuer's public keys come from."""

    def key(self, token: str) -> jwt.PyJWK:
        """The key that the header of this token names."""
        ...


class FileKeys:
    """A JWKS file; read again when it has changed, so that keys can be rotated without a restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: int | None = None
        self._keys: dict[str, jwt.PyJWK] = {}
        self._refresh()

    def key(self, token: str) -> jwt.PyJWK:
        """The key that the header of this token names."""
        self._refresh()
        wanted = str(jwt.get_unverified_header(token).get("kid"))
        if wanted not in self._keys:
            raise refused("The token is not valid.")
        return self._keys[wanted]

    def _refresh(self) -> None:
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                found = jwt.PyJWKSet.from_dict(json.loads(self._path.read_text(encoding="utf-8")))
                self._keys = {key.key_id: key for key in found.keys if key.key_id}
                self._read_at = changed_at
        except (OSError, ValueError, jwt.PyJWTError) as error:
            raise SettingsError(
                "The file of the issuer's keys (TAXGRAPH_JWT_KEYS) cannot be read as a JWKS.",
                code="settings.jwt_keys",
                next_step="Point TAXGRAPH_JWT_KEYS to a readable JWKS file or an https address.",
                file=self._path.name,
            ) from error


class AddressKeys:
    """A JWKS address; kept for five minutes, read again for an unknown key at most every thirty seconds."""

    def __init__(self, address: str) -> None:
        self._client = jwt.PyJWKClient(address, timeout=5)

    def key(self, token: str) -> jwt.PyJWK:
        """The key that the header of this token names."""
        try:
            return self._client.get_signing_key_from_jwt(token)
        except jwt.PyJWKClientConnectionError as error:
            raise StoreError(
                "The issuer's keys cannot be fetched.",
                code="store.jwt_keys",
                next_step="Check that the address in TAXGRAPH_JWT_KEYS answers.",
            ) from error


class BearerTokens:
    """Tokens of one issuer for one audience."""

    def __init__(self, issuer: str, audience: str, keys: KeySource) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys

    def identity_of(self, token: str) -> Identity:
        """Whom a valid token stands for.

        Claims: `sub` (name), `roles` (list), `officer`, `bureau`; `exp`, `iss`, `aud` and `sub` are required.

        Raises:
            AccessError: `access.token` for anything but a valid token.
        """
        try:
            return _identity(self._claims(token))
        except (AccessError, StoreError, SettingsError):
            raise
        except jwt.PyJWTError as error:
            raise refused("The token is not valid.") from error

    def _claims(self, token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(token).get("alg") not in ALGORITHMS:
            raise refused("The token is not valid.")
        key = self._keys.key(token)
        return jwt.decode(
            token,
            key,
            algorithms=list(ALGORITHMS),
            audience=self._audience,
            issuer=self._issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )


def bearer_tokens(settings: ApiSettings) -> BearerTokens | None:
    """The configured issuer, if there is one."""
    if not (settings.jwt_issuer and settings.jwt_audience and settings.jwt_keys):
        return None
    return BearerTokens(settings.jwt_issuer, settings.jwt_audience, _keys(settings.jwt_keys))


def _keys(place: str) -> KeySource:
    if place.startswith("https://"):
        return AddressKeys(place)
    if "://" in place:
        raise SettingsError(
            "The issuer's keys must come over https or from a file.",
            code="settings.jwt_keys",
            next_step="Point TAXGRAPH_JWT_KEYS to a JWKS file or an https address.",
        )
    return FileKeys(Path(place))


def _identity(claims: dict[str, Any]) -> Identity:
    roles = claims.get("roles", [])
    return Identity(
        name=str(claims["sub"]),
        roles=known_roles(roles if isinstance(roles, list) else [roles]),
        officer=_text(claims.get("officer")),
        bureau=_text(claims.get("bureau")),
    )


def _text(value: object) -> str | None:
    return str(value) if value else None
