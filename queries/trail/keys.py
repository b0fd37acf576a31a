"""The key that signs the days' roots: Ed25519, in a file outside the store that its owner alone may read.

Never logged, never shown; whoever verifies needs the public key beside it (`.pub`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from graph.errors import SettingsError

_ONLY_ME = 0o600
_OTHERS = 0o077


def create_key(path: Path) -> str:
    """A new key and, beside it, its public key `<path>.pub`; the fingerprint.

    Raises:
        SettingsError: `settings.trail_key` if one of the files is there already: a lost key is lost for ever.
    """
    key, beside = Ed25519PrivateKey.generate(), public_path(path)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_ME)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        with beside.open("xb") as file:
            file.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except OSError as error:
        raise SettingsError(
            "The key of the trail cannot be written.",
            code="settings.trail_key",
            next_step="Name a new file in a folder that this user may write.",
            reason="there is one already" if isinstance(error, FileExistsError) else type(error).__name__,
        ) from None
    return fingerprint(key.public_key())


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in this file.

    Raises:
        SettingsError: `settings.trail_key` if it is none, cannot be read, or others may read it.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            raise _unusable("others than its owner may read it")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise _unusable(type(error).__name__) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):  # its words may hold what stands in the file
        raise _unusable("the file holds no key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable("it is no Ed25519 key")
    return key


def public_path(path: Path) -> Path:
    """Where the public key of the key in this file lies."""
    return path.with_name(path.name + ".pub")


def fingerprint(key: Ed25519PublicKey) -> str:
    """What tells keys apart: 16 hexadecimal digits of a hash of the public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _unusable(reason: str) -> SettingsError:
    return SettingsError(
        "The key of the trail cannot be used.",
        code="settings.trail_key",
        next_step="Name a key of `taxgraph trail key` in TAXGRAPH_TRAIL_KEY_FILE, with mode 600.",
        reason=reason,
    )
