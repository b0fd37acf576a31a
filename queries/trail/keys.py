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
    except FileExistsError as error:
        raise _refused("There is a key already; it is not replaced.", "Name another file.", error.filename) from None
    except OSError as error:
        raise _refused("The key cannot be written.", "Name a place that this user may write.", path) from error
    return fingerprint(key.public_key())


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in this file.

    Raises:
        SettingsError: `settings.trail_key` if it is none, cannot be read, or others may read it.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            raise _refused("Others than its owner may read the key of the trail.", "chmod 600 the file.", path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        step = "Make one with `taxgraph trail key`, or correct TAXGRAPH_TRAIL_KEY_FILE."
        raise _refused("The key of the trail cannot be read.", step, path) from error
    except (ValueError, TypeError, UnsupportedAlgorithm):  # its words may hold what stands in the file
        raise _refused("This file holds no key of a trail.", "Make one with `taxgraph trail key`.", path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _refused("The key of a trail is an Ed25519 key.", "Make one with `taxgraph trail key`.", path)
    return key


def public_path(path: Path) -> Path:
    """Where the public key of the key in this file lies."""
    return path.with_name(path.name + ".pub")


def fingerprint(key: Ed25519PublicKey) -> str:
    """What tells keys apart: 16 hexadecimal digits of a hash of the public key."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _refused(sentence: str, step: str, path: object) -> SettingsError:
    return SettingsError(sentence, code="settings.trail_key", next_step=step, file=Path(str(path)).name)
