"""The note beside an embedded file that says which process owns it and where that process serves. Engine-free.

`<store>.owner` is JSON with mode 0600: process, address (null until it serves) and a secret of this run, by which the
command line of the same user may send its questions to the owner. Written by the store, read by `api.cli`.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from graph.errors import StoreError

_ONLY_ME = 0o600


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has the file open. `secret` never goes into a message or a log."""

    pid: int
    address: str | None = None
    secret: str | None = None

    def __repr__(self) -> str:
        return f"Owner(pid={self.pid}, address={self.address!r})"


def owner_path(store: Path) -> Path:
    """`graph.duckdb` → `graph.duckdb.owner`."""
    return store.with_name(store.name + ".owner")


def read_owner(store: Path) -> Owner | None:
    """The owner if the note is there, readable and its process lives."""
    try:
        note = json.loads(owner_path(store).read_text(encoding="utf-8"))
        owner = Owner(int(note["pid"]), note.get("address"), note.get("secret"))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return owner if _alive(owner.pid) else None


def write_owner(store: Path, owner: Owner) -> None:
    """Write the note in one step, readable by this user alone from its first moment."""
    target = owner_path(store)
    draft = target.with_name(f"{target.name}.{owner.pid}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_ME)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(owner), file)
    draft.replace(target)


def remove_owner(store: Path) -> None:
    """Remove the note of this process; another's stays."""
    owner = read_owner(store)
    if owner is not None and owner.pid == os.getpid():
        owner_path(store).unlink(missing_ok=True)


def owned_error(store: Path) -> StoreError:
    """What a second process is told."""
    owner = read_owner(store)
    serves = owner is not None and owner.address is not None
    return StoreError(
        "The embedded store is open in another process.",
        code="store.owned",
        next_step="Ask through the server that owns it." if serves else "Close that process, or wait until it ends.",
        store=store.name,
        pid=owner.pid if owner else None,
        address=owner.address if owner else None,
    )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
