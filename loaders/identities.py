"""The HMAC key behind persons, contacts and individuals' numbers: where it comes from and that it never changes.

Called by `loaders.run` before anything is read. The key itself is never stored; its fingerprint is.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from graph.errors import SettingsError
from graph.settings import store_settings
from graph.store.port import GraphStore

FINGERPRINT = "hmac_fingerprint"
_EMBEDDED = "duckdb"


def hmac_key_of(store: GraphStore, given: bytes | None) -> bytes:
    """The key of this store: given, from the settings, or, beside an embedded store, from its own key file.

    Raises:
        SettingsError: `settings.hmac_key` when there is none, when it is empty, or when the store was filled with
            another one.
    """
    key = given or _from_settings() or _beside(store.url)
    if not key:
        raise SettingsError(
            "There is no HMAC key for persons and contacts.",
            code="settings.hmac_key",
            next_step="Set TAXGRAPH_HMAC_KEY, or TAXGRAPH_HMAC_KEY_FILE to a file that holds it.",
        )
    _check_fingerprint(store, key)
    return key


def fingerprint(key: bytes) -> str:
    """What may be known of a key: 16 hex digits of a hash."""
    return hashlib.sha256(b"taxgraph hmac fingerprint\0" + key).hexdigest()[:16]


def key_file_of(url: str) -> Path | None:
    """The key file beside an embedded store; None for a server."""
    return file_beside(url, ".key")


def file_beside(url: str, suffix: str) -> Path | None:
    """What lies beside an embedded store under its name and this suffix; None for a server."""
    address = urlsplit(url)
    if address.scheme != _EMBEDDED or address.path in {"", "/:memory:"}:
        return None
    path = address.path.removeprefix("/") if not address.path.startswith("//") else address.path[1:]
    return Path(f"{path}{suffix}")


def _from_settings() -> bytes | None:
    text = store_settings().hmac_text()
    return text.encode() if text else None


def _beside(url: str) -> bytes | None:
    path = key_file_of(url)
    if path is None:
        return None
    if not path.exists():
        _create(path)
    return path.read_text(encoding="ascii").strip().encode()


def _create(path: Path) -> None:
    """A new random key, readable by this user alone."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")


def _check_fingerprint(store: GraphStore, key: bytes) -> None:
    known, own = store.meta(FINGERPRINT), fingerprint(key)
    if known is None:
        store.set_meta(FINGERPRINT, own)
    elif known != own:
        raise SettingsError(
            "The store was filled with another HMAC key: persons would be split in two.",
            code="settings.hmac_key",
            next_step="Give the key that the store was created with; for an embedded store it lies beside it as .key.",
            fingerprint=own,
            expected=known,
        )
